#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/text.h"

static void say(struct tcn_buf *message, const char *path, const char *what)
{
    tcn_text_escape(message, tcn_view_str(path));
    tcn_buf_printf(message, ": %s\n", what);
}

/* The errno of the last call as an error, with a sentence for people. */
static enum tcn_err failed(struct tcn_buf *message, const char *path)
{
    switch (errno) {
    case ENOENT:
        say(message, path, "there is no such file");
        return TCN_ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        say(message, path, "permission denied");
        return TCN_ERR_PERMISSION;
    case EEXIST: say(message, path, "exists already"); return TCN_ERR_EXISTS;
    case ENOSPC:
    case EDQUOT:
        say(message, path, "the disk is full: make room and try again");
        return TCN_ERR_DISK_FULL;
    default: say(message, path, strerror(errno)); return TCN_ERR_IO;
    }
}

struct growing {
    uint8_t *data;
    size_t len;
    size_t cap;
};

static enum tcn_err grow(struct growing *g, size_t max)
{
    size_t cap = g->cap == 0 ? 16 * 1024 : g->cap * 2;
    cap = cap > max + 1 ? max + 1 : cap;
    uint8_t *data = realloc(g->data, cap + 1);
    if (data == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    g->data = data;
    g->cap = cap;
    return TCN_ERR_OK;
}

static enum tcn_err read_all(int fd, size_t max, struct growing *g,
                             const char *path, struct tcn_buf *message)
{
    for (;;) {
        if (g->len == g->cap) {
            if (g->len > max) {
                say(message, path, "the file is too large");
                return TCN_ERR_SIZE;
            }
            enum tcn_err err = grow(g, max);
            if (err != TCN_ERR_OK) {
                return err;
            }
        }
        ssize_t n = read(fd, g->data + g->len, g->cap - g->len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return failed(message, path);
        }
        if (n == 0) {
            g->data[g->len] = 0;
            return TCN_ERR_OK;
        }
        g->len += (size_t)n;
    }
}

enum tcn_err tcn_file_read(const char *path, size_t max, uint8_t **data,
                           size_t *len, struct tcn_buf *message)
{
    *data = NULL;
    *len = 0;
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return failed(message, path);
    }
    struct growing g = {0};
    enum tcn_err err = read_all(fd, max, &g, path, message);
    if (!standard) {
        close(fd);
    }
    if (err != TCN_ERR_OK) {
        free(g.data);
        return err;
    }
    *data = g.data;
    *len = g.len;
    return TCN_ERR_OK;
}

static bool write_all(int fd, struct tcn_view data)
{
    while (data.len > 0) {
        ssize_t n = write(fd, data.data, data.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        data = tcn_view(data.data + n, data.len - (size_t)n);
    }
    return true;
}

/* A rename is durable only when its directory is. */
static void sync_directory_of(const char *path)
{
    char dir[4096];
    (void)snprintf(dir, sizeof dir, "%s", path);
    char *slash = strrchr(dir, '/');
    if (slash == NULL) {
        (void)snprintf(dir, sizeof dir, ".");
    } else {
        slash[slash == dir ? 1 : 0] = '\0';
    }
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

/* mkostemp() made it 0600. A stick's file system may keep no modes. */
static bool give_mode(int fd, unsigned mode)
{
    return mode == 0600 || fchmod(fd, (mode_t)mode) == 0;
}

/* `fresh`: only where the name is not taken. Some file systems know no links,
 * others no rename that asks. */
static bool put_in_place(const char *temporary, const char *path, bool fresh)
{
    if (!fresh) {
        return rename(temporary, path) == 0;
    }
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0) {
        return true;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return false;
    }
    return link(temporary, path) == 0 && unlink(temporary) == 0;
}

enum tcn_err tcn_file_place(const char *temporary, const char *path, bool fresh,
                            struct tcn_buf *message)
{
    if (!put_in_place(temporary, path, fresh)) {
        return failed(message, path);
    }
    sync_directory_of(path);
    return TCN_ERR_OK;
}

enum tcn_err tcn_file_write(const char *path, unsigned mode, bool fresh,
                            struct tcn_view data, struct tcn_buf *message)
{
    char temporary[4096];
    int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof temporary) {
        say(message, path, "the path is too long");
        return TCN_ERR_IO;
    }
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        return failed(message, path);
    }
    bool ok = write_all(fd, data) && give_mode(fd, mode) && fsync(fd) == 0 &&
              put_in_place(temporary, path, fresh);
    enum tcn_err err = ok ? TCN_ERR_OK : failed(message, path);
    close(fd);
    if (!ok) {
        (void)unlink(temporary);
    }
    if (ok) {
        sync_directory_of(path);
    }
    return err;
}

/* Whether mkdir() failed because there is a directory already. */
static bool is_there(const char *path)
{
    struct stat info;
    if (errno != EEXIST || stat(path, &info) != 0) {
        return false;
    }
    errno = ENOTDIR;
    return S_ISDIR(info.st_mode);
}

enum tcn_err tcn_dir_make(const char *path, unsigned mode,
                          struct tcn_buf *message)
{
    char part[4096];
    int n = snprintf(part, sizeof part, "%s", path);
    if (n < 0 || (size_t)n >= sizeof part) {
        say(message, path, "the path is too long");
        return TCN_ERR_IO;
    }
    for (char *at = part + 1;; at++) {
        if (*at != '/' && *at != '\0') {
            continue;
        }
        char was = *at;
        *at = '\0';
        /* Parents are ordinary directories; only the last has `mode`. */
        if (mkdir(part, was == '\0' ? (mode_t)mode : 0755) != 0 &&
            !is_there(part)) {
            return failed(message, part);
        }
        *at = was;
        if (was == '\0') {
            return TCN_ERR_OK;
        }
    }
}
