/* After an old store was put back (tocsin restore): a peer may hold revisions
 * that we lost, and until every one has told what it holds of us, a revision of
 * ours might contradict one that is out. */
#include "daemon/restored.h"

#include "io/log.h"

#define NAME "restored"

/* In doubt it was. */
static bool is_restored(struct tcn_node *node)
{
    uint64_t when_ms = 0;
    enum tcn_err err = number_read(node, NAME, &when_ms);
    return err != TCN_ERR_NOT_FOUND && (err != TCN_ERR_OK || when_ms != 0);
}

size_t restored_untold(struct tcn_node *node,
                       struct tcn_view names[TCN_PEERS_MAX])
{
    const struct tcn_conf *conf = &node->setup->conf;
    size_t count = 0;
    if (!is_restored(node)) {
        return 0;
    }
    for (size_t i = 0; i < conf->peer_count; i++) {
        struct tcn_peer_row row;
        const char *name = conf->parties[i].name;
        bool told = tcn_store_peer(node->store, name, &row) == TCN_ERR_OK &&
                    row.held_done;
        if (!told && !conf->peers[i].paused) {
            names[count++] = tcn_view_str(name);
        }
    }
    return count;
}

enum tcn_err restored_ready(struct tcn_node *node,
                            const struct tcn_header *header)
{
    struct tcn_view names[TCN_PEERS_MAX];
    return header->kind == TCN_KIND_UPDATE && restored_untold(node, names) > 0
               ? TCN_ERR_RESTORING
               : TCN_ERR_OK;
}

enum tcn_err restored_told(struct tcn_node *node, const char *peer)
{
    struct tcn_view names[TCN_PEERS_MAX];
    enum tcn_err err = tcn_store_held_done(node->store, peer);
    if (err != TCN_ERR_OK || !is_restored(node) ||
        restored_untold(node, names) > 0) {
        return err;
    }
    struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "all-peers-have-told");
    tcn_log_end(&line);
    return number_keep(node, NAME, 0);
}
