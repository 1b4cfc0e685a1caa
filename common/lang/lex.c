#include <stdlib.h>

#include "base/text.h"
#include "lang/token.h"

#define TOKENS_MAX (1u << 18)

struct lexer {
    struct tcn_tokens *tokens;
    size_t cap;
    const struct tcn_source *source;
    uint32_t number;
    size_t at;
    size_t end; /* of the last token, where something may be missing */
    struct tcn_problems *problems;
};

static bool is_word_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') ||
           (c != 0 && strchr("_.-+*/@[]%", c) != NULL);
}

static enum tcn_err push(struct lexer *lexer, enum tcn_token_type type,
                         size_t from, size_t to)
{
    struct tcn_tokens *tokens = lexer->tokens;
    if (tokens->count == lexer->cap) {
        size_t cap = lexer->cap == 0 ? 256 : lexer->cap * 2;
        if (cap > TOKENS_MAX) {
            return TCN_ERR_CAPACITY;
        }
        struct tcn_token *list = reallocarray(tokens->list, cap, sizeof *list);
        if (list == NULL) {
            return TCN_ERR_NO_MEMORY;
        }
        tokens->list = list;
        lexer->cap = cap;
    }
    /* A string is shown with its quotes and read without them. */
    size_t cut = type == TCN_TOKEN_STRING ? 1 : 0;
    tokens->list[tokens->count++] = (struct tcn_token){
        .type = type,
        .span = {lexer->number, (uint32_t)from, (uint32_t)(to - from)},
        .text = tcn_view(lexer->source->text.data + from + cut,
                         to - from - 2 * cut),
    };
    lexer->end = to;
    return TCN_ERR_OK;
}

static void report(struct lexer *lexer, size_t from, size_t len,
                   const char *text)
{
    struct tcn_span span = {lexer->number, (uint32_t)from, (uint32_t)len};
    tcn_problem_add(lexer->problems, span, TCN_ERR_SYNTAX, "%s", text);
}

static uint8_t char_at(const struct lexer *lexer, size_t at)
{
    return at < lexer->source->text.len ? lexer->source->text.data[at] : 0;
}

static void skip_blank(struct lexer *lexer)
{
    for (;;) {
        uint8_t c = char_at(lexer, lexer->at);
        if (c == '#') {
            while (lexer->at < lexer->source->text.len &&
                   char_at(lexer, lexer->at) != '\n') {
                lexer->at++;
            }
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            lexer->at++;
        } else {
            return;
        }
    }
}

/* Colons belong to a word only when the word goes on behind them. */
static enum tcn_err lex_word(struct lexer *lexer)
{
    size_t from = lexer->at;
    while (is_word_char(char_at(lexer, lexer->at))) {
        size_t next = lexer->at + 1;
        while (char_at(lexer, next) == ':') {
            next++;
        }
        lexer->at = is_word_char(char_at(lexer, next)) ? next : lexer->at + 1;
    }
    return push(lexer, TCN_TOKEN_WORD, from, lexer->at);
}

static enum tcn_err lex_string(struct lexer *lexer)
{
    size_t from = lexer->at++;
    for (;; lexer->at++) {
        uint8_t c = char_at(lexer, lexer->at);
        if (c == '"') {
            lexer->at++;
            return push(lexer, TCN_TOKEN_STRING, from, lexer->at);
        }
        if (c == '\n' || c == '\r' || c == 0) {
            report(lexer, from, 1,
                   "this text has no closing quote on its line");
            return TCN_ERR_SYNTAX;
        }
    }
}

/* Operators as others write them, and what typing programs make of ours. */
enum strange { STRANGE_OPERATOR, STRANGE_JOIN, STRANGE_QUOTE, STRANGE_BLANK };
static const struct {
    const char *written;
    enum strange kind;
    const char *meant; /* an operator, or NULL */
} strangers[] = {
    {"=>", STRANGE_OPERATOR, ">="},     {"=<", STRANGE_OPERATOR, "<="},
    {"<>", STRANGE_OPERATOR, "!="},     {"\u2265", STRANGE_OPERATOR, ">="},
    {"\u2264", STRANGE_OPERATOR, "<="}, {"\u2260", STRANGE_OPERATOR, "!="},
    {"&&", STRANGE_JOIN, NULL},         {"||", STRANGE_JOIN, NULL},
    {"&", STRANGE_JOIN, NULL},          {"|", STRANGE_JOIN, NULL},
    {"\u201c", STRANGE_QUOTE, NULL},    {"\u201d", STRANGE_QUOTE, NULL},
    {"\u201e", STRANGE_QUOTE, NULL},    {"\u2018", STRANGE_QUOTE, NULL},
    {"\u2019", STRANGE_QUOTE, NULL},    {"'", STRANGE_QUOTE, NULL},
    {"\u00a0", STRANGE_BLANK, NULL},
};
#define STRANGERS (sizeof strangers / sizeof strangers[0])

/* The row that stands there, or the number of rows. */
static size_t find_stranger(const struct lexer *lexer)
{
    struct tcn_view text = lexer->source->text;
    size_t i = 0;
    for (; i < STRANGERS; i++) {
        size_t len = strlen(strangers[i].written);
        if (text.len - lexer->at >= len &&
            memcmp(text.data + lexer->at, strangers[i].written, len) == 0) {
            break;
        }
    }
    return i;
}

static void report_stranger(struct lexer *lexer, size_t row)
{
    size_t from = lexer->at;
    size_t len = strlen(strangers[row].written);
    struct tcn_span span = {lexer->number, (uint32_t)from, (uint32_t)len};
    lexer->at += len;
    switch (strangers[row].kind) {
    case STRANGE_OPERATOR:
        tcn_problem_add(lexer->problems, span, TCN_ERR_SYNTAX,
                        "no such operator, did you mean `%s`?",
                        strangers[row].meant);
        break;
    case STRANGE_JOIN:
        report(lexer, from, len, "conditions are joined by `and` and `or`");
        break;
    case STRANGE_QUOTE:
        report(lexer, from, len, "texts stand in straight double quotes");
        break;
    case STRANGE_BLANK:
        report(lexer, from, len, "this is no plain blank, but looks like one");
        break;
    default: break;
    }
}

static enum tcn_err lex_op(struct lexer *lexer)
{
    size_t from = lexer->at++;
    if (char_at(lexer, lexer->at) == '=') {
        lexer->at++;
    } else if (char_at(lexer, from) == '!') {
        report(lexer, from, 1, "`!` stands only in `!=`");
        return TCN_ERR_SYNTAX;
    }
    return push(lexer, TCN_TOKEN_OP, from, lexer->at);
}

/* Once for a character of several bytes. */
static void report_stray(struct lexer *lexer)
{
    size_t from = lexer->at++;
    while ((char_at(lexer, lexer->at) & 0xc0) == 0x80) {
        lexer->at++;
    }
    report(lexer, from, lexer->at - from, "this character has no meaning here");
}

static enum tcn_err lex_one(struct lexer *lexer)
{
    static const char marks[] = "{},;:()";
    static const enum tcn_token_type types[] = {
        TCN_TOKEN_OPEN,  TCN_TOKEN_CLOSE, TCN_TOKEN_COMMA, TCN_TOKEN_SEMI,
        TCN_TOKEN_COLON, TCN_TOKEN_LEFT,  TCN_TOKEN_RIGHT,
    };
    uint8_t c = char_at(lexer, lexer->at);
    size_t stranger = find_stranger(lexer);
    if (stranger < STRANGERS) {
        report_stranger(lexer, stranger);
        return TCN_ERR_SYNTAX;
    }
    const char *mark = c == 0 ? NULL : strchr(marks, c);
    if (mark != NULL) {
        lexer->at++;
        return push(lexer, types[mark - marks], lexer->at - 1, lexer->at);
    }
    if (c == '"') {
        return lex_string(lexer);
    }
    if (c != 0 && strchr("=!<>", c) != NULL) {
        return lex_op(lexer);
    }
    if (is_word_char(c)) {
        return lex_word(lexer);
    }
    report_stray(lexer);
    return TCN_ERR_SYNTAX;
}

/* Bytes of the character that a lead byte announces, as far as they are there.
 */
static size_t character_len(const struct lexer *lexer, size_t at)
{
    uint8_t lead = char_at(lexer, at);
    size_t len = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    size_t left = lexer->source->text.len - at;
    return len < left ? len : left;
}

/* Nothing in a text may look different from what is read, also in comments: no
 * control, no direction character, and UTF-8 throughout. */
static enum tcn_err check_text(struct lexer *lexer)
{
    struct tcn_view text = lexer->source->text;
    if (text.len > TCN_SOURCE_MAX) {
        report(lexer, 0, 1, "the text is larger than 1 MiB");
        return TCN_ERR_CAPACITY;
    }
    for (size_t at = 0; at < text.len;) {
        size_t len = character_len(lexer, at);
        enum tcn_err err = tcn_text_check(tcn_view(text.data + at, len));
        if (err != TCN_ERR_OK && text.data[at] != '\r') {
            report(lexer, at, 1,
                   err == TCN_ERR_UTF8
                       ? "this is not UTF-8"
                       : "a control or direction character: what is shown "
                         "would not be what is read");
            return TCN_ERR_SYNTAX;
        }
        at += len;
    }
    return TCN_ERR_OK;
}

static enum tcn_err lex_source(struct lexer *lexer)
{
    lexer->at = 0;
    lexer->end = 0;
    enum tcn_err worst = check_text(lexer);
    if (worst != TCN_ERR_OK) {
        return worst;
    }
    for (;;) {
        skip_blank(lexer);
        if (lexer->at >= lexer->source->text.len) {
            return worst;
        }
        enum tcn_err err = lex_one(lexer);
        if (err == TCN_ERR_CAPACITY || err == TCN_ERR_NO_MEMORY) {
            return err;
        }
        worst = err != TCN_ERR_OK ? err : worst;
    }
}

/* One source and the mark behind it. */
static enum tcn_err lex_and_mark(struct lexer *lexer, bool last)
{
    enum tcn_err err = lex_source(lexer);
    enum tcn_err mark = push(lexer, last ? TCN_TOKEN_END : TCN_TOKEN_BREAK,
                             lexer->end, lexer->end);
    bool too_many =
        mark == TCN_ERR_CAPACITY ||
        (err == TCN_ERR_CAPACITY && lexer->source->text.len <= TCN_SOURCE_MAX);
    if (too_many) {
        report(lexer, lexer->end, 1, "the texts have too many words");
    }
    return err != TCN_ERR_OK ? err : mark;
}

enum tcn_err tcn_lex(struct tcn_tokens *tokens,
                     const struct tcn_source *sources, size_t source_count,
                     struct tcn_problems *problems)
{
    static const struct tcn_source nothing = {.name = ""};
    *tokens = (struct tcn_tokens){0};
    struct lexer lexer = {.tokens = tokens, .problems = problems};
    if (source_count == 0) {
        lexer.source = &nothing;
        return push(&lexer, TCN_TOKEN_END, 0, 0);
    }
    enum tcn_err worst = TCN_ERR_OK;
    for (size_t i = 0; i < source_count; i++) {
        lexer.source = &sources[i];
        lexer.number = (uint32_t)i;
        enum tcn_err err = lex_and_mark(&lexer, i + 1 == source_count);
        worst = worst == TCN_ERR_OK ? err : worst;
    }
    if (worst != TCN_ERR_OK) {
        tcn_tokens_free(tokens);
    }
    return worst;
}

void tcn_tokens_free(struct tcn_tokens *tokens)
{
    free(tokens->list);
    *tokens = (struct tcn_tokens){0};
}
