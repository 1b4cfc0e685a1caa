/* A compiled policy from the inside; private to common/policy.
 *
 *   facts.c      what can be asked, one row each   compile.c    statements
 *   condition.c  conditions as text                rule.c       rules
 *   value.c      their values                      not_yet.c    refused ones
 *   evaluate.c   three-valued evaluation           agreement.c  agreements
 *   floor.c      what no rule can loosen           test_*.c     test blocks
 *   decide.c     the choke points                  world.c      known names
 *   explain.c    the same decision as text         hash.c       what it is */
#pragma once

#include "base/buf.h"
#include "policy/policy.h"

/* ---- conditions: a tree in an array; children stand before parents ---- */

enum tri {
    TRI_FALSE,
    TRI_UNKNOWN,
    TRI_TRUE,
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
    struct tcn_view text; /* of a test, for explanations */
};

#define NO_NODE UINT16_MAX

/* ---- rules ---- */

enum verb {
    VERB_ALLOW,
    VERB_DENY,
    VERB_REDACT, /* for export, or for observers */
    VERB_ACCEPT,
    VERB_REJECT,
    VERB_SHOW,
    VERB_COUNT,
};

struct rule {
    char name[TCN_NAME_MAX + 1];
    uint8_t verb;
    uint8_t hook;     /* enum tcn_hook */
    uint8_t classes;  /* with { } of allow and show, classes of redact */
    uint64_t targets; /* peers or observer classes, one bit each */
    uint16_t when;    /* NO_NODE = always */
    uint16_t unless;  /* NO_NODE = never */
    struct tcn_view source_text; /* canonical, for explanations */
};

struct agreement {
    char name[TCN_NAME_MAX + 1];
    char ref[TCN_NAME_MAX + 18]; /* NAME#16 hex digits */
    uint64_t version;
    uint64_t from_ms;
    uint64_t until_ms;
    uint8_t max_tlp;
    uint8_t onward;
    size_t party_count;
    char parties[TCN_PEERS_MAX][TCN_MEMBER_MAX + 1];
};

#define GROUPS_MAX 64
#define TESTS_MAX  1000

struct group {
    char name[TCN_NAME_MAX + 1];
    size_t count;
    char members[TCN_PEERS_MAX][TCN_MEMBER_MAX + 1];
};

/* ---- tests ---- */

struct expectation {
    uint8_t hook;
    uint8_t number; /* peer or observer class */
    uint8_t outcome;
    bool has_classes;
    uint8_t classes;
    char rule[TCN_NAME_MAX + 1]; /* "" = any; "default" */
    struct expectation *next;
};

struct policy_test {
    struct policy_test *next;
    struct tcn_view name;
    const struct tcn_alert *alert; /* its agreement by name, not yet by hash */
    uint64_t sources;
    uint64_t now_ms;
    bool is_own;
    struct expectation *expectations;
};

struct chunk;

struct tcn_policy {
    char name[128];
    uint64_t version;
    struct tcn_id hash;
    bool receive_only;

    /* The world, copied. */
    char self[TCN_MEMBER_MAX + 1];
    size_t party_count, peer_count;
    struct tcn_party *parties;
    size_t exercise_count;
    struct tcn_exercise exercises[TCN_EXERCISES_MAX];
    size_t observer_count;
    struct tcn_observer_class observers[TCN_OBSERVERS_MAX];

    size_t rule_count;
    struct rule *rules; /* in the order of their names */
    size_t node_count, node_cap;
    struct node *nodes;
    size_t value_count, value_cap;
    struct value *values;
    size_t agreement_count;
    struct agreement agreements[TCN_AGREEMENTS_MAX];
    size_t group_count;
    struct group *groups; /* GROUPS_MAX */
    size_t test_count;
    struct policy_test *tests;
    struct chunk *memory; /* texts and tests */
    bool out_of_memory;   /* latched by policy_alloc() */
};

/* ---- memory.c: everything that lives as long as the policy ---- */
void *policy_alloc(struct tcn_policy *policy, size_t size); /* zeroed or NULL */
struct tcn_view policy_text(struct tcn_policy *policy, struct tcn_view text);

/* ---- evaluation ---- */
struct question {
    const struct tcn_policy *policy;
    const struct tcn_facts *facts;
    const struct tcn_party *peer; /* NULL for observers and filters */
    bool all_sources;             /* a rule that opens needs all of them */
};
enum tri evaluate(const struct question *question, uint16_t node);
enum tri tri_not(enum tri value);

/* What a rule's two conditions come to, and whether it matches, with the bias
 * of its verb. */
struct answer {
    enum tri when;
    enum tri unless;
    bool matches;
};
bool rule_opens(const struct rule *rule); /* allow, accept, show */
struct answer rule_answer(const struct question *question,
                          const struct rule *rule);

/* ---- the floor ---- */
/* The first reason that says no, or NONE. */
enum tcn_floor floor_decide(const struct tcn_policy *policy, enum tcn_hook hook,
                            const struct tcn_facts *facts, unsigned number);
/* Every reason by itself, as lines of text. */
void floor_put(struct tcn_buf *out, const struct question *question,
               enum tcn_hook hook, unsigned number);
