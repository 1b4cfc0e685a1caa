/* A MISP object: its attributes one by one, and what holds them together. */
#include "formats/misp.h"

#define GROUP_MAX 64 /* values that are listed as belonging together */

static const char *const known[] = {
    "Attribute",
    "ObjectReference",
    "comment",
    "deleted",
    "description",
    "distribution",
    "event_id",

    "id",

    "meta-category",
    "name",
    "sharing_group_id",
    "template_uuid",
    "template_version",
    "timestamp",
    "uuid",
    NULL,
};

static void place_reference(struct tcn_collect *c, const struct tcn_node *node,
                            struct tcn_view from)
{
    struct tcn_import *im = c->im;
    struct tcn_view type = tcn_json_text(im, node, "relationship_type");
    struct tcn_view to = tcn_json_text(im, node, "referenced_uuid");
    if (tcn_misp_deleted(c, node)) {
        return;
    }
    struct tcn_view text =
        tcn_import_text(im, "%.*s %.*s %.*s", (int)from.len,
                        from.data ? (const char *)from.data : "", (int)type.len,
                        type.data ? (const char *)type.data : "", (int)to.len,
                        to.data ? (const char *)to.data : "");
    tcn_collect_tool(c, TCN_CLASS_COUNT, tcn_view_str("misp:object-reference"),
                     text);
    static const char *const placed[] = {"Attribute",
                                         "Object",
                                         "deleted",
                                         "event_id",
                                         "id",
                                         "object_id",
                                         "object_uuid",
                                         "referenced_id",
                                         "referenced_type",
                                         "referenced_uuid",
                                         "relationship_type",
                                         "source_uuid",
                                         "timestamp",
                                         "uuid",
                                         NULL};
    tcn_collect_leftover(c, TCN_CLASS_COUNT,
                         tcn_view_str("misp:object-reference more"), node->json,
                         placed);
}

/* Which technical values belong together: one tool field "relation=value",
 * of the same class as the indicators it repeats. */
static void place_group(struct tcn_collect *c, struct tcn_view name,
                        const struct tcn_node *attributes)
{
    struct tcn_import *im = c->im;
    struct tcn_view text = tcn_view("", 0);
    unsigned members = 0;
    if (tcn_json_count(attributes) > GROUP_MAX) {
        tcn_import_notice(im,
                          "object %s: its first %d values are listed "
                          "together, all are placed",
                          tcn_import_shown(im, name), GROUP_MAX);
    }
    for (size_t i = 0; i < tcn_json_count(attributes) && i < GROUP_MAX; i++) {
        struct tcn_node item = tcn_json_item(attributes, i);
        struct tcn_view type = tcn_json_text(im, &item, "type");
        struct tcn_view value = tcn_json_any_text(im, &item, "value");
        struct tcn_view category = tcn_json_text(im, &item, "category");
        bool technical = tcn_misp_type(type)->place == TCN_MISP_INDICATOR &&
                         !tcn_view_is(type, "email-dst") &&
                         !tcn_view_is(category, "Person") &&
                         !tcn_view_is(category, "Targeting data") &&
                         !tcn_view_is(category, "Attribution");
        if (!technical || tcn_json_flag(im, &item, "deleted", false)) {
            continue;
        }
        struct tcn_view line = tcn_import_join(im, type, tcn_view_str("="));
        line = tcn_import_join(im, line, value);
        text = tcn_import_join(im, text, line);
        text = tcn_import_join(im, text, tcn_view_str("\n"));
        members++;
    }
    if (members > 1) {
        struct tcn_view label =
            tcn_import_join(im, tcn_view_str("misp:object "), name);
        tcn_collect_tool(c, TCN_CLASS_TECH, label, text);
    }
}

void tcn_misp_object(struct tcn_collect *c, const struct tcn_node *node)
{
    struct tcn_import *im = c->im;
    if (!json_is_object(node->json)) {
        tcn_json_fail(im, node, NULL, TCN_ERR_FORMAT, "this must be an object");
        return;
    }
    if (tcn_misp_deleted(c, node)) {
        return;
    }
    struct tcn_view name = tcn_json_text(im, node, "name");
    struct tcn_node attributes = tcn_json_array(im, node, "Attribute");
    for (size_t i = 0; i < tcn_json_count(&attributes); i++) {
        struct tcn_node item = tcn_json_item(&attributes, i);
        tcn_misp_attribute(c, &item, name);
    }
    bool people = tcn_view_is(name, "person") || tcn_view_is(name, "victim");
    unsigned cls = people ? TCN_CLASS_PERSONAL : TCN_CLASS_COUNT;
    if (im->err == TCN_ERR_OK && !people) {
        place_group(c, name, &attributes);
    }
    tcn_collect_text(c, "description", cls, tcn_json_text(im, node, "comment"));
    struct tcn_node references = tcn_json_array(im, node, "ObjectReference");
    for (size_t i = 0; i < tcn_json_count(&references); i++) {
        struct tcn_node item = tcn_json_item(&references, i);
        place_reference(c, &item, tcn_json_text(im, node, "uuid"));
    }
    tcn_misp_distribution(c, node);
    struct tcn_view label =
        tcn_import_join(im, tcn_view_str("misp:object more "), name);
    tcn_collect_leftover(c, cls, label, node->json, known);
}
