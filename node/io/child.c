#include "io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ELSEWHERE "/usr/lib/tocsin"

/* Room in the kernel for a burst, so that the two processes need not alternate
 * for every few frames. The kernel gives what net.core.wmem_max allows. */
#define SOCKET_BYTES (1024 * 1024)

struct plan {
    char path[4096];
    char *args[6];
    char *env[3];
    char journal[80];
    int fd; /* the child's end */
    pid_t parent;
};

static bool find_beside(char *path, size_t cap, const char *program)
{
    char self[3072];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) {
        return false;
    }
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    int len = snprintf(path, cap, "%s/%s", self, program);
    return len > 0 && (size_t)len < cap && access(path, X_OK) == 0;
}

static bool find_program(char *path, size_t cap, const char *program)
{
    if (find_beside(path, cap, program)) {
        return true;
    }
    int len = snprintf(path, cap, ELSEWHERE "/%s", program);
    return len > 0 && (size_t)len < cap && access(path, X_OK) == 0;
}

static void plan_args(struct plan *plan, const char *user)
{
    static char fd_option[] = "--fd", fd_value[] = "3",
                user_option[] = "--user";
    _Static_assert(TCN_CHILD_FD == 3, "fd_value");
    size_t n = 0;
    plan->args[n++] = plan->path;
    plan->args[n++] = fd_option;
    plan->args[n++] = fd_value;
    if (user != NULL) {
        plan->args[n++] = user_option;
        plan->args[n++] = (char *)(uintptr_t)user; /* execve() only reads it */
    }
    plan->args[n] = NULL;
}

/* Nothing is inherited but what the log needs to know its stream. */
static void plan_env(struct plan *plan)
{
    static char lang[] = "LANG=C.UTF-8";
    size_t n = 0;
    plan->env[n++] = lang;
    const char *stream = getenv("JOURNAL_STREAM");
    if (stream != NULL && strlen(stream) < 48) {
        (void)snprintf(plan->journal, sizeof plan->journal, "JOURNAL_STREAM=%s",
                       stream);
        plan->env[n++] = plan->journal;
    }
    plan->env[n] = NULL;
}

/* In the child, between fork and exec: async-signal-safe calls only. */
static void become(const struct plan *plan)
{
    /* It survives the exec; whoever dropped privileges sets it again. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != plan->parent) {
        _exit(126);
    }
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++) {
        (void)signal(number, SIG_DFL);
    }
    if (plan->fd == TCN_CHILD_FD) {
        (void)fcntl(plan->fd, F_SETFD, 0);
    } else if (dup2(plan->fd, TCN_CHILD_FD) < 0) {
        _exit(126);
    }
    (void)close_range(TCN_CHILD_FD + 1, ~0u, 0);
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0 && null != STDIN_FILENO) {
        (void)dup2(null, STDIN_FILENO);
        close(null);
    }
    execve(plan->path, plan->args, plan->env);
    _exit(127);
}

static void enlarge(int fd)
{
    int size = SOCKET_BYTES;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

enum tcn_err tcn_child_spawn(struct tcn_child *child, const char *program,
                             const char *user, struct tcn_buf *message)
{
    *child = (struct tcn_child){.pid = -1, .fd = -1};
    struct plan plan = {.parent = getpid()};
    if (!find_program(plan.path, sizeof plan.path, program)) {
        tcn_buf_printf(message,
                       "%s is neither beside this program nor in " ELSEWHERE
                       ": install it completely\n",
                       program);
        return TCN_ERR_NOT_FOUND;
    }
    plan_args(&plan, user);
    plan_env(&plan);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        tcn_buf_printf(message, "%s: no socket: %s\n", program,
                       strerror(errno));
        return TCN_ERR_IO;
    }
    enlarge(pair[0]);
    enlarge(pair[1]);
    plan.fd = pair[1];
    pid_t pid = fork();
    if (pid == 0) {
        become(&plan);
    }
    int why = errno;
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        tcn_buf_printf(message, "%s: no process: %s\n", program, strerror(why));
        return TCN_ERR_IO;
    }
    *child = (struct tcn_child){.pid = (int)pid, .fd = pair[0]};
    return TCN_ERR_OK;
}

static void put_how(struct tcn_buf *how, int status)
{
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        const char *name = sigdescr_np(number);
        tcn_buf_printf(how, "signal %d (%s)", number,
                       name == NULL ? "unknown" : name);
    } else {
        tcn_buf_printf(how, "exit status %d", WEXITSTATUS(status));
    }
}

bool tcn_child_ended(int pid, struct tcn_buf *how)
{
    int status = 0;
    pid_t got = waitpid((pid_t)pid, &status, WNOHANG);
    if (got == 0) {
        return false;
    }
    if (got < 0) {
        tcn_buf_put_str(how, "no such child");
        return true;
    }
    put_how(how, status);
    return true;
}

static void wait_a_moment(int pid, int grace_ms)
{
    int pidfd = pidfd_open((pid_t)pid, 0);
    if (pidfd >= 0) {
        struct pollfd ended = {.fd = pidfd, .events = POLLIN};
        (void)poll(&ended, 1, grace_ms);
        close(pidfd);
    }
}

bool tcn_child_ends(int pid, int grace_ms, struct tcn_buf *how)
{
    wait_a_moment(pid, grace_ms);
    return tcn_child_ended(pid, how);
}

void tcn_child_stop(int pid, int grace_ms)
{
    wait_a_moment(pid, grace_ms);
    if (waitpid((pid_t)pid, NULL, WNOHANG) == 0) {
        (void)kill((pid_t)pid, SIGKILL);
        while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
}
