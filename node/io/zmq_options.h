/* Every setting of every ZeroMQ socket of ours, in one table with its reason
 * (zmq_options.c). No other file calls zmq_setsockopt(). */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct _zsock_t;

#define TCN_ZAP_DOMAIN "tocsin"

/* The lane of a connection, as a property of its handshake and so of every
 * message (zmq_msg_gets): "bulk", or none for the fast one. Only a hint about
 * what may wait for what; a peer that lies delays itself. */
#define TCN_ZMQ_LANE      "X-Lane"
#define TCN_ZMQ_LANE_BULK "bulk"

enum tcn_zmq_role {
    TCN_ZMQ_LISTENER = 1, /* ROUTER that peers connect to; only receives */
    TCN_ZMQ_FAST = 2,     /* DEALER to one peer; only sends */
    TCN_ZMQ_BULK = 4,     /* the same for the bulk lane */
    TCN_ZMQ_PROBE = 8,    /* DEALER of the self-test */
};

/* Makes the one context of the process, through CZMQ, whose signal handlers are
 * off. Call it once, before any socket. IO with a message. */
TCN_MUST_USE enum tcn_err tcn_zmq_init(struct tcn_buf *message);

/* A new socket of the role with all of its settings, but no key yet. IO with a
 * message. */
TCN_MUST_USE enum tcn_err tcn_zmq_open(struct _zsock_t **out,
                                       enum tcn_zmq_role role,
                                       struct tcn_buf *message);

/* Makes the listener a CURVE server that admits nobody whom the ZAP handler did
 * not admit, also when there is no handler: domain and enforcement are read
 * back. The key is copied by libzmq; the caller wipes its own. IO. */
TCN_MUST_USE enum tcn_err tcn_zmq_curve_server(struct _zsock_t *socket,
                                               const uint8_t secret[32],
                                               struct tcn_buf *message);

struct tcn_curve_keys {
    uint8_t server_pk[32]; /* whom we mean to reach */
    uint8_t own_pk[32];
    uint8_t own_sk[32];
};

/* Makes a DEALER a CURVE client of exactly that server, from its next connect
 * on: libzmq copies keys into each connection, so they may be changed between
 * two. IO. */
TCN_MUST_USE enum tcn_err
tcn_zmq_curve_client(struct _zsock_t *socket, const struct tcn_curve_keys *keys,
                     struct tcn_buf *message);

/* For a DEALER to an endpoint with a host name, before it connects: libzmq asks
 * the resolver on its I/O thread and stands still meanwhile, so those sockets
 * have a thread of their own, and links to plain addresses outlive a dead
 * resolver. IO. */
TCN_MUST_USE enum tcn_err tcn_zmq_resolve_apart(struct _zsock_t *socket,
                                                struct tcn_buf *message);

/* zmq_bind() to a TCP socket that listens already, and which libzmq takes; it
 * belongs to `endpoint`, which libzmq parses and otherwise ignores. An errno, 0
 * = done; the descriptor is libzmq's only then. */
TCN_MUST_USE int tcn_zmq_bind_fd(struct _zsock_t *socket, const char *endpoint,
                                 int fd);
