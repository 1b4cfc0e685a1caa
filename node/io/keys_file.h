/* How keys lie in their files. Private to io/keys_*.c. */
#pragma once

#include "io/keys.h"

#define KEY_PATH_MAX 4096

/* DIR/STEM.ending; the stem of serial 1 is "node", of others "node-SERIAL". */
void key_path(char out[KEY_PATH_MAX], const char *dir, uint64_t serial,
              const char *ending);

/* Fresh secrets, with their public halves in keys->card.cert. */
TCN_MUST_USE enum tcn_err key_fill(struct tcn_node_keys *keys);
/* The public halves of the secrets. */
TCN_MUST_USE enum tcn_err key_derive(const struct tcn_node_keys *keys,
                                     struct tcn_cert *cert);
/* Whether the secrets are those of the certificate. */
bool key_fits(const struct tcn_node_keys *keys);

/* Armoured bytes under a title into a private file that was not there. */
TCN_MUST_USE enum tcn_err key_write_secret(const char *path, const char *title,
                                           struct tcn_view bytes,
                                           struct tcn_buf *message);
/* Takes the armour off a file that nobody else may read. */
TCN_MUST_USE enum tcn_err key_read_secret(const char *path, const char *title,
                                          struct tcn_buf *plain,
                                          struct tcn_buf *message);
TCN_MUST_USE enum tcn_err key_write_pair(const struct tcn_node_keys *keys,
                                         const char *path,
                                         struct tcn_buf *message);
TCN_MUST_USE enum tcn_err key_read_pair(struct tcn_node_keys *keys,
                                        const char *path,
                                        struct tcn_buf *message);
/* Of all cards of the node, whether their keys are there or not. */
TCN_MUST_USE enum tcn_err key_newest_card(struct tcn_card *newest,
                                          const char *dir,
                                          struct tcn_buf *message);
TCN_MUST_USE enum tcn_err key_write_card(const struct tcn_card *card,
                                         const char *path,
                                         struct tcn_buf *message);
