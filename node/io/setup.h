/* A node's configuration as it lies on disk: the main file, what it includes,
 * the policy in it and the cards it pins; loaded and checked as one whole, by
 * tocsind and by the CLI alike. */
#pragma once

#include "alert/identity.h"
#include "conf/conf.h"
#include "policy/policy.h"

struct tcn_setup {
    struct tcn_conf conf;
    size_t source_count;
    struct tcn_source *sources; /* owned, with their texts */
    struct tcn_policy *policy;  /* never NULL after tcn_setup_load() */
    bool policy_valid;          /* false: receive only; `message` says why */
    struct tcn_card *cards;     /* one per conf.parties[i] */
};

/* Paths in the files are relative to the file that names them; PATH's directory
 * is the base. OK also when only the policy is wrong (receive only): the
 * message is filled in then. Free with tcn_setup_free(). */
TCN_MUST_USE enum tcn_err tcn_setup_load(struct tcn_setup **out,
                                         const char *path,
                                         struct tcn_buf *message);
/* Only what a client of the node needs: where its sockets are. Reads the main
 * file, and what it includes only when the main file does not say; no card, no
 * key, no policy (NULL): a mistake there does not keep anybody from a node that
 * runs. Where the configuration of the system is closed to the caller, its
 * standard places are taken. */
#define TCN_SETUP_STANDARD "/etc/tocsin/tocsin.conf"
TCN_MUST_USE enum tcn_err tcn_setup_load_node(struct tcn_setup **out,
                                              const char *path,
                                              struct tcn_buf *message);
void tcn_setup_free(struct tcn_setup *setup);

/* Room for all messages of one load. */
#define TCN_SETUP_MESSAGE 16384
