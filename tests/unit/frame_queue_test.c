#include "link/frame_queue.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct tcn_view some(size_t len)
{
    static const uint8_t bytes[1000];
    return tcn_view(bytes, len);
}

static void frames_leave_in_the_order_they_came(void **state)
{
    (void)state;
    struct frame_queue queue = {0};
    assert_null(frame_queue_first(&queue).data);
    assert_true(frame_queue_push(&queue, tcn_view_str("one"), 1000));
    assert_true(frame_queue_push(&queue, tcn_view_str("two"), 1000));
    assert_true(tcn_view_is(frame_queue_first(&queue), "one"));
    frame_queue_pop(&queue);
    assert_true(frame_queue_push(&queue, tcn_view_str("three"), 1000));
    assert_true(tcn_view_is(frame_queue_first(&queue), "two"));
    frame_queue_pop(&queue);
    assert_true(tcn_view_is(frame_queue_first(&queue), "three"));
    frame_queue_pop(&queue);
    assert_null(frame_queue_first(&queue).data);
    assert_int_equal(queue.bytes, 0);
}

static void what_each_frame_costs_counts_too(void **state)
{
    (void)state;
    struct frame_queue queue = {0};
    size_t pushed = 0;
    while (frame_queue_push(&queue, some(1), 1000)) {
        pushed++;
    }
    /* A flood of tiny frames cannot take much more memory than its bound. */
    assert_in_range(pushed, 20, 100);
    assert_in_range(queue.bytes, 900, 1000);
    frame_queue_clear(&queue);
}

static void a_frame_beyond_the_limit_changes_nothing(void **state)
{
    (void)state;
    struct frame_queue queue = {0};
    assert_true(frame_queue_push(&queue, some(500), 1000));
    size_t bytes = queue.bytes;
    assert_false(frame_queue_push(&queue, some(500), 1000));
    assert_false(frame_queue_push(&queue, some(1), 10)); /* a lower limit */
    assert_int_equal(queue.bytes, bytes);
    frame_queue_pop(&queue);
    assert_true(frame_queue_push(&queue, some(900), 1000));
    frame_queue_clear(&queue);
    assert_int_equal(queue.bytes, 0);
    assert_null(queue.first);
    assert_null(queue.last);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_leave_in_the_order_they_came),
        cmocka_unit_test(what_each_frame_costs_counts_too),
        cmocka_unit_test(a_frame_beyond_the_limit_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
