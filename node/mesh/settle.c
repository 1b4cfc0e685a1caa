/* Rows of a peer's ledger, at us: each is settled when it is stored, already
 * held or refused, in any order. All up to `reach` are; what is told is the end
 * of the last frame below, since only there the peer gave us its mark. */
#include "mesh/internal.h"

struct slot *slot_at(struct in_lane *lane, uint64_t n)
{
    return &lane->slots[n & lane->mask];
}

/* From here the peer sends again what is not settled, and counts anew. */
void in_lane_reset(struct in_lane *lane, const struct tcn_place *settled)
{
    lane->settled = *settled;
    lane->told = settled->n;
    lane->reach = lane->high = settled->n;
    lane->came = lane->done = lane->granted = 0;
    lane->want_from = settled->n + 1;
    lane->wants = 0;
    lane->want_bytes = 0;
    lane->starved = false;
    lane->due_ms = UINT64_MAX;
    lane->places.count = 0;
}

/* Rows are missing: a late frame of an older connection can end a session at
 * one end only, and what came then was dropped. A HELLO says how far we are. */
static void tell_gap(struct tcn_mesh *mesh, unsigned number,
                     const struct in_lane *lane, uint64_t first)
{
    struct peer *peer = &mesh->peers[number];
    mesh->stats.frames_dropped++;
    if (first > lane->settled.n + lane->mask + 1) {
        fault(mesh, number, TCN_ERR_NUMBER); /* more than a window holds */
    } else if (!lane->gap_told) {            /* or rows came on it since */
        send_hello(mesh, number);
        peer->in[TCN_LANE_FAST].gap_told = true;
        peer->in[TCN_LANE_BULK].gap_told = true;
    }
}

bool rows_came(struct tcn_mesh *mesh, unsigned number, enum tcn_lane which,
               uint64_t first, const struct tcn_place *last)
{
    struct in_lane *lane = &mesh->peers[number].in[which];
    if (first <= lane->high) {
        return false; /* once more */
    }
    if (first > lane->high + 1) {
        tell_gap(mesh, number, lane, first);
        return false;
    }
    if (last->n > lane->settled.n + lane->mask + 1 ||
        lane->places.count == TCN_LANE_FRAMES) {
        fault(mesh, number, TCN_ERR_NUMBER);
        return false;
    }
    lane->gap_told = false;
    for (uint64_t n = first; n <= last->n; n++) {
        *slot_at(lane, n) = (struct slot){0};
    }
    lane->high = last->n;
    places_push(&lane->places, last);
    return true;
}

static void reach_on(struct tcn_mesh *mesh, unsigned number,
                     struct in_lane *lane)
{
    while (lane->reach < lane->high &&
           slot_at(lane, lane->reach + 1)->state == SLOT_SETTLED) {
        lane->reach++;
    }
    const struct tcn_place *place = places_pop(&lane->places, lane->reach);
    if (place != NULL) {
        lane->settled = *place;
        ack_soon(mesh, number);
    }
}

void unwant(struct in_lane *lane, struct slot *slot)
{
    if (slot->state == SLOT_WANTED) {
        lane->wants--;
        lane->want_bytes -= (uint64_t)1 << slot->size_class;
        slot->was_wanted = true;
        if (lane->starved) {
            lane->due_ms = 0; /* there is room for others */
        }
    }
}

void settle(struct tcn_mesh *mesh, unsigned number, const struct settling *row)
{
    struct peer *peer = &mesh->peers[number];
    struct in_lane *lane = &peer->in[row->lane];
    if (row->err != TCN_ERR_OK || row->again) {
        struct tcn_effect *said = effect(
            mesh, row->err != TCN_ERR_OK ? TCN_EFFECT_REFUSE : TCN_EFFECT_TOOK,
            number);
        said->lane = (uint8_t)row->lane;
        said->n = row->n;
        said->err = row->err;
        said->retry_at_ms = row->retry_at_ms;
        if (row->id != NULL) {
            said->id = *row->id;
        }
    }
    if (row->err != TCN_ERR_OK) {
        refused(mesh, number, row);
        if (is_milestone(mesh->stats.refused[row->err])) {
            alarm_about(mesh, TCN_ALARM_REFUSED, number, row->id, row->err);
        }
    }
    if (row->again) {
        again_done(peer, row->n);
        return;
    }
    struct slot *slot = slot_at(lane, row->n);
    unwant(lane, slot);
    slot->state = SLOT_SETTLED;
    reach_on(mesh, number, lane);
}

void settle_on(struct tcn_mesh *mesh, unsigned number, enum tcn_lane lane)
{
    reach_on(mesh, number, &mesh->peers[number].in[lane]);
}

/* ---- ACK ---- */

static const uint64_t window_bytes[TCN_LANES] = {
    [TCN_LANE_FAST] = TCN_FAST_BYTES,
    [TCN_LANE_BULK] = TCN_BULK_BYTES,
};

uint64_t grant_of(const struct in_lane *lane, enum tcn_lane which)
{
    return lane->done + window_bytes[which];
}

/* A peer may be owed a grant although no row was settled: what was put off has
 * come, and must not keep the answer to its WANT from being sent. */
void bytes_done(struct tcn_mesh *mesh, unsigned number, enum tcn_lane which,
                uint64_t bytes)
{
    struct in_lane *lane = &mesh->peers[number].in[which];
    lane->done += bytes;
    if (grant_of(lane, which) - lane->granted >= window_bytes[which] / 4) {
        ack_soon(mesh, number);
    }
}

void send_ack(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    peer->ack_at_ms = UINT64_MAX;
    peer->unacked = 0;
    if (!peer->established) {
        return;
    }
    for (enum tcn_lane which = 0; which < TCN_LANES; which++) {
        struct in_lane *lane = &peer->in[which];
        if (lane->settled.n != lane->told) {
            lane->told = lane->settled.n;
            struct tcn_effect *cursor = effect(mesh, TCN_EFFECT_CURSOR, number);
            cursor->lane = (uint8_t)which;
            cursor->n = lane->settled.n;
            cursor->mark = lane->settled.mark;
        }
    }
    struct tcn_frame *frame =
        send_frame(mesh, number, TCN_LANE_FAST, TCN_FRAME_ACK);
    frame->ack.settled.epoch = peer->their_epoch;
    for (enum tcn_lane which = 0; which < TCN_LANES; which++) {
        struct in_lane *lane = &peer->in[which];
        frame->ack.settled.lane[which] = lane->settled;
        frame->ack.grant[which] = lane->granted = grant_of(lane, which);
    }
}

/* ACKs are gathered for a moment, so that a burst costs one. */
void ack_soon(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (++peer->unacked >= ACK_FRAMES && peer->established) {
        send_ack(mesh, number);
    } else if (peer->ack_at_ms == UINT64_MAX) {
        peer->ack_at_ms = mesh->now_ms + ACK_DELAY_MS;
    }
}
