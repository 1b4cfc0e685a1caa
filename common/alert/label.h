/* The words of an alert: kinds, severities, TLP, PAP, onward, field classes,
 * and the label. Source of TLP: TLP 2.0, FIRST. */
#pragma once

#include "base/limits.h"
#include "base/view.h"

enum tcn_kind {
    TCN_KIND_ALERT,
    TCN_KIND_UPDATE,
    TCN_KIND_REVOKE,
    TCN_KIND_SIGHTING,
    TCN_KIND_ACK,
    TCN_KIND_UNKNOWN, /* stored and relayed, never acted on */
};

enum tcn_severity {
    TCN_SEVERITY_INFO,
    TCN_SEVERITY_LOW,
    TCN_SEVERITY_MEDIUM,
    TCN_SEVERITY_HIGH,
    TCN_SEVERITY_CRITICAL,
    TCN_SEVERITY_COUNT,
};

enum tcn_tlp {
    TCN_TLP_CLEAR,
    TCN_TLP_GREEN,
    TCN_TLP_AMBER,
    TCN_TLP_AMBER_STRICT,
    TCN_TLP_RED,
    TCN_TLP_COUNT,
};

enum tcn_pap {
    TCN_PAP_CLEAR,
    TCN_PAP_GREEN,
    TCN_PAP_AMBER,
    TCN_PAP_RED,
    TCN_PAP_COUNT,
};

enum tcn_onward {
    TCN_ONWARD_NONE,
    TCN_ONWARD_LISTED,
    TCN_ONWARD_MEMBERS,
    TCN_ONWARD_ANY,
    TCN_ONWARD_COUNT,
};

enum tcn_class {
    TCN_CLASS_KEEP,
    TCN_CLASS_TECH,
    TCN_CLASS_SOURCE,
    TCN_CLASS_VICTIM,
    TCN_CLASS_PERSONAL,
    TCN_CLASS_ACTOR,
    TCN_CLASS_FREE,
    TCN_CLASS_COUNT,
};

/* A set of classes as a mask; the form of a copy is the mask of its open
 * classes. */
#define TCN_CLASS_BIT(cls) ((uint8_t)(1u << (cls)))
#define TCN_CLASS_ALL      ((uint8_t)((1u << TCN_CLASS_COUNT) - 1))

enum tcn_caveat {
    TCN_CAVEAT_ORCON = 1,
    TCN_CAVEAT_NO_PARTNER = 2,
    TCN_CAVEAT_NO_AUTOMATION = 4,
    TCN_CAVEAT_UNKNOWN = 8, /* only the originator sends */
};

struct tcn_label {
    uint8_t tlp;
    uint8_t pap;
    uint8_t onward;
    uint8_t caveat_mask; /* of enum tcn_caveat */
    uint16_t audience_count;
    uint16_t caveat_count;
    struct tcn_view audience[TCN_AUDIENCE_MAX]; /* sorted */
    struct tcn_view caveats[TCN_CAVEATS_MAX];   /* sorted */
};

bool tcn_label_has_audience(const struct tcn_label *label,
                            struct tcn_view member);

/* The word of a value, lower-case ("amber+strict", "high", "revoke", "tech");
 * "?" when out of range. TLP as TCN_TLP_MARKING gives "TLP:AMBER+STRICT". */
const char *tcn_kind_word(enum tcn_kind kind);
const char *tcn_severity_word(unsigned severity);
const char *tcn_tlp_word(unsigned tlp);
const char *tcn_pap_word(unsigned pap);
const char *tcn_onward_word(unsigned onward);
const char *tcn_class_word(unsigned cls); /* upper-case: "KEEP" */

/* The value of a word in either case, or -1. */
int tcn_kind_find(struct tcn_view word); /* TCN_KIND_UNKNOWN when unknown */
int tcn_severity_find(struct tcn_view word);
int tcn_tlp_find(struct tcn_view word); /* "white" is CLEAR; "TLP:" allowed */
int tcn_pap_find(struct tcn_view word); /* "PAP:" allowed */
int tcn_onward_find(struct tcn_view word);
int tcn_class_find(struct tcn_view word);

/* The class that a field name has by itself; FREE for any unknown name. */
enum tcn_class tcn_field_class(struct tcn_view name);

/* Whether the name is one that has a class of its own; and all that have. */
#define TCN_FIELD_NAMES 12
bool tcn_field_names(struct tcn_view name, const char *known[TCN_FIELD_NAMES]);
