#include "store/audit.h"
#include "store/internal.h"

enum tcn_err tcn_store_decide(struct tcn_store *store,
                              const struct tcn_decision *decision)
{
    uint64_t key;
    enum tcn_err err = key_of(store, &decision->id, &key);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query = use(store, S_DECISION_PUT);
    bind_uint(query, 1, key);
    bind_text(query, 2, decision->peer);
    bind_uint(query, 3, decision->hook);
    bind_uint(query, 4, decision->outcome);
    bind_uint(query, 5, decision->form);
    bind_text(query, 6, decision->rule);
    bind_id(query, 7, &decision->policy);
    bind_uint(query, 8, decision->at_ms);
    return run(store, query);
}

static void read_decision(struct query *query, struct tcn_decision *decision)
{
    *decision = (struct tcn_decision){0};
    take_text(query, 1, decision->peer, sizeof decision->peer);
    decision->hook = (uint8_t)take_uint(query, 2);
    decision->outcome = (uint8_t)take_uint(query, 3);
    decision->form = (uint8_t)take_uint(query, 4);
    take_text(query, 5, decision->rule, sizeof decision->rule);
    take_bytes(query, 6, decision->policy.bytes, sizeof decision->policy.bytes);
    decision->at_ms = take_uint(query, 7);
    take_bytes(query, 8, decision->id.bytes, sizeof decision->id.bytes);
}

enum tcn_err tcn_store_decisions(struct tcn_store *store,
                                 const struct tcn_id *id, const char *peer,
                                 uint64_t since_ms,
                                 struct tcn_decision_taker taker)
{
    enum tcn_err err = key_settle(store);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query = use(store, id != NULL ? S_DECISIONS_OF : S_UNSENT_TO);
    if (id != NULL) {
        bind_id(query, 1, id);
    } else {
        bind_text(query, 1, peer);
        bind_uint(query, 2, since_ms);
    }
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_decision decision;
        read_decision(query, &decision);
        err = taker.take(taker.ctx, &decision);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}
