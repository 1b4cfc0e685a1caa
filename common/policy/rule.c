#include <stdlib.h>

#include "base/text.h"
#include "policy/compiler.h"

/* VERB HOOK TARGET name NAME [OPTIONS] [when C] [unless C]; */

/* What stands between the name and the conditions. */
enum option {
    OPTION_NONE,
    OPTION_WITH,    /* with { CLASSES }: what is opened */
    OPTION_CLASSES, /* classes { CLASSES }: what is withheld */
    OPTION_APPROVE, /* approve N of role NAME within DURATION */
    OPTION_BY,      /* by DURATION */
    OPTION_THAT,    /* that CONDITION */
};

struct shape {
    const char *verb;
    const char *hook; /* the word behind the verb */
    uint8_t compiled; /* enum verb */
    uint8_t kind;     /* enum tcn_hook */
    uint8_t option;
};

static const struct shape shapes[] = {
    {"allow", "export", VERB_ALLOW, TCN_HOOK_EXPORT, OPTION_WITH},
    {"deny", "export", VERB_DENY, TCN_HOOK_EXPORT, OPTION_NONE},
    {"redact", "export", VERB_REDACT, TCN_HOOK_EXPORT, OPTION_CLASSES},
    {"redact", "observers", VERB_REDACT, TCN_HOOK_SHOW, OPTION_CLASSES},
    {"show", "observers", VERB_SHOW, TCN_HOOK_SHOW, OPTION_WITH},
    {"accept", "import", VERB_ACCEPT, TCN_HOOK_IMPORT, OPTION_NONE},
    {"reject", "import", VERB_REJECT, TCN_HOOK_IMPORT, OPTION_NONE},
    {"hold", "export", VERB_HOLD, TCN_HOOK_EXPORT, OPTION_APPROVE},
    {"delay", "export", VERB_DELAY, TCN_HOOK_EXPORT, OPTION_BY},
    {"quarantine", "import", VERB_QUARANTINE, TCN_HOOK_IMPORT, OPTION_NONE},
    {"require", "originate", VERB_REQUIRE, TCN_HOOK_ORIGINATE, OPTION_THAT},
};

const char *rule_verb(const struct rule *rule)
{
    size_t i = 0;
    while (shapes[i].compiled != rule->verb) {
        i++;
    }
    return shapes[i].verb;
}

static enum scope scope_of(const struct shape *shape)
{
    switch (shape->kind) {
    case TCN_HOOK_ORIGINATE: return SCOPE_ORIGINATE;
    case TCN_HOOK_SHOW: return SCOPE_OBSERVERS;
    default: return SCOPE_PEER;
    }
}

static const struct shape *take_shape(struct compiler *compiler,
                                      const struct tcn_token *keyword)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *hook =
        tcn_expect(c, TCN_TOKEN_WORD, "what the rule is about");
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
        tcn_fail(c, hook, TCN_ERR_SYNTAX, "expected `%s`%s%s%s", known[0],
                 count > 1 ? " or `" : "", count > 1 ? known[1] : "",
                 count > 1 ? "`" : "");
    }
    return NULL;
}

/* ---- targets ---- */

static uint64_t group_target(struct compiler *compiler)
{
    const struct tcn_token *token =
        tcn_expect(&compiler->c, TCN_TOKEN_WORD, "a group");
    if (!world_has_group(compiler->policy, token->text)) {
        fail_group(compiler, token);
    }
    return world_group(compiler->policy, token->text);
}

static uint64_t observers_target(struct compiler *compiler)
{
    const struct tcn_token *token =
        tcn_expect(&compiler->c, TCN_TOKEN_WORD, "an observer class");
    int number = world_observers(compiler->policy, token->text);
    if (number < 0) {
        fail_observers(compiler, token);
        return 0;
    }
    return 1ull << number;
}

/* A pinned member that is no peer is a known name, only nothing goes there. */
static uint64_t member_target(struct compiler *compiler)
{
    const struct tcn_policy *policy = compiler->policy;
    const struct tcn_token *token =
        tcn_expect(&compiler->c, TCN_TOKEN_WORD, "a member, `group` or `any`");
    int number = world_party(policy, token->text);
    if (number < 0) {
        fail_member(compiler, token);
        return 0;
    }
    if ((size_t)number == policy->party_count) {
        tcn_fail(&compiler->c, token, TCN_ERR_SYNTAX, "%s is this node itself",
                 policy->self);
    }
    return (size_t)number < policy->peer_count ? 1ull << number : 0;
}

static uint64_t one_target(struct compiler *compiler, enum tcn_hook hook)
{
    if (hook == TCN_HOOK_SHOW) {
        return observers_target(compiler);
    }
    return tcn_accept_word(&compiler->c, "group") ? group_target(compiler)
                                                  : member_target(compiler);
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

/* `to any`, `from { lv, lt }`, `soc`; a node originates to nobody yet. */
static void take_target(struct compiler *compiler, const struct shape *shape,
                        struct rule *rule)
{
    enum tcn_hook hook = (enum tcn_hook)shape->kind;
    if (hook == TCN_HOOK_ORIGINATE) {
        rule->targets = UINT64_MAX;
        return;
    }
    if (hook != TCN_HOOK_SHOW) {
        tcn_expect_word(&compiler->c, hook == TCN_HOOK_EXPORT ? "to" : "from");
    }
    rule->targets = compile_targets(compiler, hook);
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

static void take_with(struct compiler *compiler, struct rule *rule)
{
    if (tcn_accept_word(&compiler->c, "with")) {
        rule->classes = compile_classes(compiler);
    } else {
        rule->classes = rule->verb == VERB_SHOW ? TCN_CLASS_ALL
                                                : TCN_CLASS_BIT(TCN_CLASS_TECH);
    }
    rule->classes |= TCN_CLASS_BIT(TCN_CLASS_KEEP);
}

static void take_cut(struct compiler *compiler, struct rule *rule)
{
    const struct tcn_token *at = compiler->c.at;
    tcn_expect_word(&compiler->c, "classes");
    rule->classes = compile_classes(compiler);
    if ((rule->classes & TCN_CLASS_BIT(TCN_CLASS_KEEP)) != 0) {
        tcn_fail(&compiler->c, at, TCN_ERR_SYNTAX, "KEEP is never withheld");
    }
}

/* A role that exists, with people enough; a group's are not counted here. */
static void check_role(struct compiler *compiler, const struct tcn_token *token,
                       unsigned approvals)
{
    const struct tcn_policy *policy = compiler->policy;
    const char *known[TCN_ROLES_MAX];
    for (size_t i = 0; i < policy->role_count; i++) {
        const struct tcn_role *role = &policy->roles[i];
        known[i] = role->name;
        if (!tcn_view_is(token->text, role->name)) {
            continue;
        }
        if (role->group_count == 0 && role->user_count < approvals) {
            tcn_fail(&compiler->c, token, TCN_ERR_SYNTAX,
                     "the role %s has fewer than %u users", role->name,
                     approvals);
        }
        return;
    }
    tcn_fail_unknown(&compiler->c, token, "role", known, policy->role_count);
}

static void take_approval(struct compiler *compiler, struct rule *rule)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *count = c->at + 1;
    tcn_expect_word(c, "approve");
    rule->approvals = (uint8_t)tcn_take_number(c, 9);
    if (rule->approvals == 0) {
        tcn_fail(c, count, TCN_ERR_SYNTAX, "expected a number from 1 to 9");
    }
    tcn_expect_word(c, "of");
    tcn_expect_word(c, "role");
    const struct tcn_token *role = tcn_expect(c, TCN_TOKEN_WORD, "a role");
    check_role(compiler, role, rule->approvals);
    tcn_copy_text(c, role, rule->role, sizeof rule->role);
    tcn_expect_word(c, "within");
    rule->duration_ms = tcn_take_duration(c);
}

static void take_options(struct compiler *compiler, const struct shape *shape,
                         struct rule *rule)
{
    switch (shape->option) {
    case OPTION_WITH: take_with(compiler, rule); break;
    case OPTION_CLASSES: take_cut(compiler, rule); break;
    case OPTION_APPROVE: take_approval(compiler, rule); break;
    case OPTION_BY:
        tcn_expect_word(&compiler->c, "by");
        rule->duration_ms = tcn_take_duration(&compiler->c);
        break;
    case OPTION_THAT:
        tcn_expect_word(&compiler->c, "that");
        rule->that = compile_condition(compiler, scope_of(shape));
        break;
    default: break;
    }
}

void compile_conditions(struct compiler *compiler, enum scope scope,
                        uint16_t *when, uint16_t *unless)
{
    struct tcn_cursor *c = &compiler->c;
    *when = NO_NODE;
    *unless = NO_NODE;
    if (tcn_accept_word(c, "when")) {
        *when = compile_condition(compiler, scope);
    }
    if (tcn_accept_word(c, "unless")) {
        *unless = compile_condition(compiler, scope);
    }
    if (*unless != NO_NODE) {
        tcn_expect_semi(c);
    } else {
        tcn_expect(c, TCN_TOKEN_SEMI, "`when`, `unless` or `;`");
    }
}

/* ---- keeping it ---- */

static void keep_rule(struct compiler *compiler, const struct rule *rule)
{
    struct tcn_policy *policy = compiler->policy;
    if (policy->rule_count == TCN_RULES_MAX) {
        tcn_fail(&compiler->c, compiler->c.at, TCN_ERR_CAPACITY,
                 "more than %d rules", TCN_RULES_MAX);
        return;
    }
    policy->hold_count += rule->verb == VERB_HOLD;
    if (policy->hold_count > HOLDS_MAX) {
        tcn_fail(&compiler->c, compiler->c.at, TCN_ERR_CAPACITY,
                 "more than %d hold rules", HOLDS_MAX);
        return;
    }
    struct rule *rules =
        reallocarray(policy->rules, policy->rule_count + 1, sizeof *rules);
    if (rules == NULL) {
        policy->out_of_memory = true;
        return;
    }
    policy->rules = rules;
    policy->rules[policy->rule_count++] = *rule;
}

void compile_rule(struct compiler *compiler, const struct tcn_token *keyword)
{
    struct tcn_cursor *c = &compiler->c;
    struct rule rule = {.when = NO_NODE,
                        .unless = NO_NODE,
                        .that = NO_NODE,
                        .span = keyword->span};
    const struct shape *shape = take_shape(compiler, keyword);
    if (shape == NULL) {
        return;
    }
    rule.verb = shape->compiled;
    rule.hook = shape->kind;
    take_target(compiler, shape, &rule);
    take_rule_name(compiler, &rule);
    take_options(compiler, shape, &rule);
    compile_conditions(compiler, scope_of(shape), &rule.when, &rule.unless);
    if (!c->failed) {
        rule.source_text = line_text(compiler, keyword);
        keep_rule(compiler, &rule);
    }
}
