/* A request is one frame of JSON: {"from":120,"to":123} or {"since":"2026-.."}.
 * The answer is the same three frames as were published, one message per row,
 * then {"end":true,...}. Who does not read is dropped, not waited for. */
#include <jansson.h>

#include "base/text.h"
#include "base/time.h"
#include "feed/feed.h"

struct request {
    uint64_t from, to;
};

struct answering {
    struct feed *feed;
    zsock_t *sock;
    zframe_t *client;
    uint64_t last;
    size_t rows;
    bool gone;
};

static bool send_part(struct answering *a, struct tcn_view bytes, bool more)
{
    int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
    if (!a->gone &&
        zmq_send(zsock_resolve(a->sock), bytes.data, bytes.len, flags) < 0) {
        a->gone = true;
    }
    return !a->gone;
}

static bool send_client(struct answering *a)
{
    return send_part(
        a, tcn_view(zframe_data(a->client), zframe_size(a->client)), true);
}

static void send_one(struct answering *a, struct tcn_buf *text)
{
    if (send_client(a)) {
        (void)send_part(a, tcn_buf_view(text), false);
    }
}

static enum tcn_err send_row(void *ctx, const struct tcn_feed_row *row)
{
    struct answering *a = ctx;
    char header[96];
    struct tcn_buf out = tcn_buf(header, sizeof header);
    if (a->rows == REPLAY_ROWS_MAX) {
        return TCN_ERR_CAPACITY;
    }
    put_header(&out, a->feed, row->seq);
    if (!send_client(a) || !send_part(a, tcn_view_str(row->topic), true) ||
        !send_part(a, tcn_buf_view(&out), true) ||
        !send_part(a, row->body, false)) {
        return TCN_ERR_IO;
    }
    a->last = row->seq;
    a->rows++;
    return TCN_ERR_OK;
}

static void send_error(struct answering *a, const char *sentence)
{
    char text[200];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_printf(&out, "{\"error\":\"%s\"}", sentence);
    send_one(a, &out);
}

static bool read_number(const json_t *object, const char *key, uint64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return false;
    }
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static const char *read_request(struct feed *feed, const char *observers,
                                const json_t *object, struct request *request)
{
    const json_t *since = json_object_get(object, "since");
    uint64_t since_ms;
    request->to = INT64_MAX;
    if (since == NULL) {
        bool good = read_number(object, "from", &request->from);
        if (json_object_get(object, "to") != NULL) {
            good = good && read_number(object, "to", &request->to);
        }
        return good ? NULL : "ask for from and to, or for since";
    }
    if (!json_is_string(since) ||
        !tcn_time_parse(tcn_view_str(json_string_value(since)), &since_ms)) {
        return "since is a time such as 2026-07-01T08:00:00Z";
    }
    return tcn_feed_since(feed->store, observers, since_ms, &request->from) ==
                   TCN_ERR_OK
               ? NULL
               : "the store cannot be read now: ask again";
}

static void answer(struct answering *a, struct observers *observers,
                   const struct request *request)
{
    uint64_t first, last;
    enum tcn_err err =
        tcn_feed_rows(a->feed->store, observers->name, request->from,
                      request->to, (struct tcn_feed_taker){send_row, a});
    if (err != TCN_ERR_OK && err != TCN_ERR_CAPACITY) {
        send_error(a, "the store cannot be read now: ask again");
        return;
    }
    if (tcn_feed_range(a->feed->store, observers->name, &first, &last) !=
        TCN_ERR_OK) {
        first = last = 0;
    }
    char text[200];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_printf(&out,
                   "{\"end\":true,\"sent\":%zu,\"more\":%s,\"first\":%llu,"
                   "\"last\":%llu,\"epoch\":\"%s\"}",
                   a->rows, err == TCN_ERR_CAPACITY ? "true" : "false",
                   (unsigned long long)first, (unsigned long long)last,
                   a->feed->epoch);
    send_one(a, &out);
}

static void serve(struct answering *a, struct observers *observers,
                  zframe_t *body)
{
    struct request request = {0};
    json_t *object =
        json_loadb((const char *)zframe_data(body), zframe_size(body),
                   JSON_REJECT_DUPLICATES, NULL);
    const char *wrong = object == NULL ? "a request is one JSON object"
                                       : read_request(a->feed, observers->name,
                                                      object, &request);
    json_decref(object);
    if (wrong != NULL) {
        send_error(a, wrong);
    } else {
        answer(a, observers, &request);
    }
}

void replay_serve(struct feed *feed, struct observers *observers)
{
    zmsg_t *msg = zmsg_recv(observers->replay);
    if (msg == NULL) {
        return;
    }
    /* [client, request], or with an empty frame between from a REQ socket. */
    zframe_t *client = zmsg_pop(msg);
    zframe_t *body = zmsg_last(msg);
    struct answering a = {feed, observers->replay, client, 0, 0, false};
    if (client != NULL && body != NULL && zmsg_size(msg) <= 2 &&
        zframe_size(body) <= REQUEST_BYTES_MAX) {
        serve(&a, observers, body);
    }
    zframe_destroy(&client);
    zmsg_destroy(&msg);
}
