/* tocsin-feed from the inside: one PUB and one ROUTER per class of observers,
 * and what they may see lies ready in feed.db. It holds no key and no policy.
 * The observers' side of it: FEED.md. */
#pragma once

#include <czmq.h>

#include "io/pipe.h"
#include "store/feed.h"

#define KEEPALIVE_MS      5000
#define MISP_SELF_MS      10000
#define PUBLISH_ROWS_MAX  250 /* in one go, then the others get their turn */
#define REPLAY_ROWS_MAX   1000
#define REPLAY_BYTES_MAX  (4 * 1024 * 1024) /* one row is sent in any case */
#define REQUEST_BYTES_MAX 1024

/* Messages that wait for one observer. Who does not read loses what is beyond,
 * and sees it by the numbers; nobody waits for it. A whole answer always fits
 * for a client that has read the one before. */
#define PUBLISH_QUEUE 1000
#define REPLAY_QUEUE  (2 * (REPLAY_ROWS_MAX + 1))

struct observers {
    char name[TCN_NAME_MAX + 1];
    char socket[256]; /* prefix */
    char misp[160];   /* endpoint, or "" */
    zsock_t *pub;
    zsock_t *replay;
    zsock_t *misp_pub;
    uint64_t published; /* last seq that subscribers were sent */
    uint64_t kept_ms;   /* steady: the last keep-alive, 0 = one is due */
    uint64_t misp_ms;   /* steady: the last message of the MISP view */
};

struct feed {
    struct tcn_pipe pipe;
    struct tcn_feed *store;
    char dir[300];
    char epoch[17];
    size_t count;
    struct observers list[TCN_OBSERVERS_MAX];
    bool started;
    bool due; /* there may be rows that were not published */
    uint64_t started_ms;
    uint64_t looked_ms; /* for rows that no poke told of */
};

/* sockets.c: binds everything; false with a message for people. */
bool sockets_open(struct feed *feed, struct tcn_buf *message);
void sockets_close(struct feed *feed);

/* publish.c. Reads the epoch and, when it is a new one, begins with the rows
 * that come from now on; false when the store cannot be read now. */
bool publish_begin(struct feed *feed);
/* Rows that are new since the last time; true when there are more. */
bool publish_new(struct feed *feed, struct observers *observers);
/* Keep-alives that are due. */
void publish_quiet(struct feed *feed, struct observers *observers);
/* {"seq":N,"epoch":"..."} */
void put_header(struct tcn_buf *out, const struct feed *feed, uint64_t seq);

/* request.c: what an observer asks for. NULL, or a sentence that says what is
 * wrong with it. */
struct request {
    bool by_time;
    uint64_t since_ms;
    uint64_t from, to;
};
const char *request_read(struct request *request, struct tcn_view bytes);

/* replay.c: one request of one observer. */
void replay_serve(struct feed *feed, struct observers *observers);
