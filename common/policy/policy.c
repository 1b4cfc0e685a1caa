/* What a compiled policy says of itself. */
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
    return rule < policy->rule_count ? policy->rules[rule].name : "default";
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
