#include "formats/cap_xml.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "base/text.h"
#include "formats/json_scan.h"

/* ---- the look before: what the parser must never meet ---- */

struct scan {
    struct tcn_import *im;
    struct tcn_view bytes;
    size_t at;
    unsigned depth;
    unsigned elements;
};

static void place(const struct scan *s)
{
    if (s->im->err == TCN_ERR_OK) {
        tcn_json_place(s->im->report, s->bytes, s->at);
    }
}

static void refuse_text(const struct scan *s)
{
    place(s);
    tcn_import_fail(s->im, TCN_ERR_SIZE, "a text has more than %u bytes",
                    TCN_IMPORT_STRING_MAX);
}

static bool begins(const struct scan *s, const char *word)
{
    size_t len = strlen(word);
    return s->bytes.len - s->at >= len &&
           memcmp(s->bytes.data + s->at, word, len) == 0;
}

/* Passes over everything up to and with `end`. */
static void pass_to(struct scan *s, const char *end)
{
    size_t left = s->bytes.len - s->at;
    const uint8_t *found =
        memmem(s->bytes.data + s->at, left, end, strlen(end));
    s->at = found == NULL ? s->bytes.len
                          : (size_t)(found - s->bytes.data) + strlen(end);
}

/* Passes over a tag; a '>' inside quotes does not end it. */
static void pass_tag(struct scan *s)
{
    size_t start = s->at;
    uint8_t quote = 0;
    bool closes = begins(s, "</");
    while (s->at < s->bytes.len) {
        uint8_t c = s->bytes.data[s->at++];
        if (quote == 0 && c == '>') {
            break;
        }
        if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        }
    }
    bool alone = s->at - start > 2 && s->bytes.data[s->at - 2] == '/';
    if (s->at - start > TCN_IMPORT_TAG_MAX) {
        place(s);
        tcn_import_fail(s->im, TCN_ERR_SIZE, "a tag has more than %u bytes",
                        TCN_IMPORT_TAG_MAX);
    }
    s->elements += !closes;
    s->depth += !closes && !alone;
    s->depth -= closes && s->depth > 0;
    if (s->depth > TCN_IMPORT_DEPTH_MAX) {
        place(s);
        tcn_import_fail(s->im, TCN_ERR_DEPTH, "nested deeper than %u levels",
                        TCN_IMPORT_DEPTH_MAX);
    }
    if (s->elements > TCN_IMPORT_ELEMENTS_MAX) {
        place(s);
        tcn_import_fail(s->im, TCN_ERR_SIZE, "more than %u elements",
                        TCN_IMPORT_ELEMENTS_MAX);
    }
}

static void pass_text(struct scan *s)
{
    size_t left = s->bytes.len - s->at;
    const uint8_t *end = memchr(s->bytes.data + s->at, '<', left);
    size_t len = end ? (size_t)(end - s->bytes.data) - s->at : left;
    if (len > TCN_IMPORT_STRING_MAX) {
        refuse_text(s);
    }
    s->at += len;
}

static void pass_one(struct scan *s)
{
    size_t start = s->at;
    if (begins(s, "<!--")) {
        pass_to(s, "-->");
    } else if (begins(s, "<![CDATA[")) {
        pass_to(s, "]]>");
    } else if (begins(s, "<?")) {
        pass_to(s, "?>");
    } else if (begins(s, "<!")) {
        place(s);
        tcn_import_fail(s->im, TCN_ERR_SYNTAX,
                        "a document type and entities are not read");
        s->at = s->bytes.len;
    } else if (begins(s, "<")) {
        pass_tag(s);
    } else {
        pass_text(s);
    }
    if (s->at - start > TCN_IMPORT_STRING_MAX) {
        refuse_text(s);
    }
}

static void scan(struct tcn_import *im, struct tcn_view bytes)
{
    struct scan s = {.im = im, .bytes = bytes};
    if (bytes.len > TCN_IMPORT_XML_MAX) {
        tcn_import_fail(im, TCN_ERR_SIZE,
                        "the document has %zu bytes, more than %u", bytes.len,
                        TCN_IMPORT_XML_MAX);
        return;
    }
    size_t bad = tcn_json_bad_utf8(bytes);
    const uint8_t *nul =
        bytes.len > 0 ? memchr(bytes.data, '\0', bytes.len) : NULL;
    if (bad < bytes.len) {
        s.at = bad;
        place(&s);
        tcn_import_fail(im, TCN_ERR_UTF8, "the text is not valid UTF-8");
    } else if (nul != NULL) {
        s.at = (size_t)(nul - bytes.data);
        place(&s);
        tcn_import_fail(im, TCN_ERR_SYNTAX, "there is a NUL byte");
    }
    while (s.at < bytes.len && im->err == TCN_ERR_OK) {
        pass_one(&s);
    }
}

/* ---- parsing ---- */

static void fail_at(struct tcn_import *im, const xmlError *error)
{
    struct tcn_import_report *report = im->report;
    struct tcn_view text = tcn_view_str(
        error != NULL && error->message != NULL ? error->message : "broken");
    while (text.len > 0 && text.data[text.len - 1] == '\n') {
        text.len--;
    }
    report->line = error != NULL && error->line > 0 ? (unsigned)error->line : 0;
    report->column =
        error != NULL && error->int2 > 0 ? (unsigned)error->int2 : 0;
    tcn_import_fail(im, TCN_ERR_SYNTAX, "this is not well-formed XML: %s",
                    tcn_import_shown(im, text));
}

xmlDoc *tcn_xml_load(struct tcn_import *im, struct tcn_view bytes)
{
    scan(im, bytes);
    if (im->err != TCN_ERR_OK) {
        return NULL;
    }
    xmlParserCtxt *parser = xmlNewParserCtxt();
    if (parser == NULL) {
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
        return NULL;
    }
    /* The encoding is given: what the document says of it cannot hide a tag
     * from the look before. */
    xmlDoc *doc = xmlCtxtReadMemory(
        parser, (const char *)bytes.data, (int)bytes.len, NULL, "UTF-8",
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
            XML_PARSE_NOCDATA | XML_PARSE_COMPACT | XML_PARSE_BIG_LINES);
    if (doc == NULL) {
        fail_at(im, xmlCtxtGetLastError(parser));
    }
    xmlFreeParserCtxt(parser);
    return doc;
}

/* ---- looking ---- */

bool tcn_xml_is(const xmlNode *node, const char *name)
{
    return node != NULL && node->type == XML_ELEMENT_NODE &&
           strcmp((const char *)node->name, name) == 0;
}

static void put_path(struct tcn_buf *out, const xmlNode *node)
{
    if (node == NULL || node->type != XML_ELEMENT_NODE) {
        return;
    }
    unsigned same = 0;
    put_path(out, node->parent);
    for (const xmlNode *at = node->prev; at != NULL; at = at->prev) {
        same += tcn_xml_is(at, (const char *)node->name);
    }
    tcn_buf_put_str(out, out->len > 0 ? "." : "");
    tcn_text_escape(out, tcn_view_str((const char *)node->name));
    if (same > 0) {
        tcn_buf_printf(out, "[%u]", same);
    }
}

void tcn_xml_fail(struct tcn_import *im, const xmlNode *node, enum tcn_err err,
                  const char *sentence)
{
    if (im->err != TCN_ERR_OK) {
        return;
    }
    struct tcn_import_report *report = im->report;
    struct tcn_buf out = tcn_buf(report->path, sizeof report->path);
    put_path(&out, node);
    (void)tcn_buf_text(&out);
    long line = xmlGetLineNo((xmlNode *)node);
    report->line = line > 0 ? (unsigned)line : 0;
    report->column = line > 0 ? 1 : 0;
    out = tcn_buf(report->offending, sizeof report->offending);
    if (node->children == NULL || node->children->next == NULL) {
        tcn_buf_put_str(&out, tcn_import_shown(im, tcn_xml_text(im, node)));
    }
    (void)tcn_buf_text(&out);
    tcn_import_fail(im, err, "%s", sentence);
}

static const xmlNode *find_from(const xmlNode *node, const char *name)
{
    while (node != NULL && !tcn_xml_is(node, name)) {
        node = node->next;
    }
    return node;
}

const xmlNode *tcn_xml_child(const xmlNode *node, const char *name)
{
    return node == NULL ? NULL : find_from(node->children, name);
}

const xmlNode *tcn_xml_next(const xmlNode *node)
{
    return find_from(node->next, (const char *)node->name);
}

/* Appends the texts right below the node (comments may stand between). */
static void put_texts(struct tcn_buf *out, const xmlNode *node)
{
    for (const xmlNode *at = node->children; at != NULL; at = at->next) {
        bool is_text =
            at->type == XML_TEXT_NODE || at->type == XML_CDATA_SECTION_NODE;
        if (is_text && at->content != NULL) {
            tcn_buf_put_str(out, (const char *)at->content);
        }
    }
}

struct tcn_view tcn_xml_whole_text(struct tcn_import *im, const xmlNode *node)
{
    size_t len = 0;
    const xmlNode *at = node == NULL ? NULL : node->children;
    for (; at != NULL; at = at->next) {
        len += at->content != NULL ? strlen((const char *)at->content) : 0;
    }
    uint8_t *room = len > 0 ? tcn_import_take(im, len) : NULL;
    if (room == NULL) {
        return tcn_view("", 0);
    }
    struct tcn_buf out = tcn_buf(room, len);
    put_texts(&out, node);
    return tcn_buf_view(&out);
}

struct tcn_view tcn_xml_text(struct tcn_import *im, const xmlNode *node)
{
    struct tcn_view text = tcn_xml_whole_text(im, node);
    while (text.len > 0 && text.data[0] <= ' ') {
        text = tcn_view(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && text.data[text.len - 1] <= ' ') {
        text.len--;
    }
    return text;
}

struct tcn_view tcn_xml_child_text(struct tcn_import *im, const xmlNode *node,
                                   const char *name)
{
    return tcn_xml_text(im, tcn_xml_child(node, name));
}
