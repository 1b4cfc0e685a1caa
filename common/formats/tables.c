#include "formats/tables.h"

#include <stdio.h>

#include "alert/label.h"
#include "formats/cap.h"
#include "formats/category.h"
#include "formats/eve.h"
#include "formats/idea.h"
#include "formats/misp.h"
#include "formats/misp_write.h"
#include "formats/stix.h"
#include "formats/stix_write.h"

static bool set(struct tcn_table_row *row, const char *theirs,
                const char *prefix, const char *ours)
{
    (void)snprintf(row->theirs, sizeof row->theirs, "%s", theirs);
    (void)snprintf(row->ours, sizeof row->ours, "%s%s", prefix, ours);
    return true;
}

/* ---- STIX ---- */

static bool stix_types(size_t index, struct tcn_table_row *row)
{
    const char *type;
    const char *field;
    return tcn_stix_type_row(index, &type, &field) && set(row, type, "", field);
}

static bool stix_paths(size_t index, struct tcn_table_row *row)
{
    const char *path;
    const char *type;
    return tcn_stix_path_row(index, &path, &type) &&
           set(row, path, "indicator ", type);
}

static bool stix_patterns(size_t index, struct tcn_table_row *row)
{
    const char *type;
    const char *path;
    const char *observable;
    return tcn_stix_write_row(index, &type, &path, &observable) &&
           set(row, path, "indicator ", type);
}

static bool stix_observables(size_t index, struct tcn_table_row *row)
{
    const char *type;
    const char *path;
    const char *observable;
    return tcn_stix_write_row(index, &type, &path, &observable) &&
           set(row, observable, "not for detection: indicator ", type);
}

static bool stix_markings(size_t index, struct tcn_table_row *row)
{
    const char *id;
    unsigned tlp;
    return tcn_stix_marking_row(index, &id, &tlp) &&
           set(row, id, "tlp ", tcn_tlp_word(tlp));
}

static bool stix_tlp(size_t index, struct tcn_table_row *row)
{
    return index < TCN_TLP_COUNT && set(row, tcn_stix_marking((unsigned)index),
                                        "tlp ", tcn_tlp_word((unsigned)index));
}

/* Words of labels, malware_types and the like; of MISP's tags as well. */
static bool words(size_t index, struct tcn_table_row *row)
{
    const char *word;
    const char *category;
    return tcn_category_row(index, &word, &category) &&
           set(row, word, "", category);
}

/* ---- MISP ---- */

static bool misp_types(size_t index, struct tcn_table_row *row)
{
    static const char *const places[] = {[TCN_MISP_TOOL] = "tool",
                                         [TCN_MISP_INDICATOR] = "indicator ",
                                         [TCN_MISP_FIRST] = "tool, indicator ",
                                         [TCN_MISP_REFERENCE] = "reference",
                                         [TCN_MISP_DESCRIPTION] = "description",
                                         [TCN_MISP_CONTACT] = "contact",
                                         [TCN_MISP_VICTIM] = "victim",
                                         [TCN_MISP_ACTOR] = "actor"};
    const struct tcn_misp_type *type = tcn_misp_type_at(index);
    char ours[64];
    if (type == NULL) {
        return false;
    }
    (void)snprintf(ours, sizeof ours, "%s%s%s", type->type ? type->type : "",
                   type->second ? ", " : "", type->second ? type->second : "");
    return set(row, type->name, places[type->place], ours);
}

static bool misp_attributes(size_t index, struct tcn_table_row *row)
{
    const char *type;
    const char *misp;
    const char *category;
    char theirs[80];
    if (!tcn_misp_type_row(index, &type, &misp, &category)) {
        return false;
    }
    (void)snprintf(theirs, sizeof theirs, "%s (%s)", misp, category);
    return set(row, theirs, "indicator ", type);
}

static bool misp_levels(size_t index, struct tcn_table_row *row)
{
    static const char *const rows[][2] = {{"threat_level_id 1", "high"},
                                          {"threat_level_id 2", "medium"},
                                          {"threat_level_id 3", "low"},
                                          {"threat_level_id 4", "medium"}};
    return index < 4 && set(row, rows[index][0], "severity ", rows[index][1]);
}

static bool misp_confidences(size_t index, struct tcn_table_row *row)
{
    char tag[96];
    char ours[24];
    unsigned confidence;
    if (!tcn_misp_confidence_row(index, tag, sizeof tag, &confidence)) {
        return false;
    }
    (void)snprintf(ours, sizeof ours, "%u", confidence);
    return set(row, tag, "confidence ", ours);
}

static bool misp_markings(size_t index, struct tcn_table_row *row)
{
    char tag[32];
    bool tlp = index < TCN_TLP_COUNT;
    unsigned value = (unsigned)(tlp ? index : index - TCN_TLP_COUNT);
    if (!tlp && value >= TCN_PAP_COUNT) {
        return false;
    }
    (void)snprintf(tag, sizeof tag, "%s:%s", tlp ? "tlp" : "PAP",
                   tlp ? tcn_tlp_word(value) : tcn_pap_word(value));
    return set(row, tag, tlp ? "tlp " : "pap ",
               tlp ? tcn_tlp_word(value) : tcn_pap_word(value));
}

/* ---- CAP, EVE, IDEA ---- */

static bool cap_severities(size_t index, struct tcn_table_row *row)
{
    const char *word;
    int value;
    return tcn_cap_word_row(TCN_CAP_SEVERITY, index, &word, &value) &&
           set(row, word, "severity ", tcn_severity_word((unsigned)value));
}

static bool cap_certainties(size_t index, struct tcn_table_row *row)
{
    const char *word;
    int value;
    char ours[24];
    if (!tcn_cap_word_row(TCN_CAP_CERTAINTY, index, &word, &value)) {
        return false;
    }
    (void)snprintf(ours, sizeof ours, "%d", value);
    return set(row, word, "confidence ", ours);
}

static bool cap_elements(size_t index, struct tcn_table_row *row)
{
    static const char *const rows[][2] = {{"description", "description"},
                                          {"instruction", "recommendation"},
                                          {"web", "reference"},
                                          {"contact", "contact"},
                                          {"senderName", "source"},
                                          {"event", "tool"},
                                          {"audience", "tool"}};
    return index < sizeof rows / sizeof *rows &&
           set(row, rows[index][0], "", rows[index][1]);
}

static bool eve_categories(size_t index, struct tcn_table_row *row)
{
    const char *theirs;
    const char *category;
    return tcn_eve_category_row(index, &theirs, &category) &&
           set(row, theirs, "", category);
}

static bool eve_severities(size_t index, struct tcn_table_row *row)
{
    static const char *const rows[][2] = {{"severity 1", "high"},
                                          {"severity 2", "medium"},
                                          {"severity 3", "low"},
                                          {"severity 4", "info"}};
    return index < 4 && set(row, rows[index][0], "severity ", rows[index][1]);
}

static bool idea_categories(size_t index, struct tcn_table_row *row)
{
    const char *word;
    const char *category;
    return tcn_idea_category_row(index, &word, &category) &&
           set(row, word, "", category);
}

static bool kev_keys(size_t index, struct tcn_table_row *row)
{
    static const char *const rows[][2] = {{"cveID", "indicator"},
                                          {"vulnerabilityName", "title"},
                                          {"shortDescription", "description"},
                                          {"requiredAction", "recommendation"},
                                          {"notes", "reference"}};
    return index < sizeof rows / sizeof *rows &&
           set(row, rows[index][0], "", rows[index][1]);
}

static bool csaf_markings(size_t index, struct tcn_table_row *row)
{
    static const char *const rows[][2] = {{"WHITE", "clear"},
                                          {"CLEAR", "clear"},
                                          {"GREEN", "green"},
                                          {"AMBER", "amber"},
                                          {"AMBER+STRICT", "amber+strict"},
                                          {"RED", "red"}};
    return index < sizeof rows / sizeof *rows &&
           set(row, rows[index][0], "tlp ", rows[index][1]);
}

/* ---- all of them ---- */

static const struct {
    enum tcn_format format;
    const char *what;
    const char *way;
    bool (*row)(size_t index, struct tcn_table_row *row);
} parts[] = {
    {TCN_FORMAT_STIX, "object", "->", stix_types},
    {TCN_FORMAT_STIX, "path", "->", stix_paths},
    {TCN_FORMAT_STIX, "path", "<-", stix_patterns},
    {TCN_FORMAT_STIX, "observable", "<-", stix_observables},
    {TCN_FORMAT_STIX, "marking", "->", stix_markings},
    {TCN_FORMAT_STIX, "marking", "<-", stix_tlp},
    {TCN_FORMAT_STIX, "word", "->", words},
    {TCN_FORMAT_MISP, "attribute", "->", misp_types},
    {TCN_FORMAT_MISP, "attribute", "<-", misp_attributes},
    {TCN_FORMAT_MISP, "level", "->", misp_levels},
    {TCN_FORMAT_MISP, "tag", "->", misp_confidences},
    {TCN_FORMAT_MISP, "tag", "<->", misp_markings},
    {TCN_FORMAT_MISP, "word", "->", words},
    {TCN_FORMAT_CAP, "severity", "->", cap_severities},
    {TCN_FORMAT_CAP, "certainty", "->", cap_certainties},
    {TCN_FORMAT_CAP, "element", "->", cap_elements},
    {TCN_FORMAT_EVE, "category", "->", eve_categories},
    {TCN_FORMAT_EVE, "severity", "->", eve_severities},
    {TCN_FORMAT_IDEA, "category", "->", idea_categories},
    {TCN_FORMAT_KEV, "key", "->", kev_keys},
    {TCN_FORMAT_CSAF, "marking", "->", csaf_markings},
};

bool tcn_table_row(enum tcn_format format, size_t index,
                   struct tcn_table_row *row)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t at = 0;
        if (parts[i].format != format) {
            continue;
        }
        if (parts[i].row(index, row)) {
            row->what = parts[i].what;
            row->way = parts[i].way;
            return true;
        }
        while (parts[i].row(at, row)) {
            at++;
        }
        index -= at;
    }
    return false;
}
