/* A policy that waits to be confirmed narrows the one that runs. */
#include "policy_kit.h"

#include "policy/narrow.h"

#define ALL  "allow export to any name all;"
#define WIDE "allow export to any name all with { TECH, VICTIM, FREE };"
#define HOLD(name, people)                                                     \
    "hold export to any name " name " approve " people " of role releaser "    \
    "within 4h;"

static struct tcn_policy *narrowed(const char *text, const char *other)
{
    struct tcn_policy *policy = kit_load(text);
    assert_int_equal(tcn_policy_narrow(policy, kit_load(other)), TCN_ERR_OK);
    return policy;
}

/* ---- what both come to, towards lv, of an own alert of severity info ---- */

static void both_must_allow(void **state)
{
    (void)state;
    static const struct {
        const char *runs, *waits, *expect;
    } rows[] = {
        {ALL, ALL, "allow { KEEP, TECH } by all"},
        {ALL, "", "deny by pending:default"},
        {"", ALL, "deny by default"},
        {"", "", "deny by default"},
        {ALL, ALL "deny export to lv name no;", "deny by pending:no"},
        {ALL "deny export to lv name no;", ALL, "deny by no"},
        {ALL "deny export to lv name b;", ALL "deny export to lv name a;",
         "deny by b"},
        {ALL "deny export to lv name no;", "", "deny by no"},
        {"", ALL "deny export to lv name no;", "deny by pending:no"},
        {WIDE, ALL, "allow { KEEP, TECH } by all"},
        {WIDE "redact export to any name cut classes { VICTIM };",
         WIDE "redact export to any name cut classes { FREE };",
         "allow { KEEP, TECH } by all"},
        {"allow export to any name t with { TECH };",
         "allow export to any name v with { VICTIM };", "allow { KEEP } by t"},
        {ALL HOLD("h", "2"), ALL, "hold { KEEP, TECH } by h"},
        {ALL, ALL HOLD("h", "2"), "hold { KEEP, TECH } by pending:h"},
        {ALL HOLD("z", "2"), ALL HOLD("a", "2"), "hold { KEEP, TECH } by z"},
        {ALL HOLD("h", "2"), "", "deny by pending:default"},
        {ALL "delay export to any name l by 1h;",
         ALL "delay export to any name l by 2h;",
         "delay { KEEP, TECH } by pending:l until 2027-01-01T02:00:00.000Z"},
        {ALL "delay export to any name l by 2h;",
         ALL "delay export to any name l by 1h;",
         "delay { KEEP, TECH } by l until 2027-01-01T02:00:00.000Z"},
        {ALL, ALL "delay export to any name l by 1h;",
         "delay { KEEP, TECH } by pending:l until 2027-01-01T01:00:00.000Z"},
        {ALL "delay export to any name l by 1h;", ALL,
         "delay { KEEP, TECH } by l until 2027-01-01T01:00:00.000Z"},
        {ALL "delay export to any name l by 1h;", ALL HOLD("h", "1"),
         "hold { KEEP, TECH } by pending:h"},
    };
    struct kit_alert kit;
    kit_alert_init(&kit, "ee");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tcn_policy *policy = narrowed(rows[i].runs, rows[i].waits);
        const char *got =
            kit_verdict(policy, tcn_policy_export(policy, &kit.facts, LV));
        if (strcmp(got, rows[i].expect) != 0) {
            fail_msg("row %zu: %s, not %s", i, got, rows[i].expect);
        }
        tcn_policy_free(policy);
    }
}

/* An agreement that only one of them has is not in force. */
static void the_floor_of_both_holds(void **state)
{
    (void)state;
    static const char pact[] =
        ALL "agreement \"p\" version 1 { parties { ee, fi, lv }; "
            "from 2026-01-01; until 2028-01-01; max tlp GREEN; onward any; }";
    struct kit_alert kit;
    kit_alert_init(&kit, "fi");
    struct tcn_policy *policy = kit_load(pact);
    kit.alert.header.agreement =
        tcn_view_str(tcn_policy_agreement_ref(policy, 0));
    assert_int_equal(tcn_policy_export(policy, &kit.facts, LV).outcome,
                     TCN_ALLOW);
    assert_int_equal(tcn_policy_narrow(policy, kit_load(ALL)), TCN_ERR_OK);
    assert_int_equal(tcn_policy_export(policy, &kit.facts, LV).floor,
                     TCN_FLOOR_AGREEMENT);
    tcn_policy_free(policy);
}

static void import_show_and_originate(void **state)
{
    (void)state;
    struct kit_alert kit;
    kit_alert_init(&kit, "ee");
    struct tcn_policy *policy =
        narrowed("accept import from any name in; show observers any name s;",
                 "accept import from lt name in;"
                 "quarantine import from any name odd;"
                 "require originate name r that severity > info;");
    static const char *const expect[] = {
        "reject by pending:default", "quarantine by pending:odd",
        "deny by pending:default", "deny by pending:r"};
    struct tcn_verdict verdicts[] = {tcn_policy_import(policy, &kit.facts, LV),
                                     tcn_policy_import(policy, &kit.facts, LT),
                                     tcn_policy_show(policy, &kit.facts, SOC),
                                     tcn_policy_originate(policy, &kit.facts)};
    for (size_t i = 0; i < COUNT(expect); i++) {
        assert_string_equal(kit_verdict(policy, verdicts[i]), expect[i]);
    }
    tcn_policy_free(policy);
}

/* ---- people ---- */

/* A hold of both that asks the same people is one question; with other terms it
 * is two, under two names. */
static void holds_of_both_are_asked(void **state)
{
    (void)state;
    struct kit_alert kit;
    kit_alert_init(&kit, "ee");
    struct tcn_policy *policy =
        narrowed(ALL HOLD("same", "2") HOLD("terms", "1"),
                 ALL HOLD("same", "2") HOLD("terms", "2") HOLD("more", "1"));
    static const char *const names[] = {"same", "terms", "more",
                                        "pending:terms"};
    assert_int_equal(tcn_policy_hold_count(policy), COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_string_equal(tcn_policy_hold(policy, i).name, names[i]);
    }
    assert_int_equal(tcn_policy_hold(policy, 3).approvals, 2);
    struct tcn_verdict verdict = tcn_policy_export(policy, &kit.facts, LV);
    assert_int_equal(verdict.holds, 0xf);

    struct tcn_release release = {
        .peer = LV, .asked = TCN_CLASS_ALL, .form = TCN_CLASS_ALL};
    kit.facts.releases = &release;
    kit.facts.release_count = 1;
    for (uint64_t holds = 0; holds <= 0xf; holds++) {
        release.holds = holds;
        verdict = tcn_policy_export(policy, &kit.facts, LV);
        assert_int_equal(verdict.outcome, holds == 0xf ? TCN_ALLOW : TCN_HOLD);
    }
    tcn_policy_free(policy);
}

static void holds_with_other_terms_are_others(void **state)
{
    (void)state;
#define TERMS(people, role, time)                                              \
    ALL "hold export to any name h approve " people " of role " role           \
        " within " time ";"
    static const struct {
        const char *waits;
        size_t holds;
    } rows[] = {{TERMS("1", "releaser", "4h"), 1},
                {TERMS("2", "releaser", "4h"), 2},
                {TERMS("1", "lawyer", "4h"), 2},
                {TERMS("1", "releaser", "5h"), 2},
                {TERMS("1", "releaser", "4h") HOLD("i", "1"), 2}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tcn_policy *policy =
            narrowed(TERMS("1", "releaser", "4h"), rows[i].waits);
        assert_int_equal(tcn_policy_hold_count(policy), rows[i].holds);
        tcn_policy_free(policy);
    }
}

static void rules_of_both_have_names(void **state)
{
    (void)state;
    struct tcn_policy *policy = narrowed(ALL, WIDE HOLD("h", "1"));
    static const char *const names[] = {"all", "pending:all", "pending:h",
                                        "pending:default", "default"};
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_string_equal(tcn_policy_rule_name(policy, (uint16_t)i),
                            names[i]);
    }
    assert_int_equal(tcn_policy_rule_total(policy), 3);
    assert_string_equal(tcn_policy_rule(policy, 2).verb, "hold");
    assert_string_equal(tcn_policy_rule(policy, 0).verb, "allow");
    tcn_policy_widen(policy);
    assert_int_equal(tcn_policy_rule_total(policy), 1);
    assert_string_equal(tcn_policy_rule_name(policy, 1), "default");
    tcn_policy_free(policy);
}

static void more_holds_than_a_verdict_can_name_are_refused(void **state)
{
    (void)state;
    static char texts[2][16384];
    for (int t = 0; t < 2; t++) {
        struct tcn_buf out = tcn_buf(texts[t], sizeof texts[t]);
        tcn_buf_put_str(&out, ALL);
        for (int i = 0; i < 33; i++) {
            tcn_buf_printf(&out,
                           "hold export to any name %c%d approve 1 of role "
                           "releaser within 1h;",
                           'a' + t, i);
        }
        (void)tcn_buf_text(&out);
    }
    struct tcn_policy *policy = kit_load(texts[0]);
    struct tcn_policy *other = kit_load(texts[1]);
    struct tcn_id before = *tcn_policy_hash(policy);
    assert_int_equal(tcn_policy_narrow(policy, other), TCN_ERR_CAPACITY);
    assert_null(tcn_policy_pending(policy));
    assert_int_equal(tcn_policy_hold_count(policy), 33);
    assert_memory_equal(&before, tcn_policy_hash(policy), 32);
    tcn_policy_free(other);
    tcn_policy_free(policy);
}

/* ---- what else they are together ---- */

static void it_is_another_policy(void **state)
{
    (void)state;
    struct tcn_policy *alone = kit_load(ALL);
    struct tcn_policy *policy = narrowed(ALL, WIDE);
    assert_memory_not_equal(tcn_policy_hash(alone), tcn_policy_hash(policy),
                            32);
    assert_memory_not_equal(tcn_policy_hash(policy),
                            tcn_policy_hash(tcn_policy_pending(policy)), 32);
    assert_null(tcn_policy_pending(alone));
    tcn_policy_free(alone);
    tcn_policy_free(policy);
}

/* What is wiped cannot come back with the policy before. */
static void values_are_kept_as_long_as_either_says(void **state)
{
    (void)state;
    static const struct {
        const char *runs, *waits;
        unsigned days;
    } rows[] = {
        {"retain PERSONAL 90d;", "retain PERSONAL 30d;", 90},
        {"retain PERSONAL 30d;", "retain PERSONAL 90d;", 90},
        {"retain PERSONAL 30d;", "", 0},
        {"", "retain PERSONAL 30d;", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tcn_policy *policy = narrowed(rows[i].runs, rows[i].waits);
        assert_int_equal(
            tcn_policy_retain_ms(policy, TCN_CLASS_PERSONAL, tcn_view(NULL, 0)),
            rows[i].days * TCN_DAY_MS);
        tcn_policy_free(policy);
    }
}

static void why_tells_of_both(void **state)
{
    (void)state;
    struct kit_alert kit;
    static char told[16384];
    struct tcn_buf out = tcn_buf(told, sizeof told);
    kit_alert_init(&kit, "ee");
    struct tcn_policy *policy = narrowed(ALL, ALL "deny export to lv name no;");
    (void)tcn_policy_explain(policy, TCN_HOOK_EXPORT, &kit.facts, LV, &out);
    (void)tcn_buf_text(&out);
    const char *pending = strstr(told, "waits to be confirmed");
    assert_non_null(pending);
    assert_non_null(strstr(pending, "  * no "));
    assert_null(strstr(told, "  * all"));
    assert_non_null(strstr(pending, "verdict: deny by pending:no\n"));
    tcn_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_must_allow),
        cmocka_unit_test(the_floor_of_both_holds),
        cmocka_unit_test(import_show_and_originate),
        cmocka_unit_test(holds_of_both_are_asked),
        cmocka_unit_test(holds_with_other_terms_are_others),
        cmocka_unit_test(rules_of_both_have_names),
        cmocka_unit_test(more_holds_than_a_verdict_can_name_are_refused),
        cmocka_unit_test(it_is_another_policy),
        cmocka_unit_test(values_are_kept_as_long_as_either_says),
        cmocka_unit_test(why_tells_of_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
