/* Going on where a peer is: rows it has not settled, and rows it wants. */
#include "mesh/internal.h"

/* A HELLO in a session that stands says that something was not taken: what
 * came already comes again, and is dropped there. */
static void resume_from(struct peer *peer, uint64_t n)
{
    peer->cursor_known = true;
    peer->acked = n;
    peer->sent = n;
    peer->in_flight_bytes = 0;
    peer->query = false;
}

static void release_credit(struct peer *peer, uint64_t from, uint64_t to)
{
    for (uint64_t n = from; n <= to && n - from < RING_ROWS; n++) {
        struct row *row = &peer->ring[n % RING_ROWS];
        if (row->n == n && n <= peer->sent) {
            peer->in_flight_bytes -= row->bytes < peer->in_flight_bytes
                                         ? row->bytes
                                         : peer->in_flight_bytes;
            row->bytes = 0;
        }
    }
}

/* What is settled need not be sent, also when it was sent in a session that is
 * over. */
static void advance(struct peer *peer, uint64_t n)
{
    if (n <= peer->acked) {
        return;
    }
    release_credit(peer, peer->acked + 1, n);
    peer->acked = n;
    if (n > peer->sent) {
        peer->sent = n;
        peer->query = peer->query && peer->query_n == 0;
    }
}

void cursor_heard(struct tcn_mesh *mesh, unsigned number,
                  const struct tcn_cursor *settled)
{
    struct peer *peer = &mesh->peers[number];
    if (!ledger_agrees(peer, settled)) {
        /* They know more of this ledger than we do: we were restored. */
        ledger_renew(mesh, number);
    } else if (settled->n == 0 || settled->n == peer->top ||
               ledger_row(peer, settled->n) != NULL) {
        resume_from(peer, settled->n);
    } else {
        peer->cursor_known = false;
        peer->checking = true; /* the store knows the mark */
        peer->check = *settled;
        peer->query = false;
    }
}

void on_ack(struct tcn_mesh *mesh, unsigned number,
            const struct tcn_frame *frame)
{
    struct peer *peer = &mesh->peers[number];
    const struct tcn_cursor *settled = &frame->ack.settled;
    if (memcmp(settled->epoch.bytes, peer->epoch.bytes, 8) != 0 ||
        peer->checking || peer->renew_at_ms != UINT64_MAX) {
        return; /* of the epoch before, or not trusted yet */
    }
    peer->credit_bytes = frame->ack.credit_bytes;
    if (!peer->cursor_known) {
        cursor_heard(mesh, number, settled);
    } else if (!ledger_agrees(peer, settled)) {
        ledger_renew(mesh, number);
    } else {
        advance(peer, settled->n);
    }
}

void on_want(struct tcn_mesh *mesh, unsigned number,
             const struct tcn_frame *frame)
{
    struct peer *peer = &mesh->peers[number];
    /* It may lack the certificate too. */
    for (size_t i = 0; i < mesh->cert_count; i++) {
        mesh->certs[i].sent &= ~(1ull << number);
    }
    for (unsigned i = 0; i < frame->want.count; i++) {
        bool room = peer->wanted_of_us_count < TCN_WANT_MAX;
        if (room && frame->want.n[i] != 0 && frame->want.n[i] <= peer->top) {
            peer->wanted_of_us[peer->wanted_of_us_count++] = frame->want.n[i];
        }
    }
}

static void send_gone(struct tcn_mesh *mesh, unsigned number, uint64_t n,
                      const struct tcn_mark *mark)
{
    struct tcn_frame *frame = send_frame(mesh, number, TCN_FRAME_GONE);
    frame->gone.n = n;
    frame->gone.mark = *mark;
}

/* A row that is served was not stored there. What it does not bring now, the
 * peer lacks, should the filters allow it one day; that the row was written
 * stays a reason for revocations. */
static void note_lack(struct tcn_mesh *mesh, unsigned number, uint32_t at,
                      uint8_t form)
{
    uint8_t *known = known_of(mesh, at, number);
    if ((*known & form) != 0) {
        *known &= (uint8_t)~form;
        struct tcn_effect *lack = effect(mesh, TCN_EFFECT_LACKS, number);
        lack->id = entry_at(mesh, at)->id;
        lack->form = form;
    }
}

/* A row keeps its number and its mark; what is in it may have become less. */
static void serve(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    const struct tcn_alert *alert = event->served.alert;
    uint32_t at = entry_find(mesh, &event->served.id);
    const struct row row = {.n = event->served.n, .mark = event->served.mark};
    struct tcn_verdict verdict = {0};
    bool allowed = event->served.found && alert != NULL && at != NOBODY &&
                   !entry_at(mesh, at)->ghost &&
                   may_send(mesh, event->peer, at, alert, &verdict);
    if (allowed) {
        send_push(mesh, event->peer, &row, alert,
                  verdict.form & event->served.form);
    } else {
        send_gone(mesh, event->peer, event->served.n, &event->served.mark);
    }
    if (at != NOBODY) {
        uint8_t brought = allowed ? verdict.form | HAS : 0;
        note_lack(mesh, event->peer, at,
                  (event->served.form | HAS) & (uint8_t)~brought);
    }
}

static void take_wanted(struct peer *peer)
{
    peer->wanted_of_us_count--;
    memmove(peer->wanted_of_us, peer->wanted_of_us + 1,
            peer->wanted_of_us_count * sizeof peer->wanted_of_us[0]);
}

/* The row in the store against what the peer said of it. */
static void check(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    peer->checking = false;
    if (event->served.found &&
        memcmp(event->served.mark.bytes, peer->check.mark.bytes, 8) == 0) {
        resume_from(peer, peer->check.n);
    } else {
        ledger_renew(mesh, event->peer);
    }
}

void on_served(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    uint64_t n = event->served.n;
    if (!peer->query || peer->query_n != n) {
        return; /* of a session that is over */
    }
    peer->query = false;
    if (peer->checking) {
        check(mesh, event);
        return;
    }
    serve(mesh, event);
    if (peer->wanted_of_us_count > 0 && peer->wanted_of_us[0] == n) {
        take_wanted(peer);
        return;
    }
    peer->sent = n;
    uint32_t bytes = event->served.alert == NULL
                         ? 0
                         : (uint32_t)event->served.alert->envelope.len;
    peer->ring[n % RING_ROWS] =
        (struct row){.n = n, .mark = event->served.mark, .bytes = bytes};
    peer->in_flight_bytes += bytes;
}
