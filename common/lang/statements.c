#include "lang/token.h"

#define CONF_COUNT 7

static const char *const keywords[] = {
    /* configuration */
    "node", "member", "peer", "observers", "role", "exercise", "include",
    /* policy */
    "policy", "group", "allow", "deny", "redact", "hold", "delay", "accept",
    "reject", "quarantine", "require", "show", "retain", "test", "assert",
    "agreement"};

size_t tcn_statement_keywords(const char *const **words)
{
    *words = keywords;
    return sizeof keywords / sizeof keywords[0];
}

enum tcn_owner tcn_statement_owner(struct tcn_view keyword)
{
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (tcn_view_is(keyword, keywords[i])) {
            return i < CONF_COUNT ? TCN_OWNER_CONF : TCN_OWNER_POLICY;
        }
    }
    return TCN_OWNER_NONE;
}

void tcn_canonical_put(struct tcn_buf *out, const struct tcn_token *from,
                       const struct tcn_token *to)
{
    for (const struct tcn_token *token = from; token < to; token++) {
        const char *quote = token->type == TCN_TOKEN_STRING ? "\"" : "";
        if (token > from) {
            tcn_buf_put_str(out, " ");
        }
        tcn_buf_put_str(out, quote);
        tcn_buf_put(out, token->text.data, token->text.len);
        tcn_buf_put_str(out, quote);
    }
    tcn_buf_put_str(out, "\n");
}

size_t tcn_canonical_size(const struct tcn_token *from,
                          const struct tcn_token *to)
{
    size_t size = 1;
    for (const struct tcn_token *token = from; token < to; token++) {
        size += token->text.len + 3; /* a blank, two quotes */
    }
    return size;
}

enum tcn_err tcn_lang_format(struct tcn_buf *out,
                             const struct tcn_source *source,
                             struct tcn_problems *problems)
{
    struct tcn_tokens tokens;
    enum tcn_err err = tcn_lex(&tokens, source, 1, problems);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_cursor c = {.at = tokens.list, .problems = problems};
    while (c.at->type != TCN_TOKEN_END) {
        const struct tcn_token *keyword = c.at;
        tcn_cursor_skip(&c, keyword);
        tcn_canonical_put(out, keyword, c.at);
    }
    tcn_tokens_free(&tokens);
    return TCN_ERR_OK;
}
