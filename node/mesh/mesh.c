/* One step: an event in, effects out. */
#include "mesh/mesh.h"

#include <stddef.h>

#include "mesh/internal.h"

/* ---- effects ---- */

struct tcn_effect *effect(struct tcn_mesh *mesh, enum tcn_effect_kind kind,
                          unsigned peer)
{
    struct tcn_effects *effects = mesh->effects;
    tcn_assert(effects->count < TCN_EFFECTS_MAX);
    struct tcn_effect *next = &effects->list[effects->count++];
    /* All but the frame, which is large and set by whoever sends one. */
    memset(next, 0, offsetof(struct tcn_effect, frame));
    next->kind = kind;
    next->peer = (uint8_t)peer;
    return next;
}

struct tcn_effect *last_effect(struct tcn_mesh *mesh)
{
    tcn_assert(mesh->effects->count > 0);
    return &mesh->effects->list[mesh->effects->count - 1];
}

struct tcn_frame *send_frame(struct tcn_mesh *mesh, unsigned number,
                             enum tcn_lane lane, enum tcn_frame_type type)
{
    const struct peer *peer = &mesh->peers[number];
    struct tcn_frame *frame = &effect(mesh, TCN_EFFECT_SEND, number)->frame;
    *frame = (struct tcn_frame){.lane = (uint8_t)lane, .type = (uint8_t)type};
    memcpy(frame->session.bytes, peer->nonce, 4);
    if (peer->heard) {
        memcpy(frame->session.bytes + 4, peer->their_nonce, 4);
    }
    return frame;
}

void alarm_about(struct tcn_mesh *mesh, enum tcn_alarm alarm, unsigned peer,
                 const struct tcn_id *id, enum tcn_err err)
{
    struct tcn_effect *said = effect(mesh, TCN_EFFECT_ALARM, peer);
    said->alarm = alarm;
    said->err = err;
    if (id != NULL) {
        said->id = *id;
    }
}

bool is_milestone(uint64_t count)
{
    return (count & (count - 1)) == 0;
}

/* What one step still says after its loops over peers: an answer, an ACK. */
#define EFFECTS_SPARE 16

bool has_room(struct tcn_mesh *mesh, size_t effects)
{
    bool room =
        mesh->effects->count + effects + EFFECTS_SPARE <= TCN_EFFECTS_MAX;
    mesh->unfinished |= !room;
    return room;
}

/* ---- one step ---- */

static void on_frame(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    const struct tcn_frame *frame = event->frame.frame;
    struct peer *peer = &mesh->peers[event->peer];
    if (is_blocked(mesh, event->peer) || !may_come(mesh, event->peer) ||
        (frame->type != TCN_FRAME_HELLO && !in_session(peer, frame))) {
        mesh->stats.frames_dropped++;
        return;
    }
    peer->heard_ms = mesh->now_ms;
    switch (frame->type) {
    case TCN_FRAME_HELLO: on_hello(mesh, event->peer, frame); break;
    case TCN_FRAME_CERT:
    case TCN_FRAME_KREV: on_proof(mesh, event->peer, frame); break;
    case TCN_FRAME_PUSH: on_push(mesh, event); break;
    case TCN_FRAME_OFFER: on_offer(mesh, event->peer, frame); break;
    case TCN_FRAME_PRUNE:
    case TCN_FRAME_GRAFT: on_stream(mesh, event->peer, frame); break;
    case TCN_FRAME_GONE: on_gone(mesh, event->peer, frame); break;
    case TCN_FRAME_ACK: on_ack(mesh, event->peer, frame); break;
    case TCN_FRAME_WANT: on_want(mesh, event->peer, frame); break;
    case TCN_FRAME_HELD: on_held_frame(mesh, event->peer, frame); break;
    case TCN_FRAME_BYE: break; /* the link says the same by going down */
    default: mesh->stats.frames_dropped++; break;
    }
}

static void on_malformed(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    mesh->stats.malformed[event->malformed]++;
    mesh->stats.frames_dropped++;
    fault(mesh, event->peer, event->malformed);
}

/* What the timers of one peer may say at most, and those of no peer. */
#define EFFECTS_OF_PEER 32
#define EFFECTS_OF_ALL  (TCN_PEERS_MAX + 2 * SWEEP_CHANGES)

static void peer_tick(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    session_tick(mesh, number);
    if (mesh->now_ms >= peer->ack_at_ms) {
        send_ack(mesh, number);
    }
    if (mesh->now_ms >= peer->offer_at_ms) {
        offer_flush(mesh, number);
    }
    if (mesh->now_ms >= peer->past_at_ms) {
        peer->past_at_ms = 0;
    }
    offers_tick(mesh, number);
    retry_tick(mesh, number);
}

static void on_tick(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    (void)event;
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        if (!has_room(mesh, EFFECTS_OF_PEER)) {
            return; /* the timers that were not looked at are due at once */
        }
        peer_tick(mesh, i);
    }
    if (!has_room(mesh, EFFECTS_OF_ALL)) {
        return;
    }
    clock_tick(mesh);
    if (mesh->now_ms >= mesh->sweep_ms) {
        expire_sweep(mesh);
    }
}

typedef void handler(struct tcn_mesh *mesh, const struct tcn_event *event);

static handler *const handlers[] = {
    [TCN_EVENT_TICK] = on_tick,           [TCN_EVENT_LINK_UP] = on_link_up,
    [TCN_EVENT_LINK_DOWN] = on_link_down, [TCN_EVENT_FRAME] = on_frame,
    [TCN_EVENT_MALFORMED] = on_malformed, [TCN_EVENT_VERIFIED] = on_verified,
    [TCN_EVENT_SUBMIT] = on_submit,       [TCN_EVENT_LOADED] = on_loaded,
    [TCN_EVENT_SERVED] = on_served,       [TCN_EVENT_REFUSALS] = on_refusals,
    [TCN_EVENT_HELD] = on_held_rows,      [TCN_EVENT_POLICY] = on_policy,
    [TCN_EVENT_KEYS] = on_keys,           [TCN_EVENT_REVOKED] = on_revoked,
    [TCN_EVENT_ANNOUNCE] = on_announce,   [TCN_EVENT_AGAIN] = on_again,
};

void tcn_mesh_step(struct tcn_mesh *mesh, const struct tcn_event *event,
                   struct tcn_effects *effects)
{
    tcn_assert(event->kind < sizeof handlers / sizeof handlers[0]);
    effects->count = 0;
    mesh->effects = effects;
    mesh->unfinished = false;
    mesh->told = NULL;
    mesh->quarantining = false;
    clock_step(mesh, event->now_ms);
    handlers[event->kind](mesh, event);
    for (unsigned i = 0; i < mesh->peer_count && has_room(mesh, 3); i++) {
        pump(mesh, i);
        retry_pump(mesh, i);
    }
    keys_pump(mesh);
    mesh->stats.alerts = mesh->entry_count;
    mesh->effects = NULL;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t tcn_mesh_next_deadline(const struct tcn_mesh *mesh)
{
    if (mesh->unfinished) {
        return mesh->now_ms;
    }
    uint64_t next = least(mesh->sweep_ms, mesh->clock_ask_ms);
    for (size_t i = 0; i < mesh->peer_count; i++) {
        const struct peer *peer = &mesh->peers[i];
        next = least(next, peer->ack_at_ms);
        next = least(next, peer->hello_at_ms);
        next = least(next, peer->renew_at_ms);
        next = least(next, peer->retry_at_ms);
        next = least(next, peer->offer_at_ms);
        next =
            least(next, peer->past_at_ms == 0 ? UINT64_MAX : peer->past_at_ms);
        for (size_t lane = 0; lane < TCN_LANES; lane++) {
            next = least(next, peer->in[lane].due_ms);
        }
    }
    return next;
}

const struct tcn_mesh_stats *tcn_mesh_stats(const struct tcn_mesh *mesh)
{
    return &mesh->stats;
}
