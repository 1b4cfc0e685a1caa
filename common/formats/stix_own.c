/* Reading back what stix_write.c writes beyond the words of STIX. */
#include "base/text.h"
#include "formats/own.h"
#include "formats/stix.h"
#include "formats/stix_write.h"
#include "formats/words.h"

static void take_pairs(struct tcn_collect *c, const struct tcn_node *said)
{
    struct tcn_import *im = c->im;
    struct tcn_node fields = tcn_json_array(im, said, "fields");
    for (size_t i = 0; i < tcn_json_count(&fields) && !im->err; i++) {
        struct tcn_node item = tcn_json_item(&fields, i);
        struct tcn_view key = tcn_json_text(im, &item, "key");
        struct tcn_view value = tcn_json_text(im, &item, "value");
        if (key.len > 0 && !tcn_own_take(c, key, value)) {
            tcn_collect_tool(c, TCN_CLASS_COUNT,
                             tcn_import_join(im, tcn_view_str("tocsin:"), key),
                             value);
        }
    }
}

static void take_words(struct tcn_collect *c, const struct tcn_node *said)
{
    static const char *const keys[] = {"severity", "pap", "category"};
    struct tcn_import *im = c->im;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct tcn_view word = tcn_json_text(im, said, keys[i]);
        if (word.len > 0) {
            tcn_own_take(c, tcn_view_str(keys[i]), word);
        }
    }
    tcn_collect_limits(c, tcn_json_text(im, said, "onward"),
                       tcn_json_text(im, said, "exercise"));
    struct tcn_node caveats = tcn_json_array(im, said, "caveats");
    for (size_t i = 0; i < tcn_json_count(&caveats); i++) {
        struct tcn_node item = tcn_json_item(&caveats, i);
        tcn_collect_caveat(c, tcn_json_self_text(im, &item));
    }
}

bool tcn_stix_own(struct tcn_collect *c, const struct tcn_stix_object *object)
{
    struct tcn_import *im = c->im;
    struct tcn_node extensions =
        tcn_json_object(im, &object->node, "extensions");
    struct tcn_node said = tcn_json_object(im, &extensions, TCN_STIX_EXTENSION);
    if (said.json == NULL) {
        return false;
    }
    struct tcn_view id = tcn_json_text(im, &said, "alert");
    if (id.len > 0) {
        tcn_collect_text(
            c, "reference", TCN_CLASS_COUNT,
            tcn_import_join(im, tcn_view_str("tocsin alert "), id));
    }
    tcn_collect_tool(c, TCN_CLASS_COUNT, tcn_view_str("tocsin:expires"),
                     tcn_json_text(im, &said, "expires"));
    take_words(c, &said);
    take_pairs(c, &said);
    return true;
}

bool tcn_stix_own_label(struct tcn_collect *c, struct tcn_view label)
{
    if (tcn_word_begins(label, "pap:")) {
        tcn_own_take(c, tcn_view_str("pap"), label);
        return true;
    }
    if (tcn_word_begins(label, "tocsin:method=")) {
        return true;
    }
    if (!tcn_word_begins(label, "rsit:")) {
        return false;
    }
    /* rsit:class="type" */
    struct tcn_view rest = tcn_view(label.data + 5, label.len - 5);
    const uint8_t *sign =
        rest.len > 0 ? memchr(rest.data, '=', rest.len) : NULL;
    size_t len = sign != NULL ? (size_t)(sign - rest.data) : 0;
    if (sign == NULL || rest.len < len + 3) {
        return false;
    }
    return tcn_collect_rsit(c, tcn_import_text(c->im, "%.*s/%.*s", (int)len,
                                               (const char *)rest.data,
                                               (int)(rest.len - len - 3),
                                               (const char *)sign + 2));
}

const char *tcn_stix_own_method(struct tcn_collect *c,
                                const struct tcn_stix_object *object)
{
    static const char prefix[] = "tocsin:method=";
    struct tcn_node labels = tcn_json_array(c->im, &object->node, "labels");
    for (size_t i = 0; i < tcn_json_count(&labels); i++) {
        struct tcn_node item = tcn_json_item(&labels, i);
        struct tcn_view label = tcn_json_self_text(c->im, &item);
        if (tcn_word_begins(label, prefix)) {
            size_t len = sizeof prefix - 1;
            struct tcn_view method =
                tcn_import_text(c->im, "%.*s", (int)(label.len - len),
                                (const char *)label.data + len);
            return method.data != NULL ? (const char *)method.data : "";
        }
    }
    return "stix object";
}

/* ---- validity ---- */

static struct tcn_view validity_of(struct tcn_collect *c,
                                   const struct tcn_stix_object *object)
{
    struct tcn_import *im = c->im;
    struct tcn_view from = tcn_json_text(im, &object->node, "valid_from");
    struct tcn_view until = tcn_json_text(im, &object->node, "valid_until");
    struct tcn_view text = tcn_import_join(im, from, tcn_view_str("/"));
    return tcn_import_join(im, text, until);
}

static bool counts(const struct tcn_stix *stix,
                   const struct tcn_stix_object *object)
{
    return object->scope == stix->scope && !object->superseded &&
           !object->revoked && tcn_view_is(object->type, "indicator");
}

static void keep(struct tcn_collect *c, unsigned cls, struct tcn_view validity,
                 struct tcn_view of)
{
    struct tcn_view line = tcn_import_join(c->im, validity, tcn_view_str(" "));
    if (validity.len > 1) { /* more than the slash */
        tcn_collect_tool(c, cls == TCN_CLASS_COUNT ? TCN_CLASS_TECH : cls,
                         tcn_view_str("stix:validity"),
                         tcn_import_join(c->im, line, of));
    }
}

void tcn_stix_validities(struct tcn_collect *c, const struct tcn_stix *stix)
{
    struct tcn_view first = tcn_view("", 0);
    bool same = true;
    for (size_t i = 0; i < stix->count; i++) {
        if (counts(stix, &stix->objects[i])) {
            struct tcn_view own = validity_of(c, &stix->objects[i]);
            same &= first.len == 0 || tcn_view_equal(own, first);
            first = own;
        }
    }
    if (same) {
        keep(c, TCN_CLASS_TECH, first, tcn_view_str("*"));
    }
    for (size_t i = 0; !same && i < stix->count; i++) {
        const struct tcn_stix_object *object = &stix->objects[i];
        if (counts(stix, object)) {
            keep(c, tcn_stix_marked_class(object, "pattern"),
                 validity_of(c, object),
                 tcn_json_text(c->im, &object->node, "pattern"));
        }
    }
}
