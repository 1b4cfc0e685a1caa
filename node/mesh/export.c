/* Handing alerts over. may_send() is THE choke point: whatever reaches a peer
 * has passed it in the same step. */
#include "mesh/internal.h"

/* Sightings and acks go only to those who have the subject. */
static bool knows_subject(struct tcn_mesh *mesh, unsigned peer,
                          const struct entry *entry)
{
    uint32_t subject = entry_find(mesh, &entry->ref);
    if (!entry->has_ref || subject == NOBODY) {
        return false;
    }
    return (mesh->entries[subject].sources >> peer & 1) != 0 ||
           *export_of(mesh, subject, peer) != 0;
}

static bool is_remark(const struct entry *entry)
{
    return entry->kind == TCN_KIND_SIGHTING || entry->kind == TCN_KIND_ACK;
}

bool may_send(struct tcn_mesh *mesh, unsigned peer, uint32_t at,
              const struct tcn_alert *alert, struct tcn_verdict *verdict)
{
    const struct entry *entry = entry_at(mesh, at);
    *verdict =
        (struct tcn_verdict){.outcome = TCN_DENY, .rule = TCN_RULE_DEFAULT};
    if (entry->kind == TCN_KIND_REVOKE) {
        /* It follows every ledger row of its thread, whatever floor and
         * filters say now, and goes to nobody else. */
        verdict->outcome =
            thread_exported(mesh, entry->thread, peer) ? TCN_ALLOW : TCN_DENY;
        verdict->form = alert->form;
        return verdict->outcome == TCN_ALLOW;
    }
    if (entry->status != TCN_STATUS_LIVE ||
        (is_remark(entry) && !knows_subject(mesh, peer, entry))) {
        return false;
    }
    struct tcn_facts facts = {
        .alert = alert,
        .is_own = entry->is_own,
        .key_valid = true, /* else the shell gives no contents */
        .sources = entry->sources,
        .now_ms = mesh->now_ms,
    };
    *verdict = tcn_policy_export(mesh->policy, &facts, peer);
    verdict->form &= alert->form; /* nothing opens what is not there */
    return verdict->outcome == TCN_ALLOW;
}

/* In each session a certificate precedes the first alert that needs it. */
static void send_cert(struct tcn_mesh *mesh, unsigned peer,
                      const struct tcn_id *id)
{
    size_t i = 0;
    while (i < mesh->cert_count && !tcn_id_equal(&mesh->certs[i].id, id)) {
        i++;
    }
    if (i < mesh->cert_count && (mesh->certs[i].sent >> peer & 1) != 0) {
        return;
    }
    if (i == mesh->cert_count && i < CERT_SLOTS) {
        mesh->certs[mesh->cert_count++] = (struct cert_slot){.id = *id};
    }
    if (i < CERT_SLOTS) {
        mesh->certs[i].sent |= 1ull << peer;
    }
    (void)send_frame(mesh, peer, TCN_FRAME_CERT);
    mesh->effects->list[mesh->effects->count - 1].id = *id;
}

void send_push(struct tcn_mesh *mesh, unsigned peer, const struct row *row,
               const struct tcn_alert *alert, uint8_t form)
{
    send_cert(mesh, peer, &alert->header.cert);
    struct tcn_frame *frame = send_frame(mesh, peer, TCN_FRAME_PUSH);
    frame->push.n = row->n;
    frame->push.mark = row->mark;
    struct tcn_effect *push = &mesh->effects->list[mesh->effects->count - 1];
    push->alert = alert;
    push->form = form;
    push->id = alert->id;
}

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
    uint8_t has = *export_of(mesh, at, number);
    if (!allowed || (has != 0 && (form & ~has) == 0)) {
        return;
    }
    uint64_t n =
        ledger_add(mesh, number, at, form, (uint32_t)alert->envelope.len);
    send_push(mesh, number, ledger_row(peer, n), alert, form);
}

static void scanned(struct tcn_mesh *mesh, unsigned number, uint64_t seq)
{
    struct peer *peer = &mesh->peers[number];
    if (seq > peer->scanned_seq) {
        peer->scanned_seq = seq;
        effect(mesh, TCN_EFFECT_SCANNED, number)->seq = seq;
    }
}

/* Whether the peer could get it at all, before it is loaded. Never back to who
 * gave it; revocations have their own list. */
static bool worth_loading(struct tcn_mesh *mesh, unsigned number, uint32_t at)
{
    const struct entry *entry = entry_at(mesh, at);
    uint8_t has = *export_of(mesh, at, number);
    return entry->has_contents && entry->kind != TCN_KIND_REVOKE &&
           entry->status == TCN_STATUS_LIVE &&
           (entry->sources >> number & 1) == 0 &&
           (has == 0 || (entry->form & ~has) != 0) &&
           (!is_remark(entry) || knows_subject(mesh, number, entry));
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
        const struct entry *entry = entry_at(mesh, peer->revokes);
        if (*export_of(mesh, peer->revokes, number) == 0 &&
            (entry->sources >> number & 1) == 0 && entry->has_contents &&
            thread_exported(mesh, entry->thread, number)) {
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
    /* A step over nothing but known entries is not worth a commit. */
    if (peer->scan != NOBODY) {
        ask(mesh, number, peer->scan);
    } else if (passed > peer->scanned_seq + 256) {
        scanned(mesh, number, passed);
    }
}

void pump(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (peer->query || !peer->established || !peer->cursor_known ||
        !peer->held_done) {
        return;
    }
    uint64_t n = 0;
    if (peer->wanted_of_us_count > 0) {
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
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        struct peer *peer = &mesh->peers[i];
        bool next = revoke ? peer->revokes == at : peer->scan == at;
        if (!next || !window_open(peer) || peer->query ||
            peer->sent < peer->top) {
            continue;
        }
        bool fits = revoke ? (entry->sources >> i & 1) == 0 &&
                                 thread_exported(mesh, entry->thread, i)
                           : worth_loading(mesh, i, at);
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

void on_policy(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    mesh->policy = event->policy.policy;
    for (size_t i = 0; i < mesh->peer_count; i++) {
        struct peer *peer = &mesh->peers[i];
        peer->scan = mesh->oldest;
        peer->scanned_seq = 0;
        peer->query = peer->query && peer->query_n != 0;
    }
    retry_all(mesh);
}
