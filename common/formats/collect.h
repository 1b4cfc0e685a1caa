/* One alert in the making: the pieces of an event or report gathered as fields,
 * each distinct one once, before they are laid into drafts. */
#pragma once

#include <jansson.h>

#include "alert/hash.h"
#include "formats/context.h"

struct tcn_piece {
    const char *name; /* of the field; static */
    uint8_t cls;
    bool detect;         /* an indicator that its source gives for detection */
    bool part;           /* of a longer text: stands even beside an equal one */
    uint8_t value_count; /* 1 and not `indicator`, `tool`, `actor`: plain */
    struct tcn_draft_value *values;
};

struct tcn_collect {
    struct tcn_import *im;
    const char *what;           /* "misp event", "stix report" ... for people */
    struct tcn_view source_key; /* "misp:<uuid>" */
    struct tcn_view replaces[TCN_REPLACES_MAX]; /* keys, the earliest first */
    uint8_t replaces_count;
    struct tcn_id digest;
    uint64_t changed_ms; /* when the source last changed it; 0 = not said */
    struct tcn_view title;
    struct tcn_view category;
    unsigned category_rank;
    uint8_t severity;
    uint8_t confidence;
    struct tcn_view exercise; /* "" = live */
    bool withdrawn;
    bool is_small; /* never more than one alert, whatever it says */
    /* Said outright, by an export of ours: no rule of a format changes it. */
    bool severity_said;
    bool confidence_said;
    /* Markings. */
    int tlp; /* the strictest found, or -1 */
    int pap;
    bool no_onward;
    uint8_t caveat_mask; /* of enum tcn_caveat */
    /* Fields. */
    uint8_t marked; /* class of what is gathered now at least, or COUNT */
    struct tcn_piece *pieces;
    size_t count;
    size_t cap;
    json_t *seen; /* content -> index, so that nothing is said twice */
};

void tcn_collect_init(struct tcn_collect *c, struct tcn_import *im,
                      const char *what, struct tcn_view source_key);
void tcn_collect_fini(struct tcn_collect *c);

/* Names an earlier message that this one goes on with, by its source key; when
 * it is withdrawn, one that goes on in its place. */
void tcn_collect_replaces(struct tcn_collect *c, struct tcn_view source_key);

/* Sets the title; one that is long also goes to the description in full. */
void tcn_collect_title(struct tcn_collect *c, struct tcn_view title);

/* A field with one plain text, cut into several fields when it is long. An
 * empty text is none. cls TCN_CLASS_COUNT = the field's own class. */
void tcn_collect_text(struct tcn_collect *c, const char *name, unsigned cls,
                      struct tcn_view text);

/* `tool` [name, value]: what has no other place. An empty value is none. */
void tcn_collect_tool(struct tcn_collect *c, unsigned cls, struct tcn_view name,
                      struct tcn_view value);

/* `indicator` [type, value]; kept as a tool field when the value is not one of
 * that type. `detect`: the source gives it for detection. True if placed. */
bool tcn_collect_indicator(struct tcn_collect *c, unsigned cls,
                           const char *type, struct tcn_view value,
                           bool detect);

/* `actor` [name, confidence, method]. */
void tcn_collect_actor(struct tcn_collect *c, struct tcn_view name,
                       uint64_t confidence, const char *method);

/* A word of another vocabulary that may tell the category; false when not. */
bool tcn_collect_category(struct tcn_collect *c, struct tcn_view word);

/* "class/type" of the RSIT, said outright: it outweighs all words; false when
 * there is no such category. */
bool tcn_collect_rsit(struct tcn_collect *c, struct tcn_view category);

/* What an object has beyond the `known` keys (ended by NULL) and what is not
 * empty, as one `tool` field [label, JSON]. */
void tcn_collect_leftover(struct tcn_collect *c, unsigned cls,
                          struct tcn_view label, json_t *object,
                          const char *const *known);

/* A marking was found: the strictest wins. */
void tcn_collect_tlp(struct tcn_collect *c, int tlp);
void tcn_collect_pap(struct tcn_collect *c, int pap);

/* A caveat of the source; one that is not known counts as orcon. */
void tcn_collect_caveat(struct tcn_collect *c, struct tcn_view caveat);

/* `onward` none narrows; the name of an exercise keeps it one (a name that is
 * none becomes "exercise"). Empty texts say nothing. */
void tcn_collect_limits(struct tcn_collect *c, struct tcn_view onward,
                        struct tcn_view exercise);

/* A marking that nobody here knows: RED, with a notice. */
void tcn_collect_unknown_marking(struct tcn_collect *c,
                                 struct tcn_view marking);

/* Lays what was gathered into one draft or several and hands them over. */
void tcn_collect_emit(struct tcn_collect *c);
