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
#include "io/keys.h"

#define KEY_FILE_MAX 4096

/* Group members may not read it either: the group of a service is wider than
 * the service. */
static enum tcn_err check_private(const char *path, struct tcn_buf *message)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        bool absent = errno == ENOENT || errno == ENOTDIR;
        tcn_buf_printf(message, "%s: %s\n", path,
                       absent ? "no node key here: run `tocsin init`, or check "
                                "the setting `keys`"
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

static enum tcn_err load_secrets(struct tcn_node_keys *keys, const char *path,
                                 struct tcn_buf *message)
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
    uint8_t bytes[KEY_FILE_MAX];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    err = tcn_armour_take(tcn_view(text, len), "NODE KEY", &plain);
    if (err == TCN_ERR_OK) {
        err = decode_secrets(keys, tcn_buf_view(&plain));
    }
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(text, len);
    free(text);
    if (err != TCN_ERR_OK) {
        tcn_buf_printf(message, "%s: %s: restore it from a backup\n", path,
                       tcn_err_sentence(err));
    }
    return err;
}

static bool signs_as(const uint8_t seed[32], const uint8_t pk[32])
{
    uint8_t derived[crypto_sign_PUBLICKEYBYTES];
    uint8_t sk[crypto_sign_SECRETKEYBYTES];
    bool ok = crypto_sign_seed_keypair(derived, sk, seed) == 0 &&
              memcmp(derived, pk, sizeof derived) == 0;
    sodium_memzero(sk, sizeof sk);
    return ok;
}

static bool exchanges_as(const uint8_t sk[32], const uint8_t pk[32])
{
    uint8_t derived[crypto_scalarmult_BYTES];
    return crypto_scalarmult_base(derived, sk) == 0 &&
           memcmp(derived, pk, sizeof derived) == 0;
}

/* A card of another key pair would make every peer refuse us, silently. */
static enum tcn_err check_pairs(const struct tcn_node_keys *keys,
                                const char *card_path, struct tcn_buf *message)
{
    const struct tcn_cert *cert = &keys->card.cert;
    if (signs_as(keys->sign_seed, cert->sign_pk) &&
        signs_as(keys->duty_seed, cert->duty_pk) &&
        exchanges_as(keys->curve_sk, cert->curve_pk) &&
        exchanges_as(keys->seal_sk, cert->seal_pk)) {
        return TCN_ERR_OK;
    }
    tcn_buf_printf(message,
                   "%s: this card is not of the key in node.key beside it\n",
                   card_path);
    return TCN_ERR_KEY;
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

enum tcn_err tcn_keys_load(struct tcn_node_keys **out, const char *dir,
                           struct tcn_buf *message)
{
    *out = NULL;
    char path[4096];
    struct tcn_node_keys *keys = sodium_malloc(sizeof *keys);
    if (keys == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    (void)snprintf(path, sizeof path, "%s/node.key", dir);
    enum tcn_err err = load_secrets(keys, path, message);
    if (err == TCN_ERR_OK) {
        (void)snprintf(path, sizeof path, "%s/node.card", dir);
        err = tcn_card_read(&keys->card, path, message);
    }
    if (err == TCN_ERR_OK) {
        err = check_pairs(keys, path, message);
    }
    if (err != TCN_ERR_OK) {
        tcn_keys_free(keys);
        return err;
    }
    *out = keys;
    return TCN_ERR_OK;
}

void tcn_keys_free(struct tcn_node_keys *keys)
{
    sodium_free(keys); /* wipes */
}
