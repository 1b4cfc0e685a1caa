/* Starting a child program on a socketpair, and learning how it ended. The
 * child finds its end of the pair on descriptor 3, nothing else that was open
 * here but 1 and 2, an empty standard input and a clean environment.
 *
 * Call from the main thread only: a child dies with the thread that started it
 * (PR_SET_PDEATHSIG). */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#define TCN_CHILD_FD 3

struct tcn_child {
    int pid;
    int fd; /* our end: close-on-exec; the caller closes it */
};

/* Runs `PROGRAM --fd 3`, with `--user NAME` when `user` is not NULL (it drops
 * its privileges itself, io/sandbox.h). PROGRAM stands beside our own
 * executable or in /usr/lib/tocsin. NOT_FOUND, IO with a message. That a
 * program could not be executed at all shows as the end "exit status 127". */
TCN_MUST_USE enum tcn_err tcn_child_spawn(struct tcn_child *child,
                                          const char *program, const char *user,
                                          struct tcn_buf *message);

/* Whether the process has ended; if so it is reaped, and `how` says how, for
 * people ("exit status 1", "signal 9 (Killed)"). Does not wait. */
bool tcn_child_ended(int pid, struct tcn_buf *how);
/* The same for one that is about to end: waits for it at most that long. */
bool tcn_child_ends(int pid, int grace_ms, struct tcn_buf *how);

/* Waits at most `grace_ms` for its end (close our end first), then kills it;
 * reaped in any case. */
void tcn_child_stop(int pid, int grace_ms);
