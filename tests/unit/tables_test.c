/* The mapping tables that `tocsin formats` prints, row by row: what a row says
 * is what an import or an export does. */
#include "formats/export.h"
#include "formats/tables.h"
#include "unit/alert_made.h"
#include "unit/import_run.h"

#define UUID "b87fa0f3-988f-4ae9-ae87-2f0d962ab1ee"

/* A value for each type of indicator. */
static const char *value_of(const char *type)
{
    static const char *const rows[][2] = {
        {"ipv4-addr", "198.51.100.3"},
        {"ip", "198.51.100.3"},
        {"ipv6-addr", "2001:db8::1"},
        {"domain-name", "c2.example"},
        {"url", "http://c2.example/a"},
        {"email-addr", "a@b.example"},
        {"md5", "0749bae92ca336a02c83d126e04ec628"},
        {"sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"sha256",
         "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635"
         "fb6c"},
        {"file-name", "a.exe"},
        {"mutex", "m"},
        {"asn", "64496"},
        {"cve", "CVE-2026-1234"},
        {"yara", "rule a {}"},
        {"sigma", "title: a"},
        {"snort", "alert"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i][0], type) == 0) {
            return rows[i][1];
        }
    }
    fail_msg("no value of type %s", type);
    return NULL;
}

static void check(const struct tcn_table_row *row, const char *words)
{
    if (run.err != TCN_ERR_OK || strstr(run.text, words) == NULL) {
        run_show();
        fail_msg("%s %s %s %s: there is no: %s", row->what, row->theirs,
                 row->way, row->ours, words);
    }
}

__attribute__((format(printf, 1, 2))) static void import(const char *format,
                                                         ...)
{
    static char text[8192];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_true(n > 0 && (size_t)n < sizeof text);
    run_text(text);
}

/* The header line of a draft says it. */
static void check_header(const struct tcn_table_row *row)
{
    char words[128];
    bool category = strchr(row->ours, ' ') == NULL;
    snprintf(words, sizeof words, category ? " category %s\n" : " %s ",
             row->ours);
    check(row, words);
}

/* ---- exports ---- */

static char *export_of(enum tcn_export_format format, const char *type,
                       bool detect, unsigned tlp)
{
    static struct tcn_draft draft;
    static struct made_bytes envelope;
    static struct tcn_alert alert;
    static struct tcn_told told;
    struct tcn_card card = made_card();
    struct tcn_text text = {0};
    made_draft(&draft);
    draft.header.label.tlp = (uint8_t)tlp;
    draft.header.label.pap = (uint8_t)(tlp < TCN_PAP_COUNT ? tlp : 0);
    draft.header.label.caveat_count = detect ? 0 : 1;
    draft.header.label.caveats[0] = tcn_view_str("no-automation");
    made_add(&draft, TCN_CLASS_TECH, "indicator", type);
    draft.fields[0].is_list = true;
    draft.fields[0].value_count = 2;
    draft.fields[0].values[1] =
        (struct tcn_draft_value){.text = tcn_view_str(value_of(type))};
    assert_int_equal(made_alert(&envelope, &draft, &card.cert), TCN_ERR_OK);
    assert_int_equal(tcn_alert_decode(&alert, made_view(&envelope)),
                     TCN_ERR_OK);
    assert_int_equal(tcn_alert_check_fields(&alert), TCN_ERR_OK);
    struct tcn_alert_facts facts = {.status = TCN_STATUS_LIVE};
    tcn_told_from_alert(&told, &alert, &facts);
    assert_true(tcn_export_one(&text, format, &told));
    return text.data;
}

static void check_export(const struct tcn_table_row *row, char *text,
                         const char *words)
{
    if (strstr(text, words) == NULL) {
        fail_msg("%s %s %s %s: there is no: %s\nin %.3000s", row->what,
                 row->theirs, row->way, row->ours, words, text);
    }
    free(text);
}

/* ---- STIX ---- */

#define STIX(type, more)                                                       \
    "{\"type\":\"bundle\",\"id\":\"bundle--" UUID "\",\"objects\":[{\"type\":" \
    "\"" type "\",\"id\":\"" type "--" UUID "\"" more "}"

/* What an object of each type needs to say something, with MARK in it. */
static const char *properties_of(const char *type)
{
    static const char *const rows[][2] = {
        {"attack-pattern", "\"name\":\"MARK\",\"external_references\":[{"
                           "\"source_name\":\"mitre-attack\",\"external_id\":"
                           "\"T1486\"}]"},
        {"autonomous-system", "\"number\":64496"},
        {"domain-name", "\"value\":\"c2.example\""},
        {"email-addr", "\"value\":\"a@b.example\""},
        {"file", "\"name\":\"MARK\""},
        {"indicator", "\"pattern\":\"[url:value = 'http://MARK']\","
                      "\"pattern_type\":\"stix\",\"valid_from\":\"2026-01-01T00"
                      ":00:00Z\""},
        {"ipv4-addr", "\"value\":\"198.51.100.3\""},
        {"ipv6-addr", "\"value\":\"2001:db8::1\""},
        {"marking-definition", "\"definition_type\":\"statement\","
                               "\"definition\":{\"statement\":\"MARK\"}"},
        {"mutex", "\"name\":\"MARK\""},
        {"note", "\"content\":\"MARK\""},
        {"observed-data", "\"number_observed\":1,\"first_observed\":\"MARK\""},
        {"opinion", "\"opinion\":\"MARK\""},
        {"relationship", "\"relationship_type\":\"MARK\""},
        {"report", "\"name\":\"MARK\",\"object_refs\":[]"},
        {"grouping", "\"name\":\"MARK\",\"object_refs\":[]"},
        {"sighting", "\"first_seen\":\"MARK\""},
        {"url", "\"value\":\"http://MARK\""},
        {"vulnerability", "\"name\":\"CVE-2026-1234\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i][0], type) == 0) {
            return rows[i][1];
        }
    }
    return "\"name\":\"MARK\"";
}

/* A line of that field that is not of the object beside it. */
static void check_field(const struct tcn_table_row *row, const char *field)
{
    char words[64];
    snprintf(words, sizeof words, " %s | ", field);
    const char *at = run.text;
    bool marked =
        strcmp(field, "indicator") == 0 || strcmp(field, "technique") == 0;
    while ((at = strstr(at, words)) != NULL) {
        size_t len = strcspn(at, "\n");
        if (marked || memmem(at, len, "MARK", 4) != NULL) {
            return;
        }
        at += len;
    }
    run_show();
    fail_msg("%s %s -> %s: there is no such line", row->what, row->theirs,
             row->ours);
}

static void stix_row(const struct tcn_table_row *row)
{
    const char *type =
        strrchr(row->ours, ' ') ? strrchr(row->ours, ' ') + 1 : row->ours;
    bool in = strcmp(row->way, "->") == 0;
    char words[256];
    if (strcmp(row->what, "object") == 0) {
        import("{\"type\":\"bundle\",\"id\":\"bundle--" UUID
               "\",\"objects\":[{\"type\":\"%s\",\"id\":\"%s--" UUID
               "\",%s},{\"type\":\"software\",\"id\":\"software--" UUID "\"}]}",
               row->theirs, row->theirs, properties_of(row->theirs));
        check_field(row, row->ours);
    } else if (strcmp(row->what, "path") == 0 && in) {
        const char *value = value_of(type);
        bool six = strncmp(row->theirs, "ipv6", 4) == 0;
        value = six ? "2001:db8::1" : value;
        import(STIX("indicator", ",\"pattern_type\":\"stix\",\"pattern\":\"[%s "
                                 "= '%s']\"") "]}",
               row->theirs, value);
        snprintf(words, sizeof words, "TECH indicator | %s | %s\n",
                 strcmp(type, "ip") != 0 ? type
                 : six                   ? "ipv6-addr"
                                         : "ipv4-addr",
                 value);
        check(row, words);
    } else if (strcmp(row->what, "path") == 0) {
        snprintf(words, sizeof words, "\"pattern\":\"[%s = ", row->theirs);
        check_export(row, export_of(TCN_EXPORT_STIX, type, true, 1), words);
    } else if (strcmp(row->what, "observable") == 0) {
        snprintf(words, sizeof words, "\"id\":\"%s--", row->theirs);
        check_export(row, export_of(TCN_EXPORT_STIX, type, false, 1), words);
    } else if (strcmp(row->what, "marking") == 0 && in) {
        import(STIX("campaign", ",\"name\":\"n\",\"object_marking_refs\":["
                                "\"%s\"]") "]}",
               row->theirs);
        check_header(row);
    } else if (strcmp(row->what, "marking") == 0) {
        int tlp = tcn_tlp_find(tcn_view_str(type));
        check_export(row,
                     export_of(TCN_EXPORT_STIX, "md5", true, (unsigned)tlp),
                     row->theirs);
    } else {
        import(STIX("campaign", ",\"name\":\"n\",\"labels\":[\"%s\"]") "]}",
               row->theirs);
        check_header(row);
    }
}

/* ---- MISP ---- */

#define MISP(more) "{\"Event\":{\"uuid\":\"" UUID "\",\"info\":\"t\"" more "}}"

/* "tool, indicator ip": the first half, and both together. */
static void misp_halves(const struct tcn_table_row *row, const char *type)
{
    char words[256];
    const char *first = value_of(type);
    import(MISP(",\"Attribute\":[{\"type\":\"%s\",\"value\":\"%s|x\","
                "\"to_ids\":true}]"),
           row->theirs, first);
    snprintf(words, sizeof words, "TECH indicator | %s | %s\n",
             strcmp(type, "ip") == 0 ? "ipv4-addr" : type, first);
    check(row, words);
    snprintf(words, sizeof words, " tool | misp:%s | %s|x\n", row->theirs,
             first);
    check(row, words);
    check(row, " no-automation\n");
}

static void misp_attribute(const struct tcn_table_row *row)
{
    static const char halves[] = "tool, indicator ";
    if (strncmp(row->ours, halves, sizeof halves - 1) == 0) {
        misp_halves(row, row->ours + sizeof halves - 1);
        return;
    }
    char ours[96];
    char value[160];
    char words[256];
    snprintf(ours, sizeof ours, "%s", row->ours);
    bool indicator = strncmp(ours, "indicator ", 10) == 0;
    char *first = indicator ? ours + 10 : NULL;
    char *second = indicator ? strstr(ours, ", ") : NULL;
    if (second != NULL) {
        *second = '\0';
        second += 2;
    }
    snprintf(value, sizeof value, "%s%s%s",
             indicator ? value_of(first) : "MARK", second ? "|" : "",
             second ? value_of(second) : "");
    import(MISP(",\"Attribute\":[{\"type\":\"%s\",\"value\":\"%s\",\"to_ids\":"
                "true}]"),
           row->theirs, value);
    if (!indicator) {
        check_field(row, row->ours);
        return;
    }
    snprintf(words, sizeof words, " indicator | %s | %s\n",
             strcmp(first, "ip") == 0 ? "ipv4-addr" : first, value_of(first));
    check(row, words);
    if (second != NULL) {
        snprintf(words, sizeof words, " indicator | %s | %s\n",
                 strcmp(second, "ip") == 0 ? "ipv4-addr" : second,
                 value_of(second));
        check(row, words);
    }
}

static void misp_export(const struct tcn_table_row *row)
{
    char words[256];
    char type[64];
    snprintf(type, sizeof type, "%.*s", (int)strcspn(row->theirs, " "),
             row->theirs);
    const char *category = strchr(row->theirs, '(') + 1;
    snprintf(words, sizeof words, "\"type\":\"%s\",\"category\":\"%.*s\"", type,
             (int)strcspn(category, ")"), category);
    check_export(
        row,
        export_of(TCN_EXPORT_MISP, row->ours + strlen("indicator "), true, 1),
        words);
}

static void misp_row(const struct tcn_table_row *row)
{
    char tag[128];
    struct tcn_buf out = tcn_buf(tag, sizeof tag);
    tcn_text_escape_json(&out, tcn_view_str(row->theirs));
    (void)tcn_buf_text(&out);
    if (strcmp(row->what, "attribute") == 0) {
        if (strcmp(row->way, "->") == 0) {
            misp_attribute(row);
        } else {
            misp_export(row);
        }
        return;
    }
    if (strcmp(row->what, "level") == 0) {
        import(MISP(",\"threat_level_id\":\"%s\""),
               row->theirs + strlen("threat_level_id "));
    } else if (strcmp(row->what, "word") == 0) {
        import(MISP(",\"Tag\":[{\"name\":\"ecsirt:x=\\\"%s\\\"\"}]"), tag);
    } else {
        import(MISP(",\"Tag\":[{\"name\":\"%s\"}]"), tag);
    }
    check_header(row);
    if (strcmp(row->way, "<->") == 0) {
        bool tlp = strncmp(row->ours, "tlp ", 4) == 0;
        int value = tlp ? tcn_tlp_find(tcn_view_str(row->ours + 4))
                        : tcn_pap_find(tcn_view_str(row->ours + 4));
        char words[160];
        /* PAP in upper case, as its taxonomy has it. */
        snprintf(words, sizeof words, "{\"name\":\"%s\"}", row->theirs);
        for (char *at = words; !tlp && *at != '\0'; at++) {
            bool letter = *at >= 'a' && *at <= 'z' && at > words + 9;
            *at = letter ? (char)(*at - 32) : *at;
        }
        check_export(row,
                     export_of(TCN_EXPORT_MISP, "md5", true, (unsigned)value),
                     words);
    }
}

/* ---- the others ---- */

static void cap(const char *event, const char *severity, const char *certainty,
                const char *element)
{
    char more[256] = "";
    if (element != NULL) {
        snprintf(more, sizeof more, "<%s>MARK</%s>", element, element);
    }
    import("<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>I"
           "</identifier><sender>s</sender><sent>2026-07-01T08:00:00-00:00"
           "</sent><status>Actual</status><msgType>Alert</msgType><scope>Public"
           "</scope><info><category>Infra</category><event>%s</event><urgency>"
           "Past</urgency><severity>%s</severity><certainty>%s</certainty>%s"
           "<headline>h</headline></info></alert>",
           event, severity, certainty, more);
}

static void cap_row(const struct tcn_table_row *row)
{
    if (strcmp(row->what, "severity") == 0) {
        cap("E", row->theirs, "Likely", NULL);
        check_header(row);
    } else if (strcmp(row->what, "certainty") == 0) {
        cap("E", "Minor", row->theirs, NULL);
        check_header(row);
    } else {
        bool event = strcmp(row->theirs, "event") == 0;
        cap(event ? "MARK" : "E", "Minor", "Likely",
            event ? NULL : row->theirs);
        check_field(row, row->ours);
    }
}

static void eve_row(const struct tcn_table_row *row)
{
    bool severity = strcmp(row->what, "severity") == 0;
    import("{\"timestamp\":\"2026-07-01T08:00:00+0000\",\"event_type\":"
           "\"alert\",\"src_ip\":\"203.0.113.5\",\"alert\":{\"signature_id\":7,"
           "\"category\":\"%s\",\"severity\":%s}}",
           severity ? "x" : row->theirs,
           severity ? row->theirs + strlen("severity ") : "1");
    check_header(row);
}

static void idea_row(const struct tcn_table_row *row)
{
    import(
        "{\"Format\":\"IDEA0\",\"ID\":\"e\",\"DetectTime\":\"2026-07-01T08:00"
        ":00Z\",\"Category\":[\"%s\"]}",
        row->theirs);
    check_header(row);
}

static void kev_row(const struct tcn_table_row *row)
{
    bool cve = strcmp(row->theirs, "cveID") == 0;
    import("{\"catalogVersion\":\"1\",\"vulnerabilities\":[{\"cveID\":"
           "\"CVE-2026-1234\"%s%s%s}]}",
           cve ? "" : ",\"", cve ? "" : row->theirs,
           cve ? "" : "\":\"https://MARK\"");
    assert_int_equal(run.err, TCN_ERR_OK);
    check_field(row, row->ours);
}

static void csaf_row(const struct tcn_table_row *row)
{
    import("{\"document\":{\"csaf_version\":\"2.0\",\"title\":\"T\",\"tracking"
           "\":{\"id\":\"A\"},\"distribution\":{\"tlp\":{\"label\":\"%s\"}}}}",
           row->theirs);
    check_header(row);
}

static void every_row_says_what_is_done(void **state)
{
    (void)state;
    static const struct {
        enum tcn_format format;
        void (*check)(const struct tcn_table_row *row);
        size_t least;
    } tables[] = {
        {TCN_FORMAT_STIX, stix_row, 130}, {TCN_FORMAT_MISP, misp_row, 110},
        {TCN_FORMAT_CAP, cap_row, 17},    {TCN_FORMAT_EVE, eve_row, 30},
        {TCN_FORMAT_IDEA, idea_row, 30},  {TCN_FORMAT_KEV, kev_row, 5},
        {TCN_FORMAT_CSAF, csaf_row, 6},
    };
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        struct tcn_table_row row;
        size_t i = 0;
        for (; tcn_table_row(tables[t].format, i, &row); i++) {
            tables[t].check(&row);
        }
        if (i < tables[t].least) {
            fail_msg("%s has %zu rows only", tcn_format_word(tables[t].format),
                     i);
        }
    }
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_says_what_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, run_end);
}
