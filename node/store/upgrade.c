/* Steps of the schema that need more than SQL. */
#include <stdlib.h>

#include "store/internal.h"

static enum tcn_err give_exercise(struct tcn_store *store, sqlite3_stmt *row,
                                  sqlite3_stmt *update, struct tcn_alert *alert)
{
    struct tcn_view envelope = tcn_view(sqlite3_column_blob(row, 1),
                                        (size_t)sqlite3_column_bytes(row, 1));
    if (tcn_alert_decode(alert, envelope) != TCN_ERR_OK ||
        alert->header.exercise.len == 0) {
        return TCN_ERR_OK; /* a damaged one is found when it is read */
    }
    struct tcn_view name = alert->header.exercise;
    (void)sqlite3_reset(update);
    bool bound = sqlite3_bind_int64(update, 1, sqlite3_column_int64(row, 0)) ==
                     SQLITE_OK &&
                 sqlite3_bind_text(update, 2, (const char *)name.data,
                                   (int)name.len, SQLITE_STATIC) == SQLITE_OK;
    return bound && sqlite3_step(update) == SQLITE_DONE
               ? TCN_ERR_OK
               : store_error(store, store->db);
}

enum tcn_err upgrade_exercises(struct tcn_store *store)
{
    static const char select[] =
        "SELECT seq, envelope FROM alerts WHERE envelope IS NOT NULL";
    static const char change[] = "UPDATE alerts SET exercise=?2 WHERE seq=?1";
    sqlite3_stmt *row = NULL, *update = NULL;
    struct tcn_alert *alert = calloc(1, sizeof *alert);
    enum tcn_err err = alert == NULL ? TCN_ERR_NO_MEMORY : TCN_ERR_OK;
    if (err == TCN_ERR_OK &&
        (sqlite3_prepare_v2(store->db, select, -1, &row, NULL) != SQLITE_OK ||
         sqlite3_prepare_v2(store->db, change, -1, &update, NULL) !=
             SQLITE_OK)) {
        err = store_error(store, store->db);
    }
    int code = SQLITE_DONE;
    while (err == TCN_ERR_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        err = give_exercise(store, row, update, alert);
    }
    if (err == TCN_ERR_OK && code != SQLITE_DONE) {
        err = store_error(store, store->db);
    }
    (void)sqlite3_finalize(row);
    (void)sqlite3_finalize(update);
    free(alert);
    return err;
}
