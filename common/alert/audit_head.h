/* The head of an audit chain as the node signed it: kept elsewhere, it shows
 * whether what came before was changed since. Rules: node/store/SCHEMA.md,
 * "audit". */
#pragma once

#include "alert/identity.h"

struct tcn_audit_head {
    char member[TCN_MEMBER_MAX + 1];
    struct tcn_id cert; /* that signs */
    uint64_t n;         /* of the row */
    uint64_t at_ms;     /* when it was signed */
    struct tcn_id hash; /* of the row */
    uint8_t signature[TCN_SIG_BYTES];
};

/* Fills in the signature. KEY or SIZE. */
TCN_MUST_USE enum tcn_err tcn_head_sign(struct tcn_audit_head *head,
                                        const uint8_t sign_seed[32]);
/* Whether the key has signed it: SIGNATURE. */
TCN_MUST_USE enum tcn_err tcn_head_verify(const struct tcn_audit_head *head,
                                          const uint8_t sign_pk[TCN_PK_BYTES]);

/* As armoured text, at most TCN_PAPER_TEXT_MAX; text around it is ignored.
 * Nothing is proven by reading it. ARMOUR, SYNTAX or the profile's errors. */
TCN_MUST_USE enum tcn_err tcn_head_to_text(const struct tcn_audit_head *head,
                                           struct tcn_buf *out);
TCN_MUST_USE enum tcn_err tcn_head_from_text(struct tcn_audit_head *head,
                                             struct tcn_view text);
