/* Threads that check signatures and do nothing else: what they are given is
 * copied in, what they find is copied out, and they share no other state. */
#pragma once

#include "alert/build.h"

#define VERIFY_JOBS_MAX 256

struct verify_pool;

/* With so many threads; IO or NO_MEMORY. */
TCN_MUST_USE enum tcn_err verify_pool_open(struct verify_pool **pool,
                                           unsigned threads);
/* Waits for what is being checked and drops the rest. */
void verify_pool_close(struct verify_pool *pool);

/* `number` (below VERIFY_JOBS_MAX) comes back with the answer. The caller sees
 * to it that no more than VERIFY_JOBS_MAX are under way. */
void verify_pool_put(struct verify_pool *pool, unsigned number,
                     const struct tcn_proof *proof);
/* False: none is ready. */
bool verify_pool_take(struct verify_pool *pool, unsigned *number, bool *holds);
/* How many were checked since the start, and the time that took on all threads
 * together. */
void verify_pool_spent(struct verify_pool *pool, uint64_t *count, uint64_t *ns);
/* Readable when answers are ready. */
int verify_pool_fd(const struct verify_pool *pool);
