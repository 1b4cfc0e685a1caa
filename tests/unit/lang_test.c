#include "lang/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lang/suggest.h"
#include "lang/token.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static struct tcn_source source_of(const char *text)
{
    return (struct tcn_source){.name = "a.conf", .text = tcn_view_str(text)};
}

/* The tokens of a text, each as its type's letter and its text. */
static const char *cut(const char *text)
{
    static const char letters[] = "E/ws{},;:()o";
    static char out[400];
    struct tcn_buf buf = tcn_buf(out, sizeof out);
    struct tcn_tokens tokens;
    struct tcn_problems problems = {0};
    struct tcn_source source = source_of(text);
    if (tcn_lex(&tokens, &source, 1, &problems) != TCN_ERR_OK) {
        tcn_buf_printf(&buf, "%s", problems.list[0].text);
        return tcn_buf_text(&buf);
    }
    for (size_t i = 0; i + 1 < tokens.count; i++) {
        const struct tcn_token *token = &tokens.list[i];
        tcn_buf_printf(&buf, "%s%c", i == 0 ? "" : " ", letters[token->type]);
        if (token->type == TCN_TOKEN_WORD || token->type == TCN_TOKEN_STRING ||
            token->type == TCN_TOKEN_OP) {
            tcn_buf_put_str(&buf, "=");
            tcn_buf_put(&buf, token->text.data, token->text.len);
        }
    }
    tcn_tokens_free(&tokens);
    return tcn_buf_text(&buf);
}

static void texts_are_cut_into_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tokens;
    } rows[] = {
        {"", ""},
        {" \t\r\n", ""},
        {"# all comment", ""},
        {"allow export;", "w=allow w=export ;"},
        {"a#b", "w=a"},
        {"a # b\nc", "w=a w=c"},
        {"{a,b}", "{ w=a , w=b }"},
        {"(x)", "( w=x )"},
        {"x* *", "w=x* w=*"},
        {"severity>=high", "w=severity o=>= w=high"},
        {"a==b!=c<d<=e>f>=g=h",
         "w=a o=== w=b o=!= w=c o=< w=d o=<= w=e o=> w=f o=>= w=g o== w=h"},
        {"lv: allow", "w=lv : w=allow"},
        {"lv:allow", "w=lv:allow"},
        {"a::", "w=a : :"},
        {"tcp://0.0.0.0:7400;", "w=tcp://0.0.0.0:7400 ;"},
        {"tcp://[::1]:7400", "w=tcp://[::1]:7400"},
        {"2026-07-01T08:00:00Z", "w=2026-07-01T08:00:00Z"},
        {"AMBER+STRICT 64KiB", "w=AMBER+STRICT w=64KiB"},
        {"malicious-code/*", "w=malicious-code/*"},
        {"\"a b # c\" \"\"", "s=a b # c s="},
        {"\"\xc3\xa4\"", "s=\xc3\xa4"},
        {"\"a\tb\"", "s=a\tb"},
        {"\"open\nx\"", "this text has no closing quote on its line"},
        {"\"open", "this text has no closing quote on its line"},
        {"a ! b", "`!` stands only in `!=`"},
        {"a ? b", "this character has no meaning here"},
        {"a && b", "conditions are joined by `and` and `or`"},
        {"a => b", "no such operator, did you mean `>=`?"},
        {"a =< b", "no such operator, did you mean `<=`?"},
        {"a <> b", "no such operator, did you mean `!=`?"},
        {"a \u2265 b", "no such operator, did you mean `>=`?"},
        {"a \u2264 b", "no such operator, did you mean `<=`?"},
        {"a \u2260 b", "no such operator, did you mean `!=`?"},
        {"a \u201c;", "texts stand in straight double quotes"},
        {"a \u201e;", "texts stand in straight double quotes"},
        {"a \u2019;", "texts stand in straight double quotes"},
        {"a '", "texts stand in straight double quotes"},
        {"a\u00a0b", "this is no plain blank, but looks like one"},
        {"a \xc3\xa4", "this character has no meaning here"},
        {"a \xff", "this is not UTF-8"},
        {"a \xc3", "this is not UTF-8"},
        {"# \xed\xa0\x80", "this is not UTF-8"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *tokens = cut(rows[i].text);
        if (strcmp(tokens, rows[i].tokens) != 0) {
            fail_msg("\"%s\": %s", rows[i].text, tokens);
        }
    }
}

/* A comment that turns the reading direction shows another policy than the one
 * that is carried out. */
static void what_is_shown_is_what_is_read(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "# \xe2\x80\xae deny", "# \xe2\x81\xa6 x", "\"\xe2\x80\xab\"",
        "# bell \x07",         "\x1b[2J",          "# c1 \xc2\x9b",
        "\"a\x7f\"",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *told = cut(rows[i]);
        if (strstr(told, "a control or direction character") == NULL) {
            fail_msg("row %zu: %s", i, told);
        }
    }
    struct tcn_tokens tokens;
    struct tcn_problems problems = {0};
    struct tcn_source nul = {.name = "x", .text = tcn_view("a\0b", 3)};
    assert_int_equal(tcn_lex(&tokens, &nul, 1, &problems), TCN_ERR_SYNTAX);
}

static void larger_than_one_mebibyte_is_refused(void **state)
{
    (void)state;
    char *text = malloc(TCN_SOURCE_MAX + 1);
    assert_non_null(text);
    memset(text, ' ', TCN_SOURCE_MAX + 1);
    struct tcn_tokens tokens;
    struct tcn_problems problems = {0};
    struct tcn_source source = {.name = "x",
                                .text = tcn_view(text, TCN_SOURCE_MAX)};
    assert_int_equal(tcn_lex(&tokens, &source, 1, &problems), TCN_ERR_OK);
    tcn_tokens_free(&tokens);
    source.text.len++;
    assert_int_equal(tcn_lex(&tokens, &source, 1, &problems), TCN_ERR_CAPACITY);
    assert_int_equal(problems.count, 1);

    problems.count = 0;
    memset(text, ';', TCN_SOURCE_MAX);
    source.text.len--;
    assert_int_equal(tcn_lex(&tokens, &source, 1, &problems), TCN_ERR_CAPACITY);
    assert_string_equal(problems.list[0].text, "the texts have too many words");
    free(text);
}

static void no_source_is_an_empty_text(void **state)
{
    (void)state;
    struct tcn_tokens tokens;
    struct tcn_problems problems = {0};
    assert_int_equal(tcn_lex(&tokens, NULL, 0, &problems), TCN_ERR_OK);
    assert_int_equal(tokens.list[0].type, TCN_TOKEN_END);
    tcn_tokens_free(&tokens);
}

static void a_statement_ends_with_its_file(void **state)
{
    (void)state;
    struct tcn_source sources[] = {source_of("allow export"),
                                   source_of("to any;")};
    struct tcn_tokens tokens;
    struct tcn_problems problems = {0};
    assert_int_equal(tcn_lex(&tokens, sources, 2, &problems), TCN_ERR_OK);
    struct tcn_cursor c = {.at = tokens.list, .problems = &problems};
    tcn_expect_word(&c, "allow");
    tcn_expect_word(&c, "export");
    tcn_expect_word(&c, "to");
    assert_true(c.failed);
    assert_string_equal(problems.list[0].text,
                        "expected `to`, found the end of the text");
    assert_int_equal(problems.list[0].span.source, 0);
    tcn_cursor_skip(&c, tokens.list);
    assert_int_equal(c.at->type, TCN_TOKEN_BREAK);
    assert_false(tcn_accept(&c, TCN_TOKEN_BREAK));
    tcn_tokens_free(&tokens);
}

/* ---- values ---- */

enum take { NUMBER, DURATION, SIZE, TIME, YES_NO };

static bool take_value(enum take take, const char *text, uint64_t *value)
{
    struct tcn_tokens tokens;
    struct tcn_problems problems = {0};
    struct tcn_source source = source_of(text);
    assert_int_equal(tcn_lex(&tokens, &source, 1, &problems), TCN_ERR_OK);
    struct tcn_cursor c = {.at = tokens.list, .problems = &problems};
    switch (take) {
    case NUMBER: *value = tcn_take_number(&c, 100); break;
    case DURATION: *value = tcn_take_duration(&c); break;
    case SIZE: *value = tcn_take_size(&c); break;
    case TIME: *value = tcn_take_time(&c); break;
    case YES_NO: *value = tcn_take_yes_no(&c); break;
    }
    tcn_tokens_free(&tokens);
    return !c.failed;
}

static void values_are_read_exactly(void **state)
{
    (void)state;
    static const struct {
        enum take take;
        const char *text;
        bool ok;
        uint64_t value;
    } rows[] = {
        {NUMBER, "0", true, 0},
        {NUMBER, "100", true, 100},
        {NUMBER, "101", false, 0},
        {NUMBER, "-1", false, 0},
        {NUMBER, "007", false, 0},
        {NUMBER, "18446744073709551616", false, 0},
        {NUMBER, "\"7\"", false, 0},
        {NUMBER, ";", false, 0},
        {DURATION, "90d", true, 90 * 86400000ull},
        {DURATION, "15m", true, 900000},
        {DURATION, "15", false, 0},
        {DURATION, "15 m", false, 0},
        {SIZE, "512", true, 512},
        {SIZE, "512B", true, 512},
        {SIZE, "64KiB", true, 65536},
        {SIZE, "1MiB", true, 1048576},
        {SIZE, "64KB", false, 0},
        {SIZE, "KiB", false, 0},
        {SIZE, "99999999999KiB", false, 0},
        {TIME, "2026-07-01", true, 1782864000000},
        {TIME, "2026-07-01T08:00:00Z", true, 1782892800000},
        {TIME, "2026-07-32", false, 0},
        {YES_NO, "yes", true, 1},
        {YES_NO, "no", true, 0},
        {YES_NO, "true", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t value = 0;
        bool ok = take_value(rows[i].take, rows[i].text, &value);
        if (ok != rows[i].ok || (ok && value != rows[i].value)) {
            fail_msg("row %zu \"%s\": %d, %llu", i, rows[i].text, ok,
                     (unsigned long long)value);
        }
    }
}

/* ---- problems ---- */

static const char *shown(const char *text, uint32_t offset, uint32_t len)
{
    static char out[1200];
    struct tcn_buf buf = tcn_buf(out, sizeof out);
    struct tcn_source source = source_of(text);
    struct tcn_problems problems = {0};
    tcn_problem_add(&problems, (struct tcn_span){0, offset, len},
                    TCN_ERR_SYNTAX, "wrong");
    tcn_problems_put(&buf, &problems, &source);
    return tcn_buf_text(&buf);
}

static void a_problem_is_shown_where_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t offset, len;
        const char *shown;
    } rows[] = {
        {"abc def\n", 4, 3, "a.conf:1:5: wrong\n    abc def\n        ^~~\n"},
        {"a\nb\nc", 4, 1, "a.conf:3:1: wrong\n    c\n    ^\n"},
        {"a\r\nb\r\n", 3, 1, "a.conf:2:1: wrong\n    b\n    ^\n"},
        {"\tx y", 3, 1, "a.conf:1:4: wrong\n     x y\n       ^\n"},
        {"# \xc3\xa4\xc3\xb6 x", 7, 1,
         "a.conf:1:6: wrong\n    # \xc3\xa4\xc3\xb6 x\n         ^\n"},
        /* what is escaped is wider than what stands there */
        {"\x1b x", 2, 1, "a.conf:1:3: wrong\n    \\x1b x\n         ^\n"},
        {"x", 1, 0, "a.conf:1:2: wrong\n    x\n     ^\n"},
        {"", 0, 0, "a.conf:1:1: wrong\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *told = shown(rows[i].text, rows[i].offset, rows[i].len);
        if (strcmp(told, rows[i].shown) != 0) {
            fail_msg("row %zu:\n%s", i, told);
        }
    }
}

static void a_long_line_is_shown_around_the_problem(void **state)
{
    (void)state;
    char line[1001];
    memset(line, 'a', sizeof line - 1);
    line[1000] = '\0';
    line[700] = 'X';
    const char *told = shown(line, 700, 1);
    const char *text = strchr(told, '\n') + 5;
    const char *caret = strchr(text, '\n') + 5;
    assert_non_null(strstr(told, "a.conf:1:701:"));
    assert_int_equal(text[strchr(caret, '^') - caret], 'X');
    assert_true(strlen(told) < 400);
}

static void more_problems_than_fit_are_counted(void **state)
{
    (void)state;
    static char out[8000];
    struct tcn_buf buf = tcn_buf(out, sizeof out);
    struct tcn_source source = source_of("x");
    struct tcn_problems problems = {0};
    for (int i = 0; i < TCN_PROBLEMS_MAX + 3; i++) {
        tcn_problem_add(&problems, (struct tcn_span){0}, TCN_ERR_SYNTAX, "w%d",
                        i);
    }
    tcn_problems_put(&buf, &problems, &source);
    const char *told = tcn_buf_text(&buf);
    assert_non_null(strstr(told, ": w19\n"));
    assert_null(strstr(told, ": w20\n"));
    assert_non_null(strstr(told, "and 3 more\n"));
}

static void a_cut_message_ends_with_a_whole_character(void **state)
{
    (void)state;
    for (size_t pad = 0; pad < 4; pad++) {
        char text[300] = "";
        memset(text, 'x', pad);
        for (size_t i = pad; i + 3 < sizeof text; i += 2) {
            memcpy(text + i, "\xc3\xa4", 3);
        }
        struct tcn_problems problems = {0};
        tcn_problem_add(&problems, (struct tcn_span){0}, TCN_ERR_SYNTAX, "%s",
                        text);
        const char *kept = problems.list[0].text;
        assert_true(strlen(kept) >= TCN_PROBLEM_TEXT - 4);
        size_t len = strlen(kept);
        assert_int_equal((uint8_t)kept[len - 1], 0xa4);
    }
}

static void near_misses_are_recognized(void **state)
{
    (void)state;
    static const char *const known[] = {"severity", "sector", "tlp", "pap"};
    static const struct {
        const char *word, *meant;
    } rows[] = {
        {"sevrity", "severity"},
        {"severty", "severity"},
        {"severitiy", "severity"},
        {"sektor", "sector"},
        {"tpl", NULL},
        {"tl", "tlp"},
        {"colour", NULL},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *meant =
            tcn_suggest(tcn_view_str(rows[i].word), known, COUNT(known));
        const char *want = rows[i].meant;
        if (meant != want &&
            (meant == NULL || want == NULL || strcmp(meant, want) != 0)) {
            fail_msg("%s: %s", rows[i].word, meant == NULL ? "-" : meant);
        }
    }
}

/* ---- recovery ---- */

static void a_statement_is_skipped_as_a_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text, *next;
    } rows[] = {
        {"allow x; NEXT", "NEXT"},
        {"allow with { a; b } when c; NEXT", "NEXT"},
        {"node ee { a; b; } NEXT", "NEXT"},
        {"nod ee { a; b; } NEXT", "NEXT"}, /* probably meant node */
        {"group x = { a, b }; NEXT", "NEXT"},
        {"test \"x\" { alert { a; } expect b; } NEXT", "NEXT"},
        {"} ; NEXT", "NEXT"},
        {"; NEXT", "NEXT"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tcn_tokens tokens;
        struct tcn_problems problems = {0};
        struct tcn_source source = source_of(rows[i].text);
        assert_int_equal(tcn_lex(&tokens, &source, 1, &problems), TCN_ERR_OK);
        struct tcn_cursor c = {.at = tokens.list, .problems = &problems};
        tcn_cursor_skip(&c, tokens.list);
        if (!tcn_at_word(&c, rows[i].next)) {
            fail_msg("%s: at %.*s", rows[i].text, (int)c.at->text.len,
                     (const char *)c.at->text.data);
        }
        tcn_tokens_free(&tokens);
    }
}

static void an_item_is_skipped_inside_its_block(void **state)
{
    (void)state;
    static const struct {
        const char *text, *next;
        bool failed;
    } rows[] = {
        {"bad x; NEXT", "NEXT", false}, {"bad { a; b } c; NEXT", "NEXT", false},
        {"bad } NEXT", "}", false},     {"bad x", "", true},
        {"bad { x; }", "", true},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tcn_tokens tokens;
        struct tcn_problems problems = {0};
        struct tcn_source source = source_of(rows[i].text);
        assert_int_equal(tcn_lex(&tokens, &source, 1, &problems), TCN_ERR_OK);
        struct tcn_cursor c = {.at = tokens.list, .problems = &problems};
        tcn_fail(&c, c.at, TCN_ERR_SYNTAX, "bad");
        tcn_cursor_next_item(&c);
        if (c.failed != rows[i].failed ||
            !tcn_view_is(c.at->text, rows[i].next)) {
            fail_msg("%s: %d, at %.*s", rows[i].text, c.failed,
                     (int)c.at->text.len, (const char *)c.at->text.data);
        }
        tcn_tokens_free(&tokens);
    }
}

/* ---- the canonical text ---- */

static char *format(const char *text)
{
    size_t cap = 4 * strlen(text) + 16;
    char *out = malloc(cap);
    assert_non_null(out);
    struct tcn_buf buf = tcn_buf(out, cap);
    struct tcn_problems problems = {0};
    struct tcn_source source = source_of(text);
    if (tcn_lang_format(&buf, &source, &problems) != TCN_ERR_OK) {
        free(out);
        return NULL;
    }
    assert_false(buf.full);
    (void)tcn_buf_text(&buf);
    return out;
}

static void the_canonical_text_has_one_statement_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *canonical;
    } rows[] = {
        {"", ""},
        {"# nothing\n", ""},
        {"allow export  to fi\n name x; # why\n",
         "allow export to fi name x ;\n"},
        {"node ee{name \"A  B\";}member fi{card f;}",
         "node ee { name \"A  B\" ; }\nmember fi { card f ; }\n"},
        {"group x={a,b};deny export to x name y when not(a>=b);",
         "group x = { a , b } ;\n"
         "deny export to x name y when not ( a >= b ) ;\n"},
        {"unfinished thing", "unfinished thing\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *text = format(rows[i].text);
        assert_non_null(text);
        if (strcmp(text, rows[i].canonical) != 0) {
            fail_msg("row %zu: %s", i, text);
        }
        free(text);
    }
    assert_null(format("\"open"));
}

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

static void formatting_twice_changes_nothing(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "allow",     "export",  "node", "test",
        "agreement", "{",       "}",    "{ a, b }",
        ";",         ";",       ";",    ":",
        "::",        "a:",      "a::b", "(",
        ")",         "\"x y\"", "\"\"", "=",
        "==",        "!=",      "<",    "# c\n",
        "64KiB",     "x*",      "\n",   "tcp://[::1]:1",
    };
    uint32_t seed = 7;
    for (int run = 0; run < 20000; run++) {
        char text[400] = "";
        uint32_t count = draw(&seed) % 20;
        for (uint32_t i = 0; i < count; i++) {
            size_t len = strlen(text);
            (void)snprintf(text + len, sizeof text - len, "%s%s",
                           pieces[draw(&seed) % COUNT(pieces)],
                           draw(&seed) % 2 == 0 ? " " : "");
        }
        char *once = format(text);
        if (once == NULL) {
            continue;
        }
        char *twice = format(once);
        if (twice == NULL || strcmp(once, twice) != 0) {
            fail_msg("seed 7, run %d:\n%s\nonce:\n%s\ntwice:\n%s", run, text,
                     once, twice == NULL ? "-" : twice);
        }
        free(once);
        free(twice);
    }
}

static char *pretty(const char *text, char *out, size_t cap)
{
    struct tcn_source source = {.name = "p", .text = tcn_view_str(text)};
    struct tcn_problems problems = {0};
    struct tcn_buf buf = tcn_buf(out, cap - 1);
    enum tcn_err err = tcn_lang_pretty(&buf, &source, &problems);
    if (err != TCN_ERR_OK) {
        return NULL;
    }
    out[buf.len] = '\0';
    return out;
}

static const struct {
    const char *text, *pretty;
} layouts[] = {
    {"", ""},
    {"# only a comment", "# only a comment\n"},
    {"policy   \"x\"  version 1 ;allow export to any name a;",
     "policy \"x\" version 1;\nallow export to any name a;\n"},
    {"group a={lv,lt};\n\n\n# why\nallow export to lv name a; # here\n",
     "group a = { lv, lt };\n\n# why\nallow export to lv name a;  # here\n"},
    {"allow export to any name a-long-name with{TECH,VICTIM}when severity>= "
     "medium and has ( title ) unless peer.eu;",
     "allow export to any name a-long-name\n  with { TECH, VICTIM }\n"
     "  when severity >= medium and has(title)\n  unless peer.eu;\n"},
    {"deny export to any name a when sector in { energy, health } and severity "
     ">= medium or (tlp == RED and confidence > 50 and peer.eu);",
     "deny export to any name a\n"
     "  when sector in { energy, health } and severity >= medium or (tlp == "
     "RED\n    and confidence > 50 and peer.eu);\n"},
    {"test \"t\" { alert { severity high; } expect export to lv: deny; }",
     "test \"t\" { alert { severity high; } expect export to lv: deny; }\n"},
    {"test \"t\" { alert { origin fi; from fi; severity high; tlp GREEN; "
     "onward "
     "any; field title \"something\"; } expect export to lt: allow { KEEP, "
     "TECH, SOURCE, VICTIM, PERSONAL, ACTOR, FREE } by x; }",
     "test \"t\" {\n  alert {\n    origin fi; from fi; severity high; tlp "
     "GREEN; "
     "onward any;\n    field title \"something\";\n  }\n  expect export to "
     "lt:\n    allow { KEEP, TECH, SOURCE, VICTIM, PERSONAL, ACTOR, FREE } by "
     "x;\n}\n"},
    {"test \"t\" {\n\n # one\n alert { severity high; tlp GREEN; onward any; "
     "}\n\n expect export to lv: deny; # two\n # three\n }\n\n# end",
     "test \"t\" {\n  # one\n  alert { severity high; tlp GREEN; onward any; "
     "}\n\n  expect export to lv: deny;  # two\n  # three\n}\n\n# end\n"},
    {"allow export to any # whom\n name a;",
     "allow export to any  # whom\n  name a;\n"},
    {"member lv { } allow export to { lv } name a;",
     "member lv {}\nallow export to { lv } name a;\n"},
};

static void people_read_one_style(void **state)
{
    (void)state;
    static char once[4096], twice[4096];
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (pretty(layouts[i].text, once, sizeof once) == NULL ||
            strcmp(once, layouts[i].pretty) != 0) {
            fail_msg("row %zu:\n%s\n---\n%s", i, layouts[i].text, once);
        }
        if (pretty(once, twice, sizeof twice) == NULL ||
            strcmp(once, twice) != 0) {
            fail_msg("row %zu is not stable:\n%s\n---\n%s", i, once, twice);
        }
    }
    assert_null(pretty("\"open", once, sizeof once));
    assert_null(pretty(layouts[4].text, once, 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_cut_into_tokens),
        cmocka_unit_test(what_is_shown_is_what_is_read),
        cmocka_unit_test(larger_than_one_mebibyte_is_refused),
        cmocka_unit_test(no_source_is_an_empty_text),
        cmocka_unit_test(a_statement_ends_with_its_file),
        cmocka_unit_test(values_are_read_exactly),
        cmocka_unit_test(a_problem_is_shown_where_it_stands),
        cmocka_unit_test(a_long_line_is_shown_around_the_problem),
        cmocka_unit_test(more_problems_than_fit_are_counted),
        cmocka_unit_test(a_cut_message_ends_with_a_whole_character),
        cmocka_unit_test(near_misses_are_recognized),
        cmocka_unit_test(a_statement_is_skipped_as_a_whole),
        cmocka_unit_test(an_item_is_skipped_inside_its_block),
        cmocka_unit_test(the_canonical_text_has_one_statement_a_line),
        cmocka_unit_test(formatting_twice_changes_nothing),
        cmocka_unit_test(people_read_one_style),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
