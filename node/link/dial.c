/* Our connections to the peers: both lanes of one stand together or not at all,
 * because a session is of both.
 *
 *            both up                      one is lost, or the key, or in time
 *   dialled ---------> UP told                      UP told -----+
 *      |  ^                                                      | DOWN told,
 *      |  |  after REDIAL_MS; after a failed round of            | both hung up
 *      |  |  keys, or a refusal, after a longer and              v
 *      |  +---- longer time -------------------------------- hung up
 *      |                                                         ^
 *      +--- no handshake (try the next key), refused ------------+
 *
 * While no TCP connection is made libzmq tries again by itself. */
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

/* Between hanging up and dialling again, that two do not stand for a while. */
#define REDIAL_MS 60

/* One lane stands and the other does not: libzmq waits between its tries by
 * chance, so the second is dialled anew; long after, people are told. */
#define NUDGE_MS (2 * TCN_SECOND_MS)
#define ALONE_MS (10 * TCN_SECOND_MS)

static const enum tcn_zmq_role roles[LANE_COUNT] = {
    [LANE_FAST] = TCN_ZMQ_FAST,
    [LANE_BULK] = TCN_ZMQ_BULK,
};

static enum tcn_err open_lane(struct peer *peer, enum lane lane,
                              struct tcn_buf *message)
{
    struct outgoing *out = &peer->lanes[lane];
    enum tcn_err err = tcn_zmq_open(&out->socket, roles[lane], message);
    if (err == TCN_ERR_OK && endpoint_has_name(peer->endpoint)) {
        err = tcn_zmq_resolve_apart(out->socket, message);
    }
    if (err == TCN_ERR_OK &&
        tcn_monitor_open(&out->monitor, out->socket) != TCN_ERR_OK) {
        tcn_buf_put_str(message, "a connection cannot be watched\n");
        err = TCN_ERR_IO;
    }
    return err;
}

/* libzmq takes the keys of the moment for each connection. */
static enum tcn_err dial_lane(const struct tcn_link *link, struct peer *peer,
                              enum lane lane, struct tcn_buf *message)
{
    struct outgoing *out = &peer->lanes[lane];
    struct tcn_curve_keys keys;
    const struct link_keys *own =
        peer->under_former && link->former_keys != NULL ? link->former_keys
                                                        : link->keys;
    memcpy(keys.server_pk, peer->keys[peer->key], sizeof keys.server_pk);
    memcpy(keys.own_pk, own->curve_pk, sizeof keys.own_pk);
    memcpy(keys.own_sk, own->curve_sk, sizeof keys.own_sk);
    enum tcn_err err = tcn_zmq_curve_client(out->socket, &keys, message);
    sodium_memzero(&keys, sizeof keys);
    if (err != TCN_ERR_OK) {
        return err;
    }
    out->try = (struct tcn_try){0};
    out->dialled = zmq_connect(zsock_resolve(out->socket), peer->endpoint) == 0;
    if (!out->dialled) {
        tcn_buf_printf(message, "cannot connect to %s: %s\n", peer->endpoint,
                       zmq_strerror(zmq_errno()));
        return TCN_ERR_IO;
    }
    return TCN_ERR_OK;
}

static enum tcn_err dial(const struct tcn_link *link, struct peer *peer,
                         struct tcn_buf *message)
{
    enum tcn_err err = TCN_ERR_OK;
    peer->redial_ms = 0;
    for (enum lane lane = 0; lane < LANE_COUNT && err == TCN_ERR_OK; lane++) {
        if (!peer->lanes[lane].dialled) {
            err = dial_lane(link, peer, lane, message);
        }
    }
    return err;
}

enum tcn_err dial_open(struct tcn_link *link, struct peer *peer,
                       struct tcn_buf *message)
{
    if (peer->endpoint[0] == '\0' || peer->key_count == 0) {
        return TCN_ERR_OK; /* it dials us; there is no way to it */
    }
    enum tcn_err err = TCN_ERR_OK;
    peer->diagnosis = (struct tcn_diagnosis){
        .peer = peer->name,
        .endpoint = peer->endpoint,
    };
    for (enum lane lane = 0; lane < LANE_COUNT && err == TCN_ERR_OK; lane++) {
        err = open_lane(peer, lane, message);
    }
    return err == TCN_ERR_OK ? dial(link, peer, message) : err;
}

void dial_close(struct peer *peer)
{
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        struct outgoing *out = &peer->lanes[lane];
        frame_queue_clear(&out->queue);
        tcn_monitor_close(&out->monitor);
        zsock_destroy(&out->socket);
        *out = (struct outgoing){0};
    }
    peer->redial_ms = peer->renew_ms = 0;
    peer->alone_ms = peer->nudge_ms = 0;
}

/* Up to `part` percent more or less, so that nodes do not act in step. */
static uint64_t jitter(uint64_t ms, uint32_t part)
{
    uint64_t span = ms * part / 100;
    return ms - span + randombytes_uniform((uint32_t)(2 * span + 1));
}

/* Lets the socket see what its I/O thread told it. A connection that was closed
 * is not gone, and its pipe still takes frames, before this was done. */
static void settle(struct outgoing *out)
{
    int events;
    size_t len = sizeof events;
    (void)zmq_getsockopt(zsock_resolve(out->socket), ZMQ_EVENTS, &events, &len);
}

/* Closes the connection, or the tries to make one. */
static void hang_up(const struct peer *peer, struct outgoing *out)
{
    frame_queue_clear(&out->queue); /* of a session that is over */
    out->up = false;
    if (out->dialled) {
        (void)zmq_disconnect(zsock_resolve(out->socket), peer->endpoint);
        out->dialled = false;
        settle(out);
    }
}

bool dial_is_up(const struct peer *peer)
{
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        if (!peer->lanes[lane].up) {
            return false;
        }
    }
    return true;
}

static void redial(struct tcn_link *link, struct peer *peer, uint64_t ms)
{
    bool was_up = dial_is_up(peer);
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        hang_up(peer, &peer->lanes[lane]);
    }
    peer->renew_ms = peer->alone_ms = peer->nudge_ms = 0;
    peer->redial_ms = tcn_steady_ms() + ms;
    if (peer->redial_ms < link->due_ms) {
        link->due_ms = peer->redial_ms;
    }
    if (was_up) {
        peer->interrupted = true;
        report_state(link, peer);
    }
}

static void redial_later(struct tcn_link *link, struct peer *peer)
{
    uint64_t doubled = peer->backoff_ms * 2;
    peer->backoff_ms = peer->backoff_ms == 0      ? BACKOFF_MS
                       : doubled > BACKOFF_MAX_MS ? BACKOFF_MAX_MS
                                                  : doubled;
    peer->tried = 0;
    peer->under_former = false;
    redial(link, peer, jitter(peer->backoff_ms, 20));
}

void dial_again(struct tcn_link *link, struct peer *peer, size_t key)
{
    if (peer->lanes[LANE_FAST].socket != NULL) {
        peer->key = key;
        peer->tried = 0;
        peer->backoff_ms = 0;
        peer->under_former = false;
        redial(link, peer, jitter(REDIAL_MS, 50));
    }
}

void peer_cut(struct tcn_link *link, struct peer *peer)
{
    inbound_shut(peer);
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        frame_queue_clear(&peer->incoming[lane]);
    }
    peer->diagnosis.word = NULL;
    dial_again(link, peer, peer->key);
}

void dial_tell(struct tcn_link *link, struct peer *peer, struct tcn_try *try,
               enum tcn_monitor_kind kind)
{
    char text[TCN_SENTENCE_MAX + TCN_ENDPOINT_MAX];
    struct tcn_buf sentence = tcn_buf(text, sizeof text);
    struct tcn_diagnosis *diagnosis = &peer->diagnosis;
    diagnosis->peer = peer->name;
    diagnosis->endpoint = peer->endpoint;
    diagnosis->keys = (unsigned)peer->key_count;
    diagnosis->knew_us =
        peer->up_under != 0 && peer->up_under <= link->renewals;
    if (tcn_diagnose(diagnosis, try, kind, tcn_steady_ms(), &sentence)) {
        report_note(link, peer->number, diagnosis->word,
                    tcn_buf_view(&sentence));
    }
}

static void all_up(struct tcn_link *link, struct peer *peer)
{
    peer->backoff_ms = 0;
    peer->tried = 0;
    peer->alone_ms = peer->nudge_ms = 0;
    peer->renew_ms = tcn_steady_ms() + jitter(link->renew_ms, 10);
    peer->up_under = link->renewals + (peer->under_former ? 0 : 1);
    dial_tell(link, peer, NULL, TCN_MONITOR_ALL_UP);
    report_state(link, peer);
}

static void came_up(struct tcn_link *link, struct peer *peer,
                    struct outgoing *out)
{
    if (out->up) { /* its end was not seen: the session is another one */
        dial_again(link, peer, peer->key);
        return;
    }
    settle(out); /* frames go to the new connection from here */
    out->up = true;
    if (dial_is_up(peer)) {
        all_up(link, peer);
        return;
    }
    peer->alone_ms = tcn_steady_ms();
    peer->nudge_ms = peer->alone_ms + NUDGE_MS;
}

/* Neither lane came to an end with its handshake: the other side does not have
 * the key we dialled, or is no node. False: there is another key to try. */
static bool no_key_fits(struct tcn_link *link, struct peer *peer)
{
    peer->tried++;
    peer->key = (peer->key + 1) % peer->key_count;
    if (peer->tried < peer->key_count) {
        redial(link, peer, jitter(REDIAL_MS, 50));
        return false;
    }
    redial_later(link, peer);
    return true;
}

/* One stands under a key that the other is refused again: the peer changed its
 * key between the two. */
static bool straddles(const struct peer *peer)
{
    return peer->alone_ms != 0 && peer->key_count > 1 &&
           tcn_steady_ms() - peer->alone_ms >= NUDGE_MS;
}

/* What it means depends on the other lane. */
static void no_handshake(struct tcn_link *link, struct peer *peer,
                         struct outgoing *out, enum tcn_monitor_kind kind)
{
    bool other_goes_on = false;
    hang_up(peer, out);
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        other_goes_on |= peer->lanes[lane].dialled;
    }
    if (other_goes_on && straddles(peer)) {
        dial_again(link, peer, (peer->key + 1) % peer->key_count);
    } else if (other_goes_on) {
        peer->nudge_ms = tcn_steady_ms() + NUDGE_MS;
    } else if (no_key_fits(link, peer)) {
        dial_tell(link, peer, &out->try, kind);
    }
}

/* Our key is not pinned there: perhaps it was away while the new one was
 * announced, and knows the one before. False: that one is refused too. */
static bool try_former(struct tcn_link *link, struct peer *peer)
{
    if (peer->under_former || link->former_keys == NULL) {
        redial_later(link, peer);
        return false;
    }
    peer->under_former = true;
    redial(link, peer, jitter(REDIAL_MS, 50));
    return true;
}

static void on_event(struct tcn_link *link, struct peer *peer,
                     struct outgoing *out, enum tcn_monitor_kind kind)
{
    if (!out->dialled) {
        return; /* the end of what we hung up on ourselves */
    }
    switch (kind) {
    case TCN_MONITOR_WRONG_KEY:
    case TCN_MONITOR_NO_HANDSHAKE: no_handshake(link, peer, out, kind); return;
    case TCN_MONITOR_REFUSED:
        if (try_former(link, peer)) {
            return;
        }
        break;
    case TCN_MONITOR_DOWN:
        if (out->up && dial_is_up(peer)) {
            dial_again(link, peer, peer->key);
        } else if (out->up) {
            redial_later(link, peer);
        }
        break;
    default: break;
    }
    dial_tell(link, peer, &out->try, kind);
    if (kind == TCN_MONITOR_UP) {
        came_up(link, peer, out);
    } else if (kind == TCN_MONITOR_CONNECTED &&
               out == &peer->lanes[LANE_BULK]) {
        pace_start(&peer->pace, out->monitor.fd);
    }
}

void dial_watch(struct tcn_link *link, struct peer *peer)
{
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        struct outgoing *out = &peer->lanes[lane];
        enum tcn_monitor_kind kind;
        while (out->socket != NULL && tcn_monitor_next(&out->monitor, &kind)) {
            on_event(link, peer, out, kind);
        }
    }
}

/* Lanes that do not stand, while the other does or may soon. */
static void help_the_other(struct tcn_link *link, struct peer *peer,
                           uint64_t now)
{
    char text[TCN_SENTENCE_MAX + TCN_ENDPOINT_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (peer->alone_ms != 0 && now - peer->alone_ms >= ALONE_MS) {
        dial_tell(link, peer, NULL, TCN_MONITOR_ONE_LANE);
    }
    if (now < peer->nudge_ms) {
        return;
    }
    peer->nudge_ms = now + ALONE_MS;
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        if (peer->alone_ms != 0 && !peer->lanes[lane].up) {
            hang_up(peer, &peer->lanes[lane]); /* it waits too long */
        }
    }
    if (dial(link, peer, &message) != TCN_ERR_OK) {
        redial_later(link, peer);
    }
}

void dial_tick(struct tcn_link *link, struct peer *peer)
{
    char text[TCN_SENTENCE_MAX + TCN_ENDPOINT_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    uint64_t now = tcn_steady_ms();
    if (peer->lanes[LANE_FAST].socket == NULL) {
        return;
    }
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        settle(&peer->lanes[lane]);
    }
    if (dial_is_up(peer)) {
        pace_tick(&peer->pace);
    }
    if (peer->redial_ms != 0 && now >= peer->redial_ms) {
        if (dial(link, peer, &message) != TCN_ERR_OK) {
            redial_later(link, peer);
        }
    } else if (peer->renew_ms != 0 && now >= peer->renew_ms) {
        dial_again(link, peer, peer->key);
    } else if (peer->nudge_ms != 0) {
        help_the_other(link, peer, now);
    }
    if (peer->redial_ms != 0 && peer->redial_ms < link->due_ms) {
        link->due_ms = peer->redial_ms;
    }
}
