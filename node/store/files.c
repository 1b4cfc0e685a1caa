/* Who may get at the files. What observers may see is readable by a group, the
 * rest by nobody else. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/internal.h"

#define PATH_BYTES (sizeof((struct tcn_store *)0)->dir + 16)

enum tcn_err files_directory(struct tcn_store *store)
{
    struct stat info;
    if (mkdir(store->dir, 0750) != 0 && errno != EEXIST) {
        return store_errno(store, store->dir, errno);
    }
    if (stat(store->dir, &info) != 0) {
        return store_errno(store, store->dir, errno);
    }
    if (!S_ISDIR(info.st_mode)) {
        return store_say(store, TCN_ERR_PERMISSION, "%s: not a directory",
                         store->dir);
    }
    if ((info.st_mode & S_IWOTH) != 0) {
        return store_say(store, TCN_ERR_PERMISSION,
                         "%s: everybody may write here: run `chmod o-w %s`",
                         store->dir, store->dir);
    }
    return TCN_ERR_OK;
}

/* The lock goes with the process, however it ends. */
enum tcn_err files_lock(struct tcn_store *store)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/lock", store->dir);
    store->lock_fd =
        open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->lock_fd < 0) {
        return store_errno(store, path, errno);
    }
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? store_say(store, TCN_ERR_BUSY,
                               "%s: another process holds this lock: a node "
                               "is using the store",
                               path)
                   : store_errno(store, path, errno);
    }
    return TCN_ERR_OK;
}

static enum tcn_err check_file(struct tcn_store *store, const char *path,
                               int fd, unsigned mode)
{
    struct stat info;
    if (fstat(fd, &info) != 0) {
        return store_errno(store, path, errno);
    }
    if (!S_ISREG(info.st_mode)) {
        return store_say(store, TCN_ERR_PERMISSION, "%s: not a plain file",
                         path);
    }
    if ((info.st_mode & 0777 & ~mode) != 0) {
        return store_say(store, TCN_ERR_PERMISSION,
                         "%s: others may get at it: run `chmod %o %s`", path,
                         mode, path);
    }
    return TCN_ERR_OK;
}

/* SQLite gives its -wal and -shm files the mode and group of the file. */
static enum tcn_err make_file(struct tcn_store *store, const char *path,
                              unsigned mode)
{
    mode_t before = umask(0777 & ~mode);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
    int number = errno;
    (void)umask(before);
    if (fd < 0) {
        return store_errno(store, path, number);
    }
    enum tcn_err err = check_file(store, path, fd, mode);
    close(fd);
    return err;
}

enum tcn_err files_open(struct tcn_store *store, const char *name,
                        unsigned mode, sqlite3 **db)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", store->dir, name);
    enum tcn_err err = make_file(store, path, mode);
    if (err != TCN_ERR_OK) {
        return err;
    }
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    return sqlite3_open_v2(path, db, flags, NULL) == SQLITE_OK
               ? TCN_ERR_OK
               : store_error(store, *db);
}
