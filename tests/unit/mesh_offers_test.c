/* The receiver's side of a link: what is offered is asked for when it is time,
 * never more than is allowed, of one peer at a time; rows settle in any order
 * and are told in theirs; a peer beyond its window is at fault. */
#include "unit/mesh_rig.h"

enum { WANT_BYTES = 2 * TCN_BULK_BYTES };

static const uint64_t nothing[TCN_LANES];

static void define_range(struct rig *rig, unsigned from, unsigned count,
                         uint32_t bytes)
{
    struct spec spec = rig_low("xa");
    spec.bytes = bytes;
    for (unsigned i = from; i < from + count; i++) {
        rig_define(rig, i, spec);
    }
}

static void offer_range(struct rig *rig, unsigned peer, unsigned from,
                        unsigned count)
{
    for (unsigned i = 0; i < count; i += TCN_OFFER_MAX) {
        unsigned rest = count - i < TCN_OFFER_MAX ? count - i : TCN_OFFER_MAX;
        rig_offer(rig, peer, from + i, rest, true);
    }
}

/* ---- when ---- */

static void history_is_wanted_at_once(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 3, 500);
    rig_offer(rig, 0, 1, 3, true);
    const struct tcn_effect *want = rig_sent(rig, 0, TCN_FRAME_WANT, 0);
    assert_non_null(want);
    assert_int_equal(want->frame.lane, TCN_LANE_BULK);
    assert_int_equal(want->frame.want.count, 3);
    assert_int_equal(want->frame.want.n[0], 1);
    assert_int_equal(want->frame.want.n[2], 3);
    rig_free(rig);
}

static void news_is_given_time_to_come_by_itself(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    define_range(rig, 1, 2, 500);
    rig_offer(rig, 0, 1, 2, false);
    rig_pass(rig, 19);
    rig_push(rig, 1, TCN_LANE_BULK, 1);
    assert_int_equal(rig_wanted(rig, 0), 0);
    rig_pass(rig, 21);
    assert_int_equal(rig_wanted(rig, 0), 1); /* the other one came */
    assert_int_equal(rig_sent(rig, 0, TCN_FRAME_WANT, 0)->frame.want.n[0], 2);
    rig_free(rig);
}

static void what_is_held_is_settled_at_once(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    define_range(rig, 1, 1, 500);
    rig_push(rig, 1, TCN_LANE_BULK, 1);
    rig_offer(rig, 0, 1, 1, false);
    rig_pass(rig, 10);
    assert_int_equal(rig_info(rig, 0).settled, 1);
    assert_int_equal(rig_wanted(rig, 0), 0);
    rig_free(rig);
}

/* ---- of whom ---- */

static void nobody_else_is_asked_for_two_seconds(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(3);
    define_range(rig, 1, 1, 500);
    for (unsigned peer = 0; peer < 3; peer++) {
        rig_offer(rig, peer, 1, 1, true);
    }
    assert_int_equal(rig_wanted(rig, 0), 1);
    rig_pass(rig, 2 * TCN_SECOND_MS - 1);
    assert_int_equal(rig_wanted(rig, 1) + rig_wanted(rig, 2), 0);
    rig_pass(rig, 1);
    assert_int_equal(rig_wanted(rig, 1) + rig_wanted(rig, 2), 1);
    rig_free(rig);
}

static void who_comes_in_between_makes_asking_needless(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    define_range(rig, 1, 1, 500);
    rig_offer(rig, 0, 1, 1, true);
    rig_offer(rig, 1, 1, 1, true);
    rig_serve(rig, 0, TCN_LANE_BULK, 1, 1);
    rig_pass(rig, 3 * TCN_SECOND_MS);
    assert_int_equal(rig_wanted(rig, 1), 0);
    assert_int_equal(rig_info(rig, 0).settled, 1);
    assert_int_equal(rig_info(rig, 1).settled, 1);
    rig_free(rig);
}

/* The same copy is not checked twice at a time. */
static void what_is_being_proven_is_not_proven_again(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(2);
    define_range(rig, 1, 1, 500);
    rig->hold_proofs = true;
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    rig_push(rig, 1, TCN_LANE_BULK, 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_VERIFY), 1);
    rig_pass(rig, 5 * TCN_SECOND_MS - 1);
    assert_int_equal(rig_wanted(rig, 1), 0);
    rig_pass(rig, 1); /* that was too long: as if it had been offered */
    assert_int_equal(rig_wanted(rig, 1), 1);
    rig_free(rig);
}

/* ---- how much ---- */

static void a_want_names_no_more_than_fit(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 3 * TCN_WANT_MAX, 500);
    rig_offer(rig, 0, 1, 1, false); /* all of it is due in one step */
    rig->peers[0].n[TCN_LANE_BULK] = 1;
    for (unsigned i = 0; i < 3; i++) {
        rig_offer(rig, 0, 2 + i * TCN_OFFER_MAX, TCN_OFFER_MAX - (i == 2),
                  false);
    }
    rig_pass(rig, 100);
    assert_int_equal(rig_wanted(rig, 0), 3 * TCN_WANT_MAX);
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_WANT), 3);
    rig_free(rig);
}

static void no_more_rows_are_wanted_than_allowed(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 2 * TCN_WANTS_MAX, 500);
    offer_range(rig, 0, 1, TCN_WANTS_MAX + 200);
    assert_int_equal(rig_wanted(rig, 0), TCN_WANTS_MAX);
    rig_serve(rig, 0, TCN_LANE_BULK, 7, 7);
    rig_gone(rig, 0, 9);
    rig_pass(rig, 10);
    assert_int_equal(rig_wanted(rig, 0), TCN_WANTS_MAX + 2);
    rig_free(rig);
}

static void no_more_bytes_are_wanted_than_allowed(void **state)
{
    (void)state;
    enum { CLASS = 256 * 1024, FIT = WANT_BYTES / CLASS };
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 2 * FIT, TCN_ENVELOPE_MAX); /* counted as 2^18 */
    offer_range(rig, 0, 1, 2 * FIT);
    assert_int_equal(rig_wanted(rig, 0), FIT);
    rig_serve(rig, 0, TCN_LANE_BULK, 1, 1);
    rig_pass(rig, 10);
    assert_int_equal(rig_wanted(rig, 0), FIT + 1);
    rig_free(rig);
}

/* The last one has to fit whole, not only to begin below the limit. */
static void what_would_go_beyond_the_bytes_is_not_wanted(void **state)
{
    (void)state;
    enum { CLASS = 256 * 1024, FIT = WANT_BYTES / CLASS };
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 1, CLASS / 2);
    define_range(rig, 2, FIT, TCN_ENVELOPE_MAX);
    offer_range(rig, 0, 1, 1 + FIT);
    assert_int_equal(rig_wanted(rig, 0), FIT); /* half a class is left over */
    rig_free(rig);
}

/* A size class that cannot be is an envelope's. */
static void a_size_that_lies_stops_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    uint8_t row[TCN_OFFER_ROW] = {1, [16] = 1, [17] = 255};
    struct tcn_frame frame = {.type = TCN_FRAME_OFFER, .lane = TCN_LANE_BULK};
    frame.offer.first = 1;
    frame.offer.last = rig_place(1);
    frame.offer.is_history = true;
    frame.offer.rows = tcn_view(row, sizeof row);
    rig_frame(rig, 0, &frame, NULL);
    assert_int_equal(rig_wanted(rig, 0), 1);
    rig_free(rig);
}

/* ---- what is not served ---- */

static void an_offer_without_an_answer_is_settled_in_a_minute(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 2, 500);
    rig_offer(rig, 0, 1, 2, true);
    rig_gone(rig, 0, 2);
    rig_pass(rig, TCN_MINUTE_MS - 1);
    assert_int_equal(rig_info(rig, 0).settled, 0);
    rig_pass(rig, 11);
    assert_int_equal(rig_info(rig, 0).settled, 2);
    assert_int_equal(rig_stats(rig)->refused[TCN_ERR_UNSERVED], 1);
    rig_free(rig);
}

/* ---- windows ---- */

static void rows_beyond_the_window_are_a_fault(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 1100, 500);
    offer_range(rig, 0, 1, 1024); /* none of it is served */
    assert_int_equal(rig_info(rig, 0).faults, 0);
    rig_offer(rig, 0, 1025, 1, true);
    assert_int_equal(rig_info(rig, 0).faults, 1);
    assert_int_equal(rig_alarms(rig, TCN_ALARM_FAULT), 1);
    for (uint64_t n = 1; n <= TCN_OFFER_MAX; n++) { /* one frame is done */
        rig_gone(rig, 0, n);
    }
    rig->peers[0].n[TCN_LANE_BULK] = 1024;
    rig_offer(rig, 0, 1025, TCN_OFFER_MAX, true);
    assert_int_equal(rig_info(rig, 0).faults, 1);
    rig_free(rig);
}

static void the_whole_window_is_kept(void **state)
{
    (void)state;
    struct rig *rig = rig_new(1, RIG_ALERTS, 0); /* TCN_BULK_ROWS */
    rig_open(rig, 0);
    assert_int_equal(
        rig_sent(rig, 0, TCN_FRAME_HELLO, 0)->frame.hello.rows[TCN_LANE_BULK],
        TCN_BULK_ROWS);
    assert_int_equal(
        rig_sent(rig, 0, TCN_FRAME_HELLO, 0)->frame.hello.rows[TCN_LANE_FAST],
        TCN_FAST_ROWS);
    define_range(rig, 1, 2 * TCN_OFFER_MAX, 500);
    for (unsigned i = 0; i < TCN_BULK_ROWS / TCN_OFFER_MAX; i++) {
        rig_offer(rig, 0, 1, TCN_OFFER_MAX, true);
        rig_forget(rig);
    }
    assert_int_equal(rig_info(rig, 0).faults, 0);
    rig_offer(rig, 0, 1, 1, true);
    assert_int_equal(rig_info(rig, 0).faults, 1);
    rig_free(rig);
}

static void frames_beyond_the_window_are_a_fault(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, TCN_LANE_FRAMES + 1, 500);
    for (unsigned i = 1; i <= TCN_LANE_FRAMES; i++) {
        rig_offer(rig, 0, i, 1, true);
    }
    assert_int_equal(rig_info(rig, 0).faults, 0);
    rig_offer(rig, 0, TCN_LANE_FRAMES + 1, 1, true);
    assert_int_equal(rig_info(rig, 0).faults, 1);
    rig_free(rig);
}

static void the_fast_lane_has_its_own_window(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    struct spec spec = rig_critical("xa");
    spec.bytes = 100;
    rig->hold_proofs = true;
    for (unsigned i = 1; i <= TCN_FAST_ROWS + 1; i++) {
        assert_int_equal(rig_info(rig, 0).faults, 0);
        rig_define(rig, i, spec);
        rig_push(rig, 0, TCN_LANE_FAST, i);
    }
    assert_int_equal(rig_info(rig, 0).faults, 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_VERIFY), TCN_FAST_ROWS);
    rig_free(rig);
}

static void a_row_that_is_far_ahead_is_a_fault(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 1, 500);
    rig->peers[0].n[TCN_LANE_BULK] = 1ull << 40;
    rig_offer(rig, 0, 1, 1, true);
    assert_int_equal(rig_info(rig, 0).faults, 1);
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_HELLO), 0);
    rig_free(rig);
}

/* ---- rows that are missing ---- */

static void a_gap_is_told_once(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 20, 500);
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    rig_pass(rig, 10);
    rig_forget(rig);
    for (unsigned i = 0; i < 5; i++) {
        rig->peers[0].n[TCN_LANE_BULK] = 5 + i; /* 2 to 5 were lost */
        rig_push(rig, 0, TCN_LANE_BULK, 6 + i);
    }
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_HELLO), 1);
    const struct tcn_hello *hello =
        &rig_sent(rig, 0, TCN_FRAME_HELLO, 0)->frame.hello;
    assert_int_equal(hello->settled.lane[TCN_LANE_BULK].n, 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 0);
    assert_int_equal(rig_info(rig, 0).faults, 0);
    rig->peers[0].n[TCN_LANE_BULK] = 1;
    rig_push(rig, 0, TCN_LANE_BULK, 2);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 1);
    rig_free(rig);
}

static void what_was_settled_is_said_again(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 1, 500);
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    rig_pass(rig, 10);
    rig_forget(rig);
    rig_serve(rig, 0, TCN_LANE_BULK, 1, 1);
    rig_pass(rig, 10);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 0);
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_ACK), 1);
    rig_free(rig);
}

/* ---- ACK ---- */

static const struct tcn_effect *last_ack(const struct rig *rig)
{
    size_t count = rig_frames(rig, 0, TCN_FRAME_ACK);
    return count == 0 ? NULL : rig_sent(rig, 0, TCN_FRAME_ACK, count - 1);
}

static void only_the_end_of_a_frame_can_be_settled(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 4, 500);
    rig_offer(rig, 0, 1, 3, true);
    rig_push(rig, 0, TCN_LANE_BULK, 4);
    rig_serve(rig, 0, TCN_LANE_BULK, 2, 2);
    rig_serve(rig, 0, TCN_LANE_BULK, 1, 1);
    rig_pass(rig, 10);
    assert_int_equal(rig_info(rig, 0).settled, 0); /* 1, 2 and 4 are here */
    rig_serve(rig, 0, TCN_LANE_BULK, 3, 3);
    rig_pass(rig, 10);
    assert_int_equal(rig_info(rig, 0).settled, 4);
    const struct tcn_place *place =
        &last_ack(rig)->frame.ack.settled.lane[TCN_LANE_BULK];
    const struct tcn_place want = rig_place(4);
    assert_int_equal(place->n, 4);
    assert_memory_equal(place->mark.bytes, want.mark.bytes, 8);
    rig_free(rig);
}

static void acks_are_gathered(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 16, 500);
    for (unsigned i = 1; i <= 15; i++) {
        rig_push(rig, 0, TCN_LANE_BULK, i);
    }
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_ACK), 0);
    rig_push(rig, 0, TCN_LANE_BULK, 16);
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_ACK), 1);
    define_range(rig, 17, 1, 500);
    rig_push(rig, 0, TCN_LANE_BULK, 17);
    rig_pass(rig, 9);
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_ACK), 1);
    rig_pass(rig, 1);
    assert_int_equal(rig_frames(rig, 0, TCN_FRAME_ACK), 2);
    rig_free(rig);
}

/* What is durable is never behind what the peer was told. */
static void the_cursor_is_stored_before_it_is_told(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 1, 500);
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    rig_pass(rig, 10);
    const struct tcn_effect *stored = NULL;
    for (size_t i = 0; i < rig->said_count; i++) {
        if (rig->said[i].kind == TCN_EFFECT_CURSOR) {
            stored = &rig->said[i];
        }
    }
    assert_non_null(stored);
    assert_true(stored < last_ack(rig));
    assert_int_equal(stored->lane, TCN_LANE_BULK);
    assert_int_equal(stored->n, 1);
    rig_free(rig);
}

static void bytes_that_are_done_with_are_granted_again(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 2, 5000);
    const uint64_t *hello = rig->hello.grant;
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    rig_pass(rig, 10);
    assert_int_equal(last_ack(rig)->frame.ack.grant[TCN_LANE_BULK],
                     hello[TCN_LANE_BULK] + 5000);
    assert_int_equal(last_ack(rig)->frame.ack.grant[TCN_LANE_FAST],
                     hello[TCN_LANE_FAST]);
    rig->hold_proofs = true; /* not done with */
    rig_push(rig, 0, TCN_LANE_BULK, 2);
    rig_serve(rig, 0, TCN_LANE_BULK, 1, 1); /* said again: makes an ACK */
    rig_pass(rig, 10);
    assert_int_equal(last_ack(rig)->frame.ack.grant[TCN_LANE_BULK],
                     hello[TCN_LANE_BULK] + 2 * 5000);
    rig_free(rig);
}

/* ---- another session ---- */

static void frames_of_another_session_are_dropped(void **state)
{
    (void)state;
    struct rig *rig = rig_linked(1);
    define_range(rig, 1, 1, 500);
    struct tcn_event down = {.kind = TCN_EVENT_LINK_DOWN};
    rig_act(rig, &down);
    uint64_t dropped = rig_stats(rig)->frames_dropped;
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    rig_offer(rig, 0, 1, 1, true);
    assert_int_equal(rig_stats(rig)->frames_dropped, dropped + 2);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 0);
    assert_int_equal(rig_info(rig, 0).faults, 0);
    rig_link_up(rig, 0);
    rig_hello(rig, 0, nothing);
    rig->peers[0].n[TCN_LANE_BULK] = 0;
    rig_push(rig, 0, TCN_LANE_BULK, 1);
    assert_int_equal(rig_count(rig, TCN_EFFECT_STORE), 1);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_is_wanted_at_once),
        cmocka_unit_test(news_is_given_time_to_come_by_itself),
        cmocka_unit_test(what_is_held_is_settled_at_once),
        cmocka_unit_test(nobody_else_is_asked_for_two_seconds),
        cmocka_unit_test(who_comes_in_between_makes_asking_needless),
        cmocka_unit_test(what_is_being_proven_is_not_proven_again),
        cmocka_unit_test(a_want_names_no_more_than_fit),
        cmocka_unit_test(no_more_rows_are_wanted_than_allowed),
        cmocka_unit_test(no_more_bytes_are_wanted_than_allowed),
        cmocka_unit_test(what_would_go_beyond_the_bytes_is_not_wanted),
        cmocka_unit_test(a_size_that_lies_stops_nothing),
        cmocka_unit_test(an_offer_without_an_answer_is_settled_in_a_minute),
        cmocka_unit_test(rows_beyond_the_window_are_a_fault),
        cmocka_unit_test(the_whole_window_is_kept),
        cmocka_unit_test(frames_beyond_the_window_are_a_fault),
        cmocka_unit_test(the_fast_lane_has_its_own_window),
        cmocka_unit_test(a_row_that_is_far_ahead_is_a_fault),
        cmocka_unit_test(a_gap_is_told_once),
        cmocka_unit_test(what_was_settled_is_said_again),
        cmocka_unit_test(only_the_end_of_a_frame_can_be_settled),
        cmocka_unit_test(acks_are_gathered),
        cmocka_unit_test(the_cursor_is_stored_before_it_is_told),
        cmocka_unit_test(bytes_that_are_done_with_are_granted_again),
        cmocka_unit_test(frames_of_another_session_are_dropped),
    };
    return cmocka_run_group_tests_name("mesh_offers", tests, NULL, NULL);
}
