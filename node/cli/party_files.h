/* What commands write of a member or peer, one file each beside the main one:
 * members/NAME.conf, peers/NAME.conf and cards/NAME.card. */
#pragma once

#include "cli/cli.h"

#define PARTY_PATH_MAX (TCN_PATH_MAX + 80)

/* DIR/`folder`/`member``ending`, DIR being the configuration's. */
void party_path(const struct cli_args *args, const char *folder,
                const char *member, char out[PARTY_PATH_MAX]);
bool party_has_file(const struct cli_args *args, const char *folder,
                    const char *member);
/* The number of a member in the setup, or party_count. */
size_t party_find(const struct tcn_setup *setup, const char *member);

/* Write the statement; `fresh` as in tcn_file_write(). False after an error was
 * said. */
bool party_write_member(const struct cli_args *args,
                        const struct tcn_party *party, bool fresh);
bool party_write_peer(const struct cli_args *args, const char *member,
                      const struct tcn_conf_peer *peer, bool fresh);

/* Whether the text is an endpoint that the configuration takes. */
bool party_is_endpoint(const char *text);
