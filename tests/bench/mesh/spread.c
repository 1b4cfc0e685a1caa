/* How alerts get about: warm up the trees, measure, cut links that nobody
 * notices, measure what was sent just then. */
#include <stdlib.h>

#include "bench/mesh/bench.h"

static struct net *build(const struct spread_of *of)
{
    size_t alerts = of->origins * (of->warm_up + of->measured + 4u);
    struct net *net = net_new(of->seed, of->nodes, (uint32_t)alerts);
    net->floods = of->floods;
    net->filters = of->filters;
    graph_make(net, of->degree);
    for (size_t i = 0; of->filters != UNFILTERED && i < net->node_count; i++) {
        for (size_t p = 0; p < net->nodes[i].peer_count; p++) {
            net->nodes[i].links[p].denied =
                (uint8_t)net_below(net, 1u << LABELS);
        }
    }
    net_start(net);
    net_run(net, 5000);
    return net;
}

static unsigned labels_of(const struct spread_of *of)
{
    static const unsigned labels[] = {
        [UNFILTERED] = 1,
        [BY_TLP] = 2,
        [BY_SECTOR] = LABELS,
        [BY_CATEGORY] = LABELS,
    };
    return labels[of->filters];
}

/* One alert of each origin, a moment apart. */
static void send_round(struct net *net, const struct spread_of *of,
                       uint8_t severity)
{
    for (unsigned i = 0; i < of->origins; i++) {
        unsigned label = (unsigned)net_below(net, labels_of(of));
        const struct wanted_alert wanted = {.origin =
                                                i * (of->nodes / of->origins),
                                            .label = label,
                                            .severity = severity,
                                            .bytes = 1200};
        net_submit(net, alerts_make(net, &wanted));
        net_run(net, 100 + net_below(net, 200));
    }
}

static void cut_links(struct net *net, unsigned percent)
{
    for (unsigned a = 0; a < net->node_count; a++) {
        for (size_t p = 0; p < net->nodes[a].peer_count; p++) {
            struct link *link = &net->nodes[a].links[p];
            if (link->to > a && net_below(net, 100) < percent) {
                link->cut = true;
                net_find(net, link->to, a)->cut = true;
            }
        }
    }
}

/* ---- looking back ---- */

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static double percentile(uint64_t *list, size_t count, unsigned percent)
{
    qsort(list, count, sizeof *list, compare);
    return count == 0 ? 0 : (double)list[(count - 1) * percent / 100];
}

struct sample {
    uint64_t *took, *bound, *ratio;
    size_t count;
};

static void look_at(const struct net *net, uint32_t number,
                    const uint64_t *bound, struct sample *sample,
                    struct spread *out)
{
    const struct made *made = &net->alerts[number];
    out->copies += (double)made->copies;
    for (unsigned v = 0; v < net->node_count; v++) {
        if (v == made->origin || bound[v] == NEVER_US) {
            out->leaks += v != made->origin && made->took_us[v] != 0;
            continue;
        }
        out->reach++;
        if (made->took_us[v] == 0) {
            continue;
        }
        out->delivered++;
        sample->took[sample->count] = made->took_us[v];
        sample->bound[sample->count] = bound[v];
        sample->ratio[sample->count++] = made->took_us[v] * 1000 / bound[v];
    }
}

static struct spread look_back(const struct net *net, uint32_t from)
{
    struct spread out = {0};
    size_t most = (net->alert_count - from) * net->node_count;
    uint64_t *bound = calloc(net->node_count, sizeof *bound);
    struct sample sample = {calloc(most, sizeof(uint64_t)),
                            calloc(most, sizeof(uint64_t)),
                            calloc(most, sizeof(uint64_t)), 0};
    tcn_assert(bound != NULL && sample.took != NULL && sample.bound != NULL &&
               sample.ratio != NULL);
    for (uint32_t i = from; i < net->alert_count; i++) {
        graph_bound(net, net->alerts[i].origin, net->alerts[i].label, bound);
        look_at(net, i, bound, &sample, &out);
    }
    out.copies /= (double)(out.delivered == 0 ? 1 : out.delivered);
    out.p99_ms = percentile(sample.took, sample.count, 99) / 1000;
    out.bound_ms = percentile(sample.bound, sample.count, 99) / 1000;
    out.each = percentile(sample.ratio, sample.count, 99) / 1000;
    free(bound);
    free(sample.took);
    free(sample.bound);
    free(sample.ratio);
    return out;
}

static uint64_t all_bytes(const struct net *net)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < net->node_count; i++) {
        for (size_t p = 0; p < net->nodes[i].peer_count; p++) {
            bytes += net->nodes[i].links[p].bytes;
        }
    }
    return bytes;
}

static double idle(struct net *net)
{
    const uint64_t seconds = 600;
    uint64_t before = all_bytes(net);
    size_t links = 0;
    for (size_t i = 0; i < net->node_count; i++) {
        links += net->nodes[i].peer_count;
    }
    net_run(net, seconds * 1000);
    return (double)(all_bytes(net) - before) / (double)seconds /
           (double)(links / 2);
}

void spread_run(const struct spread_of *of, struct spread out[SPREADS])
{
    struct net *net = build(of);
    for (unsigned i = 0; i < of->warm_up; i++) {
        send_round(net, of, TCN_SEVERITY_LOW);
    }
    net_run(net, 5000);
    uint32_t from = (uint32_t)net->alert_count;
    for (unsigned i = 0; i < of->measured; i++) {
        send_round(net, of, TCN_SEVERITY_LOW);
    }
    net_run(net, 20000);
    out[SPREAD_NORMAL] = look_back(net, from);
    from = (uint32_t)net->alert_count;
    send_round(net, of, TCN_SEVERITY_CRITICAL);
    send_round(net, of, TCN_SEVERITY_CRITICAL);
    net_run(net, 20000);
    out[SPREAD_CRITICAL] = look_back(net, from);
    cut_links(net, 10);
    from = (uint32_t)net->alert_count;
    send_round(net, of, TCN_SEVERITY_LOW);
    net_run(net, 20000);
    out[SPREAD_CUT_NORMAL] = look_back(net, from);
    from = (uint32_t)net->alert_count;
    send_round(net, of, TCN_SEVERITY_CRITICAL);
    net_run(net, 20000);
    out[SPREAD_CUT_CRITICAL] = look_back(net, from);
    out[SPREAD_NORMAL].idle = idle(net);
    out[SPREAD_NORMAL].core_bytes = net->core_bytes;
    out[SPREAD_NORMAL].steps = net->steps;
    net_free(net);
}
