#include "io/child.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

/* ---- this program as the child: it tells what it finds ---- */

static void tell_descriptors(struct tcn_buf *out)
{
    for (int fd = 0; fd < 256; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            tcn_buf_printf(out, "fd=%d ", fd);
        }
    }
}

static int as_child(int argc, char **argv)
{
    char text[4096];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    for (int i = 1; i < argc; i++) {
        tcn_buf_printf(&out, "arg=%s ", argv[i]);
    }
    tell_descriptors(&out);
    for (size_t i = 0; environ[i] != NULL; i++) {
        tcn_buf_printf(&out, "env=%s ", environ[i]);
    }
    sigset_t blocked;
    (void)sigprocmask(SIG_BLOCK, NULL, &blocked);
    tcn_buf_printf(&out, "blocked=%d ", sigismember(&blocked, SIGTERM));
    tcn_buf_printf(&out, "ignored=%d",
                   signal(SIGTERM, SIG_DFL) == SIG_IGN ? 1 : 0);
    (void)send(TCN_CHILD_FD, out.data, out.len, MSG_NOSIGNAL);
    char order = 0;
    (void)recv(TCN_CHILD_FD, &order, 1, 0);
    if (order == 's') {
        (void)signal(SIGTERM, SIG_IGN);
        for (;;) {
            pause();
        }
    }
    return order == 'f' ? 7 : 0;
}

/* ---- the tests ---- */

static struct tcn_child spawn(const char *user)
{
    char text[200];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_child child;
    if (tcn_child_spawn(&child, "child_test", user, &message) != TCN_ERR_OK) {
        fail_msg("%s", tcn_buf_text(&message));
    }
    return child;
}

static void hear(int fd, char *text, size_t cap)
{
    ssize_t n = recv(fd, text, cap - 1, 0);
    assert_true(n > 0);
    text[n] = '\0';
}

static void how_it_ended(int pid, char *text, size_t cap)
{
    struct tcn_buf how = tcn_buf(text, cap);
    for (int i = 0; i < 1000 && !tcn_child_ended(pid, &how); i++) {
        (void)poll(NULL, 0, 10);
    }
    (void)tcn_buf_text(&how);
}

static void it_inherits_its_pipe_and_nothing_else(void **state)
{
    char text[4096], how[100];
    sigset_t term;
    (void)state;
    (void)setenv("SECRET", "in the environment", 1);
    int leak = open("/dev/null", O_RDONLY); /* not close-on-exec */
    assert_true(leak > TCN_CHILD_FD);
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &term, NULL);
    (void)signal(SIGTERM, SIG_IGN);
    struct tcn_child child = spawn(NULL);
    (void)signal(SIGTERM, SIG_DFL);
    (void)sigprocmask(SIG_UNBLOCK, &term, NULL);
    close(leak);
    hear(child.fd, text, sizeof text);
    assert_string_equal(text, "arg=--fd arg=3 fd=0 fd=1 fd=2 fd=3 "
                              "env=LANG=C.UTF-8 blocked=0 ignored=0");
    assert_true(fcntl(child.fd, F_GETFD) & FD_CLOEXEC);
    close(child.fd);
    how_it_ended(child.pid, how, sizeof how);
    assert_string_equal(how, "exit status 0");
}

static void the_user_is_an_argument(void **state)
{
    char text[4096], how[100];
    (void)state;
    struct tcn_child child = spawn("tocsin-link");
    hear(child.fd, text, sizeof text);
    assert_int_equal(
        strncmp(text, "arg=--fd arg=3 arg=--user arg=tocsin-link fd=0", 46), 0);
    assert_int_equal(send(child.fd, "f", 1, 0), 1);
    how_it_ended(child.pid, how, sizeof how);
    assert_string_equal(how, "exit status 7");
    close(child.fd);
}

static void one_that_does_not_end_is_killed(void **state)
{
    char text[4096];
    (void)state;
    struct tcn_child child = spawn(NULL);
    hear(child.fd, text, sizeof text);
    assert_int_equal(send(child.fd, "s", 1, 0), 1);
    char how[100];
    struct tcn_buf out = tcn_buf(how, sizeof how);
    assert_false(tcn_child_ended(child.pid, &out));
    close(child.fd);
    tcn_child_stop(child.pid, 50);
    assert_int_equal(kill(child.pid, 0), -1); /* gone, and reaped */
}

static void a_kill_is_told_by_name(void **state)
{
    char text[4096], how[100];
    (void)state;
    struct tcn_child child = spawn(NULL);
    hear(child.fd, text, sizeof text);
    (void)kill(child.pid, SIGKILL);
    how_it_ended(child.pid, how, sizeof how);
    assert_string_equal(how, "signal 9 (Killed)");
    close(child.fd);
}

static void a_program_that_is_not_there_is_said(void **state)
{
    char text[200];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_child child;
    (void)state;
    assert_int_equal(tcn_child_spawn(&child, "tocsin-nonsense", NULL, &message),
                     TCN_ERR_NOT_FOUND);
    assert_non_null(strstr(tcn_buf_text(&message), "tocsin-nonsense"));
    assert_int_equal(child.fd, -1);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--fd") == 0) {
        return as_child(argc, argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_inherits_its_pipe_and_nothing_else),
        cmocka_unit_test(the_user_is_an_argument),
        cmocka_unit_test(one_that_does_not_end_is_killed),
        cmocka_unit_test(a_kill_is_told_by_name),
        cmocka_unit_test(a_program_that_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
