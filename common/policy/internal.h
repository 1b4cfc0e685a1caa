/* A compiled policy from the inside; private to common/policy.
 *
 *   facts.c      what can be asked, one row each   compile.c    statements
 *   condition.c  conditions as text                rule.c       rules
 *   value.c      their values                      duty.c       retain, assert
 *   evaluate.c   three-valued evaluation           agreement.c  agreements
 *   floor.c      what no rule can loosen           test_*.c     test blocks
 *   tally.c      what the rules say together       world.c      known names
 *   both.c, narrow.c  two policies at once         waits.c      what follows
 *   decide.c     the choke points                  hash.c       what it is
 *   explain.c    the same decision as text         prove.c, check_rules.c,
 *   space.h, search.h  what holds for every alert  coverage.c */
#pragma once

#include "base/buf.h"
#include "policy/condition.h"
#include "policy/narrow.h"

/* ---- rules ---- */

enum verb {
    VERB_ALLOW,
    VERB_DENY,
    VERB_REDACT, /* for export, or for observers */
    VERB_HOLD,
    VERB_DELAY,
    VERB_ACCEPT,
    VERB_REJECT,
    VERB_QUARANTINE,
    VERB_REQUIRE,
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
    uint16_t that;    /* of require: what must hold; else NO_NODE */
    uint8_t hold;     /* of hold: its number among them, a bit in a verdict */
    uint8_t approvals;
    char role[TCN_NAME_MAX + 1]; /* whose members approve */
    uint64_t duration_ms;        /* of delay; of hold: until it expires */
    struct tcn_span span;        /* of its keyword */
    struct tcn_view source_text; /* in one line, for explanations */
};

/* How long values are kept; 0 = as long as the alert. */
struct retention {
    uint64_t class_ms[TCN_CLASS_COUNT];
    uint64_t rest_ms; /* of classes without a statement, until finished */
};

struct agreement {
    char name[TCN_NAME_MAX + 1];
    char ref[TCN_NAME_MAX + 18]; /* NAME#16 hex digits */
    uint64_t version;
    uint64_t from_ms;
    uint64_t until_ms;
    uint8_t max_tlp;
    uint8_t onward;
    uint64_t ack_ms[TCN_SEVERITY_COUNT]; /* 0 = no duty */
    struct retention retention;
    struct tcn_view source_text; /* canonical; what is hashed */
    size_t party_count;
    char parties[TCN_PEERS_MAX][TCN_MEMBER_MAX + 1];
};

#define GROUPS_MAX 64
#define TESTS_MAX  1000
#define HOLDS_MAX  64 /* one bit each in a verdict */
#define ASSERT_MAX 256

struct group {
    char name[TCN_NAME_MAX + 1];
    size_t count;
    char members[TCN_PEERS_MAX][TCN_MEMBER_MAX + 1];
};

/* assert never export to T ...; assert never open CLASSES to T ...; */
struct assertion {
    uint8_t classes; /* 0: no export at all */
    uint64_t targets;
    uint16_t when, unless;
    struct tcn_span span;
    struct assertion *next;
};

/* ---- tests ---- */

struct expectation {
    unsigned line;
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
    struct tcn_view file;          /* where it stands */
    const struct tcn_alert *alert; /* its agreement by name, not yet by hash */
    uint64_t sources;
    uint64_t now_ms, received_ms;
    bool is_own;
    bool requested;
    struct expectation *expectations;
};

/* A copy of a test's alert with its agreement bound to the newest text, and the
 * facts around it; to be freed, or NULL when out of memory. */
struct tcn_alert *test_alert(const struct tcn_policy *policy,
                             const struct policy_test *test,
                             struct tcn_facts *facts);
struct tcn_verdict test_verdict(const struct tcn_policy *policy,
                                const struct expectation *expectation,
                                const struct tcn_facts *facts);

struct chunk;

/* What else must allow it, while it waits to be confirmed. */
struct narrowing {
    struct tcn_policy *policy; /* owned */
    struct tcn_id hash;        /* of both */
    const char **rule_names;   /* "pending:NAME"; the last is its default */
    size_t hold_count;         /* of both */
    struct tcn_hold_rule holds[HOLDS_MAX];
    uint8_t hold_numbers[HOLDS_MAX]; /* of its holds among those of both */
};

struct tcn_policy {
    char name[128];
    uint64_t version;
    struct tcn_id hash;
    bool receive_only;
    struct narrowing *narrowing; /* NULL = it decides alone */

    /* The world, copied. */
    char self[TCN_MEMBER_MAX + 1];
    size_t party_count, peer_count;
    struct tcn_party *parties;
    size_t exercise_count;
    struct tcn_exercise exercises[TCN_EXERCISES_MAX];
    size_t observer_count;
    struct tcn_observer_class observers[TCN_OBSERVERS_MAX];
    size_t role_count;
    struct tcn_role *roles;

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
    size_t hold_count;
    uint16_t holds[HOLDS_MAX]; /* their places among the rules */
    struct retention retention;
    size_t test_count;
    struct policy_test *tests;
    size_t assertion_count;
    struct assertion *assertions;
    struct chunk *memory; /* texts and tests */
    bool out_of_memory;   /* latched by policy_alloc() */
};

/* ---- memory.c: everything that lives as long as the policy ---- */
void *policy_alloc(struct tcn_policy *policy, size_t size); /* zeroed or NULL */
struct tcn_view policy_text(struct tcn_policy *policy, struct tcn_view text);

/* ---- tally.c: what the rules of one hook say together ---- */
/* For which of the wanted peers a rule matches, with the bias of its verb, and
 * what its two conditions come to. */
struct answer {
    struct tri when;
    struct tri unless;
    uint64_t matches;
};
bool rule_opens(const struct rule *rule); /* allow, accept, show */
const char *rule_verb(const struct rule *rule);
struct answer rule_answer(const struct question *question,
                          const struct rule *rule);

/* Per peer (or observer class); where several rules decide, the first by name.
 */
struct tally {
    uint64_t opened, closed, held, delayed; /* at all, one bit per peer */
    uint64_t open[TCN_CLASS_COUNT];         /* peers the class is opened to */
    uint64_t cut[TCN_CLASS_COUNT];
    uint16_t opening[TCN_PEERS_MAX];
    uint16_t closing[TCN_PEERS_MAX];
    uint16_t holding[TCN_PEERS_MAX];
    uint16_t delaying[TCN_PEERS_MAX];
    uint64_t holds[TCN_PEERS_MAX];
    uint64_t delay_ms[TCN_PEERS_MAX]; /* the longest */
};
void tally_rules(struct tally *tally, const struct question *question,
                 enum tcn_hook hook);

/* ---- both.c: the same of two policies, where one narrows the other ---- */
void tally_all(struct tally *tally, const struct question *question,
               enum tcn_hook hook);
enum tcn_floor floor_of(const struct tcn_policy *policy, enum tcn_hook hook,
                        const struct tcn_facts *facts, unsigned number);
/* ---- narrow.c: a rule behind ours ---- */
const char *narrowing_rule_name(const struct tcn_policy *policy, uint16_t rule);
uint16_t narrowing_default(const struct tcn_policy *policy);

/* ---- the floor ---- */
/* Exactly that text, or NULL. */
const struct agreement *find_agreement(const struct tcn_policy *policy,
                                       struct tcn_view ref);
bool is_party(const struct agreement *agreement, const char *member);

/* The first reason that says no, or NONE. */
enum tcn_floor floor_decide(const struct tcn_policy *policy, enum tcn_hook hook,
                            const struct tcn_facts *facts, unsigned number);
/* "{ KEEP, TECH }" */
void classes_put(struct tcn_buf *out, uint8_t form);
/* Every reason by itself, as lines of text. */
void floor_put(struct tcn_buf *out, const struct question *question,
               enum tcn_hook hook, unsigned number);
