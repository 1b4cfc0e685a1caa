#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "store/internal.h"

static enum tcn_err err_of_errno(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return TCN_ERR_DISK_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP: return TCN_ERR_PERMISSION;
    case ENOMEM: return TCN_ERR_NO_MEMORY;
    default: return TCN_ERR_IO;
    }
}

/* SQLite says FULL for ENOSPC alone: a quota and a limit of the process are
 * told from other I/O errors by their errno. */
enum tcn_err store_err_of(int code, int number)
{
    switch (code & 0xff) {
    case SQLITE_FULL: return TCN_ERR_DISK_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return TCN_ERR_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return TCN_ERR_CORRUPT;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH: return TCN_ERR_PERMISSION;
    case SQLITE_NOMEM: return TCN_ERR_NO_MEMORY;
    case SQLITE_TOOBIG: return TCN_ERR_SIZE;
    case SQLITE_CONSTRAINT: return TCN_ERR_EXISTS;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: return err_of_errno(number);
    default: return TCN_ERR_IO;
    }
}

enum tcn_err store_say(struct tcn_store *store, enum tcn_err err,
                       const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(store->message, sizeof store->message, format, args);
    va_end(args);
    return err;
}

static const char *what_to_do(enum tcn_err err)
{
    switch (err) {
    case TCN_ERR_DISK_FULL:
        return "the disk is full: make room; the node goes on by itself";
    case TCN_ERR_BUSY: return "another process is using it: end that one";
    case TCN_ERR_CORRUPT:
        return "it is damaged: restore a backup (tocsin restore), or move it "
               "away and start "
               "with an empty one";
    case TCN_ERR_PERMISSION:
        return "no permission: check owner and mode of the file and of its "
               "directory";
    case TCN_ERR_NO_MEMORY: return "out of memory";
    case TCN_ERR_SIZE: return "larger than the store takes";
    case TCN_ERR_EXISTS: return "it holds that already";
    default: return "input or output failed: check the disk";
    }
}

enum tcn_err store_error(struct tcn_store *store, sqlite3 *db)
{
    /* SQLite 3.40 keeps no errno of a commit that failed; statement.c clears
     * it before every step, so that it is of this one. */
    int number = errno;
    if (sqlite3_system_errno(db) != 0) {
        number = sqlite3_system_errno(db);
    }
    const char *path = sqlite3_db_filename(db, "main");
    enum tcn_err err = store_err_of(sqlite3_extended_errcode(db), number);
    return store_say(store, err, "%s: %s (%s)",
                     path == NULL || path[0] == '\0' ? store->dir : path,
                     what_to_do(err), sqlite3_errmsg(db));
}

enum tcn_err store_errno(struct tcn_store *store, const char *path, int number)
{
    enum tcn_err err = err_of_errno(number);
    return store_say(store, err, "%s: %s (%s)", path, what_to_do(err),
                     strerror(number));
}

const char *tcn_store_message(const struct tcn_store *store)
{
    return store->message;
}
