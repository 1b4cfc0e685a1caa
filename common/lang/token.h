/* Tokens of the one language, and the cursor that parsers move over them.
 * Grammar: common/policy/LANGUAGE.md. */
#pragma once

#include "lang/source.h"

enum tcn_token_type {
    TCN_TOKEN_END,    /* of all sources */
    TCN_TOKEN_BREAK,  /* end of a source: no statement goes on behind it */
    TCN_TOKEN_WORD,   /* names, numbers, times, paths, endpoints */
    TCN_TOKEN_STRING, /* "text"; the text is without the quotes */
    TCN_TOKEN_OPEN,   /* { */
    TCN_TOKEN_CLOSE,  /* } */
    TCN_TOKEN_COMMA,
    TCN_TOKEN_SEMI,
    TCN_TOKEN_COLON,
    TCN_TOKEN_LEFT,  /* ( */
    TCN_TOKEN_RIGHT, /* ) */
    TCN_TOKEN_OP,    /* = == != < <= > >= */
};

struct tcn_token {
    enum tcn_token_type type;
    struct tcn_span span;
    struct tcn_view text; /* views the source */
};

struct tcn_tokens {
    struct tcn_token *list; /* ends with an END */
    size_t count;
};

/* Cuts all sources into tokens. SYNTAX with problems, CAPACITY, NO_MEMORY.
 * Free with tcn_tokens_free(). */
TCN_MUST_USE enum tcn_err tcn_lex(struct tcn_tokens *tokens,
                                  const struct tcn_source *sources,
                                  size_t source_count,
                                  struct tcn_problems *problems);
void tcn_tokens_free(struct tcn_tokens *tokens);

/* A parser's place. After the first problem in a statement `failed` is set and
 * nothing is consumed any more until tcn_cursor_skip() or
 * tcn_cursor_next_item(). */
struct tcn_cursor {
    const struct tcn_token *at;
    struct tcn_problems *problems;
    const struct tcn_token *resume; /* where a block was left open, or NULL */
    bool failed;
};

static inline bool tcn_at(const struct tcn_cursor *c, enum tcn_token_type type)
{
    return !c->failed && c->at->type == type;
}

/* Whether the next token is that word; `accept` takes it. */
bool tcn_at_word(const struct tcn_cursor *c, const char *word);
bool tcn_accept(struct tcn_cursor *c, enum tcn_token_type type);
bool tcn_accept_word(struct tcn_cursor *c, const char *word);
bool tcn_accept_op(struct tcn_cursor *c, const char *op);

/* Takes a token of that type, or reports "expected WHAT" and fails; of a `;`
 * that was probably forgotten, where it belongs. The first token of a text is
 * never expected to be one. The token returned is always valid to look at. */
const struct tcn_token *tcn_expect(struct tcn_cursor *c,
                                   enum tcn_token_type type, const char *what);
/* Where nothing but a `;` can go on: whatever else stands there, it is told as
 * missing, so that the layout of the text makes no difference. */
void tcn_expect_semi(struct tcn_cursor *c);
void tcn_expect_word(struct tcn_cursor *c, const char *word);

/* Reports at a token and fails the statement. */
void tcn_fail(struct tcn_cursor *c, const struct tcn_token *token,
              enum tcn_err err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Reports an unknown word, and what was probably meant. */
void tcn_fail_unknown(struct tcn_cursor *c, const struct tcn_token *token,
                      const char *what, const char *const *known,
                      size_t known_count);

/* The same for the first word of an item in a block. A word that begins a
 * statement says that the block was never closed. */
void tcn_fail_item(struct tcn_cursor *c, const struct tcn_token *token,
                   const char *what, const char *const *known,
                   size_t known_count);

/* Copies a token's text as a NUL-terminated string; fails when it is too long
 * or holds what a name may not. */
void tcn_copy_text(struct tcn_cursor *c, const struct tcn_token *token,
                   char *out, size_t cap);

/* Number, duration in ms, size in bytes (B, KiB, MiB), time in ms: each takes
 * one word or fails with what was expected. */
uint64_t tcn_take_number(struct tcn_cursor *c, uint64_t max);
uint64_t tcn_take_duration(struct tcn_cursor *c);
uint64_t tcn_take_size(struct tcn_cursor *c);
uint64_t tcn_take_time(struct tcn_cursor *c);
bool tcn_take_yes_no(struct tcn_cursor *c);

/* Statements belong to the configuration or to the policy; each parser skips
 * the other's. */
enum tcn_owner {
    TCN_OWNER_CONF,
    TCN_OWNER_POLICY,
    TCN_OWNER_NONE, /* not a keyword */
};
enum tcn_owner tcn_statement_owner(struct tcn_view keyword);
/* All keywords, for suggestions. */
size_t tcn_statement_keywords(const char *const **words);

/* Moves behind the statement that begins at `from`, whatever is in it; at most
 * to the end of its source. */
void tcn_cursor_skip(struct tcn_cursor *c, const struct tcn_token *from);

/* After a problem in an item of a block: moves behind that item, or in front of
 * the block's `}`, and clears `failed`, so that one run shows every mistake.
 * Stays failed where the block has no end. */
void tcn_cursor_next_item(struct tcn_cursor *c);

/* Appends the canonical text of the tokens from..to (exclusive): one blank
 * between tokens, no comments; what agreements and policies are hashed as. */
void tcn_canonical_put(struct tcn_buf *out, const struct tcn_token *from,
                       const struct tcn_token *to);
size_t tcn_canonical_size(const struct tcn_token *from,
                          const struct tcn_token *to); /* room for it */

/* The same for people: as in the one style, but on one line, however long. */
void tcn_line_put(struct tcn_buf *out, const struct tcn_token *from,
                  const struct tcn_token *to);
size_t tcn_line_len(const struct tcn_token *from, const struct tcn_token *to);
