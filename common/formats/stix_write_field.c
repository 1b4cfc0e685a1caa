/* Fields that are objects in STIX. */
#include "formats/stix_write.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "formats/digest.h"
#include "formats/stix_validity.h"

/* Where an indicator's type stands in a pattern, and as an observable. */
static const struct {
    const char *type;
    const char *path;
    const char *observable;
    const char *key;  /* of its value */
    const char *hash; /* its value is in "hashes" under this name */
} rows[] = {
    {"ipv4-addr", "ipv4-addr:value", "ipv4-addr", "value", NULL},
    {"ipv6-addr", "ipv6-addr:value", "ipv6-addr", "value", NULL},
    {"domain-name", "domain-name:value", "domain-name", "value", NULL},
    {"url", "url:value", "url", "value", NULL},
    {"email-addr", "email-addr:value", "email-addr", "value", NULL},
    {"sha256", "file:hashes.'SHA-256'", "file", NULL, "SHA-256"},
    {"sha1", "file:hashes.'SHA-1'", "file", NULL, "SHA-1"},
    {"md5", "file:hashes.MD5", "file", NULL, "MD5"},
    {"file-name", "file:name", "file", "name", NULL},
    {"mutex", "mutex:name", "mutex", "name", NULL},
    {"asn", "autonomous-system:number", "autonomous-system", "number", NULL},
};
#define ROWS (sizeof rows / sizeof *rows)

static size_t row_of(struct tcn_view type)
{
    size_t i = 0;
    while (i < ROWS && !tcn_view_is(type, rows[i].type)) {
        i++;
    }
    return i;
}

/* In single quotes, with \' and \\; a number as it is. */
static void put_pattern(struct tcn_text *out, size_t row, struct tcn_view value)
{
    bool number = strcmp(rows[row].type, "asn") == 0;
    tcn_text_printf(out, "[%s = %s", rows[row].path, number ? "" : "'");
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '\'' || value.data[i] == '\\') {
            tcn_text_put_str(out, "\\");
        }
        tcn_text_put(out, tcn_view(value.data + i, 1));
    }
    tcn_text_put_str(out, number ? "]" : "']");
}

/* What the source said of its validity ("stix:validity" "FROM/UNTIL PATTERN",
 * or "*" for all), else the alert's life. */
static void set_validity(struct tcn_stix_out *out, json_t *object,
                         struct tcn_view pattern)
{
    const struct tcn_told *told = out->told;
    uint64_t from = told->first_ms;
    uint64_t until = told->header.expires_ms;
    struct tcn_view said = tcn_stix_validity_of(told, pattern);
    if (said.len > 0) {
        const uint8_t *slash = memchr(said.data, '/', said.len);
        size_t len = slash != NULL ? (size_t)(slash - said.data) : said.len;
        uint64_t given;
        bool has_from = tcn_time_parse(tcn_view(said.data, len), &given);
        from = has_from ? given : 0;
        len += slash != NULL;
        bool ends =
            tcn_time_parse(tcn_view(said.data + len, said.len - len), &given);
        until = ends ? given : 0;
    }
    tcn_stix_set_time(out, object, "valid_from", from);
    if (until > from) {
        tcn_stix_set_time(out, object, "valid_until", until);
    }
}

static void put_indicator(struct tcn_stix_out *out, const char *kind,
                          struct tcn_view type, struct tcn_view pattern)
{
    struct tcn_text key = {0};
    tcn_text_put_str(&key, "indicator ");
    tcn_text_put(&key, type);
    tcn_text_put_str(&key, " ");
    tcn_text_put(&key, pattern);
    out->failed |= key.failed;
    json_t *object = out->failed
                         ? NULL
                         : tcn_stix_add(out, "indicator", tcn_text_view(&key));
    free(key.data);
    if (object == NULL) {
        return; /* said already */
    }
    tcn_stix_set(out, object, "pattern", pattern);
    tcn_stix_set(out, object, "pattern_type", tcn_view_str(kind));
    set_validity(out, object, pattern);
}

/* {"value":"198.51.100.3"}: what the id of an observable follows from, in the
 * canonical form of RFC 8785, which these texts have when written compactly. */
static json_t *contributing(size_t row, struct tcn_view value)
{
    json_t *text = json_stringn((const char *)value.data, value.len);
    uint64_t number;
    if (rows[row].hash != NULL) {
        return json_pack("{s:{s:o}}", "hashes", rows[row].hash, text);
    }
    if (strcmp(rows[row].type, "asn") == 0 && tcn_text_uint(value, &number)) {
        json_decref(text);
        return json_pack("{s:I}", rows[row].key, (json_int_t)number);
    }
    return json_pack("{s:o}", rows[row].key, text);
}

static bool is_named(const struct tcn_stix_out *out, const char *id)
{
    for (size_t i = 0; i < json_array_size(out->refs); i++) {
        if (strcmp(json_string_value(json_array_get(out->refs, i)), id) == 0) {
            return true;
        }
    }
    return false;
}

/* An observable has no dates and no author: the same in every bundle. Its
 * marking may differ from bundle to bundle, so the strictest would have to win:
 * one that is there already with another marking gets this one beside it. */
static void add_observable(struct tcn_stix_out *out, json_t *object,
                           const char *id)
{
    const char *marking = tcn_stix_marking(out->told->header.label.tlp);
    size_t i;
    json_t *other;
    json_array_foreach(out->objects, i, other)
    {
        const char *text = json_string_value(json_object_get(other, "id"));
        if (text != NULL && strcmp(text, id) == 0) {
            json_t *list = json_object_get(other, "object_marking_refs");
            bool same = false;
            for (size_t k = 0; k < json_array_size(list); k++) {
                same |= strcmp(json_string_value(json_array_get(list, k)),
                               marking) == 0;
            }
            if (!same) {
                json_array_append_new(list, json_string(marking));
            }
            json_decref(object);
            return;
        }
    }
    json_object_set_new(object, "object_marking_refs",
                        json_pack("[s]", marking));
    out->failed |= json_array_append_new(out->objects, object) != 0;
}

static void put_observable(struct tcn_stix_out *out, size_t row,
                           struct tcn_view value)
{
    char uuid[TCN_UUID_TEXT];
    char id[64];
    json_t *object = contributing(row, value);
    char *canonical = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    if (canonical == NULL) {
        out->failed = true;
        json_decref(object);
        return;
    }
    tcn_uuid5(tcn_uuid_stix, tcn_view_str(canonical), uuid);
    free(canonical);
    (void)snprintf(id, sizeof id, "%s--%s", rows[row].observable, uuid);
    if (is_named(out, id)) {
        json_decref(object);
        return;
    }
    tcn_stix_set(out, object, "type", tcn_view_str(rows[row].observable));
    tcn_stix_set(out, object, "spec_version", tcn_view_str("2.1"));
    tcn_stix_set(out, object, "id", tcn_view_str(id));
    out->failed |= json_array_append_new(out->refs, json_string(id)) != 0;
    add_observable(out, object, id);
}

static void put_vulnerability(struct tcn_stix_out *out, struct tcn_view cve)
{
    json_t *object = tcn_stix_add(out, "vulnerability", cve);
    tcn_stix_set(out, object, "name", cve);
    if (object != NULL) {
        json_t *ref = json_pack("{s:s}", "source_name", "cve");
        tcn_stix_set(out, ref, "external_id", cve);
        json_object_set_new(object, "external_references",
                            json_pack("[o]", ref));
    }
}

static bool write_indicator(struct tcn_stix_out *out,
                            const struct tcn_draft_field *field)
{
    static const char *const rules[] = {"yara", "sigma", "snort"};
    char room[2][24];
    struct tcn_view type = tcn_told_value(field, 0, room[0]);
    struct tcn_view value = tcn_told_value(field, 1, room[1]);
    bool detects = tcn_told_detects(out->told, value);
    size_t row = row_of(type);
    if (field->cls != TCN_CLASS_TECH || field->value_count != 2) {
        return false; /* whose address it is must not get lost */
    }
    if (tcn_view_is(type, "cve") && detects) {
        put_vulnerability(out, value);
        return true;
    }
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (tcn_view_is(type, rules[i]) && detects) {
            put_indicator(out, rules[i], type, value);
            return true;
        }
    }
    if (row == ROWS) {
        return false;
    }
    struct tcn_text pattern = {0};
    if (detects) {
        put_pattern(&pattern, row, value);
        out->failed |= pattern.failed;
        put_indicator(out, "stix", type, tcn_text_view(&pattern));
    } else {
        put_observable(out, row, value);
    }
    free(pattern.data);
    return true;
}

static bool write_technique(struct tcn_stix_out *out, struct tcn_view id)
{
    struct tcn_text key = {0};
    tcn_text_put_str(&key, "technique ");
    tcn_text_put(&key, id);
    json_t *object = tcn_stix_add(out, "attack-pattern", tcn_text_view(&key));
    free(key.data);
    tcn_stix_set(out, object, "name", id);
    if (object != NULL) {
        json_t *ref = json_pack("{s:s}", "source_name", "mitre-attack");
        tcn_stix_set(out, ref, "external_id", id);
        json_object_set_new(object, "external_references",
                            json_pack("[o]", ref));
    }
    return true;
}

static bool write_actor(struct tcn_stix_out *out,
                        const struct tcn_draft_field *field)
{
    char room[24];
    struct tcn_text key = {0};
    struct tcn_view method = tcn_told_value(field, 2, room);
    if (field->value_count != 3 || !field->values[1].is_number) {
        return false;
    }
    tcn_text_put_str(&key, "actor ");
    tcn_text_put(&key, tcn_told_value(field, 0, room));
    tcn_text_put_str(&key, "\n");
    tcn_text_put(&key, method);
    json_t *object = tcn_stix_add(out, "threat-actor", tcn_text_view(&key));
    free(key.data);
    tcn_stix_set(out, object, "name", tcn_told_value(field, 0, room));
    if (object != NULL) {
        uint64_t confidence = field->values[1].number;
        json_object_set_new(
            object, "confidence",
            json_integer(confidence <= 100 ? (json_int_t)confidence : 100));
        struct tcn_text label = {0};
        tcn_text_put_str(&label, "tocsin:method=");
        tcn_text_put(&label, method);
        json_object_set_new(object, "labels", json_pack("[s]", label.data));
        free(label.data);
    }
    return true;
}

static bool write_action(struct tcn_stix_out *out, struct tcn_view text)
{
    struct tcn_text key = {0};
    tcn_text_put_str(&key, "action ");
    tcn_text_put(&key, text);
    json_t *object = tcn_stix_add(out, "course-of-action", tcn_text_view(&key));
    free(key.data);
    tcn_stix_set(out, object, "name", text);
    return true;
}

bool tcn_stix_write_field(struct tcn_stix_out *out,
                          const struct tcn_draft_field *field)
{
    char room[24];
    bool own = field->cls == tcn_field_class(field->name);
    struct tcn_view text = tcn_told_value(field, 0, room);
    if (tcn_view_is(field->name, "indicator")) {
        return write_indicator(out, field);
    }
    if (!own || text.len == 0) {
        return false;
    }
    if (tcn_view_is(field->name, "technique")) {
        return write_technique(out, text);
    }
    if (tcn_view_is(field->name, "actor")) {
        return write_actor(out, field);
    }
    if (tcn_view_is(field->name, "recommendation")) {
        return write_action(out, text);
    }
    return false;
}

bool tcn_stix_write_row(size_t index, const char **type, const char **path,
                        const char **observable)
{
    if (index >= ROWS) {
        return false;
    }
    *type = rows[index].type;
    *path = rows[index].path;
    *observable = rows[index].observable;
    return true;
}
