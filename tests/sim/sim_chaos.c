/* sim_chaos: runs seeds of chaos, or replays one with its transcript. */
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/text.h"

struct options {
    uint64_t seed, seeds, from, nodes, actions;
    double hours;
    bool replay, until_caught, soak;
};

static int usage(void)
{
    (void)fputs(
        "usage: sim_chaos --seed N [--nodes N] [--actions N]\n"
        "                            replay one, with its transcript\n"
        "       sim_chaos --seeds N [--from N] [--nodes N] [--actions N]\n"
        "                            run N seeds\n"
        "       sim_chaos --until-caught N [--from N] [--nodes N]\n"
        "                            fail unless one of N seeds finds a fault\n"
        "       sim_chaos --hours H [--from N] [--nodes N]\n"
        "                            seed after seed for so long; 0.3 will "
        "do\n",
        stderr);
    return 2;
}

/* ---- runs ---- */

static void put_totals(const struct chaos_totals *totals, size_t bad)
{
    (void)printf(
        "%llu seeds, %zu with violations; %llu nodes, %llu alerts, "
        "%llu frames, %llu steps\n",
        (unsigned long long)totals->runs, bad,
        (unsigned long long)totals->nodes, (unsigned long long)totals->alerts,
        (unsigned long long)totals->frames, (unsigned long long)totals->steps);
    (void)printf("%llu held for people, %llu delayed, %llu in quarantine, %llu "
                 "words of officers\n",
                 (unsigned long long)totals->held,
                 (unsigned long long)totals->delayed,
                 (unsigned long long)totals->looked_for,
                 (unsigned long long)totals->words);
    (void)printf(
        "%.1f hours of simulated time, %llu invariants checked; faults "
        "injected:",
        (double)totals->ms / (double)TCN_HOUR_MS,
        (unsigned long long)totals->checks);
    for (unsigned i = 0; i < FAULTS; i++) {
        (void)printf("%s %llu %s", i == 0 ? "" : ",",
                     (unsigned long long)totals->faults[i],
                     chaos_fault_word((enum sim_fault)i));
    }
    (void)printf("\n");
}

static size_t run_one(const struct options *options, uint64_t seed,
                      struct chaos_totals *totals)
{
    const struct chaos_of of = {.seed = seed,
                                .nodes = (unsigned)options->nodes,
                                .actions = options->actions,
                                .aloud = options->replay};
    size_t violations = chaos_run(&of, totals) + twins_run(seed);
    if (violations > 0) {
        (void)printf("seed %llu: %zu violations; replay: scripts/simulate "
                     "--seed %llu",
                     (unsigned long long)seed, violations,
                     (unsigned long long)seed);
        if (options->nodes != 0) {
            (void)printf(" --nodes %llu", (unsigned long long)options->nodes);
        }
        (void)printf("\n");
        (void)fflush(stdout);
    }
    return violations;
}

static int run_many(const struct options *options)
{
    struct chaos_totals totals = {0};
    size_t bad = 0;
    for (uint64_t i = 0; i < options->seeds; i++) {
        bad += run_one(options, options->from + i, &totals) > 0;
        if (options->until_caught && bad > 0) {
            (void)printf("caught by seed %llu\n",
                         (unsigned long long)(options->from + i));
            return 0;
        }
    }
    put_totals(&totals, bad);
    return options->until_caught || bad > 0;
}

static int soak(const struct options *options)
{
    struct chaos_totals totals = {0};
    struct timespec now;
    size_t bad = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    const time_t end = now.tv_sec + (time_t)(options->hours * 3600);
    for (uint64_t seed = options->from; now.tv_sec < end; seed++) {
        bad += run_one(options, seed, &totals) > 0;
        if (totals.runs % 1000 == 0) {
            put_totals(&totals, bad);
            (void)fflush(stdout);
        }
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
    }
    put_totals(&totals, bad);
    return bad > 0;
}

/* ---- what is asked ---- */

static bool take_option(struct options *options, const char *name,
                        uint64_t value)
{
    const struct {
        const char *name;
        uint64_t *value;
        bool *flag;
    } rows[] = {
        {"--seed", &options->seed, &options->replay},
        {"--seeds", &options->seeds, NULL},
        {"--until-caught", &options->seeds, &options->until_caught},
        {"--from", &options->from, NULL},
        {"--nodes", &options->nodes, NULL},
        {"--actions", &options->actions, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(name, rows[i].name) == 0) {
            *rows[i].value = value;
            if (rows[i].flag != NULL) {
                *rows[i].flag = true;
            }
            return true;
        }
    }
    return false;
}

/* "0.3" is eighteen minutes. */
static bool take_hours(struct options *options, const char *text)
{
    char *end;
    options->hours = strtod(text, &end);
    options->soak = true;
    return end != text && *end == '\0' && options->hours > 0 &&
           options->hours < 10000;
}

static bool take_pair(struct options *options, const char *name,
                      const char *text)
{
    uint64_t value;
    if (strcmp(name, "--hours") == 0) {
        return take_hours(options, text);
    }
    return tcn_text_uint(tcn_view_str(text), &value) &&
           take_option(options, name, value);
}

int main(int argc, char **argv)
{
    struct options options = {.from = 1};
    struct chaos_totals totals = {0};
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc || !take_pair(&options, argv[i], argv[i + 1])) {
            return usage();
        }
    }
    if (options.nodes > NODES_MAX || options.nodes == 1) {
        return usage();
    }
    if (options.replay) {
        return run_one(&options, options.seed, &totals) > 0;
    }
    if (options.soak) {
        return soak(&options);
    }
    return options.seeds > 0 ? run_many(&options) : usage();
}
