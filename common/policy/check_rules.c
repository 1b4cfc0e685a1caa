/* Rules that never matter. Each question is put to the search at every peer
 * that the rule is about; a rule is only reported when there is no alert at any
 * of them. */
#include <string.h>

#include "policy/inquiry.h"

/* Adds to a goal that begins with the rule matching. */
typedef void (*narrow)(struct inquiry *inquiry, const struct rule *rule,
                       const void *ctx);

/* Whether there is such an alert at any target. */
static enum found anywhere(struct inquiry *inquiry, const struct rule *rule,
                           narrow add, const void *ctx)
{
    unsigned count = inquiry_targets(inquiry, (enum tcn_hook)rule->hook);
    enum found worst = FOUND_NONE;
    for (unsigned i = 0; i < count; i++) {
        if (!inquiry_begin_rule(inquiry, rule, i)) {
            continue;
        }
        add(inquiry, rule, ctx);
        enum found found = inquiry_solve(inquiry);
        if (found == FOUND_ONE) {
            return found;
        }
        worst = found == FOUND_TOO_LARGE ? found : worst;
    }
    return inquiry->too_large ? FOUND_TOO_LARGE : worst;
}

static void nothing_more(struct inquiry *inquiry, const struct rule *rule,
                         const void *ctx)
{
    (void)inquiry;
    (void)rule;
    (void)ctx;
}

static void with_floor(struct inquiry *inquiry, const struct rule *rule,
                       const void *ctx)
{
    (void)rule;
    (void)ctx;
    goal_add_floor(&inquiry->goal);
}

static enum verb closing_verb(const struct rule *rule)
{
    return rule->hook == TCN_HOOK_IMPORT ? VERB_REJECT : VERB_DENY;
}

static bool closes(const struct rule *rule)
{
    return rule->verb == VERB_DENY || rule->verb == VERB_REJECT ||
           rule->verb == VERB_REQUIRE;
}

/* Nothing else closes it. */
static void not_closed(struct inquiry *inquiry, const struct rule *rule,
                       const void *ctx)
{
    with_floor(inquiry, rule, ctx);
    inquiry_without(inquiry, closing_verb(rule), 0, rule);
}

static void not_closed_by(struct inquiry *inquiry, const struct rule *rule,
                          const void *ctx)
{
    with_floor(inquiry, rule, NULL);
    goal_add_rule(&inquiry->goal, ctx, false);
}

static void not_by(struct inquiry *inquiry, const struct rule *rule,
                   const void *ctx)
{
    (void)rule;
    goal_add_rule(&inquiry->goal, ctx, false);
}

static void tell(struct inquiry *inquiry, enum tcn_finding_kind kind,
                 const struct rule *rule, bool example)
{
    inquiry_tell(inquiry, kind, rule->span, example);
}

/* ---- never matches ---- */

static void without_unless(struct inquiry *inquiry, const struct rule *rule,
                           const void *ctx)
{
    (void)ctx;
    static struct rule bare;
    bare = *rule;
    bare.unless = NO_NODE;
    for (size_t i = 0; i < inquiry->goal.count; i++) {
        if (inquiry->goal.literals[i].rule == rule) {
            inquiry->goal.literals[i].rule = &bare;
        }
    }
}

/* With an alert that only `unless` keeps from it, where there is one. */
static bool check_matches(struct inquiry *inquiry, const struct rule *rule)
{
    if (rule->targets == 0) {
        inquiry_say(inquiry, "%s is about nobody that is linked", rule->name);
        tell(inquiry, TCN_FINDING_DEAD, rule, false);
        return false;
    }
    if (anywhere(inquiry, rule, nothing_more, NULL) != FOUND_NONE) {
        return true;
    }
    bool unless = rule->unless != NO_NODE &&
                  anywhere(inquiry, rule, without_unless, NULL) == FOUND_ONE;
    inquiry_say(inquiry,
                unless ? "%s never matches: `unless` takes back all that "
                         "`when` says"
                       : "%s never matches: no alert meets its condition",
                rule->name);
    tell(inquiry, TCN_FINDING_DEAD, rule, unless);
    return false;
}

static bool check_floor(struct inquiry *inquiry, const struct rule *rule)
{
    if (anywhere(inquiry, rule, with_floor, NULL) != FOUND_NONE) {
        return true;
    }
    bool example = anywhere(inquiry, rule, nothing_more, NULL) == FOUND_ONE;
    inquiry_say(inquiry, "%s never decides: the floor denies all it matches",
                rule->name);
    tell(inquiry, TCN_FINDING_FLOOR, rule, example);
    return false;
}

/* ---- closed by others ---- */

static const struct rule *single_closer(struct inquiry *inquiry,
                                        const struct rule *rule)
{
    const struct tcn_policy *policy = inquiry->policy;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *other = &policy->rules[i];
        if (other->verb == closing_verb(rule) && other->hook == rule->hook &&
            (rule->targets & ~other->targets) == 0 &&
            anywhere(inquiry, rule, not_closed_by, other) == FOUND_NONE) {
            return other;
        }
    }
    return NULL;
}

static bool check_closed(struct inquiry *inquiry, const struct rule *rule)
{
    if (closes(rule) ||
        anywhere(inquiry, rule, not_closed, NULL) != FOUND_NONE) {
        return true;
    }
    const struct rule *by = single_closer(inquiry, rule);
    bool example = anywhere(inquiry, rule, with_floor, NULL) == FOUND_ONE;
    if (by != NULL) {
        inquiry_say(inquiry, "%s never decides: %s denies all it matches",
                    rule->name, by->name);
    } else {
        inquiry_say(inquiry,
                    "%s never decides: other rules together deny all it "
                    "matches",
                    rule->name);
    }
    tell(inquiry, TCN_FINDING_COVERED, rule, example);
    return false;
}

/* ---- the same again ---- */

static bool same_options(const struct rule *a, const struct rule *b)
{
    return a->hook == b->hook && a->verb == b->verb &&
           a->classes == b->classes && a->targets == b->targets &&
           a->duration_ms == b->duration_ms && a->approvals == b->approvals &&
           strcmp(a->role, b->role) == 0;
}

static bool duplicates(struct inquiry *inquiry, const struct rule *a,
                       const struct rule *b)
{
    return same_options(a, b) && a->verb != VERB_REQUIRE &&
           anywhere(inquiry, a, not_by, b) == FOUND_NONE &&
           anywhere(inquiry, b, not_by, a) == FOUND_NONE;
}

static bool check_duplicate(struct inquiry *inquiry, const struct rule *rule)
{
    const struct tcn_policy *policy = inquiry->policy;
    for (const struct rule *other = policy->rules; other < rule; other++) {
        if (duplicates(inquiry, rule, other)) {
            bool example =
                anywhere(inquiry, rule, nothing_more, NULL) == FOUND_ONE;
            inquiry_say(inquiry, "%s says the same as %s", rule->name,
                        other->name);
            tell(inquiry, TCN_FINDING_DUPLICATE, rule, example);
            return false;
        }
    }
    return true;
}

/* ---- done by others ---- */

struct alone {
    uint8_t classes; /* one class, or 0 */
};

/* No other rule of its kind does it: for a delay, none that is as long. A hold
 * is never done by another: people of both must agree. */
static void alone(struct inquiry *inquiry, const struct rule *rule,
                  const void *ctx)
{
    const struct tcn_policy *policy = inquiry->policy;
    const struct alone *what = ctx;
    not_closed(inquiry, rule, NULL);
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *other = &policy->rules[i];
        unsigned number = inquiry->goal.space->number;
        bool like = other != rule && other->verb == rule->verb &&
                    other->hook == rule->hook && !closes(rule) &&
                    (other->targets >> number & 1) != 0;
        bool enough =
            rule->verb == VERB_DELAY
                ? other->duration_ms >= rule->duration_ms
                : what->classes == 0 || (other->classes & what->classes) != 0;
        if (like && enough) {
            goal_add_rule(&inquiry->goal, other, false);
        }
    }
}

static bool matters(struct inquiry *inquiry, const struct rule *rule)
{
    uint8_t classes = rule->classes & (uint8_t)~1;
    if (rule->verb == VERB_HOLD || rule->verb == VERB_REQUIRE) {
        return true;
    }
    if (classes == 0) {
        struct alone what = {0};
        return anywhere(inquiry, rule, alone, &what) != FOUND_NONE;
    }
    for (unsigned bit = 2; bit < 1u << TCN_CLASS_COUNT; bit *= 2) {
        struct alone what = {(uint8_t)bit};
        if ((classes & bit) != 0 &&
            anywhere(inquiry, rule, alone, &what) != FOUND_NONE) {
            return true;
        }
    }
    return false;
}

static const struct rule *single_shadow(struct inquiry *inquiry,
                                        const struct rule *rule)
{
    const struct tcn_policy *policy = inquiry->policy;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *other = &policy->rules[i];
        if (other != rule && other->verb == rule->verb &&
            other->hook == rule->hook &&
            (rule->targets & ~other->targets) == 0 &&
            (rule->classes & ~other->classes) == 0 &&
            rule->duration_ms <= other->duration_ms &&
            anywhere(inquiry, rule, not_closed_by, other) == FOUND_NONE) {
            return other;
        }
    }
    return NULL;
}

static void check_shadowed(struct inquiry *inquiry, const struct rule *rule)
{
    if (matters(inquiry, rule)) {
        return;
    }
    const struct rule *by = single_shadow(inquiry, rule);
    if (by != NULL && by > rule && duplicates(inquiry, rule, by)) {
        return; /* told of the other one */
    }
    bool example = anywhere(inquiry, rule, with_floor, NULL) == FOUND_ONE;
    if (by != NULL) {
        inquiry_say(inquiry, "%s changes nothing: %s does all of it",
                    rule->name, by->name);
    } else {
        inquiry_say(inquiry,
                    "%s changes nothing: other rules together do all of it",
                    rule->name);
    }
    tell(inquiry, TCN_FINDING_SHADOWED, rule, example);
}

/* ---- what cannot be met ---- */

static void met(struct inquiry *inquiry, const struct rule *rule,
                const void *ctx)
{
    (void)ctx;
    goal_add(&inquiry->goal,
             (struct literal){.kind = LITERAL_MET, .want = true, .rule = rule});
}

static void check_met(struct inquiry *inquiry, const struct rule *rule)
{
    if (rule->verb != VERB_REQUIRE ||
        anywhere(inquiry, rule, met, NULL) != FOUND_NONE) {
        return;
    }
    bool example = anywhere(inquiry, rule, nothing_more, NULL) == FOUND_ONE;
    inquiry_say(inquiry,
                "%s can never be met: no alert that it is about has what it "
                "requires",
                rule->name);
    tell(inquiry, TCN_FINDING_UNMET, rule, example);
}

/* ---- rules and agreements ---- */

static void not_named(struct inquiry *inquiry, const struct rule *rule,
                      const void *ctx)
{
    (void)rule;
    goal_add(&inquiry->goal, (struct literal){.kind = LITERAL_NAMED,
                                              .want = false,
                                              .agreement = ctx});
}

/* Names exactly that text, while it is in force, and is not within it. */
static void beyond(struct inquiry *inquiry, const struct rule *rule,
                   const void *ctx)
{
    (void)rule;
    struct goal *goal = &inquiry->goal;
    const struct agreement *agreement = ctx;
    const struct cells *refs = &goal->space->scalars[V_AGREEMENT];
    const struct cells *times = &goal->space->scalars[V_NOW];
    for (uint16_t i = 0; i < refs->count; i++) {
        if (refs->list[i].agreement == agreement) {
            goal_set(goal, V_AGREEMENT, (int)i);
        }
    }
    for (uint16_t i = times->count; i > 0; i--) {
        if (times->list[i - 1].number >= agreement->from_ms &&
            times->list[i - 1].number < agreement->until_ms) {
            goal_set(goal, V_NOW, (int)(i - 1));
        }
    }
    goal_add(goal, (struct literal){.kind = LITERAL_WITHIN,
                                    .want = false,
                                    .agreement = agreement});
}

static void check_agreements(struct inquiry *inquiry, const struct rule *rule)
{
    const struct tcn_policy *policy = inquiry->policy;
    for (size_t i = 0; rule->verb == VERB_ALLOW && i < policy->agreement_count;
         i++) {
        const struct agreement *agreement = &policy->agreements[i];
        if (anywhere(inquiry, rule, not_named, agreement) == FOUND_NONE &&
            anywhere(inquiry, rule, beyond, agreement) == FOUND_ONE) {
            inquiry_say(inquiry,
                        "%s opens more than the agreement %s version %llu "
                        "covers",
                        rule->name, agreement->name,
                        (unsigned long long)agreement->version);
            tell(inquiry, TCN_FINDING_BROADER, rule, true);
        }
    }
}

static void check_rule(struct inquiry *inquiry, const struct rule *rule)
{
    inquiry->too_large = false;
    bool goes_on = check_matches(inquiry, rule) && check_floor(inquiry, rule) &&
                   check_closed(inquiry, rule) &&
                   check_duplicate(inquiry, rule);
    if (goes_on) {
        check_shadowed(inquiry, rule);
    }
    check_met(inquiry, rule);
    check_agreements(inquiry, rule);
    if (inquiry->too_large) {
        inquiry_say(inquiry, "%s: some questions are too large to decide",
                    rule->name);
        tell(inquiry, TCN_FINDING_TOO_LARGE, rule, false);
    }
}

void tcn_policy_check(const struct tcn_policy *policy,
                      struct tcn_finding_taker taker)
{
    struct inquiry *inquiry = inquiry_new(policy, taker);
    for (size_t i = 0; inquiry != NULL && i < policy->rule_count; i++) {
        if (inquiry_is_about(inquiry, &policy->rules[i])) {
            check_rule(inquiry, &policy->rules[i]);
        }
    }
    inquiry_free(inquiry);
}

/* The first rule as it stands in the files. */
static struct tcn_span first_span(const struct tcn_policy *policy)
{
    struct tcn_span first = policy->rules[0].span;
    for (size_t i = 1; i < policy->rule_count; i++) {
        struct tcn_span span = policy->rules[i].span;
        if (span.source < first.source ||
            (span.source == first.source && span.offset < first.offset)) {
            first = span;
        }
    }
    return first;
}

void tcn_policy_check_name(const struct tcn_policy *policy,
                           struct tcn_finding_taker taker)
{
    if (policy->name[0] != '\0' || policy->rule_count == 0) {
        return;
    }
    struct tcn_finding finding = {
        .kind = TCN_FINDING_UNNAMED,
        .span = first_span(policy),
        .text = "no `policy \"NAME\" version N;` says which policy this is, "
                "and nothing tells it from the next one",
        .example = ""};
    taker.take(taker.ctx, &finding);
}

const char *tcn_finding_word(enum tcn_finding_kind kind)
{
    static const char *const words[] = {
        [TCN_FINDING_FALSE] = "false",
        [TCN_FINDING_TOO_LARGE] = "undecided",
        [TCN_FINDING_DEAD] = "unreachable",
        [TCN_FINDING_FLOOR] = "floored",
        [TCN_FINDING_COVERED] = "covered",
        [TCN_FINDING_SHADOWED] = "shadowed",
        [TCN_FINDING_DUPLICATE] = "duplicate",
        [TCN_FINDING_UNMET] = "impossible",
        [TCN_FINDING_BROADER] = "broader",
        [TCN_FINDING_UNTESTED] = "untested",
        [TCN_FINDING_UNSPARED] = "always",
        [TCN_FINDING_UNNAMED] = "unnamed",
    };
    return words[kind];
}
