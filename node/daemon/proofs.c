/* What peers say of certificates is only kept when it is proven; otherwise it
 * is not our trouble. To find out costs up to two signatures on the main
 * thread, so a peer is wrong so often at a time and once a second then: what it
 * says beyond that is dropped unseen. It is no fault: after a nation has made a
 * new root, those who do not know it yet pass on in good faith what does not
 * hold. */
#include "daemon/node.h"

#include "io/file.h"
#include "io/log.h"

#define WRONG_MAX 64

static struct wrongs {
    uint32_t count;
    uint64_t since_ms; /* steady: up to when it was forgotten, one a second */
} wrongs_of[TCN_PEERS_MAX];

static bool may_be_wrong(struct wrongs *wrongs)
{
    uint64_t now = tcn_steady_ms();
    uint64_t over = (now - wrongs->since_ms) / TCN_SECOND_MS;
    wrongs->since_ms += over * TCN_SECOND_MS;
    wrongs->count -= (uint32_t)(over < wrongs->count ? over : wrongs->count);
    return wrongs->count < WRONG_MAX;
}

enum tcn_err proof_heard(struct tcn_node *node, const struct tcn_effect *effect)
{
    struct wrongs *wrongs = &wrongs_of[effect->peer];
    if (!may_be_wrong(wrongs)) {
        return TCN_ERR_OK;
    }
    enum tcn_err err =
        effect->kind == TCN_EFFECT_CERT
            ? keyring_hear(node, effect->bytes, effect->signature)
            : keyring_revoke(node, effect->bytes, effect->signature, true);
    if (tcn_err_class(err) == TCN_CLASS_SYSTEM) {
        return err;
    }
    if (err != TCN_ERR_OK && err != TCN_ERR_UNPINNED) {
        wrongs->count++;
        struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "proof-refused");
        tcn_log_str(&line, "peer",
                    node->setup->conf.parties[effect->peer].name);
        tcn_log_err(&line, err);
        tcn_log_end(&line);
    }
    return TCN_ERR_OK;
}
