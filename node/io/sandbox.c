#include "io/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io/syscall_filter.h"

/* Sanitizers reserve terabytes of address space, and the leak checker traces
 * its own process: builds with them keep the memory limit off and stay
 * dumpable. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static enum tcn_err failed(struct tcn_buf *message, const char *what)
{
    int why = errno;
    tcn_buf_printf(message, "cannot give up privileges: %s: %s\n", what,
                   strerror(why));
    return why == EPERM || why == EACCES ? TCN_ERR_PERMISSION : TCN_ERR_IO;
}

/* All but 0-2 and the one to keep. */
static bool close_others(int keep)
{
    unsigned fd = (unsigned)keep;
    bool below = fd <= 3 || close_range(3, fd - 1, 0) == 0;
    return below && close_range(fd < 3 ? 3 : fd + 1, ~0u, 0) == 0;
}

static bool set_limit(__rlimit_resource_t what, rlim_t value)
{
    struct rlimit limit = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(what, &limit) == 0;
}

/* As many descriptors as wanted, or as many as there are: container runtimes
 * refuse to raise the limit. */
static unsigned limit_files(unsigned wanted)
{
    struct rlimit limit;
    if (set_limit(RLIMIT_NOFILE, wanted)) {
        return wanted;
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return 0;
    }
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    limit.rlim_max = limit.rlim_cur;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return (unsigned)limit.rlim_cur;
}

static enum tcn_err become_user(const char *name, struct tcn_buf *message)
{
    errno = 0;
    const struct passwd *user = getpwnam(name);
    if (user == NULL) {
        tcn_buf_printf(message,
                       "there is no user %s on this machine: create it "
                       "(sysusers.d) or start as an ordinary user\n",
                       name);
        return TCN_ERR_NOT_FOUND;
    }
    uid_t uid = user->pw_uid;
    gid_t gid = user->pw_gid;
    if (geteuid() != 0 && geteuid() == uid && getuid() == uid) {
        return TCN_ERR_OK; /* we are it already */
    }
    if (uid == 0 || gid == 0) {
        tcn_buf_printf(message, "user %s is root or in its group: refused\n",
                       name);
        return TCN_ERR_PERMISSION;
    }
    if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0) {
        return failed(message, name);
    }
    if (setuid(0) == 0 || setgid(0) == 0) {
        tcn_buf_put_str(message, "root could be regained: refused\n");
        return TCN_ERR_PERMISSION;
    }
    return TCN_ERR_OK;
}

static bool drop_capabilities(void)
{
    struct __user_cap_header_struct head = {
        .version = _LINUX_CAPABILITY_VERSION_3,
    };
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0 &&
           syscall(SYS_capset, &head, none) == 0;
}

enum tcn_err tcn_sandbox_enter(struct tcn_sandbox *sandbox,
                               struct tcn_buf *message)
{
    /* The parent's death kills us already (io/child.c), until setresuid()
     * resets that: so a parent that is another one afterwards died between. */
    pid_t parent = getppid();
    if (!close_others(sandbox->keep_fd)) {
        return failed(message, "closing descriptors");
    }
    sandbox->files_got = limit_files(sandbox->files);
    if (!set_limit(RLIMIT_CORE, 0)) {
        return failed(message, "no core dumps");
    }
    if (sandbox->user != NULL) {
        enum tcn_err err = become_user(sandbox->user, message);
        if (err != TCN_ERR_OK) {
            return err;
        }
    }
    if (!drop_capabilities()) {
        return failed(message, "capabilities");
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, SANITIZED, 0, 0, 0) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        return failed(message, "prctl");
    }
    if (getppid() != parent) {
        tcn_buf_put_str(message, "the parent process is gone\n");
        return TCN_ERR_IO;
    }
    sandbox->filtered = tcn_syscall_filter();
    return TCN_ERR_OK;
}

enum tcn_err tcn_sandbox_limit_memory(uint64_t bytes, uint64_t most)
{
    struct rlimit limit;
    if (SANITIZED) {
        return TCN_ERR_OK;
    }
    if (getrlimit(RLIMIT_AS, &limit) != 0) {
        return TCN_ERR_IO;
    }
    /* Whoever started us may have set less. */
    limit.rlim_max = limit.rlim_max < most ? limit.rlim_max : most;
    limit.rlim_cur = limit.rlim_max < bytes ? limit.rlim_max : bytes;
    return setrlimit(RLIMIT_AS, &limit) == 0 ? TCN_ERR_OK : TCN_ERR_IO;
}
