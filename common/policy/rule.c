#include <stdlib.h>

#include "alert/label.h"
#include "base/text.h"
#include "policy/internal.h"

/* VERB HOOK TARGET name NAME [OPTIONS] [when C] [unless C]; */

struct shape {
    const char *verb;
    const char *hook;         /* the word behind the verb */
    uint8_t compiled;         /* enum verb; VERB_COUNT: not carried out yet */
    uint8_t kind;             /* enum tcn_hook */
    const char *classes_word; /* `with` opens, `classes` withholds */
};

static const struct shape shapes[] = {
    {"allow", "export", VERB_ALLOW, TCN_HOOK_EXPORT, "with"},
    {"deny", "export", VERB_DENY, TCN_HOOK_EXPORT, NULL},
    {"redact", "export", VERB_REDACT, TCN_HOOK_EXPORT, "classes"},
    {"redact", "observers", VERB_REDACT, TCN_HOOK_SHOW, "classes"},
    {"show", "observers", VERB_SHOW, TCN_HOOK_SHOW, "with"},
    {"accept", "import", VERB_ACCEPT, TCN_HOOK_IMPORT, NULL},
    {"reject", "import", VERB_REJECT, TCN_HOOK_IMPORT, NULL},
    {"hold", "export", VERB_COUNT, TCN_HOOK_EXPORT, NULL},
    {"delay", "export", VERB_COUNT, TCN_HOOK_EXPORT, NULL},
    {"quarantine", "import", VERB_COUNT, TCN_HOOK_IMPORT, NULL},
};

static const struct shape *take_shape(struct compiler *compiler,
                                      const struct tcn_token *keyword)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *hook =
        tcn_expect(c, TCN_TOKEN_WORD, "export, import or observers");
    const char *known[4];
    size_t count = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (!tcn_view_is(keyword->text, shapes[i].verb)) {
            continue;
        }
        known[count++] = shapes[i].hook;
        if (tcn_view_is(hook->text, shapes[i].hook)) {
            return &shapes[i];
        }
    }
    if (!c->failed) {
        tcn_fail_unknown(c, hook, "hook", known, count);
    }
    return NULL;
}

uint8_t compile_classes(struct compiler *compiler)
{
    static const char *const classes[] = {
        "KEEP", "TECH", "SOURCE", "VICTIM", "PERSONAL", "ACTOR", "FREE"};
    struct tcn_cursor *c = &compiler->c;
    uint8_t mask = 0;
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed) {
        const struct tcn_token *token =
            tcn_expect(c, TCN_TOKEN_WORD, "a class");
        int cls = tcn_class_find(token->text);
        if (!c->failed && cls < 0) {
            tcn_fail_unknown(c, token, "class", classes, TCN_CLASS_COUNT);
        }
        mask |= (uint8_t)(cls < 0 ? 0 : TCN_CLASS_BIT(cls));
        if (tcn_accept(c, TCN_TOKEN_CLOSE)) {
            return mask;
        }
        tcn_expect(c, TCN_TOKEN_COMMA, "`,` or `}`");
    }
    return 0;
}

/* ---- targets ---- */

static uint64_t group_mask(const struct tcn_policy *policy,
                           struct tcn_view group)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < policy->peer_count; i++) {
        if (world_in_group(policy, &policy->parties[i], group)) {
            mask |= 1ull << i;
        }
    }
    return mask;
}

/* A pinned member that is no peer is a known name, only nothing goes there. */
static uint64_t one_target(struct compiler *compiler, enum tcn_hook hook)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_policy *policy = compiler->policy;
    bool group = hook != TCN_HOOK_SHOW && tcn_accept_word(c, "group");
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a name");
    if (c->failed) {
        return 0;
    }
    if (group) {
        if (!world_has_group(policy, token->text)) {
            tcn_fail_unknown(c, token, "group", NULL, 0);
        }
        return group_mask(policy, token->text);
    }
    int number = hook == TCN_HOOK_SHOW ? world_observers(policy, token->text)
                                       : world_party(policy, token->text);
    if (number < 0) {
        tcn_fail_unknown(c, token,
                         hook == TCN_HOOK_SHOW ? "observer class" : "member",
                         NULL, 0);
        return 0;
    }
    size_t count =
        hook == TCN_HOOK_SHOW ? policy->observer_count : policy->peer_count;
    return (size_t)number < count ? 1ull << number : 0;
}

uint64_t compile_targets(struct compiler *compiler, enum tcn_hook hook)
{
    struct tcn_cursor *c = &compiler->c;
    if (tcn_accept_word(c, "any")) {
        return UINT64_MAX;
    }
    if (!tcn_accept(c, TCN_TOKEN_OPEN)) {
        return one_target(compiler, hook);
    }
    uint64_t mask = 0;
    while (!c->failed) {
        mask |= one_target(compiler, hook);
        if (tcn_accept(c, TCN_TOKEN_CLOSE)) {
            return mask;
        }
        tcn_expect(c, TCN_TOKEN_COMMA, "`,` or `}`");
    }
    return 0;
}

static void take_direction(struct tcn_cursor *c, enum tcn_hook hook)
{
    if (hook != TCN_HOOK_SHOW) {
        tcn_expect_word(c, hook == TCN_HOOK_EXPORT ? "to" : "from");
    }
}

/* ---- the rest ---- */

static void take_rule_name(struct compiler *compiler, struct rule *rule)
{
    struct tcn_cursor *c = &compiler->c;
    tcn_expect_word(c, "name");
    const struct tcn_token *token =
        tcn_expect(c, TCN_TOKEN_WORD, "the rule's name");
    tcn_copy_text(c, token, rule->name, sizeof rule->name);
    if (!c->failed && (!tcn_text_is_word(token->text, 1, TCN_NAME_MAX, true) ||
                       tcn_view_is(token->text, "default"))) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "a rule's name is lower-case letters, digits and `-`, and "
                 "not `default`");
    }
    const struct tcn_policy *policy = compiler->policy;
    for (size_t i = 0; i < policy->rule_count && !c->failed; i++) {
        if (strcmp(policy->rules[i].name, rule->name) == 0) {
            tcn_fail(c, token, TCN_ERR_EXISTS, "a second rule named %s",
                     rule->name);
        }
    }
}

static void take_options(struct compiler *compiler, const struct shape *shape,
                         struct rule *rule)
{
    struct tcn_cursor *c = &compiler->c;
    bool has =
        shape->classes_word != NULL && tcn_accept_word(c, shape->classes_word);
    switch (rule->verb) {
    case VERB_ALLOW:
        rule->classes =
            has ? compile_classes(compiler) : TCN_CLASS_BIT(TCN_CLASS_TECH);
        rule->classes |= TCN_CLASS_BIT(TCN_CLASS_KEEP);
        break;
    case VERB_SHOW:
        rule->classes = has ? compile_classes(compiler) : TCN_CLASS_ALL;
        rule->classes |= TCN_CLASS_BIT(TCN_CLASS_KEEP);
        break;
    case VERB_REDACT: {
        const struct tcn_token *at = c->at;
        if (!has) {
            tcn_expect_word(c, "classes");
            return;
        }
        rule->classes = compile_classes(compiler);
        if ((rule->classes & TCN_CLASS_BIT(TCN_CLASS_KEEP)) != 0) {
            tcn_fail(c, at, TCN_ERR_SYNTAX, "KEEP is never withheld");
        }
        break;
    }
    default: break;
    }
}

static void take_conditions(struct compiler *compiler, struct rule *rule)
{
    struct tcn_cursor *c = &compiler->c;
    rule->when = NO_NODE;
    rule->unless = NO_NODE;
    if (tcn_accept_word(c, "when")) {
        rule->when = compile_condition(compiler);
    }
    if (tcn_accept_word(c, "unless")) {
        rule->unless = compile_condition(compiler);
    }
    tcn_expect(c, TCN_TOKEN_SEMI, "`when`, `unless` or `;`");
}

static void keep_rule(struct compiler *compiler, const struct rule *rule)
{
    struct tcn_policy *policy = compiler->policy;
    if (policy->rule_count == TCN_RULES_MAX) {
        tcn_fail(&compiler->c, compiler->c.at, TCN_ERR_CAPACITY,
                 "more than %d rules", TCN_RULES_MAX);
        return;
    }
    struct rule *rules =
        reallocarray(policy->rules, policy->rule_count + 1, sizeof *rules);
    if (rules == NULL) {
        compiler->err = TCN_ERR_NO_MEMORY;
        return;
    }
    policy->rules = rules;
    policy->rules[policy->rule_count++] = *rule;
}

static void keep_text(struct compiler *compiler,
                      const struct tcn_token *keyword, struct rule *rule)
{
    char text[2048];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_canonical_put(&out, keyword, compiler->c.at);
    struct tcn_view view = tcn_buf_view(&out);
    view.len -= view.len > 0; /* the newline */
    rule->source_text = policy_text(compiler->policy, view);
}

void compile_rule(struct compiler *compiler, const struct tcn_token *keyword)
{
    struct tcn_cursor *c = &compiler->c;
    struct rule rule = {.when = NO_NODE, .unless = NO_NODE};
    const struct shape *shape = take_shape(compiler, keyword);
    if (shape == NULL) {
        return;
    }
    if (shape->compiled == VERB_COUNT) {
        tcn_fail(c, keyword, TCN_ERR_NOT_YET,
                 "`%s` is part of the language, but this version does not "
                 "carry it out yet",
                 shape->verb);
        return;
    }
    rule.verb = shape->compiled;
    rule.hook = shape->kind;
    take_direction(c, (enum tcn_hook)rule.hook);
    rule.targets = compile_targets(compiler, (enum tcn_hook)rule.hook);
    take_rule_name(compiler, &rule);
    take_options(compiler, shape, &rule);
    take_conditions(compiler, &rule);
    if (!c->failed) {
        keep_text(compiler, keyword, &rule);
        keep_rule(compiler, &rule);
    }
}
