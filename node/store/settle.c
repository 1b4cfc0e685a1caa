#include "store/internal.h"
#include "store/ledger.h"

static enum tcn_err advance(struct tcn_store *store, const char *peer,
                            const struct tcn_settle_row *row)
{
    sqlite3_stmt *stmt = use(store, S_PEER_SETTLED);
    bind_text(stmt, 1, peer);
    bind_uint(stmt, 2, row->n);
    bind_view(stmt, 3, tcn_view(row->mark, sizeof row->mark));
    return run(store, stmt);
}

enum tcn_err tcn_store_settle(struct tcn_store *store, const char *peer,
                              const struct tcn_settle_row *row)
{
    enum tcn_err err = advance(store, peer, row);
    if (err != TCN_ERR_OK) {
        return err;
    }
    sqlite3_stmt *stmt;
    if (row->err == TCN_ERR_OK) {
        stmt = use(store, S_REFUSAL_DROP);
        bind_text(stmt, 1, peer);
        bind_uint(stmt, 2, row->n);
        return run(store, stmt);
    }
    stmt = use(store, S_REFUSAL_PUT);
    bind_text(stmt, 1, peer);
    bind_uint(stmt, 2, row->n);
    bind_id(stmt, 3, &row->id);
    bind_text(stmt, 4, tcn_err_word(row->err));
    bind_uint(stmt, 5, row->retry_at_ms);
    bind_uint(stmt, 6, row->at_ms);
    return run(store, stmt);
}

enum tcn_err tcn_store_adopt(struct tcn_store *store, const char *peer,
                             const uint8_t epoch[8])
{
    static const enum statement steps[] = {S_PEER_NEW, S_REFUSALS_DROP};
    enum tcn_err err = TCN_ERR_OK;
    for (size_t i = 0; i < 2 && err == TCN_ERR_OK; i++) {
        sqlite3_stmt *stmt = use(store, steps[i]);
        bind_text(stmt, 1, peer);
        err = run(store, stmt);
    }
    sqlite3_stmt *stmt = use(store, S_PEER_ADOPT);
    bind_text(stmt, 1, peer);
    bind_view(stmt, 2, tcn_view(epoch, 8));
    return err == TCN_ERR_OK ? run(store, stmt) : err;
}

static enum tcn_err reason_of(const char *word)
{
    for (int i = 0; i < TCN_ERR_COUNT; i++) {
        if (strcmp(tcn_err_word((enum tcn_err)i), word) == 0) {
            return (enum tcn_err)i;
        }
    }
    return TCN_ERR_CORRUPT;
}

enum tcn_err tcn_store_refusals(struct tcn_store *store, const char *peer,
                                uint64_t after, size_t limit,
                                struct tcn_settle_taker taker)
{
    sqlite3_stmt *stmt =
        use(store, peer != NULL ? S_REFUSALS_OF : S_REFUSALS_ALL);
    if (peer != NULL) {
        bind_text(stmt, 1, peer);
        bind_uint(stmt, 2, after);
        bind_uint(stmt, 3, limit);
    } else {
        bind_uint(stmt, 1, limit);
    }
    enum tcn_err err;
    while ((err = next_row(store, stmt)) == TCN_ERR_OK) {
        struct tcn_settle_row row = {.n = take_uint(stmt, 1)};
        char of[TCN_MEMBER_MAX + 1];
        char word[32];
        take_text(stmt, 0, of, sizeof of);
        take_bytes(stmt, 2, row.id.bytes, sizeof row.id.bytes);
        take_text(stmt, 3, word, sizeof word);
        row.err = reason_of(word);
        row.retry_at_ms = take_uint(stmt, 4);
        row.at_ms = take_uint(stmt, 5);
        err = taker.take(taker.ctx, of, &row);
        if (err != TCN_ERR_OK) {
            (void)sqlite3_reset(stmt);
            return err;
        }
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

enum tcn_err tcn_store_held(struct tcn_store *store, const char *peer,
                            struct tcn_id *after, struct tcn_buf *rows,
                            bool *last)
{
    size_t most = (rows->cap - rows->len) / 33;
    sqlite3_stmt *stmt = use(store, S_HELD_OF);
    bind_text(stmt, 1, peer);
    struct tcn_id from = *after;
    bind_id(stmt, 2, &from);
    bind_uint(stmt, 3, most);
    size_t count = 0;
    enum tcn_err err;
    while ((err = next_row(store, stmt)) == TCN_ERR_OK) {
        uint8_t form = (uint8_t)take_uint(stmt, 1);
        take_bytes(stmt, 0, after->bytes, sizeof after->bytes);
        tcn_buf_put(rows, after->bytes, sizeof after->bytes);
        tcn_buf_put(rows, &form, 1);
        count++;
    }
    *last = count < most;
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}
