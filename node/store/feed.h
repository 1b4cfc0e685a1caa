/* The observers' stream. The node notes in an outbox, inside its own
 * transaction, which alert has which number for whom, and writes the rows to
 * feed.db after the commit: a row reaches feed.db exactly once, under the seq
 * it was given first. tocsin-feed reads feed.db, read-only, and nothing else.
 */
#pragma once

#include "store/store.h"

struct tcn_feed_row {
    const char *observers; /* observer class */
    uint64_t seq;          /* dense from 1 per class; set by the store */
    uint64_t at_ms;
    const char *topic;    /* "alert.high.ee.alert" */
    struct tcn_view body; /* JSON */
    struct tcn_view misp; /* JSON of the MISP view, or empty */
};

/* Inside a transaction: gives the row its number. What is to be seen of which
 * alert is kept with the transaction, the row itself until the next flush. */
TCN_MUST_USE enum tcn_err tcn_store_feed(struct tcn_store *store,
                                         const struct tcn_id *id,
                                         const struct tcn_feed_row *row);
/* For rows that were lost on their way: `render` sets topic, body and misp of a
 * row whose other members are set; they are read before it is called again. OK,
 * NOT_FOUND when the class may not see the alert any more, or an error. */
struct tcn_feed_renderer {
    enum tcn_err (*render)(void *ctx, const struct tcn_id *id,
                           struct tcn_feed_row *row);
    void *ctx;
};
/* After a commit, and once at the start: feed.db gets what it lacks. Rows that
 * are not at hand any more, after a crash or a failure, are rendered anew;
 * where there is nothing to be shown the stream has a keep-alive in their
 * place, so that it has no hole. *moved = how many rows. Not inside a
 * transaction. */
TCN_MUST_USE enum tcn_err
tcn_store_feed_flush(struct tcn_store *store,
                     const struct tcn_feed_renderer *renderer, size_t *moved);
/* What was copied is on the disk; the next commit takes it out of the outbox. A
 * flush does it by itself after some hundred rows; for when they are few. */
TCN_MUST_USE enum tcn_err tcn_store_feed_sync(struct tcn_store *store);
/* Rows older than this leave feed.db. */
TCN_MUST_USE enum tcn_err tcn_store_feed_trim(struct tcn_store *store,
                                              uint64_t before_ms);

/* The reading side. Opens DIR/feed.db read-only; reopens by itself when the
 * writer has closed it cleanly; UNREACHABLE while it is not there. */
struct tcn_feed;
TCN_MUST_USE enum tcn_err tcn_feed_open(struct tcn_feed **out, const char *dir);
void tcn_feed_close(struct tcn_feed *feed);

/* Random, 16 hex digits and NUL, made when feed.db was: seq counts within it.
 */
TCN_MUST_USE enum tcn_err tcn_feed_epoch(struct tcn_feed *feed, char out[17]);
/* First and last seq held; both 0 when there is none. */
TCN_MUST_USE enum tcn_err tcn_feed_range(struct tcn_feed *feed,
                                         const char *observers, uint64_t *first,
                                         uint64_t *last);
struct tcn_feed_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_feed_row *row);
    void *ctx;
};
/* Rows from..to, ascending. */
TCN_MUST_USE enum tcn_err tcn_feed_rows(struct tcn_feed *feed,
                                        const char *observers, uint64_t from,
                                        uint64_t to,
                                        struct tcn_feed_taker taker);
/* The first seq at or after a time; last + 1 when there is none. */
TCN_MUST_USE enum tcn_err tcn_feed_since(struct tcn_feed *feed,
                                         const char *observers,
                                         uint64_t since_ms, uint64_t *seq);
