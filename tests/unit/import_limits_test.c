/* What no importer takes, whatever the format: each kind of hostile input in
 * the middle of a document of each format is refused with its reason, and a
 * limit is named. Nothing of it becomes an alert. */
#include "unit/import_run.h"

/* A document around one value. */
static const struct {
    const char *name;
    const char *before;
    const char *after;
} documents[] = {
    {"stix",
     "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-4000-8000-"
     "000000000000\",\"objects\":[{\"type\":\"malware\",\"id\":\"malware--"
     "00000001-0000-4000-8000-000000000000\",\"description\":",
     "}]}"},
    {"misp",
     "{\"Event\":{\"uuid\":\"00000005-0000-4000-8000-000000000000\","
     "\"info\":\"t\",\"Attribute\":[{\"type\":\"text\",\"value\":",
     "}]}}"},
    {"eve",
     "{\"timestamp\":\"2026-07-01T08:00:00+0000\",\"event_type\":\"alert\","
     "\"src_ip\":\"203.0.113.5\",\"alert\":{\"signature_id\":7,"
     "\"signature\":",
     "}}"},
    {"idea",
     "{\"Format\":\"IDEA0\",\"ID\":\"e\",\"DetectTime\":\"2026-07-01T08:00:00Z"
     "\",\"Category\":[\"Recon\"],\"Description\":",
     "}"},
    {"kev",
     "{\"catalogVersion\":\"1\",\"vulnerabilities\":[{\"cveID\":"
     "\"CVE-2026-12345\",\"shortDescription\":",
     "}]}"},
    {"csaf",
     "{\"document\":{\"csaf_version\":\"2.0\",\"title\":\"T\",\"tracking\":{"
     "\"id\":\"A\"},\"lang\":",
     "}}"},
};
#define DOCUMENTS (sizeof documents / sizeof *documents)

struct hostile {
    const char *name;
    const char *before;
    const char *again; /* `times` of it */
    size_t times;
    const char *after;
    enum tcn_err err;
    const char *words; /* of the message */
};

static const struct hostile values[] = {
    {"a long text", "\"", "x", 5u << 20, "\"", TCN_ERR_SIZE,
     "bytes, more than 4194304"},
    {"a text of 100 MB", "\"", "x", 100u << 20, "\"", TCN_ERR_SIZE,
     "bytes, more than 67108864"},
    {"lists in lists", "", "[", 10000, "", TCN_ERR_DEPTH,
     "nested deeper than 64 levels"},
    {"objects in objects", "", "{\"a\":", 10000, "", TCN_ERR_DEPTH,
     "nested deeper than 64 levels"},
    {"many values", "[", "1,", 2100000, "1]", TCN_ERR_SIZE,
     "more than 2000000 JSON values"},
    {"bytes that are no UTF-8", "\"\xff", "", 0, "\"", TCN_ERR_UTF8,
     "not valid UTF-8"},
    {"an overlong slash", "\"\xc0\xaf", "", 0, "\"", TCN_ERR_UTF8,
     "not valid UTF-8"},
    {"a surrogate in bytes", "\"\xed\xa0\x80", "", 0, "\"", TCN_ERR_UTF8,
     "not valid UTF-8"},
    {"half a surrogate pair", "\"\\ud800", "", 0, "\"", TCN_ERR_SYNTAX,
     "not strict JSON"},
    {"NUL, escaped", "\"\\u0000", "", 0, "\"", TCN_ERR_SYNTAX,
     "not strict JSON"},
    {"a raw control character", "\"\x1b", "", 0, "\"", TCN_ERR_SYNTAX,
     "not strict JSON"},
    {"the same key twice", "{\"a\":1,\"a\":2}", "", 0, "", TCN_ERR_SYNTAX,
     "duplicate object key"},
    {"the same key, escaped", "{\"a\":1,\"\\u0061\":2}", "", 0, "",
     TCN_ERR_SYNTAX, "duplicate object key"},
    {"NaN", "NaN", "", 0, "", TCN_ERR_SYNTAX, "not strict JSON"},
    {"Infinity", "-Infinity", "", 0, "", TCN_ERR_SYNTAX, "not strict JSON"},
    {"an integer without end", "", "9", 400, "", TCN_ERR_SYNTAX, "too big"},
    {"a real without bounds", "1e99999", "", 0, "", TCN_ERR_SYNTAX,
     "real number overflow"},
    {"a number in hexadecimal", "0x10", "", 0, "", TCN_ERR_SYNTAX,
     "not strict JSON"},
    {"a comment", "/* x */ 1", "", 0, "", TCN_ERR_SYNTAX, "not strict JSON"},
    {"a comma too many", "[1,]", "", 0, "", TCN_ERR_SYNTAX, "not strict JSON"},
    {"nothing at all", "", "", 0, "", TCN_ERR_SYNTAX, "not strict JSON"},
};

/* `before`, `again` as often as said, `after`; to be freed. */
static char *build(const char *head, const struct hostile *row,
                   const char *tail, size_t *len)
{
    size_t piece = strlen(row->again);
    *len = strlen(head) + strlen(row->before) + piece * row->times +
           strlen(row->after) + strlen(tail);
    char *text = malloc(*len + 1);
    assert_non_null(text);
    struct tcn_buf out = tcn_buf(text, *len + 1);
    tcn_buf_put_str(&out, head);
    tcn_buf_put_str(&out, row->before);
    for (size_t i = 0; i < row->times; i++) {
        tcn_buf_put(&out, row->again, piece);
    }
    tcn_buf_put_str(&out, row->after);
    tcn_buf_put_str(&out, tail);
    (void)tcn_buf_text(&out);
    return text;
}

static void expect_refusal(const char *document, const struct hostile *row,
                           struct tcn_view bytes,
                           const struct tcn_import_options *options)
{
    run_bytes(bytes, options);
    if (run.err != row->err || strstr(run.report.message, row->words) == NULL ||
        run.drafts != 0) {
        run_show();
        fail_msg("%s with %s: should be %s, \"%s\"", document, row->name,
                 tcn_err_word(row->err), row->words);
    }
}

static void every_json_format_refuses_what_is_hostile(void **state)
{
    (void)state;
    struct tcn_import_options options = run_options();
    for (size_t d = 0; d < DOCUMENTS; d++) {
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            size_t len;
            char *text = build(documents[d].before, &values[i],
                               documents[d].after, &len);
            options.format = TCN_FORMAT_AUTO;
            expect_refusal(documents[d].name, &values[i], tcn_view(text, len),
                           &options);
            if (len < 10u << 20) { /* and when it is told what it reads */
                options.format = (enum tcn_format)tcn_format_find(
                    tcn_view_str(documents[d].name));
                expect_refusal(documents[d].name, &values[i],
                               tcn_view(text, len), &options);
            }
            free(text);
        }
    }
}

/* The same documents with a harmless value are taken: it is the value. */
static void the_documents_around_it_are_good(void **state)
{
    (void)state;
    static const struct hostile harmless = {"", "\"en\"", "", 0, "", 0, ""};
    struct tcn_import_options options = run_options();
    for (size_t d = 0; d < DOCUMENTS; d++) {
        size_t len;
        char *text =
            build(documents[d].before, &harmless, documents[d].after, &len);
        run_bytes(tcn_view(text, len), &options);
        run_ended(TCN_ERR_OK);
        assert_int_equal(run.drafts, 1);
        assert_string_equal(tcn_format_word(run.report.format),
                            documents[d].name);
        free(text);
    }
}

#define CAP_HEAD                                                               \
    "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>I"      \
    "</identifier><sender>s@e.example</sender><sent>2026-07-01T08:00:00-00:00" \
    "</sent><status>Actual</status><msgType>Alert</msgType><scope>Public"      \
    "</scope>"
#define CAP_TAIL "</alert>"
#define LAUGHS                                                                 \
    "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"  \
    "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>"

static const struct hostile xml[] = {
    {"a long text", "<note>", "x", 5u << 20, "</note>", TCN_ERR_SIZE,
     "more than 4194304 bytes"},
    {"a text of 100 MB", "<note>", "x", 100u << 20, "</note>", TCN_ERR_SIZE,
     "bytes, more than 8388608"},
    {"elements in elements", "", "<a>", 10000, "", TCN_ERR_DEPTH,
     "nested deeper than 64 levels"},
    {"many elements", "", "<a/>", 200000, "", TCN_ERR_SIZE,
     "more than 100000 elements"},
    {"a long tag", "<a b=\"", "x", 20000, "\"/>", TCN_ERR_SIZE,
     "a tag has more than 16384 bytes"},
    {"many attributes", "<a ", "b='' ", 10000, "/>", TCN_ERR_SIZE,
     "a tag has more than 16384 bytes"},
    {"a comment without end", "<!--", "x", 5u << 20, "", TCN_ERR_SIZE,
     "more than 4194304 bytes"},
    {"an entity of one's own", "<note>&b;</note>", "", 0, "", TCN_ERR_SYNTAX,
     "not well-formed XML"},
    {"a late document type", LAUGHS, "", 0, "", TCN_ERR_SYNTAX,
     "a document type and entities are not read"},
    {"bytes that are no UTF-8", "<note>\xff</note>", "", 0, "", TCN_ERR_UTF8,
     "not valid UTF-8"},
    {"a control character", "<note>\x1b</note>", "", 0, "", TCN_ERR_SYNTAX,
     "not well-formed XML"},
    {"a control character as a number", "<note>&#27;</note>", "", 0, "",
     TCN_ERR_SYNTAX, "not well-formed XML"},
    {"a surrogate as a number", "<note>&#xD800;</note>", "", 0, "",
     TCN_ERR_SYNTAX, "not well-formed XML"},
    {"a character beyond all", "<note>&#99999999999;</note>", "", 0, "",
     TCN_ERR_SYNTAX, "not well-formed XML"},
    {"an attribute twice", "<a b=\"1\" b=\"2\"/>", "", 0, "", TCN_ERR_SYNTAX,
     "not well-formed XML"},
};

static void cap_refuses_what_is_hostile(void **state)
{
    (void)state;
    struct tcn_import_options options = run_options();
    for (size_t i = 0; i < sizeof xml / sizeof *xml; i++) {
        size_t len;
        char *text = build(CAP_HEAD, &xml[i], CAP_TAIL, &len);
        expect_refusal("cap", &xml[i], tcn_view(text, len), &options);
        free(text);
    }
    static const struct hostile laughs = {
        "billion laughs",
        LAUGHS,
        "",
        0,
        "",
        TCN_ERR_SYNTAX,
        "a document type and entities are not read"};
    static const struct hostile outside = {
        "an entity from outside",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">",
        "",
        0,
        "",
        TCN_ERR_SYNTAX,
        "a document type and entities are not read"};
    static const struct hostile *const heads[] = {&laughs, &outside};
    options.format = TCN_FORMAT_CAP;
    for (size_t i = 0; i < 2; i++) {
        size_t len;
        char *text = build("", heads[i], CAP_HEAD CAP_TAIL, &len);
        expect_refusal("cap", heads[i], tcn_view(text, len), &options);
        free(text);
    }
}

/* The place of a limit: line and column where it was passed. */
static void the_place_is_told(void **state)
{
    (void)state;
    struct tcn_import_options options = run_options();
    static const char head[] = "{\"Event\":\n{\"info\":\"";
    struct hostile row = values[0];
    size_t len;
    row.before = "";
    char *text = build(head, &row, "", &len);
    expect_refusal("misp", &row, tcn_view(text, len), &options);
    assert_int_equal(run.report.line, 2);
    assert_int_equal(run.report.column, 10);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documents_around_it_are_good),
        cmocka_unit_test(every_json_format_refuses_what_is_hostile),
        cmocka_unit_test(cap_refuses_what_is_hostile),
        cmocka_unit_test(the_place_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, run_end);
}
