/* Alerts whose key is revoked: kept, marked, never handed on. */
#pragma once

struct tcn_node;
struct tcn_stored;

enum key_mark {
    KEY_GOOD,
    KEY_UNPINNED, /* nobody vouches for it any more */
    KEY_REVOKED,  /* stored before its key was in doubt */
    KEY_SUSPECT,  /* stored since: anybody may have made it */
};
enum key_mark suspects_mark(const struct tcn_node *node,
                            const struct tcn_stored *row);
/* "", "unpinned", "revoked", "suspect". */
const char *suspects_word(enum key_mark mark);
/* Observers are told of every alert of a revoked key, some at a time, each once
 * however often we are stopped; while keyring.untold there is more to do. */
void suspects_work(struct tcn_node *node);
