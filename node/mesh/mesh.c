#include "mesh/mesh.h"

#include <stddef.h>
#include <stdio.h>

#include "mesh/internal.h"

/* ---- layout: one block, every part aligned ---- */

struct layout {
    size_t entries, exports, threads, id_slots, thread_slots, size;
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
    l.exports = place(&at, count * config->peer_count);
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
    peer->retry = true;
}

struct tcn_mesh *tcn_mesh_init(void *memory,
                               const struct tcn_mesh_config *config)
{
    tcn_assert(config->peer_count <= TCN_PEERS_MAX);
    struct layout l = layout_of(config);
    uint8_t *base = memory;
    struct tcn_mesh *mesh = memory;
    mesh->entries = (struct entry *)(void *)(base + l.entries);
    mesh->exports = base + l.exports;
    mesh->threads = (struct thread *)(void *)(base + l.threads);
    mesh->policy = config->policy;
    mesh->peer_count = config->peer_count;
    mesh->capacity = config->alert_capacity;
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
    bool revoke = alert->kind == TCN_KIND_REVOKE;
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
    if (revoke) {
        revoke_append(mesh, number);
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
    }
    *export_of(mesh, number, peer) |= form | TCN_CLASS_BIT(TCN_CLASS_KEEP);
    return TCN_ERR_OK;
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
}

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

struct tcn_frame *send_frame(struct tcn_mesh *mesh, unsigned number,
                             enum tcn_frame_type type)
{
    const struct peer *peer = &mesh->peers[number];
    struct tcn_frame *frame = &effect(mesh, TCN_EFFECT_SEND, number)->frame;
    *frame = (struct tcn_frame){.type = (uint8_t)type};
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

void fault(struct tcn_mesh *mesh, unsigned peer, enum tcn_err err)
{
    mesh->peers[peer].faults++;
    alarm_about(mesh, TCN_ALARM_FAULT, peer, NULL, err);
}

/* ---- one step ---- */

static void on_proof(struct tcn_mesh *mesh, unsigned peer,
                     const struct tcn_frame *frame)
{
    struct tcn_effect *proof = effect(
        mesh, frame->type == TCN_FRAME_CERT ? TCN_EFFECT_CERT : TCN_EFFECT_KREV,
        peer);
    proof->bytes = frame->cert.bytes;
    proof->signature = frame->cert.signature;
}

static void on_frame(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    const struct tcn_frame *frame = event->frame.frame;
    struct peer *peer = &mesh->peers[event->peer];
    if (frame->type != TCN_FRAME_HELLO && !in_session(peer, frame)) {
        mesh->stats.frames_dropped++;
        return;
    }
    peer->heard_ms = mesh->now_ms;
    switch (frame->type) {
    case TCN_FRAME_HELLO: on_hello(mesh, event->peer, frame); break;
    case TCN_FRAME_CERT:
    case TCN_FRAME_KREV: on_proof(mesh, event->peer, frame); break;
    case TCN_FRAME_PUSH: on_push(mesh, event); break;
    case TCN_FRAME_GONE: on_gone(mesh, event->peer, frame); break;
    case TCN_FRAME_ACK: on_ack(mesh, event->peer, frame); break;
    case TCN_FRAME_WANT: on_want(mesh, event->peer, frame); break;
    case TCN_FRAME_HELD: on_held_frame(mesh, event->peer, frame); break;
    default: mesh->stats.frames_dropped++; break;
    }
}

static void on_malformed(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    mesh->stats.malformed[event->malformed]++;
    mesh->stats.frames_dropped++;
    mesh->peers[event->peer].faults++; /* counted, not logged one by one */
}

static void on_tick(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    (void)event;
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        struct peer *peer = &mesh->peers[i];
        hello_tick(mesh, i);
        if (mesh->now_ms >= peer->ack_at_ms) {
            send_ack(mesh, i);
        }
        if (mesh->now_ms >= peer->retry_at_ms) {
            peer->retry_at_ms = UINT64_MAX;
            peer->retry = true;
        }
    }
    if (mesh->now_ms >= mesh->sweep_ms) {
        expire_sweep(mesh);
    }
}

static void on_keys(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    (void)event;
    retry_all(mesh);
}

typedef void handler(struct tcn_mesh *mesh, const struct tcn_event *event);

static handler *const handlers[] = {
    [TCN_EVENT_TICK] = on_tick,           [TCN_EVENT_LINK_UP] = on_link_up,
    [TCN_EVENT_LINK_DOWN] = on_link_down, [TCN_EVENT_FRAME] = on_frame,
    [TCN_EVENT_MALFORMED] = on_malformed, [TCN_EVENT_VERIFIED] = on_verified,
    [TCN_EVENT_SUBMIT] = on_submit,       [TCN_EVENT_LOADED] = on_loaded,
    [TCN_EVENT_SERVED] = on_served,       [TCN_EVENT_REFUSALS] = on_refusals,
    [TCN_EVENT_HELD] = on_held_rows,      [TCN_EVENT_POLICY] = on_policy,
    [TCN_EVENT_KEYS] = on_keys,
};

void tcn_mesh_step(struct tcn_mesh *mesh, const struct tcn_event *event,
                   struct tcn_effects *effects)
{
    tcn_assert(event->kind < sizeof handlers / sizeof handlers[0]);
    effects->count = 0;
    mesh->effects = effects;
    mesh->now_ms = event->now_ms;
    handlers[event->kind](mesh, event);
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        pump(mesh, i);
        retry_pump(mesh, i);
    }
    mesh->stats.alerts = mesh->entry_count;
    mesh->effects = NULL;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t tcn_mesh_next_deadline(const struct tcn_mesh *mesh)
{
    uint64_t next = mesh->sweep_ms;
    for (size_t i = 0; i < mesh->peer_count; i++) {
        const struct peer *peer = &mesh->peers[i];
        next = least(next, peer->ack_at_ms);
        next = least(next, peer->hello_at_ms);
        next = least(next, peer->retry_at_ms);
    }
    return next;
}

const struct tcn_mesh_stats *tcn_mesh_stats(const struct tcn_mesh *mesh)
{
    return &mesh->stats;
}
