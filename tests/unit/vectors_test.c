/* The alert format against vectors that another implementation wrote. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "alert/build.h"
#include "alert/hash.h"
#include "alert/identity.h"
#include "base/text.h"

static json_t *vectors;
static struct tcn_alert alert;

struct bytes {
    size_t len;
    uint8_t data[TCN_ENVELOPE_MAX];
};

static void unhex(struct bytes *out, const char *hex)
{
    out->len = strlen(hex) / 2;
    assert_true(out->len <= sizeof out->data);
    assert_true(tcn_text_unhex(tcn_view_str(hex), out->data, out->len));
}

static const char *text_at(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static struct tcn_cert cert_of_vectors(void)
{
    static struct bytes bytes;
    struct tcn_cert cert;
    unhex(&bytes, text_at(json_object_get(vectors, "cert"), "bytes"));
    assert_int_equal(tcn_cert_decode(&cert, tcn_view(bytes.data, bytes.len)),
                     TCN_ERR_OK);
    return cert;
}

static enum tcn_err verdict_on(struct tcn_view envelope)
{
    struct tcn_cert cert = cert_of_vectors();
    enum tcn_err err = tcn_alert_decode(&alert, envelope);
    return err == TCN_ERR_OK ? tcn_alert_verify(&alert, &cert, NULL) : err;
}

static void certificate_and_fingerprint_agree(void **state)
{
    (void)state;
    static struct bytes root, signature, id, print;
    json_t *of = json_object_get(vectors, "cert");
    struct tcn_cert cert = cert_of_vectors();
    unhex(&root, text_at(vectors, "root_pk"));
    unhex(&signature, text_at(of, "signature"));
    unhex(&id, text_at(of, "id"));
    unhex(&print, text_at(of, "fingerprint"));
    assert_memory_equal(cert.id.bytes, id.data, 32);
    assert_string_equal(cert.node, "tallinn-1");
    assert_int_equal(tcn_cert_verify(&cert, signature.data, root.data),
                     TCN_ERR_OK);
    signature.data[5] ^= 1;
    assert_int_equal(tcn_cert_verify(&cert, signature.data, root.data),
                     TCN_ERR_CERT_SIGNATURE);
    char ours[128], theirs[128];
    struct tcn_buf a = tcn_buf(ours, sizeof ours);
    struct tcn_buf b = tcn_buf(theirs, sizeof theirs);
    tcn_fingerprint_put(&a, "ee", root.data);
    tcn_text_base32(&b, tcn_view(print.data, print.len));
    assert_string_equal(tcn_buf_text(&a), tcn_buf_text(&b));
}

static void key_revocation_by_the_duty_key_is_believed(void **state)
{
    (void)state;
    static struct bytes bytes, signature, root, seed;
    json_t *of = json_object_get(vectors, "key_revocation");
    struct tcn_cert cert = cert_of_vectors();
    unhex(&bytes, text_at(of, "bytes"));
    unhex(&signature, text_at(of, "duty_signature"));
    unhex(&root, text_at(vectors, "root_pk"));
    unhex(&seed, text_at(vectors, "duty_sk_seed"));
    struct tcn_view krev = tcn_view(bytes.data, bytes.len);
    assert_int_equal(tcn_krev_verify(krev, signature.data, root.data, &cert),
                     TCN_ERR_OK);
    uint8_t again[64];
    assert_int_equal(tcn_krev_sign(krev, seed.data, again), TCN_ERR_OK);
    assert_memory_equal(again, signature.data, 64);
    signature.data[0] ^= 1;
    assert_int_equal(tcn_krev_verify(krev, signature.data, root.data, &cert),
                     TCN_ERR_KREV_SIGNATURE);
}

static void every_good_alert_is_accepted(void **state)
{
    (void)state;
    static struct bytes envelope, id;
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(vectors, "alerts"), i, row)
    {
        unhex(&envelope, text_at(row, "envelope"));
        unhex(&id, text_at(row, "id"));
        enum tcn_err err = verdict_on(tcn_view(envelope.data, envelope.len));
        json_int_t form = json_integer_value(json_object_get(row, "form"));
        if (err != TCN_ERR_OK || alert.form != form) {
            fail_msg("%s: %s, form %u", text_at(row, "name"), tcn_err_word(err),
                     alert.form);
        }
        assert_memory_equal(alert.id.bytes, id.data, 32);
    }
    assert_true(i > 0);
}

static void every_bad_alert_is_rejected_for_its_reason(void **state)
{
    (void)state;
    static struct bytes envelope;
    size_t i;
    json_t *row;
    int wrong = 0;
    json_array_foreach(json_object_get(vectors, "rejects"), i, row)
    {
        unhex(&envelope, text_at(row, "envelope"));
        enum tcn_err err = verdict_on(tcn_view(envelope.data, envelope.len));
        if (strcmp(tcn_err_word(err), text_at(row, "reason")) != 0) {
            print_error("%s: %s instead of %s\n", text_at(row, "name"),
                        tcn_err_word(err), text_at(row, "reason"));
            wrong++;
        }
    }
    assert_true(i > 50);
    assert_int_equal(wrong, 0);
}

static void an_envelope_above_the_limit_is_refused_by_size(void **state)
{
    (void)state;
    static uint8_t large[TCN_ENVELOPE_MAX + 1];
    assert_int_equal(verdict_on(tcn_view(large, sizeof large)), TCN_ERR_SIZE);
}

/* ---- the first alert, built again from its contents ---- */

static void value_from_json(struct tcn_draft_field *field, json_t *value)
{
    field->is_list = json_is_array(value);
    field->value_count = 1;
    field->values[0].text =
        tcn_view_str(json_is_string(value) ? json_string_value(value) : "");
    if (field->is_list) {
        field->value_count = (uint8_t)json_array_size(value);
        for (size_t i = 0; i < field->value_count; i++) {
            field->values[i].text =
                tcn_view_str(json_string_value(json_array_get(value, i)));
        }
    }
}

static void draft_from_vectors(struct tcn_draft *draft, uint8_t *salts)
{
    static struct bytes salt;
    json_t *of = json_object_get(vectors, "first_alert");
    struct tcn_header *header = &draft->header;
    for (uint8_t i = 0; i < 16; i++) {
        header->thread.bytes[i] = i;
    }
    header->kind_text = tcn_view_str("alert");
    header->created_ms = 1790000000000;
    header->expires_ms = header->created_ms + 90 * TCN_DAY_MS;
    header->severity = 4;
    header->confidence = 90;
    header->category = tcn_view_str("malicious-code/ransomware");
    header->sector_count = header->region_count = 1;
    header->sectors[0] = tcn_view_str("health");
    header->regions[0] = tcn_view_str("ee");
    header->label.tlp = TCN_TLP_GREEN;
    header->label.pap = TCN_PAP_RED;
    header->label.onward = TCN_ONWARD_ANY;
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(of, "fields"), i, row)
    {
        struct tcn_draft_field *field = &draft->fields[i];
        field->name = tcn_view_str(text_at(row, "name"));
        field->cls = (uint8_t)json_integer_value(json_object_get(row, "class"));
        value_from_json(field, json_object_get(row, "value"));
        unhex(&salt, text_at(row, "salt"));
        memcpy(salts + 16 * i, salt.data, 16);
    }
    draft->field_count = (uint16_t)i;
}

static void the_first_alert_is_built_byte_for_byte(void **state)
{
    (void)state;
    static struct bytes expected, seed;
    static struct tcn_draft draft;
    static uint8_t salts[16 * 16], bytes[TCN_ENVELOPE_MAX];
    uint8_t blind[16];
    struct tcn_cert cert = cert_of_vectors();
    struct tcn_unsigned made;
    json_t *first = json_array_get(json_object_get(vectors, "alerts"), 0);
    memset(blind, 0x0b, sizeof blind);
    draft_from_vectors(&draft, salts);
    unhex(&expected, text_at(first, "envelope"));
    unhex(&seed, text_at(vectors, "sign_sk_seed"));
    assert_int_equal(tcn_unsigned_init(&made, &draft, &cert, salts, blind),
                     TCN_ERR_OK);
    struct tcn_signer signer = {&cert, seed.data};
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    const struct tcn_unsigned *alerts[] = {&made};
    struct tcn_buf *outs[] = {&out};
    assert_int_equal(tcn_batch_sign(&signer, alerts, 1, outs), TCN_ERR_OK);
    tcn_unsigned_fini(&made);
    assert_int_equal(out.len, expected.len);
    assert_memory_equal(out.data, expected.data, expected.len);
}

int main(void)
{
    json_error_t error;
    vectors = json_load_file(TESTS_DIR "/vectors/alert-v1.json", 0, &error);
    if (vectors == NULL) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificate_and_fingerprint_agree),
        cmocka_unit_test(key_revocation_by_the_duty_key_is_believed),
        cmocka_unit_test(every_good_alert_is_accepted),
        cmocka_unit_test(every_bad_alert_is_rejected_for_its_reason),
        cmocka_unit_test(an_envelope_above_the_limit_is_refused_by_size),
        cmocka_unit_test(the_first_alert_is_built_byte_for_byte),
    };
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(vectors);
    return result;
}
