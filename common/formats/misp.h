/* MISP core format: a bare event, {"Event": ...}, {"response": [...]} or a list
 * of events. Parts share one collect per event. Source of the format: MISP core
 * format draft 20. */
#pragma once

#include "formats/collect.h"
#include "formats/json.h"

void tcn_misp_import(struct tcn_import *im, const struct tcn_node *root);

/* One Attribute of an event, or of the object of that name ("" = none). */
void tcn_misp_attribute(struct tcn_collect *c, const struct tcn_node *node,
                        struct tcn_view object);

/* The Sighting list of an attribute of that value and class: one line of counts
 * and dates, and who saw it. */
void tcn_misp_sightings(struct tcn_collect *c, const struct tcn_node *attribute,
                        struct tcn_view value, unsigned cls);

/* Whether a sighting says that it has expired by now. */
bool tcn_misp_expired(struct tcn_import *im, const struct tcn_node *attribute);

/* One Object with its attributes and references. */
void tcn_misp_object(struct tcn_collect *c, const struct tcn_node *node);

/* The Tag and Galaxy lists of an event, object or attribute: markings,
 * category, confidence, technique, actor; the rest as tools. */
void tcn_misp_tags(struct tcn_collect *c, const struct tcn_node *node);

/* `distribution` of an event, object or attribute: may only narrow the label.
 */
void tcn_misp_distribution(struct tcn_collect *c, const struct tcn_node *node);

/* Whether the part is marked deleted; then it is counted as skipped. */
bool tcn_misp_deleted(struct tcn_collect *c, const struct tcn_node *node);

/* What becomes of a MISP type. */
enum tcn_misp_place {
    TCN_MISP_TOOL,      /* nothing better is known */
    TCN_MISP_INDICATOR, /* `type` and, for the second half, `second` */
    TCN_MISP_FIRST,     /* `type` of the first half, not for detection alone;
                           kept whole as a tool */
    TCN_MISP_REFERENCE,
    TCN_MISP_DESCRIPTION,
    TCN_MISP_CONTACT,
    TCN_MISP_VICTIM,
    TCN_MISP_ACTOR,
};

struct tcn_misp_type {
    const char *name;
    enum tcn_misp_place place;
    const char *type;   /* indicator type of the (first half of the) value */
    const char *second; /* indicator type behind the '|', or NULL */
};

/* The row of a type; a row of place TOOL when it has none. */
const struct tcn_misp_type *tcn_misp_type(struct tcn_view name);

/* Row `index` of the table of types, or NULL behind the last. */
const struct tcn_misp_type *tcn_misp_type_at(size_t index);

/* Row `index` of the tags that tell confidence; false behind the last. */
bool tcn_misp_confidence_row(size_t index, char *tag, size_t cap,
                             unsigned *confidence);
