/* The sender's side of a link: it keeps to the windows that the peer names, in
 * rows, frames and bytes, and to what it is asked for. */
#include "unit/mesh_rig.h"

enum { GIVER, GETTER };

static const uint64_t nothing[TCN_LANES];
static const uint64_t plenty[TCN_LANES] = {1ull << 40, 1ull << 40};

/* paa gives what pab is to get, whose windows are in rig->hello. */
static struct rig *begin(void)
{
    struct rig *rig = rig_new(2, RIG_ALERTS, 4096);
    rig_open(rig, GIVER);
    return rig;
}

static void open_getter(struct rig *rig)
{
    rig_open(rig, GETTER);
    rig_pass(rig, 2 * TCN_SECOND_MS);
    rig_forget(rig);
}

static void give(struct rig *rig, unsigned number, struct spec spec)
{
    rig_define(rig, number, spec);
    rig_push(rig, GIVER, TCN_LANE_BULK, number);
}

static void give_range(struct rig *rig, unsigned from, unsigned count,
                       uint32_t bytes)
{
    struct spec spec = rig_low("xa");
    spec.bytes = bytes;
    for (unsigned i = from; i < from + count; i++) {
        give(rig, i, spec);
    }
}

/* The highest row of a lane that the getter was handed. */
static uint64_t top(const struct rig *rig, unsigned lane)
{
    uint64_t n = 0;
    while (rig_export(rig, GETTER, lane, n + 1) != NULL) {
        n++;
    }
    return n;
}

/* ---- what is not spoken with ---- */

static const struct {
    const char *what;
    uint64_t version_min, version_max;
    uint64_t grant[TCN_LANES], rows[TCN_LANES];
    bool taken;
} windows[] = {
    {"the least there may be",
     1,
     1,
     {TCN_ENVELOPE_MAX, TCN_ENVELOPE_MAX},
     {TCN_OFFER_MAX, TCN_OFFER_MAX},
     true},
    {"no alert fits, fast",
     1,
     1,
     {TCN_ENVELOPE_MAX - 1, TCN_ENVELOPE_MAX},
     {TCN_OFFER_MAX, TCN_OFFER_MAX},
     false},
    {"no alert fits, bulk",
     1,
     1,
     {TCN_ENVELOPE_MAX, TCN_ENVELOPE_MAX - 1},
     {TCN_OFFER_MAX, TCN_OFFER_MAX},
     false},
    {"no offer fits, fast",
     1,
     1,
     {TCN_ENVELOPE_MAX, TCN_ENVELOPE_MAX},
     {TCN_OFFER_MAX - 1, TCN_OFFER_MAX},
     false},
    {"no offer fits, bulk",
     1,
     1,
     {TCN_ENVELOPE_MAX, TCN_ENVELOPE_MAX},
     {TCN_OFFER_MAX, TCN_OFFER_MAX - 1},
     false},
    {"nothing at all", 1, 1, {0, 0}, {0, 0}, false},
    {"a later version too",
     1,
     9,
     {UINT64_MAX, UINT64_MAX},
     {UINT64_MAX, UINT64_MAX},
     true},
    {"only later versions",
     2,
     3,
     {UINT64_MAX, UINT64_MAX},
     {UINT64_MAX, UINT64_MAX},
     false},
    {"no version",
     0,
     0,
     {UINT64_MAX, UINT64_MAX},
     {UINT64_MAX, UINT64_MAX},
     false},
};

static void windows_that_are_too_small_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        struct rig *rig = rig_new(1, 64, 1024);
        rig->hello.version_min = windows[i].version_min;
        rig->hello.version_max = windows[i].version_max;
        memcpy(rig->hello.grant, windows[i].grant, sizeof windows[i].grant);
        memcpy(rig->hello.rows, windows[i].rows, sizeof windows[i].rows);
        rig_link_up(rig, 0);
        rig_hello(rig, 0, nothing);
        struct tcn_mesh_peer_info info = rig_info(rig, 0);
        if (info.session != windows[i].taken ||
            info.faults != !windows[i].taken) {
            fail_msg("%s: session %d, faults %llu", windows[i].what,
                     info.session, (unsigned long long)info.faults);
        }
        rig_free(rig);
    }
}

/* ---- rows ---- */

static void no_more_rows_than_the_peer_keeps(void **state)
{
    (void)state;
    struct rig *rig = begin();
    rig->hello.rows[TCN_LANE_BULK] = 100;
    open_getter(rig);
    give_range(rig, 1, 200, 100);
    assert_int_equal(top(rig, TCN_LANE_BULK), 100);
    rig_ack(rig, GETTER, (uint64_t[]){0, 10}, plenty);
    assert_int_equal(top(rig, TCN_LANE_BULK), 110);
    rig_ack(rig, GETTER, (uint64_t[]){0, 10}, plenty); /* once more */
    assert_int_equal(top(rig, TCN_LANE_BULK), 110);
    rig_ack(rig, GETTER, (uint64_t[]){0, 110}, plenty);
    assert_int_equal(top(rig, TCN_LANE_BULK), 200);
    rig_free(rig);
}

static void each_lane_has_its_own_rows(void **state)
{
    (void)state;
    static char names[30][4];
    struct rig *rig = begin();
    rig->hello.rows[TCN_LANE_FAST] = TCN_OFFER_MAX;
    rig->hello.rows[TCN_LANE_BULK] = TCN_OFFER_MAX;
    open_getter(rig);
    for (unsigned i = 0; i < 300; i++) { /* ten critical ones of each origin */
        (void)snprintf(names[i % 30], 4, "x%c", 'a' + (int)(i % 30) % 26);
        give(rig, 1000 + i, rig_critical(names[i % 30]));
    }
    assert_int_equal(top(rig, TCN_LANE_FAST), TCN_OFFER_MAX);
    rig_ack(rig, GETTER, (uint64_t[]){TCN_OFFER_MAX, 0}, plenty);
    assert_int_equal(top(rig, TCN_LANE_FAST), 2 * TCN_OFFER_MAX);
    rig_free(rig);
}

/* Each PUSH of its own is a frame, and the peer keeps the places of so many. */
static void no_more_frames_than_a_lane_keeps(void **state)
{
    (void)state;
    struct rig *rig = begin();
    open_getter(rig);
    give_range(rig, 1, TCN_LANE_FRAMES + 100, 100);
    size_t sent = rig_pushes(rig, GETTER, TCN_LANE_BULK);
    assert_in_range(sent, TCN_LANE_FRAMES - 2, TCN_LANE_FRAMES);
    assert_int_equal(top(rig, TCN_LANE_BULK), sent);
    rig_ack(rig, GETTER, (uint64_t[]){0, 50}, plenty);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), sent + 50);
    rig_ack(rig, GETTER, (uint64_t[]){0, sent + 50}, plenty);
    assert_int_equal(top(rig, TCN_LANE_BULK), TCN_LANE_FRAMES + 100);
    rig_free(rig);
}

/* ---- bytes ---- */

static void no_more_bytes_than_were_granted(void **state)
{
    (void)state;
    enum { FIT = TCN_ENVELOPE_MAX / TCN_EAGER_BYTES };
    struct rig *rig = begin();
    rig->hello.grant[TCN_LANE_BULK] = TCN_ENVELOPE_MAX;
    open_getter(rig);
    give_range(rig, 1, 3 * FIT, TCN_EAGER_BYTES);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), FIT);
    assert_int_equal(top(rig, TCN_LANE_BULK), FIT);
    /* what is settled is no grant */
    rig_ack(rig, GETTER, (uint64_t[]){0, FIT}, nothing);
    assert_int_equal(top(rig, TCN_LANE_BULK), FIT);
    const uint64_t one_less[] = {0, TCN_ENVELOPE_MAX + TCN_EAGER_BYTES - 1};
    rig_ack(rig, GETTER, (uint64_t[]){0, FIT}, one_less);
    assert_int_equal(top(rig, TCN_LANE_BULK), FIT);
    const uint64_t one_more[] = {0, TCN_ENVELOPE_MAX + TCN_EAGER_BYTES};
    rig_ack(rig, GETTER, (uint64_t[]){0, FIT}, one_more);
    assert_int_equal(top(rig, TCN_LANE_BULK), FIT + 1);
    rig_free(rig);
}

static void a_grant_is_not_taken_back(void **state)
{
    (void)state;
    struct rig *rig = begin();
    rig->hello.rows[TCN_LANE_BULK] = TCN_OFFER_MAX;
    open_getter(rig);
    give_range(rig, 1, TCN_OFFER_MAX + 10, 100);
    rig_ack(rig, GETTER, nothing, nothing);
    rig_ack(rig, GETTER, (uint64_t[]){0, TCN_OFFER_MAX}, nothing);
    assert_int_equal(top(rig, TCN_LANE_BULK), TCN_OFFER_MAX + 10);
    rig_free(rig);
}

/* On the fast lane there is always room for the largest. */
static void a_critical_one_waits_until_any_would_fit(void **state)
{
    (void)state;
    struct rig *rig = begin();
    struct spec spec = rig_critical("xa");
    rig->hello.grant[TCN_LANE_FAST] = TCN_ENVELOPE_MAX;
    open_getter(rig);
    give(rig, 1, spec);
    give(rig, 2, spec);
    assert_int_equal(top(rig, TCN_LANE_FAST), 1);
    assert_int_equal(top(rig, TCN_LANE_BULK), 0); /* it does not go elsewhere */
    const uint64_t grant[] = {TCN_ENVELOPE_MAX + spec.bytes, 0};
    rig_ack(rig, GETTER, (uint64_t[]){1, 0}, grant);
    assert_int_equal(top(rig, TCN_LANE_FAST), 2);
    rig_free(rig);
}

static void a_hello_counts_anew(void **state)
{
    (void)state;
    enum { FIT = TCN_ENVELOPE_MAX / TCN_EAGER_BYTES };
    struct rig *rig = begin();
    rig->hello.grant[TCN_LANE_BULK] = TCN_ENVELOPE_MAX;
    open_getter(rig);
    give_range(rig, 1, 3 * FIT, TCN_EAGER_BYTES);
    assert_int_equal(top(rig, TCN_LANE_BULK), FIT);
    rig->hello.ask_held = false;
    rig_hello(rig, GETTER, (uint64_t[]){0, FIT});
    assert_int_equal(top(rig, TCN_LANE_BULK), 2 * FIT);
    rig_free(rig);
}

/* ---- pushed or offered ---- */

static void what_is_larger_than_eager_is_offered(void **state)
{
    (void)state;
    struct rig *rig = begin();
    open_getter(rig);
    give_range(rig, 1, 1, TCN_EAGER_BYTES);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 1);
    give_range(rig, 2, 1, TCN_EAGER_BYTES + 1);
    rig_pass(rig, 10);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 1);
    const struct tcn_effect *offer = rig_sent(rig, GETTER, TCN_FRAME_OFFER, 0);
    assert_non_null(offer);
    assert_int_equal(offer->frame.offer.first, 2);
    assert_false(offer->frame.offer.is_history);
    assert_int_equal(offer->frame.offer.rows.len, TCN_OFFER_ROW);
    const struct tcn_id id = rig_id(2);
    assert_memory_equal(offer->frame.offer.rows.data, id.bytes, 16);
    assert_int_equal(offer->frame.offer.rows.data[17], 15); /* <= 2^15 */
    rig_free(rig);
}

static void the_largest_is_pushed_when_it_is_critical(void **state)
{
    (void)state;
    struct rig *rig = begin();
    struct spec spec = rig_critical("xa");
    spec.bytes = TCN_ENVELOPE_MAX;
    open_getter(rig);
    give(rig, 1, spec);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_FAST), 1);
    rig_free(rig);
}

static void offers_are_gathered(void **state)
{
    (void)state;
    struct rig *rig = begin();
    open_getter(rig);
    give_range(rig, 1, TCN_OFFER_MAX - 1, TCN_EAGER_BYTES + 1);
    assert_int_equal(rig_frames(rig, GETTER, TCN_FRAME_OFFER), 0);
    give_range(rig, TCN_OFFER_MAX, 2, TCN_EAGER_BYTES + 1);
    assert_int_equal(rig_frames(rig, GETTER, TCN_FRAME_OFFER), 1);
    const struct tcn_effect *offer = rig_sent(rig, GETTER, TCN_FRAME_OFFER, 0);
    assert_int_equal(offer->frame.offer.rows.len,
                     TCN_OFFER_MAX * TCN_OFFER_ROW);
    assert_int_equal(offer->frame.offer.last.n, TCN_OFFER_MAX);
    rig_pass(rig, 9);
    assert_int_equal(rig_frames(rig, GETTER, TCN_FRAME_OFFER), 1);
    rig_pass(rig, 1);
    assert_int_equal(rig_frames(rig, GETTER, TCN_FRAME_OFFER), 2);
    rig_free(rig);
}

/* Numbers leave in order: a PUSH behind offers sends them first. */
static void a_push_does_not_overtake_offers_of_its_lane(void **state)
{
    (void)state;
    struct rig *rig = begin();
    open_getter(rig);
    give_range(rig, 1, 1, TCN_EAGER_BYTES + 1);
    give_range(rig, 2, 1, 100);
    assert_int_equal(rig_frames(rig, GETTER, TCN_FRAME_OFFER), 1);
    assert_true(rig_sent(rig, GETTER, TCN_FRAME_OFFER, 0) <
                rig_sent(rig, GETTER, TCN_FRAME_PUSH, 0));
    rig_free(rig);
}

/* What is not remembered is sent with every PUSH. */
static void of_1024_certificates_it_is_remembered_who_has_them(void **state)
{
    (void)state;
    enum { KEPT = 1024 };
    struct rig *rig = begin();
    open_getter(rig);
    struct spec spec = rig_low("xa");
    for (unsigned i = 1; i <= KEPT + 1; i++) {
        spec.cert = i;
        give(rig, i, spec);
        rig_ack(rig, GETTER, (uint64_t[]){0, i}, plenty);
    }
    assert_int_equal(rig_frames(rig, GETTER, TCN_FRAME_CERT), KEPT + 1);
    const unsigned again[][2] = {{1, 0}, {KEPT, 0}, {KEPT + 1, 1}};
    for (unsigned i = 0; i < 3; i++) {
        spec.cert = again[i][0];
        rig_forget(rig);
        give(rig, 2000 + i, spec);
        assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 1);
        assert_int_equal(rig_frames(rig, GETTER, TCN_FRAME_CERT), again[i][1]);
    }
    rig_free(rig);
}

/* ---- what is wanted ---- */

/* `count` rows are offered as history; then grant is left for nothing. */
static struct rig *with_offers(unsigned count)
{
    struct rig *rig = begin();
    give_range(rig, 1, count, 500);
    rig->hello.grant[TCN_LANE_BULK] = TCN_ENVELOPE_MAX;
    open_getter(rig);
    assert_int_equal(top(rig, TCN_LANE_BULK), count);
    give_range(rig, count + 1, 1, 100); /* news: pushed */
    rig_forget(rig);
    return rig;
}

static void what_is_wanted_is_pushed(void **state)
{
    (void)state;
    struct rig *rig = with_offers(20);
    rig_ack(rig, GETTER, nothing, plenty);
    rig_want(rig, GETTER, TCN_LANE_BULK, 3, 5);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 5);
    for (unsigned i = 0; i < 5; i++) {
        const struct tcn_effect *push =
            rig_sent(rig, GETTER, TCN_FRAME_PUSH, i);
        const struct tcn_effect *row =
            rig_export(rig, GETTER, TCN_LANE_BULK, 3 + i);
        assert_int_equal(push->frame.push.place.n, 3 + i);
        assert_true(tcn_id_equal(&push->id, &row->id));
        assert_memory_equal(push->frame.push.place.mark.bytes, row->mark.bytes,
                            8);
    }
    rig_free(rig);
}

static void what_is_wanted_waits_for_its_grant(void **state)
{
    (void)state;
    struct rig *rig = with_offers(20);
    rig_want(rig, GETTER, TCN_LANE_BULK, 1, 5);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 0);
    /* the news took 100, and any alert of 500 still leaves room for another */
    rig_ack(rig, GETTER, nothing,
            (uint64_t[]){0, TCN_ENVELOPE_MAX + 100 + 2 * 500});
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 3);
    rig_ack(rig, GETTER, nothing, plenty);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 5);
    rig_free(rig);
}

static void more_than_can_be_wanted_is_not_heard(void **state)
{
    (void)state;
    struct rig *rig = with_offers(TCN_WANTS_MAX + TCN_WANT_MAX);
    for (unsigned i = 0; i < TCN_WANTS_MAX / TCN_WANT_MAX + 1; i++) {
        rig_want(rig, GETTER, TCN_LANE_BULK, 1 + i * TCN_WANT_MAX,
                 TCN_WANT_MAX);
    }
    rig_ack(rig, GETTER, nothing, plenty);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), TCN_WANTS_MAX);
    rig_want(rig, GETTER, TCN_LANE_BULK, TCN_WANTS_MAX + 1, TCN_WANT_MAX);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK),
                     TCN_WANTS_MAX + TCN_WANT_MAX);
    assert_int_equal(rig_info(rig, GETTER).faults, 0);
    rig_free(rig);
}

static void what_was_never_handed_over_cannot_be_wanted(void **state)
{
    (void)state;
    struct rig *rig = with_offers(20);
    rig_ack(rig, GETTER, nothing, plenty);
    rig_want(rig, GETTER, TCN_LANE_BULK, 22, TCN_WANT_MAX);
    rig_want(rig, GETTER, TCN_LANE_FAST, 1, TCN_WANT_MAX);
    rig_want(rig, GETTER, TCN_LANE_BULK, 0, 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_SERVE), 0);
    assert_int_equal(rig_count(rig, TCN_EFFECT_SEND), 0);
    rig_free(rig);
}

/* What may no longer go, or is not there any more. */
static void what_is_wanted_and_denied_is_gone(void **state)
{
    (void)state;
    struct rig *rig = with_offers(20);
    struct tcn_policy *closed = rig_policy(
        2, "policy \"closed\" version 2;\n"
           "accept import from any name in when severity >= info;\n");
    struct tcn_event event = {.kind = TCN_EVENT_POLICY,
                              .policy.policy = closed};
    rig_act(rig, &event);
    rig_ack(rig, GETTER, nothing, plenty);
    rig_want(rig, GETTER, TCN_LANE_BULK, 1, 5);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 0);
    assert_int_equal(rig_frames(rig, GETTER, TCN_FRAME_GONE), 5);
    rig_free(rig);
    tcn_policy_free(closed);
}

static size_t asked(const struct rig *rig)
{
    size_t count = 0;
    for (size_t i = 0; i < rig->said_count; i++) {
        count += rig->said[i].kind == TCN_EFFECT_DECIDE &&
                 rig->said[i].peer == GETTER &&
                 rig->said[i].verdict.outcome == TCN_HOLD;
    }
    return count;
}

#define PART                                                                   \
    "policy \"part\" version 1;\n"                                             \
    "allow export to any name out with { KEEP, TECH } when severity >= "       \
    "info;\naccept import from any name in when severity >= info;\n"
#define HOLD                                                                   \
    "hold export to any name ask approve 1 of role releaser within 4h when "   \
    "severity >= info;\n"

static struct tcn_policy *load(struct rig *rig, const char *text)
{
    struct tcn_policy *policy = rig_policy(2, text);
    struct tcn_event event = {.kind = TCN_EVENT_POLICY,
                              .policy.policy = policy};
    rig_act(rig, &event);
    rig_pass(rig, TCN_SECOND_MS);
    return policy;
}

static void people_are_not_asked_about_what_a_peer_has(void **state)
{
    (void)state;
    struct rig *rig = begin();
    open_getter(rig);
    struct tcn_policy *part = load(rig, PART);
    struct spec spec = rig_low("xa");
    spec.classes =
        TCN_CLASS_BIT(TCN_CLASS_TECH) | TCN_CLASS_BIT(TCN_CLASS_VICTIM);
    give(rig, 1, spec);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 1);
    struct tcn_policy *held = load(rig, PART HOLD);
    assert_int_equal(asked(rig), 0);
    give(rig, 2, spec);
    assert_int_equal(asked(rig), 1);
    struct tcn_policy *all = load(rig, RIG_ALLOW HOLD);
    assert_int_equal(asked(rig), 1 + 2); /* the victim is news in both */
    rig_free(rig);
    tcn_policy_free(part);
    tcn_policy_free(held);
    tcn_policy_free(all);
}

/* It was only offered, so the peer does not have it. */
static void people_are_asked_about_what_is_wanted_and_now_held(void **state)
{
    (void)state;
    struct rig *rig = with_offers(20);
    struct tcn_policy *held = load(rig, RIG_ALLOW HOLD);
    assert_int_equal(asked(rig), 0);
    rig_ack(rig, GETTER, nothing, plenty);
    rig_want(rig, GETTER, TCN_LANE_BULK, 1, 5);
    assert_int_equal(rig_pushes(rig, GETTER, TCN_LANE_BULK), 0);
    assert_int_equal(rig_frames(rig, GETTER, TCN_FRAME_GONE), 5);
    assert_int_equal(asked(rig), 5);
    rig_free(rig);
    tcn_policy_free(held);
}

/* Peers must know by which texts we are bound, and we by which they are. */
static void agreements_that_change_are_said_again(void **state)
{
    (void)state;
    static const char text[] =
        RIG_ALLOW "agreement \"pact\" version 1 { parties { ee, paa }; from "
                  "2026-01-01; until 2030-01-01; }\n";
    struct rig *rig = rig_linked(2);
    struct tcn_policy *bound = rig_policy(2, text);
    struct tcn_policy *same = rig_policy(2, text);
    struct tcn_event event = {.kind = TCN_EVENT_POLICY, .policy.policy = bound};
    rig_forget(rig);
    rig_act(rig, &event);
    for (unsigned peer = 0; peer < 2; peer++) {
        assert_int_equal(rig_frames(rig, peer, TCN_FRAME_HELLO), 1);
        assert_true(rig_info(rig, peer).session);
    }
    rig_forget(rig);
    event.policy.policy = same;
    rig_act(rig, &event);
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_HELLO), 0);
    rig_free(rig);
    tcn_policy_free(bound);
    tcn_policy_free(same);
}

static void other_agreements_of_a_peer_are_decided_on_again(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    struct tcn_policy *closed = rig_policy(1, "policy \"none\" version 1;\n");
    struct tcn_event event = {.kind = TCN_EVENT_POLICY,
                              .policy.policy = closed};
    rig_act(rig, &event);
    rig_define(rig, 1, rig_low("ee"));
    assert_int_equal(rig_submit(rig, 1), TCN_ERR_OK);
    rig_pass(rig, 1000);
    rig_forget(rig);
    rig_hello(rig, 0, nothing);
    rig_pass(rig, 1000);
    assert_int_equal(rig_count(rig, TCN_EFFECT_DECIDE), 0);
    rig->hello.agreements[0] = tcn_view_str("pact#0123456789abcdef");
    rig->hello.agreement_count = 1;
    rig_hello(rig, 0, nothing);
    rig_pass(rig, 1000);
    assert_int_equal(rig_count(rig, TCN_EFFECT_DECIDE), 1);
    rig_free(rig);
    tcn_policy_free(closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_that_are_too_small_are_refused),
        cmocka_unit_test(no_more_rows_than_the_peer_keeps),
        cmocka_unit_test(each_lane_has_its_own_rows),
        cmocka_unit_test(no_more_frames_than_a_lane_keeps),
        cmocka_unit_test(no_more_bytes_than_were_granted),
        cmocka_unit_test(a_grant_is_not_taken_back),
        cmocka_unit_test(a_critical_one_waits_until_any_would_fit),
        cmocka_unit_test(a_hello_counts_anew),
        cmocka_unit_test(what_is_larger_than_eager_is_offered),
        cmocka_unit_test(the_largest_is_pushed_when_it_is_critical),
        cmocka_unit_test(offers_are_gathered),
        cmocka_unit_test(a_push_does_not_overtake_offers_of_its_lane),
        cmocka_unit_test(of_1024_certificates_it_is_remembered_who_has_them),
        cmocka_unit_test(what_is_wanted_is_pushed),
        cmocka_unit_test(what_is_wanted_waits_for_its_grant),
        cmocka_unit_test(more_than_can_be_wanted_is_not_heard),
        cmocka_unit_test(what_was_never_handed_over_cannot_be_wanted),
        cmocka_unit_test(what_is_wanted_and_denied_is_gone),
        cmocka_unit_test(people_are_not_asked_about_what_a_peer_has),
        cmocka_unit_test(people_are_asked_about_what_is_wanted_and_now_held),
        cmocka_unit_test(agreements_that_change_are_said_again),
        cmocka_unit_test(other_agreements_of_a_peer_are_decided_on_again),
    };
    return cmocka_run_group_tests_name("mesh_window", tests, NULL, NULL);
}
