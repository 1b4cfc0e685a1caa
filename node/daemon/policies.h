/* The policy of a running node: the one that waits to be confirmed beside it,
 * trials of others, and how often each rule has decided. */
#pragma once

#include "daemon/node.h"
#include "policy/narrow.h"

/* ---- pending.c ---- */
#define PENDING_MIN_MS   (10 * TCN_SECOND_MS)
#define PENDING_MAX_MS   TCN_DAY_MS
#define PENDING_GRACE_MS (30 * TCN_SECOND_MS)

/* Kept in the store until its time is over; what the files say does not change
 * meanwhile, so that whatever happens the policy before is there. */
struct pending {
    uint64_t until_ms;
    uint64_t within_ms;
    uint64_t steady_ms; /* when it ends if the clock is set */
    char by[64];        /* who loaded it */
    char name[256];     /* base name of its file */
    uint8_t *text;      /* owned */
    size_t len;
    bool recorded;
};

/* Loads `file` beside the policy that runs. What is wrong is in `text`, and
 * then nothing has changed. */
struct pending_wish {
    const char *actor;
    const char *name;
    struct tcn_view file;
    uint64_t within_ms;
};
TCN_MUST_USE enum tcn_err pending_begin(struct tcn_node *node,
                                        const struct pending_wish *wish,
                                        struct tcn_buf *text);
/* Makes a configuration that was just read go on with what waits: narrows it,
 * or finds that its files hold it by now (*confirmed). */
TCN_MUST_USE enum tcn_err pending_join(struct tcn_node *node,
                                       struct tcn_setup *setup, bool *confirmed,
                                       struct tcn_buf *text);
/* In the transaction of the swap: what was begun is kept, what was confirmed
 * is forgotten there; after the commit comes pending_free(). */
TCN_MUST_USE enum tcn_err pending_record(struct tcn_node *node, bool confirmed);
/* The policy before decides alone again. */
TCN_MUST_USE enum tcn_err pending_end(struct tcn_node *node, const char *actor,
                                      const char *action);
/* At start, in its transaction. */
TCN_MUST_USE enum tcn_err pending_restore(struct tcn_node *node);
void pending_tick(struct tcn_node *node);
void pending_free(struct tcn_node *node);
/* For people: what every command is told; nothing when all is well. */
void policy_notice(const struct tcn_node *node, struct tcn_buf *out);

/* ---- trial.c: what another policy would decide; changes nothing ---- */
struct trial;
/* Takes `policy`, loaded for the world of the node. NULL: out of memory. */
struct trial *trial_new(struct tcn_node *node, struct tcn_policy *policy,
                        uint64_t alerts);
void trial_free(struct trial *trial);
/* Decides about some more alerts, so many that nobody else waits for long.
 * BUSY: the configuration has changed meanwhile. */
TCN_MUST_USE enum tcn_err trial_go_on(struct trial *trial);

enum trial_change {
    TRIAL_SENT,     /* would be sent, and is not now */
    TRIAL_WITHHELD, /* would not be sent */
    TRIAL_HELD,     /* would wait for people */
    TRIAL_DELAYED,  /* would wait for time */
    TRIAL_OPENED,   /* would show more */
    TRIAL_CUT,      /* would show less */
    TRIAL_CHANGES,
};
const char *trial_word(enum trial_change change);

#define RULE_TEXT      (TCN_NAME_MAX + 16)
#define TRIAL_EXAMPLES 3

struct trial_group {
    uint8_t peer;
    uint8_t change;      /* enum trial_change */
    uint8_t opens, cuts; /* classes, where it goes under both */
    char now[RULE_TEXT], then[RULE_TEXT]; /* what decides */
    uint64_t count;
    struct tcn_id examples[TRIAL_EXAMPLES]; /* newest first */
};
struct trial_result {
    bool done;
    uint64_t looked_at; /* alerts */
    uint64_t decided;   /* alerts and peers */
    uint64_t same;
    uint64_t lost; /* changes of more groups than there is room for */
    size_t group_count;
    const struct trial_group *groups;
};
void trial_result(const struct trial *trial, struct trial_result *result);

/* ---- hits.c: how often each rule has decided, since the node started ---- */
/* "allow-all", "default", "floor:tlp" */
void rule_text(const struct tcn_policy *policy,
               const struct tcn_verdict *verdict, char out[RULE_TEXT]);
TCN_MUST_USE bool hits_open(struct tcn_node *node);
void hits_close(struct tcn_node *node);
void hits_note(struct tcn_node *node, enum tcn_hook hook,
               const struct tcn_verdict *verdict);
/* The policy is another: counts stay with the names of rules. */
void hits_carry(struct tcn_node *node, const struct tcn_policy *from,
                const struct tcn_policy *to);

/* Every rule, and every default and floor that has decided. */
struct hits_row {
    const char *hook;
    const char *verb; /* "" = default or floor */
    const char *rule;
    uint64_t counts[4]; /* by enum tcn_outcome */
};
struct hits_taker {
    void (*take)(void *ctx, const struct hits_row *row);
    void *ctx;
};
void hits_each(const struct tcn_node *node, struct hits_taker taker);

/* ---- control_policy.c: verbs of the control socket (control.h) ---- */
struct verb_call;
enum tcn_err verb_policy_file(struct verb_call *call);
enum tcn_err verb_policy_try(struct verb_call *call);
enum tcn_err verb_policy_load(struct verb_call *call);
enum tcn_err verb_policy_pending(struct verb_call *call);
enum tcn_err verb_policy_confirm(struct verb_call *call);
enum tcn_err verb_policy_abandon(struct verb_call *call);
enum tcn_err verb_policy_rules(struct verb_call *call);
