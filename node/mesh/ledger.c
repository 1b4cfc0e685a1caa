/* The export ledger: what was handed over to a peer, in numbered rows. Only its
 * owner can compute its marks, so a mark that is not ours is proof that one
 * of the two was restored from a backup. */
#include "alert/hash.h"
#include "mesh/internal.h"

static struct tcn_mark next_mark(const struct peer *peer, enum tcn_lane lane,
                                 const struct tcn_id *id, uint8_t form)
{
    const struct tcn_place *top = &peer->out[lane].top;
    struct tcn_mark mark;
    uint64_t n = top->n + 1;
    uint8_t number[9] = {[8] = (uint8_t)lane};
    for (int i = 0; i < 8; i++) {
        number[i] = (uint8_t)(n >> (56 - 8 * i));
    }
    const struct tcn_view parts[] = {
        tcn_view(top->mark.bytes, sizeof top->mark.bytes),
        tcn_view(number, sizeof number),
        tcn_id_view(id),
        tcn_view(&form, 1),
    };
    tcn_hash_parts(TCN_PERSONAL_LEDGER, tcn_view(peer->key, sizeof peer->key),
                   parts, 4, mark.bytes, sizeof mark.bytes);
    return mark;
}

/* Epoch and key come from the randomness that the link came with; each further
 * one in the same session from the one before. */
static void derive(struct peer *peer)
{
    uint8_t bytes[8 + 32 + 24];
    const struct tcn_view parts[] = {
        tcn_view(peer->random, sizeof peer->random),
        tcn_view(peer->nonce, sizeof peer->nonce),
    };
    tcn_hash_parts(TCN_PERSONAL_LEDGER, tcn_view(NULL, 0), parts, 2, bytes,
                   sizeof bytes);
    memcpy(peer->epoch.bytes, bytes, 8);
    memcpy(peer->key, bytes + 8, 32);
    memcpy(peer->random, bytes + 40, 24);
}

/* What the rows of the epoch before say was perhaps never stored there; HELD
 * will tell. That they were there stays a reason for revocations. Who gave us
 * an alert has it; a withdrawal must be there even if a backup forgot it. */
static void doubt_exports(struct tcn_mesh *mesh, unsigned number)
{
    for (uint32_t at = 1; at <= mesh->entry_fresh; at++) {
        if ((mesh->entries[at].sources >> number & 1) == 0 ||
            mesh->entries[at].kind == TCN_KIND_REVOKE) {
            *known_of(mesh, at, number) &= EXPORTED;
        }
    }
}

void ledger_begin(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    bool first = !peer->has_ledger;
    derive(peer);
    peer->has_ledger = true;
    peer->held_done = peer->held_short = peer->held_dropped = false;
    peer->cursor_known = false;
    peer->query = false;
    peer->offers[0].count = peer->offers[1].count = 0;
    peer->offer_at_ms = UINT64_MAX;
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        struct out_lane *out = &peer->out[lane];
        out->top = (struct tcn_place){0};
        out->acked = out->sent = 0;
        out->checking = false;
        out->wanted_count = 0;
        out->places.count = 0;
    }
    flows_again(mesh, number);
    peer->revokes = mesh->first_revoke;
    if (!first) {
        doubt_exports(mesh, number);
    } else if (peer->since_ms > 0 && peer->since_ms < mesh->now_ms) {
        peer->skip_before_ms = mesh->now_ms - peer->since_ms;
    }
    struct tcn_effect *begun = effect(mesh, TCN_EFFECT_EPOCH, number);
    begun->epoch = peer->epoch;
    memcpy(begun->key, peer->key, sizeof begun->key);
}

uint64_t ledger_add(struct tcn_mesh *mesh, unsigned number, enum tcn_lane lane,
                    uint32_t at, uint8_t form)
{
    struct peer *peer = &mesh->peers[number];
    struct out_lane *out = &peer->out[lane];
    const struct entry *entry = entry_at(mesh, at);
    form |= HAS;
    out->top.mark = next_mark(peer, lane, &entry->id, form);
    out->top.n++;
    out->sent = out->top.n;
    *known_of(mesh, at, number) |= form | EXPORTED;
    struct tcn_effect *row = effect(mesh, TCN_EFFECT_EXPORT, number);
    row->lane = (uint8_t)lane;
    row->epoch = peer->epoch;
    row->n = out->top.n;
    row->mark = out->top.mark;
    row->id = entry->id;
    row->form = form;
    mesh->stats.exported++;
    return out->top.n;
}

/* A peer that says so again and again must not make us begin again and again:
 * each time costs a scan over everything that is held. */
void ledger_renew(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    uint64_t next = peer->renewed_ms + RENEW_MS;
    peer->cursor_known = false;
    if (peer->renewed_ms != 0 && mesh->now_ms < next) {
        peer->renew_at_ms = next;
        return;
    }
    peer->renewed_ms = mesh->now_ms;
    peer->renew_at_ms = UINT64_MAX;
    alarm_about(mesh, TCN_ALARM_RESTORED, number, NULL, TCN_ERR_OK);
    ledger_begin(mesh, number);
    send_hello(mesh, number);
}

/* ---- windows ---- */

static bool may_add(const struct peer *peer)
{
    return peer->established && peer->held_done && peer->cursor_known;
}

bool rows_open(const struct peer *peer, enum tcn_lane lane)
{
    const struct out_lane *out = &peer->out[lane];
    return may_add(peer) && out->sent + 1 - out->acked <= out->rows &&
           out->places.count + 1 < TCN_LANE_FRAMES;
}

bool bytes_open(const struct peer *peer, enum tcn_lane lane, uint64_t bytes)
{
    const struct out_lane *out = &peer->out[lane];
    return out->pushed + bytes <= out->grant;
}

uint64_t most_of(enum tcn_lane lane)
{
    return lane == TCN_LANE_FAST ? TCN_ENVELOPE_MAX : TCN_EAGER_BYTES;
}

void places_push(struct places *places, const struct tcn_place *place)
{
    tcn_assert(places->count < TCN_LANE_FRAMES);
    places->list[(places->first + places->count++) % TCN_LANE_FRAMES] = *place;
}

void place_sent(struct peer *peer, enum tcn_lane lane,
                const struct tcn_place *place)
{
    places_push(&peer->out[lane].places, place);
}

const struct tcn_place *places_find(const struct places *places, uint64_t n)
{
    size_t low = 0, high = places->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct tcn_place *place =
            &places->list[(places->first + middle) % TCN_LANE_FRAMES];
        if (place->n == n) {
            return place;
        }
        if (place->n < n) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct tcn_place *places_pop(struct places *places, uint64_t n)
{
    const struct tcn_place *last = NULL;
    while (places->count > 0 && places->list[places->first].n <= n) {
        last = &places->list[places->first];
        places->first = (places->first + 1) % TCN_LANE_FRAMES;
        places->count--;
    }
    return last;
}
