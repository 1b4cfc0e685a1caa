#include "io/pipe.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define OUT_CAP (2 * (size_t)TCN_MSG_MAX)

struct ends {
    struct tcn_pipe a;
    struct tcn_pipe b;
};

static struct tcn_view none(void)
{
    return tcn_view(NULL, 0);
}

static int open_ends(void **state)
{
    struct ends *ends = calloc(1, sizeof *ends);
    int fd[2];
    assert_non_null(ends);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd), 0);
    assert_int_equal(tcn_pipe_init(&ends->a, fd[0], OUT_CAP), TCN_ERR_OK);
    assert_int_equal(tcn_pipe_init(&ends->b, fd[1], OUT_CAP), TCN_ERR_OK);
    *state = ends;
    return 0;
}

static int close_ends(void **state)
{
    struct ends *ends = *state;
    tcn_pipe_fini(&ends->a);
    tcn_pipe_fini(&ends->b);
    free(ends);
    return 0;
}

static void both_ends_are_non_blocking(void **state)
{
    struct ends *ends = *state;
    assert_true(fcntl(ends->a.fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(ends->b.fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(tcn_pipe_fill(&ends->a), TCN_ERR_OK);
}

static void messages_arrive_in_order_with_both_parts(void **state)
{
    struct ends *ends = *state;
    assert_int_equal(tcn_pipe_put(&ends->a, TCN_MSG_SEND, 7,
                                  tcn_view_str("head,"), tcn_view_str("tail")),
                     TCN_ERR_OK);
    assert_int_equal(
        tcn_pipe_put(&ends->a, TCN_MSG_START, TCN_MSG_NO_PEER, none(), none()),
        TCN_ERR_OK);
    assert_true(tcn_pipe_waits(&ends->a));
    assert_int_equal(tcn_pipe_flush(&ends->a), TCN_ERR_OK);
    assert_false(tcn_pipe_waits(&ends->a));

    struct tcn_msg msg;
    assert_int_equal(tcn_pipe_fill(&ends->b), TCN_ERR_OK);
    assert_true(tcn_pipe_next(&ends->b, &msg));
    assert_int_equal(msg.type, TCN_MSG_SEND);
    assert_int_equal(msg.peer, 7);
    assert_true(tcn_view_is(msg.payload, "head,tail"));
    assert_true(tcn_pipe_next(&ends->b, &msg));
    assert_int_equal(msg.type, TCN_MSG_START);
    assert_int_equal(msg.peer, TCN_MSG_NO_PEER);
    assert_int_equal(msg.payload.len, 0);
    assert_false(tcn_pipe_next(&ends->b, &msg));
}

static void a_message_in_single_bytes_is_put_together(void **state)
{
    static const uint8_t bytes[] = {0, 0, 0, 5, TCN_MSG_NOTE, 3, 'a', 'b', 'c'};
    struct ends *ends = *state;
    struct tcn_msg msg;
    for (size_t i = 0; i < sizeof bytes; i++) {
        assert_false(tcn_pipe_next(&ends->b, &msg));
        assert_int_equal(send(ends->a.fd, bytes + i, 1, 0), 1);
        assert_int_equal(tcn_pipe_fill(&ends->b), TCN_ERR_OK);
    }
    assert_true(tcn_pipe_next(&ends->b, &msg));
    assert_int_equal(msg.type, TCN_MSG_NOTE);
    assert_int_equal(msg.peer, 3);
    assert_true(tcn_view_is(msg.payload, "abc"));
}

static void starts_that_cannot_be_a_message_are_refused(void **state)
{
    static const struct {
        const char *name;
        uint8_t bytes[6];
        size_t len;
    } rows[] = {
        {"length 0", {0, 0, 0, 0}, 4},
        {"length 1", {0, 0, 0, 1, TCN_MSG_START}, 5},
        {"one byte too long", {0, 4, 0, 17}, 4},
        {"4 GiB", {255, 255, 255, 255}, 4},
        {"type 0", {0, 0, 0, 2, 0, 0}, 6},
        {"type unknown", {0, 0, 0, 2, TCN_MSG_TYPE_END, 0}, 6},
        {"type unknown, rest not here", {0, 0, 1, 0, 200}, 5},
    };
    (void)state;
    assert_int_equal(TCN_MSG_MAX, 0x40010); /* the third row */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *fresh = NULL;
        open_ends(&fresh);
        struct ends *ends = fresh;
        assert_int_equal(send(ends->a.fd, rows[i].bytes, rows[i].len, 0),
                         (ssize_t)rows[i].len);
        if (tcn_pipe_fill(&ends->b) != TCN_ERR_FRAME) {
            fail_msg("%s was taken", rows[i].name);
        }
        close_ends(&fresh);
    }
}

static void what_does_not_fit_is_refused_whole(void **state)
{
    struct ends *ends = *state;
    static uint8_t big[TCN_MSG_MAX];
    struct tcn_view largest = tcn_view(big, TCN_MSG_MAX - 2);
    struct tcn_view larger = tcn_view(big, TCN_MSG_MAX - 1);
    assert_int_equal(tcn_pipe_put(&ends->a, TCN_MSG_SEND, 0, larger, none()),
                     TCN_ERR_SIZE);
    assert_int_equal(tcn_pipe_put(&ends->a, TCN_MSG_SEND, 0, largest, none()),
                     TCN_ERR_OK);
    size_t room = tcn_pipe_room(&ends->a);
    assert_int_equal(room, OUT_CAP - 6 - largest.len - 6);
    assert_int_equal(tcn_pipe_put(&ends->a, TCN_MSG_SEND, 0,
                                  tcn_view(big, room + 1), none()),
                     TCN_ERR_CAPACITY);
    assert_int_equal(tcn_pipe_room(&ends->a), room);
    assert_int_equal(
        tcn_pipe_put(&ends->a, TCN_MSG_SEND, 0, tcn_view(big, room), none()),
        TCN_ERR_OK);
    assert_int_equal(tcn_pipe_room(&ends->a), 0);
}

/* A message of a size of its own, with its number in it; false when full. */
static bool put_numbered(struct tcn_pipe *pipe, uint32_t number)
{
    static uint8_t body[70000];
    size_t len = sizeof number + 1 + number * 7919 % (sizeof body - 8);
    memcpy(body, &number, sizeof number);
    body[len - 1] = (uint8_t)(number ^ 0x5a);
    return tcn_pipe_put(pipe, TCN_MSG_RECV, 1, tcn_view(body, len), none()) ==
           TCN_ERR_OK;
}

static uint32_t take_numbered(struct tcn_pipe *pipe, uint32_t expected)
{
    struct tcn_msg msg;
    while (tcn_pipe_next(pipe, &msg)) {
        uint32_t number;
        memcpy(&number, msg.payload.data, sizeof number);
        assert_int_equal(number, expected);
        assert_int_equal(msg.payload.len,
                         sizeof number + 1 + number * 7919 % (70000 - 8));
        assert_int_equal(msg.payload.data[msg.payload.len - 1],
                         (uint8_t)(number ^ 0x5a));
        expected++;
    }
    return expected;
}

static void a_long_stream_against_a_slow_reader_stays_whole(void **state)
{
    struct ends *ends = *state;
    const uint32_t target = 2000;
    uint32_t put = 0, taken = 0;
    bool was_full = false;
    while (taken < target) {
        while (put < target && put_numbered(&ends->a, put)) {
            put++;
        }
        was_full = was_full || put < target;
        assert_int_equal(tcn_pipe_flush(&ends->a), TCN_ERR_OK);
        assert_int_equal(tcn_pipe_fill(&ends->b), TCN_ERR_OK);
        taken = take_numbered(&ends->b, taken);
    }
    assert_true(was_full);
    assert_false(tcn_pipe_waits(&ends->a));
}

static void last_words_are_read_before_the_end(void **state)
{
    struct ends *ends = *state;
    assert_int_equal(tcn_pipe_put(&ends->a, TCN_MSG_FAILED, TCN_MSG_NO_PEER,
                                  tcn_view_str("no port"), none()),
                     TCN_ERR_OK);
    assert_int_equal(tcn_pipe_flush(&ends->a), TCN_ERR_OK);
    close(ends->a.fd);
    ends->a.fd = -1;
    struct tcn_msg msg;
    assert_int_equal(tcn_pipe_fill(&ends->b), TCN_ERR_OK);
    assert_true(tcn_pipe_next(&ends->b, &msg));
    assert_int_equal(msg.type, TCN_MSG_FAILED);
    assert_int_equal(tcn_pipe_fill(&ends->b), TCN_ERR_IO);
    assert_int_equal(tcn_pipe_fill(&ends->b), TCN_ERR_IO);
}

static void writing_to_a_dead_end_is_an_error_and_no_signal(void **state)
{
    struct ends *ends = *state;
    close(ends->b.fd);
    ends->b.fd = -1;
    assert_int_equal(
        tcn_pipe_put(&ends->a, TCN_MSG_START, TCN_MSG_NO_PEER, none(), none()),
        TCN_ERR_OK);
    assert_int_equal(tcn_pipe_flush(&ends->a), TCN_ERR_IO);
}

static bool holds(const uint8_t *where, size_t len, const char *what)
{
    return memmem(where, len, what, strlen(what)) != NULL;
}

static void forget_leaves_no_secret_in_either_buffer(void **state)
{
    struct ends *ends = *state;
    assert_int_equal(tcn_pipe_put(&ends->a, TCN_MSG_KEY, TCN_MSG_NO_PEER,
                                  tcn_view_str("the-secret-key"), none()),
                     TCN_ERR_OK);
    assert_int_equal(tcn_pipe_put(&ends->a, TCN_MSG_LISTEN, TCN_MSG_NO_PEER,
                                  tcn_view_str("kept"), none()),
                     TCN_ERR_OK);
    assert_int_equal(tcn_pipe_flush(&ends->a), TCN_ERR_OK);
    assert_int_equal(tcn_pipe_fill(&ends->b), TCN_ERR_OK);
    struct tcn_msg msg;
    assert_true(tcn_pipe_next(&ends->b, &msg));
    assert_true(holds(ends->a.out, ends->a.out_cap, "the-secret-key"));
    assert_true(holds(ends->b.in, ends->b.in_cap, "the-secret-key"));
    tcn_pipe_forget(&ends->a);
    tcn_pipe_forget(&ends->b);
    assert_false(holds(ends->a.out, ends->a.out_cap, "the-secret-key"));
    assert_false(holds(ends->b.in, ends->b.in_cap, "the-secret-key"));
    assert_true(tcn_pipe_next(&ends->b, &msg));
    assert_true(tcn_view_is(msg.payload, "kept"));
}

#define ON_FRESH_ENDS(test)                                                    \
    cmocka_unit_test_setup_teardown(test, open_ends, close_ends)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_FRESH_ENDS(both_ends_are_non_blocking),
        ON_FRESH_ENDS(messages_arrive_in_order_with_both_parts),
        ON_FRESH_ENDS(a_message_in_single_bytes_is_put_together),
        cmocka_unit_test(starts_that_cannot_be_a_message_are_refused),
        ON_FRESH_ENDS(what_does_not_fit_is_refused_whole),
        ON_FRESH_ENDS(a_long_stream_against_a_slow_reader_stays_whole),
        ON_FRESH_ENDS(last_words_are_read_before_the_end),
        ON_FRESH_ENDS(writing_to_a_dead_end_is_an_error_and_no_signal),
        ON_FRESH_ENDS(forget_leaves_no_secret_in_either_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
