/* Exercises, counted apart from what is live. */
#pragma once

#include "daemon/control.h"
#include "store/exercises.h"

struct exercise_counts {
    size_t count;
    uint64_t alerts; /* of all of them */
    struct tcn_exercise_count list[2 * TCN_EXERCISES_MAX];
};

/* Those that are configured, in their order, then others that are held. */
TCN_MUST_USE enum tcn_err exercises_count(struct tcn_node *node,
                                          struct exercise_counts *counts);
/* `alerts` and `exercises` of the row that is being written. */
TCN_MUST_USE enum tcn_err reply_exercises(struct tcn_node *node,
                                          struct client *client);
void exercises_metrics(struct tcn_node *node, struct tcn_buf *out);
