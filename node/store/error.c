#include <stdarg.h>
#include <stdio.h>

#include "store/internal.h"

enum tcn_err store_err_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW: return TCN_ERR_OK;
    case SQLITE_FULL: return TCN_ERR_DISK_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return TCN_ERR_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return TCN_ERR_CORRUPT;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH: return TCN_ERR_PERMISSION;
    case SQLITE_NOMEM: return TCN_ERR_NO_MEMORY;
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
    case TCN_ERR_BUSY: return "another process is using the store";
    case TCN_ERR_CORRUPT:
        return "the store is damaged: restore a backup, or move it away and "
               "start with an empty one";
    case TCN_ERR_PERMISSION:
        return "no permission: check owner and mode of the directory";
    default: return "input or output failed";
    }
}

enum tcn_err store_error(struct tcn_store *store, sqlite3 *db)
{
    enum tcn_err err = store_err_of(sqlite3_extended_errcode(db));
    /* A write that does not fit reports an I/O error on some systems. */
    if (err == TCN_ERR_OK) {
        err = TCN_ERR_IO;
    }
    return store_say(store, err, "%s: %s (%s)", store->dir, what_to_do(err),
                     sqlite3_errmsg(db));
}

const char *tcn_store_message(const struct tcn_store *store)
{
    return store->message;
}
