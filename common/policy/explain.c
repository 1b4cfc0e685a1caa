/* The same decision, told line by line. It asks the same functions that decide,
 * so that it cannot tell another story. */
#include "base/text.h"
#include "policy/internal.h"

static const char *tri_word(enum tri value)
{
    static const char *const words[] = {"no", "unknown", "yes"};
    return words[value];
}

static void put_condition(struct tcn_buf *out, const struct question *question,
                          const char *word, uint16_t node)
{
    if (node != NO_NODE) {
        tcn_buf_printf(out, ", %s: %s", word,
                       tri_word(evaluate(question, node)));
    }
}

static void put_rule(struct tcn_buf *out, const struct question *question,
                     const struct rule *rule, bool decides)
{
    struct question q = *question;
    bool matches = rule_matches(&q, rule);
    q.all_sources = rule->verb == VERB_ALLOW || rule->verb == VERB_SHOW ||
                    rule->verb == VERB_ACCEPT;
    tcn_buf_printf(out, "  %s %-24s %s", decides ? "*" : " ", rule->name,
                   matches ? "matches" : "does not match");
    put_condition(out, &q, "when", rule->when);
    q.all_sources = !q.all_sources;
    put_condition(out, &q, "unless", rule->unless);
    tcn_buf_put_str(out, "\n      ");
    tcn_text_escape(out, rule->source_text);
    tcn_buf_put_str(out, "\n");
}

static void put_floor(struct tcn_buf *out, enum tcn_floor reason)
{
    tcn_buf_printf(out, "floor: %s", tcn_floor_sentence(reason));
    if (reason != TCN_FLOOR_NONE) {
        tcn_buf_printf(out, " (%s); no rule can change that",
                       tcn_floor_word(reason));
    }
    tcn_buf_put_str(out, "\n");
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
        put_floor(out, floor_export(policy, facts, number));
        verdict = tcn_policy_export(policy, facts, number);
        break;
    case TCN_HOOK_IMPORT:
        question.peer = &policy->parties[number];
        verdict = tcn_policy_import(policy, facts, number);
        break;
    default:
        put_floor(out, floor_show(policy, facts, number));
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
