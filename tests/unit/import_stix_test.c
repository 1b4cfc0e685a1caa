/* STIX bundles to drafts. */
#include "unit/import_run.h"

#define U(digit) "0000000" digit "-0000-4000-8000-000000000000"
#define OBJECT(type, digit, more)                                              \
    "{\"type\":\"" type "\",\"id\":\"" type "--" U(digit) "\"" more "}"
#define BUNDLE(objects)                                                        \
    "{\"type\":\"bundle\",\"id\":\"bundle--" U("0") "\",\"objects\":[" objects \
                                                    "]}"
#define PATTERN(pattern)                                                       \
    BUNDLE(OBJECT("indicator", "1", ",\"pattern\":\"" pattern "\""))
#define MARKED(ref)                                                            \
    BUNDLE(OBJECT("malware", "1",                                              \
                  ",\"name\":\"m\",\"object_marking_refs\":"                   \
                  "[\"marking-definition--" ref "\"]"))

static void every_sample_does_what_the_manifest_says(void **state)
{
    (void)state;
    run_manifest("stix/", 32);
}

static void patterns_become_indicators(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *line;
    } rows[] = {
        {PATTERN("[ipv4-addr:value = '198.51.100.7']"),
         "TECH indicator | ipv4-addr | 198.51.100.7"},
        {PATTERN("[ ipv4-addr:value='198.51.100.7' ]"),
         "TECH indicator | ipv4-addr | 198.51.100.7"},
        {PATTERN("[ipv4-addr:value ISSUBSET '198.51.100.0/24']"),
         "TECH indicator | ipv4-addr | 198.51.100.0/24"},
        {PATTERN("[ipv6-addr:value = '2001:db8::1']"),
         "TECH indicator | ipv6-addr | 2001:db8::1"},
        {PATTERN("[domain-name:value = 'a.example' OR url:value = "
                 "'http://b.example/']"),
         "TECH indicator | url | http://b.example/"},
        {PATTERN("[domain-name:value = 'a.example'] OR [email-addr:value = "
                 "'x@y.example']"),
         "TECH indicator | email-addr | x@y.example"},
        {PATTERN("[domain-name:value IN ('a.example', 'b.example')]"),
         "TECH indicator | domain-name | b.example"},
        {PATTERN("[file:hashes.MD5 = '0749bae92ca336a02c83d126e04ec628']"),
         "TECH indicator | md5 | 0749bae92ca336a02c83d126e04ec628"},
        {PATTERN("[file:hashes.'SHA-1' = "
                 "'77b0c41b7d340b8a3d903f21347bbf06aa766b5b']"),
         "TECH indicator | sha1 | 77b0c41b7d340b8a3d903f21347bbf06aa766b5b"},
        {PATTERN("[file:hashes.sha256 = "
                 "'ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635"
                 "fb6c']"),
         "TECH indicator | sha256 | "
         "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c"},
        {PATTERN("[file:name = 'it\\\\'s \\\\\\\\ a.exe']"),
         "TECH indicator | file-name | it's \\\\ a.exe"},
        {PATTERN("[mutex:name = 'm']"), "TECH indicator | mutex | m"},
        {PATTERN("[autonomous-system:number = 64496]"),
         "TECH indicator | asn | 64496"},
        {PATTERN("[network-traffic:dst_ref.value = '198.51.100.7']"),
         "TECH indicator | ipv4-addr | 198.51.100.7"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_text(rows[i].json);
        run_ended(TCN_ERR_OK);
        run_has(rows[i].line);
        run_lacks("stix:pattern");
        run_lacks("no-automation");
    }
}

static void what_a_pattern_says_beyond_a_choice_is_kept(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "[domain-name:value = 'a.example' AND file:name = 'x']",
        "[domain-name:value = 'a.example'] FOLLOWEDBY [file:name = 'x']",
        "[domain-name:value = 'a.example'] REPEATS 5 TIMES",
        "[domain-name:value MATCHES 'a.*']",
        "[domain-name:value LIKE 'a%']",
        "[domain-name:value != 'a.example']",
        "[domain-name:value NOT = 'a.example']",
        "[process:name = 'a']",
        "[domain-name:value = 'a.example'",
        "[domain-name:value = 'a.example]",
        "domain-name:value = 'a.example'",
        "[domain-name:value =",
        "]",
        "nothing",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[512], line[256];
        snprintf(json, sizeof json, PATTERN("%s"), rows[i]);
        snprintf(line, sizeof line, "SOURCE tool | stix:pattern | %s", rows[i]);
        run_text(json);
        run_ended(TCN_ERR_OK);
        run_has(line);
        /* Nothing in it is fit for detection alone. */
        if (strstr(run.text, "indicator | ") != NULL) {
            assert_non_null(strstr(run.text, " no-automation\n"));
        }
    }
    run_text(PATTERN("[domain-name:value != 'a.example']"));
    run_lacks("indicator | domain-name");
    run_text(PATTERN("[domain-name:value NOT = 'a.example']"));
    run_lacks("indicator | domain-name");
}

static void objects_go_where_the_table_says(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *line;
    } rows[] = {
        {OBJECT("indicator", "1",
                ",\"pattern\":\"rule a {}\",\"pattern_type\":\"yara\""),
         "TECH indicator | yara | rule a {}"},
        {OBJECT("indicator", "1",
                ",\"pattern\":\"x\",\"pattern_type\":\"pcre\""),
         "SOURCE tool | stix:pattern pcre | x"},
        {OBJECT("malware", "1", ",\"name\":\"M\",\"description\":\"d\""),
         "FREE description | malware M: d"},
        {OBJECT("malware", "1", ",\"name\":\"M\",\"aliases\":[\"N\"]"),
         "SOURCE tool | stix:malware M | {\"aliases\":[\"N\"]}"},
        {OBJECT("attack-pattern", "1",
                ",\"external_references\":[{\"source_name\":\"mitre-attack\","
                "\"external_id\":\"T1566\"}]"),
         "TECH technique | T1566"},
        {OBJECT("vulnerability", "1", ",\"name\":\"CVE-2024-12345\""),
         "TECH indicator | cve | CVE-2024-12345"},
        {OBJECT("course-of-action", "1",
                ",\"name\":\"patch\",\"description\":\"now\""),
         "KEEP recommendation | patch: now"},
        {OBJECT("threat-actor", "1", ",\"name\":\"A\",\"confidence\":70"),
         "ACTOR actor | A | 70 | stix object"},
        {OBJECT("intrusion-set", "1", ",\"name\":\"A\",\"description\":\"d\""),
         "ACTOR description | intrusion-set A: d"},
        {OBJECT("file", "1",
                ",\"name\":\"f\",\"hashes\":{\"MD5\":"
                "\"0749bae92ca336a02c83d126e04ec628\",\"SSDEEP\":\"s\"}"),
         "TECH indicator | md5 | 0749bae92ca336a02c83d126e04ec628"},
        {OBJECT("file", "1", ",\"hashes\":{\"SSDEEP\":\"s\"}"),
         "SOURCE tool | stix:file hashes | {\"SSDEEP\":\"s\"}"},
        {OBJECT("autonomous-system", "1", ",\"number\":64496"),
         "TECH indicator | asn | 64496"},
        {OBJECT("software", "1", ",\"name\":\"s\",\"version\":\"1\""),
         "SOURCE tool | stix:software s | {\"name\":\"s\",\"version\":\"1\"}"},
        {OBJECT("malware", "1",
                ",\"external_references\":[{\"source_name\":\"s\",\"url\":"
                "\"http://a.example\"}]"),
         "TECH reference | s http://a.example"},
        {OBJECT("malware", "1", ",\"labels\":[\"x\"]"),
         "SOURCE tool | stix:label | x"},
        {OBJECT("malware", "1", "") "," OBJECT("x-odd", "2", ",\"a\":1"),
         "SOURCE tool | stix:x-odd x-odd--" U("2") " | {\"a\":1}"},
        {OBJECT("malware", "1", "") "," OBJECT("note", "2",
                                               ",\"content\":\"words\""),
         "FREE description | words"},
        {OBJECT("malware", "1", "") "," OBJECT("identity", "2",
                                               ",\"name\":\"O\""),
         "SOURCE source | O"},
        {OBJECT("malware", "1", "") "," OBJECT(
             "identity", "2",
             ",\"name\":\"P\",\"identity_class\":\"individual\""),
         "PERSONAL contact | P"},
        {OBJECT("malware", "1", "") "," OBJECT(
             "identity", "2", ",\"contact_information\":\"a@b\""),
         "PERSONAL contact | a@b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[1024];
        snprintf(json, sizeof json, BUNDLE("%s"), rows[i].json);
        run_text(json);
        run_ended(TCN_ERR_OK);
        run_has(rows[i].line);
    }
}

static void relationships_tell_no_more_than_their_class(void **state)
{
    (void)state;
    run_text(
        BUNDLE(OBJECT("threat-actor", "1", ",\"name\":\"Actor\"") "," OBJECT(
            "identity", "2",
            ",\"name\":\"Hospital\"") "," OBJECT("relationship", "3",
                                                 ",\"relationship_type\":"
                                                 "\"targets\",\"source_ref\":"
                                                 "\"threat-actor--" U(
                                                     "1") "\",\"target_ref\":"
                                                          "\"identity--" U(
                                                              "2") "\"")));
    run_ended(TCN_ERR_OK);
    run_has("VICTIM victim | Hospital");
    run_has("VICTIM tool | stix:relationship | threat-actor--" U(
        "1") " targets identity \"Hospital\"");
    run_has("KEEP title | STIX: 1 object, the first of type threat-actor");
}

static const struct {
    const char *json;
    const char *tlp;
} marking_rows[] = {
    {MARKED("613f2e26-407d-48c7-9eca-b8e91df99dc9"), "clear"},
    {MARKED("34098fce-860f-48ae-8e50-ebd3cc5e41da"), "green"},
    {MARKED("f88d31f6-486f-44da-b317-01333bde0b82"), "amber"},
    {MARKED("5e57c739-391a-4eb3-b6be-7d15ca92d5ed"), "red"},
    {MARKED("94868c89-83c2-464b-929b-a1a8aa3c8487"), "clear"},
    {MARKED("bab4a63c-aed9-4cf5-a766-dfca5abac2bb"), "green"},
    {MARKED("55d920b0-5e8b-4f79-9ee9-91f868d9b421"), "amber"},
    {MARKED("939a9414-2ddd-4d32-a0cd-375ea402b003"), "amber+strict"},
    {MARKED("e828b379-4e03-4974-9ac4-e53a884c97c1"), "red"},
    {MARKED(U("9")), "red"}, /* not known */
    {BUNDLE(OBJECT("malware", "1",
                   ",\"granular_markings\":[{\"marking_ref\":\"marking-"
                   "definition--f88d31f6-486f-44da-b317-01333bde0b82\","
                   "\"selectors\":[\"name\"]}]")),
     "amber"},
    {BUNDLE(OBJECT("malware", "1", ",\"labels\":[\"tlp:amber\"]")), "amber"},
    {BUNDLE(OBJECT("malware", "1", ",\"labels\":[\"tlp:odd\"]")), "red"},
    /* A definition may say more than its well-known id, never less. */
    {BUNDLE(OBJECT("malware", "1",
                   ",\"object_marking_refs\":[\"marking-definition--" U(
                       "2") "\"]") "," OBJECT("marking-definition", "2",
                                              ",\"definition_type\":"
                                              "\"tlp\",\"definition\":{"
                                              "\"tlp\":\"amber\"}")),
     "amber"},
    {BUNDLE(OBJECT("malware", "1",
                   ",\"object_marking_refs\":[\"marking-definition--" U(
                       "2") "\"]") "," OBJECT("marking-definition", "2",
                                              ",\"definition_type\":\"iep\","
                                              "\"definition\":{}")),
     "red"},
    {BUNDLE(OBJECT("malware", "1",
                   ",\"object_marking_refs\":[\"marking-definition--" U(
                       "2") "\"]") "," OBJECT("marking-definition", "2",
                                              ",\"definition_type\":"
                                              "\"statement\",\"definition\":{"
                                              "\"statement\":\"(c)\"}")),
     "green"},
    {"{\"type\":\"bundle\",\"id\":\"bundle--" U(
         "0") "\",\"objects\":[{\"type\":\"malware\",\"id\":\"malware-"
              "-" U("1") "\",\"object_marking_refs\":[\"marking-"
                         "definition--5e57c739-391a-4eb3-b6be-"
                         "7d15ca92d5ed\"]},{\"type\":\"marking-"
                         "definition\",\"id\":\"marking-definition--"
                         "5e57c739-391a-4eb3-b6be-7d15ca92d5ed\","
                         "\"definition_type\":\"tlp\",\"definition\":{"
                         "\"tlp\":\"white\"}}]}",
     "red"},
};

static void the_strictest_marking_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof marking_rows / sizeof *marking_rows; i++) {
        char words[32];
        run_text(marking_rows[i].json);
        run_ended(TCN_ERR_OK);
        snprintf(words, sizeof words, " tlp %s pap", marking_rows[i].tlp);
        if (strstr(run.text, words) == NULL) {
            run_show();
            fail_msg("row %zu is not %s", i, marking_rows[i].tlp);
        }
    }
}

static void each_report_is_an_alert_and_nothing_is_lost(void **state)
{
    (void)state;
    run_text(BUNDLE(
        OBJECT("report", "1", ",\"name\":\"One\",\"object_refs\":[\"malware--" U("3") "\",\"malware--" U("8") "\"]") "," OBJECT(
            "grouping", "2",
            ",\"name\":\"Two\",\"object_"
            "refs\":[\"malware--" U("4") "\",\"report--" U(
                "1") "\"]") "," OBJECT("ma"
                                       "lw"
                                       "ar"
                                       "e",
                                       "3",
                                       ","
                                       "\""
                                       "na"
                                       "me"
                                       "\""
                                       ":"
                                       "\""
                                       "A"
                                       "\"") "," OBJECT("malware", "4",
                                                        ",\"name\":\"B\"") "," OBJECT("malware",
                                                                                      "5",
                                                                                      ",\"name\":\"C\"") "," OBJECT("relationship",
                                                                                                                    "6",
                                                                                                                    ",\"relationship_type\":\"r\",\"source_ref\":\"malware--" U(
                                                                                                                        "3") "\",\"target_ref\":\"malware--" U("5") "\"")));
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 3);
    const char *one = strstr(run.text, "DRAFT stix:report--" U("1") " ");
    const char *two = strstr(run.text, "DRAFT stix:grouping--" U("2") " ");
    const char *rest = strstr(run.text, "DRAFT stix:bundle--" U("0") " ");
    assert_true(one != NULL && one < two && two < rest);
    assert_true(strstr(run.text, "malware A\n") > one);
    assert_true(strstr(run.text, "malware B\n") > two);
    assert_true(strstr(run.text, "malware C\n") > rest);
    run_has("SOURCE tool | stix:not-in-bundle | malware--" U("8"));
    run_has("SOURCE tool | stix:relationship | malware \"A\" r malware \"C\"");
}

static void revoked_objects_and_reports_are_withdrawn(void **state)
{
    (void)state;
    run_text(BUNDLE(
        OBJECT("report", "1",
               ",\"name\":\"One\",\"revoked\":true,"
               "\"object_refs\":[\"malware--" U(
                   "3") "\"]") "," OBJECT("malware", "3", ",\"name\":\"A\"")));
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 1);
    assert_non_null(strstr(run.text, " withdrawn\nKEEP title | One\nKEEP "
                                     "reason | withdrawn by its source\n\n"));
    run_text(OBJECT("malware", "3", ",\"name\":\"A\",\"revoked\":true"));
    assert_non_null(strstr(run.text, " withdrawn\n"));
    run_text(BUNDLE(
        OBJECT("malware", "3", ",\"name\":\"A\",\"revoked\":true") "," OBJECT(
            "malware", "4", ",\"name\":\"B\"")));
    assert_null(strstr(run.text, " withdrawn\n"));
    run_lacks("malware A\n");
    assert_int_equal(run.report.skipped, 1);
    run_notices("revoked");
}

static void the_newer_version_in_a_bundle_counts(void **state)
{
    (void)state;
#define OLD                                                                    \
    OBJECT("malware", "1",                                                     \
           ",\"name\":\"old\",\"modified\":\"2024-01-01T00:00:00.000Z\"")
#define NEW                                                                    \
    OBJECT("malware", "1",                                                     \
           ",\"name\":\"new\",\"modified\":\"2024-01-01T00:00:00.001Z\"")
    static const char *const rows[] = {BUNDLE(OLD "," NEW),
                                       BUNDLE(NEW "," OLD)};
    for (size_t i = 0; i < 2; i++) {
        run_text(rows[i]);
        run_ended(TCN_ERR_OK);
        run_has("FREE description | malware new");
        run_lacks("malware old");
        run_notices("twice");
    }
#undef OLD
#undef NEW
}

static void versions_of_one_object_differ_in_digest_not_in_key(void **state)
{
    (void)state;
    static const char key[] =
        "DRAFT stix:malware--6b616fc1-1505-48e3-8b2c-0d19337bff38 ";
    run_file("stix/version-chain-malware-20181101232448456000.json");
    struct tcn_id first = run.digests[0];
    assert_non_null(strstr(run.text, key));
    run_file("stix/version-chain-malware-20181101232448457000.json");
    assert_non_null(strstr(run.text, key));
    assert_memory_not_equal(first.bytes, run.digests[0].bytes, 32);
    assert_int_equal(run_changed_ms(&first), 1541114688456ull);
    assert_int_equal(run_changed_ms(&run.digests[0]), 1541114688457ull);
    run_file("stix/version-chain-malware-20181101232448456000.json");
    assert_memory_equal(first.bytes, run.digests[0].bytes, 32);
}

static void the_order_of_objects_is_no_new_version(void **state)
{
    (void)state;
    run_text(BUNDLE(OBJECT("malware", "1", "") "," OBJECT("tool", "2", "")));
    struct tcn_id first = run.digests[0];
    run_text(BUNDLE(OBJECT("tool", "2", "") "," OBJECT("malware", "1", "")));
    assert_memory_equal(first.bytes, run.digests[0].bytes, 32);
}

static void severity_category_and_confidence_come_from_the_objects(void **state)
{
    (void)state;
    static const struct run_row rows[] = {
        {BUNDLE(OBJECT("malware", "1", "")),
         " severity medium confidence 50 category other/other"},
        {BUNDLE(OBJECT("tool", "1", "")), " severity low "},
        {BUNDLE(OBJECT("course-of-action", "1", "")), " severity info "},
        {BUNDLE(
             OBJECT("malware", "1",
                    ",\"labels\":[\"misp:threat-level=\\\"high-risk\\\"\"]")),
         " severity high "},
        {BUNDLE(OBJECT("malware", "1", ",\"confidence\":30") "," OBJECT(
             "malware", "2", ",\"confidence\":60")),
         " confidence 30 "},
        {BUNDLE(OBJECT("malware", "1",
                       ",\"malware_types\":[\"trojan\",\"ransomware\"]")),
         " category malicious-code/ransomware\n"},
        {BUNDLE(OBJECT("indicator", "1",
                       ",\"kill_chain_phases\":[{\"phase_name\":\"command-and-"
                       "control\"}]")),
         " category malicious-code/command-and-control\n"},
    };
    run_rows(rows, sizeof rows / sizeof *rows);
}

static void an_outdated_or_benign_indicator_is_not_for_detection(void **state)
{
    (void)state;
    static const char *const rows[] = {
        ",\"valid_until\":\"2020-01-01T00:00:00Z\"",
        ",\"indicator_types\":[\"benign\"]",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char json[512];
        snprintf(json, sizeof json,
                 BUNDLE(OBJECT("indicator", "1",
                               ",\"pattern\":\"[url:value = "
                               "'http://a.example/']\"%s")),
                 rows[i]);
        run_text(json);
        assert_non_null(strstr(run.text, " no-automation\n"));
    }
}

static void malformed_bundles_are_refused_with_their_path(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *path;
    } rows[] = {
        {"{\"type\":\"bundle\"}", "id"},
        {"{\"type\":\"bundle\",\"id\":\"bundle--1\"}", "id"},
        {"{\"type\":\"bundle\",\"id\":7}", "id"},
        {"{\"type\":\"bundle\",\"id\":\"bundle--" U(
             "0") "\",\"spec_version\":\"1.2\"}",
         "spec_version"},
        {"{\"type\":\"bundle\",\"id\":\"bundle--" U("0") "\",\"objects\":{}}",
         "objects"},
        {BUNDLE("7"), "objects[0]"},
        {BUNDLE("{}"), "objects[0].id"},
        {BUNDLE("{\"type\":\"malware\",\"id\":\"tool--" U("1") "\"}"),
         "objects[0].id"},
        {BUNDLE(OBJECT("malware", "1", ",\"name\":7")), "objects[0].name"},
        {BUNDLE(OBJECT("malware", "1", ",\"revoked\":\"maybe\"")),
         "objects[0].revoked"},
        {BUNDLE(OBJECT("malware", "1", "") "," OBJECT(
             "malware", "2", ",\"object_marking_refs\":[7]")),
         "objects[1].object_marking_refs[0]"},
        {BUNDLE(OBJECT("malware", "1", ",\"labels\":\"x\"")),
         "objects[0].labels"},
        {BUNDLE(OBJECT("report", "1", ",\"object_refs\":[{}]")),
         "objects[0].object_refs[0]"},
        {BUNDLE(OBJECT("indicator", "1", ",\"pattern\":[]")),
         "objects[0].pattern"},
        {BUNDLE(OBJECT("file", "1", ",\"hashes\":[]")), "objects[0].hashes"},
        {BUNDLE(
             OBJECT("threat-actor", "1", ",\"name\":\"x\",\"confidence\":-1")),
         "objects[0].confidence"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_text(rows[i].json);
        if (run.err != TCN_ERR_FORMAT ||
            strcmp(run.report.path, rows[i].path) != 0 || run.drafts != 0) {
            run_show();
            fail_msg("row %zu should fail at %s", i, rows[i].path);
        }
    }
    run_text("{\"type\":\"bundle\",\"id\":\"bundle--" U("0") "\"}");
    run_ended(TCN_ERR_OK);
    run_notices("nothing to warn of");
}

/* Every byte of a sample changed in turn: whatever comes of it, no draft that
 * a verifier would refuse, and no fault. */
static void a_damaged_file_does_no_harm(void **state)
{
    (void)state;
    static char copy[64 * 1024];
    size_t len;
    struct tcn_import_options options = run_options();
    const char *bytes = run_read("stix/sighting-of-an-indicator.json", &len);
    memcpy(copy, bytes, len);
    unsigned refused = 0;
    for (size_t i = 0; i < len; i += 2) {
        copy[i] ^= (char)(1 << i % 7);
        run_bytes(tcn_view(copy, len), &options);
        refused += run.err != TCN_ERR_OK;
        copy[i] = bytes[i];
    }
    assert_true(refused > len / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_does_what_the_manifest_says),
        cmocka_unit_test(patterns_become_indicators),
        cmocka_unit_test(what_a_pattern_says_beyond_a_choice_is_kept),
        cmocka_unit_test(objects_go_where_the_table_says),
        cmocka_unit_test(relationships_tell_no_more_than_their_class),
        cmocka_unit_test(the_strictest_marking_counts),
        cmocka_unit_test(each_report_is_an_alert_and_nothing_is_lost),
        cmocka_unit_test(revoked_objects_and_reports_are_withdrawn),
        cmocka_unit_test(the_newer_version_in_a_bundle_counts),
        cmocka_unit_test(versions_of_one_object_differ_in_digest_not_in_key),
        cmocka_unit_test(the_order_of_objects_is_no_new_version),
        cmocka_unit_test(
            severity_category_and_confidence_come_from_the_objects),
        cmocka_unit_test(an_outdated_or_benign_indicator_is_not_for_detection),
        cmocka_unit_test(malformed_bundles_are_refused_with_their_path),
        cmocka_unit_test(a_damaged_file_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, run_end);
}
