/* The reading side of feed.db, for tocsin-feed: another process, another uid,
 * read-only. After a clean close by the writer the file cannot be read until
 * it is open again: then it is reopened. */
#include <stdio.h>
#include <stdlib.h>

#include "store/feed.h"
#include "store/internal.h"

struct tcn_feed {
    char path[300];
    sqlite3 *db;
};

static enum tcn_err reopen(struct tcn_feed *feed)
{
    (void)sqlite3_close(feed->db);
    feed->db = NULL;
    if (sqlite3_open_v2(feed->path, &feed->db,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        (void)sqlite3_close(feed->db);
        feed->db = NULL;
        return TCN_ERR_UNREACHABLE;
    }
    int unused;
    (void)sqlite3_db_config(feed->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &unused);
    (void)sqlite3_db_config(feed->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0,
                            &unused);
    (void)sqlite3_busy_timeout(feed->db, 1000);
    return TCN_ERR_OK;
}

static enum tcn_err prepare(struct tcn_feed *feed, const char *text,
                            sqlite3_stmt **stmt)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (feed->db == NULL && reopen(feed) != TCN_ERR_OK) {
            return TCN_ERR_UNREACHABLE;
        }
        if (sqlite3_prepare_v2(feed->db, text, -1, stmt, NULL) == SQLITE_OK) {
            return TCN_ERR_OK;
        }
        (void)sqlite3_close(feed->db);
        feed->db = NULL;
    }
    return TCN_ERR_UNREACHABLE;
}

/* Ends a query; what could not be read is tried again on a new connection. */
static enum tcn_err end(struct tcn_feed *feed, sqlite3_stmt *stmt, int code)
{
    (void)sqlite3_finalize(stmt);
    if (code == SQLITE_DONE || code == SQLITE_ROW) {
        return TCN_ERR_OK;
    }
    (void)sqlite3_close(feed->db);
    feed->db = NULL;
    return TCN_ERR_UNREACHABLE;
}

enum tcn_err tcn_feed_open(struct tcn_feed **out, const char *dir)
{
    struct tcn_feed *feed = calloc(1, sizeof *feed);
    *out = feed;
    if (feed == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    (void)snprintf(feed->path, sizeof feed->path, "%s/feed.db", dir);
    return reopen(feed);
}

void tcn_feed_close(struct tcn_feed *feed)
{
    if (feed != NULL) {
        (void)sqlite3_close(feed->db);
        free(feed);
    }
}

enum tcn_err tcn_feed_epoch(struct tcn_feed *feed, char out[17])
{
    sqlite3_stmt *stmt;
    enum tcn_err err =
        prepare(feed, "SELECT value FROM meta WHERE name='epoch'", &stmt);
    if (err != TCN_ERR_OK) {
        return err;
    }
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        take_text(stmt, 0, out, 17);
    }
    (void)end(feed, stmt, code);
    return code == SQLITE_ROW ? TCN_ERR_OK : TCN_ERR_UNREACHABLE;
}

enum tcn_err tcn_feed_range(struct tcn_feed *feed, const char *observers,
                            uint64_t *first, uint64_t *last)
{
    sqlite3_stmt *stmt;
    *first = *last = 0;
    enum tcn_err err = prepare(
        feed, "SELECT min(seq), max(seq) FROM feed WHERE observers=?1", &stmt);
    if (err != TCN_ERR_OK) {
        return err;
    }
    bind_text(stmt, 1, observers);
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        *first = take_uint(stmt, 0);
        *last = take_uint(stmt, 1);
    }
    return end(feed, stmt, code);
}

enum tcn_err tcn_feed_rows(struct tcn_feed *feed, const char *observers,
                           uint64_t from, uint64_t to,
                           struct tcn_feed_taker taker)
{
    sqlite3_stmt *stmt;
    enum tcn_err err = prepare(
        feed,
        "SELECT seq,at,topic,body,misp FROM feed WHERE observers=?1 AND "
        "seq>=?2 AND seq<=?3 ORDER BY seq",
        &stmt);
    if (err != TCN_ERR_OK) {
        return err;
    }
    bind_text(stmt, 1, observers);
    bind_uint(stmt, 2, from);
    bind_uint(stmt, 3, to);
    int code;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct tcn_feed_row row = {
            .observers = observers,
            .seq = take_uint(stmt, 0),
            .at_ms = take_uint(stmt, 1),
            .topic = (const char *)sqlite3_column_text(stmt, 2),
            .body = take_view(stmt, 3),
            .misp = take_view(stmt, 4),
        };
        err = taker.take(taker.ctx, &row);
        if (err != TCN_ERR_OK) {
            (void)sqlite3_finalize(stmt);
            return err;
        }
    }
    return end(feed, stmt, code);
}

enum tcn_err tcn_feed_since(struct tcn_feed *feed, const char *observers,
                            uint64_t since_ms, uint64_t *seq)
{
    sqlite3_stmt *stmt;
    enum tcn_err err = prepare(
        feed,
        "SELECT coalesce((SELECT min(seq) FROM feed WHERE observers=?1 AND "
        "at>=?2), (SELECT max(seq)+1 FROM feed WHERE observers=?1), 1)",
        &stmt);
    if (err != TCN_ERR_OK) {
        return err;
    }
    bind_text(stmt, 1, observers);
    bind_uint(stmt, 2, since_ms);
    int code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        *seq = take_uint(stmt, 0);
    }
    return end(feed, stmt, code);
}
