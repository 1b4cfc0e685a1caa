/* What can be said about a policy for every alert there can be: proofs of its
 * assertions, and rules that do nothing. One exact search decides; where it
 * would take too long it says so instead of guessing. */
#pragma once

#include "policy/policy.h"

enum tcn_finding_kind {
    TCN_FINDING_FALSE,     /* an assertion does not hold */
    TCN_FINDING_TOO_LARGE, /* it could not be decided */
    TCN_FINDING_DEAD,      /* the rule never matches */
    TCN_FINDING_FLOOR,     /* what it matches, the floor denies */
    TCN_FINDING_COVERED,   /* what it matches, others deny */
    TCN_FINDING_SHADOWED,  /* others do what it does */
    TCN_FINDING_DUPLICATE, /* another one says the same */
    TCN_FINDING_UNMET,     /* what it requires cannot be */
    TCN_FINDING_BROADER,   /* it opens more than its agreement covers */
    TCN_FINDING_UNTESTED,  /* no test decides by it */
    TCN_FINDING_UNSPARED,  /* no test leaves it untouched */
    TCN_FINDING_UNNAMED,   /* there are rules, but no policy statement */
};

struct tcn_finding {
    enum tcn_finding_kind kind;
    struct tcn_span span; /* of the rule or assertion */
    const char *text;     /* one sentence */
    const char *example;  /* an alert as in a test, and the verdict; or "" */
};

struct tcn_finding_taker {
    void (*take)(void *ctx, const struct tcn_finding *finding);
    void *ctx;
};

/* Assertions. Reports those that are false, each with the smallest alert that
 * shows it, and those that are too large to decide; returns how many hold. */
size_t tcn_policy_prove(const struct tcn_policy *policy,
                        struct tcn_finding_taker taker);
size_t tcn_policy_assertion_count(const struct tcn_policy *policy);

/* Rules that never matter, and rules broader than their agreement. Of a rule
 * about peers or observers nothing is said where there are none at all. */
void tcn_policy_check(const struct tcn_policy *policy,
                      struct tcn_finding_taker taker);
/* Rules without a name and version of their own, told at the first one. */
void tcn_policy_check_name(const struct tcn_policy *policy,
                           struct tcn_finding_taker taker);

/* Rules that no test decides by, or none leaves untouched. */
void tcn_policy_coverage(const struct tcn_policy *policy,
                         struct tcn_finding_taker taker);

/* The stable word of a kind: "unreachable", "shadowed", ... */
const char *tcn_finding_word(enum tcn_finding_kind kind);
