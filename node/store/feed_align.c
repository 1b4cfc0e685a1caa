/* node.db and feed.db are two files, and one of them may be restored from a
 * backup or be new. Numbers that observers have seen are never given again, and
 * a stream never has a hole: where rows are missing, it begins anew. */
#include "store/internal.h"

static enum tcn_err raise(struct tcn_store *store, const char *observers,
                          uint64_t seq)
{
    struct query *query = use(store, S_FEED_SEQ_RAISE);
    bind_text(query, 1, observers);
    bind_uint(query, 2, seq);
    return run(store, query);
}

/* The number of the row that node.db will bring next. */
static enum tcn_err next_of(struct tcn_store *store, const char *observers,
                            uint64_t *seq)
{
    struct query *query = use(store, S_FEED_SEQ_NEXT);
    bind_text(query, 1, observers);
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        *seq = take_uint(query, 0);
        done(query);
    }
    return err;
}

static enum tcn_err compare(struct tcn_store *store, bool *hole)
{
    struct query *query = use(store, S_FEED_TOPS);
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        uint64_t top = take_uint(query, 1);
        uint64_t next = 0;
        err = raise(store, text_at(query, 0), top);
        if (err == TCN_ERR_OK) {
            err = next_of(store, text_at(query, 0), &next);
        }
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
        *hole = *hole || next > top + 1;
    }
    return all_rows(err);
}

static enum tcn_err begin_anew(struct tcn_store *store)
{
    static const enum statement steps[] = {S_FEED_BEGIN, S_FEED_EMPTY,
                                           S_FEED_EPOCH, S_FEED_COMMIT};
    enum tcn_err err = TCN_ERR_OK;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        err = err == TCN_ERR_OK ? run(store, use(store, steps[i])) : err;
    }
    if (err != TCN_ERR_OK && sqlite3_get_autocommit(store->feed) == 0) {
        (void)sqlite3_exec(store->feed, "ROLLBACK", NULL, NULL, NULL);
    }
    return err;
}

enum tcn_err feed_align(struct tcn_store *store)
{
    bool hole = false;
    enum tcn_err err = tcn_store_begin(store);
    err = err == TCN_ERR_OK ? compare(store, &hole) : err;
    err = err == TCN_ERR_OK ? tcn_store_commit(store) : err;
    if (err != TCN_ERR_OK) {
        tcn_store_rollback(store);
        return err;
    }
    return hole ? begin_anew(store) : TCN_ERR_OK;
}
