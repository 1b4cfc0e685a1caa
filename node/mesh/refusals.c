/* Rows that were refused are asked for again when the reason may have gone: a
 * card or certificate came, the policy changed, the time has come. */
#include "mesh/internal.h"

static bool may_have_gone(const struct tcn_mesh *mesh, uint8_t why,
                          const struct tcn_refusal *row)
{
    bool due = mesh->now_ms >= row->retry_at_ms;
    switch (row->reason) {
    case TCN_ERR_UNPINNED: return (why & RETRY_KEYS) != 0;
    case TCN_ERR_CERT_UNKNOWN: return (why & (RETRY_KEYS | RETRY_CERT)) != 0;
    case TCN_ERR_IMPORT_DENIED: return (why & RETRY_POLICY) != 0;
    case TCN_ERR_CAPACITY: return (why & RETRY_ROOM) != 0;
    case TCN_ERR_NOT_FOUND: return (why & RETRY_SUBJECT) != 0;
    case TCN_ERR_EXPIRED: return (why & RETRY_CLOCK) != 0;
    case TCN_ERR_UNSERVED: return (why & RETRY_SERVICE) != 0;
    case TCN_ERR_EARLY: return due || mesh->stats.clock_alarm;
    default: return false;
    }
}

static void ask_again_at(struct peer *peer, uint64_t at_ms)
{
    if (at_ms != 0 && at_ms < peer->retry_at_ms) {
        peer->retry_at_ms = at_ms;
    }
}

void refused(struct tcn_mesh *mesh, unsigned number, const struct settling *row)
{
    struct peer *peer = &mesh->peers[number];
    mesh->stats.refused[row->err]++;
    peer->refused++;
    peer->lacks_subject |= row->err == TCN_ERR_NOT_FOUND;
    ask_again_at(peer, row->retry_at_ms);
    if (row->err == TCN_ERR_CERT_UNKNOWN && !row->again) {
        /* It came when we did not want it yet; a WANT brings it again. */
        peer->retry_later |= RETRY_CERT;
        ask_again_at(peer, mesh->now_ms + RETRY_SOON_MS);
    }
}

/* Not at once for each: a catch-up brings many. */
void subject_came(struct tcn_mesh *mesh)
{
    for (size_t i = 0; i < mesh->peer_count; i++) {
        struct peer *peer = &mesh->peers[i];
        if (peer->lacks_subject) {
            peer->lacks_subject = false;
            peer->retry_later |= RETRY_SUBJECT;
            ask_again_at(peer, mesh->now_ms + RETRY_SOON_MS);
        }
    }
}

void retry_tick(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (mesh->now_ms >= peer->retry_at_ms) {
        peer->retry_at_ms = UINT64_MAX;
        peer->retry |= peer->retry_later | RETRY_TIME;
        peer->retry_later = 0;
    }
}

bool is_wanted_again(const struct peer *peer, enum tcn_lane lane, uint64_t n)
{
    for (unsigned i = 0; i < peer->again_count; i++) {
        if (peer->again[i] == n && peer->again_lane == lane) {
            return true;
        }
    }
    return false;
}

void again_done(struct peer *peer, uint64_t n)
{
    for (unsigned i = 0; i < peer->again_count; i++) {
        if (peer->again[i] == n) {
            peer->again[i] = peer->again[--peer->again_count];
            return;
        }
    }
}

void retry_all(struct tcn_mesh *mesh, uint8_t reasons)
{
    for (size_t i = 0; i < mesh->peer_count; i++) {
        mesh->peers[i].retry |= reasons;
    }
}

/* One pass over the refusals per set of reasons, in portions: the next one is
 * read when the last one was answered. */
void retry_pump(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (!peer->established || peer->again_count > 0 || peer->refusals_asked) {
        return;
    }
    if (peer->retrying != 0 && peer->refusals_last) {
        peer->retrying = 0;
    }
    if (peer->retrying == 0) {
        if (peer->retry == 0) {
            return;
        }
        peer->retrying = peer->retry;
        peer->retry = 0;
        peer->retry_lane = 0;
        peer->retry_after_n = 0;
    }
    peer->refusals_asked = true;
    struct tcn_effect *read = effect(mesh, TCN_EFFECT_READ_REFUSALS, number);
    read->lane = peer->retry_lane;
    read->n = peer->retry_after_n;
}

/* A WANT is about one lane. */
static void want_again(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (peer->again_count == 0) {
        return;
    }
    struct tcn_frame *frame = send_frame(
        mesh, number, (enum tcn_lane)peer->again_lane, TCN_FRAME_WANT);
    frame->want.count = peer->again_count;
    memcpy(frame->want.n, peer->again,
           peer->again_count * sizeof peer->again[0]);
}

void on_refusals(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    if (!peer->refusals_asked) {
        return; /* of a session that is over */
    }
    peer->refusals_asked = false;
    peer->refusals_last = event->refusals.last;
    for (size_t i = 0;
         i < event->refusals.count && peer->again_count < TCN_WANT_MAX; i++) {
        const struct tcn_refusal *row = &event->refusals.rows[i];
        if (peer->again_count > 0 && row->lane != peer->again_lane) {
            peer->refusals_last = false;
            break;
        }
        peer->retry_lane = row->lane;
        peer->retry_after_n = row->n;
        if (row->n > peer->in[row->lane].high) {
            continue; /* it comes again anyway */
        }
        if (may_have_gone(mesh, peer->retrying, row)) {
            peer->again_lane = row->lane;
            peer->again[peer->again_count++] = row->n;
        } else if (row->reason == TCN_ERR_EARLY) {
            ask_again_at(peer, row->retry_at_ms);
        }
    }
    want_again(mesh, event->peer);
}
