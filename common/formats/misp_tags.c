/* The tags of MISP: markings, category, confidence, technique, actor. A tag is
 * namespace:predicate="value", or any words. */
#include <stdio.h>

#include "formats/category.h"
#include "formats/misp.h"
#include "formats/own.h"
#include "formats/words.h"

struct tag {
    struct tcn_view text;
    struct tcn_view space;
    struct tcn_view predicate;
    struct tcn_view value;
};

static struct tcn_view cut(struct tcn_view *rest, char at)
{
    const uint8_t *end = rest->len ? memchr(rest->data, at, rest->len) : NULL;
    struct tcn_view head = *rest;
    if (end == NULL) {
        *rest = tcn_view(rest->data, 0);
        return head;
    }
    head.len = (size_t)(end - rest->data);
    *rest = tcn_view(end + 1, rest->len - head.len - 1);
    return head;
}

static struct tag parse(struct tcn_view text)
{
    struct tcn_view rest = text;
    struct tag tag = {.text = text, .space = cut(&rest, ':')};
    tag.predicate = cut(&rest, '=');
    if (rest.len >= 2 && rest.data[0] == '"') {
        tag.value = tcn_view(rest.data + 1, rest.len - 2);
    } else {
        tag.value = rest;
    }
    return tag;
}

static bool take_marking(struct tcn_collect *c, const struct tag *tag)
{
    bool iep = tcn_word_begins(tag->space, "iep");
    if (!tcn_word_is(tag->space, "tlp") && !tcn_word_is(tag->space, "pap") &&
        !iep) {
        return false;
    }
    c->im->report->placed++;
    struct tcn_view word = tag->value.len > 0 ? tag->value : tag->predicate;
    if (tcn_word_is(tag->space, "pap")) {
        int pap =
            tcn_word_is(word, "white") ? TCN_PAP_CLEAR : tcn_pap_find(word);
        if (pap < 0) {
            tcn_import_notice(c->im,
                              "unknown marking, taken as PAP:RED: \"%s\"",
                              tcn_import_shown(c->im, tag->text));
        }
        tcn_collect_pap(c, pap >= 0 ? pap : TCN_PAP_RED);
        return true;
    }
    int tlp = iep ? -1 : tcn_tlp_find(word);
    if (tlp >= 0) {
        tcn_collect_tlp(c, tlp);
    } else {
        tcn_collect_unknown_marking(c, tag->text);
    }
    return true;
}

static bool take_category(struct tcn_collect *c, const struct tag *tag)
{
    if (tcn_word_is(tag->space, "rsit")) {
        const char *found = tcn_category_rsit(tag->predicate, tag->value);
        if (found != NULL) {
            c->category = tcn_view_str(found);
            c->category_rank = 100;
            return true;
        }
    }
    static const char *const spaces[] = {"rsit",
                                         "ecsirt",
                                         "circl",
                                         "enisa",
                                         "europol-event",
                                         "malware_classification",
                                         "ms-caro-malware",
                                         "ms-caro-malware-full"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        if (tcn_word_is(tag->space, spaces[i])) {
            return tcn_collect_category(c, tag->value);
        }
    }
    return false;
}

static const struct {
    const char *space;
    const char *predicate;
    const char *value;
    uint8_t confidence;
} confidences[] = {
    {"misp", "confidence-level", "completely-confident", 100},
    {"misp", "confidence-level", "usually-confident", 75},
    {"misp", "confidence-level", "fairly-confident", 50},
    {"misp", "confidence-level", "rarely-confident", 25},
    {"misp", "confidence-level", "unconfident", 0},
    {"admiralty-scale", "information-credibility", "1", 95},
    {"admiralty-scale", "information-credibility", "2", 75},
    {"admiralty-scale", "information-credibility", "3", 50},
    {"admiralty-scale", "information-credibility", "4", 25},
    {"admiralty-scale", "information-credibility", "5", 5},
};

static bool take_confidence(struct tcn_collect *c, const struct tag *tag)
{
    for (size_t i = 0; i < sizeof confidences / sizeof *confidences; i++) {
        if (tcn_word_is(tag->space, confidences[i].space) &&
            tcn_word_is(tag->predicate, confidences[i].predicate) &&
            tcn_word_is(tag->value, confidences[i].value)) {
            c->confidence = confidences[i].confidence;
            return true;
        }
    }
    return false;
}

bool tcn_misp_confidence_row(size_t index, char *tag, size_t cap,
                             unsigned *confidence)
{
    if (index >= sizeof confidences / sizeof *confidences) {
        return false;
    }
    (void)snprintf(tag, cap, "%s:%s=\"%s\"", confidences[index].space,
                   confidences[index].predicate, confidences[index].value);
    *confidence = confidences[index].confidence;
    return true;
}

/* "Screen Capture - T1113" -> "T1113"; the id of a sub-technique has a dot. */
static struct tcn_view technique_id(struct tcn_view text)
{
    for (size_t i = text.len; i-- > 0;) {
        if (text.data[i] != 'T' || (i > 0 && text.data[i - 1] != ' ')) {
            continue;
        }
        size_t digits = 0;
        for (size_t at = i + 1; at < text.len; at++) {
            bool fine = (text.data[at] >= '0' && text.data[at] <= '9') ||
                        text.data[at] == '.';
            digits = fine ? digits + 1 : 0;
        }
        if (digits >= 4 && digits == text.len - i - 1) {
            return tcn_view(text.data + i, text.len - i);
        }
    }
    return tcn_view("", 0);
}

static bool take_galaxy(struct tcn_collect *c, const struct tag *tag)
{
    static const char enterprise_set[] =
        "mitre-enterprise-attack-intrusion-set";
    static const char *const actors[] = {
        "threat-actor", "mitre-intrusion-set", enterprise_set,
        "microsoft-activity-group", "360net-threat-actor"};
    if (!tcn_word_is(tag->space, "misp-galaxy")) {
        return false;
    }
    for (size_t i = 0; i < sizeof actors / sizeof *actors; i++) {
        if (tcn_word_is(tag->predicate, actors[i])) {
            tcn_collect_actor(c, tag->value, c->confidence, "misp galaxy");
            return true;
        }
    }
    struct tcn_view id = technique_id(tag->value);
    if (tcn_word_is(tag->predicate, "ransomware")) {
        tcn_collect_category(c, tcn_view_str("ransomware"));
    }
    if (id.len > 0 && memmem(tag->predicate.data, tag->predicate.len,
                             "attack-pattern", strlen("attack-pattern"))) {
        tcn_collect_text(c, "technique", TCN_CLASS_COUNT, id);
    }
    return false; /* the words beside the id are kept as a tool */
}

/* Tags that our own export writes (misp_write.c). */
static bool take_own(struct tcn_collect *c, const struct tag *tag)
{
    if (!tcn_view_is(tag->space, "tocsin")) {
        return false;
    }
    if (tcn_view_is(tag->predicate, "onward")) {
        tcn_collect_limits(c, tag->value, tcn_view("", 0));
    } else if (tcn_view_is(tag->predicate, "exercise")) {
        tcn_collect_limits(c, tcn_view("", 0), tag->value);
    } else if (tcn_view_is(tag->predicate, "caveat")) {
        tcn_collect_caveat(c, tag->value);
    } else if (tcn_view_is(tag->predicate, "severity") ||
               tcn_view_is(tag->predicate, "confidence")) {
        return tcn_own_take(c, tag->predicate, tag->value);
    } else if (tcn_view_is(tag->predicate, "alert")) {
        tcn_collect_text(
            c, "reference", TCN_CLASS_COUNT,
            tcn_import_join(c->im, tcn_view_str("tocsin alert "), tag->value));
    } else {
        /* Of an attribute: taken with it. The origin is Orgc. */
        return tcn_view_is(tag->predicate, "field") ||
               tcn_view_is(tag->predicate, "origin") ||
               tcn_view_is(tag->predicate, "status");
    }
    return true;
}

static void take_tag(struct tcn_collect *c, struct tcn_view text)
{
    struct tag tag = parse(text);
    if (take_own(c, &tag) || take_marking(c, &tag) ||
        take_confidence(c, &tag) || take_galaxy(c, &tag)) {
        return;
    }
    /* A category is one word of ours for many of theirs: keep theirs too. */
    take_category(c, &tag);
    tcn_collect_tool(c, TCN_CLASS_COUNT, tcn_view_str("misp:tag"), text);
}

/* The clusters' names come as tags; their encyclopaedia text stays out. */
static void take_galaxies(struct tcn_collect *c, const struct tcn_node *node)
{
    struct tcn_node galaxies = tcn_json_array(c->im, node, "Galaxy");
    for (size_t i = 0; i < tcn_json_count(&galaxies); i++) {
        struct tcn_node galaxy = tcn_json_item(&galaxies, i);
        struct tcn_node clusters =
            tcn_json_array(c->im, &galaxy, "GalaxyCluster");
        for (size_t k = 0; k < tcn_json_count(&clusters); k++) {
            struct tcn_node cluster = tcn_json_item(&clusters, k);
            struct tcn_view name = tcn_json_text(c->im, &cluster, "tag_name");
            if (name.len > 0) {
                take_tag(c, name);
            }
        }
    }
}

void tcn_misp_tags(struct tcn_collect *c, const struct tcn_node *node)
{
    struct tcn_node tags = tcn_json_array(c->im, node, "Tag");
    for (size_t i = 0; i < tcn_json_count(&tags); i++) {
        struct tcn_node tag = tcn_json_item(&tags, i);
        struct tcn_view name = tcn_json_text(c->im, &tag, "name");
        if (name.len == 0) {
            tcn_json_fail(c->im, &tag, NULL, TCN_ERR_FORMAT,
                          "a tag needs a name");
            return;
        }
        take_tag(c, name);
    }
    take_galaxies(c, node);
}
