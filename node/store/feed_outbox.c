/* Rows wait in node.db under their number until feed.db has them. Copying them
 * twice changes nothing, so no crash between the two commits does harm. A
 * commit of feed.db is not synced: the outbox keeps what was copied until many
 * rows are on the disk by one sync; then they leave with the next commit of
 * node.db. A row that a loss of power took out of feed.db comes again from
 * there. */
#include <errno.h>

#include "store/feed.h"
#include "store/internal.h"

/* One call of tcn_store_feed_trim() deletes so many thousand rows at most. */
#define TRIM_PORTIONS 32

/* Rows that share a sync of feed.db. */
#define SYNC_ROWS 512

enum tcn_err tcn_store_feed(struct tcn_store *store,
                            const struct tcn_feed_row *row)
{
    struct query *query = use(store, S_FEED_SEQ);
    bind_text(query, 1, row->observers);
    enum tcn_err err = run(store, query);
    if (err != TCN_ERR_OK) {
        return err;
    }
    query = use(store, S_OUTBOX_PUT);
    bind_text(query, 1, row->observers);
    bind_uint(query, 2, row->at_ms);
    bind_text(query, 3, row->topic);
    bind_view(query, 4, row->body);
    bind_view(query, 5, row->misp);
    return run(store, query);
}

static enum tcn_err copy_row(struct tcn_store *store, struct query *from)
{
    struct query *put = use(store, S_FEED_PUT);
    for (int at = 0; at < 6 && put->code == SQLITE_OK; at++) {
        put->code = sqlite3_bind_value(put->stmt, at + 1,
                                       sqlite3_column_value(from->stmt, at));
    }
    return run(store, put);
}

/* At most one portion, in the order of the outbox. */
static enum tcn_err copy_rows(struct tcn_store *store, uint64_t *copied,
                              size_t *moved)
{
    struct query *from = use(store, S_OUTBOX_AFTER);
    bind_uint(from, 1, *copied);
    enum tcn_err err;
    while ((err = next_row(store, from)) == TCN_ERR_OK) {
        err = copy_row(store, from);
        if (err != TCN_ERR_OK) {
            done(from);
            return err;
        }
        *copied = take_uint(from, 6);
        *moved += (size_t)sqlite3_changes(store->feed);
        store->feed_unsynced++;
    }
    return all_rows(err);
}

static enum tcn_err copy_portion(struct tcn_store *store, size_t *moved)
{
    uint64_t copied = store->outbox_copied;
    size_t rows = 0;
    enum tcn_err err = run(store, use(store, S_FEED_BEGIN));
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = copy_rows(store, &copied, &rows);
    err = err == TCN_ERR_OK ? run(store, use(store, S_FEED_COMMIT)) : err;
    if (err == TCN_ERR_OK) {
        store->outbox_copied = copied;
        *moved += rows;
    } else if (sqlite3_get_autocommit(store->feed) == 0) {
        (void)sqlite3_exec(store->feed, "ROLLBACK", NULL, NULL, NULL);
    }
    return err;
}

enum tcn_err tcn_store_feed_flush(struct tcn_store *store, size_t *moved)
{
    uint64_t before;
    enum tcn_err err;
    *moved = 0;
    do {
        before = store->outbox_copied;
        err = copy_portion(store, moved);
    } while (err == TCN_ERR_OK && store->outbox_copied != before);
    if (err == TCN_ERR_OK && store->feed_unsynced >= SYNC_ROWS) {
        err = tcn_store_feed_sync(store);
    }
    return err;
}

/* What a checkpoint moved into the file it has synced itself, so the rest is in
 * the log. */
enum tcn_err tcn_store_feed_sync(struct tcn_store *store)
{
    sqlite3_file *log = NULL;
    if (store->feed_unsynced == 0) {
        return TCN_ERR_OK;
    }
    errno = 0;
    int code = sqlite3_file_control(store->feed, "main",
                                    SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (code == SQLITE_OK && log != NULL && log->pMethods != NULL) {
        code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    }
    if (code != SQLITE_OK) {
        return store_say(store, store_err_of(code, errno),
                         "%s/feed.db: it cannot be synced", store->dir);
    }
    store->feed_unsynced = 0;
    return TCN_ERR_OK;
}

enum tcn_err outbox_drop(struct tcn_store *store)
{
    if (store->outbox_copied == 0 || store->feed_unsynced > 0) {
        return TCN_ERR_OK;
    }
    struct query *query = use(store, S_OUTBOX_DROP);
    bind_uint(query, 1, store->outbox_copied);
    return run(store, query);
}

enum tcn_err tcn_store_feed_trim(struct tcn_store *store, uint64_t before_ms)
{
    /* The last row of a class stays, so that its numbers go on. */
    enum tcn_err err = TCN_ERR_OK;
    int changed = 1;
    for (int i = 0; i < TRIM_PORTIONS && changed > 0 && err == TCN_ERR_OK;
         i++) {
        struct query *query = use(store, S_FEED_TRIM);
        bind_uint(query, 1, before_ms);
        err = run(store, query);
        changed = sqlite3_changes(store->feed);
    }
    return err;
}
