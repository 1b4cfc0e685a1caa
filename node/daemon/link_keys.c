/* Which keys tocsin-link has, of ours and of the peers: they follow the
 * certificates while it runs, and no connection is cut that need not be. */
#include "daemon/node.h"

#include <sodium.h>

#include "io/log.h"

#define KEY_RETRY_MS (60 * TCN_SECOND_MS)

static enum tcn_err put(struct tcn_node *node, uint8_t type, uint8_t peer,
                        struct tcn_view payload)
{
    return tcn_pipe_put(&node->link.pipe, type, peer, payload,
                        tcn_view(NULL, 0));
}

/* ---- ours ---- */

static enum tcn_err put_key(struct tcn_node *node, uint8_t type,
                            const struct tcn_node_keys *keys)
{
    const struct tcn_cert *cert = &keys->card.cert;
    uint8_t bytes[64 + 160];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_buf_put(&out, cert->curve_pk, sizeof cert->curve_pk);
    tcn_buf_put(&out, keys->curve_sk, sizeof keys->curve_sk);
    tcn_buf_printf(&out, "%s/%s/%llu", cert->member, cert->node,
                   (unsigned long long)cert->serial);
    enum tcn_err err = put(node, type, TCN_MSG_NO_PEER, tcn_buf_view(&out));
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

static bool is_in_force(const struct tcn_node *node, const uint8_t key[32])
{
    return memcmp(node->keys->card.cert.curve_pk, key, 32) == 0;
}

/* Connections under the one before it stay until nobody may use it. */
static void sync_own_key(struct tcn_node *node)
{
    struct link_key *told = &node->link_key;
    uint64_t now = tcn_steady_ms();
    if (!is_in_force(node, told->curve_pk) && now >= told->retry_ms) {
        told->retry_ms = now + KEY_RETRY_MS;
        if (put_key(node, TCN_MSG_KEY, node->keys) == TCN_ERR_OK &&
            tcn_pipe_flush(&node->link.pipe) == TCN_ERR_OK) {
            tcn_pipe_forget(&node->link.pipe);
        }
    }
    const struct tcn_node_keys *former = keylife_former(node);
    if (told->has_former &&
        (former == NULL || memcmp(former->card.cert.curve_pk, told->former_pk,
                                  sizeof told->former_pk) != 0)) {
        told->has_former = put(node, TCN_MSG_KEY_OVER, TCN_MSG_NO_PEER,
                               tcn_view(NULL, 0)) != TCN_ERR_OK;
    }
}

void link_keyed(struct tcn_node *node, struct tcn_view curve_pk)
{
    struct link_key *told = &node->link_key;
    if (curve_pk.len != sizeof told->curve_pk ||
        memcmp(told->curve_pk, curve_pk.data, curve_pk.len) == 0) {
        return; /* the new one failed; a note has said why */
    }
    memcpy(told->former_pk, told->curve_pk, sizeof told->former_pk);
    memcpy(told->curve_pk, curve_pk.data, curve_pk.len);
    told->has_former = true;
    told->retry_ms = 0;
}

/* ---- the peers' ---- */

static void wanted_keys(const struct tcn_node *node, unsigned peer,
                        struct curve_keys *keys)
{
    *keys = (struct curve_keys){0};
    if (!node->setup->conf.peers[peer].paused) {
        keyring_curve_keys(node, peer, keys);
    }
}

static enum tcn_err put_peer(struct tcn_node *node, unsigned peer,
                             const struct curve_keys *keys)
{
    const struct tcn_conf *conf = &node->setup->conf;
    uint8_t bytes[1 + TCN_PEER_KEYS_MAX * 32 + TCN_MEMBER_MAX + 2 +
                  TCN_ENDPOINT_MAX];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    const uint8_t count = (uint8_t)keys->count;
    tcn_buf_put(&out, &count, 1);
    tcn_buf_put(&out, keys->keys, keys->count * 32);
    tcn_buf_put(&out, conf->parties[peer].name,
                strlen(conf->parties[peer].name) + 1);
    tcn_buf_put_str(&out, conf->peers[peer].connect);
    return put(node, TCN_MSG_PEER, (uint8_t)peer, tcn_buf_view(&out));
}

/* Whose certificates are over is not linked with: its key may be anybody's. */
static void note_no_key(struct tcn_node *node, unsigned peer)
{
    struct peer_state *state = &node->peers[peer];
    struct tcn_buf out = tcn_buf(state->note, sizeof state->note);
    keyring_explain(node, peer, &out);
    state->note_ms = tcn_now_ms();
    struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "peer-without-key");
    tcn_log_str(&line, "peer", node->setup->conf.parties[peer].name);
    tcn_log_str(&line, "message", tcn_buf_text(&out));
    tcn_log_end(&line);
}

static enum tcn_err put_former(struct tcn_node *node)
{
    const struct tcn_node_keys *former = keylife_former(node);
    struct link_key *told = &node->link_key;
    if (former == NULL) {
        return TCN_ERR_OK;
    }
    told->has_former = true;
    memcpy(told->former_pk, former->card.cert.curve_pk, sizeof told->former_pk);
    return put_key(node, TCN_MSG_KEY_FORMER, former);
}

enum tcn_err link_tell_keys(struct tcn_node *node)
{
    node->link_key = (struct link_key){0};
    memcpy(node->link_key.curve_pk, node->keys->card.cert.curve_pk, 32);
    enum tcn_err err = put_key(node, TCN_MSG_KEY, node->keys);
    err = err == TCN_ERR_OK ? put_former(node) : err;
    for (unsigned i = 0; i < node->setup->conf.peer_count && err == TCN_ERR_OK;
         i++) {
        struct curve_keys *keys = &node->peers[i].pinned;
        wanted_keys(node, i, keys);
        if (keys->count > 0) {
            err = put_peer(node, i, keys);
        } else if (!node->setup->conf.peers[i].paused) {
            note_no_key(node, i);
        }
    }
    return err;
}

static void sync_peer(struct tcn_node *node, unsigned peer)
{
    struct peer_state *state = &node->peers[peer];
    struct curve_keys wanted;
    wanted_keys(node, peer, &wanted);
    if (memcmp(&wanted, &state->pinned, sizeof wanted) == 0) {
        return;
    }
    enum tcn_err err = wanted.count > 0 ? put_peer(node, peer, &wanted)
                                        : put(node, TCN_MSG_UNPEER,
                                              (uint8_t)peer, tcn_view(NULL, 0));
    if (err != TCN_ERR_OK) {
        node->keyring.changed = true; /* the pipe is full: again in a moment */
        return;
    }
    state->pinned = wanted;
    state->note[0] = '\0';
    if (wanted.count == 0) {
        note_no_key(node, peer);
    }
}

void link_sync(struct tcn_node *node)
{
    if (node->link.state != CHILD_UP) {
        return; /* it is told when it starts */
    }
    node->keyring.changed = false;
    for (unsigned i = 0; i < node->setup->conf.peer_count; i++) {
        sync_peer(node, i);
    }
    sync_own_key(node);
}
