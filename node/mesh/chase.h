/* Who has an id that we do not have yet: whom we asked for it, or whose copy is
 * being verified; who else has it, and who of them waits for that. A table of
 * fixed size: two ids that share a place cost a second WANT, or a copy that is
 * not needed. Private to node/mesh. */
#pragma once

#include "mesh/mesh.h"

struct chase {
    uint8_t id[16];
    uint64_t until_ms; /* others are not asked before; 0 = nobody was */
    uint8_t peer;      /* who was asked, or brought it */
    uint8_t proving;   /* classes of the copy that is verified; 0 = none yet */
    uint8_t form;      /* classes that all who have it have */
    uint64_t has;      /* who offered or brought it, one bit per peer */
    uint64_t waits;    /* ... whose row is looked at again when this is over */
};

/* Whether an id is asked for, or being verified; NULL = it is not. */
const struct chase *chase_find(const struct tcn_mesh *mesh,
                               const uint8_t id[16]);
/* From now on, until then: peer, proving and until_ms of `chased`. */
void chase(struct tcn_mesh *mesh, const uint8_t id[16],
           const struct chase *chased);
/* The peer does not bring it, or has: others need not wait for it any more. */
void unchase(struct tcn_mesh *mesh, const uint8_t id[16], unsigned peer);
/* The peer has it, with these classes; and its row waits for the chase. */
void chase_has(struct tcn_mesh *mesh, const uint8_t id[16], unsigned peer,
               uint8_t form);
void chase_waits(struct tcn_mesh *mesh, const uint8_t id[16], unsigned peer);
/* It is an entry now: who has it is known. */
void chase_came(struct tcn_mesh *mesh, uint32_t entry);
/* Its session is over, and what it said and was asked for. */
void chase_forget(struct tcn_mesh *mesh, unsigned peer);
