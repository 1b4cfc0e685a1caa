/* tocsind from the inside: everything one node consists of, and who does what.
 *
 *   main.c       options, start, stop        loop.c      what is ready, in turn
 *   child.c      tocsin-link, tocsin-feed    shell.c     events in, effects out
 *   effects_*.c  store, query, send          keys.h      whom we believe, and
 *   link_*.c     what the link is told                   our own keys
 *   observers.c  what observers may see      signing.c   drafts become alerts
 *   control*.c   one file per group of verbs */
#pragma once

#include "alert/build.h"
#include "alert/wire.h"
#include "base/assert.h"
#include "base/idmap.h"
#include "base/text.h"
#include "daemon/keys.h"
#include "io/control.h"
#include "io/file.h"
#include "io/keys.h"
#include "io/pipe.h"
#include "io/setup.h"
#include "mesh/mesh.h"
#include "store/audit.h"
#include "store/feed.h"
#include "store/ledger.h"
#include <stdio.h>

#define CLIENTS_MAX 32
#define NOTE_MAX    200

/* ---- child.c ---- */

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
    char failure[NOTE_MAX];
};

/* ---- shell.c: what one round has done and not yet made known ---- */

struct outgoing {
    uint8_t *bytes; /* frames, each behind its length and way */
    size_t len;
    size_t cap;
};

struct query {
    enum tcn_effect_kind kind;
    uint8_t peer;
    uint8_t lane;
    uint64_t n;
    uint64_t ticket;
    struct tcn_id id;
    const struct tcn_alert *alert;
};
#define QUERIES_MAX (2 * TCN_EFFECTS_MAX)

/* An alert with the bytes it views. */
struct held_copy {
    struct tcn_alert alert;
    uint8_t bytes[TCN_ENVELOPE_MAX];
};

/* The alert that the step under way has stored, if it still is as it was. */
struct at_hand {
    const struct tcn_alert *alert; /* of the event; NULL = none */
    struct tcn_stored row;         /* without title and size */
};

struct answer {
    bool given;
    enum tcn_err err;
    struct tcn_id id;
};

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
    struct held_copy *received; /* of the frame that is being carried out */
    struct held_copy *loaded;
    struct held_copy *other;
    struct held_copy *scratch;
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

/* ---- child.c ---- */
void child_start(struct tcn_node *node, struct child *child);
void child_stop(struct child *child);
void child_reap(struct tcn_node *node);
/* Reads what it says; a child that broke is restarted after a moment. */
void child_serve(struct tcn_node *node, struct child *child, short events);
uint64_t child_deadline(const struct child *child);
void child_tick(struct tcn_node *node, struct child *child);

/* ---- places.c: what tocsin-feed needs when it is another user ---- */
void places_prepare(const struct tcn_node *node);

/* ---- link_setup.c, feed_setup.c: what a child is told first ---- */
TCN_MUST_USE enum tcn_err link_configure(struct tcn_node *node);
TCN_MUST_USE enum tcn_err feed_configure(struct tcn_node *node);
void link_message(struct tcn_node *node, const struct tcn_msg *msg);
void link_gone(struct tcn_node *node);
/* Closes the connections with a peer, both ways; they are made anew. */
void link_cut(struct tcn_node *node, unsigned peer);

/* ---- link_keys.c: pins and our own key, while the link runs ---- */
/* What a link that starts is told: a key of ours, whom it may know. */
TCN_MUST_USE enum tcn_err link_tell_keys(struct tcn_node *node);
/* Makes what a running link knows what the certificates say now. */
void link_sync(struct tcn_node *node);
/* Its answer to another key of ours. */
void link_keyed(struct tcn_node *node, struct tcn_view curve_pk);

/* ---- verify.c: signatures are checked on other cores ---- */
TCN_MUST_USE enum tcn_err verify_open(struct tcn_node *node);
void verify_close(struct tcn_node *node);
/* To be polled for reading; then verify_collect(). */
int verify_fd(const struct tcn_node *node);
/* Answers VERIFY with VERIFIED, now or when a worker has checked it. */
void verify_begin(struct tcn_node *node, const struct query *query);
void verify_collect(struct tcn_node *node);
/* How many signatures the threads have checked, and in what time. */
void verify_spent(const struct tcn_node *node, uint64_t *count, uint64_t *ns);
/* The core that asked is gone. */
void verify_forget(struct tcn_node *node);

/* ---- shell.c ---- */
/* Builds the core anew from the store. */
TCN_MUST_USE enum tcn_err shell_build(struct tcn_node *node);
void shell_event(struct tcn_node *node, struct tcn_event *event);
/* Answers at most so many of the core's queries. */
void shell_queries(struct tcn_node *node, size_t most);
/* Commits what the round did, then sends it. After an error nothing was done:
 * the core is rebuilt from what is durable. */
TCN_MUST_USE enum tcn_err shell_commit(struct tcn_node *node);
void shell_fail(struct tcn_node *node, enum tcn_err err);
void shell_retry(struct tcn_node *node);
/* Starts the transaction of this round if there is none. */
TCN_MUST_USE enum tcn_err shell_begin(struct tcn_node *node);
/* Queues a frame for a peer, to be sent after the commit. */
struct way {
    uint8_t peer;
    uint8_t lane; /* enum tcn_lane */
};
void shell_queue(struct tcn_node *node, struct way way, struct tcn_view frame);

/* ---- control.c ---- */
/* What became of the drafts of this round: told to those who sent them. */
void control_answer(struct tcn_node *node, enum tcn_err err);

/* ---- effects_store.c, effects_query.c, effects_send.c ---- */
TCN_MUST_USE enum tcn_err effect_store(struct tcn_node *node,
                                       const struct tcn_effect *effect);
void query_push(struct tcn_node *node, const struct tcn_effect *effect);
/* Takes the oldest query and fills in the event that answers it. False: the
 * store failed. */
bool query_answer(struct tcn_node *node, struct tcn_event *event);
void effect_send(struct tcn_node *node, const struct tcn_effect *effect);
void effect_alarm(struct tcn_node *node, const struct tcn_effect *effect);

/* ---- held.c: alerts as the store has them ---- */
/* A copy of its own of an envelope, decoded. */
TCN_MUST_USE enum tcn_err held_keep(struct held_copy *copy,
                                    struct tcn_view envelope);
/* NOT_FOUND also when the contents are gone. */
TCN_MUST_USE enum tcn_err held_load(struct tcn_node *node,
                                    const struct tcn_id *id,
                                    struct held_copy *copy,
                                    struct tcn_stored *row);
/* To decide about observers (`fresh`: just stored, or NULL); about peers. */
struct tcn_facts held_facts_shown(struct tcn_node *node,
                                  const struct tcn_alert *alert,
                                  const struct tcn_stored *fresh);
struct tcn_facts held_facts(struct tcn_node *node,
                            const struct tcn_alert *alert,
                            const struct tcn_stored *row);
/* The word of its kind, of an unknown one from the alert while it is there. */
#define TCN_KIND_TEXT 25
const char *kind_of(struct tcn_node *node, const struct tcn_stored *row,
                    char text[TCN_KIND_TEXT]);
unsigned peer_number(const struct tcn_node *node, const char *member);

/* ---- numbers.c: numbers in the store, by name ---- */
/* NOT_FOUND, CORRUPT or of the store. */
TCN_MUST_USE enum tcn_err number_read(struct tcn_node *node, const char *name,
                                      uint64_t *number);
/* Inside a transaction. */
TCN_MUST_USE enum tcn_err number_keep(struct tcn_node *node, const char *name,
                                      uint64_t number);

/* ---- lag.c ---- */
struct peer_lag {
    uint64_t alerts;
    uint64_t seconds; /* since the oldest of them */
};
struct peer_lag peer_lag(struct tcn_node *node, unsigned peer,
                         const struct tcn_mesh_peer_info *info);

/* ---- observers.c ---- */
TCN_MUST_USE enum tcn_err observers_tell(struct tcn_node *node,
                                         const struct tcn_id *id);
TCN_MUST_USE enum tcn_err observers_flush(struct tcn_node *node, size_t *moved);

/* ---- signing.c ---- */
/* Fills in thread, revision, ref, times, kind and names of an import or a new
 * alert. *outcome is "stored", "updated", "revoked", or "known": no news. */
struct import_names;
TCN_MUST_USE enum tcn_err signing_place(struct tcn_node *node,
                                        struct tcn_draft *draft,
                                        uint64_t life_ms, const char **outcome,
                                        struct import_names *names);
/* What tells one version of an import from the next. */
struct tcn_id signing_digest(const struct tcn_draft *draft);
TCN_MUST_USE enum tcn_err signing_build(struct tcn_node *node,
                                        const struct tcn_draft *draft,
                                        struct tcn_unsigned *out);
/* Appends the envelope of a draft that is alone in its batch. */
TCN_MUST_USE enum tcn_err signing_sign(struct tcn_node *node,
                                       const struct tcn_draft *draft,
                                       struct tcn_buf *out);
/* Takes a signed envelope into node->received and checks it as if it came from
 * a peer, then what the nation requires: DENIED and the rule. */
TCN_MUST_USE enum tcn_err signing_check(struct tcn_node *node,
                                        struct tcn_view envelope,
                                        const char **rule);
/* Gives what was checked last to the core; its answer is in node->answer. */
TCN_MUST_USE enum tcn_err signing_submit(struct tcn_node *node,
                                         struct tcn_id *id);

/* ---- audit_log.c ---- */
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
int node_loop(struct tcn_node *node);
