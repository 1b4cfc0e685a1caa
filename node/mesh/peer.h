/* One peer, as the core sees it: the session, our ledger for it, its ledger at
 * us, each ledger in two lanes. Private to node/mesh. */
#pragma once

#include "mesh/lanes.h"

/* A key revocation that could not be proven when it came, because the card or
 * the certificate was missing. */
#define KREVS_WAITING 16
struct waiting_krev {
    struct tcn_id cert;
    uint8_t signature[TCN_SIG_BYTES];
    uint8_t bytes[TCN_KREV_MAX];
    size_t len;
};

/* Why refused rows are asked for again. */
enum retry_reason {
    RETRY_KEYS = 1,      /* a card or certificate came */
    RETRY_CERT = 2,      /* its certificate was missing */
    RETRY_POLICY = 4,    /* the import filter may be another one */
    RETRY_TIME = 8,      /* it came too early */
    RETRY_CLOCK = 16,    /* our clock was in doubt, or is now */
    RETRY_SUBJECT = 32,  /* what it is about was missing */
    RETRY_ROOM = 64,     /* we were full */
    RETRY_SERVICE = 128, /* the peer did not serve what it offered */
    RETRY_ALL = 255,
    /* What a new session alone may have mended. */
    RETRY_SESSION =
        RETRY_CERT | RETRY_TIME | RETRY_SUBJECT | RETRY_ROOM | RETRY_SERVICE,
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
    bool held_dropped;   /* no room for all that it holds: it is asked ... */
    bool held_short;     /* ... again in the next session */
    uint32_t ghosts;     /* that it named first */
    bool cursor_known;   /* they have told how far they are in this epoch */
    uint64_t renewed_ms; /* when the last epoch began by surprise */
    uint64_t renew_at_ms;
    struct tcn_epoch epoch;
    uint8_t key[32];
    struct out_lane out[TCN_LANES];
    struct offer_buffer offers[2]; /* one is filled, one may be on its way */
    unsigned offer_filling;
    uint64_t offer_at_ms;
    bool query; /* a LOAD or SERVE is under way */
    uint8_t query_lane;
    uint64_t query_n; /* 0 = LOAD */
    struct tcn_id query_id;
    uint8_t query_class;       /* which flow the LOAD is from */
    bool wants_next;           /* rows it wants and new ones take turns */
    struct flow_cursor *flows; /* by origin */
    struct turns turns, turns_before;
    bool may_undo;
    uint32_t revokes; /* next revocation to look at */
    uint64_t scanned_seq;
    uint64_t skip_before_ms; /* what is older is not offered unasked */
    bool is_behind;          /* there may be something to decide */
    uint64_t past_at_ms;     /* its history first, ours from then on */
    uint64_t past_named;     /* bytes of OFFERs in which it told its history */
    uint64_t past_pushed;    /* ... all of it: so many of ours are pushed */

    /* their ledger, at us */
    bool has_settled;
    struct tcn_epoch their_epoch;
    struct in_lane in[TCN_LANES];
    unsigned unacked;    /* frames */
    uint64_t ack_at_ms;  /* UINT64_MAX = nothing to say */
    uint8_t retry;       /* reasons to look through the refusals */
    uint8_t retrying;    /* ... of the pass that is under way */
    uint8_t retry_later; /* ... at retry_at_ms */
    bool refusals_asked; /* READ_REFUSALS is not answered yet */
    bool refusals_last;
    uint8_t retry_lane;
    uint64_t retry_after_n;
    uint64_t retry_at_ms;
    bool lacks_subject; /* a remark was refused because its subject is not here
                         */
    uint8_t again_lane; /* refused rows that we asked for again */
    uint64_t again[TCN_WANT_MAX];
    unsigned again_count;
    bool serving_held;
    struct waiting_krev krevs[KREVS_WAITING]; /* oldest first */
    unsigned krev_count;
    unsigned krev_at; /* those from here are to be looked at again */

    /* score.c */
    enum tcn_standing standing;
    uint32_t score; /* thousandths */
    uint64_t score_ms;
    uint64_t blocked_until_ms;
    uint32_t verify_tokens; /* thousandths */
    uint32_t frame_tokens;
    uint64_t tokens_ms;

    /* what people see */
    uint64_t heard_ms;
    bool has_offset;
    int64_t offset_ms;
    uint64_t their_top[TCN_LANES];
    uint64_t refused;
    uint64_t faults;
    enum tcn_err last_fault;
    unsigned agreement_count;
    char agreements[TCN_AGREEMENTS_MAX][TCN_NAME_MAX + 18];
};
