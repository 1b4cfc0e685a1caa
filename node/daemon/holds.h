/* What waits for people or for time, inside tocsind: holds and their release,
 * delays, the quarantine, and what own alerts must have. */
#pragma once

#include "daemon/node.h"
#include "store/holds.h"

/* What follows from a decision of the core, in its transaction: a hold or a
 * delay begins, an alert goes into quarantine, or nothing waits any more. */
TCN_MUST_USE enum tcn_err holds_decided(struct tcn_node *node,
                                        const struct tcn_effect *effect);

/* What the core is told beside an alert's bytes; valid until the next call. */
TCN_MUST_USE enum tcn_err holds_told(struct tcn_node *node,
                                     const struct tcn_stored *row,
                                     const struct tcn_receipt **told);

/* The same for a policy that does not run: its hold rules have other numbers.
 */
TCN_MUST_USE enum tcn_err holds_told_by(struct tcn_node *node,
                                        const struct tcn_policy *policy,
                                        const struct tcn_stored *row,
                                        const struct tcn_receipt **told);

/* Ends what was not approved in time, and asks the core again about what time
 * or people have freed. */
void holds_tick(struct tcn_node *node);
/* The core was built anew: it is asked again about everything that is free. */
void holds_restart(void);

/* One person's word. `cut`: classes that are not to go. *done: it is released.
 * ROLE, FINAL, NOT_FOUND, or of the store. */
struct hold_word {
    const struct tcn_id *id;
    const char *peer;
    const struct tcn_control_peer *person;
    uint8_t cut;
};
TCN_MUST_USE enum tcn_err
holds_approve(struct tcn_node *node, const struct hold_word *word, bool *done);
TCN_MUST_USE enum tcn_err holds_refuse(struct tcn_node *node,
                                       const struct hold_word *word);
TCN_MUST_USE enum tcn_err holds_reopen(struct tcn_node *node,
                                       const struct hold_word *word);
/* Somebody has looked at it: it is treated as accepted. */
TCN_MUST_USE enum tcn_err holds_accept(struct tcn_node *node,
                                       const struct hold_word *word);
bool holds_quarantined(struct tcn_node *node, const struct tcn_id *id);

/* DENIED and the rule that an own alert does not meet. */
TCN_MUST_USE enum tcn_err require_check(struct tcn_node *node,
                                        const struct tcn_alert *alert,
                                        const char **rule);

/* Ids to be gone through after the query that gives them. */
struct id_list {
    size_t count, cap;
    struct tcn_id *list; /* to be freed */
};
TCN_MUST_USE enum tcn_err id_list_add(struct id_list *ids,
                                      const struct tcn_id *id);

/* retention.c: values whose time is over go; see there. */
void retention_sweep(struct tcn_node *node);
/* The least that `retain` says of any class, here or in an agreement: what
 * observers were told is kept no longer. ms; UINT64_MAX = nothing is said. */
uint64_t retention_shortest(const struct tcn_node *node);

/* How many alerts and peers wait, by the number of the hold rule. */
#define HOLD_RULES_MAX 64
TCN_MUST_USE enum tcn_err holds_waiting(struct tcn_node *node,
                                        uint64_t counts[HOLD_RULES_MAX]);

/* "waiting", "released", "refused", "expired" */
const char *holds_state_word(unsigned state);

/* The people who are still needed, as text: "attribution: 1 more of releaser".
 */
TCN_MUST_USE enum tcn_err holds_put_needs(struct tcn_node *node,
                                          const struct tcn_hold *hold,
                                          struct tcn_buf *out);
