/* Holds and their release, delays, the quarantine, requirements, retention. */
#include "policy_kit.h"

#define ALL  "allow export to any name all;"
#define WIDE "allow export to any name all with { TECH, VICTIM, FREE };"

#define HOLD "hold export to any name h approve 2 of role releaser within 4h"
#define LATE "delay export to any name late by 6h"

static void deny_beats_hold_beats_delay_beats_allow(void **state)
{
    (void)state;
    static const struct kit_row rows[] = {
        {ALL HOLD ";", "", "export to lv: hold { KEEP, TECH } by h"},
        {ALL HOLD " when severity == high;", "", "export to lv: allow by all"},
        {HOLD ";", "", "export to lv: deny by default"},
        {ALL HOLD "; deny export to lv name d;", "", "export to lv: deny by d"},
        {ALL HOLD "; deny export to lv name d;", "", "export to lt: hold by h"},
        {ALL HOLD "; hold export to any name a approve 1 of role duty within "
                  "1h;",
         "", "export to lv: hold by a"},
        {WIDE HOLD "; redact export to any name r classes { VICTIM };", "",
         "export to lv: hold { KEEP, TECH, FREE } by h"},
        {ALL HOLD ";", "tlp AMBER;", "export to lv: deny by floor:tlp"},
        {ALL LATE ";", "", "export to lv: delay { KEEP, TECH } by late"},
        {ALL LATE ";", "at 2027-01-01T05:59:59Z; received 2027-01-01;",
         "export to lv: delay by late"},
        {ALL LATE ";", "at 2027-01-01T06:00:00Z; received 2027-01-01;",
         "export to lv: allow by all"},
        {ALL LATE "; delay export to any name longer by 7h;",
         "at 2027-01-01T06:30:00Z; received 2027-01-01;",
         "export to lv: delay by longer"},
        {ALL LATE "; delay export to lt name longer by 7h;",
         "at 2027-01-01T06:30:00Z; received 2027-01-01;",
         "export to lv: allow by all"},
        {ALL LATE " unless severity == critical;", "severity critical;",
         "export to lv: allow by all"},
        {LATE ";", "", "export to lv: deny by default"},
        {ALL HOLD ";" LATE ";", "", "export to lv: hold by h"},
        {ALL LATE "; deny export to any name d;", "", "export to lv: deny"},
        /* what is not known holds and delays */
        {ALL HOLD " when has(actor);", "origin fi; withheld VICTIM;",
         "export to lv: hold by h"},
        {ALL LATE " when has(actor);", "origin fi; withheld VICTIM;",
         "export to lv: delay by late"},
        {ALL HOLD " when has(actor);", "origin fi; field title \"x\";",
         "export to lv: allow by all"},
    };
    kit_check(rows, COUNT(rows));
}

static void import_and_origination(void **state)
{
    (void)state;
#define IN  "accept import from any name in;"
#define ODD "quarantine import from any name odd when size > 64KiB;"
#define REQ                                                                    \
    "require originate name no-victims that tlp >= AMBER when has(victim);"
    static const struct kit_row rows[] = {
        {IN ODD, "origin fi; size 65KiB;", "import from fi: quarantine by odd"},
        {IN ODD, "origin fi; size 64KiB;", "import from fi: accept by in"},
        {ODD, "origin fi; size 65KiB;", "import from fi: reject by default"},
        {IN ODD "reject import from fi name no;", "origin fi; size 65KiB;",
         "import from fi: reject by no"},
        {IN "quarantine import from any name odd when indicator yara;",
         "origin fi; withheld VICTIM;", "import from fi: quarantine by odd"},
        {"", "", "originate: allow by default"},
        {REQ, "tlp GREEN; field victim x;", "originate: deny by no-victims"},
        {REQ, "tlp AMBER; field victim x;", "originate: allow by default"},
        {REQ, "tlp GREEN; field title x;", "originate: allow by default"},
        {REQ "require originate name a that severity > low;",
         "tlp GREEN; field victim x;", "originate: deny by a"},
        {"require originate name a that has(title);", "",
         "originate: deny by a"},
        {"require originate name a that has(title);", "kind revoke;",
         "originate: allow by default"},
    };
    kit_check(rows, COUNT(rows));
}

static const struct {
    const char *name, *verdict;
    unsigned peer;
    struct tcn_release release[2];
} cases[] = {
    {"nobody said anything", "hold { KEEP, TECH, VICTIM } by h", LV, {{0}}},
    {"released",
     "allow { KEEP, TECH, VICTIM } by all",
     LV,
     {{.peer = LV, .asked = 11, .form = 11, .holds = 1}}},
    {"released with a cut",
     "allow { KEEP, TECH } by all",
     LV,
     {{.peer = LV, .asked = 11, .form = 3, .holds = 1}}},
    {"a cut never takes KEEP",
     "allow { KEEP } by all",
     LV,
     {{.peer = LV, .asked = 11, .form = 0, .holds = 1}}},
    {"for another peer",
     "hold { KEEP, TECH, VICTIM } by h",
     FI,
     {{.peer = LV, .asked = 11, .form = 11, .holds = 1}}},
    {"for less than goes now",
     "hold { KEEP, TECH, VICTIM } by h",
     LV,
     {{.peer = LV, .asked = 3, .form = 3, .holds = 1}}},
    {"one of two holds",
     "hold { KEEP, TECH, VICTIM } by h",
     LT,
     {{.peer = LT, .asked = 11, .form = 11, .holds = 2}}},
    {"both holds",
     "allow { KEEP, TECH, VICTIM } by all",
     LT,
     {{.peer = LT, .asked = 11, .form = 11, .holds = 3}}},
    {"refused",
     "deny by h (not released)",
     LV,
     {{.peer = LV, .refused = true}}},
    {"released once, refused later",
     "deny by h (not released)",
     LV,
     {{.peer = LV, .asked = 11, .form = 11, .holds = 1},
      {.peer = LV, .refused = true}}},
};

static void a_release_opens_what_was_asked_for(void **state)
{
    (void)state;
    struct tcn_policy *policy = kit_load(
        "allow export to any name all with { TECH, VICTIM };" HOLD
        "; hold export to lt name i approve 1 of role duty within 1h;");
    struct kit_alert kit;
    for (size_t i = 0; i < COUNT(cases); i++) {
        kit_alert_init(&kit, "ee");
        kit_alert_field(&kit, "title", TCN_CLASS_KEEP, false);
        kit_alert_field(&kit, "indicator", TCN_CLASS_TECH, false);
        kit_alert_field(&kit, "victim", TCN_CLASS_VICTIM, false);
        kit.facts.releases = cases[i].release;
        while (kit.facts.release_count < 2 &&
               (cases[i].release[kit.facts.release_count].holds != 0 ||
                cases[i].release[kit.facts.release_count].refused)) {
            kit.facts.release_count++;
        }
        struct tcn_verdict verdict =
            tcn_policy_export(policy, &kit.facts, cases[i].peer);
        const char *told = kit_verdict(policy, verdict);
        struct tcn_verdict all[TCN_PEERS_MAX];
        tcn_policy_export_all(policy, &kit.facts, all);
        if (strcmp(told, cases[i].verdict) != 0 ||
            !kit_same(&verdict, &all[cases[i].peer])) {
            fail_msg("%s: %s", cases[i].name, told);
        }
    }
    assert_int_equal(tcn_policy_hold_count(policy), 2);
    assert_string_equal(tcn_policy_hold(policy, 0).name, "h");
    assert_string_equal(tcn_policy_hold(policy, 1).role, "duty");
    assert_int_equal(tcn_policy_hold(policy, 0).approvals, 2);
    assert_int_equal(tcn_policy_hold(policy, 0).within_ms, 4 * TCN_HOUR_MS);
    tcn_policy_free(policy);
}

/* Until somebody reopens it, whatever the rules say by then. */
static void a_refusal_outlives_its_rule(void **state)
{
    (void)state;
    struct tcn_policy *policy = kit_load("allow export to any name all;");
    static const struct tcn_release refusal = {.peer = LV, .refused = true};
    char said[4096];
    struct tcn_buf out = tcn_buf(said, sizeof said);
    struct kit_alert kit;
    kit_alert_init(&kit, "ee");
    kit_alert_field(&kit, "title", TCN_CLASS_KEEP, false);
    kit.facts.releases = &refusal;
    kit.facts.release_count = 1;
    struct tcn_verdict lv = tcn_policy_export(policy, &kit.facts, LV);
    struct tcn_verdict fi = tcn_policy_export(policy, &kit.facts, FI);
    assert_string_equal(kit_verdict(policy, lv),
                        "deny by default (not released)");
    assert_int_equal(fi.outcome, TCN_ALLOW);
    (void)tcn_policy_explain(policy, TCN_HOOK_EXPORT, &kit.facts, LV, &out);
    assert_non_null(strstr(tcn_buf_text(&out), "`tocsin hold reopen`"));
    assert_null(strstr(tcn_buf_text(&out), "no rule opens it"));
    tcn_policy_free(policy);
}

/* A release outlives nothing: what denies now, denies. */
static void a_later_deny_beats_a_release(void **state)
{
    (void)state;
    struct tcn_policy *policy =
        kit_load(ALL HOLD "; deny export to lv name d; delay export to lt name "
                          "late by 6h;");
    struct tcn_release releases[] = {
        {.peer = LV, .asked = 127, .form = 127, .holds = 1},
        {.peer = LT, .asked = 127, .form = 127, .holds = 1},
        {.peer = US, .asked = 127, .form = 127, .holds = 1},
    };
    struct kit_alert kit;
    kit_alert_init(&kit, "ee");
    kit.facts.releases = releases;
    kit.facts.release_count = COUNT(releases);
    static const char *const told[] = {
        "deny by d",
        "delay { KEEP, TECH } by late until 2027-01-01T06:00:00.000Z",
        "hold { KEEP, TECH } by h", "allow { KEEP, TECH } by all"};
    for (unsigned i = 0; i < COUNT(told); i++) {
        assert_string_equal(
            kit_verdict(policy, tcn_policy_export(policy, &kit.facts, i)),
            told[i]);
    }
    kit.alert.header.label.audience[0] = tcn_view_str("fi");
    kit.alert.header.label.audience_count = 1;
    assert_int_equal(tcn_policy_export(policy, &kit.facts, US).floor,
                     TCN_FLOOR_AUDIENCE);
    tcn_policy_free(policy);
}

/* Without a time of receipt there is nothing to count from. */
static void a_delay_without_a_beginning_has_no_end(void **state)
{
    (void)state;
    struct tcn_policy *policy = kit_load(ALL LATE ";");
    struct kit_alert kit;
    kit_alert_init(&kit, "ee");
    kit.facts.received_ms = 0;
    struct tcn_verdict verdict = tcn_policy_export(policy, &kit.facts, LV);
    assert_int_equal(verdict.outcome, TCN_DELAY);
    assert_true(verdict.until_ms == UINT64_MAX);
    tcn_policy_free(policy);
}

static void an_agreement_binds_its_parties_while_it_is_active(void **state)
{
    (void)state;
    static const uint64_t FROM = 1767225600000, UNTIL = 1861920000000;
    struct tcn_policy *policy =
        kit_load("agreement \"pact\" version 1 { parties { ee, lv }; from "
                 "2026-01-01; until 2029-01-01; }");
    struct tcn_view pact = tcn_view_str(tcn_policy_agreement_ref(policy, 0));
    assert_true(tcn_policy_binds(policy, pact, "lv", FROM));
    assert_true(tcn_policy_binds(policy, pact, "ee", UNTIL - 1));
    assert_false(tcn_policy_binds(policy, pact, "lv", FROM - 1));
    assert_false(tcn_policy_binds(policy, pact, "lv", UNTIL));
    assert_false(tcn_policy_binds(policy, pact, "fi", FROM));
    assert_false(tcn_policy_binds(policy, tcn_view_str(""), "lv", FROM));
    assert_true(tcn_policy_is_party(policy, 0, "lv"));
    assert_false(tcn_policy_is_party(policy, 0, "fi"));
    assert_false(tcn_policy_is_party(policy, 1, "lv"));
    tcn_policy_free(policy);
}

static void values_are_kept_as_long_as_both_texts_say(void **state)
{
    (void)state;
    struct tcn_policy *policy = kit_load(
        "retain PERSONAL 90d; retain VICTIM 30d; retain rest 400d;"
        "agreement \"pact\" version 1 { parties { ee, lv }; from 2026-01-01; "
        "until 2029-01-01; ack critical within 15m; ack high within 4h; retain "
        "PERSONAL 30d; retain VICTIM 60d; }");
    struct tcn_view none = tcn_view_str("");
    struct tcn_view pact = tcn_view_str(tcn_policy_agreement_ref(policy, 0));
    static const struct {
        unsigned cls, own_days, agreed_days;
    } rows[] = {{TCN_CLASS_KEEP, 0, 0},
                {TCN_CLASS_TECH, 400, 400},
                {TCN_CLASS_VICTIM, 30, 30},
                {TCN_CLASS_PERSONAL, 90, 30},
                {TCN_CLASS_FREE, 400, 400}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(tcn_policy_retain_ms(policy, rows[i].cls, none),
                         rows[i].own_days * TCN_DAY_MS);
        assert_int_equal(tcn_policy_retain_ms(policy, rows[i].cls, pact),
                         rows[i].agreed_days * TCN_DAY_MS);
    }
    assert_int_equal(tcn_policy_ack_ms(policy, pact, TCN_SEVERITY_CRITICAL),
                     15 * TCN_MINUTE_MS);
    assert_int_equal(tcn_policy_ack_ms(policy, pact, TCN_SEVERITY_LOW), 0);
    assert_int_equal(tcn_policy_ack_ms(policy, none, TCN_SEVERITY_HIGH), 0);
    assert_int_equal(tcn_policy_ack_ms(policy, pact, 9), 0);
    tcn_policy_free(policy);
    policy = kit_load("agreement \"pact\" version 1 { parties { ee, lv }; from "
                      "2026-01-01; until 2029-01-01; retain rest 10d; }");
    pact = tcn_view_str(tcn_policy_agreement_ref(policy, 0));
    assert_int_equal(tcn_policy_retain_ms(policy, TCN_CLASS_FREE, pact),
                     10 * TCN_DAY_MS);
    tcn_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deny_beats_hold_beats_delay_beats_allow),
        cmocka_unit_test(import_and_origination),
        cmocka_unit_test(a_release_opens_what_was_asked_for),
        cmocka_unit_test(a_refusal_outlives_its_rule),
        cmocka_unit_test(a_later_deny_beats_a_release),
        cmocka_unit_test(a_delay_without_a_beginning_has_no_end),
        cmocka_unit_test(an_agreement_binds_its_parties_while_it_is_active),
        cmocka_unit_test(values_are_kept_as_long_as_both_texts_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
