/* Reading both files as they were at one moment. SQLite's backup starts again
 * whenever somebody else has written; inside a read transaction it does not. */
#include "store/backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/internal.h"

#define STEP_PAGES   256
#define WAIT_MS      10000
#define PATH_LONGEST 4096

const char *const tcn_store_file_names[TCN_STORE_FILES] = {"node.db",
                                                           "feed.db"};

static enum tcn_err make(struct tcn_store **out, const char *dir)
{
    struct tcn_store *store = calloc(1, sizeof *store);
    *out = store;
    if (store == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    store->lock_fd = -1;
    int len = snprintf(store->dir, sizeof store->dir, "%s", dir);
    return len < 0 || (size_t)len >= sizeof store->dir
               ? store_say(store, TCN_ERR_IO, "%s...: the path is too long",
                           store->dir)
               : TCN_ERR_OK;
}

enum tcn_err tcn_store_claim(struct tcn_store **out, const char *dir)
{
    enum tcn_err err = make(out, dir);
    err = err == TCN_ERR_OK ? files_directory(*out) : err;
    return err == TCN_ERR_OK ? files_lock(*out) : err;
}

static sqlite3 *db_of(const struct tcn_store *store, enum tcn_store_file file)
{
    return file == TCN_STORE_NODE ? store->db : store->feed;
}

/* The connection may write: after a crash it is the first to read, and puts
 * what is in the -wal file where it belongs. */
static enum tcn_err open_file(struct tcn_store *store, const char *name,
                              sqlite3 **db)
{
    char path[PATH_LONGEST];
    (void)snprintf(path, sizeof path, "%s/%s", store->dir, name);
    if (access(path, F_OK) != 0) {
        return store_say(store, TCN_ERR_NOT_FOUND, "%s: there is no store here",
                         path);
    }
    if (access(path, R_OK | W_OK) != 0) {
        return store_say(store, TCN_ERR_PERMISSION,
                         "%s: you may not read the store: be root, or the "
                         "user that runs the node",
                         path);
    }
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, db, flags, NULL) != SQLITE_OK ||
        store_harden(*db) != TCN_ERR_OK) {
        return store_error(store, *db);
    }
    (void)sqlite3_busy_timeout(*db, WAIT_MS);
    return store_execute(store, *db, "PRAGMA query_only=ON;");
}

/* A transaction sees what there is when it reads first. node.db first: a row
 * for observers may then be in both files, but never in none. */
static enum tcn_err begin(struct tcn_store *store, sqlite3 *db)
{
    int64_t unused = 0;
    enum tcn_err err = store_known(store, db, 0x7fffffff);
    err = err == TCN_ERR_OK ? store_execute(store, db, "BEGIN") : err;
    return err == TCN_ERR_OK
               ? store_number(store, db, "SELECT count(*) FROM meta", &unused)
               : err;
}

enum tcn_err tcn_store_snapshot(struct tcn_store **out, const char *dir)
{
    enum tcn_err err = make(out, dir);
    struct tcn_store *store = *out;
    err = err == TCN_ERR_OK ? open_file(store, "node.db", &store->db) : err;
    err = err == TCN_ERR_OK ? open_file(store, "feed.db", &store->feed) : err;
    err = err == TCN_ERR_OK ? begin(store, store->db) : err;
    return err == TCN_ERR_OK ? begin(store, store->feed) : err;
}

enum tcn_err tcn_store_snapshot_size(struct tcn_store *store,
                                     enum tcn_store_file file, uint64_t *bytes)
{
    int64_t number = 0;
    enum tcn_err err =
        store_number(store, db_of(store, file),
                     "SELECT page_count * page_size FROM pragma_page_count, "
                     "pragma_page_size",
                     &number);
    *bytes = (uint64_t)number;
    return err;
}

static enum tcn_err copy_pages(struct tcn_store *store, sqlite3 *from,
                               sqlite3 *to, struct tcn_store_progress progress)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == NULL) {
        return store_error(store, to);
    }
    int code;
    do {
        code = sqlite3_backup_step(backup, STEP_PAGES);
        uint64_t total = (uint64_t)sqlite3_backup_pagecount(backup);
        uint64_t left = (uint64_t)sqlite3_backup_remaining(backup);
        if (progress.tell != NULL) {
            progress.tell(progress.ctx, total - left, total);
        }
    } while (code == SQLITE_OK);
    (void)sqlite3_backup_finish(backup);
    return code == SQLITE_DONE ? TCN_ERR_OK : store_error(store, to);
}

/* The copy is for one reader at a time: no -wal file beside it, and what is not
 * whole at the end is thrown away. */
enum tcn_err tcn_store_snapshot_copy(struct tcn_store *store,
                                     enum tcn_store_file file, const char *to,
                                     struct tcn_store_progress progress)
{
    static const char *const bulky[TCN_STORE_FILES] = {"alerts", "feed"};
    sqlite3 *copy = NULL;
    enum tcn_err err = TCN_ERR_OK;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(to, &copy, flags, NULL) != SQLITE_OK) {
        err = store_error(store, copy);
    }
    err = err == TCN_ERR_OK
              ? store_execute(store, copy,
                              "PRAGMA locking_mode=EXCLUSIVE;"
                              "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                              "PRAGMA cache_size=-4096;")
              : err;
    err = err == TCN_ERR_OK
              ? copy_pages(store, db_of(store, file), copy, progress)
              : err;
    err = err == TCN_ERR_OK
              ? store_execute(store, copy, "PRAGMA journal_mode=DELETE;")
              : err;
    err = err == TCN_ERR_OK ? store_check(store, copy, bulky[file], INT64_MAX)
                            : err;
    if (sqlite3_close(copy) != SQLITE_OK && err == TCN_ERR_OK) {
        err = TCN_ERR_IO;
    }
    return err;
}
