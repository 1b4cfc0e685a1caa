/* One STIX object to its fields: a table of types, then what all types share,
 * then what is left as one tool field. */
#include "base/time.h"
#include "formats/stix.h"
#include "formats/stix_write.h"

/* Keys that every object may have: placed for all of them, or of use only
 * inside the bundle. */
static const char *const common_keys[] = {
    "confidence",
    "created",
    "created_by_ref",
    "external_references",
    "granular_markings",
    "id",
    "labels",
    "modified",
    "object_marking_refs",
    "object_refs",
    "revoked",
    "spec_version",
    "type",
    NULL,
};

static struct tcn_view text(struct tcn_collect *c,
                            const struct tcn_stix_object *object,
                            const char *key)
{
    return tcn_json_text(c->im, &object->node, key);
}

static struct tcn_view join3(struct tcn_import *im, struct tcn_view a,
                             const char *between, struct tcn_view b)
{
    return tcn_import_join(im, tcn_import_join(im, a, tcn_view_str(between)),
                           b);
}

/* Whether some of the object is placed elsewhere (stix_granular.c). */
static bool is_part(const struct tcn_stix_object *object)
{
    return object->node.json != object->all;
}

/* "malware Poison Ivy: what it is" into a field of that name. */
static void describe(struct tcn_collect *c,
                     const struct tcn_stix_object *object, const char *field)
{
    struct tcn_view name = text(c, object, "name");
    struct tcn_view more = text(c, object, "description");
    if (is_part(object) && name.len + more.len == 0) {
        return;
    }
    struct tcn_view line = object->type;
    if (name.len > 0) {
        line = join3(c->im, line, " ", name);
    }
    if (more.len > 0) {
        line = join3(c->im, line, ": ", more);
    }
    tcn_collect_text(c, field, object->cls, line);
}

static void place_described(struct tcn_collect *c,
                            const struct tcn_stix_object *object)
{
    describe(c, object, "description");
}

static void place_action(struct tcn_collect *c,
                         const struct tcn_stix_object *object)
{
    struct tcn_view name = text(c, object, "name");
    struct tcn_view more = text(c, object, "description");
    const char *between = name.len > 0 && more.len > 0 ? ": " : "";
    tcn_collect_text(c, "recommendation", TCN_CLASS_COUNT,
                     join3(c->im, name, between, more));
}

/* Benign or outdated indicators are not for detection. */
static bool is_for_detection(struct tcn_collect *c,
                             const struct tcn_stix_object *object)
{
    struct tcn_node all = object->node;
    all.json = (json_t *)object->all;
    struct tcn_node kinds = tcn_json_array(c->im, &all, "indicator_types");
    for (size_t i = 0; i < tcn_json_count(&kinds); i++) {
        struct tcn_node kind = tcn_json_item(&kinds, i);
        if (tcn_view_is(tcn_json_self_text(c->im, &kind), "benign")) {
            return false;
        }
    }
    uint64_t until = 0;
    struct tcn_view end = text(c, object, "valid_until");
    bool past = end.len > 0 && tcn_time_parse(end, &until) &&
                until < c->im->options->now_ms;
    return !past;
}

static void place_indicator(struct tcn_collect *c,
                            const struct tcn_stix_object *object)
{
    static const char *const rules[] = {"yara", "sigma", "snort"};
    struct tcn_view pattern = text(c, object, "pattern");
    struct tcn_view kind = text(c, object, "pattern_type");
    if (text(c, object, "name").len + text(c, object, "description").len > 0) {
        describe(c, object, "description");
    }
    if (pattern.len == 0 && is_part(object)) {
        return; /* in another part */
    }
    if (pattern.len == 0) {
        tcn_import_notice(c->im, "an indicator without a pattern: %s",
                          tcn_import_shown(c->im, object->id));
        return;
    }
    bool detect = is_for_detection(c, object);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (tcn_view_is(kind, rules[i])) {
            tcn_collect_indicator(c, TCN_CLASS_COUNT, rules[i], pattern,
                                  detect);
            return;
        }
    }
    if (kind.len == 0 || tcn_view_is(kind, "stix")) {
        tcn_stix_pattern(c, pattern, detect);
        return;
    }
    tcn_collect_tool(c, TCN_CLASS_COUNT,
                     join3(c->im, tcn_view_str("stix:pattern"), " ", kind),
                     pattern);
}

/* The id that a source of knowledge gives an object: ATT&CK, CVE. */
static struct tcn_view external_id(struct tcn_collect *c,
                                   const struct tcn_stix_object *object,
                                   const char *source)
{
    struct tcn_node refs =
        tcn_json_array(c->im, &object->node, "external_references");
    for (size_t i = 0; i < tcn_json_count(&refs); i++) {
        struct tcn_node ref = tcn_json_item(&refs, i);
        struct tcn_view name = tcn_json_text(c->im, &ref, "source_name");
        if (name.len >= strlen(source) &&
            memcmp(name.data, source, strlen(source)) == 0) {
            return tcn_json_text(c->im, &ref, "external_id");
        }
    }
    return tcn_view("", 0);
}

/* Than that id, which has its own field. */
static bool says_more(struct tcn_collect *c,
                      const struct tcn_stix_object *object, struct tcn_view id)
{
    return text(c, object, "description").len > 0 ||
           !tcn_view_equal(text(c, object, "name"), id);
}

static void place_attack_pattern(struct tcn_collect *c,
                                 const struct tcn_stix_object *object)
{
    struct tcn_view id = external_id(c, object, "mitre-attack");
    if (id.len > 1 && id.data[0] == 'T') {
        tcn_collect_text(c, "technique", TCN_CLASS_COUNT, id);
    }
    if (says_more(c, object, id)) {
        describe(c, object, "description");
    }
}

static void place_vulnerability(struct tcn_collect *c,
                                const struct tcn_stix_object *object)
{
    struct tcn_view id = external_id(c, object, "cve");
    struct tcn_view name = text(c, object, "name");
    if (id.len == 0 && name.len > 4 && memcmp(name.data, "CVE-", 4) == 0) {
        id = name;
    }
    if (id.len > 0) {
        tcn_collect_indicator(c, TCN_CLASS_COUNT, "cve", id, true);
    }
    tcn_collect_category(c, tcn_view_str("vulnerability"));
    if (says_more(c, object, id)) {
        describe(c, object, "description");
    }
}

static void place_actor(struct tcn_collect *c,
                        const struct tcn_stix_object *object)
{
    uint64_t confidence =
        tcn_json_number(c->im, &object->node, "confidence", c->confidence);
    tcn_collect_actor(c, text(c, object, "name"),
                      confidence <= 100 ? confidence : 100,
                      tcn_stix_own_method(c, object));
    if (text(c, object, "description").len > 0) {
        describe(c, object, "description");
    }
}

static void place_identity(struct tcn_collect *c,
                           const struct tcn_stix_object *object)
{
    static const char *const fields[TCN_CLASS_COUNT] = {
        [TCN_CLASS_SOURCE] = "source",
        [TCN_CLASS_VICTIM] = "victim",
        [TCN_CLASS_PERSONAL] = "contact",
        [TCN_CLASS_ACTOR] = "description",
    };
    struct tcn_view name = text(c, object, "name");
    const char *field = fields[object->cls];
    if (tcn_view_is(object->id, TCN_STIX_AUTHOR)) {
        return; /* of our extension, not of what it says */
    }
    tcn_collect_text(c, field, object->cls, name);
    tcn_collect_text(c, "description", object->cls,
                     text(c, object, "description"));
    tcn_collect_text(c, "contact", TCN_CLASS_COUNT,
                     text(c, object, "contact_information"));
}

static void place_observed(struct tcn_collect *c,
                           const struct tcn_stix_object *object)
{
    struct tcn_import *im = c->im;
    struct tcn_view first = text(c, object, "first_observed");
    struct tcn_view last = text(c, object, "last_observed");
    struct tcn_view line = tcn_import_text(
        im, "seen %llu times, first %.*s, last %.*s",
        (unsigned long long)tcn_json_number(im, &object->node,
                                            "number_observed", 1),
        (int)first.len, first.data ? (const char *)first.data : "",
        (int)last.len, last.data ? (const char *)last.data : "");
    tcn_collect_tool(c, object->cls, tcn_view_str("stix:observed-data"), line);
}

static void place_note(struct tcn_collect *c,
                       const struct tcn_stix_object *object)
{
    static const char *const keys[] = {"opinion", "content", "explanation"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        tcn_collect_text(c, "description", object->cls,
                         text(c, object, keys[i]));
    }
}

/* A statement is words for people, not a marking: kept. */
static void place_definition(struct tcn_collect *c,
                             const struct tcn_stix_object *object)
{
    struct tcn_node definition =
        tcn_json_object(c->im, &object->node, "definition");
    struct tcn_view statement = tcn_json_text(c->im, &definition, "statement");
    if (statement.len > 0) {
        tcn_collect_tool(c, TCN_CLASS_COUNT, tcn_view_str("stix:statement"),
                         statement);
    }
    static const char *const placed[] = {"statement", "tlp", NULL};
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("stix:definition"),
                         definition.json, placed);
}

static void place_report(struct tcn_collect *c,
                         const struct tcn_stix_object *object)
{
    if (c->marked != TCN_CLASS_COUNT) { /* then it is not the title */
        tcn_collect_text(c, "description", object->cls,
                         text(c, object, "name"));
    }
    tcn_collect_text(c, "description", object->cls,
                     text(c, object, "description"));
    tcn_stix_own(c, object);
}

/* What goes without saying: an identity that is an organisation, and our own
 * extension of the report, which is placed. Others' extensions stay. */
static void drop_own(json_t *rest)
{
    const char *kind =
        json_string_value(json_object_get(rest, "identity_class"));
    if (kind != NULL && strcmp(kind, "organization") == 0) {
        json_object_del(rest, "identity_class");
    }
    json_t *extensions = json_object_get(rest, "extensions");
    if (json_object_get(extensions, TCN_STIX_EXTENSION) != NULL) {
        json_t *left = json_copy(extensions);
        json_object_del(left, TCN_STIX_EXTENSION);
        json_object_set_new(rest, "extensions", left);
    }
}

static void place_observable(struct tcn_collect *c,
                             const struct tcn_stix_object *object)
{
    tcn_stix_observable(c, object);
}

/* What each kind of object has placed by its own function. */
static const char *const none[] = {NULL};
static const char *const described[] = {"name", "description", NULL};
static const char *const indicator[] = {
    "name",       "description", "pattern", "pattern_type", "pattern_version",
    "valid_from", "valid_until", NULL};
static const char *const definition[] = {"name", "definition",
                                         "definition_type", "extensions", NULL};
static const char *const note[] = {"opinion", "content", "explanation", NULL};
static const char *const observed[] = {"first_observed", "last_observed",
                                       "number_observed", NULL};
static const char *const identity[] = {"name", "description",
                                       "contact_information", NULL};
static const char *const observable[] = {"value", NULL};
static const char *const named_observable[] = {"name", "hashes", NULL};
static const char *const numbered[] = {"number", NULL};
static const char *const report[] = {"name", "description", "published", NULL};
static const char *const relationship[] = {"relationship_type", "source_ref",
                                           "target_ref", "description", NULL};
static const char *const sighting[] = {
    "sighting_of_ref",    "count", "first_seen", "last_seen", "description",
    "where_sighted_refs", NULL};

struct row {
    const char *type;
    enum tcn_stix_role role;
    void (*place)(struct tcn_collect *c, const struct tcn_stix_object *object);
    const char *const *placed;
    const char *field; /* what is first made of it */
};

static const struct row types[] = {
    {"attack-pattern", TCN_STIX_KNOWLEDGE, place_attack_pattern, described,
     "technique"},
    {"autonomous-system", TCN_STIX_THREAT, place_observable, numbered,
     "indicator"},
    {"campaign", TCN_STIX_THREAT, place_described, described, "description"},
    {"course-of-action", TCN_STIX_KNOWLEDGE, place_action, described,
     "recommendation"},
    {"directory", TCN_STIX_THREAT, NULL, none, "tool"},
    {"domain-name", TCN_STIX_THREAT, place_observable, observable, "indicator"},
    {"email-addr", TCN_STIX_THREAT, place_observable, observable, "indicator"},
    {"email-message", TCN_STIX_THREAT, NULL, none, "tool"},
    {"extension-definition", TCN_STIX_CONTEXT, NULL, none, "tool"},
    {"file", TCN_STIX_THREAT, place_observable, named_observable, "indicator"},
    {"grouping", TCN_STIX_REPORT, place_report, report, "title"},
    {"identity", TCN_STIX_CONTEXT, place_identity, identity, "source"},
    {"incident", TCN_STIX_THREAT, place_described, described, "description"},
    {"indicator", TCN_STIX_THREAT, place_indicator, indicator, "indicator"},
    {"infrastructure", TCN_STIX_THREAT, place_described, described,
     "description"},
    {"intrusion-set", TCN_STIX_KNOWLEDGE, place_actor, described, "actor"},
    {"ipv4-addr", TCN_STIX_THREAT, place_observable, observable, "indicator"},
    {"ipv6-addr", TCN_STIX_THREAT, place_observable, observable, "indicator"},
    {"location", TCN_STIX_CONTEXT, NULL, none, "tool"},
    {"mac-addr", TCN_STIX_THREAT, NULL, none, "tool"},
    {"malware", TCN_STIX_THREAT, place_described, described, "description"},
    {"malware-analysis", TCN_STIX_THREAT, place_described, described,
     "description"},
    {"marking-definition", TCN_STIX_CONTEXT, place_definition, definition,
     "tool"},
    {"mutex", TCN_STIX_THREAT, place_observable, named_observable, "indicator"},
    {"network-traffic", TCN_STIX_THREAT, NULL, none, "tool"},
    {"note", TCN_STIX_CONTEXT, place_note, note, "description"},
    {"observed-data", TCN_STIX_THREAT, place_observed, observed, "tool"},
    {"opinion", TCN_STIX_CONTEXT, place_note, note, "description"},
    {"process", TCN_STIX_THREAT, NULL, none, "tool"},
    {"relationship", TCN_STIX_CONTEXT, NULL, relationship, "tool"},
    {"report", TCN_STIX_REPORT, place_report, report, "title"},
    {"sighting", TCN_STIX_CONTEXT, NULL, sighting, "tool"},
    {"software", TCN_STIX_THREAT, NULL, none, "tool"},
    {"threat-actor", TCN_STIX_KNOWLEDGE, place_actor, described, "actor"},
    {"tool", TCN_STIX_KNOWLEDGE, place_described, described, "description"},
    {"url", TCN_STIX_THREAT, place_observable, observable, "indicator"},
    {"user-account", TCN_STIX_THREAT, NULL, none, "tool"},
    {"vulnerability", TCN_STIX_KNOWLEDGE, place_vulnerability, described,
     "indicator"},
    {"windows-registry-key", TCN_STIX_THREAT, NULL, none, "tool"},
    {"x509-certificate", TCN_STIX_THREAT, NULL, none, "tool"},
};

static const struct row *row_of(struct tcn_view type)
{
    static const struct row other = {"", TCN_STIX_OTHER, NULL, none, "tool"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (tcn_view_is(type, types[i].type)) {
            return &types[i];
        }
    }
    return &other;
}

enum tcn_stix_role tcn_stix_role_of(struct tcn_view type)
{
    return row_of(type)->role;
}

static void place_rest(struct tcn_collect *c,
                       const struct tcn_stix_object *object,
                       const char *const *placed)
{
    json_t *rest = json_copy(object->node.json);
    for (; *placed != NULL; placed++) {
        json_object_del(rest, *placed);
    }
    drop_own(rest);
    if (tcn_view_is(object->id, TCN_STIX_EXTENSION) ||
        tcn_view_is(object->id, TCN_STIX_AUTHOR)) {
        json_object_clear(rest);
    }
    struct tcn_view name = text(c, object, "name");
    struct tcn_view label =
        join3(c->im, tcn_view_str("stix:"), "", object->type);
    label = join3(c->im, label, " ", name.len > 0 ? name : object->id);
    tcn_collect_leftover(c, object->cls, label, rest, common_keys);
    json_decref(rest);
}

/* The object, or what of it has one class by its granular markings. */
static void place_part(struct tcn_collect *c, const struct tcn_stix *stix,
                       const struct tcn_stix_object *object, json_t *json,
                       uint8_t cls)
{
    const struct row *row = row_of(object->type);
    struct tcn_stix_object part = *object;
    part.node.json = json;
    c->marked = cls;
    if (row->place != NULL) {
        row->place(c, &part);
    } else if (tcn_view_is(part.type, "relationship") ||
               tcn_view_is(part.type, "sighting")) {
        tcn_stix_relation(c, stix, &part);
    }
    tcn_stix_common(c, &part);
    place_rest(c, &part, row->placed);
    c->marked = TCN_CLASS_COUNT;
}

void tcn_stix_object(struct tcn_collect *c, const struct tcn_stix *stix,
                     const struct tcn_stix_object *object)
{
    tcn_stix_markings(c, stix, object);
    place_part(c, stix, object, object->open, object->whole);
    for (unsigned i = 0; i < TCN_STIX_PARTS; i++) {
        if (object->parts[i] != NULL) {
            place_part(c, stix, object, object->parts[i],
                       tcn_stix_part_class(i));
        }
    }
}

bool tcn_stix_type_row(size_t index, const char **type, const char **field)
{
    if (index >= sizeof types / sizeof *types) {
        return false;
    }
    *type = types[index].type;
    *field = types[index].field;
    return true;
}
