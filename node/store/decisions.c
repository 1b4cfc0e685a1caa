#include "store/audit.h"
#include "store/internal.h"

enum tcn_err tcn_store_decide(struct tcn_store *store,
                              const struct tcn_decision *decision)
{
    sqlite3_stmt *stmt = use(store, S_DECISION_PUT);
    bind_id(stmt, 1, &decision->id);
    bind_text(stmt, 2, decision->peer);
    bind_uint(stmt, 3, decision->hook);
    bind_uint(stmt, 4, decision->outcome);
    bind_uint(stmt, 5, decision->form);
    bind_text(stmt, 6, decision->rule);
    bind_id(stmt, 7, &decision->policy);
    bind_uint(stmt, 8, decision->at_ms);
    return run(store, stmt);
}

static void read_decision(sqlite3_stmt *stmt, struct tcn_decision *decision)
{
    *decision = (struct tcn_decision){0};
    take_bytes(stmt, 0, decision->id.bytes, sizeof decision->id.bytes);
    take_text(stmt, 1, decision->peer, sizeof decision->peer);
    decision->hook = (uint8_t)take_uint(stmt, 2);
    decision->outcome = (uint8_t)take_uint(stmt, 3);
    decision->form = (uint8_t)take_uint(stmt, 4);
    take_text(stmt, 5, decision->rule, sizeof decision->rule);
    take_bytes(stmt, 6, decision->policy.bytes, sizeof decision->policy.bytes);
    decision->at_ms = take_uint(stmt, 7);
}

enum tcn_err tcn_store_decisions(struct tcn_store *store,
                                 const struct tcn_id *id, const char *peer,
                                 uint64_t since_ms,
                                 struct tcn_decision_taker taker)
{
    sqlite3_stmt *stmt = use(store, id != NULL ? S_DECISIONS_OF : S_DENIED_TO);
    if (id != NULL) {
        bind_id(stmt, 1, id);
    } else {
        bind_text(stmt, 1, peer);
        bind_uint(stmt, 2, since_ms);
    }
    enum tcn_err err;
    while ((err = next_row(store, stmt)) == TCN_ERR_OK) {
        struct tcn_decision decision;
        read_decision(stmt, &decision);
        err = taker.take(taker.ctx, &decision);
        if (err != TCN_ERR_OK) {
            (void)sqlite3_reset(stmt);
            return err;
        }
    }
    return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
}
