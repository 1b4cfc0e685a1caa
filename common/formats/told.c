#include "formats/told.h"

#include "alert/wire.h"
#include "base/text.h"

static void take_value(struct tcn_draft_value *value, struct tcn_reader *r)
{
    *value = (struct tcn_draft_value){.text = tcn_view("", 0)};
    if (tcn_read_peek(r) == TCN_WIRE_UINT) {
        value->number = tcn_read_uint(r);
        value->is_number = true;
    } else {
        value->text = tcn_read_str(r);
    }
}

static void take_field(struct tcn_draft_field *out,
                       const struct tcn_field *field)
{
    struct tcn_reader r = tcn_reader(field->value);
    size_t count = 1;
    out->name = field->name;
    out->cls = field->cls;
    out->is_list = tcn_read_peek(&r) == TCN_WIRE_ARRAY;
    if (out->is_list) {
        count = tcn_read_array(&r);
        count = count < TCN_VALUES_MAX ? count : TCN_VALUES_MAX;
    }
    out->value_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        take_value(&out->values[i], &r);
    }
}

void tcn_told_from_alert(struct tcn_told *told, const struct tcn_alert *alert,
                         const struct tcn_alert_facts *facts)
{
    struct tcn_buf hex = tcn_buf(told->id, sizeof told->id);
    uint64_t created = alert->header.created_ms;
    tcn_text_hex(&hex, tcn_id_view(&alert->id));
    (void)tcn_buf_text(&hex);
    told->header = alert->header;
    told->status = facts->status;
    told->first_ms = facts->first_ms > 0 && facts->first_ms < created
                         ? facts->first_ms
                         : created;
    told->changed_ms =
        facts->changed_ms > created ? facts->changed_ms : created;
    told->subject = facts->subject;
    told->subject_origin = facts->subject_origin;
    told->withheld = 0;
    told->field_count = 0;
    for (size_t i = 0; i < alert->field_count; i++) {
        if (alert->fields[i].bytes.data == NULL) {
            told->withheld++;
        } else {
            take_field(&told->fields[told->field_count++], &alert->fields[i]);
        }
    }
}

const struct tcn_draft_field *tcn_told_find(const struct tcn_told *told,
                                            const char *name)
{
    for (size_t i = 0; i < told->field_count; i++) {
        if (tcn_view_is(told->fields[i].name, name)) {
            return &told->fields[i];
        }
    }
    return NULL;
}

struct tcn_view tcn_told_value(const struct tcn_draft_field *field,
                               unsigned index, char *room)
{
    if (field == NULL || index >= field->value_count) {
        return tcn_view("", 0);
    }
    const struct tcn_draft_value *value = &field->values[index];
    if (!value->is_number) {
        return value->text.data != NULL ? value->text : tcn_view("", 0);
    }
    struct tcn_buf out = tcn_buf(room, 24);
    tcn_buf_printf(&out, "%llu", (unsigned long long)value->number);
    return tcn_buf_view(&out);
}

struct tcn_view tcn_told_tool(const struct tcn_told *told, const char *name)
{
    for (size_t i = 0; i < told->field_count; i++) {
        const struct tcn_draft_field *field = &told->fields[i];
        if (tcn_view_is(field->name, "tool") && field->value_count == 2 &&
            tcn_view_is(field->values[0].text, name)) {
            return field->values[1].text;
        }
    }
    return tcn_view(NULL, 0);
}

bool tcn_told_is_withdrawn(const struct tcn_told *told)
{
    return told->status == TCN_STATUS_REVOKED ||
           told->header.kind == TCN_KIND_REVOKE;
}

/* A whole line of the list. */
static bool has_line(struct tcn_view list, struct tcn_view line)
{
    while (list.len > 0) {
        const uint8_t *end = memchr(list.data, '\n', list.len);
        size_t len = end != NULL ? (size_t)(end - list.data) : list.len;
        if (tcn_view_equal(tcn_view(list.data, len), line)) {
            return true;
        }
        len += end != NULL;
        list = tcn_view(list.data + len, list.len - len);
    }
    return false;
}

bool tcn_told_detects(const struct tcn_told *told, struct tcn_view value)
{
    bool listed = false;
    if ((told->header.label.caveat_mask & TCN_CAVEAT_NO_AUTOMATION) == 0) {
        return true;
    }
    for (size_t i = 0; i < told->field_count; i++) {
        const struct tcn_draft_field *field = &told->fields[i];
        if (!tcn_view_is(field->name, "tool") || field->value_count != 2 ||
            !tcn_view_is(field->values[0].text, "not-for-detection")) {
            continue;
        }
        listed = true;
        if (has_line(field->values[1].text, value)) {
            return false;
        }
    }
    return listed;
}

bool tcn_told_put_withheld(struct tcn_text *out, const struct tcn_told *told)
{
    if (told->withheld == 0) {
        return false;
    }
    tcn_text_printf(out,
                    "Something is withheld: %u field%s of this alert %s not "
                    "in this copy. What they say is not guessed.",
                    told->withheld, told->withheld == 1 ? "" : "s",
                    told->withheld == 1 ? "is" : "are");
    return true;
}
