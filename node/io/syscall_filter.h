/* A system call filter (seccomp) for processes that only move bytes: a short
 * list of what they never do answers EPERM. It is a list of refusals, not of
 * permissions: libraries may use what they like of the rest, on every kernel.
 */
#pragma once

#include <stdbool.h>

/* Puts it in force for this process and what it becomes; needs no_new_privs.
 * False when the architecture is unknown to it or the kernel has no seccomp. */
bool tcn_syscall_filter(void);
