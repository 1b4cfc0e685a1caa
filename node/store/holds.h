/* What waits for people or for time: alerts held towards a peer and who
 * approved what, delays, and what came in and nobody has looked at. */
#pragma once

#include "alert/status.h"
#include "store/store.h"

#define TCN_HOLD_RULES_TEXT 2048

/* One per alert and peer: bound to the form that was held. */
struct tcn_hold {
    struct tcn_id id;
    char peer[TCN_MEMBER_MAX + 1];
    uint8_t state; /* enum tcn_hold_state */
    uint8_t asked; /* the form that is held */
    uint8_t form;  /* what may go of it, once released */
    uint64_t since_ms;
    uint64_t until_ms;               /* not approved by then, it expires */
    char rules[TCN_HOLD_RULES_TEXT]; /* names of the hold rules, by blanks */
};

/* One person's word about one hold. */
struct tcn_approval {
    uint32_t uid;
    char user[64];
    uint8_t cut; /* classes not to go */
    uint64_t at_ms;
    char rules[TCN_HOLD_RULES_TEXT]; /* those whose role the person has */
};

/* Replaces what was held of it before, with every approval. */
TCN_MUST_USE enum tcn_err tcn_store_hold(struct tcn_store *store,
                                         const struct tcn_hold *hold);
/* NOT_FOUND when nothing is held there. */
TCN_MUST_USE enum tcn_err tcn_store_hold_get(struct tcn_store *store,
                                             const struct tcn_id *id,
                                             const char *peer,
                                             struct tcn_hold *hold);
TCN_MUST_USE enum tcn_err tcn_store_hold_state(struct tcn_store *store,
                                               const struct tcn_hold *hold);
/* Forgets it: the next decision asks again. */
TCN_MUST_USE enum tcn_err tcn_store_hold_drop(struct tcn_store *store,
                                              const struct tcn_id *id,
                                              const char *peer);
struct tcn_hold_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_hold *hold);
    void *ctx;
};
/* Those of one alert; with `id` NULL all of them, oldest first. */
TCN_MUST_USE enum tcn_err tcn_store_holds(struct tcn_store *store,
                                          const struct tcn_id *id,
                                          struct tcn_hold_taker taker);

/* How many wait, by the names of the rules that hold them. */
struct tcn_hold_counter {
    void (*take)(void *ctx, const char *rules, uint64_t count);
    void *ctx;
};
TCN_MUST_USE enum tcn_err tcn_store_holds_count(struct tcn_store *store,
                                                struct tcn_hold_counter taker);

/* Those that wait and were not approved in time. */
TCN_MUST_USE enum tcn_err tcn_store_holds_over(struct tcn_store *store,
                                               uint64_t now_ms,
                                               struct tcn_hold_taker taker);

/* A second word of the same person replaces the first. */
TCN_MUST_USE enum tcn_err
tcn_store_approve(struct tcn_store *store, const struct tcn_hold *hold,
                  const struct tcn_approval *approval);
struct tcn_approval_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_approval *approval);
    void *ctx;
};
TCN_MUST_USE enum tcn_err tcn_store_approvals(struct tcn_store *store,
                                              const struct tcn_id *id,
                                              const char *peer,
                                              struct tcn_approval_taker taker);

/* A delay: from `until_ms` on it is decided again. */
TCN_MUST_USE enum tcn_err tcn_store_delay(struct tcn_store *store,
                                          const struct tcn_id *id,
                                          const char *peer, uint64_t until_ms);
struct tcn_id_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_id *id);
    void *ctx;
};
/* Alerts with a delay that ended after the one time and by the other. */
TCN_MUST_USE enum tcn_err tcn_store_delays_due(struct tcn_store *store,
                                               uint64_t after_ms,
                                               uint64_t until_ms,
                                               struct tcn_id_taker taker);
/* When a delay ends: NOT_FOUND. */
TCN_MUST_USE enum tcn_err tcn_store_delay_get(struct tcn_store *store,
                                              const struct tcn_id *id,
                                              const char *peer,
                                              uint64_t *until_ms);
TCN_MUST_USE enum tcn_err tcn_store_delay_drop(struct tcn_store *store,
                                               const struct tcn_id *id,
                                               const char *peer);

/* What came in and waits for a look: by which rule, from whom. */
struct tcn_quarantined {
    struct tcn_id id;
    char peer[TCN_MEMBER_MAX + 1];
    char rule[TCN_NAME_MAX + 16];
    uint64_t at_ms;
};
TCN_MUST_USE enum tcn_err
tcn_store_quarantine(struct tcn_store *store,
                     const struct tcn_quarantined *row);
/* OK: it is in quarantine; NOT_FOUND: it is not. */
TCN_MUST_USE enum tcn_err tcn_store_quarantined(struct tcn_store *store,
                                                const struct tcn_id *id);
TCN_MUST_USE enum tcn_err tcn_store_quarantine_end(struct tcn_store *store,
                                                   const struct tcn_id *id);
struct tcn_quarantine_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_quarantined *row);
    void *ctx;
};
TCN_MUST_USE enum tcn_err
tcn_store_quarantine_each(struct tcn_store *store,
                          struct tcn_quarantine_taker taker);
