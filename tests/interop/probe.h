/* Connecting once with some key, as anybody could, to see what becomes of it.
 */
#pragma once

#include "interop/link_rig.h"

#include "io/monitor.h"
#include "io/zap.h"

/* UP, REFUSED or how the handshake failed; OTHER when nothing happened for
 * thrice the time a handshake may take. Serves `zap` meanwhile unless it is
 * NULL. Needs tcn_zmq_init(). */
enum tcn_monitor_kind probe(struct tcn_zap *zap, const char *endpoint,
                            const struct rig_keys *server,
                            const struct rig_keys *own);
