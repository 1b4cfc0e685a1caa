#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])
#define BYTES(text) text, sizeof(text) - 1

struct text_row {
    const char *name;
    const char *bytes;
    size_t len;
    enum tcn_err err;    /* of tcn_text_check() */
    const char *escaped; /* of tcn_text_escape() */
};

static const struct text_row texts[] = {
    {"empty", BYTES(""), TCN_ERR_OK, ""},
    {"ascii", BYTES("Tocsin 1 ~"), TCN_ERR_OK, "Tocsin 1 ~"},
    {"tab and newline", BYTES("a\tb\n"), TCN_ERR_OK, "a\\tb\\n"},
    {"backslash", BYTES("a\\n"), TCN_ERR_OK, "a\\\\n"},
    {"nul", BYTES("a\0b"), TCN_ERR_TEXT, "a\\x00b"},
    {"terminal sequence", BYTES("\x1b[2J"), TCN_ERR_TEXT, "\\x1b[2J"},
    {"carriage return", BYTES("a\rb"), TCN_ERR_TEXT, "a\\x0db"},
    {"del", BYTES("\x7f"), TCN_ERR_TEXT, "\\x7f"},
    {"c1 control", BYTES("\xc2\x9b"), TCN_ERR_TEXT, "\\u{009b}"},
    {"first after c1", BYTES("\xc2\xa0"), TCN_ERR_OK, "\xc2\xa0"},
    {"right-to-left override", BYTES("\xe2\x80\xae"), TCN_ERR_TEXT,
     "\\u{202e}"},
    {"isolate", BYTES("\xe2\x81\xa6"), TCN_ERR_TEXT, "\\u{2066}"},
    {"zero width joiner", BYTES("\xe2\x80\x8d"), TCN_ERR_OK, "\\u{200d}"},
    {"line separator", BYTES("\xe2\x80\xa8"), TCN_ERR_OK, "\\u{2028}"},
    {"byte order mark", BYTES("\xef\xbb\xbf"), TCN_ERR_OK, "\\u{feff}"},
    {"tag character", BYTES("\xf3\xa0\x81\x81"), TCN_ERR_OK, "\\u{e0041}"},
    {"two bytes", BYTES("\xc3\xb5"), TCN_ERR_OK, "\xc3\xb5"},
    {"three bytes", BYTES("\xe2\x82\xac"), TCN_ERR_OK, "\xe2\x82\xac"},
    {"four bytes", BYTES("\xf0\x9f\x94\x94"), TCN_ERR_OK, "\xf0\x9f\x94\x94"},
    {"last point", BYTES("\xf4\x8f\xbf\xbd"), TCN_ERR_OK, "\xf4\x8f\xbf\xbd"},
    {"beyond the last", BYTES("\xf4\x90\x80\x80"), TCN_ERR_UTF8,
     "\\xf4\\x90\\x80\\x80"},
    {"overlong slash", BYTES("\xc0\xaf"), TCN_ERR_UTF8, "\\xc0\\xaf"},
    {"overlong of three", BYTES("\xe0\x80\xaf"), TCN_ERR_UTF8,
     "\\xe0\\x80\\xaf"},
    {"overlong of four", BYTES("\xf0\x80\x80\xaf"), TCN_ERR_UTF8,
     "\\xf0\\x80\\x80\\xaf"},
    {"surrogate", BYTES("\xed\xa0\x80"), TCN_ERR_UTF8, "\\xed\\xa0\\x80"},
    {"lone continuation", BYTES("a\x80"), TCN_ERR_UTF8, "a\\x80"},
    {"cut off", BYTES("a\xe2\x82"), TCN_ERR_UTF8, "a\\xe2\\x82"},
    {"never a lead", BYTES("\xff"), TCN_ERR_UTF8, "\\xff"},
    {"bad utf-8 is graver than a control", BYTES("\x1b\xff"), TCN_ERR_UTF8,
     "\\x1b\\xff"},
    {"a fault behind a long plain run",
     BYTES("0123456789abcdef0123456789abcdef\x1b"), TCN_ERR_TEXT,
     "0123456789abcdef0123456789abcdef\\x1b"},
};

static void foreign_text_is_judged_and_made_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const struct text_row *row = &texts[i];
        struct tcn_view text = tcn_view(row->bytes, row->len);
        char room[256];
        struct tcn_buf out = tcn_buf(room, sizeof room);
        tcn_text_escape(&out, text);
        enum tcn_err err = tcn_text_check(text);
        if (err != row->err || strcmp(tcn_buf_text(&out), row->escaped) != 0) {
            fail_msg("%s: %s, \"%s\"", row->name, tcn_err_word(err),
                     tcn_buf_text(&out));
        }
        if (tcn_text_is_utf8(text) != (err != TCN_ERR_UTF8)) {
            fail_msg("%s: is_utf8 and check differ", row->name);
        }
    }
}

static void json_hides_what_moves_a_terminal_and_keeps_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *escaped;
    } rows[] = {
        {"plain \xc3\xb5", "plain \xc3\xb5"},
        {"\"\\/", "\\\"\\\\/"},
        {"a\nb\tc", "a\\nb\\u0009c"},
        {"\x1b[2J\x7f", "\\u001b[2J\\u007f"},
        {"\xc2\x9b", "\\u009b"},
        {"\xe2\x80\xae\xe2\x80\x8b", "\\u202e\\u200b"},
        {"\xd8\x9c\xef\xbb\xbf", "\\u061c\\ufeff"},
        {"\xf3\xa0\x81\x81", "\\udb40\\udc41"},
        {"a\xff\xe2\x82", "a\\ufffd\\ufffd\\ufffd"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char room[64];
        struct tcn_buf out = tcn_buf(room, sizeof room);
        tcn_text_escape_json(&out, tcn_view_str(rows[i].bytes));
        assert_string_equal(tcn_buf_text(&out), rows[i].escaped);
    }
}

/* Whatever three bytes come, nothing that a terminal acts on comes out. */
static void no_three_bytes_reach_a_terminal_unescaped(void **state)
{
    (void)state;
    uint8_t bytes[3];
    for (unsigned n = 0; n < 1u << 24; n += 7) {
        bytes[0] = (uint8_t)(n >> 16);
        bytes[1] = (uint8_t)(n >> 8);
        bytes[2] = (uint8_t)n;
        uint8_t room[64];
        struct tcn_buf out = tcn_buf(room, sizeof room);
        tcn_text_escape(&out, tcn_view(bytes, sizeof bytes));
        for (size_t i = 0; i < out.len; i++) {
            if (room[i] < 0x20 || room[i] == 0x7f) {
                fail_msg("%06x leaves a control", n);
            }
        }
        if (out.full || tcn_text_check(tcn_buf_view(&out)) != TCN_ERR_OK) {
            fail_msg("%06x escapes to something unfit", n);
        }
    }
}

static void hex_goes_both_ways_and_nothing_else_is_hex(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",   "0",  "012", "0g", "g0", " 1",
                                        "0x", "@1", "`1",  "/1", ":1"};
    uint8_t bytes[256], back[256];
    char text[513];
    for (unsigned i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)i;
    }
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_text_hex(&out, tcn_view(bytes, sizeof bytes));
    assert_int_equal(out.len, 512);
    assert_memory_equal(text, "000102", 6);
    assert_true(tcn_text_unhex(tcn_buf_view(&out), back, sizeof back));
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_true(tcn_text_unhex(tcn_view_str("fF"), back, 1));
    assert_int_equal(back[0], 0xff);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        if (tcn_text_unhex(tcn_view_str(wrong[i]), back, 1)) {
            fail_msg("\"%s\" was taken for a byte", wrong[i]);
        }
    }
}

static void base32_is_crockford_in_groups_of_four(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } rows[] = {
        {BYTES(""), ""},
        {BYTES("\x00"), "00"},
        {BYTES("\xff"), "ZW"},
        {BYTES("\x00\x44\x32\x14\xc7"), "0123-4567"},
        {BYTES("\x42\x54\xb6\x35\xcf"), "89AB-CDEF"},
        {BYTES("\xff\xff\xff\xff\xff\xff"), "ZZZZ-ZZZZ-ZW"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char room[64];
        struct tcn_buf out = tcn_buf(room, sizeof room);
        tcn_text_base32(&out, tcn_view(rows[i].bytes, rows[i].len));
        assert_string_equal(tcn_buf_text(&out), rows[i].text);
    }
}

static void numbers_have_one_form_and_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        uint64_t value;
    } rows[] = {
        {"0", true, 0},
        {"7", true, 7},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"00", false, 0},
        {"07", false, 0},
        {"+1", false, 0},
        {"-1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1e3", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t value = 0;
        bool ok = tcn_text_uint(tcn_view_str(rows[i].text), &value);
        if (ok != rows[i].ok || (ok && value != rows[i].value)) {
            fail_msg("\"%s\": %d, %llu", rows[i].text, ok,
                     (unsigned long long)value);
        }
    }
}

static void member_codes_and_words(void **state)
{
    (void)state;
    static const char *const members[] = {"ee", "0x", "ee.energy", "a-b",
                                          "abcdefghijklmnopqrstuvwxyz012345"};
    static const char *const strangers[] = {
        "",
        "e",
        "EE",
        "e e",
        ".ee",
        "ee.",
        "-ee",
        "ee-",
        "e_e",
        "e/e",
        "abcdefghijklmnopqrstuvwxyz0123456"};
    for (size_t i = 0; i < COUNT(members); i++) {
        if (!tcn_text_is_member(tcn_view_str(members[i]))) {
            fail_msg("\"%s\" is a member code", members[i]);
        }
    }
    for (size_t i = 0; i < COUNT(strangers); i++) {
        if (tcn_text_is_member(tcn_view_str(strangers[i]))) {
            fail_msg("\"%s\" is no member code", strangers[i]);
        }
    }
    assert_true(tcn_text_is_word(tcn_view_str("no-partner"), 1, 24, false));
    assert_false(tcn_text_is_word(tcn_view_str("a1"), 1, 24, false));
    assert_true(tcn_text_is_word(tcn_view_str("a1"), 1, 24, true));
    assert_false(tcn_text_is_word(tcn_view_str(""), 1, 24, true));
    assert_false(tcn_text_is_word(tcn_view_str("abc"), 1, 2, true));
    assert_false(tcn_text_is_word(tcn_view_str("aB"), 1, 24, true));
}

static void short_texts_are_copied_whole_or_not_at_all(void **state)
{
    (void)state;
    char out[4] = "zzz";
    assert_true(tcn_text_copy(out, sizeof out, tcn_view_str("abc")));
    assert_string_equal(out, "abc");
    assert_false(tcn_text_copy(out, sizeof out, tcn_view_str("abcd")));
    assert_false(tcn_text_copy(out, sizeof out, tcn_view("a\0b", 3)));
    assert_string_equal(out, "abc");
    assert_true(tcn_text_copy(out, sizeof out, tcn_view(NULL, 0)));
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_text_is_judged_and_made_safe),
        cmocka_unit_test(json_hides_what_moves_a_terminal_and_keeps_the_text),
        cmocka_unit_test(no_three_bytes_reach_a_terminal_unescaped),
        cmocka_unit_test(hex_goes_both_ways_and_nothing_else_is_hex),
        cmocka_unit_test(base32_is_crockford_in_groups_of_four),
        cmocka_unit_test(numbers_have_one_form_and_fit),
        cmocka_unit_test(member_codes_and_words),
        cmocka_unit_test(short_texts_are_copied_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
