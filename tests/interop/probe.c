#include "interop/probe.h"

#include <czmq.h>

#include "io/file.h"
#include "io/zmq_options.h"

#define PATIENCE_MS 6000

static enum tcn_monitor_kind verdict(struct tcn_monitor *monitor)
{
    enum tcn_monitor_kind kind;
    while (tcn_monitor_next(monitor, &kind)) {
        if (kind >= TCN_MONITOR_UP) {
            return kind;
        }
    }
    return TCN_MONITOR_OTHER;
}

enum tcn_monitor_kind probe(struct tcn_zap *zap, const char *endpoint,
                            const struct rig_keys *server,
                            const struct rig_keys *own)
{
    char text[200];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    zsock_t *socket;
    struct tcn_curve_keys keys;
    memcpy(keys.server_pk, server->pk, 32);
    memcpy(keys.own_pk, own->pk, 32);
    memcpy(keys.own_sk, own->sk, 32);
    assert_int_equal(tcn_zmq_open(&socket, TCN_ZMQ_PROBE, &message),
                     TCN_ERR_OK);
    assert_int_equal(tcn_zmq_curve_client(socket, &keys, &message), TCN_ERR_OK);
    struct tcn_monitor monitor;
    assert_int_equal(tcn_monitor_open(&monitor, socket), TCN_ERR_OK);
    assert_int_equal(zsock_connect(socket, "%s", endpoint), 0);

    enum tcn_monitor_kind kind = TCN_MONITOR_OTHER;
    uint64_t deadline = tcn_steady_ms() + PATIENCE_MS;
    while (kind == TCN_MONITOR_OTHER && tcn_steady_ms() < deadline) {
        zmq_pollitem_t item = {.socket = zsock_resolve(monitor.socket),
                               .events = ZMQ_POLLIN};
        (void)zmq_poll(&item, 1, 10);
        if (zap != NULL) {
            assert_int_equal(tcn_zap_serve(zap), TCN_ERR_OK);
        }
        kind = verdict(&monitor);
    }
    tcn_monitor_close(&monitor);
    zsock_destroy(&socket);
    return kind;
}
