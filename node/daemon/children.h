/* The two programs that tocsind starts and speaks with: tocsin-link, which has
 * the sockets to peers, and tocsin-feed, which has those to observers. What
 * they are told is in io/pipe.h. */
#pragma once

#include "io/pipe.h"

struct tcn_node;

#define NOTE_MAX 200 /* bytes of a sentence of a child, with its end */

enum child_state {
    CHILD_DOWN, /* restarted at `restart_ms` */
    CHILD_STARTING,
    CHILD_UP,
};

struct child {
    const char *program;
    const char *user; /* to run as, when we are root */
    int pid;
    enum child_state state;
    struct tcn_pipe pipe;
    bool has_pipe;
    uint64_t started_ms; /* steady clock */
    uint64_t restart_ms;
    uint64_t backoff_ms;
    uint64_t restarts;
    char failure[NOTE_MAX]; /* its last words; empty = none */
};

/* ---- child.c ---- */

/* Tries again later when it cannot be started: see restart_ms. */
void child_start(struct tcn_node *node, struct child *child);
void child_stop(struct child *child);
/* Those that ended are waited for, by their pid only. */
void child_reap(struct tcn_node *node);
/* Reads what it says; a child that broke is restarted after a moment. */
void child_serve(struct tcn_node *node, struct child *child, short events);
/* When child_tick() has something to do, steady clock. */
uint64_t child_deadline(const struct child *child);
void child_tick(struct tcn_node *node, struct child *child);

/* ---- places.c ---- */

/* Directories and files of tocsin-feed, when it runs as another user. */
void places_prepare(const struct tcn_node *node);

/* ---- link_setup.c, feed_setup.c ---- */

/* What a child is told first, until START. */
TCN_MUST_USE enum tcn_err link_configure(struct tcn_node *node);
TCN_MUST_USE enum tcn_err feed_configure(struct tcn_node *node);
/* One message of the running link: a frame, UP, DOWN, a note. */
void link_message(struct tcn_node *node, const struct tcn_msg *msg);
/* The link process is gone, and every connection with it. */
void link_gone(struct tcn_node *node);
/* Closes the connections with a peer, both ways; they are made anew. */
void link_cut(struct tcn_node *node, unsigned peer);

/* ---- link_keys.c ---- */

/* What a link that starts is told: a key of ours, whom it may know. */
TCN_MUST_USE enum tcn_err link_tell_keys(struct tcn_node *node);
/* Makes what a running link knows what the certificates say now. */
void link_sync(struct tcn_node *node);
/* Its answer to another key of ours. */
void link_keyed(struct tcn_node *node, struct tcn_view curve_pk);
