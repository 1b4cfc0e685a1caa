/* The bundle, the report that holds an alert together, and who says it. */
#include "formats/stix_write.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "formats/category.h"
#include "formats/digest.h"
#include "formats/own.h"

#define FIXED_DATE "2026-01-01T00:00:00.000Z" /* of what never changes */

/* ---- objects ---- */

void tcn_stix_set(struct tcn_stix_out *out, json_t *object, const char *key,
                  struct tcn_view text)
{
    if (object == NULL || text.data == NULL) {
        return;
    }
    json_t *value = json_stringn((const char *)text.data, text.len);
    if (json_object_set_new(object, key, value) != 0) {
        out->failed = true;
    }
}

void tcn_stix_set_time(struct tcn_stix_out *out, json_t *object,
                       const char *key, uint64_t ms)
{
    char text[TCN_TIME_TEXT];
    tcn_stix_set(out, object, key, tcn_view_str(tcn_time_format(ms, text)));
}

static void name_object(struct tcn_view origin, const struct tcn_thread *thread,
                        const char *type, struct tcn_view key, char *id)
{
    char uuid[TCN_UUID_TEXT];
    tcn_uuid_of(origin, thread->bytes, key, uuid);
    (void)snprintf(id, 64, "%s--%s", type, uuid);
}

void tcn_stix_id(const struct tcn_stix_out *out, const char *type,
                 struct tcn_view key, char *id)
{
    const struct tcn_header *header = &out->told->header;
    name_object(header->origin, &header->thread, type, key, id);
}

static bool has_object(const json_t *objects, const char *id)
{
    size_t i;
    const json_t *object;
    json_array_foreach((json_t *)objects, i, object)
    {
        const char *text = json_string_value(json_object_get(object, "id"));
        if (text != NULL && strcmp(text, id) == 0) {
            return true;
        }
    }
    return false;
}

static void set_common(struct tcn_stix_out *out, json_t *object)
{
    const struct tcn_told *told = out->told;
    uint64_t first = told->first_ms;
    json_t *refs = json_array();
    json_array_append_new(
        refs, json_string(tcn_stix_marking(told->header.label.tlp)));
    json_object_set_new(object, "object_marking_refs", refs);
    tcn_stix_set(out, object, "created_by_ref", tcn_view_str(out->identity));
    tcn_stix_set_time(out, object, "created", first);
    tcn_stix_set_time(out, object, "modified",
                      told->changed_ms > first ? told->changed_ms : first);
    if (tcn_told_is_withdrawn(told)) {
        json_object_set_new(object, "revoked", json_true());
    }
}

json_t *tcn_stix_add(struct tcn_stix_out *out, const char *type,
                     struct tcn_view key)
{
    char id[64];
    tcn_stix_id(out, type, key, id);
    for (size_t i = 0; i < json_array_size(out->refs); i++) {
        if (strcmp(json_string_value(json_array_get(out->refs, i)), id) == 0) {
            return NULL;
        }
    }
    json_t *object = json_pack("{s:s, s:s, s:s}", "type", type, "spec_version",
                               "2.1", "id", id);
    set_common(out, object);
    out->failed |= json_array_append_new(out->objects, object) != 0 ||
                   json_array_append_new(out->refs, json_string(id)) != 0;
    return out->failed ? NULL : object;
}

/* ---- what is the same in every bundle ---- */

static void add_fixed(struct tcn_stix_out *out, const char *id, json_t *object)
{
    if (has_object(out->objects, id)) {
        json_decref(object);
        return;
    }
    out->failed |= json_object_set_new(object, "id", json_string(id)) != 0 ||
                   json_array_append_new(out->objects, object) != 0;
}

static json_t *fixed(const char *type)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "type", type, "spec_version",
                     "2.1", "created", FIXED_DATE, "modified", FIXED_DATE);
}

static void add_origin(struct tcn_stix_out *out)
{
    struct tcn_view origin = out->told->header.origin;
    char uuid[TCN_UUID_TEXT];
    uint8_t name[64] = "member ";
    size_t len = strlen("member ");
    memcpy(name + len, origin.data, origin.len);
    tcn_uuid5(tcn_uuid_space, tcn_view(name, len + origin.len), uuid);
    (void)snprintf(out->identity, sizeof out->identity, "identity--%s", uuid);
    json_t *object = fixed("identity");
    tcn_stix_set(out, object, "name", origin);
    tcn_stix_set(out, object, "identity_class", tcn_view_str("organization"));
    add_fixed(out, out->identity, object);
}

static void add_extension(struct tcn_stix_out *out)
{
    json_t *author = fixed("identity");
    json_t *extension = fixed("extension-definition");
    tcn_stix_set(out, author, "name", tcn_view_str("Tocsin"));
    tcn_stix_set(out, author, "identity_class", tcn_view_str("system"));
    add_fixed(out, TCN_STIX_AUTHOR, author);
    tcn_stix_set(out, extension, "created_by_ref",
                 tcn_view_str(TCN_STIX_AUTHOR));
    tcn_stix_set(out, extension, "name", tcn_view_str("Tocsin alert"));
    tcn_stix_set(out, extension, "description",
                 tcn_view_str("What an alert of the Tocsin mesh says beyond "
                              "the words of STIX: its id and label, the fields "
                              "that have no object of their own, and how many "
                              "are withheld from this copy."));
    tcn_stix_set(out, extension, "schema",
                 tcn_view_str("see common/formats/MAPPING.md of Tocsin"));
    tcn_stix_set(out, extension, "version", tcn_view_str("1.0.0"));
    json_object_set_new(extension, "extension_types",
                        json_pack("[s]", "property-extension"));
    add_fixed(out, TCN_STIX_EXTENSION, extension);
}

/* ---- the report ---- */

static json_t *words(const struct tcn_view *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(
            array, json_stringn((const char *)list[i].data, list[i].len));
    }
    return array;
}

static void put_field(struct tcn_stix_out *out, json_t *fields,
                      const struct tcn_draft_field *field)
{
    struct tcn_text key = {0};
    struct tcn_text value = {0};
    tcn_own_put(&key, &value, out->told, field);
    struct tcn_view text = tcn_text_view(&value);
    out->failed |= key.failed || value.failed;
    if (!out->failed) {
        json_array_append_new(
            fields, json_pack("{s:s, s:o}", "key", key.data, "value",
                              json_stringn((const char *)text.data, text.len)));
    }
    free(key.data);
    free(value.data);
}

/* The alert's header, and the fields without an object. */
static json_t *extension_of(struct tcn_stix_out *out, json_t *fields)
{
    const struct tcn_told *told = out->told;
    const struct tcn_header *header = &told->header;
    const struct tcn_label *label = &header->label;
    char thread[33];
    struct tcn_buf hex = tcn_buf(thread, sizeof thread);
    tcn_text_hex(&hex, tcn_view(header->thread.bytes, 16));
    json_t *said = json_pack(
        "{s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:i, s:o}", "extension_type",
        "property-extension", "alert", told->id, "thread", tcn_buf_text(&hex),
        "revision", (int)header->revision, "status",
        tcn_status_word(told->status), "severity",
        tcn_severity_word(header->severity), "pap", tcn_pap_word(label->pap),
        "onward", tcn_onward_word(label->onward), "withheld",
        (int)told->withheld, "fields", fields);
    tcn_stix_set(out, said, "category", header->category);
    tcn_stix_set(out, said, "kind", header->kind_text);
    tcn_stix_set_time(out, said, "expires", header->expires_ms);
    if (header->exercise.len > 0) {
        tcn_stix_set(out, said, "exercise", header->exercise);
    }
    if (header->agreement.len > 0) {
        tcn_stix_set(out, said, "agreement", header->agreement);
    }
    json_object_set_new(said, "audience",
                        words(label->audience, label->audience_count));
    json_object_set_new(said, "caveats",
                        words(label->caveats, label->caveat_count));
    return json_pack("{s:o}", TCN_STIX_EXTENSION, said);
}

/* Labels that tools without the extension can search for. */
static json_t *labels_of(const struct tcn_told *told)
{
    char pap[16];
    char label[128];
    struct tcn_view category = tcn_category_name(told->header.category);
    struct tcn_view type = category;
    while (type.len > 0 && type.data[0] != '/') {
        type = tcn_view(type.data + 1, type.len - 1);
    }
    (void)snprintf(pap, sizeof pap, "pap:%s",
                   tcn_pap_word(told->header.label.pap));
    (void)snprintf(label, sizeof label, "rsit:%.*s=\"%.*s\"",
                   (int)(category.len - type.len), (const char *)category.data,
                   type.len > 0 ? (int)type.len - 1 : 0,
                   (const char *)type.data + (type.len > 0));
    return json_pack("[s, s]", pap, label);
}

static void put_reference(json_t *list, struct tcn_view text)
{
    bool url = text.len > 8 && (memcmp(text.data, "http://", 7) == 0 ||
                                memcmp(text.data, "https://", 8) == 0);
    json_t *ref = json_pack("{s:s}", "source_name", "tocsin:reference");
    json_object_set_new(ref, url ? "url" : "description",
                        json_stringn((const char *)text.data, text.len));
    json_array_append_new(list, ref);
}

/* Descriptions in their own class make one text. */
static void describe(struct tcn_stix_out *out, json_t *report)
{
    struct tcn_text text = {0};
    const struct tcn_told *told = out->told;
    for (size_t i = 0; i < told->field_count; i++) {
        const struct tcn_draft_field *field = &told->fields[i];
        char room[24];
        if (tcn_view_is(field->name, "description") &&
            field->cls == TCN_CLASS_FREE) {
            tcn_text_put_str(&text, text.len > 0 ? "\n\n" : "");
            tcn_text_put(&text, tcn_told_value(field, 0, room));
        }
    }
    if (text.len > 0) {
        tcn_stix_set(out, report, "description", tcn_text_view(&text));
    }
    free(text.data);
}

/* Each field where it belongs; returns those for the extension. */
static json_t *put_fields(struct tcn_stix_out *out, json_t *references)
{
    json_t *fields = json_array();
    const struct tcn_told *told = out->told;
    for (size_t i = 0; i < told->field_count; i++) {
        const struct tcn_draft_field *field = &told->fields[i];
        char room[24];
        bool own = field->cls == tcn_field_class(field->name);
        if (own && (tcn_view_is(field->name, "title") ||
                    tcn_view_is(field->name, "description"))) {
            continue;
        }
        if (own && tcn_view_is(field->name, "reference")) {
            put_reference(references, tcn_told_value(field, 0, room));
        } else if (!tcn_stix_write_field(out, field)) {
            put_field(out, fields, field);
        }
    }
    return fields;
}

static void put_report(struct tcn_stix_out *out)
{
    const struct tcn_told *told = out->told;
    char room[24];
    struct tcn_view title =
        tcn_told_value(tcn_told_find(told, "title"), 0, room);
    json_t *references = json_array();
    json_t *fields = put_fields(out, references);
    json_t *named = json_deep_copy(out->refs);
    json_t *report = tcn_stix_add(out, "report", tcn_view_str("report"));
    if (report == NULL) {
        out->failed = true;
        json_decref(references);
        json_decref(fields);
        json_decref(named);
        return;
    }
    tcn_stix_set(out, report, "name",
                 title.len > 0 ? title : told->header.kind_text);
    describe(out, report);
    tcn_stix_set_time(out, report, "published", told->header.created_ms);
    json_object_set_new(report, "confidence",
                        json_integer(told->header.confidence));
    json_object_set_new(report, "labels", labels_of(told));
    if (json_array_size(references) > 0) {
        json_object_set(report, "external_references", references);
    }
    json_decref(references);
    if (json_array_size(named) == 0) { /* a report names something */
        json_array_append_new(named, json_string(out->identity));
    }
    json_object_set_new(report, "object_refs", named);
    json_object_set_new(report, "extensions", extension_of(out, fields));
}

static void put_withheld(struct tcn_stix_out *out)
{
    struct tcn_text text = {0};
    if (tcn_told_put_withheld(&text, out->told)) {
        json_t *note = tcn_stix_add(out, "note", tcn_view_str("withheld"));
        tcn_stix_set(out, note, "content", tcn_text_view(&text));
        json_object_set_new(note, "object_refs", json_pack("[s]", out->report));
    }
    free(text.data);
}

/* "The subject was seen by the origin." */
static void put_sighting(struct tcn_stix_out *out)
{
    const struct tcn_told *told = out->told;
    json_t *sighting = tcn_stix_add(out, "sighting", tcn_view_str("sighting"));
    if (told->subject_origin.len == 0) {
        tcn_stix_set(out, sighting, "sighting_of_ref",
                     tcn_view_str(out->report));
    } else {
        char id[64];
        name_object(told->subject_origin, &told->subject, "report",
                    tcn_view_str("report"), id);
        tcn_stix_set(out, sighting, "sighting_of_ref", tcn_view_str(id));
    }
    json_object_set_new(sighting, "where_sighted_refs",
                        json_pack("[s]", out->identity));
    tcn_stix_set_time(out, sighting, "last_seen", told->header.created_ms);
}

json_t *tcn_stix_bundle(void)
{
    return json_pack("{s:s, s:s, s:[]}", "type", "bundle", "id", "bundle--",
                     "objects");
}

static bool set_bundle_id(json_t *bundle, struct tcn_view of)
{
    char uuid[TCN_UUID_TEXT];
    tcn_uuid5(tcn_uuid_space, of, uuid);
    return json_object_set_new(bundle, "id",
                               json_sprintf("bundle--%s", uuid)) == 0;
}

/* The id of a bundle follows from what is in it. */
static void name_bundle(struct tcn_stix_out *out, json_t *bundle)
{
    struct tcn_text text = {0};
    const char *before = json_string_value(json_object_get(bundle, "id"));
    tcn_text_printf(&text, "%s %s %u %u", before, out->told->id,
                    out->told->withheld, out->told->status);
    out->failed |= text.failed || !set_bundle_id(bundle, tcn_text_view(&text));
    free(text.data);
}

/* STIX has no empty lists. */
bool tcn_stix_bundle_end(json_t *bundle)
{
    return json_array_size(json_object_get(bundle, "objects")) > 0 ||
           (json_object_del(bundle, "objects") == 0 &&
            set_bundle_id(bundle, tcn_view_str("bundle")));
}

bool tcn_stix_write(json_t *bundle, const struct tcn_told *told)
{
    struct tcn_stix_out out = {.objects = json_object_get(bundle, "objects"),
                               .told = told,
                               .refs = json_array()};
    tcn_stix_id(&out, "report", tcn_view_str("report"), out.report);
    add_origin(&out);
    add_extension(&out);
    out.failed |= !tcn_stix_add_marking(out.objects, told->header.label.tlp);
    put_report(&out);
    put_withheld(&out);
    if (told->header.kind == TCN_KIND_SIGHTING) {
        put_sighting(&out);
    }
    name_bundle(&out, bundle);
    json_decref(out.refs);
    return !out.failed;
}
