/* Random documents of STIX, MISP and CAP, made here from what must come of
 * them: every indicator with its type and whether it is for detection, the
 * marking, how long it is valid, who says it. All of it stands in the import,
 * and comes back from each format, and from a row of them in any order. */
#include <jansson.h>

#include "formats/stix_validity.h"
#include "unit/round_trip.h"

#define ROUNDS         120
#define INDICATORS_MAX 12

static int end(void **state)
{
    (void)state;
    run_fini();
    return 0;
}

/* One line of each type, by its number; `n` makes it another. */
static const struct kind {
    const char *type; /* of the alert */
    const char *misp;
    const char *path;  /* of a pattern of STIX */
    const char *value; /* with one %x */
} kinds[] = {
    {"ipv4-addr", "ip-dst", "ipv4-addr:value", "198.51.100.%u"},
    {"ipv4-addr", "ip-src", "ipv4-addr:value", "203.0.113.%u"},
    {"ipv6-addr", "ip-dst", "ipv6-addr:value", "2001:db8::%x"},
    {"domain-name", "domain", "domain-name:value", "h%x.example"},
    {"domain-name", "hostname", "domain-name:value", "www.h%x.example"},
    {"url", "url", "url:value", "http://h%x.example/?a='b'&c=\"d\""},
    {"email-addr", "email-src", "email-addr:value", "u%x@h.example"},
    {"md5", "md5", "file:hashes.MD5", "0749bae92ca336a02c83d126e04ec%03x"},
    {"sha1", "sha1", "file:hashes.'SHA-1'",
     "da39a3ee5e6b4b0d3255bfef95601890afd80%03x"},
    {"sha256", "sha256", "file:hashes.'SHA-256'",
     "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635f%03x"},
    {"file-name", "filename", "file:name", "a b'c\\d %x.exe"},
    {"mutex", "mutex", "mutex:name", "Global\\x%x"},
    {"asn", "AS", "autonomous-system:number", "64%03u"},
};
#define KINDS (sizeof kinds / sizeof *kinds)

static const char *const names[] = {"CERT-X", "J\xc3\xb5geva & <b>",
                                    "Org \"quoted\"", "a, b; c|d"};

struct expected {
    struct tcn_text lines; /* facts that must be there, each ended by NUL */
    size_t count;
    char tlp[16];
};

static void expect(struct expected *of, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void expect(struct expected *of, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    tcn_text_put(&of->lines, tcn_view(line, strlen(line) + 1));
    of->count++;
}

/* Which kinds, each value once, and whether they are for detection. */
struct pick {
    const struct kind *kind;
    char value[160];
    bool detect;
};

static size_t pick_some(struct pick *picks)
{
    size_t count = 1 + dice(INDICATORS_MAX);
    for (size_t i = 0; i < count; i++) {
        picks[i].kind = &kinds[dice(KINDS)];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(picks[i].value, sizeof picks[i].value,
                       picks[i].kind->value, 16 + (unsigned)i * 13);
#pragma GCC diagnostic pop
        picks[i].detect = dice(3) > 0;
    }
    return count;
}

static void expect_picks(struct expected *of, const struct pick *picks,
                         size_t count)
{
    bool some_not = false;
    for (size_t i = 0; i < count; i++) {
        expect(of, "TECH %s:%s = %s",
               picks[i].detect ? "indicator" : "observable",
               picks[i].kind->type, picks[i].value);
        some_not |= !picks[i].detect;
    }
    expect(of, "caveats %u exercise ", some_not ? TCN_CAVEAT_NO_AUTOMATION : 0);
}

/* ---- STIX ---- */

static const struct {
    const char *id;
    const char *word;
} markings[] = {
    {"94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"},
    {"34098fce-860f-48ae-8e50-ebd3cc5e41da", "green"}, /* of 2.0 */
    {"55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"},
    {"939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict"},
    {"5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "red"},
};

static void put_id(char out[80], const char *type, unsigned n)
{
    (void)snprintf(out, 80, "%s--%08x-0000-4000-8000-000000000000", type, n);
}

/* "[path = 'value']", quoted as patterns want it. */
static void put_pattern(struct tcn_text *text, const char *path,
                        struct tcn_view value, bool number)
{
    tcn_text_printf(text, "[%s = %s", path, number ? "" : "'");
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '\'' || value.data[i] == '\\') {
            tcn_text_put_str(text, "\\");
        }
        tcn_text_put(text, tcn_view(value.data + i, 1));
    }
    tcn_text_put_str(text, number ? "]" : "']");
}

static json_t *pattern_of(const struct pick *pick)
{
    struct tcn_text text = {0};
    put_pattern(&text, pick->kind->path, tcn_view_str(pick->value),
                strcmp(pick->kind->type, "asn") == 0);
    json_t *out = json_stringn(text.data, text.len);
    free(text.data);
    return out;
}

static json_t *stix_indicator(const struct pick *pick, unsigned n)
{
    char id[80];
    put_id(id, "indicator", 100 + n);
    json_t *object = json_pack(
        "{s:s,s:s,s:s,s:o,s:s,s:s}", "type", "indicator", "id", id,
        "spec_version", "2.1", "pattern", pattern_of(pick), "pattern_type",
        "stix", "valid_from",
        dice(2) ? "2026-06-01T00:00:00.000Z" : "2026-07-01T08:30:00.000Z");
    if (!pick->detect) { /* over before the import, or benign */
        bool past = dice(2) == 0;
        json_object_set_new(object, past ? "valid_until" : "indicator_types",
                            past ? json_string("2026-07-01T09:00:00.000Z")
                                 : json_pack("[s]", "benign"));
    } else if (dice(2)) {
        json_object_set_new(object, "valid_until",
                            json_string("2027-01-01T00:00:00.000Z"));
    }
    return object;
}

static char *make_stix(struct expected *of)
{
    struct pick picks[INDICATORS_MAX];
    size_t count = pick_some(picks);
    const char *name = names[dice(4)];
    unsigned marking = dice(5);
    char id[80];
    json_t *objects = json_array();
    json_t *refs = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *object = stix_indicator(&picks[i], (unsigned)i);
        json_array_append(refs, json_object_get(object, "id"));
        json_array_append_new(objects, object);
    }
    put_id(id, "identity", 1);
    json_array_append_new(objects, json_pack("{s:s,s:s,s:s,s:s}", "type",
                                             "identity", "id", id, "name", name,
                                             "identity_class", "organization"));
    char report[80];
    put_id(report, "report", 2);
    json_array_append_new(
        objects,
        json_pack("{s:s,s:s,s:s,s:s,s:o,s:[o],s:s}", "type", "report", "id",
                  report, "name", "Title & <more>", "created_by_ref", id,
                  "object_refs", refs, "object_marking_refs",
                  json_sprintf("marking-definition--%s", markings[marking].id),
                  "modified", "2026-07-01T08:00:00.000Z"));
    put_id(id, "bundle", 3);
    json_t *bundle = json_pack("{s:s,s:s,s:o}", "type", "bundle", "id", id,
                               "objects", objects);
    char *text = json_dumps(bundle, JSON_COMPACT);
    json_decref(bundle);
    expect_picks(of, picks, count);
    expect(of, "SOURCE source = %s", name);
    expect(of, "KEEP title = Title & <more>");
    (void)snprintf(of->tlp, sizeof of->tlp, "%s", markings[marking].word);
    return text;
}

/* ---- MISP ---- */

static char *make_misp(struct expected *of)
{
    static const char *const tags[] = {"tlp:clear", "tlp:green", "tlp:amber",
                                       "tlp:amber+strict", "tlp:red"};
    struct pick picks[INDICATORS_MAX];
    size_t count = pick_some(picks);
    const char *name = names[dice(4)];
    unsigned tlp = dice(5);
    unsigned second = dice(5); /* of an attribute: the strictest counts */
    json_t *attributes = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct pick *pick = &picks[i];
        json_t *attribute = json_pack(
            "{s:s,s:s,s:s,s:b}", "type", pick->kind->misp, "category",
            "Network activity", "value", pick->value, "to_ids", pick->detect);
        if (dice(3) == 0) {
            json_object_set_new(
                attribute, "first_seen",
                json_string("2026-06-01T00:00:00.000000+00:00"));
            expect(of,
                   "SOURCE tool:misp:seen = %s: first "
                   "2026-06-01T00:00:00.000000+00:00, last ",
                   pick->value);
        }
        json_array_append_new(attributes, attribute);
    }
    json_object_set_new(json_array_get(attributes, 0), "Tag",
                        json_pack("[{s:s}]", "name", tags[second]));
    json_t *event = json_pack(
        "{s:{s:s,s:s,s:s,s:s,s:{s:s},s:o,s:[{s:s}]}}", "Event", "uuid",
        "00000005-0000-4000-8000-000000000000", "info", "Title & <more>",
        "timestamp", "1782892800", "threat_level_id", "1", "Orgc", "name", name,
        "Attribute", attributes, "Tag", "name", tags[tlp]);
    char *text = json_dumps(event, JSON_COMPACT);
    json_decref(event);
    expect_picks(of, picks, count);
    expect(of, "SOURCE source = %s", name);
    expect(of, "KEEP title = Title & <more>");
    (void)snprintf(of->tlp, sizeof of->tlp, "%s",
                   tags[tlp > second ? tlp : second] + 4);
    return text;
}

/* ---- CAP ---- */

static void put_xml(struct tcn_text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        const char *as = *text == '<'   ? "&lt;"
                         : *text == '>' ? "&gt;"
                         : *text == '&' ? "&amp;"
                                        : NULL;
        if (as != NULL) {
            tcn_text_put_str(out, as);
        } else {
            tcn_text_put(out, tcn_view(text, 1));
        }
    }
}

static void put_parameter(struct tcn_text *out, const char *name,
                          const char *value)
{
    tcn_text_printf(out, "<parameter><valueName>%s</valueName><value>", name);
    put_xml(out, value);
    tcn_text_put_str(out, "</value></parameter>");
}

static char *make_cap(struct expected *of)
{
    static const char *const scale[] = {"clear", "green", "amber",
                                        "amber+strict", "red"};
    struct pick picks[INDICATORS_MAX];
    size_t count = pick_some(picks);
    const char *name = names[dice(4)];
    unsigned tlp = dice(5);
    struct tcn_text out = {0};
    tcn_text_put_str(
        &out, "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">"
              "<identifier>I</identifier><sender>s@e.example</sender><sent>"
              "2026-07-01T08:00:00-00:00</sent><status>Actual</status><msgType>"
              "Alert</msgType><scope>Restricted</scope><restriction>r"
              "</restriction><info><category>Infra</category><event>E</event>"
              "<urgency>Past</urgency><severity>Minor</severity><certainty>"
              "Likely</certainty><expires>2026-08-01T00:00:00-00:00</expires>"
              "<senderName>");
    put_xml(&out, name);
    tcn_text_put_str(&out, "</senderName><headline>Title &amp; &lt;more&gt;"
                           "</headline>");
    put_parameter(&out, "TLP", scale[tlp]);
    put_parameter(&out, "odd", "kept");
    for (size_t i = 0; i < count; i++) {
        char key[80];
        (void)snprintf(key, sizeof key, "tocsin:%s:%s",
                       picks[i].detect ? "indicator" : "observable",
                       picks[i].kind->type);
        put_parameter(&out, key, picks[i].value);
    }
    tcn_text_put_str(&out, "</info></alert>");
    expect_picks(of, picks, count);
    expect(of, "SOURCE source = %s", name);
    expect(of, "SOURCE source = s@e.example");
    expect(of, "SOURCE tool:cap:parameter odd = kept");
    expect(of, "SOURCE tool:cap:expires = 2026-08-01T00:00:00-00:00");
    expect(of, "KEEP title = Title & <more>");
    (void)snprintf(of->tlp, sizeof of->tlp, "%s", scale[tlp]);
    return out.data;
}

/* ---- the property ---- */

static void check_promised(const struct expected *of, const struct facts *facts,
                           const char *document)
{
    const char *line = of->lines.data;
    for (size_t i = 0; i < of->count; i++) {
        if (!has(facts, line)) {
            for (size_t k = 0; k < facts->count; k++) {
                print_error("  %.200s\n", facts->lines[k]);
            }
            fail_msg("seed %llu: the import lost: %s\nof %s",
                     (unsigned long long)seed, line, document);
        }
        line += strlen(line) + 1;
    }
    assert_string_equal(tcn_tlp_word(told.header.label.tlp), of->tlp);
}

/* From when until when each indicator is valid, as lines. */
static void note_validities(struct facts *facts)
{
    for (size_t i = 0; i < told.field_count; i++) {
        const struct tcn_draft_field *field = &told.fields[i];
        if (!tcn_view_is(field->name, "indicator")) {
            continue;
        }
        struct tcn_text pattern = {0};
        struct tcn_text line = {0};
        struct tcn_view value = field->values[1].text;
        put_pattern(&pattern, "path", value,
                    tcn_view_is(field->values[0].text, "asn"));
        struct tcn_view valid =
            tcn_stix_validity_of(&told, tcn_text_view(&pattern));
        tcn_text_put_str(&line, "validity of ");
        tcn_text_put(&line, value);
        tcn_text_put_str(&line, " ");
        tcn_text_put(&line, valid);
        add_fact(facts, &line);
        free(pattern.data);
    }
}

static void look_at(struct facts *facts)
{
    note_fields(facts, &told);
    note_header(facts, &told);
}

/* Of what a source did not say, STIX gets the life of the alert. */
static void check_validities(const struct facts *before)
{
    struct facts now = {0};
    note_validities(&now);
    for (size_t i = 0; i < before->count; i++) {
        const char *line = before->lines[i];
        if (line[strlen(line) - 1] != ' ' && !has(&now, line)) {
            for (size_t k = 0; k < now.count; k++) {
                print_error("  %.200s\n", now.lines[k]);
            }
            fail_msg("seed %llu: lost: %s", (unsigned long long)seed, line);
        }
    }
    forget(&now);
}

static void survive(char *(*make)(struct expected *of))
{
    static struct tcn_draft first;
    static uint8_t copy[TCN_CONTROL_MAX];
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct expected of = {0};
        struct facts before = {0};
        struct facts valid = {0};
        struct round round;
        seed = i;
        char *document = make(&of);
        assert_false(of.lines.failed);
        import_text(document, &round);
        assert_int_equal(round.count, 1);
        struct tcn_buf out = tcn_buf(copy, sizeof copy);
        assert_int_equal(tcn_draft_encode(&round.drafts[0], &out), TCN_ERR_OK);
        assert_int_equal(tcn_draft_decode(&first, tcn_buf_view(&out)),
                         TCN_ERR_OK);
        tell(&first, TCN_CLASS_ALL);
        look_at(&before);
        note_validities(&valid);
        check_promised(&of, &before, document);
        for (size_t f = 0; f < FORMATS; f++) { /* each by itself */
            tell(&first, TCN_CLASS_ALL);
            go_round(formats[f], &before);
            check_validities(&valid);
        }
        for (unsigned step = 0; step < 4; step++) { /* in a row, any order */
            go_round(formats[dice(FORMATS)], &before);
            check_validities(&valid);
        }
        forget(&before);
        forget(&valid);
        free(of.lines.data);
        free(document);
    }
}

static void what_stix_says_survives(void **state)
{
    (void)state;
    survive(make_stix);
}

static void what_misp_says_survives(void **state)
{
    (void)state;
    survive(make_misp);
}

static void what_cap_says_survives(void **state)
{
    (void)state;
    survive(make_cap);
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stix_says_survives),
        cmocka_unit_test(what_misp_says_survives),
        cmocka_unit_test(what_cap_says_survives),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
