/* Acks that agreements ask for (`ack critical within 15m`): ours, which are an
 * alarm when they are late, and those of others. */
#pragma once

#include "daemon/control.h"
#include "store/acks.h"

/* An alert was stored: we owe an ack, or have given one. In its transaction. */
TCN_MUST_USE enum tcn_err acks_came(struct tcn_node *node,
                                    const struct tcn_alert *alert);
/* Says once of each that it is late. */
void acks_tick(struct tcn_node *node);
/* `acks_due`, `acks_late` and `late_acks` of the row that is being written. */
TCN_MUST_USE enum tcn_err reply_acks(struct tcn_node *node,
                                     struct client *client);
void acks_metrics(struct tcn_node *node, struct tcn_buf *out);

/* How long a party has for an ack of that alert; 0: none is asked of it. */
uint64_t acks_within_ms(const struct tcn_node *node,
                        const struct tcn_header *header, const char *party);
