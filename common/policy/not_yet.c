/* What belongs to the language and is not carried out yet: read in full, so
 * that mistakes are found, and then refused, so that nobody relies on it. */
#include "policy/compiler.h"

void refuse_not_yet(struct compiler *compiler, const struct tcn_token *keyword)
{
    tcn_fail(&compiler->c, keyword, TCN_ERR_NOT_YET,
             "`%.*s` is part of the language, but this version does not carry "
             "it out yet",
             (int)keyword->text.len, (const char *)keyword->text.data);
}

/* retain CLASS|rest DURATION; */
void compile_retain(struct compiler *compiler, const struct tcn_token *keyword)
{
    struct tcn_cursor *c = &compiler->c;
    if (!tcn_accept_word(c, "rest")) {
        (void)compile_class(compiler);
    }
    (void)tcn_take_duration(c);
    tcn_expect(c, TCN_TOKEN_SEMI, "`;`");
    refuse_not_yet(compiler, keyword);
}

/* assert never export to TARGET [when C] [unless C];
 * assert never open CLASS|{ CLASSES } to TARGET [when C] [unless C]; */
void compile_assert(struct compiler *compiler, const struct tcn_token *keyword)
{
    struct tcn_cursor *c = &compiler->c;
    struct rule rule;
    tcn_expect_word(c, "never");
    if (tcn_accept_word(c, "open")) {
        (void)(tcn_at(c, TCN_TOKEN_OPEN) ? compile_classes(compiler)
                                         : compile_class(compiler));
    } else if (!tcn_accept_word(c, "export")) {
        tcn_expect_word(c, "export");
    }
    tcn_expect_word(c, "to");
    (void)compile_targets(compiler, TCN_HOOK_EXPORT);
    compile_conditions(compiler, SCOPE_PEER, &rule);
    refuse_not_yet(compiler, keyword);
}
