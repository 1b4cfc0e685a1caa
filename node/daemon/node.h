/* tocsind from the inside: everything one node consists of, and who does what.
 *
 *   main.c       options, start, stop        loop.c      what is ready, in turn
 *   child.c      tocsin-link, tocsin-feed    shell.c     events in, effects out
 *   effects_*.c  store, query, send          keyring.c   whom we believe
 *   observers.c  what observers may see      signing.c   drafts become alerts
 *   control*.c   one file per group of verbs */
#pragma once

#include "alert/build.h"
#include "alert/wire.h"
#include "base/assert.h"
#include "base/idmap.h"
#include "base/text.h"
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

#define CLIENTS_MAX   32
#define NOTE_MAX      200
#define CERTS_MAX     4096
#define KREVS_AT_ONCE 8

/* ---- keyring.c: certificates by id, each signed by a pinned root ---- */

struct known_cert {
    struct tcn_cert cert;
    uint8_t bytes[TCN_CERT_MAX];
    size_t len;
    uint8_t signature[TCN_SIG_BYTES];
    uint64_t suspect_since_ms; /* 0 = not revoked; else what proves it: */
    uint8_t krev_bytes[TCN_KREV_MAX];
    size_t krev_len;
    uint8_t krev_signature[TCN_SIG_BYTES];
};

struct keyring {
    struct known_cert *certs; /* CERTS_MAX, allocated as they come */
    size_t count;
    size_t cap;
    struct tcn_idmap map;
    struct tcn_idmap_slot *slots;
    struct tcn_roots roots;
};

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

/* An alert read from the store, with the bytes it views. */
struct held_copy {
    struct tcn_alert alert;
    uint8_t bytes[TCN_ENVELOPE_MAX];
};

struct answer {
    bool given;
    enum tcn_err err;
    struct tcn_id id;
};

struct peer_state {
    bool link_up;
    char note[NOTE_MAX]; /* the last words of the link about it */
    uint64_t note_ms;
};

struct client;

struct tcn_node {
    const char *config_path;
    struct tcn_setup *setup;
    char policy_message[TCN_SETUP_MESSAGE];
    struct tcn_node_keys *keys;
    struct keyring keyring;
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
    struct answer answer; /* of the SUBMIT that is being carried out */
    struct tcn_effects *effects;
    struct verifier *verifier;
    struct held_copy *received; /* of the frame that is being carried out */
    struct held_copy *loaded;
    struct held_copy *other;
    struct held_copy *scratch;
    struct tcn_id revoked[KREVS_AT_ONCE]; /* the core is to be told */
    size_t revoked_count;
    size_t fed; /* rows in the feed's outbox of this transaction */

    int control_fd;
    int signal_fd;
    struct client *clients[CLIENTS_MAX];

    uint64_t started_ms;
    uint64_t metrics_ms; /* steady: when they are written next */
    uint64_t sweep_ms;
    bool stopping;
    bool ready;
};

/* ---- keyring.c ---- */
/* Everything that is pinned or stored, inside a transaction. */
TCN_MUST_USE enum tcn_err keyring_load(struct tcn_node *node);
void keyring_fini(struct keyring *ring);
/* Keeps a certificate whose member is pinned (or is us) and whose root signed
 * it; durable. UNPINNED, CERT_SIGNATURE, CERT, CAPACITY or of the store. */
TCN_MUST_USE enum tcn_err keyring_add(struct tcn_node *node,
                                      struct tcn_view bytes,
                                      struct tcn_view signature, bool durable);
TCN_MUST_USE enum tcn_err keyring_revoke(struct tcn_node *node,
                                         struct tcn_view bytes,
                                         struct tcn_view signature,
                                         bool durable);
const struct known_cert *keyring_find(const struct keyring *ring,
                                      const struct tcn_id *id);
/* The root pinned for a member, or NULL. */
const uint8_t *keyring_root(const struct tcn_node *node,
                            struct tcn_view member);
/* What a signature has to prove of an alert: UNPINNED, CERT_UNKNOWN,
 * CERT_REVOKED, CERT_MEMBER, CERT_TIME. */
TCN_MUST_USE enum tcn_err keyring_prove(struct tcn_node *node,
                                        const struct tcn_alert *alert,
                                        struct tcn_proof *proof);
/* All of it here and now: these or what tcn_alert_verify() says. */
TCN_MUST_USE enum tcn_err keyring_verify(struct tcn_node *node,
                                         struct tcn_alert *alert);
/* The peer's certificate that is valid longest, or NULL. */
const struct tcn_cert *keyring_cert_of(const struct tcn_node *node,
                                       unsigned peer);

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

/* ---- verify.c: signatures are checked on other cores ---- */
TCN_MUST_USE enum tcn_err verify_open(struct tcn_node *node);
void verify_close(struct tcn_node *node);
/* To be polled for reading; then verify_collect(). */
int verify_fd(const struct tcn_node *node);
/* Answers VERIFY with VERIFIED, now or when a worker has checked it. */
void verify_begin(struct tcn_node *node, const struct query *query);
void verify_collect(struct tcn_node *node);
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
/* NOT_FOUND also when the contents are gone. */
TCN_MUST_USE enum tcn_err held_load(struct tcn_node *node,
                                    const struct tcn_id *id,
                                    struct held_copy *copy,
                                    struct tcn_stored *row);
/* What is known of it for a decision now. */
struct tcn_facts held_facts(struct tcn_node *node,
                            const struct tcn_alert *alert);
unsigned peer_number(const struct tcn_node *node, const char *member);
bool is_suspect(const struct tcn_node *node, const struct tcn_stored *row);

/* ---- require.c ---- */
/* DENIED and the rule that an own alert does not meet. */
TCN_MUST_USE enum tcn_err require_check(struct tcn_node *node,
                                        struct tcn_view envelope,
                                        const char **rule);

/* ---- observers.c ---- */
TCN_MUST_USE enum tcn_err observers_tell(struct tcn_node *node,
                                         const struct tcn_id *id);

/* ---- signing.c ---- */
/* Fills in thread, revision, ref, times and kind of an import or a new alert.
 * *outcome is "stored", "updated", "revoked" or "known" (nothing to do). */
TCN_MUST_USE enum tcn_err signing_place(struct tcn_node *node,
                                        struct tcn_draft *draft,
                                        uint64_t life_ms, const char **outcome);
/* What tells one version of an import from the next. */
struct tcn_id signing_digest(const struct tcn_draft *draft);
TCN_MUST_USE enum tcn_err signing_build(struct tcn_node *node,
                                        const struct tcn_draft *draft,
                                        struct tcn_unsigned *out);
/* Gives a signed envelope to the core; what it says is in node->answer. */
TCN_MUST_USE enum tcn_err signing_submit(struct tcn_node *node,
                                         struct tcn_view envelope,
                                         struct tcn_id *id);

/* ---- audit_log.c ---- */
TCN_MUST_USE enum tcn_err audit_note(struct tcn_node *node, const char *actor,
                                     const char *action, const char *subject,
                                     const char *detail);

/* ---- reload.c ---- */
/* Appends what changed, or what is wrong (then nothing has changed). */
TCN_MUST_USE enum tcn_err node_reload(struct tcn_node *node, const char *actor,
                                      struct tcn_buf *text);

/* ---- metrics.c, notify.c ---- */
void metrics_write(struct tcn_node *node);
void notify_send(const char *state);

/* ---- loop.c ---- */
int node_loop(struct tcn_node *node);
