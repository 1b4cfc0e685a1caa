/* Cyber-observable objects: what was seen. Seen is not proved bad, so they are
 * indicators that are not for detection. */
#include "formats/stix.h"

static bool place_hashes(struct tcn_collect *c,
                         const struct tcn_stix_object *object)
{
    static const struct {
        const char *key;
        const char *type;
    } rows[] = {{"SHA-256", "sha256"}, {"SHA-1", "sha1"}, {"MD5", "md5"}};
    struct tcn_import *im = c->im;
    struct tcn_node hashes = tcn_json_object(im, &object->node, "hashes");
    bool placed = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tcn_view value = tcn_json_text(im, &hashes, rows[i].key);
        if (value.len > 0) {
            placed |= tcn_collect_indicator(c, object->cls, rows[i].type, value,
                                            false);
        }
    }
    static const char *const known[] = {"SHA-256", "SHA-1", "MD5", NULL};
    if (hashes.json != NULL) {
        tcn_collect_leftover(c, object->cls, tcn_view_str("stix:file hashes"),
                             hashes.json, known);
    }
    return placed;
}

bool tcn_stix_observable(struct tcn_collect *c,
                         const struct tcn_stix_object *object)
{
    static const struct {
        const char *stix;
        const char *key;
        const char *type;
    } rows[] = {
        {"ipv4-addr", "value", "ip"},
        {"ipv6-addr", "value", "ip"},
        {"domain-name", "value", "domain-name"},
        {"url", "value", "url"},
        {"email-addr", "value", "email-addr"},
        {"autonomous-system", "number", "asn"},
        {"mutex", "name", "mutex"},
        {"file", "name", "file-name"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!tcn_view_is(object->type, rows[i].stix)) {
            continue;
        }
        struct tcn_view value =
            tcn_json_any_text(c->im, &object->node, rows[i].key);
        bool placed =
            tcn_view_is(object->type, "file") && place_hashes(c, object);
        if (value.len > 0) {
            /* What is not a value of its type becomes a tool field in there. */
            tcn_collect_indicator(c, object->cls, rows[i].type, value, false);
            placed = true;
        }
        return placed;
    }
    return false;
}
