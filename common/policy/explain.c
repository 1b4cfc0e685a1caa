/* The same decision, told line by line. It asks the same functions that decide,
 * so that it cannot tell another story. */
#include "base/text.h"
#include "policy/internal.h"

static const char *tri_word(enum tri value)
{
    static const char *const words[] = {"no", "unknown", "yes"};
    return words[value];
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
        tcn_buf_printf(out, "        %-8s", tri_word(evaluate(question, at)));
        tcn_text_escape(out, node->text);
        tcn_buf_put_str(out, "\n");
        break;
    }
}

static void put_rule(struct tcn_buf *out, const struct question *question,
                     const struct rule *rule, bool decides)
{
    struct question q = *question;
    struct answer answer = rule_answer(question, rule);
    tcn_buf_printf(out, "  %s %-24s %s", decides ? "*" : " ", rule->name,
                   answer.matches ? "matches" : "does not match");
    if (rule->when != NO_NODE) {
        tcn_buf_printf(out, ", when: %s", tri_word(answer.when));
    }
    if (rule->unless != NO_NODE) {
        tcn_buf_printf(out, ", unless: %s", tri_word(answer.unless));
    }
    tcn_buf_put_str(out, "\n      ");
    tcn_text_escape(out, rule->source_text);
    tcn_buf_put_str(out, "\n");
    q.all_sources = rule_opens(rule);
    if (rule->when != NO_NODE) {
        put_tests(out, &q, rule->when);
    }
    q.all_sources = !q.all_sources;
    if (rule->unless != NO_NODE) {
        put_tests(out, &q, rule->unless);
    }
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

struct tcn_verdict tcn_policy_explain(const struct tcn_policy *policy,
                                      enum tcn_hook hook,
                                      const struct tcn_facts *facts,
                                      unsigned number, struct tcn_buf *out)
{
    struct question question = {.policy = policy, .facts = facts};
    struct tcn_verdict verdict;
    switch (hook) {
    case TCN_HOOK_EXPORT:
        question.peer = &policy->parties[number];
        put_floor(out, &question, hook, number);
        verdict = tcn_policy_export(policy, facts, number);
        break;
    case TCN_HOOK_IMPORT:
        question.peer = &policy->parties[number];
        verdict = tcn_policy_import(policy, facts, number);
        break;
    default:
        put_floor(out, &question, hook, number);
        verdict = tcn_policy_show(policy, facts, number);
        break;
    }
    put_rules(out, &question, hook, number, verdict.rule);
    if (verdict.outcome == TCN_ALLOW && hook != TCN_HOOK_IMPORT) {
        put_cut(out, facts, verdict.form);
    }
    tcn_buf_put_str(out, "verdict: ");
    tcn_verdict_put(out, policy, &verdict);
    tcn_buf_put_str(out, "\n");
    if (verdict.outcome == TCN_DENY && verdict.floor == TCN_FLOOR_NONE &&
        verdict.rule == TCN_RULE_DEFAULT) {
        tcn_buf_put_str(out, "no rule opens it, and what no rule opens stays "
                             "closed: an `allow` (or `accept`, `show`) that "
                             "matches would change that\n");
    }
    return verdict;
}
