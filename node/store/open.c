#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/internal.h"

static enum tcn_err open_all(struct tcn_store *store)
{
    enum tcn_err err = files_directory(store);
    err = err == TCN_ERR_OK ? files_lock(store) : err;
    err = err == TCN_ERR_OK ? files_open(store, "node.db", 0600, &store->db)
                            : err;
    err = err == TCN_ERR_OK ? files_open(store, "feed.db", 0640, &store->feed)
                            : err;
    err = err == TCN_ERR_OK ? schema_open(store) : err;
    return err == TCN_ERR_OK ? feed_align(store) : err;
}

enum tcn_err tcn_store_open(struct tcn_store **out, const char *dir)
{
    struct tcn_store *store = calloc(1, sizeof *store);
    *out = store;
    if (store == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    store->lock_fd = -1;
    store->told.incomplete = true; /* who was here before may have crashed */
    /* Every allocation would take a lock for it; refused for a second store. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int len = snprintf(store->dir, sizeof store->dir, "%s", dir);
    if (len < 0 || (size_t)len >= sizeof store->dir) {
        return store_say(store, TCN_ERR_IO, "%s...: the path is too long",
                         store->dir);
    }
    return open_all(store);
}

void tcn_store_close(struct tcn_store *store)
{
    if (store == NULL) {
        return;
    }
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(store->queries[i].stmt);
    }
    (void)sqlite3_close(store->db);
    (void)sqlite3_close(store->feed);
    if (store->lock_fd >= 0) {
        close(store->lock_fd);
    }
    told_free(&store->told);
    free(store);
}
