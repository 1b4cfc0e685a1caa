/* How long a small frame on the fast lane takes while the bulk lane is
 * saturated, between two tocsin-link processes in two network namespaces. What
 * lies between those is the caller's business (tests/e2e/lanes.py).
 *
 *   bench_lanes FROM TO ADDRESS-OF-FROM ADDRESS-OF-TO SECONDS BULK
 *
 * FROM and TO are names of ip-netns(8). BULK is "bulk", "fast" (everything on
 * one lane, to compare with) or "none". Prints one line of figures. */
#include "interop/link_rig.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BULK_BYTES   (16 * 1024)
#define FAST_BYTES   256
#define FAST_EVERY   50 /* ms */
#define SAMPLES_MAX  4096
#define WARM_SECONDS 2 /* until TCP has found its pace */

struct run {
    struct rig_node from, to;
    uint8_t bulk_type; /* 0 = none */
    size_t sent, got;  /* bytes of bulk */
    size_t fast_sent, fast_got;
    double delay_ms[SAMPLES_MAX];
    size_t samples;
    bool warm;
};

static uint64_t now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void enter(int fd)
{
    if (setns(fd, CLONE_NEWNET) != 0) {
        perror("setns");
        exit(77);
    }
}

/* A process of ours in another namespace: a child stays where it was born. */
static void spawn_in(struct rig_node *node, const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "/run/netns/%s", name);
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(path, O_RDONLY | O_CLOEXEC);
    if (home < 0 || there < 0) {
        perror(path);
        exit(77);
    }
    enter(there);
    rig_spawn(node, NULL);
    enter(home);
    close(home);
    close(there);
}

static void start(struct rig_node *node, const struct rig_node *peer)
{
    rig_listen(node, node->endpoint);
    rig_peer(node, 0, peer, NULL);
    rig_put(node, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
}

/* As much ahead as the receiver's credit allows. */
static void send_bulk(struct run *run)
{
    static const uint8_t frame[BULK_BYTES];
    while (run->bulk_type != 0 &&
           run->sent - run->got + sizeof frame <= TCN_BULK_BYTES &&
           tcn_pipe_put(&run->from.pipe, run->bulk_type, 0,
                        tcn_view(frame, sizeof frame),
                        tcn_view(NULL, 0)) == TCN_ERR_OK) {
        run->sent += sizeof frame;
    }
}

static void send_fast(struct run *run)
{
    uint8_t frame[FAST_BYTES] = {0};
    uint64_t now = now_ns();
    memcpy(frame, &now, sizeof now);
    rig_send(&run->from, 0, frame, sizeof frame);
    run->fast_sent++;
}

static void take(struct run *run, struct tcn_view frame)
{
    uint64_t sent_ns, now = now_ns();
    if (frame.len != FAST_BYTES) {
        run->got += frame.len;
        return;
    }
    memcpy(&sent_ns, frame.data, sizeof sent_ns);
    run->fast_got++;
    if (run->warm && run->samples < SAMPLES_MAX) {
        run->delay_ms[run->samples++] = (double)(now - sent_ns) / 1e6;
    }
}

static void receive(struct run *run)
{
    struct tcn_msg msg;
    enum tcn_err err = tcn_pipe_fill(&run->to.pipe);
    assert_int_equal(err, TCN_ERR_OK);
    while (tcn_pipe_next(&run->to.pipe, &msg)) {
        assert_int_not_equal(msg.type, TCN_MSG_DOWN);
        if (msg.type == TCN_MSG_RECV) {
            take(run, msg.payload);
        }
    }
}

static void turn(struct run *run)
{
    send_bulk(run);
    assert_int_equal(tcn_pipe_flush(&run->from.pipe), TCN_ERR_OK);
    struct pollfd ready[] = {
        {.fd = run->from.pipe.fd,
         .events = tcn_pipe_waits(&run->from.pipe) ? POLLOUT : 0},
        {.fd = run->to.pipe.fd, .events = POLLIN},
    };
    (void)poll(ready, 2, 1);
    receive(run);
}

static void measure(struct run *run, unsigned seconds)
{
    uint64_t start = rig_now_ms();
    uint64_t end = start + (WARM_SECONDS + seconds) * 1000ull;
    uint64_t next_fast = start;
    size_t got_before = 0;
    while (rig_now_ms() < end) {
        if (!run->warm && rig_now_ms() >= start + WARM_SECONDS * 1000ull) {
            run->warm = true;
            got_before = run->got;
        }
        if (rig_now_ms() >= next_fast) {
            next_fast += FAST_EVERY;
            send_fast(run);
        }
        turn(run);
    }
    run->got -= got_before;
    size_t left = run->got;
    run->bulk_type = 0;
    for (end += 20000; run->fast_got < run->fast_sent; turn(run)) {
        assert_true(rig_now_ms() < end);
    }
    run->got = left;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void print(struct run *run, const char *bulk, unsigned seconds)
{
    size_t n = run->samples;
    assert_true(n > 0);
    qsort(run->delay_ms, n, sizeof run->delay_ms[0], by_size);
    printf("bulk=%s frames=%zu median_ms=%.1f p99_ms=%.1f max_ms=%.1f "
           "bulk_mbit=%.2f\n",
           bulk, n, run->delay_ms[n / 2], run->delay_ms[n * 99 / 100],
           run->delay_ms[n - 1], (double)run->got * 8 / 1e6 / seconds);
}

int main(int argc, char **argv)
{
    static struct run run;
    if (argc != 7) {
        fprintf(stderr, "usage: bench_lanes FROM TO ADDRESS-OF-FROM "
                        "ADDRESS-OF-TO SECONDS bulk|fast|none\n");
        return 2;
    }
    unsigned seconds = (unsigned)strtoul(argv[5], NULL, 10);
    run.bulk_type = strcmp(argv[6], "bulk") == 0   ? TCN_MSG_SEND_BULK
                    : strcmp(argv[6], "fast") == 0 ? TCN_MSG_SEND
                                                   : 0;
    rig_init(&run.from, "ee");
    rig_init(&run.to, "fi");
    (void)snprintf(run.from.endpoint, sizeof run.from.endpoint, "tcp://%s:7400",
                   argv[3]);
    (void)snprintf(run.to.endpoint, sizeof run.to.endpoint, "tcp://%s:7400",
                   argv[4]);
    spawn_in(&run.from, argv[1]);
    spawn_in(&run.to, argv[2]);
    start(&run.from, &run.to);
    start(&run.to, &run.from);
    rig_expect_up(&run.from, 0);
    rig_expect_up(&run.to, 0);
    measure(&run, seconds);
    print(&run, argv[6], seconds);
    rig_fini(&run.from);
    rig_fini(&run.to);
    return 0;
}
