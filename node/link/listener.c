#include "link/link.h"

#include <czmq.h>

#include "io/zmq_options.h"
#include "link/endpoint.h"

#define BATCH 64 /* messages before others get their turn */

static void on_refused(void *self, struct tcn_view address)
{
    struct oddities *odd = &((struct tcn_link *)self)->odd;
    static const char mapped[] = "::ffff:"; /* IPv4 behind an IPv6 listener */
    size_t skip = sizeof mapped - 1;
    odd->strangers++;
    if (address.len > skip && memcmp(address.data, mapped, skip) == 0) {
        address = tcn_view(address.data + skip, address.len - skip);
    }
    struct tcn_buf out = tcn_buf(odd->address, sizeof odd->address);
    tcn_buf_put(&out, address.data, address.len);
    (void)tcn_buf_text(&out);
}

static enum tcn_err bind_all(struct tcn_link *link, struct tcn_buf *message)
{
    for (size_t i = 0; i < link->listen_count; i++) {
        const char *endpoint = link->listen[i];
        if (zmq_bind(zsock_resolve(link->listener), endpoint) != 0) {
            endpoint_explain(endpoint, zmq_errno(), message);
            return TCN_ERR_IO;
        }
    }
    return TCN_ERR_OK;
}

static enum tcn_err test_it(struct tcn_link *link, struct tcn_buf *message)
{
    char bound[TCN_ENDPOINT_MAX];
    size_t len = sizeof bound;
    if (zmq_getsockopt(zsock_resolve(link->listener), ZMQ_LAST_ENDPOINT, bound,
                       &len) != 0) {
        tcn_buf_put_str(message, "libzmq does not say where it listens\n");
        return TCN_ERR_IO;
    }
    return tcn_self_test(&link->zap, bound, link->keys->curve_pk, message);
}

enum tcn_err listener_open(struct tcn_link *link, struct tcn_buf *message)
{
    enum tcn_err err = tcn_zap_open(&link->zap, link->pins, link->pin_count);
    if (err != TCN_ERR_OK) {
        tcn_buf_put_str(message, "the authentication handler cannot start\n");
        return err;
    }
    err = tcn_zmq_open(&link->listener, TCN_ZMQ_LISTENER, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = tcn_zmq_curve_server(link->listener, link->keys->curve_sk, message);
    if (err == TCN_ERR_OK) {
        err = bind_all(link, message);
    }
    if (err == TCN_ERR_OK && link->listen_count > 0) {
        err = test_it(link, message);
    }
    if (err == TCN_ERR_OK && tcn_monitor_open(&link->listener_monitor,
                                              link->listener) != TCN_ERR_OK) {
        tcn_buf_put_str(message, "the listener cannot be watched\n");
        err = TCN_ERR_IO;
    }
    link->zap.on_refused = on_refused;
    link->zap.self = link;
    return err;
}

static bool is_same(const struct inbound *a, const struct inbound *b)
{
    return a->len > 0 && a->len == b->len &&
           memcmp(&a->from, &b->from, a->len) == 0;
}

/* Remembers the connection of a frame, so that a CUT finds it. False: it was
 * cut, and libzmq had read the frame before; counted again, what a flood left
 * behind would cut the new connection too. */
static bool remember(struct peer *peer, zmq_msg_t *msg)
{
    struct inbound now = {.fd = zmq_msg_get(msg, ZMQ_SRCFD),
                          .len = sizeof now.from};
    if (now.fd < 0 ||
        getpeername(now.fd, (struct sockaddr *)&now.from, &now.len) != 0) {
        return !peer->was_cut; /* gone meanwhile */
    }
    struct inbound *place = NULL;
    for (size_t i = 0; i < INBOUND_MAX; i++) {
        struct inbound *known = &peer->inbound[i];
        if (known->is_shut && is_same(known, &now)) {
            return false;
        }
        place = known->len > 0 && known->fd == now.fd ? known : place;
    }
    peer->was_cut = false;
    if (place == NULL) {
        place = &peer->inbound[peer->inbound_next];
        peer->inbound_next = (peer->inbound_next + 1) % INBOUND_MAX;
    }
    *place = now;
    return true;
}

void listener_shut(struct peer *peer)
{
    peer->was_cut = true;
    for (size_t i = 0; i < INBOUND_MAX; i++) {
        struct inbound *was = &peer->inbound[i];
        struct inbound now = {.len = sizeof now.from};
        if (was->len > 0 && !was->is_shut &&
            getpeername(was->fd, (struct sockaddr *)&now.from, &now.len) == 0 &&
            is_same(was, &now)) {
            (void)shutdown(was->fd, SHUT_RDWR);
        }
        was->is_shut = true;
    }
}

/* Who sent it follows from the key of its connection, which the body's metadata
 * carry; never from the routing id or from what is in the message. */
static struct peer *sender_of(struct tcn_link *link, zmq_msg_t *body)
{
    uint8_t number;
    if (!tcn_zap_peer_of(zmq_msg_gets(body, "User-Id"), &number) ||
        !link->peers[number].known) {
        return NULL;
    }
    return &link->peers[number];
}

static void take(struct tcn_link *link, zmq_msg_t *body)
{
    size_t len = zmq_msg_size(body);
    struct peer *peer = sender_of(link, body);
    if (peer == NULL) {
        link->odd.unknown++;
    } else if (len == 0 || len > TCN_FRAME_MAX) {
        link->odd.oversized++;
    } else if (remember(peer, body)) {
        report_frame(link, peer, tcn_view(zmq_msg_data(body), len));
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

void listener_receive(struct tcn_link *link)
{
    void *socket = zsock_resolve(link->listener);
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

void listener_watch(struct tcn_link *link)
{
    enum tcn_monitor_kind kind;
    while (tcn_monitor_next(&link->listener_monitor, &kind)) {
        /* A refused key is told by the ZAP handler, with its address. */
        if (kind == TCN_MONITOR_WRONG_KEY || kind == TCN_MONITOR_NO_HANDSHAKE) {
            link->odd.handshakes++;
        }
    }
}
