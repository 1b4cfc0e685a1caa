/* What stands beside the values of a source: markings of single properties,
 * sightings, and what is left out, which the report names by kind. */
#include "unit/import_run.h"

#define U(digit) "0000000" digit "-0000-4000-8000-000000000000"
#define BUNDLE(objects)                                                        \
    "{\"type\":\"bundle\",\"id\":\"bundle--" U("0") "\",\"objects\":[" objects \
                                                    "]}"
#define THING(type, more)                                                      \
    "{\"type\":\"" type "\",\"id\":\"" type "--" U("1") "\"" more "}"
#define MARK(ref, selectors)                                                   \
    ",\"granular_markings\":[{\"marking_ref\":\"marking-definition--" ref      \
    "\",\"selectors\":[" selectors "]}]"
#define AMBER "55d920b0-5e8b-4f79-9ee9-91f868d9b421"
#define GREEN "bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
#define RED   "e828b379-4e03-4974-9ac4-e53a884c97c1"

/* ---- granular markings of STIX ---- */

struct granular_row {
    const char *json;
    const char *has;    /* a line */
    const char *second; /* another, or NULL */
    const char *lacks;  /* words, or NULL */
};

static const struct granular_row granular_rows[] = {
    /* A property, by how strict its marking is. */
    {THING("malware", ",\"name\":\"M\",\"description\":\"d\"" MARK(
                          RED, "\"description\"")),
     "VICTIM description | malware: d", "FREE description | malware M",
     "malware M: d"},
    {THING("malware",
           ",\"name\":\"M\",\"aliases\":[\"N\"]" MARK(AMBER, "\"aliases\"")),
     "FREE tool | stix:malware malware--" U("1") " | {\"aliases\":[\"N\"]}",
     "KEEP title | malware: M", "SOURCE tool | stix:malware"},
    {THING("malware",
           ",\"name\":\"M\",\"aliases\":[\"N\"]" MARK(GREEN, "\"aliases\"")),
     "SOURCE tool | stix:malware M | {\"aliases\":[\"N\"]}", NULL, NULL},
    {THING("malware",
           ",\"name\":\"M\",\"aliases\":[\"N\"]" MARK(U("9"), "\"aliases\"")),
     "VICTIM tool | stix:malware malware--" U("1") " | {\"aliases\":[\"N\"]}",
     NULL, NULL},
    /* An entry of a list, and the others in their places. */
    {THING("malware", ",\"labels\":[\"a\",\"b\",\"c\"]" MARK(
                          RED, "\"labels.[0]\",\"labels.[2]\"")),
     "VICTIM tool | stix:label | a", "SOURCE tool | stix:label | b",
     "SOURCE tool | stix:label | c"},
    {THING("malware",
           ",\"external_references\":[{\"source_name\":\"s\","
           "\"url\":\"http://a.example\"},{\"source_name\":\"t\"}]" MARK(
               RED, "\"external_references.[0].url\"")),
     "VICTIM reference | http://a.example", "TECH reference | s", NULL},
    {THING("file", ",\"name\":\"f\",\"hashes\":{\"MD5\":"
                   "\"0749bae92ca336a02c83d126e04ec628\"}" MARK(
                       AMBER, "\"hashes.MD5\"")),
     "FREE indicator | md5 | 0749bae92ca336a02c83d126e04ec628",
     "TECH indicator | file-name | f", "TECH indicator | md5"},
    /* A pattern, with its name open. */
    {THING("indicator", ",\"name\":\"N\",\"pattern\":\"[url:value = "
                        "'http://a.example/']\",\"pattern_type\":\"stix\"" MARK(
                            RED, "\"pattern\"")),
     "VICTIM indicator | url | http://a.example/",
     "FREE description | indicator N", "TECH indicator"},
    {THING("vulnerability",
           ",\"name\":\"CVE-2026-12345\"" MARK(RED, "\"name\"")),
     "VICTIM indicator | cve | CVE-2026-12345",
     "KEEP title | STIX: 1 object, the first of type vulnerability",
     "TECH indicator"},
    {THING("course-of-action",
           ",\"name\":\"patch\",\"description\":\"now\"" MARK(
               AMBER, "\"description\"")),
     "FREE recommendation | now", "KEEP recommendation | patch", NULL},
    /* An actor's own class stays, or gives way to a stricter one. */
    {THING("threat-actor", ",\"name\":\"A\",\"description\":\"d\"" MARK(
                               AMBER, "\"description\"")),
     "ACTOR description | threat-actor: d", NULL, NULL},
    {THING("threat-actor", ",\"name\":\"A\"" MARK(RED, "\"name\"")),
     "VICTIM actor | A | 50 | stix object", NULL, "ACTOR actor"},
    /* The name of a report is not its title then. */
    {THING("report", ",\"name\":\"Secret\"" MARK(RED, "\"name\"")),
     "VICTIM description | Secret",
     "KEEP title | STIX: 1 object, the first of type report", "title | Secret"},
    /* What selects nothing, or what cannot be parted, marks all of it. */
    {THING("malware", ",\"description\":\"d\"" MARK(RED, "\"nothing\"")),
     "VICTIM description | malware: d", NULL, "FREE description"},
    {THING("malware", ",\"labels\":[\"a\"]" MARK(AMBER, "\"labels.[7]\"")),
     "FREE tool | stix:label | a", NULL, "SOURCE tool | stix:label"},
    {THING("observed-data",
           ",\"number_observed\":3" MARK(RED, "\"number_observed\"")),
     "VICTIM tool | stix:observed-data | seen 3 times, first , last ", NULL,
     NULL},
    /* No stricter than the object around it: the label says it all. */
    {THING("malware", ",\"name\":\"M\",\"object_marking_refs\":[\"marking-"
                      "definition--" RED
                      "\"],\"aliases\":[\"N\"]" MARK(RED, "\"aliases\"")),
     "SOURCE tool | stix:malware M | {\"aliases\":[\"N\"]}", NULL, NULL},
    /* A language is no marking, and is kept. */
    {THING("malware", ",\"name\":\"M\",\"granular_markings\":[{\"lang\":\"fr\","
                      "\"selectors\":[\"name\",\"labels.[0]\"]}]"),
     "SOURCE tool | stix:granular-marking | malware--" U(
         "1") " name, labels.[0]: fr",
     NULL, NULL},
};

static void a_marked_property_is_in_a_class_that_can_be_withheld(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof granular_rows / sizeof *granular_rows; i++) {
        const struct granular_row *row = &granular_rows[i];
        char json[2048];
        (void)snprintf(json, sizeof json, BUNDLE("%s"), row->json);
        run_text(json);
        run_ended(TCN_ERR_OK);
        run_has(row->has);
        if (row->second != NULL) {
            run_has(row->second);
        }
        if (row->lacks != NULL) {
            run_lacks(row->lacks);
        }
        if (strstr(row->json, RED) != NULL) {
            assert_non_null(strstr(run.text, " tlp red pap"));
        }
    }
}

static void a_marked_name_is_in_no_title_and_no_line(void **state)
{
    (void)state;
    run_text(BUNDLE(THING(
        "malware",
        ",\"name\":\"Hidden\"" MARK(
            RED, "\"name\"")) ",{"
                              "\"type\":\"relationship\",\"id\":\"relationship-"
                              "-" U("2") "\","
                                         "\"relationship_type\":\"uses\","
                                         "\"source_ref\":\"malware--" U(
                                             "1") "\",\"target_ref\":\"tool-"
                                                  "-" U("3") "\"},{\"type\":"
                                                             "\"tool\",\"id\":"
                                                             "\"tool--" U(
                                                                 "3") "\","
                                                                      "\"name\""
                                                                      ":\"T\""
                                                                      "}"));
    run_ended(TCN_ERR_OK);
    run_has("KEEP title | tool: T");
    run_has("VICTIM description | malware Hidden");
    run_has("SOURCE tool | stix:relationship | malware--" U(
        "1") " uses tool \"T\"");
}

static void the_published_sample_is_parted_as_it_is_marked(void **state)
{
    (void)state;
    run_file("stix/using-granular-markings.json");
    run_ended(TCN_ERR_OK);
    assert_non_null(strstr(run.text, " tlp red pap"));
    run_has("VICTIM description | indicator: Known to be used by The Joker.");
    run_has("FREE description | indicator Fake email address");
    run_lacks("Fake email address: Known");
    assert_null(strstr(run.text, "SOURCE tool | stix:indicator Fake email "
                                 "address | {\"indicator_types\":"
                                 "[\"malicious-activity\",\"attribution\"]}"));
}

/* ---- sightings of MISP ---- */

#define EVENT(attribute)                                                       \
    "{\"Event\":{\"uuid\":\"" U("5") "\",\"info\":\"t\",\"Attribute\":[{"      \
                                     "\"type\":\"domain\",\"value\":\"c2."     \
                                     "example\",\"to_ids\":true," attribute    \
                                     "}]}}"
#define SIGHTING(type, date, more)                                             \
    "{\"type\":\"" type "\",\"date_sighting\":\"" date "\"" more "}"

static void sightings_are_counted_and_dated(void **state)
{
    (void)state;
    run_text(EVENT("\"Sighting\":[" SIGHTING(
        "0", "1704067200",
        ",\"Organisation\":{\"name\":\"CERT-X\"},\"source\":\"probe "
        "7\"") "," SIGHTING("0", "1706745600",
                            "") "," SIGHTING("1", "1706745600", "") "]"));
    run_ended(TCN_ERR_OK);
    run_has("TECH indicator | domain-name | c2.example");
    run_has("SOURCE tool | misp:sighting | c2.example: seen 2 times, first "
            "2024-01-01T00:00:00.000Z, last 2024-02-01T00:00:00.000Z; a false "
            "positive 1 time, first 2024-02-01T00:00:00.000Z, last "
            "2024-02-01T00:00:00.000Z");
    run_has("VICTIM tool | misp:sighted-by | c2.example: CERT-X probe 7");
    run_lacks(" no-automation\n");
    run_lacks("misp:domain more");
}

static void what_has_expired_is_not_for_detection(void **state)
{
    (void)state;
    run_text(EVENT("\"Sighting\":[" SIGHTING("2", "1704067200", "") "]"));
    run_ended(TCN_ERR_OK);
    assert_non_null(strstr(run.text, " no-automation\n"));
    run_has("SOURCE tool | misp:sighting | c2.example: expires 1 time, first "
            "2024-01-01T00:00:00.000Z, last 2024-01-01T00:00:00.000Z");
    run_text(EVENT("\"Sighting\":[" SIGHTING("2", "1893456000", "") "]"));
    assert_null(strstr(run.text, " no-automation\n"));
    run_text(EVENT("\"Sighting\":[" SIGHTING("3", "1704067200", "") "]"));
    run_ended(TCN_ERR_FORMAT);
    assert_string_equal(run.report.path, "Event.Attribute[0].Sighting[0].type");
}

/* ---- what is left out, by kind ---- */

struct left_row {
    const char *json;
    const char *what;
    uint64_t count;
};

#define CAP(more)                                                              \
    "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>I"      \
    "</identifier><sender>s@e.example</sender><sent>2026-07-01T08:00:00-00:00" \
    "</sent><status>Actual</status><msgType>" more "</alert>"
#define INFO                                                                   \
    "<category>Infra</category><event>E</event><urgency>Past</urgency>"        \
    "<severity>Minor</severity><certainty>Likely</certainty>"

static const struct left_row left_rows[] = {
    {EVENT("\"data\":\"QUJD\""), "attachment (data)", 1},
    {EVENT("\"deleted\":true"), "part deleted at the source", 1},
    {EVENT("\"ShadowAttribute\":[{},{}]"),
     "ShadowAttribute, proposed by others", 2},
    {EVENT("\"RelatedAttribute\":[{}]"),
     "RelatedAttribute, not part of the event", 1},
    {"{\"Event\":{\"uuid\":\"" U("5") "\",\"info\":\"t\",\"RelatedEvent\":[{},"
                                      "{},{}]}}",
     "RelatedEvent, not part of the event", 3},
    {BUNDLE(THING("malware", ",\"revoked\":true") ",{\"type\":\"tool\",\"id\":"
                                                  "\"tool--" U("3") "\"}"),
     "revoked object", 1},
    {BUNDLE(THING("malware", "") "," THING("malware", "")),
     "older version of an object", 1},
    {BUNDLE(THING("identity", "")), "identity, warns of nothing alone", 1},
    {BUNDLE(THING("x-odd", "")), "x-odd, warns of nothing alone", 1},
    {CAP("Alert</msgType><scope>Public</scope><info>" INFO
         "<resource><resourceDesc>d</resourceDesc><mimeType>m</mimeType>"
         "<derefUri>QUJD</derefUri></resource></info>"),
     "attachment (derefUri)", 1},
    {CAP("Alert</msgType><scope>Public</scope><info>" INFO
         "</info><x:odd xmlns:x=\"urn:x\"/>"),
     "<odd>, not of CAP", 1},
    {CAP("Ack</msgType><scope>Public</scope>"),
     "message of status Actual, type Ack", 1},
    {"[{\"event_type\":\"flow\",\"timestamp\":\"2026-07-01T08:00:00+0000\"},"
     "{\"event_type\":\"flow\",\"timestamp\":\"2026-07-01T08:00:00+0000\"},"
     "{\"event_type\":\"dns\",\"timestamp\":\"2026-07-01T08:00:00+0000\"}]",
     "record of type flow, not an alert", 2},
    {"{\"Format\":\"IDEA0\",\"ID\":\"e\",\"DetectTime\":\"2026-07-01T08:00:00Z"
     "\",\"Category\":[\"Recon\"],\"Attach\":[{\"Content\":\"x\"}]}",
     "attachment (Content)", 1},
};

static uint64_t count_left(const char *what)
{
    for (unsigned i = 0; i < run.report.left_count; i++) {
        if (strcmp(run.report.left[i].what, what) == 0) {
            return run.report.left[i].count;
        }
    }
    return 0;
}

static void the_report_names_what_is_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof left_rows / sizeof *left_rows; i++) {
        const struct left_row *row = &left_rows[i];
        run_text(row->json);
        run_ended(TCN_ERR_OK);
        if (count_left(row->what) != row->count) {
            run_show();
            fail_msg("left out as \"%s\": %llu, not %llu", row->what,
                     (unsigned long long)count_left(row->what),
                     (unsigned long long)row->count);
        }
        uint64_t sum = 0;
        for (unsigned k = 0; k < run.report.left_count; k++) {
            sum += run.report.left[k].count;
        }
        assert_int_equal(sum, run.report.skipped);
        assert_true(run.report.notice_count > 0);
    }
}

/* A source that invents kinds without end fills no memory. */
static void kinds_without_end_share_the_last_row(void **state)
{
    (void)state;
    static char json[64 * 1024];
    struct tcn_buf out = tcn_buf(json, sizeof json);
    for (unsigned i = 0; i < 100; i++) {
        tcn_buf_printf(&out,
                       "%s{\"event_type\":\"k%u\",\"timestamp\":\"2026-"
                       "07-01T08:00:00+0000\"}",
                       i == 0 ? "[" : ",", i);
    }
    tcn_buf_put_str(&out, "]");
    run_text(tcn_buf_text(&out));
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.report.left_count, TCN_IMPORT_KINDS_MAX);
    assert_int_equal(run.report.skipped, 100);
    assert_string_equal(run.report.left[TCN_IMPORT_KINDS_MAX - 1].what,
                        "of further kinds");
    assert_int_equal(run.report.left[TCN_IMPORT_KINDS_MAX - 1].count,
                     100 - (TCN_IMPORT_KINDS_MAX - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_marked_property_is_in_a_class_that_can_be_withheld),
        cmocka_unit_test(a_marked_name_is_in_no_title_and_no_line),
        cmocka_unit_test(the_published_sample_is_parted_as_it_is_marked),
        cmocka_unit_test(sightings_are_counted_and_dated),
        cmocka_unit_test(what_has_expired_is_not_for_detection),
        cmocka_unit_test(the_report_names_what_is_left_out),
        cmocka_unit_test(kinds_without_end_share_the_last_row),
    };
    return cmocka_run_group_tests(tests, NULL, run_end);
}
