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

/* The end of the chain is also written down beside it, so that rows taken off
 * the end are missed. */
#define HEAD       "audit-head"
#define HEAD_BYTES (8 + 32)

struct head {
    uint64_t n;
    struct tcn_id hash;
};

static enum tcn_err read_head(struct tcn_store *store, struct head *head)
{
    uint8_t bytes[HEAD_BYTES];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    *head = (struct head){0};
    enum tcn_err err = tcn_store_value(store, HEAD, &out);
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (out.full || out.len != sizeof bytes) {
        return TCN_ERR_CORRUPT;
    }
    for (size_t i = 0; i < 8; i++) {
        head->n = head->n << 8 | bytes[i];
    }
    memcpy(head->hash.bytes, bytes + 8, sizeof head->hash.bytes);
    return TCN_ERR_OK;
}

static enum tcn_err write_head(struct tcn_store *store, const struct head *head)
{
    uint8_t bytes[HEAD_BYTES];
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(head->n >> (56 - 8 * i));
    }
    memcpy(bytes + 8, head->hash.bytes, sizeof head->hash.bytes);
    return tcn_store_set(store, HEAD, tcn_view(bytes, sizeof bytes));
}

static enum tcn_err put_row(struct tcn_store *store,
                            const struct tcn_audit_row *row)
{
    struct query *query = use(store, S_AUDIT_PUT);
    bind_uint(query, 1, row->n);
    bind_uint(query, 2, row->at_ms);
    bind_text(query, 3, row->actor);
    bind_text(query, 4, row->action);
    bind_text(query, 5, row->subject);
    bind_text(query, 6, row->detail);
    bind_id(query, 7, &row->hash);
    return run(store, query);
}

static enum tcn_err append(struct tcn_store *store,
                           const struct tcn_audit_row *given,
                           const struct head *before)
{
    struct tcn_audit_row row = *given;
    row.n = before->n + 1;
    enum tcn_err err = hash_row(&row, &before->hash, &row.hash);
    err = err == TCN_ERR_OK ? put_row(store, &row) : err;
    const struct head head = {row.n, row.hash};
    return err == TCN_ERR_OK ? write_head(store, &head) : err;
}

enum tcn_err tcn_store_audit_end(struct tcn_store *store, uint64_t *n,
                                 struct tcn_id *hash)
{
    struct head head;
    enum tcn_err err = read_head(store, &head);
    *n = head.n;
    *hash = head.hash;
    return err;
}

enum tcn_err audit_begin(struct tcn_store *store)
{
    const struct tcn_audit_row row = {.actor = "node",
                                      .action = "store-created",
                                      .subject = "",
                                      .detail = ""};
    return append(store, &row, &(struct head){0});
}

enum tcn_err tcn_store_audit(struct tcn_store *store,
                             const struct tcn_audit_row *row)
{
    struct head before;
    enum tcn_err err = read_head(store, &before);
    if (err == TCN_ERR_NOT_FOUND) {
        err = TCN_ERR_CORRUPT;
    }
    if (err == TCN_ERR_CORRUPT) {
        return store_say(store, err,
                         "%s/node.db: the end of the audit chain is not known: "
                         "restore a backup",
                         store->dir);
    }
    return err == TCN_ERR_OK ? append(store, row, &before) : err;
}

enum tcn_err tcn_store_audit_each(struct tcn_store *store, uint64_t after_n,
                                  struct tcn_audit_taker taker)
{
    struct query *query = use(store, S_AUDIT_AFTER);
    bind_uint(query, 1, after_n);
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_audit_row row = {
            .n = take_uint(query, 0),
            .at_ms = take_uint(query, 1),
            .actor = text_at(query, 2),
            .action = text_at(query, 3),
            .subject = text_at(query, 4),
            .detail = text_at(query, 5),
        };
        take_bytes(query, 6, row.hash.bytes, sizeof row.hash.bytes);
        row.signed_ms = take_uint(query, 7);
        err = taker.take(taker.ctx, &row);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}

static enum tcn_err check_row(void *ctx, const struct tcn_audit_row *row)
{
    struct head *chain = ctx;
    struct tcn_id hash;
    enum tcn_err err = hash_row(row, &chain->hash, &hash);
    chain->n++;
    chain->hash = hash;
    bool good = err == TCN_ERR_OK && row->n == chain->n &&
                tcn_id_equal(&hash, &row->hash);
    return good ? TCN_ERR_OK : TCN_ERR_CORRUPT;
}

enum tcn_err tcn_store_audit_verify(struct tcn_store *store, uint64_t *n)
{
    struct head chain = {0};
    struct head head;
    enum tcn_err err = tcn_store_audit_each(
        store, 0, (struct tcn_audit_taker){check_row, &chain});
    *n = chain.n;
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = read_head(store, &head);
    if (err == TCN_ERR_OK && head.n == chain.n &&
        tcn_id_equal(&head.hash, &chain.hash)) {
        return TCN_ERR_OK;
    }
    *n = chain.n + 1; /* rows are missing at the end */
    return err == TCN_ERR_OK || err == TCN_ERR_NOT_FOUND ? TCN_ERR_CORRUPT
                                                         : err;
}
