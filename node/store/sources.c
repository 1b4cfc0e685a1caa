/* Who gave us what. The row of an alert names who brought it first; `sources`
 * learns of that later, of many alerts at a time and in the order of their ids:
 * one by one each would write pages of its own, far from all others. */
#include "store/internal.h"

#define UNSETTLED_MAX 2048

enum tcn_err tcn_store_source(struct tcn_store *store, const struct tcn_id *id,
                              const char *peer)
{
    struct query *query = use(store, S_SOURCE_PUT);
    bind_id(query, 1, id);
    bind_text(query, 2, peer);
    return run(store, query);
}

enum tcn_err sources_settle(struct tcn_store *store)
{
    store->unsettled = 0;
    enum tcn_err err = run(store, use(store, S_SOURCES_SETTLE));
    return err == TCN_ERR_OK ? run(store, use(store, S_SOURCES_SETTLED)) : err;
}

enum tcn_err sources_count(struct tcn_store *store)
{
    return ++store->unsettled < UNSETTLED_MAX ? TCN_ERR_OK
                                              : sources_settle(store);
}

enum tcn_err tcn_store_sources(struct tcn_store *store, const struct tcn_id *id,
                               struct tcn_name_taker taker)
{
    enum tcn_err err = id == NULL ? sources_settle(store) : TCN_ERR_OK;
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query = use(store, id != NULL ? S_SOURCES_OF : S_SOURCES_ALL);
    if (id != NULL) {
        bind_id(query, 1, id);
    }
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_id of;
        char peer[TCN_MEMBER_MAX + 1];
        take_bytes(query, 0, of.bytes, sizeof of.bytes);
        take_text(query, 1, peer, sizeof peer);
        err = taker.take(taker.ctx, &of, peer);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}
