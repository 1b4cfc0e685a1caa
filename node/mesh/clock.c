/* Our clock against the peers': the median of what their HELLOs said. */
#include <stdlib.h>

#include "mesh/internal.h"

static void insert_sorted(int64_t *list, size_t count, int64_t value)
{
    size_t at = count;
    while (at > 0 && list[at - 1] > value) {
        list[at] = list[at - 1];
        at--;
    }
    list[at] = value;
}

static int64_t median_offset(const struct tcn_mesh *mesh)
{
    int64_t sorted[TCN_PEERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < mesh->peer_count; i++) {
        if (mesh->peers[i].has_offset) {
            insert_sorted(sorted, count++, mesh->peers[i].offset_ms);
        }
    }
    if (count == 0) {
        return 0;
    }
    /* Of two in the middle the one that doubts us less: one peer alone cannot
     * convict our clock when another one confirms it. */
    int64_t low = sorted[(count - 1) / 2];
    int64_t high = sorted[count / 2];
    return llabs(low) < llabs(high) ? low : high;
}

void clock_heard(struct tcn_mesh *mesh, unsigned number, uint64_t clock_ms)
{
    struct peer *peer = &mesh->peers[number];
    /* What no clock can say is no clock. */
    const uint64_t limit = INT64_MAX / 2;
    peer->has_offset = clock_ms < limit && mesh->now_ms < limit;
    if (peer->has_offset) {
        peer->offset_ms = (int64_t)clock_ms - (int64_t)mesh->now_ms;
    }
    int64_t median = median_offset(mesh);
    uint64_t size = (uint64_t)(median < 0 ? -median : median);
    bool off = size > TCN_CLOCK_ALARM_MS;
    mesh->stats.clock_offset_ms = median;
    if (off == mesh->stats.clock_alarm) {
        return;
    }
    mesh->stats.clock_alarm = off;
    alarm_about(mesh, off ? TCN_ALARM_CLOCK : TCN_ALARM_CLOCK_OK, OF_US, NULL,
                TCN_ERR_OK);
    retry_all(mesh, RETRY_TIME | RETRY_CLOCK);
    mesh->clock_ask_ms = off ? mesh->now_ms + CLOCK_ASK_MS : UINT64_MAX;
    if (!off) {
        rescan(mesh); /* what the floor took for expired may not be */
    }
}

/* HELLOs are rare; whether our clock was mended, only new ones can tell. */
void clock_tick(struct tcn_mesh *mesh)
{
    if (mesh->now_ms >= mesh->clock_ask_ms) {
        mesh->clock_ask_ms =
            mesh->stats.clock_alarm ? mesh->now_ms + CLOCK_ASK_MS : UINT64_MAX;
        hello_again(mesh);
    }
}

static void shift(uint64_t *timer, uint64_t by_ms)
{
    if (*timer != UINT64_MAX) {
        *timer -= by_ms < *timer ? by_ms : *timer;
    }
}

static void shift_rows(struct in_lane *lane, uint64_t by_ms)
{
    shift(&lane->due_ms, by_ms);
    for (uint64_t n = lane->reach + 1; n <= lane->high; n++) {
        struct slot *slot = slot_at(lane, n);
        if (slot->state == SLOT_OFFERED || slot->state == SLOT_WANTED) {
            shift(&slot->due_ms, by_ms);
        }
    }
}

/* Set back: what is due in a moment must not wait for an hour. */
static void set_back(struct tcn_mesh *mesh, uint64_t by_ms)
{
    shift(&mesh->sweep_ms, by_ms);
    shift(&mesh->clock_ask_ms, by_ms);
    for (size_t i = 0; i < mesh->peer_count; i++) {
        struct peer *peer = &mesh->peers[i];
        shift(&peer->hello_at_ms, by_ms);
        shift(&peer->ack_at_ms, by_ms);
        shift(&peer->renewed_ms, by_ms);
        shift(&peer->renew_at_ms, by_ms);
        shift(&peer->retry_at_ms, by_ms);
        shift(&peer->offer_at_ms, by_ms);
        shift(&peer->past_at_ms, by_ms);
        shift(&peer->blocked_until_ms, by_ms);
        shift(&peer->score_ms, by_ms);
        for (size_t lane = 0; lane < TCN_LANES; lane++) {
            shift_rows(&peer->in[lane], by_ms);
        }
    }
}

/* Set forward, or the machine slept: in that time nobody could serve us. */
static void set_forward(struct tcn_mesh *mesh, uint64_t by_ms)
{
    for (size_t i = 0; i < mesh->peer_count; i++) {
        for (size_t l = 0; l < TCN_LANES; l++) {
            struct in_lane *lane = &mesh->peers[i].in[l];
            for (uint64_t n = lane->reach + 1; n <= lane->high; n++) {
                struct slot *slot = slot_at(lane, n);
                slot->due_ms += slot->state == SLOT_WANTED ? by_ms : 0;
            }
        }
    }
}

/* A TICK is due at least once in SWEEP_MS, so a longer silence is a clock that
 * was set (or a machine that slept: asking costs little). Nothing ends by a
 * clock before peers had time to say theirs. */
void clock_step(struct tcn_mesh *mesh, uint64_t now_ms)
{
    uint64_t before = mesh->now_ms;
    mesh->now_ms = now_ms;
    if (before == 0) {
        mesh->sweep_ms = now_ms + SWEEP_MS;
        return;
    }
    if (now_ms < before) {
        set_back(mesh, before - now_ms);
    } else if (now_ms - before > SWEEP_MS) {
        set_forward(mesh, now_ms - before);
    }
    uint64_t jump = now_ms < before ? before - now_ms : now_ms - before;
    if (jump > SWEEP_MS + TCN_CLOCK_ALARM_MS / 2) {
        mesh->clock_ask_ms = now_ms;
        mesh->sweep_ms = now_ms + SWEEP_MS;
    }
}
