/* What a peer pushes: a row that is new, the answer to a WANT, or a refused row
 * that we asked for again. Before a signature costs anything: the grant, what
 * is held, the time, who else brings it, and how much the peer sends of late.
 */
#include "mesh/internal.h"

#define VERIFY_MS (5 * TCN_SECOND_MS) /* others that bring it wait so long */
#define BUSY_MS   TCN_SECOND_MS

/* What was on its way at our HELLO: at most a window. */
static const uint64_t forgiven[TCN_LANES] = {
    [TCN_LANE_FAST] = TCN_FAST_BYTES,
    [TCN_LANE_BULK] = TCN_BULK_BYTES,
};

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

bool already_has(const struct tcn_mesh *mesh, uint32_t at, uint8_t form)
{
    if (at == NOBODY || mesh->entries[at].ghost) {
        return false;
    }
    const struct entry *entry = &mesh->entries[at];
    return !entry->has_contents || (form & ~entry->form & ~EXPORTED) == 0;
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

/* ---- which row it is ---- */

struct coming {
    unsigned peer;
    enum tcn_lane lane;
    struct in_lane *in;
    const struct tcn_place *place;
    struct slot *slot; /* NULL when `again` */
    bool again;
    bool unasked;
};

/* False: nobody waits for it. */
static bool find_row(struct tcn_mesh *mesh, struct coming *coming)
{
    struct in_lane *in = coming->in;
    uint64_t n = coming->place->n;
    const struct peer *peer = &mesh->peers[coming->peer];
    if (n > in->high) {
        coming->unasked =
            rows_came(mesh, coming->peer, coming->lane, n, coming->place);
        coming->slot = slot_at(in, n);
        return coming->unasked;
    }
    coming->again = is_wanted_again(peer, coming->lane, n);
    if (coming->again) {
        return true;
    }
    if (n > in->reach) {
        coming->slot = slot_at(in, n);
        return coming->slot->state == SLOT_WANTED ||
               coming->slot->state == SLOT_OFFERED;
    }
    /* Whoever sends it does not know that it is settled. */
    ack_soon(mesh, coming->peer);
    return false;
}

static void finish(struct tcn_mesh *mesh, const struct coming *coming,
                   struct settling *row)
{
    row->lane = coming->lane;
    row->n = coming->place->n;
    row->again = coming->again;
    if (coming->slot != NULL && coming->slot->state == SLOT_WANTED) {
        unchase(mesh, coming->slot->id, coming->peer);
    }
    settle(mesh, coming->peer, row);
}

/* ---- PUSH ---- */

/* Somebody else brings it, until elsewhere_ms at most, or the peer brings too
 * much: it is asked for again in a while, unless it has come by then. */
static void put_off(struct tcn_mesh *mesh, const struct coming *coming,
                    const struct tcn_alert *alert, uint64_t elsewhere_ms)
{
    struct slot *slot = coming->slot;
    bool elsewhere = elsewhere_ms != 0;
    unwant(coming->in, slot);
    memcpy(slot->id, alert->id.bytes, 16);
    slot->form = open_classes(alert);
    slot->size_class = tcn_size_class(alert->envelope.len);
    slot->state = SLOT_OFFERED;
    slot->is_history = true;
    slot->waits = elsewhere;
    slot->due_ms = elsewhere ? elsewhere_ms : mesh->now_ms + BUSY_MS;
    if (slot->due_ms < coming->in->due_ms) {
        coming->in->due_ms = slot->due_ms;
    }
    if (elsewhere) {
        chase_waits(mesh, slot->id, coming->peer);
    } else {
        unchase(mesh, slot->id, coming->peer);
    }
}

static void ask_for_proof(struct tcn_mesh *mesh, const struct coming *coming,
                          const struct tcn_alert *alert)
{
    struct tcn_effect *verify = effect(mesh, TCN_EFFECT_VERIFY, coming->peer);
    verify->lane = (uint8_t)coming->lane;
    verify->n = coming->place->n;
    verify->ticket = ++mesh->ticket;
    verify->alert = alert;
    verify->id = alert->id;
    if (coming->slot != NULL) {
        unwant(coming->in, coming->slot);
        coming->slot->state = SLOT_VERIFYING;
        coming->slot->due_ms = mesh->ticket;
    }
    const struct chase chased = {.peer = (uint8_t)coming->peer,
                                 .proving = open_classes(alert) | HAS,
                                 .until_ms = mesh->now_ms + VERIFY_MS};
    chase(mesh, alert->id.bytes, &chased);
}

/* Until when the same copy, or one with more in it, is being verified; or 0. */
static uint64_t proven_elsewhere(const struct tcn_mesh *mesh,
                                 const struct tcn_alert *alert, uint8_t open)
{
    const struct chase *chased = chase_find(mesh, alert->id.bytes);
    bool is_proven = chased != NULL && (open & ~chased->proving) == 0 &&
                     chased->proving != 0;
    return is_proven ? chased->until_ms : 0;
}

/* Settled, or refused, or to be proven, or not now: then it is as if it had
 * been offered. True: the bytes are done with. */
static bool take_push(struct tcn_mesh *mesh, const struct coming *coming,
                      const struct tcn_alert *alert)
{
    struct settling row = {.id = &alert->id};
    uint8_t open = open_classes(alert);
    uint32_t at = entry_find(mesh, &alert->id);
    if (already_has(mesh, at, open)) {
        note_source(mesh, at, coming->peer, open & mesh->entries[at].form);
        mesh->stats.duplicates++;
        if (coming->unasked && coming->lane == TCN_LANE_BULK) {
            tree_brought_again(mesh, coming->peer, at);
        } else if (coming->slot != NULL && coming->slot->state == SLOT_WANTED) {
            offer_beaten(mesh, coming->peer, coming->slot, at);
        }
        finish(mesh, coming, &row);
        return true;
    }
    row.err = check_time(mesh, &alert->header, &row.retry_at_ms);
    if (row.err != TCN_ERR_OK) {
        finish(mesh, coming, &row);
        return true;
    }
    uint64_t elsewhere_ms = proven_elsewhere(mesh, alert, open);
    bool later = elsewhere_ms != 0 || !may_verify(mesh, coming->peer);
    if (later && coming->slot != NULL) {
        put_off(mesh, coming, alert, elsewhere_ms);
        return true;
    }
    ask_for_proof(mesh, coming, alert);
    return false;
}

void on_push(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    const struct tcn_frame *frame = event->frame.frame;
    struct peer *peer = &mesh->peers[event->peer];
    struct coming coming = {
        .peer = event->peer,
        .lane = (enum tcn_lane)frame->lane,
        .in = &peer->in[frame->lane],
        .place = &frame->push.place,
    };
    uint64_t bytes = frame->push.envelope.len;
    coming.in->came += bytes;
    if (coming.in->came >
        grant_of(coming.in, coming.lane) + forgiven[coming.lane]) {
        mesh->stats.frames_dropped++;
        fault(mesh, event->peer, TCN_ERR_CREDIT);
        return;
    }
    bool done = true;
    if (!find_row(mesh, &coming)) {
        mesh->stats.duplicates++;
    } else if (event->frame.alert == NULL) {
        tcn_assert(event->frame.err != TCN_ERR_OK);
        struct settling row = {.err = event->frame.err};
        finish(mesh, &coming, &row);
        fault(mesh, event->peer, event->frame.err);
    } else {
        done = take_push(mesh, &coming, event->frame.alert);
    }
    if (done) {
        bytes_done(mesh, event->peer, coming.lane, bytes);
    }
}

void on_gone(struct tcn_mesh *mesh, unsigned number,
             const struct tcn_frame *frame)
{
    struct coming coming = {
        .peer = number,
        .lane = (enum tcn_lane)frame->lane,
        .in = &mesh->peers[number].in[frame->lane],
        .place = &frame->gone.place,
    };
    struct settling row = {0};
    if (find_row(mesh, &coming)) {
        finish(mesh, &coming, &row);
    }
}

/* ---- after the proof ---- */

/* What we hold, or gave away and lost: then only the withdrawal's `ref` says
 * what it is about. */
static bool is_about_ours(struct tcn_mesh *mesh,
                          const struct tcn_header *header)
{
    return thread_find(mesh, header->origin, &header->thread) != NOBODY ||
           (header->has_ref && entry_find(mesh, &header->ref) != NOBODY);
}

/* A withdrawal of what we hold passes every import filter. */
static bool passes_import(struct tcn_mesh *mesh, unsigned number,
                          const struct tcn_alert *alert)
{
    const struct tcn_header *header = &alert->header;
    if ((header->kind == TCN_KIND_REVOKE && is_about_ours(mesh, header)) ||
        tcn_view_is(header->origin, mesh->self)) {
        return true; /* so does what we said ourselves, and lost */
    }
    uint32_t at = entry_find(mesh, &alert->id);
    uint64_t sources = at == NOBODY ? 0 : entry_at(mesh, at)->sources;
    struct tcn_facts facts = {
        .alert = alert,
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
    /* What is here was looked at, or passed; of a ghost nobody knows. */
    bool is_new = at == NOBODY || entry_at(mesh, at)->ghost;
    mesh->quarantining = verdict.outcome == TCN_HOLD && is_new;
    return verdict.outcome != TCN_DENY;
}

static enum tcn_err judge(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    enum tcn_err err = event->verified.err;
    const struct tcn_alert *alert = event->verified.alert;
    if (err != TCN_ERR_OK) {
        return err;
    }
    if (!passes_import(mesh, event->peer, alert)) {
        return TCN_ERR_IMPORT_DENIED;
    }
    return accept_alert(mesh, event->peer, alert, event->verified.other);
}

/* The slot that waits for this answer; a session that is over has none. */
static bool find_verified(struct tcn_mesh *mesh, const struct tcn_event *event,
                          struct coming *coming)
{
    struct in_lane *in = coming->in;
    uint64_t n = event->verified.n;
    if (!mesh->peers[coming->peer].established) {
        return false;
    }
    coming->again =
        is_wanted_again(&mesh->peers[coming->peer], coming->lane, n);
    if (coming->again) {
        return true;
    }
    coming->slot = slot_at(in, n);
    return n > in->reach && n <= in->high &&
           coming->slot->state == SLOT_VERIFYING &&
           coming->slot->due_ms == event->verified.ticket;
}

void on_verified(struct tcn_mesh *mesh, const struct tcn_event *event)
{
    const struct tcn_alert *alert = event->verified.alert;
    struct tcn_place place = {.n = event->verified.n};
    struct coming coming = {
        .peer = event->peer,
        .lane = (enum tcn_lane)event->verified.lane,
        .in = &mesh->peers[event->peer].in[event->verified.lane],
        .place = &place,
    };
    unchase(mesh, alert->id.bytes, event->peer);
    if (!find_verified(mesh, event, &coming)) {
        return;
    }
    bytes_done(mesh, event->peer, coming.lane, alert->envelope.len);
    bool late =
        !coming.again && coming.slot->was_wanted && !coming.slot->is_history;
    struct settling row = {.id = &alert->id, .err = judge(mesh, event)};
    uint32_t at = entry_find(mesh, &alert->id);
    if (row.err == TCN_ERR_OK && at != NOBODY && !coming.again) {
        tree_brought(mesh, event->peer, at, late);
    }
    finish(mesh, &coming, &row);
    if (tcn_err_class(event->verified.err) == TCN_CLASS_INPUT) {
        fault(mesh, event->peer, event->verified.err);
    }
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
