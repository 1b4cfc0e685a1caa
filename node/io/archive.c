#include "io/archive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "io/archive_file.h"

struct tcn_archive *archive_new(const char *path)
{
    struct tcn_archive *archive = calloc(1, sizeof *archive);
    if (archive == NULL) {
        return NULL;
    }
    archive->fd = -1;
    archive->sums = tcn_buf(malloc(SUMS_BYTES), SUMS_BYTES);
    (void)snprintf(archive->path, sizeof archive->path, "%s", path);
    if (archive->sums.data == NULL) {
        free(archive);
        return NULL;
    }
    return archive;
}

void tcn_archive_close(struct tcn_archive *archive)
{
    if (archive == NULL) {
        return;
    }
    if (archive->fd >= 0) {
        close(archive->fd);
    }
    if (archive->writing && !archive->finished) {
        (void)unlink(archive->temporary);
    }
    sodium_memzero(archive->piece, sizeof archive->piece); /* of keys, too */
    free(archive->sums.data);
    free(archive);
}

const char *tcn_archive_message(const struct tcn_archive *archive)
{
    return archive->message;
}

static enum tcn_err say(struct tcn_archive *archive, enum tcn_err err,
                        const char *path, const char *what)
{
    struct tcn_buf out = tcn_buf(archive->message, sizeof archive->message);
    tcn_text_escape(&out, tcn_view_str(path));
    tcn_buf_printf(&out, ": %s\n", what);
    (void)tcn_buf_text(&out);
    return err;
}

enum tcn_err archive_say(struct tcn_archive *archive, enum tcn_err err,
                         const char *what)
{
    return say(archive, err, archive->path, what);
}

enum tcn_err archive_errno(struct tcn_archive *archive, const char *path)
{
    switch (errno) {
    case ENOENT:
        return say(archive, TCN_ERR_NOT_FOUND, path, "there is no such file");
    case EEXIST:
        return say(archive, TCN_ERR_EXISTS, path,
                   "exists already: give another name");
    case EACCES:
    case EPERM:
    case EROFS:
        return say(archive, TCN_ERR_PERMISSION, path, "permission denied");
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return say(archive, TCN_ERR_DISK_FULL, path,
                   "the disk is full: make room and try again");
    default: return say(archive, TCN_ERR_IO, path, strerror(errno));
    }
}

unsigned head_checksum(const struct head *head)
{
    const uint8_t *bytes = (const uint8_t *)head;
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof *head; i++) {
        size_t at = offsetof(struct head, checksum);
        bool own = i >= at && i < at + sizeof head->checksum;
        sum += own ? ' ' : bytes[i];
    }
    return sum;
}

void sums_add(struct tcn_archive *archive)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256_final(&archive->hash, hash);
    tcn_text_hex(&archive->sums, tcn_view(hash, sizeof hash));
    tcn_buf_printf(&archive->sums, "  %s\n", archive->name);
    archive->members++;
}
