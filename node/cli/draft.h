/* Drafts: the alert that the options of send, update, sighting and ack
 * describe. Views point into argv, or into what it builds on. */
#pragma once

#include "cli/cli.h"

extern const struct cli_option draft_options[];
extern const size_t draft_option_count;

/* Whether every value that was given is one of its option; says which is not
 * and what is. Needs no node. EXIT_DONE or EXIT_USAGE. */
int draft_check(const struct cli_args *args);

/* A new alert, before its options. */
void draft_begin(struct tcn_draft *draft);
/* The next revision of `head`: what no option names stays as it was. With
 * `fresh` its fields do not stay. */
void draft_revise(struct tcn_draft *draft, const struct tcn_alert *head,
                  bool fresh);
/* A sighting or ack of `subject`: under the same label, to the same members and
 * its origin. */
void draft_remark(struct tcn_draft *draft, const struct tcn_header *subject);
/* The options of args over what the draft holds. EXIT_DONE or EXIT_USAGE. */
int draft_apply(const struct cli_args *args, struct tcn_draft *draft);
/* Puts the draft as a pair. */
bool draft_put(struct cli_node *node, const struct tcn_draft *draft);

/* The members behind --to and any list, sorted and each once. */
size_t cli_audience(const struct cli_args *args,
                    struct tcn_view out[TCN_AUDIENCE_MAX]);
size_t cli_make_set(struct tcn_view *list, size_t count);

/* ---- cmd_send.c, for what else sends and revokes ---- */
/* Prints the id of a row, and what the node warns of. */
void cli_print_id(const struct cli_args *args, const struct tcn_pairs *pairs);
int cli_submit(struct cli_node *node, const struct cli_args *args,
               const struct tcn_draft *alert);
int cli_revoke(struct cli_node *node, const struct cli_args *args,
               const char *reason);
