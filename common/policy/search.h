/* Whether there is an alert of which several things are so, and the smallest
 * that shows it. Private to common/policy. */
#pragma once

#include "policy/space.h"

enum literal_kind {
    LITERAL_RULE,   /* the rule matches */
    LITERAL_CLAIM,  /* the assertion is about it */
    LITERAL_MET,    /* what the rule requires holds */
    LITERAL_FLOOR,  /* this reason of the floor does not stand in the way */
    LITERAL_VALID,  /* there can be such an alert */
    LITERAL_NAMED,  /* it names that agreement, whatever text of it */
    LITERAL_WITHIN, /* label and peer are within that agreement */
};

struct literal {
    uint8_t kind;
    bool want;
    uint8_t reason; /* enum tcn_floor; of VALID: which rule */
    const struct rule *rule;
    const struct assertion *assertion;
    const struct agreement *agreement;
};

#define VALID_RULES 14

struct maybe literal_can(const struct known *known,
                         const struct literal *literal);

#define LITERALS_MAX (2 * TCN_RULES_MAX + 64)

struct goal {
    const struct space *space;
    size_t count;
    struct literal literals[LITERALS_MAX];
    struct vars given;
    struct known known; /* what is given; the answer, after FOUND_ONE */
    uint64_t work;      /* steps that are left */
};

/* Every goal begins with what makes a valid alert. `work` bounds the steps. */
void goal_init(struct goal *goal, const struct space *space, uint64_t work);
void goal_add(struct goal *goal, struct literal literal);
void goal_add_floor(struct goal *goal);
void goal_add_rule(struct goal *goal, const struct rule *rule, bool matches);
void goal_set(struct goal *goal, unsigned var, int16_t cell);

enum found { FOUND_NONE, FOUND_ONE, FOUND_TOO_LARGE };
/* Whether any alert meets every literal. The one that is found has nothing in
 * it that could be left out or set back to its default. */
enum found goal_solve(struct goal *goal);

/* ---- witness.c ---- */
struct witness {
    struct tcn_alert alert;
    struct tcn_facts facts;
    uint8_t bytes[8192];
    size_t used;
};
void witness_make(struct witness *witness, const struct goal *goal);
/* As an `alert` block of a test, on one line. */
void witness_put(struct tcn_buf *out, const struct witness *witness,
                 const struct goal *goal);
