/* tocsin-link and tocsin-feed: started, listened to, and started again when
 * they end. Nothing is lost with them: links resume from their ledgers, and
 * observers from the numbers of the feed. */
#include <poll.h>

#include "daemon/node.h"
#include "io/child.h"
#include "io/log.h"

#define PIPE_BYTES       (8 * 1024 * TCN_KIB)
#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS  10000
/* Who dies at once is started ever more slowly, who had served is not: peers
 * dial a link that is away at 0.1, 0.3, 0.7, 1.5, 3.1 s ..., so what it misses
 * by its own delay doubles. */
#define STABLE_MS 1000

static bool is_link(const struct tcn_node *node, const struct child *child)
{
    return child == &node->link;
}

static void note_failure(struct child *child, const char *text)
{
    (void)snprintf(child->failure, sizeof child->failure, "%s", text);
    child->failure[strcspn(child->failure, "\n")] = '\0';
    struct tcn_log_line line = tcn_log(TCN_LOG_ERROR, "child-failed");
    tcn_log_str(&line, "program", child->program);
    tcn_log_str(&line, "message", child->failure);
    tcn_log_end(&line);
}

static void restart_later(struct child *child)
{
    uint64_t now = tcn_steady_ms();
    bool was_stable =
        child->started_ms != 0 && now - child->started_ms > STABLE_MS;
    child->backoff_ms = was_stable || child->backoff_ms == 0
                            ? BACKOFF_FIRST_MS
                            : child->backoff_ms * 2;
    if (child->backoff_ms > BACKOFF_LAST_MS) {
        child->backoff_ms = BACKOFF_LAST_MS;
    }
    child->state = CHILD_DOWN;
    child->restart_ms = now + child->backoff_ms;
    child->restarts++;
}

void child_start(struct tcn_node *node, struct child *child)
{
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_child started;
    enum tcn_err err =
        tcn_child_spawn(&started, child->program, child->user, &message);
    if (err == TCN_ERR_OK) {
        err = tcn_pipe_init(&child->pipe, started.fd, PIPE_BYTES);
        child->has_pipe = err == TCN_ERR_OK;
        child->pid = started.pid;
    }
    if (err == TCN_ERR_OK) {
        child->state = CHILD_STARTING;
        child->started_ms = tcn_steady_ms();
        err =
            is_link(node, child) ? link_configure(node) : feed_configure(node);
    }
    if (err == TCN_ERR_OK) {
        err = tcn_pipe_flush(&child->pipe);
        tcn_pipe_forget(&child->pipe); /* the key was in it */
    }
    if (err != TCN_ERR_OK) {
        note_failure(child, message.len > 0 ? tcn_buf_text(&message)
                                            : tcn_err_sentence(err));
        child_stop(child);
        restart_later(child);
    }
}

void child_stop(struct child *child)
{
    if (child->has_pipe) {
        tcn_pipe_fini(&child->pipe);
        child->has_pipe = false;
    }
    if (child->pid > 0) {
        tcn_child_stop(child->pid, 500);
        child->pid = 0;
    }
    child->state = CHILD_DOWN;
    child->restart_ms = tcn_steady_ms();
}

static void child_ended(struct tcn_node *node, struct child *child,
                        const char *how)
{
    if (child->state != CHILD_STARTING || child->failure[0] == '\0') {
        char text[NOTE_MAX];
        (void)snprintf(text, sizeof text, "it ended: %s", how);
        note_failure(child, text);
    }
    child->pid = 0;
    child_stop(child);
    restart_later(child);
    if (is_link(node, child)) {
        link_gone(node);
    }
}

static void reap(struct tcn_node *node, struct child *child)
{
    char text[128];
    struct tcn_buf how = tcn_buf(text, sizeof text);
    if (child->pid > 0 && tcn_child_ended(child->pid, &how)) {
        /* What it said last is still in the pipe. */
        if (child->has_pipe && child->state == CHILD_STARTING) {
            child_serve(node, child, POLLIN);
        }
        if (child->pid > 0) {
            child_ended(node, child, tcn_buf_text(&how));
        }
    }
}

void child_reap(struct tcn_node *node)
{
    reap(node, &node->link);
    reap(node, &node->feed);
}

static void take_message(struct tcn_node *node, struct child *child,
                         const struct tcn_msg *msg)
{
    char text[NOTE_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    switch (msg->type) {
    case TCN_MSG_READY: {
        child->state = CHILD_UP;
        child->failure[0] = '\0';
        struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "child-ready");
        tcn_log_str(&line, "program", child->program);
        tcn_log_end(&line);
        if (is_link(node, child)) {
            link_sync(node);
        }
        break;
    }
    case TCN_MSG_FAILED:
        tcn_text_escape(&out,
                        msg->payload.len < sizeof text / 4
                            ? msg->payload
                            : tcn_view(msg->payload.data, sizeof text / 4));
        note_failure(child, tcn_buf_text(&out));
        break;
    default:
        if (is_link(node, child)) {
            link_message(node, msg);
        }
        break;
    }
}

void child_serve(struct tcn_node *node, struct child *child, short events)
{
    enum tcn_err err = TCN_ERR_OK;
    if ((events & POLLOUT) != 0) {
        err = tcn_pipe_flush(&child->pipe);
    }
    if (err == TCN_ERR_OK && (events & (POLLIN | POLLHUP | POLLERR)) != 0) {
        err = tcn_pipe_fill(&child->pipe);
    }
    struct tcn_msg msg;
    while (child->has_pipe && tcn_pipe_next(&child->pipe, &msg)) {
        take_message(node, child, &msg);
    }
    if (err != TCN_ERR_OK && child->has_pipe) {
        char text[128];
        struct tcn_buf how = tcn_buf(text, sizeof text);
        /* Its pipe closes a moment before it can be waited for. */
        bool ended = tcn_child_ends(child->pid, 200, &how);
        if (!ended) {
            tcn_child_stop(child->pid, 0);
        }
        child_ended(node, child,
                    ended ? tcn_buf_text(&how) : "it closed its pipe");
    }
}

uint64_t child_deadline(const struct child *child)
{
    return child->state == CHILD_DOWN ? child->restart_ms : UINT64_MAX;
}

void child_tick(struct tcn_node *node, struct child *child)
{
    if (!node->stopping && child->state == CHILD_DOWN &&
        tcn_steady_ms() >= child->restart_ms) {
        child_start(node, child);
    }
}
