/* Assertions for our own bugs only; they stay on in release builds.
 *
 * If a byte from outside the process can make one fire, that is a security
 * bug: bad input returns an enum tcn_err instead (common/base/err.h). */
#pragma once

#define tcn_assert(cond)                                                       \
    ((cond) ? (void)0 : tcn_assert_failed(#cond, __FILE__, __LINE__))

/* Prints the failed condition to stderr and aborts. Never returns. */
_Noreturn void tcn_assert_failed(const char *cond, const char *file, int line);
