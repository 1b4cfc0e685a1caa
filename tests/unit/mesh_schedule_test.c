/* Whose turn it is: what is critical first and while its quota lasts, news
 * before history, history newest first, and no origin more than its share. */
#include "unit/mesh_rig.h"

enum { QUOTA_BURST = 10 };

/* paa gives, pab gets; its window of rows is closed behind `rows`. */
enum { GIVER, GETTER, PEERS };

static const uint64_t window[TCN_LANES] = {TCN_FAST_BYTES, TCN_BULK_BYTES};

static struct rig *giver_and_getter(uint64_t rows)
{
    struct rig *rig = rig_new(PEERS, RIG_ALERTS, 1024);
    rig_open(rig, GIVER);
    rig->hello.rows[TCN_LANE_BULK] = rows;
    rig_open(rig, GETTER);
    rig_forget(rig);
    return rig;
}

static void give(struct rig *rig, unsigned number, struct spec spec)
{
    rig_define(rig, number, spec);
    rig_push(rig, GIVER, TCN_LANE_BULK, number);
    rig_pass(rig, 20); /* OFFERs and ACKs leave */
}

/* The getter has settled all it got, and takes as much again. */
static void settle_all(struct rig *rig)
{
    uint64_t n[TCN_LANES] = {0};
    uint64_t grant[TCN_LANES];
    for (size_t i = 0; i < rig->export_count; i++) {
        const struct tcn_effect *row = &rig->exports[i];
        if (row->peer == GETTER) {
            n[row->lane] = row->n;
        }
    }
    for (unsigned lane = 0; lane < TCN_LANES; lane++) {
        grant[lane] = 64 * window[lane];
    }
    rig_ack(rig, GETTER, n, grant);
    rig_pass(rig, 20);
}

static const struct tcn_effect *handed_over(const struct rig *rig, size_t i)
{
    for (size_t at = 0; at < rig->export_count; at++) {
        if (rig->exports[at].peer == GETTER && i-- == 0) {
            return &rig->exports[at];
        }
    }
    return NULL;
}

/* Which alert was handed over as number i, in both lanes together; 0 = none. */
static unsigned order(const struct rig *rig, size_t i)
{
    const struct tcn_effect *row = handed_over(rig, i);
    return row == NULL ? 0 : rig_number(&row->id);
}

/* How many of the rows from `i` are of alerts from .. to. */
static size_t share(const struct rig *rig, size_t i, size_t count,
                    unsigned from, unsigned to)
{
    size_t found = 0;
    for (size_t at = i; at < i + count; at++) {
        unsigned number = order(rig, at);
        found += number >= from && number <= to;
    }
    return found;
}

/* ---- origins ---- */

enum { NOISE = 600, QUIET = 20, WINDOW = 64 };

static void fill_the_window(struct rig *rig)
{
    for (unsigned i = 1; i <= WINDOW; i++) {
        give(rig, i, rig_low("xz"));
    }
    assert_int_equal(order(rig, WINDOW - 1), WINDOW);
}

static void a_noisy_origin_gets_its_share_and_no_more(void **state)
{
    (void)state;
    struct rig *rig = giver_and_getter(WINDOW);
    struct spec spec = rig_low("xa");
    spec.bytes = 4 * TCN_KIB;
    fill_the_window(rig);
    for (unsigned i = 0; i < NOISE; i++) {
        give(rig, 1000 + i, spec);
    }
    spec.origin = "xb";
    for (unsigned i = 0; i < QUIET; i++) {
        give(rig, 2000 + i, spec);
    }
    assert_int_equal(order(rig, WINDOW), 0); /* all of it waits */
    settle_all(rig);
    /* half of what went is of either, though one came long before */
    assert_in_range(share(rig, WINDOW, 2 * QUIET, 2000, 2999), QUIET - 4,
                    QUIET);
    settle_all(rig);
    assert_int_equal(share(rig, WINDOW, 2 * WINDOW, 2000, 2999), QUIET);
    assert_int_equal(share(rig, WINDOW, 2 * WINDOW, 1000, 1999),
                     2 * WINDOW - QUIET);
    rig_free(rig);
}

/* Turns are of bytes: who says much at a time is called less often. */
static void a_share_is_of_bytes(void **state)
{
    (void)state;
    struct rig *rig = giver_and_getter(WINDOW);
    struct spec large = rig_low("xa"), small = rig_low("xb");
    large.bytes = TCN_EAGER_BYTES;
    small.bytes = TCN_EAGER_BYTES / 8;
    fill_the_window(rig);
    for (unsigned i = 0; i < 100; i++) {
        give(rig, 1000 + i, large);
        give(rig, 2000 + i, small);
    }
    settle_all(rig);
    size_t ones = share(rig, WINDOW, 45, 1000, 1999);
    size_t others = share(rig, WINDOW, 45, 2000, 2999);
    assert_int_equal(ones + others, 45);
    assert_in_range(others, 7 * ones, 9 * ones + 8);
    rig_free(rig);
}

static void what_one_origin_says_stays_in_order(void **state)
{
    (void)state;
    struct rig *rig = giver_and_getter(WINDOW);
    fill_the_window(rig);
    for (unsigned i = 0; i < WINDOW; i++) {
        give(rig, 1000 + i, rig_low("xa"));
    }
    settle_all(rig);
    for (unsigned i = 0; i < WINDOW; i++) {
        assert_int_equal(order(rig, WINDOW + i), 1000 + i);
    }
    rig_free(rig);
}

/* ---- classes ---- */

static void high_and_normal_take_turns(void **state)
{
    (void)state;
    struct rig *rig = giver_and_getter(WINDOW);
    struct spec low = rig_low("xa"), high = rig_low("xa");
    low.bytes = high.bytes = TCN_EAGER_BYTES / 2;
    high.severity = TCN_SEVERITY_HIGH;
    fill_the_window(rig);
    for (unsigned i = 0; i < 100; i++) {
        give(rig, 1000 + i, low);
        give(rig, 2000 + i, high);
    }
    settle_all(rig);
    /* 4 : 2 by bytes */
    size_t highs = share(rig, WINDOW, 60, 2000, 2999);
    assert_in_range(highs, 36, 44);
    assert_int_equal(share(rig, WINDOW, 60, 1000, 1999), 60 - highs);
    rig_free(rig);
}

static void critical_overtakes_all_that_waits(void **state)
{
    (void)state;
    struct rig *rig = giver_and_getter(WINDOW);
    fill_the_window(rig);
    give(rig, 1000, rig_low("xa"));
    give(rig, 2000, rig_critical("xa"));
    /* the bulk lane is full, the fast one is not */
    assert_int_equal(order(rig, WINDOW), 2000);
    assert_int_equal(handed_over(rig, WINDOW)->lane, TCN_LANE_FAST);
    assert_int_equal(order(rig, WINDOW + 1), 0);
    rig_free(rig);
}

/* ---- the quota of what is critical ---- */

static void ten_critical_ones_overtake_and_then_one_a_minute(void **state)
{
    (void)state;
    struct rig *rig = giver_and_getter(1024);
    for (unsigned i = 1; i <= QUOTA_BURST + 3; i++) {
        give(rig, i, rig_critical("xa"));
    }
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_FAST), QUOTA_BURST);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 3);
    assert_true(rig_alarms(rig, TCN_ALARM_QUOTA) >= 1);
    rig_pass(rig, 2 * TCN_MINUTE_MS);
    rig_forget(rig);
    for (unsigned i = 101; i <= 104; i++) {
        give(rig, i, rig_critical("xa"));
    }
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_FAST), 2);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 2);
    rig_free(rig);
}

static void each_origin_has_its_own_quota(void **state)
{
    (void)state;
    struct rig *rig = giver_and_getter(1024);
    for (unsigned i = 1; i <= QUOTA_BURST; i++) {
        give(rig, i, rig_critical("xa"));
        give(rig, 1000 + i, rig_critical("xb"));
    }
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_FAST), 2 * QUOTA_BURST);
    give(rig, 999, rig_critical("xa"));
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 1);
    give(rig, 2000, rig_critical("xc"));
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_FAST),
                     2 * QUOTA_BURST + 1);
    rig_free(rig);
}

/* What another peer gets or does not get changes nothing for one. */
static void each_peer_has_its_own_quota(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(3);
    enum { GIVES, GETS, IS_LATE };
    struct tcn_event down = {.kind = TCN_EVENT_LINK_DOWN, .peer = IS_LATE};
    rig_act(rig, &down);
    for (unsigned i = 1; i <= QUOTA_BURST + 5; i++) {
        rig_define(rig, i, rig_critical("xa"));
        rig_push(rig, GIVES, TCN_LANE_BULK, i);
    }
    assert_int_equal(rig_pushes(rig, GETS, TCN_LANE_FAST), QUOTA_BURST);
    rig_open(rig, IS_LATE);
    assert_int_equal(rig_pushes(rig, IS_LATE, TCN_LANE_FAST), QUOTA_BURST);
    rig_free(rig);
}

/* ---- history ---- */

static struct rig *with_a_history(unsigned count)
{
    struct rig *rig = rig_new(PEERS, RIG_ALERTS, 1024);
    rig_open(rig, GIVER);
    for (unsigned i = 1; i <= count; i++) {
        rig_define(rig, i, rig_low(i % 2 == 0 ? "xa" : "xb"));
        rig_push(rig, GIVER, TCN_LANE_BULK, i);
    }
    rig->hello.rows[TCN_LANE_BULK] = WINDOW;
    rig_open(rig, GETTER);
    rig_pass(rig, 20);
    return rig;
}

/* Each origin's backwards; the origins take turns. */
static void history_comes_newest_first_and_is_offered(void **state)
{
    (void)state;
    struct rig *rig = with_a_history(500);
    unsigned last[2] = {502, 501};
    for (unsigned i = 0; i < 500 / WINDOW + 1; i++) {
        settle_all(rig);
    }
    for (unsigned i = 0; i < 500; i++) {
        unsigned number = order(rig, i);
        assert_int_equal(number, last[number % 2] - 2);
        last[number % 2] = number;
    }
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 0);
    const struct tcn_effect *offer = rig_sent(rig, GETTER, TCN_FRAME_OFFER, 0);
    assert_non_null(offer);
    assert_true(offer->frame.offer.is_history);
    assert_int_equal(offer->frame.offer.first, 1);
    rig_free(rig);
}

/* A row that is offered costs its 18 bytes, and a turn of history is 16 KiB.
 * What comes in the middle of one is given its bytes when that is over, and is
 * called in the next round. */
static void news_waits_for_two_turns_of_history_at_most(void **state)
{
    (void)state;
    enum { TURN = 16 * 1024 / TCN_OFFER_ROW + 1, OLD = 3000 };
    struct rig *rig = with_a_history(OLD);
    give(rig, 3500, rig_low("xa"));
    give(rig, 3501, rig_low("xc"));
    assert_int_equal(order(rig, WINDOW), 0); /* no room for it */
    size_t at = 0;
    while (order(rig, at) < 3500) {
        assert_true(at <= 2 * TURN + 2);
        at++;
        if (order(rig, at) == 0) {
            settle_all(rig);
        }
    }
    assert_int_equal(share(rig, at, 2, 3500, 3501), 2);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 2); /* pushed */
    rig_free(rig);
}

/* Where there is room it waits for nothing. */
static void news_goes_at_once_where_there_is_room(void **state)
{
    (void)state;
    struct rig *rig = with_a_history(50);
    give(rig, 1000, rig_low("xa"));
    assert_int_equal(order(rig, 50), 1000);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 1);
    rig_free(rig);
}

/* As long as there is room every old alert goes, once. */
static void all_of_history_goes_once(void **state)
{
    (void)state;
    struct rig *rig = with_a_history(500);
    bool seen[501] = {false};
    for (unsigned i = 0; i < 500 / WINDOW + 1; i++) {
        settle_all(rig);
    }
    for (unsigned i = 0; i < 500; i++) {
        unsigned number = order(rig, i);
        assert_in_range(number, 1, 500);
        assert_false(seen[number]);
        seen[number] = true;
    }
    assert_int_equal(order(rig, 500), 0);
    assert_int_equal(rig_info(rig, GETTER).behind, 0);
    rig_free(rig);
}

static void nothing_goes_back_to_who_gave_it(void **state)
{
    (void)state;
    struct rig *rig = with_a_history(100);
    for (size_t i = 0; i < rig->export_count; i++) {
        assert_int_equal(rig->exports[i].peer, GETTER);
    }
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_noisy_origin_gets_its_share_and_no_more),
        cmocka_unit_test(a_share_is_of_bytes),
        cmocka_unit_test(what_one_origin_says_stays_in_order),
        cmocka_unit_test(high_and_normal_take_turns),
        cmocka_unit_test(critical_overtakes_all_that_waits),
        cmocka_unit_test(ten_critical_ones_overtake_and_then_one_a_minute),
        cmocka_unit_test(each_origin_has_its_own_quota),
        cmocka_unit_test(each_peer_has_its_own_quota),
        cmocka_unit_test(history_comes_newest_first_and_is_offered),
        cmocka_unit_test(news_waits_for_two_turns_of_history_at_most),
        cmocka_unit_test(news_goes_at_once_where_there_is_room),
        cmocka_unit_test(all_of_history_goes_once),
        cmocka_unit_test(nothing_goes_back_to_who_gave_it),
    };
    return cmocka_run_group_tests_name("mesh_schedule", tests, NULL, NULL);
}
