/* What a child process gives up before it touches anything foreign: other
 * descriptors, another user's rights, capabilities, core dumps, ptrace, exec,
 * and its life after its parent. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct tcn_sandbox {
    const char *user;   /* to become, when we are root; NULL = stay */
    int keep_fd;        /* beside 0, 1 and 2 */
    unsigned files;     /* descriptors wanted (RLIMIT_NOFILE) */
    unsigned files_got; /* out: what the machine gave */
    bool filtered;      /* out: the system call filter is in force */
};

/* In this order: closes descriptors, sets limits, becomes the user without
 * groups and capabilities, forbids new privileges, dumps and tracing, dies with
 * the parent, and forbids the system calls that no child needs (execve, ptrace,
 * mount, bpf ...; x86-64 and arm64, where it fails we go on without). Call it
 * before any thread. NOT_FOUND (no such user), PERMISSION, IO with a message;
 * the process must then end. */
TCN_MUST_USE enum tcn_err tcn_sandbox_enter(struct tcn_sandbox *sandbox,
                                            struct tcn_buf *message);

/* Bounds the address space (RLIMIT_AS): `bytes` now, and never more than `most`
 * by a later call. Builds with sanitizers do not bound it, and stay dumpable
 * for the leak checker. */
TCN_MUST_USE enum tcn_err tcn_sandbox_limit_memory(uint64_t bytes,
                                                   uint64_t most);
