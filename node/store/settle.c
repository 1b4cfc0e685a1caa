#include "store/internal.h"
#include "store/ledger.h"

#define FORGET_EVERY 1024 /* refusals: to look for old ones costs a little */

enum tcn_err tcn_store_cursor(struct tcn_store *store, const char *peer,
                              struct tcn_row_number at, const uint8_t mark[8])
{
    struct query *query = use(store, S_LANE_SETTLED);
    bind_text(query, 1, peer);
    bind_uint(query, 2, at.lane);
    bind_uint(query, 3, at.n);
    bind_view(query, 4, tcn_view(mark, 8));
    return run(store, query);
}

enum tcn_err tcn_store_took(struct tcn_store *store, const char *peer,
                            struct tcn_row_number at)
{
    struct query *query = use(store, S_REFUSAL_DROP);
    bind_text(query, 1, peer);
    bind_uint(query, 2, at.lane);
    bind_uint(query, 3, at.n);
    return run(store, query);
}

/* A peer can name what we refuse for ever. All lanes of all peers at once:
 * whose refusal happens to be the next one must make no difference. */
static enum tcn_err forget_refused(struct tcn_store *store)
{
    static const enum statement steps[] = {S_REFUSED_DECISIONS,
                                           S_REFUSED_UNHELD, S_REFUSALS_OLD};
    enum tcn_err err = key_settle(store);
    for (size_t i = 0; i < 3 && err == TCN_ERR_OK; i++) {
        struct query *query = use(store, steps[i]);
        bind_uint(query, 1, TCN_REFUSED_ROWS);
        err = run(store, query);
    }
    key_forget(store);
    return err;
}

enum tcn_err tcn_store_refuse(struct tcn_store *store, const char *peer,
                              const struct tcn_refusal_row *row)
{
    if (++store->refused % FORGET_EVERY == 0) {
        enum tcn_err err = forget_refused(store);
        if (err != TCN_ERR_OK) {
            return err;
        }
    }
    struct query *query = use(store, S_REFUSAL_PUT);
    bind_text(query, 1, peer);
    bind_uint(query, 2, row->at.lane);
    bind_uint(query, 3, row->at.n);
    bind_id(query, 4, &row->id);
    bind_text(query, 5, tcn_err_word(row->err));
    bind_uint(query, 6, row->retry_at_ms);
    bind_uint(query, 7, row->at_ms);
    return run(store, query);
}

enum tcn_err tcn_store_adopt(struct tcn_store *store, const char *peer,
                             const uint8_t epoch[8])
{
    static const enum statement steps[] = {S_PEER_NEW, S_REFUSALS_DROP,
                                           S_LANES_ADOPT};
    enum tcn_err err = TCN_ERR_OK;
    for (size_t i = 0; i < 3 && err == TCN_ERR_OK; i++) {
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
                                struct tcn_row_number after, size_t limit,
                                struct tcn_refusal_taker taker)
{
    struct query *query =
        use(store, peer != NULL ? S_REFUSALS_OF : S_REFUSALS_ALL);
    if (peer != NULL) {
        bind_text(query, 1, peer);
        bind_uint(query, 2, after.lane);
        bind_uint(query, 3, after.n);
        bind_uint(query, 4, limit);
    } else {
        bind_uint(query, 1, limit);
    }
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_refusal_row row = {.at.lane = (uint8_t)take_uint(query, 1),
                                      .at.n = take_uint(query, 2)};
        char of[TCN_MEMBER_MAX + 1];
        char word[32];
        take_text(query, 0, of, sizeof of);
        take_bytes(query, 3, row.id.bytes, sizeof row.id.bytes);
        take_text(query, 4, word, sizeof word);
        row.err = reason_of(word);
        row.retry_at_ms = take_uint(query, 5);
        row.at_ms = take_uint(query, 6);
        err = taker.take(taker.ctx, of, &row);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}
