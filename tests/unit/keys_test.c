/* The key pairs of a node: asked for, certified, adopted, and whose turn it is.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "base/limits.h"
#include "io/file.h"
#include "io/keys.h"

#define NOW_MS  (1800000000000ull)
#define LIFE_MS (90 * TCN_DAY_MS)

struct place {
    char dir[64];
    char keys[128];
    char root[128];
    char said[1024];
    struct tcn_buf message;
};

static void open_place(struct place *place, const char *member)
{
    char root_file[256];
    struct tcn_key_request request = {member, "a", 1, NOW_MS, NOW_MS + LIFE_MS};
    (void)snprintf(place->dir, sizeof place->dir, "/tmp/tocsin-keys-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    (void)snprintf(place->keys, sizeof place->keys, "%s/keys", place->dir);
    (void)snprintf(place->root, sizeof place->root, "%s/root", place->dir);
    place->message = tcn_buf(place->said, sizeof place->said);
    assert_int_equal(
        tcn_keys_create(place->keys, place->root, &request, &place->message),
        TCN_ERR_OK);
    (void)snprintf(root_file, sizeof root_file, "%s/%s-root.key", place->root,
                   member);
    (void)snprintf(place->root, sizeof place->root, "%.120s", root_file);
}

static void close_place(struct place *place)
{
    static const char *const patterns[] = {"%s/*/*", "%s/*", "%s"};
    for (size_t i = 0; i < 3; i++) {
        char pattern[128];
        glob_t found = {0};
        (void)snprintf(pattern, sizeof pattern, patterns[i], place->dir);
        (void)glob(pattern, 0, NULL, &found);
        for (size_t j = 0; j < found.gl_pathc; j++) {
            assert_int_equal(remove(found.gl_pathv[j]), 0);
        }
        globfree(&found);
    }
}

/* What the machine with the root does. */
static void certify(struct place *place, const struct tcn_cert *asked,
                    struct tcn_card *card)
{
    uint8_t seed[32];
    struct tcn_cert cert = *asked;
    cert.not_before_ms = NOW_MS;
    cert.not_after_ms = NOW_MS + LIFE_MS;
    assert_int_equal(tcn_root_read(seed, place->root, &place->message),
                     TCN_ERR_OK);
    assert_int_equal(tcn_card_make(card, &cert, seed), TCN_ERR_OK);
}

static void ask(struct place *place, struct tcn_cert *asked)
{
    uint8_t text[TCN_PAPER_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    struct tcn_cert made;
    assert_int_equal(
        tcn_keys_request(place->keys, &made, &out, &place->message),
        TCN_ERR_OK);
    assert_int_equal(tcn_request_from_text(asked, tcn_buf_view(&out)),
                     TCN_ERR_OK);
    assert_memory_equal(asked->sign_pk, made.sign_pk, sizeof made.sign_pk);
}

static size_t count_pairs(struct place *place)
{
    struct tcn_key_chain chain;
    place->message.len = 0;
    assert_int_equal(tcn_key_chain_load(&chain, place->keys, &place->message),
                     TCN_ERR_OK);
    size_t count = chain.count;
    for (size_t i = 1; i < count; i++) {
        assert_true(chain.pairs[i - 1]->card.cert.serial <
                    chain.pairs[i]->card.cert.serial);
    }
    tcn_key_chain_free(&chain);
    return count;
}

static void a_request_becomes_the_next_pair(void **state)
{
    struct place place;
    struct tcn_cert asked, again;
    struct tcn_card card;
    char path[256];
    struct stat info;
    (void)state;
    open_place(&place, "ee");
    ask(&place, &asked);
    assert_int_equal(asked.serial, 2);
    assert_string_equal(asked.member, "ee");
    (void)snprintf(path, sizeof path, "%s/node-2.key", place.keys);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(count_pairs(&place), 1);
    /* The same until its card is there: it may be on its way. */
    ask(&place, &again);
    assert_memory_equal(again.curve_pk, asked.curve_pk, sizeof asked.curve_pk);
    certify(&place, &asked, &card);
    assert_int_equal(tcn_keys_adopt(place.keys, &card, &place.message),
                     TCN_ERR_OK);
    assert_int_equal(count_pairs(&place), 2);
    assert_int_equal(tcn_keys_adopt(place.keys, &card, &place.message),
                     TCN_ERR_EXISTS);
    ask(&place, &again);
    assert_int_equal(again.serial, 3);
    close_place(&place);
}

static void cards_of_others_are_not_adopted(void **state)
{
    struct place ours, twin, other;
    struct tcn_cert asked, theirs;
    struct tcn_card card;
    (void)state;
    open_place(&ours, "ee");
    open_place(&twin, "ee"); /* the same name under another root */
    open_place(&other, "lv");
    ask(&ours, &asked);
    certify(&twin, &asked, &card);
    assert_int_equal(tcn_keys_adopt(ours.keys, &card, &ours.message),
                     TCN_ERR_CERT_SIGNATURE);
    ask(&other, &theirs);
    certify(&other, &theirs, &card);
    assert_int_equal(tcn_keys_adopt(ours.keys, &card, &ours.message),
                     TCN_ERR_CERT_MEMBER);
    /* Ours by root and name, but for keys that are not here. */
    ask(&twin, &theirs);
    certify(&ours, &theirs, &card);
    assert_int_equal(tcn_keys_adopt(ours.keys, &card, &ours.message),
                     TCN_ERR_KEY);
    asked.serial = 7;
    certify(&ours, &asked, &card);
    assert_int_equal(tcn_keys_adopt(ours.keys, &card, &ours.message),
                     TCN_ERR_KEY);
    assert_int_equal(count_pairs(&ours), 1);
    close_place(&ours);
    close_place(&twin);
    close_place(&other);
}

static void lose(struct place *place, const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", place->keys, name);
    assert_int_equal(unlink(path), 0);
}

static void lost_keys_are_replaced_under_the_same_root(void **state)
{
    struct place place;
    struct tcn_cert asked;
    struct tcn_card card;
    struct tcn_key_chain chain;
    (void)state;
    open_place(&place, "ee");
    lose(&place, "node.key");
    assert_int_equal(tcn_key_chain_load(&chain, place.keys, &place.message),
                     TCN_ERR_NOT_FOUND);
    assert_non_null(strstr(tcn_buf_text(&place.message), "keys rotate"));
    ask(&place, &asked);
    assert_int_equal(asked.serial, 2);
    assert_int_equal(tcn_key_chain_load(&chain, place.keys, &place.message),
                     TCN_ERR_NOT_FOUND); /* not certified yet */
    certify(&place, &asked, &card);
    assert_int_equal(tcn_keys_adopt(place.keys, &card, &place.message),
                     TCN_ERR_OK);
    assert_int_equal(count_pairs(&place), 1);
    close_place(&place);
}

/* Only older ones may be lost: a node must not fall back in silence. */
static void the_newest_key_may_not_be_missing(void **state)
{
    struct place place;
    struct tcn_cert asked;
    struct tcn_card card;
    struct tcn_key_chain chain;
    (void)state;
    open_place(&place, "ee");
    ask(&place, &asked);
    certify(&place, &asked, &card);
    assert_int_equal(tcn_keys_adopt(place.keys, &card, &place.message),
                     TCN_ERR_OK);
    lose(&place, "node-2.key");
    place.message.len = 0;
    assert_int_equal(tcn_key_chain_load(&chain, place.keys, &place.message),
                     TCN_ERR_NOT_FOUND);
    assert_int_equal(chain.count, 0);
    assert_non_null(strstr(tcn_buf_text(&place.message), "node-2.key"));
    close_place(&place);
}

static void damaged_requests_are_refused(void **state)
{
    struct place place;
    uint8_t text[TCN_PAPER_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    struct tcn_cert made, read;
    (void)state;
    open_place(&place, "ee");
    assert_int_equal(tcn_keys_request(place.keys, &made, &out, &place.message),
                     TCN_ERR_OK);
    size_t refused = 0, tried = 0;
    for (size_t at = 45; at + 45 < out.len; at += 7) {
        uint8_t kept = text[at];
        if (kept == '\n') {
            continue;
        }
        text[at] = kept == 'A' ? 'B' : 'A';
        tried++;
        refused +=
            tcn_request_from_text(&read, tcn_buf_view(&out)) != TCN_ERR_OK;
        text[at] = kept;
    }
    assert_true(tried > 20);
    assert_int_equal(refused, tried);
    close_place(&place);
}

static void what_is_over_is_swept_but_the_last(void **state)
{
    struct place place;
    struct tcn_cert asked;
    struct tcn_card card;
    (void)state;
    open_place(&place, "ee");
    ask(&place, &asked);
    certify(&place, &asked, &card);
    assert_int_equal(tcn_keys_adopt(place.keys, &card, &place.message),
                     TCN_ERR_OK);
    assert_int_equal(
        tcn_keys_sweep(place.keys, NOW_MS + LIFE_MS, &place.message),
        TCN_ERR_OK);
    assert_int_equal(count_pairs(&place), 2);
    assert_int_equal(tcn_keys_sweep(place.keys,
                                    NOW_MS + LIFE_MS + 2 * TCN_DAY_MS,
                                    &place.message),
                     TCN_ERR_OK);
    assert_int_equal(count_pairs(&place), 1);
    close_place(&place);
}

static void the_turn_comes_when_peers_have_had_time(void **state)
{
    const uint64_t day = TCN_DAY_MS;
    const struct {
        const char *name;
        uint64_t ends, begins, announced, turn;
    } rows[] = {
        {"two weeks ahead", 90 * day, 60 * day, 60 * day, 74 * day},
        {"an hour before the end", 90 * day, 80 * day, 80 * day,
         90 * day - TCN_HOUR_MS},
        {"half of what is left", 90 * day, 80 * day, 90 * day - 60000,
         90 * day - 30000},
        {"over already: at once", 90 * day, 80 * day, 91 * day, 90 * day},
        {"not before it begins", 90 * day, 89 * day, 60 * day, 89 * day},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tcn_cert now = {.not_after_ms = rows[i].ends};
        struct tcn_cert next = {.not_before_ms = rows[i].begins};
        uint64_t turn = tcn_key_turn_ms(&now, &next, rows[i].announced);
        if (turn != rows[i].turn) {
            fail_msg("%s: %llu", rows[i].name, (unsigned long long)turn);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_becomes_the_next_pair),
        cmocka_unit_test(cards_of_others_are_not_adopted),
        cmocka_unit_test(lost_keys_are_replaced_under_the_same_root),
        cmocka_unit_test(the_newest_key_may_not_be_missing),
        cmocka_unit_test(damaged_requests_are_refused),
        cmocka_unit_test(what_is_over_is_swept_but_the_last),
        cmocka_unit_test(the_turn_comes_when_peers_have_had_time),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
