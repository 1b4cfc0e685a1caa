/* Two evaluators that share no code agree on random (alert, policy, peer); and
 * what must be true of any policy is true of random ones. */
#include "policy/random.h"

/* policies x alerts x (5 peers x 2 hooks + 2 observers + 1) > 10^6 */
#define POLICIES 4000
#define ALERTS   20

static struct r_policy tree;
static char text[65536];

static const char *print(void)
{
    struct tcn_buf out = tcn_buf(text, sizeof text);
    print_policy(&out, &tree);
    return tcn_buf_text(&out);
}

static const char *rule_of(const struct tcn_policy *policy,
                           const struct tcn_verdict *verdict)
{
    static char word[48];
    if (verdict->floor == TCN_FLOOR_NONE) {
        return tcn_policy_rule_name(policy, verdict->rule);
    }
    (void)snprintf(word, sizeof word, "floor:%s",
                   tcn_floor_word((enum tcn_floor)verdict->floor));
    return word;
}

static void compare(const struct tcn_policy *policy, const char *what,
                    struct tcn_verdict real, struct n_verdict naive)
{
    if (strcmp(word_of(&real), naive.outcome) != 0 ||
        strcmp(rule_of(policy, &real), naive.rule) != 0 ||
        real.form != naive.form) {
        fail_msg("%s: %s %u by %s against %s %u by %s\n%s", what,
                 word_of(&real), real.form, rule_of(policy, &real),
                 naive.outcome, naive.form, naive.rule, print());
    }
}

static unsigned long compare_all(const struct tcn_policy *policy,
                                 const struct kit_alert *kit, const char *ref)
{
    const struct tcn_facts *facts = &kit->facts;
    struct tcn_verdict all[TCN_PEERS_MAX];
    tcn_policy_export_all(policy, facts, all);
    for (unsigned i = 0; i < PEER_COUNT; i++) {
        struct tcn_verdict one = tcn_policy_export(policy, facts, i);
        assert_true(kit_same(&one, &all[i]));
        compare(policy, "export", one, naive_export(&tree, facts, i, ref));
        compare(policy, "import", tcn_policy_import(policy, facts, i),
                naive_import(&tree, facts, i));
    }
    for (unsigned i = 0; i < OBSERVER_COUNT; i++) {
        compare(policy, "show", tcn_policy_show(policy, facts, i),
                naive_show(&tree, facts, i));
    }
    compare(policy, "originate", tcn_policy_originate(policy, facts),
            naive_originate(&tree, facts));
    return 2 * PEER_COUNT + OBSERVER_COUNT + 1;
}

static void both_evaluators_agree(void **state)
{
    (void)state;
    struct rng rng = {.state = 4};
    const char *wanted = getenv("TOCSIN_POLICIES");
    unsigned long policies =
        wanted == NULL ? POLICIES : strtoul(wanted, NULL, 10);
    unsigned long triples = 0, outcomes[4] = {0};
    struct kit_alert kit;
    for (unsigned long i = 0; i < policies; i++) {
        random_policy(&tree, &rng, R_WHOLE, 1 + (int)rng_below(&rng, 12));
        struct tcn_policy *policy = kit_load(print());
        const char *ref = tcn_policy_agreement_ref(policy, 0);
        for (int j = 0; j < ALERTS; j++) {
            random_alert(&kit, &rng, ref);
            triples += compare_all(policy, &kit, ref);
            outcomes[tcn_policy_export(policy, &kit.facts, LV).outcome]++;
        }
        tcn_policy_free(policy);
    }
    print_message("%lu triples; export to lv: %lu denied, %lu held, %lu "
                  "allowed, %lu delayed\n",
                  triples, outcomes[TCN_DENY], outcomes[TCN_HOLD],
                  outcomes[TCN_ALLOW], outcomes[TCN_DELAY]);
    for (int i = 0; i < 4; i++) {
        assert_true(outcomes[i] > policies / 8);
    }
}

/* ---- properties ---- */

/* Whether `after` lets through what `before` did not. */
static bool wider(const struct tcn_verdict *before,
                  const struct tcn_verdict *after)
{
    static const int rank[] = {
        [TCN_DENY] = 0, [TCN_HOLD] = 1, [TCN_DELAY] = 2, [TCN_ALLOW] = 3};
    return rank[after->outcome] > rank[before->outcome] ||
           (after->form & ~before->form) != 0;
}

static bool never_widens(const char *verb)
{
    return strcmp(verb, "allow") != 0 && strcmp(verb, "show") != 0 &&
           strcmp(verb, "accept") != 0;
}

static void take_away(struct r_policy *policy, int at)
{
    policy->rule_count--;
    policy->rules[at] = policy->rules[policy->rule_count];
}

/* With a rule more that only takes away, and with one less that opens: nothing
 * goes that did not go before. People's words about holds stay out of it: they
 * count hold rules by number, and those numbers belong to one policy. */
static void compare_narrower(const char *before, const char *after,
                             struct rng *rng)
{
    struct tcn_policy *a = kit_load(before);
    struct tcn_policy *b = kit_load(after);
    struct kit_alert kit;
    for (int i = 0; i < 30; i++) {
        random_alert(&kit, rng, tcn_policy_agreement_ref(a, 0));
        kit.facts.release_count = 0;
        for (unsigned peer = 0; peer < PEER_COUNT; peer++) {
            struct tcn_verdict x = tcn_policy_export(a, &kit.facts, peer);
            struct tcn_verdict y = tcn_policy_export(b, &kit.facts, peer);
            struct tcn_verdict v = tcn_policy_import(a, &kit.facts, peer);
            struct tcn_verdict w = tcn_policy_import(b, &kit.facts, peer);
            if (wider(&x, &y) || wider(&v, &w)) {
                fail_msg("wider to %u:\n%s\n---\n%s", peer, before, after);
            }
        }
    }
    tcn_policy_free(a);
    tcn_policy_free(b);
}

static void a_rule_more_that_takes_away_never_widens(void **state)
{
    (void)state;
    static char before[65536];
    struct rng rng = {.state = 5};
    for (int i = 0; i < 1500; i++) {
        random_policy(&tree, &rng, R_WHOLE, 1 + (int)rng_below(&rng, 8));
        (void)snprintf(before, sizeof before, "%s", print());
        do {
            tree.rule_count -= tree.rule_count > 8;
            random_rule(&tree, &rng, R_WHOLE);
        } while (!never_widens(tree.rules[tree.rule_count - 1].verb) &&
                 tree.rule_count-- > 0 && tree.condition_count < 64);
        if (never_widens(tree.rules[tree.rule_count - 1].verb)) {
            compare_narrower(before, print(), &rng);
        }
    }
}

static void a_rule_less_that_opens_never_widens(void **state)
{
    (void)state;
    static char before[65536];
    struct rng rng = {.state = 6};
    for (int i = 0; i < 1500; i++) {
        random_policy(&tree, &rng, R_WHOLE, 2 + (int)rng_below(&rng, 8));
        (void)snprintf(before, sizeof before, "%s", print());
        for (int at = 0; at < tree.rule_count; at++) {
            if (!never_widens(tree.rules[at].verb)) {
                take_away(&tree, at);
                compare_narrower(before, print(), &rng);
                break;
            }
        }
    }
}

static void order_never_matters(void **state)
{
    (void)state;
    struct rng rng = {.state = 7};
    struct kit_alert kit;
    for (int i = 0; i < 1000; i++) {
        random_policy(&tree, &rng, R_WHOLE, 6);
        struct tcn_policy *a = kit_load(print());
        for (int j = 0; j < 6; j++) {
            int at = (int)rng_below(&rng, 6);
            struct r_rule rule = tree.rules[at];
            tree.rules[at] = tree.rules[j];
            tree.rules[j] = rule;
        }
        struct tcn_policy *b = kit_load(print());
        assert_memory_equal(tcn_policy_hash(a), tcn_policy_hash(b), 32);
        for (int j = 0; j < 20; j++) {
            random_alert(&kit, &rng, tcn_policy_agreement_ref(a, 0));
            struct tcn_verdict x[TCN_PEERS_MAX], y[TCN_PEERS_MAX];
            tcn_policy_export_all(a, &kit.facts, x);
            tcn_policy_export_all(b, &kit.facts, y);
            for (unsigned peer = 0; peer < PEER_COUNT; peer++) {
                assert_true(kit_same(&x[peer], &y[peer]));
            }
        }
        tcn_policy_free(a);
        tcn_policy_free(b);
    }
}

/* What no rule may loosen, with a policy that opens everything. */
static void the_floor_dominates(void **state)
{
    (void)state;
    struct rng rng = {.state = 8};
    struct kit_alert kit;
    tree.rule_count = 0;
    tree.condition_count = 0;
    struct tcn_policy *open = kit_load(
        R_PACT "group east = { lv, lt, no };"
               "allow export to any name all with { TECH, SOURCE, VICTIM, "
               "PERSONAL, ACTOR, FREE };");
    const char *ref = tcn_policy_agreement_ref(open, 0);
    unsigned long floored = 0;
    for (int i = 0; i < 50000; i++) {
        random_alert(&kit, &rng, ref);
        kit.facts.release_count = 0; /* nor anybody refuse */
        for (unsigned peer = 0; peer < PEER_COUNT; peer++) {
            struct tcn_verdict real = tcn_policy_export(open, &kit.facts, peer);
            struct n_verdict naive = naive_export(&tree, &kit.facts, peer, ref);
            bool by_floor = strncmp(naive.rule, "floor:", 6) == 0;
            assert_int_equal(real.outcome, by_floor ? TCN_DENY : TCN_ALLOW);
            floored += by_floor;
        }
    }
    assert_true(floored > 10000 && floored < 240000);
    tcn_policy_free(open);
}

/* The explanation ends with the very verdict that the choke point gives, and
 * marks the rule that decided. */
static void why_says_what_happened(void **state)
{
    (void)state;
    struct rng rng = {.state = 9};
    struct kit_alert kit;
    static char told[65536];
    for (int i = 0; i < 1500; i++) {
        random_policy(&tree, &rng, R_WHOLE, 6);
        struct tcn_policy *policy = kit_load(print());
        random_alert(&kit, &rng, tcn_policy_agreement_ref(policy, 0));
        for (unsigned peer = 0; peer < PEER_COUNT; peer++) {
            struct tcn_buf out = tcn_buf(told, sizeof told);
            struct tcn_verdict real =
                tcn_policy_export(policy, &kit.facts, peer);
            struct tcn_verdict why = tcn_policy_explain(policy, TCN_HOOK_EXPORT,
                                                        &kit.facts, peer, &out);
            (void)tcn_buf_text(&out);
            char line[300], mark[64];
            (void)snprintf(line, sizeof line, "verdict: %s\n",
                           kit_verdict(policy, real));
            (void)snprintf(mark, sizeof mark, "  * %s ",
                           tcn_policy_rule_name(policy, real.rule));
            assert_true(kit_same(&real, &why));
            assert_non_null(strstr(told, line));
            bool by_rule = real.rule != TCN_RULE_DEFAULT;
            assert_true((strstr(told, "  * r") != NULL) == by_rule);
            assert_true(!by_rule || strstr(told, mark) != NULL);
        }
        tcn_policy_free(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_evaluators_agree),
        cmocka_unit_test(a_rule_more_that_takes_away_never_widens),
        cmocka_unit_test(a_rule_less_that_opens_never_widens),
        cmocka_unit_test(order_never_matters),
        cmocka_unit_test(the_floor_dominates),
        cmocka_unit_test(why_says_what_happened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
