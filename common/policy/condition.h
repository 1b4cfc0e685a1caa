/* Conditions: what can be asked of an alert, and the answer in three values for
 * all peers at once. Private to common/policy. */
#pragma once

#include "policy/policy.h"

/* For which peers it is so, and for which not: one bit each; neither = unknown.
 * Without a peer every bit is the same. */
struct tri {
    uint64_t yes;
    uint64_t no;
};

enum fact {
    FACT_KIND,
    FACT_ORIGIN,
    FACT_SEVERITY,
    FACT_CONFIDENCE,
    FACT_CATEGORY,
    FACT_SECTOR,
    FACT_REGION,
    FACT_TLP,
    FACT_PAP,
    FACT_ONWARD,
    FACT_AUDIENCE,
    FACT_CAVEAT,
    FACT_AGREEMENT,
    FACT_EXERCISE,
    FACT_SIZE,
    FACT_REVISION,
    FACT_IS_OWN,
    FACT_INDICATOR,
    FACT_SOURCE,
    FACT_PEER_MEMBER,
    FACT_PEER_GROUP,
    FACT_PEER_ROLE,
    FACT_PEER_EU,
    FACT_REQUESTED,
    FACT_COUNT,
};

enum value_type {
    VALUE_WORD, /* one of a list; its place there is its number */
    VALUE_NUMBER,
    VALUE_SIZE,
    VALUE_TEXT,   /* exact or prefix x* */
    VALUE_MEMBER, /* a member that is known; its number: its bit as a peer */
    VALUE_GROUP,  /* its number: the bits of its peers */
    VALUE_BOOL,   /* stands alone */
};

struct fact_info {
    const char *name;
    enum value_type type;
    const char *const *words; /* of VALUE_WORD, in order */
    size_t word_count;
    uint64_t max;
    bool is_set;  /* several values at once: any of them */
    bool ordered; /* < <= > >= are allowed */
    bool of_peer; /* only where there is a peer */
    bool of_node; /* only this node knows: not in filters */
};
extern const struct fact_info fact_table[FACT_COUNT];

enum node_op {
    NODE_TEST,  /* fact op values */
    NODE_HAS,   /* has(name) */
    NODE_CLASS, /* class X present */
    NODE_NOT,
    NODE_AND,
    NODE_OR,
};

enum compare {
    COMPARE_IN, /* equals one of the values */
    COMPARE_NOT_IN,
    COMPARE_LT,
    COMPARE_LE,
    COMPARE_GT,
    COMPARE_GE,
};

#define VALUES_IN_SET_MAX 64

struct value {
    uint64_t number;
    struct tcn_view text; /* points into policy->text */
    bool prefix;
};

struct node {
    uint8_t op;      /* enum node_op */
    uint8_t fact;    /* enum fact */
    uint8_t compare; /* enum compare */
    uint16_t left, right;
    uint32_t value; /* first in policy->values */
    uint32_t value_count;
    uint64_t mask;        /* facts about peers: those of which it is so */
    struct tcn_view text; /* of a test, for explanations */
};

#define NO_NODE UINT16_MAX

/* ---- evaluation: strong Kleene logic ---- */

struct question {
    const struct tcn_policy *policy;
    const struct tcn_facts *facts;
    uint64_t wanted;  /* peers the answer is wanted for; all of them: no peer */
    bool all_sources; /* a rule that opens needs all of them */
};
struct tri evaluate(const struct question *question, uint16_t node);
struct tri tri_not(struct tri value);

/* `text` against one value: equal, or beginning with it. */
bool value_matches(const struct value *value, struct tcn_view text);
