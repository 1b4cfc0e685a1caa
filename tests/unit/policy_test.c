/* What policies mean. */
#include "policy_kit.h"

#define ALL  "allow export to any name all;"
#define WIDE "allow export to any name all with { TECH, VICTIM, FREE };"

static void nothing_leaves_without_a_rule(void **state)
{
    (void)state;
    static const struct kit_row rows[] = {
        {"", "", "export to lv: deny by default"},
        {"", "origin fi;", "export to lv: deny by default"},
        {"", "origin fi;", "import from fi: reject by default"},
        {"", "", "show observers soc: deny by default"},
        {"policy \"x\" version 3;", "", "export to lv: deny by default"},
        {"allow export to lt name a;", "", "export to lv: deny by default"},
        {"allow export to no name a;", "", "export to lv: deny by default"},
        {"accept import from fi name a;", "", "export to fi: deny by default"},
        {"show observers soc name a;", "", "show observers screen: deny"},
    };
    kit_check(rows, COUNT(rows));
}

static void rules_combine(void **state)
{
    (void)state;
    static const struct kit_row rows[] = {
        {ALL, "", "export to lv: allow { KEEP, TECH } by all"},
        {WIDE, "", "export to lv: allow { KEEP, TECH, VICTIM, FREE } by all"},
        {"allow export to any name a with { VICTIM };", "",
         "export to lv: allow { KEEP, VICTIM } by a"},
        {"allow export to any name a with { VICTIM };"
         "allow export to lv name b with { FREE };",
         "", "export to lv: allow { KEEP, VICTIM, FREE } by a"},
        {"allow export to any name a with { VICTIM };"
         "allow export to lv name b with { FREE };",
         "", "export to lt: allow { KEEP, VICTIM } by a"},
        {ALL "deny export to lv name z;", "", "export to lv: deny by z"},
        {ALL "deny export to lv name z;", "", "export to lt: allow by all"},
        {ALL "deny export to any name b; deny export to any name a;", "",
         "export to lv: deny by a"},
        {WIDE "redact export to any name r classes { VICTIM, TECH };", "",
         "export to lv: allow { KEEP, FREE } by all"},
        {WIDE "redact export to { lt, us } name r classes { VICTIM };"
              "redact export to us name s classes { FREE };",
         "", "export to us: allow { KEEP, TECH } by all"},
        {"redact export to any name r classes { VICTIM };", "",
         "export to us: deny by default"},
        {"accept import from any name a;", "origin fi;",
         "import from fi: accept by a"},
        {"accept import from any name a; reject import from fi name r;",
         "origin fi;", "import from fi: reject by r"},
        {"show observers any name s;", "",
         "show observers soc: allow { KEEP, TECH, SOURCE, VICTIM, PERSONAL, "
         "ACTOR, FREE } by s"},
        {"show observers soc name s with { TECH };", "",
         "show observers soc: allow { KEEP, TECH } by s"},
        {"show observers any name s; redact observers soc name r classes { "
         "VICTIM, PERSONAL, ACTOR };",
         "", "show observers soc: allow { KEEP, TECH, SOURCE, FREE } by s"},
    };
    kit_check(rows, COUNT(rows));
}

static void targets_are_members_groups_and_sets(void **state)
{
    (void)state;
    static const char group[] = "group east = { lv, lt, no };";
    static const char rule[] = "%s allow export to %s name a;";
    static const struct {
        const char *target;
        bool to[PEER_COUNT];
    } rows[] = {
        {"any", {true, true, true, true, true}},
        {"lv", {true}},
        {"{ lv, us }", {true, false, false, true}},
        {"group east", {true, true}},
        {"group nordic", {true, false, true}},
        {"{ group east, acme-telecom }", {true, true, false, false, true}},
        {"no", {false}},
    };
    struct kit_alert kit;
    kit_alert_init(&kit, "ee");
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[200];
        (void)snprintf(text, sizeof text, rule, group, rows[i].target);
        struct tcn_policy *policy = kit_load(text);
        for (unsigned peer = 0; peer < PEER_COUNT; peer++) {
            bool to = tcn_policy_export(policy, &kit.facts, peer).outcome ==
                      TCN_ALLOW;
            if (to != rows[i].to[peer]) {
                fail_msg("%s: %s %d", rows[i].target, kit_parties[peer].name,
                         to);
            }
        }
        tcn_policy_free(policy);
    }
}

static const struct {
    const char *condition;
    bool yes;
} conditions[] = {
    {"kind == update", true},
    {"kind in { alert, sighting }", false},
    {"kind != update", false},
    {"origin == fi", true},
    {"origin != fi", false},
    {"origin in { ee, fi }", true},
    {"origin == no", false},
    {"severity == high", true},
    {"severity >= medium", true},
    {"severity > high", false},
    {"severity < high", false},
    {"severity <= high", true},
    {"severity in { low, high }", true},
    {"severity != high", false},
    {"confidence >= 80", true},
    {"confidence > 80", false},
    {"category == malicious-code/ransomware", true},
    {"category == malicious-code/*", true},
    {"category == *", true},
    {"category != fraud/*", true},
    {"category in { fraud/*, malicious-code/ransomware }", true},
    {"sector energy", true},
    {"sector == health", true},
    {"sector in { water, energy }", true},
    {"sector water", false},
    {"sector != energy", false}, /* none of them is */
    {"sector != water", true},
    {"region ee", true},

    {"tlp == GREEN", true},
    {"tlp <= TLP:GREEN", true},
    {"tlp > green", false},
    {"pap == AMBER", true},
    {"pap < amber", false},
    {"onward >= members", true},
    {"onward == any", false},
    {"audience lv", true},
    {"audience in { us, lt }", true},
    {"audience us", false},
    {"caveat no-automation", true},
    {"caveat orcon", false},
    {"agreement == \"\"", true},
    {"agreement == x*", false},
    {"exercise == \"\"", true},
    {"exercise != \"\"", false},
    {"size > 64KiB", true},
    {"size <= 64KiB", false},
    {"revision >= 1", true},
    {"revision in { 2 }", true},
    {"is_own", false},
    {"not is_own", true},
    {"has(title)", true},
    {"has(victim)", false},
    {"class TECH present", true},
    {"class VICTIM present", false},
    {"indicator ipv4-addr", true},
    {"indicator ipv4*", true},
    {"indicator != ipv4-addr", false},
    {"indicator sha256", false},
    {"indicator no-pair", false}, /* a value that is no [type, value] */
    {"source lv", true},
    {"source in { lv, lt }", true},
    {"source lt", false},
    {"peer.member == lv", true},
    {"peer.member in { us, fi }", false},
    {"peer.member != lv", false},
    {"peer.group nordic", true},
    {"peer.group != nordic", false},
    {"peer.role == nation", true},
    {"peer.role == partner", false},
    {"peer.eu", true},
    {"severity == high and tlp == green", true},
    {"severity == high and tlp == red", false},
    {"severity == low or tlp == green", true},
    {"severity == low or tlp == red", false},
    {"not (severity == low or tlp == red)", true},
    {"not not is_own", false},
    {"severity == low and tlp == green or is_own or peer.eu", true},
    {"peer.eu or is_own and is_own", true}, /* and binds tighter */
    {"(peer.eu or is_own) and is_own", false},
    {"not is_own and peer.eu", true},
};

/* Each condition on one alert: yes, no, or unknown. */
static void conditions_are_decided(void **state)
{
    (void)state;
    static const char alert[] =
        "origin fi; from lv; kind update; revision 2; severity high; "
        "confidence 80; category malicious-code/ransomware; sectors { energy, "
        "health }; regions ee; tlp green; pap amber; onward members; audience "
        "{ lv, lt }; caveats { no-automation }; size 70KiB; field title \"x\"; "
        "field indicator no-pair; field indicator ipv4-addr \"198.51.100.3\"; ";
    for (size_t i = 0; i < COUNT(conditions); i++) {
        char rule[300], opposite[300];
        const char *yes = conditions[i].yes
                              ? "import from lv: accept by a"
                              : "import from lv: reject by default";
        const char *no = conditions[i].yes ? "import from lv: reject by default"
                                           : "import from lv: accept by a";
        (void)snprintf(rule, sizeof rule,
                       "accept import from any name a when %s;",
                       conditions[i].condition);
        (void)snprintf(opposite, sizeof opposite,
                       "accept import from any name a unless %s;",
                       conditions[i].condition);
        if (kit_run(rule, alert, yes) != 0 ||
            kit_run(opposite, alert, no) != 0) {
            fail_msg("%s: %s", conditions[i].condition, kit_told);
        }
    }
}

/* A request opens nothing by itself, and gets no further than the rules. */
static void requested_is_a_fact_about_the_peer(void **state)
{
    (void)state;
#define VICTIM                                                                 \
    "severity high; tlp green; field title \"x\"; field victim \"y\"; "
#define ASKED                                                                  \
    "allow export to any name a; allow export to lv name more with { VICTIM "  \
    "} "                                                                       \
    "when requested; "
    static const struct kit_row rows[] = {
        {ASKED, VICTIM, "export to lv: allow { KEEP, TECH } by a"},
        {ASKED, VICTIM "requested;",
         "export to lv: allow { KEEP, VICTIM, TECH }"},
        {ASKED, VICTIM "requested;", "export to lt: allow { KEEP, TECH }"},
        {ASKED "hold export to any name h approve 2 of role releaser within 4h "
               "when requested;",
         VICTIM "requested;", "export to lv: hold by h"},
        {ASKED "redact export to any name r classes { VICTIM };",
         VICTIM "requested;", "export to lv: allow { KEEP, TECH }"},
        {ASKED "deny export to any name d unless not requested;",
         VICTIM "requested;", "export to lv: deny by d"},
        {ASKED, VICTIM "requested; audience lt;",
         "export to lv: deny by floor:audience"},
        {"accept import from any name i when requested;",
         "origin lv; from lv; requested; " VICTIM, "import from lv: accept"},
        {"allow export to any name a when kind == request-release;",
         VICTIM "kind request-release;", "export to lv: allow by a"},
        {"allow export to any name a when kind == answer-release;",
         VICTIM "kind request-release;", "export to lv: deny by default"},
    };
    kit_check(rows, COUNT(rows));
}

/* Victims are withheld from us, so whether there is an actor or an indicator
 * more is not known. */
static void unknown_is_biased_to_safety(void **state)
{
    (void)state;
#define HIDDEN "origin fi; tlp clear; withheld VICTIM; field title \"x\";"
    static const struct kit_row rows[] = {
        {"allow export to any name a when has(actor);", HIDDEN,
         "export to lv: deny by default"},
        {"allow export to any name a unless has(actor);", HIDDEN,
         "export to lv: deny by default"},
        {"allow export to any name a when not has(actor);", HIDDEN,
         "export to lv: deny by default"},
        {"allow export to any name a when has(actor) or tlp == clear;", HIDDEN,
         "export to lv: allow by a"},
        {"allow export to any name a when has(actor) and tlp == clear;", HIDDEN,
         "export to lv: deny by default"},
        {"allow export to any name a unless has(actor) and tlp == red;", HIDDEN,
         "export to lv: allow by a"},
        {ALL "deny export to any name d when has(actor);", HIDDEN,
         "export to lv: deny by d"},
        {ALL "deny export to any name d unless has(actor);", HIDDEN,
         "export to lv: deny by d"},
        {ALL "deny export to any name d when has(actor) and tlp == red;",
         HIDDEN, "export to lv: allow by all"},
        {ALL "deny export to any name d when has(title) unless has(actor);",
         HIDDEN, "export to lv: deny by d"},
        {ALL "deny export to any name d when indicator sha256;", HIDDEN,
         "export to lv: deny by d"},
        {ALL "deny export to any name d when indicator != sha256;", HIDDEN,
         "export to lv: deny by d"},
        {"allow export to any name a when indicator != sha256;", HIDDEN,
         "export to lv: deny by default"},
        {WIDE "redact export to any name r classes { FREE } when has(actor);",
         HIDDEN, "export to lv: allow { KEEP, TECH, VICTIM } by all"},
        {"accept import from any name a when has(actor);", HIDDEN,
         "import from lv: reject by default"},
        {"accept import from any name a; reject import from any name r when "
         "has(actor);",
         HIDDEN, "import from lv: reject by r"},
        {"show observers any name s when has(actor);", HIDDEN,
         "show observers soc: deny by default"},
        {"show observers any name s; redact observers any name r classes { "
         "TECH } when has(actor);",
         HIDDEN,
         "show observers soc: allow { KEEP, SOURCE, VICTIM, PERSONAL, ACTOR, "
         "FREE } by s"},
        /* known in spite of what is withheld */
        {ALL "deny export to any name d when has(title);", HIDDEN,
         "export to lv: deny by d"},
        {ALL "deny export to any name d when class VICTIM present;", HIDDEN,
         "export to lv: deny by d"},
        {ALL "deny export to any name d when class ACTOR present;", HIDDEN,
         "export to lv: allow by all"},
        /* nothing is withheld: nothing is unknown */
        {"allow export to any name a unless has(actor);",
         "origin fi; field title \"x\";", "export to lv: allow by a"},
        /* empty is a value, not unknown */
        {"allow export to any name a when agreement == \"\";", HIDDEN,
         "export to lv: allow by a"},
        {"allow export to any name a when not sector energy;", HIDDEN,
         "export to lv: allow by a"},
        {"allow export to any name a when sector != energy;", HIDDEN,
         "export to lv: allow by a"},
    };
    kit_check(rows, COUNT(rows));
}

static void a_rule_that_opens_needs_every_source(void **state)
{
    (void)state;
#define FROM_BOTH "origin fi; from lv; from lt;"
    static const struct kit_row rows[] = {
        {"allow export to any name a when source lv;", "origin fi; from lv;",
         "export to us: allow by a"},
        {"allow export to any name a when source lv;", FROM_BOTH,
         "export to us: deny by default"},
        {"allow export to any name a when source in { lv, lt };", FROM_BOTH,
         "export to us: allow by a"},
        {"allow export to any name a when source != lv;", FROM_BOTH,
         "export to us: deny by default"},
        {"allow export to any name a when not source lv;", FROM_BOTH,
         "export to us: deny by default"},
        {"allow export to any name a unless source lv;", FROM_BOTH,
         "export to us: deny by default"},
        {"allow export to any name a when source != fi;", FROM_BOTH,
         "export to us: allow by a"},
        {ALL "deny export to any name d when source lv;", FROM_BOTH,
         "export to us: deny by d"},
        {ALL "deny export to any name d when source != lv;", FROM_BOTH,
         "export to us: deny by d"},
        {ALL "deny export to any name d when not source lv;", FROM_BOTH,
         "export to us: deny by d"},
        {ALL "deny export to any name d unless source lv;", FROM_BOTH,
         "export to us: deny by d"},
        {ALL "deny export to any name d unless source in { lv, lt };",
         FROM_BOTH, "export to us: allow by all"},
        {ALL "deny export to any name d when source fi;", FROM_BOTH,
         "export to us: allow by all"},
        /* our own came from nobody */
        {"allow export to any name a when source lv;", "",
         "export to us: deny by default"},
        {"allow export to any name a when source != lv;", "",
         "export to us: allow by a"},
        {ALL "deny export to any name d when source lv;", "",
         "export to us: allow by all"},
        {"show observers any name s when source lv;", "origin fi; from lv;",
         "show observers soc: allow by s"},
    };
    kit_check(rows, COUNT(rows));
}

/* The page that teaches the language, word for word. */
static void the_worked_example_holds(void **state)
{
    (void)state;
    struct tcn_policy *policy = kit_load(
        "policy \"EE national\" version 14;\n"
        "group baltic = { lv, lt };\n"
        "allow  export to group baltic  name baltic-share\n"
        "  when kind in { alert, update, sighting } and severity >= medium and "
        "confidence >= 50;\n"
        "allow  export to fi  name fi-own  with { KEEP, TECH, VICTIM, FREE }  "
        "when origin == ee and tlp <= AMBER;\n"
        "redact export to any  name minimise  classes { VICTIM, PERSONAL }  "
        "unless peer.eu;\n"
        "deny   export to any  name telco-sector  when sector energy and "
        "peer.role == partner;\n"
        "accept import from any  name in  when severity >= low;\n"
        "show   observers soc  name screens  when tlp <= AMBER;\n"
        "redact observers soc  name screens-cut  classes { PERSONAL };\n"
        "test \"hospital ransomware goes to LV without the victim\" {\n"
        "  alert { origin ee; kind alert; severity high; confidence 80; tlp "
        "GREEN; onward any; field title \"x\"; field indicator ipv4-addr "
        "\"198.51.100.3\"; field victim \"Hospital X\"; }\n"
        "  expect export to lv: allow { KEEP, TECH } by baltic-share;\n"
        "  expect export to us: deny by default;\n"
        "}\n");
    size_t ran;
    struct tcn_buf told = tcn_buf(kit_told, sizeof kit_told);
    size_t failed = tcn_policy_run_tests(policy, &ran, &told);
    if (failed != 0) {
        fail_msg("%s", tcn_buf_text(&told));
    }
    assert_int_equal(ran, 2);
    assert_string_equal(tcn_policy_name(policy), "EE national");
    assert_int_equal(tcn_policy_version(policy), 14);
    assert_int_equal(tcn_policy_rule_count(policy), 7);
    assert_string_equal(tcn_policy_rule_name(policy, 0), "baltic-share");
    assert_string_equal(tcn_policy_rule_name(policy, 6), "telco-sector");
    assert_string_equal(tcn_policy_rule_name(policy, TCN_RULE_DEFAULT),
                        "default");
    tcn_policy_free(policy);
}

static void a_failed_expectation_says_what_is_so(void **state)
{
    (void)state;
    static const struct {
        const char *expect, *told;
    } rows[] = {
        {"export to lv: deny", "lv: the policy says allow { KEEP, TECH } by "},
        {"export to lv: allow by other", "allow { KEEP, TECH } by all"},
        {"export to lv: allow { KEEP }", "allow { KEEP, TECH } by all"},
        {"export to us: allow", "us: the policy says deny by none-us"},
        {"export to lt: deny by floor:red",
         "lt: the policy says allow { KEEP, TECH } by all"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t failed =
            kit_run(ALL "deny export to us name none-us;", "", rows[i].expect);
        if (failed != 1 || strstr(kit_told, rows[i].told) == NULL ||
            strncmp(kit_told, "p.conf:2: test \"row\", ", 22) != 0) {
            fail_msg("%s: %zu, %s", rows[i].expect, failed, kit_told);
        }
    }
    assert_int_equal(
        kit_run(ALL, "tlp AMBER;", "export to lv: deny by floor:tlp"), 0);
}

/* As `tocsin policy fmt` writes it, whatever blanks and comments it has. */
static void an_explanation_shows_rules_in_one_style(void **state)
{
    (void)state;
    struct tcn_policy *policy =
        kit_load("allow  export to any name all with{KEEP,TECH # and no more\n"
                 "}when kind in{alert,update}and( not has (  actor ) or "
                 "sector \"energy\" ) ;");
    struct kit_alert kit;
    struct tcn_buf out = tcn_buf(kit_told, sizeof kit_told);
    kit_alert_init(&kit, "ee");
    (void)tcn_policy_explain(policy, TCN_HOOK_EXPORT, &kit.facts, LV, &out);
    (void)tcn_buf_text(&out);
    static const char *const lines[] = {
        "\n      allow export to any name all with { KEEP, TECH } when kind in "
        "{ alert, update } and (not has(actor) or sector \"energy\");\n",
        "yes     kind in { alert, update }\n", "no      has(actor)\n"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        if (strstr(kit_told, lines[i]) == NULL) {
            fail_msg("wanted %s\n%s", lines[i], kit_told);
        }
    }
    tcn_policy_free(policy);
}

/* ---- files ---- */

static void a_failed_expectation_is_told_with_file_and_line(void **state)
{
    (void)state;
    static const char test[] =
        "test \"%c\" { alert { }\n\n  expect export to lv: allow;\n expect "
        "export to fi: deny; expect\nexport to lt: allow; }\n";
    char text[2][512];
    for (int i = 0; i < 2; i++) {
        (void)snprintf(text[i], sizeof text[i], test, 'x' + i);
    }
    struct tcn_source sources[] = {
        {.name = "a.conf", .text = tcn_view_str(text[0])},
        {.name = "b\n.conf", .text = tcn_view_str(text[1])}};
    struct tcn_policy *policy;
    struct tcn_buf told = tcn_buf(kit_told, sizeof kit_told);
    size_t ran;
    kit_problems.count = 0;
    assert_int_equal(
        tcn_policy_load(&policy, &kit_world, sources, 2, &kit_problems),
        TCN_ERR_OK);
    assert_int_equal(tcn_policy_run_tests(policy, &ran, &told), 4);
    const char *at = tcn_buf_text(&told);
    static const char *const lines[] = {
        "a.conf:3: test \"x\", lv: ", "a.conf:4: test \"x\", lt: ",
        "b\\n.conf:3: test \"y\", lv: ", "b\\n.conf:4: test \"y\", lt: "};
    for (size_t i = 0; i < COUNT(lines); i++) {
        if (strncmp(at, lines[i], strlen(lines[i])) != 0) {
            fail_msg("wanted %s\n%s", lines[i], kit_told);
        }
        at = strchr(at, '\n') + 1;
    }
    tcn_policy_free(policy);
}

static struct tcn_policy *load_two(const char *a, const char *b)
{
    struct tcn_source sources[] = {{.name = "a", .text = tcn_view_str(a)},
                                   {.name = "b", .text = tcn_view_str(b)}};
    struct tcn_problems problems = {0};
    struct tcn_policy *policy;
    enum tcn_err err =
        tcn_policy_load(&policy, &kit_world, sources, 2, &problems);
    assert_true((err == TCN_ERR_OK) == (policy != NULL));
    return policy;
}

static void order_of_files_and_rules_does_not_matter(void **state)
{
    (void)state;
    static const char a[] = "group x = { lv }; policy \"p\" version 1;";
    static const char b[] =
        "allow export to group x name one; deny export to us name two;";
    static const char c[] =
        "deny export to us name two; # a comment\n allow export to group x "
        "name one;";
    struct tcn_policy *first = load_two(a, b);
    struct tcn_policy *second = load_two(c, a);
    struct tcn_policy *other = load_two(a, "allow export to any name one;");
    assert_non_null(first);
    assert_non_null(second);
    assert_true(tcn_id_equal(tcn_policy_hash(first), tcn_policy_hash(second)));
    assert_false(tcn_id_equal(tcn_policy_hash(first), tcn_policy_hash(other)));
    assert_string_equal(tcn_policy_rule_name(second, 0), "one");
    tcn_policy_free(first);
    tcn_policy_free(second);
    tcn_policy_free(other);
    /* a statement cannot go on in the next file */
    assert_null(load_two("allow export to any name a", "when is_own;"));
}

static void configuration_is_left_to_others(void **state)
{
    (void)state;
    struct tcn_policy *policy =
        kit_load("node ee { anything goes; } member x { }\n" ALL
                 "\nobservers soc { socket x; } include \"y\"; peer z { }");
    assert_int_equal(tcn_policy_rule_count(policy), 1);
    tcn_policy_free(policy);
}

static void
without_a_policy_everything_is_received_and_nothing_sent(void **state)
{
    (void)state;
    struct tcn_policy *policy = tcn_policy_receive_only(&kit_world);
    assert_non_null(policy);
    struct kit_alert kit;
    kit_alert_init(&kit, "ee");
    for (unsigned peer = 0; peer < PEER_COUNT; peer++) {
        assert_int_equal(tcn_policy_import(policy, &kit.facts, peer).outcome,
                         TCN_ALLOW);
        assert_int_equal(tcn_policy_export(policy, &kit.facts, peer).outcome,
                         TCN_DENY);
    }
    assert_int_equal(tcn_policy_show(policy, &kit.facts, SOC).outcome,
                     TCN_DENY);
    struct tcn_policy *empty = kit_load("");
    assert_int_equal(tcn_policy_import(empty, &kit.facts, LV).outcome,
                     TCN_DENY);
    assert_false(tcn_id_equal(tcn_policy_hash(policy), tcn_policy_hash(empty)));
    tcn_policy_free(policy);
    tcn_policy_free(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaves_without_a_rule),
        cmocka_unit_test(rules_combine),
        cmocka_unit_test(targets_are_members_groups_and_sets),
        cmocka_unit_test(conditions_are_decided),
        cmocka_unit_test(requested_is_a_fact_about_the_peer),
        cmocka_unit_test(unknown_is_biased_to_safety),
        cmocka_unit_test(a_rule_that_opens_needs_every_source),
        cmocka_unit_test(the_worked_example_holds),
        cmocka_unit_test(a_failed_expectation_says_what_is_so),
        cmocka_unit_test(an_explanation_shows_rules_in_one_style),
        cmocka_unit_test(a_failed_expectation_is_told_with_file_and_line),
        cmocka_unit_test(order_of_files_and_rules_does_not_matter),
        cmocka_unit_test(configuration_is_left_to_others),
        cmocka_unit_test(
            without_a_policy_everything_is_received_and_nothing_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
