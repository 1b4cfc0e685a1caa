#include "alert/label.h"

#include <ctype.h>

static const char *const kinds[] = {"alert", "update", "revoke", "sighting",
                                    "ack"};
static const char *const severities[] = {"info", "low", "medium", "high",
                                         "critical"};
static const char *const tlps[] = {"clear", "green", "amber", "amber+strict",
                                   "red"};
static const char *const paps[] = {"clear", "green", "amber", "red"};
static const char *const onwards[] = {"none", "listed", "members", "any"};
static const char *const classes[] = {"KEEP",     "TECH",  "SOURCE", "VICTIM",
                                      "PERSONAL", "ACTOR", "FREE"};

#define COUNT(words)       (sizeof(words) / sizeof(words)[0])
#define WORD(words, value) ((value) < COUNT(words) ? (words)[value] : "?")

const char *tcn_kind_word(enum tcn_kind kind)
{
    return WORD(kinds, (unsigned)kind);
}

const char *tcn_severity_word(unsigned severity)
{
    return WORD(severities, severity);
}

const char *tcn_tlp_word(unsigned tlp)
{
    return WORD(tlps, tlp);
}

const char *tcn_pap_word(unsigned pap)
{
    return WORD(paps, pap);
}

const char *tcn_onward_word(unsigned onward)
{
    return WORD(onwards, onward);
}

const char *tcn_class_word(unsigned cls)
{
    return WORD(classes, cls);
}

static bool same_word(struct tcn_view text, const char *word)
{
    if (text.len != strlen(word)) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (tolower(text.data[i]) != tolower((unsigned char)word[i])) {
            return false;
        }
    }
    return true;
}

static int find(struct tcn_view word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (same_word(word, words[i])) {
            return (int)i;
        }
    }
    return -1;
}

/* "TLP:AMBER" is "AMBER". */
static struct tcn_view without(struct tcn_view word, const char *prefix)
{
    size_t len = strlen(prefix);
    if (word.len > len && same_word(tcn_view(word.data, len), prefix)) {
        return tcn_view(word.data + len, word.len - len);
    }
    return word;
}

int tcn_kind_find(struct tcn_view word)
{
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (tcn_view_is(word, kinds[i])) {
            return (int)i;
        }
    }
    return TCN_KIND_UNKNOWN;
}

int tcn_severity_find(struct tcn_view word)
{
    return find(word, severities, COUNT(severities));
}

int tcn_tlp_find(struct tcn_view word)
{
    struct tcn_view bare = without(word, "tlp:");
    return same_word(bare, "white") ? TCN_TLP_CLEAR
                                    : find(bare, tlps, COUNT(tlps));
}

int tcn_pap_find(struct tcn_view word)
{
    struct tcn_view bare = without(word, "pap:");
    return same_word(bare, "white") ? TCN_PAP_CLEAR
                                    : find(bare, paps, COUNT(paps));
}

int tcn_onward_find(struct tcn_view word)
{
    return find(word, onwards, COUNT(onwards));
}

int tcn_class_find(struct tcn_view word)
{
    return find(word, classes, COUNT(classes));
}

static const struct {
    const char *name;
    enum tcn_class cls;
} fields[TCN_FIELD_NAMES] = {
    {"title", TCN_CLASS_KEEP},     {"recommendation", TCN_CLASS_KEEP},
    {"reason", TCN_CLASS_KEEP},    {"indicator", TCN_CLASS_TECH},
    {"technique", TCN_CLASS_TECH}, {"reference", TCN_CLASS_TECH},
    {"source", TCN_CLASS_SOURCE},  {"tool", TCN_CLASS_SOURCE},
    {"victim", TCN_CLASS_VICTIM},  {"contact", TCN_CLASS_PERSONAL},
    {"actor", TCN_CLASS_ACTOR},    {"description", TCN_CLASS_FREE},
};

enum tcn_class tcn_field_class(struct tcn_view name)
{
    for (size_t i = 0; i < COUNT(fields); i++) {
        if (tcn_view_is(name, fields[i].name)) {
            return fields[i].cls;
        }
    }
    return TCN_CLASS_FREE;
}

bool tcn_field_names(struct tcn_view name, const char *known[TCN_FIELD_NAMES])
{
    bool is_known = false;
    for (size_t i = 0; i < COUNT(fields); i++) {
        known[i] = fields[i].name;
        is_known |= tcn_view_is(name, known[i]);
    }
    return is_known;
}

bool tcn_label_has_audience(const struct tcn_label *label,
                            struct tcn_view member)
{
    for (size_t i = 0; i < label->audience_count; i++) {
        if (tcn_view_equal(label->audience[i], member)) {
            return true;
        }
    }
    return false;
}
