#include "link/link.h"

#include <czmq.h>

#include "io/file.h"
#include "io/log.h"

#define TICK_MS      250
#define LAST_WORD_MS 1000

/* CZMQ's zloop is not used: it gives up the rest of a round whenever a handler
 * changes what is polled, so a busy listener would keep others from their turn.
 * Here every round builds its list anew and serves all that is ready, in this
 * order; the pipe comes last, because what tocsind says may close sockets. */
enum kind {
    ITEM_ZAP,
    ITEM_PEER,
    ITEM_FRAMES,
    ITEM_WATCH,
    ITEM_PIPE,
};

#define ITEMS_MAX (6 + 2 * LANE_COUNT * TCN_PEERS_MAX)

struct round {
    size_t count;
    zmq_pollitem_t items[ITEMS_MAX];
    struct owner {
        enum kind kind;
        struct peer *peer;
        struct listener *listener;
    } owners[ITEMS_MAX];
};

static void add(struct round *round, void *socket, short events,
                struct owner owner)
{
    round->items[round->count] =
        (zmq_pollitem_t){.socket = socket, .events = events};
    round->owners[round->count++] = owner;
}

static void add_peer(struct round *round, struct peer *peer)
{
    struct owner owner = {.kind = ITEM_PEER, .peer = peer};
    for (size_t i = 0; i < LANE_COUNT; i++) {
        struct outgoing *out = &peer->lanes[i];
        if (out->socket == NULL) {
            continue;
        }
        add(round, zsock_resolve(out->monitor.socket), ZMQ_POLLIN, owner);
        if (out->queue.first != NULL) {
            add(round, zsock_resolve(out->socket), ZMQ_POLLOUT, owner);
        }
    }
}

static void add_listener(struct round *round, struct listener *listener)
{
    if (listener->socket != NULL) {
        add(round, zsock_resolve(listener->socket), ZMQ_POLLIN,
            (struct owner){.kind = ITEM_FRAMES, .listener = listener});
        add(round, zsock_resolve(listener->monitor.socket), ZMQ_POLLIN,
            (struct owner){.kind = ITEM_WATCH, .listener = listener});
    }
}

static void add_pipe(struct round *round, const struct tcn_link *link)
{
    short events = ZMQ_POLLIN;
    if (tcn_pipe_waits(&link->pipe)) {
        events |= ZMQ_POLLOUT;
    }
    add(round, NULL, events, (struct owner){.kind = ITEM_PIPE});
    round->items[round->count - 1].fd = link->pipe.fd;
}

static void prepare(struct round *round, struct tcn_link *link)
{
    round->count = 0;
    if (link->started) {
        add(round, zsock_resolve(link->zap.socket), ZMQ_POLLIN,
            (struct owner){.kind = ITEM_ZAP});
        for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
            add_peer(round, &link->peers[i]);
        }
        add_listener(round, &link->listener);
        add_listener(round, &link->former);
    }
    add_pipe(round, link);
}

/* Before START: what to be. False: it has no place here. */
static bool on_setup(struct tcn_link *link, const struct tcn_msg *msg)
{
    switch (msg->type) {
    case TCN_MSG_KEY: setup_key(link, msg->payload); return true;
    case TCN_MSG_KEY_FORMER: setup_former(link, msg->payload); return true;
    case TCN_MSG_LISTEN: setup_listen(link, msg->payload); return true;
    case TCN_MSG_PEER: peers_set(link, msg->peer, msg->payload); return true;
    case TCN_MSG_START: setup_start(link); return true;
    default: return false;
    }
}

static bool on_order_for(struct tcn_link *link, struct peer *peer,
                         const struct tcn_msg *msg)
{
    switch (msg->type) {
    case TCN_MSG_SEND:
        outgoing_send(link, peer, LANE_FAST, msg->payload);
        return true;
    case TCN_MSG_SEND_BULK:
        outgoing_send(link, peer, LANE_BULK, msg->payload);
        return true;
    case TCN_MSG_CUT: peer_cut(link, peer); return true;
    case TCN_MSG_UNPEER: peers_remove(link, peer); return true;
    default: return false;
    }
}

/* After START: what to do. False: it has no place here. */
static bool on_order(struct tcn_link *link, const struct tcn_msg *msg)
{
    switch (msg->type) {
    case TCN_MSG_KEY: renewal_key(link, msg->payload); return true;
    case TCN_MSG_KEY_OVER: renewal_over(link); return true;
    case TCN_MSG_PEER: peers_set(link, msg->peer, msg->payload); return true;
    default:
        return msg->peer < TCN_PEERS_MAX &&
               on_order_for(link, &link->peers[msg->peer], msg);
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
        link_refuse(link, "the authentication handler broke\n");
    }
}

static void serve_one(struct tcn_link *link, const struct owner *owner,
                      short events)
{
    switch (owner->kind) {
    case ITEM_ZAP: on_zap(link); break;
    case ITEM_PEER:
        dial_watch(link, owner->peer);
        outgoing_drain(owner->peer);
        break;
    case ITEM_FRAMES: listener_receive(link, owner->listener); break;
    case ITEM_WATCH: listener_watch(link, owner->listener); break;
    case ITEM_PIPE:
        if (events & ~ZMQ_POLLOUT) {
            on_pipe(link);
        }
        break;
    }
}

static void serve(struct tcn_link *link, const struct round *round)
{
    for (size_t i = 0; i < round->count && !link->ended; i++) {
        if (round->items[i].revents != 0) {
            serve_one(link, &round->owners[i], round->items[i].revents);
        }
    }
}

static void tick(struct tcn_link *link)
{
    uint64_t now = tcn_steady_ms();
    if (!link->started || now < link->due_ms) {
        return;
    }
    link->due_ms = now + TICK_MS;
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        dial_tick(link, &link->peers[i]);
    }
    renewal_tick(link);
    report_oddities(link);
    report_lines(link);
}

static long wait_ms(const struct tcn_link *link)
{
    uint64_t now = tcn_steady_ms();
    return !link->started        ? TICK_MS
           : link->due_ms <= now ? 0
                                 : (long)(link->due_ms - now);
}

int link_run(struct tcn_link *link)
{
    static struct round round;
    while (!link->ended) {
        prepare(&round, link);
        int n = zmq_poll(round.items, (int)round.count, wait_ms(link));
        if (n < 0 && zmq_errno() != EINTR) {
            return 1;
        }
        if (n > 0) {
            serve(link, &round);
        }
        tick(link);
        if (!link->ended) {
            report_flush(link);
        }
    }
    return link->exit_code;
}

void link_refuse(struct tcn_link *link, const char *sentence)
{
    char text[TCN_SENTENCE_MAX];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    tcn_buf_put_str(&message, sentence);
    link_fail(link, &message);
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
