/* What follows from decisions that wait for people or time. */
#include "policy_kit.h"

#include "policy/waits.h"

#define KEEP 0x01u
#define TECH 0x02u

static void what_a_decision_leads_to(void **state)
{
    (void)state;
    static const struct {
        enum tcn_hook hook;
        enum tcn_outcome outcome;
        uint64_t holds;
        enum tcn_wait expected;
    } rows[] = {
        {TCN_HOOK_EXPORT, TCN_HOLD, 1, TCN_WAIT_PEOPLE},
        {TCN_HOOK_EXPORT, TCN_HOLD, 0, TCN_WAIT_SAME}, /* in quarantine */
        {TCN_HOOK_EXPORT, TCN_DELAY, 0, TCN_WAIT_TIME},
        {TCN_HOOK_EXPORT, TCN_ALLOW, 0, TCN_WAIT_OVER},
        {TCN_HOOK_EXPORT, TCN_DENY, 0, TCN_WAIT_OVER},
        {TCN_HOOK_IMPORT, TCN_HOLD, 0, TCN_WAIT_LOOK},
        {TCN_HOOK_IMPORT, TCN_ALLOW, 0, TCN_WAIT_SAME},
        {TCN_HOOK_IMPORT, TCN_DENY, 0, TCN_WAIT_SAME},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct tcn_verdict verdict = {.outcome = (uint8_t)rows[i].outcome,
                                            .holds = rows[i].holds};
        assert_int_equal(tcn_wait_of(rows[i].hook, &verdict), rows[i].expected);
    }
}

static void rules_are_kept_by_name(void **state)
{
    (void)state;
    struct tcn_policy *policy = kit_load(
        "allow export to any name all;"
        "hold export to any name b approve 1 of role duty within 4h;"
        "hold export to any name a approve 1 of role duty within 1h;"
        "hold export to any name ab approve 1 of role duty within 2h;");
    char text[40];
    uint64_t within;
    struct tcn_buf names = tcn_buf(text, sizeof text);
    tcn_hold_names(policy, 5, &names, &within);
    assert_string_equal(text, "a b"); /* by number, which is by name */
    assert_int_equal(within, TCN_HOUR_MS);
    assert_int_equal(tcn_hold_bits(policy, "a b"), 5);
    assert_int_equal(tcn_hold_bits(policy, "ab gone"), 2);
    assert_int_equal(tcn_hold_bits(policy, ""), 0);
    names.len = 0;
    tcn_hold_names(policy, 0, &names, &within);
    assert_string_equal(text, "");
    assert_true(within == UINT64_MAX);
    tcn_policy_free(policy);
    assert_true(tcn_hold_has("xab ab", "ab"));
    assert_false(tcn_hold_has("xab abx", "ab"));
}

static void question_stands_or_is_another_one(void **state)
{
    (void)state;
    static const struct {
        struct tcn_question held, now; /* holds, state, asked, form */
        enum tcn_hold_again expected;
    } rows[] = {
        {{1, TCN_HOLD_WAITING, KEEP, 0}, {1, 0, KEEP, 0}, TCN_HOLD_STANDS},
        {{1, TCN_HOLD_WAITING, KEEP, 0}, {3, 0, KEEP, 0}, TCN_HOLD_ASKS_ANEW},
        {{3, TCN_HOLD_WAITING, KEEP, 0}, {1, 0, KEEP, 0}, TCN_HOLD_ASKS_ANEW},
        {{1, TCN_HOLD_WAITING, KEEP, 0}, {1, 0, TECH, 0}, TCN_HOLD_ASKS_ANEW},
        {{3, TCN_HOLD_RELEASED, KEEP | TECH, 0},
         {1, 0, KEEP, 0},
         TCN_HOLD_GOES},
        {{1, TCN_HOLD_RELEASED, KEEP, 0}, {3, 0, KEEP, 0}, TCN_HOLD_ASKS_ANEW},
        {{1, TCN_HOLD_RELEASED, KEEP, 0},
         {1, 0, KEEP | TECH, 0},
         TCN_HOLD_ASKS_ANEW},
        {{1, TCN_HOLD_REFUSED, KEEP, 0}, {2, 0, TECH, 0}, TCN_HOLD_STANDS},
        {{1, TCN_HOLD_EXPIRED, KEEP, 0}, {2, 0, TECH, 0}, TCN_HOLD_STANDS},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(tcn_hold_again(&rows[i].held, &rows[i].now),
                         rows[i].expected);
    }
}

static void core_is_told_what_people_said(void **state)
{
    (void)state;
    struct tcn_release told;
    struct tcn_question held = {3, TCN_HOLD_WAITING, KEEP | TECH, KEEP};
    assert_false(tcn_hold_told(&held, LT, &told));
    held.state = TCN_HOLD_RELEASED;
    assert_true(tcn_hold_told(&held, LT, &told));
    assert_int_equal(told.peer, LT);
    assert_int_equal(told.asked, KEEP | TECH);
    assert_int_equal(told.form, KEEP);
    assert_int_equal(told.holds, 3);
    assert_false(told.refused);
    for (held.state = TCN_HOLD_REFUSED; held.state < TCN_HOLD_STATES;
         held.state++) {
        assert_true(tcn_hold_told(&held, LT, &told));
        assert_true(told.refused);
        assert_int_equal(told.holds, 0);
    }
}

static void delays_are_asked_about_once(void **state)
{
    (void)state;
    struct tcn_overdue over = tcn_delays_over(0, 1000); /* after a start */
    assert_int_equal(over.after_ms, 0);
    assert_int_equal(over.until_ms, 999);
    over = tcn_delays_over(999, 1500);
    assert_int_equal(over.after_ms, 999);
    assert_int_equal(over.until_ms, 1499);
    over = tcn_delays_over(1499, 1200); /* the clock was set back */
    assert_int_equal(over.after_ms, 0);
    assert_int_equal(over.until_ms, 1199);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_decision_leads_to),
        cmocka_unit_test(rules_are_kept_by_name),
        cmocka_unit_test(question_stands_or_is_another_one),
        cmocka_unit_test(core_is_told_what_people_said),
        cmocka_unit_test(delays_are_asked_about_once),
    };
    return cmocka_run_group_tests_name("policy waits", tests, NULL, NULL);
}
