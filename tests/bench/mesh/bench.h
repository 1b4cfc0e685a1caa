/* What bench_mesh measures. */
#pragma once

#include "bench/mesh/net.h"

struct spread_of {
    uint64_t seed;
    unsigned nodes, degree, origins;
    unsigned warm_up, measured; /* alerts of each origin */
    enum filters filters;
    bool floods;
};

struct spread {
    double copies; /* per node that has it */
    double p99_ms, bound_ms;
    double each; /* p99 of took / bound, delivery by delivery */
    uint64_t reach, delivered, leaks;
    double idle; /* bytes per second and link */
    size_t core_bytes;
    uint64_t steps;
};

enum {
    SPREAD_NORMAL,
    SPREAD_CRITICAL,
    SPREAD_CUT_NORMAL,
    SPREAD_CUT_CRITICAL,
    SPREADS,
};

void spread_run(const struct spread_of *of, struct spread out[SPREADS]);

struct resume {
    unsigned alerts, missing;
    bool complete;
    unsigned rtt_ms;
    double round_trips; /* until the last one is stored */
    double bytes;       /* both ways, beyond the PUSHes of the missing ones */
    uint64_t pushes;
};

void resume_run(uint64_t seed, unsigned alerts, struct resume *out);
