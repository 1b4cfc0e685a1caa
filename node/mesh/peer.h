/* One peer, as the core sees it: the session, our ledger for it, its ledger at
 * us, each ledger in two lanes. Private to node/mesh. */
#pragma once

#include "mesh/mesh.h"

#define NOBODY 0u

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

/* The places of the last frames of a lane, oldest first: the only ones at which
 * a lane can be said to be settled. */
struct places {
    uint64_t first, count;
    struct tcn_place list[TCN_LANE_FRAMES];
};

/* ---- our ledger for it, one lane ---- */

struct out_lane {
    struct tcn_place top; /* the last row */
    uint64_t acked;
    uint64_t sent;   /* highest n transmitted in this session */
    uint64_t pushed; /* bytes since its last HELLO ... */
    uint64_t grant;  /* ... and how many it takes */
    uint64_t rows;   /* unsettled ones that it keeps */
    struct places places;
    bool checking; /* whether what it says it has settled is true */
    struct tcn_place check;
    uint64_t wanted[TCN_WANTS_MAX]; /* rows it asked for: a ring */
    unsigned wanted_first, wanted_count;
};

/* Rows that are offered in one frame: they are numbered, and wait for more. */
struct offer_buffer {
    uint64_t first;
    struct tcn_place last;
    bool is_history;
    unsigned count;
    uint8_t rows[TCN_OFFER_MAX * TCN_OFFER_ROW];
};

/* What waits of one origin: the next one by time, and backwards from where the
 * past began. Classes as in internal.h. */
#define FLOW_CLASSES 3
struct flow_cursor {
    uint32_t live[FLOW_CLASSES];
    uint32_t past[FLOW_CLASSES];
    int32_t deficit[FLOW_CLASSES]; /* bytes; of high, normal, past */
    int32_t before[FLOW_CLASSES];  /* ... before the last one was picked */
    uint16_t quota_tokens;         /* critical ones it may still push, x 16 */
    uint64_t quota_ms;
};

/* ---- its ledger, at us, one lane ---- */

enum slot_state {
    SLOT_NONE,
    SLOT_SETTLED,
    SLOT_OFFERED,   /* asked for when it is due, should it not have come */
    SLOT_WANTED,    /* PUSH or GONE will answer */
    SLOT_VERIFYING, /* VERIFY is under way */
};

struct slot {
    uint8_t id[16];
    uint64_t due_ms; /* of VERIFYING the ticket */
    uint8_t state;
    uint8_t form;
    uint8_t size_class;
    bool is_history;
    bool was_wanted;
};

struct in_lane {
    struct tcn_place settled; /* as it was told, at the end of a frame */
    uint64_t told;            /* ... in the last ACK */
    uint64_t reach;           /* all up to here is settled */
    uint64_t high;            /* the highest row that came in this session */
    uint64_t came, done;      /* bytes of PUSH since our last HELLO */
    uint64_t granted;
    uint64_t want_from; /* below is nothing that waits to be wanted */
    bool starved;       /* more waits than may be wanted at once */
    unsigned wants;     /* rows */
    uint64_t want_bytes;
    uint64_t due_ms; /* the first of its offers is; UINT64_MAX = none */
    bool gap_told;
    struct slot *slots; /* row n at n & mask */
    uint64_t mask;
    struct places places;
};

/* Whose turn it is on the bulk lane. */
struct turns {
    unsigned cls;
    uint16_t origin[FLOW_CLASSES]; /* the last one */
    bool begun[FLOW_CLASSES];
    int32_t deficit[FLOW_CLASSES];
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
    unsigned agreement_count;
    char agreements[TCN_AGREEMENTS_MAX][TCN_NAME_MAX + 18];
};
