/* One who says what its core does not: frames of ee that its core would not
 * send, as they are said on the link, or come without a line in the story. */
#pragma once

#include "sim/story.h"

/* In the session that stands; the caller gives lane, type and the rest. */
static inline void speak(struct sim *sim, unsigned from, unsigned to,
                         struct tcn_frame *frame)
{
    static uint8_t bytes[TCN_FRAME_MAX];
    const struct node *node = &sim->nodes[from];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    unsigned peer = node->peer_of[to];
    memcpy(frame->session.bytes, node->nonce[peer], 4);
    memcpy(frame->session.bytes + 4, node->heard[peer], 4);
    tcn_frame_encode(frame, &out);
    assert_false(out.full);
    uint8_t *copy = malloc(out.len);
    assert_non_null(copy);
    memcpy(copy, bytes, out.len);
    say_frame(sim, from, to, tcn_buf_view(&out));
    pipe_send(sim, from, to, copy, out.len);
}

static inline void push(struct sim *sim, uint64_t n, uint32_t number)
{
    const struct minted *alert = &sim->alerts[number];
    struct tcn_frame frame = {.lane = TCN_LANE_BULK, .type = TCN_FRAME_PUSH};
    frame.push.place.n = n;
    frame.push.envelope = tcn_view(alert->envelope, alert->len);
    const struct ledger_row *row =
        store_row(&sim->nodes[EE].store, 0, TCN_LANE_BULK, n);
    if (row != NULL) {
        frame.push.place.mark = row->mark;
    }
    speak(sim, EE, LV, &frame);
}

/* Made, and not given to its own core. */
static inline uint32_t unheard(struct sim *sim, unsigned origin,
                               const char *name)
{
    const struct wish wish = plain_wish(origin, name);
    return mint(sim, &wish);
}

/* A copy with one bit changed so that it does not hold, for that reason. */
static inline struct tcn_view forge(const struct minted *alert,
                                    enum tcn_err why)
{
    static uint8_t bytes[TCN_ENVELOPE_MAX];
    static struct tcn_alert copy;
    memcpy(bytes, alert->envelope, alert->len);
    for (size_t at = alert->len; at > 0; at--) {
        bytes[at - 1] ^= 1;
        if (tcn_alert_decode(&copy, tcn_view(bytes, alert->len)) ==
                TCN_ERR_OK &&
            tcn_id_equal(&copy.id, &alert->id) &&
            mint_verify(&copy, alert->key) == why) {
            return tcn_view(bytes, alert->len);
        }
        bytes[at - 1] ^= 1;
    }
    fail();
    return tcn_view(NULL, 0);
}

/* As if it had come, without a line in the story. */
static inline void come(struct sim *sim, struct tcn_frame *frame, uint64_t n)
{
    static uint8_t bytes[TCN_FRAME_MAX];
    const struct node *ee = &sim->nodes[EE];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    memcpy(frame->session.bytes, ee->nonce[0], 4);
    memcpy(frame->session.bytes + 4, ee->heard[0], 4);
    frame->push.place.n = n;
    tcn_frame_encode(frame, &out);
    struct item item = {.kind = ITEM_FRAME,
                        .peer = (uint8_t)sim->nodes[LV].peer_of[EE],
                        .bytes = malloc(out.len),
                        .len = out.len};
    assert_non_null(item.bytes);
    memcpy(item.bytes, bytes, out.len);
    node_post(sim, &sim->nodes[LV], &item);
}

/* Frames that are none. */
static inline void garbage(struct sim *sim, unsigned to, unsigned from,
                           unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        struct item item = {.kind = ITEM_FRAME,
                            .peer = (uint8_t)sim->nodes[to].peer_of[from],
                            .bytes = calloc(1, 8),
                            .len = 8};
        assert_non_null(item.bytes);
        node_post(sim, &sim->nodes[to], &item);
    }
}
