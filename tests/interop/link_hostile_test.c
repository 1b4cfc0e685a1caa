/* What strangers and misbehaving peers can do to a tocsin-link process: not
 * much. The other side is raw libzmq here, or bare TCP. */
#include "interop/link_rig.h"

#include <arpa/inet.h>
#include <czmq.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FI 1
#define LV 2

struct scene {
    struct rig_node ee; /* the process under test */
    struct rig_node fi; /* a peer with a process */
    struct rig_node lv; /* a peer without: raw sockets use its key */
};

static int open_scene(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    rig_init(&scene->ee, "ee");
    rig_init(&scene->fi, "fi");
    rig_init(&scene->lv, "lv");
    const struct rig_node *peers[] = {NULL, &scene->fi, &scene->lv};
    const struct rig_node *only_ee[] = {&scene->ee};
    rig_start(&scene->ee, peers, 3);
    rig_start(&scene->fi, only_ee, 1);
    rig_expect_up(&scene->ee, FI);
    rig_expect_up(&scene->fi, 0);
    *state = scene;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *scene = *state;
    rig_fini(&scene->ee);
    rig_fini(&scene->fi);
    rig_fini(&scene->lv);
    free(scene);
    return 0;
}

/* A DEALER with a node's key, as anybody could write one. */
static zsock_t *raw_dealer(const struct rig_node *as, const struct rig_node *to,
                           const char *routing_id)
{
    zsock_t *sock = zsock_new(ZMQ_DEALER);
    assert_non_null(sock);
    void *raw = zsock_resolve(sock);
    int zero = 0;
    (void)zmq_setsockopt(raw, ZMQ_LINGER, &zero, sizeof zero);
    assert_int_equal(zmq_setsockopt(raw, ZMQ_CURVE_SERVERKEY, to->keys.pk, 32),
                     0);
    assert_int_equal(zmq_setsockopt(raw, ZMQ_CURVE_PUBLICKEY, as->keys.pk, 32),
                     0);
    assert_int_equal(zmq_setsockopt(raw, ZMQ_CURVE_SECRETKEY, as->keys.sk, 32),
                     0);
    if (routing_id != NULL) {
        assert_int_equal(
            zmq_setsockopt(raw, ZMQ_ROUTING_ID, routing_id, strlen(routing_id)),
            0);
    }
    assert_int_equal(zsock_connect(sock, "%s", to->endpoint), 0);
    return sock;
}

static void raw_send(zsock_t *sock, const void *data, size_t len, bool more)
{
    assert_int_equal(
        zmq_send(zsock_resolve(sock), data, len, more ? ZMQ_SNDMORE : 0),
        (int)len);
}

static void frames_still_cross(struct scene *scene)
{
    rig_exchange(&scene->fi, 0, &scene->ee, FI);
}

static void a_key_that_is_not_pinned_gets_nothing(void **state)
{
    struct scene *scene = *state;
    struct rig_node stranger;
    const struct rig_node *peers[] = {&scene->ee};
    rig_init(&stranger, "xx");
    rig_start(&stranger, peers, 1);
    struct rig_message note = rig_expect_note(&stranger, 0, "refused");
    assert_string_equal(note.payload + strlen("refused") + 1,
                        "ee refuses our key: has it pinned our present card?");
    rig_free(&note);
    note = rig_expect_note(&scene->ee, TCN_MSG_NO_PEER, "unknown-key");
    assert_non_null(strstr((char *)note.payload + strlen("unknown-key") + 1,
                           "unknown key from 127.0.0.1 refused"));
    rig_free(&note);
    /* Even what it sends blindly arrives nowhere. */
    zsock_t *raw = raw_dealer(&stranger, &scene->ee, NULL);
    raw_send(raw, "let me in", 9, false);
    frames_still_cross(scene);
    assert_int_equal(rig_count(&stranger, TCN_MSG_UP), 0);
    assert_int_equal(rig_count(&scene->ee, TCN_MSG_RECV), 0);
    zsock_destroy(&raw);
    rig_fini(&stranger);
}

static void who_claims_anothers_name_is_known_by_his_key(void **state)
{
    struct scene *scene = *state;
    /* fi's number as routing id, fi's name in the frame, lv's key. */
    zsock_t *raw = raw_dealer(&scene->lv, &scene->ee, "1");
    raw_send(raw, "I am fi", 7, false);
    struct rig_message got = rig_expect(&scene->ee, TCN_MSG_RECV, LV);
    assert_memory_equal(got.payload, "I am fi", 7);
    rig_free(&got);
    assert_int_equal(rig_count(&scene->ee, TCN_MSG_RECV), 0);
    zsock_destroy(&raw);
}

static void who_holds_an_old_key_of_ours_is_told_apart(void **state)
{
    struct scene *scene = *state;
    struct rig_node se, old_ee;
    const struct rig_node *peers[] = {&old_ee};
    rig_init(&se, "se");
    rig_init(&old_ee, "ee"); /* another key ... */
    (void)snprintf(old_ee.endpoint, sizeof old_ee.endpoint, "%s",
                   scene->ee.endpoint); /* ... in the same place */
    rig_start(&se, peers, 1);
    struct rig_message note = rig_expect_note(&se, 0, "handshake");
    assert_non_null(strstr((char *)note.payload + strlen("handshake") + 1,
                           "import ee's new card"));
    rig_free(&note);
    note = rig_expect_note(&scene->ee, TCN_MSG_NO_PEER, "handshake");
    rig_free(&note);
    frames_still_cross(scene);
    rig_fini(&se);
    rig_fini(&old_ee);
}

static void frames_out_of_shape_are_dropped_and_counted(void **state)
{
    static uint8_t big[TCN_FRAME_MAX + 1];
    struct scene *scene = *state;
    zsock_t *raw = raw_dealer(&scene->lv, &scene->ee, NULL);
    raw_send(raw, "first", 5, true);
    raw_send(raw, "second", 6, false);
    raw_send(raw, "", 0, true);
    raw_send(raw, "behind a delimiter", 18, false);
    raw_send(raw, "", 0, false);
    raw_send(raw, big, sizeof big, false);
    raw_send(raw, big, sizeof big - 1, false);
    struct rig_message got = rig_expect(&scene->ee, TCN_MSG_RECV, LV);
    assert_int_equal(got.len, TCN_FRAME_MAX);
    rig_free(&got);
    assert_int_equal(rig_count(&scene->ee, TCN_MSG_RECV), 0);
    struct rig_message note =
        rig_expect_note(&scene->ee, TCN_MSG_NO_PEER, "dropped");
    assert_string_equal(note.payload + strlen("dropped") + 1,
                        "frames dropped: 0 without a known sender, 2 empty or "
                        "too large, 2 of several parts, 0 to a peer that is "
                        "down");
    rig_free(&note);
    zsock_destroy(&raw);
}

static void a_frame_beyond_what_libzmq_takes_ends_its_connection(void **state)
{
    struct scene *scene = *state;
    static uint8_t huge[2 * TCN_MAXMSGSIZE];
    zsock_t *raw = raw_dealer(&scene->lv, &scene->ee, NULL);
    raw_send(raw, huge, sizeof huge, false);
    uint64_t deadline = rig_now_ms() + RIG_WAIT_MS;
    while (rig_count(&scene->ee, TCN_MSG_RECV) == 0) {
        assert_true(rig_now_ms() < deadline);
        raw_send(raw, "small", 5, false); /* until the next connection is up */
        (void)rig_pump(&scene->ee, 20);
    }
    struct rig_message got = rig_expect(&scene->ee, TCN_MSG_RECV, LV);
    assert_int_equal(got.len, 5);
    rig_free(&got);
    frames_still_cross(scene);
    zsock_destroy(&raw);
}

static int connect_tcp(const char *endpoint)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port =
        htons((uint16_t)strtoul(strrchr(endpoint, ':') + 1, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    (void)connect(fd, (struct sockaddr *)&to, sizeof to);
    return fd;
}

static void a_thousand_strangers_do_not_stop_service(void **state)
{
    enum { SILENT = 800, NOISY = 150, CURVE = 50 };
    static int fds[SILENT + NOISY];
    zsock_t *raws[CURVE];
    struct scene *scene = *state;
    struct rig_node stranger;
    rig_init(&stranger, "xx");
    for (int i = 0; i < SILENT + NOISY; i++) {
        fds[i] = connect_tcp(scene->ee.endpoint);
    }
    for (int i = SILENT; i < SILENT + NOISY; i++) {
        (void)!write(fds[i], "GET / HTTP/1.1\r\n\r\n", 18);
    }
    for (int i = 0; i < CURVE; i++) {
        raws[i] = raw_dealer(&stranger, &scene->ee, NULL);
    }
    uint64_t start = rig_now_ms();
    for (int i = 0; i < 100; i++) {
        frames_still_cross(scene);
    }
    uint64_t exchanged = rig_now_ms();
    /* A pinned peer gets in among them. */
    rig_kill(&scene->fi);
    const struct rig_node *only_ee[] = {&scene->ee};
    rig_start(&scene->fi, only_ee, 1);
    rig_expect_up(&scene->fi, 0);
    rig_expect_up(&scene->ee, FI);
    frames_still_cross(scene);
    print_message("among %d strangers: 100 exchanges in %ju ms, a peer back "
                  "in %ju ms\n",
                  SILENT + NOISY + CURVE, (uintmax_t)(exchanged - start),
                  (uintmax_t)(rig_now_ms() - exchanged));
    for (int i = 0; i < SILENT + NOISY; i++) {
        close(fds[i]);
    }
    for (int i = 0; i < CURVE; i++) {
        zsock_destroy(&raws[i]);
    }
    rig_fini(&stranger);
}

/* The most it ever had in memory. */
static size_t memory_kib(int pid)
{
    char path[64], line[256];
    size_t kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kib = strtoul(line + 6, NULL, 10);
        }
    }
    (void)fclose(file);
    return kib;
}

/* tocsind does not read: the link keeps reading, up to its bound, and then cuts
 * the peer that filled it; others are served as soon as tocsind reads again. */
static void a_flood_at_a_busy_node_is_cut_and_memory_bounded(void **state)
{
    static uint8_t frame[100 * 1024];
    struct scene *scene = *state;
    size_t before = memory_kib(scene->ee.pid);
    uint64_t deadline = rig_now_ms() + RIG_WAIT_MS;
    size_t sent = 0;
    while (rig_count(&scene->fi, TCN_MSG_DOWN) == 0) {
        assert_true(rig_now_ms() < deadline);
        if (tcn_pipe_room(&scene->fi.pipe) >= sizeof frame) {
            rig_send(&scene->fi, 0, frame, sizeof frame);
            sent += sizeof frame;
        }
        (void)rig_pump(&scene->fi, 1);
    }
    size_t grown = memory_kib(scene->ee.pid) - before;
    print_message("cut after %zu KiB, grown by %zu KiB\n", sent / 1024, grown);
    assert_true(grown < 64 * 1024);
    struct rig_message note = rig_expect_note(&scene->ee, FI, "overrun");
    rig_free(&note);
    struct rig_message down = rig_expect(&scene->ee, TCN_MSG_DOWN, FI);
    rig_free(&down);
    rig_expect_up(&scene->ee, FI);
    while (rig_count(&scene->fi, TCN_MSG_UP) == 0) {
        assert_true(rig_now_ms() < deadline + RIG_WAIT_MS);
        (void)rig_pump(&scene->fi, 10);
        (void)rig_pump(&scene->ee, 0);
    }
    note = rig_expect_note(&scene->fi, 0, "lost");
    rig_free(&note);
    for (size_t i = 0; i < scene->fi.said_count; i++) { /* and nothing else */
        const struct rig_message *said = &scene->fi.said[i];
        assert_false(said->type == TCN_MSG_NOTE && said->peer == 0);
    }
}

/* What arrives before "fresh" are the first frames, without a gap: nothing that
 * waited for the old connection was sent on the new one. */
static void only_a_beginning_and_then_fresh(struct rig_node *node)
{
    uint32_t expected = 0;
    for (;;) {
        struct rig_message got = rig_expect(node, TCN_MSG_RECV, 0);
        bool fresh = got.len == 5 && memcmp(got.payload, "fresh", 5) == 0;
        if (!fresh) {
            uint32_t number;
            memcpy(&number, got.payload, sizeof number);
            assert_int_equal(number, expected);
            expected++;
        }
        rig_free(&got);
        if (fresh) {
            print_message("%u frames had arrived\n", expected);
            return;
        }
    }
}

/* A peer that stands still holds us to a bounded queue, and is cut then. */
static void a_peer_that_takes_nothing_is_cut(void **state)
{
    static uint8_t frame[100 * 1024];
    struct scene *scene = *state;
    assert_int_equal(kill(scene->fi.pid, SIGSTOP), 0);
    uint64_t deadline = rig_now_ms() + RIG_WAIT_MS;
    uint32_t sent = 0;
    while (rig_count(&scene->ee, TCN_MSG_DOWN) == 0) {
        assert_true(rig_now_ms() < deadline);
        if (tcn_pipe_room(&scene->ee.pipe) >= sizeof frame && sent < 1000) {
            memcpy(frame, &sent, sizeof sent);
            rig_send(&scene->ee, FI, frame, sizeof frame);
            sent++;
        }
        (void)rig_pump(&scene->ee, 1);
    }
    print_message("cut after %u frames of 100 KiB\n", sent);
    struct rig_message note = rig_expect_note(&scene->ee, FI, "stalled");
    rig_free(&note);
    assert_int_equal(kill(scene->fi.pid, SIGCONT), 0);
    rig_expect_up(&scene->ee, FI);
    rig_send(&scene->ee, FI, "fresh", 5);
    only_a_beginning_and_then_fresh(&scene->fi);
}

#define ON_A_SCENE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

static int start(void **state)
{
    (void)state;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    zsys_handler_set(NULL);
    return zsys_init() == NULL ? -1 : 0;
}

static int stop(void **state)
{
    (void)state;
    zsys_shutdown();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_SCENE(a_key_that_is_not_pinned_gets_nothing),
        ON_A_SCENE(who_claims_anothers_name_is_known_by_his_key),
        ON_A_SCENE(who_holds_an_old_key_of_ours_is_told_apart),
        ON_A_SCENE(frames_out_of_shape_are_dropped_and_counted),
        ON_A_SCENE(a_frame_beyond_what_libzmq_takes_ends_its_connection),
        ON_A_SCENE(a_thousand_strangers_do_not_stop_service),
        ON_A_SCENE(a_flood_at_a_busy_node_is_cut_and_memory_bounded),
        ON_A_SCENE(a_peer_that_takes_nothing_is_cut),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
