/* A subscriber that misses nothing: it subscribes first, asks for what it does
 * not have, and delivers each row once, in the order of its number. It outlives
 * the feed's restarts. Protocol: node/feed/FEED.md. */
#pragma once

#include "base/view.h"

struct feed_row {
    uint64_t seq;
    struct tcn_view topic;
    struct tcn_view body; /* JSON */
    bool replayed;
};

enum feed_notice {
    FEED_MISSED, /* rows from..to were not received and are asked for */
    FEED_LOST,   /* rows from..to are no longer kept */
    FEED_ANEW,   /* a new epoch: numbers have a new meaning */
    FEED_SILENT, /* not even a keep-alive for FEED_SILENT_MS */
    FEED_BACK,   /* heard again after FEED_SILENT */
};

#define FEED_SILENT_MS 15000

struct feed_sink {
    /* False ends the stream. */
    bool (*row)(void *ctx, const struct feed_row *row);
    void (*notice)(void *ctx, enum feed_notice notice, uint64_t from,
                   uint64_t to);
    void *ctx;
};

struct feed_client;

/* Subscribes to PREFIX.sock and PREFIX-replay.sock and delivers the rows since
 * a time; `since_ms` 0 = from now. Borrows `sink`. NULL when no feed answers
 * within 5 s. */
struct feed_client *feed_client_open(const char *prefix, uint64_t since_ms,
                                     const struct feed_sink *sink);
void feed_client_close(struct feed_client *client);
/* Waits for something at most so long and delivers what there is; false when
 * the sink has ended the stream or a signal came. */
bool feed_client_poll(struct feed_client *client, int timeout_ms);

/* All of the above until the sink says so; false when no feed answers. */
bool feed_follow(const char *prefix, uint64_t since_ms,
                 const struct feed_sink *sink);
