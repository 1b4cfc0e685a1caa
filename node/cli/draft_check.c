/* What may stand behind an option of a draft. Whoever typed it is told here,
 * with the text that is wrong; the node would only say which item is. */
#include "alert/label.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/draft.h"
#include "formats/import.h"
#include "formats/indicator.h"
#include "lang/suggest.h"

#define INDICATOR_TYPES                                                        \
    "ipv4-addr, ipv6-addr, domain-name, url, email-addr, sha256, sha1, md5, "  \
    "file-name, mutex, asn, cve, yara, sigma or snort"

static bool is_severity(struct tcn_view text)
{
    return tcn_severity_find(text) >= 0;
}

static bool is_confidence(struct tcn_view text)
{
    uint64_t number;
    return tcn_text_uint(text, &number) && number <= 100;
}

static bool is_tlp(struct tcn_view text)
{
    return tcn_tlp_find(text) >= 0;
}

static bool is_pap(struct tcn_view text)
{
    return tcn_pap_find(text) >= 0;
}

static bool is_onward(struct tcn_view text)
{
    return tcn_onward_find(text) >= 0;
}

static bool is_caveat(struct tcn_view text)
{
    return tcn_view_is(text, "orcon") || tcn_view_is(text, "no-partner") ||
           tcn_view_is(text, "no-automation");
}

static bool is_class_or_type(struct tcn_view text)
{
    return tcn_text_is_word(text, 1, 32, false) && text.data[0] != '-';
}

static bool is_category(struct tcn_view text)
{
    struct tcn_view type = cli_cut(&text, '/');
    return is_class_or_type(text) && is_class_or_type(type);
}

static bool is_sector(struct tcn_view text)
{
    return tcn_text_is_word(text, 2, 32, false);
}

static bool is_region(struct tcn_view text)
{
    return tcn_text_is_word(text, 2, 8, true);
}

static bool is_agreement(struct tcn_view text)
{
    uint8_t hash[8];
    struct tcn_view hex = cli_cut(&text, '#');
    return tcn_text_is_word(text, 1, 32, true) &&
           tcn_text_unhex(hex, hash, sizeof hash);
}

static bool is_exercise(struct tcn_view text)
{
    return tcn_text_is_word(text, 1, 32, true);
}

static bool is_life(struct tcn_view text)
{
    uint64_t ms;
    return tcn_time_parse_duration(text, &ms) && ms > 0 &&
           ms <= TCN_LIFE_MAX_MS;
}

/* What the format forbids, and the empty text, which says nothing. */
static bool is_text(struct tcn_view text)
{
    return text.len > 0 && tcn_text_check(text) == TCN_ERR_OK;
}

/* The type it was given as: "ip" would be guessed, but is none. */
static bool is_indicator(struct tcn_view text)
{
    char type[32];
    struct tcn_view value = cli_cut(&text, '=');
    if (text.len >= sizeof type || !is_text(value)) {
        return false;
    }
    memcpy(type, text.data, text.len);
    type[text.len] = '\0';
    const char *really = tcn_indicator_type(type, &value);
    return really != NULL && strcmp(really, type) == 0;
}

static bool is_field(struct tcn_view text)
{
    struct tcn_view value = cli_cut(&text, '=');
    return tcn_text_is_word(text, 1, 32, true) && text.data[0] >= 'a' &&
           !tcn_view_is(text, "title") && !tcn_view_is(text, "indicator") &&
           is_text(value);
}

static const struct {
    const char *option;
    bool (*fits)(struct tcn_view text);
    const char *expected;
} checks[] = {
    {"severity", is_severity, "expected info, low, medium, high or critical"},
    {"confidence", is_confidence, "expected a number from 0 to 100"},
    {"tlp", is_tlp, "expected clear, green, amber, amber+strict or red"},
    {"pap", is_pap, "expected clear, green, amber or red"},
    {"onward", is_onward, "expected none, listed, members or any"},
    {"to", tcn_text_is_member, "this is no member code, such as ee or lv"},
    {"caveat", is_caveat, "expected orcon, no-partner or no-automation"},
    {"category", is_category,
     "expected CLASS/TYPE of the RSIT, such as malicious-code/ransomware"},
    {"sector", is_sector, "expected a sector in a-z and -, such as energy"},
    {"region", is_region, "expected an ISO 3166 code in a-z, such as ee"},
    {"agreement", is_agreement,
     "expected NAME#HASH, as `tocsin policy check` lists it"},
    {"exercise", is_exercise,
     "expected the name of an exercise in a-z, 0-9 and -"},
    {"source", tcn_import_is_source,
     "expected a name for the source in a-z, 0-9 and -, such as cert-lv"},
    {"expires", is_life,
     "expected a duration such as 24h or 30d, at most 400d"},
    {"title", cli_is_line,
     "expected one line of text without control or direction characters"},
    {"indicator", is_indicator,
     "expected TYPE=VALUE, such as ipv4-addr=198.51.100.3; the types "
     "are " INDICATOR_TYPES ", and the value must be one of its type"},
    {"field", is_field,
     "expected NAME=VALUE, such as victim=\"Hospital X\", without control or "
     "direction characters; title and indicator have options of their own"},
};

static int check(const struct cli_args *args, size_t row, struct tcn_view value)
{
    return checks[row].fits(value)
               ? EXIT_DONE
               : cli_wrong_view(args, value, checks[row].expected);
}

/* --to names several at once. */
static int check_list(const struct cli_args *args, size_t row, const char *text)
{
    struct tcn_view rest = tcn_view_str(text);
    size_t count = 0;
    for (bool more = true; more;) {
        struct tcn_view one = rest;
        more = memchr(rest.data, ',', rest.len) != NULL;
        rest = cli_cut(&one, ',');
        int code = check(args, row, one);
        if (code != EXIT_DONE) {
            return code;
        }
        if (++count > TCN_AUDIENCE_MAX) {
            return cli_wrong_view(args, one, "more than 256 members");
        }
    }
    return EXIT_DONE;
}

/* A field may have any name, but a misspelt one does not get the class that
 * filters withhold it by. */
static void look_at_name(struct tcn_view field)
{
    const char *known[TCN_FIELD_NAMES];
    (void)cli_cut(&field, '=');
    const char *meant = tcn_field_names(field, known)
                            ? NULL
                            : tcn_suggest(field, known, TCN_FIELD_NAMES);
    if (meant != NULL) {
        (void)fprintf(stderr,
                      "warning: the field `%.*s` goes as %s; did you mean "
                      "`%s`, which goes as %s?\n",
                      (int)field.len, (const char *)field.data,
                      tcn_class_word(tcn_field_class(field)), meant,
                      tcn_class_word(tcn_field_class(tcn_view_str(meant))));
    }
}

int draft_check(const struct cli_args *args)
{
    for (size_t i = 0; i < args->count; i++) {
        const char *name = args->given[i].option->name;
        const char *value = args->given[i].value;
        for (size_t j = 0; j < sizeof checks / sizeof checks[0]; j++) {
            if (strcmp(checks[j].option, name) != 0) {
                continue;
            }
            int code = strcmp(name, "to") == 0
                           ? check_list(args, j, value)
                           : check(args, j, tcn_view_str(value));
            if (code != EXIT_DONE) {
                return code;
            }
        }
        if (strcmp(name, "field") == 0) {
            look_at_name(tcn_view_str(value));
        }
    }
    return EXIT_DONE;
}
