#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "lang/suggest.h"
#include "lang/token.h"

bool tcn_at_word(const struct tcn_cursor *c, const char *word)
{
    return tcn_at(c, TCN_TOKEN_WORD) && tcn_view_is(c->at->text, word);
}

bool tcn_accept(struct tcn_cursor *c, enum tcn_token_type type)
{
    if (!tcn_at(c, type) || type == TCN_TOKEN_END) {
        return false;
    }
    c->at++;
    return true;
}

bool tcn_accept_word(struct tcn_cursor *c, const char *word)
{
    return tcn_at_word(c, word) && tcn_accept(c, TCN_TOKEN_WORD);
}

bool tcn_accept_op(struct tcn_cursor *c, const char *op)
{
    return tcn_at(c, TCN_TOKEN_OP) && tcn_view_is(c->at->text, op) &&
           tcn_accept(c, TCN_TOKEN_OP);
}

/* What stands there, escaped, for a message. */
static void put_found(struct tcn_buf *out, const struct tcn_token *token)
{
    if (token->type == TCN_TOKEN_END) {
        tcn_buf_put_str(out, "the end of the text");
        return;
    }
    struct tcn_view text = token->text;
    tcn_buf_put_str(out, "`");
    tcn_text_escape(out, text.len > 40 ? tcn_view(text.data, 40) : text);
    tcn_buf_put_str(out, "`");
}

void tcn_fail(struct tcn_cursor *c, const struct tcn_token *token,
              enum tcn_err err, const char *format, ...)
{
    if (c->failed) {
        return;
    }
    char text[TCN_PROBLEM_TEXT];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tcn_problem_add(c->problems, token->span, err, "%s", text);
    c->failed = true;
}

const struct tcn_token *tcn_expect(struct tcn_cursor *c,
                                   enum tcn_token_type type, const char *what)
{
    const struct tcn_token *token = c->at;
    if (!tcn_accept(c, type)) {
        char found[200];
        struct tcn_buf out = tcn_buf(found, sizeof found);
        put_found(&out, token);
        tcn_fail(c, token, TCN_ERR_SYNTAX, "expected %s, found %s", what,
                 tcn_buf_text(&out));
    }
    return token;
}

void tcn_expect_word(struct tcn_cursor *c, const char *word)
{
    char what[64];
    (void)snprintf(what, sizeof what, "`%s`", word);
    if (!tcn_accept_word(c, word)) {
        const struct tcn_token *token = c->at;
        char found[200];
        struct tcn_buf out = tcn_buf(found, sizeof found);
        put_found(&out, token);
        tcn_fail(c, token, TCN_ERR_SYNTAX, "expected %s, found %s", what,
                 tcn_buf_text(&out));
    }
}

void tcn_fail_unknown(struct tcn_cursor *c, const struct tcn_token *token,
                      const char *what, const char *const *known,
                      size_t known_count)
{
    char found[200];
    struct tcn_buf out = tcn_buf(found, sizeof found);
    put_found(&out, token);
    const char *meant = tcn_suggest(token->text, known, known_count);
    if (meant != NULL) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "unknown %s %s, did you mean `%s`?",
                 what, tcn_buf_text(&out), meant);
    } else {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "unknown %s %s", what,
                 tcn_buf_text(&out));
    }
}

void tcn_copy_text(struct tcn_cursor *c, const struct tcn_token *token,
                   char *out, size_t cap)
{
    out[0] = '\0';
    if (c->failed) {
        return;
    }
    if (token->text.len >= cap) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "longer than %zu characters",
                 cap - 1);
        return;
    }
    if (tcn_text_check(token->text) != TCN_ERR_OK) {
        tcn_fail(c, token, TCN_ERR_SYNTAX,
                 "not valid UTF-8, or a control or direction character");
        return;
    }
    memcpy(out, token->text.data, token->text.len);
    out[token->text.len] = '\0';
}

void tcn_cursor_skip(struct tcn_cursor *c, const struct tcn_token *from)
{
    static const char *const blocks[] = {"node",      "member", "peer",
                                         "observers", "role",   "exercise",
                                         "agreement", "test"};
    bool is_block = false;
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        is_block |= tcn_view_is(from->text, blocks[i]);
    }
    int depth = 0;
    c->failed = false;
    for (c->at = from; c->at->type != TCN_TOKEN_END; c->at++) {
        enum tcn_token_type type = c->at->type;
        depth += type == TCN_TOKEN_OPEN;
        depth -= type == TCN_TOKEN_CLOSE;
        bool closed = type == TCN_TOKEN_CLOSE && is_block;
        if (depth <= 0 && (type == TCN_TOKEN_SEMI || closed)) {
            c->at++;
            return;
        }
    }
}
