/* A text as people like to read it: the same words, the same comments, one
 * style. What it writes it would write the same again. */
#include "lang/token.h"

#define COLUMNS 80
#define INDENT  2

struct printer {
    struct tcn_buf *out;
    const struct tcn_source *source;
    const struct tcn_token *first, *end;
    size_t begin; /* of what is written */
    size_t line;  /* where the line begins in `out` */
    unsigned depth;
    bool fill; /* several items a line, as many as fit */
};

/* ---- what stands between two tokens ---- */

static size_t token_end(const struct tcn_token *token)
{
    return token->span.offset + token->span.len;
}

/* What stands before a token: blanks and comments. */
static struct tcn_view gap_before(const struct printer *p,
                                  const struct tcn_token *token)
{
    size_t from = token == p->first ? 0 : token_end(token - 1);
    size_t to =
        token->type == TCN_TOKEN_END ? p->source->text.len : token->span.offset;
    return tcn_view(p->source->text.data + from, to - from);
}

static bool has_char(struct tcn_view text, char c)
{
    return text.len > 0 && memchr(text.data, c, text.len) != NULL;
}

/* ---- lines ---- */

static void newline(struct printer *p)
{
    if (p->out->len > p->line) {
        tcn_buf_put_str(p->out, "\n");
    }
    p->line = p->out->len;
}

static void indent(struct printer *p, unsigned more)
{
    if (p->out->len == p->line) {
        tcn_buf_printf(p->out, "%*s", (int)(p->depth * INDENT + more), "");
    }
}

/* An empty line stays one, but not at the beginning of a block. */
static void put_blank_line(struct printer *p, struct tcn_view blanks)
{
    unsigned newlines = 0;
    for (size_t i = 0; i < blanks.len; i++) {
        newlines += blanks.data[i] == '\n';
    }
    bool after_line = p->out->len > p->line;
    size_t at = p->out->len;
    bool opens = at > p->begin && p->out->data[at - 1] == '{';
    if (newlines > (after_line ? 1u : 0u) && at > p->begin && !opens) {
        newline(p);
        tcn_buf_put_str(p->out, "\n");
        p->line = p->out->len;
    }
}

static size_t line_end(struct tcn_view text, size_t at)
{
    while (at < text.len && text.data[at] != '\n') {
        at++;
    }
    return at;
}

/* Comments and empty lines. A comment on the line of the token before it stays
 * there. */
static void put_gap(struct printer *p, struct tcn_view gap)
{
    while (has_char(gap, '#')) {
        const uint8_t *hash = memchr(gap.data, '#', gap.len);
        size_t begin = (size_t)(hash - gap.data);
        size_t end = line_end(gap, begin);
        struct tcn_view blanks = tcn_view(gap.data, begin);
        if (p->out->len > p->line && !has_char(blanks, '\n')) {
            tcn_buf_put_str(p->out, "  ");
        } else {
            put_blank_line(p, blanks);
            newline(p);
            indent(p, 0);
        }
        size_t len = end - begin;
        while (gap.data[begin + len - 1] <= ' ') {
            len--;
        }
        tcn_buf_put(p->out, gap.data + begin, len);
        newline(p);
        end += end < gap.len; /* the newline is written */
        gap = tcn_view(gap.data + end, gap.len - end);
    }
    put_blank_line(p, gap);
}

/* ---- words ---- */

static bool is_word(const struct tcn_token *token, const char *word)
{
    return token->type == TCN_TOKEN_WORD && tcn_view_is(token->text, word);
}

static bool glued(const struct tcn_token *token)
{
    enum tcn_token_type type = token->type;
    const struct tcn_token *before = token - 1;
    return type == TCN_TOKEN_COMMA || type == TCN_TOKEN_SEMI ||
           type == TCN_TOKEN_COLON || type == TCN_TOKEN_RIGHT ||
           before->type == TCN_TOKEN_LEFT ||
           (type == TCN_TOKEN_CLOSE && before->type == TCN_TOKEN_OPEN) ||
           (type == TCN_TOKEN_LEFT && is_word(before, "has"));
}

static void put_token(struct tcn_buf *out, const struct tcn_token *token)
{
    const char *quote = token->type == TCN_TOKEN_STRING ? "\"" : "";
    tcn_buf_put_str(out, quote);
    tcn_buf_put(out, token->text.data, token->text.len);
    tcn_buf_put_str(out, quote);
}

void tcn_line_put(struct tcn_buf *out, const struct tcn_token *from,
                  const struct tcn_token *to)
{
    for (const struct tcn_token *token = from; token < to; token++) {
        tcn_buf_put_str(out, token > from && !glued(token) ? " " : "");
        put_token(out, token);
    }
}

size_t tcn_line_len(const struct tcn_token *from, const struct tcn_token *to)
{
    size_t len = 0;
    for (const struct tcn_token *token = from; token < to; token++) {
        len += token > from && !glued(token) ? 1 : 0;
        len += token->text.len + (token->type == TCN_TOKEN_STRING ? 2 : 0);
    }
    return len;
}

static bool has_comment(const struct printer *p, const struct tcn_token *from,
                        const struct tcn_token *to)
{
    for (const struct tcn_token *token = from + 1; token < to; token++) {
        if (has_char(gap_before(p, token), '#')) {
            return true;
        }
    }
    return false;
}

/* ---- statements ---- */

/* Behind the `;` or `}` that ends what begins there; sets are inside. */
static const struct tcn_token *item_end(const struct printer *p,
                                        const struct tcn_token *from)
{
    int depth = 0;
    bool block = false; /* a `;` inside its braces makes it one */
    for (const struct tcn_token *at = from; at < p->end; at++) {
        depth += at->type == TCN_TOKEN_OPEN;
        depth -= at->type == TCN_TOKEN_CLOSE;
        block |= depth > 0 && at->type == TCN_TOKEN_SEMI;
        bool closes = at->type == TCN_TOKEN_CLOSE && depth == 0;
        bool empty = closes && at[-1].type == TCN_TOKEN_OPEN;
        bool ends = at->type == TCN_TOKEN_SEMI && depth == 0;
        if (ends ||
            (closes && (block || (empty && at[1].type != TCN_TOKEN_SEMI)))) {
            return at + 1;
        }
        if (depth < 0) {
            return at;
        }
    }
    return p->end;
}

/* Where the statement may go on in a new line. */
static bool begins_clause(const struct tcn_token *token)
{
    static const char *const words[] = {"with", "classes", "approve",
                                        "that", "when",    "unless"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (is_word(token, words[i])) {
            return true;
        }
    }
    return token[-1].type == TCN_TOKEN_COLON;
}

static const struct tcn_token *clause_end(const struct tcn_token *from,
                                          const struct tcn_token *to)
{
    const struct tcn_token *at = from + 1;
    while (at < to && !begins_clause(at)) {
        at++;
    }
    return at;
}

/* One clause, broken before `and` and `or` where it is too long. */
static void put_clause(struct printer *p, const struct tcn_token *from,
                       const struct tcn_token *to)
{
    const struct tcn_token *begin = from;
    for (const struct tcn_token *at = from + 1; at < to; at++) {
        size_t column = p->out->len - p->line;
        bool joins = is_word(at, "and") || is_word(at, "or");
        const struct tcn_token *next = at + 1;
        while (next < to && !is_word(next, "and") && !is_word(next, "or")) {
            next++;
        }
        if (joins && column + tcn_line_len(begin, next) > COLUMNS) {
            tcn_line_put(p->out, begin, at);
            newline(p);
            indent(p, 2 * INDENT);
            begin = at;
        }
    }
    tcn_line_put(p->out, begin, to);
}

static void put_simple(struct printer *p, const struct tcn_token *from,
                       const struct tcn_token *to)
{
    indent(p, 0);
    size_t column = p->out->len - p->line;
    if (column + tcn_line_len(from, to) <= COLUMNS) {
        tcn_line_put(p->out, from, to);
        return;
    }
    for (const struct tcn_token *at = from, *next; at < to; at = next) {
        next = clause_end(at, to);
        if (at > from) {
            newline(p);
            indent(p, INDENT);
        }
        put_clause(p, at, next);
    }
}

/* Comments in the middle of a statement: every token as it comes. */
static void put_commented(struct printer *p, const struct tcn_token *from,
                          const struct tcn_token *to)
{
    for (const struct tcn_token *at = from; at < to; at++) {
        if (at > from && has_char(gap_before(p, at), '#')) {
            put_gap(p, gap_before(p, at));
        }
        bool begins = p->out->len == p->line;
        indent(p, at > from ? INDENT : 0);
        tcn_buf_put_str(p->out, begins || glued(at) ? "" : " ");
        put_token(p->out, at);
    }
}

static void put_items(struct printer *p, const struct tcn_token *from,
                      const struct tcn_token *to);

/* The `{` that opens the block of an item, or NULL. */
static const struct tcn_token *block_of(const struct tcn_token *from,
                                        const struct tcn_token *to)
{
    if (to <= from || to[-1].type != TCN_TOKEN_CLOSE) {
        return NULL;
    }
    const struct tcn_token *at = from;
    while (at < to && at->type != TCN_TOKEN_OPEN) {
        at++;
    }
    return at < to ? at : NULL;
}

static void put_item(struct printer *p, const struct tcn_token *from,
                     const struct tcn_token *to)
{
    const struct tcn_token *open = block_of(from, to);
    bool commented = has_comment(p, from, to);
    size_t column = p->depth * INDENT + tcn_line_len(from, to);
    if (open == NULL || (!commented && column <= COLUMNS)) {
        if (commented) {
            put_commented(p, from, to);
        } else {
            put_simple(p, from, to);
        }
        return;
    }
    indent(p, 0);
    tcn_line_put(p->out, from, open + 1);
    p->depth++;
    p->fill = is_word(open - 1, "alert");
    put_items(p, open + 1, to - 1);
    p->fill = false;
    p->depth--;
    if (has_char(gap_before(p, to - 1), '#')) {
        p->depth++;
        put_gap(p, gap_before(p, to - 1));
        p->depth--;
    }
    newline(p);
    indent(p, 0);
    tcn_line_put(p->out, to - 1, to);
}

static void put_items(struct printer *p, const struct tcn_token *from,
                      const struct tcn_token *to)
{
    for (const struct tcn_token *at = from, *next; at < to; at = next) {
        next = item_end(p, at);
        next = next > to || next == at ? to : next;
        struct tcn_view gap = gap_before(p, at);
        size_t column = p->out->len - p->line + 1;
        bool fits = at > from && p->fill && !has_char(gap, '#') &&
                    column + tcn_line_len(at, next) <= COLUMNS;
        if (fits && column > 1) {
            tcn_buf_put_str(p->out, " ");
            tcn_line_put(p->out, at, next);
            continue;
        }
        put_gap(p, gap);
        newline(p);
        put_item(p, at, next);
    }
}

/* ---- */

static bool same_words(const struct tcn_tokens *a, const struct tcn_tokens *b)
{
    if (a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (a->list[i].type != b->list[i].type ||
            !tcn_view_equal(a->list[i].text, b->list[i].text)) {
            return false;
        }
    }
    return true;
}

enum tcn_err tcn_lang_pretty(struct tcn_buf *out,
                             const struct tcn_source *source,
                             struct tcn_problems *problems)
{
    struct tcn_tokens tokens, again;
    size_t begin = out->len;
    enum tcn_err err = tcn_lex(&tokens, source, 1, problems);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct printer p = {.out = out,
                        .source = source,
                        .first = tokens.list,
                        .end = &tokens.list[tokens.count - 1],
                        .begin = begin,
                        .line = begin};
    put_items(&p, p.first, p.end);
    if (has_char(gap_before(&p, p.end), '#')) {
        put_gap(&p, gap_before(&p, p.end));
    }
    newline(&p);
    struct tcn_source made = {source->name,
                              tcn_view(out->data + begin, out->len - begin)};
    err = out->full ? TCN_ERR_CAPACITY : tcn_lex(&again, &made, 1, problems);
    if (err == TCN_ERR_OK) {
        err = same_words(&tokens, &again) ? TCN_ERR_OK : TCN_ERR_SYNTAX;
        tcn_tokens_free(&again);
    }
    tcn_tokens_free(&tokens);
    return err;
}
