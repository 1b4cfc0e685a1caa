/* A MISP event: header, organisations, dates, then its parts. */
#include "base/time.h"
#include "formats/misp.h"
#include "formats/source.h"

/* Keys that are placed here, or that only keep a MISP instance in order. */
static const char *const known[] = {
    "Attribute",

    "EventReport",
    "Galaxy",
    "Object",
    "Org",
    "Orgc",
    "RelatedEvent",
    "ShadowAttribute",
    "Tag",
    "analysis",
    "attribute_count",
    "date",
    "deleted",
    "disable_correlation",
    "distribution",
    "event_creator_email",
    "extends_uuid",
    "id",
    "info",
    "locked",
    "org_id",
    "orgc_id",
    "proposal_email_lock",

    "publish_timestamp",
    "published",
    "sharing_group_id",
    "threat_level_id",
    "timestamp",
    "uuid",
    NULL,
};

bool tcn_misp_deleted(struct tcn_collect *c, const struct tcn_node *node)
{
    bool deleted = tcn_json_flag(c->im, node, "deleted", false);
    if (deleted) {
        tcn_import_leave(c->im, 1, "part deleted at the source");
        tcn_import_notice(
            c->im, "deleted at the source, left out: %s",
            tcn_import_shown(c->im, tcn_json_any_text(c->im, node, "uuid")));
    }
    return deleted;
}

void tcn_misp_distribution(struct tcn_collect *c, const struct tcn_node *node)
{
    uint64_t distribution = tcn_json_number(c->im, node, "distribution", 5);
    if (distribution == 4) {
        tcn_collect_unknown_marking(
            c, tcn_view_str("misp sharing group (distribution 4)"));
    }
    if (distribution == 0 || distribution == 4) {
        c->no_onward = true;
    }
}

/* MISP's threat level; 4 or none is undefined. */
static void set_severity(struct tcn_collect *c, const struct tcn_node *event)
{
    static const uint8_t levels[] = {
        [1] = TCN_SEVERITY_HIGH,
        [2] = TCN_SEVERITY_MEDIUM,
        [3] = TCN_SEVERITY_LOW,
        [4] = TCN_SEVERITY_MEDIUM,
    };
    uint64_t level = tcn_json_number(c->im, event, "threat_level_id", 4);
    if (level < 1 || level > 4) {
        tcn_json_fail(c->im, event, "threat_level_id", TCN_ERR_FORMAT,
                      "this must be 1 to 4");
        return;
    }
    c->severity = levels[level];
}

/* How far the analysis is: 0 initial, 1 ongoing, 2 complete. */
static void set_confidence(struct tcn_collect *c, const struct tcn_node *event)
{
    uint64_t analysis = tcn_json_number(c->im, event, "analysis", 0);
    c->confidence = analysis >= 2 ? 75 : analysis == 1 ? 60 : 50;
}

static void place_org(struct tcn_collect *c, const struct tcn_node *event,
                      const char *key, const char *field)
{
    struct tcn_node org = tcn_json_object(c->im, event, key);
    struct tcn_view name = tcn_json_text(c->im, &org, "name");
    struct tcn_view uuid = tcn_json_text(c->im, &org, "uuid");
    static const char *const placed[] = {"id", "local", "name", "uuid", NULL};
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("misp:organisation"),
                         org.json, placed);
    if (name.len == 0) {
        return;
    }
    struct tcn_view text = name;
    if (uuid.len > 0) {
        text = tcn_import_text(c->im, "%.*s (%.*s)", (int)name.len,
                               (const char *)name.data, (int)uuid.len,
                               (const char *)uuid.data);
    }
    if (strcmp(field, "source") == 0) {
        tcn_collect_text(c, field, TCN_CLASS_COUNT, text);
    } else {
        tcn_collect_tool(c, TCN_CLASS_COUNT, tcn_view_str(field), text);
    }
}

/* The creator is the source; the instance that hands the event on is noted. */
static void place_orgs(struct tcn_collect *c, const struct tcn_node *event)
{
    struct tcn_node creator = tcn_json_object(c->im, event, "Orgc");
    struct tcn_node owner = tcn_json_object(c->im, event, "Org");
    bool same = json_equal(creator.json, owner.json);
    place_org(c, event, "Orgc", "source");
    if (owner.json != NULL && !same) {
        place_org(c, event, "Org", creator.json ? "misp:owner" : "source");
    }
}

static const char *when(uint64_t seconds, char *out)
{
    if (seconds == 0 || seconds > UINT64_MAX / 1000) {
        return "-";
    }
    return tcn_time_format(seconds * 1000, out);
}

/* The source's own dates: kept for people, never the alert's life. */
static void place_dates(struct tcn_collect *c, const struct tcn_node *event,
                        const char *uuid)
{
    struct tcn_import *im = c->im;
    char changed[TCN_TIME_TEXT];
    char published[TCN_TIME_TEXT];
    struct tcn_view date = tcn_json_text(im, event, "date");
    uint64_t stamp = tcn_json_number(im, event, "timestamp", 0);
    uint64_t publish = tcn_json_number(im, event, "publish_timestamp", 0);
    c->changed_ms = stamp <= UINT64_MAX / 1000 ? stamp * 1000 : 0;
    struct tcn_view text = tcn_import_text(
        im, "misp event %s, date %.*s, changed %s, published %s", uuid,
        (int)date.len, date.data ? (const char *)date.data : "",
        when(stamp, changed), when(publish, published));
    tcn_collect_text(c, "reference", TCN_CLASS_COUNT, text);
    struct tcn_view extends = tcn_json_text(im, event, "extends_uuid");
    if (extends.len > 0) {
        tcn_collect_text(
            c, "reference", TCN_CLASS_COUNT,
            tcn_import_join(im, tcn_view_str("extends misp event "), extends));
    }
}

static void place_report(struct tcn_collect *c, const struct tcn_node *node)
{
    if (tcn_misp_deleted(c, node)) {
        return;
    }
    struct tcn_view name = tcn_json_text(c->im, node, "name");
    struct tcn_view text = tcn_import_join(c->im, name, tcn_view_str("\n"));
    tcn_collect_text(
        c, "description", TCN_CLASS_COUNT,
        tcn_import_join(c->im, text, tcn_json_text(c->im, node, "content")));
    tcn_misp_distribution(c, node);
    tcn_misp_tags(c, node);
    static const char *const placed[] = {
        "Galaxy",           "Tag",  "content",      "deleted", "id",
        "event_id",         "name", "distribution", "uuid",    "timestamp",
        "sharing_group_id", NULL};
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("misp:report more"),
                         node->json, placed);
}

/* Parts of other events and proposals of others are not the event. */
static void leave_out(struct tcn_collect *c, const struct tcn_node *event,
                      const char *key)
{
    struct tcn_node list = tcn_json_array(c->im, event, key);
    size_t count = tcn_json_count(&list);
    if (count > 0) {
        tcn_import_leave(c->im, count, "%s, not part of the event", key);
        tcn_import_notice(c->im, "%s: %zu left out, not part of the event", key,
                          count);
    }
}

static void place_parts(struct tcn_collect *c, const struct tcn_node *event)
{
    static const struct {
        const char *key;
        void (*place)(struct tcn_collect *c, const struct tcn_node *node);
    } lists[] = {{"Object", tcn_misp_object}, {"EventReport", place_report}};
    struct tcn_import *im = c->im;
    struct tcn_node list = tcn_json_array(im, event, "Attribute");
    for (size_t i = 0; i < tcn_json_count(&list) && !im->err; i++) {
        struct tcn_node item = tcn_json_item(&list, i);
        tcn_misp_attribute(c, &item, tcn_view("", 0));
    }
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        list = tcn_json_array(im, event, lists[k].key);
        for (size_t i = 0; i < tcn_json_count(&list) && !im->err; i++) {
            struct tcn_node item = tcn_json_item(&list, i);
            lists[k].place(c, &item);
        }
    }
    leave_out(c, event, "RelatedEvent");
    leave_out(c, event, "ShadowAttribute");
}

static void gather(struct tcn_collect *c, const struct tcn_node *event,
                   const char *uuid)
{
    struct tcn_import *im = c->im;
    tcn_collect_title(c, tcn_json_text(im, event, "info"));
    set_severity(c, event);
    set_confidence(c, event);
    place_orgs(c, event);
    place_dates(c, event, uuid);
    tcn_misp_distribution(c, event);
    tcn_misp_tags(c, event);
    tcn_collect_text(c, "contact", TCN_CLASS_COUNT,
                     tcn_json_text(im, event, "event_creator_email"));
    place_parts(c, event);
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("misp:event more"),
                         event->json, known);
}

/* Whether to take the event, given whether its source has published it. */
static bool is_wanted(struct tcn_import *im, const struct tcn_node *event,
                      const char *uuid)
{
    if (tcn_json_flag(im, event, "published", true)) {
        return true;
    }
    if (im->options->published_only) {
        tcn_import_leave(im, 1, "event that is not published");
        tcn_import_notice(im, "event %s is not published: skipped", uuid);
        return false;
    }
    tcn_import_notice(im, "event %s is not published at its source", uuid);
    return true;
}

/* An event is of who created it: the same uuid of another organisation is
 * another event, and neither goes on with this one nor withdraws it. */
static struct tcn_view key_of(struct tcn_import *im,
                              const struct tcn_node *event, const char *uuid)
{
    char creator[37];
    struct tcn_node org = tcn_json_object(im, event, "Orgc");
    bool told = tcn_source_uuid(tcn_json_text(im, &org, "uuid"), creator);
    return tcn_import_text(im, "misp:%s%s%s", uuid, told ? " " : "",
                           told ? creator : "");
}

static void take_event(struct tcn_import *im, const struct tcn_node *event)
{
    char uuid[37];
    struct tcn_view info = tcn_json_text(im, event, "info");
    if (!tcn_source_uuid(tcn_json_text(im, event, "uuid"), uuid) ||
        info.len == 0) {
        tcn_json_fail(im, event, NULL, TCN_ERR_FORMAT,
                      "a MISP event needs a uuid and an info");
    }
    if (im->err != TCN_ERR_OK || !is_wanted(im, event, uuid)) {
        return;
    }
    struct tcn_collect c;
    tcn_collect_init(&c, im, "misp event", key_of(im, event, uuid));
    c.digest = tcn_source_digest(im, event->json);
    c.withdrawn = tcn_json_flag(im, event, "deleted", false);
    gather(&c, event, uuid);
    tcn_collect_emit(&c);
    tcn_collect_fini(&c);
}

/* What stands beside an event is nobody's. */
static void leave_beside(struct tcn_import *im, const struct tcn_node *node,
                         const char *taken)
{
    const char *key;
    json_t *value;
    json_object_foreach(node->json, key, value)
    {
        if (strcmp(key, taken) != 0) {
            const char *shown = tcn_import_word(im, tcn_view_str(key));
            tcn_import_leave(im, 1, "\"%s\" beside the event", shown);
            tcn_import_notice(im, "\"%s\" beside the event: left out", shown);
        }
    }
}

/* {"Event": {...}} or the event itself. */
static void take_wrapped(struct tcn_import *im, const struct tcn_node *node)
{
    struct tcn_node event = tcn_json_member(node, "Event");
    if (event.json != NULL) {
        leave_beside(im, node, "Event");
    }
    const struct tcn_node *at = event.json != NULL ? &event : node;
    if (!json_is_object(at->json)) {
        tcn_json_fail(im, at, NULL, TCN_ERR_FORMAT, "this is not a MISP event");
        return;
    }
    take_event(im, at);
}

void tcn_misp_import(struct tcn_import *im, const struct tcn_node *root)
{
    struct tcn_node response = tcn_json_member(root, "response");
    const struct tcn_node *list = response.json != NULL ? &response : root;
    if (response.json != NULL) {
        leave_beside(im, root, "response");
    }
    if (!json_is_array(list->json)) {
        take_wrapped(im, list);
        return;
    }
    for (size_t i = 0; i < tcn_json_count(list) && !im->err; i++) {
        struct tcn_node item = tcn_json_item(list, i);
        take_wrapped(im, &item);
    }
    if (tcn_json_count(list) == 0) {
        tcn_import_notice(im, "nothing to warn of: no event in the answer");
    }
}
