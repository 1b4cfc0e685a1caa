/* Exports, and what comes back of them: round trips over random alerts and over
 * every published sample, in every format that can be imported. */
#include <jansson.h>

#include "formats/digest.h"
#include "formats/export.h"
#include "unit/round_trip.h"

static int end(void **state)
{
    (void)state;
    run_fini();
    return 0;
}

static void hex(struct tcn_view bytes, char *out)
{
    struct tcn_buf buf = tcn_buf(out, 2 * bytes.len + 1);
    tcn_text_hex(&buf, bytes);
    (void)tcn_buf_text(&buf);
}

/* RFC 1321, A.5; FIPS 180-4 examples; RFC 4122, B; STIX 2.1, 2.9. */
static void old_hashes_fit_their_published_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *md5;
        const char *sha1;
    } rows[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e",
         "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72",
         "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "8215ef0796a20bcaaae116d3876c664a",
         "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
        {"1234567890123456789012345678901234567890123456789012345678901234567"
         "8901234567890",
         "57edf4a22be3c955ac49da2e2107b67a",
         "50abf5706a150990a08b2c5ea40fa0e585554732"},
    };
    uint8_t hash[20];
    char text[41];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tcn_md5(tcn_view_str(rows[i].text), hash);
        hex(tcn_view(hash, 16), text);
        assert_string_equal(text, rows[i].md5);
        tcn_sha1(tcn_view_str(rows[i].text), hash);
        hex(tcn_view(hash, 20), text);
        assert_string_equal(text, rows[i].sha1);
    }
    char uuid[TCN_UUID_TEXT];
    tcn_uuid5(tcn_uuid_stix, tcn_view_str("{\"value\":\"198.51.100.3\"}"),
              uuid);
    assert_string_equal(uuid, "28bb3599-77cd-5a82-a950-b5bc3caf07c4");
    tcn_uuid5(tcn_uuid_stix, tcn_view_str("{\"value\":\"example.com\"}"), uuid);
    assert_string_equal(uuid, "bedb4899-d24b-5401-bc86-8f6b4cc18ec7");
}

static void withheld_fields_are_counted_and_said(void **state)
{
    (void)state;
    static struct tcn_draft draft;
    made_full_draft(&draft);
    tell(&draft, TCN_CLASS_ALL & (uint8_t)~TCN_CLASS_BIT(TCN_CLASS_VICTIM));
    assert_int_equal(told.withheld, 1);
    for (unsigned format = TCN_EXPORT_STIX; format <= TCN_EXPORT_CAP;
         format++) {
        char *text = export((enum tcn_export_format)format);
        assert_null(strstr(text, "Hospital X"));
        assert_non_null(strstr(text, "1 field of this alert is not in this "
                                     "copy"));
        free(text);
    }
    tell(&draft, TCN_CLASS_ALL);
    assert_int_equal(told.withheld, 0);
    for (unsigned format = TCN_EXPORT_STIX; format <= TCN_EXPORT_CAP;
         format++) {
        char *text = export((enum tcn_export_format)format);
        assert_non_null(strstr(text, "Hospital X"));
        assert_null(strstr(text, "not in this copy"));
        free(text);
    }
}

static void csv_is_quoted_and_holds_live_indicators_only(void **state)
{
    (void)state;
    static struct tcn_draft draft;
    made_draft(&draft);
    made_add(&draft, TCN_CLASS_KEEP, "title", "a \"b\", c");
    made_add(&draft, TCN_CLASS_TECH, "indicator", "file-name");
    draft.fields[1].is_list = true;
    draft.fields[1].value_count = 2;
    draft.fields[1].values[1].text = tcn_view_str("x,y\n.exe");
    made_add(&draft, TCN_CLASS_VICTIM, "indicator", "file-name");
    draft.fields[2].is_list = true;
    draft.fields[2].value_count = 2;
    draft.fields[2].values[1].text = tcn_view_str("secret");
    tell(&draft, TCN_CLASS_ALL);
    char *text = export(TCN_EXPORT_CSV);
    assert_non_null(strstr(text, "file-name,\"x,y\n.exe\",yes,green,amber,high,"
                                 "80,malicious-code/ransomware,ee,"));
    assert_non_null(strstr(text, ",\"a \"\"b\"\", c\","));
    assert_null(strstr(text, "secret"));
    free(text);
    told.status = TCN_STATUS_REVOKED;
    text = export(TCN_EXPORT_CSV);
    assert_true(text == NULL || text[0] == '\0');
    free(text);
}

static void a_cell_of_csv_is_never_a_formula(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"=cmd|' /C calc'!A0", ",\"'=cmd|' /C calc'!A0\","},
        {"+1", ",\"'+1\","},
        {"-1", ",\"'-1\","},
        {"@SUM(1)", ",\"'@SUM(1)\","},
        {"\t=1", ",\"'\t=1\","},
        {"a=1", ",a=1,"},
        {"'=1", ",'=1,"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct tcn_draft draft;
        made_draft(&draft);
        made_add(&draft, TCN_CLASS_KEEP, "title", rows[i][0]);
        made_add(&draft, TCN_CLASS_TECH, "indicator", "file-name");
        draft.fields[1].is_list = true;
        draft.fields[1].value_count = 2;
        draft.fields[1].values[1].text = tcn_view_str(rows[i][0]);
        tell(&draft, TCN_CLASS_ALL);
        char *text = export(TCN_EXPORT_CSV);
        const char *first = strstr(text, rows[i][1]);
        assert_non_null(first);
        assert_non_null(strstr(first + 1, rows[i][1]));
        free(text);
    }
}

/* Found by the fuzzer of KEV: what XML cannot carry is made visible. */
static void cap_is_well_formed_whatever_it_says(void **state)
{
    (void)state;
    static struct tcn_draft draft;
    made_draft(&draft);
    made_add(&draft, TCN_CLASS_KEEP, "title", "a\xef\xbf\xbf]]>&<b>");
    made_add(&draft, TCN_CLASS_FREE, "description",
             "\xef\xbf\xbe \xef\xbf\xbd");
    tell(&draft, TCN_CLASS_ALL);
    char *text = export(TCN_EXPORT_CAP);
    run_text(text);
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 1);
    run_has("KEEP title | a\\\\u{ffff}]]>&<b>");
    free(text);
}

/* The JSON of the feed gives the same view as the envelope. */
static void an_alert_and_its_json_are_told_alike(void **state)
{
    (void)state;
    static struct tcn_draft draft;
    static struct tcn_told again;
    made_full_draft(&draft);
    draft.header.label.caveat_count = 1;
    draft.header.label.caveats[0] = tcn_view_str("no-automation");
    tell(&draft, TCN_CLASS_ALL & (uint8_t)~TCN_CLASS_BIT(TCN_CLASS_ACTOR));
    struct tcn_alert_facts facts = {.status = TCN_STATUS_LIVE};
    uint8_t *room = malloc(TCN_ALERT_JSON_MAX);
    assert_non_null(room);
    struct tcn_buf out = tcn_buf(room, TCN_ALERT_JSON_MAX);
    tcn_alert_put_json(&out, &alert, &facts);
    json_t *json = json_loadb((const char *)out.data, out.len, 0, NULL);
    assert_true(tcn_told_from_json(&again, json));
    for (unsigned format = TCN_EXPORT_STIX; format <= TCN_EXPORT_CSV;
         format++) {
        char *one = export((enum tcn_export_format)format);
        struct tcn_text two = {0};
        assert_true(
            tcn_export_one(&two, (enum tcn_export_format)format, &again));
        if (one == NULL) {
            assert_null(two.data);
        } else {
            assert_string_equal(one, two.data);
        }
        free(one);
        free(two.data);
    }
    json_object_set_new(json, "tlp", json_string("purple"));
    assert_true(tcn_told_from_json(&again, json));
    assert_int_equal(again.header.label.tlp, TCN_TLP_RED);
    json_object_set_new(json, "id", json_string("x"));
    assert_false(tcn_told_from_json(&again, json));
    json_decref(json);
    free(room);
}

/* ---- over random alerts ---- */

static const char *const words[] = {
    "plain",
    "J\xc3\xb5geva & <b>",
    "quote \" and ' and \\",
    "a\nb\tc",
    "trailing ",
    " leading",
    "=1+1",
    "@home",
    "x@KEEP",
    "tool:x",
    "\xf0\x9f\x90\x9e",
    "a, b; c|d",
    "]]>",
    "%s %n",
    "{\"a\":[1]}",
    "https://e.example/?a=b&c='d'",
};

static struct tcn_view word(void)
{
    return tcn_view_str(words[dice(sizeof words / sizeof *words)]);
}

static void add_random_indicator(struct tcn_draft *draft)
{
    static const char *const rows[][2] = {
        {"ipv4-addr", "198.51.100.3"},
        {"ipv4-addr", "203.0.113.0/24"},
        {"ipv6-addr", "2001:db8::1"},
        {"domain-name", "c2.example"},
        {"url", "http://c2.example/a'b\\c?d=\"e\""},
        {"email-addr", "a@b.example"},
        {"md5", "0749bae92ca336a02c83d126e04ec628"},
        {"sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {"sha256",
         "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635"
         "fb6c"},
        {"file-name", "a b'c\\d.exe"},
        {"mutex", "Global\\x"},
        {"asn", "64496"},
        {"cve", "CVE-2026-1234"},
        {"yara", "rule a { condition: true }"},
        {"snort", "alert tcp any any -> any any (sid:1;)"},
    };
    static const uint8_t classes[] = {TCN_CLASS_TECH, TCN_CLASS_TECH,
                                      TCN_CLASS_TECH, TCN_CLASS_VICTIM,
                                      TCN_CLASS_PERSONAL};
    const char *const *row = rows[dice(sizeof rows / sizeof *rows)];
    struct tcn_draft_field *field = &draft->fields[draft->field_count];
    for (size_t i = 0; i < draft->field_count; i++) {
        if (tcn_view_is(draft->fields[i].values[1].text, row[1])) {
            return; /* each once */
        }
    }
    draft->field_count++;
    *field = (struct tcn_draft_field){.name = tcn_view_str("indicator"),
                                      .cls = classes[dice(5)],
                                      .is_list = true,
                                      .value_count = 2};
    field->values[0].text = tcn_view_str(row[0]);
    field->values[1].text = tcn_view_str(row[1]);
}

static void add_random_field(struct tcn_draft *draft)
{
    static const char *const names[] = {
        "technique",   "reference",      "source", "victim", "contact",
        "description", "recommendation", "tool",   "actor"};
    const char *name = names[dice(9)];
    struct tcn_draft_field *field = &draft->fields[draft->field_count];
    struct tcn_view value = word();
    bool keep = strcmp(name, "recommendation") == 0;
    if (dice(3) == 0) {
        add_random_indicator(draft);
        return;
    }
    *field = (struct tcn_draft_field){
        .name = tcn_view_str(name),
        .cls = (uint8_t)tcn_field_class(tcn_view_str(name)),
        .value_count = 1};
    if (!keep && dice(4) == 0) {
        field->cls = (uint8_t)(TCN_CLASS_TECH + dice(6)); /* stricter, maybe */
    }
    field->values[0].text = value;
    if (strcmp(name, "technique") == 0) {
        field->cls = TCN_CLASS_TECH;
        field->values[0].text = tcn_view_str("T1486");
    } else if (strcmp(name, "tool") == 0 || strcmp(name, "actor") == 0) {
        field->is_list = true;
        field->value_count = 2;
        field->values[1].text = word();
    }
    if (strcmp(name, "actor") == 0) {
        field->cls = TCN_CLASS_ACTOR;
        field->value_count = 3;
        field->values[2] = field->values[1];
        field->values[1] =
            (struct tcn_draft_value){.number = dice(101), .is_number = true};
    }
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct tcn_draft_field *other = &draft->fields[i];
        if (tcn_view_equal(other->name, field->name) &&
            tcn_view_equal(other->values[0].text, field->values[0].text)) {
            return; /* equal ones in two classes become one, in the stricter */
        }
    }
    draft->field_count++;
}

static void make_random(struct tcn_draft *draft)
{
    static const char *const categories[] = {"malicious-code/ransomware",
                                             "fraud/phishing", "other/other"};
    made_draft(draft);
    draft->header.severity = (uint8_t)dice(5);
    draft->header.confidence = (uint8_t)dice(101);
    draft->header.category = tcn_view_str(categories[dice(3)]);
    draft->header.label.tlp = (uint8_t)dice(5);
    draft->header.label.pap = (uint8_t)dice(4);
    draft->header.label.onward =
        dice(2) == 0 ? TCN_ONWARD_NONE : TCN_ONWARD_ANY;
    if (dice(4) == 0) {
        draft->header.exercise = tcn_view_str("ce26");
    }
    if (dice(3) == 0) {
        draft->header.label.caveats[draft->header.label.caveat_count++] =
            tcn_view_str("orcon");
    }
    made_add(draft, TCN_CLASS_KEEP, "title", "Title & <more>");
    for (unsigned i = dice(12); i > 0; i--) {
        add_random_field(draft);
    }
}

static void random_alerts_survive_every_format(void **state)
{
    (void)state;
    static struct tcn_draft draft;
    for (unsigned round = 0; round < 400; round++) {
        seed = round;
        make_random(&draft);
        for (size_t f = 0; f < FORMATS; f++) {
            struct facts before = {0};
            tell(&draft, TCN_CLASS_ALL);
            note_fields(&before, &told);
            note_header(&before, &told);
            go_round(formats[f], &before);
            forget(&before);
        }
    }
}

/* ---- over the published samples ---- */

/* Every format after the other: what one lacks is carried through it. */
static void go_through_all(const char *name, const struct tcn_draft *draft)
{
    struct facts before = {0};
    tell(draft, TCN_CLASS_ALL);
    if (told.field_count > 400) {
        return; /* would be split again */
    }
    note_fields(&before, &told);
    note_header(&before, &told);
    for (size_t f = 0; f < FORMATS; f++) {
        go_round(formats[f], &before);
    }
    (void)name;
    forget(&before);
}

static void samples_survive_a_chain_of_all_formats(void **state)
{
    (void)state;
    static const char *const names[] = {
        "stix/poisonivy.json",
        "stix/using-granular-markings.json",
        "stix/mispstix-test_event1_stix21.json",
        "stix/schemas-indicators-for-C2-with-COA.json",
        "stix/identifying-a-threat-actor-profile.json",
        "misp/eset-abafar.json",
        "misp/eset-misp-powerpool.json",
        "misp/eset-oceanlotus-wateringhole-2018.misp.event.json",
        "misp/pymisp-japanese_test.json",
        "cap/canada.cap",
        "cap/noaa_errors.cap",
        "cap/australia.cap",
        "idea/mentat-test-event.json",
        "csaf/vex-2022-evd-uc-01-a-001.json",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t len;
        const char *bytes = run_read(names[i], &len);
        char *text = strndup(bytes, len);
        struct round round;
        static struct tcn_draft first;
        import_text(text, &round);
        first = round.drafts[0];
        static uint8_t copy[TCN_CONTROL_MAX];
        struct tcn_buf out = tcn_buf(copy, sizeof copy);
        assert_int_equal(tcn_draft_encode(&first, &out), TCN_ERR_OK);
        assert_int_equal(tcn_draft_decode(&first, tcn_buf_view(&out)),
                         TCN_ERR_OK);
        go_through_all(names[i], &first);
        free(text);
    }
}

/* A source's dates of validity are those that STIX gets again. */
static void validity_comes_back_as_the_source_said_it(void **state)
{
    (void)state;
    static const char bundle[] =
        "{\"type\":\"bundle\",\"id\":\"bundle--b87fa0f3-988f-4ae9-ae87-"
        "2f0d962ab1ee\",\"objects\":[{\"type\":\"indicator\",\"spec_version\":"
        "\"2.1\",\"id\":\"indicator--b87fa0f3-988f-4ae9-ae87-2f0d962ab1ee\","
        "\"pattern\":\"[ipv4-addr:value = '198.51.100.3' OR ipv4-addr:value = "
        "'198.51.100.4']\",\"pattern_type\":\"stix\",\"valid_from\":"
        "\"2026-07-01T00:00:00Z\",\"valid_until\":\"2027-01-01T00:00:00Z\"},"
        "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--"
        "a180a0c5-50c7-41a9-b1a3-0373b24f6c24\",\"pattern\":\"[domain-name:"
        "value = 'c2.example']\",\"pattern_type\":\"stix\",\"valid_from\":"
        "\"2026-08-01T00:00:00Z\"}]}";
    struct round round;
    import_text(bundle, &round);
    tell(&round.drafts[0], TCN_CLASS_ALL);
    for (size_t f = 0; f < FORMATS; f++) {
        char *text = export(formats[f]);
        import_text(text, &round);
        tell(&round.drafts[0], TCN_CLASS_ALL);
        free(text);
        text = export(TCN_EXPORT_STIX);
        const char *at = strstr(text, "'198.51.100.4'");
        assert_non_null(at);
        assert_non_null(strstr(at, "\"valid_from\":\"2026-07-01T00:00:00.000Z"
                                   "\",\"valid_until\":\"2027-01-01T00:00:00."
                                   "000Z\""));
        at = strstr(text, "'c2.example'");
        assert_non_null(strstr(at, "\"valid_from\":\"2026-08-01T00:00:00.000Z"
                                   "\"}"));
        free(text);
    }
}

static void seen_dates_of_misp_come_back(void **state)
{
    (void)state;
    struct round round;
    import_text("{\"Event\":{\"uuid\":\"5b8d9d33-ccf0-4fd9-82dc-7dbc0a016219\","
                "\"info\":\"t\",\"Orgc\":{\"name\":\"CIRCL\",\"uuid\":"
                "\"55f6ea5e-2c60-40e5-964f-47a8950d210f\"},\"Attribute\":[{"
                "\"type\":\"domain\",\"value\":\"c2.example\",\"to_ids\":true,"
                "\"first_seen\":\"2024-01-01T00:00:00+00:00\",\"last_seen\":"
                "\"2024-02-01T00:00:00+00:00\"}]}}",
                &round);
    tell(&round.drafts[0], TCN_CLASS_ALL);
    for (unsigned i = 0; i < 2; i++) {
        char *text = export(TCN_EXPORT_MISP);
        assert_non_null(strstr(text, "\"first_seen\":\"2024-01-01T00:00:00+00:"
                                     "00\""));
        assert_non_null(strstr(text, "\"last_seen\":\"2024-02-01T00:00:00+00:"
                                     "00\""));
        assert_non_null(strstr(text, "CIRCL (55f6ea5e-2c60-40e5-964f-"
                                     "47a8950d210f)"));
        assert_non_null(strstr(text, "\"name\":\"ee\""));
        import_text(text, &round);
        tell(&round.drafts[0], TCN_CLASS_ALL);
        free(text);
    }
}

int main(void)
{
    assert_true(sodium_init() >= 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_hashes_fit_their_published_vectors),
        cmocka_unit_test(withheld_fields_are_counted_and_said),
        cmocka_unit_test(csv_is_quoted_and_holds_live_indicators_only),
        cmocka_unit_test(a_cell_of_csv_is_never_a_formula),
        cmocka_unit_test(cap_is_well_formed_whatever_it_says),
        cmocka_unit_test(an_alert_and_its_json_are_told_alike),
        cmocka_unit_test(random_alerts_survive_every_format),
        cmocka_unit_test(samples_survive_a_chain_of_all_formats),
        cmocka_unit_test(validity_comes_back_as_the_source_said_it),
        cmocka_unit_test(seen_dates_of_misp_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
