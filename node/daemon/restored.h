/* After an old store was put back: what is not to be said yet, and until when.
 */
#pragma once

#include "daemon/node.h"

/* Peers that have not told yet what they hold of us; the names are borrowed
 * from the configuration. Paused ones are not waited for. */
size_t restored_untold(struct tcn_node *node,
                       struct tcn_view names[TCN_PEERS_MAX]);
/* RESTORING: an own alert like this cannot be made yet. */
TCN_MUST_USE enum tcn_err restored_ready(struct tcn_node *node,
                                         const struct tcn_header *header);
/* A peer has told everything; inside a transaction. */
TCN_MUST_USE enum tcn_err restored_told(struct tcn_node *node,
                                        const char *peer);
