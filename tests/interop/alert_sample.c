/* Writes what a node would hand out, for another implementation to judge:
 *
 *   alert_sample DIRECTORY
 *
 * ee.card and lv.card, whole.alert, redacted.alert, merged.alert, revoke.alert
 * and batched.alert (the fourth of five under one signature). */
#include <sodium.h>

#include "unit/alert_made.h"

#define BATCH 5

static struct tcn_draft draft;
static struct made_bytes whole;
static struct made_bytes copies[3];

static void need(enum tcn_err err, const char *what)
{
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "%s: %s\n", what, tcn_err_word(err));
        exit(1);
    }
}

static void write_file(const char *directory, const char *name,
                       struct tcn_view bytes)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes.data, 1, bytes.len, file) != bytes.len ||
        fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void write_card(const char *directory, const char *name,
                       const struct tcn_card *card)
{
    char text[TCN_CARD_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    need(tcn_card_to_text(card, &out), name);
    write_file(directory, name, tcn_buf_view(&out));
}

/* Another nation with keys of its own. */
static struct tcn_card other_card(void)
{
    struct tcn_card card = made_card();
    (void)snprintf(card.cert.member, sizeof card.cert.member, "lv");
    made_public(made_duty_seed, card.root_pk);
    struct tcn_buf out = tcn_buf(card.cert_bytes, sizeof card.cert_bytes);
    need(tcn_cert_encode(&card.cert, &out), "lv.card");
    card.cert_len = out.len;
    need(tcn_cert_sign(&card.cert.id, made_duty_seed, card.signature),
         "lv.card");
    return card;
}

static void redact(const struct tcn_alert *alert, uint8_t form,
                   struct made_bytes *copy)
{
    struct tcn_buf out = tcn_buf(copy->data, sizeof copy->data);
    need(tcn_alert_redact(alert, form, &out), "redacted");
    copy->len = out.len;
}

/* Whole, redacted, and merged from two copies that each lack something. */
static void write_copies(const char *directory, const struct tcn_cert *cert)
{
    static struct tcn_alert alert, left, right;
    made_full_draft(&draft);
    need(made_alert(&whole, &draft, cert), "whole");
    write_file(directory, "whole.alert", made_view(&whole));
    need(tcn_alert_decode(&alert, made_view(&whole)), "whole");
    redact(&alert, TCN_CLASS_BIT(TCN_CLASS_TECH), &copies[0]);
    write_file(directory, "redacted.alert", made_view(&copies[0]));
    redact(&alert, TCN_CLASS_BIT(TCN_CLASS_VICTIM), &copies[1]);
    need(tcn_alert_decode(&left, made_view(&copies[0])), "left");
    need(tcn_alert_decode(&right, made_view(&copies[1])), "right");
    struct tcn_buf out = tcn_buf(copies[2].data, sizeof copies[2].data);
    need(tcn_alert_merge(&left, &right, &out), "merged");
    write_file(directory, "merged.alert", tcn_buf_view(&out));

    made_draft(&draft);
    draft.header.kind_text = tcn_view_str("revoke");
    draft.header.revision = 1;
    draft.header.has_ref = true;
    draft.header.ref = alert.id;
    made_add(&draft, TCN_CLASS_KEEP, "reason", "false positive");
    need(made_alert(&whole, &draft, cert), "revoke");
    write_file(directory, "revoke.alert", made_view(&whole));
}

static void write_batched(const char *directory, const struct tcn_cert *cert)
{
    static struct tcn_unsigned raw[BATCH];
    static uint8_t room[BATCH][4096];
    const struct tcn_unsigned *alerts[BATCH];
    struct tcn_buf bufs[BATCH], *outs[BATCH];
    for (unsigned i = 0; i < BATCH; i++) {
        made_full_draft(&draft);
        draft.header.thread.bytes[0] = (uint8_t)i;
        need(made_unsigned(&raw[i], &draft, cert, i), "batched");
        bufs[i] = tcn_buf(room[i], sizeof room[i]);
        outs[i] = &bufs[i];
        alerts[i] = &raw[i];
    }
    struct tcn_signer signer = {cert, made_sign_seed};
    need(tcn_batch_sign(&signer, alerts, BATCH, outs), "batched");
    write_file(directory, "batched.alert", tcn_buf_view(&bufs[3]));
    for (unsigned i = 0; i < BATCH; i++) {
        tcn_unsigned_fini(&raw[i]);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2 || sodium_init() < 0) {
        (void)fprintf(stderr, "usage: alert_sample DIRECTORY\n");
        return 2;
    }
    struct tcn_card card = made_card();
    struct tcn_card other = other_card();
    write_card(argv[1], "ee.card", &card);
    write_card(argv[1], "lv.card", &other);
    write_copies(argv[1], &card.cert);
    write_batched(argv[1], &card.cert);
    return 0;
}
