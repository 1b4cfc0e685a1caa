/* Keys and alerts: real ones, signed as a real node signs them, so that what is
 * forged, cut or merged wrongly does not verify. */
#include "sim/sim.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

struct identity {
    struct tcn_cert cert;
    uint8_t bytes[TCN_CERT_MAX];
    size_t len;
    uint8_t signature[64];
    uint8_t root_pk[32];
    uint8_t sign_seed[32];
    uint8_t krev[TCN_CERT_MAX];
    size_t krev_len;
    uint8_t krev_signature[64];
};

static struct identity identities[KEYS_MAX];
static const char *const names[NODES_MAX] = {
    "ee", "lv", "lt", "fi", "pl", "se", "dk", "no", "de", "nl",
    "be", "fr", "es", "pt", "it", "at", "cz", "sk", "hu", "ro"};

const char *mint_name(unsigned node)
{
    return names[node];
}

static void key_of(unsigned key, uint8_t use, uint8_t seed[32], uint8_t pk[32])
{
    uint8_t sk[64];
    memset(seed, 0, 32);
    seed[0] = (uint8_t)(key + 1);
    seed[1] = use;
    (void)crypto_sign_seed_keypair(pk, sk, seed);
}

static void make_krev(struct identity *id, const uint8_t root_seed[32])
{
    struct tcn_krev krev = {
        .cert = id->cert.id, .suspect_since_ms = START_MS, .serial = 1};
    memcpy(krev.member, id->cert.member, sizeof krev.member);
    struct tcn_buf out = tcn_buf(id->krev, sizeof id->krev);
    enum tcn_err err = tcn_krev_encode(&krev, &out);
    tcn_assert(err == TCN_ERR_OK);
    id->krev_len = out.len;
    err = tcn_krev_sign(tcn_buf_view(&out), root_seed, id->krev_signature);
    tcn_assert(err == TCN_ERR_OK);
}

static void make(unsigned key)
{
    struct identity *id = &identities[key];
    unsigned node = key % NODES_MAX;
    uint8_t root_seed[32], unused[32];
    key_of(node, 0, root_seed, id->root_pk);
    id->cert = (struct tcn_cert){.serial = 1 + key / NODES_MAX,
                                 .not_before_ms = START_MS - 30 * TCN_DAY_MS,
                                 .not_after_ms = START_MS + 59 * TCN_DAY_MS};
    (void)snprintf(id->cert.member, sizeof id->cert.member, "%s", names[node]);
    (void)snprintf(id->cert.node, sizeof id->cert.node, "%s-1", names[node]);
    key_of(key, 1, id->sign_seed, id->cert.sign_pk);
    key_of(key, 2, unused, id->cert.curve_pk);
    key_of(key, 3, unused, id->cert.seal_pk);
    key_of(key, 4, unused, id->cert.duty_pk);
    struct tcn_buf out = tcn_buf(id->bytes, sizeof id->bytes);
    enum tcn_err err = tcn_cert_encode(&id->cert, &out);
    tcn_assert(err == TCN_ERR_OK);
    id->len = out.len;
    err = tcn_cert_sign(&id->cert.id, root_seed, id->signature);
    tcn_assert(err == TCN_ERR_OK);
    make_krev(id, root_seed);
}

void mint_init(void)
{
    for (unsigned i = 0; i < KEYS_MAX && identities[i].len == 0; i++) {
        make(i);
    }
}

const struct tcn_cert *mint_cert(unsigned key)
{
    return &identities[key].cert;
}

struct tcn_view mint_cert_bytes(unsigned key)
{
    return tcn_view(identities[key].bytes, identities[key].len);
}

const uint8_t *mint_cert_signature(unsigned key)
{
    return identities[key].signature;
}

struct tcn_view mint_krev_bytes(unsigned key)
{
    return tcn_view(identities[key].krev, identities[key].krev_len);
}

const uint8_t *mint_krev_signature(unsigned key)
{
    return identities[key].krev_signature;
}

const uint8_t *mint_root(unsigned key)
{
    return identities[key].root_pk;
}

unsigned mint_whose(const struct tcn_id *cert)
{
    unsigned i = 0;
    while (i < KEYS_MAX && !tcn_id_equal(&identities[i].cert.id, cert)) {
        i++;
    }
    return i;
}

uint32_t mint_find(const struct sim *sim, const struct tcn_id *id)
{
    for (uint32_t i = 0; i < sim->alert_count; i++) {
        if (tcn_id_equal(&sim->alerts[i].id, id)) {
            return i;
        }
    }
    return NO_ALERT;
}

/* ---- one alert ---- */

static struct tcn_draft draft; /* large */

static void add_field(const char *name, uint8_t cls, const char *type,
                      const char *value)
{
    struct tcn_draft_field *field = &draft.fields[draft.field_count++];
    *field = (struct tcn_draft_field){.name = tcn_view_str(name),
                                      .cls = cls,
                                      .is_list = type != NULL,
                                      .value_count = type == NULL ? 1 : 2};
    field->values[0].text = tcn_view_str(type == NULL ? value : type);
    field->values[1].text = tcn_view_str(value);
}

static void add_fields(const struct wish *wish, enum tcn_kind kind)
{
    draft.field_count = 0;
    if (kind == TCN_KIND_REVOKE) {
        add_field("reason", TCN_CLASS_KEEP, NULL, "a false alarm");
        return;
    }
    uint8_t classes =
        wish->classes != 0 ? wish->classes : TCN_CLASS_BIT(TCN_CLASS_TECH);
    add_field("title", TCN_CLASS_KEEP, NULL, wish->name);
    if ((classes & TCN_CLASS_BIT(TCN_CLASS_TECH)) != 0) {
        add_field("indicator", TCN_CLASS_TECH, "ipv4-addr", "198.51.100.3");
    }
    if ((classes & TCN_CLASS_BIT(TCN_CLASS_SOURCE)) != 0) {
        add_field("source", TCN_CLASS_SOURCE, NULL, "a sensor");
    }
    if ((classes & TCN_CLASS_BIT(TCN_CLASS_VICTIM)) != 0) {
        add_field("victim", TCN_CLASS_VICTIM, NULL, "a hospital");
    }
    if ((classes & TCN_CLASS_BIT(TCN_CLASS_FREE)) != 0) {
        add_field("description", TCN_CLASS_FREE, NULL, "in free words");
    }
    if (wish->bytes > 0) {
        static char text[TCN_ENVELOPE_MAX];
        tcn_assert(wish->bytes < sizeof text);
        memset(text, 'x', wish->bytes);
        text[wish->bytes] = '\0';
        add_field("note", TCN_CLASS_FREE, NULL, text);
    }
}

static void set_audience(struct tcn_label *label, uint32_t audience)
{
    for (unsigned i = 0; i < NODES_MAX; i++) {
        if ((audience >> i & 1) == 0) {
            continue;
        }
        struct tcn_view name = tcn_view_str(names[i]);
        size_t at = label->audience_count++;
        while (at > 0 && tcn_view_compare(label->audience[at - 1], name) > 0) {
            label->audience[at] = label->audience[at - 1];
            at--;
        }
        label->audience[at] = name;
    }
}

static void set_label(struct tcn_label *label, const struct minted *alert)
{
    *label = (struct tcn_label){.tlp = alert->tlp, .onward = alert->onward};
    if (alert->no_partner) {
        label->caveats[label->caveat_count++] = tcn_view_str("no-partner");
        label->caveat_mask |= TCN_CAVEAT_NO_PARTNER;
    }
    if (alert->orcon) {
        label->caveats[label->caveat_count++] = tcn_view_str("orcon");
        label->caveat_mask |= TCN_CAVEAT_ORCON;
    }
    set_audience(label, alert->audience);
}

static void set_header(const struct sim *sim, const struct minted *alert,
                       const struct minted *ref, const char *kind)
{
    const struct node *origin = &sim->nodes[alert->origin];
    struct tcn_header *header = &draft.header;
    *header = (struct tcn_header){
        .revision = alert->revision,
        .kind_text = tcn_view_str(kind),
        .kind = alert->kind,
        .created_ms = alert->created_ms,
        .expires_ms = alert->expires_ms,
        .severity = alert->severity,
        .confidence = 80,
        .category = tcn_view_str("malicious-code/ransomware"),
        .agreement = tcn_view_str(
            alert->pact == 0 ? ""
                             : tcn_policy_agreement_ref(origin->policy, 0)),
        .exercise = tcn_view_str(""),
    };
    if (alert->sector != NULL) {
        header->sectors[header->sector_count++] = tcn_view_str(alert->sector);
    }
    memcpy(header->thread.bytes, alert->thread, 16);
    set_label(&header->label, alert);
    if (ref != NULL) {
        header->has_ref = true;
        header->ref = ref->id;
    }
}

static void sign(struct sim *sim, struct minted *alert)
{
    static uint8_t salts[16 * 16], bytes[TCN_ENVELOPE_MAX];
    uint8_t blind[16];
    sim_fill(sim, salts, sizeof salts);
    sim_fill(sim, blind, sizeof blind);
    const struct identity *id = &identities[alert->key];
    struct tcn_unsigned raw;
    enum tcn_err err = tcn_unsigned_init(&raw, &draft, &id->cert, salts, blind);
    tcn_assert(err == TCN_ERR_OK);
    const struct tcn_unsigned *batch[] = {&raw};
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    struct tcn_buf *outs[] = {&out};
    const struct tcn_signer signer = {&id->cert, id->sign_seed};
    err = tcn_batch_sign(&signer, batch, 1, outs);
    tcn_assert(err == TCN_ERR_OK);
    alert->id = raw.id;
    alert->envelope = malloc(out.len);
    tcn_assert(alert->envelope != NULL);
    memcpy(alert->envelope, bytes, out.len);
    alert->len = out.len;
    tcn_unsigned_fini(&raw);
}

/* A revoke keeps tlp and pap, goes nowhere by its label, and lives as long as
 * what it withdraws. */
static void follow(struct minted *alert, const struct minted *before,
                   const struct wish *wish)
{
    memcpy(alert->thread, before->thread, 16);
    alert->revision =
        wish->revision != 0 ? wish->revision : before->revision + 1;
    if (alert->kind == TCN_KIND_REVOKE) {
        alert->tlp = before->tlp;
        alert->onward = TCN_ONWARD_NONE;
        alert->audience = 0;
        alert->severity = before->severity;
        alert->expires_ms = before->expires_ms > alert->created_ms
                                ? before->expires_ms
                                : alert->created_ms + TCN_DAY_MS;
    }
}

/* Twenty nodes and the oracle look at the same signatures, which took half of
 * the time of a run. Only what has been checked once is remembered, by its
 * certificate, root and signature. */
enum tcn_err mint_verify(struct tcn_alert *alert, unsigned key)
{
    static struct tcn_id checked[4096];
    struct tcn_proof proof;
    enum tcn_err err = tcn_alert_prove(alert, mint_cert(key), &proof);
    if (err != TCN_ERR_OK) {
        return err;
    }
    size_t at = (size_t)proof.pair.bytes[0] << 4 | proof.pair.bytes[1] >> 4;
    if (!tcn_id_equal(&checked[at], &proof.pair)) {
        if (!tcn_proof_holds(&proof)) {
            return TCN_ERR_SIGNATURE;
        }
        checked[at] = proof.pair;
    }
    return tcn_alert_check_fields(alert);
}

uint32_t mint(struct sim *sim, const struct wish *wish)
{
    tcn_assert(sim->alert_count < ALERTS_MAX);
    uint32_t number = sim->alert_count++;
    struct minted *alert = &sim->alerts[number];
    const struct minted *before =
        wish->before == NO_ALERT ? NULL : &sim->alerts[wish->before];
    const char *kind = wish->kind == NULL ? "alert" : wish->kind;
    uint64_t now = node_clock(sim, &sim->nodes[wish->origin]);
    *alert = (struct minted){
        .origin = wish->origin,
        .key = sim->nodes[wish->origin].key,
        .minted_ms = sim->now_ms,
        .kind = (enum tcn_kind)tcn_kind_find(tcn_view_str(kind)),
        .severity = wish->severity,
        .tlp = wish->tlp,
        .sector = wish->sector,
        .onward = wish->onward,
        .audience = wish->audience,
        .orcon = wish->orcon,
        .no_partner = wish->no_partner,
        .created_ms = now - (uint64_t)wish->age_ms,
        .subject = wish->before,
    };
    alert->expires_ms = alert->created_ms +
                        (wish->life_ms != 0 ? wish->life_ms : 30 * TCN_DAY_MS);
    (void)snprintf(alert->name, sizeof alert->name, "%s", wish->name);
    sim_fill(sim, alert->thread, sizeof alert->thread);
    alert->pact = wish->pact ? sim->nodes[wish->origin].rules.pact : 0;
    alert->is_request = strcmp(kind, "request-release") == 0;
    bool follows =
        alert->kind == TCN_KIND_UPDATE || alert->kind == TCN_KIND_REVOKE;
    if (follows) {
        follow(alert, before, wish);
    }
    if (wish->contradicts) {
        memcpy(alert->thread, before->thread, sizeof alert->thread);
        alert->revision = before->revision;
    }
    add_fields(wish, alert->kind);
    for (size_t i = 0; i < draft.field_count; i++) {
        alert->present |= TCN_CLASS_BIT(draft.fields[i].cls);
    }
    set_header(sim, alert, wish->contradicts ? NULL : before, kind);
    sign(sim, alert);
    return number;
}
