/* Heads of the audit chain that the node signs. */
#pragma once

#include "daemon/node.h"

/* Signs the end of the chain as it is now; durable with the transaction. Why
 * not is said. */
TCN_MUST_USE enum tcn_err audit_head_sign(struct tcn_node *node,
                                          struct tcn_audit_head *head,
                                          struct tcn_buf *said);
/* The store was opened, or is again what was durable. */
TCN_MUST_USE enum tcn_err audit_head_restart(struct tcn_node *node);
void audit_head_tick(struct tcn_node *node);
/* The node stops: what is left is signed. */
void audit_head_last(struct tcn_node *node);
