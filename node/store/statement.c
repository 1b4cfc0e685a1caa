#include <errno.h>
#include <stdio.h>

#include "base/assert.h"
#include "store/internal.h"

static const char *const sql[STATEMENT_COUNT] = {
#define STATEMENT_SQL(name, text) [S_##name] = text,
    NODE_STATEMENTS(STATEMENT_SQL) FEED_STATEMENTS(STATEMENT_SQL)};

static sqlite3 *file_of(const struct tcn_store *store, enum statement which)
{
    return which >= S_FEED_BEGIN ? store->feed : store->db;
}

struct query *use(struct tcn_store *store, enum statement which)
{
    struct query *query = &store->queries[which];
    query->code = SQLITE_OK;
    if (query->stmt == NULL) {
        query->code =
            sqlite3_prepare_v3(file_of(store, which), sql[which], -1,
                               SQLITE_PREPARE_PERSISTENT, &query->stmt, NULL);
        if (query->code != SQLITE_OK) {
            (void)store_error(store, file_of(store, which));
        }
    }
    tcn_assert(query->stmt == NULL || !sqlite3_stmt_busy(query->stmt));
    return query;
}

void done(struct query *query)
{
    (void)sqlite3_reset(query->stmt);
    (void)sqlite3_clear_bindings(query->stmt);
}

static int step(struct query *query)
{
    errno = 0;
    return query->code == SQLITE_OK ? sqlite3_step(query->stmt) : query->code;
}

/* After some errors, also of a statement that only reads, SQLite rolls back by
 * itself. What came then would be committed statement by statement, without
 * what it belongs to. */
static void note_lost(struct tcn_store *store, enum tcn_err err)
{
    if (store->begun && store->lost == TCN_ERR_OK &&
        sqlite3_get_autocommit(store->db) != 0) {
        store->lost = err;
    }
}

static bool is_lost(const struct tcn_store *store, const struct query *query)
{
    return store->lost != TCN_ERR_OK && query->stmt != NULL &&
           sqlite3_db_handle(query->stmt) == store->db;
}

/* Without a statement, use() has said why. */
static enum tcn_err failure(struct tcn_store *store, const struct query *query,
                            int code)
{
    enum tcn_err err = query->stmt == NULL
                           ? store_err_of(code, 0)
                           : store_error(store, sqlite3_db_handle(query->stmt));
    note_lost(store, err);
    return err;
}

enum tcn_err run(struct tcn_store *store, struct query *query)
{
    if (is_lost(store, query)) {
        done(query);
        return store->lost;
    }
    int code = step(query);
    enum tcn_err err = code == SQLITE_DONE || code == SQLITE_ROW
                           ? TCN_ERR_OK
                           : failure(store, query, code);
    done(query);
    return err;
}

enum tcn_err next_row(struct tcn_store *store, struct query *query)
{
    if (is_lost(store, query)) {
        done(query);
        return store->lost;
    }
    int code = step(query);
    if (code == SQLITE_ROW) {
        return TCN_ERR_OK;
    }
    enum tcn_err err =
        code == SQLITE_DONE ? TCN_ERR_NOT_FOUND : failure(store, query, code);
    done(query);
    return err;
}

static void latch(struct query *query, int code)
{
    if (query->code == SQLITE_OK) {
        query->code = code;
    }
}

void bind_view(struct query *query, int at, struct tcn_view bytes)
{
    if (query->code == SQLITE_OK && bytes.data != NULL) {
        latch(query, sqlite3_bind_blob64(query->stmt, at, bytes.data, bytes.len,
                                         SQLITE_STATIC));
    }
}

void bind_id(struct query *query, int at, const struct tcn_id *id)
{
    bind_view(query, at, tcn_id_view(id));
}

void bind_text(struct query *query, int at, const char *text)
{
    if (query->code == SQLITE_OK) {
        latch(query,
              sqlite3_bind_text(query->stmt, at, text, -1, SQLITE_STATIC));
    }
}

void bind_uint(struct query *query, int at, uint64_t value)
{
    if (query->code == SQLITE_OK) {
        sqlite3_int64 number = value > INT64_MAX ? INT64_MAX : (int64_t)value;
        latch(query, sqlite3_bind_int64(query->stmt, at, number));
    }
}

void take_bytes(const struct query *query, int at, void *out, size_t len)
{
    struct tcn_view bytes = take_view(query, at);
    memset(out, 0, len);
    if (bytes.data != NULL && bytes.len == len) {
        memcpy(out, bytes.data, len);
    }
}

const char *text_at(const struct query *query, int at)
{
    const unsigned char *text = sqlite3_column_text(query->stmt, at);
    return text == NULL ? "" : (const char *)text;
}

void take_text(const struct query *query, int at, char *out, size_t cap)
{
    (void)snprintf(out, cap, "%s", text_at(query, at));
}

uint64_t take_uint(const struct query *query, int at)
{
    return (uint64_t)sqlite3_column_int64(query->stmt, at);
}

struct tcn_view take_view(const struct query *query, int at)
{
    const void *bytes = sqlite3_column_blob(query->stmt, at);
    return tcn_view(bytes, (size_t)sqlite3_column_bytes(query->stmt, at));
}

bool is_null(const struct query *query, int at)
{
    return sqlite3_column_type(query->stmt, at) == SQLITE_NULL;
}
