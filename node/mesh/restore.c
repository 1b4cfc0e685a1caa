/* How a core comes to be: laid out in one block, then filled from the store. */
#include <stdio.h>

#include "mesh/internal.h"

/* ---- layout: one block, every part aligned ---- */

struct layout {
    size_t entries, known, threads, id_slots, thread_slots;
    size_t origins, certs, krevs, chases, peers, flows;
    size_t lane_slots[TCN_LANES];
    size_t size;
    uint64_t rows[TCN_LANES];
    uint32_t slots;
};

static size_t place(size_t *at, size_t count, size_t bytes)
{
    size_t start = (*at + 63) / 64 * 64;
    *at = start + count * bytes;
    return start;
}

static struct layout layout_of(const struct tcn_mesh_config *config)
{
    struct layout l = {
        .slots = tcn_idmap_slots(config->alert_capacity + 1),
        .rows = {TCN_FAST_ROWS,
                 config->bulk_rows == 0 ? TCN_BULK_ROWS : config->bulk_rows},
    };
    size_t count = (size_t)config->alert_capacity + 1;
    size_t peers = config->peer_count;
    size_t at = sizeof(struct tcn_mesh);
    l.peers = place(&at, peers, sizeof(struct peer));
    l.flows = place(&at, peers * ORIGINS_MAX, sizeof(struct flow_cursor));
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        l.lane_slots[lane] =
            place(&at, peers * l.rows[lane], sizeof(struct slot));
    }
    l.origins = place(&at, ORIGINS_MAX, sizeof(struct origin));
    l.certs = place(&at, CERT_SLOTS, sizeof(struct cert_slot));
    l.krevs = place(&at, KREV_SLOTS, sizeof(struct krev_slot));
    l.chases = place(&at, CHASES, sizeof(struct chase));
    l.entries = place(&at, count, sizeof(struct entry));
    l.known = place(&at, count, peers);
    l.threads = place(&at, count, sizeof(struct thread));
    l.id_slots = place(&at, l.slots, sizeof(struct tcn_idmap_slot));
    l.thread_slots = place(&at, l.slots, sizeof(struct tcn_idmap_slot));
    l.size = at;
    return l;
}

size_t tcn_mesh_size(const struct tcn_mesh_config *config)
{
    return layout_of(config).size;
}

static void init_peer(struct tcn_mesh *mesh, unsigned number,
                      const struct tcn_mesh_config *config,
                      const struct layout *l)
{
    struct peer *peer = &mesh->peers[number];
    uint8_t *base = (uint8_t *)mesh;
    (void)snprintf(peer->member, sizeof peer->member, "%s",
                   config->peer_members[number]);
    peer->since_ms = config->peer_since_ms[number];
    peer->flows = (struct flow_cursor *)(void *)(base + l->flows) +
                  number * (size_t)ORIGINS_MAX;
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        struct in_lane *in = &peer->in[lane];
        in->slots = (struct slot *)(void *)(base + l->lane_slots[lane]) +
                    number * l->rows[lane];
        in->mask = l->rows[lane] - 1;
        in_lane_reset(in, &(struct tcn_place){0});
    }
    peer->ack_at_ms = UINT64_MAX;
    peer->hello_at_ms = UINT64_MAX;
    peer->retry_at_ms = UINT64_MAX;
    peer->renew_at_ms = UINT64_MAX;
    peer->offer_at_ms = UINT64_MAX;
    peer->retry = RETRY_ALL;
}

struct tcn_mesh *tcn_mesh_init(void *memory,
                               const struct tcn_mesh_config *config)
{
    tcn_assert(config->peer_count <= TCN_PEERS_MAX);
    tcn_assert((config->bulk_rows & (config->bulk_rows - 1)) == 0);
    struct layout l = layout_of(config);
    uint8_t *base = memory;
    struct tcn_mesh *mesh = memory;
    mesh->entries = (struct entry *)(void *)(base + l.entries);
    mesh->known = base + l.known;
    mesh->threads = (struct thread *)(void *)(base + l.threads);
    mesh->origins = (struct origin *)(void *)(base + l.origins);
    mesh->certs = (struct cert_slot *)(void *)(base + l.certs);
    mesh->krevs = (struct krev_slot *)(void *)(base + l.krevs);
    mesh->chases = (struct chase *)(void *)(base + l.chases);
    mesh->peers = (struct peer *)(void *)(base + l.peers);
    mesh->policy = config->policy;
    mesh->agreements = agreements_of(config->policy);
    mesh->peer_count = config->peer_count;
    mesh->capacity = config->alert_capacity;
    mesh->seed = config->seed;
    mesh->clock_ask_ms = UINT64_MAX;
    (void)snprintf(mesh->self, sizeof mesh->self, "%s", config->self);
    tcn_idmap_init(&mesh->by_id, (void *)(base + l.id_slots), l.slots,
                   config->seed);
    tcn_idmap_init(&mesh->by_thread, (void *)(base + l.thread_slots), l.slots,
                   config->seed);
    for (unsigned i = 0; i < config->peer_count; i++) {
        init_peer(mesh, i, config, &l);
    }
    return mesh;
}

/* ---- restore ---- */

enum tcn_err tcn_mesh_restore_alert(struct tcn_mesh *mesh,
                                    const struct tcn_held_alert *alert)
{
    uint32_t number = entry_new(mesh, &alert->id, true);
    if (number == NOBODY) {
        return TCN_ERR_CAPACITY;
    }
    struct entry *entry = entry_at(mesh, number);
    entry->cert = alert->cert;
    entry->ref = alert->ref;
    entry->has_ref = alert->has_ref;
    entry->seq = alert->seq;
    entry->created_ms = alert->created_ms;
    entry->expires_ms = alert->expires_ms;
    entry->sources = alert->sources;
    entry->revision = alert->revision;
    entry->kind = alert->kind;
    entry->severity = alert->severity;
    entry->stream = NO_STREAM; /* history is offered */
    entry->size_bytes = alert->size_bytes;
    entry->form = alert->form;
    entry->present = alert->present;
    entry->status = alert->status;
    entry->is_own = alert->is_own;
    entry->is_exercise = alert->is_exercise;
    entry->has_contents = alert->has_contents;
    mesh->seq = alert->seq > mesh->seq ? alert->seq : mesh->seq;
    struct tcn_view origin = tcn_view_str(alert->origin);
    entry->made_by = peer_named(mesh, origin);
    uint32_t thread = thread_find(mesh, origin, &alert->thread);
    if (thread == NOBODY) {
        thread = thread_new(mesh, origin, &alert->thread);
    }
    entry->origin = thread_at(mesh, thread)->origin;
    thread_add(mesh, thread, number);
    flow_append(mesh, number);
    if (alert->kind == TCN_KIND_REVOKE) {
        revoke_append(mesh, number);
    }
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        if ((alert->sources >> i & 1) != 0) {
            *known_of(mesh, number, i) =
                given_form(mesh, number, i, alert->form);
        }
    }
    mesh->stats.alerts = mesh->entry_count;
    return TCN_ERR_OK;
}

enum tcn_err tcn_mesh_restore_export(struct tcn_mesh *mesh, unsigned peer,
                                     const struct tcn_id *id, uint8_t form)
{
    uint32_t number = entry_find(mesh, id);
    if (number == NOBODY) {
        number = entry_new(mesh, id, true);
        if (number == NOBODY) {
            return TCN_ERR_CAPACITY;
        }
        ghost_add(mesh, number, peer);
        entry_at(mesh, number)->own_ghost = (form & TCN_HELD_YOURS) != 0;
        mesh->own_ghosts += (form & TCN_HELD_YOURS) != 0;
        mesh->stats.ghosts = mesh->own_ghosts;
    }
    form &= TCN_CLASS_ALL;
    /* No class: the row was written, but what it says never got there. */
    *known_of(mesh, number, peer) |=
        form == 0 ? EXPORTED : form | HAS | EXPORTED;
    return TCN_ERR_OK;
}

void tcn_mesh_restore_source(struct tcn_mesh *mesh, unsigned peer,
                             const struct tcn_id *id, uint8_t form)
{
    uint32_t number = entry_find(mesh, id);
    if (number != NOBODY && !entry_at(mesh, number)->ghost) {
        entry_at(mesh, number)->sources |= 1ull << peer;
        *known_of(mesh, number, peer) =
            given_form(mesh, number, peer, form & TCN_CLASS_ALL);
    }
}

void tcn_mesh_restore_peer(struct tcn_mesh *mesh, unsigned number,
                           const struct tcn_held_peer *held)
{
    struct peer *peer = &mesh->peers[number];
    peer->has_ledger = held->has_ledger;
    peer->epoch = held->epoch;
    memcpy(peer->key, held->key, sizeof peer->key);
    peer->held_done = held->held_done;
    peer->has_settled = held->has_settled;
    peer->their_epoch = held->settled.epoch;
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        peer->out[lane].top = held->top[lane];
        in_lane_reset(&peer->in[lane], &held->settled.lane[lane]);
    }
    flows_begin(mesh, number);
    peer->scanned_seq = held->scanned_seq;
    /* What was asked about again had a later place, which no store knows: what
     * comes now must not fall behind it, as if it had been decided. */
    if (held->scanned_seq > mesh->seq) {
        mesh->seq = held->scanned_seq;
    }
    peer->is_behind = true;
    peer->revokes = mesh->first_revoke;
    link_ghosts(mesh);
}
