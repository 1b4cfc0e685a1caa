#include "feed/feed.h"
#include "io/file.h"

void put_header(struct tcn_buf *out, const struct feed *feed, uint64_t seq)
{
    tcn_buf_printf(out, "{\"seq\":%llu,\"epoch\":\"%s\"}",
                   (unsigned long long)seq, feed->epoch);
}

/* PUB never blocks: who cannot take it loses it, and sees so by the number. */
static void send_frame(zsock_t *sock, struct tcn_view bytes, bool more)
{
    (void)zmq_send(zsock_resolve(sock), bytes.data, bytes.len,
                   ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0));
}

static void send_three(struct feed *feed, struct observers *observers,
                       const char *topic, uint64_t seq, struct tcn_view body)
{
    char header[96];
    struct tcn_buf out = tcn_buf(header, sizeof header);
    put_header(&out, feed, seq);
    send_frame(observers->pub, tcn_view_str(topic), true);
    send_frame(observers->pub, tcn_buf_view(&out), true);
    send_frame(observers->pub, body, false);
    observers->said_ms = tcn_steady_ms();
}

struct publishing {
    struct feed *feed;
    struct observers *observers;
};

static enum tcn_err publish_row(void *ctx, const struct tcn_feed_row *row)
{
    struct publishing *publishing = ctx;
    struct observers *observers = publishing->observers;
    send_three(publishing->feed, observers, row->topic, row->seq, row->body);
    if (observers->misp_pub != NULL && row->misp.len > 0) {
        /* Topic and body in one frame, as MISP does it. */
        send_frame(observers->misp_pub, row->misp, false);
        observers->misp_ms = observers->said_ms;
    }
    observers->published = row->seq;
    return TCN_ERR_OK;
}

void publish_new(struct feed *feed, struct observers *observers)
{
    struct publishing publishing = {feed, observers};
    enum tcn_err err = tcn_feed_rows(
        feed->store, observers->name, observers->published + 1, INT64_MAX,
        (struct tcn_feed_taker){publish_row, &publishing});
    (void)err; /* what was not read is published with the next ones */
}

/* So that a gap at the end is noticed too. */
void publish_quiet(struct feed *feed, struct observers *observers)
{
    uint64_t now = tcn_steady_ms();
    if (now - observers->said_ms >= KEEPALIVE_MS) {
        send_three(feed, observers, "keepalive", observers->published,
                   tcn_view_str("{}"));
    }
    if (observers->misp_pub != NULL &&
        now - observers->misp_ms >= MISP_SELF_MS) {
        char text[128];
        struct tcn_buf out = tcn_buf(text, sizeof text);
        tcn_buf_printf(&out,
                       "misp_json_self {\"status\":\"up\",\"uptime\":%llu}",
                       (unsigned long long)((now - feed->started_ms) / 1000));
        send_frame(observers->misp_pub, tcn_buf_view(&out), false);
        observers->misp_ms = now;
    }
}
