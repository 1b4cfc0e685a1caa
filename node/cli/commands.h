/* The commands, one function each; the table is in main.c. */
#pragma once

#include "cli/cli.h"

int cmd_init(struct cli_args *args);
int cmd_cert(struct cli_args *args);
int cmd_keys(struct cli_args *args);
int cmd_card(struct cli_args *args);
int cmd_peer(struct cli_args *args);
int cmd_send(struct cli_args *args);
int cmd_import(struct cli_args *args);
int cmd_export(struct cli_args *args);
int cmd_formats(struct cli_args *args);
int cmd_tail(struct cli_args *args);
int cmd_list(struct cli_args *args);
int cmd_show(struct cli_args *args);
int cmd_thread(struct cli_args *args);
int cmd_verify(struct cli_args *args);
int cmd_update(struct cli_args *args);
int cmd_revoke(struct cli_args *args);
int cmd_sighting(struct cli_args *args);
int cmd_ack(struct cli_args *args);
int cmd_request(struct cli_args *args);
int cmd_status(struct cli_args *args);
int cmd_why(struct cli_args *args);
int cmd_policy(struct cli_args *args);
int cmd_agreement(struct cli_args *args);
int cmd_hold(struct cli_args *args);
int cmd_audit(struct cli_args *args);
int cmd_doctor(struct cli_args *args);
int cmd_backup(struct cli_args *args);
int cmd_restore(struct cli_args *args);
int cmd_completion(struct cli_args *args);
int cmd_reload(struct cli_args *args);
int cmd_stop(struct cli_args *args);

/* --exercise and --exercises into a request for a list. */
void cli_put_exercise(struct cli_node *node, const struct cli_args *args);

/* --OPTION VICTIM,FREE as a mask; false after an error was said. */
bool cli_classes(const struct cli_args *args, const char *option,
                 uint64_t *mask);
