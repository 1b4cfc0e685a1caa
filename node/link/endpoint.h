/* Endpoints as they stand in the configuration: tcp://HOST:PORT, nothing else
 * that libzmq would understand (ipc, inproc, a source address). */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* FORMAT with a message that shows the text and says what is expected. A
 * listener may name "*" or a network interface as HOST. */
TCN_MUST_USE enum tcn_err endpoint_check(struct tcn_view text, bool listener,
                                         struct tcn_buf *message);

/* Whether HOST is a name, which somebody has to resolve. */
bool endpoint_has_name(const char *endpoint);

/* Why libzmq could not bind to it (its errno), and what to do. */
void endpoint_explain(const char *endpoint, int why, struct tcn_buf *message);
