/* Handing over: what was decided for a peer gets its number and is pushed, or
 * offered in a batch. What waits is nowhere but in the store and the flows. */
#include "alert/hash.h"
#include "alert/wire.h"
#include "mesh/internal.h"

void note_decision(struct tcn_mesh *mesh, unsigned peer, uint32_t at,
                   const struct tcn_verdict *verdict)
{
    struct tcn_effect *decision = effect(mesh, TCN_EFFECT_DECIDE, peer);
    decision->id = entry_at(mesh, at)->id;
    decision->hook = TCN_HOOK_EXPORT;
    decision->verdict = *verdict;
    counts_of(mesh, at)->denied += verdict->outcome == TCN_DENY;
}

/* ---- PUSH ---- */

/* In each session a certificate precedes, on the same lane, the first alert
 * that needs it. */
static void send_cert(struct tcn_mesh *mesh, unsigned peer, enum tcn_lane lane,
                      const struct tcn_id *id)
{
    size_t i = 0;
    while (i < mesh->cert_count && !tcn_id_equal(&mesh->certs[i].id, id)) {
        i++;
    }
    if (i < mesh->cert_count && (mesh->certs[i].sent[lane] >> peer & 1) != 0) {
        return;
    }
    if (i == mesh->cert_count && i < CERT_SLOTS) {
        mesh->certs[mesh->cert_count++] = (struct cert_slot){.id = *id};
    }
    if (i < CERT_SLOTS) {
        mesh->certs[i].sent[lane] |= 1ull << peer;
    }
    (void)send_frame(mesh, peer, lane, TCN_FRAME_CERT);
    last_effect(mesh)->id = *id;
}

/* Bytes of the copy that is cut to `form`: what it takes of the grant. */
static uint64_t cut_bytes(const struct tcn_alert *alert, uint8_t form)
{
    uint64_t bytes = alert->envelope.len;
    for (size_t i = 0; i < alert->field_count; i++) {
        const struct tcn_field *field = &alert->fields[i];
        bool cut = (TCN_CLASS_BIT(field->cls) & (form | HAS)) == 0;
        if (field->bytes.data != NULL && cut) {
            bytes -= tcn_bin_bytes(field->bytes.len) - 1; /* a nil stays */
        }
    }
    return bytes;
}

void send_push(struct tcn_mesh *mesh, unsigned number, const struct push *push,
               const struct tcn_alert *alert)
{
    send_cert(mesh, number, push->lane, &alert->header.cert);
    struct tcn_frame *frame =
        send_frame(mesh, number, push->lane, TCN_FRAME_PUSH);
    frame->push.place = push->place;
    struct tcn_effect *effect = last_effect(mesh);
    effect->alert = alert;
    effect->form = push->form;
    effect->id = alert->id;
    mesh->peers[number].out[push->lane].pushed += cut_bytes(alert, push->form);
}

/* ---- OFFER ---- */

void offer_flush(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    struct offer_buffer *offers = &peer->offers[peer->offer_filling];
    peer->offer_at_ms = UINT64_MAX;
    if (offers->count == 0) {
        return;
    }
    struct tcn_frame *frame =
        send_frame(mesh, number, TCN_LANE_BULK, TCN_FRAME_OFFER);
    frame->offer.first = offers->first;
    frame->offer.last = offers->last;
    frame->offer.is_history = offers->is_history;
    frame->offer.rows =
        tcn_view(offers->rows, offers->count * (size_t)TCN_OFFER_ROW);
    place_sent(peer, TCN_LANE_BULK, &offers->last);
    peer->offer_filling ^= 1;
    peer->offers[peer->offer_filling].count = 0;
}

static void begin_offer(struct tcn_mesh *mesh, unsigned number, uint64_t first,
                        bool is_history)
{
    struct peer *peer = &mesh->peers[number];
    if (peer->offers[peer->offer_filling].is_history != is_history) {
        offer_flush(mesh, number);
    }
    struct offer_buffer *offers = &peer->offers[peer->offer_filling];
    if (offers->count == 0) {
        offers->first = first;
        offers->is_history = is_history;
        peer->offer_at_ms = mesh->now_ms + OFFER_DELAY_MS;
    }
}

void offer_row(struct tcn_mesh *mesh, unsigned number,
               const struct offered *row)
{
    struct peer *peer = &mesh->peers[number];
    const struct entry *entry = entry_at(mesh, row->entry);
    begin_offer(mesh, number, row->place.n, row->is_history);
    struct offer_buffer *offers = &peer->offers[peer->offer_filling];
    uint8_t *out = offers->rows + offers->count++ * (size_t)TCN_OFFER_ROW;
    memcpy(out, entry->id.bytes, 16);
    out[16] = row->form;
    out[17] = tcn_size_class(entry->size_bytes);
    offers->last = row->place;
    mesh->stats.offered++;
    if (offers->count == TCN_OFFER_MAX) {
        offer_flush(mesh, number);
    }
}

/* ---- deciding ---- */

/* What a peer that told all its history did not name, it most likely lacks.
 * Filters may keep it from naming more: so what is pushed has no more bytes
 * than it spent on naming, and leaves half of the grant to the news. */
static bool takes_past(struct peer *peer, uint64_t bytes)
{
    bool takes = bytes <= peer->past_pushed &&
                 bytes_open(peer, TCN_LANE_BULK, bytes + TCN_BULK_BYTES / 2);
    peer->past_pushed -= takes ? bytes : 0;
    return takes;
}

static bool is_pushed(struct tcn_mesh *mesh, unsigned number, uint32_t at,
                      const struct tcn_alert *alert)
{
    struct peer *peer = &mesh->peers[number];
    uint64_t bytes = alert->envelope.len;
    if (bytes > TCN_EAGER_BYTES) {
        return false;
    }
    return peer->query_class == TURN_PAST
               ? takes_past(peer, bytes)
               : bytes_open(peer, TCN_LANE_BULK, bytes) &&
                     tree_pushes(mesh, number, at);
}

static void push_new(struct tcn_mesh *mesh, unsigned number, uint32_t at,
                     const struct tcn_alert *alert, struct push *push)
{
    struct peer *peer = &mesh->peers[number];
    if (push->lane == TCN_LANE_BULK) {
        offer_flush(mesh, number); /* numbers leave in order */
    }
    (void)ledger_add(mesh, number, push->lane, at, push->form);
    push->place = peer->out[push->lane].top;
    place_sent(peer, push->lane, &push->place);
    send_push(mesh, number, push, alert);
}

/* Decides, and hands over what is new to the peer. The bytes that its flow has
 * to account for. */
static uint32_t hand_over(struct tcn_mesh *mesh, unsigned number, uint32_t at,
                          const struct tcn_alert *alert)
{
    struct peer *peer = &mesh->peers[number];
    struct tcn_verdict verdict;
    bool allowed = may_send(mesh, number, at, alert, &verdict);
    bool is_news = lacks(mesh, number, at, verdict.form);
    if (is_news || !asks_people(&verdict)) { /* not about what it has */
        note_decision(mesh, number, at, &verdict);
    }
    if (!allowed || !is_news) {
        return 0;
    }
    struct push push = {.lane = TCN_LANE_BULK, .form = verdict.form};
    if (peer->query_class == FLOW_NONE) {
        push.lane = TCN_LANE_FAST;
        quota_take(mesh, number, at);
    } else if (entry_at(mesh, at)->kind != TCN_KIND_REVOKE &&
               !is_pushed(mesh, number, at, alert)) {
        (void)ledger_add(mesh, number, TCN_LANE_BULK, at, verdict.form);
        struct offered row = {.place = peer->out[TCN_LANE_BULK].top,
                              .entry = at,
                              .form = verdict.form | HAS,
                              .is_history = peer->query_class == TURN_PAST};
        offer_row(mesh, number, &row);
        return TCN_OFFER_ROW;
    }
    push_new(mesh, number, at, alert, &push);
    return (uint32_t)alert->envelope.len;
}

/* ---- what is next ---- */

static void serve(struct tcn_mesh *mesh, unsigned number, enum tcn_lane lane,
                  uint64_t n)
{
    struct peer *peer = &mesh->peers[number];
    peer->query = true;
    peer->query_lane = (uint8_t)lane;
    peer->query_n = n;
    struct tcn_effect *row = effect(mesh, TCN_EFFECT_SERVE, number);
    row->lane = (uint8_t)lane;
    row->n = n;
}

static void ask(struct tcn_mesh *mesh, unsigned number, uint32_t at)
{
    struct peer *peer = &mesh->peers[number];
    peer->query = true;
    peer->query_n = 0;
    peer->query_id = entry_at(mesh, at)->id;
    effect(mesh, TCN_EFFECT_LOAD, number)->id = peer->query_id;
}

static bool lane_open(const struct peer *peer, enum tcn_lane lane)
{
    const struct out_lane *out = &peer->out[lane];
    return out->sent == out->top.n && rows_open(peer, lane) &&
           bytes_open(peer, lane, most_of(lane));
}

/* Withdrawals overtake everything that waits. Beyond the quota they share the
 * bulk lane, as if they were high. */
static bool pump_revokes(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    for (; peer->revokes != NOBODY;
         peer->revokes = mesh->entries[peer->revokes].next_revoke) {
        if (!revoke_is_due(mesh, number, peer->revokes)) {
            continue;
        }
        bool fast =
            quota_has(mesh, number, mesh->entries[peer->revokes].origin);
        if (lane_open(peer, fast ? TCN_LANE_FAST : TCN_LANE_BULK)) {
            peer->query_class = fast ? FLOW_NONE : FLOW_HIGH;
            ask(mesh, number, peer->revokes);
        }
        return true; /* nothing new before it */
    }
    return false;
}

static void pump_new(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (pump_revokes(mesh, number) || !peer->is_behind) {
        return;
    }
    bool fast = lane_open(peer, TCN_LANE_FAST);
    bool bulk = lane_open(peer, TCN_LANE_BULK);
    uint32_t at = fast ? schedule_urgent(mesh, number) : NOBODY;
    if (at == NOBODY && bulk) {
        at = schedule_bulk(mesh, number);
    }
    if (at != NOBODY) {
        ask(mesh, number, at);
    } else if (fast && bulk && mesh->now_ms >= peer->past_at_ms) {
        schedule_rest(mesh, number);
    }
}

/* Rows that a peer wants, and what is new, take turns: a catch-up must not
 * delay the news. */
static uint64_t next_row(struct peer *peer, enum tcn_lane *lane)
{
    uint64_t n = due_check(peer, lane);
    if (n != 0 || !peer->cursor_known) {
        return n;
    }
    if (due_again(peer, *lane = TCN_LANE_FAST) != 0) {
        return due_again(peer, *lane);
    }
    peer->wants_next = !peer->wants_next || !lane_open(peer, TCN_LANE_BULK);
    n = peer->wants_next ? due_wanted(peer, lane) : 0;
    return n;
}

/* All that there is of history was looked at: nothing more will join what is
 * gathered. That something was looked at and denied must not show in it, so it
 * does not depend on who is behind. */
static void end_history(struct tcn_mesh *mesh, unsigned number)
{
    const struct peer *peer = &mesh->peers[number];
    const struct offer_buffer *offers = &peer->offers[peer->offer_filling];
    if (!peer->query && offers->count > 0 && offers->is_history) {
        offer_flush(mesh, number);
    }
}

void pump(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    enum tcn_lane lane;
    if (peer->query || !peer->established) {
        return;
    }
    uint64_t n = next_row(peer, &lane);
    if (n != 0) {
        serve(mesh, number, lane, n);
        return;
    }
    if (!peer->cursor_known || !peer->held_done) {
        return;
    }
    pump_new(mesh, number);
    if (!peer->query && (n = due_again(peer, lane = TCN_LANE_BULK)) != 0) {
        serve(mesh, number, lane, n);
    }
    if (!peer->query && (n = due_wanted(peer, &lane)) != 0) {
        serve(mesh, number, lane, n);
    }
    end_history(mesh, number);
}

void on_loaded(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    const struct tcn_alert *alert = event->loaded.alert;
    uint32_t at = entry_find(mesh, &event->loaded.id);
    mesh->told = event->loaded.told;
    if (!peer->query || peer->query_n != 0 ||
        !tcn_id_equal(&peer->query_id, &event->loaded.id)) {
        return; /* of a session that is over */
    }
    peer->query = false;
    if (at == NOBODY) {
        return;
    }
    enum tcn_lane lane =
        peer->query_class == FLOW_NONE ? TCN_LANE_FAST : TCN_LANE_BULK;
    if (alert != NULL && !lane_open(peer, lane)) {
        return; /* decided when there is room again */
    }
    uint32_t bytes =
        alert == NULL ? 0 : hand_over(mesh, event->peer, at, alert);
    if (at == peer->revokes) {
        peer->revokes = mesh->entries[at].next_revoke;
    } else {
        schedule_done(mesh, event->peer, at, bytes);
    }
}

/* ---- what has just come ---- */

static bool in_hand_next(struct tcn_mesh *mesh, unsigned number, uint32_t at)
{
    const struct entry *entry = entry_at(mesh, at);
    struct peer *peer = &mesh->peers[number];
    bool revoke = entry->kind == TCN_KIND_REVOKE;
    bool next =
        revoke ? peer->revokes == at
               : schedule_is_next(mesh, number, at) && peer->revokes == NOBODY;
    if (peer->query || !next) {
        return false;
    }
    peer->may_undo = false; /* it was not picked */
    bool urgent = revoke || entry->flow == FLOW_URGENT;
    bool fast = urgent && quota_has(mesh, number, entry->origin);
    peer->query_class = fast                                 ? FLOW_NONE
                        : urgent || entry->flow == FLOW_HIGH ? FLOW_HIGH
                                                             : FLOW_NORMAL;
    return lane_open(peer, fast ? TCN_LANE_FAST : TCN_LANE_BULK);
}

/* It need not be read from the store again. */
void offer_in_hand(struct tcn_mesh *mesh, uint32_t at,
                   const struct tcn_alert *alert)
{
    bool revoke = entry_at(mesh, at)->kind == TCN_KIND_REVOKE;
    for (unsigned i = 0; i < mesh->peer_count && has_room(mesh, 8); i++) {
        struct peer *peer = &mesh->peers[i];
        if (!in_hand_next(mesh, i, at)) {
            continue;
        }
        bool fits =
            revoke ? revoke_is_due(mesh, i, at) : worth_loading(mesh, i, at);
        uint32_t bytes = fits ? hand_over(mesh, i, at, alert) : 0;
        if (revoke) {
            peer->revokes = mesh->entries[at].next_revoke;
        } else {
            schedule_done(mesh, i, at, bytes);
        }
    }
}

void rescan(struct tcn_mesh *mesh)
{
    for (unsigned i = 0; i < mesh->peer_count; i++) {
        flows_again(mesh, i);
        mesh->peers[i].query &= mesh->peers[i].query_n != 0;
    }
}

struct tcn_id agreements_of(const struct tcn_policy *policy)
{
    struct tcn_view refs[TCN_AGREEMENTS_MAX];
    struct tcn_id id;
    size_t count = tcn_policy_agreement_count(policy);
    tcn_assert(count <= TCN_AGREEMENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        refs[i] = tcn_view_str(tcn_policy_agreement_ref(policy, i));
    }
    tcn_hash_parts(TCN_PERSONAL_AGREE, tcn_view(NULL, 0), refs, count, id.bytes,
                   sizeof id.bytes);
    return id;
}

/* Peers learn at once by which texts we are bound now. */
void on_policy(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    const struct tcn_id agreements = agreements_of(event->policy.policy);
    mesh->policy = event->policy.policy;
    if (!tcn_id_equal(&mesh->agreements, &agreements)) {
        mesh->agreements = agreements;
        hello_again(mesh);
    }
    rescan(mesh);
    retry_all(mesh, RETRY_POLICY);
}
