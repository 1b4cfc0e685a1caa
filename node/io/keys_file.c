#include "io/keys_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alert/wire.h"
#include "base/text.h"
#include "io/file.h"

#define KEY_FILE_MAX 4096

void key_path(char out[KEY_PATH_MAX], const char *dir, uint64_t serial,
              const char *ending)
{
    if (serial == 1) {
        (void)snprintf(out, KEY_PATH_MAX, "%s/node.%s", dir, ending);
    } else {
        (void)snprintf(out, KEY_PATH_MAX, "%s/node-%llu.%s", dir,
                       (unsigned long long)serial, ending);
    }
}

/* ---- secrets and their public halves ---- */

static enum tcn_err public_of_seed(const uint8_t seed[32], uint8_t pk[32])
{
    uint8_t sk[crypto_sign_SECRETKEYBYTES];
    int result = crypto_sign_seed_keypair(pk, sk, seed);
    sodium_memzero(sk, sizeof sk);
    return result == 0 ? TCN_ERR_OK : TCN_ERR_KEY;
}

enum tcn_err key_derive(const struct tcn_node_keys *keys, struct tcn_cert *cert)
{
    enum tcn_err err = public_of_seed(keys->sign_seed, cert->sign_pk);
    if (err == TCN_ERR_OK) {
        err = public_of_seed(keys->duty_seed, cert->duty_pk);
    }
    if (err != TCN_ERR_OK ||
        crypto_scalarmult_base(cert->curve_pk, keys->curve_sk) != 0 ||
        crypto_scalarmult_base(cert->seal_pk, keys->seal_sk) != 0) {
        return TCN_ERR_KEY;
    }
    return TCN_ERR_OK;
}

enum tcn_err key_fill(struct tcn_node_keys *keys)
{
    tcn_random(keys->sign_seed, sizeof keys->sign_seed);
    tcn_random(keys->curve_sk, sizeof keys->curve_sk);
    tcn_random(keys->seal_sk, sizeof keys->seal_sk);
    tcn_random(keys->duty_seed, sizeof keys->duty_seed);
    return key_derive(keys, &keys->card.cert);
}

bool key_fits(const struct tcn_node_keys *keys)
{
    const struct tcn_cert *cert = &keys->card.cert;
    struct tcn_cert ours;
    return key_derive(keys, &ours) == TCN_ERR_OK &&
           memcmp(ours.sign_pk, cert->sign_pk, sizeof ours.sign_pk) == 0 &&
           memcmp(ours.curve_pk, cert->curve_pk, sizeof ours.curve_pk) == 0 &&
           memcmp(ours.seal_pk, cert->seal_pk, sizeof ours.seal_pk) == 0 &&
           memcmp(ours.duty_pk, cert->duty_pk, sizeof ours.duty_pk) == 0;
}

/* ---- writing ---- */

enum tcn_err key_write_secret(const char *path, const char *title,
                              struct tcn_view bytes, struct tcn_buf *message)
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

enum tcn_err key_write_pair(const struct tcn_node_keys *keys, const char *path,
                            struct tcn_buf *message)
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
        key_write_secret(path, "NODE KEY", tcn_buf_view(&out), message);
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

enum tcn_err key_write_card(const struct tcn_card *card, const char *path,
                            struct tcn_buf *message)
{
    uint8_t text[TCN_CARD_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    enum tcn_err err = tcn_card_to_text(card, &out);
    return err != TCN_ERR_OK
               ? err
               : tcn_file_write(path, 0644, true, tcn_buf_view(&out), message);
}

/* ---- reading ---- */

/* Group members may not read it either: the group of a service is wider than
 * the service. */
static enum tcn_err check_private(const char *path, struct tcn_buf *message)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        bool absent = errno == ENOENT || errno == ENOTDIR;
        tcn_buf_printf(message, "%s: %s\n", path,
                       absent ? "no node key here: check the setting `keys`; "
                                "`tocsin init` makes a node, `tocsin keys "
                                "rotate` new keys when they are lost"
                              : "you may not read this key: be the user that "
                                "owns it, or root");
        return absent ? TCN_ERR_NOT_FOUND : TCN_ERR_PERMISSION;
    }
    if ((info.st_mode & 077) != 0) {
        tcn_buf_printf(message,
                       "%s: others may read this key (mode %04o): run `chmod "
                       "600 %s`, and renew the key if they may have read it\n",
                       path, (unsigned)info.st_mode & 07777u, path);
        return TCN_ERR_PERMISSION;
    }
    if (info.st_uid != geteuid() && geteuid() != 0) {
        tcn_buf_printf(message,
                       "%s: this key belongs to uid %u, not to uid %u that "
                       "wants to use it: be that user, or root\n",
                       path, (unsigned)info.st_uid, (unsigned)geteuid());
        return TCN_ERR_PERMISSION;
    }
    return TCN_ERR_OK;
}

enum tcn_err key_read_secret(const char *path, const char *title,
                             struct tcn_buf *plain, struct tcn_buf *message)
{
    enum tcn_err err = check_private(path, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    uint8_t *text = NULL;
    size_t len = 0;
    err = tcn_file_read(path, KEY_FILE_MAX, &text, &len, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = tcn_armour_take(tcn_view(text, len), title, plain);
    sodium_memzero(text, len);
    free(text);
    if (err != TCN_ERR_OK) {
        tcn_buf_printf(message, "%s: %s: restore it from a backup\n", path,
                       tcn_err_sentence(err));
    }
    return err;
}

static enum tcn_err decode_secrets(struct tcn_node_keys *keys,
                                   struct tcn_view bytes)
{
    struct tcn_reader r = tcn_reader(bytes);
    size_t count = tcn_read_array(&r);
    uint64_t version = tcn_read_uint(&r);
    tcn_read_fixed(&r, keys->sign_seed, sizeof keys->sign_seed);
    tcn_read_fixed(&r, keys->curve_sk, sizeof keys->curve_sk);
    tcn_read_fixed(&r, keys->seal_sk, sizeof keys->seal_sk);
    tcn_read_fixed(&r, keys->duty_seed, sizeof keys->duty_seed);
    bool ok = tcn_read_end(&r) == TCN_ERR_OK && count == 5 && version == 1;
    return ok ? TCN_ERR_OK : TCN_ERR_KEY;
}

enum tcn_err key_read_pair(struct tcn_node_keys *keys, const char *path,
                           struct tcn_buf *message)
{
    uint8_t bytes[KEY_FILE_MAX];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    enum tcn_err err = key_read_secret(path, "NODE KEY", &plain, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = decode_secrets(keys, tcn_buf_view(&plain));
    sodium_memzero(bytes, sizeof bytes);
    if (err != TCN_ERR_OK) {
        tcn_buf_printf(message, "%s: %s: restore it from a backup\n", path,
                       tcn_err_sentence(err));
    }
    return err;
}

enum tcn_err tcn_card_read(struct tcn_card *card, const char *path,
                           struct tcn_buf *message)
{
    uint8_t *text = NULL;
    size_t len = 0;
    enum tcn_err err = tcn_file_read(path, 16 * TCN_KIB, &text, &len, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    err = tcn_card_from_text(card, tcn_view(text, len));
    free(text);
    if (err != TCN_ERR_OK) {
        tcn_text_escape(message, tcn_view_str(path));
        tcn_buf_printf(message, ": not a usable card: %s\n",
                       tcn_err_sentence(err));
    }
    return err;
}
