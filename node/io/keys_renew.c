/* The next key pair: asked for here, certified where the root is, adopted here.
 * Until then the pairs before it are untouched. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "io/file.h"
#include "io/keys_file.h"

/* A request that is on its way is not replaced: its card may come yet. */
static enum tcn_err make_or_read(struct tcn_node_keys *keys, const char *path,
                                 struct tcn_buf *message)
{
    if (access(path, F_OK) != 0) {
        enum tcn_err err = key_fill(keys);
        return err == TCN_ERR_OK ? key_write_pair(keys, path, message) : err;
    }
    struct tcn_node_keys *fresh = sodium_malloc(sizeof *fresh);
    enum tcn_err err =
        fresh == NULL ? TCN_ERR_NO_MEMORY : key_read_pair(fresh, path, message);
    if (err == TCN_ERR_OK) {
        fresh->card = keys->card;
        err = key_derive(fresh, &fresh->card.cert);
        *keys = *fresh;
    }
    sodium_free(fresh);
    return err;
}

/* Its cards are enough to say which node it is: the keys may be lost. */
static enum tcn_err find_newest(struct tcn_card *newest, const char *dir,
                                struct tcn_buf *message)
{
    struct tcn_key_chain chain;
    enum tcn_err err = tcn_key_chain_load(&chain, dir, message);
    tcn_key_chain_free(&chain);
    if (err != TCN_ERR_OK && err != TCN_ERR_NOT_FOUND) {
        return err;
    }
    size_t said = message->len;
    err = key_newest_card(newest, dir, message);
    if (err == TCN_ERR_OK) {
        message->len = 0; /* that there is no key is no mistake here */
    } else if (err == TCN_ERR_NOT_FOUND) {
        message->len = said;
    }
    return err;
}

static enum tcn_err ask(const struct tcn_cert *last, const char *dir,
                        struct tcn_node_keys *keys, struct tcn_buf *message)
{
    char path[KEY_PATH_MAX];
    keys->card = (struct tcn_card){0};
    keys->card.cert.serial = last->serial + 1;
    memcpy(keys->card.cert.member, last->member, sizeof last->member);
    memcpy(keys->card.cert.node, last->node, sizeof last->node);
    key_path(path, dir, keys->card.cert.serial, "key");
    return make_or_read(keys, path, message);
}

enum tcn_err tcn_keys_request(const char *dir, struct tcn_cert *cert,
                              struct tcn_buf *text, struct tcn_buf *message)
{
    struct tcn_card newest;
    enum tcn_err err = find_newest(&newest, dir, message);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_node_keys *keys = sodium_malloc(sizeof *keys);
    err = keys == NULL ? TCN_ERR_NO_MEMORY
                       : ask(&newest.cert, dir, keys, message);
    if (err == TCN_ERR_OK) {
        *cert = keys->card.cert;
        err = tcn_request_to_text(cert, keys->sign_seed, text);
    }
    sodium_free(keys);
    return err;
}

/* ---- adopt ---- */

static enum tcn_err check_family(const struct tcn_card *ours,
                                 const struct tcn_card *card,
                                 struct tcn_buf *message)
{
    if (strcmp(ours->cert.member, card->cert.member) != 0) {
        tcn_buf_printf(message,
                       "this card is of %s, this node is of %s (tocsin card "
                       "import takes the cards of others)\n",
                       card->cert.member, ours->cert.member);
        return TCN_ERR_CERT_MEMBER;
    }
    if (memcmp(ours->root_pk, card->root_pk, sizeof ours->root_pk) != 0) {
        tcn_buf_put_str(message,
                        "this card is signed by another root than this node's: "
                        "no peer would believe it\n");
        return TCN_ERR_CERT_SIGNATURE;
    }
    return TCN_ERR_OK;
}

static enum tcn_err check_new(const char *dir, const struct tcn_card *card,
                              struct tcn_buf *message)
{
    char path[KEY_PATH_MAX];
    struct tcn_card there;
    key_path(path, dir, card->cert.serial, "card");
    if (access(path, F_OK) != 0) {
        return TCN_ERR_OK;
    }
    enum tcn_err err = tcn_card_read(&there, path, message);
    if (err == TCN_ERR_OK && tcn_id_equal(&there.cert.id, &card->cert.id)) {
        tcn_buf_put_str(message, "this card was imported already\n");
        return TCN_ERR_EXISTS;
    }
    return err; /* another of that serial: its key will not fit */
}

static enum tcn_err check_secrets(const char *path, const struct tcn_card *card,
                                  struct tcn_buf *message)
{
    if (access(path, F_OK) != 0) {
        tcn_buf_printf(message,
                       "%s: there is no such key: this card was not asked for "
                       "here (tocsin cert request)\n",
                       path);
        return TCN_ERR_KEY;
    }
    struct tcn_node_keys *keys = sodium_malloc(sizeof *keys);
    enum tcn_err err =
        keys == NULL ? TCN_ERR_NO_MEMORY : key_read_pair(keys, path, message);
    if (err == TCN_ERR_OK) {
        keys->card = *card;
        if (!key_fits(keys)) {
            tcn_buf_printf(message,
                           "%s: this key is not the one the card is for: it "
                           "was made for another request\n",
                           path);
            err = TCN_ERR_KEY;
        }
    }
    sodium_free(keys);
    return err;
}

enum tcn_err tcn_keys_adopt(const char *dir, const struct tcn_card *card,
                            struct tcn_buf *message)
{
    struct tcn_card newest;
    char path[KEY_PATH_MAX];
    enum tcn_err err = find_newest(&newest, dir, message);
    err = err == TCN_ERR_OK ? check_family(&newest, card, message) : err;
    err = err == TCN_ERR_OK ? check_new(dir, card, message) : err;
    if (err == TCN_ERR_OK) {
        key_path(path, dir, card->cert.serial, "key");
        err = check_secrets(path, card, message);
    }
    if (err == TCN_ERR_OK) {
        key_path(path, dir, card->cert.serial, "card");
        err = key_write_card(card, path, message);
    }
    return err;
}

/* ---- sweep ---- */

/* The card first: without it the key is only a request. */
static enum tcn_err remove_pair(const char *dir, uint64_t serial,
                                struct tcn_buf *message)
{
    static const char *const endings[] = {"card", "key"};
    for (size_t i = 0; i < 2; i++) {
        char path[KEY_PATH_MAX];
        key_path(path, dir, serial, endings[i]);
        if (unlink(path) != 0 && errno != ENOENT) {
            tcn_buf_printf(message, "%s: cannot be removed\n", path);
            return TCN_ERR_IO;
        }
        tcn_buf_printf(message, "%s: removed, its certificate is over\n", path);
    }
    return TCN_ERR_OK;
}

enum tcn_err tcn_keys_sweep(const char *dir, uint64_t now_ms,
                            struct tcn_buf *message)
{
    struct tcn_key_chain chain;
    enum tcn_err err = tcn_key_chain_load(&chain, dir, message);
    for (size_t i = 0; err == TCN_ERR_OK && i + 1 < chain.count; i++) {
        const struct tcn_cert *cert = &chain.pairs[i]->card.cert;
        if (cert->not_after_ms + TCN_DAY_MS < now_ms) {
            err = remove_pair(dir, cert->serial, message);
        }
    }
    tcn_key_chain_free(&chain);
    return err;
}
