/* What a peer gets next: what waits for it in the order in which it became
 * known here, withdrawals first. */
#include "mesh/internal.h"

static void note_decision(struct tcn_mesh *mesh, unsigned peer,
                          const struct tcn_id *id,
                          const struct tcn_verdict *verdict)
{
    struct tcn_effect *decision = effect(mesh, TCN_EFFECT_DECIDE, peer);
    decision->id = *id;
    decision->hook = TCN_HOOK_EXPORT;
    decision->verdict = *verdict;
    mesh->stats.denied += verdict->outcome == TCN_DENY;
}

/* Decides, and hands over what is new to the peer. */
static void offer(struct tcn_mesh *mesh, unsigned number, uint32_t at,
                  const struct tcn_alert *alert)
{
    struct peer *peer = &mesh->peers[number];
    struct tcn_verdict verdict;
    bool allowed = may_send(mesh, number, at, alert, &verdict);
    uint8_t form = verdict.form;
    note_decision(mesh, number, &alert->id, &verdict);
    if (!allowed || !lacks(mesh, number, at, form)) {
        return;
    }
    uint64_t n =
        ledger_add(mesh, number, at, form, (uint32_t)alert->envelope.len);
    send_push(mesh, number, ledger_row(peer, n), alert, form);
}

/* What a crash forgets of this is decided again; that is worth no commit for
 * each alert. */
static void scanned(struct tcn_mesh *mesh, unsigned number, uint64_t seq)
{
    struct peer *peer = &mesh->peers[number];
    if (seq >= peer->scanned_seq + SCANNED_STEP) {
        peer->scanned_seq = seq;
        effect(mesh, TCN_EFFECT_SCANNED, number)->seq = seq;
    }
}

/* Whether the peer could get it at all, before it is loaded. Never what it has,
 * also when it has it from itself; revocations have their own list. */
static bool worth_loading(struct tcn_mesh *mesh, unsigned number, uint32_t at)
{
    const struct entry *entry = entry_at(mesh, at);
    return entry->has_contents && entry->kind != TCN_KIND_REVOKE &&
           entry->status == TCN_STATUS_LIVE &&
           lacks(mesh, number, at, entry->form) &&
           (!is_remark(entry) || knows_subject(mesh, number, entry));
}

static bool revoke_is_due(struct tcn_mesh *mesh, unsigned number, uint32_t at)
{
    const struct entry *entry = entry_at(mesh, at);
    return entry->has_contents && lacks(mesh, number, at, entry->form) &&
           thread_exported(mesh, entry->thread, number);
}

static void ask(struct tcn_mesh *mesh, unsigned number, uint32_t at)
{
    struct peer *peer = &mesh->peers[number];
    peer->query = true;
    peer->query_n = 0;
    peer->query_id = entry_at(mesh, at)->id;
    effect(mesh, TCN_EFFECT_LOAD, number)->id = peer->query_id;
}

/* Withdrawals overtake everything that waits. */
static bool pump_revokes(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    for (; peer->revokes != NOBODY;
         peer->revokes = mesh->entries[peer->revokes].next_revoke) {
        if (revoke_is_due(mesh, number, peer->revokes)) {
            ask(mesh, number, peer->revokes);
            return true;
        }
    }
    return false;
}

static void pump_scan(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    uint64_t passed = 0;
    while (peer->scan != NOBODY && !worth_loading(mesh, number, peer->scan)) {
        passed = mesh->entries[peer->scan].seq;
        peer->scan = mesh->entries[peer->scan].after;
    }
    if (passed != 0) {
        scanned(mesh, number, passed);
    }
    if (peer->scan != NOBODY) {
        ask(mesh, number, peer->scan);
    }
}

void pump(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    bool ready = peer->cursor_known && peer->held_done;
    if (peer->query || !peer->established || (!ready && !peer->checking)) {
        return;
    }
    uint64_t n = 0;
    if (peer->checking) {
        n = peer->check.n;
    } else if (peer->wanted_of_us_count > 0) {
        n = peer->wanted_of_us[0];
    } else if (window_open(peer) && peer->sent < peer->top) {
        n = peer->sent + 1;
    }
    if (n != 0) {
        peer->query = true;
        peer->query_n = n;
        effect(mesh, TCN_EFFECT_SERVE, number)->n = n;
    } else if (window_open(peer) && !pump_revokes(mesh, number)) {
        pump_scan(mesh, number);
    }
}

void on_loaded(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    const struct tcn_alert *alert = event->loaded.alert;
    uint32_t at = entry_find(mesh, &event->loaded.id);
    if (!peer->query || peer->query_n != 0 ||
        !tcn_id_equal(&peer->query_id, &event->loaded.id)) {
        return; /* of a session that is over */
    }
    peer->query = false;
    if (alert != NULL && at != NOBODY && window_open(peer)) {
        offer(mesh, event->peer, at, alert);
    }
    if (at != NOBODY && at == peer->revokes) {
        peer->revokes = mesh->entries[at].next_revoke;
    } else if (at != NOBODY && at == peer->scan) {
        peer->scan = mesh->entries[at].after;
        scanned(mesh, event->peer, mesh->entries[at].seq);
    }
}

/* A new alert is decided on at once where nothing waits before it: it need not
 * be read from the store again. */
void offer_in_hand(struct tcn_mesh *mesh, uint32_t at,
                   const struct tcn_alert *alert)
{
    const struct entry *entry = entry_at(mesh, at);
    bool revoke = entry->kind == TCN_KIND_REVOKE;
    for (unsigned i = 0; i < mesh->peer_count && has_room(mesh, 6); i++) {
        struct peer *peer = &mesh->peers[i];
        bool next = revoke ? peer->revokes == at : peer->scan == at;
        if (!next || !window_open(peer) || peer->query ||
            peer->sent < peer->top) {
            continue;
        }
        bool fits =
            revoke ? revoke_is_due(mesh, i, at) : worth_loading(mesh, i, at);
        if (fits) {
            offer(mesh, i, at, alert);
        }
        *(revoke ? &peer->revokes : &peer->scan) =
            revoke ? entry->next_revoke : entry->after;
        if (fits && !revoke) {
            scanned(mesh, i, entry->seq);
        }
    }
}

void rescan(struct tcn_mesh *mesh)
{
    for (size_t i = 0; i < mesh->peer_count; i++) {
        struct peer *peer = &mesh->peers[i];
        peer->scan = mesh->oldest;
        peer->query = peer->query && peer->query_n != 0;
        if (peer->scanned_seq != 0) {
            peer->scanned_seq = 0;
            effect(mesh, TCN_EFFECT_SCANNED, (unsigned)i)->seq = 0;
        }
    }
}

void on_policy(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    mesh->policy = event->policy.policy;
    rescan(mesh);
    retry_all(mesh, RETRY_POLICY);
}
