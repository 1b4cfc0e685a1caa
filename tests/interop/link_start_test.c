/* How a tocsin-link process starts: what it gives up, and what it says when it
 * cannot. */
#include "interop/link_rig.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What happens between "KEY" and the end, and a piece of its sentence. */
static void expect_failure(struct rig_node *node, const char *piece)
{
    struct rig_message failed =
        rig_expect(node, TCN_MSG_FAILED, TCN_MSG_NO_PEER);
    if (strstr((char *)failed.payload, piece) == NULL) {
        fail_msg("\"%s\" is not in: %s", piece, (char *)failed.payload);
    }
    rig_free(&failed);
    assert_int_equal(rig_exit_status(node), 1);
    rig_kill(node);
}

static void a_port_in_use_is_said_with_what_to_do(void **state)
{
    (void)state;
    struct rig_node ee, lv;
    rig_init(&ee, "ee");
    rig_init(&lv, "lv");
    rig_start(&ee, NULL, 0);
    rig_spawn(&lv, NULL);
    rig_listen(&lv, ee.endpoint);
    rig_put(&lv, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    expect_failure(&lv, "is in use by another program: stop it");
    rig_fini(&lv);
    rig_fini(&ee);
}

static void endpoints_that_are_none_are_refused(void **state)
{
    static const struct {
        bool listener;
        const char *endpoint;
        const char *piece;
    } rows[] = {
        {true, "tcp://0.0.0.0", "is not an endpoint to listen on"},
        {true, "tcp://0.0.0.0:0", "is not an endpoint"},
        {true, "tcp://0.0.0.0:65536", "is not an endpoint"},
        {true, "tcp://*:*", "is not an endpoint"},
        {true, "ipc:///tmp/x", "write tcp://0.0.0.0:7400"},
        {true, "inproc://zeromq.zap.01", "is not an endpoint"},
        {true, "tcp://192.0.2.1:7400", "no such address"},
        {true, "tcp://\x1b[2J:7400", "\\x1b[2J"},
        {false, "tcp://*:7400", "is not an endpoint to connect to"},
        {false, "tcp://a;b:7400", "is not an endpoint"},
        {false, "tcp://10.0.0.1:1;tcp://10.0.0.2:2", "is not an endpoint"},
        {false, "http://fi:7400", "write tcp://HOST:7400"},
    };
    (void)state;
    struct rig_node lv, fi;
    rig_init(&lv, "lv");
    rig_init(&fi, "fi");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_spawn(&lv, NULL);
        if (rows[i].listener) {
            rig_listen(&lv, rows[i].endpoint);
        } else {
            rig_peer(&lv, 0, &fi, rows[i].endpoint);
        }
        rig_put(&lv, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
        expect_failure(&lv, rows[i].piece);
    }
    rig_fini(&lv);
    rig_fini(&fi);
}

static void keys_that_do_not_tell_nodes_apart_are_refused(void **state)
{
    (void)state;
    struct rig_node lv, fi, se;
    rig_init(&lv, "lv");
    rig_init(&fi, "fi");
    rig_init(&se, "se");

    rig_spawn(&lv, NULL);
    memcpy(se.keys.pk, fi.keys.pk, 32);
    rig_peer(&lv, 0, &fi, NULL);
    rig_peer(&lv, 1, &se, NULL);
    rig_put(&lv, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    expect_failure(&lv, "the card of se has the link key of fi");

    rig_spawn(&lv, NULL);
    memcpy(se.keys.pk, lv.keys.pk, 32);
    rig_peer(&lv, 0, &se, NULL);
    rig_put(&lv, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    expect_failure(&lv, "the card of se has the link key of this node itself");

    rig_spawn(&lv, NULL);
    memset(se.keys.pk, 0, 32);
    rig_peer(&lv, 0, &se, NULL);
    rig_put(&lv, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    expect_failure(&lv, "the card of se has the link key of nobody");

    memcpy(lv.keys.pk, fi.keys.pk, 32);
    rig_spawn(&lv, NULL);
    rig_put(&lv, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    expect_failure(&lv, "does not fit its certificate");

    rig_fini(&lv);
    rig_fini(&fi);
    rig_fini(&se);
}

static void a_message_out_of_place_ends_it(void **state)
{
    (void)state;
    struct rig_node lv;
    rig_init(&lv, "lv");
    rig_spawn(&lv, NULL);
    rig_send(&lv, 0, "early", 5);
    expect_failure(&lv, "has no place here");
    rig_fini(&lv);
}

/* Runs it without tocsind; its output, and the exit status. */
static int run_by_hand(const char *option, char *text, size_t cap)
{
    char path[4096];
    int out[2];
    ssize_t n;
    rig_program(path, sizeof path);
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(out[1], STDOUT_FILENO);
        (void)dup2(out[1], STDERR_FILENO);
        execl(path, path, option, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    size_t len = 0;
    while ((n = read(out[0], text + len, cap - 1 - len)) > 0) {
        len += (size_t)n;
    }
    text[len] = '\0';
    close(out[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void started_by_hand_it_explains_itself(void **state)
{
    static const struct {
        const char *option;
        int status;
        const char *piece;
    } rows[] = {
        {NULL, 2, "is started by tocsind, not by hand"},
        {"--fd=9", 2, "is started by tocsind, not by hand"},
        {"--fd=1", 2, "--fd takes a descriptor, 3 or more"},
        {"--nonsense", 2, "there is no such option"},
        {"word", 2, "it takes no such word"},
        {"--help", 0, "usage: tocsin-link --fd N"},
        {"--version", 0, "tocsin-link 0."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[4096];
        int status = run_by_hand(rows[i].option, text, sizeof text);
        if (status != rows[i].status || strstr(text, rows[i].piece) == NULL) {
            fail_msg("%s: exit status %d: %s", rows[i].option, status, text);
        }
    }
}

static void read_status(int pid, const char *file, char *text, size_t cap)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, text, cap - 1);
    assert_true(n > 0);
    text[n] = '\0';
    close(fd);
}

static void it_keeps_no_right_it_does_not_need(void **state)
{
    char text[8192];
    (void)state;
    if (geteuid() != 0) {
        skip(); /* only root can become somebody else */
    }
    struct rig_node lv;
    rig_init(&lv, "lv");
    gid_t had[64], extra[] = {1, 2};
    int count = getgroups(64, had);
    assert_true(count >= 0);
    assert_int_equal(setgroups(2, extra), 0); /* which it must not keep */
    rig_spawn(&lv, "nobody");
    assert_int_equal(setgroups((size_t)count, had), 0);
    rig_listen(&lv, lv.endpoint);
    rig_put(&lv, TCN_MSG_START, TCN_MSG_NO_PEER, NULL, 0);
    struct rig_message ready = rig_expect(&lv, TCN_MSG_READY, TCN_MSG_NO_PEER);
    rig_free(&ready);
    read_status(lv.pid, "status", text, sizeof text);
    static const char *const lines[] = {
        "\nUid:\t65534\t65534\t65534\t65534\n",
        "\nGid:\t65534\t65534\t65534\t65534\n",
        "\nGroups:\t \n",
        "\nCapPrm:\t0000000000000000\n",
        "\nCapEff:\t0000000000000000\n",
        "\nCapAmb:\t0000000000000000\n",
        "\nNoNewPrivs:\t1\n",
        "\nSeccomp:\t2\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strstr(text, lines[i]) == NULL) {
            fail_msg("no line%s in:\n%s", lines[i], text);
        }
    }
    read_status(lv.pid, "environ", text, sizeof text);
    assert_int_equal(strncmp(text, "LANG=", 5), 0);
    read_status(lv.pid, "limits", text, sizeof text);
    assert_non_null(
        strstr(text, "Max core file size        0                    0 "));
    rig_fini(&lv);
}

static void an_unknown_user_is_said(void **state)
{
    (void)state;
    struct rig_node lv;
    rig_init(&lv, "lv");
    rig_spawn(&lv, "no-such-user");
    expect_failure(&lv, "there is no user no-such-user");
    rig_fini(&lv);
}

static void it_dies_with_its_parent(void **state)
{
    (void)state;
    int tell[2];
    assert_int_equal(pipe(tell), 0);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    pid_t parent = fork();
    if (parent == 0) {
        struct rig_node lv;
        rig_init(&lv, "lv");
        rig_start(&lv, NULL, 0);
        (void)!write(tell[1], &lv.pid, sizeof lv.pid);
        for (;;) {
            pause();
        }
    }
    int pid = 0;
    assert_int_equal(read(tell[0], &pid, sizeof pid), sizeof pid);
    close(tell[0]);
    close(tell[1]);
    /* Stopped, it cannot notice that its pipe closes: only the signal helps. */
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(waitpid(parent, NULL, WNOHANG), 0);
    (void)kill(parent, SIGKILL);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    uint64_t deadline = rig_now_ms() + RIG_WAIT_MS;
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0 && rig_now_ms() < deadline) {
        (void)poll(NULL, 0, 5);
    }
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_in_use_is_said_with_what_to_do),
        cmocka_unit_test(endpoints_that_are_none_are_refused),
        cmocka_unit_test(keys_that_do_not_tell_nodes_apart_are_refused),
        cmocka_unit_test(a_message_out_of_place_ends_it),
        cmocka_unit_test(started_by_hand_it_explains_itself),
        cmocka_unit_test(it_keeps_no_right_it_does_not_need),
        cmocka_unit_test(an_unknown_user_is_said),
        cmocka_unit_test(it_dies_with_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
