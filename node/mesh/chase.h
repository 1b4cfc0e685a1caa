/* An id that we do not have yet: whom we asked for it, or whose copy is being
 * verified, and who else could bring it and waits for that. A table of fixed
 * size: two ids that share a place cost a second WANT. Private to node/mesh. */
#pragma once

#include "mesh/mesh.h"

struct chase {
    uint8_t id[16];
    uint64_t until_ms; /* others are not asked before; 0 = nobody was */
    uint8_t peer;      /* who was asked, or brought it */
    uint8_t proving;   /* classes of the copy that is verified; 0 = none yet */
    uint64_t waits;    /* whose row is looked at again when this is over */
};

/* Whether an id is asked for, or being verified; NULL = it is not. */
const struct chase *chase_find(const struct tcn_mesh *mesh,
                               const uint8_t id[16]);
/* From now on, until then: peer, proving and until_ms of `chased`. */
void chase(struct tcn_mesh *mesh, const uint8_t id[16],
           const struct chase *chased);
/* The peer does not bring it, or has: others need not wait for it any more. */
void unchase(struct tcn_mesh *mesh, const uint8_t id[16], unsigned peer);
/* A row of the peer waits for it. */
void chase_waits(struct tcn_mesh *mesh, const uint8_t id[16], unsigned peer);
/* Its session is over, and what it was asked for. */
void chase_forget(struct tcn_mesh *mesh, unsigned peer);
