/* The encoding profile: what is let in, which fault is named, what is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "alert/wire.h"
#include "base/text.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

/* The input gets memory of exactly its size, so that reading on is seen. */
static struct tcn_view exact(struct tcn_view bytes)
{
    uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.len);
    return tcn_view(copy, bytes.len);
}

static enum tcn_err check_hex(const char *hex)
{
    uint8_t bytes[256];
    size_t len = strlen(hex) / 2;
    assert_true(len <= sizeof bytes);
    assert_true(tcn_text_unhex(tcn_view_str(hex), bytes, len));
    struct tcn_view view = exact(tcn_view(bytes, len));
    enum tcn_err err = tcn_wire_check(view);
    free((void *)(uintptr_t)view.data);
    return err;
}

static void every_element_has_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *hex;
        enum tcn_err err;
    } rows[] = {
        {"nil", "c0", TCN_ERR_OK},
        {"false", "c2", TCN_ERR_OK},
        {"true", "c3", TCN_ERR_OK},
        {"uint 0", "00", TCN_ERR_OK},
        {"uint 127", "7f", TCN_ERR_OK},
        {"uint 128", "cc80", TCN_ERR_OK},
        {"uint 127 in two bytes", "cc7f", TCN_ERR_ENCODING},
        {"uint 256", "cd0100", TCN_ERR_OK},
        {"uint 255 in three bytes", "cd00ff", TCN_ERR_ENCODING},
        {"uint 65536", "ce00010000", TCN_ERR_OK},
        {"uint 65535 in five bytes", "ce0000ffff", TCN_ERR_ENCODING},
        {"uint 2^32", "cf0000000100000000", TCN_ERR_OK},
        {"uint 2^32-1 in nine bytes", "cf00000000ffffffff", TCN_ERR_ENCODING},
        {"uint 2^64-1", "cfffffffffffffffff", TCN_ERR_OK},
        {"empty str", "a0", TCN_ERR_OK},
        {"str", "a26565", TCN_ERR_OK},
        {"str of one in two bytes of head", "d90165", TCN_ERR_ENCODING},
        {"empty bin", "c400", TCN_ERR_OK},
        {"bin of one in three bytes of head", "c5000100", TCN_ERR_ENCODING},
        {"bin of one in five bytes of head", "c60000000100", TCN_ERR_ENCODING},
        {"empty array", "90", TCN_ERR_OK},
        {"array of one in three bytes", "dc0001c0", TCN_ERR_ENCODING},
        {"array of one in five bytes", "dd00000001c0", TCN_ERR_ENCODING},
        {"four arrays deep", "91919191c0", TCN_ERR_OK},
        {"five arrays deep", "9191919191c0", TCN_ERR_DEPTH},
        {"five deep, the fifth empty", "9191919190", TCN_ERR_DEPTH},
        {"many arrays side by side", "94909191c0909190", TCN_ERR_OK},
        {"empty map", "80", TCN_ERR_TYPE},
        {"map16", "de0000", TCN_ERR_TYPE},
        {"map32", "df00000000", TCN_ERR_TYPE},
        {"float32", "ca00000000", TCN_ERR_TYPE},
        {"float64", "cb0000000000000000", TCN_ERR_TYPE},
        {"negative fixnum", "e0", TCN_ERR_TYPE},
        {"int8", "d000", TCN_ERR_TYPE},
        {"int16", "d10000", TCN_ERR_TYPE},
        {"int32", "d200000000", TCN_ERR_TYPE},
        {"int64", "d30000000000000000", TCN_ERR_TYPE},
        {"fixext1", "d40000", TCN_ERR_TYPE},
        {"fixext16", "d8", TCN_ERR_TYPE},
        {"ext8", "c70000", TCN_ERR_TYPE},
        {"ext32", "c9", TCN_ERR_TYPE},
        {"reserved", "c1", TCN_ERR_TYPE},
        {"nothing", "", TCN_ERR_TRUNCATED},
        {"array without its element", "91", TCN_ERR_TRUNCATED},
        {"2^28 elements", "dd10000000", TCN_ERR_TRUNCATED},
        {"bin of 2^32-1", "c6ffffffff00", TCN_ERR_TRUNCATED},
        {"str of 2^32-1", "dbffffffff61", TCN_ERR_TRUNCATED},
        {"half a number", "cf00000001", TCN_ERR_TRUNCATED},
        {"one byte too many", "c0c0", TCN_ERR_TRAILING},
        {"a byte behind an array", "91c000", TCN_ERR_TRAILING},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum tcn_err err = check_hex(rows[i].hex);
        if (err != rows[i].err) {
            fail_msg("%s: %s instead of %s", rows[i].what, tcn_err_word(err),
                     tcn_err_word(rows[i].err));
        }
    }
}

static void the_first_fault_in_the_bytes_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *hex;
        enum tcn_err err;
    } rows[] = {
        {"map, then half a number", "9280cd", TCN_ERR_TYPE},
        {"long form, then map", "92cc0180", TCN_ERR_ENCODING},
        {"escape, then bad UTF-8", "92a11ba1ff", TCN_ERR_TEXT},
        {"bad UTF-8 behind an escape in one str", "a21bff", TCN_ERR_UTF8},
        {"long form of more than there is", "dc0005c0", TCN_ERR_TRUNCATED},
        {"fifth array in a long form", "91919191dc0001c0", TCN_ERR_ENCODING},
        {"fifth array of more than there is", "9191919191", TCN_ERR_TRUNCATED},
        {"escape, then a byte too many", "a11bc0", TCN_ERR_TEXT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum tcn_err err = check_hex(rows[i].hex);
        if (err != rows[i].err) {
            fail_msg("%s: %s instead of %s", rows[i].what, tcn_err_word(err),
                     tcn_err_word(rows[i].err));
        }
    }
}

/* A reader must hold on bytes that no walk has checked. */
static void a_reader_latches_its_first_error(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x92, 0xa2, 'e', 'e', 0x07};
    struct tcn_reader r = tcn_reader(tcn_view(bytes, sizeof bytes));
    assert_int_equal(tcn_read_array(&r), 2);
    assert_int_equal(tcn_read_peek(&r), TCN_WIRE_STR);
    assert_int_equal(tcn_read_uint(&r), 0); /* it is a str */
    assert_int_equal(r.err, TCN_ERR_TYPE);
    assert_int_equal(tcn_read_peek(&r), TCN_WIRE_END);
    assert_null(tcn_read_str(&r).data); /* too late for the right one */
    assert_null(tcn_read_bin(&r).data);
    assert_null(tcn_read_any(&r).data);
    assert_false(tcn_read_bool(&r));
    assert_int_equal(tcn_read_array(&r), 0);
    tcn_read_nil(&r);
    uint8_t fixed[4] = {9, 9, 9, 9};
    tcn_read_fixed(&r, fixed, sizeof fixed);
    assert_int_equal(fixed[0] | fixed[3], 0);
    assert_int_equal(tcn_read_end(&r), TCN_ERR_TYPE);
}

static void a_bin_of_another_length_is_not_taken_for_a_fixed_one(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0xc4, 3, 1, 2, 3};
    uint8_t out[4] = {9, 9, 9, 9};
    for (size_t want = 2; want <= 4; want += 2) {
        struct tcn_reader r = tcn_reader(tcn_view(bytes, sizeof bytes));
        tcn_read_fixed(&r, out, want);
        assert_int_equal(r.err, TCN_ERR_TYPE);
        assert_int_equal(out[0] | out[1], 0);
    }
    struct tcn_reader r = tcn_reader(tcn_view(bytes, sizeof bytes));
    tcn_read_fixed(&r, out, 3);
    assert_int_equal(tcn_read_end(&r), TCN_ERR_OK);
    assert_int_equal(out[2], 3);
}

static void an_absent_view_is_the_end_at_once(void **state)
{
    (void)state;
    struct tcn_reader r = tcn_reader(tcn_view(NULL, 0));
    assert_int_equal(tcn_read_peek(&r), TCN_WIRE_END);
    assert_int_equal(tcn_read_end(&r), TCN_ERR_OK);
    assert_int_equal(tcn_read_uint(&r), 0);
    assert_int_equal(r.err, TCN_ERR_TRUNCATED);
}

/* Writes one element of each kind; `step` makes lengths around every change of
 * form. */
static void write_all(struct tcn_buf *out, size_t step)
{
    static uint8_t contents[70000];
    static const size_t sizes[] = {0, 1, 31, 32, 255, 256, 65535, 65536};
    memset(contents, 'a', sizeof contents);
    size_t len = sizes[step];
    tcn_put_array(out, 7);
    tcn_put_nil(out);
    tcn_put_bool(out, step % 2 == 0);
    tcn_put_uint(out, len);
    tcn_put_uint(out, (uint64_t)len << 32);
    tcn_put_str(out, tcn_view(contents, len));
    tcn_put_bin(out, tcn_view(contents, len));
    tcn_put_array(out, len);
    for (size_t i = 0; i < len; i++) {
        tcn_put_nil(out);
    }
}

static void what_is_written_is_let_in_and_read_back(void **state)
{
    (void)state;
    static uint8_t room[300000];
    for (size_t step = 0; step < 8; step++) {
        struct tcn_buf out = tcn_buf(room, sizeof room);
        write_all(&out, step);
        assert_false(out.full);
        assert_int_equal(tcn_wire_check(tcn_buf_view(&out)), TCN_ERR_OK);
        struct tcn_reader r = tcn_reader(tcn_buf_view(&out));
        assert_int_equal(tcn_read_array(&r), 7);
        tcn_read_nil(&r);
        assert_int_equal(tcn_read_bool(&r), step % 2 == 0);
        uint64_t len = tcn_read_uint(&r);
        assert_int_equal(tcn_read_uint(&r), len << 32);
        assert_int_equal(tcn_read_str(&r).len, len);
        assert_int_equal(tcn_read_bin(&r).len, len);
        assert_int_equal(tcn_read_peek(&r), TCN_WIRE_ARRAY);
        struct tcn_view array = tcn_read_any(&r);
        assert_int_equal(tcn_wire_check(array), TCN_ERR_OK);
        assert_int_equal(tcn_read_end(&r), TCN_ERR_OK);
        r = tcn_reader(tcn_buf_view(&out));
        assert_int_equal(tcn_read_any(&r).len, out.len);
    }
}

static void every_cut_of_an_encoding_is_truncated(void **state)
{
    (void)state;
    uint8_t room[1024];
    struct tcn_buf out = tcn_buf(room, sizeof room);
    write_all(&out, 3);
    for (size_t len = 0; len < out.len; len++) {
        struct tcn_view view = exact(tcn_view(room, len));
        enum tcn_err err = tcn_wire_check(view);
        struct tcn_reader r = tcn_reader(view);
        (void)tcn_read_any(&r);
        free((void *)(uintptr_t)view.data);
        if (err != TCN_ERR_TRUNCATED || r.err != TCN_ERR_TRUNCATED) {
            fail_msg("%zu bytes: %s, read: %s", len, tcn_err_word(err),
                     tcn_err_word(r.err));
        }
    }
}

static void a_writer_without_room_latches(void **state)
{
    (void)state;
    uint8_t room[4];
    struct tcn_buf out = tcn_buf(room, sizeof room);
    tcn_put_str(&out, tcn_view_str("abcd"));
    assert_true(out.full);
    tcn_put_nil(&out);
    assert_true(out.full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_has_one_form),
        cmocka_unit_test(the_first_fault_in_the_bytes_is_named),
        cmocka_unit_test(a_reader_latches_its_first_error),
        cmocka_unit_test(a_bin_of_another_length_is_not_taken_for_a_fixed_one),
        cmocka_unit_test(an_absent_view_is_the_end_at_once),
        cmocka_unit_test(what_is_written_is_let_in_and_read_back),
        cmocka_unit_test(every_cut_of_an_encoding_is_truncated),
        cmocka_unit_test(a_writer_without_room_latches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
