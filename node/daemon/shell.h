/* Around the core: events go in, effects are carried out, in one place and one
 * order. What the core wants stored is committed before anything it wants sent
 * leaves; one round of the loop shares one commit. */
#pragma once

#include "mesh/mesh.h"
#include "store/store.h"

struct tcn_node;

/* Whom a frame goes to, and on which connection. */
struct way {
    uint8_t peer;
    uint8_t lane; /* enum tcn_lane */
};

/* Frames of this round that leave after its commit. */
struct outgoing {
    uint8_t *bytes; /* each behind its length and way */
    size_t len;
    size_t cap;
};

/* What the core asked and has not been answered: the effect, kept. */
struct query {
    enum tcn_effect_kind kind;
    uint8_t peer;
    uint8_t lane;
    uint64_t n;
    uint64_t ticket;
    struct tcn_id id;
    const struct tcn_alert *alert; /* of a VERIFY: node->received */
};
#define QUERIES_MAX (2 * TCN_EFFECTS_MAX)

/* The alert that the step under way has stored, if it still is as it was. */
struct at_hand {
    const struct tcn_alert *alert; /* of the event; NULL = none */
    struct tcn_stored row;         /* without title and size */
};

/* What the core said of the SUBMIT that is being carried out. */
struct answer {
    bool given;
    enum tcn_err err;
    struct tcn_id id;
};

/* ---- build.c ---- */

/* Builds the core anew from the store. */
TCN_MUST_USE enum tcn_err shell_build(struct tcn_node *node);

/* ---- shell.c ---- */

/* Fills in the time, steps the core and carries out what it wants. Does nothing
 * while the store does not work. */
void shell_event(struct tcn_node *node, struct tcn_event *event);
/* Answers at most so many of the core's queries. */
void shell_queries(struct tcn_node *node, size_t most);
/* Starts the transaction of this round if there is none. */
TCN_MUST_USE enum tcn_err shell_begin(struct tcn_node *node);
/* Commits what the round did, answers those who wait for it, and sends. After
 * an error nothing was done: the core is rebuilt from what is durable. */
TCN_MUST_USE enum tcn_err shell_commit(struct tcn_node *node);
/* The store did not take it: this round never was, and nothing is taken in
 * until shell_retry() succeeds. */
void shell_fail(struct tcn_node *node, enum tcn_err err);
void shell_retry(struct tcn_node *node);
/* Queues a copy of the frame, to be sent after the commit. */
void shell_queue(struct tcn_node *node, struct way way, struct tcn_view frame);

/* ---- effects_store.c, proofs.c, effects_query.c, effects_send.c ---- */

/* Inside the transaction. */
TCN_MUST_USE enum tcn_err effect_store(struct tcn_node *node,
                                       const struct tcn_effect *effect);
/* A CERT or KREV of a peer: what does not hold is no error, only the store. */
TCN_MUST_USE enum tcn_err proof_heard(struct tcn_node *node,
                                      const struct tcn_effect *effect);
void query_push(struct tcn_node *node, const struct tcn_effect *effect);
/* Takes the oldest query and fills in the event that answers it. False: the
 * store failed. */
bool query_answer(struct tcn_node *node, struct tcn_event *event);
void effect_send(struct tcn_node *node, const struct tcn_effect *effect);
void effect_alarm(struct tcn_node *node, const struct tcn_effect *effect);

/* ---- verify.c: signatures are checked on other cores ---- */

/* IO or NO_MEMORY. */
TCN_MUST_USE enum tcn_err verify_open(struct tcn_node *node);
void verify_close(struct tcn_node *node);
/* To be polled for reading; then verify_collect(). */
int verify_fd(const struct tcn_node *node);
/* Answers VERIFY with VERIFIED, now or when a worker has checked it; then it
 * keeps node->received and leaves another one in its place. */
void verify_begin(struct tcn_node *node, const struct query *query);
void verify_collect(struct tcn_node *node);
/* How many signatures the threads have checked, and in what time. */
void verify_spent(const struct tcn_node *node, uint64_t *count, uint64_t *ns);
/* The core that asked is gone. */
void verify_forget(struct tcn_node *node);
