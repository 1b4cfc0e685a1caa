/* What is told to observers is noted in node.db: which alert has which number.
 * The row itself waits in memory for the commit and goes to feed.db then; one
 * that was lost on the way is rendered anew from its alert. Writing a row twice
 * changes nothing, so no crash between the two commits does harm. A commit of
 * feed.db is not synced: the outbox keeps what was written until many rows are
 * on the disk by one sync; then they leave with the next commit of node.db. A
 * row that a loss of power took out of feed.db comes again from there. */
#include <errno.h>

#include "store/feed.h"
#include "store/internal.h"

/* One call of tcn_store_feed_trim() deletes so many thousand rows at most. */
#define TRIM_PORTIONS 32

/* Rows that share a sync of feed.db. */
#define SYNC_ROWS 512

/* ---- in the transaction ---- */

static enum tcn_err next_seq(struct tcn_store *store, const char *observers,
                             uint64_t *seq)
{
    struct query *query = use(store, S_FEED_SEQ);
    bind_text(query, 1, observers);
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        *seq = take_uint(query, 0);
        done(query);
    }
    return err;
}

enum tcn_err tcn_store_feed(struct tcn_store *store, const struct tcn_id *id,
                            const struct tcn_feed_row *row)
{
    struct tcn_feed_row numbered = *row;
    uint64_t key;
    enum tcn_err err = key_of(store, id, &key);
    err = err == TCN_ERR_OK ? next_seq(store, row->observers, &numbered.seq)
                            : err;
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query = use(store, S_OUTBOX_PUT);
    bind_text(query, 1, row->observers);
    bind_uint(query, 2, numbered.seq);
    bind_uint(query, 3, row->at_ms);
    bind_uint(query, 4, key);
    err = run(store, query);
    if (err == TCN_ERR_OK) {
        told_add(&store->told, &numbered);
        store->told.last_n = (uint64_t)sqlite3_last_insert_rowid(store->db);
    }
    return err;
}

/* ---- after the commit ---- */

/* Behind the last one of its class; what is there already stays. */
static enum tcn_err put_row(void *ctx, const struct tcn_feed_row *row)
{
    struct tcn_store *store = ctx;
    struct query *put = use(store, S_FEED_PUT);
    bind_text(put, 1, row->observers);
    bind_uint(put, 2, row->seq);
    bind_uint(put, 3, row->at_ms);
    bind_text(put, 4, row->topic);
    bind_view(put, 5, row->body);
    if (row->misp.len > 0) {
        bind_view(put, 6, row->misp);
    }
    enum tcn_err err = run(store, put);
    if (err == TCN_ERR_OK) {
        store->feed_moved += (size_t)sqlite3_changes(store->feed);
        store->feed_unsynced++;
    }
    return err;
}

static enum tcn_err render(const struct query *from,
                           const struct tcn_feed_renderer *renderer,
                           struct tcn_feed_row *row)
{
    struct tcn_id id;
    enum tcn_err err = TCN_ERR_NOT_FOUND;
    if (!is_null(from, 4)) {
        take_bytes(from, 4, id.bytes, sizeof id.bytes);
        err = renderer->render(renderer->ctx, &id, row);
    }
    if (err == TCN_ERR_NOT_FOUND) {
        row->topic = "keepalive";
        row->body = tcn_view_str("{}");
        row->misp = tcn_view_str("");
        err = TCN_ERR_OK;
    }
    return err;
}

/* At most one portion, in the order of the outbox. */
static enum tcn_err render_rows(struct tcn_store *store,
                                const struct tcn_feed_renderer *renderer,
                                uint64_t *written)
{
    struct query *from = use(store, S_OUTBOX_AFTER);
    bind_uint(from, 1, *written);
    enum tcn_err err;
    while ((err = next_row(store, from)) == TCN_ERR_OK) {
        char observers[TCN_NAME_MAX + 1];
        take_text(from, 1, observers, sizeof observers);
        struct tcn_feed_row row = {.observers = observers,
                                   .seq = take_uint(from, 2),
                                   .at_ms = take_uint(from, 3)};
        err = render(from, renderer, &row);
        err = err == TCN_ERR_OK ? put_row(store, &row) : err;
        if (err != TCN_ERR_OK) {
            done(from);
            return err;
        }
        *written = take_uint(from, 0);
    }
    return all_rows(err);
}

static enum tcn_err write_portion(struct tcn_store *store,
                                  const struct tcn_feed_renderer *renderer)
{
    uint64_t written = store->outbox_written;
    enum tcn_err err = run(store, use(store, S_FEED_BEGIN));
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (store->told.incomplete) {
        err = render_rows(store, renderer, &written);
    } else {
        err = told_each(&store->told, put_row, store);
        written = store->told.len > 0 ? store->told.last_n : written;
    }
    err = err == TCN_ERR_OK ? run(store, use(store, S_FEED_COMMIT)) : err;
    if (err == TCN_ERR_OK) {
        store->outbox_written = written;
    } else if (sqlite3_get_autocommit(store->feed) == 0) {
        (void)sqlite3_exec(store->feed, "ROLLBACK", NULL, NULL, NULL);
    }
    return err;
}

enum tcn_err tcn_store_feed_flush(struct tcn_store *store,
                                  const struct tcn_feed_renderer *renderer,
                                  size_t *moved)
{
    uint64_t before;
    enum tcn_err err;
    store->feed_moved = 0;
    do {
        before = store->outbox_written;
        err = write_portion(store, renderer);
    } while (err == TCN_ERR_OK && store->told.incomplete &&
             store->outbox_written != before);
    told_clear(&store->told, err != TCN_ERR_OK);
    *moved = err == TCN_ERR_OK ? store->feed_moved : 0;
    if (err == TCN_ERR_OK && store->feed_unsynced >= SYNC_ROWS) {
        err = tcn_store_feed_sync(store);
    }
    return err;
}

/* ---- on the disk ---- */

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
    if (store->outbox_written == 0 || store->feed_unsynced > 0) {
        return TCN_ERR_OK;
    }
    struct query *query = use(store, S_OUTBOX_DROP);
    bind_uint(query, 1, store->outbox_written);
    return run(store, query);
}

enum tcn_err tcn_store_feed_trim(struct tcn_store *store, uint64_t before_ms)
{
    enum tcn_err err = TCN_ERR_OK;
    int changed = 1;
    for (int i = 0; i < TRIM_PORTIONS && changed > 0 && err == TCN_ERR_OK;
         i++) {
        struct query *query = use(store, S_FEED_TRIM);
        bind_uint(query, 1, before_ms);
        err = run(store, query);
        changed = sqlite3_changes(store->feed);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    /* The last row of a class stays, so that its numbers go on; it says nothing
     * any more. */
    struct query *quiet = use(store, S_FEED_QUIET);
    bind_uint(quiet, 1, before_ms);
    return run(store, quiet);
}
