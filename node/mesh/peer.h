/* One peer, as the core sees it: the session, our ledger for it, its ledger at
 * us. Private to node/mesh. */
#pragma once

#include "mesh/mesh.h"

#define NOBODY    0u
#define RING_ROWS (TCN_WINDOW_ROWS + 1)

/* Why refused rows are asked for again. */
enum retry_reason {
    RETRY_KEYS = 1,     /* a card or key revocation came */
    RETRY_CERT = 2,     /* its certificate was missing */
    RETRY_POLICY = 4,   /* the import filter may be another one */
    RETRY_TIME = 8,     /* it came too early */
    RETRY_CLOCK = 16,   /* our clock was in doubt, or is now */
    RETRY_SUBJECT = 32, /* what it is about was missing */
    RETRY_ROOM = 64,    /* we were full */
    RETRY_ALL = 127,
    /* What a new session alone may have mended. */
    RETRY_SESSION = RETRY_CERT | RETRY_TIME | RETRY_SUBJECT | RETRY_ROOM,
};

/* One handed-over row, as long as it may be asked about. */
struct row {
    uint64_t n;
    struct tcn_mark mark;
    uint32_t bytes; /* credit it takes until it is settled */
};

struct peer {
    char member[TCN_MEMBER_MAX + 1];
    uint64_t since_ms;

    /* session.c */
    bool link_up;
    bool established;
    bool heard; /* their nonce is known */
    uint8_t nonce[4];
    uint8_t their_nonce[4];
    uint64_t hello_clock_ms; /* of the HELLO it came with, by their clock */
    uint8_t random[24];      /* for a new epoch */
    uint64_t hello_at_ms;
    uint64_t hello_wait_ms;

    /* our ledger for them */
    bool has_ledger;
    bool held_done;
    bool cursor_known;       /* they have told how far they are in this epoch */
    bool checking;           /* ... and we look up whether that is true */
    struct tcn_cursor check; /* against the row in the store */
    uint64_t renewed_ms;     /* when the last epoch began by surprise */
    uint64_t renew_at_ms;    /* UINT64_MAX = no other one is due */
    struct tcn_epoch epoch;
    uint8_t key[32];
    uint64_t top;
    struct tcn_mark top_mark;
    uint64_t acked;
    uint64_t sent; /* highest n transmitted in this session */
    uint64_t in_flight_bytes;
    uint64_t credit_bytes;
    struct row ring[RING_ROWS]; /* row n at n % RING_ROWS */
    uint64_t wanted_of_us[TCN_WANT_MAX];
    unsigned wanted_of_us_count;
    bool query; /* a LOAD or SERVE is under way */
    uint64_t query_n;
    struct tcn_id query_id;
    uint32_t scan;    /* next entry to decide on, NOBODY = caught up */
    uint32_t revokes; /* next revocation to look at */
    uint64_t scanned_seq;

    /* their ledger, at us */
    bool has_settled;
    struct tcn_cursor settled;
    bool receiving; /* a VERIFY is under way */
    bool gap_told;  /* that rows are missing before what came */
    uint64_t receiving_n;
    struct tcn_mark receiving_mark;
    bool receiving_again;
    unsigned unacked;
    uint64_t ack_at_ms;  /* UINT64_MAX = nothing to say */
    uint8_t retry;       /* reasons to look through the refusals */
    uint8_t retrying;    /* ... of the pass that is under way */
    uint8_t retry_later; /* ... at retry_at_ms */
    bool refusals_asked; /* READ_REFUSALS is not answered yet */
    bool refusals_last;
    uint64_t retry_after_n;
    uint64_t retry_at_ms;
    bool lacks_subject; /* a remark was refused because its subject is not here
                         */
    uint64_t wanted[TCN_WANT_MAX];
    unsigned wanted_count;
    bool serving_held;

    /* what people see */
    uint64_t heard_ms;
    bool has_offset;
    int64_t offset_ms;
    uint64_t their_top;
    uint64_t refused;
    uint64_t faults;
    unsigned agreement_count;
    char agreements[TCN_AGREEMENTS_MAX][TCN_NAME_MAX + 18];
};
