/* Who attacks and who is attacked. */
#include "formats/idea.h"

#define LOOKED_AT_MAX 64 /* names searched for in a text */

static const struct {
    const char *key;
    const char *type;
} rows[] = {
    {"IP4", "ip"},  {"IP6", "ip"},           {"Hostname", "domain-name"},
    {"URL", "url"}, {"Email", "email-addr"}, {"ASN", "asn"},
};

static const char *const placed[] = {"ASN", "Email", "Hostname", "IP4",
                                     "IP6", "URL",   NULL};

/* An address that was forged or made unrecognisable proves nothing. */
static bool is_telling(struct tcn_collect *c, const struct tcn_node *party)
{
    return !tcn_json_flag(c->im, party, "Spoofed", false) &&
           !tcn_json_flag(c->im, party, "Anonymised", false) &&
           !tcn_json_flag(c->im, party, "Imprecise", false);
}

static void place_party(struct tcn_collect *c, const struct tcn_node *party,
                        const char *what, unsigned cls)
{
    struct tcn_import *im = c->im;
    if (!json_is_object(party->json)) {
        tcn_json_fail(im, party, NULL, TCN_ERR_FORMAT,
                      "this must be an object");
        return;
    }
    bool detect = cls == TCN_CLASS_TECH && is_telling(c, party);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        struct tcn_node list = tcn_json_array(im, party, rows[k].key);
        for (size_t i = 0; i < tcn_json_count(&list); i++) {
            struct tcn_node item = tcn_json_item(&list, i);
            struct tcn_view value = json_is_integer(item.json)
                                        ? tcn_json_dump(im, item.json)
                                        : tcn_json_self_text(im, &item);
            if (cls == TCN_CLASS_TECH) {
                tcn_collect_indicator(c, cls, rows[k].type, value, detect);
            } else {
                tcn_collect_text(c, "victim", cls, value);
            }
        }
    }
    tcn_collect_leftover(
        c, cls, tcn_import_join(im, tcn_view_str("idea:"), tcn_view_str(what)),
        party->json, placed);
}

static bool contains(struct tcn_view text, const json_t *item)
{
    size_t len = json_string_length(item);
    return len > 0 && text.len > 0 &&
           memmem(text.data, text.len, json_string_value(item), len) != NULL;
}

static bool names_party(const json_t *party, struct tcn_view text)
{
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        const json_t *list = json_object_get(party, rows[k].key);
        size_t count = json_array_size(list);
        for (size_t i = 0; i < count && i < LOOKED_AT_MAX; i++) {
            if (contains(text, json_array_get(list, i))) {
                return true;
            }
        }
    }
    return false;
}

bool tcn_idea_names_target(struct tcn_import *im, const struct tcn_node *event,
                           struct tcn_view text)
{
    struct tcn_node targets = tcn_json_array(im, event, "Target");
    size_t count = tcn_json_count(&targets);
    for (size_t i = 0; i < count && i < LOOKED_AT_MAX; i++) {
        if (names_party(json_array_get(targets.json, i), text)) {
            return true;
        }
    }
    return count > LOOKED_AT_MAX; /* then better not told */
}

void tcn_idea_parties(struct tcn_collect *c, const struct tcn_node *event)
{
    static const struct {
        const char *key;
        enum tcn_class cls;
    } lists[] = {{"Source", TCN_CLASS_TECH}, {"Target", TCN_CLASS_VICTIM}};
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        struct tcn_node list = tcn_json_array(c->im, event, lists[k].key);
        for (size_t i = 0; i < tcn_json_count(&list); i++) {
            struct tcn_node party = tcn_json_item(&list, i);
            place_party(c, &party, lists[k].key, lists[k].cls);
        }
    }
}
