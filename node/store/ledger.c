#include "store/ledger.h"

#include <stdio.h>

#include "store/internal.h"

enum tcn_err tcn_store_peer(struct tcn_store *store, const char *peer,
                            struct tcn_peer_row *row)
{
    *row = (struct tcn_peer_row){0};
    sqlite3_stmt *stmt = use(store, S_PEER_GET);
    bind_text(stmt, 1, peer);
    enum tcn_err err = next_row(store, stmt);
    if (err != TCN_ERR_OK) {
        return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
    }
    row->has_ledger = sqlite3_column_type(stmt, 0) != SQLITE_NULL;
    take_bytes(stmt, 0, row->epoch, sizeof row->epoch);
    take_bytes(stmt, 1, row->key, sizeof row->key);
    row->held_done = take_uint(stmt, 2) != 0;
    row->top = take_uint(stmt, 3);
    take_bytes(stmt, 4, row->top_mark, sizeof row->top_mark);
    row->has_settled = sqlite3_column_type(stmt, 5) != SQLITE_NULL;
    take_bytes(stmt, 5, row->settled_epoch, sizeof row->settled_epoch);
    row->settled_n = take_uint(stmt, 6);
    take_bytes(stmt, 7, row->settled_mark, sizeof row->settled_mark);
    row->scanned_seq = take_uint(stmt, 8);
    (void)sqlite3_reset(stmt);
    return TCN_ERR_OK;
}

static enum tcn_err ensure_peer(struct tcn_store *store, const char *peer)
{
    sqlite3_stmt *stmt = use(store, S_PEER_NEW);
    bind_text(stmt, 1, peer);
    return run(store, stmt);
}

enum tcn_err tcn_store_epoch(struct tcn_store *store, const char *peer,
                             const uint8_t epoch[8], const uint8_t key[32])
{
    enum tcn_err err = ensure_peer(store, peer);
    if (err != TCN_ERR_OK) {
        return err;
    }
    sqlite3_stmt *stmt = use(store, S_PEER_EPOCH);
    bind_text(stmt, 1, peer);
    bind_view(stmt, 2, tcn_view(epoch, 8));
    bind_view(stmt, 3, tcn_view(key, 32));
    err = run(store, stmt);
    if (err != TCN_ERR_OK) {
        return err;
    }
    stmt = use(store, S_EXPORTS_OPEN);
    bind_text(stmt, 1, peer);
    return run(store, stmt);
}

enum tcn_err tcn_store_held_done(struct tcn_store *store, const char *peer)
{
    sqlite3_stmt *stmt = use(store, S_PEER_HELD_DONE);
    bind_text(stmt, 1, peer);
    return run(store, stmt);
}

static enum tcn_err put_numbered(struct tcn_store *store, const char *peer,
                                 const struct tcn_ledger_row *row)
{
    sqlite3_stmt *stmt = use(store, S_LEDGER_PUT);
    bind_text(stmt, 1, peer);
    bind_view(stmt, 2, tcn_view(row->epoch, sizeof row->epoch));
    bind_uint(stmt, 3, row->n);
    bind_id(stmt, 4, &row->id);
    bind_uint(stmt, 5, row->form);
    bind_view(stmt, 6, tcn_view(row->mark, sizeof row->mark));
    bind_id(stmt, 7, &row->policy);
    bind_uint(stmt, 8, row->at_ms);
    enum tcn_err err = run(store, stmt);
    if (err != TCN_ERR_OK) {
        return err;
    }
    stmt = use(store, S_PEER_TOP);
    bind_text(stmt, 1, peer);
    bind_uint(stmt, 2, row->n);
    bind_view(stmt, 3, tcn_view(row->mark, sizeof row->mark));
    return run(store, stmt);
}

enum tcn_err tcn_store_export(struct tcn_store *store, const char *peer,
                              const struct tcn_ledger_row *row)
{
    enum tcn_err err = row->n > 0 ? put_numbered(store, peer, row) : TCN_ERR_OK;
    if (err != TCN_ERR_OK) {
        return err;
    }
    sqlite3_stmt *stmt = use(store, S_EXPORT_PUT);
    bind_text(stmt, 1, peer);
    bind_id(stmt, 2, &row->id);
    bind_uint(stmt, 3, row->form);
    return run(store, stmt);
}

enum tcn_err tcn_store_lacks(struct tcn_store *store, const char *peer,
                             const struct tcn_id *id, uint8_t form)
{
    sqlite3_stmt *stmt = use(store, S_EXPORT_LESS);
    bind_text(stmt, 1, peer);
    bind_id(stmt, 2, id);
    bind_uint(stmt, 3, form);
    return run(store, stmt);
}

enum tcn_err tcn_store_scanned(struct tcn_store *store, const char *peer,
                               uint64_t seq)
{
    enum tcn_err err = ensure_peer(store, peer);
    sqlite3_stmt *stmt = use(store, S_PEER_SCANNED);
    bind_text(stmt, 1, peer);
    bind_uint(stmt, 2, seq);
    return err == TCN_ERR_OK ? run(store, stmt) : err;
}

enum tcn_err tcn_store_rescan(struct tcn_store *store)
{
    return run(store, use(store, S_PEERS_RESCAN));
}

/* Columns from `at`: epoch, n, id, form, mark, policy, at. */
static void read_ledger(sqlite3_stmt *stmt, int at, struct tcn_ledger_row *row)
{
    *row = (struct tcn_ledger_row){0};
    take_bytes(stmt, at, row->epoch, sizeof row->epoch);
    row->n = take_uint(stmt, at + 1);
    take_bytes(stmt, at + 2, row->id.bytes, sizeof row->id.bytes);
    row->form = (uint8_t)take_uint(stmt, at + 3);
    take_bytes(stmt, at + 4, row->mark, sizeof row->mark);
    take_bytes(stmt, at + 5, row->policy.bytes, sizeof row->policy.bytes);
    row->at_ms = take_uint(stmt, at + 6);
}

enum tcn_err tcn_store_ledger_row(struct tcn_store *store, const char *peer,
                                  uint64_t n, struct tcn_ledger_row *row)
{
    sqlite3_stmt *stmt = use(store, S_LEDGER_GET);
    bind_text(stmt, 1, peer);
    bind_uint(stmt, 2, n);
    enum tcn_err err = next_row(store, stmt);
    if (err == TCN_ERR_OK) {
        read_ledger(stmt, 0, row);
        (void)sqlite3_reset(stmt);
    }
    return err;
}

enum tcn_err tcn_store_exports(struct tcn_store *store, const struct tcn_id *id,
                               struct tcn_ledger_taker taker)
{
    sqlite3_stmt *stmt = use(store, id != NULL ? S_LEDGER_OF : S_EXPORTS_ALL);
    if (id != NULL) {
        bind_id(stmt, 1, id);
    }
    enum tcn_err err;
    while ((err = next_row(store, stmt)) == TCN_ERR_OK) {
        struct tcn_ledger_row row;
        char peer[TCN_MEMBER_MAX + 1];
        take_text(stmt, 0, peer, sizeof peer);
        read_ledger(stmt, 1, &row);
        err = taker.take(taker.ctx, peer, &row);
        if (err != TCN_ERR_OK) {
            (void)sqlite3_reset(stmt);
            return err;
        }
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}
