/* An alert as JSON and as text. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "alert/build.h"
#include "formats/alert_json.h"

static struct tcn_draft draft;
static struct tcn_alert alert;
static uint8_t envelope[TCN_ENVELOPE_MAX];
static uint8_t redacted[TCN_ENVELOPE_MAX];
static char shown[TCN_ALERT_JSON_MAX];

static const struct tcn_alert_facts received = {
    .status = TCN_STATUS_LIVE,
    .received_from = {(const uint8_t *)"lv", 2},
    .received_ms = 1782950401000ull,
};

static void add_field(const char *name, uint8_t cls, const char *first,
                      const char *second)
{
    struct tcn_draft_field *field = &draft.fields[draft.field_count++];
    *field = (struct tcn_draft_field){.name = tcn_view_str(name),
                                      .cls = cls,
                                      .is_list = second != NULL,
                                      .value_count = second != NULL ? 2 : 1};
    field->values[0].text = tcn_view_str(first);
    if (second != NULL) {
        field->values[1].text = tcn_view_str(second);
    }
}

static void begin_draft(void)
{
    memset(&draft, 0, sizeof draft);
    struct tcn_header *h = &draft.header;
    h->kind = TCN_KIND_ALERT;
    h->kind_text = tcn_view_str("alert");
    h->created_ms = 1782950400000ull;
    h->expires_ms = h->created_ms + TCN_DAY_MS;
    h->severity = TCN_SEVERITY_HIGH;
    h->confidence = 80;
    h->category = tcn_view_str("fraud/phishing");
    h->agreement = tcn_view_str("");
    h->exercise = tcn_view_str("");
    h->sector_count = 1;
    h->sectors[0] = tcn_view_str("energy");
    h->label.tlp = TCN_TLP_AMBER;
    h->label.pap = TCN_PAP_GREEN;
    h->label.onward = TCN_ONWARD_LISTED;
    h->label.audience_count = 2;
    h->label.audience[0] = tcn_view_str("fi");
    h->label.audience[1] = tcn_view_str("lv");
    add_field("title", TCN_CLASS_KEEP, "t", NULL);
}

/* Builds the draft as the node would and decodes it again; `form` says what
 * stays open. */
static void make_alert(uint8_t form)
{
    static uint8_t salts[TCN_FIELDS_MAX * 16];
    static const uint8_t blind[16], seed[32];
    struct tcn_cert cert = {.member = "ee", .not_after_ms = UINT64_MAX};
    struct tcn_unsigned built;
    assert_int_equal(tcn_unsigned_init(&built, &draft, &cert, salts, blind),
                     TCN_ERR_OK);
    struct tcn_signer signer = {.cert = &cert, .sign_seed = seed};
    const struct tcn_unsigned *list[] = {&built};
    struct tcn_buf out = tcn_buf(envelope, sizeof envelope);
    struct tcn_buf *outs[] = {&out};
    assert_int_equal(tcn_batch_sign(&signer, list, 1, outs), TCN_ERR_OK);
    tcn_unsigned_fini(&built);
    assert_int_equal(tcn_alert_decode(&alert, tcn_buf_view(&out)), TCN_ERR_OK);
    assert_int_equal(tcn_alert_check_fields(&alert), TCN_ERR_OK);
    if (form != TCN_CLASS_ALL) {
        struct tcn_buf cut = tcn_buf(redacted, sizeof redacted);
        assert_int_equal(tcn_alert_redact(&alert, form, &cut), TCN_ERR_OK);
        assert_int_equal(tcn_alert_decode(&alert, tcn_buf_view(&cut)),
                         TCN_ERR_OK);
        assert_int_equal(tcn_alert_check_fields(&alert), TCN_ERR_OK);
    }
}

static const char *as_json(const struct tcn_alert_facts *facts)
{
    struct tcn_buf out = tcn_buf(shown, sizeof shown);
    tcn_alert_put_json(&out, &alert, facts);
    assert_false(out.full);
    return tcn_buf_text(&out);
}

static const char *as_text(const struct tcn_alert_facts *facts)
{
    struct tcn_buf out = tcn_buf(shown, sizeof shown);
    tcn_alert_put_text(&out, &alert, facts);
    assert_false(out.full);
    return tcn_buf_text(&out);
}

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        fail_msg("not JSON: %s\n%s", error.text, text);
    }
    return json;
}

static void check_text(json_t *json, const char *key, const char *wanted)
{
    const char *text = json_string_value(json_object_get(json, key));
    if (text == NULL || strcmp(text, wanted) != 0) {
        fail_msg("%s is %s, not %s", key, text ? text : "no text", wanted);
    }
}

static void every_item_of_the_interface_is_there(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "id",       "origin",   "thread",    "revision",      "kind",
        "created",  "expires",  "severity",  "confidence",    "category",
        "sectors",  "regions",  "tlp",       "pap",           "onward",
        "audience", "caveats",  "agreement", "exercise",      "ref",
        "fields",   "withheld", "status",    "received_from", "received_at"};
    begin_draft();
    add_field("indicator", TCN_CLASS_TECH, "ipv4-addr", "198.51.100.7");
    make_alert(TCN_CLASS_ALL);
    json_t *json = parse(as_json(&received));
    assert_int_equal(json_object_size(json), sizeof keys / sizeof *keys);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (json_object_get(json, keys[i]) == NULL) {
            fail_msg("%s is missing", keys[i]);
        }
    }
    check_text(json, "origin", "ee");
    check_text(json, "kind", "alert");
    check_text(json, "created", "2026-07-02T00:00:00.000Z");
    check_text(json, "expires", "2026-07-03T00:00:00.000Z");
    check_text(json, "severity", "high");
    check_text(json, "category", "fraud/phishing");
    check_text(json, "tlp", "amber");
    check_text(json, "pap", "green");
    check_text(json, "onward", "listed");
    check_text(json, "status", "live");
    check_text(json, "received_from", "lv");
    check_text(json, "received_at", "2026-07-02T00:00:01.000Z");
    assert_int_equal(json_string_length(json_object_get(json, "id")), 64);
    assert_int_equal(json_integer_value(json_object_get(json, "confidence")),
                     80);
    assert_int_equal(json_array_size(json_object_get(json, "audience")), 2);
    assert_true(json_is_null(json_object_get(json, "ref")));
    json_t *field = json_array_get(json_object_get(json, "fields"), 1);
    check_text(field, "name", "indicator");
    check_text(field, "class", "TECH");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(field, "value"), 1)),
        "198.51.100.7");
    json_decref(json);
}

static void numbers_and_plain_values_keep_their_kind(void **state)
{
    (void)state;
    begin_draft();
    add_field("actor", TCN_CLASS_ACTOR, "A", "");
    draft.fields[1].values[1].is_number = true;
    draft.fields[1].values[1].number = 70;
    add_field("count", TCN_CLASS_FREE, "", NULL);
    draft.fields[2].values[0].is_number = true;
    draft.fields[2].values[0].number = UINT64_MAX;
    make_alert(TCN_CLASS_ALL);
    json_t *json = parse(as_json(&received));
    json_t *fields = json_object_get(json, "fields");
    json_t *actor = json_object_get(json_array_get(fields, 1), "value");
    assert_int_equal(json_integer_value(json_array_get(actor, 1)), 70);
    check_text(json_array_get(fields, 2), "value", "18446744073709551615");
    check_text(json_array_get(fields, 0), "value", "t");
    json_decref(json);
}

static void a_withheld_field_is_counted_and_not_told(void **state)
{
    (void)state;
    begin_draft();
    add_field("victim", TCN_CLASS_VICTIM, "Hospital", NULL);
    add_field("victim", TCN_CLASS_VICTIM, "Clinic", NULL);
    make_alert(TCN_CLASS_BIT(TCN_CLASS_KEEP) | TCN_CLASS_BIT(TCN_CLASS_TECH));
    const char *text = as_json(&received);
    assert_null(strstr(text, "Hospital"));
    json_t *json = parse(text);
    assert_int_equal(json_integer_value(json_object_get(json, "withheld")), 2);
    assert_int_equal(json_array_size(json_object_get(json, "fields")), 1);
    json_decref(json);
    text = as_text(&received);
    assert_null(strstr(text, "Hospital"));
    assert_non_null(strstr(text, "VICTIM\n  (2 withheld)\n"));
}

static void what_is_not_known_is_null(void **state)
{
    (void)state;
    struct tcn_alert_facts own = {.status = TCN_STATUS_REVOKED};
    begin_draft();
    make_alert(TCN_CLASS_ALL);
    json_t *json = parse(as_json(&own));
    check_text(json, "status", "revoked");
    assert_true(json_is_null(json_object_get(json, "received_from")));
    assert_true(json_is_null(json_object_get(json, "received_at")));
    json_decref(json);
    assert_null(strstr(as_text(&own), "received"));
}

/* A quote, a line end, a zero-width and a separator character: one line, and
 * back to the same text. */
static void foreign_text_stays_on_its_line_and_comes_back_whole(void **state)
{
    (void)state;
    static const char foreign[] = "a\"b\\c\nd\te\xe2\x80\x8b\xe2\x80\xa8"
                                  "f\xc3\xb5\xe2\x82\xac\xe2\x81\xa0";
    begin_draft();
    add_field("description", TCN_CLASS_FREE, foreign, NULL);
    make_alert(TCN_CLASS_ALL);
    const char *text = as_json(&received);
    assert_null(strchr(text, '\n'));
    assert_null(strchr(text, '\t'));
    assert_null(strstr(text, "\xe2\x80\x8b"));
    assert_null(strstr(text, "\xe2\x81\xa0"));
    assert_non_null(strstr(text, "f\xc3\xb5\xe2\x82\xac"));
    json_t *json = parse(text);
    check_text(json_array_get(json_object_get(json, "fields"), 1), "value",
               foreign);
    json_decref(json);
}

static void no_line_of_a_text_passes_for_one_of_ours(void **state)
{
    (void)state;
    begin_draft();
    add_field("description", TCN_CLASS_FREE,
              "first\nlabel          tlp clear\nlast\xe2\x80\x8b", NULL);
    make_alert(TCN_CLASS_ALL);
    const char *text = as_text(&received);
    assert_non_null(strstr(text, "\nlabel          tlp amber, pap green, "
                                 "onward listed\naudience       fi, lv\n"));
    assert_null(strstr(text, "\nlabel          tlp clear"));
    assert_non_null(strstr(text, "FREE\n  description    first\n"
                                 "                 label          tlp clear\n"
                                 "                 last\\u{200b}\n"));
    assert_non_null(strstr(text, "\nkind           alert, revision 0, live\n"));
    assert_non_null(strstr(text, "\nsectors        energy\n"));
    assert_non_null(strstr(text, "\nreceived from  lv\n"));
}

static void a_full_alert_fits_the_room_that_is_promised(void **state)
{
    (void)state;
    static char line[260];
    for (size_t i = 0; i + 2 < sizeof line; i += 2) {
        memcpy(line + i, "a\n", 2);
    }
    begin_draft();
    while (draft.field_count < TCN_FIELDS_MAX) {
        add_field("x", TCN_CLASS_FREE, line, NULL);
    }
    make_alert(TCN_CLASS_ALL);
    json_decref(parse(as_json(&received)));
    as_text(&received);
    struct tcn_buf small = tcn_buf(shown, 100);
    tcn_alert_put_json(&small, &alert, &received);
    assert_true(small.full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_of_the_interface_is_there),
        cmocka_unit_test(numbers_and_plain_values_keep_their_kind),
        cmocka_unit_test(a_withheld_field_is_counted_and_not_told),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(foreign_text_stays_on_its_line_and_comes_back_whole),
        cmocka_unit_test(no_line_of_a_text_passes_for_one_of_ours),
        cmocka_unit_test(a_full_alert_fits_the_room_that_is_promised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
