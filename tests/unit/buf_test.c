#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void writes_up_to_its_capacity(void **state)
{
    (void)state;
    uint8_t room[8] = {0};
    struct tcn_buf buf = tcn_buf(room, sizeof room);
    tcn_buf_put(&buf, "abcd", 4);
    tcn_buf_put_str(&buf, "efgh");
    tcn_buf_put(&buf, NULL, 0);
    assert_false(buf.full);
    assert_true(tcn_view_is(tcn_buf_view(&buf), "abcdefgh"));
}

static void overflow_latches_and_writes_nothing(void **state)
{
    (void)state;
    uint8_t room[9] = "________";
    struct tcn_buf buf = tcn_buf(room, 8);
    tcn_buf_put(&buf, "abcde", 5);
    tcn_buf_put(&buf, "1234", 4);
    assert_true(buf.full);
    assert_int_equal(buf.len, 5);
    tcn_buf_put(&buf, "f", 1); /* what fits afterwards does not heal it */
    assert_true(buf.full);
    assert_int_equal(room[8], '\0');
}

static void a_length_near_the_end_of_memory_is_too_much(void **state)
{
    (void)state;
    uint8_t room[8] = {0};
    struct tcn_buf buf = tcn_buf(room, sizeof room);
    tcn_buf_put(&buf, "ab", 2);
    tcn_buf_put(&buf, room, SIZE_MAX);
    assert_true(buf.full);
    assert_int_equal(buf.len, 2);
}

static void formatted_text_fits_or_latches(void **state)
{
    (void)state;
    char room[8];
    struct tcn_buf buf = tcn_buf(room, sizeof room);
    tcn_buf_printf(&buf, "%d-%s", 12, "abc");
    assert_false(buf.full);
    assert_string_equal(tcn_buf_text(&buf), "12-abc");
    tcn_buf_printf(&buf, "%s", "xy"); /* the NUL has no room */
    assert_true(buf.full);
}

static void text_of_a_full_buffer_is_cut_not_overrun(void **state)
{
    (void)state;
    char room[4];
    struct tcn_buf buf = tcn_buf(room, sizeof room);
    tcn_buf_put_str(&buf, "abcd");
    assert_string_equal(tcn_buf_text(&buf), "abc");
}

static void views_are_ordered_by_bytes_then_length(void **state)
{
    (void)state;
    static const char *const ascending[] = {"", "a", "ab", "b", "ba", "\xc3"};
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < 6; j++) {
            int expected = (i > j) - (i < j);
            int order = tcn_view_compare(tcn_view_str(ascending[i]),
                                         tcn_view_str(ascending[j]));
            if (order != expected) {
                fail_msg("\"%s\" and \"%s\": %d", ascending[i], ascending[j],
                         order);
            }
        }
    }
    assert_true(tcn_view_equal(tcn_view(NULL, 0), tcn_view_str("")));
    assert_false(tcn_view_equal(tcn_view_str("a"), tcn_view_str("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_up_to_its_capacity),
        cmocka_unit_test(overflow_latches_and_writes_nothing),
        cmocka_unit_test(a_length_near_the_end_of_memory_is_too_much),
        cmocka_unit_test(formatted_text_fits_or_latches),
        cmocka_unit_test(text_of_a_full_buffer_is_cut_not_overrun),
        cmocka_unit_test(views_are_ordered_by_bytes_then_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
