/* VERIFY: what is cheap is done here and now, the signature on another core.
 * The core takes answers in any order; what it grants a peer bounds how much is
 * under way. Alerts of one batch share a signature, and one check of it. */
#include <stdlib.h>
#include <unistd.h>

#include "daemon/node.h"
#include "daemon/verify_pool.h"

/* One is enough on two cores: the main thread has as much to do. */
#define THREADS_MAX 4

/* A copy that held more is given back, so that a burst of large alerts does not
 * stay in memory. */
#define SPARE_BYTES (16 * TCN_KIB)

struct job {
    bool used;
    bool waits; /* for another one of the same batch */
    struct query query;
    struct tcn_proof proof;
    struct held_copy *copy; /* the alert: what was node->received */
};

struct verifier {
    struct verify_pool *pool;
    struct job jobs[VERIFY_JOBS_MAX];
    unsigned count;
    unsigned wait_count;
    /* To receive into while others are being checked. The last one that came
     * back goes first: its pages are warm. */
    struct held_copy *spares[VERIFY_JOBS_MAX];
    unsigned spare_count;
};

enum tcn_err verify_open(struct tcn_node *node)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = cores <= 2            ? 1
                       : cores > THREADS_MAX ? THREADS_MAX
                                             : (unsigned)cores - 1;
    node->verifier = calloc(1, sizeof *node->verifier);
    return node->verifier == NULL
               ? TCN_ERR_NO_MEMORY
               : verify_pool_open(&node->verifier->pool, threads);
}

static struct held_copy *spare_take(struct verifier *verifier)
{
    return verifier->spare_count > 0 ? verifier->spares[--verifier->spare_count]
                                     : malloc(sizeof *verifier->spares[0]);
}

static void spare_give(struct verifier *verifier, struct held_copy *copy)
{
    if (copy->alert.envelope.len > SPARE_BYTES) {
        free(copy);
        return;
    }
    verifier->spares[verifier->spare_count++] = copy;
}

static void job_end(struct verifier *verifier, struct job *job)
{
    spare_give(verifier, job->copy);
    verifier->wait_count -= job->waits;
    verifier->count--;
    *job = (struct job){0};
}

void verify_close(struct tcn_node *node)
{
    struct verifier *verifier = node->verifier;
    if (verifier == NULL) {
        return;
    }
    verify_pool_close(verifier->pool);
    for (size_t i = 0; i < VERIFY_JOBS_MAX; i++) {
        free(verifier->jobs[i].copy);
    }
    while (verifier->spare_count > 0) {
        free(spare_take(verifier));
    }
    free(verifier);
    node->verifier = NULL;
}

int verify_fd(const struct tcn_node *node)
{
    return verify_pool_fd(node->verifier->pool);
}

/* ---- answers ---- */

static void answer(struct tcn_node *node, const struct query *query,
                   struct tcn_alert *alert, enum tcn_err err)
{
    struct tcn_id other;
    struct tcn_event event = {.kind = TCN_EVENT_VERIFIED, .peer = query->peer};
    event.verified.lane = query->lane;
    event.verified.n = query->n;
    event.verified.ticket = query->ticket;
    event.verified.err =
        err == TCN_ERR_OK ? tcn_alert_check_fields(alert) : err;
    event.verified.alert = alert;
    if (event.verified.err == TCN_ERR_OK &&
        tcn_mesh_other(node->mesh, &alert->header, &other) &&
        held_load(node, &other, node->other, NULL) == TCN_ERR_OK) {
        event.verified.other = &node->other->alert;
    }
    shell_event(node, &event);
}

/* Its key may have been revoked meanwhile. */
static void answer_job(struct tcn_node *node, struct job *job, bool holds)
{
    enum tcn_err err = keyring_prove(node, &job->copy->alert, NULL);
    if (err == TCN_ERR_OK && !holds) {
        err = TCN_ERR_SIGNATURE;
    }
    if (err == TCN_ERR_OK) {
        tcn_proof_remember(&node->keyring.roots, &job->proof);
    }
    if (job->query.ticket != 0) { /* else the core that asked is gone */
        answer(node, &job->query, &job->copy->alert, err);
    }
}

/* Those of its batch have the same signature, so the same verdict. */
static void answer_waiting(struct tcn_node *node, const struct tcn_proof *proof,
                           bool holds)
{
    struct verifier *verifier = node->verifier;
    for (size_t i = 0; i < VERIFY_JOBS_MAX && verifier->wait_count > 0; i++) {
        struct job *job = &verifier->jobs[i];
        if (job->used && job->waits &&
            tcn_id_equal(&job->proof.pair, &proof->pair)) {
            answer_job(node, job, holds);
            job_end(verifier, job);
        }
    }
}

void verify_collect(struct tcn_node *node)
{
    struct verifier *verifier = node->verifier;
    uint64_t count;
    unsigned number;
    bool holds;
    ssize_t taken = read(verify_fd(node), &count, sizeof count);
    (void)taken; /* a wake-up too many does no harm */
    while (verify_pool_take(verifier->pool, &number, &holds)) {
        struct job *job = &verifier->jobs[number];
        const struct tcn_proof proof = job->proof;
        answer_job(node, job, holds);
        job_end(verifier, job);
        answer_waiting(node, &proof, holds);
    }
}

void verify_forget(struct tcn_node *node)
{
    for (size_t i = 0; i < VERIFY_JOBS_MAX; i++) {
        node->verifier->jobs[i].query.ticket = 0;
    }
}

/* ---- questions ---- */

static bool is_under_way(const struct verifier *verifier,
                         const struct tcn_proof *proof)
{
    for (size_t i = 0; i < VERIFY_JOBS_MAX && proof->is_batch; i++) {
        const struct job *job = &verifier->jobs[i];
        if (job->used && !job->waits &&
            tcn_id_equal(&job->proof.pair, &proof->pair)) {
            return true;
        }
    }
    return false;
}

/* False: no room, or no memory. */
static bool begin_job(struct tcn_node *node, const struct query *query,
                      const struct tcn_proof *proof)
{
    struct verifier *verifier = node->verifier;
    struct held_copy *next =
        verifier->count == VERIFY_JOBS_MAX ? NULL : spare_take(verifier);
    if (next == NULL) {
        return false;
    }
    unsigned number = 0;
    while (verifier->jobs[number].used) {
        number++;
    }
    bool waits = is_under_way(verifier, proof);
    verifier->jobs[number] = (struct job){.used = true,
                                          .waits = waits,
                                          .query = *query,
                                          .proof = *proof,
                                          .copy = node->received};
    node->received = next;
    verifier->count++;
    verifier->wait_count += waits;
    if (!waits) {
        verify_pool_put(verifier->pool, number, proof);
    }
    return true;
}

void verify_begin(struct tcn_node *node, const struct query *query)
{
    /* Field checks write into the alert, which is ours: node->received. */
    struct tcn_alert *alert = &node->received->alert;
    struct tcn_proof proof;
    tcn_assert(query->alert == alert);
    enum tcn_err err = keyring_prove(node, alert, &proof);
    if (err == TCN_ERR_OK && !tcn_proof_known(&node->keyring.roots, &proof)) {
        if (begin_job(node, query, &proof)) {
            return;
        }
        err = tcn_proof_holds(&proof) ? TCN_ERR_OK : TCN_ERR_SIGNATURE;
    }
    answer(node, query, alert, err);
}

void verify_spent(const struct tcn_node *node, uint64_t *count, uint64_t *ns)
{
    verify_pool_spent(node->verifier->pool, count, ns);
}
