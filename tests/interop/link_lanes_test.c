/* Two lanes to each peer: they stand together, keep their own order, and what
 * fills one does not delay the other. */
#include "interop/link_rig.h"
#include "interop/relay.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define EE 0
#define FI 0

/* ee reaches fi through a relay, fi reaches ee directly. */
struct scene {
    struct rig_node ee;
    struct rig_node fi;
    struct relay relay;
};

static void start(struct rig_node *node, const struct rig_node *peer,
                  const char *endpoint)
{
    rig_spawn(node, NULL);
    rig_listen(node, node->endpoint);
    rig_peer(node, 0, peer, endpoint);
    rig_put(node, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    struct rig_message ready = rig_expect(node, TCN_MSG_READY, TCN_MSG_NO_PEER);
    rig_free(&ready);
}

static int open_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    rig_init(&scene->ee, "ee");
    rig_init(&scene->fi, "fi");
    start(&scene->fi, &scene->ee, NULL);
    relay_open(&scene->relay, scene->fi.endpoint);
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;
    rig_fini(&scene->ee);
    rig_fini(&scene->fi);
    relay_close(&scene->relay);
    free(scene);
    return 0;
}

static void start_ee(struct scene *scene)
{
    start(&scene->ee, &scene->fi, scene->relay.endpoint);
    rig_expect_up(&scene->ee, FI);
    rig_expect_up(&scene->fi, EE);
}

static void a_peer_is_up_when_both_lanes_stand(void **state)
{
    struct scene *scene = *state;
    unsigned came, stand;
    start_ee(scene);
    relay_count(&scene->relay, &came, &stand);
    assert_int_equal(came, 2);
    assert_int_equal(stand, 2);
    rig_send(&scene->ee, FI, "quick", 5);
    rig_expect_text(&scene->fi, EE, "quick");
    rig_send_bulk(&scene->ee, FI, "slow", 4);
    rig_expect_text(&scene->fi, EE, "slow");
}

/* Number and lane of the frames that arrive, each lane from 0 without a gap. */
static void expect_in_order(struct rig_node *node, uint32_t per_lane)
{
    uint32_t next[2] = {0, 0};
    while (next[0] < per_lane || next[1] < per_lane) {
        struct rig_message got = rig_expect(node, TCN_MSG_RECV, 0);
        uint32_t said[2];
        memcpy(said, got.payload, sizeof said);
        assert_true(said[0] < 2);
        assert_int_equal(said[1], next[said[0]]);
        next[said[0]]++;
        rig_free(&got);
    }
}

static void each_lane_keeps_its_order(void **state)
{
    static uint8_t frame[1500];
    const uint32_t per_lane = 1000;
    struct scene *scene = *state;
    start_ee(scene);
    for (uint32_t i = 0; i < per_lane; i++) {
        for (uint32_t lane = 0; lane < 2; lane++) {
            memcpy(frame, &lane, sizeof lane);
            memcpy(frame + sizeof lane, &i, sizeof i);
            rig_put(&scene->ee, lane == 0 ? TCN_MSG_SEND : TCN_MSG_SEND_BULK,
                    FI, frame, sizeof frame);
        }
        (void)rig_pump(&scene->fi, 0);
    }
    while (tcn_pipe_waits(&scene->ee.pipe)) { /* nobody else writes it out */
        (void)rig_pump(&scene->ee, 1);
        (void)rig_pump(&scene->fi, 0);
    }
    expect_in_order(&scene->fi, per_lane);
    assert_int_equal(rig_count(&scene->ee, TCN_MSG_DOWN), 0);
}

/* Whichever is cut: DOWN, then both are made anew and UP is said once. */
static void one_lane_that_falls_takes_the_other_along(void **state)
{
    struct scene *scene = *state;
    start_ee(scene);
    for (unsigned i = 0; i < 4; i++) {
        unsigned came, stand;
        relay_cut(&scene->relay, 2 * i + i % 2);
        rig_expect_down(&scene->ee, FI);
        struct rig_message note = rig_expect_note(&scene->ee, FI, "lost");
        rig_free(&note);
        rig_expect_up(&scene->ee, FI);
        relay_count(&scene->relay, &came, &stand);
        assert_int_equal(came, 2 * (i + 2));
        assert_int_equal(stand, 2);
        rig_exchange(&scene->ee, FI, &scene->fi, EE);
    }
    assert_int_equal(rig_count(&scene->ee, TCN_MSG_UP), 0);
    assert_int_equal(rig_count(&scene->ee, TCN_MSG_DOWN), 0);
    assert_int_equal(rig_count(&scene->fi, TCN_MSG_DOWN), 0); /* its own way */
}

static void a_lane_that_does_not_come_up_is_told(void **state)
{
    struct scene *scene = *state;
    relay_limit(&scene->relay, 1);
    start(&scene->ee, &scene->fi, scene->relay.endpoint);
    uint64_t deadline = rig_now_ms() + 13000;
    while (rig_count(&scene->ee, TCN_MSG_NOTE) == 0) {
        assert_true(rig_now_ms() < deadline);
        (void)rig_pump(&scene->ee, 50);
    }
    struct rig_message note = rig_expect_note(&scene->ee, FI, "one-lane");
    assert_non_null(strstr((char *)note.payload + strlen("one-lane") + 1,
                           "only one of the two connections to fi comes up"));
    rig_free(&note);
    assert_int_equal(rig_count(&scene->ee, TCN_MSG_UP), 0);
    relay_limit(&scene->relay, 8);
    deadline += 13000;
    while (rig_count(&scene->ee, TCN_MSG_UP) == 0) {
        assert_true(rig_now_ms() < deadline);
        (void)rig_pump(&scene->ee, 50);
    }
}

/* Waits for a frame with this text, past all others; how many those were. */
static size_t frames_before(struct rig_node *node, const char *text)
{
    for (size_t count = 0;; count++) {
        struct rig_message got = rig_expect(node, TCN_MSG_RECV, 0);
        bool is_it = strcmp((char *)got.payload, text) == 0;
        rig_free(&got);
        if (is_it) {
            return count;
        }
    }
}

/* The kernel and libzmq take some of what ee sends while fi stands still, the
 * rest waits in ee; the fast lane has a way of its own past all of it. */
static void what_fills_the_bulk_lane_of_the_sender_is_overtaken(void **state)
{
    static uint8_t frame[16 * 1024];
    struct scene *scene = *state;
    const size_t frames = 130; /* 2 MiB: below what would be cut */
    start_ee(scene);
    assert_int_equal(kill(scene->fi.pid, SIGSTOP), 0);
    memset(frame, 'b', sizeof frame);
    for (size_t i = 0; i < frames; i++) {
        rig_send_bulk(&scene->ee, FI, frame, sizeof frame);
        (void)rig_pump(&scene->ee, 0);
    }
    rig_flush(&scene->ee);
    (void)poll(NULL, 0, 100);
    rig_send(&scene->ee, FI, "urgent", 6);
    (void)poll(NULL, 0, 100);
    assert_int_equal(kill(scene->fi.pid, SIGCONT), 0);
    size_t before = frames_before(&scene->fi, "urgent");
    print_message("%zu of %zu frames were before it\n", before, frames);
    assert_true(before < 24);
    for (size_t i = before; i < frames; i++) {
        struct rig_message got = rig_expect(&scene->fi, TCN_MSG_RECV, EE);
        assert_int_equal(got.len, sizeof frame);
        rig_free(&got);
    }
    assert_int_equal(rig_count(&scene->ee, TCN_MSG_DOWN), 0);
}

/* The same where tocsind of fi is the one that stands still. */
static void what_fills_the_bulk_lane_of_the_receiver_is_overtaken(void **state)
{
    static uint8_t frame[16 * 1024];
    struct scene *scene = *state;
    const size_t frames = 130;
    start_ee(scene);
    memset(frame, 'b', sizeof frame);
    for (size_t i = 0; i < frames; i++) {
        rig_send_bulk(&scene->ee, FI, frame, sizeof frame);
        (void)rig_pump(&scene->ee, 5);
    }
    rig_flush(&scene->ee);
    (void)poll(NULL, 0, 200); /* all of it is with the link of fi */
    rig_send(&scene->ee, FI, "urgent", 6);
    (void)poll(NULL, 0, 200);
    size_t before = frames_before(&scene->fi, "urgent");
    print_message("%zu of %zu frames were before it\n", before, frames);
    assert_true(before < 24); /* what the pipe and the kernel hold */
    for (size_t i = before; i < frames; i++) {
        struct rig_message got = rig_expect(&scene->fi, TCN_MSG_RECV, EE);
        assert_int_equal(got.len, sizeof frame);
        rig_free(&got);
    }
}

/* One peer stands still with a full lane: the next one in the pipe is served.
 */
static void a_full_lane_of_one_peer_does_not_keep_another_waiting(void **state)
{
    static uint8_t frame[16 * 1024];
    struct scene *scene = *state;
    struct rig_node lv;
    rig_init(&lv, "lv");
    start(&lv, &scene->ee, NULL);
    rig_spawn(&scene->ee, NULL);
    rig_listen(&scene->ee, scene->ee.endpoint);
    rig_peer(&scene->ee, FI, &scene->fi, scene->relay.endpoint);
    rig_peer(&scene->ee, 1, &lv, NULL);
    rig_put(&scene->ee, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    rig_expect_up(&scene->ee, FI);
    rig_expect_up(&scene->ee, 1);
    assert_int_equal(kill(scene->fi.pid, SIGSTOP), 0);
    for (size_t i = 0; i < 130; i++) {
        rig_send_bulk(&scene->ee, FI, frame, sizeof frame);
        (void)rig_pump(&scene->ee, 0);
    }
    uint64_t sent = rig_now_ms();
    rig_send(&scene->ee, 1, "for lv", 6);
    rig_flush(&scene->ee);
    rig_expect_text(&lv, 0, "for lv");
    print_message("after %ju ms\n", (uintmax_t)(rig_now_ms() - sent));
    assert_true(rig_now_ms() - sent < 1000);
    assert_int_equal(kill(scene->fi.pid, SIGCONT), 0);
    rig_fini(&lv);
}

#define ON_A_SCENE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_SCENE(a_peer_is_up_when_both_lanes_stand),
        ON_A_SCENE(each_lane_keeps_its_order),
        ON_A_SCENE(one_lane_that_falls_takes_the_other_along),
        ON_A_SCENE(a_lane_that_does_not_come_up_is_told),
        ON_A_SCENE(what_fills_the_bulk_lane_of_the_sender_is_overtaken),
        ON_A_SCENE(what_fills_the_bulk_lane_of_the_receiver_is_overtaken),
        ON_A_SCENE(a_full_lane_of_one_peer_does_not_keep_another_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
