/* Tables, and how they came to be: step i brings a store from version i to
 * i + 1. Steps are never changed, only added. SCHEMA.md says what they mean. */
#include <stdio.h>

#include "store/internal.h"

static const char *const node_steps[] = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;"
    "CREATE TABLE alerts(id BLOB PRIMARY KEY, seq INTEGER NOT NULL,"
    " origin TEXT NOT NULL, thread BLOB NOT NULL, revision INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, created INTEGER NOT NULL,"
    " expires INTEGER NOT NULL, received INTEGER NOT NULL,"
    " received_from TEXT NOT NULL, severity INTEGER NOT NULL,"
    " tlp INTEGER NOT NULL, form INTEGER NOT NULL, present INTEGER NOT NULL,"
    " status INTEGER NOT NULL, cert BLOB NOT NULL, ref BLOB,"
    " title TEXT NOT NULL, envelope BLOB) STRICT;"
    "CREATE UNIQUE INDEX alerts_seq ON alerts(seq);"
    "CREATE INDEX alerts_thread ON alerts(origin, thread);"
    "CREATE INDEX alerts_received ON alerts(received);"
    "CREATE TABLE sources(id BLOB NOT NULL, peer TEXT NOT NULL,"
    " PRIMARY KEY(id, peer)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX sources_peer ON sources(peer, id);"
    "CREATE TABLE peers(member TEXT PRIMARY KEY, epoch BLOB, key BLOB,"
    " held_done INTEGER NOT NULL DEFAULT 0, top INTEGER NOT NULL DEFAULT 0,"
    " top_mark BLOB, settled_epoch BLOB,"
    " settled_n INTEGER NOT NULL DEFAULT 0, settled_mark BLOB,"
    " scanned INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE ledger(peer TEXT NOT NULL, epoch BLOB NOT NULL,"
    " n INTEGER NOT NULL, id BLOB NOT NULL, form INTEGER NOT NULL,"
    " mark BLOB NOT NULL, policy BLOB NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY(peer, epoch, n)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX ledger_id ON ledger(id, peer);"
    "CREATE TABLE exports(peer TEXT NOT NULL, id BLOB NOT NULL,"
    " form INTEGER NOT NULL, PRIMARY KEY(id, peer)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE refusals(peer TEXT NOT NULL, n INTEGER NOT NULL,"
    " id BLOB NOT NULL, reason TEXT NOT NULL, retry_at INTEGER NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(peer, n)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE decisions(id BLOB NOT NULL, peer TEXT NOT NULL,"
    " hook INTEGER NOT NULL, outcome INTEGER NOT NULL,"
    " form INTEGER NOT NULL, rule TEXT NOT NULL, policy BLOB NOT NULL,"
    " at INTEGER NOT NULL, PRIMARY KEY(id, peer, hook)) STRICT,"
    " WITHOUT ROWID;"
    "CREATE INDEX decisions_peer ON decisions(peer, hook, outcome, at);"
    "CREATE TABLE audit(n INTEGER PRIMARY KEY, at INTEGER NOT NULL,"
    " actor TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,"
    " detail TEXT NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE certs(id BLOB PRIMARY KEY, bytes BLOB NOT NULL,"
    " signature BLOB NOT NULL) STRICT;"
    "CREATE TABLE krevs(cert BLOB PRIMARY KEY, bytes BLOB NOT NULL,"
    " signature BLOB NOT NULL) STRICT;"
    "CREATE TABLE imports(thread BLOB PRIMARY KEY, digest BLOB NOT NULL)"
    " STRICT;"
    "CREATE TABLE feed_seq(observers TEXT PRIMARY KEY,"
    " seq INTEGER NOT NULL) STRICT;"
    "CREATE TABLE outbox(observers TEXT NOT NULL, seq INTEGER NOT NULL,"
    " at INTEGER NOT NULL, topic TEXT NOT NULL, body BLOB NOT NULL,"
    " misp BLOB, PRIMARY KEY(observers, seq)) STRICT, WITHOUT ROWID;",
};

static const char *const feed_steps[] = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "INSERT INTO meta VALUES('epoch', lower(hex(randomblob(8))));"
    "CREATE TABLE feed(observers TEXT NOT NULL, seq INTEGER NOT NULL,"
    " at INTEGER NOT NULL, topic TEXT NOT NULL, body BLOB NOT NULL,"
    " misp BLOB, PRIMARY KEY(observers, seq)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX feed_at ON feed(observers, at);",
};

static enum tcn_err execute(struct tcn_store *store, sqlite3 *db,
                            const char *text)
{
    return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK
               ? TCN_ERR_OK
               : store_error(store, db);
}

enum tcn_err schema_harden(struct tcn_store *store, sqlite3 *db)
{
    int unused;
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, &unused);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &unused);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0,
                            &unused);
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 4 * 1024 * 1024);
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_extended_result_codes(db, 1);
    return execute(store, db,
                   "PRAGMA cell_size_check=ON; PRAGMA foreign_keys=ON;"
                   "PRAGMA temp_store=MEMORY;");
}

/* Rows of about 2 KiB: two or three fit a page of 8 KiB, none is split. */
static const char *const writer_pragmas =
    "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "PRAGMA wal_autocheckpoint=1000; PRAGMA journal_size_limit=16777216;"
    "PRAGMA cache_size=-2048;";

static enum tcn_err version_of(struct tcn_store *store, sqlite3 *db,
                               int *version)
{
    sqlite3_stmt *stmt = NULL;
    enum tcn_err err = TCN_ERR_OK;
    if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL) !=
            SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW) {
        err = store_error(store, db);
    } else {
        *version = sqlite3_column_int(stmt, 0);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum tcn_err migrate(struct tcn_store *store, sqlite3 *db,
                            const char *const *steps, int count)
{
    int version = 0;
    enum tcn_err err = version_of(store, db, &version);
    if (err == TCN_ERR_OK && version > count) {
        return store_say(store, TCN_ERR_DOWNGRADE,
                         "%s: written by a newer version (schema %d, this "
                         "program knows %d): install that version again",
                         store->dir, version, count);
    }
    for (; err == TCN_ERR_OK && version < count; version++) {
        char mark[64];
        (void)snprintf(mark, sizeof mark, "PRAGMA user_version=%d; COMMIT;",
                       version + 1);
        err = execute(store, db, "BEGIN EXCLUSIVE;");
        err = err == TCN_ERR_OK ? execute(store, db, steps[version]) : err;
        err = err == TCN_ERR_OK ? execute(store, db, mark) : err;
    }
    return err;
}

/* A damaged page is better found now than in the middle of the night. */
static enum tcn_err quick_check(struct tcn_store *store, sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    char said[64] = "";
    if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL) ==
            SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW) {
        (void)snprintf(said, sizeof said, "%s",
                       (const char *)sqlite3_column_text(stmt, 0));
    }
    (void)sqlite3_finalize(stmt);
    if (strcmp(said, "ok") == 0) {
        return TCN_ERR_OK;
    }
    return store_say(store, TCN_ERR_CORRUPT,
                     "%s: the store is damaged (%s): restore a backup, or "
                     "move it away and start with an empty one",
                     store->dir, said[0] == '\0' ? "unreadable" : said);
}

static enum tcn_err prepare(struct tcn_store *store, sqlite3 *db,
                            const char *const *steps, int count)
{
    enum tcn_err err = schema_harden(store, db);
    err = err == TCN_ERR_OK ? execute(store, db, writer_pragmas) : err;
    err = err == TCN_ERR_OK ? quick_check(store, db) : err;
    return err == TCN_ERR_OK ? migrate(store, db, steps, count) : err;
}

enum tcn_err schema_open(struct tcn_store *store)
{
    enum tcn_err err = prepare(store, store->db, node_steps, 1);
    return err == TCN_ERR_OK ? prepare(store, store->feed, feed_steps, 1) : err;
}
