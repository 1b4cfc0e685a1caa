#include <errno.h>

#include "store/internal.h"

/* The largest row holds an alert for observers in two renderings. */
#define ROW_BYTES_MAX (8 * 1024 * 1024)

static const struct {
    int option;
    int value;
} switches[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},
    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
    {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
    {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},
    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
};

static const struct {
    int limit;
    int value;
} limits[] = {
    {SQLITE_LIMIT_LENGTH, ROW_BYTES_MAX},
    {SQLITE_LIMIT_SQL_LENGTH, 16 * 1024},
    {SQLITE_LIMIT_COLUMN, 64},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
    {SQLITE_LIMIT_VARIABLE_NUMBER, 32},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

enum tcn_err store_harden(sqlite3 *db)
{
    (void)sqlite3_extended_result_codes(db, 1);
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        int now = -1;
        if (sqlite3_db_config(db, switches[i].option, switches[i].value,
                              &now) != SQLITE_OK ||
            now != switches[i].value) {
            return TCN_ERR_IO;
        }
    }
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        (void)sqlite3_limit(db, limits[i].limit, limits[i].value);
    }
    return sqlite3_exec(db,
                        "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
                        "PRAGMA mmap_size=0;",
                        NULL, NULL, NULL) == SQLITE_OK
               ? TCN_ERR_OK
               : TCN_ERR_IO;
}

enum tcn_err store_execute(struct tcn_store *store, sqlite3 *db,
                           const char *sql)
{
    errno = 0;
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? TCN_ERR_OK
               : store_error(store, db);
}

enum tcn_err store_number(struct tcn_store *store, sqlite3 *db, const char *sql,
                          int64_t *number)
{
    sqlite3_stmt *stmt = NULL;
    enum tcn_err err = TCN_ERR_OK;
    errno = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW) {
        err = store_error(store, db);
    } else {
        *number = sqlite3_column_int64(stmt, 0);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

/* Why pages of this size: node/store/SCHEMA.md. What is deleted is overwritten:
 * contents that are over are over on the disk too. */
enum tcn_err store_writer(struct tcn_store *store, sqlite3 *db, bool synced)
{
    int64_t synchronous = 0;
    enum tcn_err err = store_execute(
        store, db,
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL;"
        "PRAGMA secure_delete=ON; PRAGMA wal_autocheckpoint=1000;"
        "PRAGMA journal_size_limit=16777216; PRAGMA cache_size=-4096;");
    if (err == TCN_ERR_OK) {
        err = store_execute(store, db,
                            synced ? "PRAGMA synchronous=FULL"
                                   : "PRAGMA synchronous=NORMAL");
    }
    if (err == TCN_ERR_OK) {
        err = store_number(store, db, "PRAGMA synchronous", &synchronous);
    }
    if (err == TCN_ERR_OK && synchronous != (synced ? 2 : 1)) {
        err = store_say(store, TCN_ERR_IO, "%s: not synchronous", store->dir);
    }
    return err;
}
