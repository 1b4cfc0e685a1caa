/* Alerts made for a test: the keys of tests/vectors, a certificate, drafts, and
 * envelopes signed with them. Only for tests: every seed here is public. */
#pragma once

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "alert/build.h"
#include "base/assert.h"

#define MADE_NOW_MS 1790000000000ull /* as in tests/vectors */

static const uint8_t made_root_seed[32];
static const uint8_t made_sign_seed[32] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static const uint8_t made_duty_seed[32] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
                                           2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
                                           2, 2, 2, 2, 2, 2, 2, 2, 2, 2};

struct made_bytes {
    size_t len;
    uint8_t data[TCN_ENVELOPE_MAX];
};

static inline struct tcn_view made_view(const struct made_bytes *bytes)
{
    return tcn_view(bytes->data, bytes->len);
}

static inline void made_public(const uint8_t seed[32], uint8_t pk[32])
{
    uint8_t sk[64];
    tcn_assert(crypto_sign_seed_keypair(pk, sk, seed) == 0);
}

/* The certificate of tests/vectors, byte for byte. */
static inline struct tcn_card made_card(void)
{
    struct tcn_card card = {.cert = {.serial = 7}};
    struct tcn_cert *cert = &card.cert;
    (void)snprintf(cert->member, sizeof cert->member, "ee");
    (void)snprintf(cert->node, sizeof cert->node, "tallinn-1");
    cert->not_before_ms = MADE_NOW_MS - TCN_DAY_MS;
    cert->not_after_ms = MADE_NOW_MS + 60 * TCN_DAY_MS;
    made_public(made_sign_seed, cert->sign_pk);
    made_public(made_duty_seed, cert->duty_pk);
    made_public(made_root_seed, card.root_pk);
    memset(cert->curve_pk, 3, sizeof cert->curve_pk);
    memset(cert->seal_pk, 4, sizeof cert->seal_pk);
    struct tcn_buf out = tcn_buf(card.cert_bytes, sizeof card.cert_bytes);
    enum tcn_err err = tcn_cert_encode(cert, &out);
    tcn_assert(err == TCN_ERR_OK);
    card.cert_len = out.len;
    err = tcn_cert_sign(&cert->id, made_root_seed, card.signature);
    tcn_assert(err == TCN_ERR_OK);
    return card;
}

static inline void made_add(struct tcn_draft *draft, unsigned cls,
                            const char *name, const char *value)
{
    struct tcn_draft_field *field = &draft->fields[draft->field_count++];
    *field = (struct tcn_draft_field){
        .name = tcn_view_str(name), .cls = (uint8_t)cls, .value_count = 1};
    field->values[0].text = tcn_view_str(value);
}

/* A live alert without fields, GREEN, onward any. */
static inline void made_draft(struct tcn_draft *draft)
{
    struct tcn_header *header = &draft->header;
    *header = (struct tcn_header){0};
    memset(header->thread.bytes, 0x5a, sizeof header->thread.bytes);
    header->kind_text = tcn_view_str("alert");
    header->kind = TCN_KIND_ALERT;
    header->created_ms = MADE_NOW_MS;
    header->expires_ms = MADE_NOW_MS + 30 * TCN_DAY_MS;
    header->severity = TCN_SEVERITY_HIGH;
    header->confidence = 80;
    header->category = tcn_view_str("malicious-code/ransomware");
    header->sector_count = header->region_count = 1;
    header->sectors[0] = tcn_view_str("health");
    header->regions[0] = tcn_view_str("ee");
    header->label.tlp = TCN_TLP_GREEN;
    header->label.pap = TCN_PAP_AMBER;
    header->label.onward = TCN_ONWARD_ANY;
    header->agreement = header->exercise = tcn_view_str("");
    draft->source_key = draft->source_digest = tcn_view_str("");
    draft->withdrawn = false;
    draft->field_count = 0;
}

/* The same with a field or two of every class. */
static inline void made_full_draft(struct tcn_draft *draft)
{
    made_draft(draft);
    made_add(draft, TCN_CLASS_KEEP, "title", "Ransomware in hospitals");
    made_add(draft, TCN_CLASS_TECH, "technique", "T1486");
    made_add(draft, TCN_CLASS_TECH, "reference", "https://cert.example/1");
    made_add(draft, TCN_CLASS_SOURCE, "source", "sensor 12");
    made_add(draft, TCN_CLASS_VICTIM, "victim", "Hospital X");
    made_add(draft, TCN_CLASS_PERSONAL, "contact", "duty officer");
    made_add(draft, TCN_CLASS_ACTOR, "actor", "unknown");
    made_add(draft, TCN_CLASS_FREE, "description", "Seen since noon.");
    made_add(draft, TCN_CLASS_KEEP, "recommendation", "Block the address.");
}

/* Salt and blind that differ from alert to alert and from field to field. */
static inline enum tcn_err made_unsigned(struct tcn_unsigned *out,
                                         const struct tcn_draft *draft,
                                         const struct tcn_cert *cert,
                                         unsigned number)
{
    static uint8_t salts[TCN_FIELDS_MAX * 16];
    uint8_t blind[16] = {(uint8_t)number, (uint8_t)(number >> 8), 0xb1};
    for (size_t i = 0; i < sizeof salts; i++) {
        salts[i] = (uint8_t)(i / 16 + 31 * number);
    }
    return tcn_unsigned_init(out, draft, cert, salts, blind);
}

/* Builds and signs one alert by itself. */
static inline enum tcn_err made_alert(struct made_bytes *out,
                                      const struct tcn_draft *draft,
                                      const struct tcn_cert *cert)
{
    struct tcn_unsigned raw;
    enum tcn_err err = made_unsigned(&raw, draft, cert, 1);
    if (err != TCN_ERR_OK) {
        return err;
    }
    struct tcn_buf buf = tcn_buf(out->data, sizeof out->data);
    const struct tcn_unsigned *alerts[] = {&raw};
    struct tcn_buf *const outs[] = {&buf};
    struct tcn_signer signer = {cert, made_sign_seed};
    err = tcn_batch_sign(&signer, alerts, 1, outs);
    out->len = buf.len;
    tcn_unsigned_fini(&raw);
    return err;
}
