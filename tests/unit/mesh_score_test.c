/* What a peer may cost us, and what is thought of one that broke rules: faults
 * are forgotten, many make a quarantine and more a block; frames and signatures
 * are counted in buckets. */
#include "unit/mesh_rig.h"

enum {
    QUARANTINE_AT = 10, /* points */
    OK_BELOW = 5,
    BLOCK_AT = 100,
    POINT_MS = 30 * (int)TCN_SECOND_MS, /* until one is forgotten */
    FRAME_BURST = 40000,
    FRAMES_A_SECOND = 20000,
    VERIFY_BURST = 8192,
    VERIFIES_A_SECOND = 4000,
    QUARANTINE_PART = 20,
};

static const uint64_t nothing[TCN_LANES];

static void faults(struct rig *rig, unsigned peer, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        rig_malformed(rig, peer);
    }
}

static enum tcn_standing standing(const struct rig *rig, unsigned peer)
{
    return rig_info(rig, peer).standing;
}

/* ---- points ---- */

static void ten_faults_are_a_quarantine(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    faults(rig, 0, QUARANTINE_AT - 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_OK);
    assert_int_equal(rig_alarms(rig, TCN_ALARM_QUARANTINE), 0);
    faults(rig, 0, 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_QUARANTINE);
    assert_int_equal(rig_alarms(rig, TCN_ALARM_QUARANTINE), 1);
    assert_int_equal(rig_info(rig, 0).faults, QUARANTINE_AT);
    assert_true(rig_info(rig, 0).session); /* it goes on */
    assert_int_equal(standing(rig, 1), TCN_PEER_OK);
    rig_free(rig);
}

static void a_hundred_faults_are_a_block(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    faults(rig, 0, BLOCK_AT - 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_QUARANTINE);
    assert_int_equal(rig_count(rig, TCN_EFFECT_BLOCK), 0);
    faults(rig, 0, 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_BLOCKED);
    assert_int_equal(rig_alarms(rig, TCN_ALARM_BLOCKED), 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_BLOCK), 1);
    const struct tcn_effect *bye = rig_sent(rig, 0, TCN_FRAME_BYE, 0);
    assert_non_null(bye);
    assert_int_equal(bye->frame.bye, TCN_BYE_PROTOCOL);
    struct tcn_mesh_peer_info info = rig_info(rig, 0);
    assert_false(info.session);
    assert_true(info.blocked_until_ms == rig->now_ms + TCN_HOUR_MS);
    assert_true(rig_info(rig, 1).session);
    rig_free(rig);
}

static void nothing_of_a_blocked_peer_is_taken_for_an_hour(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    faults(rig, 0, BLOCK_AT);
    rig_forget(rig);
    uint64_t dropped = rig_stats(rig)->frames_dropped;
    rig_pass(rig, TCN_HOUR_MS - 1);
    rig_hello(rig, 0, nothing);
    assert_false(rig_info(rig, 0).session);
    assert_int_equal(rig_stats(rig)->frames_dropped, dropped + 1);
    rig_pass(rig, 1);
    rig_hello(rig, 0, nothing);
    assert_true(rig_info(rig, 0).session);
    assert_int_equal(standing(rig, 0), TCN_PEER_QUARANTINE);
    rig_free(rig);
}

/* Whatever it sends in the meantime: the hour is the hour, and what it comes
 * back with is a quarantine. */
static void faults_of_a_blocked_peer_count_no_more(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    faults(rig, 0, BLOCK_AT);
    uint64_t until = rig_info(rig, 0).blocked_until_ms;
    rig_pass(rig, TCN_HOUR_MS / 2);
    faults(rig, 0, 5 * BLOCK_AT);
    assert_true(rig_info(rig, 0).blocked_until_ms == until);
    assert_int_equal(rig_stats(rig)->malformed[TCN_ERR_FRAME], 6 * BLOCK_AT);
    rig_pass(rig, TCN_HOUR_MS / 2);
    rig_hello(rig, 0, nothing);
    faults(rig, 0, 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_QUARANTINE);
    faults(rig, 0, BLOCK_AT - QUARANTINE_AT - 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_BLOCKED);
    assert_int_equal(rig_count(rig, TCN_EFFECT_BLOCK), 2);
    rig_free(rig);
}

static void faults_are_forgotten(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    faults(rig, 0, QUARANTINE_AT);
    rig_pass(rig, (QUARANTINE_AT - OK_BELOW) * POINT_MS);
    rig_hello(rig, 0, nothing);
    assert_int_equal(standing(rig, 0), TCN_PEER_QUARANTINE);
    rig_pass(rig, POINT_MS);
    rig_hello(rig, 0, nothing);
    assert_int_equal(standing(rig, 0), TCN_PEER_OK);
    rig_pass(rig, OK_BELOW * POINT_MS);
    faults(rig, 0, QUARANTINE_AT - 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_OK);
    rig_free(rig);
}

/* One fault a minute is no reason ever. */
static void a_fault_now_and_then_is_no_reason(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    for (unsigned i = 0; i < 500; i++) {
        faults(rig, 0, 1);
        rig_pass(rig, 2 * POINT_MS);
    }
    assert_int_equal(standing(rig, 0), TCN_PEER_OK);
    assert_int_equal(rig_info(rig, 0).faults, 500);
    rig_free(rig);
}

static void the_first_fault_and_few_others_are_told(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    faults(rig, 0, BLOCK_AT - 1);
    assert_int_equal(rig_alarms(rig, TCN_ALARM_FAULT), 7); /* 1, 2, 4 .. 64 */
    rig_free(rig);
}

/* ---- what is a fault, and what it weighs ---- */

static void a_wrong_signature_weighs_a_point(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    rig->proof = TCN_ERR_SIGNATURE;
    for (unsigned i = 1; i <= QUARANTINE_AT; i++) {
        assert_int_equal(standing(rig, 0), TCN_PEER_OK);
        rig_define(rig, i, rig_low("xa"));
        rig_push(rig, 0, TCN_LANE_BULK, i);
    }
    assert_int_equal(standing(rig, 0), TCN_PEER_QUARANTINE);
    assert_int_equal(rig_count(rig, TCN_EFFECT_REFUSE), QUARANTINE_AT);
    rig_free(rig);
}

static void what_we_refuse_is_no_fault(void **state)
{
    (void)state;
    static const enum tcn_err reasons[] = {TCN_ERR_UNPINNED,
                                           TCN_ERR_CERT_UNKNOWN};
    struct rig *rig = rig_linked(1);
    for (unsigned i = 1; i <= 2 * BLOCK_AT; i++) {
        rig->proof = reasons[i % 2];
        rig_define(rig, i, rig_low("xa"));
        rig_push(rig, 0, TCN_LANE_BULK, i);
    }
    struct tcn_policy *picky = rig_policy(1, "policy \"none\" version 1;\n");
    struct tcn_event event = {.kind = TCN_EVENT_POLICY, .policy.policy = picky};
    rig_act(rig, &event);
    rig->proof = TCN_ERR_OK;
    rig_define(rig, 1000, rig_low("xa"));
    rig_push(rig, 0, TCN_LANE_BULK, 1000);
    assert_int_equal(rig_stats(rig)->refused[TCN_ERR_IMPORT_DENIED], 1);
    assert_int_equal(rig_info(rig, 0).faults, 0);
    assert_int_equal(standing(rig, 0), TCN_PEER_OK);
    assert_int_equal(rig_info(rig, 0).refused, 2 * BLOCK_AT + 1);
    rig_free(rig);
    tcn_policy_free(picky);
}

static void an_offer_that_is_not_served_weighs_a_quarter(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    for (unsigned i = 1; i <= 4 * QUARANTINE_AT; i++) {
        rig_define(rig, i, rig_low("xa"));
    }
    rig_offer(rig, 0, 1, 4 * QUARANTINE_AT - 1, true);
    assert_int_equal(rig_wanted(rig, 0), 4 * QUARANTINE_AT - 1);
    rig_pass(rig, TCN_MINUTE_MS - 1);
    assert_int_equal(rig_info(rig, 0).faults, 0);
    rig_pass(rig, 1);
    assert_int_equal(rig_info(rig, 0).faults, 4 * QUARANTINE_AT - 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_OK);
    faults(rig, 0, 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_QUARANTINE);
    rig_free(rig);
}

static void bytes_beyond_the_grant_weigh_a_tenth(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    rig->hold_proofs = true; /* nothing is done with, so no grant comes back */
    unsigned number = 1, before = 0;
    while (rig_info(rig, 0).faults < 10 * QUARANTINE_AT - 1) {
        struct spec spec = rig_low("xa");
        spec.bytes = TCN_ENVELOPE_MAX;
        rig_define(rig, number, spec);
        rig_push(rig, 0, TCN_LANE_BULK, number++);
        before += rig_info(rig, 0).faults == 0;
    }
    /* its window and one more, for what was on its way at our HELLO */
    assert_int_equal(before,
                     (TCN_BULK_BYTES + TCN_FAST_BYTES) / TCN_ENVELOPE_MAX);
    assert_int_equal(standing(rig, 0), TCN_PEER_OK);
    rig_define(rig, number, rig_low("xa"));
    rig_push(rig, 0, TCN_LANE_BULK, number);
    assert_int_equal(standing(rig, 0), TCN_PEER_QUARANTINE);
    rig_free(rig);
}

/* ---- frames ---- */

/* How many of `count` frames are taken at this moment. */
static unsigned taken(struct rig *rig, unsigned count)
{
    uint64_t dropped = rig_stats(rig)->frames_dropped;
    struct tcn_frame bye = {.type = TCN_FRAME_BYE};
    for (unsigned i = 0; i < count; i++) {
        rig_frame(rig, 0, &bye, NULL);
    }
    return count - (unsigned)(rig_stats(rig)->frames_dropped - dropped);
}

static void frames_have_a_bucket(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    rig_pass(rig, TCN_MINUTE_MS); /* it is full */
    assert_int_equal(taken(rig, FRAME_BURST + 7), FRAME_BURST);
    assert_int_equal(rig_info(rig, 0).faults, 7);
    rig_pass(rig, TCN_SECOND_MS);
    assert_int_equal(taken(rig, FRAMES_A_SECOND + 7), FRAMES_A_SECOND);
    rig_free(rig);
}

static void in_quarantine_it_is_a_twentieth(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    faults(rig, 0, 2 * QUARANTINE_AT);
    rig_pass(rig, TCN_SECOND_MS);
    assert_int_equal(taken(rig, FRAME_BURST / QUARANTINE_PART + 7),
                     FRAME_BURST / QUARANTINE_PART);
    rig_pass(rig, TCN_SECOND_MS);
    assert_int_equal(taken(rig, FRAMES_A_SECOND / QUARANTINE_PART + 7),
                     FRAMES_A_SECOND / QUARANTINE_PART);
    rig_free(rig);
}

static void who_floods_is_blocked_in_the_end(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    rig_pass(rig, TCN_MINUTE_MS);
    (void)taken(rig, FRAME_BURST + 10 * BLOCK_AT - 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_QUARANTINE);
    (void)taken(rig, 1);
    assert_int_equal(standing(rig, 0), TCN_PEER_BLOCKED);
    rig_free(rig);
}

/* ---- signatures ---- */

static void push_range(struct rig *rig, unsigned lane, unsigned from,
                       unsigned to)
{
    for (unsigned i = from; i <= to; i++) {
        struct spec spec = rig_low("xa");
        spec.bytes = 100;
        rig_define(rig, i, spec);
        rig_push(rig, 0, lane, i);
    }
}

/* In quarantine, because the burst there is smaller than a window of rows. */
static void beyond_their_bucket_signatures_wait(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    enum { BURST = VERIFY_BURST / QUARANTINE_PART };
    faults(rig, 0, 2 * QUARANTINE_AT);
    rig_pass(rig, TCN_SECOND_MS);
    rig_forget(rig);
    push_range(rig, TCN_LANE_BULK, 1, BURST + 10);
    assert_int_equal(rig_count(rig, TCN_EFFECT_VERIFY), BURST);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), BURST);
    assert_int_equal(rig_count(rig, TCN_EFFECT_REFUSE), 0);
    assert_int_equal(rig_wanted(rig, 0), 0);
    /* then it is as if the rest had been offered */
    rig_pass(rig, TCN_SECOND_MS);
    assert_int_equal(rig_wanted(rig, 0), 10);
    for (unsigned i = BURST + 1; i <= BURST + 10; i++) {
        rig_serve(rig, 0, TCN_LANE_BULK, i, i);
    }
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), BURST + 10);
    rig_pass(rig, TCN_SECOND_MS);
    assert_int_equal(rig_info(rig, 0).settled, BURST + 10);
    rig_free(rig);
}

static uint64_t granted(const struct rig *rig)
{
    size_t acks = rig_frames(rig, 0, TCN_FRAME_ACK);
    return acks == 0 ? 0
                     : rig_sent(rig, 0, TCN_FRAME_ACK, acks - 1)
                           ->frame.ack.grant[TCN_LANE_BULK];
}

/* Nothing is settled then, and the answers to our WANTs need a grant: a link
 * stood still for good when it was not told. */
static void what_waits_is_granted_again(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    enum { BURST = VERIFY_BURST / QUARANTINE_PART, MORE = 20 };
    faults(rig, 0, 2 * QUARANTINE_AT);
    rig_pass(rig, TCN_SECOND_MS);
    push_range(rig, TCN_LANE_BULK, 1, BURST);
    rig_pass(rig, 10);
    push_range(rig, TCN_LANE_BULK, BURST + 1, BURST + 10); /* empties it */
    rig_pass(rig, 10);
    const uint64_t before = granted(rig);
    rig_forget(rig);
    for (unsigned i = BURST + 11; i <= BURST + 10 + MORE; i++) {
        struct spec spec = rig_low("xa");
        spec.bytes = TCN_BULK_BYTES / MORE;
        rig_define(rig, i, spec);
        rig_push(rig, 0, TCN_LANE_BULK, i);
    }
    assert_true(rig_count(rig, TCN_EFFECT_VERIFY) < MORE / 2);
    rig_pass(rig, 100);
    assert_true(granted(rig) >= before + TCN_BULK_BYTES / 2);
    rig_free(rig);
}

static void what_is_held_costs_no_signature(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    push_range(rig, TCN_LANE_BULK, 1, 1);
    for (unsigned i = 0; i < 2 * VERIFY_BURST; i++) {
        rig_push(rig, 0, TCN_LANE_BULK, 1);
        rig_forget(rig);
    }
    assert_int_equal(rig_stats(rig)->duplicates, 2 * VERIFY_BURST);
    push_range(rig, TCN_LANE_BULK, 2, 2);
    assert_int_equal(rig_count(rig, TCN_EFFECT_VERIFY), 1);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_faults_are_a_quarantine),
        cmocka_unit_test(a_hundred_faults_are_a_block),
        cmocka_unit_test(nothing_of_a_blocked_peer_is_taken_for_an_hour),
        cmocka_unit_test(faults_of_a_blocked_peer_count_no_more),
        cmocka_unit_test(faults_are_forgotten),
        cmocka_unit_test(a_fault_now_and_then_is_no_reason),
        cmocka_unit_test(the_first_fault_and_few_others_are_told),
        cmocka_unit_test(a_wrong_signature_weighs_a_point),
        cmocka_unit_test(what_we_refuse_is_no_fault),
        cmocka_unit_test(an_offer_that_is_not_served_weighs_a_quarter),
        cmocka_unit_test(bytes_beyond_the_grant_weigh_a_tenth),
        cmocka_unit_test(frames_have_a_bucket),
        cmocka_unit_test(in_quarantine_it_is_a_twentieth),
        cmocka_unit_test(who_floods_is_blocked_in_the_end),
        cmocka_unit_test(beyond_their_bucket_signatures_wait),
        cmocka_unit_test(what_waits_is_granted_again),
        cmocka_unit_test(what_is_held_costs_no_signature),
    };
    return cmocka_run_group_tests_name("mesh_score", tests, NULL, NULL);
}
