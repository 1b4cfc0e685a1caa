/* The audit chain: hash = BLAKE2b-256("tocsin.audit.v1", hash before || the row
 * as [n, at, actor, action, subject, detail] in the encoding profile). */
#include "store/audit.h"

#include "alert/hash.h"
#include "alert/wire.h"
#include "store/internal.h"

#define ROW_BYTES_MAX 16384

static enum tcn_err hash_row(const struct tcn_audit_row *row,
                             const struct tcn_id *before, struct tcn_id *hash)
{
    uint8_t bytes[ROW_BYTES_MAX];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_put_array(&out, 6);
    tcn_put_uint(&out, row->n);
    tcn_put_uint(&out, row->at_ms);
    tcn_put_str(&out, tcn_view_str(row->actor));
    tcn_put_str(&out, tcn_view_str(row->action));
    tcn_put_str(&out, tcn_view_str(row->subject));
    tcn_put_str(&out, tcn_view_str(row->detail));
    const struct tcn_view parts[] = {tcn_id_view(before), tcn_buf_view(&out)};
    tcn_hash_parts(TCN_PERSONAL_AUDIT, tcn_view(NULL, 0), parts, 2, hash->bytes,
                   sizeof hash->bytes);
    return out.full ? TCN_ERR_SIZE : TCN_ERR_OK;
}

static enum tcn_err last_row(struct tcn_store *store, uint64_t *n,
                             struct tcn_id *hash)
{
    *n = 0;
    *hash = (struct tcn_id){0};
    sqlite3_stmt *stmt = use(store, S_AUDIT_LAST);
    enum tcn_err err = next_row(store, stmt);
    if (err == TCN_ERR_OK) {
        *n = take_uint(stmt, 0);
        take_bytes(stmt, 1, hash->bytes, sizeof hash->bytes);
        (void)sqlite3_reset(stmt);
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

enum tcn_err tcn_store_audit(struct tcn_store *store,
                             const struct tcn_audit_row *given)
{
    struct tcn_audit_row row = *given;
    struct tcn_id before;
    enum tcn_err err = last_row(store, &row.n, &before);
    row.n++;
    if (err == TCN_ERR_OK) {
        err = hash_row(&row, &before, &row.hash);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    sqlite3_stmt *stmt = use(store, S_AUDIT_PUT);
    bind_uint(stmt, 1, row.n);
    bind_uint(stmt, 2, row.at_ms);
    bind_text(stmt, 3, row.actor);
    bind_text(stmt, 4, row.action);
    bind_text(stmt, 5, row.subject);
    bind_text(stmt, 6, row.detail);
    bind_id(stmt, 7, &row.hash);
    return run(store, stmt);
}

static const char *text_at(sqlite3_stmt *stmt, int at)
{
    const unsigned char *text = sqlite3_column_text(stmt, at);
    return text == NULL ? "" : (const char *)text;
}

enum tcn_err tcn_store_audit_each(struct tcn_store *store, uint64_t after_n,
                                  struct tcn_audit_taker taker)
{
    sqlite3_stmt *stmt = use(store, S_AUDIT_AFTER);
    bind_uint(stmt, 1, after_n);
    enum tcn_err err;
    while ((err = next_row(store, stmt)) == TCN_ERR_OK) {
        struct tcn_audit_row row = {
            .n = take_uint(stmt, 0),
            .at_ms = take_uint(stmt, 1),
            .actor = text_at(stmt, 2),
            .action = text_at(stmt, 3),
            .subject = text_at(stmt, 4),
            .detail = text_at(stmt, 5),
        };
        take_bytes(stmt, 6, row.hash.bytes, sizeof row.hash.bytes);
        err = taker.take(taker.ctx, &row);
        if (err != TCN_ERR_OK) {
            (void)sqlite3_reset(stmt);
            return err;
        }
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

struct chain {
    uint64_t n;
    struct tcn_id hash;
};

static enum tcn_err check_link(void *ctx, const struct tcn_audit_row *row)
{
    struct chain *chain = ctx;
    struct tcn_id hash;
    enum tcn_err err = hash_row(row, &chain->hash, &hash);
    bool good = err == TCN_ERR_OK && row->n == chain->n + 1 &&
                tcn_id_equal(&hash, &row->hash);
    chain->n++;
    chain->hash = hash;
    return good ? TCN_ERR_OK : TCN_ERR_CORRUPT;
}

enum tcn_err tcn_store_audit_verify(struct tcn_store *store, uint64_t *n)
{
    struct chain chain = {0};
    enum tcn_err err = tcn_store_audit_each(
        store, 0, (struct tcn_audit_taker){check_link, &chain});
    *n = chain.n;
    if (err == TCN_ERR_OK && chain.n == 0) {
        return TCN_ERR_CORRUPT; /* it begins with the store */
    }
    return err;
}
