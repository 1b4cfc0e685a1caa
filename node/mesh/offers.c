/* What a peer offers: what we hold is settled at once. Of history the rest is
 * asked for at once; of what is new a moment later, because it is on its way to
 * us from somebody else. Nothing is asked for twice at the same time. */
#include "mesh/internal.h"

/* ---- asking ---- */

struct asking {
    unsigned peer;
    enum tcn_lane lane;
    struct in_lane *in;
    struct tcn_frame *frame; /* NULL = none begun */
};

static bool may_want(const struct in_lane *in, const struct slot *slot)
{
    uint64_t bytes = (uint64_t)1 << slot->size_class;
    return in->wants < TCN_WANTS_MAX &&
           (in->wants == 0 || in->want_bytes + bytes <= WANT_BYTES);
}

static void want(struct tcn_mesh *mesh, struct asking *asking, uint64_t n)
{
    struct in_lane *in = asking->in;
    struct slot *slot = slot_at(in, n);
    if (!may_want(in, slot)) {
        in->starved = true;
        return;
    }
    if (asking->frame == NULL || asking->frame->want.count == TCN_WANT_MAX) {
        if (!has_room(mesh, 2)) {
            in->due_ms = mesh->now_ms;
            return;
        }
        asking->frame =
            send_frame(mesh, asking->peer, asking->lane, TCN_FRAME_WANT);
    }
    asking->frame->want.n[asking->frame->want.count++] = n;
    slot->state = SLOT_WANTED;
    slot->due_ms = mesh->now_ms + UNSERVED_MS;
    in->wants++;
    in->want_bytes += (uint64_t)1 << slot->size_class;
    mesh->stats.wanted++;
    const struct chase chased = {.peer = (uint8_t)asking->peer,
                                 .until_ms = mesh->now_ms + WANT_AGAIN_MS};
    chase(mesh, slot->id, &chased);
}

/* Not the same for all peers: whoever is asked first may have it first. */
static uint64_t wait_for(const struct tcn_mesh *mesh, unsigned number)
{
    uint64_t mixed = (mesh->seed ^ number) * 0x9e3779b97f4a7c15ull;
    return OFFER_WAIT_MS + (mixed >> 40) % OFFER_WAIT_MS;
}

/* It came from somebody else. Where it had been offered long before that, the
 * peer should have pushed it. An offer that waited for others says nothing. */
void offer_beaten(struct tcn_mesh *mesh, unsigned number,
                  const struct slot *slot, uint32_t at)
{
    uint64_t due_ms = slot->due_ms;
    due_ms -= slot->state == SLOT_WANTED ? UNSERVED_MS : 0; /* asked then */
    uint32_t offered = (uint32_t)(due_ms - wait_for(mesh, number));
    bool waited = slot->waits && slot->state == SLOT_OFFERED;
    if (!slot->is_history && !waited &&
        (int32_t)(mesh->entries[at].came_ms - offered) > EARLIER_MS) {
        tree_brought(mesh, number, at, true);
    }
}

/* An offered row whose time has come: it came from somebody else, is on its way
 * from somebody else, or is asked for. */
static void look_at_offer(struct tcn_mesh *mesh, struct asking *asking,
                          uint64_t n)
{
    struct slot *slot = slot_at(asking->in, n);
    uint32_t at = entry_find_short(mesh, slot->id);
    const struct chase *chased = chase_find(mesh, slot->id);
    if (slot->due_ms > mesh->now_ms + UNSERVED_MS) {
        slot->due_ms = mesh->now_ms; /* the clock was set back */
    }
    if (slot->due_ms > mesh->now_ms) {
        return;
    }
    if (already_has(mesh, at, slot->form)) {
        offer_beaten(mesh, asking->peer, slot, at);
        settle(mesh, asking->peer,
               &(struct settling){.lane = asking->lane, .n = n});
    } else if (chased != NULL) {
        slot->due_ms = chased->until_ms;
        slot->waits = true;
        chase_waits(mesh, slot->id, asking->peer);
    } else {
        want(mesh, asking, n);
    }
}

static void look_at_want(struct tcn_mesh *mesh, struct asking *asking,
                         uint64_t n)
{
    if (slot_at(asking->in, n)->due_ms > mesh->now_ms || !has_room(mesh, 6)) {
        return;
    }
    settle(mesh, asking->peer,
           &(struct settling){
               .lane = asking->lane, .n = n, .err = TCN_ERR_UNSERVED});
    fault(mesh, asking->peer, TCN_ERR_UNSERVED); /* may end the session */
}

static void look_at(struct tcn_mesh *mesh, struct asking *asking, uint64_t n)
{
    struct in_lane *in = asking->in;
    const struct slot *slot = slot_at(in, n);
    if (slot->state == SLOT_OFFERED) {
        look_at_offer(mesh, asking, n);
    } else if (slot->state == SLOT_WANTED) {
        look_at_want(mesh, asking, n);
    }
    bool waits = slot->state == SLOT_WANTED ||
                 (slot->state == SLOT_OFFERED && slot->due_ms > mesh->now_ms);
    if (waits && slot->due_ms < in->due_ms) {
        in->due_ms = slot->due_ms;
    }
}

void offers_tick(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    for (enum tcn_lane lane = 0; lane < TCN_LANES; lane++) {
        struct in_lane *in = &peer->in[lane];
        struct asking asking = {number, lane, in, NULL};
        if (mesh->now_ms < in->due_ms) {
            continue;
        }
        in->due_ms = UINT64_MAX;
        in->starved = false;
        /* A fault in it may have ended the session. */
        for (uint64_t n = in->reach + 1; n <= in->high && peer->established;
             n++) {
            look_at(mesh, &asking, n);
        }
        if (mesh->unfinished) {
            in->due_ms = mesh->now_ms;
        }
    }
}

/* ---- being offered ---- */

static void take_row(struct tcn_mesh *mesh, unsigned number, struct slot *slot,
                     const uint8_t *row)
{
    uint32_t at = entry_find_short(mesh, row);
    memcpy(slot->id, row, 16);
    slot->form = row[16] & TCN_CLASS_ALL;
    slot->size_class = row[17] < 18 ? row[17] : 18; /* an envelope */
    if (at != NOBODY) {
        peer_has(mesh, at, number, slot->form);
    }
    slot->state =
        already_has(mesh, at, slot->form) ? SLOT_SETTLED : SLOT_OFFERED;
}

/* Of two that meet again one says first what it has, so that the other need not
 * repeat it. An OFFER that is not full is the last one, or nearly. */
static void await_history(struct tcn_mesh *mesh, unsigned number, uint64_t rows)
{
    struct peer *peer = &mesh->peers[number];
    if (peer->past_at_ms == 0) {
        return;
    }
    peer->past_named += rows * TCN_OFFER_ROW;
    peer->past_at_ms = mesh->now_ms + HISTORY_WAIT_MS;
    if (rows < TCN_OFFER_MAX) {
        peer->past_at_ms = 0;
        peer->past_pushed = peer->past_named;
    }
}

void on_offer(struct tcn_mesh *mesh, unsigned number,
              const struct tcn_frame *frame)
{
    struct in_lane *in = &mesh->peers[number].in[frame->lane];
    struct asking asking = {number, (enum tcn_lane)frame->lane, in, NULL};
    uint64_t first = frame->offer.first;
    if (!rows_came(mesh, number, asking.lane, first, &frame->offer.last)) {
        return;
    }
    uint64_t due = mesh->now_ms;
    due += frame->offer.is_history ? 0 : wait_for(mesh, number);
    for (uint64_t n = first; n <= frame->offer.last.n; n++) {
        struct slot *slot = slot_at(in, n);
        take_row(mesh, number, slot,
                 frame->offer.rows.data + (n - first) * TCN_OFFER_ROW);
        slot->is_history = frame->offer.is_history;
        slot->due_ms = due;
        look_at(mesh, &asking, n);
    }
    if (frame->offer.is_history) {
        await_history(mesh, number, frame->offer.last.n - first + 1);
    }
    settle_on(mesh, number, asking.lane);
}
