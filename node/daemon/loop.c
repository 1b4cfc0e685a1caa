/* One thread, one loop: what is ready is served in turn, then committed and
 * sent together. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon/acks.h"
#include "daemon/audit_log.h"
#include "daemon/health.h"
#include "daemon/holds.h"
#include "daemon/policies.h"
#include "io/log.h"

#define METRICS_MS      10000
#define LINK_SYNC_MS    5000 /* what time alone changes */
#define QUERIES_AT_ONCE 256
#define FEED_KEPT_MS    (30 * TCN_DAY_MS)
#define FIRST_SWEEP_MS  5000 /* peers have said what their clocks show */

enum {
    SLOT_SIGNAL,
    SLOT_CONTROL,
    SLOT_LINK,
    SLOT_FEED,
    SLOT_VERIFIER,
    SLOT_CLIENTS,
    SLOT_COUNT = SLOT_CLIENTS + CLIENTS_MAX,
};

static struct pollfd child_poll(const struct child *child)
{
    struct pollfd slot = {.fd = -1};
    if (child->has_pipe) {
        slot.fd = child->pipe.fd;
        slot.events = POLLIN;
        if (tcn_pipe_waits(&child->pipe)) {
            slot.events |= POLLOUT;
        }
    }
    return slot;
}

static void fill_slots(struct tcn_node *node, struct pollfd *slots)
{
    slots[SLOT_SIGNAL] = (struct pollfd){node->signal_fd, POLLIN, 0};
    slots[SLOT_CONTROL] = (struct pollfd){node->control_fd, POLLIN, 0};
    slots[SLOT_LINK] = child_poll(&node->link);
    slots[SLOT_FEED] = child_poll(&node->feed);
    slots[SLOT_VERIFIER] = (struct pollfd){verify_fd(node), POLLIN, 0};
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *client = node->clients[i];
        slots[SLOT_CLIENTS + i] =
            client == NULL
                ? (struct pollfd){-1, 0, 0}
                : (struct pollfd){client->fd, control_events(client), 0};
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Milliseconds until something is due; the core counts real time, the rest the
 * steady clock. */
static int wait_ms(const struct tcn_node *node)
{
    bool untold = node->keyring.untold && !node->store_failed;
    if (node->query_count > 0 || untold) {
        return 0;
    }
    uint64_t steady = tcn_steady_ms();
    uint64_t due =
        least(child_deadline(&node->link), child_deadline(&node->feed));
    due = least(due, node->metrics_ms);
    if (node->store_failed) {
        due = least(due, node->store_retry_ms);
    }
    uint64_t wait = due <= steady ? 0 : due - steady;
    if (!node->store_failed) {
        uint64_t now = tcn_now_ms();
        uint64_t core = tcn_mesh_next_deadline(node->mesh);
        wait = least(wait, core <= now ? 0 : core - now);
    }
    return (int)least(wait, 1000);
}

static void on_signal(struct tcn_node *node)
{
    struct signalfd_siginfo info;
    while (read(node->signal_fd, &info, sizeof info) == sizeof info) {
        switch (info.ssi_signo) {
        case SIGCHLD: child_reap(node); break;
        case SIGHUP: {
            uint8_t *text = malloc(TCN_SETUP_MESSAGE);
            if (text != NULL) {
                struct tcn_buf out = tcn_buf(text, TCN_SETUP_MESSAGE);
                enum tcn_err err = node_reload(node, "signal", &out);
                (void)err; /* said in the log */
                free(text);
            }
            break;
        }
        default: node->stopping = true; break;
        }
    }
}

static void serve(struct tcn_node *node, const struct pollfd *slots)
{
    if (slots[SLOT_SIGNAL].revents != 0) {
        on_signal(node);
    }
    if (slots[SLOT_LINK].revents != 0 && node->link.has_pipe &&
        slots[SLOT_LINK].fd == node->link.pipe.fd) {
        child_serve(node, &node->link, slots[SLOT_LINK].revents);
    }
    if (slots[SLOT_FEED].revents != 0 && node->feed.has_pipe &&
        slots[SLOT_FEED].fd == node->feed.pipe.fd) {
        child_serve(node, &node->feed, slots[SLOT_FEED].revents);
    }
    if (slots[SLOT_VERIFIER].revents != 0) {
        verify_collect(node);
    }
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        size_t number = (node->first_client + i) % CLIENTS_MAX;
        const struct pollfd *slot = &slots[SLOT_CLIENTS + number];
        if (slot->fd >= 0 && slot->revents != 0) {
            control_serve(node, number, slot->revents);
        }
    }
    node->first_client = (node->first_client + 1) % CLIENTS_MAX;
    if (slots[SLOT_CONTROL].revents != 0) {
        control_accept(node);
    }
}

static void on_time(struct tcn_node *node)
{
    uint64_t steady = tcn_steady_ms();
    keylife_tick(node);
    suspects_work(node);
    child_tick(node, &node->link);
    child_tick(node, &node->feed);
    if (node->store_failed && steady >= node->store_retry_ms) {
        shell_retry(node);
    }
    if (!node->store_failed &&
        tcn_now_ms() >= tcn_mesh_next_deadline(node->mesh)) {
        struct tcn_event tick = {.kind = TCN_EVENT_TICK};
        shell_event(node, &tick);
    }
    pending_tick(node);
    holds_tick(node);
    acks_tick(node);
    audit_head_tick(node);
    if (steady >= node->metrics_ms) {
        node->metrics_ms = steady + METRICS_MS;
        enum tcn_err err = tcn_store_feed_sync(node->store);
        (void)err; /* the outbox keeps them until it works */
        metrics_write(node);
        notify_send("WATCHDOG=1");
    }
    if (steady >= node->sweep_ms && !clock_is_off(node)) {
        node->sweep_ms = steady + TCN_HOUR_MS;
        retention_sweep(node);
        uint64_t kept = retention_shortest(node);
        kept = kept < FEED_KEPT_MS ? kept : FEED_KEPT_MS;
        enum tcn_err err =
            tcn_store_feed_trim(node->store, tcn_now_ms() - kept);
        (void)err; /* tried again in an hour */
    }
}

/* After the frames of this round: a revocation goes out before it cuts. */
static void sync_link(struct tcn_node *node)
{
    uint64_t steady = tcn_steady_ms();
    if (node->keyring.changed || steady >= node->link_sync_ms) {
        node->link_sync_ms = steady + LINK_SYNC_MS;
        link_sync(node);
    }
}

static void flush_children(struct tcn_node *node)
{
    struct child *children[] = {&node->link, &node->feed};
    for (size_t i = 0; i < 2; i++) {
        if (children[i]->has_pipe &&
            tcn_pipe_flush(&children[i]->pipe) != TCN_ERR_OK) {
            child_serve(node, children[i], POLLIN);
        }
    }
}

static void say_ready(struct tcn_node *node)
{
    if (!node->ready && node->link.state == CHILD_UP &&
        node->feed.state == CHILD_UP) {
        node->ready = true;
        notify_send("READY=1");
        struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "ready");
        tcn_log_str(&line, "member", node->setup->conf.member);
        tcn_log_uint(&line, "after_ms", tcn_now_ms() - node->started_ms);
        tcn_log_end(&line);
    }
}

int node_loop(struct tcn_node *node)
{
    struct pollfd slots[SLOT_COUNT];
    node->sweep_ms = tcn_steady_ms() + FIRST_SWEEP_MS;
    while (!node->stopping) {
        fill_slots(node, slots);
        if (poll(slots, SLOT_COUNT, wait_ms(node)) < 0 && errno != EINTR) {
            return 1;
        }
        serve(node, slots);
        on_time(node);
        shell_queries(node, QUERIES_AT_ONCE);
        enum tcn_err err = shell_commit(node);
        (void)err; /* the round was undone, and is tried again later */
        sync_link(node);
        flush_children(node);
        say_ready(node);
    }
    notify_send("STOPPING=1");
    audit_head_last(node);
    /* Clients are owed their last replies. */
    for (size_t i = 0; i < CLIENTS_MAX; i++) {
        if (node->clients[i] != NULL) {
            control_serve(node, i, POLLOUT);
        }
    }
    return 0;
}
