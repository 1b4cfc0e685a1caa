/* What every STIX object may have: markings, labels, references, and words that
 * tell the category. */
#include "formats/stix.h"
#include "formats/words.h"

/* A label may be a marking or a MISP tag that came through STIX. */
static void place_label(struct tcn_collect *c, struct tcn_view label)
{
    static const struct {
        const char *label;
        uint8_t severity;
    } levels[] = {
        {"misp:threat-level=\"high-risk\"", TCN_SEVERITY_HIGH},
        {"misp:threat-level=\"medium-risk\"", TCN_SEVERITY_MEDIUM},
        {"misp:threat-level=\"low-risk\"", TCN_SEVERITY_LOW},
    };
    if (tcn_word_begins(label, "tlp:")) {
        int tlp = tcn_tlp_find(label);
        if (tlp >= 0) {
            tcn_collect_tlp(c, tlp);
        } else {
            tcn_collect_unknown_marking(c, label);
        }
        return;
    }
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (tcn_view_is(label, levels[i].label)) {
            c->severity = levels[i].severity;
            return;
        }
    }
    if (tcn_stix_own_label(c, label)) {
        return;
    }
    tcn_collect_category(c, label);
    tcn_collect_tool(c, TCN_CLASS_COUNT, tcn_view_str("stix:label"), label);
}

static void place_labels(struct tcn_collect *c,
                         const struct tcn_stix_object *object)
{
    struct tcn_node labels = tcn_json_array(c->im, &object->node, "labels");
    for (size_t i = 0; i < tcn_json_count(&labels); i++) {
        struct tcn_node label = tcn_json_item(&labels, i);
        place_label(c, tcn_json_self_text(c->im, &label));
    }
}

/* Lists whose words may tell the category; they stay among what is left. */
static void read_categories(struct tcn_collect *c,
                            const struct tcn_stix_object *object)
{
    static const char *const lists[] = {"malware_types", "indicator_types",
                                        "incident_types",
                                        "infrastructure_types"};
    struct tcn_import *im = c->im;
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        struct tcn_node list = tcn_json_array(im, &object->node, lists[k]);
        for (size_t i = 0; i < tcn_json_count(&list); i++) {
            struct tcn_node word = tcn_json_item(&list, i);
            tcn_collect_category(c, tcn_json_self_text(im, &word));
        }
    }
    struct tcn_node phases =
        tcn_json_array(im, &object->node, "kill_chain_phases");
    for (size_t i = 0; i < tcn_json_count(&phases); i++) {
        struct tcn_node phase = tcn_json_item(&phases, i);
        tcn_collect_category(c, tcn_json_text(im, &phase, "phase_name"));
    }
}

/* "source_name external_id url description", what there is of it. */
static struct tcn_view reference_line(struct tcn_import *im,
                                      const struct tcn_node *ref)
{
    static const char *const keys[] = {"source_name", "external_id", "url",
                                       "description"};
    struct tcn_view line = tcn_view("", 0);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct tcn_view part = tcn_json_text(im, ref, keys[i]);
        bool own = tcn_view_is(part, "tocsin:reference");
        if (part.len > 0 && !own) {
            const char *between = line.len > 0 ? " " : "";
            line = tcn_import_join(im, line, tcn_view_str(between));
            line = tcn_import_join(im, line, part);
        }
    }
    return line;
}

static void place_references(struct tcn_collect *c,
                             const struct tcn_stix_object *object)
{
    struct tcn_node refs =
        tcn_json_array(c->im, &object->node, "external_references");
    for (size_t i = 0; i < tcn_json_count(&refs); i++) {
        struct tcn_node ref = tcn_json_item(&refs, i);
        tcn_collect_text(c, "reference", object->cls,
                         reference_line(c->im, &ref));
        static const char *const placed[] = {"source_name", "external_id",
                                             "url", "description", NULL};
        tcn_collect_leftover(c, object->cls, tcn_view_str("stix:reference"),
                             ref.json, placed);
    }
}

void tcn_stix_common(struct tcn_collect *c,
                     const struct tcn_stix_object *object)
{
    place_labels(c, object);
    read_categories(c, object);
    place_references(c, object);
}
