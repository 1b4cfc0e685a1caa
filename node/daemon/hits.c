/* How often each rule has decided: counted where a decision is carried out, so
 * that nothing else is counted. A rule that cuts decides nothing. */
#include "daemon/policies.h"

#include <stdlib.h>

#define HOOKS    (TCN_HOOK_ORIGINATE + 1)
#define OUTCOMES 4
#define RULES    (2 * TCN_RULES_MAX) /* of two policies */

struct hits {
    uint64_t defaults[HOOKS][OUTCOMES];
    uint64_t floors[HOOKS][TCN_FLOOR_COUNT];
    uint64_t rules[RULES][OUTCOMES];
};

void rule_text(const struct tcn_policy *policy,
               const struct tcn_verdict *verdict, char out[RULE_TEXT])
{
    bool floor = verdict->floor != TCN_FLOOR_NONE;
    (void)snprintf(out, RULE_TEXT, "%s%s", floor ? "floor:" : "",
                   floor ? tcn_floor_word((enum tcn_floor)verdict->floor)
                         : tcn_policy_rule_name(policy, verdict->rule));
}

bool hits_open(struct tcn_node *node)
{
    node->hits = calloc(1, sizeof *node->hits);
    return node->hits != NULL;
}

void hits_close(struct tcn_node *node)
{
    free(node->hits);
    node->hits = NULL;
}

void hits_note(struct tcn_node *node, enum tcn_hook hook,
               const struct tcn_verdict *verdict)
{
    struct hits *hits = node->hits;
    if (verdict->floor != TCN_FLOOR_NONE) {
        hits->floors[hook][verdict->floor]++;
    } else if (verdict->rule >= tcn_policy_rule_total(node->setup->policy)) {
        hits->defaults[hook][verdict->outcome]++;
    } else {
        hits->rules[verdict->rule][verdict->outcome]++;
    }
}

/* The number of that name, or RULES. */
static size_t find(const struct tcn_policy *policy, const char *name)
{
    size_t total = tcn_policy_rule_total(policy);
    for (size_t i = 0; i < total; i++) {
        if (strcmp(tcn_policy_rule(policy, i).name, name) == 0) {
            return i;
        }
    }
    return RULES;
}

void hits_carry(struct tcn_node *node, const struct tcn_policy *from,
                const struct tcn_policy *to)
{
    static struct hits carried;
    struct hits *hits = node->hits;
    memset(carried.rules, 0, sizeof carried.rules);
    for (size_t i = 0; i < tcn_policy_rule_total(from); i++) {
        size_t at = find(to, tcn_policy_rule(from, i).name);
        if (at < RULES) {
            memcpy(carried.rules[at], hits->rules[i], sizeof hits->rules[i]);
        }
    }
    memcpy(hits->rules, carried.rules, sizeof hits->rules);
}

/* ---- telling ---- */

static const char *const hook_words[HOOKS] = {"export", "import", "show",
                                              "originate"};

static void tell_floors(const struct hits *hits, unsigned hook,
                        struct hits_taker taker)
{
    for (unsigned i = 0; i < TCN_FLOOR_COUNT; i++) {
        char name[RULE_TEXT];
        struct hits_row row = {.hook = hook_words[hook],
                               .verb = "",
                               .rule = name,
                               .counts = {[TCN_DENY] = hits->floors[hook][i]}};
        if (hits->floors[hook][i] > 0) {
            (void)snprintf(name, sizeof name, "floor:%s",
                           tcn_floor_word((enum tcn_floor)i));
            taker.take(taker.ctx, &row);
        }
    }
}

static bool any(const uint64_t counts[OUTCOMES])
{
    return (counts[0] | counts[1] | counts[2] | counts[3]) != 0;
}

void hits_each(const struct tcn_node *node, struct hits_taker taker)
{
    const struct tcn_policy *policy = node->setup->policy;
    const struct hits *hits = node->hits;
    for (size_t i = 0; i < tcn_policy_rule_total(policy); i++) {
        struct tcn_rule_info rule = tcn_policy_rule(policy, i);
        struct hits_row row = {
            hook_words[rule.hook], rule.verb, rule.name, {0}};
        memcpy(row.counts, hits->rules[i], sizeof row.counts);
        taker.take(taker.ctx, &row);
    }
    for (unsigned hook = 0; hook < HOOKS; hook++) {
        struct hits_row row = {hook_words[hook], "", "default", {0}};
        memcpy(row.counts, hits->defaults[hook], sizeof row.counts);
        if (any(row.counts)) {
            taker.take(taker.ctx, &row);
        }
        tell_floors(hits, hook, taker);
    }
}
