/* What was decided and done, for people and for courts: decisions per alert and
 * peer, and an audit chain in which every row carries the hash of the row
 * before. */
#pragma once

#include "store/store.h"

struct tcn_decision {
    struct tcn_id id;
    char peer[TCN_MEMBER_MAX + 1]; /* or the observer class */
    uint8_t hook;                  /* 0 export, 1 import, 2 show */
    uint8_t outcome;               /* 0 deny, 1 hold, 2 allow */
    uint8_t form;
    char rule[TCN_NAME_MAX + 16]; /* its name, "default" or "floor:WORD" */
    struct tcn_id policy;
    uint64_t at_ms;
};

/* Replaces an older decision on the same (id, peer, hook). */
TCN_MUST_USE enum tcn_err tcn_store_decide(struct tcn_store *store,
                                           const struct tcn_decision *decision);
struct tcn_decision_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_decision *decision);
    void *ctx;
};
/* On one alert; or, with `id` NULL, export denials for `peer` since. */
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
