#include "store/holds.h"

#include "store/internal.h"

static void read_hold(const struct query *query, struct tcn_hold *hold)
{
    *hold = (struct tcn_hold){.state = (uint8_t)take_uint(query, 2),
                              .asked = (uint8_t)take_uint(query, 3),
                              .form = (uint8_t)take_uint(query, 4),
                              .since_ms = take_uint(query, 5),
                              .until_ms = take_uint(query, 6)};
    take_bytes(query, 0, hold->id.bytes, sizeof hold->id.bytes);
    take_text(query, 1, hold->peer, sizeof hold->peer);
    take_text(query, 7, hold->rules, sizeof hold->rules);
}

static struct query *use_hold(struct tcn_store *store, enum statement which,
                              const struct tcn_id *id, const char *peer)
{
    struct query *query = use(store, which);
    bind_id(query, 1, id);
    bind_text(query, 2, peer);
    return query;
}

enum tcn_err tcn_store_hold_drop(struct tcn_store *store,
                                 const struct tcn_id *id, const char *peer)
{
    enum tcn_err err = run(store, use_hold(store, S_APPROVALS_DROP, id, peer));
    return err == TCN_ERR_OK
               ? run(store, use_hold(store, S_HOLD_DROP, id, peer))
               : err;
}

enum tcn_err tcn_store_hold(struct tcn_store *store,
                            const struct tcn_hold *hold)
{
    enum tcn_err err = tcn_store_hold_drop(store, &hold->id, hold->peer);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct query *query = use_hold(store, S_HOLD_PUT, &hold->id, hold->peer);
    bind_uint(query, 3, hold->state);
    bind_uint(query, 4, hold->asked);
    bind_uint(query, 5, hold->form);
    bind_uint(query, 6, hold->since_ms);
    bind_uint(query, 7, hold->until_ms);
    bind_text(query, 8, hold->rules);
    return run(store, query);
}

enum tcn_err tcn_store_hold_get(struct tcn_store *store,
                                const struct tcn_id *id, const char *peer,
                                struct tcn_hold *hold)
{
    struct query *query = use_hold(store, S_HOLD_GET, id, peer);
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        read_hold(query, hold);
        done(query);
    }
    return err;
}

enum tcn_err tcn_store_hold_state(struct tcn_store *store,
                                  const struct tcn_hold *hold)
{
    struct query *query = use_hold(store, S_HOLD_STATE, &hold->id, hold->peer);
    bind_uint(query, 3, hold->state);
    bind_uint(query, 4, hold->form);
    return run(store, query);
}

static enum tcn_err give_holds(struct tcn_store *store, struct query *query,
                               struct tcn_hold_taker taker)
{
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_hold hold;
        read_hold(query, &hold);
        err = taker.take(taker.ctx, &hold);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}

enum tcn_err tcn_store_holds(struct tcn_store *store, const struct tcn_id *id,
                             struct tcn_hold_taker taker)
{
    struct query *query = use(store, id != NULL ? S_HOLDS_OF : S_HOLDS_ALL);
    if (id != NULL) {
        bind_id(query, 1, id);
    }
    return give_holds(store, query, taker);
}

enum tcn_err tcn_store_holds_over(struct tcn_store *store, uint64_t now_ms,
                                  struct tcn_hold_taker taker)
{
    struct query *query = use(store, S_HOLDS_OVER);
    bind_uint(query, 1, now_ms);
    return give_holds(store, query, taker);
}

/* ---- approvals ---- */

enum tcn_err tcn_store_approve(struct tcn_store *store,
                               const struct tcn_hold *hold,
                               const struct tcn_approval *approval)
{
    struct query *query =
        use_hold(store, S_APPROVAL_PUT, &hold->id, hold->peer);
    bind_uint(query, 3, approval->uid);
    bind_text(query, 4, approval->user);
    bind_uint(query, 5, approval->cut);
    bind_uint(query, 6, approval->at_ms);
    bind_text(query, 7, approval->rules);
    return run(store, query);
}

enum tcn_err tcn_store_approvals(struct tcn_store *store,
                                 const struct tcn_id *id, const char *peer,
                                 struct tcn_approval_taker taker)
{
    struct query *query = use_hold(store, S_APPROVALS_OF, id, peer);
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_approval approval = {
            .uid = (uint32_t)take_uint(query, 0),
            .cut = (uint8_t)take_uint(query, 2),
            .at_ms = take_uint(query, 3),
        };
        take_text(query, 1, approval.user, sizeof approval.user);
        take_text(query, 4, approval.rules, sizeof approval.rules);
        err = taker.take(taker.ctx, &approval);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}

/* ---- delays ---- */

enum tcn_err tcn_store_delay(struct tcn_store *store, const struct tcn_id *id,
                             const char *peer, uint64_t until_ms)
{
    struct query *query = use_hold(store, S_DELAY_PUT, id, peer);
    bind_uint(query, 3, until_ms);
    return run(store, query);
}

enum tcn_err tcn_store_delays_due(struct tcn_store *store, uint64_t after_ms,
                                  uint64_t until_ms, struct tcn_id_taker taker)
{
    struct query *query = use(store, S_DELAYS_DUE);
    bind_uint(query, 1, after_ms);
    bind_uint(query, 2, until_ms);
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_id id;
        take_bytes(query, 0, id.bytes, sizeof id.bytes);
        err = taker.take(taker.ctx, &id);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}

enum tcn_err tcn_store_delay_drop(struct tcn_store *store,
                                  const struct tcn_id *id, const char *peer)
{
    return run(store, use_hold(store, S_DELAY_DROP, id, peer));
}

/* ---- the quarantine ---- */

enum tcn_err tcn_store_quarantine(struct tcn_store *store,
                                  const struct tcn_quarantined *row)
{
    struct query *query =
        use_hold(store, S_QUARANTINE_PUT, &row->id, row->peer);
    bind_text(query, 3, row->rule);
    bind_uint(query, 4, row->at_ms);
    return run(store, query);
}

enum tcn_err tcn_store_quarantined(struct tcn_store *store,
                                   const struct tcn_id *id)
{
    struct query *query = use(store, S_QUARANTINE_GET);
    bind_id(query, 1, id);
    enum tcn_err err = next_row(store, query);
    if (err == TCN_ERR_OK) {
        done(query);
    }
    return err;
}

enum tcn_err tcn_store_quarantine_end(struct tcn_store *store,
                                      const struct tcn_id *id)
{
    struct query *query = use(store, S_QUARANTINE_DROP);
    bind_id(query, 1, id);
    return run(store, query);
}

enum tcn_err tcn_store_quarantine_each(struct tcn_store *store,
                                       struct tcn_quarantine_taker taker)
{
    struct query *query = use(store, S_QUARANTINE_ALL);
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        struct tcn_quarantined row = {.at_ms = take_uint(query, 3)};
        take_bytes(query, 0, row.id.bytes, sizeof row.id.bytes);
        take_text(query, 1, row.peer, sizeof row.peer);
        take_text(query, 2, row.rule, sizeof row.rule);
        err = taker.take(taker.ctx, &row);
        if (err != TCN_ERR_OK) {
            done(query);
            return err;
        }
    }
    return all_rows(err);
}

enum tcn_err tcn_store_holds_count(struct tcn_store *store,
                                   struct tcn_hold_counter taker)
{
    struct query *query = use(store, S_HOLDS_COUNT);
    enum tcn_err err;
    while ((err = next_row(store, query)) == TCN_ERR_OK) {
        char rules[TCN_HOLD_RULES_TEXT];
        take_text(query, 0, rules, sizeof rules);
        taker.take(taker.ctx, rules, take_uint(query, 1));
    }
    return all_rows(err);
}
