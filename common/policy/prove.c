/* assert never ...: whether any alert there can be would show otherwise. A hold
 * that people could release, and a delay, count as export. */
#include "policy/inquiry.h"

size_t tcn_policy_assertion_count(const struct tcn_policy *policy)
{
    return policy->assertion_count;
}

static enum found try_one(struct inquiry *inquiry,
                          const struct assertion *assertion,
                          const struct rule *allow, unsigned number,
                          unsigned cls)
{
    if (!inquiry_begin_rule(inquiry, allow, number)) {
        return FOUND_NONE;
    }
    struct goal *goal = &inquiry->goal;
    goal_add(goal, (struct literal){.kind = LITERAL_CLAIM,
                                    .want = true,
                                    .assertion = assertion});
    goal_add_floor(goal);
    inquiry_without(inquiry, VERB_DENY, 0, NULL);
    if (cls != 0) {
        goal_set(goal, V_CLASS + cls, CLASS_OPEN);
        inquiry_without(inquiry, VERB_REDACT, TCN_CLASS_BIT(cls), NULL);
    }
    return inquiry_solve(inquiry);
}

/* Every way in which it could come about at one peer: by each `allow`, and for
 * `open` with each class. */
static enum found try_peer(struct inquiry *inquiry,
                           const struct assertion *assertion, unsigned number)
{
    const struct tcn_policy *policy = inquiry->policy;
    enum found worst = FOUND_NONE;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        if (rule->verb != VERB_ALLOW) {
            continue;
        }
        for (unsigned cls = 0; cls < TCN_CLASS_COUNT; cls++) {
            bool asked = assertion->classes == 0
                             ? cls == 0
                             : (assertion->classes & rule->classes &
                                TCN_CLASS_BIT(cls)) != 0;
            enum found found =
                asked ? try_one(inquiry, assertion, rule, number, cls)
                      : FOUND_NONE;
            if (found == FOUND_ONE) {
                return found;
            }
            worst = found == FOUND_TOO_LARGE ? found : worst;
        }
    }
    return worst;
}

static bool prove(struct inquiry *inquiry, const struct assertion *assertion)
{
    bool too_large = false;
    for (unsigned i = 0; i < inquiry->policy->peer_count; i++) {
        if ((assertion->targets >> i & 1) == 0) {
            continue;
        }
        enum found found = try_peer(inquiry, assertion, i);
        if (found == FOUND_ONE) {
            inquiry_say(inquiry, "this does not hold");
            inquiry_tell(inquiry, TCN_FINDING_FALSE, assertion->span, true);
            return false;
        }
        too_large |= found == FOUND_TOO_LARGE;
    }
    if (too_large || inquiry->too_large) {
        inquiry_say(inquiry, "this is too large to decide");
        inquiry_tell(inquiry, TCN_FINDING_TOO_LARGE, assertion->span, false);
    }
    return !too_large && !inquiry->too_large;
}

size_t tcn_policy_prove(const struct tcn_policy *policy,
                        struct tcn_finding_taker taker)
{
    struct inquiry *inquiry = inquiry_new(policy, taker);
    size_t proved = 0;
    for (const struct assertion *a = policy->assertions;
         inquiry != NULL && a != NULL; a = a->next) {
        inquiry->too_large = false;
        proved += prove(inquiry, a);
    }
    inquiry_free(inquiry);
    return proved;
}
