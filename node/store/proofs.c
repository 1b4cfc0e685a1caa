#include "store/internal.h"
#include "store/ledger.h"

static enum tcn_err put(struct tcn_store *store, enum statement which,
                        const struct tcn_id *id, struct tcn_view bytes,
                        struct tcn_view signature)
{
    sqlite3_stmt *stmt = use(store, which);
    bind_id(stmt, 1, id);
    bind_view(stmt, 2, bytes);
    bind_view(stmt, 3, signature);
    return run(store, stmt);
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

static enum tcn_err give(struct tcn_store *store, sqlite3_stmt *stmt,
                         struct tcn_proof_taker taker)
{
    enum tcn_err err;
    while ((err = next_row(store, stmt)) == TCN_ERR_OK) {
        err = taker.take(taker.ctx, take_view(stmt, 0), take_view(stmt, 1));
        if (err != TCN_ERR_OK) {
            (void)sqlite3_reset(stmt);
            return err;
        }
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
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
