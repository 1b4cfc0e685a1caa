/* Events of detectors to drafts: Suricata's EVE, IDEA, and JSON by lines. */
#include "formats/eve.h"
#include "formats/idea.h"
#include "unit/import_run.h"

#define EVE_AT(time, source, more)                                             \
    "{\"timestamp\":\"" time                                                   \
    "\",\"event_type\":\"alert\",\"src_ip\":\"" source                         \
    "\",\"dest_ip\":\"198.51.100.9\",\"dest_port\":22,\"proto\":"              \
    "\"TCP\",\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_id\":7,"  \
    "\"rev\":2,\"signature\":\"S\",\"category\":\"Detection of a Network "     \
    "Scan\",\"severity\":2}" more "}"
#define T1        "2026-07-01T08:00:00.5+0000"
#define T2        "2026-07-01T10:30:00.000000+0200"
#define T3        "2026-07-01T09:00:00"
#define EVE(more) EVE_AT(T1, "203.0.113.5", more)
#define IDEA(more)                                                             \
    "{\"Format\":\"IDEA0\",\"ID\":\"e1\",\"DetectTime\":"                      \
    "\"2026-07-01T08:00:00Z\",\"Category\":[\"Recon.Scanning\"]" more "}"

static void every_sample_does_what_the_manifest_says(void **state)
{
    (void)state;
    run_manifest("eve/", 3);
    run_manifest("idea/", 11);
}

static const struct run_row part_rows[] = {
    {EVE(""), "DRAFT eve:1:7:203.0.113.5 tlp green pap green onward none "
              "severity medium confidence 50 category "
              "information-gathering/scanner\n"},
    {EVE(""), "KEEP title | S\n"},
    {EVE(""), "TECH indicator | ipv4-addr | 203.0.113.5\n"},
    {EVE(""), "VICTIM victim | 198.51.100.9\n"},
    {EVE(""), "VICTIM tool | eve:targets | TCP 198.51.100.9 port 22\\n\n"},
    {EVE(""), "TECH reference | suricata rule 1:7 rev 2\n"},
    {EVE(",\"payload\":\"AAAA\""), "\"payload\":\"(4 bytes left out)\""},
    {EVE_AT(T1, "10.0.0.8", ""), "TECH indicator | ipv4-addr | 198.51.100.9\n"},
    {EVE_AT(T1, "10.0.0.8", ""), "VICTIM victim | 10.0.0.8\n"},
    {EVE_AT(T1, "2001:db8::1", ""),
     "TECH indicator | ipv6-addr | 2001:db8::1\n"},
    {IDEA(""), "DRAFT idea:e1 tlp green pap green onward none severity "
               "medium confidence 50 category "
               "information-gathering/scanner\n"},
    {IDEA(""), "KEEP title | Recon.Scanning\n"},
    {IDEA(""), "TECH tool | idea:category | Recon.Scanning\n"},
    {IDEA(",\"Confidence\":0.3"), " confidence 30 "},
    {IDEA(",\"PredID\":[\"e0\"]"), "\nREPLACES idea:e0\nKEEP "},
    {IDEA(",\"PredID\":[\"e0\",\"e9\"]"), "DRAFT idea:e9 "},
    {IDEA(",\"PredID\":[\"e0\",\"e9\"]"),
     " withdrawn\nREPLACES idea:e1\nKEEP title | Replaced by a newer event"},
    {IDEA(",\"Note\":\"N\""), "FREE description | N\n"},
    {IDEA(",\"Source\":[{\"IP4\":[\"203.0.113.5\"],\"Port\":[22]}]"),
     "TECH indicator | ipv4-addr | 203.0.113.5\n"},
    {IDEA(",\"Source\":[{\"IP4\":[\"203.0.113.5\"],\"Port\":[22]}]"),
     "TECH tool | idea:Source | {\"Port\":[22]}\n"},
    {IDEA(",\"Source\":[{\"ASN\":[64496]}]"), "TECH indicator | asn | 64496\n"},
    {IDEA(",\"Source\":[{\"IP4\":[\"203.0.113.5\"],\"Spoofed\":true}]"),
     " no-automation\n"},
    {IDEA(",\"Target\":[{\"Hostname\":[\"h.example\"]}]"),
     "VICTIM victim | h.example\n"},
    {IDEA(",\"Description\":\"on h.example\",\"Target\":[{\"Hostname\":["
          "\"h.example\"]}]"),
     "VICTIM description | on h.example\n"},
    {IDEA(",\"Ref\":[\"cve:CVE-2026-1234\"]"),
     "TECH indicator | cve | CVE-2026-1234\n"},
    {IDEA(",\"Ref\":[\"https://r\"]"), "TECH reference | https://r\n"},
    {IDEA(",\"Node\":[{\"Name\":\"n.example\",\"SW\":[\"K\"]}]"),
     "SOURCE source | n.example\n"},
    {IDEA(",\"Node\":[{\"Name\":\"n.example\",\"SW\":[\"K\"]}]"),
     "SOURCE tool | idea:node | {\"SW\":[\"K\"]}\n"},
    {IDEA(",\"Attach\":[{\"Hash\":[\"md5:0749bae92ca336a02c83d126e04ec628"
          "\"],\"FileName\":[\"a.exe\"]}]"),
     "TECH indicator | md5 | 0749bae92ca336a02c83d126e04ec628\n"},
    {IDEA(",\"ConnCount\":20"),
     "SOURCE tool | idea:more | {\"ConnCount\":20}\n"},
};

static void parts_go_where_the_table_says(void **state)
{
    (void)state;
    run_rows(part_rows, sizeof part_rows / sizeof *part_rows);
}

/* Categories are words of RSIT, and the longer word of IDEA wins. */
static void category_tables_lead_to_the_taxonomy(void **state)
{
    (void)state;
    const char *word;
    const char *category;
    unsigned rank;
    size_t i;
    for (i = 0; tcn_idea_category_row(i, &word, &category); i++) {
        assert_ptr_equal(tcn_idea_category(tcn_view_str(word), &rank),
                         category);
        assert_true(rank > 0);
    }
    assert_true(i > 20);
    for (i = 0; tcn_eve_category_row(i, &word, &category); i++) {
        assert_ptr_equal(tcn_eve_category(tcn_view_str(word)), category);
    }
    assert_true(i > 20);
    assert_string_equal(tcn_eve_category(tcn_view_str("what is this")),
                        "intrusion-attempts/ids-alert");
    assert_string_equal(
        tcn_idea_category(tcn_view_str("Malware.Ransomware.X"), &rank),
        "malicious-code/ransomware");
    assert_null(tcn_idea_category(tcn_view_str("Malwares"), &rank));
}

static void records_of_one_signature_and_source_are_one_alert(void **state)
{
    (void)state;
    run_text("[" EVE_AT(T3, "203.0.113.5", "") "," EVE_AT(
        T1, "203.0.113.5",
        "") "," EVE_AT(T2, "203.0.113.6",
                       "") ",{\"event_type\":\"dns\",\"timestamp\":\"x\"}"
                           "," EVE_AT(T2, "203.0.113.5", "") "]");
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 2);
    assert_non_null(strstr(run.text, "3 records of this signature from this "
                                     "source, first 2026-07-01T08:00:00.500Z, "
                                     "last 2026-07-01T09:00:00.000Z; 1 targets "
                                     "named"));
    assert_true(run_changed_ms(&run.digests[0]) == 1782896400000ull);
    run_notices("1 records are no alerts: left out");
    assert_int_equal(run.report.skipped, 1);
}

static void a_file_of_lines_is_read_like_an_array(void **state)
{
    (void)state;
    run_text(EVE_AT(T3, "203.0.113.5", "") "\n\n" EVE("") "\r\n" IDEA("") "\n");
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 2);
    assert_non_null(strstr(run.text, "2 records of this signature"));
    assert_non_null(strstr(run.text, "DRAFT idea:e1 "));
}

static void a_broken_line_is_named_and_the_rest_is_taken(void **state)
{
    (void)state;
    run_text(
        EVE("") "\n{\"event_type\":\"alert\",\"timestamp\":\"x\",\"src_ip"
                "\":\"203.0.113.5\"}\n{\"half\n" EVE_AT(T2, "203.0.113.5", ""));
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 1);
    assert_int_equal(run.report.skipped, 2);
    assert_int_equal(run.report.line, 2);
    run_notices("line 2 left out: an alert record needs src_ip and alert."
                "signature_id");
    run_notices("line 3 left out: this is not strict JSON");
    assert_non_null(strstr(run.text, "2 records of this signature"));
}

static void lines_of_which_none_is_good_are_refused(void **state)
{
    (void)state;
    run_text("{\"event_type\":\"alert\",\"timestamp\":\"x\"}\n"
             "{\"event_type\":\"alert\",\"timestamp\":\"x\"}\n");
    run_ended(TCN_ERR_FORMAT);
    assert_int_equal(run.report.line, 1);
    assert_non_null(strstr(run.report.message, "needs src_ip"));
}

static void an_error_of_every_line_ends_the_import(void **state)
{
    (void)state;
    struct tcn_import_options options = run_options();
    options.tlp = -1;
    run_bytes(tcn_view_str(IDEA("") "\n" IDEA("") "\n"), &options);
    run_ended(TCN_ERR_LABEL);
    assert_int_equal(run.report.line, 1);
    run_bytes(tcn_view_str(EVE("") "\n" EVE("") "\n"), &options);
    run_ended(TCN_ERR_LABEL);
}

static void what_is_wrong_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *path;
    } rows[] = {
        {EVE_AT("yesterday", "203.0.113.5", ""), "timestamp"},
        {EVE_AT(T1, "a text that is far too long to be an IP address....", ""),
         ""},
        {"[" EVE("") ",7]", "[1]"},
        {"[" EVE("") "," EVE(",\"dest_port\":\"x\"") "]", NULL},
        {"{\"Format\":\"IDEA1\",\"DetectTime\":\"x\"}", "Format"},
        {"{\"Format\":\"IDEA0\",\"DetectTime\":\"x\"}", ""},
        {IDEA(",\"id\":1"), ""},
        {IDEA(",\"Confidence\":1.5"), "Confidence"},
        {IDEA(",\"Confidence\":\"x\""), "Confidence"},
        {IDEA(",\"Source\":[7]"), "Source[0]"},
        {IDEA(",\"Source\":7"), "Source"},
        {IDEA(",\"Ref\":[7]"), "Ref[0]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_text(rows[i].json);
        if (rows[i].path == NULL) { /* a key twice */
            run_ended(TCN_ERR_SYNTAX);
            continue;
        }
        run_ended(TCN_ERR_FORMAT);
        assert_string_equal(run.report.path, rows[i].path);
    }
}

/* One source scans many: its targets are counted beyond those named. */
static void targets_beyond_the_limit_are_counted(void **state)
{
    (void)state;
    static char json[64 * 1024];
    struct tcn_buf out = tcn_buf(json, sizeof json);
    for (unsigned i = 0; i < TCN_EVE_TARGETS_MAX + 8; i++) {
        tcn_buf_printf(&out,
                       "{\"timestamp\":\"" T1 "\",\"event_type\":\"alert\","
                       "\"src_ip\":\"203.0.113.5\",\"dest_ip\":\"198.51.100."
                       "%u\",\"alert\":{\"signature_id\":7}}\n",
                       i);
    }
    run_text(tcn_buf_text(&out));
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 1);
    assert_non_null(strstr(run.text, "40 records of this signature"));
    assert_non_null(strstr(run.text, "32 targets named, 8 records for others"));
}

static enum tcn_err count(void *ctx, const struct tcn_draft *draft)
{
    *(unsigned *)ctx += draft->field_count > 0;
    return TCN_ERR_OK;
}

/* More groups than are gathered at once: told, and nothing is lost. */
static void more_groups_than_fit_are_told_in_between(void **state)
{
    (void)state;
    size_t cap = (size_t)(TCN_EVE_GROUPS_MAX + 10) * 160;
    char *json = malloc(cap);
    assert_non_null(json);
    struct tcn_buf out = tcn_buf(json, cap);
    for (unsigned i = 0; i < TCN_EVE_GROUPS_MAX + 5; i++) {
        tcn_buf_printf(&out,
                       "{\"timestamp\":\"" T1 "\",\"event_type\":\"alert\","
                       "\"src_ip\":\"203.0.%u.%u\",\"alert\":{\"signature_id\""
                       ":7}}\n",
                       i / 250, i % 250);
    }
    unsigned taken = 0;
    struct tcn_import_report report;
    struct tcn_import_options options = run_options();
    struct tcn_import_sink sink = {.take = count, .ctx = &taken};
    assert_int_equal(tcn_import(tcn_buf_view(&out), &options, &sink, &report),
                     TCN_ERR_OK);
    assert_int_equal(taken, TCN_EVE_GROUPS_MAX + 5);
    assert_non_null(strstr(report.notices, "begun anew"));
    tcn_import_report_fini(&report);
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_does_what_the_manifest_says),
        cmocka_unit_test(parts_go_where_the_table_says),
        cmocka_unit_test(category_tables_lead_to_the_taxonomy),
        cmocka_unit_test(records_of_one_signature_and_source_are_one_alert),
        cmocka_unit_test(a_file_of_lines_is_read_like_an_array),
        cmocka_unit_test(a_broken_line_is_named_and_the_rest_is_taken),
        cmocka_unit_test(lines_of_which_none_is_good_are_refused),
        cmocka_unit_test(an_error_of_every_line_ends_the_import),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(targets_beyond_the_limit_are_counted),
        cmocka_unit_test(more_groups_than_fit_are_told_in_between),
    };
    return cmocka_run_group_tests(tests, NULL, run_end);
}
