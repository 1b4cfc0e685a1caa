/* A policy that a test wrote itself: what is wrong with it is the test's fault,
 * is told and ends it. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "policy/policy.h"

static inline struct tcn_policy *policy_loaded(const struct tcn_world *world,
                                               const struct tcn_source *source)
{
    static struct tcn_problems problems;
    problems.count = 0;
    struct tcn_policy *policy = NULL;
    if (tcn_policy_load(&policy, world, source, 1, &problems) != TCN_ERR_OK) {
        static uint8_t why[8192];
        struct tcn_buf told = tcn_buf(why, sizeof why);
        tcn_problems_put(&told, &problems, source);
        (void)fprintf(stderr, "%s\n", tcn_buf_text(&told));
        abort();
    }
    return policy;
}
