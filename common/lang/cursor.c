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
    if (!tcn_at(c, type) || type == TCN_TOKEN_END || type == TCN_TOKEN_BREAK) {
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
    if (token->type == TCN_TOKEN_END || token->type == TCN_TOKEN_BREAK) {
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

static void fail_expected(struct tcn_cursor *c, const char *what)
{
    char found[200];
    struct tcn_buf out = tcn_buf(found, sizeof found);
    put_found(&out, c->at);
    tcn_fail(c, c->at, TCN_ERR_SYNTAX, "expected %s, found %s", what,
             tcn_buf_text(&out));
}

/* Whether what stands where a `;` could be belongs to what comes next: the end
 * or a keyword. */
static bool lacks_end(const struct tcn_cursor *c)
{
    switch (c->at->type) {
    case TCN_TOKEN_END:
    case TCN_TOKEN_BREAK:
    case TCN_TOKEN_CLOSE: return true;
    case TCN_TOKEN_WORD:
        return tcn_statement_owner(c->at->text) != TCN_OWNER_NONE;
    default: return false;
    }
}

/* Told where it is missing: behind the token before. */
static void fail_end(struct tcn_cursor *c)
{
    const struct tcn_token *before = c->at - 1;
    struct tcn_token here = {.span = {before->span.source,
                                      before->span.offset + before->span.len,
                                      0}};
    char found[200];
    struct tcn_buf out = tcn_buf(found, sizeof found);
    put_found(&out, c->at);
    tcn_fail(c, &here, TCN_ERR_SYNTAX, "`;` is missing here, before %s",
             tcn_buf_text(&out));
}

const struct tcn_token *tcn_expect(struct tcn_cursor *c,
                                   enum tcn_token_type type, const char *what)
{
    const struct tcn_token *token = c->at;
    if (tcn_accept(c, type) || c->failed) {
        return token;
    }
    if (type == TCN_TOKEN_SEMI && lacks_end(c)) {
        fail_end(c);
    } else {
        fail_expected(c, what);
    }
    return token;
}

void tcn_expect_semi(struct tcn_cursor *c)
{
    if (!tcn_accept(c, TCN_TOKEN_SEMI)) {
        fail_end(c);
    }
}

void tcn_expect_word(struct tcn_cursor *c, const char *word)
{
    char what[64];
    (void)snprintf(what, sizeof what, "`%s`", word);
    if (!tcn_accept_word(c, word)) {
        fail_expected(c, what);
    }
}

void tcn_fail_unknown(struct tcn_cursor *c, const struct tcn_token *token,
                      const char *what, const char *const *known,
                      size_t known_count)
{
    if (c->failed) {
        return;
    }
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

void tcn_fail_item(struct tcn_cursor *c, const struct tcn_token *token,
                   const char *what, const char *const *known,
                   size_t known_count)
{
    if (c->failed) {
        return;
    }
    if (tcn_statement_owner(token->text) == TCN_OWNER_NONE) {
        tcn_fail_unknown(c, token, what, known, known_count);
        return;
    }
    c->resume = token;
    tcn_fail(c, token, TCN_ERR_SYNTAX,
             "no such %s; if `%.*s` begins a statement, the block before it "
             "lacks its `}`",
             what, (int)token->text.len, (const char *)token->text.data);
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

/* Whether the statement ends with its block; a misspelt keyword counts as what
 * it probably means. */
static bool ends_with_block(const struct tcn_token *keyword)
{
    static const char *const blocks[] = {"node",      "member", "peer",
                                         "observers", "role",   "exercise",
                                         "agreement", "test"};
    const char *const *known;
    size_t count = tcn_statement_keywords(&known);
    struct tcn_view word = keyword->text;
    if (tcn_statement_owner(word) == TCN_OWNER_NONE) {
        const char *meant = tcn_suggest(word, known, count);
        word = tcn_view_str(meant == NULL ? "" : meant);
    }
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (tcn_view_is(word, blocks[i])) {
            return true;
        }
    }
    return false;
}

static bool at_end(const struct tcn_cursor *c)
{
    return c->at->type == TCN_TOKEN_END || c->at->type == TCN_TOKEN_BREAK;
}

void tcn_cursor_skip(struct tcn_cursor *c, const struct tcn_token *from)
{
    bool is_block = ends_with_block(from);
    int depth = 0;
    c->failed = false;
    if (c->resume != NULL) {
        c->at = c->resume;
        c->resume = NULL;
        return;
    }
    for (c->at = from; !at_end(c); c->at++) {
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

void tcn_cursor_next_item(struct tcn_cursor *c)
{
    if (!c->failed || c->resume != NULL) {
        return;
    }
    int depth = 0;
    for (; !at_end(c); c->at++) {
        enum tcn_token_type type = c->at->type;
        bool closes = type == TCN_TOKEN_CLOSE && depth == 0;
        bool ends = type == TCN_TOKEN_SEMI && depth == 0;
        if (closes || ends) {
            c->at += ends;
            c->failed = false;
            return;
        }
        depth += type == TCN_TOKEN_OPEN;
        depth -= type == TCN_TOKEN_CLOSE;
    }
}
