/* What people may know of a peer. */
#include "mesh/internal.h"

static void count(const struct entry *entry, struct tcn_mesh_peer_info *info)
{
    info->behind++;
    if (info->waiting_since_ms == 0 ||
        entry->created_ms < info->waiting_since_ms) {
        info->waiting_since_ms = entry->created_ms;
    }
}

/* What waits in the flows, as far as it is worth counting. */
static void count_waiting(const struct tcn_mesh *mesh, const struct peer *peer,
                          struct tcn_mesh_peer_info *info)
{
    for (size_t o = 0; o < mesh->origin_count; o++) {
        for (size_t c = 0; c < FLOW_CLASSES; c++) {
            const struct flow_cursor *cursor = &peer->flows[o];
            for (uint32_t at = cursor->live[c]; at != NOBODY;
                 at = mesh->entries[at].after) {
                count(&mesh->entries[at], info);
            }
            for (uint32_t at = cursor->past[c];
                 at != NOBODY && mesh->entries[at].seq > peer->scanned_seq;
                 at = mesh->entries[at].before) {
                count(&mesh->entries[at], info);
            }
        }
    }
}

void tcn_mesh_peer(const struct tcn_mesh *mesh, unsigned number,
                   struct tcn_mesh_peer_info *info)
{
    tcn_assert(number < mesh->peer_count);
    const struct peer *peer = &mesh->peers[number];
    *info = (struct tcn_mesh_peer_info){
        .link_up = peer->link_up,
        .session = peer->established,
        .heard_ms = peer->heard_ms,
        .clock_offset_ms = peer->offset_ms,
        .refused = peer->refused,
        .faults = peer->faults,
        .last_fault = peer->last_fault,
        .standing = peer->standing,
        .blocked_until_ms = peer->blocked_until_ms,
        .their_cursor.epoch = peer->their_epoch,
        .agreement_count = peer->agreement_count,
    };
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        info->top += peer->out[lane].top.n;
        info->acked += peer->out[lane].acked;
        info->lane_top[lane] = peer->out[lane].top.n;
        info->lane_acked[lane] = peer->out[lane].acked;
        info->settled += peer->in[lane].settled.n;
        info->their_top += peer->their_top[lane];
        info->their_cursor.lane[lane] = peer->in[lane].settled;
    }
    count_waiting(mesh, peer, info);
    memcpy(info->agreements, peer->agreements, sizeof info->agreements);
}
