/* Going on where a peer is: rows it has not settled, and rows it wants. */
#include "mesh/internal.h"

/* A HELLO in a session that stands says that something was not taken: what
 * came already comes again, and is dropped there. */
static void resume_from(struct peer *peer, enum tcn_lane lane, uint64_t n)
{
    struct out_lane *out = &peer->out[lane];
    out->acked = n;
    out->sent = n;
    out->wanted_count = 0;
    out->places.count = 0;
    out->checking = false;
}

/* What the peer says it has settled of a lane: AGREES, DIFFERS, or a row that
 * only the store knows. */
enum agreement { AGREES, DIFFERS, UNSURE };

static bool same_mark(const struct tcn_place *a, const struct tcn_place *b)
{
    return memcmp(a->mark.bytes, b->mark.bytes, sizeof a->mark.bytes) == 0;
}

static enum agreement compare(const struct out_lane *out,
                              const struct tcn_place *settled)
{
    if (settled->n > out->top.n) {
        return DIFFERS; /* they know more of it than we do */
    }
    if (settled->n == 0) {
        return AGREES;
    }
    const struct tcn_place *ours = settled->n == out->top.n
                                       ? &out->top
                                       : places_find(&out->places, settled->n);
    if (ours == NULL) {
        return UNSURE;
    }
    return same_mark(ours, settled) ? AGREES : DIFFERS;
}

static void drop_offers(struct peer *peer)
{
    peer->offers[peer->offer_filling].count = 0;
    peer->offer_at_ms = UINT64_MAX;
}

void cursor_heard(struct tcn_mesh *mesh, unsigned number,
                  const struct tcn_cursor *settled)
{
    struct peer *peer = &mesh->peers[number];
    bool known = true;
    for (enum tcn_lane lane = 0; lane < TCN_LANES; lane++) {
        const struct tcn_place *place = &settled->lane[lane];
        struct out_lane *out = &peer->out[lane];
        enum agreement agreement = compare(out, place);
        if (agreement == DIFFERS) {
            ledger_renew(mesh, number); /* one of us was restored */
            return;
        }
        resume_from(peer, lane, place->n);
        if (agreement == UNSURE) {
            out->checking = true;
            out->check = *place;
            known = false;
        }
    }
    drop_offers(peer);
    peer->query = false;
    peer->cursor_known = known;
}

/* ---- what they settle ---- */

/* What is settled need not be sent, also when it was sent in a session that is
 * over. */
static void advance(struct tcn_mesh *mesh, unsigned number, enum tcn_lane lane,
                    uint64_t n)
{
    struct peer *peer = &mesh->peers[number];
    struct out_lane *out = &peer->out[lane];
    if (n <= out->acked) {
        return;
    }
    (void)mesh;
    (void)places_pop(&out->places, n);
    out->acked = n;
    if (n > out->sent) {
        out->sent = n;
        if (peer->query_n != 0 && peer->query_lane == lane) {
            peer->query = false;
        }
    }
}

void on_ack(struct tcn_mesh *mesh, unsigned number,
            const struct tcn_frame *frame)
{
    struct peer *peer = &mesh->peers[number];
    const struct tcn_cursor *settled = &frame->ack.settled;
    enum tcn_lane checked;
    if (memcmp(settled->epoch.bytes, peer->epoch.bytes, 8) != 0 ||
        due_check(peer, &checked) != 0 || peer->renew_at_ms != UINT64_MAX) {
        return; /* of the epoch before, or not trusted yet */
    }
    if (!peer->cursor_known) {
        cursor_heard(mesh, number, settled); /* it has taken our new epoch */
        return;
    }
    for (enum tcn_lane lane = 0; lane < TCN_LANES; lane++) {
        struct out_lane *out = &peer->out[lane];
        /* The end of a frame, perhaps of one that was on its way when its rows
         * were sent again in a longer one: the end of that will be named too.
         */
        enum agreement agreement = settled->lane[lane].n <= out->acked
                                       ? UNSURE
                                       : compare(out, &settled->lane[lane]);
        if (agreement == DIFFERS) {
            ledger_renew(mesh, number);
            return;
        }
        if (agreement == AGREES) {
            advance(mesh, number, lane, settled->lane[lane].n);
        }
        if (frame->ack.grant[lane] > out->grant) {
            out->grant = frame->ack.grant[lane];
        }
    }
}

/* ---- what they want ---- */

void on_want(struct tcn_mesh *mesh, unsigned number,
             const struct tcn_frame *frame)
{
    struct out_lane *out = &mesh->peers[number].out[frame->lane];
    /* It may lack the certificate too. */
    for (size_t i = 0; i < mesh->cert_count; i++) {
        mesh->certs[i].sent[frame->lane] &= ~(1ull << number);
    }
    for (unsigned i = 0; i < frame->want.count; i++) {
        uint64_t n = frame->want.n[i];
        if (out->wanted_count < TCN_WANTS_MAX && n != 0 && n <= out->top.n) {
            unsigned at = out->wanted_first + out->wanted_count++;
            out->wanted[at % TCN_WANTS_MAX] = n;
        }
    }
}

uint64_t due_check(const struct peer *peer, enum tcn_lane *lane)
{
    for (*lane = 0; *lane < TCN_LANES; (*lane)++) {
        if (peer->out[*lane].checking) {
            return peer->out[*lane].check.n;
        }
    }
    return 0;
}

uint64_t due_wanted(const struct peer *peer, enum tcn_lane *lane)
{
    for (*lane = 0; *lane < TCN_LANES; (*lane)++) {
        const struct out_lane *out = &peer->out[*lane];
        if (out->wanted_count > 0 &&
            bytes_open(peer, *lane, TCN_ENVELOPE_MAX)) {
            return out->wanted[out->wanted_first];
        }
    }
    return 0;
}

uint64_t due_again(const struct peer *peer, enum tcn_lane lane)
{
    const struct out_lane *out = &peer->out[lane];
    return peer->held_done && bytes_open(peer, lane, most_of(lane)) &&
                   out->sent < out->top.n && rows_open(peer, lane)
               ? out->sent + 1
               : 0;
}

/* ---- serving ---- */

static void send_gone(struct tcn_mesh *mesh, unsigned number,
                      enum tcn_lane lane, const struct tcn_place *place)
{
    send_frame(mesh, number, lane, TCN_FRAME_GONE)->gone.place = *place;
}

/* A row that is served was not stored there. What it does not bring now, the
 * peer lacks, should the filters allow it one day; but who gave us the alert
 * has it. That the row was written stays a reason for revocations. */
static void note_lack(struct tcn_mesh *mesh, unsigned number, uint32_t at,
                      uint8_t form)
{
    uint8_t *known = known_of(mesh, at, number);
    bool gave = (entry_at(mesh, at)->sources >> number & 1) != 0;
    form &= gave ? (uint8_t)~HAS : 0xff;
    if ((*known & form) != 0) {
        *known &= (uint8_t)~form;
        struct tcn_effect *lack = effect(mesh, TCN_EFFECT_LACKS, number);
        lack->id = entry_at(mesh, at)->id;
        lack->form = form;
    }
}

static void push_or_gone(struct tcn_mesh *mesh, unsigned number,
                         const struct push *push, const struct tcn_alert *alert)
{
    if (alert != NULL) {
        send_push(mesh, number, push, alert);
    } else {
        send_gone(mesh, number, push->lane, &push->place);
    }
}

/* A row that was sent before, in its turn. On the bulk lane it is offered: the
 * peer may well have it by now. */
static void send_again(struct tcn_mesh *mesh, unsigned number, uint32_t at,
                       const struct push *push, const struct tcn_alert *alert)
{
    bool bulk = push->lane == TCN_LANE_BULK;
    if (bulk && alert != NULL && entry_at(mesh, at)->kind != TCN_KIND_REVOKE) {
        offer_row(mesh, number,
                  &(struct offered){push->place, at, push->form | HAS, true});
        return;
    }
    if (bulk) {
        offer_flush(mesh, number); /* numbers leave in order */
    }
    push_or_gone(mesh, number, push, alert);
    place_sent(&mesh->peers[number], push->lane, &push->place);
}

/* A row keeps its number and its mark; what is in it may have become less. */
static void serve(struct tcn_mesh *mesh, const struct tcn_event *event,
                  bool wanted)
{
    const struct tcn_alert *alert = event->served.alert;
    uint32_t at = entry_find(mesh, &event->served.id);
    struct tcn_verdict verdict = {0};
    if (!event->served.found || at == NOBODY || alert == NULL ||
        mesh->entries[at].ghost ||
        !may_send(mesh, event->peer, at, alert, &verdict)) {
        alert = NULL;
    }
    const struct push push = {
        .lane = (enum tcn_lane)event->served.lane,
        .place = {.n = event->served.n, .mark = event->served.mark},
        .form = verdict.form & event->served.form,
    };
    if (wanted) {
        push_or_gone(mesh, event->peer, &push, alert);
    } else {
        send_again(mesh, event->peer, at, &push, alert);
    }
    /* Or people and time would never be asked about it. */
    if (asks_people(&verdict) || verdict.outcome == TCN_DELAY) {
        note_decision(mesh, event->peer, at, &verdict);
    }
    if (at != NOBODY) {
        uint8_t brought = alert != NULL ? verdict.form | HAS : 0;
        note_lack(mesh, event->peer, at,
                  (event->served.form | HAS) & (uint8_t)~brought);
    }
}

/* The row in the store against what the peer said of it. */
static void check(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    struct out_lane *out = &peer->out[event->served.lane];
    out->checking = false;
    if (!event->served.found ||
        memcmp(event->served.mark.bytes, out->check.mark.bytes, 8) != 0) {
        ledger_renew(mesh, event->peer);
        return;
    }
    enum tcn_lane lane;
    peer->cursor_known = due_check(peer, &lane) == 0;
}

void on_served(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    struct out_lane *out = &peer->out[event->served.lane];
    uint64_t n = event->served.n;
    mesh->told = event->served.told;
    if (!peer->query || peer->query_n != n ||
        peer->query_lane != event->served.lane) {
        return; /* of a session that is over */
    }
    peer->query = false;
    if (out->checking) {
        check(mesh, event);
    } else if (out->wanted_count > 0 && out->wanted[out->wanted_first] == n) {
        out->wanted_first = (out->wanted_first + 1) % TCN_WANTS_MAX;
        out->wanted_count--;
        serve(mesh, event, true);
    } else {
        out->sent = n;
        serve(mesh, event, false);
    }
}
