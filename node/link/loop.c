#include "link/link.h"

#include <czmq.h>

#include "io/file.h"
#include "io/log.h"

#define TICK_MS      250
#define LAST_WORD_MS 1000

/* CZMQ's zloop is not used: it gives up the rest of a round whenever a handler
 * changes what is polled, so a busy listener would keep others from their turn.
 * Here every round builds its list anew and serves all that is ready. */
enum { ITEM_PIPE, ITEM_ZAP, ITEM_LISTENER, ITEM_WATCH, ITEMS_FIXED };

struct round {
    size_t count;
    zmq_pollitem_t items[ITEMS_FIXED + 2 * LANE_COUNT * TCN_PEERS_MAX];
    /* Which peer an item after the fixed ones belongs to. */
    struct peer *peers[ITEMS_FIXED + 2 * LANE_COUNT * TCN_PEERS_MAX];
};

static void add(struct round *round, void *socket, short events,
                struct peer *peer)
{
    round->items[round->count] =
        (zmq_pollitem_t){.socket = socket, .events = events};
    round->peers[round->count++] = peer;
}

static void add_peer(struct round *round, struct peer *peer)
{
    for (size_t i = 0; i < LANE_COUNT; i++) {
        struct outgoing *out = &peer->lanes[i];
        if (out->socket == NULL) {
            continue;
        }
        add(round, zsock_resolve(out->monitor.socket), ZMQ_POLLIN, peer);
        if (out->up && out->queue.first != NULL) {
            add(round, zsock_resolve(out->socket), ZMQ_POLLOUT, peer);
        }
    }
}

static void prepare(struct round *round, struct tcn_link *link)
{
    short pipe_events = ZMQ_POLLIN;
    if (tcn_pipe_waits(&link->pipe)) {
        pipe_events |= ZMQ_POLLOUT;
    }
    round->count = 0;
    add(round, NULL, pipe_events, NULL);
    round->items[ITEM_PIPE].fd = link->pipe.fd;
    if (!link->started) {
        return;
    }
    add(round, zsock_resolve(link->zap.socket), ZMQ_POLLIN, NULL);
    add(round, zsock_resolve(link->listener), ZMQ_POLLIN, NULL);
    add(round, zsock_resolve(link->listener_monitor.socket), ZMQ_POLLIN, NULL);
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        if (link->peers[i].known) {
            add_peer(round, &link->peers[i]);
        }
    }
}

/* Before START: what to be. False: it has no place here. */
static bool on_setup(struct tcn_link *link, const struct tcn_msg *msg)
{
    switch (msg->type) {
    case TCN_MSG_KEY: setup_key(link, msg->payload); return true;
    case TCN_MSG_LISTEN: setup_listen(link, msg->payload); return true;
    case TCN_MSG_PEER: setup_peer(link, msg->peer, msg->payload); return true;
    case TCN_MSG_START: setup_start(link); return true;
    default: return false;
    }
}

/* After START: what to do. False: it has no place here. */
static bool on_order(struct tcn_link *link, const struct tcn_msg *msg)
{
    if (msg->peer >= TCN_PEERS_MAX || !link->peers[msg->peer].known) {
        return false;
    }
    struct peer *peer = &link->peers[msg->peer];
    switch (msg->type) {
    case TCN_MSG_SEND: outgoing_send(link, peer, msg->payload); return true;
    case TCN_MSG_CUT: peer_cut(link, peer); return true;
    default: return false;
    }
}

static void on_message(struct tcn_link *link, const struct tcn_msg *msg)
{
    if (link->started ? on_order(link, msg) : on_setup(link, msg)) {
        return;
    }
    char text[TCN_SENTENCE_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    tcn_buf_printf(&message,
                   "tocsind sent a message of type %u that has no place "
                   "here: are both programs of one version?\n",
                   msg->type);
    link_fail(link, &message);
}

/* What tocsind said. Its end is ours, and no failure. */
static void on_pipe(struct tcn_link *link)
{
    enum tcn_err err = tcn_pipe_fill(&link->pipe);
    if (err != TCN_ERR_OK) {
        link->ended = true;
        link->exit_code = err == TCN_ERR_IO ? 0 : 1;
        return;
    }
    struct tcn_msg msg;
    while (!link->ended && tcn_pipe_next(&link->pipe, &msg)) {
        on_message(link, &msg);
    }
}

static void on_zap(struct tcn_link *link)
{
    if (tcn_zap_serve(&link->zap) != TCN_ERR_OK) {
        char text[TCN_SENTENCE_MAX];
        struct tcn_buf message = tcn_buf(text, sizeof text);
        tcn_buf_put_str(&message, "the authentication handler broke\n");
        link_fail(link, &message);
    }
}

static void serve_peers(struct tcn_link *link, const struct round *round)
{
    for (size_t i = ITEMS_FIXED; i < round->count; i++) {
        struct peer *peer = round->peers[i];
        if (round->items[i].revents == 0) {
            continue;
        }
        outgoing_watch(link, peer);
        for (size_t lane = 0; lane < LANE_COUNT; lane++) {
            outgoing_drain(&peer->lanes[lane]);
        }
    }
}

static void serve(struct tcn_link *link, const struct round *round)
{
    if (link->started && round->count > ITEM_ZAP) {
        if (round->items[ITEM_ZAP].revents != 0) {
            on_zap(link);
        }
        serve_peers(link, round);
        if (round->items[ITEM_LISTENER].revents != 0) {
            listener_receive(link);
        }
        if (round->items[ITEM_WATCH].revents != 0) {
            listener_watch(link);
        }
    }
    if (round->items[ITEM_PIPE].revents & ~ZMQ_POLLOUT) {
        on_pipe(link);
    }
}

static void tick(struct tcn_link *link, uint64_t *next_ms)
{
    uint64_t now = tcn_steady_ms();
    if (!link->started || now < *next_ms) {
        return;
    }
    *next_ms = now + TICK_MS;
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        outgoing_tick(link, &link->peers[i]);
    }
    report_oddities(link);
}

int link_run(struct tcn_link *link)
{
    static struct round round;
    uint64_t next_tick_ms = 0;
    while (!link->ended) {
        prepare(&round, link);
        int n = zmq_poll(round.items, (int)round.count, TICK_MS);
        if (n < 0 && zmq_errno() != EINTR) {
            return 1;
        }
        if (n > 0) {
            serve(link, &round);
        }
        tick(link, &next_tick_ms);
        if (!link->ended) {
            report_flush(link);
        }
    }
    return link->exit_code;
}

void link_fail(struct tcn_link *link, struct tcn_buf *message)
{
    struct tcn_view text = tcn_buf_view(message);
    while (text.len > 0 && text.data[text.len - 1] == '\n') {
        text.len--;
    }
    struct tcn_log_line line = tcn_log(TCN_LOG_ERROR, "failed");
    tcn_log_view(&line, "why", text);
    tcn_log_end(&line);
    link->ended = true;
    link->exit_code = 1;
    /* The sentence is what the operator sees: worth a moment. */
    uint64_t deadline = tcn_steady_ms() + LAST_WORD_MS;
    if (tcn_pipe_put(&link->pipe, TCN_MSG_FAILED, TCN_MSG_NO_PEER, text,
                     tcn_view(NULL, 0)) != TCN_ERR_OK) {
        return;
    }
    while (tcn_pipe_flush(&link->pipe) == TCN_ERR_OK &&
           tcn_pipe_waits(&link->pipe) && tcn_steady_ms() < deadline) {
        zmq_pollitem_t item = {.fd = link->pipe.fd, .events = ZMQ_POLLOUT};
        (void)zmq_poll(&item, 1, 100);
    }
}
