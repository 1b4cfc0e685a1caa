/* Under which names the messages of a source are known to this node. */
#pragma once

#include "daemon/node.h"

/* Hashes of the names that a draft has and gives: its own, then what it
 * replaces. None for an alert made here. */
struct import_names {
    struct tcn_thread list[1 + TCN_REPLACES_MAX];
    uint8_t count;
    bool withdrawn;
    bool goes_on; /* withdrawn, but what replaces it has the same thread */
    bool early;   /* withdrawn before it came: nothing but to remember it */
    bool again;   /* it was withdrawn, and is published anew */
    struct tcn_thread old; /* the thread that was withdrawn */
};

/* The names of the draft, and the thread it belongs to. */
TCN_MUST_USE enum tcn_err import_names_read(struct tcn_node *node,
                                            const struct tcn_draft *draft,
                                            struct import_names *names,
                                            struct tcn_thread *thread);
/* Inside a transaction: the names lead to that thread from now on. */
TCN_MUST_USE enum tcn_err import_names_keep(struct tcn_node *node,
                                            const struct import_names *names,
                                            const struct tcn_thread *thread);
/* What was withdrawn is published anew: a withdrawal is final, so it is a new
 * thread, which the old one leads to. Not when it was somebody here who revoked
 * it: names->again says which. */
TCN_MUST_USE enum tcn_err import_names_again(struct tcn_node *node,
                                             struct import_names *names,
                                             const struct tcn_id *digest,
                                             struct tcn_thread *thread);
/* Whether they have a name in common, so that one must wait for the other. */
bool import_names_meet(const struct import_names *a,
                       const struct import_names *b);
