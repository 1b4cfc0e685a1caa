/* A file carries its version (user_version) and whose it is (application_id).
 * Steps are never changed once released, only added. */
#include <stdio.h>

#include "store/internal.h"

#define APPLICATION_ID 0x54434e31 /* "TCN1" */

enum tcn_err store_known(struct tcn_store *store, sqlite3 *db, int newest)
{
    int64_t version = 0;
    int64_t application = 0;
    int64_t tables = 0;
    enum tcn_err err = store_number(store, db, "PRAGMA user_version", &version);
    if (err == TCN_ERR_OK) {
        err = store_number(store, db, "PRAGMA application_id", &application);
    }
    if (err == TCN_ERR_OK) {
        err = store_number(store, db, "SELECT count(*) FROM sqlite_schema",
                           &tables);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    const char *path = sqlite3_db_filename(db, "main");
    bool fresh = version == 0 && application == 0 && tables == 0;
    if (!fresh && application != APPLICATION_ID) {
        return store_say(store, TCN_ERR_CORRUPT,
                         "%s: not a store of this program: move it away", path);
    }
    if (version > newest) {
        return store_say(store, TCN_ERR_DOWNGRADE,
                         "%s: written by a newer version (schema %lld, this "
                         "program knows %d): install that version again",
                         path, (long long)version, newest);
    }
    return TCN_ERR_OK;
}

static enum tcn_err take_step(struct tcn_store *store, sqlite3 *db,
                              const struct step *step, int64_t version)
{
    char mark[128];
    (void)snprintf(mark, sizeof mark,
                   "PRAGMA application_id=%d; PRAGMA user_version=%lld;"
                   "COMMIT;",
                   APPLICATION_ID, (long long)version);
    enum tcn_err err = store_execute(store, db, "BEGIN EXCLUSIVE;");
    err = err == TCN_ERR_OK ? store_execute(store, db, step->sql) : err;
    if (err == TCN_ERR_OK && step->fill != NULL) {
        err = step->fill(store);
    }
    err = err == TCN_ERR_OK ? store_execute(store, db, mark) : err;
    if (err != TCN_ERR_OK && sqlite3_get_autocommit(db) == 0) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return err;
}

enum tcn_err store_migrate(struct tcn_store *store, sqlite3 *db,
                           const struct step *steps, int count)
{
    int64_t version = 0;
    enum tcn_err err = store_number(store, db, "PRAGMA user_version", &version);
    for (; err == TCN_ERR_OK && version < count; version++) {
        err = take_step(store, db, &steps[version], version + 1);
    }
    return err;
}
