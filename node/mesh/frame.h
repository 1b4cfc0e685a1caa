/* The frames between two nodes: one ZeroMQ frame each, an array of the encoding
 * profile that begins [session, lane, type]. Table: node/mesh/PROTOCOL.md. */
#pragma once

#include <assert.h>

#include "alert/identity.h"
#include "base/limits.h"

/* Two connections to each peer. What is urgent, and all that is not about the
 * rows of one lane, goes on the fast one; each lane numbers its own rows. */
enum tcn_lane { TCN_LANE_FAST, TCN_LANE_BULK, TCN_LANES };
static_assert(TCN_LANES == TCN_LANE_COUNT, "what the store keeps");

#define TCN_PROTOCOL_VERSION 1

enum tcn_frame_type {
    TCN_FRAME_HELLO = 1,
    TCN_FRAME_CERT = 2,
    TCN_FRAME_KREV = 3,
    TCN_FRAME_PUSH = 4,
    TCN_FRAME_OFFER = 5,
    TCN_FRAME_WANT = 6,
    TCN_FRAME_GONE = 7,
    TCN_FRAME_ACK = 8,
    TCN_FRAME_PRUNE = 9,
    TCN_FRAME_GRAFT = 10,
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

/* A place in one lane of a ledger: n rows, and the mark of row n. */
struct tcn_place {
    uint64_t n;
    struct tcn_mark mark;
};

/* ... in both lanes of that epoch. */
struct tcn_cursor {
    struct tcn_epoch epoch;
    struct tcn_place lane[TCN_LANES];
};

struct tcn_hello {
    uint64_t version_min;
    uint64_t version_max;
    struct tcn_view cert;           /* the sender's node certificate ... */
    struct tcn_view cert_signature; /* ... and its root's signature, 64 */
    struct tcn_epoch epoch;         /* of the sender's ledger for us */
    uint64_t top[TCN_LANES];        /* its highest numbers in that epoch */
    bool ask_held;                  /* send HELD before I go on */
    struct tcn_cursor settled;      /* of our ledger, at the sender */
    uint64_t grant[TCN_LANES];      /* bytes of PUSH it takes from here on */
    uint64_t rows[TCN_LANES];       /* unsettled rows that it keeps */
    uint64_t clock_ms;
    unsigned agreement_count;
    struct tcn_view agreements[TCN_AGREEMENTS_MAX]; /* NAME#16 hex digits */
};

/* One row of an OFFER: 16 bytes of the id, form, size class. */
#define TCN_OFFER_ROW 18

struct tcn_frame {
    struct tcn_session session;
    uint8_t lane; /* enum tcn_lane */
    uint8_t type; /* enum tcn_frame_type */
    union {
        struct tcn_hello hello;
        struct {
            struct tcn_view bytes;
            struct tcn_view signature; /* 64 bytes */
        } cert, krev;
        struct {
            struct tcn_place place; /* of the row */
            struct tcn_view envelope;
        } push;
        struct {
            uint64_t first;        /* number of the first row */
            struct tcn_place last; /* ... and the place of the last one */
            bool is_history;       /* nothing that others push right now */
            struct tcn_view rows;  /* 1-64 times TCN_OFFER_ROW bytes */
        } offer;
        struct {
            struct tcn_place place;
        } gone;
        struct {
            unsigned count;
            uint64_t n[TCN_WANT_MAX]; /* ascending */
        } want;
        struct {
            struct tcn_cursor settled;
            uint64_t grant[TCN_LANES]; /* counted since the HELLO */
        } ack;
        struct { /* PRUNE, GRAFT: a stream */
            struct tcn_view origin;
            uint8_t number; /* below TCN_STREAMS */
        } stream;
        struct {
            bool last;
            struct tcn_view rows; /* 33 bytes each: id, form */
        } held;
        uint64_t bye; /* enum tcn_bye */
    };
};

/* In a row of HELD: whoever is asked is told that he is its origin himself. */
#define TCN_HELD_YOURS 0x80u

/* How large an envelope is, as an OFFER says it: the least k with bytes <= 2^k.
 */
uint8_t tcn_size_class(size_t bytes);

/* Strict: FRAME or an error of the encoding profile; SIZE above TCN_FRAME_MAX.
 * The envelope of a PUSH is not looked into. Views point into `bytes`. */
TCN_MUST_USE enum tcn_err tcn_frame_decode(struct tcn_frame *frame,
                                           struct tcn_view bytes);

/* Appends the encoding; overflow latches in the buffer. */
void tcn_frame_encode(const struct tcn_frame *frame, struct tcn_buf *out);

/* "HELLO", "PUSH", ...; "?" out of range. */
const char *tcn_frame_word(unsigned type);
