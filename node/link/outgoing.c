#include "link/link.h"

#include <czmq.h>
#include <sodium.h>

#include "io/file.h"
#include "io/zmq_options.h"
#include "link/endpoint.h"

/* After a failed handshake. libzmq itself would try again at once, and again:
 * it waits longer only while no TCP connection is made. */
#define BACKOFF_MS     500
#define BACKOFF_MAX_MS (30 * TCN_SECOND_MS)

/* Between hanging up on purpose and dialling again. */
#define REDIAL_MS 50

static const enum tcn_zmq_role roles[LANE_COUNT] = {
    [LANE_FAST] = TCN_ZMQ_FAST,
};

static enum tcn_err open_lane(struct tcn_link *link, struct peer *peer,
                              enum lane lane, struct tcn_buf *message)
{
    struct outgoing *out = &peer->lanes[lane];
    out->diagnosis.peer = peer->name;
    out->diagnosis.endpoint = peer->endpoint;
    enum tcn_err err = tcn_zmq_open(&out->socket, roles[lane], message);
    if (err == TCN_ERR_OK && endpoint_has_name(peer->endpoint)) {
        err = tcn_zmq_resolve_apart(out->socket, message);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_curve_keys keys;
    memcpy(keys.server_pk, peer->curve_pk, sizeof keys.server_pk);
    memcpy(keys.own_pk, link->keys->curve_pk, sizeof keys.own_pk);
    memcpy(keys.own_sk, link->keys->curve_sk, sizeof keys.own_sk);
    err = tcn_zmq_curve_client(out->socket, &keys, message);
    sodium_memzero(&keys, sizeof keys);
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (tcn_monitor_open(&out->monitor, out->socket) != TCN_ERR_OK) {
        tcn_buf_put_str(message, "a connection cannot be watched\n");
        return TCN_ERR_IO;
    }
    return TCN_ERR_OK;
}

static bool dial(struct outgoing *out, const char *endpoint)
{
    out->redial_ms = 0;
    out->diagnosis.phase = TCN_TRY_NONE;
    out->dialled = zmq_connect(zsock_resolve(out->socket), endpoint) == 0;
    return out->dialled;
}

enum tcn_err outgoing_open(struct tcn_link *link, struct peer *peer,
                           struct tcn_buf *message)
{
    if (peer->endpoint[0] == '\0') {
        return TCN_ERR_OK; /* it dials us; there is no way to it */
    }
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        enum tcn_err err = open_lane(link, peer, lane, message);
        if (err == TCN_ERR_OK && !dial(&peer->lanes[lane], peer->endpoint)) {
            tcn_buf_printf(message, "cannot connect to %s: %s\n",
                           peer->endpoint, zmq_strerror(zmq_errno()));
            err = TCN_ERR_IO;
        }
        if (err != TCN_ERR_OK) {
            return err;
        }
    }
    return TCN_ERR_OK;
}

void outgoing_close(struct peer *peer)
{
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        struct outgoing *out = &peer->lanes[lane];
        frame_queue_clear(&out->queue);
        tcn_monitor_close(&out->monitor);
        zsock_destroy(&out->socket);
    }
}

/* The lane a frame belongs to: later versions read it from the frame. */
static struct outgoing *lane_of(struct peer *peer, struct tcn_view frame)
{
    (void)frame;
    return &peer->lanes[LANE_FAST];
}

static bool send_now(struct outgoing *out, struct tcn_view frame)
{
    return zmq_send(zsock_resolve(out->socket), frame.data, frame.len,
                    ZMQ_DONTWAIT) >= 0;
}

void outgoing_send(struct tcn_link *link, struct peer *peer,
                   struct tcn_view frame)
{
    struct outgoing *out = lane_of(peer, frame);
    if (!peer->known || !out->up) {
        link->odd.undeliverable++; /* tocsind has not read our DOWN yet */
        return;
    }
    if (frame.len == 0 || frame.len > TCN_FRAME_MAX) {
        link->odd.oversized++;
        return;
    }
    if (out->queue.first == NULL && send_now(out, frame)) {
        return;
    }
    if (!frame_queue_push(&out->queue, frame, QUEUE_MAX)) {
        report_note(link, peer->number, "stalled",
                    tcn_view_str("it does not take what we send: cut"));
        peer_cut(link, peer);
    }
}

void outgoing_drain(struct outgoing *out)
{
    for (;;) {
        struct tcn_view frame = frame_queue_first(&out->queue);
        if (frame.data == NULL || !send_now(out, frame)) {
            return;
        }
        frame_queue_pop(&out->queue);
    }
}

/* Up to `part` percent more or less, so that nodes do not act in step. */
static uint64_t jitter(uint64_t ms, uint32_t part)
{
    uint64_t span = ms * part / 100;
    return ms - span + randombytes_uniform((uint32_t)(2 * span + 1));
}

static void went_down(struct tcn_link *link, struct peer *peer,
                      struct outgoing *out)
{
    out->up = false;
    out->renew_ms = 0;
    frame_queue_clear(&out->queue); /* of a session that is over */
    peer->interrupted = true;
    report_state(link, peer);
}

/* Lets the socket see what its I/O thread told it. A connection that was closed
 * is not gone, and its pipe still takes frames, before this was done. */
static void settle(struct outgoing *out)
{
    int events;
    size_t len = sizeof events;
    (void)zmq_getsockopt(zsock_resolve(out->socket), ZMQ_EVENTS, &events, &len);
}

static void came_up(struct tcn_link *link, struct peer *peer,
                    struct outgoing *out)
{
    if (out->up) {
        went_down(link, peer, out); /* its end was not seen */
    }
    settle(out); /* frames go to the new connection from here */
    out->up = true;
    out->backoff_ms = 0;
    out->renew_ms = tcn_steady_ms() + jitter(link->renew_ms, 10);
    report_state(link, peer);
}

/* Closes the connection, or the tries to make one. Dialling again at once would
 * let two stand for a while: it is left to outgoing_tick(). */
static void hang_up(struct peer *peer, struct outgoing *out)
{
    if (out->dialled) {
        (void)zmq_disconnect(zsock_resolve(out->socket), peer->endpoint);
        out->dialled = false;
        settle(out);
    }
}

static void redial_later(struct peer *peer, struct outgoing *out)
{
    hang_up(peer, out);
    uint64_t doubled = out->backoff_ms * 2;
    out->backoff_ms = out->backoff_ms == 0       ? BACKOFF_MS
                      : doubled > BACKOFF_MAX_MS ? BACKOFF_MAX_MS
                                                 : doubled;
    out->redial_ms = tcn_steady_ms() + jitter(out->backoff_ms, 20);
}

static void on_event(struct tcn_link *link, struct peer *peer,
                     struct outgoing *out, enum tcn_monitor_kind kind)
{
    if (!out->dialled) {
        return; /* the end of what we hung up on ourselves */
    }
    char text[TCN_SENTENCE_MAX + TCN_ENDPOINT_MAX];
    struct tcn_buf sentence = tcn_buf(text, sizeof text);
    if (tcn_diagnose(&out->diagnosis, kind, tcn_steady_ms(), &sentence)) {
        report_note(link, peer->number, out->diagnosis.word,
                    tcn_buf_view(&sentence));
    }
    switch (kind) {
    case TCN_MONITOR_UP: came_up(link, peer, out); break;
    case TCN_MONITOR_DOWN:
        if (out->up) {
            went_down(link, peer, out);
        }
        break;
    case TCN_MONITOR_REFUSED:
    case TCN_MONITOR_WRONG_KEY:
    case TCN_MONITOR_NO_HANDSHAKE: redial_later(peer, out); break;
    default: break;
    }
}

void outgoing_watch(struct tcn_link *link, struct peer *peer)
{
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        struct outgoing *out = &peer->lanes[lane];
        enum tcn_monitor_kind kind;
        while (tcn_monitor_next(&out->monitor, &kind)) {
            on_event(link, peer, out, kind);
        }
    }
}

static void restart(struct tcn_link *link, struct peer *peer,
                    struct outgoing *out)
{
    hang_up(peer, out);
    out->diagnosis.word = NULL;
    out->redial_ms = tcn_steady_ms() + REDIAL_MS;
    if (out->up) {
        went_down(link, peer, out);
    }
}

void peer_cut(struct tcn_link *link, struct peer *peer)
{
    listener_shut(peer);
    frame_queue_clear(&peer->incoming);
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        if (peer->lanes[lane].socket != NULL) {
            restart(link, peer, &peer->lanes[lane]);
        }
    }
}

void outgoing_tick(struct tcn_link *link, struct peer *peer)
{
    uint64_t now = tcn_steady_ms();
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        struct outgoing *out = &peer->lanes[lane];
        if (out->socket != NULL) {
            settle(out);
        }
        if (out->redial_ms != 0 && now >= out->redial_ms &&
            !dial(out, peer->endpoint)) {
            redial_later(peer, out);
        } else if (out->renew_ms != 0 && now >= out->renew_ms) {
            restart(link, peer, out);
        }
    }
}
