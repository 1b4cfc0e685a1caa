/* Who gave us what. */
#include "store/internal.h"

enum tcn_err tcn_store_source(struct tcn_store *store, const struct tcn_id *id,
                              const char *peer)
{
    uint64_t key;
    enum tcn_err err = key_of(store, id, &key);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query = use(store, S_SOURCE_PUT);
    bind_uint(query, 1, key);
    bind_text(query, 2, peer);
    return run(store, query);
}

enum tcn_err tcn_store_sources(struct tcn_store *store, const struct tcn_id *id,
                               struct tcn_name_taker taker)
{
    enum tcn_err err = key_settle(store);
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
