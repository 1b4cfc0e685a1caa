/* What becomes of an alert that is proven to be its origin's: revisions,
 * withdrawals, contradictions, merging. Rules: common/alert/FORMAT.md. */
#include "mesh/internal.h"

struct arrival {
    unsigned peer; /* OF_US when it was made here */
    const struct tcn_alert *alert;
    const struct tcn_header *header;
    uint32_t thread; /* NOBODY = the first of its thread */
};

static bool is_content(enum tcn_kind kind)
{
    return kind == TCN_KIND_ALERT || kind == TCN_KIND_UPDATE;
}

/* Another id with the same place in the thread: the origin said two things. */
static uint32_t find_contradiction(struct tcn_mesh *mesh,
                                   const struct arrival *a)
{
    uint32_t at =
        a->thread == NOBODY ? NOBODY : thread_at(mesh, a->thread)->first;
    for (; at != NOBODY; at = mesh->entries[at].next_in_thread) {
        if (!mesh->entries[at].ghost &&
            mesh->entries[at].revision == a->header->revision) {
            return at;
        }
    }
    return NOBODY;
}

static enum tcn_err check_own(struct tcn_mesh *mesh, const struct arrival *a)
{
    if (a->peer != OF_US) {
        return TCN_ERR_OK;
    }
    if (mesh->own_ghosts > 0 && a->header->kind == TCN_KIND_UPDATE) {
        return TCN_ERR_RESTORING; /* it might contradict what we lost */
    }
    /* We do not contradict ourselves, nor speak after a withdrawal. */
    if (a->thread != NOBODY && thread_at(mesh, a->thread)->revoked) {
        return TCN_ERR_FINAL;
    }
    return find_contradiction(mesh, a) == NOBODY ? TCN_ERR_OK : TCN_ERR_EXISTS;
}

static enum tcn_err check_revoke(struct tcn_mesh *mesh, const struct arrival *a)
{
    if (a->thread != NOBODY) {
        return TCN_ERR_OK;
    }
    uint16_t origin = origin_place(mesh, a->header->origin);
    bool over = origin != ORIGINS_MAX &&
                mesh->origins[origin].orphan_revokes >= TCN_ORPHAN_REVOKES_MAX;
    return over ? TCN_ERR_REVOKE_QUOTA : TCN_ERR_OK;
}

static enum tcn_err check_rules(struct tcn_mesh *mesh, const struct arrival *a,
                                const struct tcn_alert *other)
{
    enum tcn_err err = check_own(mesh, a);
    if (err != TCN_ERR_OK) {
        return err;
    }
    bool withdrawn = a->thread != NOBODY && thread_at(mesh, a->thread)->revoked;
    if (a->thread != NOBODY && thread_full(mesh, a->thread) &&
        (withdrawn || a->header->kind != TCN_KIND_REVOKE)) {
        return TCN_ERR_CAPACITY;
    }
    switch (a->header->kind) {
    case TCN_KIND_ALERT:
    case TCN_KIND_UPDATE:
        return other == NULL ? TCN_ERR_OK
                             : tcn_alert_follows(&other->header, a->header);
    case TCN_KIND_REVOKE: return check_revoke(mesh, a);
    case TCN_KIND_SIGHTING:
    case TCN_KIND_ACK:
        return other == NULL ? TCN_ERR_NOT_FOUND
                             : tcn_alert_remarks(&other->header, a->header);
    default: return TCN_ERR_OK;
    }
}

/* ---- after it is taken ---- */

/* What was over before and is not the last word stays as it is. */
static void withdraw_thread(struct tcn_mesh *mesh, uint32_t number)
{
    const struct thread *thread = thread_at(mesh, number);
    for (uint32_t at = thread->first; at != NOBODY;
         at = mesh->entries[at].next_in_thread) {
        const struct entry *entry = entry_at(mesh, at);
        bool shown = !entry->ghost && (entry->status == TCN_STATUS_LIVE ||
                                       entry->status == TCN_STATUS_EQUIVOCAL);
        if (entry->kind != TCN_KIND_REVOKE &&
            (shown || at == thread->current)) {
            set_status(mesh, at, TCN_STATUS_REVOKED);
        }
    }
}

static void supersede(struct tcn_mesh *mesh, uint32_t number, uint32_t current)
{
    for (uint32_t at = thread_at(mesh, number)->first; at != NOBODY;
         at = mesh->entries[at].next_in_thread) {
        if (at != current && !mesh->entries[at].ghost &&
            mesh->entries[at].status == TCN_STATUS_LIVE &&
            is_content((enum tcn_kind)mesh->entries[at].kind)) {
            set_status(mesh, at, TCN_STATUS_SUPERSEDED);
        }
    }
}

static enum tcn_status first_status(struct tcn_mesh *mesh,
                                    const struct arrival *a, uint32_t twin)
{
    if (a->header->kind == TCN_KIND_REVOKE || a->thread == NOBODY) {
        return TCN_STATUS_LIVE;
    }
    const struct thread *thread = thread_at(mesh, a->thread);
    if (thread->revoked) {
        return TCN_STATUS_REVOKED;
    }
    if (twin != NOBODY) {
        return TCN_STATUS_EQUIVOCAL;
    }
    bool older = thread->current != NOBODY &&
                 mesh->entries[thread->current].revision > a->header->revision;
    return older ? TCN_STATUS_SUPERSEDED : TCN_STATUS_LIVE;
}

static void fill_entry(struct tcn_mesh *mesh, uint32_t at,
                       const struct arrival *a)
{
    struct entry *entry = entry_at(mesh, at);
    const struct tcn_header *header = a->header;
    entry->cert = header->cert;
    entry->ref = header->ref;
    entry->has_ref = header->has_ref;
    entry->created_ms = header->created_ms;
    entry->expires_ms = header->expires_ms;
    entry->revision = header->revision;
    entry->kind = (uint8_t)header->kind;
    entry->severity = header->severity;
    entry->stream = stream_number(header);
    entry->size_bytes = (uint32_t)a->alert->envelope.len;
    entry->form = a->alert->form;
    entry->present = a->alert->present;
    entry->is_own = tcn_view_is(header->origin, mesh->self);
    entry->is_exercise = header->exercise.len > 0;
    entry->made_by = peer_named(mesh, header->origin);
    entry->has_contents = true;
    entry->came_ms = (uint32_t)mesh->now_ms;
    ghost_gone(mesh, entry);
    if (a->peer != OF_US) {
        entry->sources = 1ull << a->peer;
    }
    entry->seq = ++mesh->seq;
}

static void store(struct tcn_mesh *mesh, uint32_t at, const struct arrival *a)
{
    const struct entry *entry = entry_at(mesh, at);
    struct tcn_effect *stored = effect(mesh, TCN_EFFECT_STORE, a->peer);
    stored->alert = a->alert;
    stored->id = entry->id;
    stored->seq = entry->seq;
    stored->form = entry->form;
    stored->status = entry->status;
    counts_of(mesh, at)->stored++;
    /* What was over before it came is nothing to tell observers. */
    if (entry->status == TCN_STATUS_LIVE ||
        entry->status == TCN_STATUS_EQUIVOCAL) {
        effect(mesh, TCN_EFFECT_FEED, OF_US)->id = entry->id;
    }
}

/* What a new alert means for the others of its thread. */
static void act_on(struct tcn_mesh *mesh, uint32_t at, const struct arrival *a,
                   uint32_t twin)
{
    if (twin != NOBODY) {
        alarm_about(mesh, TCN_ALARM_EQUIVOCATION, a->peer, &a->alert->id,
                    TCN_ERR_OK);
    }
    if (a->header->kind == TCN_KIND_REVOKE) {
        withdraw_thread(mesh, a->thread);
        revoke_append(mesh, at);
    } else if (twin != NOBODY && mesh->entries[twin].kind != TCN_KIND_REVOKE &&
               mesh->entries[twin].status != TCN_STATUS_REVOKED) {
        set_status(mesh, twin, TCN_STATUS_EQUIVOCAL);
    } else if (entry_at(mesh, at)->status == TCN_STATUS_LIVE &&
               is_content(a->header->kind)) {
        supersede(mesh, a->thread, at);
    }
}

/* What we gave away and lost may belong to this thread: the next revision and
 * the withdrawal name it. */
static void find_ghost(struct tcn_mesh *mesh, const struct arrival *a)
{
    bool follows = a->header->kind == TCN_KIND_UPDATE ||
                   a->header->kind == TCN_KIND_REVOKE;
    uint32_t ref = follows && a->header->has_ref
                       ? entry_find(mesh, &a->header->ref)
                       : NOBODY;
    if (ref != NOBODY && mesh->entries[ref].ghost &&
        mesh->entries[ref].thread == NOBODY) {
        thread_add(mesh, a->thread, ref);
    }
}

/* A place for it: a new one, or the one that is kept for what we lost. */
static uint32_t find_place(struct tcn_mesh *mesh, struct arrival *a)
{
    uint32_t at = entry_find(mesh, &a->alert->id);
    if (at == NOBODY) {
        return entry_new(mesh, &a->alert->id,
                         a->header->kind == TCN_KIND_REVOKE);
    }
    if (mesh->entries[at].thread != NOBODY) {
        thread_remove(mesh, mesh->entries[at].thread, at);
        a->thread = thread_find(mesh, a->header->origin, &a->header->thread);
    }
    return at;
}

static enum tcn_err take_new(struct tcn_mesh *mesh, struct arrival *a)
{
    uint32_t at = find_place(mesh, a);
    if (at == NOBODY) {
        if (is_milestone(mesh->stats.refused[TCN_ERR_CAPACITY] + 1)) {
            alarm_about(mesh, TCN_ALARM_CAPACITY, OF_US, NULL,
                        TCN_ERR_CAPACITY);
        }
        return TCN_ERR_CAPACITY;
    }
    uint32_t twin = find_contradiction(mesh, a);
    fill_entry(mesh, at, a);
    entry_at(mesh, at)->status = (uint8_t)first_status(mesh, a, twin);
    if (a->thread == NOBODY) {
        a->thread = thread_new(mesh, a->header->origin, &a->header->thread);
    }
    entry_at(mesh, at)->origin = thread_at(mesh, a->thread)->origin;
    thread_add(mesh, a->thread, at);
    if (a->peer != OF_US) {
        peer_has(mesh, at, a->peer,
                 given_form(mesh, at, a->peer, a->alert->form));
    }
    find_ghost(mesh, a);
    store(mesh, at, a);
    act_on(mesh, at, a, twin);
    flow_append(mesh, at);
    subject_came(mesh);
    offer_in_hand(mesh, at, a->alert);
    return TCN_ERR_OK;
}

/* At most both copies together; what an OFFER says of it is a size class. */
static uint32_t grown_bytes(const struct entry *entry,
                            const struct tcn_alert *more)
{
    uint64_t bytes = entry->size_bytes + (uint64_t)more->envelope.len;
    return bytes < TCN_ENVELOPE_MAX ? (uint32_t)bytes : TCN_ENVELOPE_MAX;
}

static enum tcn_err merge(struct tcn_mesh *mesh, uint32_t at,
                          const struct arrival *a)
{
    struct entry *entry = entry_at(mesh, at);
    uint8_t grown = entry->form | a->alert->form;
    if (a->peer != OF_US) {
        note_source(mesh, at, a->peer, a->alert->form);
    }
    if (grown == entry->form || !entry->has_contents) {
        return TCN_ERR_OK;
    }
    entry->form = grown;
    entry->stream = stream_number(a->header);
    entry->size_bytes = grown_bytes(entry, a->alert);
    flow_touch(mesh, at);
    struct tcn_effect *merged = effect(mesh, TCN_EFFECT_MERGE, a->peer);
    merged->alert = a->alert;
    merged->id = entry->id;
    merged->form = grown;
    merged->seq = entry->seq;
    if (entry->status == TCN_STATUS_LIVE ||
        entry->status == TCN_STATUS_EQUIVOCAL) {
        effect(mesh, TCN_EFFECT_FEED, OF_US)->id = entry->id;
    }
    return TCN_ERR_OK;
}

enum tcn_err accept_alert(struct tcn_mesh *mesh, unsigned peer,
                          const struct tcn_alert *alert,
                          const struct tcn_alert *other)
{
    struct arrival a = {
        .peer = peer,
        .alert = alert,
        .header = &alert->header,
        .thread =
            thread_find(mesh, alert->header.origin, &alert->header.thread),
    };
    uint32_t at = entry_find(mesh, &alert->id);
    if (at != NOBODY && !entry_at(mesh, at)->ghost) {
        return merge(mesh, at, &a);
    }
    enum tcn_err err = check_rules(mesh, &a, other);
    return err == TCN_ERR_OK ? take_new(mesh, &a) : err;
}

bool tcn_mesh_other(const struct tcn_mesh *mesh,
                    const struct tcn_header *header, struct tcn_id *other)
{
    uint32_t at = NOBODY;
    if (header->kind == TCN_KIND_SIGHTING || header->kind == TCN_KIND_ACK) {
        at = entry_find(mesh, &header->ref);
    } else {
        uint32_t thread = thread_find(mesh, header->origin, &header->thread);
        at = thread == NOBODY ? NOBODY : mesh->threads[thread].current;
    }
    if (at == NOBODY || !mesh->entries[at].has_contents) {
        return false;
    }
    *other = mesh->entries[at].id;
    return true;
}
