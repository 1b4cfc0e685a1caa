/* Acks that agreements ask of us: until when. */
#include "store/acks.h"
#include "store/internal.h"

enum tcn_err tcn_store_ack_due(struct tcn_store *store, const struct tcn_id *id,
                               uint64_t due_ms)
{
    struct query *query = use(store, S_ACK_PUT);
    bind_id(query, 1, id);
    bind_uint(query, 2, due_ms);
    return run(store, query);
}

enum tcn_err tcn_store_ack_done(struct tcn_store *store,
                                const struct tcn_id *id)
{
    struct query *query = use(store, S_ACKS_GONE);
    bind_id(query, 1, id);
    return run(store, query);
}

enum tcn_err tcn_store_ack_told(struct tcn_store *store,
                                const struct tcn_id *id)
{
    struct query *query = use(store, S_ACK_TOLD);
    bind_id(query, 1, id);
    return run(store, query);
}

enum tcn_err tcn_store_acks(struct tcn_store *store, uint64_t until_ms,
                            struct tcn_ack_taker taker)
{
    struct query *query = use(store, S_ACKS_DUE);
    bind_uint(query, 1, until_ms);
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_ack_due due = {.due_ms = take_uint(query, 1),
                                  .told = take_uint(query, 2) != 0};
        take_bytes(query, 0, due.id.bytes, sizeof due.id.bytes);
        err = taker.take(taker.ctx, &due);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}
