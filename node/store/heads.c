/* Heads of the audit chain that the node signed. */
#include "store/audit.h"
#include "store/internal.h"

enum tcn_err tcn_store_audit_hash(struct tcn_store *store, uint64_t n,
                                  struct tcn_id *hash)
{
    struct query *query = use(store, S_AUDIT_HASH);
    bind_uint(query, 1, n);
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        take_bytes(query, 0, hash->bytes, sizeof hash->bytes);
        done(query);
    }
    return err;
}

enum tcn_err tcn_store_head_put(struct tcn_store *store,
                                const struct tcn_audit_head *head)
{
    struct query *query = use(store, S_HEAD_PUT);
    bind_uint(query, 1, head->n);
    bind_uint(query, 2, head->at_ms);
    bind_id(query, 3, &head->hash);
    bind_id(query, 4, &head->cert);
    bind_view(query, 5, tcn_view(head->signature, sizeof head->signature));
    return run(store, query);
}

static void read_head(const struct query *query, struct tcn_audit_head *head)
{
    *head = (struct tcn_audit_head){.n = take_uint(query, 0),
                                    .at_ms = take_uint(query, 1)};
    take_bytes(query, 2, head->hash.bytes, sizeof head->hash.bytes);
    take_bytes(query, 3, head->cert.bytes, sizeof head->cert.bytes);
    take_bytes(query, 4, head->signature, sizeof head->signature);
}

enum tcn_err tcn_store_heads(struct tcn_store *store,
                             struct tcn_head_taker taker)
{
    struct query *query = use(store, S_HEADS_ALL);
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_audit_head head;
        read_head(query, &head);
        err = taker.take(taker.ctx, &head);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}

enum tcn_err tcn_store_head_last(struct tcn_store *store,
                                 struct tcn_audit_head *head)
{
    struct query *query = use(store, S_HEAD_LAST);
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        read_head(query, head);
        done(query);
    }
    return err;
}
