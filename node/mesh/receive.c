/* What a peer pushes: rows settle in their order, each as stored, already held
 * or refused. */
#include "mesh/internal.h"

void send_ack(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    peer->ack_at_ms = UINT64_MAX;
    peer->unacked = 0;
    if (!peer->established) {
        return;
    }
    struct tcn_frame *frame = send_frame(mesh, number, TCN_FRAME_ACK);
    frame->ack.settled = peer->settled;
    frame->ack.credit_bytes = TCN_WINDOW_BYTES;
}

/* ACKs are gathered for a moment, so that a burst costs one. */
static void ack_soon(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    if (++peer->unacked >= ACK_ROWS) {
        send_ack(mesh, number);
    } else if (peer->ack_at_ms == UINT64_MAX) {
        peer->ack_at_ms = mesh->now_ms + ACK_DELAY_MS;
    }
}

static void settle(struct tcn_mesh *mesh, unsigned number,
                   const struct settling *row)
{
    struct peer *peer = &mesh->peers[number];
    struct tcn_effect *settled = effect(mesh, TCN_EFFECT_SETTLE, number);
    settled->n = row->n;
    settled->mark = *row->mark;
    settled->err = row->err;
    settled->retry_at_ms = row->retry_at_ms;
    if (row->id != NULL) {
        settled->id = *row->id;
    }
    if (row->err != TCN_ERR_OK) {
        refused(mesh, number, row);
        if (is_milestone(mesh->stats.refused[row->err])) {
            alarm_about(mesh, TCN_ALARM_REFUSED, number, row->id, row->err);
        }
    }
    if (row->again) {
        wanted_done(mesh, number, row->n);
        return;
    }
    peer->gap_told = false;
    peer->settled.n = row->n;
    peer->settled.mark = *row->mark;
    ack_soon(mesh, number);
}

/* Rows are missing: a late frame of an older connection can end a session at
 * one end only, and what came then was dropped. A HELLO says how far we are. */
static void tell_gap(struct tcn_mesh *mesh, unsigned number, uint64_t n)
{
    struct peer *peer = &mesh->peers[number];
    mesh->stats.frames_dropped++;
    if (n > peer->settled.n + TCN_WINDOW_ROWS) {
        fault(mesh, number, TCN_ERR_NUMBER); /* more than a window holds */
    } else if (!peer->gap_told) {
        peer->gap_told = true;
        send_hello(mesh, number);
    }
}

/* The next row, or one that we asked for again. What was settled before may
 * come again, but whoever sends it does not know that it is settled. */
static bool is_due(struct tcn_mesh *mesh, unsigned number, uint64_t n,
                   bool *again)
{
    struct peer *peer = &mesh->peers[number];
    *again = is_wanted(peer, n);
    if (peer->receiving) {
        mesh->stats.frames_dropped++;
        return false;
    }
    if (n > peer->settled.n + 1) {
        tell_gap(mesh, number, n);
        return false;
    }
    bool due = *again || n == peer->settled.n + 1;
    if (!due) {
        ack_soon(mesh, number);
    }
    return due;
}

static uint8_t open_classes(const struct tcn_alert *alert)
{
    uint8_t form = 0;
    for (size_t i = 0; i < alert->field_count; i++) {
        if (alert->fields[i].bytes.data != NULL) {
            form |= TCN_CLASS_BIT(alert->fields[i].cls);
        }
    }
    return form;
}

/* Whether the id is known and the copy opens nothing new. */
static bool is_held(struct tcn_mesh *mesh, unsigned number,
                    const struct tcn_alert *alert)
{
    uint32_t at = entry_find(mesh, &alert->id);
    if (at == NOBODY || entry_at(mesh, at)->ghost) {
        return false;
    }
    const struct entry *entry = entry_at(mesh, at);
    uint8_t open = open_classes(alert);
    if (entry->has_contents && (open & ~entry->form) != 0) {
        return false;
    }
    note_source(mesh, at, number, open & entry->form);
    mesh->stats.duplicates++;
    return true;
}

/* No decision by time while our own clock is in doubt. */
static enum tcn_err check_time(const struct tcn_mesh *mesh,
                               const struct tcn_header *header,
                               uint64_t *retry_at_ms)
{
    if (mesh->stats.clock_alarm) {
        return TCN_ERR_OK;
    }
    if (header->created_ms > mesh->now_ms + TCN_EARLY_MS) {
        *retry_at_ms = header->created_ms - TCN_EARLY_MS;
        return TCN_ERR_EARLY;
    }
    bool over = mesh->now_ms >= header->expires_ms;
    return over && header->kind != TCN_KIND_REVOKE ? TCN_ERR_EXPIRED
                                                   : TCN_ERR_OK;
}

static void ask_for_proof(struct tcn_mesh *mesh, unsigned number,
                          const struct tcn_frame *frame,
                          const struct tcn_alert *alert, bool again)
{
    struct peer *peer = &mesh->peers[number];
    peer->receiving = true;
    peer->receiving_n = frame->push.n;
    peer->receiving_mark = frame->push.mark;
    peer->receiving_again = again;
    struct tcn_effect *verify = effect(mesh, TCN_EFFECT_VERIFY, number);
    verify->ticket = frame->push.n;
    verify->alert = alert;
    verify->id = alert->id;
    verify->has_other = tcn_mesh_other(mesh, &alert->header, &verify->other);
}

void on_push(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    const struct tcn_frame *frame = event->frame.frame;
    const struct tcn_alert *alert = event->frame.alert;
    struct settling row = {
        .n = frame->push.n, .mark = &frame->push.mark, .err = event->frame.err};
    if (!is_due(mesh, event->peer, row.n, &row.again)) {
        return;
    }
    if (alert == NULL) {
        tcn_assert(row.err != TCN_ERR_OK);
        mesh->peers[event->peer].faults++;
        settle(mesh, event->peer, &row);
        return;
    }
    row.id = &alert->id;
    if (!is_held(mesh, event->peer, alert)) {
        row.err = check_time(mesh, &alert->header, &row.retry_at_ms);
        if (row.err == TCN_ERR_OK) {
            ask_for_proof(mesh, event->peer, frame, alert, row.again);
            return;
        }
    }
    settle(mesh, event->peer, &row);
}

void on_gone(struct tcn_mesh *mesh, unsigned number,
             const struct tcn_frame *frame)
{
    struct settling row = {.n = frame->gone.n, .mark = &frame->gone.mark};
    if (is_due(mesh, number, row.n, &row.again)) {
        settle(mesh, number, &row);
    }
}

/* A withdrawal of what we hold passes every import filter. */
static bool passes_import(struct tcn_mesh *mesh, unsigned number,
                          const struct tcn_alert *alert)
{
    const struct tcn_header *header = &alert->header;
    uint32_t thread = thread_find(mesh, header->origin, &header->thread);
    if (header->kind == TCN_KIND_REVOKE && thread != NOBODY) {
        return true;
    }
    uint32_t at = entry_find(mesh, &alert->id);
    uint64_t sources = at == NOBODY ? 0 : entry_at(mesh, at)->sources;
    struct tcn_facts facts = {
        .alert = alert,
        .is_own = tcn_view_is(header->origin, mesh->self),
        .key_valid = true,
        .sources = sources | 1ull << number,
        .now_ms = mesh->now_ms,
    };
    struct tcn_verdict verdict =
        tcn_policy_import(mesh->policy, &facts, number);
    struct tcn_effect *decision = effect(mesh, TCN_EFFECT_DECIDE, number);
    decision->id = alert->id;
    decision->hook = TCN_HOOK_IMPORT;
    decision->verdict = verdict;
    return verdict.outcome == TCN_ALLOW;
}

static enum tcn_err judge(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    enum tcn_err err = event->verified.err;
    const struct tcn_alert *alert = event->verified.alert;
    if (err != TCN_ERR_OK) {
        if (tcn_err_class(err) == TCN_CLASS_INPUT) {
            fault(mesh, event->peer, err);
        }
        return err;
    }
    if (!passes_import(mesh, event->peer, alert)) {
        return TCN_ERR_IMPORT_DENIED;
    }
    return accept_alert(mesh, event->peer, alert, event->verified.other);
}

void on_verified(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    struct peer *peer = &mesh->peers[event->peer];
    if (!peer->receiving || peer->receiving_n != event->verified.ticket) {
        return; /* of a session that is over */
    }
    peer->receiving = false;
    struct tcn_mark mark = peer->receiving_mark;
    struct settling row = {
        .n = peer->receiving_n,
        .mark = &mark,
        .id = &event->verified.alert->id,
        .err = judge(mesh, event),
        .again = peer->receiving_again,
    };
    settle(mesh, event->peer, &row);
}

void on_submit(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    const struct tcn_alert *alert = event->submit.alert;
    enum tcn_err err =
        mesh->stats.clock_alarm
            ? TCN_ERR_CLOCK
            : accept_alert(mesh, OF_US, alert, event->submit.other);
    struct tcn_effect *answer = effect(mesh, TCN_EFFECT_ANSWER, OF_US);
    answer->ticket = event->submit.ticket;
    answer->err = err;
    answer->id = alert->id;
}
