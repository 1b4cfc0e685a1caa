/* From the JSON that alert_json.c writes. */
#include "base/text.h"
#include "base/time.h"
#include "formats/told.h"

static struct tcn_view text_of(const json_t *object, const char *key)
{
    const json_t *text = json_object_get(object, key);
    return json_is_string(text)
               ? tcn_view(json_string_value(text), json_string_length(text))
               : tcn_view("", 0);
}

static size_t list_of(const json_t *object, const char *key,
                      struct tcn_view *out, size_t max)
{
    const json_t *list = json_object_get(object, key);
    size_t count = json_array_size(list);
    count = count > max ? max : count;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        out[i] = json_is_string(item) ? tcn_view(json_string_value(item),
                                                 json_string_length(item))
                                      : tcn_view("", 0);
    }
    return count;
}

static unsigned word_of(const json_t *object, const char *key,
                        int (*find)(struct tcn_view word))
{
    int found = find(text_of(object, key));
    return found < 0 ? 0 : (unsigned)found;
}

static uint64_t time_of(const json_t *object, const char *key)
{
    uint64_t ms = 0;
    return tcn_time_parse(text_of(object, key), &ms) ? ms : 0;
}

static uint32_t number_of(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

/* An unknown marking is the strictest one. */
static void take_label(struct tcn_label *label, const json_t *json)
{
    static const struct {
        const char *word;
        uint8_t bit;
    } caveats[] = {{"orcon", TCN_CAVEAT_ORCON},
                   {"no-partner", TCN_CAVEAT_NO_PARTNER},
                   {"no-automation", TCN_CAVEAT_NO_AUTOMATION}};
    int tlp = tcn_tlp_find(text_of(json, "tlp"));
    int pap = tcn_pap_find(text_of(json, "pap"));
    label->tlp = tlp < 0 ? TCN_TLP_RED : (uint8_t)tlp;
    label->pap = pap < 0 ? TCN_PAP_RED : (uint8_t)pap;
    label->onward = (uint8_t)word_of(json, "onward", tcn_onward_find);
    label->audience_count =
        (uint16_t)list_of(json, "audience", label->audience, TCN_AUDIENCE_MAX);
    label->caveat_count =
        (uint16_t)list_of(json, "caveats", label->caveats, TCN_CAVEATS_MAX);
    for (size_t i = 0; i < label->caveat_count; i++) {
        uint8_t bit = TCN_CAVEAT_UNKNOWN;
        for (size_t k = 0; k < sizeof caveats / sizeof *caveats; k++) {
            if (tcn_view_is(label->caveats[i], caveats[k].word)) {
                bit = caveats[k].bit;
            }
        }
        label->caveat_mask |= bit;
    }
}

static void take_header(struct tcn_header *header, const json_t *json)
{
    header->origin = text_of(json, "origin");
    header->kind_text = text_of(json, "kind");
    header->kind = (enum tcn_kind)tcn_kind_find(header->kind_text);
    header->revision = number_of(json, "revision");
    header->created_ms = time_of(json, "created");
    header->expires_ms = time_of(json, "expires");
    header->severity = (uint8_t)word_of(json, "severity", tcn_severity_find);
    header->confidence = (uint8_t)number_of(json, "confidence");
    header->category = text_of(json, "category");
    header->agreement = text_of(json, "agreement");
    header->exercise = text_of(json, "exercise");
    header->sector_count =
        (uint8_t)list_of(json, "sectors", header->sectors, TCN_TAGS_MAX);
    header->region_count =
        (uint8_t)list_of(json, "regions", header->regions, TCN_TAGS_MAX);
    header->has_ref =
        tcn_text_unhex(text_of(json, "ref"), header->ref.bytes, 32);
    take_label(&header->label, json);
}

static void take_value(struct tcn_draft_value *value, const json_t *json)
{
    *value = (struct tcn_draft_value){.text = tcn_view("", 0)};
    if (json_is_integer(json)) {
        value->number = (uint64_t)json_integer_value(json);
        value->is_number = true;
    } else if (json_is_string(json)) {
        value->text =
            tcn_view(json_string_value(json), json_string_length(json));
    }
}

static void take_field(struct tcn_draft_field *out, const json_t *json)
{
    const json_t *value = json_object_get(json, "value");
    int cls = tcn_class_find(text_of(json, "class"));
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    out->name = text_of(json, "name");
    out->cls = cls < 0 ? TCN_CLASS_FREE : (uint8_t)cls;
    out->is_list = json_is_array(value);
    out->value_count =
        (uint8_t)(count < TCN_VALUES_MAX ? count : TCN_VALUES_MAX);
    for (size_t i = 0; i < out->value_count; i++) {
        take_value(&out->values[i],
                   out->is_list ? json_array_get(value, i) : value);
    }
}

bool tcn_told_from_json(struct tcn_told *told, const json_t *json)
{
    struct tcn_view id = text_of(json, "id");
    struct tcn_view status = text_of(json, "status");
    const json_t *fields = json_object_get(json, "fields");
    *told = (struct tcn_told){.withheld = number_of(json, "withheld")};
    if (id.len != 64 ||
        !tcn_text_unhex(text_of(json, "thread"), told->header.thread.bytes,
                        sizeof told->header.thread.bytes)) {
        return false;
    }
    memcpy(told->id, id.data, 64);
    take_header(&told->header, json);
    for (unsigned i = 0; i < TCN_STATUS_COUNT; i++) {
        if (tcn_view_is(status, tcn_status_word(i))) {
            told->status = (enum tcn_status)i;
        }
    }
    uint64_t created = told->header.created_ms;
    uint64_t changed = time_of(json, "received_at");
    told->first_ms = created;
    told->changed_ms = told->status == TCN_STATUS_REVOKED && changed > created
                           ? changed
                           : created;
    for (size_t i = 0; i < json_array_size(fields) && i < TCN_FIELDS_MAX; i++) {
        take_field(&told->fields[told->field_count++],
                   json_array_get(fields, i));
    }
    return true;
}
