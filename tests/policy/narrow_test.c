/* Two policies at once: nothing goes that either of them would not let go, and
 * no class that either of them cuts. The second evaluator is asked about each
 * by itself; what both come to together is worked out here. */
#include "policy/random.h"

#include "policy/narrow.h"

#define PAIRS  3000
#define ALERTS 20

static struct r_policy first, second;
static char first_text[65536], second_text[65536];

static struct tcn_policy *load(struct r_policy *tree, char *text,
                               struct rng *rng)
{
    struct tcn_buf out = tcn_buf(text, sizeof first_text);
    random_policy(tree, rng, R_WHOLE, 1 + (int)rng_below(rng, 12));
    print_policy(&out, tree);
    return kit_load(tcn_buf_text(&out));
}

static int rank(const char *outcome)
{
    static const char *const words[] = {"deny", "hold", "delay", "allow"};
    int at = 0;
    while (strcmp(words[at], outcome) != 0) {
        at++;
    }
    return at;
}

/* The lesser of both, with what both open. */
static void compare(const char *what, const struct tcn_verdict *real,
                    const struct n_verdict *a, const struct n_verdict *b)
{
    const char *least =
        rank(a->outcome) < rank(b->outcome) ? a->outcome : b->outcome;
    uint8_t form = real->outcome == TCN_DENY ? 0 : a->form & b->form;
    if (strcmp(word_of(real), least) != 0 || real->form != form) {
        fail_msg("%s: %s %u, but one says %s %u and the other %s %u\n%s---\n%s",
                 what, word_of(real), real->form, a->outcome, a->form,
                 b->outcome, b->form, first_text, second_text);
    }
}

/* An agreement has the same text in both, so one reference. */
static void compare_all(const struct tcn_policy *both,
                        const struct tcn_facts *facts, const char *ref)
{
    struct tcn_verdict all[TCN_PEERS_MAX];
    tcn_policy_export_all(both, facts, all);
    for (unsigned i = 0; i < PEER_COUNT; i++) {
        struct n_verdict a = naive_export(&first, facts, i, ref);
        struct n_verdict b = naive_export(&second, facts, i, ref);
        struct tcn_verdict one = tcn_policy_export(both, facts, i);
        assert_true(kit_same(&one, &all[i]));
        compare("export", &one, &a, &b);
        a = naive_import(&first, facts, i);
        b = naive_import(&second, facts, i);
        one = tcn_policy_import(both, facts, i);
        compare("import", &one, &a, &b);
    }
    for (unsigned i = 0; i < OBSERVER_COUNT; i++) {
        struct n_verdict a = naive_show(&first, facts, i);
        struct n_verdict b = naive_show(&second, facts, i);
        struct tcn_verdict one = tcn_policy_show(both, facts, i);
        compare("show", &one, &a, &b);
    }
    struct n_verdict a = naive_originate(&first, facts);
    struct n_verdict b = naive_originate(&second, facts);
    struct tcn_verdict one = tcn_policy_originate(both, facts);
    compare("originate", &one, &a, &b);
}

static void nothing_goes_that_either_denies(void **state)
{
    (void)state;
    struct rng rng = {.state = 11};
    struct kit_alert kit;
    unsigned long outcomes[4] = {0};
    for (int i = 0; i < PAIRS; i++) {
        struct tcn_policy *policy = load(&first, first_text, &rng);
        struct tcn_policy *other = load(&second, second_text, &rng);
        const char *ref = tcn_policy_agreement_ref(policy, 0);
        assert_string_equal(ref, tcn_policy_agreement_ref(other, 0));
        assert_int_equal(tcn_policy_narrow(policy, other), TCN_ERR_OK);
        for (int j = 0; j < ALERTS; j++) {
            random_alert(&kit, &rng, ref);
            kit.facts.release_count = 0; /* they count holds by number */
            compare_all(policy, &kit.facts, ref);
            outcomes[tcn_policy_export(policy, &kit.facts, LV).outcome]++;
        }
        tcn_policy_free(policy);
    }
    print_message("export to lv: %lu denied, %lu held, %lu allowed, %lu "
                  "delayed\n",
                  outcomes[TCN_DENY], outcomes[TCN_HOLD], outcomes[TCN_ALLOW],
                  outcomes[TCN_DELAY]);
    for (int i = 0; i < 4; i++) {
        assert_true(outcomes[i] > PAIRS / 40);
    }
}

/* With random words of people about the holds of both together: what goes is
 * still allowed by each policy, to whoever looks at its own holds only. */
static void releases_never_open_what_either_denies(void **state)
{
    (void)state;
    struct rng rng = {.state = 12};
    struct kit_alert kit;
    unsigned long went = 0;
    for (int i = 0; i < PAIRS; i++) {
        struct tcn_policy *policy = load(&first, first_text, &rng);
        struct tcn_policy *other = load(&second, second_text, &rng);
        const char *ref = tcn_policy_agreement_ref(policy, 0);
        assert_int_equal(tcn_policy_narrow(policy, other), TCN_ERR_OK);
        for (int j = 0; j < ALERTS; j++) {
            random_alert(&kit, &rng, ref);
            for (unsigned peer = 0; peer < PEER_COUNT; peer++) {
                struct tcn_verdict real =
                    tcn_policy_export(policy, &kit.facts, peer);
                struct tcn_facts facts = kit.facts;
                facts.release_count = 0;
                struct n_verdict a = naive_export(&first, &facts, peer, ref);
                struct n_verdict b = naive_export(&second, &facts, peer, ref);
                bool goes = real.outcome == TCN_ALLOW;
                assert_false(goes && rank(a.outcome) == 0);
                assert_false(goes && rank(b.outcome) == 0);
                assert_int_equal(real.form & ~(a.form & b.form), 0);
                went += goes && (rank(a.outcome) == 1 || rank(b.outcome) == 1);
            }
        }
        tcn_policy_free(policy);
    }
    assert_true(went > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_goes_that_either_denies),
        cmocka_unit_test(releases_never_open_what_either_denies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
