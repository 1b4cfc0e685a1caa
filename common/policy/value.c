/* What a fact is compared with. A value that no alert can have would silently
 * decide, so it is refused wherever the possible ones are known. */
#include "alert/label.h"
#include "policy/compiler.h"
#include "policy/text_fact.h"

static int find_word(struct tcn_view text, const struct fact_info *info)
{
    switch (info - fact_table) {
    case FACT_TLP: return tcn_tlp_find(text);
    case FACT_PAP: return tcn_pap_find(text);
    case FACT_SEVERITY: return tcn_severity_find(text);
    default: break;
    }
    for (size_t i = 0; i < info->word_count; i++) {
        if (tcn_view_is(text, info->words[i])) {
            return (int)i;
        }
    }
    return -1;
}

static void take_word(struct compiler *compiler, const struct fact_info *info,
                      struct value *value)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a value");
    int found = c->failed ? -1 : find_word(token->text, info);
    if (found < 0) {
        tcn_fail_unknown(c, token, info->name, info->words, info->word_count);
        return;
    }
    value->number = (uint64_t)found;
    value->text = tcn_view_str(info->words[found]);
}

/* Quoted: exactly this. A bare word may end with `*`: whatever begins so. */
static void take_text(struct compiler *compiler, const struct fact_info *info,
                      struct value *value)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *token =
        tcn_at(c, TCN_TOKEN_STRING) ? tcn_expect(c, TCN_TOKEN_STRING, "a text")
                                    : tcn_expect(c, TCN_TOKEN_WORD, "a value");
    struct tcn_view text = token->text;
    if (token->type == TCN_TOKEN_WORD && text.len > 0) {
        value->prefix = text.data[text.len - 1] == '*';
        text.len -= value->prefix;
        if (memchr(text.data, '*', text.len) != NULL) {
            tcn_fail(c, token, TCN_ERR_SYNTAX,
                     "`*` stands only at the end of a value");
        }
    }
    enum fact fact = (enum fact)(info - fact_table);
    if (!compiler->c.failed && !text_is_possible(fact, text, value->prefix)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "no alert has such a %s%s",
                 info->name,
                 fact == FACT_REGION ? ": lower-case letters and digits" : "");
    }
    value->text = policy_text(compiler->policy, text);
}

static void take_member(struct compiler *compiler, struct value *value)
{
    const struct tcn_policy *policy = compiler->policy;
    const struct tcn_token *token =
        tcn_expect(&compiler->c, TCN_TOKEN_WORD, "a member code");
    int party = world_party(policy, token->text);
    if (party < 0 && compiler->scope != SCOPE_FILTER) {
        fail_member(compiler, token);
    }
    bool is_peer = party >= 0 && (size_t)party < policy->peer_count;
    value->number = is_peer ? 1ull << party : 0;
    value->text = policy_text(compiler->policy, token->text);
}

static void take_group(struct compiler *compiler, struct value *value)
{
    const struct tcn_token *token =
        tcn_expect(&compiler->c, TCN_TOKEN_WORD, "a group");
    if (!world_has_group(compiler->policy, token->text)) {
        fail_group(compiler, token);
    }
    value->number = world_group(compiler->policy, token->text);
    value->text = policy_text(compiler->policy, token->text);
}

bool compile_value(struct compiler *compiler, enum fact fact,
                   struct value *value)
{
    const struct fact_info *info = &fact_table[fact];
    *value = (struct value){0};
    switch (info->type) {
    case VALUE_WORD: take_word(compiler, info, value); break;
    case VALUE_NUMBER:
        value->number = tcn_take_number(&compiler->c, info->max);
        break;
    case VALUE_SIZE: value->number = tcn_take_size(&compiler->c); break;
    case VALUE_TEXT: take_text(compiler, info, value); break;
    case VALUE_GROUP: take_group(compiler, value); break;
    default: take_member(compiler, value); break;
    }
    return !compiler->c.failed;
}

/* ---- classes ---- */

uint8_t compile_class(struct compiler *compiler)
{
    static const char *const classes[] = {
        "KEEP", "TECH", "SOURCE", "VICTIM", "PERSONAL", "ACTOR", "FREE"};
    const struct tcn_token *token =
        tcn_expect(&compiler->c, TCN_TOKEN_WORD, "a class");
    int cls = compiler->c.failed ? -1 : tcn_class_find(token->text);
    if (cls < 0) {
        tcn_fail_unknown(&compiler->c, token, "class", classes,
                         TCN_CLASS_COUNT);
        return 0;
    }
    return TCN_CLASS_BIT(cls);
}

uint8_t compile_classes(struct compiler *compiler)
{
    struct tcn_cursor *c = &compiler->c;
    uint8_t mask = 0;
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed) {
        mask |= compile_class(compiler);
        if (tcn_accept(c, TCN_TOKEN_CLOSE)) {
            return mask;
        }
        tcn_expect(c, TCN_TOKEN_COMMA, "`,` or `}`");
    }
    return 0;
}
