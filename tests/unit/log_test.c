#include "io/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs what stands between: stderr is a pipe meanwhile. */
struct capture {
    int saved;
    int fd;
    char text[4096];
};

static void begin(struct capture *c)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    c->saved = dup(STDERR_FILENO);
    assert_true(c->saved >= 0);
    assert_true(dup2(fd[1], STDERR_FILENO) >= 0);
    close(fd[1]);
    c->fd = fd[0];
}

static void end(struct capture *c)
{
    assert_true(dup2(c->saved, STDERR_FILENO) >= 0);
    close(c->saved);
    ssize_t n = read(c->fd, c->text, sizeof c->text - 1);
    assert_true(n >= 0);
    c->text[n] = '\0';
    close(c->fd);
}

/* The line that one foreign value makes. */
static void log_value(struct capture *c, struct tcn_view value)
{
    begin(c);
    struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "seen");
    tcn_log_view(&line, "v", value);
    tcn_log_end(&line);
    end(c);
}

static void a_line_is_keys_and_values(void **state)
{
    (void)state;
    static const uint8_t id[32] = {0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7};
    struct capture c;
    tcn_log_open("log-test", TCN_LOG_INFO);
    begin(&c);
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "peer-up");
    tcn_log_str(&line, "peer", "fi");
    tcn_log_uint(&line, "n", UINT64_MAX);
    tcn_log_id(&line, "id", tcn_view(id, sizeof id));
    tcn_log_err(&line, TCN_ERR_CERT_TIME);
    tcn_log_end(&line);
    end(&c);
    const char *program = strstr(c.text, " program=log-test ");
    assert_true(strncmp(c.text, "time=20", 7) == 0);
    assert_non_null(program);
    assert_string_equal(program + strlen(" program=log-test "),
                        "level=warning event=peer-up peer=fi "
                        "n=18446744073709551615 id=abcd010203040506 "
                        "error=cert-time\n");
}

static void foreign_text_can_do_nothing_to_the_log(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        const char *shown;
    } rows[] = {
        {"word", "fi", " v=fi\n"},
        {"endpoint", "tcp://[::1]:7400", " v=\"tcp://[::1]:7400\"\n"},
        {"empty", "", " v=\"\"\n"},
        {"blank", "a b", " v=\"a b\"\n"},
        {"forged key", "a event=ok", " v=\"a event=ok\"\n"},
        {"quote", "a\" b=\"c", " v=\"a\\\" b=\\\"c\"\n"},
        {"backslash quote", "a\\\"", " v=\"a\\\\\\\"\"\n"},
        {"new line", "a\nlevel=error", " v=\"a\\nlevel=error\"\n"},
        {"terminal escape", "\x1b[2J", " v=\"\\x1b[2J\"\n"},
        {"C1 control",
         "\xc2\x9b"
         "2J",
         " v=\"\\u{009b}2J\"\n"},
        {"override",
         "\xe2\x80\xae"
         "cod.exe",
         " v=\"\\u{202e}cod.exe\"\n"},
        {"isolate", "\xe2\x81\xa6", " v=\"\\u{2066}\"\n"},
        {"mark", "\xd8\x9c", " v=\"\\u{061c}\"\n"},
        {"not UTF-8", "\xff\xfe", " v=\"\\xff\\xfe\"\n"},
        {"Estonian", "t\xc3\xb5rge", " v=\"t\xc3\xb5rge\"\n"},
    };
    (void)state;
    tcn_log_open("log-test", TCN_LOG_INFO);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct capture c;
        log_value(&c, tcn_view_str(rows[i].value));
        const char *shown = strstr(c.text, " v=");
        if (shown == NULL || strcmp(shown, rows[i].shown) != 0) {
            fail_msg("%s: got%s", rows[i].name, c.text);
        }
    }
}

static void every_byte_leaves_one_line_of_harmless_characters(void **state)
{
    (void)state;
    tcn_log_open("log-test", TCN_LOG_INFO);
    for (int b = 0; b < 256; b++) {
        uint8_t text[3] = {'x', (uint8_t)b, 'y'};
        struct capture c;
        log_value(&c, tcn_view(text, sizeof text));
        size_t len = strlen(c.text);
        assert_true(len > 0 && c.text[len - 1] == '\n');
        for (size_t i = 0; i + 1 < len; i++) {
            if (c.text[i] < 0x20 || c.text[i] > 0x7e) {
                fail_msg("byte %02x came through: %s", (unsigned)b, c.text);
            }
        }
    }
}

static void long_values_and_long_lines_are_cut_and_say_so(void **state)
{
    static uint8_t bad[5000];
    struct capture c;
    (void)state;
    tcn_log_open("log-test", TCN_LOG_INFO);
    memset(bad, 0xff, sizeof bad);
    log_value(&c, tcn_view(bad, sizeof bad));
    assert_non_null(strstr(c.text, "\\xff...\"\n"));
    assert_true(strlen(c.text) <= 1024);

    begin(&c);
    struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "seen");
    tcn_log_view(&line, "first", tcn_view(bad, 200));
    tcn_log_view(&line, "second", tcn_view(bad, 200));
    tcn_log_str(&line, "third", "x");
    tcn_log_end(&line);
    end(&c);
    assert_non_null(strstr(c.text, " first=\"\\xff"));
    assert_null(strstr(c.text, "second"));
    assert_null(strstr(c.text, "third"));
    assert_non_null(strstr(c.text, " cut=yes\n"));
}

static void less_important_lines_are_not_written(void **state)
{
    struct capture c;
    (void)state;
    tcn_log_open("log-test", TCN_LOG_WARNING);
    begin(&c);
    struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "quiet");
    tcn_log_str(&line, "k", "v");
    tcn_log_uint(&line, "n", 1);
    tcn_log_end(&line);
    line = tcn_log(TCN_LOG_ERROR, "loud");
    tcn_log_end(&line);
    end(&c);
    assert_null(strstr(c.text, "quiet"));
    assert_non_null(strstr(c.text, "level=error event=loud\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_keys_and_values),
        cmocka_unit_test(foreign_text_can_do_nothing_to_the_log),
        cmocka_unit_test(every_byte_leaves_one_line_of_harmless_characters),
        cmocka_unit_test(long_values_and_long_lines_are_cut_and_say_so),
        cmocka_unit_test(less_important_lines_are_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
