/* What people may know of a peer. */
#include "mesh/internal.h"

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
        .top = peer->top,
        .acked = peer->acked,
        .settled = peer->settled.n,
        .their_top = peer->their_top,
        .refused = peer->refused,
        .faults = peer->faults,
        .their_cursor = peer->settled,
        .agreement_count = peer->agreement_count,
    };
    memcpy(info->agreements, peer->agreements, sizeof info->agreements);
    for (uint32_t at = peer->scan; at != NOBODY; at = mesh->entries[at].after) {
        info->behind++;
    }
}
