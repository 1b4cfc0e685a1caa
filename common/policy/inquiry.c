#include "policy/inquiry.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"

struct inquiry *inquiry_new(const struct tcn_policy *policy,
                            struct tcn_finding_taker taker)
{
    struct inquiry *inquiry = calloc(1, sizeof *inquiry);
    if (inquiry != NULL) {
        inquiry->policy = policy;
        inquiry->taker = taker;
    }
    return inquiry;
}

void inquiry_free(struct inquiry *inquiry)
{
    if (inquiry == NULL) {
        return;
    }
    for (size_t i = 0; i <= TCN_HOOK_ORIGINATE; i++) {
        for (size_t j = 0; j < TCN_PEERS_MAX; j++) {
            space_free(inquiry->spaces[i][j]);
        }
    }
    free(inquiry);
}

unsigned inquiry_targets(const struct inquiry *inquiry, enum tcn_hook hook)
{
    switch (hook) {
    case TCN_HOOK_SHOW: return (unsigned)inquiry->policy->observer_count;
    case TCN_HOOK_ORIGINATE: return 1;
    default: return (unsigned)inquiry->policy->peer_count;
    }
}

bool inquiry_is_about(const struct inquiry *inquiry, const struct rule *rule)
{
    return inquiry_targets(inquiry, (enum tcn_hook)rule->hook) > 0;
}

bool inquiry_begin(struct inquiry *inquiry, enum tcn_hook hook, unsigned number)
{
    struct space **space = &inquiry->spaces[hook][number];
    if (*space == NULL) {
        *space = space_new(inquiry->policy, hook, number);
    }
    if (*space == NULL) {
        inquiry->too_large = true;
        return false;
    }
    goal_init(&inquiry->goal, *space, WORK_MAX);
    return true;
}

bool inquiry_begin_rule(struct inquiry *inquiry, const struct rule *rule,
                        unsigned number)
{
    if ((rule->targets >> number & 1) == 0 ||
        !inquiry_begin(inquiry, (enum tcn_hook)rule->hook, number)) {
        return false;
    }
    goal_add_rule(&inquiry->goal, rule, true);
    return true;
}

void inquiry_without(struct inquiry *inquiry, enum verb verb, uint8_t classes,
                     const struct rule *but)
{
    const struct space *space = inquiry->goal.space;
    const struct tcn_policy *policy = inquiry->policy;
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        bool about = rule->hook == space->hook && rule->verb == verb &&
                     (rule->targets >> space->number & 1) != 0;
        bool touches = classes == 0 || (rule->classes & classes) != 0;
        if (about && touches && rule != but) {
            goal_add_rule(&inquiry->goal, rule, false);
        }
    }
}

/* What was found is true of the real rules, or our search is wrong. */
static void confirm(const struct inquiry *inquiry)
{
    const struct goal *goal = &inquiry->goal;
    const struct space *space = goal->space;
    struct question question = {.policy = inquiry->policy,
                                .facts = &inquiry->witness.facts,
                                .wanted = 1ull << space->number};
    for (size_t i = 0; i < goal->count; i++) {
        const struct literal *literal = &goal->literals[i];
        if (literal->kind == LITERAL_RULE) {
            uint64_t matches = rule_answer(&question, literal->rule).matches;
            tcn_assert((matches >> space->number & 1) == literal->want);
        }
        if (literal->kind == LITERAL_FLOOR && literal->want) {
            tcn_assert(floor_decide(inquiry->policy, space->hook,
                                    question.facts, space->number) !=
                       (enum tcn_floor)literal->reason);
        }
    }
}

enum found inquiry_solve(struct inquiry *inquiry)
{
    enum found found = goal_solve(&inquiry->goal);
    inquiry->too_large |= found == FOUND_TOO_LARGE;
    if (found == FOUND_ONE) {
        witness_make(&inquiry->witness, &inquiry->goal);
        confirm(inquiry);
    }
    return found;
}

void inquiry_say(struct inquiry *inquiry, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(inquiry->text, sizeof inquiry->text, format, args);
    va_end(args);
}

static struct tcn_verdict decide(const struct inquiry *inquiry)
{
    const struct space *space = inquiry->goal.space;
    const struct tcn_facts *facts = &inquiry->witness.facts;
    switch (space->hook) {
    case TCN_HOOK_EXPORT:
        return tcn_policy_export(inquiry->policy, facts, space->number);
    case TCN_HOOK_IMPORT:
        return tcn_policy_import(inquiry->policy, facts, space->number);
    case TCN_HOOK_SHOW:
        return tcn_policy_show(inquiry->policy, facts, space->number);
    default: return tcn_policy_originate(inquiry->policy, facts);
    }
}

static void put_example(struct inquiry *inquiry)
{
    static const char *const ways[] = {"export to ", "import from ",
                                       "show observers ", "originate"};
    const struct space *space = inquiry->goal.space;
    struct tcn_buf out = tcn_buf(inquiry->example, sizeof inquiry->example);
    witness_put(&out, &inquiry->witness, &inquiry->goal);
    tcn_buf_printf(&out, " %s", ways[space->hook]);
    if (space->hook == TCN_HOOK_SHOW) {
        tcn_buf_put_str(&out, inquiry->policy->observers[space->number].name);
    } else if (space->hook != TCN_HOOK_ORIGINATE) {
        tcn_buf_put_str(&out, inquiry->policy->parties[space->number].name);
    }
    struct tcn_verdict verdict = decide(inquiry);
    tcn_buf_put_str(&out, ": ");
    tcn_verdict_put(&out, inquiry->policy, &verdict);
    (void)tcn_buf_text(&out);
}

void inquiry_tell(struct inquiry *inquiry, enum tcn_finding_kind kind,
                  struct tcn_span span, bool example)
{
    inquiry->example[0] = '\0';
    if (example) {
        put_example(inquiry);
    }
    struct tcn_finding finding = {.kind = kind,
                                  .span = span,
                                  .text = inquiry->text,
                                  .example = inquiry->example};
    inquiry->taker.take(inquiry->taker.ctx, &finding);
}
