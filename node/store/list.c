#include "store/internal.h"

/* `take` may use the store: the row is copied before it is called. */
static enum tcn_err give_rows(struct tcn_store *store, struct query *query,
                              struct tcn_row_taker taker)
{
    struct tcn_stored row;
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        read_row(query, &row);
        err = taker.take(taker.ctx, &row);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}

enum tcn_err tcn_store_each(struct tcn_store *store, uint64_t after,
                            struct tcn_row_taker taker)
{
    struct query *query = use(store, S_ALERTS_AFTER);
    bind_uint(query, 1, after);
    return give_rows(store, query, taker);
}

enum tcn_err tcn_store_before(struct tcn_store *store, uint64_t seq,
                              uint64_t limit, struct tcn_row_taker taker)
{
    struct query *query = use(store, S_ALERTS_BEFORE);
    bind_uint(query, 1, seq);
    bind_uint(query, 2, limit);
    return give_rows(store, query, taker);
}

enum tcn_err tcn_store_recent(struct tcn_store *store, uint64_t since_ms,
                              uint64_t limit, struct tcn_row_taker taker)
{
    struct query *query = use(store, S_ALERTS_RECENT);
    bind_uint(query, 1, since_ms);
    bind_uint(query, 2, limit);
    return give_rows(store, query, taker);
}

enum tcn_err tcn_store_thread(struct tcn_store *store, const char *origin,
                              const struct tcn_thread *thread,
                              struct tcn_row_taker taker)
{
    struct query *query = use(store, S_ALERTS_THREAD);
    bind_text(query, 1, origin);
    bind_view(query, 2, tcn_view(thread->bytes, sizeof thread->bytes));
    return give_rows(store, query, taker);
}
