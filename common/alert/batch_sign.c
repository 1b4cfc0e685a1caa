#include <stdlib.h>

#include "alert/build.h"
#include "alert/signature.h"
#include "base/assert.h"

/* A complete tree in one array: node i has the children 2i and 2i + 1, the
 * leaves stand at `width` and behind. Padding leaves are zeros. */
static void fill_tree(struct tcn_id *tree, size_t width,
                      const struct tcn_unsigned *const *alerts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tree[width + i] =
            tcn_batch_leaf(tcn_view(alerts[i]->blind, sizeof alerts[i]->blind),
                           &alerts[i]->id);
    }
    for (size_t i = width - 1; i > 0; i--) {
        tree[i] = tcn_batch_node(tcn_id_view(&tree[2 * i]),
                                 tcn_id_view(&tree[2 * i + 1]));
    }
}

static void put_alert(const struct tcn_unsigned *alert,
                      const struct tcn_id *tree, size_t leaf,
                      const uint8_t signature[64], struct tcn_buf *out)
{
    uint8_t path[32 * TCN_BATCH_LEVELS_MAX];
    size_t len = 0;
    size_t width = 1;
    for (size_t at = leaf; at > 1; at /= 2, width *= 2) {
        memcpy(path + len, tree[at ^ 1].bytes, 32);
        len += 32;
    }
    tcn_unsigned_put(alert, tcn_view(signature, 64), (uint32_t)(leaf - width),
                     tcn_view(path, len), out);
}

enum tcn_err tcn_batch_sign(const struct tcn_signer *signer,
                            const struct tcn_unsigned *const *alerts,
                            size_t count, struct tcn_buf *const *out)
{
    tcn_assert(count >= 1 && count <= TCN_BATCH_MAX);
    size_t width = 1;
    while (width < count) {
        width *= 2;
    }
    struct tcn_id *tree = calloc(2 * width, sizeof *tree);
    if (tree == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    fill_tree(tree, width, alerts, count);
    uint8_t signature[64];
    enum tcn_err err =
        tcn_sign_id(TCN_PERSONAL_ALERT, &tree[1], signer->sign_seed, signature);
    for (size_t i = 0; i < count && err == TCN_ERR_OK; i++) {
        put_alert(alerts[i], tree, width + i, signature, out[i]);
        err = out[i]->full ? TCN_ERR_SIZE : TCN_ERR_OK;
    }
    free(tree);
    return err;
}
