/* A fixed-capacity map from 32-byte ids to slot numbers, over memory that the
 * caller owns. Open addressing, linear probing, no tombstones. A peer may name
 * any id, so places depend on a secret seed: two ids chosen without it share
 * one no more often than by chance (multilinear hashing). */
#pragma once

#include "base/id.h"

#define TCN_IDMAP_NONE UINT32_MAX

struct tcn_idmap_slot {
    struct tcn_id id;
    uint32_t inverse; /* ~value, so that 0 = free */
};

struct tcn_idmap {
    struct tcn_idmap_slot *slots;
    uint32_t mask; /* slot count - 1, a power of two */
    uint32_t count;
    uint64_t mix[8]; /* multipliers, from the seed */
};

/* Slots needed for `entries` entries: a power of two, at most 3/4 full. */
uint32_t tcn_idmap_slots(uint32_t entries);

/* Borrows slots[slot_count]; slot_count is a power of two. Memory that is zero
 * already is not written: what an empty map does not use stays unallocated. */
void tcn_idmap_init(struct tcn_idmap *map, struct tcn_idmap_slot *slots,
                    uint32_t slot_count, uint64_t seed);

/* The value stored for the id, or TCN_IDMAP_NONE. */
uint32_t tcn_idmap_get(const struct tcn_idmap *map, const struct tcn_id *id);

/* Stores or replaces; false when the map is three quarters full. */
bool tcn_idmap_put(struct tcn_idmap *map, const struct tcn_id *id,
                   uint32_t value);

/* Removes the id if it is there. */
void tcn_idmap_remove(struct tcn_idmap *map, const struct tcn_id *id);
