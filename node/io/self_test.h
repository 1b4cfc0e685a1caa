/* Before a node says it is ready it tries to break in: a stranger with a
 * throw-away key must be refused by our own listener. Anything else - admitted,
 * no answer, another failure - and we do not serve. */
#pragma once

#include "base/buf.h"
#include "io/zap.h"

/* Room for an endpoint as libzmq reports it. */
#define TCN_ENDPOINT_MAX 256

/* `endpoint` is what the listener reports as bound (ZMQ_LAST_ENDPOINT); an
 * unspecified address is reached over loopback. Serves `zap` meanwhile; takes a
 * few milliseconds, at most 5 s. IO with a message. */
TCN_MUST_USE enum tcn_err tcn_self_test(struct tcn_zap *zap,
                                        const char *endpoint,
                                        const uint8_t server_pk[32],
                                        struct tcn_buf *message);
