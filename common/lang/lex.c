#include <ctype.h>
#include <stdlib.h>

#include "lang/token.h"

#define TOKENS_MAX 400000

struct lexer {
    struct tcn_tokens *tokens;
    size_t cap;
    const struct tcn_source *source;
    uint32_t number;
    size_t at;
    struct tcn_problems *problems;
};

static bool is_word_char(uint8_t c)
{
    return isalnum(c) || (c != 0 && strchr("_.-+*/@[]%#", c) != NULL);
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

/* A colon belongs to a word only when the word goes on behind it. */
static enum tcn_err lex_word(struct lexer *lexer)
{
    size_t from = lexer->at;
    for (;; lexer->at++) {
        uint8_t c = char_at(lexer, lexer->at);
        uint8_t next = char_at(lexer, lexer->at + 1);
        bool inner_colon = c == ':' && (is_word_char(next) || next == ':');
        if (!is_word_char(c) && !inner_colon) {
            return push(lexer, TCN_TOKEN_WORD, from, lexer->at);
        }
    }
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
        if (c < 0x20 || c == 0x7f) {
            report(lexer, from, 1,
                   "this text has no closing quote on its line");
            return TCN_ERR_SYNTAX;
        }
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

static enum tcn_err lex_one(struct lexer *lexer)
{
    static const char marks[] = "{},;:()";
    static const enum tcn_token_type types[] = {
        TCN_TOKEN_OPEN,  TCN_TOKEN_CLOSE, TCN_TOKEN_COMMA, TCN_TOKEN_SEMI,
        TCN_TOKEN_COLON, TCN_TOKEN_LEFT,  TCN_TOKEN_RIGHT,
    };
    uint8_t c = char_at(lexer, lexer->at);
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
    report(lexer, lexer->at++, 1, "this character has no meaning here");
    return TCN_ERR_SYNTAX;
}

static enum tcn_err lex_source(struct lexer *lexer)
{
    enum tcn_err worst = TCN_ERR_OK;
    lexer->at = 0;
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

enum tcn_err tcn_lex(struct tcn_tokens *tokens,
                     const struct tcn_source *sources, size_t source_count,
                     struct tcn_problems *problems)
{
    *tokens = (struct tcn_tokens){0};
    struct lexer lexer = {.tokens = tokens, .problems = problems};
    enum tcn_err worst = TCN_ERR_OK;
    for (size_t i = 0; i < source_count; i++) {
        lexer.source = &sources[i];
        lexer.number = (uint32_t)i;
        enum tcn_err err = lex_source(&lexer);
        worst = err != TCN_ERR_OK ? err : worst;
        if (err == TCN_ERR_CAPACITY) {
            report(&lexer, 0, 1, "the texts are too long");
        }
    }
    enum tcn_err err = TCN_ERR_OK;
    if (source_count > 0) {
        size_t end = lexer.source->text.len;
        err = push(&lexer, TCN_TOKEN_END, end, end);
    } else {
        static const struct tcn_source nothing = {.name = ""};
        lexer.source = &nothing;
        err = push(&lexer, TCN_TOKEN_END, 0, 0);
    }
    if (worst != TCN_ERR_OK || err != TCN_ERR_OK) {
        tcn_tokens_free(tokens);
    }
    return worst != TCN_ERR_OK ? worst : err;
}

void tcn_tokens_free(struct tcn_tokens *tokens)
{
    free(tokens->list);
    *tokens = (struct tcn_tokens){0};
}
