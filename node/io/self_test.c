#include "io/self_test.h"

#include <czmq.h>
#include <sodium.h>

#include "io/file.h"
#include "io/monitor.h"
#include "io/zmq_options.h"

#define PATIENCE_MS 5000

/* 0.0.0.0 and [::] are no addresses to connect to. */
static void reachable(char *out, size_t cap, const char *endpoint)
{
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"tcp://0.0.0.0:", "tcp://127.0.0.1:"},
        {"tcp://[::]:", "tcp://[::1]:"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = strlen(rows[i].from);
        if (strncmp(endpoint, rows[i].from, len) == 0) {
            (void)snprintf(out, cap, "%s%s", rows[i].to, endpoint + len);
            return;
        }
    }
    (void)snprintf(out, cap, "%s", endpoint);
}

/* What became of the stranger; OTHER while nothing has. */
static enum tcn_monitor_kind verdict(struct tcn_monitor *monitor)
{
    enum tcn_monitor_kind kind;
    while (tcn_monitor_next(monitor, &kind)) {
        if (kind >= TCN_MONITOR_UP || kind == TCN_MONITOR_RETRY) {
            return kind;
        }
    }
    return TCN_MONITOR_OTHER;
}

static enum tcn_err await(struct tcn_zap *zap, struct tcn_monitor *monitor,
                          enum tcn_monitor_kind *kind)
{
    uint64_t deadline = tcn_steady_ms() + PATIENCE_MS;
    *kind = TCN_MONITOR_OTHER;
    while (*kind == TCN_MONITOR_OTHER && tcn_steady_ms() < deadline) {
        zmq_pollitem_t items[] = {
            {.socket = zsock_resolve(zap->socket), .events = ZMQ_POLLIN},
            {.socket = zsock_resolve(monitor->socket), .events = ZMQ_POLLIN},
        };
        (void)zmq_poll(items, 2, 100);
        enum tcn_err err = tcn_zap_serve(zap);
        if (err != TCN_ERR_OK) {
            return err;
        }
        *kind = verdict(monitor);
    }
    return TCN_ERR_OK;
}

static enum tcn_err judge(enum tcn_monitor_kind kind, const char *endpoint,
                          struct tcn_buf *message)
{
    if (kind == TCN_MONITOR_REFUSED) {
        return TCN_ERR_OK;
    }
    const char *what = kind == TCN_MONITOR_UP ? "a stranger's key was admitted"
                       : kind == TCN_MONITOR_OTHER
                           ? "the listener did not answer"
                           : "the listener answered with an error";
    tcn_buf_printf(message, "self-test of %s failed: %s; not serving\n",
                   endpoint, what);
    return TCN_ERR_IO;
}

/* The refusal of our own stranger is nobody else's business. */
static enum tcn_err try_stranger(struct tcn_zap *zap, struct _zsock_t *probe,
                                 const char *endpoint, struct tcn_buf *message)
{
    struct tcn_monitor monitor;
    enum tcn_monitor_kind kind = TCN_MONITOR_OTHER;
    void (*on_refused)(void *, struct tcn_view, struct tcn_view) =
        zap->on_refused;
    zap->on_refused = NULL;
    enum tcn_err err = tcn_monitor_open(&monitor, probe);
    if (err == TCN_ERR_OK && zsock_connect(probe, "%s", endpoint) != 0) {
        err = TCN_ERR_IO;
    }
    if (err == TCN_ERR_OK) {
        err = await(zap, &monitor, &kind);
    }
    zap->on_refused = on_refused;
    tcn_monitor_close(&monitor);
    if (err != TCN_ERR_OK) {
        tcn_buf_printf(message, "self-test of %s could not run\n", endpoint);
        return err;
    }
    return judge(kind, endpoint, message);
}

enum tcn_err tcn_self_test(struct tcn_zap *zap, const char *endpoint,
                           const uint8_t server_pk[32], struct tcn_buf *message)
{
    char target[TCN_ENDPOINT_MAX];
    struct _zsock_t *probe;
    struct tcn_curve_keys keys;
    reachable(target, sizeof target, endpoint);
    enum tcn_err err = tcn_zmq_open(&probe, TCN_ZMQ_PROBE, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    memcpy(keys.server_pk, server_pk, sizeof keys.server_pk);
    (void)crypto_box_keypair(keys.own_pk, keys.own_sk);
    err = tcn_zmq_curve_client(probe, &keys, message);
    sodium_memzero(&keys, sizeof keys);
    if (err == TCN_ERR_OK) {
        err = try_stranger(zap, probe, target, message);
    }
    zsock_destroy(&probe);
    return err;
}
