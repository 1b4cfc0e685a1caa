/* Who is linked with whom, and how fast an alert could get about. */
#include <stdlib.h>

#include "bench/mesh/net.h"

#define ONE_WAY_MIN_US 10000
#define ONE_WAY_MAX_US 100000

static void link_two(struct net *net, unsigned a, unsigned b)
{
    net_link(net, a, b,
             ONE_WAY_MIN_US + net_below(net, ONE_WAY_MAX_US - ONE_WAY_MIN_US));
}

/* A ring that is a random order of all, then random pairs of those that have
 * too few. */
void graph_make(struct net *net, unsigned degree)
{
    unsigned count = (unsigned)net->node_count;
    unsigned *order = calloc(count, sizeof *order);
    tcn_assert(order != NULL);
    for (unsigned i = 0; i < count; i++) {
        unsigned j = (unsigned)net_below(net, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (unsigned i = 0; i < count; i++) {
        link_two(net, order[i], order[(i + 1) % count]);
    }
    free(order);
    size_t missing = (size_t)count * (degree - 2) / 2;
    for (size_t tries = 0; missing > 0 && tries < 1000u * count; tries++) {
        unsigned a = (unsigned)net_below(net, count);
        unsigned b = (unsigned)net_below(net, count);
        if (a != b && net->nodes[a].peer_count < degree &&
            net->nodes[b].peer_count < degree && net_find(net, a, b) == NULL) {
            link_two(net, a, b);
            missing--;
        }
    }
}

/* ---- Dijkstra, with a heap of (distance, node) ---- */

struct spot {
    uint64_t at_us;
    unsigned node;
};

struct spots {
    struct spot *list;
    size_t count, cap;
};

static void put(struct spots *heap, struct spot new)
{
    heap->list =
        net_grow(heap->list, heap->count, &heap->cap, sizeof *heap->list);
    size_t at = heap->count++;
    while (at > 0 && new.at_us < heap->list[(at - 1) / 2].at_us) {
        heap->list[at] = heap->list[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->list[at] = new;
}

static struct spot take(struct spots *heap)
{
    struct spot first = heap->list[0];
    struct spot last = heap->list[--heap->count];
    size_t at = 0;
    for (size_t child = 1; child < heap->count; child = 2 * at + 1) {
        if (child + 1 < heap->count &&
            heap->list[child + 1].at_us < heap->list[child].at_us) {
            child++;
        }
        if (heap->list[child].at_us >= last.at_us) {
            break;
        }
        heap->list[at] = heap->list[child];
        at = child;
    }
    heap->list[at] = last;
    return first;
}

void graph_bound(const struct net *net, unsigned origin, unsigned label,
                 uint64_t *out)
{
    struct spots heap = {0};
    uint64_t hop = net->cost.verify_us + net->cost.commit_us;
    for (size_t i = 0; i < net->node_count; i++) {
        out[i] = NEVER_US;
    }
    out[origin] = net->cost.commit_us;
    put(&heap, (struct spot){out[origin], origin});
    while (heap.count > 0) {
        struct spot spot = take(&heap);
        const struct shell *node = &net->nodes[spot.node];
        if (spot.at_us > out[spot.node]) {
            continue;
        }
        for (size_t p = 0; p < node->peer_count; p++) {
            const struct link *link = &node->links[p];
            uint64_t at = spot.at_us + link->latency_us + hop;
            if (!link->cut && (link->denied >> label & 1) == 0 &&
                at < out[link->to]) {
                out[link->to] = at;
                put(&heap, (struct spot){at, link->to});
            }
        }
    }
    free(heap.list);
}
