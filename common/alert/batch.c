#include "alert/build.h"
#include "alert/hash.h"

struct tcn_id tcn_batch_leaf(struct tcn_view blind, const struct tcn_id *id)
{
    struct tcn_id leaf;
    const struct tcn_view parts[] = {blind, tcn_id_view(id)};
    tcn_hash_parts(TCN_PERSONAL_LEAF, tcn_view(NULL, 0), parts, 2, leaf.bytes,
                   sizeof leaf.bytes);
    return leaf;
}

struct tcn_id tcn_batch_node(struct tcn_view left, struct tcn_view right)
{
    struct tcn_id node;
    const struct tcn_view parts[] = {left, right};
    tcn_hash_parts(TCN_PERSONAL_NODE, tcn_view(NULL, 0), parts, 2, node.bytes,
                   sizeof node.bytes);
    return node;
}

struct tcn_id tcn_batch_root(const struct tcn_alert *alert)
{
    struct tcn_id at = tcn_batch_leaf(alert->blind, &alert->id);
    uint32_t index = alert->index;
    for (size_t i = 0; i < alert->path.len; i += 32, index >>= 1) {
        struct tcn_view sibling = tcn_view(alert->path.data + i, 32);
        struct tcn_view self = tcn_id_view(&at);
        at = (index & 1) != 0 ? tcn_batch_node(sibling, self)
                              : tcn_batch_node(self, sibling);
    }
    return at;
}
