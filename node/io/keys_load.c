/* The pairs of a node, and which follows which. */
#include <glob.h>
#include <sodium.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"
#include "io/keys_file.h"

#define ANNOUNCED_MS (14 * TCN_DAY_MS)

/* A card of another key pair would make every peer refuse us, silently. */
static enum tcn_err load_pair(struct tcn_node_keys *keys, const char *card_path,
                              struct tcn_buf *message)
{
    char key_file[KEY_PATH_MAX];
    size_t len = strlen(card_path) - strlen(".card");
    (void)snprintf(key_file, sizeof key_file, "%.*s.key", (int)len, card_path);
    enum tcn_err err = key_read_pair(keys, key_file, message);
    if (err == TCN_ERR_OK) {
        err = tcn_card_read(&keys->card, card_path, message);
    }
    if (err == TCN_ERR_OK && !key_fits(keys)) {
        tcn_buf_printf(message,
                       "%s: this card is not of the key in %s beside it\n",
                       card_path, strrchr(key_file, '/') + 1);
        err = TCN_ERR_KEY;
    }
    return err;
}

static enum tcn_err check_family(const struct tcn_key_chain *chain,
                                 const struct tcn_node_keys *keys,
                                 const char *path, struct tcn_buf *message)
{
    if (chain->count == TCN_KEY_PAIRS_MAX) {
        tcn_buf_printf(message, "%s: more than %d key pairs: remove old ones\n",
                       path, TCN_KEY_PAIRS_MAX);
        return TCN_ERR_CAPACITY;
    }
    if (chain->count == 0) {
        return TCN_ERR_OK;
    }
    const struct tcn_card *first = &chain->pairs[0]->card;
    if (memcmp(first->root_pk, keys->card.root_pk, sizeof first->root_pk) !=
            0 ||
        strcmp(first->cert.member, keys->card.cert.member) != 0) {
        tcn_buf_printf(message,
                       "%s: this card is of another root or member than those "
                       "beside it: remove what is not of this node\n",
                       path);
        return TCN_ERR_CERT_MEMBER;
    }
    return TCN_ERR_OK;
}

static void insert(struct tcn_key_chain *chain, struct tcn_node_keys *keys)
{
    size_t at = chain->count++;
    while (at > 0 &&
           chain->pairs[at - 1]->card.cert.serial > keys->card.cert.serial) {
        chain->pairs[at] = chain->pairs[at - 1];
        at--;
    }
    chain->pairs[at] = keys;
}

/* A card whose key is lost is no pair; whether that is a mistake, the pairs
 * after it say. */
static enum tcn_err note_lost(const char *path, uint64_t *lost,
                              struct tcn_buf *message)
{
    struct tcn_card card;
    message->len = 0;
    enum tcn_err err = tcn_card_read(&card, path, message);
    if (err == TCN_ERR_OK && card.cert.serial > *lost) {
        *lost = card.cert.serial;
    }
    return err;
}

static enum tcn_err add(struct tcn_key_chain *chain, const char *path,
                        uint64_t *lost, struct tcn_buf *message)
{
    struct tcn_node_keys *keys = sodium_malloc(sizeof *keys);
    if (keys == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    enum tcn_err err = load_pair(keys, path, message);
    if (err == TCN_ERR_NOT_FOUND) {
        sodium_free(keys);
        return note_lost(path, lost, message);
    }
    if (err == TCN_ERR_OK) {
        err = check_family(chain, keys, path, message);
    }
    if (err != TCN_ERR_OK) {
        sodium_free(keys);
        return err;
    }
    insert(chain, keys);
    return TCN_ERR_OK;
}

/* Why there is none, or not the newest: that pair says it best. */
static enum tcn_err explain(const char *dir, uint64_t serial,
                            struct tcn_buf *message)
{
    char path[KEY_PATH_MAX];
    struct tcn_node_keys *keys = sodium_malloc(sizeof *keys);
    if (keys == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    key_path(path, dir, serial == 0 ? 1 : serial, "card");
    enum tcn_err err = load_pair(keys, path, message);
    sodium_free(keys);
    return err == TCN_ERR_OK ? TCN_ERR_NOT_FOUND : err;
}

enum tcn_err tcn_key_chain_load(struct tcn_key_chain *chain, const char *dir,
                                struct tcn_buf *message)
{
    char pattern[KEY_PATH_MAX];
    glob_t found = {0};
    uint64_t lost = 0;
    enum tcn_err err = TCN_ERR_OK;
    *chain = (struct tcn_key_chain){0};
    (void)snprintf(pattern, sizeof pattern, "%s/node*.card", dir);
    int result = glob(pattern, 0, NULL, &found);
    for (size_t i = 0; result == 0 && i < found.gl_pathc; i++) {
        err = err == TCN_ERR_OK ? add(chain, found.gl_pathv[i], &lost, message)
                                : err;
    }
    globfree(&found);
    size_t last = chain->count;
    if (err == TCN_ERR_OK &&
        (last == 0 || chain->pairs[last - 1]->card.cert.serial < lost)) {
        err = explain(dir, lost, message);
    }
    if (err != TCN_ERR_OK) {
        tcn_key_chain_free(chain);
    }
    return err;
}

enum tcn_err key_newest_card(struct tcn_card *newest, const char *dir,
                             struct tcn_buf *message)
{
    char pattern[KEY_PATH_MAX];
    glob_t found = {0};
    enum tcn_err err = TCN_ERR_NOT_FOUND;
    (void)snprintf(pattern, sizeof pattern, "%s/node*.card", dir);
    int result = glob(pattern, 0, NULL, &found);
    for (size_t i = 0; result == 0 && i < found.gl_pathc; i++) {
        struct tcn_card card;
        bool is_first = i == 0;
        err = tcn_card_read(&card, found.gl_pathv[i], message);
        if (err != TCN_ERR_OK) {
            break;
        }
        if (is_first || card.cert.serial > newest->cert.serial) {
            *newest = card;
        }
    }
    globfree(&found);
    return err;
}

void tcn_key_chain_free(struct tcn_key_chain *chain)
{
    for (size_t i = 0; i < chain->count; i++) {
        sodium_free(chain->pairs[i]); /* wipes */
    }
    *chain = (struct tcn_key_chain){0};
}

/* The last part of a certificate's life is not waited for: clocks differ. */
static uint64_t before_end(const struct tcn_cert *cert, uint64_t announced_ms)
{
    uint64_t end = cert->not_after_ms;
    uint64_t half = end > announced_ms ? (end - announced_ms) / 2 : 0;
    return end - (half < TCN_HOUR_MS ? half : TCN_HOUR_MS);
}

uint64_t tcn_key_turn_ms(const struct tcn_cert *now,
                         const struct tcn_cert *next, uint64_t announced_ms)
{
    uint64_t turn = announced_ms + ANNOUNCED_MS;
    uint64_t end = before_end(now, announced_ms);
    turn = end < turn ? end : turn;
    return turn > next->not_before_ms ? turn : next->not_before_ms;
}
