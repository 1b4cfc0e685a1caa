/* Time, and links that keep the order of each lane. */
#include "bench/mesh/net.h"

#include <stdio.h>
#include <stdlib.h>

void *net_grow(void *list, size_t count, size_t *cap, size_t size)
{
    if (count < *cap) {
        return list;
    }
    *cap = *cap == 0 ? 8 : *cap * 2;
    void *grown = realloc(list, *cap * size);
    tcn_assert(grown != NULL);
    return grown;
}

/* splitmix64 */
uint64_t net_below(struct net *net, uint64_t limit)
{
    uint64_t z = net->random += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return limit == 0 ? 0 : (z ^ (z >> 31)) % limit;
}

/* ---- the heap ---- */

static bool before(const struct happens *a, const struct happens *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

struct happens *net_at(struct net *net, uint64_t at_us, enum happening kind)
{
    net->heap =
        net_grow(net->heap, net->heap_count, &net->heap_cap, sizeof *net->heap);
    const struct happens new = {
        .at_us = at_us, .order = net->order++, .kind = kind};
    size_t at = net->heap_count++;
    while (at > 0 && before(&new, &net->heap[(at - 1) / 2])) {
        net->heap[at] = net->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    net->heap[at] = new;
    return &net->heap[at];
}

static struct happens take_first(struct net *net)
{
    struct happens first = net->heap[0];
    struct happens last = net->heap[--net->heap_count];
    size_t at = 0;
    for (size_t child = 1; child < net->heap_count; child = 2 * at + 1) {
        if (child + 1 < net->heap_count &&
            before(&net->heap[child + 1], &net->heap[child])) {
            child++;
        }
        if (!before(&net->heap[child], &last)) {
            break;
        }
        net->heap[at] = net->heap[child];
        at = child;
    }
    net->heap[at] = last;
    return first;
}

static void happen(struct net *net, const struct happens *event)
{
    struct shell *node = &net->nodes[event->node];
    switch (event->kind) {
    case ARRIVES:
    case PROVEN: shell_takes(net, node, event->what); break;
    case TICKS: shell_ticks(net, node); break;
    case COMMITTED: shell_committed(net, node); break;
    }
}

void net_run(struct net *net, uint64_t ms)
{
    uint64_t until = net->now_us + ms * 1000;
    while (net->heap_count > 0 && net->heap[0].at_us <= until) {
        struct happens event = take_first(net);
        net->now_us = event.at_us;
        happen(net, &event);
    }
    net->now_us = until;
}

/* ---- links ---- */

struct flight *flight_new(size_t len)
{
    struct flight *flight = calloc(1, sizeof *flight + len);
    tcn_assert(flight != NULL);
    flight->len = (uint32_t)len;
    return flight;
}

struct link *net_find(struct net *net, unsigned from, unsigned to)
{
    struct shell *node = &net->nodes[from];
    for (size_t i = 0; i < node->peer_count; i++) {
        if (node->links[i].to == to) {
            return &node->links[i];
        }
    }
    return NULL;
}

void net_link(struct net *net, unsigned a, unsigned b, uint64_t one_way_us)
{
    struct shell *one = &net->nodes[a], *other = &net->nodes[b];
    tcn_assert(one->peer_count < DEGREE_MAX && other->peer_count < DEGREE_MAX);
    uint8_t at = (uint8_t)one->peer_count++;
    uint8_t back = (uint8_t)other->peer_count++;
    one->links[at] =
        (struct link){.to = b, .back = back, .latency_us = one_way_us};
    other->links[back] =
        (struct link){.to = a, .back = at, .latency_us = one_way_us};
}

/* Bytes of a PUSH on the wire, beside those of its envelope. */
#define PUSH_BYTES 40

static void count(struct link *link, const struct net *net,
                  const struct flight *flight)
{
    uint64_t bytes = flight->len;
    if (flight->type == TCN_FRAME_PUSH) {
        bytes = net->alerts[flight->alert].alert->envelope.len + PUSH_BYTES;
        link->push_bytes += bytes;
    }
    link->offer_bytes += flight->type == TCN_FRAME_OFFER ? bytes : 0;
    link->bytes += bytes;
    link->frames++;
}

void net_send(struct net *net, unsigned from, unsigned peer,
              struct flight *flight)
{
    struct link *link = &net->nodes[from].links[peer];
    net->frames[flight->type]++;
    count(link, net, flight);
    bool unheard = net->floods && flight->type == TCN_FRAME_PRUNE;
    if (link->cut || !link->up || unheard) {
        free(flight);
        return;
    }
    uint64_t *last = &link->last_us[flight->lane];
    uint64_t at = net->now_us + link->latency_us;
    *last = at > *last ? at : *last;
    flight->to = link->to;
    flight->peer = link->back;
    struct happens *arrives = net_at(net, *last, ARRIVES);
    arrives->node = link->to;
    arrives->what = flight;
}

static void tell(struct net *net, unsigned from, unsigned to,
                 enum tcn_event_kind kind)
{
    struct link *link = net_find(net, from, to);
    struct shell *node = &net->nodes[from];
    struct tcn_event event = {.kind = kind,
                              .peer = (uint8_t)(link - node->links)};
    link->up = kind == TCN_EVENT_LINK_UP;
    for (size_t i = 0; kind == TCN_EVENT_LINK_UP && i < 32; i++) {
        event.link_up.random[i] = (uint8_t)net_below(net, 256);
    }
    shell_step(net, node, &event);
    if (!node->committing) {
        shell_round(net, node);
    }
}

void net_up(struct net *net, unsigned a, unsigned b)
{
    tell(net, a, b, TCN_EVENT_LINK_UP);
    tell(net, b, a, TCN_EVENT_LINK_UP);
}

void net_down(struct net *net, unsigned a, unsigned b)
{
    tell(net, a, b, TCN_EVENT_LINK_DOWN);
    tell(net, b, a, TCN_EVENT_LINK_DOWN);
}

/* ---- setting up ---- */

struct net *net_new(uint64_t seed, size_t nodes, uint32_t alerts_max)
{
    struct net *net = calloc(1, sizeof *net);
    tcn_assert(net != NULL);
    alerts_init();
    net->random = seed;
    net->cost = (struct cost){.verify_us = 200, .commit_us = 2000};
    net->node_count = nodes;
    net->nodes = calloc(nodes, sizeof *net->nodes);
    uint32_t slots = tcn_idmap_slots(alerts_max + 1);
    net->slots = calloc(slots, sizeof *net->slots);
    tcn_assert(net->nodes != NULL && net->slots != NULL);
    tcn_idmap_init(&net->by_id, net->slots, slots, seed);
    net->capacity = alerts_max + alerts_max / 16 + 64;
    net->bulk_rows = 256;
    for (unsigned i = 0; i < nodes; i++) {
        net->nodes[i].number = i;
        (void)snprintf(net->nodes[i].name, sizeof net->nodes[i].name, "n%04u",
                       i);
    }
    return net;
}

void net_free(struct net *net)
{
    while (net->heap_count > 0) {
        free(take_first(net).what);
    }
    for (size_t i = 0; i < net->node_count; i++) {
        shell_stop(&net->nodes[i]);
    }
    for (size_t i = 0; i < net->alert_count; i++) {
        free(net->alerts[i].alert);
        free(net->alerts[i].envelope);
        free(net->alerts[i].took_us);
    }
    free(net->alerts);
    free(net->slots);
    free(net->nodes);
    free(net->heap);
    free(net);
}

void net_start(struct net *net)
{
    for (size_t i = 0; i < net->node_count; i++) {
        shell_start(net, &net->nodes[i]);
    }
    for (unsigned a = 0; a < net->node_count; a++) {
        for (size_t p = 0; p < net->nodes[a].peer_count; p++) {
            if (net->nodes[a].links[p].to > a) {
                net_up(net, a, net->nodes[a].links[p].to);
            }
        }
    }
}

void net_submit(struct net *net, uint32_t number)
{
    struct made *made = &net->alerts[number];
    made->sent_us = net->now_us;
    struct flight *submit = flight_new(0);
    submit->alert = number;
    submit->type = 0; /* no frame */
    shell_takes(net, &net->nodes[made->origin], submit);
}
