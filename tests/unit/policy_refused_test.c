/* What is refused in a policy, and how that is shown. */
#include "policy_kit.h"

static const struct {
    const char *text;
    unsigned column;
    enum tcn_err err;
    const char *told;
} mistakes[] = {
#define BAD TCN_ERR_SYNTAX
    {"alow export to any name x;", 1, BAD,
     "unknown statement `alow`, did you mean `allow`?"},
    {"; allow export to any name x;", 1, BAD, "unknown statement `;`"},
    {"allow import to any name x;", 7, BAD, "expected `export`"},
    {"redact import from any name x;", 8, BAD,
     "expected `export` or `observers`"},
    {"allow export any name x;", 14, BAD, "expected `to`, found `any`"},
    {"allow export to xx name x;", 17, BAD, "unknown member `xx`"},
    {"allow export to l name x;", 17, BAD,
     "unknown member `l`, did you mean `lv`?"},
    {"allow export to ee name x;", 17, BAD, "ee is this node itself"},
    {"allow export to group nordik name x;", 23, BAD,
     "unknown group `nordik`, did you mean `nordic`?"},
    {"allow export to { lv lt } name x;", 22, BAD, "expected `,` or `}`"},
    {"show observers so name x;", 16, BAD,
     "unknown observer class `so`, did you mean `soc`?"},
    {"allow export to any x;", 21, BAD, "expected `name`, found `x`"},
    {"allow export to any name X;", 26, BAD, "lower-case letters"},
    {"allow export to any name default;", 26, BAD, "not `default`"},
    {"allow export to any name "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;",
     26, BAD, "longer than 32 characters"},
    {"allow export to any name x; deny export to any name x;", 53,
     TCN_ERR_EXISTS, "a second rule named x"},
    {"allow export to any name x with { TEHC };", 35, BAD,
     "unknown class `TEHC`, did you mean `TECH`?"},
    {"allow export to any name x classes { TECH };", 28, BAD,
     "expected `when`, `unless` or `;`"},
    {"redact export to any name x;", 28, BAD, "expected `classes`"},
    {"redact export to any name x classes { KEEP };", 29, BAD,
     "KEEP is never withheld"},
    {"allow export to any name x when sevrity >= low;", 33, BAD,
     "unknown fact `sevrity`, did you mean `severity`?"},
    {"allow export to any name x when severity >= hihg;", 45, BAD,
     "unknown severity `hihg`, did you mean `high`?"},
    {"allow export to any name x when kind < update;", 38, BAD,
     "`kind` has no order"},
    {"allow export to any name x when kind update;", 38, BAD,
     "expected an operator such as =="},
    {"allow export to any name x when kind == news;", 41, BAD,
     "unknown kind `news`"},
    {"allow export to any name x when confidence > 101;", 46, BAD,
     "expected a number from 0 to 100"},
    {"allow export to any name x when revision == 2147483648;", 45, BAD,
     "expected a number from 0 to 2147483647"},
    {"allow export to any name x when size > 64KB;", 40, BAD,
     "expected a size such as"},
    {"allow export to any name x when origin == xx;", 43, BAD,
     "unknown member `xx`"},
    {"allow export to any name x when audience xx;", 42, BAD,
     "unknown member `xx`"},
    {"allow export to any name x when source in { lv, xx };", 49, BAD,
     "unknown member `xx`"},
    {"allow export to any name x when peer.group xx;", 44, BAD,
     "unknown group `xx`"},
    {"allow export to any name x when peer.role == unset;", 46, BAD,
     "unknown peer.role `unset`"},
    {"allow export to any name x when caveat orcno;", 40, BAD,
     "unknown caveat `orcno`, did you mean `orcon`?"},
    {"allow export to any name x when has(actr);", 37, BAD,
     "unknown field `actr`, did you mean `actor`?"},
    {"allow export to any name x when has actor;", 37, BAD, "expected `(`"},
    {"allow export to any name x when class VICTM present;", 39, BAD,
     "unknown class `VICTM`, did you mean `VICTIM`?"},
    {"allow export to any name x when class VICTIM;", 45, BAD,
     "expected `present`"},
    {"allow export to any name x when category == \"fraud/*\";", 45, BAD,
     "no alert has such a category"},
    {"allow export to any name x when category fraud;", 42, BAD,
     "expected an operator"},
    {"allow export to any name x when category == fraud;", 45, BAD,
     "no alert has such a category"},
    {"allow export to any name x when sector in { energy, Energy };", 53, BAD,
     "no alert has such a sector"},
    {"allow export to any name x when region EE;", 40, BAD,
     "no alert has such a region: lower-case"},
    {"test \"x\" { alert { field victim x in KEEP; } }", 38, BAD,
     "only KEEP names stand in KEEP"},
    {"allow export to any name x when category == a*b;", 45, BAD,
     "`*` stands only at the end"},
    {"allow export to any name x when (peer.eu;", 41, BAD, "expected `)`"},
    {"allow export to any name x when peer.eu peer.eu;", 41, BAD,
     "expected `when`, `unless` or `;`"},
    {"allow export to any name x unless peer.eu when is_own;", 42, BAD,
     "`;` is missing here, before `when`"},
    {"allow export to any name x when;", 32, BAD,
     "expected a condition, found `;`"},
    {"allow export to any name x when sector in { };", 45, BAD,
     "expected a value"},
    {"show observers soc name x when peer.eu;", 32, BAD,
     "asks about a peer, and there is none here"},
    {"allow export to any name x", 27, BAD,
     "`;` is missing here, before the end of the text"},
    {"\nallow export to any name x when peer.eu\ndeny export to lv name y;", 40,
     BAD, "`;` is missing here, before `deny`"},
    {"\npolicy \"p\" version 1 # one\n  \"q\";", 21, BAD,
     "`;` is missing here, before `q`"},
    {"policy \"p\" version 1 2;", 21, BAD, "`;` is missing here, before `2`"},
    {"allow export to any name x\nwen peer.eu;", 1, BAD,
     "expected `when`, `unless` or `;`, found `wen`"},
    {"\nretain PERSONAL 9d # days\nretain rest 9d;", 19, BAD,
     "`;` is missing here, before `retain`"},
    {"\ngroup x = { lv }\n\ngroup y = { lt };", 17, BAD,
     "`;` is missing here, before `group`"},
    {"test \"t\" { alert { tlp RED } }", 27, BAD,
     "`;` is missing here, before `}`"},
    {"allow export to any name x when severity => low;", 42, BAD,
     "no such operator, did you mean `>=`?"},
    {"policy \u201cp\u201d version 1;", 8, BAD, "straight double quotes"},
    {"group x = { xx };", 13, BAD, "unknown member `xx`"},
    {"group x { lv };", 9, BAD, "expected `=`"},
    {"group X = { lv };", 7, BAD, "a group's name"},
    {"group x = { lv }; group x = { lt };", 25, TCN_ERR_EXISTS,
     "a second group x"},
    {"policy x version 1;", 8, BAD, "expected the policy's quoted name"},
    {"policy \"x\";", 11, BAD, "expected `version`"},
    {"policy \"x\" version 1; policy \"y\" version 2;", 30, TCN_ERR_EXISTS,
     "a second policy statement"},
    {"hold export to any name x within 4h;", 27, BAD, "expected `approve`"},
    {"hold export to any name x approve 0 of role duty within 4h;", 35, BAD,
     "a number from 1 to 9"},
    {"hold export to any name x approve 2 of role releser within 4h;", 45, BAD,
     "unknown role `releser`, did you mean `releaser`?"},
    {"hold export to any name x approve 2 of role lawyer within 4h;", 45, BAD,
     "the role lawyer has fewer than 2 users"},
    {"hold export to any name x approve 2 of role releaser;", 53, BAD,
     "expected `within`"},
    {"hold import from any name x approve 1 of role duty within 4h;", 6, BAD,
     "expected `export`"},
    {"delay export to any name x by 6 h;", 31, BAD, "a duration such as"},
    {"quarantine import from any name x by 6h;", 35, BAD,
     "expected `when`, `unless` or `;`"},
    {"require originate name x that peer.eu;", 31, BAD, "asks about a peer"},
    {"require originate name x when has(victim);", 26, BAD, "expected `that`"},
    {"require export to lv name x that is_own;", 9, BAD,
     "expected `originate`"},
    {"retain REST 400d;", 8, BAD, "unknown class `REST`"},
    {"retain KEEP 400d;", 8, BAD, "KEEP is never withheld"},
    {"retain ACTOR 0d;", 14, BAD, "what is not to be kept"},
    {"retain ACTOR 1d; retain ACTOR 2d;", 25, TCN_ERR_EXISTS,
     "a second `retain ACTOR`"},
    {"retain rest 1d; retain rest 2d;", 24, TCN_ERR_EXISTS,
     "a second `retain rest`"},
    {"assert always;", 8, BAD, "expected `never`"},
    {"assert never show to any;", 14, BAD, "expected `export`"},
    {"assert never open KEEP to any;", 19, BAD, "say `never export`"},
    {"assert never open VICTIM to soc;", 29, BAD, "unknown member `soc`"},
    {"assert never export to any name x;", 28, BAD,
     "expected `when`, `unless` or `;`"},
    /* tests */
    {"test x { alert { } }", 6, BAD, "the test's quoted name"},
    {"test \"x\" { }", 12, BAD, "expected `alert`"},
    {"test \"x\" { alert { severty high; } }", 20, BAD,
     "unknown item of an alert `severty`, did you mean `severity`?"},
    {"test \"x\" { alert { origin xx; } }", 27, BAD, "unknown member `xx`"},
    {"test \"x\" { alert { withheld KEEP; } }", 29, BAD,
     "KEEP is never withheld"},
    {"test \"x\" { alert { field title; } }", 31, BAD,
     "a field needs 1 to 16 values"},
    {"test \"x\" { alert { } expect export to no: deny; }", 39, BAD,
     "no is not linked as a peer"},
    {"test \"x\" { alert { } expect export to lv: accept; }", 43, BAD,
     "unknown outcome `accept`"},
    {"test \"x\" { alert { } expect import from lv: deny; }", 45, BAD,
     "unknown outcome `deny`"},
    {"test \"x\" { alert { } expect export to lv: allow { TECH }; }", 49, BAD,
     "no copy is without KEEP"},
    {"test \"x\" { alert { } expect originate: hold; }", 40, BAD,
     "unknown outcome `hold`"},
    {"test \"x\" { alert { } expect import from lv: quarantin; }", 45, BAD,
     "unknown outcome `quarantin`, did you mean `quarantine`?"},
    {"test \"x\" { alert { } expect show observers xx: deny; }", 44, BAD,
     "unknown observer class `xx`"},
    {"test \"x\" { alert { } allow export to lv name a;", 22, BAD,
     "expected `expect`"},
    {"test \"x\" { alert { severity high;\nallow export to lv name a;", 1, BAD,
     "the block before it lacks its `}`"},
    /* agreements */
    {"agreement x version 1 { }", 11, BAD, "the agreement's quoted name"},
    {"agreement \"X\" version 1 { }", 11, BAD,
     "an agreement's name is lower-case"},
    {"agreement \"x\" version 1 { parties { ee, lv }; }", 1, BAD,
     "an agreement needs `from` and a later `until`"},
    {"agreement \"x\" version 1 { parties { ee, lv }; until 2026-01-01; }", 1,
     BAD, "an agreement needs `from` and a later `until`"},
    {"agreement \"x\" version 1 { parties { ee }; from 2026-01-01; until "
     "2027-01-01; }",
     1, BAD, "at least two parties"},
    {"agreement \"x\" version 1 { form 2026-01-01; }", 27, BAD,
     "unknown item of an agreement `form`, did you mean `from`?"},
    {"agreement \"x\" version 1 { from soon; }", 32, BAD,
     "expected a time such as"},
    {"agreement \"x\" version 1 { max tlp BLUE; }", 35, BAD,
     "unknown tlp `BLUE`"},
    {"agreement \"x\" version 1 { onward some; }", 34, BAD,
     "unknown onward `some`"},
    {"agreement \"x\" version 1 { onward any; onward none; }", 39,
     TCN_ERR_EXISTS, "a second `onward`"},
    {"agreement \"x\" version 1 { ack urgent within 1h; }", 31, BAD,
     "unknown severity `urgent`"},
    {"agreement \"x\" version 1 { retain ALL 1d; }", 34, BAD,
     "unknown class `ALL`"},
    {"agreement \"x\" version 1 { retain KEEP 1d; }", 34, BAD,
     "KEEP is never withheld"},
    {"agreement \"x\" version 1 { ack high within 1h; ack high within 2h; "
     "}",
     51, TCN_ERR_EXISTS, "a second `ack high`"},
    {"agreement \"x\" version 1 { parties { EE }; }", 37, BAD,
     "expected a member code"},
};

static void mistakes_are_shown_where_they_stand(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct tcn_policy *policy = kit_try(mistakes[i].text);
        char at[32];
        unsigned line = strchr(mistakes[i].text, '\n') == NULL ? 1 : 2;
        (void)snprintf(at, sizeof at, "p.conf:%u:%u: ", line,
                       mistakes[i].column);
        if (policy != NULL || strncmp(kit_told, at, strlen(at)) != 0 ||
            strstr(kit_told, mistakes[i].told) == NULL ||
            kit_problems.list[0].err != mistakes[i].err) {
            fail_msg("row %zu: %s\n%s", i, mistakes[i].text, kit_told);
        }
        tcn_policy_free(policy);
    }
}

static void one_run_shows_every_mistake(void **state)
{
    (void)state;
    assert_null(kit_try("allow export to xx name a;\n"
                        "allow export to lv name b when sevrity > low;\n"
                        "allow export to lv name c;\n"
                        "test \"t\" {\n"
                        "  alert { tpl red; sevrity low; tlp green; }\n"
                        "  expect export to lv: perhaps;\n"
                        "  expect export to lv: allow;\n"
                        "}\n"
                        "memebr fi { card x; }\n"
                        "hold export to lv name d by 4h;\n"));
    static const char *const lines[] = {
        "p.conf:1:17: ", "p.conf:2:32: ", "p.conf:5:11: ",  "p.conf:5:20: ",
        "p.conf:6:24: ", "p.conf:9:1: ",  "p.conf:10:26: ",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        if (strstr(kit_told, lines[i]) == NULL) {
            fail_msg("%s is missing in\n%s", lines[i], kit_told);
        }
    }
    assert_int_equal(kit_problems.count, COUNT(lines));
}

static void repeat(char *out, size_t cap, const char *piece, int times,
                   const char *after)
{
    struct tcn_buf buf = tcn_buf(out, cap);
    buf.len = strlen(out);
    for (int i = 0; i < times; i++) {
        tcn_buf_printf(&buf, piece, i);
    }
    tcn_buf_put_str(&buf, after);
    assert_non_null(tcn_buf_text(&buf));
    assert_false(buf.full);
}

static void everything_has_a_limit(void **state)
{
    (void)state;
    static const struct {
        const char *before, *piece;
        int fits;
        const char *after, *told;
    } rows[] = {
        {"", "allow export to any name r%d;\n", TCN_RULES_MAX, "",
         "more than 512 rules"},
        {"", "group g%d = { lv };\n", 64, "", "more than 64 groups"},
        {"", "hold export to any name r%d approve 1 of role duty within 1h;\n",
         64, "", "more than 64 hold rules"},
        {"", "assert never export to any;\n", 256, "",
         "more than 256 assertions"},
        {"allow export to any name x when ", "not ", 32, "is_own;",
         "nested more than 32 deep"},
        {"allow export to any name x when is_own", " and is_own", 255, ";",
         "more than 256 tests in a condition"},
        {"allow export to any name x when indicator in { a", ", a%d", 63, " };",
         "more than 64 values"},
        {"", "test \"t%d\" { alert { } }\n", 1000, "", "more than 1000 tests"},
        {"test \"t\" { alert { regions { aa", ", a%d", 15, " }; } }",
         "more than 16 values"},
    };
    static char text[200000];
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)snprintf(text, sizeof text, "%s", rows[i].before);
        repeat(text, sizeof text, rows[i].piece, rows[i].fits, rows[i].after);
        struct tcn_policy *policy = kit_try(text);
        if (policy == NULL) {
            fail_msg("row %zu does not fit: %s", i, kit_told);
        }
        tcn_policy_free(policy);
        (void)snprintf(text, sizeof text, "%s", rows[i].before);
        repeat(text, sizeof text, rows[i].piece, rows[i].fits + 1,
               rows[i].after);
        policy = kit_try(text);
        if (policy != NULL || strstr(kit_told, rows[i].told) == NULL) {
            fail_msg("row %zu: %s", i, kit_told);
        }
    }
}

/* What a condition asks about peers, the configuration must say of each. */
static void facts_about_peers_must_be_known(void **state)
{
    (void)state;
    static const struct {
        const char *condition, *told;
        bool eu_set;
        uint8_t role;
    } rows[] = {
        {"peer.eu", "does not say `eu` of member lt", false, TCN_ROLE_NATION},
        {"peer.eu", NULL, true, TCN_ROLE_UNSET},
        {"peer.role == nation", "does not say `role` of member lt", true,
         TCN_ROLE_UNSET},
        {"peer.role == nation", NULL, false, TCN_ROLE_NATION},
        {"peer.member == lt", NULL, false, TCN_ROLE_UNSET},
    };
    struct tcn_party parties[COUNT(kit_parties)];
    struct tcn_world world = kit_world;
    world.parties = parties;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[200];
        memcpy(parties, kit_parties, sizeof parties);
        parties[LT].eu_set = rows[i].eu_set;
        parties[LT].role = rows[i].role;
        (void)snprintf(text, sizeof text, "allow export to lv name x when %s;",
                       rows[i].condition);
        struct tcn_source source = {.name = "p", .text = tcn_view_str(text)};
        struct tcn_problems problems = {0};
        struct tcn_policy *policy;
        enum tcn_err err =
            tcn_policy_load(&policy, &world, &source, 1, &problems);
        bool refused = err == TCN_ERR_SYNTAX;
        if (refused != (rows[i].told != NULL) ||
            (refused && strstr(problems.list[0].text, rows[i].told) == NULL)) {
            fail_msg("row %zu: %s", i, problems.list[0].text);
        }
        tcn_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_shown_where_they_stand),
        cmocka_unit_test(one_run_shows_every_mistake),
        cmocka_unit_test(everything_has_a_limit),
        cmocka_unit_test(facts_about_peers_must_be_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
