/* What is held of exercises. */
#pragma once

#include "store/store.h"

/* What is held of each exercise, how often it was handed over and how often
 * that was denied. */
struct tcn_exercise_count {
    char name[TCN_NAME_MAX + 1];
    uint64_t alerts, exported, denied;
};
struct tcn_exercise_taker {
    enum tcn_err (*take)(void *ctx, const struct tcn_exercise_count *count);
    void *ctx;
};
TCN_MUST_USE enum tcn_err tcn_store_exercises(struct tcn_store *store,
                                              struct tcn_exercise_taker taker);
