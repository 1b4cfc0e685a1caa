/* What a compiled policy says of itself. */
#include "base/assert.h"
#include "policy/internal.h"

static const char *const floor_words[TCN_FLOOR_COUNT] = {
#define FLOOR_WORD(name, word, sentence) [TCN_FLOOR_##name] = word,
    TCN_FLOOR_REASONS(FLOOR_WORD)};

static const char *const floor_sentences[TCN_FLOOR_COUNT] = {
#define FLOOR_SENTENCE(name, word, sentence) [TCN_FLOOR_##name] = sentence,
    TCN_FLOOR_REASONS(FLOOR_SENTENCE)};

const char *tcn_floor_word(enum tcn_floor reason)
{
    return reason < TCN_FLOOR_COUNT ? floor_words[reason] : "?";
}

const char *tcn_floor_sentence(enum tcn_floor reason)
{
    return reason < TCN_FLOOR_COUNT ? floor_sentences[reason] : "?";
}

const struct tcn_id *tcn_policy_hash(const struct tcn_policy *policy)
{
    return policy->narrowing == NULL ? &policy->hash : &policy->narrowing->hash;
}

const struct tcn_id *tcn_policy_own_hash(const struct tcn_policy *policy)
{
    return &policy->hash;
}

const char *tcn_policy_name(const struct tcn_policy *policy)
{
    return policy->name;
}

uint64_t tcn_policy_version(const struct tcn_policy *policy)
{
    return policy->version;
}

size_t tcn_policy_rule_count(const struct tcn_policy *policy)
{
    return policy->rule_count;
}

const char *tcn_policy_rule_name(const struct tcn_policy *policy, uint16_t rule)
{
    return rule < policy->rule_count ? policy->rules[rule].name
                                     : narrowing_rule_name(policy, rule);
}

size_t tcn_policy_rule_total(const struct tcn_policy *policy)
{
    return policy->narrowing == NULL ? policy->rule_count
                                     : narrowing_default(policy);
}

struct tcn_rule_info tcn_policy_rule(const struct tcn_policy *policy,
                                     size_t number)
{
    tcn_assert(number < tcn_policy_rule_total(policy));
    const struct rule *rule =
        number < policy->rule_count
            ? &policy->rules[number]
            : &policy->narrowing->policy->rules[number - policy->rule_count];
    return (struct tcn_rule_info){
        .name = tcn_policy_rule_name(policy, (uint16_t)number),
        .verb = rule_verb(rule),
        .hook = (enum tcn_hook)rule->hook,
    };
}

size_t tcn_policy_hold_count(const struct tcn_policy *policy)
{
    return policy->narrowing == NULL ? policy->hold_count
                                     : policy->narrowing->hold_count;
}

struct tcn_hold_rule tcn_policy_hold(const struct tcn_policy *policy,
                                     size_t number)
{
    tcn_assert(number < tcn_policy_hold_count(policy));
    if (policy->narrowing != NULL) {
        return policy->narrowing->holds[number];
    }
    const struct rule *rule = &policy->rules[policy->holds[number]];
    return (struct tcn_hold_rule){.name = rule->name,
                                  .approvals = rule->approvals,
                                  .role = rule->role,
                                  .within_ms = rule->duration_ms};
}

static uint64_t retain_ms(const struct tcn_policy *policy, unsigned cls,
                          struct tcn_view agreement_ref)
{
    const struct agreement *agreement = find_agreement(policy, agreement_ref);
    uint64_t own = policy->retention.class_ms[cls];
    uint64_t agreed =
        agreement == NULL ? 0 : agreement->retention.class_ms[cls];
    bool take_agreed = own == 0 || (agreed != 0 && agreed < own);
    return take_agreed ? agreed : own;
}

/* What is wiped does not come back with the policy before: the longer. */
uint64_t tcn_policy_retain_ms(const struct tcn_policy *policy, unsigned cls,
                              struct tcn_view agreement_ref)
{
    tcn_assert(cls < TCN_CLASS_COUNT);
    uint64_t own = retain_ms(policy, cls, agreement_ref);
    if (policy->narrowing == NULL || own == 0) {
        return own;
    }
    uint64_t other = retain_ms(policy->narrowing->policy, cls, agreement_ref);
    return other == 0 || other > own ? other : own;
}

uint64_t tcn_policy_ack_ms(const struct tcn_policy *policy,
                           struct tcn_view agreement_ref, unsigned severity)
{
    const struct agreement *agreement = find_agreement(policy, agreement_ref);
    bool asks = agreement != NULL && severity < TCN_SEVERITY_COUNT;
    return asks ? agreement->ack_ms[severity] : 0;
}

bool tcn_policy_binds(const struct tcn_policy *policy,
                      struct tcn_view agreement_ref, const char *member,
                      uint64_t now_ms)
{
    const struct agreement *agreement = find_agreement(policy, agreement_ref);
    return agreement != NULL && is_party(agreement, member) &&
           now_ms >= agreement->from_ms && now_ms < agreement->until_ms;
}

bool tcn_policy_is_party(const struct tcn_policy *policy, size_t number,
                         const char *member)
{
    return number < policy->agreement_count &&
           is_party(&policy->agreements[number], member);
}

size_t tcn_policy_agreement_count(const struct tcn_policy *policy)
{
    return policy->agreement_count;
}

const char *tcn_policy_agreement_ref(const struct tcn_policy *policy,
                                     size_t number)
{
    return number < policy->agreement_count ? policy->agreements[number].ref
                                            : "";
}

void tcn_policy_agreement(const struct tcn_policy *policy, size_t number,
                          struct tcn_agreement_info *info)
{
    tcn_assert(number < policy->agreement_count);
    const struct agreement *agreement = &policy->agreements[number];
    *info = (struct tcn_agreement_info){.ref = agreement->ref,
                                        .version = agreement->version,
                                        .from_ms = agreement->from_ms,
                                        .until_ms = agreement->until_ms,
                                        .max_tlp = agreement->max_tlp,
                                        .onward = agreement->onward,
                                        .party_count = agreement->party_count,
                                        .text = agreement->source_text};
    for (size_t i = 0; i < agreement->party_count; i++) {
        info->parties[i] = agreement->parties[i];
    }
    memcpy(info->retain_ms, agreement->retention.class_ms,
           sizeof info->retain_ms);
}
