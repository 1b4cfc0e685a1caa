#include "store/internal.h"
#include "store/ledger.h"

static enum tcn_err put(struct tcn_store *store, enum statement which,
                        const struct tcn_id *id, struct tcn_view bytes,
                        struct tcn_view signature)
{
    struct query *query = use(store, which);
    bind_id(query, 1, id);
    bind_view(query, 2, bytes);
    bind_view(query, 3, signature);
    return run(store, query);
}

enum tcn_err tcn_store_put_cert(struct tcn_store *store,
                                const struct tcn_cert *cert,
                                struct tcn_view bytes,
                                struct tcn_view signature)
{
    return put(store, S_CERT_PUT, &cert->id, bytes, signature);
}

enum tcn_err tcn_store_put_krev(struct tcn_store *store,
                                const struct tcn_krev *krev,
                                struct tcn_view bytes,
                                struct tcn_view signature)
{
    return put(store, S_KREV_PUT, &krev->cert, bytes, signature);
}

static enum tcn_err give(struct tcn_store *store, struct query *query,
                         struct tcn_proof_taker taker)
{
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        err = taker.take(taker.ctx, take_view(query, 0), take_view(query, 1));
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}

enum tcn_err tcn_store_certs(struct tcn_store *store,
                             struct tcn_proof_taker taker)
{
    return give(store, use(store, S_CERTS_ALL), taker);
}

enum tcn_err tcn_store_krevs(struct tcn_store *store,
                             struct tcn_proof_taker taker)
{
    return give(store, use(store, S_KREVS_ALL), taker);
}
