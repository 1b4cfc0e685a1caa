/* Who may connect: our handler of the ZeroMQ authentication protocol (RFC 27)
 * on inproc://zeromq.zap.01. It answers from a table of pinned keys in memory,
 * and gives every admitted connection its peer's number as User-Id. Bind it
 * before any listener; a process whose handler failed must end. */
#pragma once

#include "base/err.h"
#include "base/view.h"

struct _zsock_t;

struct tcn_zap_pin {
    uint8_t curve_pk[32];
    uint8_t peer;
};

struct tcn_zap {
    struct _zsock_t *socket;
    const struct tcn_zap_pin *pins; /* borrowed */
    size_t pin_count;
    /* Told of each refusal, with the address as text; may be NULL. */
    void (*on_refused)(void *self, struct tcn_view address);
    void *self;
    uint64_t admitted;
    uint64_t refused;
    uint64_t malformed;
};

/* Borrows the table. KEY when a key is all zeros or stands there twice, IO. */
TCN_MUST_USE enum tcn_err
tcn_zap_open(struct tcn_zap *zap, const struct tcn_zap_pin *pins, size_t count);
void tcn_zap_close(struct tcn_zap *zap);

/* Answers what waits; call it when the socket is readable. IO: end. */
TCN_MUST_USE enum tcn_err tcn_zap_serve(struct tcn_zap *zap);

/* The peer number in the User-Id of a received message; false when there is
 * none or it is not one of ours. */
bool tcn_zap_peer_of(const char *user_id, uint8_t *peer);
