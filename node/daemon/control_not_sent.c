/* What a peer was not sent, or not yet: by the rule that decided and by what
 * became of it. */
#include <stdlib.h>

#include "daemon/control.h"
#include "daemon/holds.h"
#include "policy/waits.h"

#define GROUPS_MAX 256

struct group {
    char rule[TCN_NAME_MAX + 16];
    const char *state;
    uint64_t count;
    uint64_t until_ms; /* when the first of them changes by itself; 0: none */
    struct tcn_id example; /* the last that was decided */
};

struct unsent {
    struct tcn_node *node;
    size_t count;
    struct group groups[GROUPS_MAX];
};

/* ---- what became of one ---- */

static const char *held_state(struct tcn_node *node,
                              const struct tcn_decision *decision,
                              uint64_t *until_ms)
{
    struct tcn_hold hold;
    enum tcn_err err =
        tcn_store_hold_get(node->store, &decision->id, decision->peer, &hold);
    if (err != TCN_ERR_OK) {
        return holds_quarantined(node, &decision->id) ? "quarantine" : "held";
    }
    if (hold.state != TCN_HOLD_WAITING) {
        return holds_state_word(hold.state);
    }
    *until_ms = hold.until_ms;
    return "held";
}

/* A hold that was refused or ran out denies by its own rule. */
static const char *denied_state(struct tcn_node *node,
                                const struct tcn_decision *decision)
{
    struct tcn_hold hold;
    bool over =
        tcn_store_hold_get(node->store, &decision->id, decision->peer, &hold) ==
            TCN_ERR_OK &&
        (hold.state == TCN_HOLD_REFUSED || hold.state == TCN_HOLD_EXPIRED) &&
        tcn_hold_has(hold.rules, decision->rule);
    return over ? holds_state_word(hold.state) : "denied";
}

static const char *state_of(struct tcn_node *node,
                            const struct tcn_decision *decision,
                            uint64_t *until_ms)
{
    *until_ms = 0;
    switch (decision->outcome) {
    case TCN_HOLD: return held_state(node, decision, until_ms);
    case TCN_DELAY: {
        enum tcn_err err = tcn_store_delay_get(node->store, &decision->id,
                                               decision->peer, until_ms);
        return err == TCN_ERR_OK ? "delayed" : "denied";
    }
    default: return denied_state(node, decision);
    }
}

/* ---- groups ---- */

static struct group *group_of(struct unsent *unsent,
                              const struct tcn_decision *decision,
                              const char *state)
{
    for (size_t i = 0; i < unsent->count; i++) {
        struct group *group = &unsent->groups[i];
        if (strcmp(group->rule, decision->rule) == 0 &&
            strcmp(group->state, state) == 0) {
            return group;
        }
    }
    if (unsent->count == GROUPS_MAX) {
        return NULL;
    }
    struct group *group = &unsent->groups[unsent->count++];
    *group = (struct group){.state = state, .example = decision->id};
    (void)snprintf(group->rule, sizeof group->rule, "%s", decision->rule);
    return group;
}

static enum tcn_err take_decision(void *ctx,
                                  const struct tcn_decision *decision)
{
    struct unsent *unsent = ctx;
    uint64_t until_ms;
    const char *state = state_of(unsent->node, decision, &until_ms);
    struct group *group = group_of(unsent, decision, state);
    if (group != NULL) {
        group->count++;
        bool sooner = group->until_ms == 0 || until_ms < group->until_ms;
        group->until_ms = until_ms != 0 && sooner ? until_ms : group->until_ms;
    }
    return TCN_ERR_OK;
}

static void reply_group(struct client *client, const struct group *group)
{
    reply_begin(client);
    reply_str(client, "rule", group->rule);
    reply_str(client, "state", group->state);
    reply_uint(client, "count", group->count);
    if (group->until_ms != 0) {
        reply_uint(client, "until", group->until_ms);
    }
    reply_bin(client, "example", tcn_id_view(&group->example));
    reply_row(client);
}

enum tcn_err verb_why_not_sent(struct verb_call *call)
{
    struct tcn_node *node = call->node;
    unsigned number;
    enum tcn_err err = verb_peer(call, "to", &number);
    struct unsent *unsent = calloc(1, sizeof *unsent);
    if (err == TCN_ERR_OK && unsent == NULL) {
        err = TCN_ERR_NO_MEMORY;
    }
    if (err == TCN_ERR_OK) {
        unsent->node = node;
        err = tcn_store_decisions(
            node->store, NULL, node->setup->conf.parties[number].name,
            tcn_pairs_uint(call->pairs, "since"),
            (struct tcn_decision_taker){take_decision, unsent});
    }
    for (size_t i = 0; err == TCN_ERR_OK && i < unsent->count; i++) {
        reply_group(call->client, &unsent->groups[i]);
    }
    free(unsent);
    return err;
}
