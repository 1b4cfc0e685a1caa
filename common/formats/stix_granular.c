/* Granular markings: properties that are marked more strictly than the object
 * around them are taken out of it and placed on their own, in a class that a
 * filter withholds: RED and unknown markings in VICTIM, AMBER ones in FREE. */
#include <stdlib.h>

#include "formats/stix.h"

#define STEPS_MAX    16 /* of a selector */
#define COMPANY_KEYS 6

static const uint8_t part_class[TCN_STIX_PARTS] = {TCN_CLASS_FREE,
                                                   TCN_CLASS_VICTIM};

/* What a part needs in order to be read as the object was. */
static const char *const company[COMPANY_KEYS] = {
    "type",        "id",        "pattern_type", "pattern_version",
    "valid_until", "confidence"};

/* Which part a marking puts a property into, or -1: no stricter than what is
 * around it, or words for people. */
static int part_of(struct tcn_stix *stix, const struct tcn_node *item, int base)
{
    struct tcn_view ref = tcn_json_text(stix->im, item, "marking_ref");
    if (ref.len == 0) {
        return -1; /* of a language */
    }
    int tlp = tcn_stix_tlp(stix, ref);
    if (tlp <= base || tlp < TCN_TLP_AMBER) {
        return -1;
    }
    return tlp >= TCN_TLP_RED;
}

static int object_tlp(struct tcn_stix *stix,
                      const struct tcn_stix_object *object)
{
    int base = -1;
    struct tcn_node refs =
        tcn_json_array(stix->im, &object->node, "object_marking_refs");
    for (size_t i = 0; i < tcn_json_count(&refs); i++) {
        struct tcn_node ref = tcn_json_item(&refs, i);
        int tlp = tcn_stix_tlp(stix, tcn_json_self_text(stix->im, &ref));
        base = tlp > base ? tlp : base;
    }
    return base;
}

/* ---- selectors: "description", "labels.[0]", "hashes.MD5" ---- */

struct step {
    char key[128];
    size_t index;
    bool is_index;
};

static bool read_step(struct step *step, struct tcn_view text)
{
    char *end;
    if (text.len == 0 || text.len >= sizeof step->key) {
        return false;
    }
    memcpy(step->key, text.data, text.len);
    step->key[text.len] = '\0';
    step->is_index = step->key[0] == '[';
    if (!step->is_index) {
        return true;
    }
    step->index = strtoul(step->key + 1, &end, 10);
    return end > step->key + 1 && strcmp(end, "]") == 0;
}

static size_t read_selector(struct step steps[STEPS_MAX],
                            struct tcn_view selector)
{
    size_t count = 0;
    while (selector.len > 0 && count < STEPS_MAX) {
        const uint8_t *dot = memchr(selector.data, '.', selector.len);
        size_t len = dot ? (size_t)(dot - selector.data) : selector.len;
        if (!read_step(&steps[count++], tcn_view(selector.data, len))) {
            return 0;
        }
        len += dot != NULL;
        selector = tcn_view(selector.data + len, selector.len - len);
    }
    return selector.len == 0 ? count : 0;
}

static json_t *at_step(const json_t *json, const struct step *step)
{
    return step->is_index ? json_array_get(json, step->index)
                          : json_object_get(json, step->key);
}

/* The member of `part` for the step, made when it is not there; entries of a
 * list follow each other. */
static json_t *enter_part(json_t *part, const struct step *step,
                          const struct step *next)
{
    json_t *inner = step->is_index ? NULL : json_object_get(part, step->key);
    if (inner == NULL) {
        inner = next->is_index ? json_array() : json_object();
        if (step->is_index) {
            json_array_append_new(part, inner);
        } else {
            json_object_set_new_nocheck(part, step->key, inner);
        }
    }
    return inner;
}

/* Moves what the steps lead to; entries of lists leave a null behind, so that
 * the others keep their numbers. False when there is nothing. */
static bool move(json_t *open, json_t *part, const struct step *steps,
                 size_t count)
{
    json_t *value = open;
    json_t *owner = open;
    for (size_t i = 0; i < count; i++) {
        owner = value;
        value = at_step(owner, &steps[i]);
    }
    if (value == NULL) {
        return false;
    }
    const struct step *last = &steps[count - 1];
    json_incref(value);
    for (size_t i = 0; i + 1 < count; i++) {
        part = enter_part(part, &steps[i], &steps[i + 1]);
    }
    if (last->is_index) {
        json_array_set_new(owner, last->index, json_null());
        json_array_append(part, value);
    } else {
        json_object_del(owner, last->key);
        json_object_set_nocheck(part, last->key, value);
    }
    json_decref(value);
    return true;
}

/* Takes the nulls out of lists, on every level of the copy. */
static void close_gaps(json_t *json)
{
    const char *key;
    json_t *value;
    json_object_foreach(json, key, value)
    {
        close_gaps(value);
    }
    for (size_t i = json_array_size(json); i-- > 0;) {
        value = json_array_get(json, i);
        if (json_is_null(value)) {
            json_array_remove(json, i);
        } else {
            close_gaps(value);
        }
    }
}

/* ---- one object ---- */

/* A line, a count or a link means nothing in pieces. */
static bool is_indivisible(const struct tcn_stix_object *object)
{
    return tcn_view_is(object->type, "relationship") ||
           tcn_view_is(object->type, "sighting") ||
           tcn_view_is(object->type, "observed-data");
}

static json_t *part_at(struct tcn_stix *stix, struct tcn_stix_object *object,
                       unsigned part)
{
    if (object->parts[part] == NULL) {
        json_t *made = json_object();
        for (size_t i = 0; i < COMPANY_KEYS; i++) {
            json_t *value = json_object_get(object->open, company[i]);
            json_object_set_nocheck(made, company[i], value);
        }
        json_array_append_new(stix->made, made);
        object->parts[part] = made;
    }
    return object->parts[part];
}

static bool is_needed(const char *key)
{
    return strcmp(key, "type") == 0 || strcmp(key, "id") == 0;
}

static void split_selector(struct tcn_stix *stix,
                           struct tcn_stix_object *object, unsigned part,
                           struct tcn_view selector)
{
    struct step steps[STEPS_MAX];
    size_t count = read_selector(steps, selector);
    if (is_indivisible(object) || (count == 1 && is_needed(steps[0].key))) {
        object->whole = object->whole == TCN_CLASS_VICTIM ? object->whole
                                                          : part_class[part];
        return;
    }
    if (count == 0 ||
        !move(object->open, part_at(stix, object, part), steps, count)) {
        tcn_import_notice(stix->im,
                          "a granular marking selects nothing, so that all of "
                          "the object counts as marked: \"%s\" of %s",
                          tcn_import_shown(stix->im, selector),
                          tcn_import_shown(stix->im, object->id));
        object->whole = object->whole == TCN_CLASS_VICTIM ? object->whole
                                                          : part_class[part];
    }
}

/* Red ones first: what is marked twice is as strict as the stricter. */
static void split_object(struct tcn_stix *stix, struct tcn_stix_object *object,
                         const struct tcn_node *list)
{
    int base = object_tlp(stix, object);
    for (int part = TCN_STIX_PARTS; part-- > 0;) {
        for (size_t i = 0; i < tcn_json_count(list); i++) {
            struct tcn_node item = tcn_json_item(list, i);
            if (part_of(stix, &item, base) != part) {
                continue;
            }
            struct tcn_node selectors =
                tcn_json_array(stix->im, &item, "selectors");
            for (size_t k = 0; k < tcn_json_count(&selectors); k++) {
                struct tcn_node selector = tcn_json_item(&selectors, k);
                split_selector(stix, object, (unsigned)part,
                               tcn_json_self_text(stix->im, &selector));
            }
        }
    }
    close_gaps(object->open);
}

void tcn_stix_split(struct tcn_stix *stix)
{
    for (size_t i = 0; i < stix->count && !stix->im->err; i++) {
        struct tcn_stix_object *object = &stix->objects[i];
        struct tcn_node list =
            tcn_json_array(stix->im, &object->node, "granular_markings");
        if (tcn_json_count(&list) == 0) {
            continue;
        }
        object->open = json_deep_copy(object->node.json);
        if (object->open == NULL) {
            tcn_import_fail(stix->im, TCN_ERR_NO_MEMORY, "out of memory");
            return;
        }
        json_array_append_new(stix->made, object->open);
        split_object(stix, object, &list);
    }
}

uint8_t tcn_stix_part_class(unsigned part)
{
    return part_class[part];
}

unsigned tcn_stix_marked_class(const struct tcn_stix_object *object,
                               const char *key)
{
    for (unsigned i = TCN_STIX_PARTS; i-- > 0;) {
        const json_t *part = object->parts[i];
        if (part != NULL && json_object_get(part, key) != NULL) {
            return part_class[i];
        }
    }
    return object->whole;
}

/* ---- what was marked, for people ---- */

static struct tcn_view selectors_of(struct tcn_collect *c,
                                    const struct tcn_node *item)
{
    struct tcn_view line = tcn_view("", 0);
    struct tcn_node list = tcn_json_array(c->im, item, "selectors");
    for (size_t i = 0; i < tcn_json_count(&list); i++) {
        struct tcn_node selector = tcn_json_item(&list, i);
        line = tcn_import_join(c->im, line, tcn_view_str(i > 0 ? ", " : ""));
        line =
            tcn_import_join(c->im, line, tcn_json_self_text(c->im, &selector));
    }
    return line;
}

void tcn_stix_granular(struct tcn_collect *c,
                       const struct tcn_stix_object *object)
{
    struct tcn_import *im = c->im;
    struct tcn_node list =
        tcn_json_array(im, &object->node, "granular_markings");
    for (size_t i = 0; i < tcn_json_count(&list); i++) {
        struct tcn_node item = tcn_json_item(&list, i);
        struct tcn_view mark = tcn_json_text(im, &item, "marking_ref");
        struct tcn_view lang = tcn_json_text(im, &item, "lang");
        struct tcn_view line =
            tcn_import_join(im, object->id, tcn_view_str(" "));
        line = tcn_import_join(im, line, selectors_of(c, &item));
        line = tcn_import_join(im, line, tcn_view_str(": "));
        line = tcn_import_join(im, line, mark.len > 0 ? mark : lang);
        tcn_collect_tool(c, TCN_CLASS_COUNT,
                         tcn_view_str("stix:granular-marking"), line);
    }
}
