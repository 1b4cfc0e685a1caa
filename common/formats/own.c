#include "formats/own.h"

#include "base/text.h"
#include "formats/words.h"

/* Cuts "@CLASS" off the key: the class, COUNT when there is none, or -1. */
static int cut_class(struct tcn_view *key)
{
    for (size_t i = key->len; i-- > 0;) {
        if (key->data[i] == '@') {
            int cls =
                tcn_class_find(tcn_view(key->data + i + 1, key->len - i - 1));
            key->len = i;
            return cls;
        }
    }
    return TCN_CLASS_COUNT;
}

/* What is behind the prefix; false when it does not begin with it. */
static bool behind(struct tcn_view key, const char *prefix,
                   struct tcn_view *rest)
{
    size_t len = strlen(prefix);
    if (key.len < len || memcmp(key.data, prefix, len) != 0) {
        return false;
    }
    *rest = tcn_view(key.data + len, key.len - len);
    return true;
}

static bool take_marking(struct tcn_collect *c, struct tcn_view key,
                         struct tcn_view value)
{
    bool tlp = tcn_word_is(key, "tlp");
    if (!tlp && !tcn_word_is(key, "pap")) {
        return false;
    }
    int word = tlp ? tcn_tlp_find(value) : tcn_pap_find(value);
    if (word < 0) {
        tcn_collect_unknown_marking(c, value);
    } else if (tlp) {
        tcn_collect_tlp(c, word);
    } else {
        tcn_collect_pap(c, word);
    }
    return true;
}

static bool take_severity(struct tcn_collect *c, struct tcn_view value)
{
    int word = tcn_severity_find(value);
    if (word >= 0) {
        c->severity = (uint8_t)word;
        c->severity_said = true;
    }
    return word >= 0;
}

static bool take_confidence(struct tcn_collect *c, struct tcn_view value)
{
    uint64_t number;
    bool fits = tcn_text_uint(value, &number) && number <= 100;
    if (fits) {
        c->confidence = (uint8_t)number;
        c->confidence_said = true;
    }
    return fits;
}

static bool take_onward(struct tcn_collect *c, struct tcn_view value)
{
    tcn_collect_limits(c, value, tcn_view("", 0));
    return true;
}

static bool take_exercise(struct tcn_collect *c, struct tcn_view value)
{
    tcn_collect_limits(c, tcn_view("", 0), value);
    return true;
}

static bool take_caveat(struct tcn_collect *c, struct tcn_view value)
{
    tcn_collect_caveat(c, value);
    return true;
}

static bool take_word(struct tcn_collect *c, struct tcn_view key,
                      struct tcn_view value)
{
    static const struct {
        const char *key;
        bool (*take)(struct tcn_collect *c, struct tcn_view value);
    } words[] = {
        {"severity", take_severity},    {"confidence", take_confidence},
        {"category", tcn_collect_rsit}, {"onward", take_onward},
        {"exercise", take_exercise},    {"caveat", take_caveat}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (tcn_view_is(key, words[i].key)) {
            return words[i].take(c, value);
        }
    }
    return take_marking(c, key, value);
}

/* "indicator:ipv4-addr" */
static bool take_indicator(struct tcn_collect *c, unsigned cls,
                           struct tcn_view key, struct tcn_view value)
{
    static const char *const types[] = {
        "ipv4-addr", "ipv6-addr", "domain-name", "url",       "email-addr",
        "sha256",    "sha1",      "md5",         "file-name", "mutex",
        "asn",       "cve",       "yara",        "sigma",     "snort"};
    struct tcn_view type;
    bool detect = behind(key, "indicator:", &type);
    if (!detect && !behind(key, "observable:", &type)) {
        return false;
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (tcn_view_is(type, types[i])) {
            tcn_collect_indicator(c, cls, types[i], value, detect);
            return true;
        }
    }
    return false;
}

/* "actor:70:stix object" */
static bool take_actor(struct tcn_collect *c, struct tcn_view key,
                       struct tcn_view value)
{
    struct tcn_view rest;
    uint64_t confidence;
    const uint8_t *end;
    if (!behind(key, "actor:", &rest) || rest.len == 0) {
        return false;
    }
    end = memchr(rest.data, ':', rest.len);
    size_t len = end != NULL ? (size_t)(end - rest.data) : rest.len;
    if (!tcn_text_uint(tcn_view(rest.data, len), &confidence) ||
        confidence > 100) {
        return false;
    }
    len += end != NULL;
    struct tcn_view method = tcn_import_text(
        c->im, "%.*s", (int)(rest.len - len), (const char *)rest.data + len);
    tcn_collect_actor(c, value, confidence,
                      method.len > 0 ? (const char *)method.data : "");
    return true;
}

/* The fields that have a name of their own; any other becomes `description`
 * with its name before it, so that nobody's file invents fields of ours. */
static const char *plain_field(struct tcn_view key)
{
    static const char *const names[] = {
        "title",  "recommendation", "reason",  "technique",  "reference",
        "source", "victim",         "contact", "description"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (tcn_view_is(key, names[i])) {
            return names[i];
        }
    }
    return NULL;
}

bool tcn_own_take(struct tcn_collect *c, struct tcn_view key,
                  struct tcn_view value)
{
    int cls = cut_class(&key);
    struct tcn_view name;
    if (cls <= TCN_CLASS_KEEP) {
        return false; /* no such class, or one that a field may not be put in */
    }
    if (take_word(c, key, value) ||
        take_indicator(c, (unsigned)cls, key, value) ||
        take_actor(c, key, value)) {
        return true;
    }
    if (behind(key, "tool:", &name) && name.len > 0) {
        tcn_collect_tool(c, (unsigned)cls, name, value);
        return true;
    }
    const char *field = plain_field(key);
    if (field != NULL) {
        tcn_collect_text(c, field, (unsigned)cls, value);
    }
    return field != NULL;
}
