#include "base/idmap.h"

#include <assert.h>

#include "base/assert.h"

uint32_t tcn_idmap_slots(uint32_t entries)
{
    uint32_t slots = 8;
    while (slots / 4 * 3 < entries) {
        slots *= 2;
    }
    return slots;
}

/* splitmix64: a sequence of well-mixed numbers from any seed. */
static uint64_t next_multiplier(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15ull;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

void tcn_idmap_init(struct tcn_idmap *map, struct tcn_idmap_slot *slots,
                    uint32_t slot_count, uint64_t seed)
{
    tcn_assert(slot_count > 0 && (slot_count & (slot_count - 1)) == 0);
    *map = (struct tcn_idmap){.slots = slots, .mask = slot_count - 1};
    for (size_t i = 0; i < sizeof map->mix / sizeof map->mix[0]; i++) {
        map->mix[i] = next_multiplier(&seed);
    }
    for (uint32_t i = 0; i < slot_count; i++) {
        if (slots[i].inverse != 0) {
            slots[i].inverse = 0;
        }
    }
}

static uint32_t home_of(const struct tcn_idmap *map, const struct tcn_id *id)
{
    uint32_t words[8];
    uint64_t sum = 0;
    static_assert(sizeof words == sizeof id->bytes, "the whole id counts");
    memcpy(words, id->bytes, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        sum += map->mix[i] * words[i];
    }
    return (uint32_t)(sum >> 32) & map->mask;
}

/* The slot that holds the id, or the free slot where it belongs. */
static uint32_t find(const struct tcn_idmap *map, const struct tcn_id *id)
{
    uint32_t at = home_of(map, id);
    while (map->slots[at].inverse != 0 &&
           !tcn_id_equal(&map->slots[at].id, id)) {
        at = (at + 1) & map->mask;
    }
    return at;
}

uint32_t tcn_idmap_get(const struct tcn_idmap *map, const struct tcn_id *id)
{
    return ~map->slots[find(map, id)].inverse;
}

bool tcn_idmap_put(struct tcn_idmap *map, const struct tcn_id *id,
                   uint32_t value)
{
    tcn_assert(value != TCN_IDMAP_NONE);
    struct tcn_idmap_slot *slot = &map->slots[find(map, id)];
    if (slot->inverse == 0) {
        if (map->count >= (map->mask + 1) / 4 * 3) {
            return false;
        }
        slot->id = *id;
        map->count++;
    }
    slot->inverse = ~value;
    return true;
}

void tcn_idmap_remove(struct tcn_idmap *map, const struct tcn_id *id)
{
    uint32_t hole = find(map, id);
    if (map->slots[hole].inverse == 0) {
        return;
    }
    map->count--;
    /* Close the gap: move back every follower whose home is at or before it. */
    for (uint32_t at = (hole + 1) & map->mask; map->slots[at].inverse != 0;
         at = (at + 1) & map->mask) {
        uint32_t home = home_of(map, &map->slots[at].id);
        if (((at - home) & map->mask) >= ((at - hole) & map->mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole].inverse = 0;
}
