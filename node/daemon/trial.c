/* What another policy would decide about the alerts that are here: both are
 * asked the same question by the same function, with what is known now. It goes
 * through them newest first, some at a time, between two rounds of the node. */
#include "daemon/policies.h"

#include <stdlib.h>

#include "daemon/holds.h"

#define PIECE_ALERTS 200
#define PIECE_MS     20
#define GROUPS_MAX   4096

struct trial {
    struct tcn_node *node;
    struct tcn_policy *policy;
    uint64_t generation;
    uint64_t before;  /* goes on below that sequence number */
    uint64_t left;    /* alerts */
    uint64_t stop_ms; /* steady clock */
    bool paused;
    struct trial_result result;
    struct trial_group groups[GROUPS_MAX];
};

const char *trial_word(enum trial_change change)
{
    static const char *const words[TRIAL_CHANGES] = {
        [TRIAL_SENT] = "sent",     [TRIAL_WITHHELD] = "withheld",
        [TRIAL_HELD] = "held",     [TRIAL_DELAYED] = "delayed",
        [TRIAL_OPENED] = "opened", [TRIAL_CUT] = "cut"};
    return words[change];
}

struct trial *trial_new(struct tcn_node *node, struct tcn_policy *policy,
                        uint64_t alerts)
{
    struct trial *trial = calloc(1, sizeof *trial);
    if (trial == NULL) {
        tcn_policy_free(policy);
        return NULL;
    }
    trial->node = node;
    trial->policy = policy;
    trial->generation = node->generation;
    trial->before = INT64_MAX;
    trial->left = alerts;
    trial->result.groups = trial->groups;
    return trial;
}

void trial_free(struct trial *trial)
{
    if (trial != NULL) {
        tcn_policy_free(trial->policy);
        free(trial);
    }
}

/* ---- one alert and peer ---- */

/* False: nothing would change. Classes that the alert has not got are none. */
static bool compare(const struct tcn_verdict *now,
                    const struct tcn_verdict *then, uint8_t present,
                    struct trial_group *group)
{
    static const enum trial_change by_outcome[] = {[TCN_DENY] = TRIAL_WITHHELD,
                                                   [TCN_HOLD] = TRIAL_HELD,
                                                   [TCN_DELAY] = TRIAL_DELAYED,
                                                   [TCN_ALLOW] = TRIAL_SENT};
    if (now->outcome != then->outcome) {
        group->change = (uint8_t)by_outcome[then->outcome];
        return true;
    }
    group->opens = then->form & (uint8_t)~now->form & present;
    group->cuts = now->form & (uint8_t)~then->form & present;
    group->change = group->opens != 0 ? TRIAL_OPENED : TRIAL_CUT;
    return then->outcome != TCN_DENY && (group->opens | group->cuts) != 0;
}

static struct trial_group *find_group(struct trial *trial,
                                      const struct trial_group *like)
{
    for (size_t i = 0; i < trial->result.group_count; i++) {
        struct trial_group *group = &trial->groups[i];
        if (group->peer == like->peer && group->change == like->change &&
            group->opens == like->opens && group->cuts == like->cuts &&
            strcmp(group->now, like->now) == 0 &&
            strcmp(group->then, like->then) == 0) {
            return group;
        }
    }
    if (trial->result.group_count == GROUPS_MAX) {
        return NULL;
    }
    struct trial_group *group = &trial->groups[trial->result.group_count++];
    *group = *like;
    return group;
}

static void count(struct trial *trial, const struct trial_group *like,
                  const struct tcn_id *id)
{
    struct trial_group *group = find_group(trial, like);
    if (group == NULL) {
        trial->result.lost++;
        return;
    }
    if (group->count < TRIAL_EXAMPLES) {
        group->examples[group->count] = *id;
    }
    group->count++;
}

/* ---- one alert ---- */

/* Releases are told by the number of hold rules, and those are the policy's. */
static enum tcn_err decide(struct trial *trial, const struct tcn_stored *row,
                           struct tcn_verdict now[TCN_PEERS_MAX],
                           struct tcn_verdict then[TCN_PEERS_MAX],
                           uint64_t *sources)
{
    struct tcn_node *node = trial->node;
    const struct tcn_receipt *told;
    struct tcn_facts facts = held_facts(node, &node->loaded->alert, row);
    *sources = facts.sources;
    tcn_policy_export_all(node->setup->policy, &facts, now);
    enum tcn_err err = holds_told_by(node, trial->policy, row, &told);
    if (err == TCN_ERR_OK) {
        facts.releases = told->releases;
        facts.release_count = told->release_count;
        tcn_policy_export_all(trial->policy, &facts, then);
    }
    return err;
}

static void compare_peers(struct trial *trial, const struct tcn_stored *row,
                          uint64_t sources, const struct tcn_verdict *now,
                          const struct tcn_verdict *then)
{
    const struct tcn_setup *setup = trial->node->setup;
    for (unsigned i = 0; i < setup->conf.peer_count; i++) {
        /* It has it, or said it itself: nothing is decided. */
        if ((sources >> i & 1) != 0 ||
            strcmp(setup->conf.parties[i].name, row->origin) == 0) {
            continue;
        }
        struct trial_group like = {.peer = (uint8_t)i};
        trial->result.decided++;
        if (!compare(&now[i], &then[i], row->form, &like)) {
            trial->result.same++;
            continue;
        }
        rule_text(setup->policy, &now[i], like.now);
        rule_text(trial->policy, &then[i], like.then);
        count(trial, &like, &row->id);
    }
}

/* Withdrawals follow whoever was handed the alert; what is over or waits for a
 * look goes nowhere under any rule. */
static bool is_decided(const struct trial *trial, const struct tcn_stored *row)
{
    return row->has_contents && row->kind != TCN_KIND_REVOKE &&
           row->status == TCN_STATUS_LIVE &&
           !holds_quarantined(trial->node, &row->id);
}

static enum tcn_err take(void *ctx, const struct tcn_stored *row)
{
    struct trial *trial = ctx;
    static struct tcn_verdict now[TCN_PEERS_MAX], then[TCN_PEERS_MAX];
    uint64_t sources;
    trial->before = row->seq;
    trial->left--;
    trial->result.looked_at++;
    if (is_decided(trial, row)) {
        enum tcn_err err =
            held_load(trial->node, &row->id, trial->node->loaded, NULL);
        if (err == TCN_ERR_OK) {
            err = decide(trial, row, now, then, &sources);
        }
        if (err != TCN_ERR_OK && err != TCN_ERR_NOT_FOUND) {
            return err;
        }
        if (err == TCN_ERR_OK) {
            compare_peers(trial, row, sources, now, then);
        }
    }
    trial->paused = tcn_steady_ms() >= trial->stop_ms;
    return trial->paused ? TCN_ERR_BUSY : TCN_ERR_OK;
}

enum tcn_err trial_go_on(struct trial *trial)
{
    if (trial->generation != trial->node->generation) {
        return TCN_ERR_BUSY;
    }
    uint64_t limit = trial->left < PIECE_ALERTS ? trial->left : PIECE_ALERTS;
    uint64_t before = trial->result.looked_at;
    trial->stop_ms = tcn_steady_ms() + PIECE_MS;
    trial->paused = false;
    enum tcn_err err =
        tcn_store_before(trial->node->store, trial->before, limit,
                         (struct tcn_row_taker){take, trial});
    bool all = trial->result.looked_at - before < limit;
    trial->result.done = trial->left == 0 || (all && !trial->paused);
    return trial->paused ? TCN_ERR_OK : err;
}

void trial_result(const struct trial *trial, struct trial_result *result)
{
    *result = trial->result;
}
