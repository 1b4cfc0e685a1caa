/* Files and the clock, for programs. Messages for people go into a buffer: what
 * was wrong with which path and what to do about it. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* Milliseconds since 1970 and a steady clock. */
uint64_t tcn_now_ms(void);
uint64_t tcn_steady_ms(void);

/* Cryptographic randomness; aborts when the system has none. */
void tcn_random(void *out, size_t len);

/* Reads a whole file of at most `max` bytes; *data is allocated with a NUL
 * after it (free it). NOT_FOUND, PERMISSION, SIZE, IO, NO_MEMORY. "-" reads
 * standard input. */
TCN_MUST_USE enum tcn_err tcn_file_read(const char *path, size_t max,
                                        uint8_t **data, size_t *len,
                                        struct tcn_buf *message);

/* Writes a file whole or not at all (temporary file, fsync, rename). With
 * `fresh` an existing file is EXISTS. */
TCN_MUST_USE enum tcn_err tcn_file_write(const char *path, unsigned mode,
                                         bool fresh, struct tcn_view data,
                                         struct tcn_buf *message);

/* Gives a file that was written and synced its name; `fresh` as above. */
TCN_MUST_USE enum tcn_err tcn_file_place(const char *temporary,
                                         const char *path, bool fresh,
                                         struct tcn_buf *message);

/* Makes a directory and its parents; OK when it is there already. */
TCN_MUST_USE enum tcn_err tcn_dir_make(const char *path, unsigned mode,
                                       struct tcn_buf *message);
