#include "store/internal.h"
#include "store/ledger.h"

enum tcn_err tcn_store_held(struct tcn_store *store, const char *peer,
                            struct tcn_id *after, struct tcn_buf *rows,
                            bool *last)
{
    size_t most = (rows->cap - rows->len) / 33;
    struct query *query = use(store, S_HELD_OF);
    struct tcn_id from = *after;
    if (!tcn_id_equal(&from, &(struct tcn_id){0})) {
        bind_id(query, 1, &from);
    }
    bind_text(query, 2, peer);
    bind_uint(query, 3, most);
    size_t count = 0;
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        uint8_t form = (uint8_t)take_uint(query, 1);
        form |= take_uint(query, 2) != 0 ? TCN_HELD_IS_ORIGIN : 0;
        take_bytes(query, 0, after->bytes, sizeof after->bytes);
        tcn_buf_put(rows, after->bytes, sizeof after->bytes);
        tcn_buf_put(rows, &form, 1);
        count++;
    }
    *last = count < most;
    return all_rows(err);
}
