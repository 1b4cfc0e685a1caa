/* The store effects of the core, one small function each. */
#include "daemon/acks.h"
#include "daemon/policies.h"
#include "daemon/requests.h"
#include "daemon/restored.h"

#include "io/log.h"

static const char *name_of(const struct tcn_node *node, unsigned peer)
{
    return node->setup->conf.parties[peer].name;
}

static enum tcn_err store_alert(struct tcn_node *node,
                                const struct tcn_effect *effect)
{
    const struct tcn_alert *alert = effect->alert;
    const struct tcn_header *header = &alert->header;
    struct tcn_stored *row = &node->stored.row;
    *row = (struct tcn_stored){
        .id = alert->id,
        .cert = header->cert,
        .thread = header->thread,
        .ref = header->ref,
        .has_ref = header->has_ref,
        .seq = effect->seq,
        .created_ms = header->created_ms,
        .expires_ms = header->expires_ms,
        .received_ms = tcn_now_ms(),
        .revision = header->revision,
        .kind = (uint8_t)header->kind,
        .severity = header->severity,
        .tlp = header->label.tlp,
        .form = alert->form,
        .present = alert->present,
        .status = effect->status,
        .has_contents = true,
    };
    memcpy(row->origin, header->origin.data, header->origin.len);
    if (effect->peer < TCN_PEERS_MAX) {
        (void)snprintf(row->received_from, sizeof row->received_from, "%s",
                       name_of(node, effect->peer));
    }
    node->stored.alert = alert;
    enum tcn_err err = tcn_store_put(node->store, alert, row);
    err = err == TCN_ERR_OK ? acks_came(node, alert) : err;
    return err == TCN_ERR_OK ? requests_came(node, alert) : err;
}

/* The copy that is held and the copy that came, as one. What was wiped of it
 * does not come back, and still counts as held. */
static enum tcn_err merge_alert(struct tcn_node *node,
                                const struct tcn_effect *effect)
{
    struct tcn_stored row = {0};
    struct tcn_alert *merged = &node->scratch->alert;
    enum tcn_err err = held_load(node, &effect->alert->id, node->other, &row);
    if (err == TCN_ERR_CORRUPT) { /* what came is sound: in its place */
        return tcn_store_merge(node->store, effect->alert, effect->seq);
    }
    uint8_t wiped = row.form & (uint8_t)~node->other->alert.form;
    err = err == TCN_ERR_OK
              ? held_merge(node->scratch, &node->other->alert, effect->alert)
              : err;
    if (err == TCN_ERR_OK && (merged->form & wiped) != 0) {
        err = held_cut(node->other, merged, merged->form & (uint8_t)~wiped);
        merged = &node->other->alert;
        merged->form |= wiped;
    }
    return err == TCN_ERR_OK ? tcn_store_merge(node->store, merged, effect->seq)
                             : err;
}

static enum tcn_err refuse(struct tcn_node *node,
                           const struct tcn_effect *effect)
{
    struct tcn_refusal_row row = {
        .at = {effect->lane, effect->n},
        .id = effect->id,
        .err = effect->err,
        .retry_at_ms = effect->retry_at_ms,
        .at_ms = tcn_now_ms(),
    };
    return tcn_store_refuse(node->store, name_of(node, effect->peer), &row);
}

static enum tcn_err export_row(struct tcn_node *node,
                               const struct tcn_effect *effect)
{
    struct tcn_ledger_row row = {
        .lane = effect->lane,
        .n = effect->n,
        .id = effect->id,
        .form = effect->form,
        .policy = *tcn_policy_hash(node->setup->policy),
        .at_ms = tcn_now_ms(),
    };
    memcpy(row.epoch, effect->epoch.bytes, sizeof row.epoch);
    memcpy(row.mark, effect->mark.bytes, sizeof row.mark);
    return tcn_store_export(node->store, name_of(node, effect->peer), &row);
}

static enum tcn_err decide(struct tcn_node *node,
                           const struct tcn_effect *effect)
{
    const struct tcn_verdict *verdict = &effect->verdict;
    struct tcn_decision decision = {
        .id = effect->id,
        .hook = (uint8_t)effect->hook,
        .outcome = verdict->outcome,
        .form = verdict->form,
        .policy = *tcn_policy_hash(node->setup->policy),
        .at_ms = tcn_now_ms(),
    };
    (void)snprintf(decision.peer, sizeof decision.peer, "%s",
                   name_of(node, effect->peer));
    rule_text(node->setup->policy, verdict, decision.rule);
    hits_note(node, effect->hook, verdict);
    enum tcn_err err = tcn_store_decide(node->store, &decision);
    return err == TCN_ERR_OK ? holds_decided(node, effect) : err;
}

static enum tcn_err peer_effect(struct tcn_node *node,
                                const struct tcn_effect *effect)
{
    const char *peer = name_of(node, effect->peer);
    struct tcn_store *store = node->store;
    struct tcn_row_number at = {effect->lane, effect->n};
    switch (effect->kind) {
    case TCN_EFFECT_SOURCE: return tcn_store_source(store, &effect->id, peer);
    case TCN_EFFECT_REFUSE: return refuse(node, effect);
    case TCN_EFFECT_TOOK: return tcn_store_took(store, peer, at);
    case TCN_EFFECT_CURSOR:
        return tcn_store_cursor(store, peer, at, effect->mark.bytes);
    case TCN_EFFECT_ADOPT:
        return tcn_store_adopt(store, peer, effect->epoch.bytes);
    case TCN_EFFECT_EXPORT:
    case TCN_EFFECT_HELD: return export_row(node, effect);
    case TCN_EFFECT_LACKS:
        return tcn_store_lacks(store, peer, &effect->id, effect->form);
    case TCN_EFFECT_EPOCH:
        return tcn_store_epoch(store, peer, effect->epoch.bytes, effect->key);
    case TCN_EFFECT_HELD_DONE: return restored_told(node, peer);
    case TCN_EFFECT_DECIDE: return decide(node, effect);
    case TCN_EFFECT_SCANNED: return tcn_store_scanned(store, peer, effect->seq);
    default: return proof_heard(node, effect);
    }
}

enum tcn_err effect_store(struct tcn_node *node,
                          const struct tcn_effect *effect)
{
    switch (effect->kind) {
    case TCN_EFFECT_STORE: return store_alert(node, effect);
    case TCN_EFFECT_MERGE:
        node->stored.alert = NULL;
        return merge_alert(node, effect);
    case TCN_EFFECT_STATUS:
        node->stored.alert = NULL;
        return tcn_store_status(node->store, &effect->id,
                                (enum tcn_status)effect->status);
    case TCN_EFFECT_PURGE:
        node->stored.alert = NULL;
        return tcn_store_purge(node->store, &effect->id, effect->whole);
    case TCN_EFFECT_FEED: return observers_tell(node, &effect->id);
    default: return peer_effect(node, effect);
    }
}
