#include "policy/internal.h"

static const char *const kinds[] = {"alert", "update", "revoke", "sighting",
                                    "ack"};
static const char *const severities[] = {"info", "low", "medium", "high",
                                         "critical"};
static const char *const tlps[] = {"clear", "green", "amber", "amber+strict",
                                   "red"};
static const char *const paps[] = {"clear", "green", "amber", "red"};
static const char *const onwards[] = {"none", "listed", "members", "any"};
static const char *const caveats[] = {"orcon", "no-partner", "no-automation"};
static const char *const roles[] = {"unset", "nation", "partner"};

#define WORDS(list)                                                            \
    .words = (list), .word_count = sizeof(list) / sizeof(list)[0]

const struct fact_info fact_table[FACT_COUNT] = {
    [FACT_KIND] = {"kind", VALUE_WORD, WORDS(kinds)},
    [FACT_ORIGIN] = {"origin", VALUE_MEMBER},
    [FACT_SEVERITY] = {"severity", VALUE_WORD, WORDS(severities),
                       .ordered = true},
    [FACT_CONFIDENCE] = {"confidence", VALUE_NUMBER, .max = 100,
                         .ordered = true},
    [FACT_CATEGORY] = {"category", VALUE_TEXT},
    [FACT_SECTOR] = {"sector", VALUE_TEXT, .is_set = true},
    [FACT_REGION] = {"region", VALUE_TEXT, .is_set = true},
    [FACT_TLP] = {"tlp", VALUE_WORD, WORDS(tlps), .ordered = true},
    [FACT_PAP] = {"pap", VALUE_WORD, WORDS(paps), .ordered = true},
    [FACT_ONWARD] = {"onward", VALUE_WORD, WORDS(onwards), .ordered = true},
    [FACT_AUDIENCE] = {"audience", VALUE_MEMBER, .is_set = true},
    [FACT_CAVEAT] = {"caveat", VALUE_WORD, WORDS(caveats), .is_set = true},
    [FACT_AGREEMENT] = {"agreement", VALUE_TEXT},
    [FACT_EXERCISE] = {"exercise", VALUE_TEXT},
    [FACT_SIZE] = {"size", VALUE_SIZE, .max = TCN_ENVELOPE_MAX,
                   .ordered = true},
    [FACT_REVISION] = {"revision", VALUE_NUMBER, .max = INT32_MAX,
                       .ordered = true},
    [FACT_IS_OWN] = {"is_own", VALUE_BOOL},
    [FACT_INDICATOR] = {"indicator", VALUE_TEXT, .is_set = true},
    [FACT_SOURCE] = {"source", VALUE_MEMBER, .is_set = true, .of_peer = true},
    [FACT_PEER_MEMBER] = {"peer.member", VALUE_MEMBER, .of_peer = true},
    [FACT_PEER_GROUP] = {"peer.group", VALUE_GROUP, .is_set = true,
                         .of_peer = true},
    [FACT_PEER_ROLE] = {"peer.role", VALUE_WORD, WORDS(roles), .of_peer = true},
    [FACT_PEER_EU] = {"peer.eu", VALUE_BOOL, .of_peer = true},
};
