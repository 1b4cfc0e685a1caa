/* What policies mean, and what is refused in them. */
#include "policy_kit.h"

/* Runs rules on one alert made of words; kit_told says what differed. */
static size_t run(const char *rules, const char *alert, const char *expect)
{
    static char text[8192];
    (void)snprintf(text, sizeof text,
                   "%s\ntest \"row\" { alert { %s } expect %s; }", rules, alert,
                   expect);
    struct tcn_policy *policy = kit_load(text);
    struct tcn_buf told = tcn_buf(kit_told, sizeof kit_told);
    size_t ran;
    size_t failed = tcn_policy_run_tests(policy, &ran, &told);
    (void)tcn_buf_text(&told);
    assert_int_equal(ran, 1);
    tcn_policy_free(policy);
    return failed;
}

struct row {
    const char *rules, *alert, *expect;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (run(rows[i].rules, rows[i].alert, rows[i].expect) != 0) {
            fail_msg("row %zu: %s\n  %s\n  %s\n  %s", i, rows[i].rules,
                     rows[i].alert, rows[i].expect, kit_told);
        }
    }
}

#define ALL  "allow export to any name all;"
#define WIDE "allow export to any name all with { TECH, VICTIM, FREE };"

static void nothing_leaves_without_a_rule(void **state)
{
    (void)state;
    static const struct row rows[] = {
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
    check(rows, COUNT(rows));
}

static void rules_combine(void **state)
{
    (void)state;
    static const struct row rows[] = {
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
    check(rows, COUNT(rows));
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
} condition_rows[] = {
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
    {"category == \"malicious-code/*\"", false},
    {"category == *", true},
    {"category != fraud/*", true},
    {"category in { fraud/*, malicious-code/ransomware }", true},
    {"sector energy", true},
    {"sector == health", true},
    {"sector in { water, energy }", true},
    {"sector water", false},
    {"sector != energy", false}, /* none of them is */
    {"sector != water", true},
    {"region EE", true},
    {"region ee", false},
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
        "health }; regions EE; tlp green; pap amber; onward members; audience "
        "{ lv, lt }; caveats { no-automation }; size 70KiB; field title \"x\"; "
        "field indicator ipv4-addr \"198.51.100.3\"; ";
    for (size_t i = 0; i < COUNT(condition_rows); i++) {
        char rule[300], opposite[300];
        const char *yes = condition_rows[i].yes
                              ? "import from lv: accept by a"
                              : "import from lv: reject by default";
        const char *no = condition_rows[i].yes
                             ? "import from lv: reject by default"
                             : "import from lv: accept by a";
        (void)snprintf(rule, sizeof rule,
                       "accept import from any name a when %s;",
                       condition_rows[i].condition);
        (void)snprintf(opposite, sizeof opposite,
                       "accept import from any name a unless %s;",
                       condition_rows[i].condition);
        if (run(rule, alert, yes) != 0 || run(opposite, alert, no) != 0) {
            fail_msg("%s: %s", condition_rows[i].condition, kit_told);
        }
    }
}

/* Victims are withheld from us, so whether there is an actor or an indicator
 * more is not known. */
static void unknown_is_biased_to_safety(void **state)
{
    (void)state;
#define HIDDEN "origin fi; tlp clear; withheld VICTIM; field title \"x\";"
    static const struct row rows[] = {
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
    check(rows, COUNT(rows));
}

static void a_rule_that_opens_needs_every_source(void **state)
{
    (void)state;
#define FROM_BOTH "origin fi; from lv; from lt;"
    static const struct row rows[] = {
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
    check(rows, COUNT(rows));
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
            run(ALL "deny export to us name none-us;", "", rows[i].expect);
        if (failed != 1 || strstr(kit_told, rows[i].told) == NULL ||
            strncmp(kit_told, "test \"row\", ", 12) != 0) {
            fail_msg("%s: %zu, %s", rows[i].expect, failed, kit_told);
        }
    }
    assert_int_equal(run(ALL, "tlp AMBER;", "export to lv: deny by floor:tlp"),
                     0);
}

static const struct {
    const char *text;
    unsigned column;
    enum tcn_err err;
    const char *told;
} mistake_rows[] = {
#define BAD TCN_ERR_SYNTAX
#define NOT TCN_ERR_NOT_YET
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
    {"allow export to any name x when category == a*b;", 45, BAD,
     "`*` stands only at the end"},
    {"allow export to any name x when (peer.eu;", 41, BAD, "expected `)`"},
    {"allow export to any name x when peer.eu peer.eu;", 41, BAD,
     "expected `when`, `unless` or `;`"},
    {"allow export to any name x unless peer.eu when is_own;", 43, BAD,
     "expected `;`"},
    {"allow export to any name x when;", 32, BAD,
     "expected a condition, found `;`"},
    {"allow export to any name x when sector in { };", 45, BAD,
     "expected a value"},
    {"show observers soc name x when peer.eu;", 32, BAD,
     "asks about a peer, and there is none here"},
    {"allow export to any name x", 27, BAD, "found the end of the text"},
    {"group x = { xx };", 13, BAD, "unknown member `xx`"},
    {"group x { lv };", 9, BAD, "expected `=`"},
    {"group X = { lv };", 7, BAD, "a group's name"},
    {"group x = { lv }; group x = { lt };", 25, TCN_ERR_EXISTS,
     "a second group x"},
    {"policy x version 1;", 8, BAD, "expected the policy's quoted name"},
    {"policy \"x\";", 11, BAD, "expected `version`"},
    {"policy \"x\" version 1; policy \"y\" version 2;", 30, TCN_ERR_EXISTS,
     "a second policy statement"},
    /* read in full, and not carried out */
    {"hold export to any name x approve 2 of role releaser within 4h when "
     "has(actor);",
     1, NOT, "`hold` is part of the language"},
    {"hold export to any name x within 4h;", 27, BAD, "expected `approve`"},
    {"hold export to any name x approve 0 of role r within 4h;", 35, BAD,
     "a number from 1 to 9"},
    {"delay export to acme-telecom name x by 6h unless severity == "
     "critical;",
     1, NOT, "`delay` is part of the language"},
    {"delay export to any name x by 6 h;", 31, BAD, "a duration such as"},
    {"quarantine import from any name x when size > 64KiB;", 1, NOT,
     "`quarantine` is part of the language"},
    {"require originate name x that tlp >= AMBER when has(victim);", 1, NOT,
     "`require` is part of the language"},
    {"require originate name x that peer.eu;", 31, BAD, "asks about a peer"},
    {"require originate name x when has(victim);", 26, BAD, "expected `that`"},
    {"retain PERSONAL 90d;", 1, NOT, "`retain` is part of the language"},
    {"retain rest 400d;", 1, NOT, "`retain` is part of the language"},
    {"retain REST 400d;", 8, BAD, "unknown class `REST`"},
    {"assert never export to acme-telecom when tlp >= AMBER;", 1, NOT,
     "`assert` is part of the language"},
    {"assert never open PERSONAL to any unless peer.eu;", 1, NOT,
     "`assert` is part of the language"},
    {"assert never open { VICTIM, ACTOR } to any;", 1, NOT,
     "`assert` is part of the language"},
    {"assert always;", 8, BAD, "expected `never`"},
    {"assert never show to any;", 14, BAD, "expected `export`"},
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
    {"test \"x\" { alert { } expect export to lv: hold; }", 43, NOT,
     "`hold` is part of the language"},
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
    {"agreement \"x\" version 1 { parties { EE }; }", 37, BAD,
     "expected a member code"},
};

/* ---- what is refused ---- */
static void mistakes_are_shown_where_they_stand(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mistake_rows); i++) {
        struct tcn_policy *policy = kit_try(mistake_rows[i].text);
        char at[32];
        unsigned line = strchr(mistake_rows[i].text, '\n') == NULL ? 1 : 2;
        (void)snprintf(at, sizeof at, "p.conf:%u:%u: ", line,
                       mistake_rows[i].column);
        if (policy != NULL || strncmp(kit_told, at, strlen(at)) != 0 ||
            strstr(kit_told, mistake_rows[i].told) == NULL ||
            kit_problems.list[0].err != mistake_rows[i].err) {
            fail_msg("row %zu: %s\n%s", i, mistake_rows[i].text, kit_told);
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
        {"allow export to any name x when ", "not ", 32, "is_own;",
         "nested more than 32 deep"},
        {"allow export to any name x when is_own", " and is_own", 255, ";",
         "more than 256 tests in a condition"},
        {"allow export to any name x when sector in { a", ", a%d", 63, " };",
         "more than 64 values"},
        {"", "test \"t%d\" { alert { } }\n", 1000, "", "more than 1000 tests"},
        {"test \"t\" { alert { sectors { a", ", a%d", 15, " }; } }",
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

/* ---- files ---- */

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
        cmocka_unit_test(unknown_is_biased_to_safety),
        cmocka_unit_test(a_rule_that_opens_needs_every_source),
        cmocka_unit_test(the_worked_example_holds),
        cmocka_unit_test(a_failed_expectation_says_what_is_so),
        cmocka_unit_test(mistakes_are_shown_where_they_stand),
        cmocka_unit_test(one_run_shows_every_mistake),
        cmocka_unit_test(everything_has_a_limit),
        cmocka_unit_test(facts_about_peers_must_be_known),
        cmocka_unit_test(order_of_files_and_rules_does_not_matter),
        cmocka_unit_test(configuration_is_left_to_others),
        cmocka_unit_test(
            without_a_policy_everything_is_received_and_nothing_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
