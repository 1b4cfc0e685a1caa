#include "store/internal.h"

enum tcn_err tcn_store_import(struct tcn_store *store,
                              const struct tcn_thread *thread,
                              struct tcn_id *digest)
{
    struct query *query = use(store, S_IMPORT_GET);
    bind_view(query, 1, tcn_view(thread->bytes, sizeof thread->bytes));
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        take_bytes(query, 0, digest->bytes, sizeof digest->bytes);
        done(query);
    }
    return err;
}

enum tcn_err tcn_store_put_import(struct tcn_store *store,
                                  const struct tcn_thread *thread,
                                  const struct tcn_id *digest)
{
    struct query *query = use(store, S_IMPORT_PUT);
    bind_view(query, 1, tcn_view(thread->bytes, sizeof thread->bytes));
    bind_id(query, 2, digest);
    return run(store, query);
}
