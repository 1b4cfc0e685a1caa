/* Redaction by class, merging, and what a changed copy is worth: nothing. */
#include <setjmp.h>
#include <stdarg.h>

#include "unit/alert_made.h"

#include <cmocka.h>

static struct tcn_card card;
static struct tcn_draft draft;
static struct made_bytes whole_bytes;
static struct tcn_alert whole;

static int make_whole(void **state)
{
    (void)state;
    card = made_card();
    made_full_draft(&draft);
    return made_alert(&whole_bytes, &draft, &card.cert) == TCN_ERR_OK &&
                   tcn_alert_decode(&whole, made_view(&whole_bytes)) ==
                       TCN_ERR_OK &&
                   tcn_alert_verify(&whole, &card.cert, NULL) == TCN_ERR_OK
               ? 0
               : -1;
}

static enum tcn_err verdict_on(struct tcn_alert *alert, struct tcn_view bytes)
{
    enum tcn_err err = tcn_alert_decode(alert, bytes);
    return err == TCN_ERR_OK ? tcn_alert_verify(alert, &card.cert, NULL) : err;
}

static void redact(uint8_t form, struct made_bytes *out)
{
    struct tcn_buf buf = tcn_buf(out->data, sizeof out->data);
    assert_int_equal(tcn_alert_redact(&whole, form, &buf), TCN_ERR_OK);
    out->len = buf.len;
}

static void every_form_proves_its_origin(void **state)
{
    (void)state;
    static struct made_bytes bytes;
    static struct tcn_alert copy;
    for (unsigned form = 0; form <= TCN_CLASS_ALL; form++) {
        redact((uint8_t)form, &bytes);
        enum tcn_err err = verdict_on(&copy, made_view(&bytes));
        if (err != TCN_ERR_OK || copy.form != (form | 1)) {
            fail_msg("form %02x: %s, seen as %02x", form, tcn_err_word(err),
                     copy.form);
        }
        assert_true(tcn_id_equal(&copy.id, &whole.id));
        assert_int_equal(copy.present, TCN_CLASS_ALL);
        assert_int_equal(copy.field_count, whole.field_count);
        for (size_t i = 0; i < copy.field_count; i++) {
            bool open = copy.form >> copy.fields[i].cls & 1;
            assert_int_equal(copy.fields[i].bytes.data != NULL, open);
        }
    }
}

static void what_is_withheld_is_not_in_the_copy(void **state)
{
    (void)state;
    static struct made_bytes bytes;
    redact((uint8_t)~TCN_CLASS_BIT(TCN_CLASS_VICTIM), &bytes);
    assert_null(memmem(bytes.data, bytes.len, "Hospital X", 10));
    assert_null(memmem(bytes.data, bytes.len, "victim", 6));
    assert_non_null(memmem(bytes.data, bytes.len, "duty officer", 12));
}

static void a_withheld_field_has_no_name_and_no_text(void **state)
{
    (void)state;
    static struct made_bytes bytes;
    static struct tcn_alert copy;
    redact(0, &bytes);
    assert_int_equal(verdict_on(&copy, made_view(&bytes)), TCN_ERR_OK);
    assert_null(tcn_alert_find(&copy, "victim"));
    assert_non_null(tcn_alert_find(&copy, "title"));
    char text[64];
    for (size_t i = 0; i < copy.field_count; i++) {
        struct tcn_buf out = tcn_buf(text, sizeof text);
        tcn_field_put_text(&out, &copy.fields[i]);
        assert_int_equal(out.len > 0, copy.fields[i].cls == TCN_CLASS_KEEP);
    }
}

/* For every pair of forms, in both orders. */
static void two_copies_merge_into_what_either_shows(void **state)
{
    (void)state;
    static struct made_bytes a_bytes, b_bytes, either, ab, ba;
    static struct tcn_alert a, b;
    for (unsigned i = 0; i <= TCN_CLASS_ALL; i += 2) {
        redact((uint8_t)i, &a_bytes);
        assert_int_equal(tcn_alert_decode(&a, made_view(&a_bytes)), TCN_ERR_OK);
        for (unsigned j = 0; j <= i; j += 2) {
            redact((uint8_t)j, &b_bytes);
            assert_int_equal(tcn_alert_decode(&b, made_view(&b_bytes)),
                             TCN_ERR_OK);
            redact((uint8_t)(i | j), &either);
            struct tcn_buf out = tcn_buf(ab.data, sizeof ab.data);
            struct tcn_buf other = tcn_buf(ba.data, sizeof ba.data);
            assert_int_equal(tcn_alert_merge(&a, &b, &out), TCN_ERR_OK);
            assert_int_equal(tcn_alert_merge(&b, &a, &other), TCN_ERR_OK);
            if (!tcn_view_equal(tcn_buf_view(&out), made_view(&either)) ||
                !tcn_view_equal(tcn_buf_view(&other), made_view(&either))) {
                fail_msg("%02x and %02x do not merge", i, j);
            }
        }
    }
}

static void a_copy_without_room_is_refused(void **state)
{
    (void)state;
    static uint8_t room[TCN_ENVELOPE_MAX];
    struct tcn_buf out = tcn_buf(room, whole_bytes.len - 1);
    assert_int_equal(tcn_alert_redact(&whole, TCN_CLASS_ALL, &out),
                     TCN_ERR_SIZE);
    out = tcn_buf(room, whole_bytes.len);
    assert_int_equal(tcn_alert_redact(&whole, TCN_CLASS_ALL, &out), TCN_ERR_OK);
    assert_memory_equal(room, whole_bytes.data, whole_bytes.len);
}

/* In the whole alert and in a redacted copy: one bit anywhere is noticed. */
static void no_bit_can_be_changed(void **state)
{
    (void)state;
    static struct made_bytes bytes;
    static struct tcn_alert copy;
    static const uint8_t forms[] = {TCN_CLASS_ALL, 0x05};
    for (size_t f = 0; f < sizeof forms; f++) {
        redact(forms[f], &bytes);
        for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
            uint8_t mask = (uint8_t)(1u << bit % 8);
            bytes.data[bit / 8] ^= mask;
            if (verdict_on(&copy, made_view(&bytes)) == TCN_ERR_OK) {
                fail_msg("form %02x: bit %zu of byte %zu may be changed",
                         forms[f], bit % 8, bit / 8);
            }
            bytes.data[bit / 8] ^= mask;
        }
        assert_int_equal(verdict_on(&copy, made_view(&bytes)), TCN_ERR_OK);
    }
}

static void no_byte_can_be_cut_or_added(void **state)
{
    (void)state;
    static struct made_bytes bytes;
    static struct tcn_alert copy;
    redact(TCN_CLASS_ALL, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        enum tcn_err err = verdict_on(&copy, tcn_view(bytes.data, len));
        assert_int_equal(err, TCN_ERR_TRUNCATED);
    }
    bytes.data[bytes.len] = 0xc0;
    enum tcn_err err = verdict_on(&copy, tcn_view(bytes.data, bytes.len + 1));
    assert_int_equal(err, TCN_ERR_TRAILING);
}

/* Of two fields in one class, and of two alerts. */
static void fields_cannot_change_places(void **state)
{
    (void)state;
    static struct made_bytes bytes;
    static struct tcn_alert copy, swapped;
    assert_int_equal(verdict_on(&copy, made_view(&whole_bytes)), TCN_ERR_OK);
    struct tcn_view first = copy.fields[1].bytes;
    copy.fields[1].bytes = copy.fields[2].bytes;
    copy.fields[2].bytes = first;
    struct tcn_buf out = tcn_buf(bytes.data, sizeof bytes.data);
    assert_int_equal(tcn_alert_redact(&copy, TCN_CLASS_ALL, &out), TCN_ERR_OK);
    assert_int_equal(verdict_on(&swapped, tcn_buf_view(&out)), TCN_ERR_LEAF);
}

static void values_are_shown_as_text(void **state)
{
    (void)state;
    static struct made_bytes bytes;
    static struct tcn_alert copy;
    made_draft(&draft);
    made_add(&draft, TCN_CLASS_KEEP, "title", "a\nb");
    made_add(&draft, TCN_CLASS_TECH, "indicator", "asn");
    struct tcn_draft_field *list = &draft.fields[1];
    list->is_list = true;
    list->value_count = 2;
    list->values[1] =
        (struct tcn_draft_value){.is_number = true, .number = UINT64_MAX};
    made_add(&draft, TCN_CLASS_FREE, "nothing", "");
    draft.fields[2].is_list = true;
    draft.fields[2].value_count = 0;
    assert_int_equal(made_alert(&bytes, &draft, &card.cert), TCN_ERR_OK);
    assert_int_equal(verdict_on(&copy, made_view(&bytes)), TCN_ERR_OK);
    static const char *const texts[] = {"a\nb", "asn 18446744073709551615", ""};
    for (size_t i = 0; i < 3; i++) {
        char text[64];
        struct tcn_buf out = tcn_buf(text, sizeof text);
        tcn_field_put_text(&out, &copy.fields[i]);
        assert_string_equal(tcn_buf_text(&out), texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_proves_its_origin),
        cmocka_unit_test(what_is_withheld_is_not_in_the_copy),
        cmocka_unit_test(a_withheld_field_has_no_name_and_no_text),
        cmocka_unit_test(two_copies_merge_into_what_either_shows),
        cmocka_unit_test(a_copy_without_room_is_refused),
        cmocka_unit_test(no_bit_can_be_changed),
        cmocka_unit_test(no_byte_can_be_cut_or_added),
        cmocka_unit_test(fields_cannot_change_places),
        cmocka_unit_test(values_are_shown_as_text),
    };
    return cmocka_run_group_tests(tests, make_whole, NULL);
}
