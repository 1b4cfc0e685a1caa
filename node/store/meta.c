#include "store/internal.h"

enum tcn_err tcn_store_set(struct tcn_store *store, const char *name,
                           struct tcn_view value)
{
    struct query *query = use(store, S_META_PUT);
    bind_text(query, 1, name);
    bind_view(query, 2, value.data != NULL ? value : tcn_view("", 0));
    return run(store, query);
}

enum tcn_err tcn_store_value(struct tcn_store *store, const char *name,
                             struct tcn_buf *value)
{
    struct query *query = use(store, S_META_GET);
    bind_text(query, 1, name);
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        struct tcn_view view = take_view(query, 0);
        tcn_buf_put(value, view.data, view.len);
        done(query);
    }
    return err;
}
