/* What is over: expired alerts are neither sent nor shown, contents go a day
 * later, ids after the longest life. A sweep does a bounded part of it. */
#include "mesh/internal.h"

/* How long our own alerts that a backup forgot are waited for. */
#define GIVE_UP_MS TCN_DAY_MS

static bool expire_entry(struct tcn_mesh *mesh, uint32_t at)
{
    struct entry *entry = entry_at(mesh, at);
    struct tcn_id id = entry->id;
    uint64_t now = mesh->now_ms;
    if (entry->ghost && entry->created_ms == 0) {
        entry->created_ms = now; /* restored: its age is not known */
        return false;
    }
    if (entry->own_ghost && now >= entry->created_ms + GIVE_UP_MS) {
        entry->own_ghost = false; /* nobody gives it back */
        mesh->stats.ghosts = --mesh->own_ghosts;
    }
    if (now >= entry->created_ms + TCN_LIFE_MAX_MS + TCN_CONTENT_GRACE_MS) {
        entry_remove(mesh, at);
        if (mesh->stats.refused[TCN_ERR_CAPACITY] > 0) {
            retry_all(mesh, RETRY_ROOM);
        }
        struct tcn_effect *purge = effect(mesh, TCN_EFFECT_PURGE, OF_US);
        purge->id = id;
        purge->whole = true;
        return true;
    }
    bool over = !entry->ghost && now >= entry->expires_ms;
    if (over && entry->status == TCN_STATUS_LIVE &&
        entry->kind != TCN_KIND_REVOKE) {
        set_status(mesh, at, TCN_STATUS_EXPIRED);
        return true;
    }
    if (over && entry->has_contents &&
        now >= entry->expires_ms + TCN_CONTENT_GRACE_MS) {
        entry->has_contents = false;
        effect(mesh, TCN_EFFECT_PURGE, OF_US)->id = id;
        return true;
    }
    return false;
}

void expire_sweep(struct tcn_mesh *mesh)
{
    unsigned changes = 0;
    unsigned seen = 0;
    mesh->sweep_ms = mesh->now_ms + SWEEP_MS;
    if (mesh->stats.clock_alarm) {
        return;
    }
    uint32_t at = mesh->sweep_at == 0 ? 1 : mesh->sweep_at;
    for (; at <= mesh->entry_fresh; at++) {
        if (changes == SWEEP_CHANGES || seen++ == SWEEP_ENTRIES) {
            mesh->sweep_ms = mesh->now_ms; /* go on at once */
            break;
        }
        /* A free place has no life. */
        if (mesh->entries[at].expires_ms != 0 || mesh->entries[at].ghost) {
            changes += expire_entry(mesh, at);
        }
    }
    mesh->sweep_at = at > mesh->entry_fresh ? 1 : at;
}
