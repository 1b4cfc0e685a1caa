/* What the core asks: is this signature good, what is in the store. */
#include "daemon/holds.h"

#define REFUSALS_AT_ONCE TCN_WANT_MAX
#define HELD_AT_ONCE     (TCN_HELD_MAX * 33)

void query_push(struct tcn_node *node, const struct tcn_effect *effect)
{
    struct query query = {
        .kind = effect->kind,
        .peer = effect->peer,
        .lane = effect->lane,
        .n = effect->n,
        .ticket = effect->ticket,
        .id = effect->id,
        .alert = effect->alert,
    };
    if (effect->kind == TCN_EFFECT_VERIFY) {
        node->verify = query;
        return;
    }
    tcn_assert(node->query_count < QUERIES_MAX);
    size_t at = (node->query_first + node->query_count++) % QUERIES_MAX;
    node->queries[at] = query;
}

/* What a revoked key signed is kept and shown, but leaves no more. */
static const struct tcn_alert *usable(const struct tcn_node *node,
                                      const struct held_copy *copy)
{
    const struct known_cert *known =
        keyring_find(&node->keyring, &copy->alert.header.cert);
    bool valid = known != NULL && known->suspect_since_ms == 0;
    return valid ? &copy->alert : NULL;
}

static enum tcn_err load(struct tcn_node *node, const struct query *query,
                         struct tcn_event *event)
{
    event->kind = TCN_EVENT_LOADED;
    event->loaded.id = query->id;
    struct tcn_stored stored;
    enum tcn_err err = held_load(node, &query->id, node->loaded, &stored);
    event->loaded.alert = err == TCN_ERR_OK ? usable(node, node->loaded) : NULL;
    if (err == TCN_ERR_OK) {
        return holds_told(node, &stored, &event->loaded.told);
    }
    return held_is_absent(err) ? TCN_ERR_OK : err;
}

static enum tcn_err serve(struct tcn_node *node, const struct query *query,
                          const char *peer, struct tcn_event *event)
{
    event->kind = TCN_EVENT_SERVED;
    event->served.lane = query->lane;
    event->served.n = query->n;
    struct tcn_ledger_row row;
    enum tcn_err err = tcn_store_ledger_row(
        node->store, peer, (struct tcn_row_number){query->lane, query->n},
        &row);
    if (err != TCN_ERR_OK) {
        return err == TCN_ERR_NOT_FOUND ? TCN_ERR_OK : err;
    }
    event->served.found = true;
    event->served.id = row.id;
    event->served.form = row.form;
    memcpy(event->served.mark.bytes, row.mark, sizeof row.mark);
    struct tcn_stored stored;
    err = held_load(node, &row.id, node->loaded, &stored);
    event->served.alert = err == TCN_ERR_OK ? usable(node, node->loaded) : NULL;
    if (err == TCN_ERR_OK) {
        return holds_told(node, &stored, &event->served.told);
    }
    return held_is_absent(err) ? TCN_ERR_OK : err;
}

static enum tcn_err take_refusal(void *ctx, const char *peer,
                                 const struct tcn_refusal_row *row)
{
    (void)peer;
    struct tcn_node *node = ctx;
    node->refusals[node->refusal_count++] =
        (struct tcn_refusal){.lane = row->at.lane,
                             .n = row->at.n,
                             .reason = row->err,
                             .retry_at_ms = row->retry_at_ms};
    return TCN_ERR_OK;
}

static enum tcn_err read_refusals(struct tcn_node *node,
                                  const struct query *query, const char *peer,
                                  struct tcn_event *event)
{
    event->kind = TCN_EVENT_REFUSALS;
    node->refusal_count = 0;
    enum tcn_err err = tcn_store_refusals(
        node->store, peer, (struct tcn_row_number){query->lane, query->n},
        REFUSALS_AT_ONCE, (struct tcn_refusal_taker){take_refusal, node});
    event->refusals.count = node->refusal_count;
    event->refusals.rows = node->refusals;
    event->refusals.last = node->refusal_count < REFUSALS_AT_ONCE;
    return err;
}

static enum tcn_err read_held(struct tcn_node *node, const struct query *query,
                              const char *peer, struct tcn_event *event)
{
    event->kind = TCN_EVENT_HELD;
    struct tcn_buf rows = tcn_buf(node->scratch->bytes, HELD_AT_ONCE);
    bool last = true;
    struct tcn_id after = query->id; /* zeros: from the start */
    enum tcn_err err = tcn_store_held(node->store, peer, &after, &rows, &last);
    event->held.rows = tcn_buf_view(&rows);
    event->held.last = last;
    return err;
}

static enum tcn_err answer(struct tcn_node *node, const struct query *query,
                           struct tcn_event *event)
{
    const char *peer = node->setup->conf.parties[query->peer].name;
    switch (query->kind) {
    case TCN_EFFECT_LOAD: return load(node, query, event);
    case TCN_EFFECT_SERVE: return serve(node, query, peer, event);
    case TCN_EFFECT_READ_REFUSALS:
        return read_refusals(node, query, peer, event);
    default: return read_held(node, query, peer, event);
    }
}

bool query_answer(struct tcn_node *node, struct tcn_event *event)
{
    struct query query = node->queries[node->query_first];
    node->query_first = (node->query_first + 1) % QUERIES_MAX;
    node->query_count--;
    *event = (struct tcn_event){.peer = query.peer};
    enum tcn_err err = answer(node, &query, event);
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
    }
    return err == TCN_ERR_OK;
}
