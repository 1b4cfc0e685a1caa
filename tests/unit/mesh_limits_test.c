/* The limits of common/base/limits.h that bound what a core holds and believes:
 * each is reached, and one more is refused without harm. Those of windows are
 * in mesh_window_test.c and mesh_offers_test.c, those of frames in
 * frame_test.c. */
#include "unit/mesh_rig.h"

static const uint64_t nothing[TCN_LANES];

static size_t refused(const struct rig *rig, enum tcn_err err)
{
    return rig_stats(rig)->refused[err];
}

/* ---- time ---- */

static void what_comes_too_early_waits_for_its_time(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    struct spec spec = rig_low("xa");
    spec.created_ms = TCN_EARLY_MS;
    rig_define(rig, 1, spec);
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 1);
    spec.created_ms = TCN_EARLY_MS + 1;
    rig_define(rig, 2, spec);
    rig_push(rig, 0, TCN_LANE_BULK, 2);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 1);
    assert_int_equal(refused(rig, TCN_ERR_EARLY), 1);
    for (size_t i = 0; i < rig->said_count; i++) {
        if (rig->said[i].kind == TCN_EFFECT_REFUSE) {
            assert_true(rig->said[i].retry_at_ms == rig->now_ms + 1);
        }
    }
    rig_forget(rig);
    rig_pass(rig, 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_READ_REFUSALS), 1);
    rig_free(rig);
}

static void what_is_over_is_refused(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    struct spec spec = rig_low("xa");
    spec.created_ms = -1000;
    spec.life_ms = 1001;
    rig_define(rig, 1, spec);
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 1);
    spec.life_ms = 1000;
    rig_define(rig, 2, spec);
    rig_push(rig, 0, TCN_LANE_BULK, 2);
    assert_int_equal(refused(rig, TCN_ERR_EXPIRED), 1);
    rig_free(rig);
}

static void hello_of_clock(struct rig *rig, unsigned peer, int64_t ahead_ms)
{
    rig->hello.clock_ms = rig->now_ms + (uint64_t)ahead_ms;
    rig_hello(rig, peer, nothing);
}

static void a_clock_that_is_off_by_more_is_an_alarm(void **state)
{
    (void)state;
    static const int64_t limit = TCN_CLOCK_ALARM_MS;
    static const struct {
        int64_t ahead_ms;
        bool alarm;
    } rows[] = {{limit, false},
                {limit + 1, true},
                {0, false},
                {-limit, false},
                {-limit - 1, true}};
    struct rig *rig = rig_linked(1);
    rig->hello.ask_held = false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        hello_of_clock(rig, 0, rows[i].ahead_ms);
        assert_int_equal(rig_stats(rig)->clock_alarm, rows[i].alarm);
        rig_define(rig, (unsigned)i + 1, rig_low("ee"));
        assert_int_equal(rig_submit(rig, (unsigned)i + 1),
                         rows[i].alarm ? TCN_ERR_CLOCK : TCN_ERR_OK);
    }
    assert_int_equal(rig_alarms(rig, TCN_ALARM_CLOCK), 2);
    assert_int_equal(rig_alarms(rig, TCN_ALARM_CLOCK_OK), 1);
    rig_free(rig);
}

/* One peer that is wrong convicts nobody. */
static void of_two_clocks_the_nearer_counts(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    rig->hello.ask_held = false;
    hello_of_clock(rig, 0, TCN_HOUR_MS);
    assert_false(rig_stats(rig)->clock_alarm);
    hello_of_clock(rig, 1, TCN_HOUR_MS);
    assert_true(rig_stats(rig)->clock_alarm);
    rig_free(rig);
}

/* No decision by time while our clock is in doubt. */
static void in_doubt_nothing_is_too_early_or_over(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    rig->hello.ask_held = false;
    hello_of_clock(rig, 0, TCN_HOUR_MS);
    struct spec spec = rig_low("xa");
    spec.created_ms = TCN_HOUR_MS;
    rig_define(rig, 1, spec);
    spec.created_ms = -1000;
    spec.life_ms = 500;
    rig_define(rig, 2, spec);
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    rig_push(rig, 0, TCN_LANE_BULK, 2);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 2);
    rig_free(rig);
}

/* ---- how long things stay ---- */

static size_t purged(const struct rig *rig, bool whole)
{
    size_t count = 0;
    for (size_t i = 0; i < rig->said_count; i++) {
        count += rig->said[i].kind == TCN_EFFECT_PURGE &&
                 rig->said[i].whole == whole;
    }
    return count;
}

static void
contents_go_after_their_grace_and_ids_after_the_longest_life(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    struct spec spec = rig_low("xa");
    spec.life_ms = 10 * TCN_DAY_MS;
    rig_define(rig, 1, spec);
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    rig_pass(rig, 10 * TCN_DAY_MS - TCN_MINUTE_MS);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STATUS), 0);
    rig_pass(rig, 2 * TCN_MINUTE_MS);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STATUS), 1);
    rig_pass(rig, TCN_CONTENT_GRACE_MS - 2 * TCN_MINUTE_MS);
    assert_int_equal(purged(rig, false), 0);
    rig_pass(rig, 2 * TCN_MINUTE_MS);
    assert_int_equal(purged(rig, false), 1);
    rig_forget(rig);
    for (unsigned day = 12; day <= 401; day++) {
        assert_int_equal(purged(rig, true), 0);
        assert_int_equal(rig_stats(rig)->alerts, 1);
        rig_forget(rig);
        rig_pass(rig, TCN_DAY_MS);
    }
    assert_int_equal(purged(rig, true), 1);
    assert_int_equal(rig_stats(rig)->alerts, 0);
    rig_free(rig);
}

/* ---- how much is held ---- */

static void a_full_node_takes_nothing_but_withdrawals(void **state)
{
    (void)state;
    enum { CAPACITY = 320, SPARE = CAPACITY / 32 };
    struct rig *rig = rig_new(1, CAPACITY, 1024);
    rig_open(rig, 0);
    for (unsigned i = 1; i <= CAPACITY; i++) {
        rig_define(rig, i, rig_low("xa"));
        rig_push(rig, 0, TCN_LANE_BULK, i);
    }
    assert_int_equal(rig_stats(rig)->alerts, CAPACITY - SPARE);
    assert_int_equal(refused(rig, TCN_ERR_CAPACITY), SPARE);
    assert_true(rig_alarms(rig, TCN_ALARM_CAPACITY) >= 1);
    for (unsigned i = 1; i <= SPARE + 1; i++) {
        struct spec spec = rig_low("xa");
        spec.kind = TCN_KIND_REVOKE;
        spec.ref = i;
        rig_define(rig, 1000 + i, spec);
        rig_push(rig, 0, TCN_LANE_FAST, 1000 + i);
    }
    assert_int_equal(rig_stats(rig)->alerts, CAPACITY);
    assert_int_equal(refused(rig, TCN_ERR_CAPACITY), SPARE + 1);
    rig_free(rig);
}

/* Whoever contradicts himself without end: 64 of it are shown, and one
 * withdrawal ends all of them. */
static void of_one_alert_so_many_contradictions_are_shown(void **state)
{
    (void)state;
    enum { SHOWN = 64 };
    struct rig *rig = rig_linked(1);
    rig_define(rig, 1, rig_low("xa"));
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    struct spec spec = rig_low("xa");
    spec.kind = TCN_KIND_UPDATE;
    spec.ref = 1;
    for (unsigned i = 1; i <= SHOWN + 1; i++) {
        assert_int_equal(refused(rig, TCN_ERR_CAPACITY), 0);
        rig_define(rig, 1 + i, spec);
        rig_push(rig, 0, TCN_LANE_BULK, 1 + i);
    }
    assert_int_equal(refused(rig, TCN_ERR_CAPACITY), 1);
    assert_int_equal(rig_stats(rig)->alerts, 1 + SHOWN);
    spec.kind = TCN_KIND_REVOKE;
    rig_define(rig, 1000, spec);
    rig_forget(rig);
    rig_push(rig, 0, TCN_LANE_BULK, 1000);
    assert_int_equal(rig_stats(rig)->alerts, 2 + SHOWN);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STATUS), SHOWN);
    rig_free(rig);
}

static void withdrawals_of_what_is_not_here_have_a_quota(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    struct spec spec = rig_low("xa");
    spec.kind = TCN_KIND_REVOKE;
    for (unsigned i = 1; i <= TCN_ORPHAN_REVOKES_MAX + 1; i++) {
        assert_int_equal(refused(rig, TCN_ERR_REVOKE_QUOTA), 0);
        spec.ref = 2000 + i;
        rig_define(rig, i, spec);
        rig_push(rig, 0, TCN_LANE_BULK, i);
        rig_forget(rig);
    }
    assert_int_equal(refused(rig, TCN_ERR_REVOKE_QUOTA), 1);
    assert_int_equal(rig_stats(rig)->live.stored, TCN_ORPHAN_REVOKES_MAX);
    /* another origin has its own, and so has one whose alert is here */
    spec.origin = "xb";
    spec.ref = 4000;
    rig_define(rig, 1500, spec);
    rig_push(rig, 0, TCN_LANE_BULK, 1500);
    rig_define(rig, 1600, rig_low("xa"));
    rig_push(rig, 0, TCN_LANE_BULK, 1600);
    spec.origin = "xa";
    spec.ref = 1600;
    rig_define(rig, 1601, spec);
    rig_push(rig, 0, TCN_LANE_BULK, 1601);
    assert_int_equal(rig_stats(rig)->live.stored, TCN_ORPHAN_REVOKES_MAX + 3);
    rig_free(rig);
}

/* ---- how many take part ---- */

static void every_one_of_the_most_peers_gets_it(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(TCN_PEERS_MAX);
    rig_define(rig, 1, rig_critical("ee"));
    assert_int_equal(rig_submit(rig, 1), TCN_ERR_OK);
    rig_define(rig, 2, rig_low("ee"));
    assert_int_equal(rig_submit(rig, 2), TCN_ERR_OK);
    rig_pass(rig, TCN_SECOND_MS);
    for (unsigned peer = 0; peer < TCN_PEERS_MAX; peer++) {
        assert_int_equal(rig_pushes(rig, peer, TCN_LANE_FAST), 1);
        assert_int_equal(rig_pushes(rig, peer, TCN_LANE_BULK), 1);
    }
    rig_free(rig);
}

/* paa brings one alert of each of so many origins; those of the first ones. */
static const char *bring_origins(struct rig *rig, unsigned from, unsigned to)
{
    static char names[TCN_MEMBERS_MAX + 64][8];
    assert_true(to <= sizeof names / sizeof names[0]);
    for (unsigned i = from; i < to; i++) {
        (void)snprintf(names[i], sizeof names[i], "o%c%c", 'a' + (int)(i / 26),
                       'a' + (int)(i % 26));
        rig_define(rig, 1 + i, rig_low(names[i]));
        rig_push(rig, 0, TCN_LANE_BULK, 1 + i);
    }
    return names[from];
}

static void critical_of(struct rig *rig, unsigned number, const char *origin)
{
    rig_define(rig, number, rig_critical(origin));
    rig_push(rig, 0, TCN_LANE_BULK, number);
}

/* More origins than have a place share the last one, and its quota: nothing is
 * refused. */
static void more_origins_than_members_share_a_place(void **state)
{
    (void)state;
    enum { MORE = TCN_MEMBERS_MAX + 40 };
    struct rig *rig = rig_linked(2);
    const char *first = bring_origins(rig, 0, MORE);
    assert_int_equal(rig_stats(rig)->live.stored, MORE);
    assert_int_equal(rig_pushes(rig, 1, TCN_LANE_BULK), MORE);
    assert_int_equal(rig_info(rig, 1).behind, 0);
    for (unsigned i = 0; i < 11; i++) {
        critical_of(rig, 1000 + i, i % 2 == 0 ? "zaa" : "zab");
    }
    assert_int_equal(rig_pushes(rig, 1, TCN_LANE_FAST), 10);
    critical_of(rig, 2000, first); /* has one of its own */
    assert_int_equal(rig_pushes(rig, 1, TCN_LANE_FAST), 11);
    rig_free(rig);
}

/* The place may bear the name of a peer; what others say is not its own. */
static void who_shares_a_place_is_not_taken_for_a_peer(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    (void)bring_origins(rig, 0, TCN_MEMBERS_MAX);
    rig_define(rig, 1000, rig_low("pab"));
    rig_push(rig, 0, TCN_LANE_BULK, 1000); /* the last place is peer pab's */
    rig_forget(rig);
    struct spec red = rig_low("zaa");
    red.tlp = TCN_TLP_RED;
    rig_define(rig, 1001, red);
    rig_push(rig, 0, TCN_LANE_BULK, 1001);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 1);
    assert_int_equal(rig_pushes(rig, 1, TCN_LANE_BULK), 0);
    rig_free(rig);
}

static size_t decided(const struct rig *rig, unsigned peer)
{
    size_t count = 0;
    for (size_t i = 0; i < rig->said_count; i++) {
        count += rig->said[i].kind == TCN_EFFECT_DECIDE &&
                 rig->said[i].hook == TCN_HOOK_EXPORT &&
                 rig->said[i].peer == peer;
    }
    return count;
}

/* A withdrawal that is none of its business is not even looked at for it. */
static void what_shares_a_place_is_not_due_to_a_peer(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    (void)bring_origins(rig, 0, TCN_MEMBERS_MAX);
    rig_define(rig, 1000, rig_low("pab"));
    rig_push(rig, 0, TCN_LANE_BULK, 1000);
    rig_forget(rig);
    struct spec revoke = rig_low("zaa");
    revoke.kind = TCN_KIND_REVOKE;
    revoke.ref = 3000;
    rig_define(rig, 1001, revoke);
    rig_push(rig, 0, TCN_LANE_BULK, 1001);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 1);
    assert_int_equal(decided(rig, 1), 0);
    rig_free(rig);
}

/* Who gives something of an origin that shares its place has no more of it than
 * it gave. */
static void who_shares_a_place_has_what_it_gave(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    (void)bring_origins(rig, 0, TCN_MEMBERS_MAX);
    rig_define(rig, 1000, rig_low("pab"));
    rig_push(rig, 0, TCN_LANE_BULK, 1000);
    rig_define(rig, 1001, rig_low("zaa"));
    rig_push(rig, 0, TCN_LANE_BULK, 1001);
    rig_forget(rig);
    rig_push(rig, 1, TCN_LANE_BULK, 1001);
    assert_int_equal(rig_count(rig, TCN_EFFECT_SOURCE), 1);
    for (size_t i = 0; i < rig->said_count; i++) {
        assert_true(rig->said[i].kind != TCN_EFFECT_SOURCE ||
                    rig->said[i].form == TCN_CLASS_BIT(TCN_CLASS_KEEP));
    }
    rig_free(rig);
}

static void who_shares_a_place_shares_a_quota_of_withdrawals(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    (void)bring_origins(rig, 0, TCN_MEMBERS_MAX + 1);
    struct spec spec = rig_low("zaa");
    spec.kind = TCN_KIND_REVOKE;
    for (unsigned i = 1; i <= TCN_ORPHAN_REVOKES_MAX + 1; i++) {
        assert_int_equal(refused(rig, TCN_ERR_REVOKE_QUOTA), 0);
        spec.origin = i % 2 == 0 ? "zaa" : "zab";
        spec.ref = 2000 + i;
        rig_define(rig, 500 + i, spec);
        rig_push(rig, 0, TCN_LANE_BULK, 500 + i);
        rig_forget(rig);
    }
    assert_int_equal(refused(rig, TCN_ERR_REVOKE_QUOTA), 1);
    rig_free(rig);
}

/* ---- lists of a peer ---- */

static void all_that_a_held_frame_can_name_is_taken(void **state)
{
    (void)state;
    static uint8_t rows[TCN_HELD_MAX * 33];
    struct rig *rig = rig_linked(1);
    for (unsigned i = 0; i < TCN_HELD_MAX; i++) {
        const struct tcn_id id = rig_id(i + 1);
        memcpy(rows + i * 33, id.bytes, 32);
        rows[i * 33 + 32] = TCN_CLASS_BIT(TCN_CLASS_KEEP);
    }
    /* our ledger begins anew: the peer knows another one */
    rig_pass(rig, TCN_MINUTE_MS);
    rig->hello.ask_held = false;
    rig->peers[0].epoch.bytes[0] ^= 1;
    rig_hello(rig, 0, nothing);
    assert_int_equal(rig_count(rig, TCN_EFFECT_EPOCH), 1);
    struct tcn_frame held = {.type = TCN_FRAME_HELD, .held.last = true};
    held.held.rows = tcn_view(rows, sizeof rows);
    rig_frame(rig, 0, &held, NULL);
    assert_int_equal(rig_count(rig, TCN_EFFECT_HELD), TCN_HELD_MAX);
    assert_int_equal(rig_count(rig, TCN_EFFECT_HELD_DONE), 1);
    rig_free(rig);
}

static void hold(struct rig *rig, unsigned peer, unsigned from, unsigned count)
{
    static uint8_t rows[TCN_HELD_MAX * 33];
    for (unsigned i = 0; i < count; i++) {
        const struct tcn_id id = rig_id(from + i);
        memcpy(rows + i * 33, id.bytes, 32);
    }
    struct tcn_frame held = {.type = TCN_FRAME_HELD, .held.last = true};
    held.held.rows = tcn_view(rows, count * (size_t)33);
    rig_frame(rig, peer, &held, NULL);
}

/* What a peer says it holds fills an eighth of the room and no more, and none
 * of what another one holds. */
static void ids_that_a_peer_makes_up_do_not_fill_a_node(void **state)
{
    (void)state;
    enum { CAPACITY = 800, TRUE_ONES = 90 };
    struct rig *rig = rig_new(2, CAPACITY, 1024);
    for (unsigned peer = 0; peer < 2; peer++) {
        rig_link_up(rig, peer);
        rig_hello(rig, peer, nothing);
    }
    hold(rig, 0, 1, TCN_HELD_MAX);
    assert_int_equal(rig_stats(rig)->alerts, CAPACITY / 8);
    assert_true(rig_alarms(rig, TCN_ALARM_CAPACITY) > 0);
    hold(rig, 1, 1000, TRUE_ONES);
    assert_int_equal(rig_stats(rig)->alerts, CAPACITY / 8 + TRUE_ONES);
    rig_free(rig);
}

static bool asks_what_is_held(struct rig *rig, unsigned peer)
{
    rig_forget(rig);
    rig_link_up(rig, peer);
    return rig_sent(rig, peer, TCN_FRAME_HELLO, 0)->frame.hello.ask_held;
}

/* Until all of it had room; what came back made some. */
static void who_holds_more_than_there_was_room_for_is_asked_again(void **state)
{
    (void)state;
    enum { CAPACITY = 800, TOO_MANY = CAPACITY / 8 + 1 };
    struct rig *rig = rig_new(1, CAPACITY, 1024);
    rig_link_up(rig, 0);
    rig_hello(rig, 0, nothing);
    hold(rig, 0, 1, TOO_MANY);
    assert_int_equal(rig_count(rig, TCN_EFFECT_HELD_DONE), 0);
    assert_true(asks_what_is_held(rig, 0));
    rig_hello(rig, 0, nothing);
    rig_define(rig, 1, rig_low("xa"));
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    hold(rig, 0, 1, TOO_MANY);
    assert_int_equal(rig_count(rig, TCN_EFFECT_HELD_DONE), 1);
    assert_false(asks_what_is_held(rig, 0));
    rig_free(rig);
}

static void all_agreements_of_a_hello_are_kept(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    rig->hello.agreement_count = TCN_AGREEMENTS_MAX;
    for (unsigned i = 0; i < TCN_AGREEMENTS_MAX; i++) {
        rig->hello.agreements[i] = tcn_view_str("balt#0123456789abcdef");
    }
    rig->hello.agreements[3] = tcn_view_str(
        "a-name-that-is-longer-than-any-agreement-can-have#0123456789abcdef");
    rig->hello.ask_held = false;
    rig_hello(rig, 0, nothing);
    struct tcn_mesh_peer_info info = rig_info(rig, 0);
    assert_int_equal(info.agreement_count, TCN_AGREEMENTS_MAX - 1);
    assert_string_equal(info.agreements[TCN_AGREEMENTS_MAX - 2],
                        "balt#0123456789abcdef");
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_too_early_waits_for_its_time),
        cmocka_unit_test(what_is_over_is_refused),
        cmocka_unit_test(a_clock_that_is_off_by_more_is_an_alarm),
        cmocka_unit_test(of_two_clocks_the_nearer_counts),
        cmocka_unit_test(in_doubt_nothing_is_too_early_or_over),
        cmocka_unit_test(
            contents_go_after_their_grace_and_ids_after_the_longest_life),
        cmocka_unit_test(a_full_node_takes_nothing_but_withdrawals),
        cmocka_unit_test(of_one_alert_so_many_contradictions_are_shown),
        cmocka_unit_test(withdrawals_of_what_is_not_here_have_a_quota),
        cmocka_unit_test(every_one_of_the_most_peers_gets_it),
        cmocka_unit_test(more_origins_than_members_share_a_place),
        cmocka_unit_test(who_shares_a_place_is_not_taken_for_a_peer),
        cmocka_unit_test(what_shares_a_place_is_not_due_to_a_peer),
        cmocka_unit_test(who_shares_a_place_has_what_it_gave),
        cmocka_unit_test(who_shares_a_place_shares_a_quota_of_withdrawals),
        cmocka_unit_test(all_that_a_held_frame_can_name_is_taken),
        cmocka_unit_test(ids_that_a_peer_makes_up_do_not_fill_a_node),
        cmocka_unit_test(who_holds_more_than_there_was_room_for_is_asked_again),
        cmocka_unit_test(all_agreements_of_a_hello_are_kept),
    };
    return cmocka_run_group_tests_name("mesh_limits", tests, NULL, NULL);
}
