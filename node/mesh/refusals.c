/* Rows that were refused are asked for again when the reason may have gone: a
 * card or certificate came, the policy changed, the time has come. */
#include "mesh/internal.h"

static bool may_have_gone(const struct tcn_mesh *mesh,
                          const struct tcn_refusal *row)
{
    switch (row->reason) {
    case TCN_ERR_UNPINNED:
    case TCN_ERR_CERT_UNKNOWN:
    case TCN_ERR_IMPORT_DENIED:
    case TCN_ERR_CAPACITY:
    case TCN_ERR_NOT_FOUND: return true;
    case TCN_ERR_EARLY:
        return mesh->now_ms >= row->retry_at_ms || mesh->stats.clock_alarm;
    default: return false;
    }
}

bool is_wanted(const struct peer *peer, uint64_t n)
{
    for (unsigned i = 0; i < peer->wanted_count; i++) {
        if (peer->wanted[i] == n) {
            return true;
        }
    }
    return false;
}

void wanted_done(struct tcn_mesh *mesh, unsigned number, uint64_t n)
{
    struct peer *peer = &mesh->peers[number];
    (void)mesh;
    for (unsigned i = 0; i < peer->wanted_count; i++) {
        if (peer->wanted[i] == n) {
            peer->wanted[i] = peer->wanted[--peer->wanted_count];
            return;
        }
    }
}

void retry_all(struct tcn_mesh *mesh)
{
    for (size_t i = 0; i < mesh->peer_count; i++) {
        mesh->peers[i].retry = true;
    }
}

/* One pass over the refusals per reason to look, in portions: the next one is
 * read when the last one was answered. */
void retry_pump(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (!peer->established || !peer->has_settled || peer->wanted_count > 0 ||
        (!peer->retry && !peer->retrying)) {
        return;
    }
    if (peer->retry) {
        peer->retry = false;
        peer->retry_after_n = 0;
    } else if (peer->retry_last) {
        peer->retrying = false;
        return;
    }
    if (peer->retrying && peer->retry_after_n == UINT64_MAX) {
        return; /* asked, not answered yet */
    }
    peer->retrying = true;
    effect(mesh, TCN_EFFECT_READ_REFUSALS, number)->n = peer->retry_after_n;
    peer->retry_after_n = UINT64_MAX;
    peer->retry_last = false;
}

void on_refusals(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    if (!peer->retrying || !peer->established) {
        return;
    }
    peer->retry_last = event->refusals.last;
    peer->retry_after_n = 0;
    peer->wanted_count = 0;
    for (size_t i = 0; i < event->refusals.count; i++) {
        const struct tcn_refusal *row = &event->refusals.rows[i];
        peer->retry_after_n = row->n;
        if (may_have_gone(mesh, row) && peer->wanted_count < TCN_WANT_MAX) {
            peer->wanted[peer->wanted_count++] = row->n;
        } else if (row->reason == TCN_ERR_EARLY &&
                   row->retry_at_ms < peer->retry_at_ms) {
            peer->retry_at_ms = row->retry_at_ms;
        }
    }
    if (peer->wanted_count > 0) {
        struct tcn_frame *frame = send_frame(mesh, event->peer, TCN_FRAME_WANT);
        frame->want.count = peer->wanted_count;
        memcpy(frame->want.n, peer->wanted,
               peer->wanted_count * sizeof peer->wanted[0]);
    }
}
