#include "policy/internal.h"

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

bool world_in_group(const struct tcn_policy *policy,
                    const struct tcn_party *party, struct tcn_view group)
{
    const struct group *found = find_group(policy, group);
    for (size_t i = 0; found != NULL && i < found->count; i++) {
        if (strcmp(found->members[i], party->name) == 0) {
            return true;
        }
    }
    return says_group(party, group);
}

bool world_has_group(const struct tcn_policy *policy, struct tcn_view name)
{
    bool found = find_group(policy, name) != NULL;
    for (size_t i = 0; i < policy->party_count && !found; i++) {
        found = says_group(&policy->parties[i], name);
    }
    return found;
}
