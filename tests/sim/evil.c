/* Nodes that break the rules. Below is an honest core with an honest store;
 * what leaves it is changed on its way out. A peer is known by its key, so that
 * nobody speaks for another one: that is not simulated. */
#include "sim/sim.h"

#include <stdlib.h>

const char *evil_word(enum evil evil)
{
    static const char *const words[EVILS] = {
        [HONEST] = "is honest",
        [WITHHOLDS] = "withholds",
        [REPLAYS] = "replays",
        [EQUIVOCATES] = "equivocates",
        [LIES] = "lies about numbers",
        [UNSERVED] = "offers and does not serve",
        [FLOODS] = "floods",
        [FORGES] = "forges",
        [SHOUTS] = "marks everything critical",
        [DEMANDS] = "wants everything",
    };
    return words[evil];
}

static void pass(struct sim *sim, const struct node *node, unsigned to,
                 struct tcn_view bytes)
{
    uint8_t *copy = malloc(bytes.len);
    tcn_assert(copy != NULL);
    memcpy(copy, bytes.data, bytes.len);
    say_frame(sim, node->number, to, bytes);
    pipe_send(sim, node->number, to, copy, bytes.len);
}

static void pass_frame(struct sim *sim, const struct node *node, unsigned to,
                       const struct tcn_frame *frame)
{
    static uint8_t bytes[TCN_FRAME_MAX];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_frame_encode(frame, &out);
    if (!out.full) {
        pass(sim, node, to, tcn_buf_view(&out));
    }
}

/* ---- one way each ---- */

static void lie(struct sim *sim, struct tcn_frame *frame)
{
    uint64_t by = 1 + sim_below(sim, sim_chance(sim, 20) ? 1u << 20 : 3);
    switch (frame->type) {
    case TCN_FRAME_HELLO:
        frame->hello.settled.lane[TCN_LANE_BULK].n += by;
        frame->hello.top[TCN_LANE_BULK] += by;
        break;
    case TCN_FRAME_ACK: frame->ack.settled.lane[TCN_LANE_BULK].n += by; break;
    case TCN_FRAME_PUSH: frame->push.place.n += by; break;
    case TCN_FRAME_GONE: frame->gone.place.n += by; break;
    case TCN_FRAME_OFFER:
        frame->offer.first += by;
        frame->offer.last.n += by;
        break;
    case TCN_FRAME_WANT:
        for (unsigned i = 0; i < frame->want.count; i++) {
            frame->want.n[i] += by;
        }
        break;
    default: break;
    }
}

/* Says something else under the same thread and revision, to some. */
static void equivocate(struct sim *sim, const struct node *node,
                       struct tcn_frame *frame)
{
    static struct tcn_alert alert;
    if (frame->type != TCN_FRAME_PUSH ||
        tcn_alert_decode(&alert, frame->push.envelope) != TCN_ERR_OK) {
        return;
    }
    uint32_t number = mint_find(sim, &alert.id);
    if (number == NO_ALERT || sim->alerts[number].origin != node->number ||
        sim->alerts[number].kind != TCN_KIND_ALERT ||
        sim->alert_count + 4 > CHAOS_MAX) {
        return;
    }
    const struct minted *said = &sim->alerts[number];
    const struct wish wish = {.name = "twin",
                              .origin = node->number,
                              .before = number,
                              .contradicts = true,
                              .severity = said->severity,
                              .tlp = said->tlp,
                              .onward = said->onward,
                              .audience = said->audience};
    const struct minted *twin = &sim->alerts[mint(sim, &wish)];
    frame->push.envelope = tcn_view(twin->envelope, twin->len);
}

/* Offers what it should push; what it is asked for does not come. */
static bool offer_only(struct node *node, unsigned to, struct tcn_frame *frame)
{
    static struct tcn_alert alert;
    static uint8_t row[TCN_OFFER_ROW];
    uint64_t *high = &node->offered[to];
    uint64_t n = frame->push.place.n;
    if (frame->lane != TCN_LANE_BULK || frame->type != TCN_FRAME_PUSH) {
        return frame->type != TCN_FRAME_GONE;
    }
    if (n <= *high ||
        tcn_alert_decode(&alert, frame->push.envelope) != TCN_ERR_OK) {
        return false;
    }
    *high = n;
    const struct tcn_place last = frame->push.place;
    memcpy(row, alert.id.bytes, 16);
    row[16] = alert.form;
    row[17] = tcn_size_class(alert.envelope.len);
    frame->type = TCN_FRAME_OFFER;
    frame->offer.first = n;
    frame->offer.last = last;
    frame->offer.is_history = false;
    frame->offer.rows = tcn_view(row, sizeof row);
    return true;
}

/* Rows it was not offered, and those that it has: whoever serves them decides
 * again. */
static void demand(struct sim *sim, const struct node *node, unsigned to,
                   const struct tcn_frame *frame)
{
    struct tcn_frame want = {.session = frame->session,
                             .lane = (uint8_t)sim_below(sim, TCN_LANES),
                             .type = TCN_FRAME_WANT};
    want.want.count = 1 + (unsigned)sim_below(sim, 8);
    uint64_t n = sim_below(sim, 40);
    for (unsigned i = 0; i < want.want.count; i++) {
        n += 1 + sim_below(sim, 4);
        want.want.n[i] = n;
    }
    pass_frame(sim, node, to, &want);
}

static bool is_withheld(struct sim *sim, const struct tcn_frame *frame)
{
    return frame->type != TCN_FRAME_HELLO && sim_chance(sim, 30);
}

/* ---- frames that it has sent ---- */

#define KEPT 16
static struct {
    uint8_t bytes[4096];
    size_t len;
} kept[KEPT];

void evil_init(void)
{
    memset(kept, 0, sizeof kept);
}

static void replay(struct sim *sim, struct node *node, unsigned to,
                   struct tcn_view bytes)
{
    size_t at = sim_below(sim, KEPT);
    if (kept[at].len > 0) {
        pass(sim, node, to, tcn_view(kept[at].bytes, kept[at].len));
    }
    if (bytes.len <= sizeof kept[at].bytes) {
        memcpy(kept[at].bytes, bytes.data, bytes.len);
        kept[at].len = bytes.len;
    }
}

static void change(struct sim *sim, struct node *node, unsigned to,
                   struct tcn_view bytes)
{
    static struct tcn_frame frame;
    enum tcn_err err = tcn_frame_decode(&frame, bytes);
    tcn_assert(err == TCN_ERR_OK);
    bool passes = true;
    switch (node->evil) {
    case WITHHOLDS: passes = !is_withheld(sim, &frame); break;
    case LIES: lie(sim, &frame); break;
    case EQUIVOCATES: equivocate(sim, node, &frame); break;
    case UNSERVED: passes = offer_only(node, to, &frame); break;
    case DEMANDS: demand(sim, node, to, &frame); break;
    default: break;
    }
    if (passes) {
        pass_frame(sim, node, to, &frame);
    }
}

void evil_send(struct sim *sim, struct node *node, unsigned to, uint8_t *bytes,
               size_t len)
{
    unsigned percent = node->evil == UNSERVED ? 100 : 30;
    struct tcn_view view = tcn_view(bytes, len);
    if (!sim_chance(sim, percent)) {
        pass(sim, node, to, view);
        free(bytes);
        return;
    }
    sim->faults[FAULT_EVIL]++;
    switch (node->evil) {
    case REPLAYS:
        pass(sim, node, to, view);
        replay(sim, node, to, view);
        break;
    case FLOODS:
        for (unsigned i = 0; i < 20; i++) {
            pass(sim, node, to, view);
        }
        break;
    case FORGES:
        bytes[sim_below(sim, len)] ^= (uint8_t)(1u << sim_below(sim, 8));
        pass(sim, node, to, view);
        break;
    default: change(sim, node, to, view); break;
    }
    free(bytes);
}
