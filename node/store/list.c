#include "base/text.h"
#include "store/internal.h"
#include "store/rows.h"

/* `take` may use the store: the row is copied before it is called. */
static enum tcn_err give_rows(struct tcn_store *store, sqlite3_stmt *stmt,
                              struct tcn_row_taker taker)
{
    struct tcn_stored row;
    enum tcn_err err;
    while ((err = next_row(store, stmt)) == TCN_ERR_OK) {
        read_row(stmt, &row);
        err = taker.take(taker.ctx, &row);
        if (err != TCN_ERR_OK) {
            (void)sqlite3_reset(stmt);
            return err;
        }
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

enum tcn_err tcn_store_each(struct tcn_store *store, uint64_t after,
                            struct tcn_row_taker taker)
{
    sqlite3_stmt *stmt = use(store, S_ALERTS_AFTER);
    bind_uint(stmt, 1, after);
    return give_rows(store, stmt, taker);
}

enum tcn_err tcn_store_recent(struct tcn_store *store, uint64_t since_ms,
                              uint64_t limit, struct tcn_row_taker taker)
{
    sqlite3_stmt *stmt = use(store, S_ALERTS_RECENT);
    bind_uint(stmt, 1, since_ms);
    bind_uint(stmt, 2, limit);
    return give_rows(store, stmt, taker);
}

enum tcn_err tcn_store_thread(struct tcn_store *store, const char *origin,
                              const struct tcn_thread *thread,
                              struct tcn_row_taker taker)
{
    sqlite3_stmt *stmt = use(store, S_ALERTS_THREAD);
    bind_text(stmt, 1, origin);
    bind_view(stmt, 2, tcn_view(thread->bytes, sizeof thread->bytes));
    return give_rows(store, stmt, taker);
}

/* All ids that begin with the digits lie between two bounds. */
static bool bounds_of(struct tcn_view hex, struct tcn_id *low,
                      struct tcn_id *high)
{
    char low_hex[64];
    char high_hex[64];
    memset(low_hex, '0', sizeof low_hex);
    memset(high_hex, 'f', sizeof high_hex);
    if (hex.len < 4 || hex.len > sizeof low_hex) {
        return false;
    }
    memcpy(low_hex, hex.data, hex.len);
    memcpy(high_hex, hex.data, hex.len);
    return tcn_text_unhex(tcn_view(low_hex, 64), low->bytes, 32) &&
           tcn_text_unhex(tcn_view(high_hex, 64), high->bytes, 32);
}

enum tcn_err tcn_store_find(struct tcn_store *store, struct tcn_view hex_prefix,
                            struct tcn_id *id)
{
    struct tcn_id low, high;
    if (!bounds_of(hex_prefix, &low, &high)) {
        return TCN_ERR_SYNTAX;
    }
    sqlite3_stmt *stmt = use(store, S_ALERT_FIND);
    bind_id(stmt, 1, &low);
    bind_id(stmt, 2, &high);
    enum tcn_err err = next_row(store, stmt);
    if (err != TCN_ERR_OK) {
        return err;
    }
    take_bytes(stmt, 0, id->bytes, sizeof id->bytes);
    err = next_row(store, stmt);
    if (err == TCN_ERR_OK) {
        (void)sqlite3_reset(stmt);
        return TCN_ERR_AMBIGUOUS;
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

enum tcn_err tcn_store_sources(struct tcn_store *store, const struct tcn_id *id,
                               struct tcn_name_taker taker)
{
    sqlite3_stmt *stmt = use(store, id != NULL ? S_SOURCES_OF : S_SOURCES_ALL);
    if (id != NULL) {
        bind_id(stmt, 1, id);
    }
    enum tcn_err err;
    while ((err = next_row(store, stmt)) == TCN_ERR_OK) {
        struct tcn_id of;
        char peer[TCN_MEMBER_MAX + 1];
        take_bytes(stmt, 0, of.bytes, sizeof of.bytes);
        take_text(stmt, 1, peer, sizeof peer);
        err = taker.take(taker.ctx, &of, peer);
        if (err != TCN_ERR_OK) {
            (void)sqlite3_reset(stmt);
            return err;
        }
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

enum tcn_err tcn_store_import(struct tcn_store *store,
                              const struct tcn_thread *thread,
                              struct tcn_id *digest)
{
    sqlite3_stmt *stmt = use(store, S_IMPORT_GET);
    bind_view(stmt, 1, tcn_view(thread->bytes, sizeof thread->bytes));
    enum tcn_err err = next_row(store, stmt);
    if (err == TCN_ERR_OK) {
        take_bytes(stmt, 0, digest->bytes, sizeof digest->bytes);
        (void)sqlite3_reset(stmt);
    }
    return err;
}

enum tcn_err tcn_store_put_import(struct tcn_store *store,
                                  const struct tcn_thread *thread,
                                  const struct tcn_id *digest)
{
    sqlite3_stmt *stmt = use(store, S_IMPORT_PUT);
    bind_view(stmt, 1, tcn_view(thread->bytes, sizeof thread->bytes));
    bind_id(stmt, 2, digest);
    return run(store, stmt);
}
