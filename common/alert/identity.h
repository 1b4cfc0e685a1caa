/* Who speaks: node certificates, key revocations, cards, fingerprints. A root
 * key is pinned for exactly one member and certifies only that member. There
 * is no CA. Rules: common/alert/FORMAT.md, "Identity". */
#pragma once

#include "alert/hash.h"
#include "base/buf.h"
#include "base/limits.h"

#define TCN_PK_BYTES      32
#define TCN_SK_SEED_BYTES 32
#define TCN_SIG_BYTES     64

struct tcn_cert {
    char member[TCN_MEMBER_MAX + 1];
    char node[TCN_NAME_MAX + 1];
    uint64_t serial;
    uint64_t not_before_ms;
    uint64_t not_after_ms;
    uint8_t sign_pk[TCN_PK_BYTES];
    uint8_t curve_pk[TCN_PK_BYTES];
    uint8_t seal_pk[TCN_PK_BYTES];
    uint8_t duty_pk[TCN_PK_BYTES];
    struct tcn_id id; /* filled in by decode and encode */
};

/* Strict decoding: CERT or an error of the encoding profile. Copies. */
TCN_MUST_USE enum tcn_err tcn_cert_decode(struct tcn_cert *cert,
                                          struct tcn_view bytes);

/* Appends the encoding and fills in cert->id; CERT when a field is out of its
 * range. */
TCN_MUST_USE enum tcn_err tcn_cert_encode(struct tcn_cert *cert,
                                          struct tcn_buf *out);

/* The root's signature over an id. */
TCN_MUST_USE enum tcn_err tcn_cert_sign(const struct tcn_id *id,
                                        const uint8_t root_seed[32],
                                        uint8_t signature[TCN_SIG_BYTES]);
TCN_MUST_USE enum tcn_err
tcn_cert_verify(const struct tcn_cert *cert,
                const uint8_t signature[TCN_SIG_BYTES],
                const uint8_t root_pk[TCN_PK_BYTES]);

struct tcn_krev {
    char member[TCN_MEMBER_MAX + 1];
    struct tcn_id cert;
    uint64_t suspect_since_ms;
    uint64_t serial;
};

TCN_MUST_USE enum tcn_err tcn_krev_decode(struct tcn_krev *krev,
                                          struct tcn_view bytes);
TCN_MUST_USE enum tcn_err tcn_krev_encode(const struct tcn_krev *krev,
                                          struct tcn_buf *out);
/* `seed` is the root's or the duty key's. */
TCN_MUST_USE enum tcn_err tcn_krev_sign(struct tcn_view bytes,
                                        const uint8_t seed[32],
                                        uint8_t signature[TCN_SIG_BYTES]);
/* By the pinned root or by the duty key of the revoked certificate. */
TCN_MUST_USE enum tcn_err
tcn_krev_verify(struct tcn_view bytes, const uint8_t signature[TCN_SIG_BYTES],
                const uint8_t root_pk[TCN_PK_BYTES],
                const struct tcn_cert *cert);

/* ---- what people carry between machines, as armoured text ---- */

/* Room for an armoured request or key revocation with its NUL. */
#define TCN_PAPER_TEXT_MAX 2048

/* A request for a certificate, made where the new keys are and signed by the
 * new signing key: everything of the certificate but its validity. CERT,
 * SIGNATURE, ARMOUR or the profile's errors. */
TCN_MUST_USE enum tcn_err tcn_request_to_text(const struct tcn_cert *cert,
                                              const uint8_t sign_seed[32],
                                              struct tcn_buf *out);
TCN_MUST_USE enum tcn_err tcn_request_from_text(struct tcn_cert *cert,
                                                struct tcn_view text);
/* Appends 26 base32 symbols that tell requests apart, to be compared where it
 * is signed. */
void tcn_request_fingerprint(struct tcn_buf *out, const struct tcn_cert *cert);

/* A key revocation and its signature. Views of `plain`, which takes what the
 * armour holds; nothing is proven yet. */
TCN_MUST_USE enum tcn_err
tcn_krev_to_text(struct tcn_view bytes, const uint8_t signature[TCN_SIG_BYTES],
                 struct tcn_buf *out);
TCN_MUST_USE enum tcn_err tcn_krev_from_text(struct tcn_view text,
                                             struct tcn_buf *plain,
                                             struct tcn_view *bytes,
                                             struct tcn_view *signature);

/* A card: [root_pk, cert bytes, root signature]. */
struct tcn_card {
    uint8_t root_pk[TCN_PK_BYTES];
    uint8_t cert_bytes[TCN_CERT_MAX];
    size_t cert_len;
    uint8_t signature[TCN_SIG_BYTES];
    struct tcn_cert cert;
};

/* Room for an armoured card with its NUL. */
#define TCN_CARD_TEXT_MAX 2048

/* Decodes and verifies: CARD, CERT, CERT_SIGNATURE or the profile's errors. */
TCN_MUST_USE enum tcn_err tcn_card_decode(struct tcn_card *card,
                                          struct tcn_view bytes);
TCN_MUST_USE enum tcn_err tcn_card_encode(const struct tcn_card *card,
                                          struct tcn_buf *out);

/* The same as armoured text (BEGIN/END TOCSIN CARD, base64, text around it is
 * ignored); also ARMOUR. */
TCN_MUST_USE enum tcn_err tcn_card_from_text(struct tcn_card *card,
                                             struct tcn_view text);
TCN_MUST_USE enum tcn_err tcn_card_to_text(const struct tcn_card *card,
                                           struct tcn_buf *out);

/* Armour for any bytes under a title such as "CARD" or "NODE KEY". */
void tcn_armour_put(struct tcn_buf *out, const char *title,
                    struct tcn_view bytes);
TCN_MUST_USE enum tcn_err
tcn_armour_take(struct tcn_view text, const char *title, struct tcn_buf *out);

/* Appends the fingerprint of a member's root: 52 base32 symbols in groups of
 * four, to be read over the telephone. */
void tcn_fingerprint_put(struct tcn_buf *out, const char *member,
                         const uint8_t root_pk[TCN_PK_BYTES]);
