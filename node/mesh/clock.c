/* Our clock against the peers': the median of what their HELLOs said. */
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
    return count == 0 ? 0 : sorted[count / 2];
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
    if (off != mesh->stats.clock_alarm) {
        mesh->stats.clock_alarm = off;
        alarm_about(mesh, off ? TCN_ALARM_CLOCK : TCN_ALARM_CLOCK_OK, OF_US,
                    NULL, TCN_ERR_OK);
        if (!off) {
            retry_all(mesh);
        }
    }
}
