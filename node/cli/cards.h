/* Cards and own keys as people see them. */
#pragma once

#include "cli/cli.h"
#include "io/keys.h"

void cards_print(const struct tcn_card *card);
/* As one object; `state` may be NULL. */
void cards_print_json(const struct tcn_card *card, const char *state);
void cards_print_fingerprint(const struct tcn_card *card);
/* Blanks, dashes and case do not count. */
bool cards_same_fingerprint(const char *ours, const char *given);

/* The validity that --life asks for; false after cli_wrong(). */
bool cards_life(const struct cli_args *args, uint64_t *from_ms,
                uint64_t *to_ms);

/* The key pairs of this node; false after an error was said. */
bool cards_own(const struct cli_args *args, struct tcn_key_chain *chain);
/* Which of them is in force: a node that runs says it; else the first whose
 * certificate is valid. */
size_t cards_in_force(const struct cli_args *args,
                      const struct tcn_key_chain *chain);
/* A connection to a node that runs, without a word when there is none. */
bool cards_connect(struct cli_node *node, const struct cli_args *args);

/* The key pairs of this node as people see them; the exit code. */
int cards_show_own(const struct cli_args *args);
/* "certificate 2 of ee, request ABCD-..." on standard error. */
void cards_say_request(const struct tcn_cert *cert);

/* cmd_cert_revoke.c: `cert revoke`, and a revocation in text given to the
 * node. */
int cert_revoke(const struct cli_args *args);
int cert_deliver(const struct cli_args *args, struct tcn_view text);
