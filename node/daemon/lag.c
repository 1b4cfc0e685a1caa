/* How far a peer is behind: what is handed over and not settled there, and what
 * is still to be decided for it. */
#include "daemon/node.h"

/* When the oldest row that is not settled was numbered; 0 = none. */
static uint64_t oldest_row_ms(struct tcn_node *node, unsigned peer,
                              const struct tcn_mesh_peer_info *info)
{
    uint64_t oldest = 0;
    const char *name = node->setup->conf.parties[peer].name;
    for (uint8_t lane = 0; lane < TCN_LANES; lane++) {
        struct tcn_ledger_row row;
        const struct tcn_row_number next = {lane, info->lane_acked[lane] + 1};
        if (next.n <= info->lane_top[lane] &&
            tcn_store_ledger_row(node->store, name, next, &row) == TCN_ERR_OK &&
            (oldest == 0 || row.at_ms < oldest)) {
            oldest = row.at_ms;
        }
    }
    return oldest;
}

struct peer_lag peer_lag(struct tcn_node *node, unsigned peer,
                         const struct tcn_mesh_peer_info *info)
{
    uint64_t now = tcn_now_ms();
    uint64_t since = oldest_row_ms(node, peer, info);
    if (info->waiting_since_ms != 0 &&
        (since == 0 || info->waiting_since_ms < since)) {
        since = info->waiting_since_ms;
    }
    return (struct peer_lag){
        .alerts = info->top - info->acked + info->behind,
        .seconds = since == 0 || since > now ? 0 : (now - since) / 1000,
    };
}
