/* Alerts for measuring: signed by their origins, one after the other, checked
 * by nobody here. */
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/mesh/net.h"

static const char *const sectors[LABELS] = {"banking", "energy", "health",
                                            "transport"};
static const char *const categories[LABELS] = {
    "malicious-code/ransomware", "fraud/phishing", "availability/ddos",
    "vulnerable/vulnerable-system"};
static const uint8_t tlps[LABELS] = {TCN_TLP_GREEN, TCN_TLP_CLEAR,
                                     TCN_TLP_AMBER, TCN_TLP_RED};
static struct tcn_draft draft; /* large */

void label_put(struct tcn_buf *out, enum filters filters, unsigned label)
{
    if (filters == BY_TLP) {
        tcn_buf_printf(out, "tlp == %s", tcn_tlp_word(tlps[label]));
    } else if (filters == BY_CATEGORY) {
        tcn_buf_printf(out, "category == \"%s\"", categories[label]);
    } else {
        tcn_buf_printf(out, "sector == %s", sectors[label]);
    }
}

/* What is not the label is the same for all. */
static unsigned of_label(const struct net *net, enum filters what,
                         unsigned label)
{
    return net->filters == what ? label : 0;
}

void alerts_init(void)
{
    int err = sodium_init();
    tcn_assert(err >= 0);
}

uint32_t alerts_find(const struct net *net, const struct tcn_id *id)
{
    return tcn_idmap_get(&net->by_id, id);
}

/* Small enough for the first field and no more. */
static void set_header(const struct net *net, const struct wanted_alert *wanted)
{
    unsigned label = wanted->label;
    uint64_t now = NET_START_MS + net->now_us / 1000;
    draft.header = (struct tcn_header){
        .kind_text = tcn_view_str("alert"),
        .kind = TCN_KIND_ALERT,
        .created_ms = now - wanted->age_ms,
        .expires_ms = now + 30 * TCN_DAY_MS,
        .severity = wanted->severity,
        .confidence = 80,
        .category = tcn_view_str(categories[of_label(net, BY_CATEGORY, label)]),
        .agreement = tcn_view_str(""),
        .exercise = tcn_view_str(""),
        .sector_count = 1,
        .sectors = {tcn_view_str(sectors[of_label(net, BY_SECTOR, label)])},
    };
    draft.header.label = (struct tcn_label){
        .tlp = tlps[of_label(net, BY_TLP, label)], .onward = TCN_ONWARD_ANY};
}

static void set_fields(const char *text)
{
    draft.field_count = 0;
    struct tcn_draft_field *title = &draft.fields[draft.field_count++];
    *title = (struct tcn_draft_field){
        .name = tcn_view_str("title"), .cls = TCN_CLASS_KEEP, .value_count = 1};
    title->values[0].text = tcn_view_str("a measurement");
    struct tcn_draft_field *more = &draft.fields[draft.field_count++];
    *more = (struct tcn_draft_field){.name = tcn_view_str("reference"),
                                     .cls = TCN_CLASS_TECH,
                                     .value_count = 1};
    more->values[0].text = tcn_view_str(text);
}

static void cert_of(const struct net *net, unsigned origin,
                    struct tcn_cert *cert, uint8_t seed[32])
{
    uint8_t sk[64];
    memset(seed, 0, 32);
    seed[0] = (uint8_t)origin;
    seed[1] = (uint8_t)(origin >> 8);
    *cert = (struct tcn_cert){.serial = 1,
                              .not_before_ms = NET_START_MS - TCN_DAY_MS,
                              .not_after_ms = NET_START_MS + 80 * TCN_DAY_MS};
    (void)snprintf(cert->member, sizeof cert->member, "%s",
                   net->nodes[origin].name);
    (void)snprintf(cert->node, sizeof cert->node, "one");
    (void)crypto_sign_seed_keypair(cert->sign_pk, sk, seed);
    memcpy(cert->id.bytes, seed, 32); /* nobody reads it */
    cert->id.bytes[31] = 1;
}

static void keep(struct made *made, const struct tcn_buf *out)
{
    static struct tcn_alert decoded;
    made->envelope = malloc(out->len);
    tcn_assert(made->envelope != NULL);
    memcpy(made->envelope, out->data, out->len);
    enum tcn_err err =
        tcn_alert_decode(&decoded, tcn_view(made->envelope, out->len));
    tcn_assert(err == TCN_ERR_OK);
    err = tcn_alert_check_fields(&decoded);
    tcn_assert(err == TCN_ERR_OK);
    size_t size = offsetof(struct tcn_alert, fields) +
                  decoded.field_count * sizeof decoded.fields[0];
    made->alert = malloc(size);
    tcn_assert(made->alert != NULL);
    memcpy(made->alert, &decoded, size);
}

static void sign(struct net *net, struct made *made)
{
    static uint8_t bytes[TCN_ENVELOPE_MAX];
    uint8_t salts[2 * 16], blind[16], seed[32];
    struct tcn_cert cert;
    struct tcn_unsigned raw;
    for (size_t i = 0; i < sizeof salts; i++) {
        salts[i] = (uint8_t)net_below(net, 256);
    }
    memcpy(blind, salts, sizeof blind);
    cert_of(net, made->origin, &cert, seed);
    enum tcn_err err = tcn_unsigned_init(&raw, &draft, &cert, salts, blind);
    tcn_assert(err == TCN_ERR_OK);
    const struct tcn_unsigned *batch[] = {&raw};
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    struct tcn_buf *outs[] = {&out};
    const struct tcn_signer signer = {&cert, seed};
    err = tcn_batch_sign(&signer, batch, 1, outs);
    tcn_assert(err == TCN_ERR_OK);
    keep(made, &out);
    tcn_unsigned_fini(&raw);
}

uint32_t alerts_make(struct net *net, const struct wanted_alert *wanted)
{
    static char text[32 * 1024];
    size_t len = wanted->bytes < sizeof text ? wanted->bytes : sizeof text - 1;
    memset(text, 'x', len);
    text[len] = '\0';
    net->alerts = net_grow(net->alerts, net->alert_count, &net->alert_cap,
                           sizeof *net->alerts);
    uint32_t number = (uint32_t)net->alert_count++;
    struct made *made = &net->alerts[number];
    *made = (struct made){.origin = wanted->origin, .label = wanted->label};
    set_header(net, wanted);
    for (size_t i = 0; i < 16; i++) {
        draft.header.thread.bytes[i] = (uint8_t)net_below(net, 256);
    }
    set_fields(text);
    sign(net, made);
    made->took_us = calloc(net->node_count, sizeof *made->took_us);
    tcn_assert(made->took_us != NULL);
    bool put = tcn_idmap_put(&net->by_id, &made->alert->id, number);
    tcn_assert(put);
    return number;
}
