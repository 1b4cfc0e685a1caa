#include "link/link.h"

#include "base/text.h"
#include "io/file.h"
#include "io/log.h"

/* Frames leave this much of the pipe to UP, DOWN and notes, and those of the
 * bulk lane wait while more than this is in it already: what is in the pipe can
 * no longer be overtaken. */
#define CONTROL_ROOM (16 * TCN_KIB)
#define BULK_AHEAD   (64 * TCN_KIB)
static_assert(TCN_FRAME_MAX + CONTROL_ROOM < TCN_MSG_MAX, "a frame fits");
static_assert(BULK_AHEAD + CONTROL_ROOM < TCN_MSG_MAX,
              "a frame of the fast lane fits behind bulk");

#define ODDITIES_EVERY_MS 1000
#define LINES_EVERY_MS    2000

static bool put(struct tcn_link *link, uint8_t type, uint8_t peer,
                struct tcn_view head, struct tcn_view tail)
{
    return tcn_pipe_put(&link->pipe, type, peer, head, tail) == TCN_ERR_OK;
}

static bool put_empty(struct tcn_link *link, uint8_t type, uint8_t peer)
{
    struct tcn_view none = tcn_view(NULL, 0);
    return put(link, type, peer, none, none);
}

/* Before anything is said of the next one with this number. False: later. */
static bool settle_number(struct tcn_link *link, struct peer *peer)
{
    if (peer->owes_unpeered) {
        peer->owes_unpeered = !put_empty(link, TCN_MSG_UNPEERED, peer->number);
    }
    return !peer->owes_unpeered;
}

static bool put_frame(struct tcn_link *link, struct peer *peer, enum lane lane,
                      struct tcn_view frame)
{
    if (lane == LANE_BULK && tcn_pipe_queued(&link->pipe) > BULK_AHEAD) {
        return false;
    }
    return settle_number(link, peer) &&
           tcn_pipe_room(&link->pipe) >= frame.len + CONTROL_ROOM &&
           put(link, TCN_MSG_RECV, peer->number, frame, tcn_view(NULL, 0));
}

void report_frame(struct tcn_link *link, struct peer *peer, enum lane lane,
                  struct tcn_view frame)
{
    struct frame_queue *queue = &peer->incoming[lane];
    if (queue->first == NULL && put_frame(link, peer, lane, frame)) {
        return;
    }
    if (frame_queue_push(queue, frame, QUEUE_MAX)) {
        return;
    }
    report_note(link, peer->number, "overrun",
                tcn_view_str("it sends more than we can take: cut"));
    peer_cut(link, peer);
}

void report_state(struct tcn_link *link, struct peer *peer)
{
    bool up = dial_is_up(peer);
    if (!settle_number(link, peer)) {
        return; /* report_flush() tries again */
    }
    if (peer->told_up && (!up || peer->interrupted)) {
        if (!put_empty(link, TCN_MSG_DOWN, peer->number)) {
            return;
        }
        peer->told_up = false;
    }
    peer->interrupted = false;
    if (up && !peer->told_up) {
        peer->told_up = put_empty(link, TCN_MSG_UP, peer->number);
    }
}

static void put_number(struct tcn_buf *out, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8) {
        const uint8_t byte = (uint8_t)(number >> shift);
        tcn_buf_put(out, &byte, 1);
    }
}

static void report_line(struct tcn_link *link, const struct peer *peer)
{
    uint8_t bytes[16];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    uint64_t waits = 0;
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        waits += peer->lanes[lane].queue.bytes + peer->incoming[lane].bytes;
    }
    put_number(&out, pace_round_trip_us(&peer->pace));
    put_number(&out, waits);
    if (tcn_pipe_room(&link->pipe) > CONTROL_ROOM) {
        (void)put(link, TCN_MSG_LINE, peer->number, tcn_buf_view(&out),
                  tcn_view(NULL, 0)); /* the next one will do */
    }
}

void report_lines(struct tcn_link *link)
{
    uint64_t now = tcn_steady_ms();
    if (now < link->lines_ms) {
        return;
    }
    link->lines_ms = now + LINES_EVERY_MS;
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        const struct peer *peer = &link->peers[i];
        if (peer->known && peer->told_up) {
            report_line(link, peer);
        }
    }
}

void report_key(struct tcn_link *link)
{
    struct tcn_view key = tcn_view(link->keys->curve_pk, 32);
    if (!put(link, TCN_MSG_KEYED, TCN_MSG_NO_PEER, key, tcn_view(NULL, 0))) {
        /* Notes fill the room left to them: tocsind hangs. */
        link_refuse(link, "tocsind does not read\n");
    }
}

void report_note(struct tcn_link *link, uint8_t peer, const char *word,
                 struct tcn_view sentence)
{
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, word);
    if (peer != TCN_MSG_NO_PEER) {
        tcn_log_str(&line, "peer", link->peers[peer].name);
    }
    tcn_log_view(&line, "why", sentence);
    tcn_log_end(&line);
    /* A note that does not fit is lost: the log has it. */
    (void)put(link, TCN_MSG_NOTE, peer, tcn_view(word, strlen(word) + 1),
              sentence);
}

static void note_strangers(struct tcn_link *link, struct tcn_buf *out)
{
    if (link->odd.former[0] == '\0') {
        tcn_buf_put_str(out, "unknown key from ");
    } else {
        tcn_buf_printf(out, "key that %s had once, from ", link->odd.former);
    }
    tcn_text_escape(out, tcn_view_str(link->odd.address));
    tcn_buf_put_str(out, " refused");
    if (link->odd.former[0] == '\0') {
        tcn_buf_put_str(out, " (is its card imported?)");
    }
    if (link->odd.strangers > 1) {
        tcn_buf_printf(out, "; %ju within a second",
                       (uintmax_t)link->odd.strangers);
    }
    report_note(link, TCN_MSG_NO_PEER, "unknown-key", tcn_buf_view(out));
}

static void note_dropped(struct tcn_link *link, struct tcn_buf *out)
{
    const struct oddities *odd = &link->odd;
    tcn_buf_printf(out,
                   "frames dropped: %ju without a known sender, %ju empty or "
                   "too large, %ju of several parts, %ju to a peer that is "
                   "down",
                   (uintmax_t)odd->unknown, (uintmax_t)odd->oversized,
                   (uintmax_t)odd->multipart, (uintmax_t)odd->undeliverable);
    report_note(link, TCN_MSG_NO_PEER, "dropped", tcn_buf_view(out));
}

void report_oddities(struct tcn_link *link)
{
    const struct oddities *odd = &link->odd;
    uint64_t dropped =
        odd->unknown + odd->oversized + odd->multipart + odd->undeliverable;
    uint64_t now = tcn_steady_ms();
    if (odd->strangers + odd->handshakes + dropped == 0 ||
        now < link->odd_note_ms) {
        return;
    }
    char text[TCN_SENTENCE_MAX];
    if (odd->strangers > 0) {
        struct tcn_buf out = tcn_buf(text, sizeof text);
        note_strangers(link, &out);
    }
    if (odd->handshakes > 0) {
        struct tcn_buf out = tcn_buf(text, sizeof text);
        tcn_buf_printf(&out,
                       "handshake failed: %ju connections to us broke off (a "
                       "peer with an old card of ours, or a port scan)",
                       (uintmax_t)odd->handshakes);
        report_note(link, TCN_MSG_NO_PEER, "handshake", tcn_buf_view(&out));
    }
    if (dropped > 0) {
        struct tcn_buf out = tcn_buf(text, sizeof text);
        note_dropped(link, &out);
    }
    link->odd = (struct oddities){0};
    link->odd_note_ms = now + ODDITIES_EVERY_MS;
}

/* False when the pipe is full. */
static bool drain_one(struct tcn_link *link, struct peer *peer, enum lane lane)
{
    struct frame_queue *queue = &peer->incoming[lane];
    struct tcn_view frame = frame_queue_first(queue);
    if (frame.data == NULL) {
        return true;
    }
    if (!put_frame(link, peer, lane, frame)) {
        return false;
    }
    frame_queue_pop(queue);
    return true;
}

/* One frame of each peer in turn, so that nobody waits behind one flood. How
 * many; it is that peer's turn the next time that did not fit. */
static size_t drain_fast(struct tcn_link *link)
{
    size_t moved = 0;
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        struct peer *peer = &link->peers[link->fast_next];
        bool had = peer->incoming[LANE_FAST].first != NULL;
        if (!drain_one(link, peer, LANE_FAST)) {
            return moved;
        }
        moved += had;
        link->fast_next = (link->fast_next + 1) % TCN_PEERS_MAX;
    }
    return moved;
}

/* One frame of one peer: behind all that is urgent, yet a flood of urgent
 * frames does not starve it. */
static size_t drain_bulk(struct tcn_link *link)
{
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        struct peer *peer = &link->peers[link->bulk_next];
        bool had = peer->incoming[LANE_BULK].first != NULL;
        if (!drain_one(link, peer, LANE_BULK)) {
            return 0;
        }
        link->bulk_next = (link->bulk_next + 1) % TCN_PEERS_MAX;
        if (had) {
            return 1;
        }
    }
    return 0;
}

void report_flush(struct tcn_link *link)
{
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        report_state(link, &link->peers[i]);
    }
    while (drain_fast(link) + drain_bulk(link) > 0) {
    }
    if (tcn_pipe_flush(&link->pipe) != TCN_ERR_OK) {
        link->ended = true; /* tocsind is gone: so are we */
    }
}
