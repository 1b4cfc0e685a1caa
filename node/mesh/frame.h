/* The frames between two nodes: one ZeroMQ frame each, an array of the encoding
 * profile that begins [session, lane, type]. Table: node/mesh/PROTOCOL.md. */
#pragma once

#include "alert/identity.h"
#include "base/limits.h"

/* The lane is 0 (fast) or 1 (bulk); this version sends everything on 0. */
#define TCN_LANES 2

#define TCN_PROTOCOL_VERSION 1

enum tcn_frame_type {
    TCN_FRAME_HELLO = 1,
    TCN_FRAME_CERT = 2,
    TCN_FRAME_KREV = 3,
    TCN_FRAME_PUSH = 4,
    TCN_FRAME_OFFER = 5, /* defined in PROTOCOL.md, not sent by version 1 */
    TCN_FRAME_WANT = 6,
    TCN_FRAME_GONE = 7,
    TCN_FRAME_ACK = 8,
    TCN_FRAME_PRUNE = 9,  /* as OFFER */
    TCN_FRAME_GRAFT = 10, /* as OFFER */
    TCN_FRAME_HELD = 11,
    TCN_FRAME_BYE = 12,
    TCN_FRAME_TYPE_END,
};

enum tcn_bye {
    TCN_BYE_STOPPING = 0,
    TCN_BYE_PROTOCOL = 1, /* no version in common, or a broken rule */
    TCN_BYE_PAUSED = 2,
};

/* Eight bytes: the sender's nonce, then the receiver's nonce as the sender last
 * heard it (zeros before that). */
struct tcn_session {
    uint8_t bytes[8];
};

struct tcn_epoch {
    uint8_t bytes[8];
};

/* The running hash of a ledger up to one row; only its owner can compute it. */
struct tcn_mark {
    uint8_t bytes[8];
};

/* A place in a ledger: n rows of that epoch, and the mark of row n. */
struct tcn_cursor {
    struct tcn_epoch epoch;
    uint64_t n;
    struct tcn_mark mark;
};

struct tcn_hello {
    uint64_t version_min;
    uint64_t version_max;
    struct tcn_view cert;           /* the sender's node certificate ... */
    struct tcn_view cert_signature; /* ... and its root's signature, 64 */
    struct tcn_epoch epoch;         /* of the sender's ledger for us */
    uint64_t top;                   /* its highest number in that epoch */
    bool ask_held;                  /* send HELD before I go on */
    struct tcn_cursor settled;      /* of our ledger, at the sender */
    uint64_t credit_bytes;          /* it takes that much unsettled */
    uint64_t clock_ms;
    unsigned agreement_count;
    struct tcn_view agreements[TCN_AGREEMENTS_MAX]; /* NAME#16 hex digits */
};

struct tcn_frame {
    struct tcn_session session;
    uint8_t lane;
    uint8_t type; /* enum tcn_frame_type */
    union {
        struct tcn_hello hello;
        struct {
            struct tcn_view bytes;
            struct tcn_view signature; /* 64 bytes */
        } cert, krev;
        struct {
            uint64_t n;
            struct tcn_mark mark;
            struct tcn_view envelope;
        } push;
        struct {
            uint64_t n;
            struct tcn_mark mark;
        } gone;
        struct {
            unsigned count;
            uint64_t n[TCN_WANT_MAX]; /* ascending */
        } want;
        struct {
            struct tcn_cursor settled;
            uint64_t credit_bytes;
        } ack;
        struct {
            bool last;
            struct tcn_view rows; /* 33 bytes each: id, form */
        } held;
        uint64_t bye; /* enum tcn_bye */
    };
};

/* Strict: FRAME or an error of the encoding profile; SIZE above TCN_FRAME_MAX.
 * The envelope of a PUSH is not looked into. Views point into `bytes`. */
TCN_MUST_USE enum tcn_err tcn_frame_decode(struct tcn_frame *frame,
                                           struct tcn_view bytes);

/* Appends the encoding; overflow latches in the buffer. */
void tcn_frame_encode(const struct tcn_frame *frame, struct tcn_buf *out);

/* "HELLO", "PUSH", ...; "?" out of range. */
const char *tcn_frame_word(unsigned type);
