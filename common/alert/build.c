#include "alert/build.h"

#include <stdlib.h>

#include "alert/header.h"
#include "alert/signature.h"
#include "alert/wire.h"

static void put_value(struct tcn_buf *out, const struct tcn_draft_value *value)
{
    if (value->is_number) {
        tcn_put_uint(out, value->number);
    } else {
        tcn_put_str(out, value->text);
    }
}

static void put_field(struct tcn_buf *out, const struct tcn_draft_field *field,
                      const uint8_t salt[16])
{
    tcn_put_array(out, 4);
    tcn_put_bin(out, tcn_view(salt, 16));
    tcn_put_uint(out, field->cls);
    tcn_put_str(out, field->name);
    if (field->is_list) {
        tcn_put_array(out, field->value_count);
    }
    for (size_t i = 0; i < field->value_count; i++) {
        put_value(out, &field->values[i]);
    }
}

static void put_tags(struct tcn_buf *out, const struct tcn_view *tags,
                     size_t count)
{
    tcn_put_array(out, count);
    for (size_t i = 0; i < count; i++) {
        tcn_put_str(out, tags[i]);
    }
}

/* Classes and leaves of the encoded fields. */
struct contents {
    uint8_t classes[TCN_FIELDS_MAX];
    uint8_t leaves[TCN_FIELDS_MAX * 32];
};

static void put_header(struct tcn_buf *out, const struct tcn_draft *draft,
                       const struct tcn_cert *cert,
                       const struct contents *contents)
{
    const struct tcn_header *header = &draft->header;
    tcn_put_array(out, 20);
    tcn_put_uint(out, 1);
    tcn_put_str(out, tcn_view_str(cert->member));
    tcn_put_bin(out, tcn_id_view(&cert->id));
    tcn_put_bin(out, tcn_view(header->thread.bytes, 16));
    tcn_put_uint(out, header->revision);
    tcn_put_str(out, header->kind_text);
    tcn_put_uint(out, header->created_ms);
    tcn_put_uint(out, header->expires_ms);
    tcn_put_uint(out, header->severity);
    tcn_put_uint(out, header->confidence);
    tcn_put_str(out, header->category);
    put_tags(out, header->sectors, header->sector_count);
    put_tags(out, header->regions, header->region_count);
    tcn_label_encode(&header->label, out);
    tcn_put_str(out, header->agreement);
    tcn_put_str(out, header->exercise);
    tcn_put_bin(out, header->has_ref ? tcn_id_view(&header->ref)
                                     : tcn_view(NULL, 0));
    tcn_put_bin(out, tcn_view(contents->classes, draft->field_count));
    tcn_put_bin(out, tcn_view(contents->leaves, 32u * draft->field_count));
    tcn_put_bin(out, tcn_view(NULL, 0));
}

static enum tcn_err put_fields(struct tcn_unsigned *alert,
                               const struct tcn_draft *draft,
                               const uint8_t *salts, struct tcn_buf *out,
                               struct contents *contents)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct tcn_draft_field *field = &draft->fields[i];
        if (field->cls >= TCN_CLASS_COUNT ||
            field->value_count > TCN_VALUES_MAX ||
            (!field->is_list && field->value_count != 1)) {
            return TCN_ERR_FIELD;
        }
        size_t start = out->len;
        put_field(out, field, salts + 16 * i);
        if (out->full) {
            return TCN_ERR_SIZE;
        }
        struct tcn_view bytes = tcn_view(out->data + start, out->len - start);
        struct tcn_id leaf = tcn_hash(TCN_PERSONAL_FIELD, bytes);
        memcpy(contents->leaves + 32 * i, leaf.bytes, 32);
        contents->classes[i] = field->cls;
        alert->field_len[i] = (uint32_t)bytes.len;
    }
    return TCN_ERR_OK;
}

/* Fields first, because the header holds their hashes; then both as a verifier
 * would see them, so that nothing is signed that others would refuse. */
static enum tcn_err self_check(const struct tcn_unsigned *alert,
                               const struct tcn_cert *cert)
{
    uint8_t *bytes = malloc(TCN_ENVELOPE_MAX);
    struct tcn_alert *seen = malloc(sizeof *seen);
    enum tcn_err err = TCN_ERR_NO_MEMORY;
    if (bytes != NULL && seen != NULL) {
        static const uint8_t no_signature[64];
        struct tcn_buf out = tcn_buf(bytes, TCN_ENVELOPE_MAX);
        tcn_unsigned_put(alert, tcn_view(no_signature, 64), 0,
                         tcn_view(NULL, 0), &out);
        err = out.full ? TCN_ERR_SIZE
                       : tcn_alert_decode(seen, tcn_buf_view(&out));
    }
    if (err == TCN_ERR_OK) {
        err = tcn_alert_check_fields(seen);
    }
    if (err == TCN_ERR_OK && (seen->header.created_ms < cert->not_before_ms ||
                              seen->header.created_ms > cert->not_after_ms)) {
        err = TCN_ERR_CERT_TIME;
    }
    free(bytes);
    free(seen);
    return err;
}

static enum tcn_err lay_out(struct tcn_unsigned *alert,
                            const struct tcn_draft *draft,
                            const struct tcn_cert *cert, const uint8_t *salts,
                            struct contents *contents)
{
    uint8_t *fields = malloc(TCN_ENVELOPE_MAX);
    alert->bytes = malloc(TCN_HEADER_MAX + TCN_ENVELOPE_MAX);
    if (fields == NULL || alert->bytes == NULL) {
        free(fields);
        return TCN_ERR_NO_MEMORY;
    }
    struct tcn_buf field_bytes = tcn_buf(fields, TCN_ENVELOPE_MAX);
    struct tcn_buf out =
        tcn_buf(alert->bytes, TCN_HEADER_MAX + TCN_ENVELOPE_MAX);
    enum tcn_err err = put_fields(alert, draft, salts, &field_bytes, contents);
    if (err == TCN_ERR_OK) {
        put_header(&out, draft, cert, contents);
        alert->header_len = out.len;
        tcn_buf_put(&out, fields, field_bytes.len);
        err = out.full || alert->header_len > TCN_HEADER_MAX ? TCN_ERR_SIZE
                                                             : TCN_ERR_OK;
    }
    free(fields);
    uint8_t *fit = realloc(alert->bytes, out.len + 1);
    alert->bytes = fit != NULL ? fit : alert->bytes;
    return err;
}

enum tcn_err tcn_unsigned_init(struct tcn_unsigned *out,
                               const struct tcn_draft *draft,
                               const struct tcn_cert *cert,
                               const uint8_t *salts, const uint8_t blind[16])
{
    *out = (struct tcn_unsigned){.field_count = draft->field_count};
    if (draft->field_count > TCN_FIELDS_MAX) {
        return TCN_ERR_CLASSES;
    }
    struct contents *contents = malloc(sizeof *contents);
    if (contents == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    memcpy(out->blind, blind, sizeof out->blind);
    enum tcn_err err = lay_out(out, draft, cert, salts, contents);
    if (err == TCN_ERR_OK) {
        out->id =
            tcn_hash(TCN_PERSONAL_ALERT, tcn_view(out->bytes, out->header_len));
        err = self_check(out, cert);
    }
    free(contents);
    if (err != TCN_ERR_OK) {
        tcn_unsigned_fini(out);
    }
    return err;
}

void tcn_unsigned_fini(struct tcn_unsigned *alert)
{
    free(alert->bytes);
    *alert = (struct tcn_unsigned){0};
}

void tcn_unsigned_put(const struct tcn_unsigned *alert,
                      struct tcn_view signature, uint32_t index,
                      struct tcn_view path, struct tcn_buf *out)
{
    tcn_put_array(out, 4);
    tcn_put_bin(out, tcn_view(alert->bytes, alert->header_len));
    tcn_put_array(out, 4);
    tcn_put_bin(out, signature);
    tcn_put_bin(out, tcn_view(alert->blind, sizeof alert->blind));
    tcn_put_uint(out, index);
    tcn_put_bin(out, path);
    tcn_put_array(out, alert->field_count);
    const uint8_t *at = alert->bytes + alert->header_len;
    for (size_t i = 0; i < alert->field_count; i++) {
        tcn_put_bin(out, tcn_view(at, alert->field_len[i]));
        at += alert->field_len[i];
    }
    tcn_put_nil(out);
}
