/* tocsin-feed from the inside: one PUB and one ROUTER per class of observers,
 * and what they may see lies ready in feed.db. It holds no key and no policy.
 * The observers' side of it: FEED.md. */
#pragma once

#include <czmq.h>

#include "io/pipe.h"
#include "store/feed.h"

#define KEEPALIVE_MS      5000
#define MISP_SELF_MS      10000
#define REPLAY_ROWS_MAX   1000
#define REQUEST_BYTES_MAX 1024

struct observers {
    char name[TCN_NAME_MAX + 1];
    char socket[256]; /* prefix */
    char misp[160];   /* endpoint, or "" */
    zsock_t *pub;
    zsock_t *replay;
    zsock_t *misp_pub;
    uint64_t published; /* last seq that subscribers were sent */
    uint64_t said_ms;   /* steady: when anything was published last */
    uint64_t misp_ms;
};

struct feed {
    struct tcn_pipe pipe;
    struct tcn_feed *store;
    char dir[300];
    char epoch[17];
    size_t count;
    struct observers list[TCN_OBSERVERS_MAX];
    bool started;
    uint64_t started_ms;
};

/* sockets.c: binds everything; false with a message for people. */
bool sockets_open(struct feed *feed, struct tcn_buf *message);
void sockets_close(struct feed *feed);

/* publish.c: rows that are new since the last time; keep-alives. */
void publish_new(struct feed *feed, struct observers *observers);
void publish_quiet(struct feed *feed, struct observers *observers);
/* {"seq":N,"epoch":"..."} */
void put_header(struct tcn_buf *out, const struct feed *feed, uint64_t seq);

/* replay.c: one request of one observer. */
void replay_serve(struct feed *feed, struct observers *observers);
