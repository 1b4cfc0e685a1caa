/* What a dry run has placed so far: what comes after it in the same run is
 * placed as if that were stored. Everything that places an import asks here,
 * dry run or not. */
#pragma once

#include "daemon/node.h"

#define REHEARSED_MAX 32768 /* threads and names; of more nothing is known */

struct rehearsal;

/* NULL = no memory. While node->rehearsal is set, what is kept goes into it and
 * nothing into the store. */
TCN_MUST_USE struct rehearsal *rehearsal_new(void);
void rehearsal_free(struct rehearsal *rehearsal); /* NULL is fine */

/* As tcn_store_import() and tcn_store_put_import(). */
TCN_MUST_USE enum tcn_err rehearsal_import(struct tcn_node *node,
                                           const struct tcn_thread *thread,
                                           struct tcn_id *digest);
TCN_MUST_USE enum tcn_err rehearsal_put_import(struct tcn_node *node,
                                               const struct tcn_thread *thread,
                                               const struct tcn_id *digest);

/* The revision that would be the newest of its thread. */
void rehearsal_put_head(struct tcn_node *node, const struct tcn_alert *alert);
/* False: there is none. */
bool rehearsal_head(const struct tcn_node *node,
                    const struct tcn_thread *thread, struct tcn_stored *head);
