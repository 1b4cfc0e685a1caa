/* Whose turn it is. What is critical goes first, on its own lane, while the
 * quota of its origin lasts. The rest shares the bulk lane by deficit round
 * robin: high, normal and past in turns of 4 : 2 : 1, and inside each one by
 * origin, so that a noisy origin gets its share and no more. */
#include "mesh/internal.h"

#define QUANTUM    (16 * (int32_t)TCN_KIB)
#define ROUNDS_MAX 64 /* covers the largest debt: an envelope */

static_assert(ROUNDS_MAX * QUANTUM > (int32_t)TCN_ENVELOPE_MAX,
              "a debt is paid off within the rounds");

static const int32_t class_quantum[FLOW_CLASSES] = {
    [TURN_PAST] = QUANTUM,
    [FLOW_HIGH] = 4 * QUANTUM,
    [FLOW_NORMAL] = 2 * QUANTUM,
};

/* The next one of a flow that is worth to be looked at; passes over others. */
static uint32_t peek_live(struct tcn_mesh *mesh, unsigned number, uint16_t o,
                          enum flow_class c)
{
    uint32_t *live = &mesh->peers[number].flows[o].live[c];
    while (*live != NOBODY && !worth_loading(mesh, number, *live)) {
        *live = mesh->entries[*live].after;
    }
    return *live;
}

static uint32_t peek_past(struct tcn_mesh *mesh, unsigned number, uint16_t o,
                          enum flow_class c)
{
    struct peer *peer = &mesh->peers[number];
    uint32_t *past = &peer->flows[o].past[c];
    while (*past != NOBODY) {
        const struct entry *entry = &mesh->entries[*past];
        if (entry->seq <= peer->scanned_seq) {
            *past = NOBODY; /* decided before */
        } else if (entry->created_ms < peer->skip_before_ms ||
                   !worth_loading(mesh, number, *past)) {
            *past = entry->before;
        } else {
            break;
        }
    }
    return *past;
}

uint32_t schedule_urgent(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    for (size_t i = 0; i < mesh->origin_count; i++) {
        uint16_t o = (uint16_t)i;
        uint32_t at = peek_live(mesh, number, o, FLOW_URGENT);
        at = at != NOBODY ? at : peek_past(mesh, number, o, FLOW_URGENT);
        if (at != NOBODY && quota_has(mesh, number, o)) {
            peer->query_class = FLOW_NONE;
            return at;
        }
    }
    return NOBODY;
}

/* ---- the bulk lane ---- */

static uint32_t candidate(struct tcn_mesh *mesh, unsigned number, uint16_t o,
                          unsigned turn)
{
    uint32_t at = NOBODY;
    bool urgent_too = !quota_has(mesh, number, o);
    switch (turn) {
    case FLOW_HIGH:
        at = urgent_too ? peek_live(mesh, number, o, FLOW_URGENT) : NOBODY;
        return at != NOBODY ? at : peek_live(mesh, number, o, FLOW_HIGH);
    case FLOW_NORMAL: return peek_live(mesh, number, o, FLOW_NORMAL);
    default:
        if (mesh->now_ms < mesh->peers[number].past_at_ms) {
            return NOBODY;
        }
        at = urgent_too ? peek_past(mesh, number, o, FLOW_URGENT) : NOBODY;
        at = at != NOBODY ? at : peek_past(mesh, number, o, FLOW_HIGH);
        return at != NOBODY ? at : peek_past(mesh, number, o, FLOW_NORMAL);
    }
}

/* The origin whose turn it is within a class, with something to give. */
static uint32_t pick_origin(struct tcn_mesh *mesh, unsigned number,
                            unsigned turn)
{
    struct peer *peer = &mesh->peers[number];
    unsigned count = (unsigned)mesh->origin_count;
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        bool some = false;
        for (unsigned i = 0; i < count; i++) {
            unsigned o = (peer->turn_origin[turn] + i) % count;
            int32_t *deficit = &peer->flows[o].deficit[turn];
            uint32_t at = candidate(mesh, number, (uint16_t)o, turn);
            if (at == NOBODY) {
                *deficit = 0;
                continue;
            }
            some = true;
            if (*deficit > 0) {
                peer->turn_origin[turn] = o;
                return at;
            }
            *deficit += QUANTUM;
        }
        if (!some) {
            break;
        }
    }
    return NOBODY;
}

uint32_t schedule_bulk(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    for (unsigned i = 0; i < ROUNDS_MAX * FLOW_CLASSES; i++) {
        unsigned turn = (peer->turn_class + i) % FLOW_CLASSES;
        uint32_t at =
            peer->is_behind ? pick_origin(mesh, number, turn) : NOBODY;
        if (at == NOBODY) {
            peer->class_deficit[turn] = 0;
        } else if (peer->class_deficit[turn] > 0) {
            peer->turn_class = turn;
            peer->query_class = (uint8_t)turn;
            return at;
        } else {
            peer->class_deficit[turn] += class_quantum[turn];
        }
        if (i == FLOW_CLASSES - 1 && peer->class_deficit[0] == 0 &&
            peer->class_deficit[1] == 0 && peer->class_deficit[2] == 0) {
            break; /* nothing waits anywhere */
        }
    }
    return NOBODY;
}

void schedule_done(struct tcn_mesh *mesh, unsigned number, uint32_t at,
                   uint32_t bytes)
{
    struct peer *peer = &mesh->peers[number];
    const struct entry *entry = entry_at(mesh, at);
    unsigned turn = peer->query_class;
    if (turn < FLOW_CLASSES) {
        peer->class_deficit[turn] -= (int32_t)bytes;
        int32_t *deficit = &peer->flows[entry->origin].deficit[turn];
        *deficit -= (int32_t)bytes;
        if (*deficit <= 0) { /* the others first */
            peer->turn_origin[turn]++;
        }
    }
    if (entry->flow == FLOW_NONE) {
        return;
    }
    struct flow_cursor *cursor = &peer->flows[entry->origin];
    if (cursor->live[entry->flow] == at) {
        cursor->live[entry->flow] = entry->after;
    } else if (cursor->past[entry->flow] == at) {
        cursor->past[entry->flow] = entry->before;
    }
}

bool schedule_is_next(const struct tcn_mesh *mesh, unsigned number, uint32_t at)
{
    const struct entry *entry = &mesh->entries[at];
    return mesh->peers[number].flows[entry->origin].live[entry->flow] == at;
}

/* Nothing waits: all that we know is decided for the peer. What a crash forgets
 * of this is decided again; that is worth no commit for each alert. */
void schedule_rest(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    peer->is_behind = false;
    peer->skip_before_ms = 0;
    if (mesh->seq >= peer->scanned_seq + SCANNED_STEP) {
        peer->scanned_seq = mesh->seq;
        effect(mesh, TCN_EFFECT_SCANNED, number)->seq = mesh->seq;
    }
}
