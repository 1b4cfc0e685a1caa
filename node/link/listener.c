#include "link/link.h"

#include <czmq.h>
#include <unistd.h>

#include "base/assert.h"
#include "io/zmq_options.h"
#include "link/endpoint.h"

#define BATCH 64 /* messages before others get their turn */

static void copy_text(char *out, size_t cap, struct tcn_view text)
{
    struct tcn_buf buf = tcn_buf(out, cap);
    tcn_buf_put(&buf, text.data, text.len < cap ? text.len : cap - 1);
    (void)tcn_buf_text(&buf);
}

static void count_stranger(struct oddities *odd, struct tcn_view address,
                           const char *former)
{
    static const char mapped[] = "::ffff:"; /* IPv4 behind an IPv6 listener */
    size_t skip = sizeof mapped - 1;
    tcn_assert(odd != NULL);
    odd->strangers++;
    if (address.len > skip && memcmp(address.data, mapped, skip) == 0) {
        address = tcn_view(address.data + skip, address.len - skip);
    }
    copy_text(odd->address, sizeof odd->address, address);
    copy_text(odd->former, sizeof odd->former, tcn_view_str(former));
}

static void on_refused(void *self, struct tcn_view key, struct tcn_view address)
{
    struct tcn_link *link = self;
    const struct gone_key *gone = peers_gone(link, key);
    struct peer *peer = gone == NULL ? NULL : &link->peers[gone->number];
    if (peer != NULL && peer->known && strcmp(peer->name, gone->name) == 0) {
        dial_tell(link, peer, NULL, TCN_MONITOR_KEY_OVER);
    } else {
        count_stranger(&link->odd, address, gone == NULL ? "" : gone->name);
    }
}

/* ---- opening ---- */

/* The descriptors that bind() has just made, in the order of the endpoints. */
static enum tcn_err learn_fds(struct listener *listener,
                              struct tcn_buf *message)
{
    enum tcn_monitor_kind kind;
    size_t wanted = listener->fd_count;
    listener->fd_count = 0;
    while (listener->fd_count < wanted &&
           tcn_monitor_next(&listener->monitor, &kind)) {
        if (kind == TCN_MONITOR_LISTENING) {
            listener->fds[listener->fd_count++] = listener->monitor.fd;
        }
    }
    if (listener->fd_count < wanted) {
        tcn_buf_put_str(message, "libzmq does not say where it listens\n");
        return TCN_ERR_IO;
    }
    return TCN_ERR_OK;
}

static enum tcn_err bind_all(const struct tcn_link *link,
                             struct listener *listener, struct tcn_buf *message)
{
    for (size_t i = 0; i < link->listen_count; i++) {
        const char *endpoint = link->listen[i];
        if (zmq_bind(zsock_resolve(listener->socket), endpoint) != 0) {
            endpoint_explain(endpoint, zmq_errno(), message);
            return TCN_ERR_IO;
        }
        listener->fd_count++;
    }
    return learn_fds(listener, message);
}

static enum tcn_err bind_beside(const struct tcn_link *link,
                                struct listener *listener,
                                const struct listener *beside,
                                struct tcn_buf *message)
{
    for (size_t i = 0; i < beside->fd_count; i++) {
        int fd;
        int why = twin_open(beside->fds[i], &fd);
        if (why == 0) {
            why = tcn_zmq_bind_fd(listener->socket, link->listen[i], fd);
            if (why != 0) {
                close(fd);
            }
        }
        if (why != 0) {
            tcn_buf_printf(message, "cannot listen on %s a second time: %s\n",
                           link->listen[i], zmq_strerror(why));
            return TCN_ERR_IO;
        }
        listener->fds[listener->fd_count++] = fd;
    }
    return TCN_ERR_OK;
}

static enum tcn_err test_it(struct tcn_link *link,
                            const struct listener *listener,
                            const struct link_keys *keys,
                            struct tcn_buf *message)
{
    char bound[TCN_ENDPOINT_MAX];
    size_t len = sizeof bound;
    if (listener->fd_count == 0) {
        return TCN_ERR_OK;
    }
    if (zmq_getsockopt(zsock_resolve(listener->socket), ZMQ_LAST_ENDPOINT,
                       bound, &len) != 0) {
        tcn_buf_put_str(message, "libzmq does not say where it listens\n");
        return TCN_ERR_IO;
    }
    return tcn_self_test(&link->zap, bound, keys->curve_pk, message);
}

static enum tcn_err open_socket(struct listener *listener,
                                const struct link_keys *keys,
                                struct tcn_buf *message)
{
    enum tcn_err err =
        tcn_zmq_open(&listener->socket, TCN_ZMQ_LISTENER, message);
    if (err == TCN_ERR_OK) {
        err = tcn_zmq_curve_server(listener->socket, keys->curve_sk, message);
    }
    /* Before it is bound: the monitor counts connections. */
    if (err == TCN_ERR_OK &&
        tcn_monitor_open(&listener->monitor, listener->socket) != TCN_ERR_OK) {
        tcn_buf_put_str(message, "the listener cannot be watched\n");
        err = TCN_ERR_IO;
    }
    return err;
}

enum tcn_err listener_open(struct tcn_link *link, struct listener *listener,
                           const struct link_keys *keys,
                           const struct listener *beside,
                           struct tcn_buf *message)
{
    *listener = (struct listener){0};
    enum tcn_err err = open_socket(listener, keys, message);
    if (err == TCN_ERR_OK) {
        err = beside == NULL ? bind_all(link, listener, message)
                             : bind_beside(link, listener, beside, message);
    }
    if (err == TCN_ERR_OK) {
        err = test_it(link, listener, keys, message);
    }
    link->zap.on_refused = on_refused;
    link->zap.self = link;
    return err;
}

void listener_close(struct listener *listener)
{
    tcn_monitor_close(&listener->monitor);
    zsock_destroy(&listener->socket);
    listener->connections = 0;
}

bool listener_is_gone(const struct listener *listener)
{
    for (size_t i = 0; i < listener->fd_count; i++) {
        int listens = 0;
        socklen_t len = sizeof listens;
        if (getsockopt(listener->fds[i], SOL_SOCKET, SO_ACCEPTCONN, &listens,
                       &len) == 0 &&
            listens) {
            return false;
        }
    }
    return listener->socket == NULL;
}

/* ---- receiving ---- */

/* Who sent it follows from the key of its connection, which the body's metadata
 * carry; never from the routing id or from what is in the message. */
static const struct tcn_zap_pin *sender_of(const struct tcn_link *link,
                                           zmq_msg_t *body)
{
    return tcn_zap_pin_of(&link->zap, zmq_msg_gets(body, "User-Id"));
}

static enum lane lane_of(zmq_msg_t *body)
{
    const char *lane = zmq_msg_gets(body, TCN_ZMQ_LANE);
    return lane != NULL && strcmp(lane, TCN_ZMQ_LANE_BULK) == 0 ? LANE_BULK
                                                                : LANE_FAST;
}

static void take(struct tcn_link *link, zmq_msg_t *body)
{
    size_t len = zmq_msg_size(body);
    int fd = zmq_msg_get(body, ZMQ_SRCFD);
    const struct tcn_zap_pin *pin = sender_of(link, body);
    if (pin == NULL) {
        link->odd.unknown++;
        inbound_refuse(link, fd);
        return;
    }
    struct peer *peer = &link->peers[pin->peer];
    if (len == 0 || len > TCN_FRAME_MAX) {
        link->odd.oversized++;
    } else if (inbound_remember(peer, pin, fd)) {
        report_frame(link, peer, lane_of(body),
                     tcn_view(zmq_msg_data(body), len));
    }
}

/* Receives one message [routing id, body] into `body`; the number of its
 * parts, 0 when there is none. */
static size_t receive(void *socket, zmq_msg_t *body)
{
    size_t parts = 0;
    for (bool more = true; more; parts++) {
        if (zmq_msg_recv(body, socket, ZMQ_DONTWAIT) < 0) {
            return 0;
        }
        more = zmq_msg_more(body) != 0;
    }
    return parts;
}

void listener_receive(struct tcn_link *link, struct listener *listener)
{
    void *socket = zsock_resolve(listener->socket);
    for (int i = 0; i < BATCH; i++) {
        zmq_msg_t body;
        zmq_msg_init(&body);
        size_t parts = receive(socket, &body);
        if (parts == 2) {
            take(link, &body);
        } else if (parts > 0) {
            link->odd.multipart++;
        }
        zmq_msg_close(&body);
        if (parts == 0) {
            return;
        }
    }
}

void listener_watch(struct tcn_link *link, struct listener *listener)
{
    enum tcn_monitor_kind kind;
    while (tcn_monitor_next(&listener->monitor, &kind)) {
        switch (kind) {
        case TCN_MONITOR_ACCEPTED: listener->connections++; break;
        case TCN_MONITOR_DOWN:
            listener->connections -= listener->connections > 0;
            break;
        /* A refused key is told by the ZAP handler, with its address. */
        case TCN_MONITOR_WRONG_KEY:
        case TCN_MONITOR_NO_HANDSHAKE: link->odd.handshakes++; break;
        default: break;
        }
    }
}
