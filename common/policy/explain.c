/* The same decision, told line by line. It asks the same functions that decide,
 * so that it cannot tell another story. */
#include "base/text.h"
#include "base/time.h"
#include "policy/internal.h"

static const char *tri_word(const struct question *question, struct tri value)
{
    if ((value.yes & question->wanted) != 0) {
        return "yes";
    }
    return (value.no & question->wanted) != 0 ? "no" : "unknown";
}

/* Every test of a condition by itself. */
static void put_tests(struct tcn_buf *out, const struct question *question,
                      uint16_t at)
{
    const struct node *node = &question->policy->nodes[at];
    struct question inner = *question;
    switch (node->op) {
    case NODE_NOT:
        inner.all_sources = !question->all_sources;
        put_tests(out, &inner, node->left);
        break;
    case NODE_AND:
    case NODE_OR:
        put_tests(out, question, node->left);
        put_tests(out, question, node->right);
        break;
    default:
        tcn_buf_printf(out, "        %-8s",
                       tri_word(question, evaluate(question, at)));
        tcn_text_escape(out, node->text);
        tcn_buf_put_str(out, "\n");
        break;
    }
}

static void put_condition(struct tcn_buf *out, const struct question *question,
                          bool all_sources, uint16_t at)
{
    struct question q = *question;
    q.all_sources = all_sources;
    if (at != NO_NODE) {
        put_tests(out, &q, at);
    }
}

static void put_rule(struct tcn_buf *out, const struct question *question,
                     const struct rule *rule, bool decides)
{
    struct answer answer = rule_answer(question, rule);
    bool matches = (answer.matches & question->wanted) != 0;
    bool opens = rule_opens(rule);
    tcn_buf_printf(out, "  %s %-24s %s", decides ? "*" : " ", rule->name,
                   matches ? "matches" : "does not match");
    if (rule->when != NO_NODE) {
        tcn_buf_printf(out, ", when: %s", tri_word(question, answer.when));
    }
    if (rule->unless != NO_NODE) {
        tcn_buf_printf(out, ", unless: %s", tri_word(question, answer.unless));
    }
    tcn_buf_put_str(out, "\n      ");
    tcn_text_escape(out, rule->source_text);
    tcn_buf_put_str(out, "\n");
    put_condition(out, question, true, rule->that);
    put_condition(out, question, opens, rule->when);
    put_condition(out, question, !opens, rule->unless);
}

static void put_floor(struct tcn_buf *out, const struct question *question,
                      enum tcn_hook hook, unsigned number)
{
    enum tcn_floor reason =
        floor_decide(question->policy, hook, question->facts, number);
    tcn_buf_printf(out, "floor: %s", tcn_floor_sentence(reason));
    if (reason != TCN_FLOOR_NONE) {
        tcn_buf_printf(out, " (%s); no rule can change that",
                       tcn_floor_word(reason));
    }
    tcn_buf_put_str(out, "\n");
    floor_put(out, question, hook, number);
}

static void put_rules(struct tcn_buf *out, const struct question *question,
                      enum tcn_hook hook, unsigned number, uint16_t deciding)
{
    const struct tcn_policy *policy = question->policy;
    size_t shown = 0;
    tcn_buf_put_str(out, "rules:\n");
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        if (rule->hook == hook && (rule->targets >> number & 1) != 0) {
            put_rule(out, question, rule, i == deciding);
            shown++;
        }
    }
    if (shown == 0) {
        tcn_buf_put_str(out, "    none of them is about this one\n");
    }
}

static void put_cut(struct tcn_buf *out, const struct tcn_facts *facts,
                    uint8_t form)
{
    const char *between = "cut out first: ";
    uint8_t held = facts->alert->form;
    for (unsigned i = 0; i < TCN_CLASS_COUNT; i++) {
        bool cut =
            (held & TCN_CLASS_BIT(i)) != 0 && (form & TCN_CLASS_BIT(i)) == 0;
        if (cut) {
            tcn_buf_printf(out, "%s%s", between, tcn_class_word(i));
            between = ", ";
        }
    }
    if (between[0] == ',') {
        tcn_buf_put_str(out, "\n");
    }
}

/* What would have to happen for another outcome, and who could do it. */
static void put_remedy(struct tcn_buf *out, const struct tcn_policy *policy,
                       enum tcn_hook hook, const struct tcn_verdict *verdict)
{
    bool by_default = verdict->outcome == TCN_DENY && !verdict->refused &&
                      verdict->floor == TCN_FLOOR_NONE &&
                      (verdict->rule == TCN_RULE_DEFAULT ||
                       (policy->narrowing != NULL &&
                        verdict->rule == narrowing_default(policy)));
    if (by_default) {
        tcn_buf_put_str(out, "no rule opens it, and what no rule opens stays "
                             "closed: an `allow` (or `accept`, `show`) that "
                             "matches would change that\n");
    }
    if (verdict->refused) {
        tcn_buf_put_str(out, "it was held, and refused or not approved in "
                             "time; `tocsin hold reopen` asks again\n");
    }
    if (verdict->outcome != TCN_HOLD || hook != TCN_HOOK_EXPORT) {
        return;
    }
    for (size_t i = 0; i < tcn_policy_hold_count(policy); i++) {
        struct tcn_hold_rule hold = tcn_policy_hold(policy, i);
        if ((verdict->holds >> i & 1) != 0) {
            tcn_buf_printf(out, "%s: %u of role %s can release it within ",
                           hold.name, hold.approvals, hold.role);
            tcn_time_put_duration(out, hold.within_ms);
            tcn_buf_put_str(out, "\n");
        }
    }
}

/* The same of the policy that waits to be confirmed beside it. */
static void put_pending(struct tcn_buf *out, const struct question *question,
                        enum tcn_hook hook, unsigned number, uint16_t deciding)
{
    const struct tcn_policy *policy = question->policy;
    if (policy->narrowing == NULL) {
        return;
    }
    struct question also = *question;
    also.policy = policy->narrowing->policy;
    tcn_buf_put_str(out, "and what waits to be confirmed must allow it too:\n");
    if (hook == TCN_HOOK_EXPORT || hook == TCN_HOOK_SHOW) {
        put_floor(out, &also, hook, number);
    }
    put_rules(out, &also, hook, number,
              deciding < policy->rule_count
                  ? TCN_RULE_DEFAULT
                  : (uint16_t)(deciding - policy->rule_count));
}

static struct tcn_verdict decide(const struct question *question,
                                 enum tcn_hook hook, unsigned number,
                                 struct tcn_buf *out)
{
    const struct tcn_policy *policy = question->policy;
    switch (hook) {
    case TCN_HOOK_EXPORT:
        put_floor(out, question, hook, number);
        return tcn_policy_export(policy, question->facts, number);
    case TCN_HOOK_IMPORT:
        return tcn_policy_import(policy, question->facts, number);
    case TCN_HOOK_SHOW:
        put_floor(out, question, hook, number);
        return tcn_policy_show(policy, question->facts, number);
    default: return tcn_policy_originate(policy, question->facts);
    }
}

struct tcn_verdict tcn_policy_explain(const struct tcn_policy *policy,
                                      enum tcn_hook hook,
                                      const struct tcn_facts *facts,
                                      unsigned number, struct tcn_buf *out)
{
    struct question question = {
        .policy = policy, .facts = facts, .wanted = 1ull << number};
    struct tcn_verdict verdict = decide(&question, hook, number, out);
    put_rules(out, &question, hook, number, verdict.rule);
    put_pending(out, &question, hook, number, verdict.rule);
    bool leaves = hook == TCN_HOOK_EXPORT || hook == TCN_HOOK_SHOW;
    if (verdict.outcome != TCN_DENY && leaves) {
        put_cut(out, facts, verdict.form);
    }
    tcn_buf_put_str(out, "verdict: ");
    tcn_verdict_put(out, policy, &verdict);
    tcn_buf_put_str(out, "\n");
    put_remedy(out, policy, hook, &verdict);
    return verdict;
}

/* ---- verdicts as one line ---- */

void classes_put(struct tcn_buf *out, uint8_t form)
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

const char *tcn_verdict_word(const struct tcn_verdict *verdict)
{
    static const char *const words[] = {[TCN_DENY] = "deny",
                                        [TCN_HOLD] = "hold",
                                        [TCN_ALLOW] = "allow",
                                        [TCN_DELAY] = "delay"};
    static const char *const of_import[] = {[TCN_DENY] = "reject",
                                            [TCN_HOLD] = "quarantine",
                                            [TCN_ALLOW] = "accept",
                                            [TCN_DELAY] = "?"};
    return verdict->hook == TCN_HOOK_IMPORT ? of_import[verdict->outcome]
                                            : words[verdict->outcome];
}

void tcn_verdict_put(struct tcn_buf *out, const struct tcn_policy *policy,
                     const struct tcn_verdict *verdict)
{
    if (verdict->floor != TCN_FLOOR_NONE) {
        enum tcn_floor reason = (enum tcn_floor)verdict->floor;
        tcn_buf_printf(out, "deny by the floor (%s): %s",
                       tcn_floor_word(reason), tcn_floor_sentence(reason));
        return;
    }
    bool leaves =
        verdict->hook == TCN_HOOK_EXPORT || verdict->hook == TCN_HOOK_SHOW;
    tcn_buf_printf(out, "%s ", tcn_verdict_word(verdict));
    if (verdict->outcome != TCN_DENY && leaves) {
        classes_put(out, verdict->form);
        tcn_buf_put_str(out, " ");
    }
    tcn_buf_printf(out, "by %s", tcn_policy_rule_name(policy, verdict->rule));
    if (verdict->outcome == TCN_DELAY) {
        char when[TCN_TIME_TEXT];
        tcn_buf_printf(out, " until %s",
                       tcn_time_format(verdict->until_ms, when));
    }
    tcn_buf_put_str(out, verdict->refused ? " (not released)" : "");
}
