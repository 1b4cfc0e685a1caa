/* What no rule can loosen. Each check says no by itself; what is not covered
 * by a check is not allowed by it either. Source of TLP across nations:
 * common/alert/FORMAT.md, "Label". */
#include "policy/internal.h"

static const struct agreement *find_agreement(const struct tcn_policy *policy,
                                              struct tcn_view ref)
{
    for (size_t i = 0; i < policy->agreement_count; i++) {
        if (tcn_view_is(ref, policy->agreements[i].ref)) {
            return &policy->agreements[i];
        }
    }
    return NULL;
}

static bool is_party(const struct agreement *agreement, const char *member)
{
    for (size_t i = 0; i < agreement->party_count; i++) {
        if (strcmp(agreement->parties[i], member) == 0) {
            return true;
        }
    }
    return false;
}

/* Exactly that text, active, both of us parties, the label within its scope. */
static bool in_force(const struct tcn_policy *policy,
                     const struct tcn_facts *facts,
                     const struct tcn_party *peer)
{
    const struct tcn_header *header = &facts->alert->header;
    const struct agreement *agreement =
        find_agreement(policy, header->agreement);
    return agreement != NULL && facts->now_ms >= agreement->from_ms &&
           facts->now_ms < agreement->until_ms &&
           is_party(agreement, policy->self) &&
           is_party(agreement, peer->name) &&
           header->label.tlp <= agreement->max_tlp &&
           header->label.onward <= agreement->onward;
}

static bool exercise_open(const struct tcn_policy *policy,
                          const struct tcn_facts *facts)
{
    struct tcn_view name = facts->alert->header.exercise;
    if (name.len == 0) {
        return true;
    }
    for (size_t i = 0; i < policy->exercise_count; i++) {
        const struct tcn_exercise *exercise = &policy->exercises[i];
        if (tcn_view_is(name, exercise->name)) {
            return facts->now_ms >= exercise->from_ms &&
                   facts->now_ms < exercise->until_ms;
        }
    }
    return false;
}

/* Holds for every hook: what is not valid now goes nowhere. */
static enum tcn_floor check_state(const struct tcn_policy *policy,
                                  const struct tcn_facts *facts)
{
    if (!facts->key_valid) {
        return TCN_FLOOR_KEY;
    }
    if (facts->now_ms >= facts->alert->header.expires_ms) {
        return TCN_FLOOR_EXPIRED;
    }
    return exercise_open(policy, facts) ? TCN_FLOOR_NONE : TCN_FLOOR_EXERCISE;
}

static enum tcn_floor check_label(const struct tcn_label *label, bool is_own,
                                  struct tcn_view peer)
{
    bool named = tcn_label_has_audience(label, peer);
    if (label->audience_count > 0 && !named) {
        return TCN_FLOOR_AUDIENCE;
    }
    if (label->tlp > TCN_TLP_GREEN && !named) {
        return TCN_FLOOR_TLP;
    }
    return label->tlp == TCN_TLP_RED && !is_own ? TCN_FLOOR_RED
                                                : TCN_FLOOR_NONE;
}

/* Only for what others originated. */
static enum tcn_floor check_onward(const struct tcn_policy *policy,
                                   const struct tcn_facts *facts,
                                   const struct tcn_party *peer)
{
    const struct tcn_header *header = &facts->alert->header;
    const struct tcn_label *label = &header->label;
    if ((label->caveat_mask & TCN_CAVEAT_ORCON) != 0) {
        return TCN_FLOOR_ORCON;
    }
    if ((label->caveat_mask & TCN_CAVEAT_UNKNOWN) != 0) {
        return TCN_FLOOR_CAVEAT;
    }
    if (label->onward == TCN_ONWARD_NONE) {
        return TCN_FLOOR_ONWARD;
    }
    if (header->agreement.len > 0 && !in_force(policy, facts, peer)) {
        return TCN_FLOOR_AGREEMENT; /* counts as onward none */
    }
    if (label->onward == TCN_ONWARD_LISTED &&
        !tcn_label_has_audience(label, tcn_view_str(peer->name))) {
        return TCN_FLOOR_ONWARD;
    }
    if (label->onward == TCN_ONWARD_MEMBERS && header->agreement.len == 0) {
        return TCN_FLOOR_ONWARD;
    }
    return TCN_FLOOR_NONE;
}

enum tcn_floor floor_export(const struct tcn_policy *policy,
                            const struct tcn_facts *facts, unsigned peer)
{
    const struct tcn_party *party = &policy->parties[peer];
    const struct tcn_label *label = &facts->alert->header.label;
    enum tcn_floor reason = check_state(policy, facts);
    if (reason == TCN_FLOOR_NONE) {
        reason = check_label(label, facts->is_own, tcn_view_str(party->name));
    }
    if (reason == TCN_FLOOR_NONE && !facts->is_own) {
        reason = check_onward(policy, facts, party);
    }
    bool no_partner = (label->caveat_mask & TCN_CAVEAT_NO_PARTNER) != 0;
    if (reason == TCN_FLOOR_NONE && no_partner &&
        party->role != TCN_ROLE_NATION) {
        reason = TCN_FLOOR_PARTNER; /* a role that is not set is no nation */
    }
    return reason;
}

enum tcn_floor floor_show(const struct tcn_policy *policy,
                          const struct tcn_facts *facts, unsigned observer)
{
    enum tcn_floor reason = check_state(policy, facts);
    /* Observers are told that an alert is over; that is its only content. */
    if (reason == TCN_FLOOR_EXPIRED || reason == TCN_FLOOR_KEY) {
        reason = TCN_FLOOR_NONE;
    }
    if (reason == TCN_FLOOR_NONE &&
        facts->alert->header.label.tlp >= TCN_TLP_AMBER_STRICT &&
        !policy->observers[observer].internal) {
        reason = TCN_FLOOR_INTERNAL;
    }
    return reason;
}
