/* Making alerts: a draft says what, a signer says who; one signature covers a
 * batch. No random source inside: salts and blinds come from the caller.
 * Rules: common/alert/FORMAT.md, "One signature may cover a batch". */
#pragma once

#include "alert/alert.h"
#include "alert/identity.h"

/* One field of a draft; the views are borrowed. value_count 1 without
 * `is_list` is a plain value. A number is given as text and a flag. */
struct tcn_draft_value {
    struct tcn_view text;
    uint64_t number;
    bool is_number;
};

struct tcn_draft_field {
    struct tcn_view name;
    uint8_t cls;
    bool is_list;
    uint8_t value_count;
    struct tcn_draft_value values[TCN_VALUES_MAX];
};

/* Everything of a header but certificate, classes, leaves and seal; borrowed
 * views. header.origin and header.cert are set by the builder. `source_key` is
 * the stable id an import has at its source ("misp:<uuid>"), empty for an alert
 * made here; `source_digest` tells one version of it from the next. `replaces`
 * are such ids too, the earliest first: of messages that this one goes on with,
 * or, when it is withdrawn, of what goes on in its place. */
struct tcn_draft {
    struct tcn_header header;
    struct tcn_view source_key;
    struct tcn_view source_digest;
    uint8_t replaces_count;
    struct tcn_view replaces[TCN_REPLACES_MAX];
    bool withdrawn; /* the source has revoked or deleted it */
    /* Of an import, not encoded: this is the last part of its source, and its
     * number; 0 = more of it follow, or there is never more than one. */
    uint16_t last_part;
    uint16_t field_count;
    struct tcn_draft_field fields[TCN_FIELDS_MAX];
};

/* A draft as one element of the encoding profile, for the control socket.
 * Decoding is strict and views point into the bytes. */
TCN_MUST_USE enum tcn_err tcn_draft_encode(const struct tcn_draft *draft,
                                           struct tcn_buf *out);
TCN_MUST_USE enum tcn_err tcn_draft_decode(struct tcn_draft *draft,
                                           struct tcn_view bytes);

struct tcn_signer {
    const struct tcn_cert *cert;
    const uint8_t *sign_seed; /* 32 bytes, borrowed */
};

/* An alert under construction: header and fields encoded, id known, not yet
 * signed. Takes memory with malloc; free with tcn_unsigned_fini(). */
struct tcn_unsigned {
    uint8_t *bytes; /* header, then each field's encoding */
    size_t header_len;
    uint16_t field_count;
    uint32_t field_len[TCN_FIELDS_MAX];
    uint8_t blind[16];
    struct tcn_id id;
};

/* `salts` holds 16 bytes per field, `blind` 16 bytes. Fields are put in the
 * order given. The error names what a verifier would reject. */
TCN_MUST_USE enum tcn_err tcn_unsigned_init(struct tcn_unsigned *out,
                                            const struct tcn_draft *draft,
                                            const struct tcn_cert *cert,
                                            const uint8_t *salts,
                                            const uint8_t blind[16]);
void tcn_unsigned_fini(struct tcn_unsigned *alert);

/* Appends the envelope with that signature, place and path in its batch. */
void tcn_unsigned_put(const struct tcn_unsigned *alert,
                      struct tcn_view signature, uint32_t index,
                      struct tcn_view path, struct tcn_buf *out);

/* Signs `count` (1 to TCN_BATCH_MAX) alerts with one signature. Envelope i is
 * appended to out[i]. NO_MEMORY, SIZE. */
TCN_MUST_USE enum tcn_err
tcn_batch_sign(const struct tcn_signer *signer,
               const struct tcn_unsigned *const *alerts, size_t count,
               struct tcn_buf *const *out);

/* A small set of verified (certificate, batch root) pairs; the oldest leaves
 * first. */
#define TCN_ROOTS_MAX 256
/* The one thing of a verification that is dear, apart from the rest, so that it
 * can be done elsewhere: whether a key has signed a root. */
struct tcn_proof {
    struct tcn_id root;
    struct tcn_id pair; /* of certificate, root and signature */
    bool is_batch;
    uint8_t signature[TCN_SIG_BYTES];
    uint8_t sign_pk[TCN_PK_BYTES];
};

struct tcn_roots {
    struct tcn_id pairs[TCN_ROOTS_MAX];
    unsigned count;
    unsigned next;
};

/* The root an alert folds up to: its leaf, hashed with its path. */
struct tcn_id tcn_batch_root(const struct tcn_alert *alert);
struct tcn_id tcn_batch_leaf(struct tcn_view blind, const struct tcn_id *id);
struct tcn_id tcn_batch_node(struct tcn_view left, struct tcn_view right);

/* What has to be proven of an alert: CERT_MEMBER, CERT_TIME. Then, unless it is
 * known, tcn_proof_holds(), which touches nothing but its argument; then
 * tcn_alert_check_fields(). tcn_alert_verify() is all of it at once. */
TCN_MUST_USE enum tcn_err tcn_alert_prove(const struct tcn_alert *alert,
                                          const struct tcn_cert *cert,
                                          struct tcn_proof *proof);
bool tcn_proof_known(const struct tcn_roots *roots,
                     const struct tcn_proof *proof);
bool tcn_proof_holds(const struct tcn_proof *proof);
void tcn_proof_remember(struct tcn_roots *roots, const struct tcn_proof *proof);
