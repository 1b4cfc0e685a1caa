/* Two nodes' network processes on loopback: exchange, restart, renewal. */
#include "interop/link_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct pair {
    struct rig_node ee; /* sees fi as peer 3 */
    struct rig_node fi; /* sees ee as peer 0 */
};

#define FI 3
#define EE 0

static void start_ee(struct pair *pair)
{
    const struct rig_node *peers[] = {NULL, NULL, NULL, &pair->fi};
    rig_start(&pair->ee, peers, 4);
}

static void start_fi(struct pair *pair)
{
    const struct rig_node *peers[] = {&pair->ee};
    rig_start(&pair->fi, peers, 1);
}

static int open_pair(void **state)
{
    struct pair *pair = calloc(1, sizeof *pair);
    assert_non_null(pair);
    rig_init(&pair->ee, "ee");
    rig_init(&pair->fi, "fi");
    start_ee(pair);
    start_fi(pair);
    rig_expect_up(&pair->ee, FI);
    rig_expect_up(&pair->fi, EE);
    *state = pair;
    return 0;
}

static int close_pair(void **state)
{
    struct pair *pair = *state;
    rig_fini(&pair->ee);
    rig_fini(&pair->fi);
    free(pair);
    return 0;
}

static void fill(uint8_t *frame, size_t len, uint32_t number)
{
    for (size_t i = 0; i < len; i++) {
        frame[i] = (uint8_t)(number + i * 31);
    }
}

static void expect_frame(struct rig_node *node, uint8_t from, uint32_t number,
                         size_t len)
{
    static uint8_t frame[TCN_FRAME_MAX];
    struct rig_message got = rig_expect(node, TCN_MSG_RECV, from);
    fill(frame, len, number);
    assert_int_equal(got.len, len);
    assert_memory_equal(got.payload, frame, len);
    rig_free(&got);
}

static void frames_cross_both_ways_whole_and_in_order(void **state)
{
    static const size_t sizes[] = {1, 2048, 17, TCN_FRAME_MAX, 65536};
    static uint8_t frame[TCN_FRAME_MAX];
    struct pair *pair = *state;
    const uint32_t count = 200;
    for (uint32_t i = 0; i < count; i++) {
        size_t len = sizes[i % 5];
        fill(frame, len, i);
        rig_send(&pair->ee, FI, frame, len);
        rig_send(&pair->fi, EE, frame, len);
        expect_frame(&pair->fi, EE, i, len);
        expect_frame(&pair->ee, FI, i, len);
    }
    for (uint32_t i = 0; i < 1000; i++) { /* many under way at once */
        fill(frame, 1000, i);
        rig_send(&pair->ee, FI, frame, 1000);
    }
    uint64_t deadline = rig_now_ms() + RIG_WAIT_MS;
    while (rig_count(&pair->fi, TCN_MSG_RECV) < 1000 &&
           rig_now_ms() < deadline) {
        (void)rig_pump(&pair->ee, 0);
        (void)rig_pump(&pair->fi, 5);
    }
    for (uint32_t i = 0; i < 1000; i++) {
        expect_frame(&pair->fi, EE, i, 1000);
    }
    assert_int_equal(rig_count(&pair->ee, TCN_MSG_DOWN), 0);
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void a_killed_process_is_back_within_moments(void **state)
{
    enum { TIMES = 7 };
    struct pair *pair = *state;
    uint64_t took[TIMES];
    for (int i = 0; i < TIMES; i++) {
        uint64_t start = rig_now_ms();
        rig_kill(&pair->fi);
        start_fi(pair);
        struct rig_message down = rig_expect(&pair->ee, TCN_MSG_DOWN, FI);
        rig_free(&down);
        rig_expect_up(&pair->ee, FI);
        rig_expect_up(&pair->fi, EE);
        took[i] = rig_now_ms() - start;
        rig_send(&pair->ee, FI, "after", 5);
        struct rig_message got = rig_expect(&pair->fi, TCN_MSG_RECV, EE);
        assert_int_equal(got.len, 5);
        rig_free(&got);
    }
    qsort(took, TIMES, sizeof took[0], by_size);
    print_message("kill -9 to UP on both sides: median %ju ms, worst %ju ms\n",
                  (uintmax_t)took[TIMES / 2], (uintmax_t)took[TIMES - 1]);
    assert_true(took[TIMES - 1] <= 3000);
}

static void a_cut_closes_both_ways_and_both_come_back(void **state)
{
    struct pair *pair = *state;
    rig_send(&pair->fi, EE, "hello", 5); /* so that ee knows the connection */
    struct rig_message got = rig_expect(&pair->ee, TCN_MSG_RECV, FI);
    rig_free(&got);
    rig_put(&pair->ee, TCN_MSG_CUT, FI, NULL, 0);
    got = rig_expect(&pair->ee, TCN_MSG_DOWN, FI);
    rig_free(&got);
    got = rig_expect(&pair->fi, TCN_MSG_DOWN, EE); /* its own way was shut */
    rig_free(&got);
    rig_expect_up(&pair->ee, FI);
    rig_expect_up(&pair->fi, EE);
    rig_send(&pair->ee, FI, "again", 5);
    got = rig_expect(&pair->fi, TCN_MSG_RECV, EE);
    assert_memory_equal(got.payload, "again", 5);
    rig_free(&got);
}

static void when_the_pipe_closes_it_ends_well(void **state)
{
    struct pair *pair = *state;
    tcn_pipe_fini(&pair->fi.pipe);
    assert_int_equal(rig_exit_status(&pair->fi), 0);
    struct rig_message down = rig_expect(&pair->ee, TCN_MSG_DOWN, FI);
    rig_free(&down);
    struct rig_message note = rig_expect_note(&pair->ee, FI, "nobody-listens");
    assert_non_null(strstr((char *)note.payload + strlen("nobody-listens") + 1,
                           pair->fi.endpoint));
    rig_free(&note);
}

/* As fi, but with new connections every second or so. */
static void restart_fi_renewing(struct pair *pair)
{
    char path[4096];
    int fd[2];
    rig_program(path, sizeof path);
    rig_kill(&pair->fi);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(fd[1], 100); /* without close-on-exec */
        execl(path, path, "--fd", "100", "--renew", "1", (char *)NULL);
        _exit(127);
    }
    close(fd[1]);
    rig_adopt(&pair->fi, (int)pid, fd[0]);
    rig_listen(&pair->fi, pair->fi.endpoint);
    rig_peer(&pair->fi, EE, &pair->ee, NULL);
    rig_put(&pair->fi, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    rig_expect_up(&pair->fi, EE);
    rig_expect_up(&pair->ee, FI);
}

static void connections_are_renewed_in_time(void **state)
{
    struct pair *pair = *state;
    restart_fi_renewing(pair);
    struct rig_message down = rig_expect(&pair->ee, TCN_MSG_DOWN, FI);
    rig_free(&down); /* of the restart */
    assert_int_equal(rig_sockets(pair->ee.endpoint, RIG_CONNECTED),
                     2); /* lanes */
    for (int i = 0; i < 3; i++) {
        uint64_t start = rig_now_ms();
        rig_send(&pair->fi, EE, "key", 3);
        struct rig_message got = rig_expect(&pair->ee, TCN_MSG_RECV, FI);
        rig_free(&got);
        down = rig_expect(&pair->fi, TCN_MSG_DOWN, EE);
        rig_free(&down);
        rig_expect_up(&pair->fi, EE);
        assert_in_range(rig_now_ms() - start, 500, 5000);
        /* In place of the old ones, not beside them. */
        assert_int_equal(rig_sockets(pair->ee.endpoint, RIG_CONNECTED), 2);
    }
    /* The other way has its own time, and nobody had anything to complain. */
    assert_int_equal(rig_count(&pair->ee, TCN_MSG_DOWN), 0);
    assert_int_equal(rig_count(&pair->fi, TCN_MSG_NOTE), 0);
}

static void names_are_resolved_apart_from_addresses(void **state)
{
    struct pair *pair = *state;
    struct rig_node lv, se;
    char named[64];
    rig_init(&lv, "lv");
    rig_init(&se, "se");
    (void)snprintf(named, sizeof named, "tcp://localhost%s",
                   strrchr(pair->ee.endpoint, ':'));
    rig_kill(&pair->fi); /* lv has its key, so is a peer of ee */
    memcpy(lv.keys.pk, pair->fi.keys.pk, 32);
    memcpy(lv.keys.sk, pair->fi.keys.sk, 32);
    rig_spawn(&lv, NULL);
    rig_peer(&lv, 0, &se, "tcp://no-such-host.invalid:7400");
    rig_peer(&lv, 1, &pair->ee, named);
    rig_put(&lv, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    rig_expect_up(&lv, 1);
    rig_send(&lv, 1, "named", 5);
    struct rig_message got = rig_expect(&pair->ee, TCN_MSG_RECV, FI);
    assert_memory_equal(got.payload, "named", 5);
    rig_free(&got);
    rig_fini(&lv);
    rig_fini(&se);
}

static void a_full_table_of_peers_is_served(void **state)
{
    struct pair *pair = *state;
    static struct rig_node peers[TCN_PEERS_MAX];
    rig_kill(&pair->ee);
    rig_spawn(&pair->ee, NULL);
    rig_listen(&pair->ee, pair->ee.endpoint);
    for (uint8_t i = 0; i < TCN_PEERS_MAX; i++) {
        char name[8];
        (void)snprintf(name, sizeof name, "m%u", i);
        rig_init(&peers[i], name);
        rig_peer(&pair->ee, i, i == FI ? &pair->fi : &peers[i], NULL);
    }
    rig_put(&pair->ee, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    rig_expect_up(&pair->ee, FI);
    rig_expect_up(&pair->fi, EE);
    rig_send(&pair->fi, EE, "one of many", 11);
    struct rig_message got = rig_expect(&pair->ee, TCN_MSG_RECV, FI);
    assert_memory_equal(got.payload, "one of many", 11);
    rig_free(&got);
}

#define ON_A_PAIR(test)                                                        \
    cmocka_unit_test_setup_teardown(test, open_pair, close_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_PAIR(frames_cross_both_ways_whole_and_in_order),
        ON_A_PAIR(a_killed_process_is_back_within_moments),
        ON_A_PAIR(a_cut_closes_both_ways_and_both_come_back),
        ON_A_PAIR(a_full_table_of_peers_is_served),
        ON_A_PAIR(connections_are_renewed_in_time),
        ON_A_PAIR(names_are_resolved_apart_from_addresses),
        ON_A_PAIR(when_the_pipe_closes_it_ends_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
