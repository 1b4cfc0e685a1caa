/* STIX patterns: comparisons of one observable with one value become
 * indicators. What says more than "one of these" (AND, sequences, time windows,
 * NOT, wildcards) is kept as the pattern too, and its parts are not for
 * detection alone: they would fire far more often than the pattern. */
#include "formats/stix.h"
#include "formats/words.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,   /* path, operator, keyword or number */
    TOKEN_STRING, /* between quotes, still escaped */
    TOKEN_SIGN,   /* one of [ ] ( ) , = ! < > */
    TOKEN_BAD,
};

struct token {
    enum token_kind kind;
    struct tcn_view text;
};

struct lexer {
    struct tcn_view rest;
};

static void drop(struct lexer *lex, size_t len)
{
    lex->rest = tcn_view(lex->rest.data + len, lex->rest.len - len);
}

/* The length of a quoted string with both quotes, or 0 when it has no end. */
static size_t quoted(struct tcn_view text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] == '\\') {
            i++;
        } else if (text.data[i] == '\'') {
            return i + 1;
        }
    }
    return 0;
}

/* A word goes on through quoted path steps and [*] or [0] inside a path. */
static size_t word_length(struct tcn_view text)
{
    size_t i = 0;
    while (i < text.len && !strchr(" \t\r\n()],=!<>", text.data[i])) {
        if (text.data[i] == '\'') {
            size_t len = quoted(tcn_view(text.data + i, text.len - i));
            if (len == 0) {
                return 0;
            }
            i += len;
        } else if (text.data[i] == '[') {
            const uint8_t *end = memchr(text.data + i, ']', text.len - i);
            if (i == 0 || end == NULL) {
                return 0;
            }
            i = (size_t)(end - text.data) + 1;
        } else {
            i++;
        }
    }
    return i;
}

static struct token next(struct lexer *lex)
{
    while (lex->rest.len > 0 && strchr(" \t\r\n", lex->rest.data[0])) {
        drop(lex, 1);
    }
    struct tcn_view rest = lex->rest;
    struct token token = {.kind = TOKEN_END, .text = rest};
    size_t len = 1;
    if (rest.len == 0) {
        return token;
    }
    if (rest.data[0] == '\'') {
        len = quoted(rest);
        token.kind = TOKEN_STRING;
        token.text = tcn_view(rest.data + 1, len > 1 ? len - 2 : 0);
    } else if (rest.data[0] != '\0' && strchr("[](),=!<>", rest.data[0])) {
        token.kind = TOKEN_SIGN;
        token.text.len = 1;
    } else {
        len = word_length(rest);
        token.kind = TOKEN_WORD;
        token.text.len = len;
    }
    if (len == 0) {
        token.kind = TOKEN_BAD;
        len = rest.len;
    }
    drop(lex, len);
    return token;
}

static bool is_word(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && tcn_word_is(token->text, word);
}

static bool is_sign(const struct token *token, char sign)
{
    return token->kind == TOKEN_SIGN && token->text.data[0] == (uint8_t)sign;
}

static bool is_path(const struct token *token)
{
    return token->kind == TOKEN_WORD &&
           memchr(token->text.data, ':', token->text.len) != NULL;
}

/* "file:hashes.'SHA-256'" and the like, without quotes, dashes and case in what
 * follows "hashes.", so that all spellings of a hash meet. */
static const char *hash_type(struct tcn_view path)
{
    static const char prefix[] = "file:hashes.";
    if (path.len <= strlen(prefix) ||
        memcmp(path.data, prefix, strlen(prefix)) != 0) {
        return NULL;
    }
    char name[12] = {0};
    size_t len = 0;
    for (size_t i = strlen(prefix); i < path.len; i++) {
        uint8_t c = path.data[i];
        if (c != '\'' && c != '-' && c != '"') {
            if (len + 1 >= sizeof name) {
                return NULL;
            }
            name[len++] = (char)c;
        }
    }
    static const char *const hashes[] = {"sha256", "sha1", "md5"};
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        if (tcn_word_is(tcn_view(name, len), hashes[i])) {
            return hashes[i];
        }
    }
    return NULL;
}

static const struct {
    const char *path;
    const char *type;
} paths[] = {
    {"ipv4-addr:value", "ip"},
    {"ipv6-addr:value", "ip"},
    {"domain-name:value", "domain-name"},
    {"domain-name:resolves_to_refs[*].value", "ip"},
    {"url:value", "url"},
    {"email-addr:value", "email-addr"},
    {"email-message:from_ref.value", "email-addr"},
    {"email-message:sender_ref.value", "email-addr"},
    {"file:name", "file-name"},
    {"file:hashes.MD5", "md5"},
    {"file:hashes.'SHA-1'", "sha1"},
    {"file:hashes.'SHA-256'", "sha256"},
    {"mutex:name", "mutex"},
    {"autonomous-system:number", "asn"},
    {"network-traffic:dst_ref.value", "ip"},
    {"network-traffic:src_ref.value", "ip"},
};

static const char *path_type(struct tcn_view path)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (tcn_view_is(path, paths[i].path)) {
            return paths[i].type;
        }
    }
    return hash_type(path);
}

bool tcn_stix_path_row(size_t index, const char **path, const char **type)
{
    if (index >= sizeof paths / sizeof *paths) {
        return false;
    }
    *path = paths[index].path;
    *type = paths[index].type;
    return true;
}

/* Resolves \' and \\. */
static struct tcn_view unescape(struct tcn_import *im, struct tcn_view text)
{
    uint8_t *out = tcn_import_take(im, text.len);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        bool escape = text.data[i] == '\\' && i + 1 < text.len &&
                      (text.data[i + 1] == '\'' || text.data[i + 1] == '\\');
        i += escape;
        out[len++] = text.data[i];
    }
    return tcn_view(out, len);
}

struct pattern {
    struct tcn_collect *c;
    struct lexer lex;
    bool detect;
    bool narrow; /* more than a choice of comparisons */
    bool whole;  /* everything was placed */
};

/* Whether the pattern is well-formed as far as we look, and whether it is more
 * than a choice: decided before anything is placed. */
static bool survey(struct pattern *p, struct tcn_view text)
{
    static const char *const narrowing[] = {
        "AND", "FOLLOWEDBY", "NOT", "WITHIN", "REPEATS", "START", "EXISTS"};
    struct lexer lex = {.rest = text};
    int depth = 0;
    bool any = false;
    for (struct token t = next(&lex); t.kind != TOKEN_END; t = next(&lex)) {
        depth += is_sign(&t, '[') || is_sign(&t, '(');
        depth -= is_sign(&t, ']') || is_sign(&t, ')');
        any |= is_sign(&t, '[');
        if (t.kind == TOKEN_BAD || depth < 0) {
            return false;
        }
        for (size_t i = 0; i < sizeof narrowing / sizeof *narrowing; i++) {
            p->narrow |= is_word(&t, narrowing[i]);
        }
    }
    return any && depth == 0;
}

static void place_value(struct pattern *p, const char *type,
                        const struct token *value)
{
    struct tcn_view text = value->kind == TOKEN_STRING
                               ? unescape(p->c->im, value->text)
                               : value->text;
    bool hash = strncmp(type, "sha", 3) == 0 || strcmp(type, "md5") == 0;
    bool detect = p->detect && (!p->narrow || hash);
    if (!tcn_collect_indicator(p->c, TCN_CLASS_COUNT, type, text, detect)) {
        p->whole = false;
    }
}

/* IN ('a', 'b'): each of them. */
static void place_set(struct pattern *p, const char *type)
{
    struct token t = next(&p->lex);
    while (t.kind != TOKEN_END && !is_sign(&t, ')')) {
        if (t.kind == TOKEN_STRING || t.kind == TOKEN_WORD) {
            place_value(p, type, &t);
        }
        t = next(&p->lex);
    }
}

/* One comparison behind its path. */
static void place_comparison(struct pattern *p, struct tcn_view path)
{
    const char *type = path_type(path);
    struct token op = next(&p->lex);
    bool set = is_word(&op, "IN");
    bool equal = is_sign(&op, '=') || set || is_word(&op, "ISSUBSET");
    if (type == NULL || !equal) {
        p->whole = false;
        return;
    }
    if (set) {
        place_set(p, type);
        return;
    }
    struct token value = next(&p->lex);
    if (value.kind == TOKEN_STRING || value.kind == TOKEN_WORD) {
        place_value(p, type, &value);
    } else {
        p->whole = false;
    }
}

bool tcn_stix_pattern(struct tcn_collect *c, struct tcn_view pattern,
                      bool detect)
{
    struct pattern p = {
        .c = c, .lex = {.rest = pattern}, .detect = detect, .whole = true};
    if (survey(&p, pattern)) {
        struct token t = next(&p.lex);
        while (t.kind != TOKEN_END) {
            if (is_path(&t)) {
                place_comparison(&p, t.text);
            }
            t = next(&p.lex);
        }
    } else {
        tcn_import_notice(c->im, "not a pattern that can be read: \"%s\"",
                          tcn_import_shown(c->im, pattern));
        p.whole = false;
    }
    if (!p.whole || p.narrow) {
        tcn_collect_tool(c, TCN_CLASS_COUNT, tcn_view_str("stix:pattern"),
                         pattern);
        return false;
    }
    return true;
}
