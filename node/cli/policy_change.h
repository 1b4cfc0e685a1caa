/* What `tocsin policy` asks of a node that runs: try, load, confirm. */
#pragma once

#include "cli/policy_files.h"

/* Asks what would change for the last alerts, and tells; `file` NULL = what the
 * configuration says now. The node keeps the file for what is asked next. */
int policy_replay(struct cli_node *node, const struct cli_args *args,
                  const struct tcn_source *file);

int policy_try(struct cli_args *args);
int policy_load(struct cli_args *args);
int policy_confirm(struct cli_args *args);
int policy_abandon(struct cli_args *args);
int policy_rules(struct cli_args *args);

/* cmd_policy.c: tests, proofs and findings, told. */
int policy_check(const struct policy_files *files, const struct cli_args *args);
