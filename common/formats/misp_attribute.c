/* One attribute of a MISP event: its value to a field, its company (comment,
 * dates, tags, attachment) beside it. */
#include "formats/misp.h"
#include "formats/own.h"

/* Keys that are placed here, or that only keep a MISP instance in order. */
static const char *const known[] = {
    "Galaxy",
    "RelatedAttribute",
    "ShadowAttribute",
    "Sighting",
    "Tag",
    "category",
    "comment",
    "data",
    "deleted",
    "disable_correlation",
    "distribution",
    "event_id",
    "event_uuid",
    "first_seen",
    "id",
    "last_seen",
    "object_id",
    "object_relation",
    "sharing_group_id",
    "timestamp",
    "to_ids",
    "type",
    "uuid",
    "value",
    "value1",
    "value2",
    NULL,
};

struct attribute {
    const struct tcn_node *node;
    const struct tcn_misp_type *row;
    struct tcn_view type;
    struct tcn_view category;
    struct tcn_view value;
    struct tcn_view label; /* "misp:file.size-in-bytes" */
    unsigned cls;          /* COUNT = the field's own */
    bool to_ids;
    bool detect; /* and it has not expired */
};

/* Persons and victims are known by category, type or the object around them. */
static unsigned class_of(const struct attribute *a, struct tcn_view object)
{
    bool recipient = tcn_view_is(a->type, "email-dst") && !a->to_ids &&
                     !tcn_view_is(a->category, "Network activity");
    if (tcn_view_is(a->category, "Person") || recipient ||
        tcn_view_is(object, "person") || a->row->place == TCN_MISP_CONTACT) {
        return TCN_CLASS_PERSONAL;
    }
    if (tcn_view_is(a->category, "Targeting data") ||
        tcn_view_is(object, "victim") || a->row->place == TCN_MISP_VICTIM) {
        return TCN_CLASS_VICTIM;
    }
    if (tcn_view_is(a->category, "Attribution")) {
        return TCN_CLASS_ACTOR;
    }
    if (tcn_view_is(a->category, "Internal reference")) {
        return TCN_CLASS_SOURCE;
    }
    return TCN_CLASS_COUNT;
}

static struct tcn_view label_of(struct tcn_import *im, struct tcn_view object,
                                struct tcn_view type, struct tcn_view relation)
{
    struct tcn_view word = relation.len > 0 ? relation : type;
    struct tcn_view label = tcn_import_join(im, tcn_view_str("misp:"), object);
    if (object.len > 0) {
        label = tcn_import_join(im, label, tcn_view_str("."));
    }
    return tcn_import_join(im, label, word);
}

/* "value: text" as a description. */
static void describe(struct tcn_collect *c, const struct attribute *a,
                     struct tcn_view before, struct tcn_view text)
{
    struct tcn_view head = tcn_import_join(c->im, before, tcn_view_str(": "));
    tcn_collect_text(c, "description", a->cls,
                     tcn_import_join(c->im, head, text));
}

/* Both halves of "name|hash" as indicators; an empty half is none. */
static void place_indicator(struct tcn_collect *c, const struct attribute *a)
{
    struct tcn_view first = a->value;
    struct tcn_view second = tcn_view("", 0);
    if (a->row->second != NULL) {
        for (size_t i = first.len; i > 0; i--) {
            if (first.data[i - 1] == '|') {
                second = tcn_view(first.data + i, first.len - i);
                first.len = i - 1;
                break;
            }
        }
    }
    if (first.len > 0) {
        tcn_collect_indicator(c, a->cls, a->row->type, first, a->detect);
    }
    if (second.len > 0) {
        tcn_collect_indicator(c, a->cls, a->row->second, second, a->detect);
    }
}

/* A write-up of the matter, not a part of it. */
static bool is_article(const struct attribute *a)
{
    return tcn_view_is(a->type, "url") && !a->to_ids &&
           tcn_view_is(a->category, "External analysis");
}

/* The first half of "ip|port" or "name|fuzzy hash": one of both proves little,
 * so it is not for detection, and both are kept together. */
static void place_first(struct tcn_collect *c, const struct attribute *a)
{
    const uint8_t *end =
        a->value.len > 0 ? memchr(a->value.data, '|', a->value.len) : NULL;
    if (end != NULL && end > a->value.data) {
        tcn_collect_indicator(
            c, a->cls, a->row->type,
            tcn_view(a->value.data, (size_t)(end - a->value.data)), false);
    }
}

/* By the type's row. What has none is kept whole: nothing is guessed. */
static void place(struct tcn_collect *c, const struct attribute *a)
{
    struct tcn_import *im = c->im;
    bool person = a->cls == TCN_CLASS_PERSONAL;
    if (is_article(a)) {
        tcn_collect_text(c, "reference", a->cls, a->value);
        return;
    }
    switch (a->row->place) {
    case TCN_MISP_INDICATOR: place_indicator(c, a); return;
    case TCN_MISP_REFERENCE:
        tcn_collect_text(c, "reference", a->cls, a->value);
        return;
    case TCN_MISP_DESCRIPTION:
        describe(c, a, a->category.len > 0 ? a->category : a->type, a->value);
        return;
    case TCN_MISP_ACTOR:
        tcn_collect_actor(c, a->value, c->confidence, "misp attribute");
        return;
    case TCN_MISP_CONTACT:
        tcn_collect_text(c, "contact", a->cls, a->value);
        return;
    case TCN_MISP_VICTIM:
        tcn_collect_text(c, "victim", a->cls, a->value);
        return;
    case TCN_MISP_FIRST: place_first(c, a); break;
    case TCN_MISP_TOOL: break;
    }
    if (person || a->cls == TCN_CLASS_VICTIM) {
        struct tcn_view text = tcn_import_join(im, a->type, tcn_view_str(": "));
        tcn_collect_text(c, person ? "contact" : "victim", a->cls,
                         tcn_import_join(im, text, a->value));
        return;
    }
    tcn_collect_tool(c, a->cls, a->label, a->value);
}

/* Parts of other events and proposals of others are not the attribute. */
static void leave_out(struct tcn_import *im, const struct attribute *a)
{
    static const struct {
        const char *key;
        const char *why;
    } rows[] = {{"ShadowAttribute", "proposed by others"},
                {"RelatedAttribute", "not part of the event"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tcn_node list = tcn_json_array(im, a->node, rows[i].key);
        size_t count = tcn_json_count(&list);
        tcn_import_leave(im, count, "%s, %s", rows[i].key, rows[i].why);
        if (count > 0) {
            tcn_import_notice(im, "%s: %zu of %s left out, %s", rows[i].key,
                              count, tcn_import_shown(im, a->value),
                              rows[i].why);
        }
    }
}

static void place_company(struct tcn_collect *c, const struct attribute *a)
{
    struct tcn_import *im = c->im;
    struct tcn_view comment = tcn_json_text(im, a->node, "comment");
    if (comment.len > 0) {
        describe(c, a, a->value, comment);
    }
    struct tcn_view first = tcn_json_text(im, a->node, "first_seen");
    struct tcn_view last = tcn_json_text(im, a->node, "last_seen");
    if (first.len + last.len > 0) {
        struct tcn_view text = tcn_import_text(
            im, "%.*s: first %.*s, last %.*s", (int)a->value.len,
            (const char *)a->value.data, (int)first.len,
            first.data ? (const char *)first.data : "", (int)last.len,
            last.data ? (const char *)last.data : "");
        tcn_collect_tool(c, a->cls, tcn_view_str("misp:seen"), text);
    }
    struct tcn_view data = tcn_json_text(im, a->node, "data");
    if (data.len > 0) {
        tcn_import_leave(im, 1, "attachment (data)");
        tcn_import_notice(im, "attachment of %zu bytes (base64) left out: %s",
                          data.len, tcn_import_shown(im, a->value));
    }
    leave_out(im, a);
    struct tcn_view label =
        tcn_import_join(im, a->label, tcn_view_str(" more"));
    tcn_collect_leftover(c, a->cls, label, a->node->json, known);
}

/* An attribute that our own export wrote says which field it was. */
static bool take_own(struct tcn_collect *c, const struct attribute *a)
{
    static const char prefix[] = "tocsin:field=\"";
    const size_t len = sizeof prefix - 1;
    struct tcn_node tags = tcn_json_array(c->im, a->node, "Tag");
    for (size_t i = 0; i < tcn_json_count(&tags); i++) {
        struct tcn_node tag = tcn_json_item(&tags, i);
        struct tcn_view name = tcn_json_text(c->im, &tag, "name");
        if (name.len > len + 1 && memcmp(name.data, prefix, len) == 0) {
            return tcn_own_take(
                c, tcn_view(name.data + len, name.len - len - 1), a->value);
        }
    }
    return false;
}

void tcn_misp_attribute(struct tcn_collect *c, const struct tcn_node *node,
                        struct tcn_view object)
{
    struct tcn_import *im = c->im;
    if (!json_is_object(node->json)) {
        tcn_json_fail(im, node, NULL, TCN_ERR_FORMAT, "this must be an object");
        return;
    }
    if (tcn_misp_deleted(c, node)) {
        return;
    }
    struct attribute a = {.node = node,
                          .type = tcn_json_text(im, node, "type"),
                          .category = tcn_json_text(im, node, "category"),
                          .value = tcn_json_any_text(im, node, "value"),
                          .to_ids = tcn_json_flag(im, node, "to_ids", false)};
    if (a.type.len == 0 || a.value.data == NULL) {
        tcn_json_fail(im, node, NULL, TCN_ERR_FORMAT,
                      "an attribute needs a type and a value");
        return;
    }
    a.row = tcn_misp_type(a.type);
    a.cls = class_of(&a, object);
    a.label = label_of(im, object, a.type,
                       tcn_json_text(im, node, "object_relation"));
    a.detect = a.to_ids && !tcn_misp_expired(im, node);
    if (!take_own(c, &a)) {
        place(c, &a);
        place_company(c, &a);
    }
    tcn_misp_sightings(c, node, a.value, a.cls);
    tcn_misp_distribution(c, node);
    tcn_misp_tags(c, node);
}
