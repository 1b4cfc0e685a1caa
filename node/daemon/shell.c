/* Events in, effects out, in one place and one order: what the core wants
 * stored is committed before anything it wants sent leaves. One round may carry
 * out many events; they share one commit. */
#include "daemon/node.h"

#include <stdlib.h>

#include "io/log.h"

#define STORE_RETRY_MS 5000
#define OUTGOING_START (256 * TCN_KIB)

enum tcn_err shell_begin(struct tcn_node *node)
{
    if (node->in_transaction) {
        return TCN_ERR_OK;
    }
    if (node->store_failed) {
        return TCN_ERR_DISK_FULL; /* or it would be done when all is well */
    }
    enum tcn_err err = tcn_store_begin(node->store);
    node->in_transaction = err == TCN_ERR_OK;
    return err;
}

static bool is_store(enum tcn_effect_kind kind)
{
    return kind <= TCN_EFFECT_KREV;
}

static bool is_query(enum tcn_effect_kind kind)
{
    return kind >= TCN_EFFECT_VERIFY && kind <= TCN_EFFECT_READ_HELD;
}

static enum tcn_err carry_out(struct tcn_node *node,
                              const struct tcn_effect *effect)
{
    if (is_store(effect->kind)) {
        enum tcn_err err = shell_begin(node);
        return err == TCN_ERR_OK ? effect_store(node, effect) : err;
    }
    if (is_query(effect->kind)) {
        query_push(node, effect);
        return TCN_ERR_OK;
    }
    switch (effect->kind) {
    case TCN_EFFECT_SEND: effect_send(node, effect); break;
    case TCN_EFFECT_ANSWER:
        node->answer = (struct answer){true, effect->err, effect->id};
        break;
    case TCN_EFFECT_BLOCK: link_cut(node, effect->peer); break;
    default: effect_alarm(node, effect); break;
    }
    return TCN_ERR_OK;
}

static void step(struct tcn_node *node, struct tcn_event *event)
{
    event->now_ms = tcn_now_ms();
    tcn_mesh_step(node->mesh, event, node->effects);
    enum tcn_err err = TCN_ERR_OK;
    for (size_t i = 0; i < node->effects->count && err == TCN_ERR_OK; i++) {
        err = carry_out(node, &node->effects->list[i]);
    }
    node->stored.alert = NULL; /* it was borrowed from the event */
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
    }
}

static void tell_revoked(struct tcn_node *node, const struct tcn_id *cert)
{
    const struct known_cert *known = keyring_find(&node->keyring, cert);
    struct tcn_event revoked = {.kind = TCN_EVENT_REVOKED};
    tcn_assert(known != NULL);
    revoked.revoked.cert = *cert;
    revoked.revoked.member = known->cert.member;
    step(node, &revoked);
}

void shell_event(struct tcn_node *node, struct tcn_event *event)
{
    if (node->store_failed) {
        return;
    }
    step(node, event);
    /* The alert of a VERIFY is borrowed from this event: answer it now. */
    if (node->verify.alert != NULL && !node->store_failed) {
        struct query verify = node->verify;
        node->verify.alert = NULL;
        verify_begin(node, &verify);
    }
    struct keyring *ring = &node->keyring;
    while (ring->revoked_count > 0 && !node->store_failed) {
        const struct tcn_id cert = ring->revoked[--ring->revoked_count];
        tell_revoked(node, &cert);
    }
}

void shell_queries(struct tcn_node *node, size_t most)
{
    for (; most > 0 && node->query_count > 0 && !node->store_failed; most--) {
        struct tcn_event event;
        if (query_answer(node, &event)) {
            shell_event(node, &event);
        }
    }
}

/* ---- after the commit ---- */

static bool outgoing_grow(struct outgoing *out, size_t need)
{
    size_t cap = out->cap == 0 ? OUTGOING_START : out->cap;
    while (cap - out->len < need) {
        cap *= 2;
    }
    if (cap != out->cap) {
        uint8_t *bytes = realloc(out->bytes, cap);
        if (bytes == NULL) {
            return false;
        }
        out->bytes = bytes;
        out->cap = cap;
    }
    return true;
}

struct outgoing_head {
    uint32_t len;
    struct way way;
};

void shell_queue(struct tcn_node *node, struct way way, struct tcn_view frame)
{
    struct outgoing *out = &node->outgoing;
    const struct outgoing_head head = {(uint32_t)frame.len, way};
    if (!outgoing_grow(out, sizeof head + frame.len)) {
        shell_fail(node, TCN_ERR_NO_MEMORY);
        return;
    }
    memcpy(out->bytes + out->len, &head, sizeof head);
    memcpy(out->bytes + out->len + sizeof head, frame.data, frame.len);
    out->len += sizeof head + frame.len;
}

/* The window bounds what a peer can be owed, so a pipe that is full means a
 * link process that hangs: it is replaced, and the sessions resume. */
static void send_outgoing(struct tcn_node *node)
{
    struct outgoing *out = &node->outgoing;
    size_t at = 0;
    while (at < out->len && node->link.state == CHILD_UP) {
        struct outgoing_head head;
        memcpy(&head, out->bytes + at, sizeof head);
        struct tcn_view frame =
            tcn_view(out->bytes + at + sizeof head, head.len);
        uint8_t type =
            head.way.lane == TCN_LANE_FAST ? TCN_MSG_SEND : TCN_MSG_SEND_BULK;
        at += sizeof head + head.len;
        if (tcn_pipe_put(&node->link.pipe, type, head.way.peer, frame,
                         tcn_view(NULL, 0)) != TCN_ERR_OK) {
            struct tcn_log_line line =
                tcn_log(TCN_LOG_ERROR, "link-does-not-read");
            tcn_log_end(&line);
            child_stop(&node->link);
            out->len = 0;
            link_gone(node);
        }
    }
    out->len = 0;
}

static void tell_feed(struct tcn_node *node)
{
    size_t moved = 0;
    enum tcn_err err = observers_flush(node, &moved);
    node->feed_retry_ms = 0;
    if (err != TCN_ERR_OK) {
        /* They are noted in the outbox. Nothing else may come for hours. */
        node->feed_retry_ms = tcn_steady_ms() + STORE_RETRY_MS;
        struct tcn_log_line line = tcn_log(TCN_LOG_ERROR, "feed-store");
        tcn_log_err(&line, err);
        tcn_log_end(&line);
    } else if (moved > 0 && node->feed.state == CHILD_UP) {
        err = tcn_pipe_put(&node->feed.pipe, TCN_MSG_POKE, TCN_MSG_NO_PEER,
                           tcn_view(NULL, 0), tcn_view(NULL, 0));
        if (err != TCN_ERR_OK) {
            child_stop(&node->feed);
        }
    }
    node->fed = 0;
}

static bool feed_is_behind(const struct tcn_node *node)
{
    return node->feed_retry_ms != 0 && tcn_steady_ms() >= node->feed_retry_ms;
}

enum tcn_err shell_commit(struct tcn_node *node)
{
    if (node->store_failed) {
        control_answer(node, TCN_ERR_DISK_FULL);
        return TCN_ERR_DISK_FULL;
    }
    if (node->in_transaction) {
        enum tcn_err err = tcn_store_commit(node->store);
        if (err != TCN_ERR_OK) {
            shell_fail(node, err);
            return err;
        }
        node->in_transaction = false;
    }
    if (node->fed > 0 || feed_is_behind(node)) {
        tell_feed(node);
    }
    control_answer(node, TCN_ERR_OK);
    send_outgoing(node);
    return TCN_ERR_OK;
}

/* ---- when the store fails ---- */

void shell_fail(struct tcn_node *node, enum tcn_err err)
{
    if (node->in_transaction) {
        tcn_store_rollback(node->store);
        node->in_transaction = false;
    }
    node->outgoing.len = 0;
    node->query_count = 0;
    node->verify.alert = NULL;
    node->fed = 0;
    node->store_failed = true;
    node->store_retry_ms = tcn_steady_ms() + STORE_RETRY_MS;
    const char *said = tcn_store_message(node->store);
    (void)snprintf(node->store_message, sizeof node->store_message, "%s",
                   said[0] != '\0' ? said : tcn_err_sentence(err));
    struct tcn_log_line line = tcn_log(TCN_LOG_ERROR, "store-failed");
    tcn_log_err(&line, err);
    tcn_log_str(&line, "message", node->store_message);
    tcn_log_end(&line);
    control_answer(node, err);
}

static void link_up_again(struct tcn_node *node)
{
    for (unsigned i = 0; i < node->setup->conf.peer_count; i++) {
        if (node->peers[i].link_up) {
            struct tcn_event up = {.kind = TCN_EVENT_LINK_UP,
                                   .peer = (uint8_t)i};
            tcn_random(up.link_up.random, sizeof up.link_up.random);
            shell_event(node, &up);
        }
    }
}

/* The core forgot nothing, but the store did: only a core that is built from
 * what is durable agrees with it. So with certificates and key revocations: one
 * that is taken for kept would never be kept again. */
void shell_retry(struct tcn_node *node)
{
    node->store_failed = false;
    enum tcn_err err = shell_begin(node);
    err = err == TCN_ERR_OK ? keyring_renew(node) : err;
    err = err == TCN_ERR_OK ? shell_build(node) : err;
    err = err == TCN_ERR_OK
              ? audit_note(node, "node", "store-works-again", "", "")
              : err;
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
        return;
    }
    if (shell_commit(node) == TCN_ERR_OK) {
        struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "store-works-again");
        tcn_log_end(&line);
        node->store_message[0] = '\0';
        link_up_again(node);
    }
}
