/* The keys of a node: KEYS/node.key (0600, armoured, secret) and KEYS/node.card
 * (armoured card with its certificate). The root key is never here. A key file
 * that others may read or that is not ours is refused. */
#pragma once

#include "alert/identity.h"

struct tcn_node_keys {
    uint8_t sign_seed[32];
    uint8_t curve_sk[32];
    uint8_t seal_sk[32];
    uint8_t duty_seed[32];
    struct tcn_card card; /* public */
};

/* Allocated by sodium_malloc; wiped and freed by tcn_keys_free(). Checks that
 * the secrets belong to the certificate. PERMISSION, NOT_FOUND, KEY, CARD ...
 * with a message that says what to do. */
TCN_MUST_USE enum tcn_err tcn_keys_load(struct tcn_node_keys **out,
                                        const char *dir,
                                        struct tcn_buf *message);
void tcn_keys_free(struct tcn_node_keys *keys);

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

/* Reads an armoured card from a file. */
TCN_MUST_USE enum tcn_err tcn_card_read(struct tcn_card *card, const char *path,
                                        struct tcn_buf *message);
