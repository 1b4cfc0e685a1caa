/* What waits for peers, in flows: the alerts of one origin and urgency in the
 * order in which they became known or grew. A peer has two positions in each:
 * `live` goes forward with the news, `past` backwards from where it began, so
 * that history comes newest first and news waits for two turns of it at most:
 * the one that is begun, and its share of the next (schedule.c). */
#include "mesh/internal.h"

static uint8_t class_of(const struct entry *entry)
{
    if (entry->kind == TCN_KIND_REVOKE || entry->ghost) {
        return FLOW_NONE;
    }
    bool is_content =
        entry->kind == TCN_KIND_ALERT || entry->kind == TCN_KIND_UPDATE;
    if (entry->severity == TCN_SEVERITY_CRITICAL && is_content) {
        return FLOW_URGENT;
    }
    return entry->severity >= TCN_SEVERITY_HIGH && is_content ? FLOW_HIGH
                                                              : FLOW_NORMAL;
}

static struct flow *flow_of(struct tcn_mesh *mesh, const struct entry *entry)
{
    return &mesh->origins[entry->origin].flows[entry->flow];
}

void flow_append(struct tcn_mesh *mesh, uint32_t number)
{
    struct entry *entry = entry_at(mesh, number);
    entry->flow = class_of(entry);
    if (entry->flow == FLOW_NONE) {
        return;
    }
    struct flow *flow = flow_of(mesh, entry);
    entry->before = flow->newest;
    entry->after = NOBODY;
    *(flow->newest == NOBODY ? &flow->oldest
                             : &mesh->entries[flow->newest].after) = number;
    flow->newest = number;
    for (size_t i = 0; i < mesh->peer_count; i++) {
        struct peer *peer = &mesh->peers[i];
        uint32_t *live = &peer->flows[entry->origin].live[entry->flow];
        *live = *live == NOBODY ? number : *live;
        peer->is_behind = true;
    }
}

/* Peers that stood at it look at the next one. */
static void step_over(struct tcn_mesh *mesh, uint32_t number)
{
    const struct entry *entry = entry_at(mesh, number);
    for (size_t i = 0; i < mesh->peer_count; i++) {
        struct flow_cursor *cursor = &mesh->peers[i].flows[entry->origin];
        if (cursor->live[entry->flow] == number) {
            cursor->live[entry->flow] = entry->after;
        }
        if (cursor->past[entry->flow] == number) {
            cursor->past[entry->flow] = entry->before;
        }
    }
}

void flow_remove(struct tcn_mesh *mesh, uint32_t number)
{
    struct entry *entry = entry_at(mesh, number);
    if (entry->flow == FLOW_NONE) {
        return;
    }
    struct flow *flow = flow_of(mesh, entry);
    step_over(mesh, number);
    *(entry->before == NOBODY ? &flow->oldest
                              : &mesh->entries[entry->before].after) =
        entry->after;
    *(entry->after == NOBODY ? &flow->newest
                             : &mesh->entries[entry->after].before) =
        entry->before;
    entry->before = entry->after = NOBODY;
    entry->flow = FLOW_NONE;
}

void flow_touch(struct tcn_mesh *mesh, uint32_t number)
{
    flow_remove(mesh, number);
    entry_at(mesh, number)->seq = ++mesh->seq;
    flow_append(mesh, number);
}

/* What waits in `live` since before; should a past not be done yet, it begins
 * anew and passes quickly over what the peer has got of it. */
void flows_begin(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    for (size_t o = 0; o < mesh->origin_count; o++) {
        for (size_t c = 0; c < FLOW_CLASSES; c++) {
            struct flow_cursor *cursor = &peer->flows[o];
            if (cursor->live[c] != NOBODY) {
                cursor->past[c] = mesh->origins[o].flows[c].newest;
                cursor->live[c] = NOBODY;
            }
        }
    }
}

void flows_again(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    for (size_t o = 0; o < mesh->origin_count; o++) {
        for (size_t c = 0; c < FLOW_CLASSES; c++) {
            peer->flows[o].past[c] = mesh->origins[o].flows[c].newest;
            peer->flows[o].live[c] = NOBODY;
        }
    }
    peer->is_behind = true;
    peer->skip_before_ms = 0;
    if (peer->scanned_seq != 0) {
        peer->scanned_seq = 0;
        effect(mesh, TCN_EFFECT_SCANNED, number)->seq = 0;
    }
}

void flows_of_origin(struct tcn_mesh *mesh, unsigned number, uint16_t origin)
{
    struct peer *peer = &mesh->peers[number];
    for (size_t c = 0; c < FLOW_CLASSES; c++) {
        peer->flows[origin].past[c] = mesh->origins[origin].flows[c].newest;
        peer->flows[origin].live[c] = NOBODY;
    }
    peer->is_behind = true;
    peer->scanned_seq = 0;
}
