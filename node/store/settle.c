#include "store/internal.h"
#include "store/ledger.h"

static enum tcn_err advance(struct tcn_store *store, const char *peer,
                            const struct tcn_settle_row *row)
{
    struct query *query = use(store, S_PEER_SETTLED);
    bind_text(query, 1, peer);
    bind_uint(query, 2, row->n);
    bind_view(query, 3, tcn_view(row->mark, sizeof row->mark));
    return run(store, query);
}

enum tcn_err tcn_store_settle(struct tcn_store *store, const char *peer,
                              const struct tcn_settle_row *row)
{
    enum tcn_err err = advance(store, peer, row);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query;
    if (row->err == TCN_ERR_OK) {
        query = use(store, S_REFUSAL_DROP);
        bind_text(query, 1, peer);
        bind_uint(query, 2, row->n);
        return run(store, query);
    }
    query = use(store, S_REFUSAL_PUT);
    bind_text(query, 1, peer);
    bind_uint(query, 2, row->n);
    bind_id(query, 3, &row->id);
    bind_text(query, 4, tcn_err_word(row->err));
    bind_uint(query, 5, row->retry_at_ms);
    bind_uint(query, 6, row->at_ms);
    return run(store, query);
}

enum tcn_err tcn_store_adopt(struct tcn_store *store, const char *peer,
                             const uint8_t epoch[8])
{
    static const enum statement steps[] = {S_PEER_NEW, S_REFUSALS_DROP};
    enum tcn_err err = TCN_ERR_OK;
    for (size_t i = 0; i < 2 && err == TCN_ERR_OK; i++) {
        struct query *query = use(store, steps[i]);
        bind_text(query, 1, peer);
        err = run(store, query);
    }
    struct query *query = use(store, S_PEER_ADOPT);
    bind_text(query, 1, peer);
    bind_view(query, 2, tcn_view(epoch, 8));
    return err == TCN_ERR_OK ? run(store, query) : err;
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
    struct query *query =
        use(store, peer != NULL ? S_REFUSALS_OF : S_REFUSALS_ALL);
    if (peer != NULL) {
        bind_text(query, 1, peer);
        bind_uint(query, 2, after);
        bind_uint(query, 3, limit);
    } else {
        bind_uint(query, 1, limit);
    }
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_settle_row row = {.n = take_uint(query, 1)};
        char of[TCN_MEMBER_MAX + 1];
        char word[32];
        take_text(query, 0, of, sizeof of);
        take_bytes(query, 2, row.id.bytes, sizeof row.id.bytes);
        take_text(query, 3, word, sizeof word);
        row.err = reason_of(word);
        row.retry_at_ms = take_uint(query, 4);
        row.at_ms = take_uint(query, 5);
        err = taker.take(taker.ctx, of, &row);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}
