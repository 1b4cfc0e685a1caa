/* Random policies as trees of words, their text, and random alerts for them;
 * and a second evaluator, which reads nothing but those trees. It shares no
 * code with common/policy: a mistake made there is not made here by itself. */
#pragma once

#include "unit/policy_kit.h"

/* ---- a small generator of numbers ---- */
struct rng {
    uint64_t state;
};
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
    rng->state = rng->state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((rng->state >> 33) % n);
}
static inline bool rng_one_in(struct rng *rng, uint32_t n)
{
    return rng_below(rng, n) == 0;
}

/* ---- policies ---- */
enum { R_TEST, R_HAS, R_CLASS, R_NOT, R_AND, R_OR };

struct r_condition {
    int op;
    const char *fact; /* or the name in has(), or the class */
    const char *compare;
    int count;
    const char *values[4];
    struct r_condition *left, *right;
};

struct r_rule {
    const char *verb;
    const char *hook;
    char name[8];
    bool targets[PEER_COUNT]; /* or observers */
    const char *target_text;
    uint8_t classes; /* with or classes; 0 = not said */
    unsigned hours;  /* of a delay */
    unsigned hold;   /* its number among the hold rules */
    struct r_condition *when, *unless, *that;
};

#define R_RULES_MAX      12
#define R_CONDITIONS_MAX 128

struct r_policy {
    int rule_count;
    struct r_rule rules[R_RULES_MAX];
    int condition_count;
    struct r_condition conditions[R_CONDITIONS_MAX];
};

/* How much of the language: few facts with few values, for enumeration, or
 * everything. */
enum r_size { R_SMALL, R_WHOLE };

void random_policy(struct r_policy *policy, struct rng *rng, enum r_size size,
                   int rules);
void random_rule(struct r_policy *policy, struct rng *rng, enum r_size size);
struct r_condition *random_condition(struct r_policy *policy, struct rng *rng,
                                     enum r_size size, bool peers);
void print_policy(struct tcn_buf *out, const struct r_policy *policy);
void print_condition(struct tcn_buf *out, const struct r_condition *condition);

/* ---- alerts ---- */
/* `ref` is how the policy calls the agreement "pact". */
void random_alert(struct kit_alert *kit, struct rng *rng, const char *ref);

/* ---- the second evaluator ---- */
struct n_verdict {
    const char *outcome; /* deny, hold, delay, allow */
    uint8_t form;
    const char *rule; /* deciding; "default", or "floor:WORD" */
};
/* Of the real verdict, to be compared with that. */
const char *word_of(const struct tcn_verdict *verdict);
struct n_verdict naive_export(const struct r_policy *policy,
                              const struct tcn_facts *facts, unsigned peer,
                              const char *ref);
struct n_verdict naive_import(const struct r_policy *policy,
                              const struct tcn_facts *facts, unsigned peer);
struct n_verdict naive_show(const struct r_policy *policy,
                            const struct tcn_facts *facts, unsigned observer);
struct n_verdict naive_originate(const struct r_policy *policy,
                                 const struct tcn_facts *facts);

/* Whether `when` and not `unless` is so, in doubt yes, as for an assertion. */
bool naive_claims(const struct r_condition *when,
                  const struct r_condition *unless,
                  const struct tcn_facts *facts, unsigned peer);

/* The text of "pact", which every random policy holds. */
#define R_PACT                                                                 \
    "agreement \"pact\" version 1 { parties { ee, lv, fi }; from 2026-12-01; " \
    "until 2027-06-01; max tlp AMBER; onward members; }\n"
