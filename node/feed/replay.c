/* The answer to a request is the same three frames as were published, one
 * message per row, then {"end":true,...}. Who does not read is dropped, not
 * waited for: it gets no end, and asks again. */
#include "feed/feed.h"

struct answering {
    struct feed *feed;
    zsock_t *sock;
    zframe_t *client;
    size_t rows;
    size_t bytes;
    bool gone;
};

/* Only the first part can fail: a message is taken whole or not at all. */
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

static void send_error(struct answering *a, const char *sentence)
{
    char text[200];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_printf(&out, "{\"error\":\"%s\"}", sentence);
    send_one(a, &out);
}

static enum tcn_err send_row(void *ctx, const struct tcn_feed_row *row)
{
    struct answering *a = ctx;
    char header[96];
    struct tcn_buf out = tcn_buf(header, sizeof header);
    if (a->rows == REPLAY_ROWS_MAX ||
        (a->rows > 0 && a->bytes + row->body.len > REPLAY_BYTES_MAX)) {
        return TCN_ERR_CAPACITY;
    }
    put_header(&out, a->feed, row->seq);
    if (!send_client(a) || !send_part(a, tcn_view_str(row->topic), true) ||
        !send_part(a, tcn_buf_view(&out), true) ||
        !send_part(a, row->body, false)) {
        return TCN_ERR_IO;
    }
    a->rows++;
    a->bytes += row->body.len;
    return TCN_ERR_OK;
}

static enum tcn_err send_rows(struct answering *a, const char *name,
                              struct request *request)
{
    enum tcn_err err = TCN_ERR_OK;
    if (request->by_time) {
        err = tcn_feed_since(a->feed->store, name, request->since_ms,
                             &request->from);
    }
    return err == TCN_ERR_OK
               ? tcn_feed_rows(a->feed->store, name, request->from, request->to,
                               (struct tcn_feed_taker){send_row, a})
               : err;
}

static void answer(struct answering *a, const char *name,
                   struct request *request)
{
    uint64_t first = 0, last = 0;
    enum tcn_err err = send_rows(a, name, request);
    bool more = err == TCN_ERR_CAPACITY;
    if (err == TCN_ERR_OK || more) {
        err = tcn_feed_range(a->feed->store, name, &first, &last);
    }
    if (err != TCN_ERR_OK) {
        send_error(a, "the store cannot be read now: ask again");
        return;
    }
    char text[200];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_printf(&out,
                   "{\"end\":true,\"sent\":%zu,\"more\":%s,\"first\":%llu,"
                   "\"last\":%llu,\"epoch\":\"%s\"}",
                   a->rows, more ? "true" : "false", (unsigned long long)first,
                   (unsigned long long)last, a->feed->epoch);
    send_one(a, &out);
}

/* An empty frame before the request is a REQ socket's, which could take only
 * one message of the answer: it is told so, in a form that it takes. */
static void refuse_shape(struct answering *a, zmsg_t *msg)
{
    zframe_t *first = zmsg_first(msg);
    bool delimited = first != NULL && zframe_size(first) == 0;
    if (send_client(a) &&
        (!delimited || send_part(a, tcn_view_str(""), true))) {
        (void)send_part(a,
                        tcn_view_str("{\"error\":\"a request is one frame, "
                                     "from a DEALER socket\"}"),
                        false);
    }
}

static void serve(struct answering *a, const char *name, zmsg_t *msg)
{
    struct request request;
    zframe_t *body = zmsg_first(msg);
    const char *wrong =
        request_read(&request, tcn_view(zframe_data(body), zframe_size(body)));
    if (wrong == NULL && !publish_begin(a->feed)) {
        wrong = "the store cannot be read now: ask again";
    }
    if (wrong != NULL) {
        send_error(a, wrong);
    } else {
        answer(a, name, &request);
    }
}

void replay_serve(struct feed *feed, struct observers *observers)
{
    zmsg_t *msg = zmsg_recv(observers->replay);
    zframe_t *client = msg == NULL ? NULL : zmsg_pop(msg);
    struct answering a = {feed, observers->replay, client, 0, 0, false};
    if (client != NULL && zmsg_size(msg) == 1) {
        serve(&a, observers->name, msg);
    } else if (client != NULL) {
        refuse_shape(&a, msg);
    }
    zframe_destroy(&client);
    zmsg_destroy(&msg);
}
