/* CSAF documents and the KEV catalogue to drafts. */
#include "unit/import_run.h"

#define CSAF(document, more)                                                   \
    "{\"document\":{\"category\":\"csaf_vex\",\"csaf_version\":\"2.0\","       \
    "\"title\":\"T\",\"publisher\":{\"category\":\"vendor\",\"name\":\"V\","   \
    "\"namespace\":\"https://v.example\"},\"tracking\":{\"id\":\"A-1\","       \
    "\"version\":\"2\",\"status\":\"final\",\"current_release_date\":"         \
    "\"2026-07-01T08:00:00Z\"}" document "}" more "}"
#define VULNERABILITY(more)                                                    \
    CSAF("", ",\"product_tree\":{\"full_product_names\":[{\"product_id\":"     \
             "\"P1\",\"name\":\"Thing 1.0\"}]},\"vulnerabilities\":[{"         \
             "\"cve\":\"CVE-2026-1234\"" more "}]")
#define KEV(more)                                                              \
    "{\"catalogVersion\":\"1\",\"count\":1,\"vulnerabilities\":[{\"cveID\":"   \
    "\"CVE-2026-1234\",\"vendorProject\":\"V\",\"product\":\"P\","             \
    "\"vulnerabilityName\":\"Hole\",\"dateAdded\":\"2026-07-01\","             \
    "\"shortDescription\":\"Bad.\",\"requiredAction\":\"Patch.\","             \
    "\"dueDate\":\"2026-07-22\"" more "}]}"

static void every_sample_does_what_the_manifest_says(void **state)
{
    (void)state;
    run_manifest("csaf/", 1);
    run_manifest("kev/", 1);
}

static const struct run_row part_rows[] = {
    {CSAF("", ""), "DRAFT csaf:https://v.example A-1 tlp green pap green "
                   "onward none severity medium confidence 90 category "
                   "vulnerable/vulnerable-system\n"},
    {CSAF("", ""), "KEEP title | T\n"},
    {CSAF("", ""), "SOURCE source | V (https://v.example)\n"},
    {CSAF("", ""), "TECH reference | csaf A-1, version 2, released "
                   "2026-07-01T08:00:00Z\n"},
    {CSAF(",\"distribution\":{\"tlp\":{\"label\":\"AMBER\"}}", ""),
     " tlp amber "},
    {CSAF(",\"distribution\":{\"tlp\":{\"label\":\"WHITE\"}}", ""),
     " tlp clear "},
    {CSAF(",\"distribution\":{\"tlp\":{\"label\":\"X\"}}", ""), " tlp red "},
    {CSAF(",\"distribution\":{\"text\":\"words\"}", ""),
     "SOURCE tool | csaf:distribution | {\"text\":\"words\"}\n"},
    {CSAF(",\"aggregate_severity\":{\"text\":\"Important\"}", ""),
     " severity high "},
    {CSAF(",\"notes\":[{\"category\":\"summary\",\"text\":\"S\"}]", ""),
     "FREE description | S\n"},
    {CSAF(",\"references\":[{\"url\":\"https://r\"}]", ""),
     "TECH reference | https://r\n"},
    {CSAF(",\"x_more\":1", ""),
     "SOURCE tool | csaf:document | {\"x_more\":1}\n"},
    {CSAF(",\"acknowledgments\":[{\"names\":[\"J D\"]}]", ""),
     "PERSONAL tool | csaf:acknowledgments | [{\"names\":[\"J D\"]}]\n"},
    {VULNERABILITY(""), "TECH indicator | cve | CVE-2026-1234\n"},
    {VULNERABILITY(",\"product_status\":{\"known_affected\":[\"P1\","
                   "\"P2\"]}"),
     "FREE description | CVE-2026-1234: known affected: Thing 1.0, P2\n"},
    {VULNERABILITY(",\"product_status\":{\"known_not_affected\":["
                   "\"P1\"]}"),
     " severity info "},
    {VULNERABILITY(",\"scores\":[{\"cvss_v3\":{\"baseSeverity\":"
                   "\"CRITICAL\"}}]"),
     " severity critical "},
    {VULNERABILITY(",\"metrics\":[{\"content\":{\"cvss_v4\":{"
                   "\"baseSeverity\":\"HIGH\"}}}]"),
     " severity high "},
    {VULNERABILITY(",\"remediations\":[{\"category\":\"vendor_fix\","
                   "\"details\":\"Go to 1.1\",\"product_ids\":[\"P1\"]}]"),
     "KEEP recommendation | CVE-2026-1234: vendor_fix for Thing 1.0: Go to "
     "1.1\n"},
    {VULNERABILITY(",\"threats\":[{\"category\":\"impact\",\"details\":"
                   "\"D\"}]"),
     "FREE description | CVE-2026-1234: D\n"},
    {VULNERABILITY(",\"cwe\":{\"id\":\"CWE-1\"}"),
     "TECH tool | csaf:cwe CVE-2026-1234 | {\"id\":\"CWE-1\"}\n"},
    {KEV(""), "DRAFT kev:CVE-2026-1234 tlp green pap green onward none "
              "severity high confidence 95 category "
              "vulnerable/vulnerable-system\n"},
    {KEV(""), "KEEP title | Hole\n"},
    {KEV(""), "TECH indicator | cve | CVE-2026-1234\n"},
    {KEV(""), "FREE description | V P: Bad.\n"},
    {KEV(""), "KEEP recommendation | Patch. (due 2026-07-22)\n"},
    {KEV(""), "TECH reference | kev CVE-2026-1234, added 2026-07-01\n"},
    {KEV(",\"knownRansomwareCampaignUse\":\"Known\""), " severity critical "},
    {KEV(",\"notes\":\"See https://a.example ; https://b.example\""),
     "TECH reference | https://b.example\n"},
    {KEV(",\"cwes\":[\"CWE-1\"]"),
     "SOURCE tool | kev:more | {\"cwes\":[\"CWE-1\"]}\n"},
};

static void parts_go_where_the_table_says(void **state)
{
    (void)state;
    run_rows(part_rows, sizeof part_rows / sizeof *part_rows);
}

static void a_withdrawn_document_withdraws_its_alert(void **state)
{
    (void)state;
    run_text("{\"document\":{\"category\":\"csaf_withdrawn\",\"csaf_version\":"
             "\"2.1\",\"title\":\"T\",\"tracking\":{\"id\":\"A-1\"}}}");
    run_ended(TCN_ERR_OK);
    assert_non_null(strstr(run.text, " withdrawn\n"));
}

static void what_is_wrong_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *path;
    } rows[] = {
        {"{\"document\":{\"csaf_version\":\"1.2\",\"title\":\"T\","
         "\"tracking\":{\"id\":\"A\"}}}",
         "document.csaf_version"},
        {"{\"document\":{\"csaf_version\":\"2.0\",\"title\":\"T\"}}",
         "document"},
        {CSAF("", ",\"vulnerabilities\":[1]"), "vulnerabilities[0]"},
        {CSAF("", ",\"product_tree\":{\"branches\":1}"),
         "product_tree.branches"},
        {"{\"catalogVersion\":\"1\",\"vulnerabilities\":[{\"cveID\":\"X\"}]}",
         "vulnerabilities[0].cveID"},
        {"{\"catalogVersion\":\"1\",\"vulnerabilities\":[7]}",
         "vulnerabilities[0]"},
        {"{\"catalogVersion\":\"1\",\"vulnerabilities\":7}", "vulnerabilities"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_text(rows[i].json);
        run_ended(TCN_ERR_FORMAT);
        assert_string_equal(run.report.path, rows[i].path);
    }
    run_text("{\"catalogVersion\":\"1\",\"count\":7,\"vulnerabilities\":[]}");
    run_ended(TCN_ERR_OK);
    run_notices("says 7 entries and has 0");
    run_notices("nothing to warn of");
}

/* A thousand products in one line of a thousand vulnerabilities. */
static void long_lists_of_products_are_counted(void **state)
{
    (void)state;
    static char json[64 * 1024];
    struct tcn_buf out = tcn_buf(json, sizeof json);
    tcn_buf_put_str(&out, CSAF("", ",\"vulnerabilities\":[{\"cve\":\"CVE-2026-"
                                   "1234\",\"product_status\":{\"fixed\":[\"P"
                                   "\""));
    out.len -= 1; /* the closing brace of the whole */
    for (int i = 0; i < 1000; i++) {
        tcn_buf_printf(&out, ",\"P%d\"", i);
    }
    tcn_buf_put_str(&out, "]}}]}");
    run_text(tcn_buf_text(&out));
    run_ended(TCN_ERR_OK);
    run_notices("901 products are counted, not named");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_does_what_the_manifest_says),
        cmocka_unit_test(parts_go_where_the_table_says),
        cmocka_unit_test(a_withdrawn_document_withdraws_its_alert),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(long_lists_of_products_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, run_end);
}
