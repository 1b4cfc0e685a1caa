/* A damaged page is better found at the start than in the middle of the night;
 * but a start has a bound. */
#include <stdio.h>

#include "store/internal.h"

static enum tcn_err damaged(struct tcn_store *store, sqlite3 *db,
                            const char *said)
{
    return store_say(
        store, TCN_ERR_CORRUPT,
        "%s: it is damaged (%s): restore a backup (tocsin restore), or move it "
        "away and start with an empty one",
        sqlite3_db_filename(db, "main"), said);
}

/* `table` NULL: the whole file. */
static enum tcn_err check(struct tcn_store *store, sqlite3 *db,
                          const char *table)
{
    char text[128];
    (void)snprintf(text, sizeof text, "PRAGMA quick_check(%s)",
                   table == NULL ? "1" : table);
    sqlite3_stmt *stmt = NULL;
    enum tcn_err err = TCN_ERR_OK;
    if (sqlite3_prepare_v2(db, text, -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW) {
        err = store_error(store, db);
    } else {
        const char *said = (const char *)sqlite3_column_text(stmt, 0);
        if (said == NULL || strcmp(said, "ok") != 0) {
            err = damaged(store, db, said == NULL ? "unreadable" : said);
        }
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum tcn_err check_tables(struct tcn_store *store, sqlite3 *db,
                                 const char *bulky)
{
    sqlite3_stmt *tables = NULL;
    enum tcn_err err = TCN_ERR_OK;
    if (sqlite3_prepare_v2(db,
                           "SELECT name FROM sqlite_schema WHERE type='table' "
                           "AND name<>?1",
                           -1, &tables, NULL) != SQLITE_OK ||
        sqlite3_bind_text(tables, 1, bulky, -1, SQLITE_STATIC) != SQLITE_OK) {
        err = store_error(store, db);
    }
    int code = SQLITE_ROW;
    while (err == TCN_ERR_OK && (code = sqlite3_step(tables)) == SQLITE_ROW) {
        err = check(store, db, (const char *)sqlite3_column_text(tables, 0));
    }
    if (err == TCN_ERR_OK && code != SQLITE_DONE) {
        err = store_error(store, db);
    }
    (void)sqlite3_finalize(tables);
    return err;
}

enum tcn_err store_check(struct tcn_store *store, sqlite3 *db,
                         const char *bulky, int64_t whole_max)
{
    int64_t bytes = 0;
    enum tcn_err err =
        store_number(store, db,
                     "SELECT page_count * page_size FROM pragma_page_count, "
                     "pragma_page_size",
                     &bytes);
    if (err != TCN_ERR_OK || bytes <= whole_max) {
        return err == TCN_ERR_OK ? check(store, db, NULL) : err;
    }
    err = check_tables(store, db, bulky);
    return err == TCN_ERR_OK
               ? store_say(store, TCN_ERR_OK,
                           "%s: %lld MiB: the table \"%s\" was not checked for "
                           "damage at this start",
                           sqlite3_db_filename(db, "main"),
                           (long long)(bytes >> 20), bulky)
               : err;
}
