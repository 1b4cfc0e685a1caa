/* Rows for observers between their transaction and feed.db. Private to
 * node/store. */
#pragma once

#include "store/feed.h"

struct told {
    uint8_t *bytes; /* of whole rows, each behind its lengths */
    size_t len, cap;
    uint64_t last_n; /* of the last one, in the outbox */
    bool incomplete; /* the outbox has some that are not here */
};

/* Copies the row, which has its number; without room for it the list is
 * incomplete. */
void told_add(struct told *told, const struct tcn_feed_row *row);
/* In the order in which they were added, until one is not OK. */
enum tcn_err told_each(const struct told *told,
                       enum tcn_err (*take)(void *ctx,
                                            const struct tcn_feed_row *row),
                       void *ctx);
/* They were written, or will be rendered from the outbox. */
void told_clear(struct told *told, bool incomplete);
/* They never were: the transaction was rolled back. */
void told_undo(struct told *told);
void told_free(struct told *told);
