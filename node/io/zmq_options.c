#include "io/zmq_options.h"

#include <czmq.h>
#include <errno.h>

#include "base/assert.h"
#include "base/limits.h"
#include "io/file.h"

/* libzmq 4.3.4 knows these options by number only (they are drafts in zmq.h),
 * and zsock_set_zap_enforce_domain() of Debian's CZMQ does nothing at all. */
#define ENFORCE_DOMAIN 93
#define METADATA       95

#define LISTENER TCN_ZMQ_LISTENER
#define FAST     TCN_ZMQ_FAST
#define BULK     TCN_ZMQ_BULK
#define PROBE    TCN_ZMQ_PROBE
#define CLIENTS  (FAST | BULK)
#define LINKS    (LISTENER | CLIENTS)
#define ALL      (LINKS | PROBE)

/* Bits of AFFINITY: the first I/O thread serves all but names. */
#define ADDRESS_THREAD 1
#define NAME_THREAD    2
#define IO_THREADS     2

/* Nobody sets ROUTING_ID or CONNECT_ROUTING_ID: who somebody is follows from
 * his key alone. */
static const struct {
    unsigned roles;
    int option;
    const char *name;
    int value;
} settings[] = {
    /* Nothing is worth waiting for at the end: ledgers resume. */
    {ALL, ZMQ_LINGER, "LINGER", 0},
    /* See tcn_zmq_resolve_apart(). */
    {ALL, ZMQ_AFFINITY, "AFFINITY", ADDRESS_THREAD},
    /* Both address families behind one listener. */
    {ALL, ZMQ_IPV6, "IPV6", 1},
    /* Per frame, before it is read; frames are bounded again by us. */
    {ALL, ZMQ_MAXMSGSIZE, "MAXMSGSIZE", TCN_MAXMSGSIZE},
    /* 30 s by default, and 1,100 silent connections starved a listener; with
     * 2 s 3,000 did no harm. */
    {ALL, ZMQ_HANDSHAKE_IVL, "HANDSHAKE_IVL", 2000},

    /* What waits in libzmq can no longer be overtaken: as little as possible,
     * urgent things more than bulk. */
    {FAST, ZMQ_SNDHWM, "SNDHWM", 32},
    {BULK, ZMQ_SNDHWM, "SNDHWM", 8},
    {BULK, ZMQ_SNDBUF, "SNDBUF", 128 * 1024},
    /* Per connection. The program keeps reading, credit limits the sender. */
    {LISTENER, ZMQ_RCVHWM, "RCVHWM", 64},
    /* Directions that are not used; 0 would mean without bound. */
    {LISTENER, ZMQ_SNDHWM, "SNDHWM", 1},
    {CLIENTS | PROBE, ZMQ_RCVHWM, "RCVHWM", 1},
    {PROBE, ZMQ_SNDHWM, "SNDHWM", 1},

    /* Not into a connection that does not stand yet: DOWN would lie. */
    {CLIENTS | PROBE, ZMQ_IMMEDIATE, "IMMEDIATE", 1},
    /* Nobody takes over another's connection by its routing id. */
    {LISTENER, ZMQ_ROUTER_HANDOVER, "ROUTER_HANDOVER", 0},
    /* A ROUTER that cannot deliver says so; without it 98.8 % of 20,000
     * messages vanished without an error. Ours does not send: a guard. */
    {LISTENER, ZMQ_ROUTER_MANDATORY, "ROUTER_MANDATORY", 1},

    /* A dead path shows within half a minute. */
    {LINKS, ZMQ_HEARTBEAT_IVL, "HEARTBEAT_IVL", 10 * 1000},
    {LINKS, ZMQ_HEARTBEAT_TIMEOUT, "HEARTBEAT_TIMEOUT", 30 * 1000},
    {LINKS, ZMQ_HEARTBEAT_TTL, "HEARTBEAT_TTL", 30 * 1000},
    {LINKS, ZMQ_TCP_MAXRT, "TCP_MAXRT", 30 * 1000},
    /* Quick after a restart (500 ms gave 0.5-2.1 s), patient with the dead. */
    {CLIENTS, ZMQ_RECONNECT_IVL, "RECONNECT_IVL", 100},
    {CLIENTS, ZMQ_RECONNECT_IVL_MAX, "RECONNECT_IVL_MAX", 60 * 1000},
    {CLIENTS, ZMQ_CONNECT_TIMEOUT, "CONNECT_TIMEOUT", 10 * 1000},
    /* The self-test tries once. */
    {PROBE, ZMQ_RECONNECT_IVL, "RECONNECT_IVL", -1},
};

static enum tcn_err failed(struct tcn_buf *message, const char *option)
{
    tcn_buf_printf(message, "libzmq refuses %s: %s\n", option,
                   zmq_strerror(zmq_errno()));
    return TCN_ERR_IO;
}

static bool set_int(void *socket, int option, int value)
{
    if (option == ZMQ_MAXMSGSIZE || option == ZMQ_AFFINITY) {
        int64_t wide = value; /* the two that are not an int */
        return zmq_setsockopt(socket, option, &wide, sizeof wide) == 0;
    }
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static enum tcn_err apply(void *socket, enum tcn_zmq_role role,
                          struct tcn_buf *message)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if ((settings[i].roles & role) != 0 &&
            !set_int(socket, settings[i].option, settings[i].value)) {
            return failed(message, settings[i].name);
        }
    }
    return TCN_ERR_OK;
}

/* What the other side reads as TCN_ZMQ_LANE of every message. */
static bool set_lane(void *socket)
{
    static const char lane[] = TCN_ZMQ_LANE ":" TCN_ZMQ_LANE_BULK;
    return zmq_setsockopt(socket, METADATA, lane, sizeof lane - 1) == 0;
}

enum tcn_err tcn_zmq_init(struct tcn_buf *message)
{
    zsys_handler_set(NULL); /* how we end is our own business */
    if (zsys_init() == NULL) {
        return failed(message, "a context");
    }
    zsys_set_io_threads(IO_THREADS);
    return TCN_ERR_OK;
}

enum tcn_err tcn_zmq_open(struct _zsock_t **out, enum tcn_zmq_role role,
                          struct tcn_buf *message)
{
    *out = NULL;
    int type = role == TCN_ZMQ_LISTENER ? ZMQ_ROUTER : ZMQ_DEALER;
    if (type == ZMQ_ROUTER) {
        /* A ROUTER draws the first of its routing ids from rand(). */
        unsigned seed;
        tcn_random(&seed, sizeof seed);
        srand(seed);
    }
    zsock_t *socket = zsock_new(type);
    if (socket == NULL) {
        return failed(message, "a socket");
    }
    enum tcn_err err = apply(zsock_resolve(socket), role, message);
    if (err == TCN_ERR_OK && role == BULK && !set_lane(zsock_resolve(socket))) {
        err = failed(message, "METADATA");
    }
    if (err != TCN_ERR_OK) {
        zsock_destroy(&socket);
        return err;
    }
    *out = socket;
    return TCN_ERR_OK;
}

/* What was set is what is in force, and a listener without it must not be. */
static bool is_enforced(void *socket)
{
    char domain[32];
    size_t domain_len = sizeof domain;
    int enforce = 0, server = 0;
    size_t enforce_len = sizeof enforce, server_len = sizeof server;
    return zmq_getsockopt(socket, ZMQ_ZAP_DOMAIN, domain, &domain_len) == 0 &&
           strcmp(domain, TCN_ZAP_DOMAIN) == 0 &&
           zmq_getsockopt(socket, ENFORCE_DOMAIN, &enforce, &enforce_len) ==
               0 &&
           enforce == 1 &&
           zmq_getsockopt(socket, ZMQ_CURVE_SERVER, &server, &server_len) ==
               0 &&
           server == 1;
}

enum tcn_err tcn_zmq_curve_server(struct _zsock_t *sock,
                                  const uint8_t secret[32],
                                  struct tcn_buf *message)
{
    void *socket = zsock_resolve(sock);
    if (!set_int(socket, ZMQ_CURVE_SERVER, 1) ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret, 32) != 0) {
        return failed(message, "CURVE (was it built with libsodium?)");
    }
    if (zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, TCN_ZAP_DOMAIN,
                       strlen(TCN_ZAP_DOMAIN)) != 0 ||
        !set_int(socket, ENFORCE_DOMAIN, 1) || !is_enforced(socket)) {
        tcn_buf_put_str(message,
                        "this libzmq cannot enforce authentication "
                        "(ZAP_ENFORCE_DOMAIN): it would let everybody in; "
                        "install libzmq 4.3.4 or later\n");
        return TCN_ERR_IO;
    }
    return TCN_ERR_OK;
}

enum tcn_err tcn_zmq_curve_client(struct _zsock_t *sock,
                                  const struct tcn_curve_keys *keys,
                                  struct tcn_buf *message)
{
    void *socket = zsock_resolve(sock);
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, keys->server_pk, 32) != 0 ||
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->own_pk, 32) != 0 ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->own_sk, 32) != 0) {
        return failed(message, "CURVE (was it built with libsodium?)");
    }
    return TCN_ERR_OK;
}

enum tcn_err tcn_zmq_resolve_apart(struct _zsock_t *socket,
                                   struct tcn_buf *message)
{
    return set_int(zsock_resolve(socket), ZMQ_AFFINITY, NAME_THREAD)
               ? TCN_ERR_OK
               : failed(message, "AFFINITY");
}

int tcn_zmq_bind_fd(struct _zsock_t *sock, const char *endpoint, int fd)
{
    void *socket = zsock_resolve(sock);
    if (!set_int(socket, ZMQ_USE_FD, fd)) {
        return zmq_errno();
    }
    int why = zmq_bind(socket, endpoint) == 0 ? 0 : zmq_errno();
    (void)set_int(socket, ZMQ_USE_FD, -1);
    return why;
}
