#include "policy/compiler.h"

int world_party(const struct tcn_policy *policy, struct tcn_view member)
{
    for (size_t i = 0; i < policy->party_count; i++) {
        if (tcn_view_is(member, policy->parties[i].name)) {
            return (int)i;
        }
    }
    return tcn_view_is(member, policy->self) ? (int)policy->party_count : -1;
}

int world_observers(const struct tcn_policy *policy, struct tcn_view name)
{
    for (size_t i = 0; i < policy->observer_count; i++) {
        if (tcn_view_is(name, policy->observers[i].name)) {
            return (int)i;
        }
    }
    return -1;
}

static const struct group *find_group(const struct tcn_policy *policy,
                                      struct tcn_view name)
{
    for (size_t i = 0; i < policy->group_count; i++) {
        if (tcn_view_is(name, policy->groups[i].name)) {
            return &policy->groups[i];
        }
    }
    return NULL;
}

static bool says_group(const struct tcn_party *party, struct tcn_view group)
{
    for (size_t i = 0; i < party->group_count; i++) {
        if (tcn_view_is(group, party->groups[i])) {
            return true;
        }
    }
    return false;
}

/* A group of the policy and one that members are said to be in, of the same
 * name, are one group. */
static bool in_group(const struct group *group, const struct tcn_party *party,
                     struct tcn_view name)
{
    for (size_t i = 0; group != NULL && i < group->count; i++) {
        if (strcmp(group->members[i], party->name) == 0) {
            return true;
        }
    }
    return says_group(party, name);
}

uint64_t world_group(const struct tcn_policy *policy, struct tcn_view name)
{
    const struct group *group = find_group(policy, name);
    uint64_t mask = 0;
    for (size_t i = 0; i < policy->peer_count; i++) {
        if (in_group(group, &policy->parties[i], name)) {
            mask |= 1ull << i;
        }
    }
    return mask;
}

bool world_has_group(const struct tcn_policy *policy, struct tcn_view name)
{
    bool found = find_group(policy, name) != NULL;
    for (size_t i = 0; i < policy->party_count && !found; i++) {
        found = says_group(&policy->parties[i], name);
    }
    return found;
}

/* ---- names that are not known ---- */

void fail_member(struct compiler *compiler, const struct tcn_token *token)
{
    const struct tcn_policy *policy = compiler->policy;
    const char *known[TCN_MEMBERS_MAX + 1] = {policy->self};
    for (size_t i = 0; i < policy->party_count; i++) {
        known[i + 1] = policy->parties[i].name;
    }
    tcn_fail_unknown(&compiler->c, token, "member", known,
                     policy->party_count + 1);
}

void fail_group(struct compiler *compiler, const struct tcn_token *token)
{
    const struct tcn_policy *policy = compiler->policy;
    const char *known[GROUPS_MAX + TCN_PEERS_MAX * TCN_GROUPS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < policy->group_count; i++) {
        known[count++] = policy->groups[i].name;
    }
    for (size_t i = 0; i < policy->peer_count; i++) {
        for (size_t j = 0; j < policy->parties[i].group_count; j++) {
            known[count++] = policy->parties[i].groups[j];
        }
    }
    tcn_fail_unknown(&compiler->c, token, "group", known, count);
}

void fail_observers(struct compiler *compiler, const struct tcn_token *token)
{
    const struct tcn_policy *policy = compiler->policy;
    const char *known[TCN_OBSERVERS_MAX];
    for (size_t i = 0; i < policy->observer_count; i++) {
        known[i] = policy->observers[i].name;
    }
    tcn_fail_unknown(&compiler->c, token, "observer class", known,
                     policy->observer_count);
}
