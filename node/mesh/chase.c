/* Ids that we do not have yet: chase.h. */
#include "mesh/internal.h"

/* How far back the row is looked for that waits; one that is further waits
 * until its time. */
#define ROWS_BACK TCN_LANE_FRAMES

static struct chase *chase_of(const struct tcn_mesh *mesh, const uint8_t id[16])
{
    uint64_t word;
    memcpy(&word, id, sizeof word);
    word = (word ^ mesh->seed) * 0x9e3779b97f4a7c15ull;
    return &mesh->chases[word >> 32 & (CHASES - 1)];
}

static bool is_of(const struct chase *at, const uint8_t id[16])
{
    return memcmp(at->id, id, sizeof at->id) == 0;
}

/* Later than any chase lasts: the clock was set back. */
static bool is_on(const struct tcn_mesh *mesh, const struct chase *at)
{
    return at->until_ms > mesh->now_ms &&
           at->until_ms <= mesh->now_ms + UNSERVED_MS;
}

const struct chase *chase_find(const struct tcn_mesh *mesh,
                               const uint8_t id[16])
{
    const struct chase *at = chase_of(mesh, id);
    return is_on(mesh, at) && is_of(at, id) ? at : NULL;
}

void chase(struct tcn_mesh *mesh, const uint8_t id[16],
           const struct chase *chased)
{
    struct chase *at = chase_of(mesh, id);
    uint64_t waits = is_of(at, id) ? at->waits : 0;
    *at = *chased;
    at->waits = waits;
    memcpy(at->id, id, sizeof at->id);
}

void chase_waits(struct tcn_mesh *mesh, const uint8_t id[16], unsigned peer)
{
    struct chase *at = chase_of(mesh, id);
    at->waits |= is_of(at, id) ? 1ull << peer : 0;
}

/* ---- when it is over ---- */

static bool let_row_go(struct tcn_mesh *mesh, struct in_lane *in,
                       const uint8_t id[16])
{
    uint64_t n = in->high;
    for (; n > in->reach && in->high - n < ROWS_BACK; n--) {
        struct slot *slot = slot_at(in, n);
        if (slot->state == SLOT_OFFERED && slot->waits &&
            memcmp(slot->id, id, sizeof slot->id) == 0) {
            slot->due_ms = in->due_ms = mesh->now_ms;
            return true;
        }
    }
    return false;
}

void unchase(struct tcn_mesh *mesh, const uint8_t id[16], unsigned peer)
{
    struct chase *at = chase_of(mesh, id);
    if (at->peer != peer || !is_of(at, id)) {
        return;
    }
    at->until_ms = 0;
    for (unsigned i = 0; at->waits != 0; i++, at->waits >>= 1) {
        struct in_lane *in = mesh->peers[i].in;
        if ((at->waits & 1) != 0 && !let_row_go(mesh, &in[TCN_LANE_BULK], id)) {
            (void)let_row_go(mesh, &in[TCN_LANE_FAST], id);
        }
    }
}

void chase_forget(struct tcn_mesh *mesh, unsigned peer)
{
    for (size_t i = 0; i < CHASES; i++) {
        struct chase *at = &mesh->chases[i];
        at->waits &= ~(1ull << peer);
        if (at->peer == peer && is_on(mesh, at)) {
            unchase(mesh, at->id, peer); /* what it was asked for */
        }
    }
}
