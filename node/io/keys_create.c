#include <sodium.h>
#include <stdio.h>

#include "alert/wire.h"
#include "io/file.h"
#include "io/keys.h"

struct fresh {
    struct tcn_node_keys keys;
    uint8_t root_seed[32];
};

static void public_of_seed(const uint8_t seed[32], uint8_t pk[32])
{
    uint8_t sk[crypto_sign_SECRETKEYBYTES];
    (void)crypto_sign_seed_keypair(pk, sk, seed);
    sodium_memzero(sk, sizeof sk);
}

static enum tcn_err certify(struct fresh *fresh,
                            const struct tcn_key_request *request)
{
    struct tcn_card *card = &fresh->keys.card;
    struct tcn_cert *cert = &card->cert;
    *card = (struct tcn_card){0};
    (void)snprintf(cert->member, sizeof cert->member, "%s", request->member);
    (void)snprintf(cert->node, sizeof cert->node, "%s", request->node);
    cert->serial = request->serial;
    cert->not_before_ms = request->not_before_ms;
    cert->not_after_ms = request->not_after_ms;
    public_of_seed(fresh->root_seed, card->root_pk);
    public_of_seed(fresh->keys.sign_seed, cert->sign_pk);
    public_of_seed(fresh->keys.duty_seed, cert->duty_pk);
    if (crypto_scalarmult_base(cert->curve_pk, fresh->keys.curve_sk) != 0 ||
        crypto_scalarmult_base(cert->seal_pk, fresh->keys.seal_sk) != 0) {
        return TCN_ERR_KEY;
    }
    struct tcn_buf bytes = tcn_buf(card->cert_bytes, sizeof card->cert_bytes);
    enum tcn_err err = tcn_cert_encode(cert, &bytes);
    if (err != TCN_ERR_OK) {
        return err;
    }
    card->cert_len = bytes.len;
    return tcn_cert_sign(&cert->id, fresh->root_seed, card->signature);
}

static enum tcn_err write_armoured(const char *path, const char *title,
                                   struct tcn_view bytes,
                                   struct tcn_buf *message)
{
    uint8_t text[TCN_CARD_TEXT_MAX];
    struct tcn_buf armoured = tcn_buf(text, sizeof text);
    tcn_armour_put(&armoured, title, bytes);
    enum tcn_err err = armoured.full
                           ? TCN_ERR_SIZE
                           : tcn_file_write(path, 0600, true,
                                            tcn_buf_view(&armoured), message);
    sodium_memzero(text, sizeof text);
    return err;
}

static enum tcn_err write_root(const struct fresh *fresh, const char *path,
                               struct tcn_buf *message)
{
    uint8_t bytes[64];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_put_array(&out, 2);
    tcn_put_uint(&out, 1);
    tcn_put_bin(&out, tcn_view(fresh->root_seed, 32));
    enum tcn_err err =
        write_armoured(path, "ROOT KEY", tcn_buf_view(&out), message);
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

static enum tcn_err write_node(const struct tcn_node_keys *keys,
                               const char *path, struct tcn_buf *message)
{
    uint8_t bytes[256];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_put_array(&out, 5);
    tcn_put_uint(&out, 1);
    tcn_put_bin(&out, tcn_view(keys->sign_seed, 32));
    tcn_put_bin(&out, tcn_view(keys->curve_sk, 32));
    tcn_put_bin(&out, tcn_view(keys->seal_sk, 32));
    tcn_put_bin(&out, tcn_view(keys->duty_seed, 32));
    enum tcn_err err =
        write_armoured(path, "NODE KEY", tcn_buf_view(&out), message);
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

static enum tcn_err write_card(const struct tcn_card *card, const char *path,
                               struct tcn_buf *message)
{
    uint8_t text[TCN_CARD_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    enum tcn_err err = tcn_card_to_text(card, &out);
    return err != TCN_ERR_OK
               ? err
               : tcn_file_write(path, 0644, true, tcn_buf_view(&out), message);
}

static enum tcn_err write_files(const struct fresh *fresh, const char *dir,
                                const char *root_dir, struct tcn_buf *message)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s-root.key", root_dir,
                   fresh->keys.card.cert.member);
    enum tcn_err err = write_root(fresh, path, message);
    if (err == TCN_ERR_OK) {
        (void)snprintf(path, sizeof path, "%s/node.key", dir);
        err = write_node(&fresh->keys, path, message);
    }
    if (err == TCN_ERR_OK) {
        (void)snprintf(path, sizeof path, "%s/node.card", dir);
        err = write_card(&fresh->keys.card, path, message);
    }
    return err;
}

enum tcn_err tcn_keys_create(const char *dir, const char *root_dir,
                             const struct tcn_key_request *request,
                             struct tcn_buf *message)
{
    struct fresh *fresh = sodium_malloc(sizeof *fresh);
    if (fresh == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    tcn_random(fresh->root_seed, sizeof fresh->root_seed);
    tcn_random(fresh->keys.sign_seed, 32);
    tcn_random(fresh->keys.curve_sk, 32);
    tcn_random(fresh->keys.seal_sk, 32);
    tcn_random(fresh->keys.duty_seed, 32);
    enum tcn_err err = certify(fresh, request);
    if (err == TCN_ERR_OK) {
        err = tcn_dir_make(dir, 0700, message);
    }
    if (err == TCN_ERR_OK) {
        err = tcn_dir_make(root_dir, 0700, message);
    }
    if (err == TCN_ERR_OK) {
        err = write_files(fresh, dir, root_dir, message);
    }
    sodium_free(fresh);
    return err;
}
