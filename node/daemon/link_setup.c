/* What tocsin-link is told first, and what it tells us. */
#include <stdlib.h>

#include "daemon/node.h"
#include "io/log.h"

static enum tcn_err put(struct tcn_pipe *pipe, uint8_t type, uint8_t peer,
                        struct tcn_view payload)
{
    return tcn_pipe_put(pipe, type, peer, payload, tcn_view(NULL, 0));
}

enum tcn_err link_configure(struct tcn_node *node)
{
    const struct tcn_conf *conf = &node->setup->conf;
    enum tcn_err err = link_tell_keys(node);
    for (size_t i = 0; i < conf->listen_count && err == TCN_ERR_OK; i++) {
        err = put(&node->link.pipe, TCN_MSG_LISTEN, TCN_MSG_NO_PEER,
                  tcn_view_str(conf->listen[i]));
    }
    return err == TCN_ERR_OK ? put(&node->link.pipe, TCN_MSG_START,
                                   TCN_MSG_NO_PEER, tcn_view(NULL, 0))
                             : err;
}

enum tcn_err feed_configure(struct tcn_node *node)
{
    const struct tcn_conf *conf = &node->setup->conf;
    struct tcn_pipe *pipe = &node->feed.pipe;
    enum tcn_err err =
        put(pipe, TCN_MSG_STORE, TCN_MSG_NO_PEER, tcn_view_str(conf->store));
    for (size_t i = 0; i < conf->observer_count && err == TCN_ERR_OK; i++) {
        const struct tcn_conf_observers *sockets = &conf->observer_sockets[i];
        uint8_t bytes[TCN_NAME_MAX + TCN_PATH_MAX + TCN_ENDPOINT_MAX + 3];
        struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
        const char *name = conf->observers[i].name;
        tcn_buf_put(&out, name, strlen(name) + 1);
        tcn_buf_put(&out, sockets->socket, strlen(sockets->socket) + 1);
        tcn_buf_put_str(&out, sockets->misp);
        err = put(pipe, TCN_MSG_OBSERVER, TCN_MSG_NO_PEER, tcn_buf_view(&out));
    }
    return err == TCN_ERR_OK
               ? put(pipe, TCN_MSG_START, TCN_MSG_NO_PEER, tcn_view(NULL, 0))
               : err;
}

/* ---- what it tells ---- */

static void log_peer(const struct tcn_node *node, const char *event,
                     unsigned peer)
{
    struct tcn_log_line line = tcn_log(TCN_LOG_INFO, event);
    tcn_log_str(&line, "peer", node->setup->conf.parties[peer].name);
    tcn_log_end(&line);
}

static void link_up(struct tcn_node *node, unsigned peer)
{
    struct tcn_event event = {.kind = TCN_EVENT_LINK_UP, .peer = (uint8_t)peer};
    tcn_random(event.link_up.random, sizeof event.link_up.random);
    node->peers[peer].link_up = true;
    node->peers[peer].note[0] = '\0';
    log_peer(node, "link-up", peer);
    shell_event(node, &event);
}

static void link_down(struct tcn_node *node, unsigned peer)
{
    struct tcn_event event = {.kind = TCN_EVENT_LINK_DOWN,
                              .peer = (uint8_t)peer};
    if (!node->peers[peer].link_up) {
        return;
    }
    node->peers[peer].link_up = false;
    node->peers[peer].round_trip_us = node->peers[peer].queue_bytes = 0;
    log_peer(node, "link-down", peer);
    shell_event(node, &event);
}

void link_cut(struct tcn_node *node, unsigned peer)
{
    if (node->link.state == CHILD_UP &&
        put(&node->link.pipe, TCN_MSG_CUT, (uint8_t)peer, tcn_view(NULL, 0)) !=
            TCN_ERR_OK) {
        struct tcn_log_line line = tcn_log(TCN_LOG_ERROR, "link-does-not-read");
        tcn_log_end(&line);
    }
}

void link_gone(struct tcn_node *node)
{
    for (unsigned i = 0; i < node->setup->conf.peer_count; i++) {
        link_down(node, i);
    }
}

/* The envelope of a PUSH is looked into here, so that "malformed", "forged" and
 * "not allowed" stay three different places. */
static void receive(struct tcn_node *node, unsigned peer, struct tcn_view bytes)
{
    static struct tcn_frame frame;
    struct tcn_event event = {.kind = TCN_EVENT_FRAME, .peer = (uint8_t)peer};
    enum tcn_err err = tcn_frame_decode(&frame, bytes);
    if (err != TCN_ERR_OK) {
        event.kind = TCN_EVENT_MALFORMED;
        event.malformed = err;
        shell_event(node, &event);
        return;
    }
    event.frame.frame = &frame;
    if (frame.type == TCN_FRAME_PUSH) {
        event.frame.err = held_keep(node->received, frame.push.envelope);
        event.frame.alert =
            event.frame.err == TCN_ERR_OK ? &node->received->alert : NULL;
    }
    shell_event(node, &event);
}

/* "word NUL sentence" */
static void note(struct tcn_node *node, unsigned peer, struct tcn_view text)
{
    const uint8_t *end =
        text.len == 0 ? NULL : memchr(text.data, '\0', text.len);
    if (end == NULL) {
        return;
    }
    char escaped[NOTE_MAX];
    struct tcn_buf out = tcn_buf(escaped, sizeof escaped);
    size_t rest = text.len - (size_t)(end - text.data) - 1;
    size_t most = rest > NOTE_MAX - 8 ? NOTE_MAX - 8 : rest;
    tcn_buf_put(&out, end + 1, most);
    if (peer < node->setup->conf.peer_count) {
        struct peer_state *state = &node->peers[peer];
        /* Said already; or its certificates have said why it has no key. */
        if (strcmp(state->note, tcn_buf_text(&out)) == 0 ||
            state->pinned.count == 0) {
            return;
        }
        (void)snprintf(state->note, sizeof state->note, "%s", escaped);
        state->note_ms = tcn_now_ms();
    }
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "link-note");
    if (peer < node->setup->conf.peer_count) {
        tcn_log_str(&line, "peer", node->setup->conf.parties[peer].name);
    }
    tcn_log_view(&line, "message", tcn_buf_view(&out));
    tcn_log_end(&line);
}

static uint64_t number_at(struct tcn_view bytes, size_t at)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | bytes.data[at + i];
    }
    return number;
}

static void note_line(struct peer_state *state, struct tcn_view payload)
{
    if (state->link_up && payload.len == 16) {
        state->round_trip_us = number_at(payload, 0);
        state->queue_bytes = number_at(payload, 8);
    }
}

void link_message(struct tcn_node *node, const struct tcn_msg *msg)
{
    if (msg->type == TCN_MSG_NOTE) {
        note(node, msg->peer, msg->payload);
        return;
    }
    if (msg->type == TCN_MSG_KEYED) {
        link_keyed(node, msg->payload);
        return;
    }
    if (msg->peer >= node->setup->conf.peer_count) {
        return;
    }
    /* What it sent before it was cut is not taken any more. */
    bool linked = node->peers[msg->peer].pinned.count > 0;
    switch (msg->type) {
    case TCN_MSG_UP:
        if (linked) {
            link_up(node, msg->peer);
        }
        break;
    case TCN_MSG_RECV:
        if (linked) {
            receive(node, msg->peer, msg->payload);
        }
        break;
    case TCN_MSG_LINE: note_line(&node->peers[msg->peer], msg->payload); break;
    case TCN_MSG_UNPEERED:
    case TCN_MSG_DOWN: link_down(node, msg->peer); break;
    default: break;
    }
}
