/* Many calls, one commit: a commit costs a sync of the disk, a row does not. */
#include "store/internal.h"

enum tcn_err tcn_store_begin(struct tcn_store *store)
{
    enum tcn_err err = run(store, use(store, S_BEGIN));
    store->begun = err == TCN_ERR_OK;
    return err;
}

enum tcn_err tcn_store_commit(struct tcn_store *store)
{
    enum tcn_err err = key_settle(store);
    err = err == TCN_ERR_OK ? outbox_drop(store) : err;
    err = err == TCN_ERR_OK ? run(store, use(store, S_COMMIT)) : err;
    store->begun = err != TCN_ERR_OK;
    if (err == TCN_ERR_OK && store->feed_unsynced == 0) {
        store->outbox_written = 0;
    }
    return err;
}

void tcn_store_rollback(struct tcn_store *store)
{
    key_forget(store);
    told_undo(&store->told);
    store->begun = false;
    store->lost = TCN_ERR_OK;
    /* After some errors SQLite has rolled back already. */
    if (store->db != NULL && sqlite3_get_autocommit(store->db) == 0) {
        /* The message of what failed before is the one that matters. */
        char kept[sizeof store->message];
        memcpy(kept, store->message, sizeof kept);
        (void)run(store, use(store, S_ROLLBACK));
        memcpy(store->message, kept, sizeof kept);
    }
}
