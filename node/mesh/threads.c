/* Revisions of one alert. A thread belongs to its origin: the same 16 bytes of
 * another origin are another thread. */
#include <stdio.h>

#include "alert/hash.h"
#include "mesh/internal.h"

struct thread *thread_at(struct tcn_mesh *mesh, uint32_t number)
{
    tcn_assert(number != NOBODY && number <= mesh->capacity);
    return &mesh->threads[number];
}

/* Hashed, because its 16 bytes are chosen by whoever sends them. */
static struct tcn_id key_of(struct tcn_view origin,
                            const struct tcn_thread *thread)
{
    struct tcn_id key;
    const struct tcn_view parts[] = {
        tcn_view(thread->bytes, sizeof thread->bytes), origin};
    tcn_hash_parts(TCN_PERSONAL_THREAD, tcn_view(NULL, 0), parts, 2, key.bytes,
                   sizeof key.bytes);
    return key;
}

uint32_t thread_find(const struct tcn_mesh *mesh, struct tcn_view origin,
                     const struct tcn_thread *thread)
{
    struct tcn_id key = key_of(origin, thread);
    uint32_t number = tcn_idmap_get(&mesh->by_thread, &key);
    return number == TCN_IDMAP_NONE ? NOBODY : number;
}

uint16_t origin_find(const struct tcn_mesh *mesh, struct tcn_view name)
{
    for (size_t i = 0; i < mesh->origin_count; i++) {
        if (tcn_view_is(name, mesh->origins[i].name)) {
            return (uint16_t)i;
        }
    }
    return ORIGINS_MAX;
}

uint16_t origin_place(const struct tcn_mesh *mesh, struct tcn_view name)
{
    uint16_t number = origin_find(mesh, name);
    bool shares = number == ORIGINS_MAX && mesh->origin_count == ORIGINS_MAX;
    return shares ? SHARED_ORIGIN : number;
}

/* Turns are taken in the order of names: that of their numbers, in which they
 * were first heard of, would tell a peer of origins it gets nothing of. */
static void put_by_name(struct tcn_mesh *mesh, uint16_t number)
{
    struct origin *origins = mesh->origins;
    uint16_t *link = &mesh->first_by_name;
    for (size_t i = 0; i < number; i++) {
        if (strcmp(origins[*link].name, origins[number].name) > 0) {
            break;
        }
        link = &origins[*link].next_by_name;
    }
    /* Behind the last one the link is that to the first one. */
    bool becomes_first = link == &mesh->first_by_name && number > 0;
    uint16_t last = mesh->first_by_name;
    for (size_t i = 1; becomes_first && i < number; i++) {
        last = origins[last].next_by_name;
    }
    origins[number].next_by_name = *link;
    *link = number;
    if (becomes_first) {
        origins[last].next_by_name = number;
    }
}

/* Only pinned origins come this far, so the table cannot be filled from
 * outside; when it is full all further ones share the last place, and with it a
 * quota and turns. */
static uint16_t origin_number(struct tcn_mesh *mesh, struct tcn_view name)
{
    uint16_t number = origin_place(mesh, name);
    if (number != ORIGINS_MAX) {
        return number;
    }
    struct origin *origin = &mesh->origins[mesh->origin_count];
    (void)snprintf(origin->name, sizeof origin->name, "%.*s", (int)name.len,
                   (const char *)name.data);
    put_by_name(mesh, (uint16_t)mesh->origin_count);
    return (uint16_t)mesh->origin_count++;
}

uint32_t thread_new(struct tcn_mesh *mesh, struct tcn_view origin,
                    const struct tcn_thread *thread)
{
    uint32_t number = mesh->thread_free;
    if (number != NOBODY) {
        mesh->thread_free = mesh->threads[number].first;
    } else {
        number = ++mesh->thread_fresh;
    }
    tcn_assert(number <= mesh->capacity);
    struct tcn_id key = key_of(origin, thread);
    mesh->threads[number] =
        (struct thread){.key = key, .origin = origin_number(mesh, origin)};
    bool put = tcn_idmap_put(&mesh->by_thread, &key, number);
    tcn_assert(put);
    return number;
}

static bool is_shown(const struct entry *entry)
{
    return entry->kind != TCN_KIND_REVOKE &&
           (entry->status == TCN_STATUS_LIVE ||
            entry->status == TCN_STATUS_EQUIVOCAL);
}

/* A kind that we do not know is never acted on: it supersedes nothing. */
static bool is_higher(const struct tcn_mesh *mesh, const struct thread *thread,
                      const struct entry *entry)
{
    if (entry->kind == TCN_KIND_REVOKE || entry->kind == TCN_KIND_UNKNOWN) {
        return false;
    }
    return thread->current == NOBODY ||
           entry->revision > mesh->entries[thread->current].revision;
}

static void look_through(struct tcn_mesh *mesh, struct thread *thread)
{
    bool was_orphan = thread->orphan;
    thread->current = NOBODY;
    thread->revoked = false;
    thread->orphan = thread->count > 0;
    thread->shown = 0;
    for (uint32_t at = thread->first; at != NOBODY;
         at = mesh->entries[at].next_in_thread) {
        const struct entry *entry = entry_at(mesh, at);
        if (entry->ghost) {
            continue;
        }
        thread->revoked |= entry->kind == TCN_KIND_REVOKE;
        thread->orphan &= entry->kind == TCN_KIND_REVOKE;
        thread->shown += is_shown(entry);
        if (is_higher(mesh, thread, entry)) {
            thread->current = at;
        }
    }
    struct origin *origin = &mesh->origins[thread->origin];
    origin->orphan_revokes += thread->orphan && !was_orphan;
    origin->orphan_revokes -= was_orphan && !thread->orphan;
}

/* A withdrawal may have been passed over before it was known that a peer has
 * something of the thread. */
static void look_at_revokes(struct tcn_mesh *mesh, uint32_t entry_number)
{
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        if ((*known_of(mesh, entry_number, i) & EXPORTED) != 0) {
            mesh->peers[i].revokes = mesh->first_revoke;
        }
    }
}

void thread_add(struct tcn_mesh *mesh, uint32_t number, uint32_t entry_number)
{
    struct thread *thread = thread_at(mesh, number);
    struct entry *entry = entry_at(mesh, entry_number);
    entry->thread = number;
    entry->next_in_thread = thread->first;
    thread->first = entry_number;
    thread->count++;
    look_through(mesh, thread);
    if (thread->revoked) {
        look_at_revokes(mesh, entry_number);
    }
}

void thread_remove(struct tcn_mesh *mesh, uint32_t number,
                   uint32_t entry_number)
{
    struct thread *thread = thread_at(mesh, number);
    uint32_t *link = &thread->first;
    while (*link != entry_number && *link != NOBODY) {
        link = &mesh->entries[*link].next_in_thread;
    }
    tcn_assert(*link == entry_number);
    *link = mesh->entries[entry_number].next_in_thread;
    thread->count--;
    look_through(mesh, thread);
    if (thread->count == 0) {
        tcn_idmap_remove(&mesh->by_thread, &thread->key);
        *thread = (struct thread){.first = mesh->thread_free};
        mesh->thread_free = number;
    }
}

/* Whoever may write into a thread must not make it so long, or so many of its
 * revisions shown at once, that one step cannot go through it. */
bool thread_full(struct tcn_mesh *mesh, uint32_t number)
{
    struct thread *thread = thread_at(mesh, number);
    look_through(mesh, thread);
    return thread->count >= REVISIONS_MAX || thread->shown >= SHOWN_MAX;
}

static bool is_known_of(struct tcn_mesh *mesh, uint32_t number, unsigned peer,
                        uint8_t what)
{
    for (uint32_t at = thread_at(mesh, number)->first; at != NOBODY;
         at = mesh->entries[at].next_in_thread) {
        if (mesh->entries[at].kind != TCN_KIND_REVOKE &&
            (*known_of(mesh, at, peer) & what) != 0) {
            return true;
        }
    }
    return false;
}

bool thread_exported(struct tcn_mesh *mesh, uint32_t number, unsigned peer)
{
    return is_known_of(mesh, number, peer, EXPORTED);
}

bool thread_is_had(struct tcn_mesh *mesh, uint32_t number, unsigned peer)
{
    return is_known_of(mesh, number, peer, EXPORTED | HAS);
}

void set_status(struct tcn_mesh *mesh, uint32_t number, enum tcn_status status)
{
    struct entry *entry = entry_at(mesh, number);
    if (entry->status == status) {
        return;
    }
    entry->status = (uint8_t)status;
    struct tcn_effect *change = effect(mesh, TCN_EFFECT_STATUS, OF_US);
    change->id = entry->id;
    change->status = (uint8_t)status;
    effect(mesh, TCN_EFFECT_FEED, OF_US)->id = entry->id;
}
