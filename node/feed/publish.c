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
}

/* ---- the view of MISP: word and body in one frame ---- */

static void send_misp(struct observers *observers, const char *word,
                      struct tcn_view body)
{
    zmq_msg_t msg;
    size_t len = strlen(word);
    if (zmq_msg_init_size(&msg, len + 1 + body.len) != 0) {
        return;
    }
    uint8_t *out = zmq_msg_data(&msg);
    memcpy(out, word, len);
    out[len] = ' ';
    memcpy(out + len + 1, body.data, body.len);
    if (zmq_msg_send(&msg, zsock_resolve(observers->misp_pub), ZMQ_DONTWAIT) <
        0) {
        (void)zmq_msg_close(&msg);
    }
    observers->misp_ms = tcn_steady_ms();
}

/* The kind is the last word of the topic. */
static const char *misp_word(const char *topic)
{
    const char *kind = strrchr(topic, '.');
    bool sighting = kind != NULL && strcmp(kind, ".sighting") == 0;
    return sighting ? "misp_json_sighting" : "misp_json";
}

/* ---- rows ---- */

struct publishing {
    struct feed *feed;
    struct observers *observers;
    size_t rows;
};

static enum tcn_err publish_row(void *ctx, const struct tcn_feed_row *row)
{
    struct publishing *publishing = ctx;
    struct observers *observers = publishing->observers;
    if (publishing->rows == PUBLISH_ROWS_MAX) {
        return TCN_ERR_CAPACITY;
    }
    send_three(publishing->feed, observers, row->topic, row->seq, row->body);
    if (observers->misp_pub != NULL && row->misp.len > 0) {
        send_misp(observers, misp_word(row->topic), row->misp);
    }
    observers->published = row->seq;
    publishing->rows++;
    return TCN_ERR_OK;
}

bool publish_begin(struct feed *feed)
{
    char epoch[sizeof feed->epoch];
    if (tcn_feed_epoch(feed->store, epoch) != TCN_ERR_OK) {
        return false;
    }
    bool anew = strcmp(epoch, feed->epoch) != 0;
    for (size_t i = 0; anew && i < feed->count; i++) {
        uint64_t first, last;
        if (tcn_feed_range(feed->store, feed->list[i].name, &first, &last) !=
            TCN_ERR_OK) {
            return false;
        }
        feed->list[i].published = last;
        feed->list[i].kept_ms = 0; /* says so at once */
    }
    memcpy(feed->epoch, epoch, sizeof epoch);
    return true;
}

/* What cannot be read now is published with the next rows. */
bool publish_new(struct feed *feed, struct observers *observers)
{
    struct publishing publishing = {feed, observers, 0};
    enum tcn_err err = tcn_feed_rows(
        feed->store, observers->name, observers->published + 1, INT64_MAX,
        (struct tcn_feed_taker){publish_row, &publishing});
    return err == TCN_ERR_CAPACITY;
}

void publish_quiet(struct feed *feed, struct observers *observers)
{
    uint64_t now = tcn_steady_ms();
    if (observers->kept_ms == 0 || now - observers->kept_ms >= KEEPALIVE_MS) {
        send_three(feed, observers, "keepalive", observers->published,
                   tcn_view_str("{}"));
        observers->kept_ms = now;
    }
    if (observers->misp_pub != NULL &&
        now - observers->misp_ms >= MISP_SELF_MS) {
        char text[96];
        struct tcn_buf out = tcn_buf(text, sizeof text);
        tcn_buf_printf(&out, "{\"status\":\"up\",\"uptime\":%llu}",
                       (unsigned long long)((now - feed->started_ms) / 1000));
        send_misp(observers, "misp_json_self", tcn_buf_view(&out));
    }
}
