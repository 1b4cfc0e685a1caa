/* Certificates, key revocations, cards, armour, fingerprints. */
#include <setjmp.h>
#include <stdarg.h>

#include "unit/alert_made.h"

#include <cmocka.h>

#include "alert/audit_head.h"
#include "alert/wire.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static struct tcn_card card;

/* A certificate as somebody might encode it, right or wrong. */
struct parts {
    const char *what;
    enum tcn_err err;
    uint64_t items, version;
    const char *member, *node;
    uint64_t from, until;
    size_t key_len;
};

static void put_parts(struct tcn_buf *out, const struct parts *parts)
{
    static const uint8_t key[40];
    tcn_put_array(out, parts->items);
    tcn_put_uint(out, parts->version);
    tcn_put_str(out, tcn_view_str(parts->member));
    tcn_put_str(out, tcn_view_str(parts->node));
    tcn_put_uint(out, 7);
    tcn_put_uint(out, parts->from);
    tcn_put_uint(out, parts->until);
    for (size_t i = 6; i < parts->items; i++) {
        tcn_put_bin(out, tcn_view(key, parts->key_len));
    }
}

#define LONG_NODE "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define BAD       TCN_ERR_CERT
static const struct parts parts_rows[] = {
    {"good", TCN_ERR_OK, 10, 1, "ee", "n", 1, 2, 32},
    {"a part of a nation", TCN_ERR_OK, 10, 1, "ee.energy", "n", 1, 2, 32},
    {"node of 32", TCN_ERR_OK, 10, 1, "ee", LONG_NODE, 1, 2, 32},
    {"90 days", TCN_ERR_OK, 10, 1, "ee", "n", 0, TCN_CERT_LIFE_MAX_MS, 32},
    {"a moment more", BAD, 10, 1, "ee", "n", 0, TCN_CERT_LIFE_MAX_MS + 1, 32},
    {"no time at all", BAD, 10, 1, "ee", "n", 2, 2, 32},
    {"backwards", BAD, 10, 1, "ee", "n", 2, 1, 32},
    {"version 2", BAD, 10, 2, "ee", "n", 1, 2, 32},
    {"no member", BAD, 10, 1, "", "n", 1, 2, 32},
    {"upper case", BAD, 10, 1, "EE", "n", 1, 2, 32},
    {"member of 33", BAD, 10, 1, LONG_NODE "n", "n", 1, 2, 32},
    {"no node", BAD, 10, 1, "ee", "", 1, 2, 32},
    {"node of 33", BAD, 10, 1, "ee", LONG_NODE "n", 1, 2, 32},
    {"nine items", BAD, 9, 1, "ee", "n", 1, 2, 32},
    {"eleven items", BAD, 11, 1, "ee", "n", 1, 2, 32},
    {"keys of 31", BAD, 10, 1, "ee", "n", 1, 2, 31},
    {"keys of 33", BAD, 10, 1, "ee", "n", 1, 2, 33},
    {"control character", TCN_ERR_TEXT, 10, 1, "ee", "a\x1b", 1, 2, 32},
};

static void a_certificate_keeps_its_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(parts_rows); i++) {
        uint8_t room[1024], again[1024];
        struct tcn_buf out = tcn_buf(room, sizeof room);
        struct tcn_buf back = tcn_buf(again, sizeof again);
        struct tcn_cert cert;
        put_parts(&out, &parts_rows[i]);
        enum tcn_err err = tcn_cert_decode(&cert, tcn_buf_view(&out));
        if (err != parts_rows[i].err) {
            fail_msg("%s: %s", parts_rows[i].what, tcn_err_word(err));
        }
        if (err == TCN_ERR_OK) {
            struct tcn_id id = cert.id;
            assert_int_equal(tcn_cert_encode(&cert, &back), TCN_ERR_OK);
            assert_true(
                tcn_view_equal(tcn_buf_view(&out), tcn_buf_view(&back)));
            assert_true(tcn_id_equal(&id, &cert.id));
        }
    }
}

static void a_certificate_out_of_range_is_not_written(void **state)
{
    (void)state;
    uint8_t room[TCN_CERT_MAX];
    struct tcn_cert cert = card.cert;
    struct tcn_buf out = tcn_buf(room, sizeof room);
    cert.not_after_ms = cert.not_before_ms + TCN_CERT_LIFE_MAX_MS + 1;
    assert_int_equal(tcn_cert_encode(&cert, &out), TCN_ERR_CERT);
    assert_int_equal(out.len, 0);
    cert = card.cert;
    cert.member[0] = 'E';
    assert_int_equal(tcn_cert_encode(&cert, &out), TCN_ERR_CERT);
    cert = card.cert;
    out = tcn_buf(room, card.cert_len - 1);
    assert_int_equal(tcn_cert_encode(&cert, &out), TCN_ERR_SIZE);
}

static void only_the_pinned_root_certifies(void **state)
{
    (void)state;
    uint8_t signature[64];
    assert_int_equal(tcn_cert_verify(&card.cert, card.signature, card.root_pk),
                     TCN_ERR_OK);
    assert_int_equal(
        tcn_cert_verify(&card.cert, card.signature, card.cert.duty_pk),
        TCN_ERR_CERT_SIGNATURE);
    assert_int_equal(tcn_cert_sign(&card.cert.id, made_duty_seed, signature),
                     TCN_ERR_OK);
    assert_int_equal(tcn_cert_verify(&card.cert, signature, card.root_pk),
                     TCN_ERR_CERT_SIGNATURE);
    /* The same hash, signed for another purpose. */
    struct tcn_krev krev = {.member = "ee", .cert = card.cert.id};
    uint8_t room[TCN_CERT_MAX];
    struct tcn_buf out = tcn_buf(room, sizeof room);
    assert_int_equal(tcn_krev_encode(&krev, &out), TCN_ERR_OK);
    assert_int_equal(
        tcn_krev_sign(tcn_buf_view(&out), made_root_seed, signature),
        TCN_ERR_OK);
    struct tcn_cert cert = card.cert;
    cert.id = tcn_hash(TCN_PERSONAL_KREV, tcn_buf_view(&out));
    assert_int_equal(tcn_cert_verify(&cert, signature, card.root_pk),
                     TCN_ERR_CERT_SIGNATURE);
}

static void root_and_duty_key_revoke_and_nobody_else(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const uint8_t *seed;
        const char *member;
        uint8_t cert_flip;
        enum tcn_err err;
    } rows[] = {
        {"root", made_root_seed, "ee", 0, TCN_ERR_OK},
        {"duty key", made_duty_seed, "ee", 0, TCN_ERR_OK},
        {"signing key", made_sign_seed, "ee", 0, TCN_ERR_KREV_SIGNATURE},
        {"for another member", made_root_seed, "lv", 0, TCN_ERR_KREV_SIGNATURE},
        {"another cert", made_duty_seed, "ee", 1, TCN_ERR_KREV_SIGNATURE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tcn_krev krev = {
            .cert = card.cert.id, .suspect_since_ms = MADE_NOW_MS, .serial = 1};
        struct tcn_krev back;
        uint8_t room[TCN_CERT_MAX], signature[64];
        struct tcn_buf out = tcn_buf(room, sizeof room);
        (void)snprintf(krev.member, sizeof krev.member, "%s", rows[i].member);
        krev.cert.bytes[0] ^= rows[i].cert_flip;
        assert_int_equal(tcn_krev_encode(&krev, &out), TCN_ERR_OK);
        assert_int_equal(
            tcn_krev_sign(tcn_buf_view(&out), rows[i].seed, signature),
            TCN_ERR_OK);
        enum tcn_err err = tcn_krev_verify(tcn_buf_view(&out), signature,
                                           card.root_pk, &card.cert);
        if (err != rows[i].err) {
            fail_msg("%s: %s", rows[i].what, tcn_err_word(err));
        }
        assert_int_equal(tcn_krev_decode(&back, tcn_buf_view(&out)),
                         TCN_ERR_OK);
        assert_string_equal(back.member, krev.member);
        assert_int_equal(back.suspect_since_ms, MADE_NOW_MS);
        assert_true(tcn_id_equal(&back.cert, &krev.cert));
    }
}

static void a_revocation_of_another_shape_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t items, id_len;
        uint64_t version;
        const char *member;
        enum tcn_err err;
    } rows[] = {
        {"good", 5, 32, 1, "ee", TCN_ERR_OK},
        {"four items", 4, 32, 1, "ee", TCN_ERR_KREV},
        {"six items", 6, 32, 1, "ee", TCN_ERR_KREV},
        {"id of 31", 5, 31, 1, "ee", TCN_ERR_KREV},
        {"version 0", 5, 32, 0, "ee", TCN_ERR_KREV},
        {"no member", 5, 32, 1, "", TCN_ERR_KREV},
        {"not a member", 5, 32, 1, "ee-", TCN_ERR_KREV},
        {"bad UTF-8", 5, 32, 1, "\xff", TCN_ERR_UTF8},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t room[256];
        static const uint8_t id[32];
        struct tcn_buf out = tcn_buf(room, sizeof room);
        struct tcn_krev krev;
        tcn_put_array(&out, rows[i].items);
        tcn_put_uint(&out, rows[i].version);
        tcn_put_str(&out, tcn_view_str(rows[i].member));
        tcn_put_bin(&out, tcn_view(id, rows[i].id_len));
        for (size_t n = 3; n < rows[i].items; n++) {
            tcn_put_uint(&out, n);
        }
        enum tcn_err err = tcn_krev_decode(&krev, tcn_buf_view(&out));
        if (err != rows[i].err) {
            fail_msg("%s: %s", rows[i].what, tcn_err_word(err));
        }
    }
}

static const char *card_text(char *room, size_t cap)
{
    struct tcn_buf out = tcn_buf(room, cap);
    assert_int_equal(tcn_card_to_text(&card, &out), TCN_ERR_OK);
    return tcn_buf_text(&out);
}

static void a_card_is_found_in_a_mail(void **state)
{
    (void)state;
    char text[TCN_CARD_TEXT_MAX], mail[2 * TCN_CARD_TEXT_MAX];
    static const struct {
        const char *before, *after;
    } forms[] = {
        {"", ""},
        {"Hello,\n\n", "\n-- \nee"},
        {"> quoted\r\n", ""},
        {"\xff\xfe", "\x1b"},
    };
    (void)card_text(text, sizeof text);
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct tcn_card found;
        int n = snprintf(mail, sizeof mail, "%s%s%s", forms[i].before, text,
                         forms[i].after);
        enum tcn_err err =
            tcn_card_from_text(&found, tcn_view(mail, (size_t)n));
        if (err != TCN_ERR_OK) {
            fail_msg("mail %zu: %s", i, tcn_err_word(err));
        }
        assert_true(tcn_id_equal(&found.cert.id, &card.cert.id));
        assert_memory_equal(found.root_pk, card.root_pk, 32);
        assert_string_equal(found.cert.node, "tallinn-1");
    }
}

/* Whatever single character of the armour is lost or changed. */
static void a_damaged_card_is_noticed(void **state)
{
    (void)state;
    char text[TCN_CARD_TEXT_MAX], damaged[TCN_CARD_TEXT_MAX];
    struct tcn_card found;
    size_t len = strlen(card_text(text, sizeof text));
    for (size_t at = 0; at + 1 < len; at++) {
        bool blank = text[at] == '\n';
        memcpy(damaged, text, at);
        memcpy(damaged + at, text + at + 1, len - at - 1);
        enum tcn_err err =
            tcn_card_from_text(&found, tcn_view(damaged, len - 1));
        assert_int_equal(err == TCN_ERR_OK, blank);
        memcpy(damaged, text, len);
        damaged[at] = text[at] == 'A' ? 'B' : 'A';
        err = tcn_card_from_text(&found, tcn_view(damaged, len));
        if (err == TCN_ERR_OK) {
            fail_msg("character %zu may be changed", at);
        }
    }
}

static void every_cut_of_a_card_is_refused(void **state)
{
    (void)state;
    uint8_t room[TCN_CERT_MAX + 256];
    struct tcn_buf out = tcn_buf(room, sizeof room);
    struct tcn_card found;
    assert_int_equal(tcn_card_encode(&card, &out), TCN_ERR_OK);
    for (size_t len = 0; len < out.len; len++) {
        assert_int_equal(tcn_card_decode(&found, tcn_view(room, len)),
                         TCN_ERR_TRUNCATED);
    }
    assert_int_equal(tcn_card_decode(&found, tcn_buf_view(&out)), TCN_ERR_OK);
}

static void armour_carries_any_bytes_under_its_title(void **state)
{
    (void)state;
    static uint8_t bytes[4096], back[4096];
    static char text[8192];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    for (size_t len = 0; len <= sizeof bytes; len += len < 100 ? 1 : 37) {
        struct tcn_buf out = tcn_buf(text, sizeof text);
        struct tcn_buf plain = tcn_buf(back, sizeof back);
        tcn_armour_put(&out, "NODE KEY", tcn_view(bytes, len));
        assert_false(out.full);
        assert_int_equal(
            tcn_armour_take(tcn_buf_view(&out), "NODE KEY", &plain),
            TCN_ERR_OK);
        assert_int_equal(plain.len, len);
        assert_memory_equal(back, bytes, len);
        plain = tcn_buf(back, sizeof back);
        assert_int_equal(tcn_armour_take(tcn_buf_view(&out), "CARD", &plain),
                         TCN_ERR_ARMOUR);
        plain = tcn_buf(back, len > 0 ? len - 1 : 0);
        assert_int_equal(
            tcn_armour_take(tcn_buf_view(&out), "NODE KEY", &plain),
            len > 0 ? TCN_ERR_ARMOUR : TCN_ERR_OK);
    }
    struct tcn_buf out = tcn_buf(text, sizeof text);
    static uint8_t large[4097];
    tcn_armour_put(&out, "CARD", tcn_view(large, sizeof large));
    assert_true(out.full);
}

static void a_fingerprint_names_member_and_root(void **state)
{
    (void)state;
    char ours[128], other[128];
    struct tcn_buf out = tcn_buf(ours, sizeof ours);
    tcn_fingerprint_put(&out, "ee", card.root_pk);
    const char *text = tcn_buf_text(&out);
    assert_int_equal(strlen(text), 52 + 12);
    for (size_t i = 0; text[i] != '\0'; i++) {
        assert_int_equal(text[i] == '-', i % 5 == 4);
        assert_null(strchr("ILOUilou", text[i])); /* easily misheard */
    }
    out = tcn_buf(other, sizeof other);
    tcn_fingerprint_put(&out, "lv", card.root_pk);
    assert_string_not_equal(ours, tcn_buf_text(&out));
    out = tcn_buf(other, sizeof other);
    tcn_fingerprint_put(&out, "ee", card.cert.duty_pk);
    assert_string_not_equal(ours, tcn_buf_text(&out));
}

/* A head is found in a mail, and nothing of it can be changed. */
static void an_audit_head_is_what_was_signed(void **state)
{
    (void)state;
    struct tcn_audit_head head = {.member = "ee", .n = 42, .at_ms = 1000};
    struct tcn_audit_head read;
    char text[TCN_PAPER_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    head.hash.bytes[0] = 7;
    assert_int_equal(tcn_head_sign(&head, made_sign_seed), TCN_ERR_OK);
    tcn_buf_put_str(&out, "Row 42\n");
    assert_int_equal(tcn_head_to_text(&head, &out), TCN_ERR_OK);
    assert_int_equal(tcn_head_from_text(&read, tcn_buf_view(&out)), TCN_ERR_OK);
    assert_memory_equal(&read, &head, sizeof read);
    const uint8_t *pk = card.cert.sign_pk;
    assert_int_equal(tcn_head_verify(&read, pk), TCN_ERR_OK);
    assert_int_equal(tcn_head_verify(&read, card.root_pk), TCN_ERR_SIGNATURE);
    struct tcn_audit_head changed[6];
    for (size_t i = 0; i < COUNT(changed); i++) {
        changed[i] = head;
    }
    changed[0].member[0] = 'f';
    changed[1].cert.bytes[31] = 1;
    changed[2].n++;
    changed[3].at_ms--;
    changed[4].hash.bytes[31] ^= 1;
    changed[5].signature[0] ^= 1;
    for (size_t i = 0; i < COUNT(changed); i++) {
        if (tcn_head_verify(&changed[i], pk) != TCN_ERR_SIGNATURE) {
            fail_msg("change %zu was not noticed", i);
        }
    }
    size_t whole = out.len;
    for (out.len = 0; out.len < whole - 1; out.len++) {
        assert_int_not_equal(tcn_head_from_text(&read, tcn_buf_view(&out)),
                             TCN_ERR_OK);
    }
}

/* Right armour around something else. */
static void what_is_no_audit_head_is_refused(void **state)
{
    (void)state;
    struct tcn_audit_head head;
    char text[TCN_PAPER_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    uint8_t bytes[200], plain[300];
    for (unsigned wrong = 0; wrong < 4; wrong++) {
        struct tcn_buf said = tcn_buf(bytes, sizeof bytes);
        struct tcn_buf both = tcn_buf(plain, sizeof plain);
        static const uint8_t zeros[64];
        tcn_put_array(&said, wrong == 0 ? 5 : 6);
        tcn_put_uint(&said, wrong == 1 ? 2 : 1);
        tcn_put_str(&said, tcn_view_str(wrong == 2 ? "EE" : "ee"));
        tcn_put_bin(&said, tcn_view(zeros, wrong == 3 ? 31 : 32));
        tcn_put_uint(&said, 1);
        tcn_put_uint(&said, 1);
        if (wrong != 0) {
            tcn_put_bin(&said, tcn_view(zeros, 32));
        }
        tcn_put_array(&both, 2);
        tcn_put_bin(&both, tcn_buf_view(&said));
        tcn_put_bin(&both, tcn_view(zeros, 64));
        out.len = 0;
        tcn_armour_put(&out, "AUDIT HEAD", tcn_buf_view(&both));
        assert_int_equal(tcn_head_from_text(&head, tcn_buf_view(&out)),
                         TCN_ERR_SYNTAX);
    }
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
        cmocka_unit_test(a_certificate_keeps_its_ranges),
        cmocka_unit_test(a_certificate_out_of_range_is_not_written),
        cmocka_unit_test(only_the_pinned_root_certifies),
        cmocka_unit_test(root_and_duty_key_revoke_and_nobody_else),
        cmocka_unit_test(a_revocation_of_another_shape_is_refused),
        cmocka_unit_test(a_card_is_found_in_a_mail),
        cmocka_unit_test(a_damaged_card_is_noticed),
        cmocka_unit_test(every_cut_of_a_card_is_refused),
        cmocka_unit_test(armour_carries_any_bytes_under_its_title),
        cmocka_unit_test(an_audit_head_is_what_was_signed),
        cmocka_unit_test(what_is_no_audit_head_is_refused),
        cmocka_unit_test(a_fingerprint_names_member_and_root),
    };
    return cmocka_run_group_tests(tests, make_card, NULL);
}
