/* The store from the inside: one connection per file, statements prepared once
 * and kept, one way to report what SQLite says. */
#pragma once

#include <sqlite3.h>

#include "store/feed_told.h"
#include "store/keys.h"
#include "store/sql.h"
#include "store/store.h"

enum statement {
#define STATEMENT_NUMBER(name, sql) S_##name,
    NODE_STATEMENTS(STATEMENT_NUMBER) FEED_STATEMENTS(STATEMENT_NUMBER)
#undef STATEMENT_NUMBER
        STATEMENT_COUNT
};

/* A prepared statement. `code` latches the first failure of preparing or
 * binding; running it then reports that. */
struct query {
    sqlite3_stmt *stmt;
    int code;
};

struct tcn_store {
    sqlite3 *db;
    sqlite3 *feed;
    struct query queries[STATEMENT_COUNT];
    uint64_t outbox_written; /* outbox rows up to this n are in feed.db */
    struct told told;        /* and those behind it */
    size_t feed_moved;       /* rows that this flush has written */
    struct key key;          /* of the id that was asked about last */
    uint64_t last_key;       /* the highest given out; 0: not known yet */
    uint64_t refused;        /* since it was opened */
    size_t feed_unsynced; /* rows that a loss of power would take out of it */
    bool begun;           /* node.db: between begin and commit or rollback */
    enum tcn_err lost;    /* OK, or what made SQLite end that by itself */
    int lock_fd;
    char dir[256];
    char message[768];
};

/* ---- error.c ---- */

/* For a result code; `number` is the errno behind an I/O error, or 0. */
enum tcn_err store_err_of(int code, int number);
/* The error of the connection's last call, with a message for people that
 * names the file and what to do. */
enum tcn_err store_error(struct tcn_store *store, sqlite3 *db);
enum tcn_err store_say(struct tcn_store *store, enum tcn_err err,
                       const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* For an errno of the system. */
enum tcn_err store_errno(struct tcn_store *store, const char *path, int number);

/* ---- statement.c ---- */

/* Ready to be bound; never NULL. A statement is in use until done(), run() or
 * the end of its rows: a nested use of the same one is our bug. */
struct query *use(struct tcn_store *store, enum statement which);
/* For statements that give no rows. */
enum tcn_err run(struct tcn_store *store, struct query *query);
/* Steps to the next row: OK, NOT_FOUND at the end (then it is done), or an
 * error (then too). */
enum tcn_err next_row(struct tcn_store *store, struct query *query);
/* Ends a query before its last row. */
void done(struct query *query);
/* What to return after the last next_row(): its end is no error. */
static inline enum tcn_err all_rows(enum tcn_err err)
{
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}
/* What is bound is borrowed until the query is done. A NULL view is NULL. */
void bind_view(struct query *query, int at, struct tcn_view bytes);
void bind_id(struct query *query, int at, const struct tcn_id *id);
void bind_text(struct query *query, int at, const char *text);
/* Numbers beyond the range of SQLite become the greatest one. */
void bind_uint(struct query *query, int at, uint64_t value);
/* Column values; a blob of another size than `len` gives zeros. */
void take_bytes(const struct query *query, int at, void *out, size_t len);
void take_text(const struct query *query, int at, char *out, size_t cap);
const char *text_at(const struct query *query, int at);
uint64_t take_uint(const struct query *query, int at);
struct tcn_view take_view(const struct query *query, int at);
bool is_null(const struct query *query, int at);

/* ---- pragma.c ---- */

/* Settings that every connection has, also the reader's. */
enum tcn_err store_harden(sqlite3 *db);
/* Settings of a connection that writes; made before the first table. `synced`:
 * what is committed is on the disk. */
enum tcn_err store_writer(struct tcn_store *store, sqlite3 *db, bool synced);
enum tcn_err store_execute(struct tcn_store *store, sqlite3 *db,
                           const char *sql);
/* The number a query of one number gives. */
enum tcn_err store_number(struct tcn_store *store, sqlite3 *db, const char *sql,
                          int64_t *number);

/* ---- check.c ---- */

/* quick_check; of a file beyond `whole_max` bytes without `bulky`, the one
 * table that grows (then the message says so). */
enum tcn_err store_check(struct tcn_store *store, sqlite3 *db,
                         const char *bulky, int64_t whole_max);
#define CHECK_WHOLE_MAX (256ll * 1024 * 1024)

/* ---- migrate.c ---- */

/* One step brings a file from version i to i + 1, in one transaction; `fill`
 * (may be NULL) runs after the SQL and inside that transaction. */
struct step {
    const char *sql;
    enum tcn_err (*fill)(struct tcn_store *store);
};
/* DOWNGRADE for a newer file, CORRUPT for one that is not ours. */
enum tcn_err store_known(struct tcn_store *store, sqlite3 *db, int newest);
enum tcn_err store_migrate(struct tcn_store *store, sqlite3 *db,
                           const struct step *steps, int count);

/* ---- schema.c ---- */
enum tcn_err schema_open(struct tcn_store *store);

/* ---- files.c ---- */

/* The directory is there and only ours to write. */
enum tcn_err files_directory(struct tcn_store *store);
/* One node per store: BUSY. */
enum tcn_err files_lock(struct tcn_store *store);
/* Makes the file with this mode, or refuses one that others may get at. */
enum tcn_err files_open(struct tcn_store *store, const char *name,
                        unsigned mode, sqlite3 **db);

/* ---- alerts.c ---- */

/* The columns of ROW_COLUMNS. */
void read_row(const struct query *query, struct tcn_stored *row);

/* ---- upgrade.c ---- */

/* Alerts know their exercise. */
enum tcn_err upgrade_exercises(struct tcn_store *store);

/* ---- audit.c ---- */

/* The first row of the chain, made with the store. */
enum tcn_err audit_begin(struct tcn_store *store);

/* ---- feed_outbox.c ---- */

/* What is in feed.db and on the disk leaves with this transaction. */
enum tcn_err outbox_drop(struct tcn_store *store);

/* ---- feed_align.c ---- */

/* Makes the numbers of node.db and feed.db fit after one was restored. */
enum tcn_err feed_align(struct tcn_store *store);
