#include "formats/idea.h"

#include <stdlib.h>

#include "base/time.h"
#include "formats/source.h"
#include "formats/words.h"

#define TITLE_WORDS 5 /* categories in a title */

static const char *const known[] = {
    "AltNames",   "Attach",      "Category",   "Confidence",
    "CreateTime", "Description", "DetectTime", "Format",
    "ID",         "Node",        "Note",       "PredID",
    "Ref",        "Source",      "Target",     NULL,
};

/* Keys are case-sensitive, and yet no two of them may differ by case only. */
static bool has_twins(const json_t *event)
{
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)event, key, value)
    {
        const char *other;
        const json_t *unused;
        json_object_foreach((json_t *)event, other, unused)
        {
            if (strcmp(key, other) != 0 &&
                tcn_word_is(tcn_view_str(key), other)) {
                return true;
            }
        }
    }
    return false;
}

static void check_event(struct tcn_import *im, const struct tcn_node *event)
{
    if (!json_is_object(event->json)) {
        tcn_json_fail(im, event, NULL, TCN_ERR_FORMAT,
                      "this must be an object");
        return;
    }
    if (!tcn_view_is(tcn_json_text(im, event, "Format"), "IDEA0")) {
        tcn_json_fail(im, event, "Format", TCN_ERR_FORMAT,
                      "only IDEA0 is read");
    }
    static const char *const needed[] = {"ID", "DetectTime", "Category"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (tcn_json_member(event, needed[i]).json == NULL) {
            tcn_json_fail(im, event, NULL, TCN_ERR_FORMAT,
                          "an event needs ID, DetectTime and Category");
        }
    }
    if (json_object_size(event->json) < 200 && has_twins(event->json)) {
        tcn_json_fail(im, event, NULL, TCN_ERR_FORMAT,
                      "two keys differ by case only");
    }
}

static void place_categories(struct tcn_collect *c,
                             const struct tcn_node *event)
{
    struct tcn_node list = tcn_json_array(c->im, event, "Category");
    for (size_t i = 0; i < tcn_json_count(&list); i++) {
        struct tcn_node item = tcn_json_item(&list, i);
        struct tcn_view word = tcn_json_self_text(c->im, &item);
        unsigned rank;
        const char *category = tcn_idea_category(word, &rank);
        if (rank > c->category_rank) {
            c->category = tcn_view_str(category);
            c->category_rank = rank;
        }
        if (tcn_word_is(word, "Test")) {
            c->severity = TCN_SEVERITY_INFO;
        }
        tcn_collect_tool(c, TCN_CLASS_TECH, tcn_view_str("idea:category"),
                         word);
    }
}

/* 0 to 1 becomes 0 to 100. */
static void place_confidence(struct tcn_collect *c,
                             const struct tcn_node *event)
{
    struct tcn_node member = tcn_json_member(event, "Confidence");
    if (member.json == NULL) {
        return;
    }
    double value = json_number_value(member.json);
    if (!json_is_number(member.json) || value < 0 || value > 1) {
        tcn_json_fail(c->im, event, "Confidence", TCN_ERR_FORMAT,
                      "this must be a number from 0 to 1");
        return;
    }
    c->confidence = (uint8_t)(value * 100 + 0.5);
}

/* The categories: the event's own description may name who was attacked, and a
 * title is never withheld. */
static void place_title(struct tcn_collect *c, const struct tcn_node *event)
{
    struct tcn_view title = tcn_view("", 0);
    struct tcn_node list = tcn_json_array(c->im, event, "Category");
    for (size_t i = 0; i < tcn_json_count(&list) && i < TITLE_WORDS; i++) {
        struct tcn_node item = tcn_json_item(&list, i);
        title = tcn_import_join(c->im, title, tcn_view_str(i > 0 ? ", " : ""));
        title = tcn_import_join(c->im, title, tcn_json_self_text(c->im, &item));
    }
    tcn_collect_title(c, title.len > 0 ? title : tcn_view_str("IDEA event"));
}

static void place_words(struct tcn_collect *c, const struct tcn_node *event)
{
    static const char *const keys[] = {"Description", "Note"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct tcn_view text = tcn_json_text(c->im, event, keys[i]);
        bool names = tcn_idea_names_target(c->im, event, text);
        tcn_collect_text(c, "description",
                         names ? TCN_CLASS_VICTIM : TCN_CLASS_COUNT, text);
    }
}

/* "cve:CVE-2024-1", a URL, or another catalogue's entry. */
static void place_refs(struct tcn_collect *c, const struct tcn_node *event)
{
    struct tcn_node list = tcn_json_array(c->im, event, "Ref");
    for (size_t i = 0; i < tcn_json_count(&list); i++) {
        struct tcn_node item = tcn_json_item(&list, i);
        struct tcn_view ref = tcn_json_self_text(c->im, &item);
        if (tcn_word_begins(ref, "cve:")) {
            tcn_collect_indicator(c, TCN_CLASS_COUNT, "cve",
                                  tcn_view(ref.data + 4, ref.len - 4), true);
        } else {
            tcn_collect_text(c, "reference", TCN_CLASS_COUNT, ref);
        }
    }
}

/* "sha1:0c4a..." */
static void place_hash(struct tcn_collect *c, struct tcn_view hash)
{
    static const char *const types[] = {"sha256", "sha1", "md5"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t len = strlen(types[i]);
        if (tcn_word_begins(hash, types[i]) && hash.len > len &&
            hash.data[len] == ':') {
            tcn_collect_indicator(
                c, TCN_CLASS_COUNT, types[i],
                tcn_view(hash.data + len + 1, hash.len - len - 1), true);
            return;
        }
    }
    tcn_collect_tool(c, TCN_CLASS_TECH, tcn_view_str("idea:hash"), hash);
}

static void place_attachment(struct tcn_collect *c, const struct tcn_node *node)
{
    struct tcn_import *im = c->im;
    struct tcn_node hashes = tcn_json_array(im, node, "Hash");
    for (size_t i = 0; i < tcn_json_count(&hashes); i++) {
        struct tcn_node item = tcn_json_item(&hashes, i);
        place_hash(c, tcn_json_self_text(im, &item));
    }
    struct tcn_node names = tcn_json_array(im, node, "FileName");
    for (size_t i = 0; i < tcn_json_count(&names); i++) {
        struct tcn_node item = tcn_json_item(&names, i);
        tcn_collect_indicator(c, TCN_CLASS_COUNT, "file-name",
                              tcn_json_self_text(im, &item), false);
    }
    struct tcn_view content = tcn_json_any_text(im, node, "Content");
    if (content.len > 0) {
        tcn_import_leave(im, 1, "attachment (Content)");
        tcn_import_notice(im, "attachment of %zu bytes left out", content.len);
    }
    static const char *const placed[] = {"Content", "ContentEncoding",
                                         "FileName", "Hash", NULL};
    tcn_collect_leftover(c, TCN_CLASS_TECH, tcn_view_str("idea:attachment"),
                         node->json, placed);
}

static void place_nodes(struct tcn_collect *c, const struct tcn_node *event)
{
    struct tcn_node list = tcn_json_array(c->im, event, "Node");
    for (size_t i = 0; i < tcn_json_count(&list); i++) {
        struct tcn_node node = tcn_json_item(&list, i);
        tcn_collect_text(c, "source", TCN_CLASS_COUNT,
                         tcn_json_text(c->im, &node, "Name"));
        static const char *const placed[] = {"Name", NULL};
        tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("idea:node"),
                             node.json, placed);
    }
    list = tcn_json_array(c->im, event, "Attach");
    for (size_t i = 0; i < tcn_json_count(&list); i++) {
        struct tcn_node node = tcn_json_item(&list, i);
        place_attachment(c, &node);
    }
}

static void place_dates(struct tcn_collect *c, const struct tcn_node *event,
                        struct tcn_view id)
{
    struct tcn_import *im = c->im;
    struct tcn_view detect = tcn_json_text(im, event, "DetectTime");
    struct tcn_view create = tcn_json_text(im, event, "CreateTime");
    if (!tcn_time_parse(create.len > 0 ? create : detect, &c->changed_ms)) {
        c->changed_ms = 0;
    }
    tcn_collect_text(
        c, "reference", TCN_CLASS_COUNT,
        tcn_import_text(im, "idea %.*s, detected %.*s, created %.*s",
                        (int)id.len, (const char *)id.data, (int)detect.len,
                        detect.data ? (const char *)detect.data : "",
                        (int)create.len,
                        create.data ? (const char *)create.data : ""));
}

static void gather(struct tcn_collect *c, const struct tcn_node *event,
                   struct tcn_view id)
{
    struct tcn_import *im = c->im;
    static const char *const lists[] = {"AltNames", "PredID"};
    place_title(c, event);
    place_categories(c, event);
    place_confidence(c, event);
    place_dates(c, event, id);
    place_nodes(c, event);
    place_refs(c, event);
    tcn_idea_parties(c, event);
    place_words(c, event);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct tcn_node list = tcn_json_array(im, event, lists[i]);
        if (tcn_json_count(&list) > 0) {
            tcn_collect_tool(c, TCN_CLASS_COUNT,
                             tcn_import_text(im, "idea:%s", lists[i]),
                             tcn_json_dump(im, list.json));
        }
    }
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("idea:more"),
                         event->json, known);
}

static struct tcn_view key_of(struct tcn_import *im, struct tcn_view id)
{
    return tcn_import_join(im, tcn_view_str("idea:"), id);
}

/* Of what an event makes obsolete, the first goes on in it and the others end.
 */
static void withdraw_rest(struct tcn_import *im, const struct tcn_node *event,
                          const struct tcn_collect *of, struct tcn_view id)
{
    struct tcn_node before = tcn_json_array(im, event, "PredID");
    for (size_t i = 1; i < tcn_json_count(&before) && !im->err; i++) {
        struct tcn_node item = tcn_json_item(&before, i);
        struct tcn_collect c;
        tcn_collect_init(&c, im, "idea event",
                         key_of(im, tcn_json_self_text(im, &item)));
        c.digest = of->digest;
        c.changed_ms = of->changed_ms;
        tcn_collect_title(&c, tcn_view_str("Replaced by a newer event"));
        tcn_collect_replaces(&c, key_of(im, id));
        c.withdrawn = true;
        tcn_collect_emit(&c);
        tcn_collect_fini(&c);
    }
}

static void place_earlier(struct tcn_collect *c, const struct tcn_node *event)
{
    struct tcn_node before = tcn_json_array(c->im, event, "PredID");
    for (size_t i = 0; i < tcn_json_count(&before); i++) {
        struct tcn_node item = tcn_json_item(&before, i);
        tcn_collect_replaces(c,
                             key_of(c->im, tcn_json_self_text(c->im, &item)));
    }
}

static void take_event(struct tcn_import *im, const struct tcn_node *event)
{
    check_event(im, event);
    struct tcn_view id = tcn_json_text(im, event, "ID");
    if (im->err != TCN_ERR_OK) {
        return;
    }
    struct tcn_collect c;
    tcn_collect_init(&c, im, "idea event", key_of(im, id));
    place_earlier(&c, event);
    c.digest = tcn_source_digest(im, event->json);
    gather(&c, event, id);
    tcn_collect_emit(&c);
    withdraw_rest(im, event, &c, id);
    tcn_collect_fini(&c);
}

void tcn_idea_import(struct tcn_import *im, const struct tcn_node *root)
{
    if (!json_is_array(root->json)) {
        take_event(im, root);
        return;
    }
    for (size_t i = 0; i < tcn_json_count(root) && !im->err; i++) {
        struct tcn_node event = tcn_json_item(root, i);
        take_event(im, &event);
    }
}
