/* What people may know of a core: its peers one by one, and what it counted. */
#pragma once

#include "mesh/frame.h"

struct tcn_mesh;

/* What we think of a peer, for ourselves: provable faults only. */
enum tcn_standing { TCN_PEER_OK, TCN_PEER_QUARANTINE, TCN_PEER_BLOCKED };

struct tcn_mesh_peer_info {
    bool link_up;
    bool session; /* both HELLOs have passed */
    uint64_t heard_ms;
    int64_t clock_offset_ms; /* its clock minus ours */
    uint64_t top;            /* handed over to it, both lanes */
    uint64_t acked;          /* ... and settled there */
    uint64_t lane_top[TCN_LANES];
    uint64_t lane_acked[TCN_LANES];
    uint64_t behind;           /* local alerts not yet decided for it */
    uint64_t waiting_since_ms; /* when the oldest of them was made; 0 = none */
    uint64_t settled;          /* of its numbers, here */
    uint64_t their_top;
    uint64_t refused; /* of its rows, since the start */
    uint64_t faults;
    enum tcn_err last_fault;
    enum tcn_standing standing;
    uint64_t blocked_until_ms; /* when BLOCKED */
    struct tcn_cursor their_cursor;
    unsigned agreement_count;
    char agreements[TCN_AGREEMENTS_MAX][TCN_NAME_MAX + 18];
};
void tcn_mesh_peer(const struct tcn_mesh *mesh, unsigned peer,
                   struct tcn_mesh_peer_info *info);

/* Whether the peer holds another text under the name of that agreement. */
bool tcn_mesh_disagrees(const struct tcn_mesh *mesh, unsigned peer,
                        struct tcn_view agreement);

/* What is counted apart for exercises. */
struct tcn_mesh_counts {
    uint64_t stored, exported, denied;
};

struct tcn_mesh_stats {
    uint64_t alerts; /* ids held, those of exercises too */
    struct tcn_mesh_counts live;
    struct tcn_mesh_counts exercises;
    uint64_t duplicates;
    uint64_t offered;
    uint64_t wanted;
    uint64_t frames_dropped; /* of another session, or malformed */
    uint64_t ghosts; /* own alerts that a backup forgot and peers hold */
    uint64_t refused[TCN_ERR_COUNT];
    uint64_t malformed[TCN_ERR_COUNT];
    int64_t clock_offset_ms; /* median of the peers' clocks minus ours */
    bool clock_alarm;
};
const struct tcn_mesh_stats *tcn_mesh_stats(const struct tcn_mesh *mesh);
