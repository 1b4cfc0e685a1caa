#include "alert/build.h"
#include "alert/header.h"
#include "alert/wire.h"
#include "base/text.h"

/* [kind, thread, revision, expires, severity, confidence, category, sectors,
 *  regions, label, agreement, exercise, ref, source key, [replaces, ...],
 *  source digest, withdrawn, [[name, class, is list, [value, ...]], ...]] */
#define ITEMS 18

static void put_list(struct tcn_buf *out, const struct tcn_view *items,
                     size_t count)
{
    tcn_put_array(out, count);
    for (size_t i = 0; i < count; i++) {
        tcn_put_str(out, items[i]);
    }
}

static void put_field(struct tcn_buf *out, const struct tcn_draft_field *field)
{
    tcn_put_array(out, 4);
    tcn_put_str(out, field->name);
    tcn_put_uint(out, field->cls);
    tcn_put_bool(out, field->is_list);
    tcn_put_array(out, field->value_count);
    for (size_t i = 0; i < field->value_count; i++) {
        const struct tcn_draft_value *value = &field->values[i];
        if (value->is_number) {
            tcn_put_uint(out, value->number);
        } else {
            tcn_put_str(out, value->text);
        }
    }
}

enum tcn_err tcn_draft_encode(const struct tcn_draft *draft,
                              struct tcn_buf *out)
{
    const struct tcn_header *header = &draft->header;
    tcn_put_array(out, ITEMS);
    tcn_put_str(out, header->kind_text);
    tcn_put_bin(out, tcn_view(header->thread.bytes, 16));
    tcn_put_uint(out, header->revision);
    tcn_put_uint(out, header->expires_ms);
    tcn_put_uint(out, header->severity);
    tcn_put_uint(out, header->confidence);
    tcn_put_str(out, header->category);
    put_list(out, header->sectors, header->sector_count);
    put_list(out, header->regions, header->region_count);
    tcn_label_encode(&header->label, out);
    tcn_put_str(out, header->agreement);
    tcn_put_str(out, header->exercise);
    tcn_put_bin(out, header->has_ref ? tcn_id_view(&header->ref)
                                     : tcn_view(NULL, 0));
    tcn_put_str(out, draft->source_key);
    put_list(out, draft->replaces, draft->replaces_count);
    tcn_put_bin(out, draft->source_digest);
    tcn_put_bool(out, draft->withdrawn);
    tcn_put_array(out, draft->field_count);
    for (size_t i = 0; i < draft->field_count; i++) {
        put_field(out, &draft->fields[i]);
    }
    return out->full ? TCN_ERR_SIZE : TCN_ERR_OK;
}

static void read_value(struct tcn_draft_value *value, struct tcn_reader *r)
{
    *value = (struct tcn_draft_value){0};
    value->is_number = tcn_read_peek(r) == TCN_WIRE_UINT;
    if (value->is_number) {
        value->number = tcn_read_uint(r);
    } else {
        value->text = tcn_read_str(r);
    }
}

static bool read_field(struct tcn_draft_field *field, struct tcn_reader *r)
{
    if (tcn_read_array(r) != 4) {
        return false;
    }
    field->name = tcn_read_str(r);
    uint64_t cls = tcn_read_uint(r);
    field->cls = (uint8_t)(cls < TCN_CLASS_COUNT ? cls : TCN_CLASS_FREE);
    field->is_list = tcn_read_bool(r);
    size_t count = tcn_read_array(r);
    if (cls >= TCN_CLASS_COUNT || count > TCN_VALUES_MAX) {
        return false;
    }
    field->value_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        read_value(&field->values[i], r);
    }
    return r->err == TCN_ERR_OK;
}

/* What the values mean is checked when the alert is built; here only that they
 * fit into the draft. */
static bool any_text(struct tcn_view text)
{
    (void)text;
    return true;
}

static bool read_small(struct tcn_reader *r, uint8_t *out)
{
    uint64_t value = tcn_read_uint(r);
    *out = (uint8_t)value;
    return value <= UINT8_MAX;
}

static bool read_tags(struct tcn_reader *r, struct tcn_view *tags,
                      uint8_t *count)
{
    size_t found;
    bool ok = tcn_read_set(r, tags, TCN_TAGS_MAX, any_text, &found);
    *count = ok ? (uint8_t)found : 0;
    return ok;
}

static enum tcn_err read_head(struct tcn_draft *draft, struct tcn_reader *r)
{
    struct tcn_header *header = &draft->header;
    header->kind_text = tcn_read_str(r);
    header->kind = (enum tcn_kind)tcn_kind_find(header->kind_text);
    tcn_read_fixed(r, header->thread.bytes, sizeof header->thread.bytes);
    uint64_t revision = tcn_read_uint(r);
    header->revision = (uint32_t)revision;
    header->expires_ms = tcn_read_uint(r);
    if (revision > INT32_MAX) {
        return TCN_ERR_REVISION;
    }
    if (!read_small(r, &header->severity)) {
        return TCN_ERR_SEVERITY;
    }
    if (!read_small(r, &header->confidence)) {
        return TCN_ERR_CONFIDENCE;
    }
    header->category = tcn_read_str(r);
    if (!read_tags(r, header->sectors, &header->sector_count)) {
        return TCN_ERR_SECTORS;
    }
    if (!read_tags(r, header->regions, &header->region_count)) {
        return TCN_ERR_REGIONS;
    }
    enum tcn_err err = tcn_label_decode(&header->label, r);
    header->agreement = tcn_read_str(r);
    header->exercise = tcn_read_str(r);
    struct tcn_view ref = tcn_read_bin(r);
    header->has_ref = ref.len == sizeof header->ref.bytes;
    if (header->has_ref) {
        memcpy(header->ref.bytes, ref.data, ref.len);
    }
    return ref.len != 0 && !header->has_ref ? TCN_ERR_REF : err;
}

static bool read_replaces(struct tcn_draft *draft, struct tcn_reader *r)
{
    size_t count = tcn_read_array(r);
    bool fits = count <= TCN_REPLACES_MAX;
    draft->replaces_count = fits ? (uint8_t)count : 0;
    for (size_t i = 0; i < draft->replaces_count; i++) {
        draft->replaces[i] = tcn_read_str(r);
    }
    return fits;
}

enum tcn_err tcn_draft_decode(struct tcn_draft *draft, struct tcn_view bytes)
{
    memset(&draft->header, 0, sizeof draft->header);
    draft->field_count = 0;
    enum tcn_err err = tcn_wire_check(bytes);
    struct tcn_reader r = tcn_reader(bytes);
    if (err == TCN_ERR_OK && tcn_read_array(&r) != ITEMS) {
        err = TCN_ERR_HEADER;
    }
    if (err == TCN_ERR_OK) {
        err = read_head(draft, &r);
    }
    if (err != TCN_ERR_OK) {
        return err;
    }
    draft->source_key = tcn_read_str(&r);
    if (!read_replaces(draft, &r)) {
        return TCN_ERR_FIELDS;
    }
    draft->source_digest = tcn_read_bin(&r);
    draft->withdrawn = tcn_read_bool(&r);
    draft->last_part = 0;
    size_t count = tcn_read_array(&r);
    if (r.err != TCN_ERR_OK || count > TCN_FIELDS_MAX) {
        return TCN_ERR_FIELDS;
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_field(&draft->fields[i], &r)) {
            return TCN_ERR_FIELD;
        }
    }
    draft->field_count = (uint16_t)count;
    return tcn_read_end(&r) == TCN_ERR_OK ? TCN_ERR_OK : TCN_ERR_FIELDS;
}
