#include <stdio.h>

#include "store/internal.h"

static const char *const sql[STATEMENT_COUNT] = {
#define STATEMENT_SQL(name, text) [S_##name] = text,
    STATEMENTS(STATEMENT_SQL)};

sqlite3_stmt *use(struct tcn_store *store, enum statement which)
{
    sqlite3_stmt **stmt = &store->statements[which];
    if (*stmt == NULL &&
        sqlite3_prepare_v3(store->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT,
                           stmt, NULL) != SQLITE_OK) {
        (void)store_error(store, store->db);
        return NULL;
    }
    return *stmt;
}

static void finish(sqlite3_stmt *stmt)
{
    (void)sqlite3_reset(stmt);
    (void)sqlite3_clear_bindings(stmt);
}

enum tcn_err run(struct tcn_store *store, sqlite3_stmt *stmt)
{
    if (stmt == NULL) {
        return TCN_ERR_IO;
    }
    int code = sqlite3_step(stmt);
    enum tcn_err err = code == SQLITE_DONE || code == SQLITE_ROW
                           ? TCN_ERR_OK
                           : store_error(store, sqlite3_db_handle(stmt));
    finish(stmt);
    return err;
}

enum tcn_err next_row(struct tcn_store *store, sqlite3_stmt *stmt)
{
    if (stmt == NULL) {
        return TCN_ERR_IO;
    }
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        return TCN_ERR_OK;
    }
    enum tcn_err err = code == SQLITE_DONE
                           ? TCN_ERR_NOT_FOUND
                           : store_error(store, sqlite3_db_handle(stmt));
    finish(stmt);
    return err;
}

/* Binding can fail only for our own mistakes or without memory; both show when
 * the statement is run. Views live until then. */
void bind_view(sqlite3_stmt *stmt, int at, struct tcn_view bytes)
{
    if (stmt != NULL && bytes.data != NULL) {
        (void)sqlite3_bind_blob(stmt, at, bytes.data, (int)bytes.len,
                                SQLITE_STATIC);
    }
}

void bind_id(sqlite3_stmt *stmt, int at, const struct tcn_id *id)
{
    bind_view(stmt, at, tcn_id_view(id));
}

void bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
    if (stmt != NULL) {
        (void)sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
    }
}

void bind_uint(sqlite3_stmt *stmt, int at, uint64_t value)
{
    if (stmt != NULL) {
        (void)sqlite3_bind_int64(stmt, at, (sqlite3_int64)value);
    }
}

void take_bytes(sqlite3_stmt *stmt, int at, void *out, size_t len)
{
    const void *bytes = sqlite3_column_blob(stmt, at);
    memset(out, 0, len);
    if (bytes != NULL && (size_t)sqlite3_column_bytes(stmt, at) == len) {
        memcpy(out, bytes, len);
    }
}

void take_text(sqlite3_stmt *stmt, int at, char *out, size_t cap)
{
    const unsigned char *text = sqlite3_column_text(stmt, at);
    (void)snprintf(out, cap, "%s", text == NULL ? "" : (const char *)text);
}

uint64_t take_uint(sqlite3_stmt *stmt, int at)
{
    return (uint64_t)sqlite3_column_int64(stmt, at);
}

struct tcn_view take_view(sqlite3_stmt *stmt, int at)
{
    const void *bytes = sqlite3_column_blob(stmt, at);
    return tcn_view(bytes, (size_t)sqlite3_column_bytes(stmt, at));
}
