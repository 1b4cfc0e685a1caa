/* Rows wait in node.db under their number until feed.db has them: copying them
 * twice changes nothing. */
#include <stdio.h>

#include "store/feed.h"
#include "store/internal.h"

static enum tcn_err next_seq(struct tcn_store *store, const char *observers,
                             uint64_t *seq)
{
    sqlite3_stmt *stmt = use(store, S_FEED_SEQ);
    bind_text(stmt, 1, observers);
    enum tcn_err err = next_row(store, stmt);
    if (err == TCN_ERR_OK) {
        *seq = take_uint(stmt, 0);
        (void)sqlite3_reset(stmt);
    }
    return err;
}

enum tcn_err tcn_store_feed(struct tcn_store *store,
                            const struct tcn_feed_row *row)
{
    uint64_t seq = 0;
    enum tcn_err err = next_seq(store, row->observers, &seq);
    if (err != TCN_ERR_OK) {
        return err;
    }
    sqlite3_stmt *stmt = use(store, S_OUTBOX_PUT);
    bind_text(stmt, 1, row->observers);
    bind_uint(stmt, 2, seq);
    bind_uint(stmt, 3, row->at_ms);
    bind_text(stmt, 4, row->topic);
    bind_view(stmt, 5, row->body);
    bind_view(stmt, 6, row->misp);
    return run(store, stmt);
}

static enum tcn_err feed_exec(struct tcn_store *store, const char *text)
{
    return sqlite3_exec(store->feed, text, NULL, NULL, NULL) == SQLITE_OK
               ? TCN_ERR_OK
               : store_error(store, store->feed);
}

static enum tcn_err copy_row(struct tcn_store *store, sqlite3_stmt *from)
{
    if (store->feed_put == NULL &&
        sqlite3_prepare_v3(store->feed,
                           "INSERT OR IGNORE INTO feed(observers,seq,at,topic,"
                           "body,misp) VALUES(?1,?2,?3,?4,?5,?6)",
                           -1, SQLITE_PREPARE_PERSISTENT, &store->feed_put,
                           NULL) != SQLITE_OK) {
        return store_error(store, store->feed);
    }
    for (int i = 0; i < 6; i++) {
        (void)sqlite3_bind_value(store->feed_put, i + 1,
                                 sqlite3_column_value(from, i));
    }
    return run(store, store->feed_put);
}

/* What was copied, so that it can be dropped afterwards. */
struct copied {
    size_t count;
    size_t classes;
    struct {
        char observers[TCN_NAME_MAX + 1];
        uint64_t seq;
    } last[TCN_OBSERVERS_MAX * 2];
};

static void note_copied(struct copied *copied, sqlite3_stmt *from)
{
    char observers[TCN_NAME_MAX + 1];
    take_text(from, 0, observers, sizeof observers);
    size_t at = copied->classes;
    if (at == 0 || strcmp(copied->last[at - 1].observers, observers) != 0) {
        copied->classes++;
        memcpy(copied->last[at].observers, observers, sizeof observers);
    } else {
        at--;
    }
    copied->last[at].seq = take_uint(from, 1);
    copied->count++;
}

static enum tcn_err copy_rows(struct tcn_store *store, struct copied *copied)
{
    sqlite3_stmt *from = use(store, S_OUTBOX_ALL);
    enum tcn_err err;
    while ((err = next_row(store, from)) == TCN_ERR_OK) {
        err = copied->classes == TCN_OBSERVERS_MAX * 2 ? TCN_ERR_CAPACITY
                                                       : copy_row(store, from);
        if (err != TCN_ERR_OK) {
            (void)sqlite3_reset(from);
            return err;
        }
        note_copied(copied, from);
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}

static enum tcn_err drop_copied(struct tcn_store *store,
                                const struct copied *copied)
{
    enum tcn_err err = tcn_store_begin(store);
    for (size_t i = 0; i < copied->classes && err == TCN_ERR_OK; i++) {
        sqlite3_stmt *stmt = use(store, S_OUTBOX_DROP);
        bind_text(stmt, 1, copied->last[i].observers);
        bind_uint(stmt, 2, copied->last[i].seq);
        err = run(store, stmt);
    }
    err = err == TCN_ERR_OK ? tcn_store_commit(store) : err;
    if (err != TCN_ERR_OK) {
        tcn_store_rollback(store);
    }
    return err;
}

enum tcn_err tcn_store_feed_flush(struct tcn_store *store, size_t *moved)
{
    struct copied copied;
    *moved = 0;
    do {
        copied = (struct copied){0};
        enum tcn_err err = feed_exec(store, "BEGIN IMMEDIATE");
        if (err != TCN_ERR_OK) {
            return err;
        }
        err = copy_rows(store, &copied);
        if (err == TCN_ERR_OK) {
            err = feed_exec(store, "COMMIT");
        }
        if (err != TCN_ERR_OK) {
            (void)sqlite3_exec(store->feed, "ROLLBACK", NULL, NULL, NULL);
            return err;
        }
        err = copied.count == 0 ? TCN_ERR_OK : drop_copied(store, &copied);
        if (err != TCN_ERR_OK) {
            return err;
        }
        *moved += copied.count;
    } while (copied.count > 0);
    return TCN_ERR_OK;
}

enum tcn_err tcn_store_feed_trim(struct tcn_store *store, uint64_t before_ms)
{
    /* The last row of a class stays, so that its numbers go on. */
    if (store->feed_trim == NULL &&
        sqlite3_prepare_v3(store->feed,
                           "DELETE FROM feed WHERE at<?1 AND seq<(SELECT "
                           "max(seq) FROM feed f WHERE "
                           "f.observers=feed.observers)",
                           -1, SQLITE_PREPARE_PERSISTENT, &store->feed_trim,
                           NULL) != SQLITE_OK) {
        return store_error(store, store->feed);
    }
    bind_uint(store->feed_trim, 1, before_ms);
    return run(store, store->feed_trim);
}
