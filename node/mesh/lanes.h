/* One lane of a ledger, as its owner and as its receiver sees it, and what
 * waits to be numbered. Private to node/mesh. */
#pragma once

#include "mesh/mesh.h"

#define NOBODY 0u

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

/* Whose turn it is on the bulk lane. */
struct turns {
    unsigned cls;
    uint16_t origin[FLOW_CLASSES]; /* the last one */
    bool begun[FLOW_CLASSES];
    int32_t deficit[FLOW_CLASSES];
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
    bool waits; /* until the id is no longer chased of another peer */
};

struct in_lane {
    struct tcn_place settled; /* as it was told, at the end of a frame */
    uint64_t told;            /* ... in the last ACK */
    uint64_t reach;           /* all up to here is settled */
    uint64_t high;            /* the highest row that came in this session */
    uint64_t came, done;      /* bytes of PUSH since our last HELLO */
    uint64_t granted;         /* as it was last told */
    uint64_t want_from;       /* below is nothing that waits to be wanted */
    bool starved;             /* more waits than may be wanted at once */
    unsigned wants;           /* rows */
    uint64_t want_bytes;
    uint64_t due_ms; /* the first of its offers is; UINT64_MAX = none */
    bool gap_told;
    struct slot *slots; /* row n at n & mask */
    uint64_t mask;
    struct places places;
};
