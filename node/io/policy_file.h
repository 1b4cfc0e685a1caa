/* One policy file in place of another: which file of a configuration a new one
 * would replace, and what the policy would be then. Nothing is written here. */
#pragma once

#include "io/setup.h"

/* The file of the configuration that `file` would take the place of: the one
 * that holds rules; where several do, the one of the same base name. It must
 * hold nothing but rules, groups, tests and the like, and so must `file`.
 * DENIED, or SYNTAX when `file` cannot be cut into words; then
 * the message says why. */
TCN_MUST_USE enum tcn_err tcn_policy_place(const struct tcn_setup *setup,
                                           const struct tcn_source *file,
                                           size_t *place,
                                           struct tcn_buf *message);

/* The sources of `setup` with `file` at `place`, borrowed from both. NULL when
 * out of memory; free() it. */
struct tcn_source *tcn_policy_sources(const struct tcn_setup *setup,
                                      const struct tcn_source *file,
                                      size_t place);

/* The policy that would be with `file` in its place, for the configuration's
 * own world. Errors of all of these. */
TCN_MUST_USE enum tcn_err tcn_policy_placed(struct tcn_policy **out,
                                            const struct tcn_setup *setup,
                                            const struct tcn_source *file,
                                            struct tcn_buf *message);

/* The policy of those sources, for the world of `world`. Errors as
 * tcn_policy_load(), told in the message. */
TCN_MUST_USE enum tcn_err tcn_policy_with(struct tcn_policy **out,
                                          const struct tcn_conf *world,
                                          const struct tcn_source *sources,
                                          size_t source_count,
                                          struct tcn_buf *message);
