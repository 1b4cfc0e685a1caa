/* After a backup was restored, a ledger is not to be trusted: the peer tells
 * what it holds from us, so that withdrawals still follow. */
#include "mesh/internal.h"

/* As the peer that tells: rows from the store, passed on. */
void on_held_rows(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    if (!peer->established || !peer->serving_held) {
        return;
    }
    struct tcn_frame *frame =
        send_frame(mesh, event->peer, TCN_LANE_FAST, TCN_FRAME_HELD);
    frame->held.last = event->held.last;
    frame->held.rows = event->held.rows;
    peer->serving_held = !event->held.last;
    if (!event->held.last) {
        tcn_assert(event->held.rows.len >= 33);
        struct tcn_effect *more =
            effect(mesh, TCN_EFFECT_READ_HELD, event->peer);
        memcpy(more->id.bytes,
               event->held.rows.data + event->held.rows.len - 33, 32);
    }
}

/* An update or a withdrawal names the revision before it: that is all we know
 * of what we lost. */
void link_ghosts(struct tcn_mesh *mesh)
{
    for (uint32_t at = 1; mesh->ghosts > 0 && at <= mesh->entry_fresh; at++) {
        const struct entry *entry = &mesh->entries[at];
        bool follows =
            entry->kind == TCN_KIND_UPDATE || entry->kind == TCN_KIND_REVOKE;
        uint32_t ref =
            entry->has_ref && follows ? entry_find(mesh, &entry->ref) : NOBODY;
        if (ref != NOBODY && mesh->entries[ref].ghost &&
            mesh->entries[ref].thread == NOBODY) {
            thread_add(mesh, entry->thread, ref);
        }
    }
}

/* A peer can name ids that never were: what one names gets a part of the room,
 * so that it does not take the place of what another one holds. */
static bool ghost_fits(const struct tcn_mesh *mesh, const struct peer *peer)
{
    return peer->ghosts < mesh->capacity / 8 &&
           mesh->ghosts < mesh->capacity / 2;
}

void ghost_add(struct tcn_mesh *mesh, uint32_t at, unsigned number)
{
    struct entry *entry = entry_at(mesh, at);
    entry->ghost = true;
    entry->ghost_of = (uint8_t)number;
    mesh->ghosts++;
    mesh->peers[number].ghosts++;
}

/* An alert that we gave away and lost. When there is no room for all of them
 * the peer is asked again in the next session: some will have come back. */
static uint32_t ghost_new(struct tcn_mesh *mesh, unsigned number,
                          const struct tcn_id *id)
{
    struct peer *peer = &mesh->peers[number];
    uint32_t at = ghost_fits(mesh, peer) ? entry_new(mesh, id, false) : NOBODY;
    if (at == NOBODY) {
        peer->held_dropped = true;
        if (is_milestone(++mesh->stats.refused[TCN_ERR_CAPACITY])) {
            alarm_about(mesh, TCN_ALARM_CAPACITY, number, id, TCN_ERR_CAPACITY);
        }
        return NOBODY;
    }
    entry_at(mesh, at)->created_ms = mesh->now_ms; /* no younger than that */
    ghost_add(mesh, at, number);
    return at;
}

void ghost_gone(struct tcn_mesh *mesh, struct entry *entry)
{
    mesh->ghosts -= entry->ghost;
    mesh->peers[entry->ghost_of].ghosts -= entry->ghost;
    mesh->own_ghosts -= entry->own_ghost;
    if (entry->own_ghost && mesh->own_ghosts == 0) {
        alarm_about(mesh, TCN_ALARM_TAKEN_BACK, OF_US, NULL, TCN_ERR_OK);
    }
    entry->ghost = entry->own_ghost = false;
    mesh->stats.ghosts = mesh->own_ghosts;
}

static void note_held(struct tcn_mesh *mesh, unsigned number,
                      const uint8_t *row)
{
    struct tcn_id id;
    memcpy(id.bytes, row, sizeof id.bytes);
    uint8_t form = (row[32] & TCN_CLASS_ALL) | HAS;
    uint32_t at = entry_find(mesh, &id);
    if (at == NOBODY) {
        at = ghost_new(mesh, number, &id);
    }
    if (at == NOBODY) {
        return;
    }
    struct entry *entry = entry_at(mesh, at);
    uint8_t yours = row[32] & TCN_HELD_YOURS;
    if (entry->ghost && !entry->own_ghost && yours != 0) {
        entry->own_ghost = true;
        mesh->stats.ghosts = ++mesh->own_ghosts;
    }
    *known_of(mesh, at, number) |= form | EXPORTED;
    struct tcn_effect *held = effect(mesh, TCN_EFFECT_HELD, number);
    held->id = id;
    held->form = form | yours;
    held->epoch = mesh->peers[number].epoch;
}

/* As the owner of the ledger. */
void on_held_frame(struct tcn_mesh *mesh, unsigned number,
                   const struct tcn_frame *frame)
{
    struct peer *peer = &mesh->peers[number];
    if (peer->held_done && !peer->held_short && mesh->own_ghosts == 0) {
        mesh->stats.frames_dropped++;
        return;
    }
    for (size_t at = 0; at < frame->held.rows.len && has_room(mesh, 2);
         at += 33) {
        note_held(mesh, number, frame->held.rows.data + at);
    }
    if (frame->held.last) {
        link_ghosts(mesh);
        peer->held_done = true;
        peer->held_short = peer->held_dropped;
        peer->held_dropped = false;
        if (!peer->held_short) { /* else it is asked for after a restart too */
            effect(mesh, TCN_EFFECT_HELD_DONE, number);
        }
        peer->revokes = mesh->first_revoke;
        if (mesh->ghosts > 0) {
            retry_all(mesh, RETRY_POLICY); /* withdrawals of what we lost */
        }
        keys_tell_more(mesh, number);
    }
}
