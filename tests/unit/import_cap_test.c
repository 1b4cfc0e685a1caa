/* CAP messages to drafts, and what no XML may do to an import. */
#include "unit/import_run.h"

#define HEAD(ns, status, type, scope, more)                                    \
    "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:" ns "\"><identifier>I1"  \
    "</identifier><sender>s@example.org</sender>"                              \
    "<sent>2026-07-01T08:00:00-00:00</sent><status>" status                    \
    "</status><msgType>" type "</msgType><scope>" scope "</scope>" more
#define INFO(more)                                                             \
    "<info><category>Infra</category><event>E</event><urgency>Immediate"       \
    "</urgency><severity>Severe</severity><certainty>Likely</certainty>" more  \
    "</info></alert>"
#define CAP(more) HEAD("1.2", "Actual", "Alert", "Public", "") INFO(more)
#define PAIR(name, value)                                                      \
    "<parameter><valueName>" name "</valueName><value>" value                  \
    "</value></parameter>"
#define REFERENCES(list) "<references>" list "</references>"

static void every_sample_does_what_the_manifest_says(void **state)
{
    (void)state;
    run_manifest("cap/", 7);
}

static const struct run_row part_rows[] = {
    {CAP(""), "DRAFT cap:I1 s@example.org tlp green pap green onward none "
              "severity high confidence 75 category other/other\n"},
    {CAP(""), "KEEP title | E\n"},
    {CAP("<headline>H</headline>"), "KEEP title | H\n"},
    {CAP("<description>D</description>"), "FREE description | D\n"},
    {CAP("<instruction>Do</instruction>"), "KEEP recommendation | Do\n"},
    {CAP("<web>http://e.org</web>"), "TECH reference | http://e.org\n"},
    {CAP("<contact>J</contact>"), "PERSONAL contact | J\n"},
    {CAP("<senderName>N</senderName>"), "SOURCE source | N\n"},
    {CAP(""), "SOURCE source | s@example.org\n"},
    {CAP(""), "TECH reference | cap s@example.org,I1,2026-07-01T08:00:00"
              "-00:00, Alert\n"},
    {CAP(""), "SOURCE tool | cap:urgency | Immediate\n"},
    {CAP("<area><areaDesc>A</areaDesc></area>"),
     "SOURCE tool | cap:areaDesc | A\n"},
    {CAP(PAIR("x", "1")), "SOURCE tool | cap:parameter x | 1\n"},
    {CAP(PAIR("TLP", "AMBER+STRICT")), " tlp amber+strict "},
    {CAP(PAIR("tlp", "purple")), " tlp red "},
    {CAP(PAIR("PAP", "RED")), " pap red "},
    {CAP(PAIR("tocsin:severity", "critical")), " severity critical "},
    {CAP(PAIR("tocsin:confidence", "33")), " confidence 33 "},
    {CAP(PAIR("tocsin:category", "fraud/phishing")),
     " category fraud/phishing\n"},
    {CAP(PAIR("tocsin:category", "fraud/none")),
     "SOURCE tool | cap:parameter tocsin:category | fraud/none\n"},
    {CAP(PAIR("tocsin:indicator:md5", "0749bae92ca336a02c83d126e04ec628")),
     "TECH indicator | md5 | 0749bae92ca336a02c83d126e04ec628\n"},
    {CAP(PAIR("tocsin:observable:domain-name@VICTIM", "h.example")),
     "VICTIM indicator | domain-name | h.example\n"},
    {CAP(PAIR("tocsin:victim", "Hospital")), "VICTIM victim | Hospital\n"},
    {CAP(PAIR("tocsin:reason@KEEP", "x")),
     "SOURCE tool | cap:parameter tocsin:reason@KEEP | x\n"},
    {CAP(PAIR("tocsin:tool:misp:tag@TECH", "x")), "TECH tool | misp:tag | x\n"},
    {CAP(PAIR("tocsin:actor:70:guess", "Bear")),
     "ACTOR actor | Bear | 70 | guess\n"},
    {CAP(PAIR("tocsin:actor:700:guess", "Bear")),
     "SOURCE tool | cap:parameter tocsin:actor:700:guess | Bear\n"},
    {HEAD("1.1", "Actual", "Alert", "Restricted", "") INFO(""), " tlp red "},
    {HEAD("1.2", "Actual", "Alert", "Restricted", "")
         INFO(PAIR("TLP", "AMBER")),
     " tlp amber "},
};

static void elements_go_where_the_table_says(void **state)
{
    (void)state;
    run_rows(part_rows, sizeof part_rows / sizeof *part_rows);
}

#define OLD    "s@example.org,I0,2026-06-01T08:00:00-00:00"
#define OLDEST "s@example.org,I9,2026-05-01T08:00:00+02:00"

static void update_and_cancel_follow_the_message_they_name(void **state)
{
    (void)state;
    run_text(HEAD("1.2", "Actual", "Update", "Public",
                  REFERENCES(OLD " " OLDEST)) INFO(""));
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 2);
    assert_non_null(strstr(run.text, "DRAFT cap:I1 s@example.org "));
    assert_non_null(strstr(run.text, "\nREPLACES cap:I9 s@example.org\n"
                                     "REPLACES cap:I0 s@example.org\nKEEP "));
    assert_non_null(strstr(run.text, "DRAFT cap:I0 s@example.org "));
    assert_non_null(strstr(run.text, " withdrawn\nREPLACES cap:I1 s@example."
                                     "org\n"));
    run_text(
        HEAD("1.2", "Actual", "Cancel", "Public", REFERENCES(OLD)) "</alert>");
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 1);
    assert_non_null(strstr(run.text, " withdrawn\nKEEP "));
    assert_true(run_changed_ms(&run.digests[0]) == 1782892800000ull);
    run_text(HEAD("1.2", "Actual", "Cancel", "Public", "") "</alert>");
    run_ended(TCN_ERR_FORMAT);
    run_text(HEAD("1.2", "Actual", "Update", "Public", REFERENCES("nonsense"))
                 INFO(""));
    run_ended(TCN_ERR_OK);
    run_notices("not a reference to a message");
    assert_non_null(strstr(run.text, "DRAFT cap:I1 s@example.org "));
}

#define OTHER "other@example.org,I0,2026-06-01T08:00:00-00:00"

static void a_message_changes_only_what_its_own_sender_sent(void **state)
{
    (void)state;
    run_text(HEAD("1.2", "Actual", "Update", "Public",
                  REFERENCES(OTHER " " OLD)) INFO(""));
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 1);
    run_has("REPLACES cap:I0 s@example.org");
    run_lacks("REPLACES cap:I0 other@example.org");
    run_has("SOURCE tool | cap:references | " OTHER " " OLD);
    run_notices("sent by somebody else, so it stays as it is");
    run_text(HEAD("1.2", "Actual", "Cancel", "Public",
                  REFERENCES(OLD " " OTHER)) "</alert>");
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 1);
    assert_non_null(strstr(run.text, "DRAFT cap:I0 s@example.org "));
    run_text(HEAD("1.2", "Actual", "Cancel", "Public",
                  REFERENCES(OTHER)) "</alert>");
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 0);
    assert_string_equal(run.report.left[0].what,
                        "reference to another sender's message");
}

/* Also the further parts, and what they go on with; not what is told. */
static void a_named_source_has_keys_of_its_own(void **state)
{
    (void)state;
    struct tcn_import_options options = run_options();
    options.source = tcn_view_str("cert-lv");
    run_bytes(tcn_view_str(HEAD("1.2", "Actual", "Update", "Public",
                                REFERENCES(OLD " " OLDEST)) INFO("")),
              &options);
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 2);
    run_has("REPLACES from:cert-lv cap:I9 s@example.org");
    run_has("REPLACES from:cert-lv cap:I1 s@example.org");
    assert_non_null(strstr(run.text, "DRAFT from:cert-lv cap:I1 s@example"));
    assert_non_null(strstr(run.text, "DRAFT from:cert-lv cap:I0 s@example"));
    assert_null(strstr(run.text, " | from:"));
    options.source = tcn_view_str("CERT LV");
    run_bytes(tcn_view_str(CAP("")), &options);
    run_ended(TCN_ERR_USAGE);
}

static struct tcn_view exercise;

static enum tcn_err take_exercise(void *ctx, const struct tcn_draft *draft)
{
    static char name[40];
    (void)ctx;
    snprintf(name, sizeof name, "%.*s", (int)draft->header.exercise.len,
             (const char *)draft->header.exercise.data);
    exercise = tcn_view_str(name);
    return TCN_ERR_OK;
}

static void exercises_never_become_live_alerts(void **state)
{
    (void)state;
    static const struct {
        const char *xml;
        const char *asked;
        const char *name;
    } rows[] = {
        {HEAD("1.2", "Exercise", "Alert", "Public", "<note>ce26</note>")
             INFO(""),
         "", "ce26"},
        {HEAD("1.2", "Exercise", "Alert", "Public", "<note>A note.</note>")
             INFO(""),
         "", "exercise"},
        {HEAD("1.2", "Test", "Alert", "Public", "") INFO(""), "", "test"},
        {HEAD("1.2", "Actual", "Alert", "Public", "") INFO(""), "", ""},
        {HEAD("1.2", "Actual", "Alert", "Public", "") INFO(""), "locked",
         "locked"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tcn_import_options options = run_options();
        struct tcn_import_report report;
        struct tcn_import_sink sink = {.take = take_exercise};
        options.exercise = tcn_view_str(rows[i].asked);
        assert_int_equal(
            tcn_import(tcn_view_str(rows[i].xml), &options, &sink, &report),
            TCN_ERR_OK);
        assert_true(tcn_view_is(exercise, rows[i].name));
        tcn_import_report_fini(&report);
    }
}

static void drafts_and_acknowledgements_warn_of_nothing(void **state)
{
    (void)state;
    static const char *const rows[] = {
        HEAD("1.2", "Draft", "Alert", "Public", "") INFO(""),
        HEAD("1.2", "System", "Alert", "Public", "") INFO(""),
        HEAD("1.2", "Actual", "Ack", "Public", REFERENCES(OLD)) "</alert>",
        HEAD("1.2", "Actual", "Error", "Public", REFERENCES(OLD)) "</alert>",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_text(rows[i]);
        run_ended(TCN_ERR_OK);
        assert_int_equal(run.drafts, 0);
        run_notices("nothing to warn of");
    }
}

#define DTD "<!DOCTYPE a [<!ENTITY l \"lol\"><!ENTITY m \"&l;&l;\">]>"

static void a_broken_message_is_refused_with_place_and_reason(void **state)
{
    (void)state;
    static const struct {
        const char *xml;
        enum tcn_err err;
        const char *message;
        const char *path;
        unsigned line;
    } rows[] = {
        {"<alert/>", TCN_ERR_SYNTAX, "strict JSON", "", 1},
        {"<alert xmlns='urn:oasis:names:tc:emergency:cap:1.0'/>",
         TCN_ERR_FORMAT, "only CAP 1.1 and 1.2", "", 0},
        {"<feed a='urn:oasis:names:tc:emergency:cap:1.2'/>", TCN_ERR_FORMAT,
         "not a CAP alert", "", 0},
        {HEAD("1.2", "Real", "Alert", "Public", "") INFO(""), TCN_ERR_FORMAT,
         "no word that CAP has", "alert.status", 1},
        {HEAD("1.2", "Actual", "alert", "Public", "") INFO(""), TCN_ERR_FORMAT,
         "no word that CAP has", "alert.msgType", 1},
        {HEAD("1.2", "Actual", "Alert", "All", "") INFO(""), TCN_ERR_FORMAT,
         "no word that CAP has", "alert.scope", 1},
        {HEAD("1.2", "Actual", "Alert", "", "") INFO(""), TCN_ERR_FORMAT,
         "needs identifier", "alert", 1},
        {HEAD("1.2", "Actual", "Alert", "Public", "") "\n<info/></alert>",
         TCN_ERR_FORMAT, "an info block needs", "alert.info", 2},
        {CAP("") "<x>", TCN_ERR_SYNTAX, "not well-formed XML", "", 1},
        {CAP("&l;"), TCN_ERR_SYNTAX, "not well-formed XML", "", 1},
        {DTD CAP("&m;"), TCN_ERR_SYNTAX, "a document type and entities", "", 1},
        {"\n" DTD CAP(""), TCN_ERR_SYNTAX, "a document type and entities", "",
         2},
        {CAP("<x\xff/>"), TCN_ERR_UTF8, "not valid UTF-8", "", 1},
        {CAP("<headline>\xed\xa0\x80</headline>"), TCN_ERR_UTF8,
         "not valid UTF-8", "", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_text(rows[i].xml);
        if (run.err != rows[i].err || run.report.line != rows[i].line ||
            strstr(run.report.message, rows[i].message) == NULL ||
            strcmp(run.report.path, rows[i].path) != 0) {
            run_show();
            fail_msg("row %zu should give: %s", i, rows[i].message);
        }
        assert_int_equal(run.drafts, 0);
    }
}

/* The encoding that a document claims is not believed: what the look before
 * cannot read, the parser does not read either. */
static void a_claimed_encoding_hides_nothing(void **state)
{
    (void)state;
    run_text("<?xml version='1.0' encoding='UTF-7'?>"
             "+ADwAIQ-DOCTYPE a+AD4-" CAP(""));
    assert_int_not_equal(run.err, TCN_ERR_OK);
    run_text("<?xml version='1.0' encoding='ISO-8859-1'?>" CAP(
        "<headline>J\xc3\xb5geva</headline>"));
    run_ended(TCN_ERR_OK);
    run_has("KEEP title | J\xc3\xb5geva");
}

/* A document with `count` times `piece` before its end. */
static void run_pieces(const char *before, const char *piece, size_t count,
                       const char *after)
{
    size_t len = strlen(piece);
    size_t cap = strlen(before) + len * count + strlen(after) + 1;
    char *text = malloc(cap);
    assert_non_null(text);
    struct tcn_buf out = tcn_buf(text, cap);
    tcn_buf_put_str(&out, before);
    for (size_t i = 0; i < count; i++) {
        tcn_buf_put(&out, piece, len);
    }
    tcn_buf_put_str(&out, after);
    struct tcn_import_options options = run_options();
    run_bytes(tcn_buf_view(&out), &options);
    free(text);
}

#define START HEAD("1.2", "Actual", "Alert", "Public", "")

static void every_limit_refuses_and_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *piece;
        size_t count;
        const char *after;
        enum tcn_err err;
        const char *message;
    } rows[] = {
        {START, "<a>", 10000, "", TCN_ERR_DEPTH, "deeper than 64 levels"},
        {START "<note>", "0123456789abcdef", 270000, "</note></alert>",
         TCN_ERR_SIZE, "a text has more than 4194304 bytes"},
        {START "<!--", "0123456789abcdef", 270000, "--></alert>", TCN_ERR_SIZE,
         "a text has more than 4194304 bytes"},
        {START, "<note>0123456789abcdef0123456789</note>", 250000, "</alert>",
         TCN_ERR_SIZE, "the document has "},
        {START, "<code>a</code>", 100001, "</alert>", TCN_ERR_SIZE,
         "more than 100000 elements"},
        {START "<note ", "a='' ", 4000, "/></alert>", TCN_ERR_SIZE,
         "a tag has more than 16384 bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run_pieces(rows[i].before, rows[i].piece, rows[i].count, rows[i].after);
        if (run.err != rows[i].err ||
            strstr(run.report.message, rows[i].message) == NULL) {
            run_show();
            fail_msg("row %zu should give: %s", i, rows[i].message);
        }
    }
}

/* Comments between them cut a text into pieces: it must not cost the square of
 * their number. */
static void a_text_in_many_pieces_is_read_once(void **state)
{
    (void)state;
    run_pieces(START "<note>", "a<!---->", 500000, "</note>" INFO(""));
    run_ended(TCN_ERR_OK);
    assert_int_equal(run.drafts, 4);
}

static void control_characters_cannot_come_through_xml(void **state)
{
    (void)state;
    run_text(CAP("<headline>a&#27;b</headline>"));
    run_ended(TCN_ERR_SYNTAX);
    run_text(CAP("<headline>a&#x202e;b&#x85;</headline>"));
    run_ended(TCN_ERR_OK);
    run_has("KEEP title | a\\\\u{202e}b\\\\u{0085}");
}

/* The id of a source becomes the key of its thread: it must fit, whatever it
 * is made of. */
static void an_id_of_any_kind_becomes_a_key(void **state)
{
    (void)state;
    run_text("<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>a"
             "&#x202e;b\nc&#x85;</identifier><sender>s</sender><sent>2026-07-01"
             "T08:00:00-00:00</sent><status>Actual</status><msgType>Alert"
             "</msgType><scope>Public</scope></alert>");
    run_ended(TCN_ERR_OK);
    assert_non_null(strstr(run.text, "DRAFT cap:a\\u{202e}b\nc\\u{0085} s "));
    run_pieces("<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>"
               "<identifier>",
               "0123456789abcdef", 20000,
               "</identifier><sender>s</sender><sent>2026-07-01T08:00:00-00:00"
               "</sent><status>Actual</status><msgType>Alert</msgType><scope>"
               "Public</scope></alert>");
    run_ended(TCN_ERR_OK);
    const char *key = strstr(run.text, "DRAFT cap:0123456789");
    assert_non_null(key);
    assert_true(strcspn(key, " \n") + strcspn(key + 6, " ") < 200);
}

static void another_format_asked_for_is_said(void **state)
{
    (void)state;
    struct tcn_import_options options = run_options();
    options.format = TCN_FORMAT_STIX;
    run_bytes(tcn_view_str(CAP("")), &options);
    run_ended(TCN_ERR_FORMAT);
    assert_string_equal(run.report.message, "this is not stix but cap");
    options.format = TCN_FORMAT_CAP;
    run_bytes(tcn_view_str("{}"), &options);
    run_ended(TCN_ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_does_what_the_manifest_says),
        cmocka_unit_test(elements_go_where_the_table_says),
        cmocka_unit_test(update_and_cancel_follow_the_message_they_name),
        cmocka_unit_test(a_message_changes_only_what_its_own_sender_sent),
        cmocka_unit_test(a_named_source_has_keys_of_its_own),
        cmocka_unit_test(exercises_never_become_live_alerts),
        cmocka_unit_test(drafts_and_acknowledgements_warn_of_nothing),
        cmocka_unit_test(a_broken_message_is_refused_with_place_and_reason),
        cmocka_unit_test(a_claimed_encoding_hides_nothing),
        cmocka_unit_test(every_limit_refuses_and_is_named),
        cmocka_unit_test(a_text_in_many_pieces_is_read_once),
        cmocka_unit_test(control_characters_cannot_come_through_xml),
        cmocka_unit_test(an_id_of_any_kind_becomes_a_key),
        cmocka_unit_test(another_format_asked_for_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, run_end);
}
