#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/audit.h"
#include "store/internal.h"

static enum tcn_err check_directory(struct tcn_store *store)
{
    struct stat info;
    if (mkdir(store->dir, 0750) != 0 && errno != EEXIST) {
        return store_say(store, TCN_ERR_PERMISSION, "%s: cannot be made: %s",
                         store->dir, strerror(errno));
    }
    if (stat(store->dir, &info) != 0 || !S_ISDIR(info.st_mode)) {
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

/* One node per store. The lock goes with the process, however it ends. */
static enum tcn_err lock_directory(struct tcn_store *store)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/lock", store->dir);
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_fd < 0) {
        return store_say(
            store, errno == ENOSPC ? TCN_ERR_DISK_FULL : TCN_ERR_PERMISSION,
            "%s: %s", path, strerror(errno));
    }
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return store_say(store, TCN_ERR_BUSY,
                         "%s: another node is using this store", store->dir);
    }
    return TCN_ERR_OK;
}

/* What observers may see is readable by the group, the rest by nobody. */
static enum tcn_err open_file(struct tcn_store *store, const char *name,
                              mode_t mode, sqlite3 **db)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", store->dir, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode);
    if (fd < 0) {
        return store_say(store, TCN_ERR_PERMISSION, "%s: %s", path,
                         strerror(errno));
    }
    close(fd);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    return sqlite3_open_v2(path, db, flags, NULL) == SQLITE_OK
               ? TCN_ERR_OK
               : store_error(store, *db);
}

static enum tcn_err begin_audit(struct tcn_store *store);

enum tcn_err tcn_store_open(struct tcn_store **out, const char *dir)
{
    struct tcn_store *store = calloc(1, sizeof *store);
    *out = store;
    if (store == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    store->lock_fd = -1;
    (void)snprintf(store->dir, sizeof store->dir, "%s", dir);
    mode_t before = umask(0027);
    enum tcn_err err = check_directory(store);
    err = err == TCN_ERR_OK ? lock_directory(store) : err;
    err =
        err == TCN_ERR_OK ? open_file(store, "node.db", 0600, &store->db) : err;
    err = err == TCN_ERR_OK ? open_file(store, "feed.db", 0640, &store->feed)
                            : err;
    err = err == TCN_ERR_OK ? schema_open(store) : err;
    (void)umask(before);
    return err == TCN_ERR_OK ? begin_audit(store) : err;
}

void tcn_store_close(struct tcn_store *store)
{
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(store->statements[i]);
    }
    (void)sqlite3_finalize(store->feed_put);
    (void)sqlite3_finalize(store->feed_trim);
    (void)sqlite3_close(store->db);
    (void)sqlite3_close(store->feed);
    if (store->lock_fd >= 0) {
        close(store->lock_fd);
    }
    free(store);
}

enum tcn_err tcn_store_begin(struct tcn_store *store)
{
    return run(store, use(store, S_BEGIN));
}

enum tcn_err tcn_store_commit(struct tcn_store *store)
{
    return run(store, use(store, S_COMMIT));
}

void tcn_store_rollback(struct tcn_store *store)
{
    if (sqlite3_get_autocommit(store->db) == 0) {
        /* The message of what failed before is the one that matters. */
        char kept[sizeof store->message];
        memcpy(kept, store->message, sizeof kept);
        (void)run(store, use(store, S_ROLLBACK));
        memcpy(store->message, kept, sizeof kept);
    }
}

static enum tcn_err begin_audit(struct tcn_store *store)
{
    enum tcn_err err = next_row(store, use(store, S_AUDIT_LAST));
    if (err == TCN_ERR_OK) {
        (void)sqlite3_reset(use(store, S_AUDIT_LAST));
        return TCN_ERR_OK;
    }
    const struct tcn_audit_row row = {.actor = "node",
                                      .action = "store-created",
                                      .subject = "",
                                      .detail = ""};
    return err == TCN_ERR_NOT_FOUND ? tcn_store_audit(store, &row) : err;
}

enum tcn_err tcn_store_set(struct tcn_store *store, const char *name,
                           struct tcn_view value)
{
    sqlite3_stmt *stmt = use(store, S_META_PUT);
    bind_text(stmt, 1, name);
    bind_view(stmt, 2, value);
    return run(store, stmt);
}

enum tcn_err tcn_store_value(struct tcn_store *store, const char *name,
                             struct tcn_buf *value)
{
    sqlite3_stmt *stmt = use(store, S_META_GET);
    bind_text(stmt, 1, name);
    enum tcn_err err = next_row(store, stmt);
    if (err == TCN_ERR_OK) {
        struct tcn_view view = take_view(stmt, 0);
        tcn_buf_put(value, view.data, view.len);
        (void)sqlite3_reset(stmt);
    }
    return err;
}
