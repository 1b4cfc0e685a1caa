/* How key pairs come to be: with the root at init, later by request. */
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "alert/wire.h"
#include "io/file.h"
#include "io/keys_file.h"

struct fresh {
    struct tcn_node_keys keys;
    uint8_t root_seed[32];
};

/* ---- the root ---- */

static enum tcn_err write_root(const struct fresh *fresh, const char *path,
                               struct tcn_buf *message)
{
    uint8_t bytes[64];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_put_array(&out, 2);
    tcn_put_uint(&out, 1);
    tcn_put_bin(&out, tcn_view(fresh->root_seed, 32));
    enum tcn_err err =
        key_write_secret(path, "ROOT KEY", tcn_buf_view(&out), message);
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

enum tcn_err tcn_root_read(uint8_t seed[32], const char *path,
                           struct tcn_buf *message)
{
    uint8_t bytes[512];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    if (access(path, F_OK) != 0) {
        tcn_buf_printf(message, "%s: there is no root key here\n", path);
        return TCN_ERR_NOT_FOUND;
    }
    enum tcn_err err = key_read_secret(path, "ROOT KEY", &plain, message);
    if (err == TCN_ERR_OK) {
        struct tcn_reader r = tcn_reader(tcn_buf_view(&plain));
        size_t items = tcn_read_array(&r);
        uint64_t version = tcn_read_uint(&r);
        tcn_read_fixed(&r, seed, 32);
        bool ok = tcn_read_end(&r) == TCN_ERR_OK && items == 2 && version == 1;
        err = ok ? TCN_ERR_OK : TCN_ERR_KEY;
    }
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

enum tcn_err tcn_card_make(struct tcn_card *card, const struct tcn_cert *asked,
                           const uint8_t root_seed[32])
{
    uint8_t sk[crypto_sign_SECRETKEYBYTES];
    *card = (struct tcn_card){.cert = *asked};
    if (crypto_sign_seed_keypair(card->root_pk, sk, root_seed) != 0) {
        return TCN_ERR_KEY;
    }
    sodium_memzero(sk, sizeof sk);
    struct tcn_buf bytes = tcn_buf(card->cert_bytes, sizeof card->cert_bytes);
    enum tcn_err err = tcn_cert_encode(&card->cert, &bytes);
    card->cert_len = bytes.len;
    return err == TCN_ERR_OK
               ? tcn_cert_sign(&card->cert.id, root_seed, card->signature)
               : err;
}

/* ---- init ---- */

static enum tcn_err certify(struct fresh *fresh,
                            const struct tcn_key_request *request)
{
    struct tcn_cert *cert = &fresh->keys.card.cert;
    *cert = (struct tcn_cert){
        .serial = request->serial,
        .not_before_ms = request->not_before_ms,
        .not_after_ms = request->not_after_ms,
    };
    (void)snprintf(cert->member, sizeof cert->member, "%s", request->member);
    (void)snprintf(cert->node, sizeof cert->node, "%s", request->node);
    enum tcn_err err = key_fill(&fresh->keys);
    const struct tcn_cert asked = *cert;
    return err == TCN_ERR_OK
               ? tcn_card_make(&fresh->keys.card, &asked, fresh->root_seed)
               : err;
}

static enum tcn_err write_files(const struct fresh *fresh, const char *dir,
                                const char *root_dir, struct tcn_buf *message)
{
    char path[KEY_PATH_MAX];
    const struct tcn_cert *cert = &fresh->keys.card.cert;
    (void)snprintf(path, sizeof path, "%s/%s-root.key", root_dir, cert->member);
    enum tcn_err err = write_root(fresh, path, message);
    if (err == TCN_ERR_OK) {
        key_path(path, dir, cert->serial, "key");
        err = key_write_pair(&fresh->keys, path, message);
    }
    if (err == TCN_ERR_OK) {
        key_path(path, dir, cert->serial, "card");
        err = key_write_card(&fresh->keys.card, path, message);
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
