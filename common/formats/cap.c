/* The message: who, when, to whom, and which earlier messages it replaces. */
#include "formats/cap.h"

#include "base/text.h"
#include "base/time.h"

#define REFERENCES_MAX 256

static const char namespace[] = "urn:oasis:names:tc:emergency:cap:";

struct message {
    struct tcn_import *im;
    const xmlNode *root;
    struct tcn_view id;
    struct tcn_view sender;
    struct tcn_view sent;
    struct tcn_view status;
    struct tcn_view type;
    struct tcn_view scope;
    uint64_t sent_ms;
    struct tcn_id digest;
    bool names_others; /* messages of other senders */
};

/* What a message names: "sender,identifier,sent". */
struct reference {
    struct tcn_view key; /* "cap:<identifier> <sender>" */
    uint64_t sent_ms;
};

static struct tcn_view key_of(struct tcn_import *im, struct tcn_view id,
                              struct tcn_view sender)
{
    struct tcn_view key = tcn_import_join(im, tcn_view_str("cap:"), id);
    key = tcn_import_join(im, key, tcn_view_str(" "));
    return tcn_import_join(im, key, sender);
}

/* ---- checking ---- */

static struct tcn_view needed(struct message *m, const char *name)
{
    struct tcn_view text = tcn_xml_child_text(m->im, m->root, name);
    if (text.len == 0 && m->im->err == TCN_ERR_OK) {
        tcn_xml_fail(m->im, m->root, TCN_ERR_FORMAT,
                     "a CAP message needs identifier, sender, sent, status, "
                     "msgType and scope");
        m->im->report->offending[0] = '\0';
    }
    return text;
}

static void check_word(struct message *m, const char *name,
                       struct tcn_view word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (tcn_view_is(word, *words)) {
            return;
        }
    }
    if (m->im->err == TCN_ERR_OK) {
        tcn_xml_fail(m->im, tcn_xml_child(m->root, name), TCN_ERR_FORMAT,
                     "this is no word that CAP has in this place");
    }
}

static void read_message(struct message *m)
{
    static const char *const statuses[] = {"Actual", "Exercise", "System",
                                           "Test",   "Draft",    NULL};
    static const char *const types[] = {"Alert", "Update", "Cancel",
                                        "Ack",   "Error",  NULL};
    static const char *const scopes[] = {"Public", "Restricted", "Private",
                                         NULL};
    m->id = needed(m, "identifier");
    m->sender = needed(m, "sender");
    m->sent = needed(m, "sent");
    m->status = needed(m, "status");
    m->type = needed(m, "msgType");
    m->scope = needed(m, "scope");
    check_word(m, "status", m->status, statuses);
    check_word(m, "msgType", m->type, types);
    check_word(m, "scope", m->scope, scopes);
    if (m->im->err == TCN_ERR_OK && !tcn_time_parse(m->sent, &m->sent_ms)) {
        tcn_xml_fail(m->im, tcn_xml_child(m->root, "sent"), TCN_ERR_FORMAT,
                     "this must be a time such as 2026-07-01T08:00:00-00:00");
    }
}

/* ---- references ---- */

static struct tcn_view cut(struct tcn_view *rest, const char *ends)
{
    struct tcn_view head = *rest;
    size_t len = 0;
    while (len < rest->len && strchr(ends, rest->data[len]) == NULL) {
        len++;
    }
    head.len = len;
    len += len < rest->len;
    *rest = tcn_view(rest->data + len, rest->len - len);
    return head;
}

/* A message may name any other, but `sender` is "the originator of this alert":
 * what somebody else sent goes on, or ends, with a word of its own sender. */
static bool is_own(struct message *m, struct tcn_view sender,
                   struct tcn_view whole)
{
    if (tcn_view_equal(sender, m->sender)) {
        return true;
    }
    m->names_others = true;
    tcn_import_notice(m->im,
                      "sent by somebody else, so it stays as it is: "
                      "\"%s\"",
                      tcn_import_shown(m->im, whole));
    tcn_import_leave(m->im, 1, "reference to another sender's message");
    return false;
}

/* One item; false when it cannot be read, or is another sender's, and then it
 * is named. */
static bool read_reference(struct message *m, struct tcn_view item,
                           struct reference *found)
{
    struct tcn_view whole = item;
    struct tcn_view sender = cut(&item, ",");
    struct tcn_view id = cut(&item, ",");
    if (id.len == 0 || !tcn_time_parse(item, &found->sent_ms)) {
        tcn_import_notice(m->im, "not a reference to a message: \"%s\"",
                          tcn_import_shown(m->im, whole));
        return false;
    }
    if (!is_own(m, sender, whole)) {
        return false;
    }
    found->key = key_of(m->im, id, sender);
    return true;
}

/* The earliest first. */
static size_t read_references(struct message *m, struct reference *list)
{
    struct tcn_import *im = m->im;
    struct tcn_view rest = tcn_xml_child_text(im, m->root, "references");
    size_t count = 0;
    while (rest.len > 0) {
        struct tcn_view item = cut(&rest, " \t\r\n");
        struct reference found;
        if (item.len == 0) {
            continue;
        }
        if (count == REFERENCES_MAX) {
            tcn_import_notice(im,
                              "more than %d references: the rest is left "
                              "out",
                              REFERENCES_MAX);
            tcn_import_leave(im, 1, "references beyond the first 256");
            break;
        }
        if (!read_reference(m, item, &found)) {
            continue;
        }
        size_t at = count++;
        while (at > 0 && list[at - 1].sent_ms > found.sent_ms) {
            list[at] = list[at - 1];
            at--;
        }
        list[at] = found;
    }
    return count;
}

/* ---- making alerts ---- */

/* The name of an exercise: the operator's, the note's when it is a plain word,
 * else the status. */
static struct tcn_view exercise_of(const struct message *m)
{
    struct tcn_view note = tcn_xml_child_text(m->im, m->root, "note");
    if (tcn_view_is(m->status, "Actual")) {
        return tcn_view("", 0);
    }
    if (tcn_text_is_word(note, 1, 32, true)) {
        return note;
    }
    return tcn_view_str(tcn_view_is(m->status, "Test") ? "test" : "exercise");
}

static void begin(struct tcn_collect *c, const struct message *m,
                  struct tcn_view key)
{
    tcn_collect_init(c, m->im, "cap message", key);
    c->digest = m->digest;
    c->changed_ms = m->sent_ms;
    c->exercise = exercise_of(m);
}

/* Restricted and private say that it is not for everybody, not for whom: RED,
 * unless a parameter says the TLP. */
static void place_scope(struct tcn_collect *c, const struct message *m)
{
    struct tcn_view text = tcn_xml_child_text(m->im, m->root, "restriction");
    if (c->tlp < 0 && !tcn_view_is(m->scope, "Public")) {
        tcn_collect_unknown_marking(
            c, tcn_import_text(m->im, "scope %.*s %.*s", (int)m->scope.len,
                               (const char *)m->scope.data, (int)text.len,
                               (const char *)text.data));
    }
}

static void place_header(struct tcn_collect *c, const struct message *m)
{
    static const char *const kept[] = {"source",     "restriction", "code",
                                       "note",       "incidents",   "addresses",
                                       "references", "password"};
    struct tcn_import *im = m->im;
    tcn_collect_text(c, "source", TCN_CLASS_COUNT, m->sender);
    tcn_collect_text(
        c, "reference", TCN_CLASS_COUNT,
        tcn_import_text(im, "cap %.*s,%.*s,%.*s, %.*s", (int)m->sender.len,
                        (const char *)m->sender.data, (int)m->id.len,
                        (const char *)m->id.data, (int)m->sent.len,
                        (const char *)m->sent.data, (int)m->type.len,
                        (const char *)m->type.data));
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        const xmlNode *node = tcn_xml_child(m->root, kept[i]);
        for (; node != NULL; node = tcn_xml_next(node)) {
            struct tcn_view text = tcn_xml_text(im, node);
            if (text.len > 0) {
                tcn_collect_tool(c, TCN_CLASS_COUNT,
                                 tcn_import_text(im, "cap:%s", kept[i]), text);
            }
        }
    }
}

/* An update has a key of its own and names the messages that it goes on with.
 */
static void make_alert(const struct message *m, const struct reference *list,
                       size_t count)
{
    struct tcn_collect c;
    begin(&c, m, key_of(m->im, m->id, m->sender));
    for (size_t i = 0; i < count; i++) {
        tcn_collect_replaces(&c, list[i].key);
    }
    const xmlNode *first = tcn_xml_child(m->root, "info");
    struct tcn_view title = tcn_xml_child_text(m->im, first, "headline");
    if (title.len == 0) {
        title = tcn_xml_child_text(m->im, first, "event");
    }
    tcn_collect_title(&c, title.len > 0 ? title : m->id);
    c.severity = first == NULL ? TCN_SEVERITY_MEDIUM : TCN_SEVERITY_INFO;
    for (; first != NULL && !m->im->err; first = tcn_xml_next(first)) {
        tcn_cap_info(&c, first);
    }
    place_scope(&c, m);
    place_header(&c, m);
    tcn_cap_strangers(m->im, m->root);
    tcn_collect_emit(&c);
    tcn_collect_fini(&c);
}

static void withdraw(const struct message *m, const struct reference *reference,
                     const char *title)
{
    struct tcn_collect c;
    begin(&c, m, reference->key);
    tcn_collect_title(&c, tcn_view_str(title));
    if (!tcn_view_is(m->scope, "Public")) {
        tcn_collect_tlp(&c, TCN_TLP_RED);
    }
    if (!tcn_view_is(m->type, "Cancel")) {
        tcn_collect_replaces(&c, key_of(m->im, m->id, m->sender));
    }
    c.withdrawn = true;
    tcn_collect_emit(&c);
    tcn_collect_fini(&c);
}

/* An update goes on with the earliest message that it names; the others it
 * names, and all that a cancellation names, are withdrawn. */
static void take_references(struct message *m)
{
    struct reference *list =
        tcn_import_take(m->im, REFERENCES_MAX * sizeof *list);
    size_t count = list != NULL ? read_references(m, list) : 0;
    bool cancels = tcn_view_is(m->type, "Cancel");
    if (cancels && count == 0 && !m->names_others) {
        tcn_xml_fail(m->im, m->root, TCN_ERR_FORMAT,
                     "a cancellation names no message that it cancels");
        return;
    }
    if (!cancels) {
        make_alert(m, list, count);
    }
    for (size_t i = cancels ? 0 : 1; i < count && !m->im->err; i++) {
        bool again = i > 0 && tcn_view_equal(list[i].key, list[i - 1].key);
        if (!again) {
            withdraw(m, &list[i],
                     cancels ? "Cancelled by its sender"
                             : "Replaced by its sender's update");
        }
    }
}

static void take(struct message *m)
{
    bool acts = tcn_view_is(m->status, "Draft") ||
                tcn_view_is(m->status, "System") ||
                tcn_view_is(m->type, "Ack") || tcn_view_is(m->type, "Error");
    if (m->im->err != TCN_ERR_OK) {
        return;
    }
    if (acts) {
        tcn_import_leave(m->im, 1, "message of status %s, type %s",
                         tcn_import_shown(m->im, m->status),
                         tcn_import_shown(m->im, m->type));
        tcn_import_notice(m->im, "nothing to warn of: status %s, type %s",
                          tcn_import_shown(m->im, m->status),
                          tcn_import_shown(m->im, m->type));
    } else if (tcn_view_is(m->type, "Alert")) {
        make_alert(m, NULL, 0);
    } else {
        take_references(m);
    }
}

static bool check_root(struct tcn_import *im, const xmlNode *root)
{
    const char *href =
        root != NULL && root->ns != NULL ? (const char *)root->ns->href : "";
    bool known = strncmp(href, namespace, sizeof namespace - 1) == 0;
    const char *version = known ? href + sizeof namespace - 1 : "";
    if (!tcn_xml_is(root, "alert") || !known) {
        tcn_import_fail(im, TCN_ERR_FORMAT, "XML, but not a CAP alert");
    } else if (strcmp(version, "1.1") != 0 && strcmp(version, "1.2") != 0) {
        tcn_import_fail(im, TCN_ERR_FORMAT, "only CAP 1.1 and 1.2 are read");
    }
    return im->err == TCN_ERR_OK;
}

void tcn_cap_import(struct tcn_import *im, struct tcn_view bytes)
{
    xmlDoc *doc = tcn_xml_load(im, bytes);
    if (doc == NULL) {
        return;
    }
    struct message m = {.im = im, .root = xmlDocGetRootElement(doc)};
    if (check_root(im, m.root)) {
        m.digest = tcn_hash(TCN_PERSONAL_THREAD, bytes);
        read_message(&m);
        take(&m);
    }
    xmlFreeDoc(doc);
}
