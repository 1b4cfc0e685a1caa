/* A policy that waits to be confirmed narrows the one that runs: two at once,
 * behind the same choke points. */
#pragma once

#include "policy/policy.h"

/* From now on only what both policies allow passes, with the cuts, holds and
 * delays of both: until `other` is confirmed. Takes `other`, which was loaded
 * with the same world; its rules are told as "pending:NAME" and are numbered
 * behind the others. NO_MEMORY, or CAPACITY when both together have too many
 * holds; then nothing has changed and `other` is still the caller's. */
TCN_MUST_USE enum tcn_err tcn_policy_narrow(struct tcn_policy *policy,
                                            struct tcn_policy *other);
/* `other` of the above, or NULL. */
const struct tcn_policy *tcn_policy_pending(const struct tcn_policy *policy);
/* Ends it: the policy decides alone again, and `other` is freed. */
void tcn_policy_widen(struct tcn_policy *policy);

/* tcn_policy_hash() as if nothing narrowed it. */
const struct tcn_id *tcn_policy_own_hash(const struct tcn_policy *policy);
