/* Which file of a configuration another one replaces, what the policy would be
 * then, and what the node wants everybody to be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "io/control.h"
#include "io/policy_file.h"

#define FILES_MAX   4
#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static struct tcn_source files[FILES_MAX + 1];
static struct tcn_setup setup = {.sources = files};
static char told[4096];
static struct tcn_buf message;

static void put(size_t at, const char *name, const char *text)
{
    files[at] = (struct tcn_source){.name = name, .text = tcn_view_str(text)};
}

static enum tcn_err place(const char *name, const char *text, size_t *at)
{
    struct tcn_source file = {.name = name, .text = tcn_view_str(text)};
    message = tcn_buf(told, sizeof told);
    enum tcn_err err = tcn_policy_place(&setup, &file, at, &message);
    (void)tcn_buf_text(&message);
    return err;
}

#define NODE  "node ee {} member lv { card lv.card; }"
#define RULES "allow export to any name all;"
#define PACT                                                                   \
    "agreement \"p\" version 1 { parties { ee, lv }; from 2026-01-01; until "  \
    "2028-01-01; }"

/* name of the new file, its text, the configuration's files, and the place or
 * what is said. */
struct row {
    const char *name, *text;
    const char *files[FILES_MAX][2];
    int place;
    const char *says;
};

static const struct row rows[] = {
    {"new.conf", RULES, {{"/e/t.conf", NODE}, {"/e/p/1.conf", RULES}}, 1, ""},
    {"new.conf", RULES, {{"/e/p/1.conf", RULES}, {"/e/t.conf", NODE}}, 0, ""},
    {"new.conf",
     RULES,
     {{"/e/t.conf", NODE}, {"/e/pact.conf", PACT}, {"/e/p/1.conf", RULES}},
     2,
     ""},
    {"/tmp/2.conf",
     RULES,
     {{"/e/t.conf", NODE}, {"/e/1.conf", RULES}, {"/e/2.conf", RULES}},
     2,
     ""},
    {"3.conf",
     RULES,
     {{"/e/t.conf", NODE}, {"/e/1.conf", RULES}, {"/e/2.conf", RULES}},
     -1,
     "/e/1.conf\n    /e/2.conf"},
    {"t.conf", RULES, {{"/e/t.conf", NODE RULES}}, -1, "t.conf: it holds set"},
    {"n.conf", RULES, {{"/e/t.conf", NODE}}, -1, "no policy yet"},
    {"n.conf", "", {{"/e/a.conf", RULES}}, -1, "nothing of a policy in it"},
    {"n.conf", "# a\n", {{"/e/a.conf", RULES}}, -1, "nothing of a policy"},
    {"n.conf", RULES, {{"/e/t.conf", NODE}, {"/e/p.conf", PACT}}, -1, "no pol"},
    {"n.conf",
     RULES "role x { user y; }",
     {{"/e/t.conf", NODE}, {"/e/p.conf", RULES}},
     -1,
     "n.conf: it holds settings"},
    {"n.conf",
     "allow \"",
     {{"/e/t.conf", NODE}, {"/e/p.conf", RULES}},
     -1,
     "n.conf:1:7"},
    /* Words that begin no statement are for the policy to complain of. */
    {"n.conf",
     "alow export; } ;",
     {{"/e/t.conf", NODE}, {"/e/p.conf", RULES}},
     1,
     ""},
};

static void a_file_has_one_place_or_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t at = SIZE_MAX;
        setup.source_count = 0;
        while (setup.source_count < FILES_MAX &&
               rows[i].files[setup.source_count][0] != NULL) {
            put(setup.source_count, rows[i].files[setup.source_count][0],
                rows[i].files[setup.source_count][1]);
            setup.source_count++;
        }
        enum tcn_err err = place(rows[i].name, rows[i].text, &at);
        bool found = err == TCN_ERR_OK;
        if (found != (rows[i].place >= 0) ||
            (found && at != (size_t)rows[i].place) ||
            strstr(told, rows[i].says) == NULL) {
            fail_msg("row %zu: %s at %zu, %s", i, tcn_err_word(err), at, told);
        }
    }
}

static void the_others_stay_as_they_are(void **state)
{
    (void)state;
    struct tcn_source file = {"n.conf", tcn_view_str("deny export to lv name "
                                                     "no;" RULES)};
    static const struct tcn_party lv = {.name = "lv"};
    static struct tcn_conf conf;
    struct tcn_policy *policy;
    (void)snprintf(conf.member, sizeof conf.member, "ee");
    conf.parties[0] = lv;
    conf.party_count = conf.peer_count = 1;
    put(0, "t.conf", NODE);
    put(1, "p.conf", RULES);
    put(2, "pact.conf", PACT);
    setup.source_count = 3;
    struct tcn_source *sources = tcn_policy_sources(&setup, &file, 1);
    assert_non_null(sources);
    assert_ptr_equal(sources[0].text.data, files[0].text.data);
    assert_ptr_equal(sources[1].text.data, file.text.data);
    message = tcn_buf(told, sizeof told);
    assert_int_equal(tcn_policy_with(&policy, &conf, sources, 3, &message),
                     TCN_ERR_OK);
    assert_int_equal(tcn_policy_rule_count(policy), 2);
    assert_int_equal(tcn_policy_agreement_count(policy), 1);
    tcn_policy_free(policy);
    sources[1].text = tcn_view_str("deny export to fi name no;");
    assert_int_not_equal(tcn_policy_with(&policy, &conf, sources, 3, &message),
                         TCN_ERR_OK);
    assert_null(policy);
    assert_non_null(strstr(tcn_buf_text(&message), "n.conf:1:16"));
    free(sources);
}

/* ---- the end of an answer ---- */

static struct tcn_control_msg end_of(const char *notice)
{
    static uint8_t bytes[512];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    struct tcn_control_msg msg;
    tcn_control_put_end(&out, TCN_ERR_DENIED, "no", notice);
    assert_int_equal(tcn_control_decode(&msg, tcn_buf_view(&out)), TCN_ERR_OK);
    return msg;
}

static void an_answer_ends_with_a_notice_or_without(void **state)
{
    (void)state;
    struct tcn_control_msg msg = end_of("NO VALID POLICY");
    assert_true(tcn_view_is(msg.first, "end"));
    assert_true(tcn_view_is(msg.first_text, "denied"));
    assert_true(tcn_view_is(msg.second_text, "no"));
    assert_true(tcn_view_is(msg.notice, "NO VALID POLICY"));
    msg = end_of("");
    assert_true(tcn_view_is(msg.second_text, "no"));
    assert_int_equal(msg.notice.len, 0);
    static const uint8_t five[] = {0x95, 0xa1, 'e', 0xa0, 0xa0, 0xa0, 0xa0};
    assert_int_equal(tcn_control_decode(&msg, tcn_view(five, sizeof five)),
                     TCN_ERR_FRAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_has_one_place_or_none),
        cmocka_unit_test(the_others_stay_as_they_are),
        cmocka_unit_test(an_answer_ends_with_a_notice_or_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
