/* Drafts become alerts: placed in a thread, built, signed, checked like
 * everybody's, and given to the core. Rules: common/alert/FORMAT.md. */
#pragma once

#include "alert/build.h"

struct tcn_node;
struct import_names;

/* Fills in thread, revision, ref, times, kind and names of an import or a new
 * alert. *outcome is "stored", "updated", "revoked", or "known": no news. */
TCN_MUST_USE enum tcn_err signing_place(struct tcn_node *node,
                                        struct tcn_draft *draft,
                                        uint64_t life_ms, const char **outcome,
                                        struct import_names *names);
/* What tells one version of an import from the next. */
struct tcn_id signing_digest(const struct tcn_draft *draft);
/* With fresh salts and our certificate in force; to be freed with
 * tcn_unsigned_fini(). */
TCN_MUST_USE enum tcn_err signing_build(struct tcn_node *node,
                                        const struct tcn_draft *draft,
                                        struct tcn_unsigned *out);
/* Appends the envelope of a draft that is alone in its batch. */
TCN_MUST_USE enum tcn_err signing_sign(struct tcn_node *node,
                                       const struct tcn_draft *draft,
                                       struct tcn_buf *out);
/* Takes a signed envelope into node->received and checks it as if it came from
 * a peer, then what the nation requires: DENIED and the rule, which is NULL
 * after any other error. */
TCN_MUST_USE enum tcn_err signing_check(struct tcn_node *node,
                                        struct tcn_view envelope,
                                        const char **rule);
/* Gives what was checked last to the core, and returns what that answers. */
TCN_MUST_USE enum tcn_err signing_submit(struct tcn_node *node,
                                         struct tcn_id *id);
