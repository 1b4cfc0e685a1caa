/* How a core comes to be: laid out in one block, then filled from the store. */
#include <stdio.h>

#include "mesh/internal.h"

/* ---- layout: one block, every part aligned ---- */

struct layout {
    size_t entries, known, threads, id_slots, thread_slots, size;
    uint32_t slots;
};

static size_t place(size_t *at, size_t bytes)
{
    size_t start = (*at + 63) / 64 * 64;
    *at = start + bytes;
    return start;
}

static struct layout layout_of(const struct tcn_mesh_config *config)
{
    struct layout l = {.slots = tcn_idmap_slots(config->alert_capacity + 1)};
    size_t count = (size_t)config->alert_capacity + 1;
    size_t at = sizeof(struct tcn_mesh);
    l.entries = place(&at, count * sizeof(struct entry));
    l.known = place(&at, count * config->peer_count);
    l.threads = place(&at, count * sizeof(struct thread));
    l.id_slots = place(&at, l.slots * sizeof(struct tcn_idmap_slot));
    l.thread_slots = place(&at, l.slots * sizeof(struct tcn_idmap_slot));
    l.size = at;
    return l;
}

size_t tcn_mesh_size(const struct tcn_mesh_config *config)
{
    return layout_of(config).size;
}

static void init_peer(struct peer *peer, const char *member, uint64_t since_ms)
{
    (void)snprintf(peer->member, sizeof peer->member, "%s", member);
    peer->since_ms = since_ms;
    peer->ack_at_ms = UINT64_MAX;
    peer->hello_at_ms = UINT64_MAX;
    peer->retry_at_ms = UINT64_MAX;
    peer->renew_at_ms = UINT64_MAX;
    peer->retry = RETRY_ALL;
}

struct tcn_mesh *tcn_mesh_init(void *memory,
                               const struct tcn_mesh_config *config)
{
    tcn_assert(config->peer_count <= TCN_PEERS_MAX);
    struct layout l = layout_of(config);
    uint8_t *base = memory;
    struct tcn_mesh *mesh = memory;
    mesh->entries = (struct entry *)(void *)(base + l.entries);
    mesh->known = base + l.known;
    mesh->threads = (struct thread *)(void *)(base + l.threads);
    mesh->policy = config->policy;
    mesh->peer_count = config->peer_count;
    mesh->capacity = config->alert_capacity;
    mesh->clock_ask_ms = UINT64_MAX;
    (void)snprintf(mesh->self, sizeof mesh->self, "%s", config->self);
    tcn_idmap_init(&mesh->by_id, (void *)(base + l.id_slots), l.slots,
                   config->seed);
    tcn_idmap_init(&mesh->by_thread, (void *)(base + l.thread_slots), l.slots,
                   config->seed);
    for (size_t i = 0; i < config->peer_count; i++) {
        init_peer(&mesh->peers[i], config->peer_members[i],
                  config->peer_since_ms[i]);
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
    entry->form = alert->form;
    entry->present = alert->present;
    entry->status = alert->status;
    entry->is_own = alert->is_own;
    entry->has_contents = alert->has_contents;
    mesh->seq = alert->seq > mesh->seq ? alert->seq : mesh->seq;
    struct tcn_view origin = tcn_view_str(alert->origin);
    uint32_t thread = thread_find(mesh, origin, &alert->thread);
    if (thread == NOBODY) {
        thread = thread_new(mesh, origin, &alert->thread);
    }
    thread_add(mesh, thread, number);
    entry_append(mesh, number);
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
        entry_at(mesh, number)->ghost = true;
        mesh->ghosts++;
    }
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
    peer->top = held->top;
    peer->top_mark = held->top_mark;
    peer->has_settled = held->has_settled;
    peer->settled = held->settled;
    peer->scanned_seq = held->scanned_seq;
    peer->scan = mesh->oldest;
    while (peer->scan != NOBODY &&
           mesh->entries[peer->scan].seq <= held->scanned_seq) {
        peer->scan = mesh->entries[peer->scan].after;
    }
    peer->revokes = mesh->first_revoke;
    link_ghosts(mesh);
}
