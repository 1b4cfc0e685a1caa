#include "formats/kev.h"

#include "base/time.h"
#include "formats/collect.h"
#include "formats/indicator.h"
#include "formats/source.h"

static const char *const known[] = {
    "cveID",
    "dateAdded",
    "dueDate",
    "knownRansomwareCampaignUse",
    "notes",
    "product",
    "requiredAction",
    "shortDescription",
    "vendorProject",
    "vulnerabilityName",
    NULL,
};

static const char source[] =
    "CISA catalogue of known exploited vulnerabilities";

/* "https://one ; https://two" and words between them. */
static void place_notes(struct tcn_collect *c, struct tcn_view notes)
{
    while (notes.len > 0) {
        const uint8_t *end = memchr(notes.data, ';', notes.len);
        size_t len = end != NULL ? (size_t)(end - notes.data) : notes.len;
        struct tcn_view part = tcn_view(notes.data, len);
        bool url = tcn_indicator_type("url", &part) != NULL;
        tcn_collect_text(c, url ? "reference" : "description", TCN_CLASS_COUNT,
                         part);
        len += end != NULL;
        notes = tcn_view(notes.data + len, notes.len - len);
    }
}

static void place_product(struct tcn_collect *c, const struct tcn_node *entry)
{
    struct tcn_import *im = c->im;
    struct tcn_view line = tcn_json_text(im, entry, "vendorProject");
    line = tcn_import_join(im, line, tcn_view_str(" "));
    line = tcn_import_join(im, line, tcn_json_text(im, entry, "product"));
    line = tcn_import_join(im, line, tcn_view_str(": "));
    tcn_collect_text(
        c, "description", TCN_CLASS_COUNT,
        tcn_import_join(im, line,
                        tcn_json_text(im, entry, "shortDescription")));
}

static void place_action(struct tcn_collect *c, const struct tcn_node *entry)
{
    struct tcn_import *im = c->im;
    struct tcn_view due = tcn_json_text(im, entry, "dueDate");
    struct tcn_view line = tcn_json_text(im, entry, "requiredAction");
    if (due.len > 0) {
        line = tcn_import_join(im, line, tcn_view_str(" (due "));
        line = tcn_import_join(im, line, due);
        line = tcn_import_join(im, line, tcn_view_str(")"));
    }
    tcn_collect_text(c, "recommendation", TCN_CLASS_COUNT, line);
}

static void gather(struct tcn_collect *c, const struct tcn_node *entry,
                   struct tcn_view cve)
{
    struct tcn_import *im = c->im;
    struct tcn_view name = tcn_json_text(im, entry, "vulnerabilityName");
    struct tcn_view added = tcn_json_text(im, entry, "dateAdded");
    struct tcn_view ransomware =
        tcn_json_text(im, entry, "knownRansomwareCampaignUse");
    bool used = tcn_view_is(ransomware, "Known");
    c->severity = used ? TCN_SEVERITY_CRITICAL : TCN_SEVERITY_HIGH;
    c->confidence = 95;
    c->category = tcn_view_str("vulnerable/vulnerable-system");
    tcn_collect_title(c, name.len > 0 ? name : cve);
    tcn_collect_text(c, "source", TCN_CLASS_COUNT, tcn_view_str(source));
    tcn_collect_indicator(c, TCN_CLASS_COUNT, "cve", cve, true);
    tcn_collect_text(
        c, "reference", TCN_CLASS_COUNT,
        tcn_import_text(im, "kev %.*s, added %.*s", (int)cve.len,
                        (const char *)cve.data, (int)added.len,
                        added.data ? (const char *)added.data : ""));
    place_product(c, entry);
    place_action(c, entry);
    place_notes(c, tcn_json_text(im, entry, "notes"));
    if (used) {
        tcn_collect_text(c, "description", TCN_CLASS_COUNT,
                         tcn_view_str("Used in ransomware campaigns."));
    }
    tcn_collect_leftover(c, TCN_CLASS_COUNT, tcn_view_str("kev:more"),
                         entry->json, known);
}

static void take_entry(struct tcn_import *im, const struct tcn_node *entry)
{
    struct tcn_view cve = tcn_view("", 0);
    if (!json_is_object(entry->json)) {
        tcn_json_fail(im, entry, NULL, TCN_ERR_FORMAT,
                      "this must be an object");
    } else {
        cve = tcn_json_text(im, entry, "cveID");
    }
    if (im->err == TCN_ERR_OK && tcn_indicator_type("cve", &cve) == NULL) {
        tcn_json_fail(im, entry, "cveID", TCN_ERR_FORMAT,
                      "an entry needs a CVE id");
    }
    if (im->err != TCN_ERR_OK) {
        return;
    }
    struct tcn_collect c;
    tcn_collect_init(&c, im, "kev entry",
                     tcn_import_join(im, tcn_view_str("kev:"), cve));
    c.is_small = true;
    c.digest = tcn_source_digest(im, entry->json);
    if (!tcn_time_parse(tcn_json_text(im, entry, "dateAdded"), &c.changed_ms)) {
        c.changed_ms = 0;
    }
    gather(&c, entry, cve);
    tcn_collect_emit(&c);
    tcn_collect_fini(&c);
}

/* Of the catalogue itself only what is known goes without saying. */
static void leave_rest(struct tcn_import *im, const struct tcn_node *root)
{
    static const char *const silent[] = {
        "$schema", "catalogVersion",  "count", "dateReleased",
        "title",   "vulnerabilities", NULL};
    const char *key;
    json_t *value;
    json_object_foreach(root->json, key, value)
    {
        const char *const *at = silent;
        while (*at != NULL && strcmp(*at, key) != 0) {
            at++;
        }
        if (*at == NULL) {
            const char *shown = tcn_import_word(im, tcn_view_str(key));
            tcn_import_leave(im, 1, "\"%s\" of the catalogue", shown);
            tcn_import_notice(im, "\"%s\" of the catalogue: left out", shown);
        }
    }
}

void tcn_kev_import(struct tcn_import *im, const struct tcn_node *root)
{
    leave_rest(im, root);
    struct tcn_node list = tcn_json_array(im, root, "vulnerabilities");
    size_t count = tcn_json_count(&list);
    uint64_t said = tcn_json_number(im, root, "count", count);
    if (im->err == TCN_ERR_OK && said != count) {
        tcn_import_notice(im, "the catalogue says %llu entries and has %zu",
                          (unsigned long long)said, count);
    }
    for (size_t i = 0; i < count && im->err == TCN_ERR_OK; i++) {
        struct tcn_node entry = tcn_json_item(&list, i);
        take_entry(im, &entry);
    }
    if (im->err == TCN_ERR_OK && count == 0) {
        tcn_import_notice(im, "nothing to warn of: the catalogue is empty");
    }
}
