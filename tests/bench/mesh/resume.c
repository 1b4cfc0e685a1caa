/* A link that was away for three days. Its ends got nearly all from others; the
 * rest, half of it at either end, is what a filter on the way kept from them.
 *
 *   ORIGIN -- NEAR --(away)-- FAR -- OTHER
 *                \-- ROUND --/                */
#include "bench/mesh/bench.h"

enum { ORIGIN, NEAR, FAR, ROUND, OTHER, ALL };

#define DAYS       3
#define ONE_WAY_US 100000
#define RARE       3 /* the label that ROUND does not pass on */

static struct net *build(uint64_t seed, unsigned alerts)
{
    struct net *net = net_new(seed, ALL, alerts);
    net->bulk_rows = 0;
    net->filters = BY_SECTOR;
    net_link(net, ORIGIN, NEAR, ONE_WAY_US);
    net_link(net, NEAR, ROUND, ONE_WAY_US);
    net_link(net, ROUND, FAR, ONE_WAY_US);
    net_link(net, NEAR, FAR, ONE_WAY_US);
    net_link(net, OTHER, FAR, ONE_WAY_US);
    net_find(net, ROUND, FAR)->denied = 1u << RARE;
    net_find(net, ROUND, NEAR)->denied = 1u << RARE;
    net_start(net);
    net_run(net, 2000);
    net_down(net, NEAR, FAR);
    return net;
}

static uint64_t all_bytes(struct net *net)
{
    return net_find(net, NEAR, FAR)->bytes + net_find(net, FAR, NEAR)->bytes;
}

static uint64_t push_bytes(struct net *net)
{
    return net_find(net, NEAR, FAR)->push_bytes +
           net_find(net, FAR, NEAR)->push_bytes;
}

static bool has_all(const struct net *net)
{
    for (size_t i = 0; i < net->alert_count; i++) {
        if (net->alerts[i].took_us[FAR] == 0 ||
            net->alerts[i].took_us[NEAR] == 0) {
            return false;
        }
    }
    return true;
}

static bool is_open(struct net *net, unsigned node, unsigned to)
{
    struct tcn_mesh_peer_info info;
    unsigned peer =
        (unsigned)(net_find(net, node, to) - net->nodes[node].links);
    tcn_mesh_peer(net->nodes[node].mesh, peer, &info);
    return info.session;
}

void resume_run(uint64_t seed, unsigned alerts, struct resume *out)
{
    struct net *net = build(seed, alerts);
    *out = (struct resume){.alerts = alerts};
    for (unsigned i = 0; i < alerts; i++) {
        bool rare = i % 100 == 50;
        const struct wanted_alert wanted = {.origin =
                                                i % 200 < 100 ? ORIGIN : OTHER,
                                            .label = rare ? RARE : i % RARE,
                                            .severity = (uint8_t)(i % 4),
                                            .bytes = 1200};
        out->missing += rare;
        net_submit(net, alerts_make(net, &wanted));
        net_run(net, DAYS * TCN_DAY_MS / alerts);
    }
    net_run(net, 10000);
    net_up(net, NEAR, FAR);
    while (!is_open(net, FAR, NEAR) || !is_open(net, NEAR, FAR)) {
        net_run(net, 1);
    }
    uint64_t begun = net->now_us, before = all_bytes(net);
    uint64_t pushed = push_bytes(net);
    for (unsigned i = 0; i < 60000 && !has_all(net); i++) {
        net_run(net, 1);
    }
    out->rtt_ms = 2 * ONE_WAY_US / 1000;
    out->round_trips = (double)(net->now_us - begun) / (double)(2 * ONE_WAY_US);
    out->complete = has_all(net);
    net_run(net, 10000);
    pushed = push_bytes(net) - pushed;
    out->bytes = (double)(all_bytes(net) - before - pushed);
    out->pushes = pushed;
    net_free(net);
}
