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

static enum tcn_err check_signature(const struct tcn_alert *alert,
                                    const struct tcn_cert *cert,
                                    struct tcn_roots *roots)
{
    struct tcn_id root = tcn_batch_root(alert);
    /* A lone alert is never seen twice: do not let it push batches out. */
    if (roots == NULL || alert->path.len == 0) {
        return tcn_verify_id(TCN_PERSONAL_ALERT, &root, alert->signature.data,
                             cert->sign_pk)
                   ? TCN_ERR_OK
                   : TCN_ERR_SIGNATURE;
    }
    struct tcn_id pair = pair_of(alert, &root);
    if (is_known(roots, &pair)) {
        return TCN_ERR_OK;
    }
    if (!tcn_verify_id(TCN_PERSONAL_ALERT, &root, alert->signature.data,
                       cert->sign_pk)) {
        return TCN_ERR_SIGNATURE;
    }
    remember(roots, &pair);
    return TCN_ERR_OK;
}

enum tcn_err tcn_alert_verify(struct tcn_alert *alert,
                              const struct tcn_cert *cert,
                              struct tcn_roots *roots)
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
    enum tcn_err err = check_signature(alert, cert, roots);
    return err == TCN_ERR_OK ? tcn_alert_check_fields(alert) : err;
}
