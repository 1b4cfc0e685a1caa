/* The prover against every alert there is, one after the other: small random
 * policies over few facts, each with a random assertion. */
#include "policy/check.h"
#include "policy/random.h"

#define POLICIES   10000
#define ALERTS_MAX 3000 /* for one peer */

static struct r_policy tree;
static const char *ref; /* of the pact */
static unsigned long enumerated;
static char text[65536];

/* ---- all alerts, as far as these facts tell them apart ---- */

/* What the policy and the assertion ask about; the rest stays as it is. */
struct dimensions {
    bool severity, tlp, sector, origin, source, audience, onward, fields,
        requested;
};

static void mark(struct dimensions *asked, const struct r_condition *c)
{
    if (c == NULL) {
        return;
    }
    if (c->op == R_HAS || c->op == R_CLASS) {
        asked->fields = true;
    }
    if (c->op == R_TEST) {
        asked->severity |= strcmp(c->fact, "severity") == 0;
        asked->tlp |= strcmp(c->fact, "tlp") == 0;
        asked->sector |= strcmp(c->fact, "sector") == 0;
        asked->origin |= strcmp(c->fact, "origin") == 0;
        asked->source |= strcmp(c->fact, "source") == 0;
        asked->audience |= strcmp(c->fact, "audience") == 0;
        asked->onward |= strcmp(c->fact, "onward") == 0;
        asked->requested |= strcmp(c->fact, "requested") == 0;
    }
    mark(asked, c->left);
    mark(asked, c->right);
}

/* One way of having fields: classes and `victim` known, unknown or not there.
 */
static void make_fields(struct kit_alert *kit, unsigned way)
{
    bool tech_withheld = way == 4 || way == 5;
    kit_alert_field(kit, "indicator", TCN_CLASS_TECH, tech_withheld);
    switch (way) {
    case 1:
    case 2:
    case 5:
        kit_alert_field(kit, way == 1 ? "victim" : "other", TCN_CLASS_VICTIM,
                        false);
        break;
    case 3: kit_alert_field(kit, "victim", TCN_CLASS_VICTIM, true); break;
    case 6: kit_alert_field(kit, "victim", TCN_CLASS_FREE, false); break;
    default: break;
    }
}

static void make_alert(struct kit_alert *kit, const unsigned at[9],
                       unsigned peer)
{
    static const char *const origins[] = {"ee", "lv", "fi"};
    static const char *const sectors[] = {"energy", "ex", "health"};
    kit_alert_init(kit, origins[at[3]]);
    struct tcn_header *header = &kit->alert.header;
    struct tcn_label *label = &header->label;
    header->severity = (uint8_t)at[0];
    label->tlp = (uint8_t)at[1];
    for (unsigned i = 0; i < 3; i++) {
        if ((at[2] >> i & 1) != 0) {
            header->sectors[header->sector_count++] = tcn_view_str(sectors[i]);
        }
    }
    static const uint64_t sources[] = {1u << LV, 1u << FI, 1u << US};
    for (unsigned i = 0; i < 3; i++) {
        kit->facts.sources |= (at[4] >> i & 1) != 0 ? sources[i] : 0;
    }
    const char *audience[] = {"lv", kit_parties[peer].name, "elsewhere"};
    for (unsigned i = 0; i < 3; i++) {
        if ((at[5] >> i & 1) != 0) {
            label->audience[label->audience_count++] =
                tcn_view_str(audience[i]);
        }
    }
    /* any, members under the pact, members, listed, none */
    static const uint8_t onwards[] = {3, 2, 2, 1, 0};
    label->onward = onwards[at[6]];
    header->agreement = tcn_view_str(at[6] == 1 ? ref : "");
    make_fields(kit, at[7]);
    kit->facts.requested = at[8] << peer;
}

struct claim {
    uint8_t classes; /* 0 = export */
    bool to[PEER_COUNT];
    const char *to_text;
    const struct r_condition *when, *unless;
};

static bool violates(const struct claim *claim, const struct kit_alert *kit,
                     unsigned peer)
{
    struct n_verdict verdict = naive_export(&tree, &kit->facts, peer, ref);
    return strcmp(verdict.outcome, "deny") != 0 &&
           (claim->classes == 0 ||
            (verdict.form & kit->alert.form & claim->classes) != 0) &&
           naive_claims(claim->when, claim->unless, &kit->facts, peer);
}

static bool step(unsigned at[9], const unsigned sizes[9])
{
    for (int i = 0; i < 9; i++) {
        if (++at[i] < sizes[i]) {
            return true;
        }
        at[i] = 0;
    }
    return false;
}

static void count_values(unsigned sizes[9], const struct dimensions *asked)
{
    const unsigned counts[9] = {
        asked->severity ? 5 : 1, asked->tlp ? 5 : 1,
        asked->sector ? 8 : 1,   asked->origin ? 3 : 1,
        asked->source ? 8 : 1,   asked->tlp || asked->audience ? 8 : 1,
        asked->onward ? 5 : 1,   7,
        asked->requested ? 2 : 1};
    memcpy(sizes, counts, sizeof counts);
}

static unsigned alert_count(const struct dimensions *asked)
{
    unsigned sizes[9], count = 1;
    count_values(sizes, asked);
    for (int i = 0; i < 9; i++) {
        count *= sizes[i];
    }
    return count;
}

static bool some_alert_violates(const struct claim *claim,
                                const struct dimensions *asked)
{
    unsigned sizes[9];
    count_values(sizes, asked);
    static struct kit_alert kit;
    for (unsigned peer = 0; peer < PEER_COUNT; peer++) {
        unsigned at[9] = {0};
        do {
            make_alert(&kit, at, peer);
            enumerated++;
            if (claim->to[peer] && violates(claim, &kit, peer)) {
                return true;
            }
        } while (claim->to[peer] && step(at, sizes));
    }
    return false;
}

/* ---- the prover ---- */

struct told {
    int falses, too_large;
    char example[4096];
};

static void take(void *ctx, const struct tcn_finding *finding)
{
    struct told *told = ctx;
    told->falses += finding->kind == TCN_FINDING_FALSE;
    told->too_large += finding->kind == TCN_FINDING_TOO_LARGE;
    (void)snprintf(told->example, sizeof told->example, "%s", finding->example);
}

/* The example, pasted into the policy as a test, passes. */
static void check_example(const char *example)
{
    static char with_test[70000];
    char copy[4096];
    (void)snprintf(copy, sizeof copy, "%s", example);
    char *rest = strstr(copy, " } export to ");
    assert_non_null(rest);
    char *until = strstr(rest, " until ");
    if (until != NULL) {
        *until = '\0';
    }
    rest[2] = '\0';
    (void)snprintf(with_test, sizeof with_test,
                   "%s\ntest \"found\" { %s expect %s; }\n", text, copy,
                   rest + 3);
    if (strstr(copy, "elsewhere") != NULL) {
        return; /* a member that no test can name */
    }
    struct tcn_policy *policy = kit_load(with_test);
    struct tcn_buf out = tcn_buf(kit_told, sizeof kit_told);
    size_t run;
    if (tcn_policy_run_tests(policy, &run, &out) != 0) {
        fail_msg("%s\n%s", with_test, tcn_buf_text(&out));
    }
    assert_int_equal(run, 1);
    tcn_policy_free(policy);
}

static void random_claim(struct claim *claim, struct rng *rng)
{
    static const char *const targets[] = {"any", "lv", "{ us, fi }"};
    static const bool to[][PEER_COUNT] = {
        {1, 1, 1, 1, 1}, {1, 0, 0, 0, 0}, {0, 0, 1, 1, 0}};
    uint32_t at = rng_below(rng, 3);
    *claim = (struct claim){.to_text = targets[at]};
    memcpy(claim->to, to[at], sizeof claim->to);
    if (rng_one_in(rng, 2)) {
        static const uint8_t classes[] = {2, 8, 10};
        claim->classes = classes[rng_below(rng, 3)];
    }
    if (!rng_one_in(rng, 5)) {
        claim->when = random_condition(&tree, rng, R_SMALL, true);
    }
    if (rng_one_in(rng, 3)) {
        claim->unless = random_condition(&tree, rng, R_SMALL, true);
    }
}

static void print(const struct claim *claim)
{
    static const char *const classes[] = {[0] = "export",
                                          [2] = "open TECH",
                                          [8] = "open VICTIM",
                                          [10] = "open { TECH, VICTIM }"};
    struct tcn_buf out = tcn_buf(text, sizeof text);
    print_policy(&out, &tree);
    tcn_buf_printf(&out, "assert never %s to %s", classes[claim->classes],
                   claim->to_text);
    if (claim->when != NULL) {
        tcn_buf_put_str(&out, " when ");
        print_condition(&out, claim->when);
    }
    if (claim->unless != NULL) {
        tcn_buf_put_str(&out, " unless ");
        print_condition(&out, claim->unless);
    }
    tcn_buf_put_str(&out, ";\n");
    (void)tcn_buf_text(&out);
}

static void mark_all(struct dimensions *asked, const struct claim *claim)
{
    for (int i = 0; i < tree.rule_count; i++) {
        mark(asked, tree.rules[i].when);
        mark(asked, tree.rules[i].unless);
    }
    mark(asked, claim->when);
    mark(asked, claim->unless);
}

static void the_prover_agrees_with_enumeration(void **state)
{
    (void)state;
    struct rng rng = {.state = 11};
    unsigned long hold = 0, checked = 0;
    while (checked < POLICIES) {
        struct claim claim;
        struct dimensions asked = {0};
        random_policy(&tree, &rng, R_SMALL, 1 + (int)rng_below(&rng, 4));
        random_claim(&claim, &rng);
        mark_all(&asked, &claim);
        if (alert_count(&asked) > ALERTS_MAX) {
            continue; /* too many to go through */
        }
        print(&claim);
        struct tcn_policy *policy = kit_load(text);
        struct told told = {0};
        ref = tcn_policy_agreement_ref(policy, 0);
        size_t proved =
            tcn_policy_prove(policy, (struct tcn_finding_taker){take, &told});
        bool violated = some_alert_violates(&claim, &asked);
        if (told.too_large != 0 || (proved == 1) == violated ||
            (told.falses == 1) != violated) {
            fail_msg("proved %zu, enumeration %s\n%s%s", proved,
                     violated ? "finds one" : "finds none", text, told.example);
        }
        if (violated) {
            check_example(told.example);
        }
        hold += !violated;
        checked++;
        tcn_policy_free(policy);
    }
    print_message("%lu policies, %lu assertions hold, %lu alerts enumerated\n",
                  checked, hold, enumerated);
    assert_true(hold > POLICIES / 10 && hold < POLICIES * 9 / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_prover_agrees_with_enumeration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
