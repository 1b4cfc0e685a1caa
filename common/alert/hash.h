/* The hashes of the format: BLAKE2b with a personal string per purpose. */
#pragma once

#include "base/err.h"
#include "base/id.h"

enum tcn_personal {
    TCN_PERSONAL_ALERT,   /* id of an alert, from its header bytes */
    TCN_PERSONAL_FIELD,   /* leaf of a field */
    TCN_PERSONAL_CERT,    /* id of a certificate */
    TCN_PERSONAL_ROOT,    /* fingerprint of a root key */
    TCN_PERSONAL_KREV,    /* key revocation */
    TCN_PERSONAL_LEAF,    /* leaf of a batch: blind || id */
    TCN_PERSONAL_NODE,    /* inner node of a batch tree */
    TCN_PERSONAL_AGREE,   /* agreement text */
    TCN_PERSONAL_LEDGER,  /* running mark of an export ledger */
    TCN_PERSONAL_AUDIT,   /* audit chain */
    TCN_PERSONAL_THREAD,  /* thread of an import, keyed by the node secret */
    TCN_PERSONAL_REQUEST, /* request for a certificate */
    TCN_PERSONAL_HEAD,    /* signed head of an audit chain */
    TCN_PERSONAL_STREAM,  /* which tree of its origin an alert takes */
    TCN_PERSONAL_COUNT,
};

/* BLAKE2b-256(personal, data). */
struct tcn_id tcn_hash(enum tcn_personal personal, struct tcn_view data);

/* BLAKE2b of `out_len` (1-64) bytes over the concatenation of the parts, keyed
 * when key.len > 0 (at most 64 bytes). */
void tcn_hash_parts(enum tcn_personal personal, struct tcn_view key,
                    const struct tcn_view *parts, size_t count, void *out,
                    size_t out_len);

/* "tocsin.alert.v1" and the like, padded with zeros to 16 bytes: the prefix of
 * what is signed. */
const uint8_t *tcn_personal_bytes(enum tcn_personal personal);
