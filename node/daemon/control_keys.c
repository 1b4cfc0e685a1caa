/* Verbs about keys: a revocation that an operator brings, a renewed certificate
 * that is not to wait. Reading new pairs is part of reload. */
#include "daemon/control.h"

static void put_cert(struct client *client, const struct tcn_cert *cert)
{
    reply_begin(client);
    reply_str(client, "member", cert->member);
    reply_uint(client, "serial", cert->serial);
    reply_bin(client, "cert", tcn_id_view(&cert->id));
    reply_row(client);
}

static void note_id(const struct tcn_id *id, char out[33])
{
    struct tcn_buf hex = tcn_buf(out, 33);
    tcn_text_hex(&hex, tcn_view(id->bytes, 16));
    (void)tcn_buf_text(&hex);
}

/* What the round still has to say is said when it ends: to the core, which
 * floods it, and to the link, which cuts. */
enum tcn_err verb_cert_revoke(struct verb_call *call)
{
    struct tcn_node *node = call->node;
    struct tcn_view bytes = tcn_pairs_bin(call->pairs, "krev");
    struct tcn_view signature = tcn_pairs_bin(call->pairs, "signature");
    struct tcn_krev krev;
    char hex[33];
    enum tcn_err err = tcn_krev_decode(&krev, bytes);
    err = err == TCN_ERR_OK ? shell_begin(node) : err;
    err =
        err == TCN_ERR_OK ? keyring_revoke(node, bytes, signature, true) : err;
    if (err != TCN_ERR_OK) {
        return err;
    }
    note_id(&krev.cert, hex);
    err = audit_note(node, call->client->peer.user, "cert-revoke", krev.member,
                     hex);
    if (err == TCN_ERR_OK) {
        struct tcn_event event = {.kind = TCN_EVENT_KEYS};
        shell_event(node, &event);
        err = shell_commit(node);
    }
    if (err == TCN_ERR_OK) {
        put_cert(call->client, &keyring_find(&node->keyring, &krev.cert)->cert);
    }
    return err;
}

enum tcn_err verb_cert_use(struct verb_call *call)
{
    struct tcn_node *node = call->node;
    struct tcn_view bytes = tcn_pairs_bin(call->pairs, "cert");
    struct tcn_id id = {0};
    if (bytes.len != sizeof id.bytes) {
        return TCN_ERR_USAGE;
    }
    memcpy(id.bytes, bytes.data, sizeof id.bytes);
    enum tcn_err err = keylife_hasten(node, &id);
    if (err == TCN_ERR_OK) {
        err = audit_note(node, call->client->peer.user, "cert-use",
                         node->setup->conf.member, "");
    }
    err = err == TCN_ERR_OK ? shell_commit(node) : err;
    if (err == TCN_ERR_OK) {
        keylife_tick(node);
        put_cert(call->client, &node->keys->card.cert);
    }
    return err;
}
