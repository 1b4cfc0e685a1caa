/* One policy beside another: the names of its rules and the numbers of its
 * holds among those of both. What they decide together: both.c. */
#include <stdio.h>

#include "alert/hash.h"
#include "base/assert.h"
#include "base/text.h"
#include "policy/internal.h"

#define PENDING "pending:"

static_assert(TCN_RULE_NAME_MAX >= TCN_NAME_MAX + sizeof PENDING - 1,
              "its rules have longer names");
static_assert(2 * TCN_RULES_MAX + 1 < TCN_RULE_DEFAULT,
              "rules of both have numbers");

/* Its rules are numbered behind ours; behind them its default. */
uint16_t narrowing_default(const struct tcn_policy *policy)
{
    return (uint16_t)(policy->rule_count +
                      policy->narrowing->policy->rule_count);
}

const char *narrowing_rule_name(const struct tcn_policy *policy, uint16_t rule)
{
    if (policy->narrowing == NULL || rule < policy->rule_count ||
        rule > narrowing_default(policy)) {
        return "default";
    }
    return policy->narrowing->rule_names[rule - policy->rule_count];
}

static struct tcn_hold_rule hold_of(const struct tcn_policy *policy,
                                    uint16_t rule)
{
    const struct rule *at = &policy->rules[rule];
    return (struct tcn_hold_rule){.name = at->name,
                                  .approvals = at->approvals,
                                  .role = at->role,
                                  .within_ms = at->duration_ms};
}

static bool same_hold(const struct tcn_hold_rule *a,
                      const struct tcn_hold_rule *b)
{
    return a->approvals == b->approvals && a->within_ms == b->within_ms &&
           strcmp(a->role, b->role) == 0;
}

/* A hold of both that asks the same people is one. Of the same name with other
 * terms it is another, under a name of its own: releases know rules by name. */
static bool add_hold(struct narrowing *narrowing, size_t number,
                     struct tcn_hold_rule hold, const char *other_name)
{
    for (size_t i = 0; i < narrowing->hold_count; i++) {
        const struct tcn_hold_rule *known = &narrowing->holds[i];
        if (strcmp(known->name, hold.name) != 0) {
            continue;
        }
        if (same_hold(known, &hold)) {
            narrowing->hold_numbers[number] = (uint8_t)i;
            return true;
        }
        hold.name = other_name;
    }
    if (narrowing->hold_count == HOLDS_MAX) {
        return false;
    }
    narrowing->hold_numbers[number] = (uint8_t)narrowing->hold_count;
    narrowing->holds[narrowing->hold_count++] = hold;
    return true;
}

static bool join_holds(struct narrowing *narrowing,
                       const struct tcn_policy *policy)
{
    const struct tcn_policy *other = narrowing->policy;
    for (size_t i = 0; i < policy->hold_count; i++) {
        narrowing->holds[i] = hold_of(policy, policy->holds[i]);
    }
    narrowing->hold_count = policy->hold_count;
    for (size_t i = 0; i < other->hold_count; i++) {
        uint16_t rule = other->holds[i];
        if (!add_hold(narrowing, i, hold_of(other, rule),
                      narrowing->rule_names[rule])) {
            return false;
        }
    }
    return true;
}

static bool name_rules(struct tcn_policy *policy, struct narrowing *narrowing)
{
    const struct tcn_policy *other = narrowing->policy;
    size_t count = other->rule_count + 1;
    narrowing->rule_names =
        policy_alloc(policy, count * sizeof *narrowing->rule_names);
    for (size_t i = 0; narrowing->rule_names != NULL && i < count; i++) {
        char *name = policy_alloc(policy, TCN_RULE_NAME_MAX + 1);
        if (name == NULL) {
            return false;
        }
        (void)snprintf(name, TCN_RULE_NAME_MAX + 1, PENDING "%s",
                       i < other->rule_count ? other->rules[i].name
                                             : "default");
        narrowing->rule_names[i] = name;
    }
    return narrowing->rule_names != NULL;
}

static struct tcn_id hash_of_both(const struct tcn_policy *policy,
                                  const struct tcn_policy *other)
{
    uint8_t both[2 * sizeof policy->hash.bytes];
    struct tcn_buf out = tcn_buf(both, sizeof both);
    tcn_buf_put(&out, policy->hash.bytes, sizeof policy->hash.bytes);
    tcn_buf_put(&out, other->hash.bytes, sizeof other->hash.bytes);
    return tcn_hash(TCN_PERSONAL_AGREE, tcn_buf_view(&out));
}

enum tcn_err tcn_policy_narrow(struct tcn_policy *policy,
                               struct tcn_policy *other)
{
    tcn_assert(policy->narrowing == NULL && other->narrowing == NULL &&
               policy->peer_count == other->peer_count &&
               policy->observer_count == other->observer_count);
    struct narrowing *narrowing = policy_alloc(policy, sizeof *narrowing);
    if (narrowing == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    narrowing->policy = other;
    if (!name_rules(policy, narrowing)) {
        return TCN_ERR_NO_MEMORY;
    }
    if (!join_holds(narrowing, policy)) {
        return TCN_ERR_CAPACITY;
    }
    narrowing->hash = hash_of_both(policy, other);
    policy->narrowing = narrowing;
    return TCN_ERR_OK;
}

void tcn_policy_widen(struct tcn_policy *policy)
{
    if (policy->narrowing != NULL) {
        tcn_policy_free(policy->narrowing->policy);
        policy->narrowing = NULL;
    }
}

const struct tcn_policy *tcn_policy_pending(const struct tcn_policy *policy)
{
    return policy->narrowing == NULL ? NULL : policy->narrowing->policy;
}
