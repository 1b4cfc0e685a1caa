#include "base/idmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define KEYS  300
#define SLOTS 512

struct maps {
    struct tcn_idmap map;
    struct tcn_idmap_slot slots[SLOTS];
};

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Ids that differ in one chosen byte pair only, as somebody would who wants
 * them all in one place. */
static struct tcn_id id_of(uint32_t number, size_t at)
{
    struct tcn_id id = {{0}};
    id.bytes[at] = (uint8_t)number;
    id.bytes[at + 1] = (uint8_t)(number >> 8);
    return id;
}

/* Compares with a plain array over many puts, replacements and removals. */
static void holds_what_a_plain_array_would_hold(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct maps maps;
        uint32_t expected[KEYS];
        uint32_t random = seed, held = 0;
        tcn_idmap_init(&maps.map, maps.slots, SLOTS, seed);
        memset(expected, 0xff, sizeof expected);
        for (uint32_t step = 0; step < 5000; step++) {
            uint32_t key = next(&random) % KEYS;
            struct tcn_id id = id_of(key, seed % 31);
            if (next(&random) % 3 == 0) {
                held -= expected[key] != TCN_IDMAP_NONE;
                expected[key] = TCN_IDMAP_NONE;
                tcn_idmap_remove(&maps.map, &id);
            } else {
                held += expected[key] == TCN_IDMAP_NONE;
                expected[key] = step;
                assert_true(tcn_idmap_put(&maps.map, &id, step));
            }
            key = next(&random) % KEYS;
            id = id_of(key, seed % 31);
            if (tcn_idmap_get(&maps.map, &id) != expected[key] ||
                maps.map.count != held) {
                fail_msg("seed %u step %u: key %u is %u, not %u", seed, step,
                         key, tcn_idmap_get(&maps.map, &id), expected[key]);
            }
        }
    }
}

static void takes_what_it_was_sized_for_and_no_more(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 6, 7, 100, 384, 385, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint32_t count = tcn_idmap_slots(sizes[i]);
        struct tcn_idmap_slot *slots = calloc(count, sizeof *slots);
        struct tcn_idmap map;
        uint32_t taken = 0;
        assert_non_null(slots);
        tcn_idmap_init(&map, slots, count, 7);
        for (uint32_t n = 0; n < count; n++) {
            struct tcn_id id = id_of(n, 0);
            taken += tcn_idmap_put(&map, &id, n);
        }
        if (taken < sizes[i] || taken > count / 4 * 3) {
            fail_msg("%u slots for %u entries took %u", count, sizes[i], taken);
        }
        struct tcn_id first = id_of(0, 0);
        assert_true(tcn_idmap_put(&map, &first, 77)); /* replaces when full */
        assert_int_equal(tcn_idmap_get(&map, &first), 77);
        free(slots);
    }
}

/* Steps from its home to the farthest of `count` chosen ids. */
static uint32_t longest_run(size_t at, uint64_t seed)
{
    struct maps maps;
    uint32_t run = 0, longest = 0;
    tcn_idmap_init(&maps.map, maps.slots, SLOTS, seed);
    for (uint32_t n = 0; n < 256; n++) {
        struct tcn_id id = id_of(n, at);
        assert_true(tcn_idmap_put(&maps.map, &id, n));
    }
    for (uint32_t i = 0; i < SLOTS; i++) {
        run = maps.slots[i].inverse == 0 ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* Wherever in the id they differ, chosen ids do not pile up in one place: with
 * a map half full a run of occupied slots stays far below all of them. */
static void chosen_ids_do_not_pile_up(void **state)
{
    (void)state;
    for (size_t at = 0; at < 31; at++) {
        uint32_t sum = 0;
        for (uint64_t seed = 1; seed <= 50; seed++) {
            sum += longest_run(at, seed);
        }
        if (sum / 50 > 60) {
            fail_msg("bytes %zu: the longest run is %u on average", at,
                     sum / 50);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_a_plain_array_would_hold),
        cmocka_unit_test(takes_what_it_was_sized_for_and_no_more),
        cmocka_unit_test(chosen_ids_do_not_pile_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
