#include "cli/feed_client.h"

#include <czmq.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/time.h"
#include "io/file.h"

#define ANSWER_MS    5000
#define PORTION      1000 /* messages of one poll */
#define HEADER_BYTES 1024

struct feed_client {
    zsock_t *sub;
    zsock_t *replay;
    const struct feed_sink *sink;
    char prefix[256];
    char epoch[32];
    uint64_t last; /* every row up to here was delivered, or is lost */
    uint64_t heard_ms;
    bool anew; /* what lies before the first row kept is none of ours */
    bool silent;
    bool ended;
};

static void note(struct feed_client *c, enum feed_notice notice, uint64_t from,
                 uint64_t to)
{
    c->sink->notice(c->sink->ctx, notice, from, to);
}

/* ---- what the feed says ---- */

struct header {
    uint64_t seq;
    char epoch[32];
};

static json_t *read_json(zframe_t *frame)
{
    return zframe_size(frame) > HEADER_BYTES
               ? NULL
               : json_loadb((const char *)zframe_data(frame),
                            zframe_size(frame), JSON_REJECT_DUPLICATES, NULL);
}

static bool read_number(const json_t *object, const char *key, uint64_t *out)
{
    const json_t *value = json_object_get(object, key);
    *out =
        json_integer_value(value) < 0 ? 0 : (uint64_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool read_epoch(const json_t *object, char out[32])
{
    const char *epoch = json_string_value(json_object_get(object, "epoch"));
    bool good = epoch != NULL && strlen(epoch) < 32;
    if (good) {
        (void)snprintf(out, 32, "%s", epoch);
    }
    return good;
}

static bool read_header(zframe_t *frame, struct header *header)
{
    json_t *object = read_json(frame);
    bool good = read_number(object, "seq", &header->seq) &&
                read_epoch(object, header->epoch);
    json_decref(object);
    return good;
}

struct answer {
    bool more;
    uint64_t last;
    char epoch[32];
};

static bool read_end(zframe_t *frame, struct answer *answer)
{
    json_t *object = read_json(frame);
    bool good = json_is_true(json_object_get(object, "end")) &&
                read_number(object, "last", &answer->last) &&
                read_epoch(object, answer->epoch);
    answer->more = json_is_true(json_object_get(object, "more"));
    json_decref(object);
    return good;
}

/* ---- rows ---- */

static void meet_epoch(struct feed_client *c, const char *epoch)
{
    if (strcmp(c->epoch, epoch) != 0) {
        bool first = c->epoch[0] == '\0';
        (void)snprintf(c->epoch, sizeof c->epoch, "%s", epoch);
        c->last = 0;
        c->anew = true;
        if (!first) {
            note(c, FEED_ANEW, 0, 0);
        }
    }
}

/* Up to `to` there is nothing to be had any more. */
static void skip_to(struct feed_client *c, uint64_t to)
{
    if (to > c->last && !c->anew) {
        note(c, FEED_LOST, c->last + 1, to);
    }
    c->last = to > c->last ? to : c->last;
}

static void deliver(struct feed_client *c, uint64_t seq, zmsg_t *msg,
                    bool replayed)
{
    zframe_t *topic = zmsg_first(msg);
    zframe_t *body = zmsg_last(msg);
    struct feed_row row = {
        .seq = seq,
        .topic = tcn_view(zframe_data(topic), zframe_size(topic)),
        .body = tcn_view(zframe_data(body), zframe_size(body)),
        .replayed = replayed,
    };
    c->last = seq;
    c->anew = false;
    c->ended = c->ended || !c->sink->row(c->sink->ctx, &row);
}

/* ---- replay ---- */

static bool connect_to(zsock_t *sock, const struct feed_client *c,
                       const char *suffix)
{
    return sock != NULL &&
           zsock_connect(sock, "ipc://%s%s", c->prefix, suffix) == 0;
}

/* A new socket for each try: the rest of an older answer, or a feed that died
 * over it, does not come between. */
static bool begin_request(struct feed_client *c, const char *request)
{
    if (c->replay == NULL) {
        c->replay = zsock_new(ZMQ_DEALER);
        if (!connect_to(c->replay, c, "-replay.sock")) {
            return false;
        }
        zsock_set_linger(c->replay, 0);
        zsock_set_rcvtimeo(c->replay, ANSWER_MS);
        zsock_set_sndtimeo(c->replay, 0);
    }
    return zstr_send(c->replay, request) == 0;
}

/* The epoch of its rows may be newer than ours; the number counts then. A
 * keep-alive stands where there is nothing to be shown. */
static void take_row(struct feed_client *c, zmsg_t *msg)
{
    struct header header;
    bool quiet = zframe_streq(zmsg_first(msg), "keepalive");
    if (read_header(zmsg_next(msg), &header)) {
        meet_epoch(c, header.epoch);
        if (header.seq > c->last) {
            skip_to(c, header.seq - 1);
            if (quiet) {
                c->last = header.seq;
            } else {
                deliver(c, header.seq, msg, true);
            }
        }
    }
}

static bool take_answer(struct feed_client *c, struct answer *answer)
{
    while (!c->ended) {
        zmsg_t *msg = zmsg_recv(c->replay);
        if (msg == NULL) {
            return false;
        }
        bool is_row = zmsg_size(msg) == 3;
        bool ends = !is_row && read_end(zmsg_first(msg), answer);
        if (is_row) {
            take_row(c, msg);
        }
        zmsg_destroy(&msg);
        if (!is_row) {
            return ends;
        }
    }
    return true;
}

static bool ask(struct feed_client *c, const char *request,
                struct answer *answer)
{
    *answer = (struct answer){0};
    if (begin_request(c, request) && take_answer(c, answer)) {
        return true;
    }
    zsock_destroy(&c->replay);
    return false;
}

/* All up to `to`, or to the end. What fails is asked for again when the next
 * message shows that it lacks. */
static bool fill(struct feed_client *c, uint64_t to)
{
    struct answer answer;
    char request[96];
    do {
        (void)snprintf(request, sizeof request, "{\"from\":%llu,\"to\":%llu}",
                       (unsigned long long)c->last + 1, (unsigned long long)to);
        if (!ask(c, request, &answer)) {
            return false;
        }
    } while (answer.more && !c->ended && c->last < to);
    if (!c->ended && strcmp(answer.epoch, c->epoch) == 0) {
        skip_to(c, to < answer.last ? to : answer.last);
        c->anew = false;
    }
    return true;
}

/* Where the stream stands; from there on nothing is missed. */
static bool begin_now(struct feed_client *c)
{
    struct answer answer;
    char request[96];
    (void)snprintf(request, sizeof request, "{\"from\":%lld}",
                   (long long)INT64_MAX);
    if (!ask(c, request, &answer)) {
        return false;
    }
    memcpy(c->epoch, answer.epoch, sizeof c->epoch);
    c->last = answer.last;
    c->anew = false;
    return true;
}

static bool begin_since(struct feed_client *c, uint64_t since_ms)
{
    struct answer answer;
    char time[TCN_TIME_TEXT];
    char request[96];
    (void)snprintf(request, sizeof request, "{\"since\":\"%s\"}",
                   tcn_time_format(since_ms, time));
    if (!ask(c, request, &answer)) {
        return false;
    }
    if (!c->ended && c->epoch[0] == '\0') { /* no row is so young */
        memcpy(c->epoch, answer.epoch, sizeof c->epoch);
        c->last = answer.last;
        c->anew = false;
    }
    return !answer.more || c->ended || fill(c, answer.last);
}

/* ---- the stream ---- */

static void take_live(struct feed_client *c, zmsg_t *msg)
{
    struct header header;
    zframe_t *topic = zmsg_first(msg);
    if (zmsg_size(msg) != 3 || !read_header(zmsg_next(msg), &header)) {
        return;
    }
    bool quiet = zframe_streq(topic, "keepalive");
    meet_epoch(c, header.epoch);
    uint64_t before = quiet || header.seq == 0 ? header.seq : header.seq - 1;
    if (before > c->last) {
        if (!c->anew) {
            note(c, FEED_MISSED, c->last + 1, before);
        }
        if (!fill(c, before)) {
            return;
        }
    }
    if (!quiet && header.seq == c->last + 1 && !c->ended) {
        deliver(c, header.seq, msg, false);
    }
}

static void listen_for_silence(struct feed_client *c, bool heard)
{
    uint64_t now = tcn_steady_ms();
    bool silent = !heard && now - c->heard_ms >= FEED_SILENT_MS;
    if (heard) {
        c->heard_ms = now;
    }
    if (heard && c->silent) {
        c->silent = false;
        note(c, FEED_BACK, 0, 0);
    } else if (silent && !c->silent) {
        c->silent = true;
        note(c, FEED_SILENT, 0, 0);
    }
}

bool feed_client_poll(struct feed_client *c, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = zsock_resolve(c->sub),
                           .events = ZMQ_POLLIN};
    for (int i = 0; i < PORTION && !c->ended && !zsys_interrupted; i++) {
        int ready = zmq_poll(&item, 1, i == 0 ? timeout_ms : 0);
        listen_for_silence(c, ready > 0);
        zmsg_t *msg = ready > 0 ? zmsg_recv(c->sub) : NULL;
        if (msg == NULL) {
            break;
        }
        take_live(c, msg);
        zmsg_destroy(&msg);
    }
    return !c->ended && !zsys_interrupted;
}

static bool subscribe(struct feed_client *c)
{
    c->sub = zsock_new(ZMQ_SUB);
    if (c->sub == NULL) {
        return false;
    }
    zsock_set_subscribe(c->sub, "");
    zsock_set_linger(c->sub, 0);
    return connect_to(c->sub, c, ".sock");
}

struct feed_client *feed_client_open(const char *prefix, uint64_t since_ms,
                                     const struct feed_sink *sink)
{
    struct feed_client *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    c->sink = sink;
    c->anew = true;
    c->heard_ms = tcn_steady_ms();
    int len = snprintf(c->prefix, sizeof c->prefix, "%s", prefix);
    if (len < 0 || (size_t)len >= sizeof c->prefix || !subscribe(c) ||
        !(since_ms == 0 ? begin_now(c) : begin_since(c, since_ms))) {
        feed_client_close(c);
        return NULL;
    }
    return c;
}

void feed_client_close(struct feed_client *c)
{
    if (c != NULL) {
        zsock_destroy(&c->sub);
        zsock_destroy(&c->replay);
        free(c);
    }
}

bool feed_follow(const char *prefix, uint64_t since_ms,
                 const struct feed_sink *sink)
{
    struct feed_client *client = feed_client_open(prefix, since_ms, sink);
    if (client == NULL) {
        return false;
    }
    while (feed_client_poll(client, 1000)) {
    }
    feed_client_close(client);
    return true;
}
