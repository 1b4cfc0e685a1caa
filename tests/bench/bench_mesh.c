/* The mesh in figures, beside the bound and beside flooding, on the same seeds.
 *
 *   bench_mesh            the table of scripts/bench-mesh
 *   bench_mesh --n200 [SEED]   the first half of it
 *   bench_mesh --row NODES none|tlp|sector|category [SEED]   no flooding
 *   bench_mesh --resume [SEED]
 *   bench_mesh --check    a small one as a test: prints what does not hold
 *
 * The bound is the shortest path of the permitted graph with the same cost per
 * hop. Flooding is the same core whose PRUNEs nobody hears. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/text.h"
#include "bench/mesh/bench.h"

static const char *const what[SPREADS] = {
    [SPREAD_NORMAL] = "normal",
    [SPREAD_CRITICAL] = "critical",
    [SPREAD_CUT_NORMAL] = "normal, 10 % of links cut",
    [SPREAD_CUT_CRITICAL] = "critical, 10 % of links cut",
};

static void head(void)
{
    (void)printf("%-5s %-3s %-28s %7s %7s %8s %8s %7s %7s %7s %6s  %s\n", "N",
                 "d", "", "copies", "flood", "bound", "p99", "p99/", "flood/",
                 "p99 -", "each", "delivered");
    (void)printf("%-5s %-3s %-28s %7s %7s %8s %8s %7s %7s %7s %6s  %s\n", "",
                 "", "", "/node", "/node", "p99 ms", "ms", "bound", "bound",
                 "bound", "p99", "of reach");
}

static void row(const struct spread_of *of, unsigned i,
                const struct spread *tree, const struct spread *flood)
{
    (void)printf("%-5u %-3u %-28s %7.2f %7.2f %8.1f %8.1f %7.3f %7.3f %7.1f "
                 "%6.3f  %llu of %llu%s\n",
                 of->nodes, of->degree, what[i], tree->copies, flood->copies,
                 tree->bound_ms, tree->p99_ms, tree->p99_ms / tree->bound_ms,
                 flood->p99_ms / flood->bound_ms, tree->p99_ms - tree->bound_ms,
                 tree->each, (unsigned long long)tree->delivered,
                 (unsigned long long)tree->reach,
                 tree->leaks > 0 ? ", LEAKS" : "");
    (void)fflush(stdout);
}

static void spread(const struct spread_of *of, bool beside_flooding)
{
    static const char *const words[] = {
        [UNFILTERED] = "no filters",
        [BY_TLP] = "half of the (edge, label) pairs filtered, by TLP",
        [BY_SECTOR] = "half of the (edge, label) pairs filtered, by sector",
        [BY_CATEGORY] = "half of them by category, which no tree knows",
    };
    struct spread tree[SPREADS], flood[SPREADS] = {0};
    struct spread_of floods = *of;
    floods.floods = true;
    spread_run(of, tree);
    if (beside_flooding) {
        spread_run(&floods, flood);
    }
    (void)printf("-- %s\n", words[of->filters]);
    for (unsigned i = 0; i < SPREADS; i++) {
        row(of, i, &tree[i], &flood[i]);
    }
    (void)printf("      idle %.1f bytes/s and link; a core has %zu KiB; "
                 "%llu steps\n",
                 tree[SPREAD_NORMAL].idle,
                 tree[SPREAD_NORMAL].core_bytes / 1024,
                 (unsigned long long)tree[SPREAD_NORMAL].steps);
}

static void print_resume(const struct resume *resume)
{
    (void)printf("-- resume after 3 days: %u alerts, %u missing: %s, "
                 "%.2f round trips of %u ms, commits included, %.2f MB "
                 "beyond the missing ones (%.2f MB)\n",
                 resume->alerts, resume->missing,
                 resume->complete ? "complete" : "INCOMPLETE",
                 resume->round_trips, resume->rtt_ms, resume->bytes / 1e6,
                 (double)resume->pushes / 1e6);
}

static void print_memory(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("-- memory of this process at most: %.2f GiB\n",
                 (double)usage.ru_maxrss / (1024.0 * 1024.0));
}

/* The more labels, the more has to be said until the trees stand. */
static struct spread_of spread_like(uint64_t seed, unsigned nodes,
                                    enum filters filters)
{
    struct spread_of of = {seed, 200, 8, 10, 8, 8, filters, false};
    if (nodes == 2000) {
        of = (struct spread_of){seed, 2000, 10, 10, 6, 2, filters, false};
    }
    of.warm_up <<= filters < BY_SECTOR ? filters : BY_SECTOR;
    return of;
}

static void resume(uint64_t seed)
{
    struct resume resume;
    resume_run(seed, 30000, &resume);
    print_resume(&resume);
    print_memory();
}

static int table(uint64_t seed, bool large)
{
    head();
    for (unsigned nodes = 200; nodes <= (large ? 2000 : 200); nodes *= 10) {
        for (enum filters f = UNFILTERED; f < FILTERS; f++) {
            struct spread_of of = spread_like(seed, nodes, f);
            spread(&of, true);
        }
    }
    resume(seed);
    return 0;
}

/* ---- the short one ---- */

static int bad;

static const char *const modes[] = {"no filters", "by TLP", "by sector"};
static unsigned mode;

static void expect(bool holds, const char *what_fails, double is)
{
    if (!holds) {
        (void)printf("bench_mesh, %s: %s: %.3f\n", modes[mode], what_fails, is);
        bad = 1;
    }
}

/* Copies and p99 at most. */
static void expect_spread(const struct spread *s, double most, double copies)
{
    expect(s->delivered == s->reach && s->leaks == 0,
           "Delivered is not Reach, missing",
           (double)(s->reach - s->delivered));
    expect(s->p99_ms <= most, "p99 ms is over its target", s->p99_ms - most);
    expect(s->copies <= copies, "too many copies per node", s->copies);
}

static int check(void)
{
    static const struct spread_of of[] = {
        {1, 200, 8, 10, 4, 2, UNFILTERED, false},
        {1, 200, 8, 10, 8, 2, BY_TLP, false},
        {1, 60, 8, 4, 24, 3, BY_SECTOR, false},
    };
    struct spread s[SPREADS];
    struct resume resume;
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        spread_run(&of[i], s);
        mode = of[i].filters;
        const struct spread *cut = &s[SPREAD_CUT_NORMAL];
        expect_spread(&s[SPREAD_NORMAL], 1.10 * s[SPREAD_NORMAL].bound_ms, 2.1);
        expect_spread(&s[SPREAD_CRITICAL], 1.05 * s[SPREAD_CRITICAL].bound_ms,
                      8);
        expect_spread(cut, cut->bound_ms + 100, 2.1);
        expect_spread(&s[SPREAD_CUT_CRITICAL],
                      1.06 * s[SPREAD_CUT_CRITICAL].bound_ms, 8);
        expect(s[SPREAD_NORMAL].idle <= 50, "bytes/s on an idle link",
               s[SPREAD_NORMAL].idle);
    }
    resume_run(1, 3000, &resume);
    expect(resume.complete, "something is still missing", 0);
    expect(resume.round_trips <= 2, "round trips", resume.round_trips);
    expect(resume.bytes <= 80e3, "bytes of a resume", resume.bytes);
    return bad;
}

static bool read_seed(int argc, char **argv, int at, uint64_t *seed)
{
    *seed = 1;
    return argc <= at || tcn_text_uint(tcn_view_str(argv[at]), seed);
}

static int one(int argc, char **argv)
{
    static const char *const words[] = {[UNFILTERED] = "none",
                                        [BY_TLP] = "tlp",
                                        [BY_SECTOR] = "sector",
                                        [BY_CATEGORY] = "category"};
    uint64_t seed, nodes;
    if (argc < 4 || !tcn_text_uint(tcn_view_str(argv[2]), &nodes) ||
        !read_seed(argc, argv, 4, &seed)) {
        return 2;
    }
    for (enum filters f = UNFILTERED; f < FILTERS; f++) {
        if (strcmp(argv[3], words[f]) == 0) {
            struct spread_of of = spread_like(seed, (unsigned)nodes, f);
            head();
            spread(&of, false);
            return 0;
        }
    }
    return 2;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    uint64_t seed;
    if (strcmp(how, "--check") == 0) {
        return check();
    }
    if (strcmp(how, "--row") == 0) {
        return one(argc, argv);
    }
    if (!read_seed(argc, argv, 2, &seed)) {
        return 2;
    }
    if (strcmp(how, "--resume") == 0) {
        resume(seed);
        return 0;
    }
    return table(seed, strcmp(how, "--n200") != 0);
}
