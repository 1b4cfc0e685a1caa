/* What is no rule: how long values are kept, and what must never happen. */
#include "policy/compiler.h"

static void set_retention(struct compiler *compiler, uint64_t *ms,
                          const struct tcn_token *token)
{
    if (*ms != 0) {
        tcn_fail(&compiler->c, token, TCN_ERR_EXISTS, "a second `retain %.*s`",
                 (int)token->text.len, (const char *)token->text.data);
    }
    const struct tcn_token *duration = compiler->c.at;
    *ms = tcn_take_duration(&compiler->c);
    if (*ms == 0) {
        tcn_fail(&compiler->c, duration, TCN_ERR_SYNTAX,
                 "what is not to be kept is redacted or rejected");
    }
}

void compile_retention(struct compiler *compiler, struct retention *retention)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *token = c->at;
    if (tcn_accept_word(c, "rest")) {
        set_retention(compiler, &retention->rest_ms, token);
        return;
    }
    uint8_t bit = compile_class(compiler);
    if (bit == TCN_CLASS_BIT(TCN_CLASS_KEEP)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "KEEP is never withheld, and stays as long as the alert");
    }
    if (bit != 0) {
        unsigned cls = (unsigned)__builtin_ctz(bit);
        set_retention(compiler, &retention->class_ms[cls], token);
    }
}

/* `rest` is every class but KEEP that has no statement of its own. */
void finish_retention(struct retention *retention)
{
    for (unsigned i = TCN_CLASS_KEEP + 1; i < TCN_CLASS_COUNT; i++) {
        if (retention->class_ms[i] == 0) {
            retention->class_ms[i] = retention->rest_ms;
        }
    }
}

/* retain CLASS|rest DURATION; */
void compile_retain(struct compiler *compiler, const struct tcn_token *keyword)
{
    (void)keyword;
    compile_retention(compiler, &compiler->policy->retention);
    tcn_expect_semi(&compiler->c);
}

/* never export to | never open CLASS|{ CLASSES } to */
static void take_claim(struct compiler *compiler, struct assertion *assertion)
{
    struct tcn_cursor *c = &compiler->c;
    tcn_expect_word(c, "never");
    if (tcn_accept_word(c, "open")) {
        const struct tcn_token *token = c->at;
        assertion->classes = tcn_at(c, TCN_TOKEN_OPEN)
                                 ? compile_classes(compiler)
                                 : compile_class(compiler);
        if ((assertion->classes & TCN_CLASS_BIT(TCN_CLASS_KEEP)) != 0) {
            tcn_fail(c, token, TCN_ERR_SYNTAX,
                     "KEEP is open in every copy: say `never export`");
        }
    } else if (!tcn_accept_word(c, "export")) {
        tcn_expect_word(c, "export");
    }
    tcn_expect_word(c, "to");
    assertion->targets = compile_targets(compiler, TCN_HOOK_EXPORT);
}

/* assert never export to TARGET [when C] [unless C];
 * assert never open CLASS|{ CLASSES } to TARGET [when C] [unless C]; */
void compile_assert(struct compiler *compiler, const struct tcn_token *keyword)
{
    struct tcn_policy *policy = compiler->policy;
    struct assertion *assertion = policy_alloc(policy, sizeof *assertion);
    if (assertion == NULL || policy->assertion_count == ASSERT_MAX) {
        tcn_fail(&compiler->c, keyword, TCN_ERR_CAPACITY,
                 "more than %d assertions", ASSERT_MAX);
        return;
    }
    assertion->span = keyword->span;
    take_claim(compiler, assertion);
    compile_conditions(compiler, SCOPE_PEER, &assertion->when,
                       &assertion->unless);
    struct assertion **end = &policy->assertions;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = assertion;
    policy->assertion_count += !compiler->c.failed;
}
