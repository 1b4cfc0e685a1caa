/* Which rules the tests in the files decide by, and which they leave alone. */
#include <stdlib.h>

#include "policy/inquiry.h"

struct seen {
    bool decides, spares;
};

/* Whether what came out is what a rule of that verb does. */
static bool shows(const struct rule *rule, const struct tcn_verdict *verdict)
{
    bool denied = verdict->outcome == TCN_DENY;
    switch (rule->verb) {
    case VERB_DENY:
    case VERB_REJECT:
    case VERB_REQUIRE: return denied && verdict->floor == TCN_FLOOR_NONE;
    case VERB_HOLD:
    case VERB_QUARANTINE: return verdict->outcome == TCN_HOLD;
    case VERB_DELAY: return verdict->outcome == TCN_DELAY;
    default: return !denied;
    }
}

static void note(struct seen *seen, const struct tcn_policy *policy,
                 const struct policy_test *test,
                 const struct expectation *expectation)
{
    struct tcn_facts facts;
    struct tcn_alert *alert = test_alert(policy, test, &facts);
    if (alert == NULL) {
        return;
    }
    struct tcn_verdict verdict = test_verdict(policy, expectation, &facts);
    struct question question = {.policy = policy,
                                .facts = &facts,
                                .wanted = 1ull << expectation->number};
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        if (rule->hook != expectation->hook) {
            continue;
        }
        bool about = (rule->targets & question.wanted) != 0;
        bool matches = about && (rule_answer(&question, rule).matches &
                                 question.wanted) != 0;
        seen[i].decides |= matches && shows(rule, &verdict);
        seen[i].spares |= !matches;
    }
    free(alert);
}

/* Whether a rule of that verb shows only where another one opens. */
static bool needs_opener(const struct rule *rule)
{
    return rule->verb == VERB_HOLD || rule->verb == VERB_DELAY ||
           rule->verb == VERB_QUARANTINE || rule->verb == VERB_REDACT;
}

/* An alert that the rule would decide there, opened by `opener` or NULL. */
static bool find_decided(struct inquiry *inquiry, const struct rule *rule,
                         const struct rule *opener, unsigned number)
{
    if (!inquiry_begin_rule(inquiry, rule, number)) {
        return false;
    }
    goal_add_floor(&inquiry->goal);
    if (opener != NULL) {
        goal_add_rule(&inquiry->goal, opener, true);
    }
    if (rule->verb != VERB_DENY && rule->verb != VERB_REJECT) {
        inquiry_without(inquiry, VERB_DENY, 0, NULL);
        inquiry_without(inquiry, VERB_REJECT, 0, NULL);
    }
    return inquiry_solve(inquiry) == FOUND_ONE;
}

static bool find_opened(struct inquiry *inquiry, const struct rule *rule,
                        unsigned number)
{
    const struct tcn_policy *policy = inquiry->policy;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *opener = &policy->rules[i];
        if (opener->hook == rule->hook && rule_opens(opener) &&
            (opener->targets >> number & 1) != 0 &&
            find_decided(inquiry, rule, opener, number)) {
            return true;
        }
    }
    return false;
}

/* To be made a test of. */
static void tell_untested(struct inquiry *inquiry, const struct rule *rule)
{
    unsigned count = inquiry_targets(inquiry, (enum tcn_hook)rule->hook);
    bool found = false;
    for (unsigned i = 0; i < count && !found; i++) {
        found = needs_opener(rule) ? find_opened(inquiry, rule, i)
                                   : find_decided(inquiry, rule, NULL, i);
    }
    inquiry_say(inquiry, "no test decides by %s", rule->name);
    inquiry_tell(inquiry, TCN_FINDING_UNTESTED, rule->span, found);
}

static void tell_unspared(struct inquiry *inquiry, const struct rule *rule)
{
    unsigned count = inquiry_targets(inquiry, (enum tcn_hook)rule->hook);
    bool found = false;
    for (unsigned i = 0; i < count && !found; i++) {
        bool about = (rule->targets >> i & 1) != 0;
        if (about && inquiry_begin(inquiry, (enum tcn_hook)rule->hook, i)) {
            goal_add_rule(&inquiry->goal, rule, false);
            goal_add_floor(&inquiry->goal);
            found = inquiry_solve(inquiry) == FOUND_ONE;
        }
    }
    if (found) { /* else it always matches, and no test could */
        inquiry_say(inquiry, "no test leaves %s untouched", rule->name);
        inquiry_tell(inquiry, TCN_FINDING_UNSPARED, rule->span, true);
    }
}

void tcn_policy_coverage(const struct tcn_policy *policy,
                         struct tcn_finding_taker taker)
{
    struct inquiry *inquiry = inquiry_new(policy, taker);
    struct seen *seen = calloc(policy->rule_count + 1, sizeof *seen);
    if (inquiry == NULL || seen == NULL) {
        inquiry_free(inquiry);
        free(seen);
        return;
    }
    for (const struct policy_test *t = policy->tests; t != NULL; t = t->next) {
        for (const struct expectation *e = t->expectations; e != NULL;
             e = e->next) {
            note(seen, policy, t, e);
        }
    }
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (!inquiry_is_about(inquiry, &policy->rules[i])) {
            continue;
        }
        if (!seen[i].decides) {
            tell_untested(inquiry, &policy->rules[i]);
        } else if (!seen[i].spares) {
            tell_unspared(inquiry, &policy->rules[i]);
        }
    }
    free(seen);
    inquiry_free(inquiry);
}
