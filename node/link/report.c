#include "link/link.h"

#include "base/text.h"
#include "io/file.h"
#include "io/log.h"

/* Frames leave this much of the pipe to UP, DOWN and notes. */
#define CONTROL_ROOM (16 * TCN_KIB)
static_assert(TCN_FRAME_MAX + CONTROL_ROOM < TCN_MSG_MAX, "a frame fits");

#define ODDITIES_EVERY_MS 1000

static bool put(struct tcn_link *link, uint8_t type, uint8_t peer,
                struct tcn_view head, struct tcn_view tail)
{
    return tcn_pipe_put(&link->pipe, type, peer, head, tail) == TCN_ERR_OK;
}

static bool put_frame(struct tcn_link *link, const struct peer *peer,
                      struct tcn_view frame)
{
    return tcn_pipe_room(&link->pipe) >= frame.len + CONTROL_ROOM &&
           put(link, TCN_MSG_RECV, peer->number, frame, tcn_view(NULL, 0));
}

void report_frame(struct tcn_link *link, struct peer *peer,
                  struct tcn_view frame)
{
    if (peer->incoming.first == NULL && put_frame(link, peer, frame)) {
        return;
    }
    if (frame_queue_push(&peer->incoming, frame, QUEUE_MAX)) {
        return;
    }
    report_note(link, peer->number, "overrun",
                tcn_view_str("it sends more than we can take: cut"));
    peer_cut(link, peer);
}

static bool is_up(const struct peer *peer)
{
    for (size_t i = 0; i < LANE_COUNT; i++) {
        if (!peer->lanes[i].up) {
            return false;
        }
    }
    return true;
}

void report_state(struct tcn_link *link, struct peer *peer)
{
    struct tcn_view none = tcn_view(NULL, 0);
    bool up = is_up(peer);
    if (peer->told_up && (!up || peer->interrupted)) {
        if (!put(link, TCN_MSG_DOWN, peer->number, none, none)) {
            return; /* report_flush() tries again */
        }
        peer->told_up = false;
    }
    peer->interrupted = false;
    if (up && !peer->told_up) {
        peer->told_up = put(link, TCN_MSG_UP, peer->number, none, none);
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
    tcn_buf_put_str(out, "unknown key from ");
    tcn_text_escape(out, tcn_view_str(link->odd.address));
    tcn_buf_put_str(out, " refused (is its card imported?)");
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
static bool drain_one(struct tcn_link *link, struct peer *peer)
{
    struct tcn_view frame = frame_queue_first(&peer->incoming);
    if (frame.data == NULL) {
        return true;
    }
    if (!put_frame(link, peer, frame)) {
        return false;
    }
    frame_queue_pop(&peer->incoming);
    return true;
}

/* One frame of each peer in turn, so that nobody waits behind one flood. */
static void drain_in_turn(struct tcn_link *link)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
            struct peer *peer = &link->peers[link->drain_next];
            bool had = peer->incoming.first != NULL;
            if (!drain_one(link, peer)) {
                return; /* it is the first one next time */
            }
            moved = moved || had;
            link->drain_next = (link->drain_next + 1) % TCN_PEERS_MAX;
        }
    }
}

void report_flush(struct tcn_link *link)
{
    for (size_t i = 0; i < TCN_PEERS_MAX; i++) {
        if (link->peers[i].known) {
            report_state(link, &link->peers[i]);
        }
    }
    drain_in_turn(link);
    if (tcn_pipe_flush(&link->pipe) != TCN_ERR_OK) {
        link->ended = true; /* tocsind is gone: so are we */
    }
}
