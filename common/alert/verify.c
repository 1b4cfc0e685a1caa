#include "alert/build.h"
#include "alert/signature.h"

/* What is remembered of a verified root: the certificate and the root, and the
 * signature too, so that another signature over it is checked by itself. */
static struct tcn_id pair_of(const struct tcn_alert *alert,
                             const struct tcn_id *root)
{
    struct tcn_id pair;
    const struct tcn_view parts[] = {
        tcn_id_view(&alert->header.cert),
        tcn_id_view(root),
        alert->signature,
    };
    tcn_hash_parts(TCN_PERSONAL_NODE, tcn_view(NULL, 0), parts, 3, pair.bytes,
                   sizeof pair.bytes);
    return pair;
}

static bool is_known(const struct tcn_roots *roots, const struct tcn_id *pair)
{
    for (unsigned i = 0; i < roots->count; i++) {
        if (tcn_id_equal(&roots->pairs[i], pair)) {
            return true;
        }
    }
    return false;
}

static void remember(struct tcn_roots *roots, const struct tcn_id *pair)
{
    roots->pairs[roots->next] = *pair;
    roots->next = (roots->next + 1) % TCN_ROOTS_MAX;
    if (roots->count < TCN_ROOTS_MAX) {
        roots->count++;
    }
}

enum tcn_err tcn_alert_prove(const struct tcn_alert *alert,
                             const struct tcn_cert *cert,
                             struct tcn_proof *proof)
{
    const struct tcn_header *header = &alert->header;
    if (!tcn_view_is(header->origin, cert->member) ||
        !tcn_id_equal(&header->cert, &cert->id)) {
        return TCN_ERR_CERT_MEMBER;
    }
    if (header->created_ms < cert->not_before_ms ||
        header->created_ms > cert->not_after_ms) {
        return TCN_ERR_CERT_TIME;
    }
    proof->root = tcn_batch_root(alert);
    proof->pair = pair_of(alert, &proof->root);
    proof->is_batch = alert->path.len > 0;
    memcpy(proof->signature, alert->signature.data, TCN_SIG_BYTES);
    memcpy(proof->sign_pk, cert->sign_pk, TCN_PK_BYTES);
    return TCN_ERR_OK;
}

bool tcn_proof_known(const struct tcn_roots *roots,
                     const struct tcn_proof *proof)
{
    return proof->is_batch && is_known(roots, &proof->pair);
}

bool tcn_proof_holds(const struct tcn_proof *proof)
{
    return tcn_verify_id(TCN_PERSONAL_ALERT, &proof->root, proof->signature,
                         proof->sign_pk);
}

void tcn_proof_remember(struct tcn_roots *roots, const struct tcn_proof *proof)
{
    /* A lone alert is never seen twice: do not let it push batches out. */
    if (proof->is_batch && !is_known(roots, &proof->pair)) {
        remember(roots, &proof->pair);
    }
}

enum tcn_err tcn_alert_verify(struct tcn_alert *alert,
                              const struct tcn_cert *cert,
                              struct tcn_roots *roots)
{
    struct tcn_proof proof;
    enum tcn_err err = tcn_alert_prove(alert, cert, &proof);
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (roots == NULL || !tcn_proof_known(roots, &proof)) {
        if (!tcn_proof_holds(&proof)) {
            return TCN_ERR_SIGNATURE;
        }
        if (roots != NULL) {
            tcn_proof_remember(roots, &proof);
        }
    }
    return tcn_alert_check_fields(alert);
}
