/* What was decided and done, for people and for courts: decisions per alert and
 * peer, and an audit chain in which every row carries the hash of the row
 * before. */
#pragma once

#include "alert/audit_head.h"
#include "store/store.h"

struct tcn_decision {
    struct tcn_id id;
    char peer[TCN_MEMBER_MAX + 1]; /* or the observer class */
    uint8_t hook;                  /* 0 export, 1 import, 2 show */
    uint8_t outcome;               /* 0 deny, 1 hold, 2 allow, 3 delay */
    uint8_t form;
    char rule[TCN_NAME_MAX + 16]; /* its name, "default" or "floor:WORD" */
    struct tcn_id policy;
    uint64_t at_ms;
};

/* Inside a transaction. Replaces an older decision on the same (id, peer,
 * hook). */
TCN_MUST_USE enum tcn_err tcn_store_decide(struct tcn_store *store,
                                           const struct tcn_decision *decision);
struct tcn_decision_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_decision *decision);
    void *ctx;
};
/* On one alert; or, with `id` NULL, what was decided not to go to `peer`, or
 * not yet, since. */
TCN_MUST_USE enum tcn_err tcn_store_decisions(struct tcn_store *store,
                                              const struct tcn_id *id,
                                              const char *peer,
                                              uint64_t since_ms,
                                              struct tcn_decision_taker taker);

struct tcn_audit_row {
    uint64_t n;
    uint64_t at_ms;
    const char *actor;  /* user name or "node" */
    const char *action; /* "send", "revoke", "policy-load", ... */
    const char *subject;
    const char *detail;
    struct tcn_id hash; /* of the row before and this row */
    uint64_t signed_ms; /* when it was signed as the head; 0 = it was not */
};

/* Appends; n and hash are filled in by the store. */
TCN_MUST_USE enum tcn_err tcn_store_audit(struct tcn_store *store,
                                          const struct tcn_audit_row *row);
struct tcn_audit_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_audit_row *row);
    void *ctx;
};
TCN_MUST_USE enum tcn_err tcn_store_audit_each(struct tcn_store *store,
                                               uint64_t after_n,
                                               struct tcn_audit_taker taker);
/* Recomputes the chain: CORRUPT and the first bad n, or OK and the last n. */
TCN_MUST_USE enum tcn_err tcn_store_audit_verify(struct tcn_store *store,
                                                 uint64_t *n);

/* The last row. */
TCN_MUST_USE enum tcn_err tcn_store_audit_end(struct tcn_store *store,
                                              uint64_t *n, struct tcn_id *hash);
/* The hash that row n has now: NOT_FOUND. */
TCN_MUST_USE enum tcn_err tcn_store_audit_hash(struct tcn_store *store,
                                               uint64_t n, struct tcn_id *hash);

/* Heads that the node signed; their member is left empty. */
TCN_MUST_USE enum tcn_err tcn_store_head_put(struct tcn_store *store,
                                             const struct tcn_audit_head *head);
struct tcn_head_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_audit_head *head);
    void *ctx;
};
TCN_MUST_USE enum tcn_err tcn_store_heads(struct tcn_store *store,
                                          struct tcn_head_taker taker);
/* The last of them: NOT_FOUND. */
TCN_MUST_USE enum tcn_err tcn_store_head_last(struct tcn_store *store,
                                              struct tcn_audit_head *head);
