/* What a frame costs on its way through two tocsin-link processes, beside the
 * same frames through a bare DEALER and ROUTER with CURVE in the same run.
 *
 *   bench_link [FRAMES]      (200000; 2 KiB each, one window of credit ahead)
 */
#include "interop/link_rig.h"

#include <czmq.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define FRAME_BYTES 2048
#define AHEAD       (TCN_BULK_BYTES / FRAME_BYTES)

struct result {
    double seconds;
    double cpu_seconds;    /* of the transport alone */
    double driver_seconds; /* of this process */
};

static double seconds(const struct timespec *ts)
{
    return (double)ts->tv_sec + (double)ts->tv_nsec / 1e9;
}

static double clock_of(clockid_t id)
{
    struct timespec ts = {0};
    (void)clock_gettime(id, &ts);
    return seconds(&ts);
}

static double cpu_of(int pid)
{
    clockid_t id;
    return clock_getcpuclockid(pid, &id) == 0 ? clock_of(id) : 0;
}

static size_t take_all(struct tcn_pipe *pipe)
{
    size_t frames = 0;
    struct tcn_msg msg;
    enum tcn_err err = tcn_pipe_fill(pipe);
    assert_int_equal(err, TCN_ERR_OK);
    while (tcn_pipe_next(pipe, &msg)) {
        frames += msg.type == TCN_MSG_RECV;
    }
    return frames;
}

static void pass(struct rig_node *from, struct rig_node *to, size_t count)
{
    static const uint8_t frame[FRAME_BYTES];
    struct tcn_view bytes = tcn_view(frame, sizeof frame);
    size_t sent = 0, got = 0;
    while (got < count) {
        while (sent < count && sent - got < AHEAD &&
               tcn_pipe_put(&from->pipe, TCN_MSG_SEND, 0, bytes,
                            tcn_view(NULL, 0)) == TCN_ERR_OK) {
            sent++;
        }
        assert_int_equal(tcn_pipe_flush(&from->pipe), TCN_ERR_OK);
        struct pollfd ready[] = {
            {.fd = from->pipe.fd,
             .events = tcn_pipe_waits(&from->pipe) ? POLLOUT : 0},
            {.fd = to->pipe.fd, .events = POLLIN},
        };
        (void)poll(ready, 2, 100);
        got += take_all(&to->pipe);
    }
}

static struct result through_links(size_t count)
{
    struct rig_node ee, fi;
    rig_init(&ee, "ee");
    rig_init(&fi, "fi");
    const struct rig_node *of_ee[] = {&fi};
    const struct rig_node *of_fi[] = {&ee};
    rig_start(&ee, of_ee, 1);
    rig_start(&fi, of_fi, 1);
    rig_expect_up(&ee, 0);
    rig_expect_up(&fi, 0);
    pass(&ee, &fi, count / 10); /* warm */
    double start = clock_of(CLOCK_MONOTONIC);
    double cpu = cpu_of(ee.pid) + cpu_of(fi.pid);
    double own = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    pass(&ee, &fi, count);
    struct result result = {
        .seconds = clock_of(CLOCK_MONOTONIC) - start,
        .cpu_seconds = cpu_of(ee.pid) + cpu_of(fi.pid) - cpu,
        .driver_seconds = clock_of(CLOCK_PROCESS_CPUTIME_ID) - own,
    };
    rig_fini(&ee);
    rig_fini(&fi);
    return result;
}

struct sender {
    void *socket;
    size_t count;
};

static void *send_all(void *arg)
{
    static const uint8_t frame[FRAME_BYTES];
    const struct sender *sender = arg;
    for (size_t i = 0; i < sender->count; i++) {
        (void)zmq_send(sender->socket, frame, sizeof frame, 0);
    }
    return NULL;
}

static void receive_all(void *router, size_t count)
{
    for (size_t i = 0; i < count;) {
        zmq_msg_t msg;
        zmq_msg_init(&msg);
        if (zmq_msg_recv(&msg, router, 0) >= 0 && !zmq_msg_more(&msg)) {
            i++;
        }
        zmq_msg_close(&msg);
    }
}

static void set_key(void *socket, int option, const uint8_t key[32])
{
    assert_int_equal(zmq_setsockopt(socket, option, key, 32), 0);
}

/* Both ends in this process: its CPU is that of the transport. */
static struct result through_bare_sockets(size_t count)
{
    struct rig_node server, client;
    rig_init(&server, "ee");
    rig_init(&client, "fi");
    void *context = zmq_ctx_new();
    void *router = zmq_socket(context, ZMQ_ROUTER);
    void *dealer = zmq_socket(context, ZMQ_DEALER);
    int on = 1;
    assert_int_equal(zmq_setsockopt(router, ZMQ_CURVE_SERVER, &on, sizeof on),
                     0);
    set_key(router, ZMQ_CURVE_SECRETKEY, server.keys.sk);
    set_key(dealer, ZMQ_CURVE_SERVERKEY, server.keys.pk);
    set_key(dealer, ZMQ_CURVE_PUBLICKEY, client.keys.pk);
    set_key(dealer, ZMQ_CURVE_SECRETKEY, client.keys.sk);
    assert_int_equal(zmq_bind(router, server.endpoint), 0);
    assert_int_equal(zmq_connect(dealer, server.endpoint), 0);
    struct sender warm = {.socket = dealer, .count = 500}; /* below HWM */
    (void)send_all(&warm);
    receive_all(router, warm.count);

    pthread_t thread;
    struct sender sender = {.socket = dealer, .count = count};
    double start = clock_of(CLOCK_MONOTONIC);
    double cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    assert_int_equal(pthread_create(&thread, NULL, send_all, &sender), 0);
    receive_all(router, count);
    struct result result = {
        .seconds = clock_of(CLOCK_MONOTONIC) - start,
        .cpu_seconds = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu,
    };
    (void)pthread_join(thread, NULL);
    (void)zmq_close(dealer);
    (void)zmq_close(router);
    (void)zmq_ctx_term(context);
    return result;
}

static void print(const char *name, size_t count, const struct result *result)
{
    printf("%-28s %9.0f msg/s %6.1f us CPU/msg", name,
           (double)count / result->seconds,
           result->cpu_seconds * 1e6 / (double)count);
    if (result->driver_seconds > 0) {
        printf("  (+ %.1f us in the driver)",
               result->driver_seconds * 1e6 / (double)count);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
    if (count < 1000) {
        fprintf(stderr, "usage: bench_link [FRAMES >= 1000]\n");
        return 2;
    }
    struct result bare = through_bare_sockets(count);
    struct result links = through_links(count);
    print("DEALER/ROUTER with CURVE", count, &bare);
    print("two tocsin-link processes", count, &links);
    printf("ratio                        %9.2f of the rate %5.2f of the CPU\n",
           bare.seconds / links.seconds, links.cpu_seconds / bare.cpu_seconds);
    return 0;
}
