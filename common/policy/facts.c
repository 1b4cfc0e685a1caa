#include "policy/internal.h"

static const char *const kinds[] = {
    "alert", "update",          "revoke",        "sighting",
    "ack",   "request-release", "answer-release"};
static const char *const severities[] = {"info", "low", "medium", "high",
                                         "critical"};
static const char *const tlps[] = {"clear", "green", "amber", "amber+strict",
                                   "red"};
static const char *const paps[] = {"clear", "green", "amber", "red"};
static const char *const onwards[] = {"none", "listed", "members", "any"};
static const char *const caveats[] = {"orcon", "no-partner", "no-automation"};
static const char *const roles[] = {"nation", "partner"};

#define WORDS(list)                                                            \
    .words = (list), .word_count = sizeof(list) / sizeof(list)[0]

#define FACT(name_, type_) .name = (name_), .type = (type_)

const struct fact_info fact_table[FACT_COUNT] = {
    [FACT_KIND] = {FACT("kind", VALUE_WORD), WORDS(kinds)},
    [FACT_ORIGIN] = {FACT("origin", VALUE_MEMBER)},
    [FACT_SEVERITY] = {FACT("severity", VALUE_WORD), WORDS(severities),
                       .ordered = true},
    [FACT_CONFIDENCE] = {FACT("confidence", VALUE_NUMBER), .max = 100,
                         .ordered = true},
    [FACT_CATEGORY] = {FACT("category", VALUE_TEXT)},
    [FACT_SECTOR] = {FACT("sector", VALUE_TEXT), .is_set = true},
    [FACT_REGION] = {FACT("region", VALUE_TEXT), .is_set = true},
    [FACT_TLP] = {FACT("tlp", VALUE_WORD), WORDS(tlps), .ordered = true},
    [FACT_PAP] = {FACT("pap", VALUE_WORD), WORDS(paps), .ordered = true},
    [FACT_ONWARD] = {FACT("onward", VALUE_WORD), WORDS(onwards),
                     .ordered = true},
    [FACT_AUDIENCE] = {FACT("audience", VALUE_MEMBER), .is_set = true},
    [FACT_CAVEAT] = {FACT("caveat", VALUE_WORD), WORDS(caveats),
                     .is_set = true},
    [FACT_AGREEMENT] = {FACT("agreement", VALUE_TEXT)},
    [FACT_EXERCISE] = {FACT("exercise", VALUE_TEXT)},
    [FACT_SIZE] = {FACT("size", VALUE_SIZE), .max = TCN_ENVELOPE_MAX,
                   .ordered = true},
    [FACT_REVISION] = {FACT("revision", VALUE_NUMBER), .max = INT32_MAX,
                       .ordered = true},
    [FACT_IS_OWN] = {FACT("is_own", VALUE_BOOL), .of_node = true},
    [FACT_INDICATOR] = {FACT("indicator", VALUE_TEXT), .is_set = true},
    [FACT_SOURCE] = {FACT("source", VALUE_MEMBER), .is_set = true,
                     .of_node = true},
    [FACT_PEER_MEMBER] = {FACT("peer.member", VALUE_MEMBER), .of_peer = true},
    [FACT_PEER_GROUP] = {FACT("peer.group", VALUE_GROUP), .is_set = true,
                         .of_peer = true},
    [FACT_PEER_ROLE] = {FACT("peer.role", VALUE_WORD), WORDS(roles),
                        .of_peer = true},
    [FACT_PEER_EU] = {FACT("peer.eu", VALUE_BOOL), .of_peer = true},
    [FACT_REQUESTED] = {FACT("requested", VALUE_BOOL), .of_peer = true},
};
