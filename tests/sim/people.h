/* What waits for people and time in a simulated node: rows in its store, made
 * by the same rules as those of the daemon (common/policy/waits.h); officers
 * who decide about them; and what was said, as the oracles remember it. */
#pragma once

#include "policy/waits.h"

#define RULE_NAMES 80 /* text of the hold rules of one question */

struct hold_row {
    struct tcn_id id;
    uint8_t state; /* enum tcn_hold_state */
    uint8_t asked, form;
    uint64_t until_ms;
    char rules[RULE_NAMES];
};

struct delay_row {
    struct tcn_id id;
    uint64_t until_ms;
};

struct waits { /* towards one peer */
    struct hold_row *holds;
    size_t hold_count, hold_cap;
    struct delay_row *delays;
    size_t delay_count, delay_cap;
    struct tcn_id *agreed; /* somebody agreed to release them */
    size_t agreed_count, agreed_cap;
};

/* One write to the above. */
enum change_kind {
    CHANGE_NONE,
    CHANGE_HOLD,
    CHANGE_REOPEN,
    CHANGE_DELAY,
    CHANGE_DELAY_OVER,
    CHANGE_QUARANTINE,
    CHANGE_LOOKED_AT,
    CHANGE_AGREED,
};

struct change {
    enum change_kind kind;
    uint8_t peer;
    struct hold_row row; /* of a delay: id and until_ms */
};

/* What somebody said; void when the write that it was made in is lost. */
enum said {
    SAID_RELEASE,
    SAID_REFUSE, /* or nobody said anything in time */
    SAID_REOPEN,
    SAID_LOOKED_AT,
    SAID_AGREED,
    SAID_NOTHING_YET, /* it came in and has to be looked at */
};

struct word {
    enum said said;
    uint32_t alert;
    unsigned to;
    uint8_t asked, form;
    unsigned rules; /* that ask, one bit each */
    size_t log_at;
};

#define HOLD_BY_SEVERITY 1u
#define HOLD_BY_VICTIM   2u
#define HOLD_BY_PENDING  4u /* times the above: rules that wait themselves */

struct sim;
struct node;
struct store;
struct held;
struct minted;

/* What follows from a decision, to be written with it. */
void people_decided(const struct sim *sim, const struct node *node,
                    const struct tcn_effect *effect, struct change *change);
void people_change(struct store *store, const struct change *change);
void people_forget(struct store *store); /* all of it */
void people_fini(struct store *store);
/* As the shell of a node tells the core; valid until the next call. */
const struct tcn_receipt *people_told(const struct node *node,
                                      const struct held *held);

/* Holds that were not approved in time end; the ids that are to be asked about
 * again, at most `max` of them. */
size_t people_overdue(struct sim *sim, struct node *node, struct tcn_id *ids,
                      size_t max);
/* When that is next: UINT64_MAX = never. By the node's clock. */
uint64_t people_next_ms(const struct node *node);

/* The words of an officer. False: there is nothing of the kind. */
struct order {
    enum said said;
    uint32_t alert;
    unsigned to;
    uint8_t cut; /* classes not to go */
};
bool people_say(struct sim *sim, struct node *node, const struct order *order);
/* By chance: one word somewhere; or about all that waits, which is most of what
 * there is to be said. Whether anything waits still. */
void people_any(struct sim *sim);
bool people_all(struct sim *sim);

/* Which rules names stand for. */
unsigned people_rules(const char *names);

/* ---- oracle_people.c ---- */

void word_note(struct node *node, const struct word *word);
void word_cut(struct node *node, size_t count);
/* Nothing that waits leaves, in any form that was not released. */
void oracle_waits(struct sim *sim, const struct node *node, unsigned to,
                  uint32_t number, uint8_t form);
/* People are asked what the rules say, and nothing else. */
void oracle_decided(struct sim *sim, const struct node *node,
                    const struct tcn_effect *effect);
bool oracle_in_quarantine(const struct node *node, uint32_t number);
bool oracle_agreed(const struct node *node, unsigned to, uint32_t number);
/* Whether it may have got there in the end, and with which classes of `form`.
 */
enum passes {
    PASSES,
    STOPPED, /* a person said no, or has not looked at it */
    UNASKED, /* rules hold it, and nobody has been asked */
};
enum passes oracle_passes(const struct sim *sim, const struct node *node,
                          unsigned to, uint32_t number, uint8_t *form);
