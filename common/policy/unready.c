/* What the language can say and this version of the node does not carry out: a
 * node with such a policy only receives, and says why. */
#include "policy/internal.h"

static const char *word_of(uint8_t verb)
{
    switch (verb) {
    case VERB_HOLD: return "hold";
    case VERB_DELAY: return "delay";
    case VERB_QUARANTINE: return "quarantine";
    default: return NULL;
    }
}

const char *tcn_policy_unready(const struct tcn_policy *policy,
                               const char **rule)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const char *word = word_of(policy->rules[i].verb);
        if (word != NULL) {
            *rule = policy->rules[i].name;
            return word;
        }
    }
    for (size_t cls = 0; cls < TCN_CLASS_COUNT; cls++) {
        if (policy->retention.class_ms[cls] != 0) {
            *rule = "retain";
            return "retain";
        }
    }
    return NULL;
}
