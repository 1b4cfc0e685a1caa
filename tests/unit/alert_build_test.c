/* Nothing is signed that a verifier would refuse; drafts cross a socket. */
#include <setjmp.h>
#include <stdarg.h>

#include "unit/alert_made.h"

#include <cmocka.h>

#include "alert/wire.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static struct tcn_card card;
static struct tcn_draft draft;
static struct tcn_draft again;
static uint8_t room[TCN_ENVELOPE_MAX];
static uint8_t more_room[TCN_ENVELOPE_MAX];

static void kind(const char *word, uint32_t revision, bool ref)
{
    draft.header.kind_text = tcn_view_str(word);
    draft.header.revision = revision;
    draft.header.has_ref = ref;
}

static void upper_case_kind(void)
{
    kind("Alert", 0, false);
}
static void update_without_ref(void)
{
    kind("update", 1, false);
}
static void update_at_zero(void)
{
    kind("update", 0, true);
}
static void alert_with_ref(void)
{
    kind("alert", 0, true);
}
static void good_update(void)
{
    kind("update", 3, true);
}
static void kind_of_the_future(void)
{
    kind("release-request", 9, true);
}
static void revoke_with_tech(void)
{
    kind("revoke", 1, true);
}
static void expired_at_birth(void)
{
    draft.header.expires_ms = MADE_NOW_MS;
}
static void lives_too_long(void)
{
    draft.header.expires_ms = MADE_NOW_MS + TCN_LIFE_MAX_MS + 1;
}
static void lives_longest(void)
{
    draft.header.expires_ms = MADE_NOW_MS + TCN_LIFE_MAX_MS;
}
static void outside_the_certificate(void)
{
    draft.header.created_ms = MADE_NOW_MS + 61 * TCN_DAY_MS;
    draft.header.expires_ms = MADE_NOW_MS + 62 * TCN_DAY_MS;
}
static void severity_5(void)
{
    draft.header.severity = 5;
}
static void confidence_101(void)
{
    draft.header.confidence = 101;
}
static void category_without_type(void)
{
    draft.header.category = tcn_view_str("malware");
}
static void sector_twice(void)
{
    draft.header.sector_count = 2;
    draft.header.sectors[1] = draft.header.sectors[0];
}
static void regions_unsorted(void)
{
    draft.header.region_count = 2;
    draft.header.regions[0] = tcn_view_str("lv");
    draft.header.regions[1] = tcn_view_str("ee");
}
static void tlp_5(void)
{
    draft.header.label.tlp = 5;
}
static void onward_4(void)
{
    draft.header.label.onward = 4;
}
static void audience_unsorted(void)
{
    draft.header.label.audience_count = 2;
    draft.header.label.audience[0] = tcn_view_str("lv");
    draft.header.label.audience[1] = tcn_view_str("fi");
}
static void agreement_without_hash(void)
{
    draft.header.agreement = tcn_view_str("balt-3");
}
static void exercise_in_capitals(void)
{
    draft.header.exercise = tcn_view_str("CE26");
}
static void escape_in_a_value(void)
{
    made_add(&draft, TCN_CLASS_FREE, "description", "\x1b[31m");
}
static void bad_utf8_in_a_value(void)
{
    made_add(&draft, TCN_CLASS_FREE, "description", "\xc3(");
}
static void field_name_in_capitals(void)
{
    made_add(&draft, TCN_CLASS_FREE, "Note", "x");
}
static void field_without_a_name(void)
{
    made_add(&draft, TCN_CLASS_FREE, "", "x");
}
static void indicator_in_keep(void)
{
    made_add(&draft, TCN_CLASS_KEEP, "indicator", "x");
}
static void unknown_name_in_keep(void)
{
    made_add(&draft, TCN_CLASS_KEEP, "note", "x");
}
static void title_in_a_stricter_class(void)
{
    made_add(&draft, TCN_CLASS_SOURCE, "title", "x");
}
static void class_7(void)
{
    made_add(&draft, TCN_CLASS_COUNT, "note", "x");
}
static void two_values_without_a_list(void)
{
    draft.fields[0].value_count = 2;
}
static void seventeen_values(void)
{
    draft.fields[1].is_list = true;
    draft.fields[1].value_count = 17;
}
static void no_field(void)
{
    draft.field_count = 0;
}
static void field_513(void)
{
    draft.field_count = 513;
}

static const struct {
    const char *what;
    void (*change)(void);
    enum tcn_err err;
} build_rows[] = {
    {"upper_case_kind", upper_case_kind, TCN_ERR_KIND},
    {"update_without_ref", update_without_ref, TCN_ERR_REF},
    {"update_at_zero", update_at_zero, TCN_ERR_REVISION},
    {"alert_with_ref", alert_with_ref, TCN_ERR_REF},
    {"good_update", good_update, TCN_ERR_OK},
    {"kind_of_the_future", kind_of_the_future, TCN_ERR_OK},
    {"revoke_with_tech", revoke_with_tech, TCN_ERR_CLASSES},
    {"expired_at_birth", expired_at_birth, TCN_ERR_LIFE},
    {"lives_too_long", lives_too_long, TCN_ERR_LIFE},
    {"lives_longest", lives_longest, TCN_ERR_OK},
    {"outside_the_certificate", outside_the_certificate, TCN_ERR_CERT_TIME},
    {"severity_5", severity_5, TCN_ERR_SEVERITY},
    {"confidence_101", confidence_101, TCN_ERR_CONFIDENCE},
    {"category_without_type", category_without_type, TCN_ERR_CATEGORY},
    {"sector_twice", sector_twice, TCN_ERR_SECTORS},
    {"regions_unsorted", regions_unsorted, TCN_ERR_REGIONS},
    {"tlp_5", tlp_5, TCN_ERR_LABEL},
    {"onward_4", onward_4, TCN_ERR_LABEL},
    {"audience_unsorted", audience_unsorted, TCN_ERR_LABEL},
    {"agreement_without_hash", agreement_without_hash, TCN_ERR_AGREEMENT},
    {"exercise_in_capitals", exercise_in_capitals, TCN_ERR_EXERCISE},
    {"escape_in_a_value", escape_in_a_value, TCN_ERR_TEXT},
    {"bad_utf8_in_a_value", bad_utf8_in_a_value, TCN_ERR_UTF8},
    {"field_name_in_capitals", field_name_in_capitals, TCN_ERR_FIELD},
    {"field_without_a_name", field_without_a_name, TCN_ERR_FIELD},
    {"indicator_in_keep", indicator_in_keep, TCN_ERR_FIELD_CLASS},
    {"unknown_name_in_keep", unknown_name_in_keep, TCN_ERR_FIELD_CLASS},
    {"title_in_a_stricter_class", title_in_a_stricter_class, TCN_ERR_OK},
    {"class_7", class_7, TCN_ERR_FIELD},
    {"two_values_without_a_list", two_values_without_a_list, TCN_ERR_FIELD},
    {"seventeen_values", seventeen_values, TCN_ERR_FIELD},
    {"no_field", no_field, TCN_ERR_OK},
    {"field_513", field_513, TCN_ERR_CLASSES},
};

static void only_what_a_verifier_takes_is_built(void **state)
{
    (void)state;
    static struct made_bytes bytes;
    static struct tcn_alert alert;
    for (size_t i = 0; i < COUNT(build_rows); i++) {
        made_full_draft(&draft);
        build_rows[i].change();
        enum tcn_err err = made_alert(&bytes, &draft, &card.cert);
        if (err != build_rows[i].err) {
            fail_msg("%s: %s", build_rows[i].what, tcn_err_word(err));
        }
        if (err == TCN_ERR_OK) {
            err = tcn_alert_decode(&alert, made_view(&bytes));
            assert_int_equal(err, TCN_ERR_OK);
            err = tcn_alert_verify(&alert, &card.cert, NULL);
            assert_int_equal(err, TCN_ERR_OK);
        }
    }
}

static void an_alert_above_the_limit_is_not_built(void **state)
{
    (void)state;
    static struct made_bytes bytes;
    static char text[TCN_ENVELOPE_MAX];
    memset(text, 'x', sizeof text - 1);
    made_draft(&draft);
    made_add(&draft, TCN_CLASS_FREE, "description", text);
    assert_int_equal(made_alert(&bytes, &draft, &card.cert), TCN_ERR_SIZE);
    draft.fields[0].values[0].text.len = sizeof text - 1024;
    assert_int_equal(made_alert(&bytes, &draft, &card.cert), TCN_ERR_OK);
}

static void as_many_fields_as_may_be(void **state)
{
    (void)state;
    static struct made_bytes bytes;
    static struct tcn_alert alert;
    made_draft(&draft);
    for (unsigned i = 0; i < TCN_FIELDS_MAX; i++) {
        made_add(&draft, 1 + i % 6, "indicator", "198.51.100.3");
    }
    assert_int_equal(made_alert(&bytes, &draft, &card.cert), TCN_ERR_OK);
    assert_int_equal(tcn_alert_decode(&alert, made_view(&bytes)), TCN_ERR_OK);
    assert_int_equal(tcn_alert_verify(&alert, &card.cert, NULL), TCN_ERR_OK);
    assert_int_equal(alert.field_count, TCN_FIELDS_MAX);
    assert_int_equal(alert.form, TCN_CLASS_ALL & ~1);
}

/* ---- drafts ---- */

static size_t encode(struct tcn_draft *from, uint8_t *out_room)
{
    struct tcn_buf out = tcn_buf(out_room, TCN_ENVELOPE_MAX);
    assert_int_equal(tcn_draft_encode(from, &out), TCN_ERR_OK);
    return out.len;
}

static void a_draft_comes_back_as_it_was(void **state)
{
    (void)state;
    made_full_draft(&draft);
    kind("update", 7, true);
    memset(draft.header.ref.bytes, 0xee, 32);
    draft.header.label.audience_count = 2;
    draft.header.label.audience[0] = tcn_view_str("fi");
    draft.header.label.audience[1] = tcn_view_str("lv");
    draft.header.label.caveat_count = 1;
    draft.header.label.caveats[0] = tcn_view_str("orcon");
    draft.header.exercise = tcn_view_str("ce26");
    draft.source_key = tcn_view_str("misp:1234");
    draft.replaces_count = 2;
    draft.replaces[0] = tcn_view_str("misp:1");
    draft.replaces[1] = tcn_view_str("misp:2");
    draft.source_digest = tcn_view("\x00\xff", 2);
    draft.withdrawn = true;
    draft.fields[1].is_list = true;
    draft.fields[1].value_count = 2;
    draft.fields[1].values[1] =
        (struct tcn_draft_value){.is_number = true, .number = 64496};
    size_t len = encode(&draft, room);
    assert_int_equal(tcn_wire_check(tcn_view(room, len)), TCN_ERR_OK);
    memset(&again, 0xaa, sizeof again);
    assert_int_equal(tcn_draft_decode(&again, tcn_view(room, len)), TCN_ERR_OK);
    assert_int_equal(again.header.kind, TCN_KIND_UPDATE);
    assert_int_equal(again.header.revision, 7);
    assert_true(again.header.has_ref && again.withdrawn);
    assert_int_equal(again.header.label.caveat_mask, TCN_CAVEAT_ORCON);
    assert_true(tcn_view_is(again.source_key, "misp:1234"));
    assert_int_equal(again.replaces_count, 2);
    assert_true(tcn_view_is(again.replaces[1], "misp:2"));
    assert_int_equal(again.source_digest.len, 2);
    assert_int_equal(again.fields[1].values[1].number, 64496);
    size_t len_again = encode(&again, more_room);
    assert_int_equal(len_again, len);
    assert_memory_equal(room, more_room, len);
}

static void every_cut_of_a_draft_is_refused(void **state)
{
    (void)state;
    made_full_draft(&draft);
    size_t len = encode(&draft, room);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(tcn_draft_decode(&again, tcn_view(room, cut)),
                         TCN_ERR_TRUNCATED);
    }
}

/* Whatever byte is changed: refused, or a draft that is written as it is. */
static void a_changed_draft_is_never_misread(void **state)
{
    (void)state;
    made_full_draft(&draft);
    size_t len = encode(&draft, room);
    size_t refused = 0;
    for (size_t at = 0; at < len; at++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t was = room[at];
            room[at] = (uint8_t)value;
            if (tcn_draft_decode(&again, tcn_view(room, len)) != TCN_ERR_OK) {
                refused++;
            } else {
                assert_int_equal(encode(&again, more_room), len);
                assert_memory_equal(room, more_room, len);
            }
            room[at] = was;
        }
    }
    assert_true(refused > len * 100);
}

static void a_draft_without_room_is_refused(void **state)
{
    (void)state;
    made_full_draft(&draft);
    struct tcn_buf out = tcn_buf(room, 100);
    assert_int_equal(tcn_draft_encode(&draft, &out), TCN_ERR_SIZE);
}

static int make_card(void **state)
{
    (void)state;
    card = made_card();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_a_verifier_takes_is_built),
        cmocka_unit_test(an_alert_above_the_limit_is_not_built),
        cmocka_unit_test(as_many_fields_as_may_be),
        cmocka_unit_test(a_draft_comes_back_as_it_was),
        cmocka_unit_test(every_cut_of_a_draft_is_refused),
        cmocka_unit_test(a_changed_draft_is_never_misread),
        cmocka_unit_test(a_draft_without_room_is_refused),
    };
    return cmocka_run_group_tests(tests, make_card, NULL);
}
