/* Which objects of a bundle belong to one alert, and whose names they are. */
#include "formats/stix.h"

struct tcn_stix_object *tcn_stix_find(const struct tcn_stix *stix,
                                      struct tcn_view id)
{
    json_t *index = id.len > 0 ? json_object_getn(stix->by_id,
                                                  (const char *)id.data, id.len)
                               : NULL;
    return index ? &stix->objects[json_integer_value(index)] : NULL;
}

struct tcn_view tcn_stix_open_text(const struct tcn_stix *stix,
                                   const struct tcn_stix_object *object,
                                   const char *key)
{
    struct tcn_node node = object->node;
    node.json = object->open;
    return object->whole == TCN_CLASS_COUNT
               ? tcn_json_text(stix->im, &node, key)
               : tcn_view("", 0);
}

static struct tcn_stix_object *find_ref(const struct tcn_stix *stix,
                                        const struct tcn_stix_object *object,
                                        const char *key)
{
    return tcn_stix_find(stix, tcn_json_text(stix->im, &object->node, key));
}

static bool is_type(const struct tcn_stix_object *object, const char *type)
{
    return tcn_view_is(object->type, type);
}

struct walk {
    struct tcn_stix *stix;
    struct tcn_stix_object **todo; /* room for every object once */
    size_t count;
};

/* Another report is an alert of its own, never part of this one. */
static void enter(struct walk *w, struct tcn_stix_object *object)
{
    if (object == NULL || object->scope == w->stix->scope ||
        object->role == TCN_STIX_REPORT) {
        return;
    }
    object->scope = w->stix->scope;
    object->taken = true;
    w->todo[w->count++] = object;
}

static void enter_list(struct walk *w, const struct tcn_stix_object *object,
                       const char *key)
{
    struct tcn_import *im = w->stix->im;
    struct tcn_node refs = tcn_json_array(im, &object->node, key);
    for (size_t i = 0; i < tcn_json_count(&refs); i++) {
        struct tcn_node ref = tcn_json_item(&refs, i);
        enter(w, tcn_stix_find(w->stix, tcn_json_self_text(im, &ref)));
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text);
    size_t tail = strlen(end);
    return len > tail && strcmp(text + len - tail, end) == 0;
}

/* Everything an object names, but not the ends of a relationship: a report may
 * speak of a link without speaking of what is at its far end. */
static void follow(struct walk *w, struct tcn_stix_object *object)
{
    const char *key;
    json_t *value;
    if (is_type(object, "relationship")) {
        return;
    }
    json_object_foreach(object->node.json, key, value)
    {
        if (ends_with(key, "_refs") && json_is_array(value)) {
            enter_list(w, object, key);
        } else if (ends_with(key, "_ref") && json_is_string(value)) {
            enter(w, find_ref(w->stix, object, key));
        }
    }
}

static bool in_scope(const struct tcn_stix *stix,
                     const struct tcn_stix_object *object)
{
    return object != NULL && object->scope == stix->scope;
}

static bool speaks_of_scope(const struct tcn_stix *stix,
                            const struct tcn_stix_object *object)
{
    if (is_type(object, "relationship")) {
        return in_scope(stix, find_ref(stix, object, "source_ref")) &&
               in_scope(stix, find_ref(stix, object, "target_ref"));
    }
    if (is_type(object, "sighting")) {
        return in_scope(stix, find_ref(stix, object, "sighting_of_ref"));
    }
    if (!is_type(object, "note") && !is_type(object, "opinion")) {
        return false;
    }
    struct tcn_node refs =
        tcn_json_array(stix->im, &object->node, "object_refs");
    for (size_t i = 0; i < tcn_json_count(&refs); i++) {
        struct tcn_node ref = tcn_json_item(&refs, i);
        if (in_scope(stix,
                     tcn_stix_find(stix, tcn_json_self_text(stix->im, &ref)))) {
            return true;
        }
    }
    return false;
}

static void run(struct walk *w)
{
    for (size_t at = 0; at < w->count; at++) {
        follow(w, w->todo[at]);
    }
    w->count = 0;
}

void tcn_stix_scope(struct tcn_stix *stix, struct tcn_stix_object *object)
{
    struct walk w = {.stix = stix, .todo = stix->todo};
    stix->scope++;
    for (size_t i = 0; object == NULL && i < stix->count; i++) {
        if (!stix->objects[i].taken) {
            enter(&w, &stix->objects[i]);
        }
    }
    if (object != NULL) {
        object->scope = stix->scope;
        object->taken = true;
        w.todo[w.count++] = object;
    }
    run(&w);
    for (size_t i = 0; i < stix->count; i++) {
        if (speaks_of_scope(stix, &stix->objects[i])) {
            enter(&w, &stix->objects[i]);
        }
    }
    run(&w);
}

/* Persons before victims before actors: the later rule never loosens. */
static void set_class(struct tcn_stix_object *object, enum tcn_class cls)
{
    static const uint8_t rank[TCN_CLASS_COUNT + 1] = {
        [TCN_CLASS_SOURCE] = 1,
        [TCN_CLASS_ACTOR] = 2,
        [TCN_CLASS_VICTIM] = 3,
        [TCN_CLASS_PERSONAL] = 4,
    };
    if (object != NULL && rank[cls] > rank[object->cls]) {
        object->cls = (uint8_t)cls;
    }
}

static bool is_party(const struct tcn_stix_object *object)
{
    return object != NULL &&
           (is_type(object, "identity") || is_type(object, "location"));
}

static void classify_alone(const struct tcn_stix *stix,
                           struct tcn_stix_object *object)
{
    struct tcn_import *im = stix->im;
    if (is_type(object, "threat-actor") || is_type(object, "intrusion-set")) {
        set_class(object, TCN_CLASS_ACTOR);
    } else if (is_type(object, "identity")) {
        struct tcn_view kind =
            tcn_json_text(im, &object->node, "identity_class");
        bool person = tcn_view_is(kind, "individual");
        set_class(object, person ? TCN_CLASS_PERSONAL : TCN_CLASS_SOURCE);
    } else if (is_type(object, "location")) {
        set_class(object, TCN_CLASS_SOURCE);
    } else if (is_type(object, "user-account")) {
        set_class(object, TCN_CLASS_PERSONAL);
    }
}

static void classify_list(const struct tcn_stix *stix,
                          const struct tcn_stix_object *object, const char *key,
                          enum tcn_class cls)
{
    struct tcn_node refs = tcn_json_array(stix->im, &object->node, key);
    for (size_t i = 0; i < tcn_json_count(&refs); i++) {
        struct tcn_node ref = tcn_json_item(&refs, i);
        set_class(tcn_stix_find(stix, tcn_json_self_text(stix->im, &ref)), cls);
    }
}

static void classify_ends(const struct tcn_stix *stix,
                          const struct tcn_stix_object *object)
{
    struct tcn_view kind =
        tcn_json_text(stix->im, &object->node, "relationship_type");
    struct tcn_stix_object *target = find_ref(stix, object, "target_ref");
    if (!is_party(target)) {
        return;
    }
    if (tcn_view_is(kind, "targets") || tcn_view_is(kind, "compromises")) {
        set_class(target, TCN_CLASS_VICTIM);
    } else if (tcn_view_is(kind, "attributed-to") ||
               tcn_view_is(kind, "impersonates") ||
               tcn_view_is(kind, "originates-from")) {
        set_class(target, TCN_CLASS_ACTOR);
    }
}

void tcn_stix_classify(struct tcn_stix *stix)
{
    for (size_t i = 0; i < stix->count; i++) {
        struct tcn_stix_object *object = &stix->objects[i];
        classify_alone(stix, object);
        if (is_type(object, "relationship")) {
            classify_ends(stix, object);
        } else if (is_type(object, "sighting")) {
            classify_list(stix, object, "where_sighted_refs", TCN_CLASS_VICTIM);
        } else if (is_type(object, "email-message")) {
            classify_list(stix, object, "to_refs", TCN_CLASS_PERSONAL);
            classify_list(stix, object, "cc_refs", TCN_CLASS_PERSONAL);
            classify_list(stix, object, "bcc_refs", TCN_CLASS_PERSONAL);
        }
    }
}
