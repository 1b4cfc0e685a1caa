/* The choke points: every decision of a node passes through one of these. */
#include "base/assert.h"
#include "policy/internal.h"

/* What the rules of one hook say together; the first by name decides. */
struct tally {
    uint16_t opening; /* allow, accept or show */
    uint16_t closing; /* deny or reject */
    uint8_t opened;
    uint8_t redacted;
};

static struct tally count(const struct question *question, enum tcn_hook hook,
                          unsigned number)
{
    const struct tcn_policy *policy = question->policy;
    struct tally tally = {.opening = TCN_RULE_DEFAULT,
                          .closing = TCN_RULE_DEFAULT};
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        if (rule->hook != hook || (rule->targets >> number & 1) == 0 ||
            !rule_answer(question, rule).matches) {
            continue;
        }
        uint16_t *first = NULL;
        switch (rule->verb) {
        case VERB_REDACT: tally.redacted |= rule->classes; break;
        case VERB_DENY:
        case VERB_REJECT: first = &tally.closing; break;
        default:
            tally.opened |= rule->classes;
            first = &tally.opening;
            break;
        }
        if (first != NULL && *first == TCN_RULE_DEFAULT) {
            *first = (uint16_t)i;
        }
    }
    return tally;
}

static struct tcn_verdict verdict_of(const struct tally *tally)
{
    if (tally->closing != TCN_RULE_DEFAULT ||
        tally->opening == TCN_RULE_DEFAULT) {
        return (struct tcn_verdict){.outcome = TCN_DENY,
                                    .rule = tally->closing};
    }
    uint8_t form = tally->opened & (uint8_t)~tally->redacted;
    return (struct tcn_verdict){
        .outcome = TCN_ALLOW,
        .form = form | TCN_CLASS_BIT(TCN_CLASS_KEEP),
        .rule = tally->opening,
    };
}

static struct tcn_verdict denied_by_floor(enum tcn_floor reason)
{
    return (struct tcn_verdict){.outcome = TCN_DENY,
                                .floor = (uint8_t)reason,
                                .rule = TCN_RULE_DEFAULT};
}

struct tcn_verdict tcn_policy_export(const struct tcn_policy *policy,
                                     const struct tcn_facts *facts,
                                     unsigned peer)
{
    tcn_assert(peer < policy->peer_count);
    enum tcn_floor reason = floor_decide(policy, TCN_HOOK_EXPORT, facts, peer);
    if (reason != TCN_FLOOR_NONE) {
        return denied_by_floor(reason);
    }
    struct question question = {
        .policy = policy, .facts = facts, .peer = &policy->parties[peer]};
    struct tally tally = count(&question, TCN_HOOK_EXPORT, peer);
    return verdict_of(&tally);
}

struct tcn_verdict tcn_policy_import(const struct tcn_policy *policy,
                                     const struct tcn_facts *facts,
                                     unsigned peer)
{
    tcn_assert(peer < policy->peer_count);
    struct question question = {
        .policy = policy, .facts = facts, .peer = &policy->parties[peer]};
    struct tally tally = count(&question, TCN_HOOK_IMPORT, peer);
    if (policy->receive_only) {
        tally.opening = 0;
    }
    tally.opened = TCN_CLASS_ALL;
    struct tcn_verdict verdict = verdict_of(&tally);
    verdict.rule = policy->receive_only ? TCN_RULE_DEFAULT : verdict.rule;
    return verdict;
}

struct tcn_verdict tcn_policy_show(const struct tcn_policy *policy,
                                   const struct tcn_facts *facts,
                                   unsigned observer)
{
    tcn_assert(observer < policy->observer_count);
    enum tcn_floor reason =
        floor_decide(policy, TCN_HOOK_SHOW, facts, observer);
    if (reason != TCN_FLOOR_NONE) {
        return denied_by_floor(reason);
    }
    struct question question = {.policy = policy, .facts = facts};
    struct tally tally = count(&question, TCN_HOOK_SHOW, observer);
    return verdict_of(&tally);
}

static void put_classes(struct tcn_buf *out, uint8_t form)
{
    const char *between = "";
    tcn_buf_put_str(out, "{ ");
    for (unsigned i = 0; i < TCN_CLASS_COUNT; i++) {
        if ((form & TCN_CLASS_BIT(i)) != 0) {
            tcn_buf_printf(out, "%s%s", between, tcn_class_word(i));
            between = ", ";
        }
    }
    tcn_buf_put_str(out, " }");
}

void tcn_verdict_put(struct tcn_buf *out, const struct tcn_policy *policy,
                     const struct tcn_verdict *verdict)
{
    if (verdict->outcome == TCN_ALLOW) {
        tcn_buf_put_str(out, "allow ");
        put_classes(out, verdict->form);
        tcn_buf_printf(out, " by %s",
                       tcn_policy_rule_name(policy, verdict->rule));
    } else if (verdict->floor != TCN_FLOOR_NONE) {
        enum tcn_floor reason = (enum tcn_floor)verdict->floor;
        tcn_buf_printf(out, "deny by the floor (%s): %s",
                       tcn_floor_word(reason), tcn_floor_sentence(reason));
    } else {
        tcn_buf_printf(out, "deny by %s",
                       tcn_policy_rule_name(policy, verdict->rule));
    }
}
