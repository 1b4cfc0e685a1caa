/* A subscriber that misses nothing: it subscribes first, asks for what it does
 * not have, and delivers each row once, in the order of its number. Protocol:
 * node/feed/FEED.md. */
#pragma once

#include "base/view.h"

struct feed_row {
    uint64_t seq;
    struct tcn_view topic;
    struct tcn_view body; /* JSON */
    bool replayed;
};

struct feed_sink {
    /* False ends the stream. */
    bool (*row)(void *ctx, const struct feed_row *row);
    /* Rows from..to were missed and are asked for; lost = no longer kept. */
    void (*gap)(void *ctx, uint64_t from, uint64_t to, bool lost);
    void *ctx;
};

/* Follows the sockets PREFIX.sock and PREFIX-replay.sock. `since_ms` 0 = from
 * now. Returns when the sink says so; false when the feed cannot be reached. */
bool feed_follow(const char *prefix, uint64_t since_ms,
                 const struct feed_sink *sink);
