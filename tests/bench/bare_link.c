#include "bench/bare_link.h"

#include "interop/link_rig.h"

#include <czmq.h>
#include <pthread.h>

double clock_of(clockid_t id)
{
    struct timespec ts = {0};
    (void)clock_gettime(id, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
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

struct bare_result bare_link(size_t count)
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
    struct bare_result result = {
        .seconds = clock_of(CLOCK_MONOTONIC) - start,
        .cpu_seconds = clock_of(CLOCK_PROCESS_CPUTIME_ID) - cpu,
    };
    (void)pthread_join(thread, NULL);
    (void)zmq_close(dealer);
    (void)zmq_close(router);
    (void)zmq_ctx_term(context);
    return result;
}
