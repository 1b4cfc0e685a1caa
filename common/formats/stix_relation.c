/* Relationships and sightings: one line each, "A uses B". */
#include "formats/stix.h"

/* Persons, then victims, then actors decide the class of the whole line. */
static unsigned line_class(unsigned a, unsigned b)
{
    static const uint8_t order[] = {TCN_CLASS_PERSONAL, TCN_CLASS_VICTIM,
                                    TCN_CLASS_ACTOR};
    for (size_t i = 0; i < sizeof order; i++) {
        if (a == order[i] || b == order[i]) {
            return order[i];
        }
    }
    return TCN_CLASS_COUNT;
}

/* The name of an end, or its bare id where its name belongs to a class other
 * than the line's (an actor in a line that victims' readers see). */
static struct tcn_view end_name(struct tcn_import *im,
                                const struct tcn_stix *stix, struct tcn_view id,
                                unsigned cls)
{
    const struct tcn_stix_object *end = tcn_stix_find(stix, id);
    if (end == NULL) {
        return id;
    }
    struct tcn_view name = tcn_stix_open_text(stix, end, "name");
    bool open = (end->cls == TCN_CLASS_COUNT || end->cls == TCN_CLASS_SOURCE) &&
                end->whole == TCN_CLASS_COUNT;
    if (name.len == 0 || (!open && end->cls != cls)) {
        return id;
    }
    return tcn_import_text(im, "%.*s \"%.*s\"", (int)end->type.len,
                           (const char *)end->type.data, (int)name.len,
                           (const char *)name.data);
}

static unsigned end_class(const struct tcn_stix *stix, struct tcn_view id)
{
    const struct tcn_stix_object *end = tcn_stix_find(stix, id);
    return end != NULL ? end->cls : TCN_CLASS_COUNT;
}

static void put_line(struct tcn_collect *c,
                     const struct tcn_stix_object *object, unsigned cls,
                     struct tcn_view line)
{
    struct tcn_view text = tcn_json_text(c->im, &object->node, "description");
    if (text.len > 0) {
        line = tcn_import_join(c->im, line, tcn_view_str(": "));
        line = tcn_import_join(c->im, line, text);
    }
    struct tcn_view label =
        tcn_import_join(c->im, tcn_view_str("stix:"), object->type);
    tcn_collect_tool(c, cls, label, line);
}

static void place_relationship(struct tcn_collect *c,
                               const struct tcn_stix *stix,
                               const struct tcn_stix_object *object)
{
    struct tcn_import *im = c->im;
    struct tcn_view from = tcn_json_text(im, &object->node, "source_ref");
    struct tcn_view to = tcn_json_text(im, &object->node, "target_ref");
    struct tcn_view verb =
        tcn_json_text(im, &object->node, "relationship_type");
    unsigned cls = line_class(end_class(stix, from), end_class(stix, to));
    struct tcn_view line =
        tcn_import_join(im, end_name(im, stix, from, cls), tcn_view_str(" "));
    line = tcn_import_join(im, line, verb);
    line = tcn_import_join(im, line, tcn_view_str(" "));
    put_line(c, object, cls,
             tcn_import_join(im, line, end_name(im, stix, to, cls)));
}

/* Where it was sighted is told by the victims' own fields. */
static void place_sighting(struct tcn_collect *c, const struct tcn_stix *stix,
                           const struct tcn_stix_object *object)
{
    struct tcn_import *im = c->im;
    const struct tcn_node *node = &object->node;
    struct tcn_view of = tcn_json_text(im, node, "sighting_of_ref");
    struct tcn_view first = tcn_json_text(im, node, "first_seen");
    struct tcn_view last = tcn_json_text(im, node, "last_seen");
    unsigned cls = line_class(end_class(stix, of), TCN_CLASS_COUNT);
    struct tcn_view name = end_name(im, stix, of, cls);
    struct tcn_view line = tcn_import_text(
        im, "%.*s seen %llu times, first %.*s, last %.*s", (int)name.len,
        name.data ? (const char *)name.data : "",
        (unsigned long long)tcn_json_number(im, node, "count", 1),
        (int)first.len, first.data ? (const char *)first.data : "",
        (int)last.len, last.data ? (const char *)last.data : "");
    put_line(c, object, cls, line);
}

void tcn_stix_relation(struct tcn_collect *c, const struct tcn_stix *stix,
                       const struct tcn_stix_object *object)
{
    if (tcn_view_is(object->type, "sighting")) {
        place_sighting(c, stix, object);
    } else {
        place_relationship(c, stix, object);
    }
}
