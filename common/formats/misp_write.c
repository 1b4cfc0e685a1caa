#include "formats/misp_write.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "formats/category.h"

void tcn_misp_uuid(const struct tcn_told *told, struct tcn_view key,
                   char uuid[TCN_UUID_TEXT])
{
    tcn_uuid_of(told->header.origin, told->header.thread.bytes, key, uuid);
}

static json_t *text_of(struct tcn_view text)
{
    return json_stringn((const char *)text.data, text.len);
}

static json_t *seconds(uint64_t ms)
{
    return json_sprintf("%llu", (unsigned long long)(ms / 1000));
}

/* ---- tags ---- */

__attribute__((format(printf, 2, 3))) static void
put_tag(json_t *tags, const char *format, ...)
{
    struct tcn_text name = {0};
    char room[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(room, sizeof room, format, args);
    va_end(args);
    tcn_text_put_str(&name, room);
    json_array_append_new(tags, json_pack("{s:s}", "name", name.data));
    free(name.data);
}

static void put_category(json_t *tags, struct tcn_view ours)
{
    struct tcn_view category = tcn_category_name(ours);
    const uint8_t *slash =
        category.len > 0 ? memchr(category.data, '/', category.len) : NULL;
    if (slash != NULL) {
        size_t len = (size_t)(slash - category.data);
        put_tag(tags, "rsit:%.*s=\"%.*s\"", (int)len,
                (const char *)category.data, (int)(category.len - len - 1),
                (const char *)slash + 1);
    }
}

static void put_techniques(json_t *tags, const struct tcn_told *told)
{
    for (size_t i = 0; i < told->field_count; i++) {
        char room[24];
        const struct tcn_draft_field *field = &told->fields[i];
        struct tcn_view id = tcn_told_value(field, 0, room);
        if (tcn_view_is(field->name, "technique") &&
            field->cls == TCN_CLASS_TECH && id.len < 100) {
            put_tag(tags, "misp-galaxy:mitre-attack-pattern=\"%.*s\"",
                    (int)id.len, (const char *)id.data);
        }
    }
}

static json_t *tags_of(const struct tcn_told *told)
{
    const struct tcn_header *header = &told->header;
    const struct tcn_label *label = &header->label;
    char expires[TCN_TIME_TEXT];
    json_t *tags = json_array();
    put_tag(tags, "tlp:%s", tcn_tlp_word(label->tlp));
    put_tag(tags, "PAP:%s",
            (const char *[]){
                "CLEAR", "GREEN", "AMBER",
                "RED"}[label->pap < TCN_PAP_COUNT ? label->pap : TCN_PAP_RED]);
    put_category(tags, header->category);
    put_techniques(tags, told);
    put_tag(tags, "tocsin:severity=\"%s\"",
            tcn_severity_word(header->severity));
    put_tag(tags, "tocsin:confidence=\"%u\"", header->confidence);
    put_tag(tags, "tocsin:origin=\"%.*s\"", (int)header->origin.len,
            (const char *)header->origin.data);
    put_tag(tags, "tocsin:alert=\"%s\"", told->id);
    put_tag(tags, "tocsin:status=\"%s\"", tcn_status_word(told->status));
    put_tag(tags, "tocsin:expires=\"%s\"",
            tcn_time_format(header->expires_ms, expires));
    put_tag(tags, "tocsin:onward=\"%s\"", tcn_onward_word(label->onward));
    for (size_t i = 0; i < label->caveat_count; i++) {
        put_tag(tags, "tocsin:caveat=\"%.*s\"", (int)label->caveats[i].len,
                (const char *)label->caveats[i].data);
    }
    if (header->exercise.len > 0) {
        put_tag(tags, "tocsin:exercise=\"%.*s\"", (int)header->exercise.len,
                (const char *)header->exercise.data);
    }
    if (told->withheld > 0) {
        put_tag(tags, "tocsin:withheld=\"%u\"", told->withheld);
    }
    return tags;
}

/* ---- the event ---- */

static json_t *organisation(const struct tcn_told *told)
{
    static const uint8_t none[16];
    char uuid[TCN_UUID_TEXT];
    tcn_uuid_of(told->header.origin, none, tcn_view_str("organisation"), uuid);
    return json_pack("{s:s, s:s, s:o}", "id", "0", "uuid", uuid, "name",
                     text_of(told->header.origin));
}

/* MISP's reach of an event: it stays where it is unless the label is open. */
static const char *distribution_of(const struct tcn_label *label)
{
    bool open = label->onward != TCN_ONWARD_NONE && label->tlp <= TCN_TLP_GREEN;
    return !open ? "0" : label->onward == TCN_ONWARD_ANY ? "3" : "1";
}

static json_t *header_of(const struct tcn_told *told)
{
    static const char *const levels[] = {"4", "3", "2", "1", "1"};
    const struct tcn_header *header = &told->header;
    char uuid[TCN_UUID_TEXT];
    char date[TCN_TIME_TEXT];
    char room[24];
    struct tcn_view title =
        tcn_told_value(tcn_told_find(told, "title"), 0, room);
    tcn_misp_uuid(told, tcn_view_str("event"), uuid);
    (void)tcn_time_format(told->first_ms, date);
    date[10] = '\0';
    json_t *event = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "id", "0",
        "uuid", uuid, "date", date, "org_id", "0", "orgc_id", "0", "analysis",
        "2", "sharing_group_id", "0", "distribution",
        distribution_of(&header->label), "threat_level_id",
        levels[header->severity <= TCN_SEVERITY_CRITICAL ? header->severity
                                                         : 0],
        "published", 1, "locked", 1);
    json_object_set_new(event, "info",
                        text_of(title.len > 0 ? title : header->kind_text));
    json_object_set_new(event, "timestamp", seconds(told->changed_ms));
    json_object_set_new(event, "publish_timestamp", seconds(told->changed_ms));
    json_object_set_new(event, "Org", organisation(told));
    json_object_set_new(event, "Orgc", organisation(told));
    return event;
}

json_t *tcn_misp_write(const struct tcn_told *told)
{
    json_t *event = header_of(told);
    json_t *attributes = tcn_misp_write_attributes(told);
    if (tcn_told_is_withdrawn(told)) {
        json_object_set_new(event, "deleted", json_true());
    }
    json_object_set_new(event, "attribute_count",
                        json_sprintf("%zu", json_array_size(attributes)));
    json_object_set_new(event, "Tag", tags_of(told));
    json_object_set_new(event, "Attribute", attributes);
    json_object_set_new(event, "Object", json_array());
    return json_pack("{s:o}", "Event", event);
}

json_t *tcn_misp_write_sighting(const struct tcn_told *told)
{
    const struct tcn_draft_field *field = tcn_told_find(told, "indicator");
    struct tcn_view event_key = tcn_view_str("event");
    char event[TCN_UUID_TEXT];
    char own[TCN_UUID_TEXT];
    char room[24];
    if (told->subject_origin.len > 0) {
        tcn_uuid_of(told->subject_origin, told->subject.bytes, event_key,
                    event);
    } else {
        tcn_misp_uuid(told, event_key, event);
    }
    tcn_misp_uuid(told, tcn_view_str("sighting"), own);
    json_t *sighting =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "type", "0", "uuid", own,
                  "event_uuid", event, "org_id", "0", "source",
                  text_of(told->header.origin), "date_sighting",
                  seconds(told->header.created_ms));
    if (field != NULL) {
        json_object_set_new(sighting, "value",
                            text_of(tcn_told_value(field, 1, room)));
    }
    json_object_set_new(sighting, "Organisation", organisation(told));
    return json_pack("{s:o, s:s}", "Sighting", sighting, "action", "add");
}

/* ---- a feed ---- */

json_t *tcn_misp_manifest_row(const json_t *wrapped)
{
    static const char *const keys[] = {
        "info",      "date", "analysis", "threat_level_id",
        "timestamp", "Tag",  "Orgc"};
    const json_t *event = json_object_get(wrapped, "Event");
    json_t *row = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_object_set(row, keys[i], json_object_get(event, keys[i]));
    }
    return row;
}

void tcn_misp_put_hashes(struct tcn_text *out, const json_t *wrapped)
{
    const json_t *event = json_object_get(wrapped, "Event");
    const char *uuid = json_string_value(json_object_get(event, "uuid"));
    const json_t *list = json_object_get(event, "Attribute");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *value = json_object_get(json_array_get(list, i), "value");
        uint8_t hash[16];
        char text[33];
        struct tcn_buf hex = tcn_buf(text, sizeof text);
        tcn_md5(tcn_view(json_string_value(value), json_string_length(value)),
                hash);
        tcn_text_hex(&hex, tcn_view(hash, sizeof hash));
        tcn_text_printf(out, "%s,%s\n", tcn_buf_text(&hex), uuid);
    }
}
