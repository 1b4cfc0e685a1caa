/* What the static checks find, and that what they call useless is. */
#include "policy/check.h"
#include "policy/random.h"

struct told {
    size_t count;
    struct tcn_span span; /* of the last one */
    char text[16384];
};

static void take(void *ctx, const struct tcn_finding *finding)
{
    struct told *told = ctx;
    size_t used = strlen(told->text);
    told->count++;
    told->span = finding->span;
    (void)snprintf(told->text + used, sizeof told->text - used, "%s: %s [%s]\n",
                   tcn_finding_word(finding->kind), finding->text,
                   finding->example);
}

#define ALL "allow export to any name all;"
#define PACT3                                                                  \
    "agreement \"pact\" version 3 { parties { ee, lv, fi }; from 2026-12-01; " \
    "until 2027-06-01; max tlp AMBER; onward listed; }"

static const struct {
    const char *policy, *told;
    const char *example; /* part of it, or NULL: there is none */
} rows[] = {
    {ALL, "", NULL},
    {"allow export to no name a;",
     "unreachable: a is about nobody that is linked", NULL},
    {"allow export to any name a when severity > critical;",
     "unreachable: a never matches: no alert", NULL},
    {"allow export to any name a when tlp >= AMBER and tlp < AMBER;",
     "unreachable: a never matches", NULL},
    {"allow export to lv name a when peer.member == fi;",
     "unreachable: a never matches", NULL},
    {"allow export to any name a when kind == alert and revision > 0;",
     "unreachable: a never matches", NULL},
    {"allow export to any name a when has(title) and not class KEEP present "
     "and not class TECH present and not class SOURCE present and not class "
     "VICTIM present and not class PERSONAL present and not class ACTOR "
     "present and not class FREE present;",
     "unreachable: a never matches", NULL},
    {"allow export to any name a when sector energy unless sector e*;",
     "unreachable: a never matches: `unless` takes back", "sectors { energy }"},
    {"allow export to any name a when origin == no and onward == none;",
     "floored: a never decides: the floor denies", "origin no;"},
    {"allow export to acme-telecom name a when caveat no-partner;",
     "floored: a never decides", "caveats { no-partner }"},
    {ALL "deny export to any name d when sector energy;"
         "allow export to lv name a with { VICTIM } when sector energy;",
     "covered: a never decides: d denies all it matches",
     "sectors { energy }; } export to lv: deny by d"},
    {ALL "deny export to any name d when severity <= medium;"
         "deny export to any name e when severity > medium;",
     "covered: all never decides: other rules together", "deny by d"},
    {"accept import from any name a when is_own; reject import from any name r "
     "when origin == ee;",
     "covered: a never decides: r denies", "import from lv: reject by r"},
    {ALL "redact export to any name r classes { VICTIM } when tlp == RED; deny "
         "export to any name d when tlp >= AMBER;",
     "covered: r never decides: d denies", "tlp red"},
    {ALL "allow export to lv name b when severity >= high;",
     "shadowed: b changes nothing: all does all of it", "allow"},
    {"allow export to any name a with { TECH } when severity < high;"
     "allow export to any name b with { TECH } when severity > low;"
     "allow export to lv name c when tlp == GREEN;",
     "shadowed: c changes nothing: other rules together", "tlp green"},
    {ALL "deny export to any name d when sector energy;"
         "deny export to lv name e when sector energy and tlp == RED;",
     "shadowed: e changes nothing: d does all of it", "deny by d"},
    {ALL "delay export to any name d by 6h when severity < high;"
         "delay export to any name e by 2h when severity == low;",
     "shadowed: e changes nothing: d does", "delay"},
    {"show observers any name s; show observers soc name t with { TECH };",
     "shadowed: t changes nothing: s does", "show observers soc: allow"},
    {"allow export to any name a when severity >= high;"
     "allow export to any name b when not severity < high;",
     "duplicate: b says the same as a", "severity high"},
    {"require originate name r that kind == update when kind == alert;",
     "impossible: r can never be met", "originate: deny by r"},
    {PACT3 "allow export to any name a when agreement == pact;",
     "broader: a opens more than the agreement pact version 3 covers", "pact#"},
    {PACT3 "allow export to { lv, fi } name a when agreement == pact and tlp "
           "<= AMBER;",
     "broader: a opens more than", "agreement \"pact#"},
    {PACT3 "allow export to { lv, fi } name a when agreement == pact and tlp "
           "<= AMBER and onward <= listed;",
     "", NULL},
    {PACT3
     "allow export to { lv, fi } name a when agreement in { pact, \"\" };",
     "", NULL},
    /* holds are never done by another, and defence in depth is no mistake */
    {ALL "hold export to any name h approve 2 of role releaser within 4h;"
         "hold export to any name i approve 1 of role duty within 4h when tlp "
         "== RED;",
     "", NULL},
    {ALL "redact export to any name r classes { VICTIM, PERSONAL };", "", NULL},
    {"deny export to any name d when sector energy;", "", NULL},
};

static void useless_rules_are_found(void **state)
{
    (void)state;
    static struct told told;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tcn_policy *policy = kit_load(rows[i].policy);
        told = (struct told){0};
        tcn_policy_check(policy, (struct tcn_finding_taker){take, &told});
        const char *example = strchr(told.text, '[');
        bool right =
            told.count == (rows[i].told[0] != '\0') &&
            strncmp(told.text, rows[i].told, strlen(rows[i].told)) == 0 &&
            (rows[i].example == NULL
                 ? told.count == 0 || strstr(told.text, "[]") != NULL
                 : example != NULL && strstr(example, rows[i].example) != NULL);
        if (!right) {
            fail_msg("row %zu: %s\n%s", i, rows[i].policy, told.text);
        }
        tcn_policy_free(policy);
    }
}

static void rules_without_a_policy_statement_are_found(void **state)
{
    (void)state;
    static struct told told;
    static const struct {
        const char *policy;
        unsigned offset; /* of the rule it is told at, or 0: nothing is told */
    } named[] = {
        {"group g = { lv }; deny export to lv name z; " ALL, 18},
        {"policy \"p\" version 0; " ALL, 0},
        {ALL " policy \"p\" version 1;", 0},
        {PACT3, 0},
    };
    for (size_t i = 0; i < COUNT(named); i++) {
        struct tcn_policy *policy = kit_load(named[i].policy);
        told = (struct told){0};
        tcn_policy_check_name(policy, (struct tcn_finding_taker){take, &told});
        assert_int_equal(told.count, named[i].offset > 0);
        assert_int_equal(told.span.offset, named[i].offset);
        tcn_policy_free(policy);
    }
}

static void nothing_is_said_of_rules_about_nobody(void **state)
{
    (void)state;
    static struct told told;
    static const struct tcn_world alone = {.self = "ee"};
    static const char text[] =
        "allow export to any name a; accept import from any name i; show "
        "observers any name s;"
        "require originate name r that tlp >= AMBER when has(victim);";
    struct tcn_policy *policy = kit_try_in(&alone, text);
    if (policy == NULL) {
        fail_msg("%s", kit_told);
    }
    told = (struct told){0};
    tcn_policy_check(policy, (struct tcn_finding_taker){take, &told});
    tcn_policy_coverage(policy, (struct tcn_finding_taker){take, &told});
    if (told.count != 1 ||
        strncmp(told.text, "untested: no test decides by r", 30) != 0) {
        fail_msg("%s", told.text);
    }
    tcn_policy_free(policy);
}

static void tests_decide_and_spare_every_rule(void **state)
{
    (void)state;
    static struct told told;
    static const char rules[] =
        "allow export to any name a; deny export to any name d when sector "
        "energy; redact export to any name r classes { TECH } when tlp == "
        "GREEN; accept import from any name in when severity >= low;";
    static const char tests[] =
        "test \"x\" { alert { sectors energy; } expect export to lv: deny; }"
        "test \"y\" { alert { tlp GREEN; } expect export to lv: allow; expect "
        "import from lv: reject; }";
    char text[2000];
    (void)snprintf(text, sizeof text, "%s%s", rules, tests);
    struct tcn_policy *policy = kit_load(text);
    told = (struct told){0};
    tcn_policy_coverage(policy, (struct tcn_finding_taker){take, &told});
    /* `a` always matches, so that no test could leave it untouched. */
    if (told.count != 1 ||
        strncmp(told.text, "untested: no test decides by in [alert {", 40) !=
            0 ||
        strstr(told.text, "severity low") == NULL) {
        fail_msg("%s", told.text);
    }
    tcn_policy_free(policy);
    policy = kit_load(rules);
    told = (struct told){0};
    tcn_policy_coverage(policy, (struct tcn_finding_taker){take, &told});
    assert_int_equal(told.count, 4);
    tcn_policy_free(policy);
    policy = kit_load("deny export to any name d when sector energy; test "
                      "\"x\" { alert { sectors energy; } expect export to lv: "
                      "deny by d; }");
    told = (struct told){0};
    tcn_policy_coverage(policy, (struct tcn_finding_taker){take, &told});
    if (told.count != 1 ||
        strncmp(told.text, "always: no test leaves d untouched", 34) != 0) {
        fail_msg("%s", told.text);
    }
    tcn_policy_free(policy);
}

/* ---- what is called useless can be taken away ---- */

static struct r_policy tree;

static const char *print(char *text, size_t cap)
{
    struct tcn_buf out = tcn_buf(text, cap);
    print_policy(&out, &tree);
    return tcn_buf_text(&out);
}

/* The first rule that some finding calls useless, or -1. */
static int useless_rule(const struct told *told)
{
    static const char *const words[] = {
        "unreachable: ", "floored: ", "covered: ", "shadowed: ", "duplicate: "};
    for (size_t i = 0; i < COUNT(words); i++) {
        const char *at = strstr(told->text, words[i]);
        for (int j = 0; at != NULL && j < tree.rule_count; j++) {
            const char *name = at + strlen(words[i]);
            size_t len = strlen(tree.rules[j].name);
            if (strncmp(name, tree.rules[j].name, len) == 0 &&
                name[len] == ' ') {
                return j;
            }
        }
    }
    return -1;
}

static bool same_effect(const struct tcn_verdict *a,
                        const struct tcn_verdict *b)
{
    return a->outcome == b->outcome && a->form == b->form &&
           a->floor == b->floor;
}

static void compare(const struct tcn_policy *a, const struct tcn_policy *b,
                    struct rng *rng)
{
    struct kit_alert kit;
    for (int i = 0; i < 300; i++) {
        random_alert(&kit, rng, tcn_policy_agreement_ref(a, 0));
        kit.facts.release_count = 0;
        /* Only alerts that there can be. */
        struct tcn_header *header = &kit.alert.header;
        bool revises =
            header->kind == TCN_KIND_UPDATE || header->kind == TCN_KIND_REVOKE;
        if (header->kind == TCN_KIND_REVOKE ||
            (header->kind != TCN_KIND_UNKNOWN &&
             (header->revision > 0) != revises) ||
            tcn_view_is(header->origin, "pt") || kit.alert.envelope.len < 200) {
            continue;
        }
        for (unsigned peer = 0; peer < PEER_COUNT; peer++) {
            struct tcn_verdict x = tcn_policy_export(a, &kit.facts, peer);
            struct tcn_verdict y = tcn_policy_export(b, &kit.facts, peer);
            assert_true(same_effect(&x, &y));
        }
        for (unsigned at = 0; at < OBSERVER_COUNT; at++) {
            struct tcn_verdict x = tcn_policy_show(a, &kit.facts, at);
            struct tcn_verdict y = tcn_policy_show(b, &kit.facts, at);
            assert_true(same_effect(&x, &y));
        }
    }
}

static void what_is_useless_can_be_taken_away(void **state)
{
    (void)state;
    static struct told told;
    static char before[65536], after[65536];
    struct rng rng = {.state = 12};
    int taken = 0;
    for (int i = 0; i < 1000; i++) {
        random_policy(&tree, &rng, R_WHOLE, 2 + (int)rng_below(&rng, 6));
        struct tcn_policy *a = kit_load(print(before, sizeof before));
        told = (struct told){0};
        tcn_policy_check(a, (struct tcn_finding_taker){take, &told});
        if (strstr(told.text, "undecided") != NULL) {
            fail_msg("%s\n%s", before, told.text);
        }
        int at = useless_rule(&told);
        if (at >= 0) {
            tree.rule_count--;
            tree.rules[at] = tree.rules[tree.rule_count];
            struct tcn_policy *b = kit_load(print(after, sizeof after));
            compare(a, b, &rng);
            tcn_policy_free(b);
            taken++;
        }
        tcn_policy_free(a);
    }
    print_message("%d of 1000 random policies had a useless rule\n", taken);
    assert_true(taken > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(useless_rules_are_found),
        cmocka_unit_test(rules_without_a_policy_statement_are_found),
        cmocka_unit_test(nothing_is_said_of_rules_about_nobody),
        cmocka_unit_test(tests_decide_and_spare_every_rule),
        cmocka_unit_test(what_is_useless_can_be_taken_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
