/* Policies as files: those of the node, or others for the same world. */
#pragma once

#include "cli/cli.h"
#include "io/policy_file.h"
#include "policy/check.h"

struct policy_files {
    struct tcn_setup *setup; /* of the node, where it was needed */
    struct tcn_conf *conf;   /* of the files, where they say who we are */
    size_t source_count;
    struct tcn_source *sources;
    bool own_sources;          /* with their texts */
    struct tcn_source *placed; /* the configuration's, with one replaced */
    size_t place;              /* by which of them */
    const struct tcn_policy *policy;
    struct tcn_policy *own_policy;
};

/* Loads the node's policy when no file is named. Files may bring `node` and
 * `member` statements of their own, and then no node is needed. Otherwise one
 * file is read in the place of the one it would replace (io/policy_file.h), or
 * else all of them in place of the node's policy. False after an error was
 * said. Free with policy_files_close() in any case. */
bool policy_files_open(struct policy_files *files, const struct cli_args *args,
                       size_t first_word);
/* One file that must have such a place. */
bool policy_files_open_placed(struct policy_files *files,
                              const struct cli_args *args, size_t word);
void policy_files_close(struct policy_files *files);

/* The named files as they are; false after an error was said. */
bool policy_files_read(struct policy_files *files, const struct cli_args *args,
                       size_t first_word);

/* Where a finding stands, what it says, and its example. */
void policy_print_finding(const struct policy_files *files, bool json,
                          const struct tcn_finding *finding);
