#include "io/syscall_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#endif

#define X32_BIT 0x40000000u

#define LOAD(field)                                                            \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define GIVE(action) BPF_STMT(BPF_RET | BPF_K, action)
#define REFUSED      (SECCOMP_RET_ERRNO | EPERM)
#define REFUSE(name)                                                           \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), GIVE(REFUSED)

#if defined(__SANITIZE_ADDRESS__)
#define TRACES_ITSELF
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TRACES_ITSELF
#endif
#endif

#ifdef OWN_ARCH

bool tcn_syscall_filter(void)
{
    static struct sock_filter code[] = {
        /* Numbers mean something else under another architecture. */
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 1, 0),
        GIVE(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
        GIVE(SECCOMP_RET_KILL_PROCESS),
        /* other programs */
        REFUSE(execve),
        REFUSE(execveat),
    /* other processes; the leak sanitizer traces its own */
#if !defined(TRACES_ITSELF)
        REFUSE(ptrace),
#endif
        REFUSE(process_vm_readv),
        REFUSE(process_vm_writev),
        REFUSE(pidfd_getfd),
        REFUSE(kcmp),
        /* other name spaces and file systems */
        REFUSE(unshare),
        REFUSE(setns),
        REFUSE(mount),
        REFUSE(umount2),
        REFUSE(pivot_root),
        REFUSE(chroot),
        REFUSE(open_by_handle_at),
        REFUSE(mknodat),
        /* the kernel's wider surface */
        REFUSE(bpf),
        REFUSE(perf_event_open),
        REFUSE(userfaultfd),
        REFUSE(io_uring_setup),
        REFUSE(keyctl),
        REFUSE(add_key),
        REFUSE(request_key),
        REFUSE(init_module),
        REFUSE(finit_module),
        REFUSE(delete_module),
        REFUSE(kexec_load),
        REFUSE(reboot),
        REFUSE(swapon),
        REFUSE(swapoff),
        REFUSE(settimeofday),
        REFUSE(clock_settime),
        GIVE(SECCOMP_RET_ALLOW),
    };
    static struct sock_fprog program = {
        .len = sizeof code / sizeof code[0],
        .filter = code,
    };
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

#else

bool tcn_syscall_filter(void)
{
    return false;
}

#endif
