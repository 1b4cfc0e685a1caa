/* Fields as attributes. Each has a type that MISP's users know; a tag of ours
 * says which field it was where type and category alone would not. */
#include "formats/misp_write.h"

#include <stdlib.h>

#include "base/time.h"
#include "formats/own.h"

static const struct {
    const char *type;
    const char *misp;
    const char *category;
} rows[] = {
    {"asn", "AS", "Network activity"},
    {"cve", "vulnerability", "External analysis"},
    {"domain-name", "domain", "Network activity"},
    {"email-addr", "email-src", "Payload delivery"},
    {"file-name", "filename", "Payload delivery"},
    {"ipv4-addr", "ip-dst", "Network activity"},
    {"ipv6-addr", "ip-dst", "Network activity"},
    {"md5", "md5", "Payload delivery"},
    {"mutex", "mutex", "Artifacts dropped"},
    {"sha1", "sha1", "Payload delivery"},
    {"sha256", "sha256", "Payload delivery"},
    {"sigma", "sigma", "Payload delivery"},
    {"snort", "snort", "Network activity"},
    {"url", "url", "Network activity"},
    {"yara", "yara", "Payload delivery"},
};

bool tcn_misp_type_row(size_t index, const char **type, const char **misp,
                       const char **category)
{
    if (index >= sizeof rows / sizeof *rows) {
        return false;
    }
    *type = rows[index].type;
    *misp = rows[index].misp;
    *category = rows[index].category;
    return true;
}

bool tcn_misp_type_of(struct tcn_view type, const char **misp,
                      const char **category)
{
    const char *own;
    for (size_t i = 0; tcn_misp_type_row(i, &own, misp, category); i++) {
        if (tcn_view_is(type, own)) {
            return true;
        }
    }
    return false;
}

struct attribute {
    const char *type;
    const char *category;
    bool to_ids;
    bool tagged; /* with the field it was */
};

/* What a field is that is no indicator. */
static struct attribute plain(const struct tcn_draft_field *field)
{
    static const struct {
        const char *name;
        const char *type;
        const char *category;
    } fields[] = {
        {"actor", "threat-actor", "Attribution"},
        {"reference", "text", "External analysis"},
        {"source", "text", "Internal reference"},
        {"victim", "target-org", "Targeting data"},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (tcn_view_is(field->name, fields[i].name)) {
            return (struct attribute){fields[i].type, fields[i].category, false,
                                      true};
        }
    }
    return (struct attribute){"text", "Other", false, true};
}

static struct attribute attribute_of(const struct tcn_told *told,
                                     const struct tcn_draft_field *field)
{
    char room[24];
    struct attribute a = plain(field);
    if (tcn_view_is(field->name, "indicator") && field->value_count == 2 &&
        tcn_misp_type_of(tcn_told_value(field, 0, room), &a.type,
                         &a.category)) {
        a.to_ids = tcn_told_detects(told, tcn_told_value(field, 1, room));
        a.tagged = field->cls != TCN_CLASS_TECH;
    }
    return a;
}

static void set_seen(json_t *attribute, const char *key, struct tcn_view text)
{
    uint64_t ms;
    if (tcn_time_parse(text, &ms)) {
        json_object_set_new(attribute, key,
                            json_stringn((const char *)text.data, text.len));
    }
}

/* What the source said ("misp:seen" "VALUE: first X, last Y"). */
static void put_seen(json_t *attribute, const struct tcn_told *told,
                     struct tcn_view value)
{
    static const char first[] = ": first ";
    static const char last[] = ", last ";
    for (size_t i = 0; i < told->field_count; i++) {
        const struct tcn_draft_field *field = &told->fields[i];
        if (field->value_count != 2 ||
            !tcn_view_is(field->values[0].text, "misp:seen")) {
            continue;
        }
        struct tcn_view text = field->values[1].text;
        size_t head = value.len + sizeof first - 1;
        if (text.len < head || memcmp(text.data, value.data, value.len) != 0 ||
            memcmp(text.data + value.len, first, sizeof first - 1) != 0) {
            continue;
        }
        struct tcn_view rest = tcn_view(text.data + head, text.len - head);
        const uint8_t *at =
            rest.len > 0 ? memmem(rest.data, rest.len, last, sizeof last - 1)
                         : NULL;
        if (at != NULL) {
            size_t len = (size_t)(at - rest.data);
            set_seen(attribute, "first_seen", tcn_view(rest.data, len));
            len += sizeof last - 1;
            set_seen(attribute, "last_seen",
                     tcn_view(rest.data + len, rest.len - len));
        }
    }
}

static json_t *bare(const struct tcn_told *told, const struct attribute *a,
                    struct tcn_view key, struct tcn_view value)
{
    char uuid[TCN_UUID_TEXT];
    struct tcn_text name = {0};
    tcn_text_printf(&name, "attribute %s ", a->type);
    tcn_text_put(&name, key);
    tcn_text_put_str(&name, "\n");
    tcn_text_put(&name, value);
    tcn_misp_uuid(told, tcn_text_view(&name), uuid);
    free(name.data);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:o}", "id", "0",
        "event_id", "0", "uuid", uuid, "type", a->type, "category", a->category,
        "distribution", "5", "sharing_group_id", "0", "to_ids", a->to_ids,
        "deleted", tcn_told_is_withdrawn(told), "timestamp",
        json_sprintf("%llu", (unsigned long long)(told->changed_ms / 1000)),
        "value", json_stringn((const char *)value.data, value.len));
}

static void put_field(json_t *list, const struct tcn_told *told,
                      const struct tcn_draft_field *field)
{
    struct tcn_text key = {0};
    struct tcn_text value = {0};
    struct attribute a = attribute_of(told, field);
    tcn_own_put(&key, &value, told, field);
    if (key.failed || value.failed) {
        free(key.data);
        free(value.data);
        return;
    }
    struct tcn_view text = tcn_text_view(&value);
    if (text.len == 0) {
        text = tcn_view_str("(empty)"); /* MISP takes no attribute without */
    }
    json_t *attribute = bare(told, &a, tcn_text_view(&key), text);
    if (a.tagged) {
        json_object_set_new(
            attribute, "Tag",
            json_pack("[{s:o}]", "name",
                      json_sprintf("tocsin:field=\"%s\"", key.data)));
        json_object_set_new(attribute, "comment", json_sprintf("%s", key.data));
    }
    put_seen(attribute, told, text);
    json_array_append_new(list, attribute);
    free(key.data);
    free(value.data);
}

static void put_withheld(json_t *list, const struct tcn_told *told)
{
    static const struct attribute note = {"comment", "Other", false, false};
    struct tcn_text text = {0};
    if (tcn_told_put_withheld(&text, told)) {
        json_array_append_new(list, bare(told, &note, tcn_view_str("withheld"),
                                         tcn_text_view(&text)));
    }
    free(text.data);
}

json_t *tcn_misp_write_attributes(const struct tcn_told *told)
{
    json_t *list = json_array();
    const struct tcn_draft_field *title = tcn_told_find(told, "title");
    for (size_t i = 0; i < told->field_count; i++) {
        const struct tcn_draft_field *field = &told->fields[i];
        bool tag = tcn_view_is(field->name, "technique") &&
                   field->cls == TCN_CLASS_TECH;
        if (field != title && !tag) {
            put_field(list, told, field);
        }
    }
    put_withheld(list, told);
    return list;
}
