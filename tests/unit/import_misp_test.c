/* MISP events to drafts, and what every import must refuse. */
#include "unit/import_run.h"

#define UUID            "5b8d9d33-ccf0-4fd9-82dc-7dbc0a016219"
#define CREATOR         "55f6ea5e-2c60-40e5-964f-47a8950d210f"
#define EVENT(more)     "{\"Event\":{\"uuid\":\"" UUID "\",\"info\":\"t\"" more "}}"
#define ATTRIBUTE(more) EVENT(",\"Attribute\":[{" more "}]")
#define TAG(name)       EVENT(",\"Tag\":[{\"name\":\"" name "\"}]")

static void every_sample_does_what_the_manifest_says(void **state)
{
    (void)state;
    run_manifest("misp/", 20);
}

#define A(type, value)                                                         \
    "\"type\":\"" type "\",\"value\":\"" value "\",\"to_ids\":true"
static const struct {
    const char *json;
    const char *line;
} attribute_rows[] = {
    {A("ip-dst", "198.51.100.7"), "TECH indicator | ipv4-addr | 198.51.100.7"},
    {A("ip-src", "198.51.100.0/24"),
     "TECH indicator | ipv4-addr | 198.51.100.0/24"},
    {A("ip-src", "2001:db8::1"), "TECH indicator | ipv6-addr | 2001:db8::1"},
    {A("ip-dst", "300.1.1.1"), "SOURCE tool | ip | 300.1.1.1"},
    {A("ip-dst|port", "198.51.100.7|443"),
     "SOURCE tool | misp:ip-dst|port | 198.51.100.7|443"},
    {A("ip-dst|port", "198.51.100.7|443"),
     "TECH indicator | ipv4-addr | 198.51.100.7"},
    {A("hostname|port", "c2.example|443"),
     "TECH indicator | domain-name | c2.example"},
    {A("filename|ssdeep", "a.exe|3:a:b"), "TECH indicator | file-name | a.exe"},
    {A("filename|ssdeep", "a.exe|3:a:b"),
     "SOURCE tool | misp:filename|ssdeep | a.exe|3:a:b"},
    {A("domain", "example.org"), "TECH indicator | domain-name | example.org"},
    {A("domain", "exa mple.org"), "SOURCE tool | domain-name | exa mple.org"},
    {A("domain|ip", "example.org|198.51.100.7"),
     "TECH indicator | ipv4-addr | 198.51.100.7"},
    {A("hostname", "www.example.org"),
     "TECH indicator | domain-name | www.example.org"},
    {A("url", "http://example.org/a"),
     "TECH indicator | url | http://example.org/a"},
    {A("email-src", "a@example.org"),
     "TECH indicator | email-addr | a@example.org"},
    {A("md5", "0749BAE92ca336a02c83d126e04ec628"),
     "TECH indicator | md5 | 0749BAE92ca336a02c83d126e04ec628"},
    {A("md5", "0749"), "SOURCE tool | md5 | 0749"},
    {A("sha512", "00"), "SOURCE tool | misp:sha512 | 00"},
    {A("filename|md5", "a.exe|0749bae92ca336a02c83d126e04ec628"),
     "TECH indicator | file-name | a.exe"},
    {A("filename|md5", "a.exe|0749bae92ca336a02c83d126e04ec628"),
     "TECH indicator | md5 | 0749bae92ca336a02c83d126e04ec628"},
    {A("mutex", "m"), "TECH indicator | mutex | m"},
    {A("AS", "AS64496"), "TECH indicator | asn | 64496"},
    {A("vulnerability", "CVE-2024-12345"),
     "TECH indicator | cve | CVE-2024-12345"},
    {A("yara", "rule a {}"), "TECH indicator | yara | rule a {}"},
    {A("link", "http://example.org"), "TECH reference | http://example.org"},
    {A("text", "words"), "FREE description | text: words"},
    {A("threat-actor", "X"), "ACTOR actor | X | 50 | misp attribute"},
    {A("target-org", "Hospital"), "VICTIM victim | Hospital"},
    {A("target-email", "j@example.org"), "PERSONAL contact | j@example.org"},
    {A("whois-registrant-name", "J D"), "PERSONAL contact | J D"},
    {A("phone-number", "1") ",\"category\":\"Person\"",
     "PERSONAL contact | phone-number: 1"},
    {A("ip-dst", "198.51.100.7") ",\"category\":\"Targeting data\"",
     "VICTIM indicator | ipv4-addr | 198.51.100.7"},
    {"\"type\":\"email-dst\",\"value\":\"v@example.org\",\"to_ids\":false",
     "PERSONAL indicator | email-addr | v@example.org"},
    {"\"type\":\"url\",\"value\":\"http://e.org/\",\"category\":\"External "
     "analysis\"",
     "TECH reference | http://e.org/"},
    {A("regkey", "HKLM") ",\"comment\":\"why\"",
     "FREE description | HKLM: why"},
    {A("domain", "e.org") ",\"first_seen\":\"2024\"",
     "SOURCE tool | misp:seen | e.org: first 2024, last "},
    {A("port", "1") ",\"x_new\":7",
     "SOURCE tool | misp:port more | {\"x_new\":7}"},
    {"\"type\":\"port\",\"value\":443", "SOURCE tool | misp:port | 443"},
};
#undef A

static void attributes_go_where_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attribute_rows / sizeof *attribute_rows;
         i++) {
        char json[1024];
        snprintf(json, sizeof json, ATTRIBUTE("%s"), attribute_rows[i].json);
        run_text(json);
        run_ended(TCN_ERR_OK);
        run_has(attribute_rows[i].line);
    }
}

static void tags_label_and_sort_the_event(void **state)
{
    (void)state;
    static const struct run_row rows[] = {
        {EVENT(""), " tlp green pap green onward none severity medium "
                    "confidence 50 category other/other"},
        {TAG("tlp:amber+strict"), " tlp amber+strict pap amber "},
        {TAG("TLP:White"), " tlp clear pap clear "},
        {TAG("tlp:unclear"), " tlp red "},
        {TAG("tlp:ex:chr"), " tlp red "},
        {TAG("iep2-policy:attribution=\\\"must\\\""), " tlp red "},
        {TAG("PAP:AMBER"), " tlp green pap amber "},
        {TAG("PAP:x"), " tlp green pap red "},
        {TAG("rsit:fraud=\\\"phishing\\\""), " category fraud/phishing"},
        {TAG("rsit:malicious-code=\\\"c2-server\\\""),
         " category malicious-code/command-and-control"},
        {TAG("ecsirt:malicious-code=\\\"ransomware\\\""),
         " category malicious-code/ransomware"},
        {TAG("misp:confidence-level=\\\"usually-confident\\\""),
         " confidence 75 "},
        {TAG("misp-galaxy:threat-actor=\\\"Sofacy\\\""),
         "ACTOR actor | Sofacy | 50 | misp galaxy\n"},
        {TAG("misp-galaxy:mitre-attack-pattern=\\\"x - T1543.004\\\""),
         "TECH technique | T1543.004\n"},
        {TAG("workflow:state=\\\"draft\\\""),
         "SOURCE tool | misp:tag | workflow:state=\"draft\"\n"},
        {EVENT(",\"threat_level_id\":1"), " severity high "},
        {EVENT(",\"threat_level_id\":\"3\",\"analysis\":\"2\""),
         " severity low confidence 75 "},
        {EVENT(",\"distribution\":\"4\""), " tlp red "},
        {ATTRIBUTE("\"type\":\"text\",\"value\":\"x\",\"Tag\":[{\"name\":\"tlp:"
                   "red\"}]"),
         " tlp red "},
        {EVENT(",\"Orgc\":{\"name\":\"CIRCL\"},\"Org\":{\"name\":\"Us\"}"),
         "SOURCE source | CIRCL\n"},
        {EVENT(",\"Orgc\":{\"name\":\"CIRCL\"},\"Org\":{\"name\":\"Us\"}"),
         "SOURCE tool | misp:owner | Us\n"},
        {EVENT(",\"event_creator_email\":\"a@b.c\""),
         "PERSONAL contact | a@b.c\n"},
        {EVENT(",\"deleted\":true"), " withdrawn\nKEEP title | t\nKEEP reason "
                                     "| withdrawn by its source\n\n"},
        {EVENT(",\"EventReport\":[{\"name\":\"R\",\"content\":\"words\"}]"),
         "FREE description | R\\nwords\n"},
    };
    run_rows(rows, sizeof rows / sizeof *rows);
}

static void the_strictest_marking_wins_over_the_operators(void **state)
{
    (void)state;
    struct tcn_import_options options = run_options();
    options.tlp = TCN_TLP_CLEAR;
    run_bytes(tcn_view_str(EVENT(",\"Tag\":[{\"name\":\"tlp:green\"},"
                                 "{\"name\":\"tlp:amber\"}]")),
              &options);
    run_ended(TCN_ERR_OK);
    assert_non_null(strstr(run.text, " tlp amber "));
}

static void no_marking_and_no_default_is_an_error(void **state)
{
    (void)state;
    struct tcn_import_options options = run_options();
    options.tlp = -1;
    run_bytes(tcn_view_str(EVENT("")), &options);
    run_ended(TCN_ERR_LABEL);
    assert_non_null(strstr(run.report.message, "--tlp"));
    assert_int_equal(run.drafts, 0);
}

static void distribution_only_narrows_onward(void **state)
{
    (void)state;
    struct tcn_import_options options = run_options();
    options.onward = TCN_ONWARD_ANY;
    run_bytes(tcn_view_str(EVENT(",\"distribution\":\"3\"")), &options);
    assert_non_null(strstr(run.text, " onward any "));
    run_bytes(tcn_view_str(EVENT(",\"distribution\":\"0\"")), &options);
    assert_non_null(strstr(run.text, " onward none "));
}

static void an_unpublished_event_is_said_or_skipped(void **state)
{
    (void)state;
    run_text(EVENT(",\"published\":false"));
    assert_int_equal(run.drafts, 1);
    run_notices("not published");
    struct tcn_import_options options = run_options();
    options.published_only = true;
    run_bytes(tcn_view_str(EVENT(",\"published\":false")), &options);
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 0);
    assert_int_equal(run.report.skipped, 1);
    run_notices("skipped");
}

static void what_is_not_for_detection_forbids_automation(void **state)
{
    (void)state;
    run_text(EVENT(",\"Attribute\":["
                   "{\"type\":\"domain\",\"value\":\"a.org\",\"to_ids\":true},"
                   "{\"type\":\"domain\",\"value\":\"b.org\"},"
                   "{\"type\":\"domain\",\"value\":\"a.org\"}]"));
    run_has("TECH tool | not-for-detection | b.org\\n");
    assert_non_null(strstr(run.text, " no-automation\n"));
    run_text(ATTRIBUTE("\"type\":\"domain\",\"value\":\"a.org\",\"to_ids\":1"));
    run_lacks("no-automation");
}

static void deleted_parts_and_attachments_are_counted(void **state)
{
    (void)state;
    run_text(
        EVENT(",\"Attribute\":["
              "{\"type\":\"domain\",\"value\":\"a.org\",\"deleted\":true},"
              "{\"type\":\"attachment\",\"value\":\"f\",\"data\":\"QUJD\"}],"
              "\"RelatedEvent\":[{}]"));
    run_ended(TCN_ERR_OK);
    run_lacks("a.org");
    run_lacks("QUJD");
    assert_int_equal(run.report.skipped, 3);
    run_notices("deleted at the source");
    run_notices("attachment of 4 bytes");
    run_notices("RelatedEvent");
}

static void objects_keep_together_what_belongs_together(void **state)
{
    (void)state;
    run_text(EVENT(",\"Object\":[{\"name\":\"file\",\"comment\":\"c\","
                   "\"first_seen\":\"2024\",\"Attribute\":["
                   "{\"type\":\"filename\",\"value\":\"f\",\"to_ids\":true},"
                   "{\"type\":\"mutex\",\"value\":\"m\",\"to_ids\":true},"
                   "{\"type\":\"size-in-bytes\",\"object_relation\":\"size\","
                   "\"value\":\"9\"}]},"
                   "{\"name\":\"person\",\"Attribute\":["
                   "{\"type\":\"email-src\",\"value\":\"p@q.org\"}]}]"));
    run_has("TECH tool | misp:object file | filename=f\\nmutex=m\\n");
    run_has("SOURCE tool | misp:file.size | 9");
    run_has("FREE description | c");
    run_has("SOURCE tool | misp:object more file | {\"first_seen\":\"2024\"}");
    run_has("PERSONAL indicator | email-addr | p@q.org");
}

static void control_and_direction_characters_become_visible(void **state)
{
    (void)state;
    run_text(EVENT(",\"Attribute\":["
                   "{\"type\":\"text\",\"value\":\"a\\u202eb\\u0007c\\r\\nd\"},"
                   "{\"type\":\"filename\",\"value\":\"a\\u202ecod.exe\"}]"));
    run_ended(TCN_ERR_OK);
    run_has("FREE description | text: a\\\\u{202e}b\\\\u{0007}c\\nd");
    run_has("SOURCE tool | file-name | a\\\\u{202e}cod.exe");
    run_notices("made visible");
    run_lacks("indicator");
}

static void the_same_event_in_another_order_is_the_same_version(void **state)
{
    (void)state;
    run_text("{\"uuid\":\"" UUID "\",\"info\":\"t\",\"date\":\"2020-01-01\"}");
    struct tcn_id first = run.digests[0];
    assert_int_equal(run_changed_ms(&first), 0);
    run_text("{\"date\":\"2020-01-01\", \"info\":\"t\",\"uuid\":\"" UUID "\"}");
    assert_memory_equal(first.bytes, run.digests[0].bytes, 32);
    run_text("{\"date\":\"2020-01-02\", \"info\":\"t\",\"uuid\":\"" UUID "\"}");
    assert_memory_not_equal(first.bytes, run.digests[0].bytes, 32);
    run_text("{\"timestamp\":\"1465681801\",\"info\":\"t\",\"uuid\":\"" UUID
             "\"}");
    assert_int_equal(run_changed_ms(&run.digests[0]), 1465681801000ull);
    struct tcn_import_options options = run_options();
    options.tlp = TCN_TLP_RED;
    run_bytes(tcn_view_str("{\"uuid\":\"" UUID "\",\"info\":\"t\","
                           "\"date\":\"2020-01-01\"}"),
              &options);
    assert_memory_not_equal(first.bytes, run.digests[0].bytes, 32);
}

/* An event with `count` attributes whose values are `pad` long. */
static char *big_event(size_t count, size_t pad)
{
    size_t cap = count * (pad + 100) + 1000;
    char *json = malloc(cap);
    assert_non_null(json);
    struct tcn_buf out = tcn_buf(json, cap);
    tcn_buf_put_str(&out, "{\"uuid\":\"" UUID "\",\"info\":\"big\","
                          "\"Attribute\":[");
    for (size_t i = 0; i < count; i++) {
        tcn_buf_printf(&out,
                       "%s{\"type\":\"mutex\",\"to_ids\":true,"
                       "\"value\":\"%zu-%0*d\"}",
                       i > 0 ? "," : "", i, (int)pad, 0);
    }
    tcn_buf_put_str(&out, "]}");
    assert_false(out.full);
    tcn_buf_text(&out);
    return json;
}

static void an_event_is_of_the_organisation_that_created_it(void **state)
{
    (void)state;
    static const struct run_row rows[] = {
        {EVENT(""), "DRAFT misp:" UUID " tlp "},
        {EVENT(",\"Orgc\":{\"name\":\"A\"}"), "DRAFT misp:" UUID " tlp "},
        {EVENT(",\"Org\":{\"uuid\":\"" CREATOR "\"}"),
         "DRAFT misp:" UUID " tlp "},
        {EVENT(",\"Orgc\":{\"uuid\":\"" CREATOR "\"}"),
         "DRAFT misp:" UUID " " CREATOR " tlp "},
    };
    run_rows(rows, sizeof rows / sizeof *rows);
}

static void more_than_one_alert_holds_is_split(void **state)
{
    (void)state;
    char *json = big_event(1200, 1);
    run_text(json);
    free(json);
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 3);
    assert_int_equal(run.fields_max, TCN_FIELDS_MAX);
    run_has("KEEP title | big (3/3)");
    run_has("TECH reference | part 2 of 3 of misp:" UUID);
    assert_non_null(strstr(run.text, "\nDRAFT misp:" UUID "#2 "));
    for (unsigned i = 0; i < 1200; i++) {
        char line[80];
        snprintf(line, sizeof line, "TECH indicator | mutex | %u-0", i);
        run_has(line);
    }
    run_notices("3 alerts that name each other");
}

static void long_values_are_split_by_size(void **state)
{
    (void)state;
    char *json = big_event(60, 8000);
    run_text(json);
    free(json);
    run_ended(TCN_ERR_OK);
    assert_true(run.drafts > 1);
    json = big_event(1, 300000); /* longer than one field, kept in pieces */
    run_text(json);
    free(json);
    run_ended(TCN_ERR_OK);
    assert_true(run.drafts > 1);
    run_notices("not a plain mutex");
}

static void hostile_files_are_refused_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum tcn_err err;
        unsigned line;
        const char *path;
    } rows[] = {
        {"", TCN_ERR_SYNTAX, 1, ""},
        {"{\"Event\":", TCN_ERR_SYNTAX, 1, ""},
        {"{\"uuid\":1,\n\"uuid\":2}", TCN_ERR_SYNTAX, 2, ""},
        {"{\"a\":NaN}", TCN_ERR_SYNTAX, 1, ""},
        {"{\"a\":\n99999999999999999999}", TCN_ERR_SYNTAX, 2, ""},
        {"{\"a\":1e999}", TCN_ERR_SYNTAX, 1, ""},
        {"{\"a\":\"\\u0000\"}", TCN_ERR_SYNTAX, 1, ""},
        {"{\"a\":\"\\ud800\"}", TCN_ERR_SYNTAX, 1, ""},
        {"{\"a\":\"\n\"}", TCN_ERR_SYNTAX, 1, ""},
        {"{}\n{}", TCN_ERR_SYNTAX, 2, ""},
        {"{\"a\":\n\"\xc3\x28\"}", TCN_ERR_UTF8, 2, ""},
        {"{\"a\":\"\xed\xa0\x80\"}", TCN_ERR_UTF8, 1, ""},
        {"{\"a\":\"\xf0\x9f\"}", TCN_ERR_UTF8, 1, ""},
        {"[]", TCN_ERR_FORMAT, 0, ""},
        {"{}", TCN_ERR_FORMAT, 0, ""},
        {"[1,2]", TCN_ERR_FORMAT, 0, ""},
        {"{\"Event\":[]}", TCN_ERR_FORMAT, 0, "Event"},
        {"{\"response\":[{\"Event\":7}]}", TCN_ERR_FORMAT, 0,
         "response[0].Event"},
        {"{\"Event\":{\"info\":\"x\"}}", TCN_ERR_FORMAT, 0, "Event"},
        {"{\"Event\":{\"info\":\"x\",\"uuid\":\"5b8d\"}}", TCN_ERR_FORMAT, 0,
         "Event"},
        {EVENT(",\"Attribute\":{}"), TCN_ERR_FORMAT, 0, "Event.Attribute"},
        {EVENT(",\"Attribute\":[7]"), TCN_ERR_FORMAT, 0, "Event.Attribute[0]"},
        {ATTRIBUTE("\"type\":\"text\""), TCN_ERR_FORMAT, 0,
         "Event.Attribute[0]"},
        {ATTRIBUTE("\"type\":[],\"value\":\"x\""), TCN_ERR_FORMAT, 0,
         "Event.Attribute[0].type"},
        {ATTRIBUTE("\"type\":\"text\",\"value\":{}"), TCN_ERR_FORMAT, 0,
         "Event.Attribute[0].value"},
        {ATTRIBUTE("\"type\":\"text\",\"value\":\"x\",\"to_ids\":\"maybe\""),
         TCN_ERR_FORMAT, 0, "Event.Attribute[0].to_ids"},
        {EVENT(",\"threat_level_id\":\"9\""), TCN_ERR_FORMAT, 0,
         "Event.threat_level_id"},
        {EVENT(",\"threat_level_id\":-1"), TCN_ERR_FORMAT, 0,
         "Event.threat_level_id"},
        {EVENT(",\"timestamp\":\"1e9\""), TCN_ERR_FORMAT, 0, "Event.timestamp"},
        {EVENT(",\"Tag\":[{}]"), TCN_ERR_FORMAT, 0, "Event.Tag[0]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_text(rows[i].json);
        if (run.err != rows[i].err || run.report.line != rows[i].line ||
            strcmp(run.report.path, rows[i].path) != 0 ||
            run.report.message[0] == '\0') {
            run_show();
            fail_msg("row %zu: %s", i, rows[i].json);
        }
        assert_int_equal(run.drafts, 0);
    }
}

static void limits_are_named_with_their_place(void **state)
{
    (void)state;
    char deep[TCN_IMPORT_DEPTH_MAX + 2];
    memset(deep, '[', sizeof deep);
    struct tcn_import_options options = run_options();
    run_bytes(tcn_view(deep, sizeof deep), &options);
    run_ended(TCN_ERR_DEPTH);
    assert_int_equal(run.report.column, TCN_IMPORT_DEPTH_MAX + 1);

    size_t len = TCN_IMPORT_STRING_MAX + 16;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'a', len);
    memcpy(text, "{\"a\":\"", 6);
    run_bytes(tcn_view(text, len), &options);
    run_ended(TCN_ERR_SIZE);
    free(text);

    len = TCN_IMPORT_VALUES_MAX + 16;
    text = malloc(len);
    assert_non_null(text);
    memset(text, ',', len);
    run_bytes(tcn_view(text, len), &options);
    run_ended(TCN_ERR_SIZE);
    free(text);

    static const char nul[] = "{\"a\":\0 1}";
    run_bytes(tcn_view(nul, sizeof nul - 1), &options);
    run_ended(TCN_ERR_SYNTAX);
    options.life_ms = TCN_LIFE_MAX_MS + 1;
    run_bytes(tcn_view_str(EVENT("")), &options);
    run_ended(TCN_ERR_USAGE);
}

/* A sample cut at any point is refused, never half taken. */
static void a_truncated_file_is_refused(void **state)
{
    (void)state;
    size_t len;
    struct tcn_import_options options = run_options();
    char *bytes = run_read("misp/pymisp-misp_event.json", &len);
    while (bytes[len - 1] != '}') {
        len--;
    }
    for (size_t cut = 0; cut < len; cut++) {
        run_bytes(tcn_view(bytes, cut), &options);
        run_ended(TCN_ERR_SYNTAX);
        assert_int_equal(run.drafts, 0);
    }
}

static void formats_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum tcn_format format;
    } rows[] = {
        {"<?xml version=\"1.0\"?>\n<alert xmlns=\"urn:oasis:names:tc:"
         "emergency:cap:1.2\">",
         TCN_FORMAT_CAP},
        {"{\"timestamp\":\"x\",\"event_type\":\"alert\"}\n{\"timestamp\":\"y\","
         "\"event_type\":\"alert\"}\n",
         TCN_FORMAT_EVE},
        {"[{\"timestamp\":\"x\",\"event_type\":\"alert\"}]", TCN_FORMAT_EVE},
        {"{\"Format\":\"IDEA0\",\"DetectTime\":\"x\"}", TCN_FORMAT_IDEA},
        {"{\"catalogVersion\":\"1\",\"vulnerabilities\":[]}", TCN_FORMAT_KEV},
        {"{\"document\":{\"csaf_version\":\"2.0\"}}", TCN_FORMAT_CSAF},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_text(rows[i].text);
        assert_int_equal(run.report.format, rows[i].format);
        assert_int_equal(tcn_format_detect(tcn_view_str(rows[i].text)),
                         rows[i].format);
        assert_int_equal(
            tcn_format_find(tcn_view_str(tcn_format_word(rows[i].format))),
            rows[i].format);
    }
    struct tcn_import_options options = run_options();
    options.format = TCN_FORMAT_STIX;
    run_bytes(tcn_view_str(EVENT("")), &options);
    run_ended(TCN_ERR_FORMAT);
    assert_non_null(strstr(run.report.message, "misp"));
}

static enum tcn_err refuse(void *ctx, const struct tcn_draft *draft)
{
    (void)draft;
    ++*(unsigned *)ctx;
    return TCN_ERR_UNREACHABLE;
}

static void a_refusal_of_the_taker_ends_the_import(void **state)
{
    (void)state;
    unsigned calls = 0;
    struct tcn_import_sink sink = {.take = refuse, .ctx = &calls};
    struct tcn_import_options options = run_options();
    struct tcn_import_report report;
    size_t len;
    const char *two =
        run_read("misp/mispstix-test_events_collection_2.json", &len);
    assert_int_equal(tcn_import(tcn_view(two, len), &options, &sink, &report),
                     TCN_ERR_UNREACHABLE);
    assert_int_equal(calls, 1);
    tcn_import_report_fini(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_does_what_the_manifest_says),
        cmocka_unit_test(attributes_go_where_the_table_says),
        cmocka_unit_test(tags_label_and_sort_the_event),
        cmocka_unit_test(the_strictest_marking_wins_over_the_operators),
        cmocka_unit_test(no_marking_and_no_default_is_an_error),
        cmocka_unit_test(distribution_only_narrows_onward),
        cmocka_unit_test(an_unpublished_event_is_said_or_skipped),
        cmocka_unit_test(what_is_not_for_detection_forbids_automation),
        cmocka_unit_test(deleted_parts_and_attachments_are_counted),
        cmocka_unit_test(objects_keep_together_what_belongs_together),
        cmocka_unit_test(control_and_direction_characters_become_visible),
        cmocka_unit_test(the_same_event_in_another_order_is_the_same_version),
        cmocka_unit_test(an_event_is_of_the_organisation_that_created_it),
        cmocka_unit_test(more_than_one_alert_holds_is_split),
        cmocka_unit_test(long_values_are_split_by_size),
        cmocka_unit_test(hostile_files_are_refused_with_their_place),
        cmocka_unit_test(limits_are_named_with_their_place),
        cmocka_unit_test(a_truncated_file_is_refused),
        cmocka_unit_test(formats_are_told_apart),
        cmocka_unit_test(a_refusal_of_the_taker_ends_the_import),
    };
    return cmocka_run_group_tests(tests, NULL, run_end);
}
