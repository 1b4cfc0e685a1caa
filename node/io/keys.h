/* The keys of a node. A pair is STEM.key (0600, armoured, secret) and STEM.card
 * (armoured card with its certificate) in the directory `keys`: `node` is what
 * init made, `node-2` and so on are what came later; while certificates overlap
 * there are several. The root key is never here. A key file that others may
 * read or that is not ours is refused. */
#pragma once

#include "alert/identity.h"

struct tcn_node_keys {
    uint8_t sign_seed[32];
    uint8_t curve_sk[32];
    uint8_t seal_sk[32];
    uint8_t duty_seed[32];
    struct tcn_card card; /* public */
};

/* ---- all pairs of a node that have their card ---- */

#define TCN_KEY_PAIRS_MAX 8

struct tcn_key_chain {
    size_t count;                                   /* at least 1 after OK */
    struct tcn_node_keys *pairs[TCN_KEY_PAIRS_MAX]; /* ascending serial */
};

/* Reads and checks every pair: secrets belong to their certificates, all of one
 * member under one root. Cards whose key is lost are passed over when a newer
 * pair is there. PERMISSION, NOT_FOUND, KEY, CARD ... with a message
 * that says what to do; then the chain is empty. */
TCN_MUST_USE enum tcn_err tcn_key_chain_load(struct tcn_key_chain *chain,
                                             const char *dir,
                                             struct tcn_buf *message);
/* Wipes and frees. */
void tcn_key_chain_free(struct tcn_key_chain *chain);

/* When `next` takes over from `now`: two weeks after it was announced to peers,
 * or shortly before `now` ends; never before it begins itself. */
uint64_t tcn_key_turn_ms(const struct tcn_cert *now,
                         const struct tcn_cert *next, uint64_t announced_ms);

/* ---- how they come to be ---- */

struct tcn_key_request {
    const char *member;
    const char *node; /* "a" when there is only one */
    uint64_t serial;
    uint64_t not_before_ms;
    uint64_t not_after_ms;
};

/* Makes a root (ROOT_DIR/MEMBER-root.key, 0600), node keys and a card under
 * `dir`. EXISTS rather than overwrite. */
TCN_MUST_USE enum tcn_err tcn_keys_create(const char *dir, const char *root_dir,
                                          const struct tcn_key_request *request,
                                          struct tcn_buf *message);

/* Makes the secrets of the next pair beside those in force, and appends its
 * request as text; the cards that are there are enough when keys were lost. One
 * that was asked for and has no card yet is given again.
 * `cert` is what it asks for. */
TCN_MUST_USE enum tcn_err tcn_keys_request(const char *dir,
                                           struct tcn_cert *cert,
                                           struct tcn_buf *text,
                                           struct tcn_buf *message);

/* Puts a card to the secrets it certifies. EXISTS when it is there already;
 * CERT_SIGNATURE under another root; KEY when no request here was for it. */
TCN_MUST_USE enum tcn_err tcn_keys_adopt(const char *dir,
                                         const struct tcn_card *card,
                                         struct tcn_buf *message);

/* Removes pairs whose certificate is over, but not the last one; says which. */
TCN_MUST_USE enum tcn_err tcn_keys_sweep(const char *dir, uint64_t now_ms,
                                         struct tcn_buf *message);

/* The seed of an offline root. Wipe it. NOT_FOUND, PERMISSION, KEY. */
TCN_MUST_USE enum tcn_err tcn_root_read(uint8_t seed[32], const char *path,
                                        struct tcn_buf *message);
/* A card for what was asked for, by a root: CERT when the validity is out of
 * range. */
TCN_MUST_USE enum tcn_err tcn_card_make(struct tcn_card *card,
                                        const struct tcn_cert *asked,
                                        const uint8_t root_seed[32]);

/* Reads an armoured card from a file. */
TCN_MUST_USE enum tcn_err tcn_card_read(struct tcn_card *card, const char *path,
                                        struct tcn_buf *message);
