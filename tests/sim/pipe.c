/* A one-way link. It keeps the order, until it breaks: then only the beginning
 * of what was under way arrives, and that perhaps after a new connection has
 * been made, as it does when a library still holds frames of the old one. */
#include "sim/sim.h"

#include <stdlib.h>

#define DETECT_MS 40
#define RETRY_MS  200

struct flight {
    unsigned from, to;
    uint64_t arrive_ms;
    uint8_t *bytes;
    size_t len;
    bool lost;
};

static void flight_free(struct flight *flight)
{
    free(flight->bytes);
    free(flight);
}

static void forget(struct pipe *pipe, const struct flight *flight)
{
    size_t at = 0;
    while (pipe->flights[at] != flight) {
        at++;
    }
    memmove(pipe->flights + at, pipe->flights + at + 1,
            (pipe->flight_count - at - 1) * sizeof pipe->flights[0]);
    pipe->flight_count--;
}

static enum tcn_lane lane_of(const uint8_t *bytes, size_t len)
{
    static struct tcn_frame frame;
    enum tcn_err err = tcn_frame_decode(&frame, tcn_view(bytes, len));
    return err == TCN_ERR_OK ? (enum tcn_lane)frame.lane : TCN_LANE_FAST;
}

/* FNV-1a */
static void write_down(struct sim *sim, const uint8_t *bytes, size_t len)
{
    uint64_t hash = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3ull;
    }
    sim->tape =
        sim_grow(sim->tape, sim->tape_count, &sim->tape_cap, sizeof *sim->tape);
    sim->tape[sim->tape_count++] = (struct taped){sim->now_ms, hash};
}

void pipe_send(struct sim *sim, unsigned from, unsigned to, uint8_t *bytes,
               size_t len)
{
    struct pipe *pipe = &sim->pipes[from][to];
    if (from == sim->tape_from && to == sim->tape_to) {
        write_down(sim, bytes, len);
    }
    if (!pipe->up || pipe->mute || pipe->lose > 0) {
        pipe->lose -= pipe->lose > 0;
        free(bytes); /* its end is noticed in a moment */
        return;
    }
    struct flight *flight = calloc(1, sizeof *flight);
    tcn_assert(flight != NULL);
    /* Two connections: what is bulky may be overtaken. */
    enum tcn_lane lane = lane_of(bytes, len);
    uint64_t arrive = sim->now_ms + pipe->latency_ms;
    if (lane == TCN_LANE_BULK && !sim->calm) {
        arrive += pipe->bulk_ms + sim_below(sim, 10);
    }
    uint64_t *last = &pipe->last_ms[lane];
    *last = arrive > *last ? arrive : *last;
    *flight = (struct flight){
        .from = from, .to = to, .arrive_ms = *last, .bytes = bytes, .len = len};
    pipe->flights = sim_grow(pipe->flights, pipe->flight_count,
                             &pipe->flight_cap, sizeof *pipe->flights);
    pipe->flights[pipe->flight_count++] = flight;
    sim_at(sim, *last - sim->now_ms, EV_ARRIVE)->flight = flight;
}

void pipe_arrive(struct sim *sim, struct flight *flight)
{
    struct pipe *pipe = &sim->pipes[flight->from][flight->to];
    if (flight->arrive_ms > sim->now_ms && !flight->lost) {
        sim_at(sim, flight->arrive_ms - sim->now_ms, EV_ARRIVE)->flight =
            flight;
        return;
    }
    forget(pipe, flight);
    struct node *node = &sim->nodes[flight->to];
    if (!flight->lost && node->alive) {
        struct item item = {.kind = ITEM_FRAME,
                            .peer = (uint8_t)node->peer_of[flight->from],
                            .bytes = flight->bytes,
                            .len = flight->len};
        flight->bytes = NULL;
        node_post(sim, node, &item);
    }
    flight_free(flight);
}

void pipe_break(struct sim *sim, unsigned from, unsigned to)
{
    struct pipe *pipe = &sim->pipes[from][to];
    if (!pipe->up) {
        return;
    }
    pipe->up = pipe->mute = false;
    size_t kept = sim->calm ? 0 : sim_below(sim, pipe->flight_count + 1);
    uint64_t late = sim->calm || sim_chance(sim, 50) ? 0 : sim_below(sim, 600);
    for (size_t i = 0; i < pipe->flight_count; i++) {
        pipe->flights[i]->lost |= i >= kept;
        pipe->flights[i]->arrive_ms += late;
    }
    say(sim, "%s-/>%s", sim->nodes[from].name, sim->nodes[to].name);
    if (sim->nodes[from].alive) {
        uint64_t notice = sim->calm ? DETECT_MS : sim_below(sim, 2 * DETECT_MS);
        pipe->ready_ms = sim->now_ms + notice + 1;
        struct event *down = sim_at(sim, notice, EV_DOWN);
        down->a = from;
        down->b = to;
        down->life = sim->nodes[from].life;
    }
    struct event *again = sim_at(sim, RETRY_MS, EV_PIPE);
    again->a = from;
    again->b = to;
}

void pipe_mute(struct sim *sim, unsigned from, unsigned to)
{
    struct pipe *pipe = &sim->pipes[from][to];
    if (pipe->up && !pipe->mute) {
        pipe->mute = true;
        say(sim, "%s-?>%s", sim->nodes[from].name, sim->nodes[to].name);
        struct event *end = sim_at(sim, 500 + sim_below(sim, 4000), EV_BREAK);
        end->a = from;
        end->b = to;
        end->life = 1;
    }
}

void pipe_try(struct sim *sim, unsigned from, unsigned to)
{
    struct pipe *pipe = &sim->pipes[from][to];
    struct node *node = &sim->nodes[from];
    if (pipe->up || !node->alive) {
        return; /* a start tries again */
    }
    if (pipe->blocked || !sim->nodes[to].alive ||
        sim->now_ms < pipe->ready_ms) {
        struct event *again =
            sim_at(sim, RETRY_MS + (sim->calm ? 0 : sim_below(sim, RETRY_MS)),
                   EV_PIPE);
        again->a = from;
        again->b = to;
        return;
    }
    pipe->up = true;
    pipe->last_ms[TCN_LANE_FAST] = sim->now_ms;
    pipe->last_ms[TCN_LANE_BULK] = sim->now_ms;
    struct item up = {.kind = ITEM_UP, .peer = (uint8_t)node->peer_of[to]};
    sim_fill(sim, up.random, sizeof up.random);
    node_post(sim, node, &up);
}

void pipe_fini(struct sim *sim, struct pipe *pipe)
{
    (void)sim;
    for (size_t i = 0; i < pipe->flight_count; i++) {
        flight_free(pipe->flights[i]);
    }
    free(pipe->flights);
}
