/* All alerts there can be, as far as a policy can tell them apart: for each
 * thing that can be asked a short list of cells, one alert standing for all
 * that fall into the same. Finite, so that questions about every alert can be
 * decided. Private to common/policy.
 *
 *   atoms.c    texts by the patterns they match     space.c    the cells
 *   partial.c  conditions, not all known            search.c   finding an alert
 *   partial_floor.c  the floor, valid alerts        witness.c  the alert found
 */
#pragma once

#include "policy/internal.h"

/* Things with one value at a time. */
enum {
    V_KIND,
    V_ORIGIN,
    V_SEVERITY,
    V_CONFIDENCE,
    V_CATEGORY,
    V_TLP,
    V_PAP,
    V_ONWARD,
    V_AGREEMENT,
    V_EXERCISE,
    V_SIZE,
    V_REVISION,
    V_NOW,
    V_DISAGREE,
    V_REQUESTED,
    V_CLASS, /* one for each class: enum class_state */
    V_SCALARS = V_CLASS + TCN_CLASS_COUNT,
};

enum class_state { CLASS_ABSENT, CLASS_OPEN, CLASS_WITHHELD };

/* Things with several at once: each cell is there or not. */
enum {
    SET_SECTOR,
    SET_REGION,
    SET_AUDIENCE,
    SET_CAVEAT,
    SET_INDICATOR,
    SET_SOURCE,
    SET_HAS,
    SET_COUNT,
};

struct cell {
    uint64_t number;
    struct tcn_view text;
    const struct agreement *agreement; /* whose very text is named, or NULL */
};

struct cells {
    uint16_t first; /* of a set: the variable of its first cell */
    uint16_t count;
    uint16_t cap;
    struct cell *list; /* the first is the default */
};

#define VARS_MAX  1024
#define VAR_WORDS (VARS_MAX / 64)

struct vars {
    uint64_t words[VAR_WORDS];
};

struct space {
    const struct tcn_policy *policy;
    struct cells scalars[V_SCALARS];
    struct cells sets[SET_COUNT];
    uint16_t peer_audience; /* variable: the peer is in the audience */
    uint16_t peer_source;   /* variable: the peer gave it to us */
    uint16_t var_count;
    unsigned number; /* of the peer or observer class */
    enum tcn_hook hook;
    bool too_large;
    struct tcn_policy *memory; /* texts that were made up */
};

/* For one hook and one peer or observer class. NULL when out of memory. */
struct space *space_new(const struct tcn_policy *policy, enum tcn_hook hook,
                        unsigned number);
void space_free(struct space *space);

/* Adds a cell unless its text is there already; false when out of memory. */
bool cells_add(struct cells *cells, struct cell cell);

/* atoms.c: one text for every set of patterns of the fact that a text can match
 * together; the first matches none, where there is such a text. */
bool atoms_add(struct space *space, enum fact fact, struct cells *cells);

/* ---- what is known so far ---- */

#define OPEN_VAR (-1)

struct known {
    const struct space *space;
    bool assume_defaults; /* what is not decided is the default */
    struct vars *touched; /* what an answer depended on */
    int cell[VARS_MAX];   /* OPEN_VAR: not decided */
};

/* Which of no, unknown, yes are possible still, and what to decide next. */
enum { CAN_NO = 1, CAN_UNKNOWN = 2, CAN_YES = 4 };
struct maybe {
    uint8_t can;
    int var; /* OPEN_VAR when only one of them is possible */
};
