/* Which elements stand where, so that what has no place is noticed. */
#include "formats/cap.h"

static const struct {
    const char *owner;
    const char *const *inner; /* ended by NULL */
} rows[] = {
    {"alert", (const char *const[]){"identifier", "sender", "sent", "status",
                                    "msgType", "password", "source", "scope",
                                    "restriction", "addresses", "code", "note",
                                    "references", "incidents", "info", NULL}},
    {"info",
     (const char *const[]){
         "language",   "category",  "event",       "responseType",
         "urgency",    "severity",  "certainty",   "audience",
         "eventCode",  "effective", "onset",       "expires",
         "senderName", "headline",  "description", "instruction",
         "web",        "contact",   "parameter",   "resource",
         "area",       NULL}},
    {"resource", (const char *const[]){"resourceDesc", "mimeType", "size",
                                       "uri", "derefUri", "digest", NULL}},
    {"area", (const char *const[]){"areaDesc", "polygon", "circle", "geocode",
                                   "altitude", "ceiling", NULL}},
    {"parameter", (const char *const[]){"valueName", "value", NULL}},
    {"eventCode", (const char *const[]){"valueName", "value", NULL}},
    {"geocode", (const char *const[]){"valueName", "value", NULL}},
};

static const char *const *inner_of(const xmlNode *node)
{
    static const char *const none[] = {NULL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (tcn_xml_is(node, rows[i].owner)) {
            return rows[i].inner;
        }
    }
    return none; /* the others hold text */
}

static bool belongs(const xmlNode *node, const char *const *names)
{
    if (node->ns == NULL || node->ns != node->parent->ns) {
        return false;
    }
    while (*names != NULL && !tcn_xml_is(node, *names)) {
        names++;
    }
    return *names != NULL;
}

static void leave_out(struct tcn_import *im, const xmlNode *node)
{
    const char *name =
        tcn_import_word(im, tcn_view_str((const char *)node->name));
    tcn_import_leave(im, 1, "<%s>, not of CAP", name);
    tcn_import_notice(im, "left out, not of CAP: <%s>%s", name,
                      tcn_xml_is(node, "Signature")
                          ? " (an XML signature is not checked)"
                          : "");
}

void tcn_cap_strangers(struct tcn_import *im, const xmlNode *node)
{
    const char *const *names = inner_of(node);
    for (const xmlNode *at = node->children; at != NULL; at = at->next) {
        if (at->type != XML_ELEMENT_NODE) {
            continue;
        }
        if (belongs(at, names)) {
            tcn_cap_strangers(im, at); /* no deeper than XML may be nested */
        } else {
            leave_out(im, at);
        }
    }
}
