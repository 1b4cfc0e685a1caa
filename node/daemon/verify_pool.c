#include "daemon/verify_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"

#define THREADS_MAX 16

struct task {
    unsigned number;
    struct tcn_proof proof;
};

struct verdict {
    unsigned number;
    bool holds;
    uint64_t ns;
};

struct verify_pool {
    pthread_t threads[THREADS_MAX];
    unsigned thread_count;
    int ready_fd;

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wanted;
    bool closing;
    struct task tasks[VERIFY_JOBS_MAX];
    unsigned task_first, task_count;
    struct verdict verdicts[VERIFY_JOBS_MAX];
    unsigned verdict_first, verdict_count;
    uint64_t checked, spent_ns;
};

static void lock(struct verify_pool *pool)
{
    int failed = pthread_mutex_lock(&pool->lock);
    tcn_assert(failed == 0);
}

static void unlock(struct verify_pool *pool)
{
    int failed = pthread_mutex_unlock(&pool->lock);
    tcn_assert(failed == 0);
}

/* Waits for one; false at the end. */
static bool next_task(struct verify_pool *pool, struct task *task)
{
    lock(pool);
    while (pool->task_count == 0 && !pool->closing) {
        (void)pthread_cond_wait(&pool->wanted, &pool->lock);
    }
    bool some = !pool->closing;
    if (some) {
        *task = pool->tasks[pool->task_first];
        pool->task_first = (pool->task_first + 1) % VERIFY_JOBS_MAX;
        pool->task_count--;
    }
    unlock(pool);
    return some;
}

static void put_verdict(struct verify_pool *pool, const struct verdict *verdict)
{
    lock(pool);
    tcn_assert(pool->verdict_count < VERIFY_JOBS_MAX);
    unsigned at = pool->verdict_first + pool->verdict_count++;
    pool->verdicts[at % VERIFY_JOBS_MAX] = *verdict;
    pool->checked++;
    pool->spent_ns += verdict->ns;
    bool was_empty = pool->verdict_count == 1;
    unlock(pool);
    const uint64_t one = 1;
    if (was_empty) {
        ssize_t written = write(pool->ready_fd, &one, sizeof one);
        tcn_assert(written == sizeof one); /* it cannot be full */
    }
}

static uint64_t now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *work(void *self)
{
    struct verify_pool *pool = self;
    struct task task;
    while (next_task(pool, &task)) {
        uint64_t begun = now_ns();
        struct verdict verdict = {.number = task.number};
        verdict.holds = tcn_proof_holds(&task.proof);
        verdict.ns = now_ns() - begun;
        put_verdict(pool, &verdict);
    }
    return NULL;
}

enum tcn_err verify_pool_open(struct verify_pool **out, unsigned threads)
{
    struct verify_pool *pool = calloc(1, sizeof *pool);
    *out = pool;
    if (pool == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    pool->ready_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    bool good = pool->ready_fd >= 0 &&
                pthread_mutex_init(&pool->lock, NULL) == 0 &&
                pthread_cond_init(&pool->wanted, NULL) == 0;
    threads = threads > THREADS_MAX ? THREADS_MAX : threads;
    while (good && pool->thread_count < threads) {
        good = pthread_create(&pool->threads[pool->thread_count], NULL, work,
                              pool) == 0;
        pool->thread_count += good;
    }
    return pool->thread_count > 0 ? TCN_ERR_OK : TCN_ERR_IO;
}

void verify_pool_close(struct verify_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    lock(pool);
    pool->closing = true;
    (void)pthread_cond_broadcast(&pool->wanted);
    unlock(pool);
    for (unsigned i = 0; i < pool->thread_count; i++) {
        (void)pthread_join(pool->threads[i], NULL);
    }
    (void)pthread_cond_destroy(&pool->wanted);
    (void)pthread_mutex_destroy(&pool->lock);
    if (pool->ready_fd >= 0) {
        close(pool->ready_fd);
    }
    free(pool);
}

void verify_pool_put(struct verify_pool *pool, unsigned number,
                     const struct tcn_proof *proof)
{
    lock(pool);
    tcn_assert(pool->task_count < VERIFY_JOBS_MAX);
    unsigned at = pool->task_first + pool->task_count++;
    pool->tasks[at % VERIFY_JOBS_MAX] = (struct task){number, *proof};
    (void)pthread_cond_signal(&pool->wanted);
    unlock(pool);
}

bool verify_pool_take(struct verify_pool *pool, unsigned *number, bool *holds)
{
    lock(pool);
    bool some = pool->verdict_count > 0;
    if (some) {
        const struct verdict *verdict = &pool->verdicts[pool->verdict_first];
        *number = verdict->number;
        *holds = verdict->holds;
        pool->verdict_first = (pool->verdict_first + 1) % VERIFY_JOBS_MAX;
        pool->verdict_count--;
    }
    unlock(pool);
    return some;
}

int verify_pool_fd(const struct verify_pool *pool)
{
    return pool->ready_fd;
}

void verify_pool_spent(struct verify_pool *pool, uint64_t *count, uint64_t *ns)
{
    lock(pool);
    *count = pool->checked;
    *ns = pool->spent_ns;
    unlock(pool);
}
