/* The export ledger: what was handed over to a peer, in numbered rows. Only its
 * owner can compute its marks, so a mark that is not ours is proof that one
 * of the two was restored from a backup. */
#include "alert/hash.h"
#include "mesh/internal.h"

static struct tcn_mark next_mark(const struct peer *peer, uint64_t n,
                                 const struct tcn_id *id, uint8_t form)
{
    struct tcn_mark mark;
    uint8_t number[8];
    for (int i = 0; i < 8; i++) {
        number[i] = (uint8_t)(n >> (56 - 8 * i));
    }
    const struct tcn_view parts[] = {
        tcn_view(peer->top_mark.bytes, sizeof peer->top_mark.bytes),
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

/* What a new peer is not served unasked. */
static void skip_old(struct tcn_mesh *mesh, struct peer *peer)
{
    while (peer->scan != NOBODY && peer->since_ms > 0 &&
           mesh->entries[peer->scan].created_ms + peer->since_ms <
               mesh->now_ms) {
        peer->scan = mesh->entries[peer->scan].after;
    }
}

/* What the rows of the epoch before say was perhaps never stored there; HELD
 * will tell. That they were there stays a reason for revocations. */
static void doubt_exports(struct tcn_mesh *mesh, unsigned number)
{
    for (uint32_t at = 1; at <= mesh->entry_fresh; at++) {
        if ((mesh->entries[at].sources >> number & 1) == 0) {
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
    peer->held_done = false;
    peer->cursor_known = false;
    peer->checking = false;
    peer->query = false;
    peer->wanted_of_us_count = 0;
    peer->top = peer->acked = peer->sent = 0;
    peer->in_flight_bytes = 0;
    peer->top_mark = (struct tcn_mark){0};
    memset(peer->ring, 0, sizeof peer->ring);
    peer->scan = mesh->oldest;
    peer->revokes = mesh->first_revoke;
    if (first) {
        skip_old(mesh, peer);
    } else {
        doubt_exports(mesh, number);
    }
    struct tcn_effect *begun = effect(mesh, TCN_EFFECT_EPOCH, number);
    begun->epoch = peer->epoch;
    memcpy(begun->key, peer->key, sizeof begun->key);
}

uint64_t ledger_add(struct tcn_mesh *mesh, unsigned number, uint32_t at,
                    uint8_t form, uint32_t bytes)
{
    struct peer *peer = &mesh->peers[number];
    const struct entry *entry = entry_at(mesh, at);
    uint64_t n = peer->top + 1;
    form |= HAS;
    peer->top_mark = next_mark(peer, n, &entry->id, form);
    peer->top = n;
    peer->ring[n % RING_ROWS] =
        (struct row){.n = n, .mark = peer->top_mark, .bytes = bytes};
    peer->in_flight_bytes += bytes;
    peer->sent = n;
    *known_of(mesh, at, number) |= form | EXPORTED;
    struct tcn_effect *row = effect(mesh, TCN_EFFECT_EXPORT, number);
    row->epoch = peer->epoch;
    row->n = n;
    row->mark = peer->top_mark;
    row->id = entry->id;
    row->form = form;
    mesh->stats.exported++;
    return n;
}

const struct row *ledger_row(const struct peer *peer, uint64_t n)
{
    const struct row *row = &peer->ring[n % RING_ROWS];
    return n != 0 && row->n == n ? row : NULL;
}

/* Of rows that are no longer remembered the store is asked (resume.c). */
bool ledger_agrees(const struct peer *peer, const struct tcn_cursor *settled)
{
    if (settled->n > peer->top) {
        return false;
    }
    if (settled->n == peer->top && settled->n > 0) {
        return memcmp(settled->mark.bytes, peer->top_mark.bytes, 8) == 0;
    }
    const struct row *row = ledger_row(peer, settled->n);
    return row == NULL || memcmp(settled->mark.bytes, row->mark.bytes, 8) == 0;
}

/* A peer that says so again and again must not make us begin again and again:
 * each time costs a scan over everything that is held. */
void ledger_renew(struct tcn_mesh *mesh, unsigned number)
{
    struct peer *peer = &mesh->peers[number];
    uint64_t next = peer->renewed_ms + RENEW_MS;
    peer->cursor_known = false;
    peer->checking = false;
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

/* However little is granted, one alert at a time fits. */
bool window_open(const struct peer *peer)
{
    uint64_t next = peer->sent + 1;
    return peer->established && peer->held_done && peer->cursor_known &&
           next - peer->acked <= TCN_WINDOW_ROWS &&
           (peer->in_flight_bytes == 0 ||
            peer->in_flight_bytes + TCN_FRAME_MAX / 4 <= peer->credit_bytes);
}
