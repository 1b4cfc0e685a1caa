/* tocsind from the inside: everything one node consists of.
 *
 *   main.c      options, start, stop         loop.c      what is ready, in turn
 *   children.h  tocsin-link, tocsin-feed     shell.h     events in, effects out
 *   keys.h      whom we believe, our keys    held.h      alerts at hand
 *   signing.h   drafts become alerts         control.h   what operators ask
 *   policies.h  policies that change         holds.h     what people release */
#pragma once

#include "alert/wire.h"
#include "base/assert.h"
#include "base/idmap.h"
#include "base/text.h"
#include "daemon/children.h"
#include "daemon/held.h"
#include "daemon/keys.h"
#include "daemon/shell.h"
#include "daemon/signing.h"
#include "io/control.h"
#include "io/file.h"
#include "io/keys.h"
#include "io/setup.h"
#include "store/audit.h"
#include "store/feed.h"
#include "store/ledger.h"
#include <stdio.h>

#define CLIENTS_MAX 32

struct peer_state {
    bool link_up;
    struct curve_keys pinned; /* what the link was told; none = not linked */
    uint64_t round_trip_us;   /* 0 = unknown */
    uint64_t queue_bytes;     /* in tocsin-link, for it and from it */
    char note[NOTE_MAX];      /* the last words of the link about it */
    uint64_t note_ms;
};

struct client;
struct pending;
struct hits;

struct tcn_node {
    const char *config_path;
    struct tcn_setup *setup;
    char policy_message[TCN_SETUP_MESSAGE];
    struct pending *pending; /* NULL = no policy waits to be confirmed */
    struct hits *hits;
    uint64_t generation;        /* of the configuration */
    struct tcn_node_keys *keys; /* the pair in force, of keylife.chain */
    struct keylife keylife;
    struct keyring keyring;
    struct link_key link_key;
    struct tcn_store *store;
    bool in_transaction;
    bool store_failed; /* nothing is taken in until it works again */
    uint64_t store_retry_ms;
    char store_message[512];

    struct tcn_mesh *mesh;
    void *mesh_memory;
    uint8_t thread_secret[32];

    struct child link;
    struct child feed;
    struct peer_state peers[TCN_PEERS_MAX];

    struct outgoing outgoing;
    struct query queries[QUERIES_MAX];
    size_t query_first, query_count;
    struct query verify; /* to be answered at once; alert NULL = none */
    struct tcn_refusal refusals[TCN_WANT_MAX];
    size_t refusal_count;
    struct answer answer;        /* of the SUBMIT that is being carried out */
    struct rehearsal *rehearsal; /* of the dry run in hand, or NULL */
    struct tcn_effects *effects;
    struct verifier *verifier;
    struct held_copy *received; /* the alert that is being taken in */
    struct held_copy *loaded;   /* what a query asked for */
    struct held_copy *other;    /* the one that it follows or speaks of */
    struct held_copy *scratch;  /* anybody's, for as long as he calls nobody */
    struct at_hand stored;
    size_t fed; /* rows that this transaction tells of */

    int control_fd;
    int signal_fd;
    struct client *clients[CLIENTS_MAX];
    size_t first_client; /* whose turn is first in this round */
    size_t submitted;    /* drafts that wait for the commit to be answered */

    uint64_t started_ms;
    uint64_t metrics_ms; /* steady: when they are written next */
    uint64_t sweep_ms;
    uint64_t link_sync_ms; /* steady */
    bool stopping;
    bool ready;
};

/* ---- control.c ---- */
/* What became of the drafts of this round: told to those who sent them. */
void control_answer(struct tcn_node *node, enum tcn_err err);

/* ---- numbers.c: numbers in the store, by name ---- */
/* NOT_FOUND, CORRUPT or of the store. */
TCN_MUST_USE enum tcn_err number_read(struct tcn_node *node, const char *name,
                                      uint64_t *number);
/* Inside a transaction. */
TCN_MUST_USE enum tcn_err number_keep(struct tcn_node *node, const char *name,
                                      uint64_t number);

/* ---- lag.c: what a peer has not confirmed yet ---- */
struct peer_lag {
    uint64_t alerts;
    uint64_t seconds; /* since the oldest of them */
};
struct peer_lag peer_lag(struct tcn_node *node, unsigned peer,
                         const struct tcn_mesh_peer_info *info);

/* ---- observers.c ---- */
/* Writes what each class of observers may see of it into the outbox, within the
 * transaction; after the commit it is moved on to them (*moved rows). */
TCN_MUST_USE enum tcn_err observers_tell(struct tcn_node *node,
                                         const struct tcn_id *id);
TCN_MUST_USE enum tcn_err observers_flush(struct tcn_node *node, size_t *moved);

/* ---- audit_log.c ---- */
/* Who did what to what, within the transaction. */
TCN_MUST_USE enum tcn_err audit_note(struct tcn_node *node, const char *actor,
                                     const char *action, const char *subject,
                                     const char *detail);

/* ---- reload.c ---- */
/* Appends what changed, or what is wrong (then nothing has changed). */
TCN_MUST_USE enum tcn_err node_reload(struct tcn_node *node, const char *actor,
                                      struct tcn_buf *text);
/* The same, if the policy passes its tests. */
TCN_MUST_USE enum tcn_err node_reload_tested(struct tcn_node *node,
                                             const char *actor,
                                             struct tcn_buf *text);

/* ---- loop.c ---- */
/* Until it is told to stop; the exit code. */
int node_loop(struct tcn_node *node);
