/* sim_chaos: runs seeds of chaos, or replays one with its transcript. */
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

static int usage(void)
{
    (void)fputs("usage: sim_chaos --seed N        replay one, with transcript\n"
                "       sim_chaos --seeds N [FROM] run N seeds\n"
                "       sim_chaos --until-caught N fail unless one of N seeds\n"
                "                                 finds a violation\n",
                stderr);
    return 2;
}

static bool number(const char *text, uint64_t *out)
{
    return tcn_text_uint(tcn_view_str(text), out);
}

static int run_many(uint64_t count, uint64_t from, bool until_caught)
{
    struct chaos_totals totals = {0};
    size_t bad = 0;
    for (uint64_t seed = from; seed < from + count; seed++) {
        size_t violations = chaos_run(seed, false, &totals);
        if (violations > 0) {
            bad++;
            (void)printf("seed %llu: %zu violations; replay: "
                         "sim_chaos --seed %llu\n",
                         (unsigned long long)seed, violations,
                         (unsigned long long)seed);
        }
        if (until_caught && bad > 0) {
            (void)printf("caught by seed %llu\n", (unsigned long long)seed);
            return 0;
        }
    }
    (void)printf(
        "%llu seeds, %zu with violations; %llu nodes, %llu alerts, "
        "%llu frames, %llu steps\n",
        (unsigned long long)count, bad, (unsigned long long)totals.nodes,
        (unsigned long long)totals.alerts, (unsigned long long)totals.frames,
        (unsigned long long)totals.steps);
    return until_caught || bad > 0;
}

int main(int argc, char **argv)
{
    uint64_t n, from = 1;
    struct chaos_totals totals = {0};
    if (argc < 3 || !number(argv[2], &n) ||
        (argc > 3 && !number(argv[3], &from))) {
        return usage();
    }
    if (strcmp(argv[1], "--seed") == 0) {
        return chaos_run(n, true, &totals) > 0;
    }
    if (strcmp(argv[1], "--until-caught") == 0) {
        return run_many(n, from, true);
    }
    if (strcmp(argv[1], "--seeds") == 0) {
        bool full = getenv("TOCSIN_FULL") != NULL;
        return run_many(full ? 20 * n : n, from, false);
    }
    return usage();
}
