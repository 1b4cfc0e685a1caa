/* The reading side of feed.db, for tocsin-feed: another process, another uid,
 * read-only. After a clean close by the writer the file cannot be read until
 * it is open again: then it is reopened. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "store/feed.h"
#include "store/internal.h"

struct tcn_feed {
    char path[300];
    sqlite3 *db;
    dev_t device; /* of the file that is open */
    ino_t inode;
};

static void let_go(struct tcn_feed *feed)
{
    (void)sqlite3_close(feed->db);
    feed->db = NULL;
}

/* Another file may have taken its place: moved away, restored. */
static bool is_there(struct tcn_feed *feed)
{
    struct stat info;
    bool same = stat(feed->path, &info) == 0 && info.st_dev == feed->device &&
                info.st_ino == feed->inode;
    return feed->db != NULL && same;
}

static enum tcn_err reopen(struct tcn_feed *feed)
{
    struct stat info;
    let_go(feed);
    if (stat(feed->path, &info) != 0 ||
        sqlite3_open_v2(feed->path, &feed->db,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK ||
        store_harden(feed->db) != TCN_ERR_OK) {
        let_go(feed);
        return TCN_ERR_UNREACHABLE;
    }
    feed->device = info.st_dev;
    feed->inode = info.st_ino;
    (void)sqlite3_busy_timeout(feed->db, 1000);
    return TCN_ERR_OK;
}

static enum tcn_err prepare(struct tcn_feed *feed, const char *text,
                            struct query *query)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (!is_there(feed) && reopen(feed) != TCN_ERR_OK) {
            return TCN_ERR_UNREACHABLE;
        }
        *query = (struct query){0};
        if (sqlite3_prepare_v2(feed->db, text, -1, &query->stmt, NULL) ==
            SQLITE_OK) {
            return TCN_ERR_OK;
        }
        let_go(feed);
    }
    return TCN_ERR_UNREACHABLE;
}

static int step(struct query *query)
{
    return query->code == SQLITE_OK ? sqlite3_step(query->stmt) : query->code;
}

/* Ends a query; what could not be read is tried again on a new connection. */
static enum tcn_err end(struct tcn_feed *feed, struct query *query, int code)
{
    (void)sqlite3_finalize(query->stmt);
    if (code == SQLITE_DONE || code == SQLITE_ROW) {
        return TCN_ERR_OK;
    }
    let_go(feed);
    return TCN_ERR_UNREACHABLE;
}

enum tcn_err tcn_feed_open(struct tcn_feed **out, const char *dir)
{
    struct tcn_feed *feed = calloc(1, sizeof *feed);
    *out = feed;
    if (feed == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    int len = snprintf(feed->path, sizeof feed->path, "%s/feed.db", dir);
    bool fits = len > 0 && (size_t)len < sizeof feed->path;
    return fits ? reopen(feed) : TCN_ERR_UNREACHABLE;
}

void tcn_feed_close(struct tcn_feed *feed)
{
    if (feed != NULL) {
        let_go(feed);
        free(feed);
    }
}

enum tcn_err tcn_feed_epoch(struct tcn_feed *feed, char out[17])
{
    struct query query;
    enum tcn_err err =
        prepare(feed, "SELECT value FROM meta WHERE name='epoch'", &query);
    if (err != TCN_ERR_OK) {
        return err;
    }
    int code = step(&query);
    if (code == SQLITE_ROW) {
        take_text(&query, 0, out, 17);
    }
    (void)end(feed, &query, code);
    return code == SQLITE_ROW ? TCN_ERR_OK : TCN_ERR_UNREACHABLE;
}

enum tcn_err tcn_feed_range(struct tcn_feed *feed, const char *observers,
                            uint64_t *first, uint64_t *last)
{
    struct query query;
    *first = *last = 0;
    enum tcn_err err = prepare(
        feed, "SELECT min(seq), max(seq) FROM feed WHERE observers=?1", &query);
    if (err != TCN_ERR_OK) {
        return err;
    }
    bind_text(&query, 1, observers);
    int code = step(&query);
    if (code == SQLITE_ROW) {
        *first = take_uint(&query, 0);
        *last = take_uint(&query, 1);
    }
    return end(feed, &query, code);
}

enum tcn_err tcn_feed_rows(struct tcn_feed *feed, const char *observers,
                           uint64_t from, uint64_t to,
                           struct tcn_feed_taker taker)
{
    struct query query;
    enum tcn_err err = prepare(
        feed,
        "SELECT seq,at,topic,body,misp FROM feed WHERE observers=?1 AND "
        "seq>=?2 AND seq<=?3 ORDER BY seq",
        &query);
    if (err != TCN_ERR_OK) {
        return err;
    }
    bind_text(&query, 1, observers);
    bind_uint(&query, 2, from);
    bind_uint(&query, 3, to);
    int code;
    while ((code = step(&query)) == SQLITE_ROW) {
        struct tcn_feed_row row = {
            .observers = observers,
            .seq = take_uint(&query, 0),
            .at_ms = take_uint(&query, 1),
            .topic = text_at(&query, 2),
            .body = take_view(&query, 3),
            .misp = take_view(&query, 4),
        };
        err = taker.take(taker.ctx, &row);
        if (err != TCN_ERR_OK) {
            (void)sqlite3_finalize(query.stmt);
            return err;
        }
    }
    return end(feed, &query, code);
}

enum tcn_err tcn_feed_since(struct tcn_feed *feed, const char *observers,
                            uint64_t since_ms, uint64_t *seq)
{
    struct query query;
    enum tcn_err err = prepare(
        feed,
        "SELECT coalesce((SELECT min(seq) FROM feed INDEXED BY feed_at WHERE "
        "at>=?2 AND observers=?1), (SELECT max(seq)+1 FROM feed WHERE "
        "observers=?1), 1)",
        &query);
    if (err != TCN_ERR_OK) {
        return err;
    }
    bind_text(&query, 1, observers);
    bind_uint(&query, 2, since_ms);
    int code = step(&query);
    if (code == SQLITE_ROW) {
        *seq = take_uint(&query, 0);
    }
    return end(feed, &query, code);
}
