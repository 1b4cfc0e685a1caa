#include "link/link.h"

#include <czmq.h>

static bool send_now(struct outgoing *out, struct tcn_view frame)
{
    return zmq_send(zsock_resolve(out->socket), frame.data, frame.len,
                    ZMQ_DONTWAIT) >= 0;
}

void outgoing_send(struct tcn_link *link, struct peer *peer, enum lane lane,
                   struct tcn_view frame)
{
    struct outgoing *out = &peer->lanes[lane];
    if (!peer->known || !dial_is_up(peer)) {
        link->odd.undeliverable++; /* tocsind has not read our DOWN yet */
        return;
    }
    if (frame.len == 0 || frame.len > TCN_FRAME_MAX) {
        link->odd.oversized++;
        return;
    }
    if (out->queue.first == NULL && send_now(out, frame)) {
        return;
    }
    if (!frame_queue_push(&out->queue, frame, QUEUE_MAX)) {
        report_note(link, peer->number, "stalled",
                    tcn_view_str("it does not take what we send: cut"));
        peer_cut(link, peer);
    }
}

static void drain(struct outgoing *out)
{
    for (;;) {
        struct tcn_view frame = frame_queue_first(&out->queue);
        if (frame.data == NULL || !send_now(out, frame)) {
            return;
        }
        frame_queue_pop(&out->queue);
    }
}

void outgoing_drain(struct peer *peer)
{
    for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
        drain(&peer->lanes[lane]);
    }
}
