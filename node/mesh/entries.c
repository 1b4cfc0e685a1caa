/* Alerts by id and in the order in which they became known or grew. */
#include "mesh/internal.h"

struct entry *entry_at(struct tcn_mesh *mesh, uint32_t number)
{
    tcn_assert(number != NOBODY && number <= mesh->capacity);
    return &mesh->entries[number];
}

/* The map knows the first half of an id, because an OFFER names no more. Who
 * makes two alerts that share it has only the first one taken. */
static struct tcn_id short_of(const uint8_t id[16])
{
    struct tcn_id key = {0};
    memcpy(key.bytes, id, 16);
    return key;
}

uint32_t entry_find_short(const struct tcn_mesh *mesh, const uint8_t id[16])
{
    const struct tcn_id key = short_of(id);
    uint32_t number = tcn_idmap_get(&mesh->by_id, &key);
    return number == TCN_IDMAP_NONE ? NOBODY : number;
}

uint32_t entry_find(const struct tcn_mesh *mesh, const struct tcn_id *id)
{
    uint32_t number = entry_find_short(mesh, id->bytes);
    return number != NOBODY && tcn_id_equal(&mesh->entries[number].id, id)
               ? number
               : NOBODY;
}

/* Exercises are counted apart. */
struct tcn_mesh_counts *counts_of(struct tcn_mesh *mesh, uint32_t at)
{
    return entry_at(mesh, at)->is_exercise ? &mesh->stats.exercises
                                           : &mesh->stats.live;
}

uint8_t *known_of(struct tcn_mesh *mesh, uint32_t number, unsigned peer)
{
    return &mesh->known[(size_t)number * mesh->peer_count + peer];
}

uint8_t given_form(struct tcn_mesh *mesh, uint32_t number, unsigned peer,
                   uint8_t form)
{
    return entry_at(mesh, number)->made_by == peer ? TCN_CLASS_ALL : form | HAS;
}

/* By name, since origins that find no place of their own share one. */
uint8_t peer_named(const struct tcn_mesh *mesh, struct tcn_view origin)
{
    unsigned i = 0;
    while (i < mesh->peer_count &&
           !tcn_view_is(origin, mesh->peers[i].member)) {
        i++;
    }
    return (uint8_t)(i < mesh->peer_count ? i : OF_US);
}

void peer_has(struct tcn_mesh *mesh, uint32_t number, unsigned peer,
              uint8_t form)
{
    const struct entry *entry = entry_at(mesh, number);
    uint8_t *known = known_of(mesh, number, peer);
    if ((*known & HAS) == 0 && entry->thread != NOBODY &&
        thread_at(mesh, entry->thread)->revoked) {
        mesh->peers[peer].revokes = mesh->first_revoke;
    }
    *known |= form | HAS;
}

void note_source(struct tcn_mesh *mesh, uint32_t number, unsigned peer,
                 uint8_t form)
{
    struct entry *entry = entry_at(mesh, number);
    form = given_form(mesh, number, peer, form);
    if ((entry->sources >> peer & 1) != 0 &&
        (form & ~*known_of(mesh, number, peer)) == 0) {
        return;
    }
    entry->sources |= 1ull << peer;
    peer_has(mesh, number, peer, form);
    struct tcn_effect *source = effect(mesh, TCN_EFFECT_SOURCE, peer);
    source->id = entry->id;
    source->form = form;
}

/* A node that is full still learns of withdrawals. */
static bool has_place(const struct tcn_mesh *mesh, bool revocation)
{
    uint32_t spare = revocation ? 0 : mesh->capacity / 32;
    return mesh->entry_count + spare < mesh->capacity;
}

uint32_t entry_new(struct tcn_mesh *mesh, const struct tcn_id *id,
                   bool revocation)
{
    const struct tcn_id key = short_of(id->bytes);
    if (!has_place(mesh, revocation) ||
        entry_find_short(mesh, id->bytes) != NOBODY) {
        return NOBODY;
    }
    uint32_t number = mesh->entry_free;
    if (number != NOBODY) {
        mesh->entry_free = mesh->entries[number].after;
    } else {
        number = ++mesh->entry_fresh;
    }
    mesh->entries[number] =
        (struct entry){.id = *id, .flow = FLOW_NONE, .made_by = OF_US};
    mesh->entry_count++;
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        *known_of(mesh, number, i) = 0;
    }
    bool put = tcn_idmap_put(&mesh->by_id, &key, number);
    tcn_assert(put);
    return number;
}

void revoke_append(struct tcn_mesh *mesh, uint32_t number)
{
    if (mesh->last_revoke == NOBODY) {
        mesh->first_revoke = number;
    } else {
        mesh->entries[mesh->last_revoke].next_revoke = number;
    }
    mesh->last_revoke = number;
    for (size_t i = 0; i < mesh->peer_count; i++) {
        if (mesh->peers[i].revokes == NOBODY) {
            mesh->peers[i].revokes = number;
        }
    }
}

static void revoke_remove(struct tcn_mesh *mesh, uint32_t number)
{
    uint32_t before = NOBODY;
    uint32_t next = mesh->entries[number].next_revoke;
    for (uint32_t at = mesh->first_revoke; at != number && at != NOBODY;
         at = mesh->entries[at].next_revoke) {
        before = at;
    }
    *(before == NOBODY ? &mesh->first_revoke
                       : &mesh->entries[before].next_revoke) = next;
    if (mesh->last_revoke == number) {
        mesh->last_revoke = before;
    }
    for (size_t i = 0; i < mesh->peer_count; i++) {
        if (mesh->peers[i].revokes == number) {
            mesh->peers[i].revokes = next;
        }
    }
}

void entry_remove(struct tcn_mesh *mesh, uint32_t number)
{
    struct entry *entry = entry_at(mesh, number);
    if (entry->kind == TCN_KIND_REVOKE && !entry->ghost) {
        revoke_remove(mesh, number);
    }
    flow_remove(mesh, number);
    ghost_gone(mesh, entry);
    if (entry->thread != NOBODY) {
        thread_remove(mesh, entry->thread, number);
    }
    const struct tcn_id key = short_of(entry->id.bytes);
    tcn_idmap_remove(&mesh->by_id, &key);
    *entry = (struct entry){.after = mesh->entry_free};
    mesh->entry_free = number;
    mesh->entry_count--;
}
