/* The document around the vulnerabilities: who says it, when, to whom. */
#include "formats/csaf.h"

#include "base/time.h"
#include "formats/source.h"
#include "formats/words.h"

static const char *const known[] = {
    "acknowledgments",
    "aggregate_severity",
    "category",
    "csaf_version",
    "distribution",
    "lang",
    "notes",
    "publisher",
    "references",
    "source_lang",
    "title",
    "tracking",
    NULL,
};

static void place_label(struct tcn_collect *c, const struct tcn_node *document)
{
    struct tcn_import *im = c->im;
    struct tcn_node distribution =
        tcn_json_object(im, document, "distribution");
    struct tcn_node tlp = tcn_json_object(im, &distribution, "tlp");
    struct tcn_view label = tcn_json_text(im, &tlp, "label");
    if (label.len > 0 && tcn_tlp_find(label) >= 0) {
        tcn_collect_tlp(c, tcn_tlp_find(label));
    } else if (label.len > 0) {
        tcn_collect_unknown_marking(c, label);
    }
    static const char *const labels[] = {"tlp", NULL};
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("csaf:distribution"),
                         distribution.json, labels);
}

static void place_publisher(struct tcn_collect *c,
                            const struct tcn_node *document)
{
    struct tcn_import *im = c->im;
    struct tcn_node publisher = tcn_json_object(im, document, "publisher");
    struct tcn_view name = tcn_json_text(im, &publisher, "name");
    struct tcn_view space = tcn_json_text(im, &publisher, "namespace");
    struct tcn_view line = name;
    if (space.len > 0) {
        line = tcn_import_text(im, "%.*s (%.*s)", (int)name.len,
                               name.data ? (const char *)name.data : "",
                               (int)space.len, (const char *)space.data);
    }
    tcn_collect_text(c, "source", TCN_CLASS_COUNT, line);
    tcn_collect_text(c, "contact", TCN_CLASS_COUNT,
                     tcn_json_text(im, &publisher, "contact_details"));
    static const char *const placed[] = {"category", "contact_details", "name",
                                         "namespace", NULL};
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("csaf:publisher"),
                         publisher.json, placed);
}

/* Words of the vendors' own scales. */
static void place_severity(struct tcn_collect *c,
                           const struct tcn_node *document)
{
    static const struct {
        const char *word;
        uint8_t severity;
    } rows[] = {
        {"critical", TCN_SEVERITY_CRITICAL}, {"important", TCN_SEVERITY_HIGH},
        {"high", TCN_SEVERITY_HIGH},         {"moderate", TCN_SEVERITY_MEDIUM},
        {"medium", TCN_SEVERITY_MEDIUM},     {"low", TCN_SEVERITY_LOW},
        {"none", TCN_SEVERITY_INFO}};
    struct tcn_node node =
        tcn_json_object(c->im, document, "aggregate_severity");
    struct tcn_view word = tcn_json_text(c->im, &node, "text");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (tcn_word_is(word, rows[i].word)) {
            c->severity = rows[i].severity;
        }
    }
    if (word.len > 0) {
        tcn_collect_tool(c, TCN_CLASS_COUNT,
                         tcn_view_str("csaf:aggregate-severity"), word);
    }
}

void tcn_csaf_references(struct tcn_collect *c, const struct tcn_node *of)
{
    struct tcn_import *im = c->im;
    struct tcn_node refs = tcn_json_array(im, of, "references");
    for (size_t i = 0; i < tcn_json_count(&refs); i++) {
        struct tcn_node ref = tcn_json_item(&refs, i);
        tcn_collect_text(c, "reference", TCN_CLASS_COUNT,
                         tcn_json_text(im, &ref, "url"));
        static const char *const url[] = {"url", NULL};
        tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("csaf:reference"),
                             ref.json, url);
    }
}

static void place_notes(struct tcn_collect *c, const struct tcn_node *document)
{
    struct tcn_import *im = c->im;
    struct tcn_node notes = tcn_json_array(im, document, "notes");
    for (size_t i = 0; i < tcn_json_count(&notes); i++) {
        struct tcn_node note = tcn_json_item(&notes, i);
        tcn_collect_text(c, "description", TCN_CLASS_COUNT,
                         tcn_json_text(im, &note, "text"));
        static const char *const text[] = {"text", NULL};
        tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("csaf:note"),
                             note.json, text);
    }
    tcn_csaf_references(c, document);
    struct tcn_node thanks = tcn_json_array(im, document, "acknowledgments");
    if (tcn_json_count(&thanks) > 0) {
        tcn_collect_tool(c, TCN_CLASS_PERSONAL,
                         tcn_view_str("csaf:acknowledgments"),
                         tcn_json_dump(im, thanks.json));
    }
}

static void place_tracking(struct tcn_collect *c, const struct tcn_node *track)
{
    struct tcn_import *im = c->im;
    struct tcn_view id = tcn_json_text(im, track, "id");
    struct tcn_view status = tcn_json_text(im, track, "status");
    struct tcn_view version = tcn_json_text(im, track, "version");
    struct tcn_view date = tcn_json_text(im, track, "current_release_date");
    if (!tcn_time_parse(date, &c->changed_ms)) {
        c->changed_ms = 0;
    }
    tcn_collect_text(
        c, "reference", TCN_CLASS_COUNT,
        tcn_import_text(im, "csaf %.*s, version %.*s, released %.*s",
                        (int)id.len, (const char *)id.data, (int)version.len,
                        version.data ? (const char *)version.data : "",
                        (int)date.len,
                        date.data ? (const char *)date.data : ""));
    if (tcn_view_is(status, "draft") || tcn_view_is(status, "interim")) {
        tcn_import_notice(im, "the document is %s at its source",
                          tcn_import_shown(im, status));
    }
    static const char *const placed[] = {
        "current_release_date", "generator", "id",      "initial_release_date",
        "revision_history",     "status",    "version", NULL};
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("csaf:tracking"),
                         track->json, placed);
}

static void place_vulnerabilities(struct tcn_collect *c,
                                  const struct tcn_node *root)
{
    struct tcn_import *im = c->im;
    struct tcn_csaf_products products;
    struct tcn_node list = tcn_json_array(im, root, "vulnerabilities");
    size_t count = tcn_json_count(&list);
    bool affected = count == 0;
    tcn_csaf_products_init(&products, im, root);
    for (size_t i = 0; i < count && im->err == TCN_ERR_OK; i++) {
        struct tcn_node item = tcn_json_item(&list, i);
        affected |= tcn_csaf_vulnerability(c, &item, &products);
    }
    tcn_csaf_products_fini(&products);
    if (!affected) {
        c->severity = TCN_SEVERITY_INFO; /* a VEX that gives the all-clear */
    }
}

static void gather(struct tcn_collect *c, const struct tcn_node *root,
                   const struct tcn_node *document)
{
    struct tcn_import *im = c->im;
    struct tcn_node track = tcn_json_object(im, document, "tracking");
    c->category = tcn_view_str("vulnerable/vulnerable-system");
    c->confidence = 90;
    tcn_collect_title(c, tcn_json_text(im, document, "title"));
    place_publisher(c, document);
    place_label(c, document);
    place_severity(c, document);
    place_tracking(c, &track);
    place_notes(c, document);
    place_vulnerabilities(c, root);
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("csaf:document"),
                         document->json, known);
    static const char *const parts[] = {"$schema", "document", "product_tree",
                                        "vulnerabilities", NULL};
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("csaf:more"),
                         root->json, parts);
}

/* An id is unique only within its publisher's namespace. */
static struct tcn_view key_of(struct tcn_import *im,
                              const struct tcn_node *document,
                              struct tcn_view id)
{
    struct tcn_node publisher = tcn_json_object(im, document, "publisher");
    struct tcn_view space = tcn_json_text(im, &publisher, "namespace");
    struct tcn_view key = tcn_import_join(im, tcn_view_str("csaf:"), space);
    key = tcn_import_join(im, key, tcn_view_str(" "));
    return tcn_import_join(im, key, id);
}

void tcn_csaf_import(struct tcn_import *im, const struct tcn_node *root)
{
    struct tcn_node document = tcn_json_object(im, root, "document");
    struct tcn_node track = tcn_json_object(im, &document, "tracking");
    struct tcn_view version = tcn_json_text(im, &document, "csaf_version");
    struct tcn_view id = tcn_json_text(im, &track, "id");
    struct tcn_view title = tcn_json_text(im, &document, "title");
    if (!tcn_view_is(version, "2.0") && !tcn_view_is(version, "2.1")) {
        tcn_json_fail(im, &document, "csaf_version", TCN_ERR_FORMAT,
                      "only CSAF 2.0 and 2.1 are read");
    }
    if (id.len == 0 || title.len == 0) {
        tcn_json_fail(im, &document, NULL, TCN_ERR_FORMAT,
                      "a CSAF document needs a title and a tracking id");
    }
    if (im->err != TCN_ERR_OK) {
        return;
    }
    struct tcn_collect c;
    struct tcn_view kind = tcn_json_text(im, &document, "category");
    tcn_collect_init(&c, im, "csaf document", key_of(im, &document, id));
    c.digest = tcn_source_digest(im, root->json);
    c.withdrawn = tcn_view_is(kind, "csaf_withdrawn") ||
                  tcn_view_is(kind, "csaf_superseded");
    gather(&c, root, &document);
    tcn_collect_emit(&c);
    tcn_collect_fini(&c);
}
