/* An info block: what happens, how bad, what to do, where. */
#include "formats/cap.h"
#include "formats/words.h"

static void need(struct tcn_import *im, const xmlNode *info, const char *name)
{
    const xmlNode *node = tcn_xml_child(info, name);
    if (node == NULL) {
        tcn_xml_fail(im, info, TCN_ERR_FORMAT,
                     "an info block needs category, event, urgency, severity "
                     "and certainty");
    } else if (tcn_xml_text(im, node).len == 0) {
        tcn_import_notice(im, "<%s> is empty", name);
    }
}

static void check(struct tcn_import *im, const xmlNode *info)
{
    static const char *const names[] = {"category", "event", "urgency",
                                        "severity", "certainty"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        need(im, info, names[i]);
    }
}

/* The worst of all blocks counts. */
static void place_words(struct tcn_collect *c, const xmlNode *info)
{
    struct tcn_import *im = c->im;
    struct tcn_view severity = tcn_xml_child_text(im, info, "severity");
    struct tcn_view certainty = tcn_xml_child_text(im, info, "certainty");
    int grave = tcn_cap_word(TCN_CAP_SEVERITY, severity);
    int sure = tcn_cap_word(TCN_CAP_CERTAINTY, certainty);
    if (severity.len > 0 && grave < 0) {
        tcn_import_notice(im, "unknown severity, taken as medium: \"%s\"",
                          tcn_import_shown(im, severity));
    }
    grave = grave < 0 ? TCN_SEVERITY_MEDIUM : grave;
    bool worse = grave > c->severity && !c->severity_said;
    c->severity = worse ? (uint8_t)grave : c->severity;
    if (certainty.len > 0 && sure < 0) {
        tcn_import_notice(im, "unknown certainty: \"%s\"",
                          tcn_import_shown(im, certainty));
    }
    bool told = sure >= 0 && !c->confidence_said;
    c->confidence = told ? (uint8_t)sure : c->confidence;
}

/* Whether our own export says the texts of an element one by one as well. */
static bool is_said_apart(struct tcn_import *im, const xmlNode *info,
                          const char *field)
{
    const xmlNode *node = tcn_xml_child(info, "parameter");
    char name[48];
    (void)snprintf(name, sizeof name, "tocsin:%s", field);
    for (; node != NULL; node = tcn_xml_next(node)) {
        if (tcn_view_is(tcn_xml_child_text(im, node, "valueName"), name)) {
            return true;
        }
    }
    return false;
}

static void place_texts(struct tcn_collect *c, const xmlNode *info)
{
    static const struct {
        const char *element;
        const char *field;
    } rows[] = {{"headline", "description"},
                {"description", "description"},
                {"instruction", "recommendation"},
                {"web", "reference"},
                {"contact", "contact"},
                {"senderName", "source"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tcn_view text = tcn_xml_child_text(c->im, info, rows[i].element);
        bool title = tcn_view_equal(text, c->title);
        if (!title && !is_said_apart(c->im, info, rows[i].field)) {
            tcn_collect_text(c, rows[i].field, TCN_CLASS_COUNT, text);
        }
    }
}

/* Every element of that name below `owner` as a tool. */
static void keep_all(struct tcn_collect *c, const xmlNode *owner,
                     const char *name)
{
    const xmlNode *node = tcn_xml_child(owner, name);
    for (; node != NULL && !c->im->err; node = tcn_xml_next(node)) {
        struct tcn_view text = tcn_xml_text(c->im, node);
        if (text.len > 0) {
            tcn_collect_tool(c, TCN_CLASS_COUNT,
                             tcn_import_text(c->im, "cap:%s", name), text);
        }
    }
}

/* Words that have no field of their own. */
static void place_kept(struct tcn_collect *c, const xmlNode *info)
{
    static const char *const names[] = {"language",     "category",  "event",
                                        "responseType", "urgency",   "audience",
                                        "onset",        "effective", "expires"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        keep_all(c, info, names[i]);
    }
}

/* <valueName>, <value> */
static void place_pairs(struct tcn_collect *c, const xmlNode *owner,
                        const char *element)
{
    struct tcn_import *im = c->im;
    const xmlNode *node = tcn_xml_child(owner, element);
    for (; node != NULL && !im->err; node = tcn_xml_next(node)) {
        const xmlNode *key = tcn_xml_child(node, "valueName");
        struct tcn_view name = tcn_xml_text(im, key);
        struct tcn_view value = tcn_xml_child_text(im, node, "value");
        /* Blanks count in what we wrote ourselves. */
        bool own = tcn_word_begins(name, "tocsin:");
        struct tcn_view whole =
            tcn_xml_whole_text(im, tcn_xml_child(node, "value"));
        if (value.len == 0 ||
            tcn_cap_own_parameter(c, own ? tcn_xml_whole_text(im, key) : name,
                                  whole)) {
            continue;
        }
        struct tcn_view label = tcn_import_text(im, "cap:%s ", element);
        tcn_collect_tool(c, TCN_CLASS_COUNT, tcn_import_join(im, label, name),
                         value);
    }
}

static void place_resources(struct tcn_collect *c, const xmlNode *info)
{
    static const char *const names[] = {"resourceDesc", "mimeType", "size",
                                        "digest"};
    struct tcn_import *im = c->im;
    const xmlNode *node = tcn_xml_child(info, "resource");
    for (; node != NULL && !im->err; node = tcn_xml_next(node)) {
        struct tcn_view content = tcn_xml_child_text(im, node, "derefUri");
        tcn_collect_text(c, "reference", TCN_CLASS_COUNT,
                         tcn_xml_child_text(im, node, "uri"));
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            keep_all(c, node, names[i]);
        }
        if (content.len > 0) {
            tcn_import_leave(im, 1, "attachment (derefUri)");
            tcn_import_notice(im, "attachment of %zu bytes (base64) left out",
                              content.len);
        }
    }
}

static void place_areas(struct tcn_collect *c, const xmlNode *info)
{
    static const char *const names[] = {"areaDesc", "polygon", "circle",
                                        "altitude", "ceiling"};
    struct tcn_import *im = c->im;
    const xmlNode *area = tcn_xml_child(info, "area");
    for (; area != NULL && !im->err; area = tcn_xml_next(area)) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            keep_all(c, area, names[i]);
        }
        place_pairs(c, area, "geocode");
    }
}

void tcn_cap_info(struct tcn_collect *c, const xmlNode *info)
{
    check(c->im, info);
    if (c->im->err != TCN_ERR_OK) {
        return;
    }
    place_words(c, info);
    place_texts(c, info);
    place_kept(c, info);
    place_pairs(c, info, "parameter");
    place_pairs(c, info, "eventCode");
    place_resources(c, info);
    place_areas(c, info);
}
