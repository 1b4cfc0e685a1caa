/* A STIX bundle: its objects are indexed, then each report or grouping becomes
 * an alert, and what is in none of them one more. */
#include <stdlib.h>

#include "base/time.h"
#include "formats/source.h"
#include "formats/stix.h"

/* "type--uuid" */
static bool is_id(struct tcn_view id, struct tcn_view type)
{
    char uuid[37];
    return type.len > 0 && id.len == type.len + 38 &&
           memcmp(id.data, type.data, type.len) == 0 &&
           memcmp(id.data + type.len, "--", 2) == 0 &&
           tcn_source_uuid(tcn_view(id.data + type.len + 2, 36), uuid);
}

/* Of two versions of one object the newer counts. */
static void settle_versions(struct tcn_stix *stix, struct tcn_stix_object *old,
                            struct tcn_stix_object *new)
{
    struct tcn_import *im = stix->im;
    uint64_t before = 0;
    uint64_t after = 0;
    bool fine =
        tcn_time_parse(tcn_json_text(im, &old->node, "modified"), &before) &&
        tcn_time_parse(tcn_json_text(im, &new->node, "modified"), &after);
    bool newer = fine && after > before;
    struct tcn_stix_object *left = newer ? old : new;
    left->superseded = true;
    left->taken = true;
    tcn_import_leave(im, 1, "older version of an object");
    tcn_import_notice(im, "%s is in the bundle twice: the newer one counts",
                      tcn_import_shown(im, new->id));
    if (newer) {
        json_object_setn_new_nocheck(stix->by_id, (const char *)new->id.data,
                                     new->id.len,
                                     json_integer(new - stix->objects));
    }
}

static void read_object(struct tcn_stix *stix, size_t index)
{
    struct tcn_import *im = stix->im;
    struct tcn_stix_object *object = &stix->objects[index];
    object->node = tcn_json_item(&stix->list, index);
    object->all = object->open = object->node.json;
    object->cls = TCN_CLASS_COUNT;
    object->whole = TCN_CLASS_COUNT;
    object->parts[0] = object->parts[1] = NULL;
    if (!json_is_object(object->node.json)) {
        tcn_json_fail(im, &object->node, NULL, TCN_ERR_FORMAT,
                      "this must be an object");
        return;
    }
    object->type = tcn_json_text(im, &object->node, "type");
    object->id = tcn_json_text(im, &object->node, "id");
    object->revoked = tcn_json_flag(im, &object->node, "revoked", false);
    object->role = tcn_stix_role_of(object->type);
    if (!is_id(object->id, object->type)) {
        tcn_json_fail(im, &object->node, "id", TCN_ERR_FORMAT,
                      "an id must be the type, two dashes and a UUID");
        return;
    }
    struct tcn_stix_object *same = tcn_stix_find(stix, object->id);
    if (same != NULL) {
        settle_versions(stix, same, object);
    } else if (json_object_setn_new_nocheck(
                   stix->by_id, (const char *)object->id.data, object->id.len,
                   json_integer((json_int_t)index)) != 0) {
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
    }
}

/* Withdrawn as a whole: the report itself, or everything there is. */
static bool is_withdrawn(const struct tcn_stix *stix,
                         const struct tcn_stix_object *report)
{
    size_t live = 0;
    size_t revoked = 0;
    if (report != NULL) {
        return report->revoked;
    }
    for (size_t i = 0; i < stix->count; i++) {
        const struct tcn_stix_object *object = &stix->objects[i];
        if (object->scope == stix->scope &&
            object->role >= TCN_STIX_KNOWLEDGE) {
            live += !object->revoked;
            revoked += object->revoked;
        }
    }
    return revoked > 0 && live == 0;
}

static bool is_in(const struct tcn_stix *stix,
                  const struct tcn_stix_object *object)
{
    return object->scope == stix->scope && !object->superseded;
}

/* A title that tells nobody's name: titles are never withheld. */
static struct tcn_view title_of(const struct tcn_stix *stix)
{
    static const char *const best[] = {
        "incident",       "campaign",       "malware",
        "vulnerability",  "indicator",      "tool",
        "attack-pattern", "infrastructure", "course-of-action"};
    struct tcn_import *im = stix->im;
    for (size_t k = 0; k < sizeof best / sizeof *best; k++) {
        for (size_t i = 0; i < stix->count; i++) {
            const struct tcn_stix_object *object = &stix->objects[i];
            struct tcn_view name = tcn_view("", 0);
            if (is_in(stix, object) && tcn_view_is(object->type, best[k])) {
                name = tcn_stix_open_text(stix, object, "name");
            }
            if (name.len > 0) {
                return tcn_import_text(im, "%s: %.*s", best[k], (int)name.len,
                                       (const char *)name.data);
            }
        }
    }
    size_t count = 0;
    const struct tcn_stix_object *first = NULL;
    for (size_t i = 0; i < stix->count; i++) {
        const struct tcn_stix_object *object = &stix->objects[i];
        if (is_in(stix, object) && object->role >= TCN_STIX_KNOWLEDGE) {
            first = first != NULL ? first : object;
            count++;
        }
    }
    if (first == NULL) {
        return tcn_view_str("STIX bundle");
    }
    return tcn_import_text(im, "STIX: %zu object%s, the first of type %.*s",
                           count, count == 1 ? "" : "s", (int)first->type.len,
                           (const char *)first->type.data);
}

/* The source's own dates: kept for people, never the alert's life. */
static void place_dates(struct tcn_collect *c, const struct tcn_node *node,
                        struct tcn_view id)
{
    static const char *const keys[] = {"created", "modified", "published"};
    struct tcn_import *im = c->im;
    struct tcn_view line = tcn_import_join(im, tcn_view_str("stix "), id);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct tcn_view date = tcn_json_text(im, node, keys[i]);
        if (date.len > 0) {
            struct tcn_view part =
                tcn_import_text(im, ", %s %.*s", keys[i], (int)date.len,
                                (const char *)date.data);
            line = tcn_import_join(im, line, part);
        }
    }
    tcn_collect_text(c, "reference", TCN_CLASS_COUNT, line);
}

/* Objects that a report names but the bundle does not hold. */
static void place_missing(struct tcn_collect *c, const struct tcn_stix *stix,
                          const struct tcn_stix_object *report)
{
    struct tcn_node refs = tcn_json_array(c->im, &report->node, "object_refs");
    for (size_t i = 0; i < tcn_json_count(&refs); i++) {
        struct tcn_node ref = tcn_json_item(&refs, i);
        struct tcn_view id = tcn_json_self_text(c->im, &ref);
        if (tcn_stix_find(stix, id) == NULL) {
            tcn_collect_tool(c, TCN_CLASS_COUNT,
                             tcn_view_str("stix:not-in-bundle"), id);
        }
    }
}

/* The report's own confidence, or the lowest that one of its objects has. */
static uint8_t confidence_of(const struct tcn_stix *stix,
                             const struct tcn_stix_object *report)
{
    struct tcn_import *im = stix->im;
    uint64_t lowest = 101;
    if (report != NULL) {
        lowest = tcn_json_number(im, &report->node, "confidence", 101);
    }
    for (size_t i = 0; i < stix->count && lowest == 101; i++) {
        uint64_t own = 101;
        if (is_in(stix, &stix->objects[i])) {
            own =
                tcn_json_number(im, &stix->objects[i].node, "confidence", 101);
        }
        lowest = own < lowest ? own : lowest;
    }
    return lowest <= 100 ? (uint8_t)lowest : 50;
}

static uint8_t severity_of(const struct tcn_stix *stix)
{
    uint8_t severity = TCN_SEVERITY_INFO;
    for (size_t i = 0; i < stix->count; i++) {
        const struct tcn_stix_object *object = &stix->objects[i];
        if (!is_in(stix, object)) {
            continue;
        }
        if (object->role == TCN_STIX_THREAT) {
            return TCN_SEVERITY_MEDIUM;
        }
        if (object->role == TCN_STIX_KNOWLEDGE &&
            !tcn_view_is(object->type, "course-of-action")) {
            severity = TCN_SEVERITY_LOW;
        }
    }
    return severity;
}

static size_t count_scope(const struct tcn_stix *stix)
{
    size_t count = 0;
    for (size_t i = 0; i < stix->count; i++) {
        count += is_in(stix, &stix->objects[i]);
    }
    return count;
}

static struct tcn_id digest_of(const struct tcn_stix *stix)
{
    size_t room = count_scope(stix);
    struct tcn_id *ids = tcn_import_take(stix->im, room * sizeof *ids);
    size_t count = 0;
    for (size_t i = 0; ids != NULL && count < room; i++) {
        if (is_in(stix, &stix->objects[i])) {
            ids[count++] =
                tcn_source_digest(stix->im, stix->objects[i].node.json);
        }
    }
    return ids != NULL ? tcn_source_digest_set(ids, count)
                       : (struct tcn_id){{0}};
}

/* The latest change of the report, or of any object of the bundle. */
static uint64_t changed_of(const struct tcn_stix *stix,
                           const struct tcn_stix_object *report)
{
    uint64_t latest = 0;
    for (size_t i = 0; i < stix->count; i++) {
        const struct tcn_stix_object *object = &stix->objects[i];
        uint64_t changed = 0;
        bool counts = report != NULL ? object == report : is_in(stix, object);
        if (counts &&
            tcn_time_parse(tcn_json_text(stix->im, &object->node, "modified"),
                           &changed) &&
            changed > latest) {
            latest = changed;
        }
    }
    return latest;
}

static void gather(struct tcn_collect *c, const struct tcn_stix *stix,
                   const struct tcn_stix_object *report)
{
    struct tcn_import *im = c->im;
    unsigned revoked = 0;
    c->severity = severity_of(stix);
    c->confidence = confidence_of(stix, report);
    struct tcn_view name = tcn_view("", 0);
    if (report != NULL) {
        name = tcn_stix_open_text(stix, report, "name");
        place_missing(c, stix, report);
    }
    tcn_collect_title(c, name.len > 0 ? name : title_of(stix));
    for (size_t i = 0; i < stix->count && !im->err; i++) {
        const struct tcn_stix_object *object = &stix->objects[i];
        if (!is_in(stix, object)) {
            continue;
        }
        if (object->revoked && object != report && !c->withdrawn) {
            revoked++;
            continue;
        }
        tcn_stix_object(c, stix, object);
    }
    if (!c->withdrawn) {
        tcn_stix_validities(c, stix);
    }
    if (revoked > 0) {
        tcn_import_leave(im, revoked, "revoked object");
        tcn_import_notice(im, "%u revoked objects left out", revoked);
    }
}

/* Makes the alert of the current scope. */
static void make_alert(struct tcn_stix *stix,
                       const struct tcn_stix_object *report,
                       const struct tcn_node *root, struct tcn_view id)
{
    struct tcn_import *im = stix->im;
    struct tcn_collect c;
    tcn_collect_init(&c, im, report ? "stix report" : "stix bundle",
                     tcn_import_join(im, tcn_view_str("stix:"), id));
    c.digest = digest_of(stix);
    c.changed_ms = changed_of(stix, report);
    c.withdrawn = is_withdrawn(stix, report);
    place_dates(&c, report != NULL ? &report->node : root, id);
    if (stix->is_bundle) {
        static const char *const placed[] = {"type", "id", "objects",
                                             "spec_version", NULL};
        tcn_collect_leftover(&c, TCN_CLASS_COUNT, tcn_view_str("stix:bundle"),
                             root->json, placed);
    }
    gather(&c, stix, report);
    tcn_collect_emit(&c);
    tcn_collect_fini(&c);
}

static void take_reports(struct tcn_stix *stix, const struct tcn_node *root)
{
    unsigned reports = 0;
    for (size_t i = 0; i < stix->count && !stix->im->err; i++) {
        struct tcn_stix_object *object = &stix->objects[i];
        if (object->role != TCN_STIX_REPORT || object->superseded) {
            continue;
        }
        if (++reports > TCN_SUBMIT_MAX) {
            tcn_import_fail(stix->im, TCN_ERR_SIZE,
                            "more than %u reports in one bundle",
                            TCN_SUBMIT_MAX);
            return;
        }
        tcn_stix_scope(stix, object);
        make_alert(stix, object, root, object->id);
    }
}

static void leave_rest(struct tcn_stix *stix)
{
    for (size_t i = 0; i < stix->count; i++) {
        const struct tcn_stix_object *object = &stix->objects[i];
        if (!object->taken) {
            tcn_import_leave(stix->im, 1, "%s, warns of nothing alone",
                             tcn_import_word(stix->im, object->type));
        }
    }
}

/* What is in no report: an alert of the bundle if it warns of anything. */
static void take_rest(struct tcn_stix *stix, const struct tcn_node *root)
{
    unsigned left = 0;
    bool warns = false;
    for (size_t i = 0; i < stix->count; i++) {
        const struct tcn_stix_object *object = &stix->objects[i];
        left += !object->taken;
        warns |= !object->taken && object->role >= TCN_STIX_KNOWLEDGE;
    }
    if (warns) {
        tcn_stix_scope(stix, NULL);
        make_alert(stix, NULL, root, tcn_json_text(stix->im, root, "id"));
    } else if (left > 0 || stix->count == 0) {
        leave_rest(stix);
        tcn_import_notice(stix->im,
                          "nothing to warn of in %u object%s: identities, "
                          "markings, relationships or types not known",
                          left, left == 1 ? "" : "s");
    }
}

static bool check_root(struct tcn_import *im, const struct tcn_node *root)
{
    struct tcn_view type = tcn_json_text(im, root, "type");
    struct tcn_view id = tcn_json_text(im, root, "id");
    struct tcn_view version = tcn_json_text(im, root, "spec_version");
    if (im->err == TCN_ERR_OK && !is_id(id, type)) {
        tcn_json_fail(im, root, "id", TCN_ERR_FORMAT,
                      "an id must be the type, two dashes and a UUID");
    }
    if (version.len > 0 && !tcn_view_is(version, "2.0") &&
        !tcn_view_is(version, "2.1")) {
        tcn_json_fail(im, root, "spec_version", TCN_ERR_FORMAT,
                      "only STIX 2.0 and 2.1 are read");
    }
    return im->err == TCN_ERR_OK;
}

static void take_objects(struct tcn_stix *stix, const struct tcn_node *root)
{
    struct tcn_import *im = stix->im;
    stix->count = tcn_json_count(&stix->list);
    stix->objects = tcn_import_take(im, stix->count * sizeof *stix->objects);
    stix->todo = tcn_import_take(im, stix->count * sizeof *stix->todo);
    for (size_t i = 0; i < stix->count && !im->err; i++) {
        read_object(stix, i);
    }
    if (im->err == TCN_ERR_OK) {
        tcn_stix_split(stix);
        tcn_stix_classify(stix);
        take_reports(stix, root);
    }
    if (im->err == TCN_ERR_OK) {
        take_rest(stix, root);
    }
}

void tcn_stix_import(struct tcn_import *im, const struct tcn_node *root)
{
    if (!check_root(im, root)) {
        return;
    }
    struct tcn_stix stix = {
        .im = im, .by_id = json_object(), .made = json_array()};
    json_t *alone = json_array();
    if (tcn_view_is(tcn_json_text(im, root, "type"), "bundle")) {
        stix.list = tcn_json_array(im, root, "objects");
        stix.is_bundle = true;
    } else {
        json_array_append(alone, root->json);
        stix.list = (struct tcn_node){.json = alone};
    }
    take_objects(&stix, root);
    json_decref(alone);
    json_decref(stix.made);
    json_decref(stix.by_id);
}
