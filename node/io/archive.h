/* One file that holds files: a POSIX tar archive of plain files and
 * directories, as tar(1) reads it. The last one, SHA256SUMS, has the hash of
 * each of the others, as sha256sum(1) writes and checks them; what is cut off
 * or altered is found out.
 *
 * Errors: EXISTS, PERMISSION, NOT_FOUND, DISK_FULL, IO, NO_MEMORY, SIZE (a name
 * or too many), FORMAT (not such a file), CORRUPT (it was one). The message
 * says what is wrong with which file. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#define TCN_ARCHIVE_NAME_MAX    255
#define TCN_ARCHIVE_MEMBERS_MAX 1024

struct tcn_archive;
const char *tcn_archive_message(const struct tcn_archive *archive);
/* What was not finished is removed. */
void tcn_archive_close(struct tcn_archive *archive);

/* ---- writing ---- */

/* Makes PATH (0600) under a temporary name; an existing file is EXISTS, now and
 * when it is finished. On an error *out may be given, for its message. */
TCN_MUST_USE enum tcn_err tcn_archive_create(struct tcn_archive **out,
                                             const char *path, uint64_t now_ms);
/* The temporary file, beside which there is room for others. */
const char *tcn_archive_temporary(const struct tcn_archive *archive);
TCN_MUST_USE enum tcn_err tcn_archive_put(struct tcn_archive *archive,
                                          const char *name, unsigned mode,
                                          struct tcn_view bytes);
/* That there is a directory, for its mode; what is in it is put by itself. */
TCN_MUST_USE enum tcn_err tcn_archive_put_dir(struct tcn_archive *archive,
                                              const char *name, unsigned mode);
/* All of a plain file. */
TCN_MUST_USE enum tcn_err tcn_archive_put_file(struct tcn_archive *archive,
                                               const char *name, unsigned mode,
                                               const char *path);
/* The hashes, then to the disk, then to its name. */
TCN_MUST_USE enum tcn_err tcn_archive_finish(struct tcn_archive *archive);

/* ---- reading ---- */

struct tcn_archive_member {
    char name[TCN_ARCHIVE_NAME_MAX + 1]; /* plain, relative, without ".." */
    uint64_t size_bytes;
    unsigned mode; /* 0600 to 0775: no more than that is believed */
    bool is_dir;   /* 0700 at least, and nothing to read */
};
TCN_MUST_USE enum tcn_err tcn_archive_open(struct tcn_archive **out,
                                           const char *path);
/* The next one; NOT_FOUND behind the last, and then everything is as it was
 * written. Until then nothing that was read is to be believed. */
TCN_MUST_USE enum tcn_err tcn_archive_next(struct tcn_archive *archive,
                                           struct tcn_archive_member *member);
/* The next piece of this one; NOT_FOUND at its end. The view is good until the
 * next call. */
TCN_MUST_USE enum tcn_err tcn_archive_read(struct tcn_archive *archive,
                                           struct tcn_view *piece);
/* How much of the file was read, for progress. */
uint64_t tcn_archive_done_bytes(const struct tcn_archive *archive);
uint64_t tcn_archive_size_bytes(const struct tcn_archive *archive);
