#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/archive_file.h"
#include "io/file.h"

enum tcn_err tcn_archive_create(struct tcn_archive **out, const char *path,
                                uint64_t now_ms)
{
    struct tcn_archive *archive = archive_new(path);
    *out = archive;
    if (archive == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    archive->now_ms = now_ms;
    int n = snprintf(archive->temporary, sizeof archive->temporary, "%s.XXXXXX",
                     path);
    if (n < 0 || (size_t)n >= sizeof archive->temporary - 16) {
        return archive_say(archive, TCN_ERR_IO, "the path is too long");
    }
    if (access(path, F_OK) == 0) {
        errno = EEXIST;
        return archive_errno(archive, path);
    }
    archive->fd = mkostemp(archive->temporary, O_CLOEXEC); /* 0600 */
    if (archive->fd < 0) {
        return archive_errno(archive, path);
    }
    archive->writing = true;
    return TCN_ERR_OK;
}

const char *tcn_archive_temporary(const struct tcn_archive *archive)
{
    return archive->temporary;
}

static enum tcn_err write_all(struct tcn_archive *archive, const void *data,
                              size_t len)
{
    const uint8_t *at = data;
    while (len > 0) {
        ssize_t n = write(archive->fd, at, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return archive_errno(archive, archive->path);
        }
        at += n;
        len -= (size_t)n;
    }
    return TCN_ERR_OK;
}

/* ---- heads ---- */

/* A long name is split at a slash: what is before it goes into the prefix. */
static bool put_name(struct head *head, const char *name)
{
    size_t len = strlen(name);
    size_t cut = 0;
    if (len > sizeof head->name) {
        cut = len - sizeof head->name - 1;
        while (cut < len && name[cut] != '/') {
            cut++;
        }
        if (cut >= len - 1 || cut > sizeof head->prefix) {
            return false;
        }
        memcpy(head->prefix, name, cut);
        cut++;
    }
    memcpy(head->name, name + cut, len - cut);
    return true;
}

/* Octal digits; beyond 8 GiB big-endian bytes, as GNU tar writes them. */
static void put_number(char *out, size_t width, uint64_t number)
{
    if (number >> (3 * (width - 1)) == 0) {
        (void)snprintf(out, width, "%0*llo", (int)width - 1,
                       (unsigned long long)number);
        return;
    }
    memset(out, 0, width);
    for (size_t i = 0; i < sizeof number; i++) {
        out[width - 1 - i] = (char)(uint8_t)(number >> (8 * i));
    }
    out[0] = (char)(uint8_t)0x80;
}

static enum tcn_err begin(struct tcn_archive *archive, const char *name,
                          unsigned mode, uint64_t size, char type)
{
    struct head head = {.type = type};
    if (archive->members == TCN_ARCHIVE_MEMBERS_MAX ||
        strlen(name) > TCN_ARCHIVE_NAME_MAX || !put_name(&head, name)) {
        return archive_say(archive, TCN_ERR_SIZE,
                           "too many files, or a path that is too long");
    }
    put_number(head.mode, sizeof head.mode, mode);
    put_number(head.uid, sizeof head.uid, 0);
    put_number(head.gid, sizeof head.gid, 0);
    put_number(head.size, sizeof head.size, size);
    put_number(head.mtime, sizeof head.mtime, archive->now_ms / 1000);
    memcpy(head.magic,
           "ustar\0"
           "00",
           sizeof head.magic);
    put_number(head.checksum, sizeof head.checksum - 1, head_checksum(&head));
    (void)snprintf(archive->name, sizeof archive->name, "%s", name);
    (void)crypto_hash_sha256_init(&archive->hash);
    archive->size = size;
    return write_all(archive, &head, sizeof head);
}

static enum tcn_err add(struct tcn_archive *archive, const void *data,
                        size_t len)
{
    (void)crypto_hash_sha256_update(&archive->hash, data, len);
    return write_all(archive, data, len);
}

static enum tcn_err end(struct tcn_archive *archive)
{
    static const uint8_t zeros[BLOCK];
    size_t over = archive->size % BLOCK;
    sums_add(archive);
    return over == 0 ? TCN_ERR_OK : write_all(archive, zeros, BLOCK - over);
}

/* ---- members ---- */

enum tcn_err tcn_archive_put(struct tcn_archive *archive, const char *name,
                             unsigned mode, struct tcn_view bytes)
{
    enum tcn_err err = begin(archive, name, mode, bytes.len, '0');
    err = err == TCN_ERR_OK ? add(archive, bytes.data, bytes.len) : err;
    return err == TCN_ERR_OK ? end(archive) : err;
}

enum tcn_err tcn_archive_put_dir(struct tcn_archive *archive, const char *name,
                                 unsigned mode)
{
    enum tcn_err err = begin(archive, name, mode, 0, '5');
    archive->members += err == TCN_ERR_OK;
    return err;
}

static enum tcn_err add_file(struct tcn_archive *archive, int fd,
                             const char *path)
{
    for (uint64_t left = archive->size; left > 0;) {
        size_t most = left < PIECE ? (size_t)left : PIECE;
        ssize_t n = read(fd, archive->piece, most);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? EIO : errno; /* it has become shorter */
            return archive_errno(archive, path);
        }
        enum tcn_err err = add(archive, archive->piece, (size_t)n);
        if (err != TCN_ERR_OK) {
            return err;
        }
        left -= (uint64_t)n;
    }
    return TCN_ERR_OK;
}

enum tcn_err tcn_archive_put_file(struct tcn_archive *archive, const char *name,
                                  unsigned mode, const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0) {
        enum tcn_err err = archive_errno(archive, path);
        if (fd >= 0) {
            close(fd);
        }
        return err;
    }
    enum tcn_err err = begin(archive, name, mode, (uint64_t)info.st_size, '0');
    err = err == TCN_ERR_OK ? add_file(archive, fd, path) : err;
    close(fd);
    return err == TCN_ERR_OK ? end(archive) : err;
}

enum tcn_err tcn_archive_finish(struct tcn_archive *archive)
{
    static const uint8_t zeros[2 * BLOCK];
    struct tcn_buf message = tcn_buf(archive->message, sizeof archive->message);
    if (archive->sums.full) {
        return archive_say(archive, TCN_ERR_SIZE, "too many files");
    }
    struct tcn_view sums = tcn_buf_view(&archive->sums);
    enum tcn_err err = tcn_archive_put(archive, SUMS_NAME, 0600, sums);
    err = err == TCN_ERR_OK ? write_all(archive, zeros, sizeof zeros) : err;
    if (err == TCN_ERR_OK && fsync(archive->fd) != 0) {
        err = archive_errno(archive, archive->path);
    }
    if (err == TCN_ERR_OK) {
        err = tcn_file_place(archive->temporary, archive->path, true, &message);
        (void)tcn_buf_text(&message);
    }
    archive->finished = err == TCN_ERR_OK;
    return err;
}
