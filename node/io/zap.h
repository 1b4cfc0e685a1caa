/* Who may connect: our handler of the ZeroMQ authentication protocol (RFC 27)
 * on inproc://zeromq.zap.01, for every listener of the process. It answers from
 * a table of pinned keys in memory, and gives every admitted connection the
 * name of its pin as User-Id. A pin's name is never given again: what was
 * admitted by a pin that is gone is known by that, also when its peer's number
 * belongs to another meanwhile. Bind it before any listener; a process whose
 * handler failed must end. */
#pragma once

#include "base/err.h"
#include "base/limits.h"
#include "base/view.h"

struct _zsock_t;

/* Every peer with its present, its next and two more keys. */
#define TCN_ZAP_PINS_MAX (4 * TCN_PEERS_MAX)

struct tcn_zap_pin {
    uint64_t serial; /* 0 = the place is free */
    uint8_t curve_pk[32];
    uint8_t peer;
};

struct tcn_zap {
    struct _zsock_t *socket;
    struct tcn_zap_pin pins[TCN_ZAP_PINS_MAX];
    uint64_t serial; /* of the last pin */
    /* Told of each refusal, with key and address as text; may be NULL. */
    void (*on_refused)(void *self, struct tcn_view key,
                       struct tcn_view address);
    void *self;
    uint64_t admitted;
    uint64_t refused;
    uint64_t malformed;
};

/* The table may be filled before: `zap` is all zeros at first. IO. */
TCN_MUST_USE enum tcn_err tcn_zap_open(struct tcn_zap *zap);
void tcn_zap_close(struct tcn_zap *zap);

/* Admits a key as that peer's. KEY when it is all zeros or pinned already,
 * CAPACITY. */
TCN_MUST_USE enum tcn_err tcn_zap_pin(struct tcn_zap *zap, uint8_t peer,
                                      const uint8_t key[32]);
/* The pin of a key, or NULL. Valid until it is unpinned. */
const struct tcn_zap_pin *tcn_zap_find(const struct tcn_zap *zap,
                                       struct tcn_view key);
/* Does not touch a connection that stands. */
void tcn_zap_unpin(struct tcn_zap *zap, const uint8_t key[32]);

/* Answers what waits; call it when the socket is readable. IO: end. */
TCN_MUST_USE enum tcn_err tcn_zap_serve(struct tcn_zap *zap);

/* The pin in the User-Id of a received message; NULL when there is none, or it
 * has been unpinned. */
const struct tcn_zap_pin *tcn_zap_pin_of(const struct tcn_zap *zap,
                                         const char *user_id);
