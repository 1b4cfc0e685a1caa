#include "cli/feed_client.h"

#include <czmq.h>
#include <jansson.h>

#include "base/time.h"
#include "io/file.h"

#define ANSWER_MS 5000

struct follower {
    zsock_t *sub;
    zsock_t *replay;
    const struct feed_sink *sink;
    char epoch[32];
    uint64_t last; /* highest seq delivered */
    bool known;    /* `last` and `epoch` mean something */
    bool ended;
};

struct header {
    uint64_t seq;
    char epoch[32];
};

static bool read_header(zframe_t *frame, struct header *header)
{
    json_t *object = json_loadb((const char *)zframe_data(frame),
                                zframe_size(frame), 0, NULL);
    const char *epoch = json_string_value(json_object_get(object, "epoch"));
    json_t *seq = json_object_get(object, "seq");
    bool good = epoch != NULL && json_is_integer(seq);
    if (good) {
        header->seq = (uint64_t)json_integer_value(seq);
        (void)snprintf(header->epoch, sizeof header->epoch, "%s", epoch);
    }
    json_decref(object);
    return good;
}

static void deliver(struct follower *f, uint64_t seq, zframe_t *topic,
                    zframe_t *body, bool replayed)
{
    struct feed_row row = {
        .seq = seq,
        .topic = tcn_view(zframe_data(topic), zframe_size(topic)),
        .body = tcn_view(zframe_data(body), zframe_size(body)),
        .replayed = replayed,
    };
    f->last = seq;
    f->ended = f->ended || !f->sink->row(f->sink->ctx, &row);
}

/* ---- replay ---- */

struct answer {
    bool ended, more;
    uint64_t first, last;
};

static bool read_end(zframe_t *frame, struct answer *answer)
{
    json_t *object = json_loadb((const char *)zframe_data(frame),
                                zframe_size(frame), 0, NULL);
    bool good = json_is_true(json_object_get(object, "end"));
    answer->more = json_is_true(json_object_get(object, "more"));
    answer->first =
        (uint64_t)json_integer_value(json_object_get(object, "first"));
    answer->last =
        (uint64_t)json_integer_value(json_object_get(object, "last"));
    json_decref(object);
    return good;
}

/* Takes the messages of one answer; false when the feed does not answer. */
static bool take_answer(struct follower *f, struct answer *answer)
{
    *answer = (struct answer){0};
    while (!answer->ended) {
        zmsg_t *msg = zmsg_recv(f->replay);
        if (msg == NULL) {
            return false;
        }
        zframe_t *first = zmsg_first(msg);
        zframe_t *second = zmsg_next(msg);
        zframe_t *third = zmsg_next(msg);
        struct header header;
        if (zmsg_size(msg) < 3) { /* zmsg_next() begins again at the end */
            answer->ended = true;
            if (first == NULL || !read_end(first, answer)) {
                zmsg_destroy(&msg);
                return false;
            }
        } else if (read_header(second, &header) && header.seq > f->last &&
                   !f->ended) {
            deliver(f, header.seq, first, third, true);
        }
        zmsg_destroy(&msg);
    }
    return true;
}

static bool ask(struct follower *f, const char *request, struct answer *answer)
{
    return zstr_send(f->replay, request) == 0 && take_answer(f, answer);
}

static bool fill(struct follower *f, uint64_t from, uint64_t to)
{
    struct answer answer = {0};
    char request[96];
    do {
        (void)snprintf(request, sizeof request, "{\"from\":%llu,\"to\":%llu}",
                       (unsigned long long)from, (unsigned long long)to);
        if (!ask(f, request, &answer)) {
            return false;
        }
        if (answer.first > from) {
            uint64_t kept = answer.first > to ? to : answer.first - 1;
            f->sink->gap(f->sink->ctx, from, kept, true);
        }
        from = f->last + 1;
    } while (answer.more && !f->ended);
    f->last = to > f->last ? to : f->last;
    return true;
}

static bool begin_since(struct follower *f, uint64_t since_ms)
{
    struct answer answer = {0};
    char time[TCN_TIME_TEXT];
    char request[96];
    (void)snprintf(request, sizeof request, "{\"since\":\"%s\"}",
                   tcn_time_format(since_ms, time));
    bool good = ask(f, request, &answer);
    while (good && answer.more && !f->ended) {
        (void)snprintf(request, sizeof request, "{\"from\":%llu}",
                       (unsigned long long)f->last + 1);
        good = ask(f, request, &answer);
    }
    f->last = answer.last > f->last ? answer.last : f->last;
    return good;
}

/* ---- the stream ---- */

static bool take_live(struct follower *f, zmsg_t *msg)
{
    zframe_t *topic = zmsg_first(msg);
    zframe_t *head = zmsg_next(msg);
    zframe_t *body = zmsg_next(msg);
    struct header header;
    if (zmsg_size(msg) < 3 || !read_header(head, &header)) {
        return true;
    }
    bool quiet = zframe_streq(topic, "keepalive");
    if (!f->known || strcmp(f->epoch, header.epoch) != 0) {
        bool anew = f->epoch[0] != '\0' && strcmp(f->epoch, header.epoch) != 0;
        f->last = anew ? 0 : f->known ? f->last : header.seq - !quiet;
        f->known = true;
        (void)snprintf(f->epoch, sizeof f->epoch, "%s", header.epoch);
    }
    uint64_t expected = f->last + 1;
    uint64_t before = quiet ? header.seq : header.seq - 1;
    if (before >= expected) {
        f->sink->gap(f->sink->ctx, expected, before, false);
        if (!fill(f, expected, before)) {
            return false;
        }
    }
    if (!quiet && header.seq == f->last + 1 && !f->ended) {
        deliver(f, header.seq, topic, body, false);
    }
    return true;
}

static bool open_sockets(struct follower *f, const char *prefix)
{
    char endpoint[300];
    (void)snprintf(endpoint, sizeof endpoint, "ipc://%s.sock", prefix);
    f->sub = zsock_new(ZMQ_SUB);
    f->replay = zsock_new(ZMQ_DEALER);
    if (f->sub == NULL || f->replay == NULL) {
        return false;
    }
    zsock_set_subscribe(f->sub, "");
    zsock_set_linger(f->replay, 0);
    zsock_set_rcvtimeo(f->replay, ANSWER_MS);
    if (zsock_connect(f->sub, "%s", endpoint) < 0) {
        return false;
    }
    (void)snprintf(endpoint, sizeof endpoint, "ipc://%s-replay.sock", prefix);
    return zsock_connect(f->replay, "%s", endpoint) == 0;
}

bool feed_follow(const char *prefix, uint64_t since_ms,
                 const struct feed_sink *sink)
{
    struct follower f = {.sink = sink};
    bool good = open_sockets(&f, prefix);
    if (good && since_ms != 0) {
        good = begin_since(&f, since_ms);
        f.known = good;
    }
    while (good && !f.ended) {
        zmsg_t *msg = zmsg_recv(f.sub);
        if (msg == NULL) {
            break; /* interrupted */
        }
        good = take_live(&f, msg);
        zmsg_destroy(&msg);
    }
    zsock_destroy(&f.sub);
    zsock_destroy(&f.replay);
    return good;
}
