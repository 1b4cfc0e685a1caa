/* What the node says of itself to those who watch it: metrics.c, notify.c. */
#pragma once

#include "daemon/node.h"

/* Replaces RUN/metrics.prom. */
void metrics_write(struct tcn_node *node);
/* Appends one metric with its help and type. */
void metrics_put(struct tcn_buf *out, const char *name, const char *type,
                 const char *help, uint64_t value);
/* To systemd, when it asked for it: "READY=1". */
void notify_send(const char *state);
