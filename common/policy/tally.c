/* What the rules of one hook say together, for every wanted peer in one pass.
 * The order of rules never matters: each only adds bits. */
#include "policy/internal.h"

bool rule_opens(const struct rule *rule)
{
    return rule->verb == VERB_ALLOW || rule->verb == VERB_ACCEPT ||
           rule->verb == VERB_SHOW;
}

struct answer rule_answer(const struct question *question,
                          const struct rule *rule)
{
    struct question q = *question;
    bool opens = rule_opens(rule);
    struct answer answer = {.when = {.yes = UINT64_MAX},
                            .unless = {.no = UINT64_MAX}};
    q.all_sources = opens;
    if (rule->when != NO_NODE) {
        answer.when = evaluate(&q, rule->when);
    }
    /* `unless` is a negation: see NODE_NOT. */
    q.all_sources = !opens;
    if (rule->unless != NO_NODE) {
        answer.unless = evaluate(&q, rule->unless);
    }
    answer.matches = opens ? answer.when.yes & answer.unless.no
                           : ~(answer.when.no | answer.unless.yes);
    return answer;
}

static unsigned lowest(uint64_t bits)
{
    return (unsigned)__builtin_ctzll(bits);
}

/* Notes the rule where it is the first of its kind. */
static void note(uint64_t *seen, uint16_t *first, uint64_t bits, size_t rule)
{
    for (uint64_t rest = bits & ~*seen; rest != 0; rest &= rest - 1) {
        first[lowest(rest)] = (uint16_t)rule;
    }
    *seen |= bits;
}

static void note_classes(uint64_t *peers, uint8_t classes, uint64_t bits)
{
    for (unsigned c = 0; c < TCN_CLASS_COUNT; c++) {
        peers[c] |= (classes & TCN_CLASS_BIT(c)) != 0 ? bits : 0;
    }
}

static void note_hold(struct tally *tally, const struct rule *rule,
                      uint64_t bits, size_t at)
{
    for (uint64_t rest = bits; rest != 0; rest &= rest - 1) {
        unsigned i = lowest(rest);
        tally->holds[i] = (tally->held >> i & 1) == 0 ? 0 : tally->holds[i];
        tally->holds[i] |= 1ull << rule->hold;
    }
    note(&tally->held, tally->holding, bits, at);
}

static void note_delay(struct tally *tally, const struct rule *rule,
                       uint64_t bits, size_t at)
{
    for (uint64_t rest = bits; rest != 0; rest &= rest - 1) {
        unsigned i = lowest(rest);
        bool first = (tally->delayed >> i & 1) == 0;
        if (first || tally->delay_ms[i] < rule->duration_ms) {
            tally->delay_ms[i] = rule->duration_ms;
            tally->delaying[i] = (uint16_t)at;
        }
    }
    tally->delayed |= bits;
}

/* A requirement is met where what it asks for is certain. */
static uint64_t unmet(const struct question *question, const struct rule *rule)
{
    struct question q = *question;
    q.all_sources = true;
    return ~evaluate(&q, rule->that).yes;
}

static void note_match(struct tally *tally, const struct question *question,
                       size_t at, uint64_t bits)
{
    const struct rule *rule = &question->policy->rules[at];
    switch (rule->verb) {
    case VERB_REDACT: note_classes(tally->cut, rule->classes, bits); break;
    case VERB_HOLD: note_hold(tally, rule, bits, at); break;
    case VERB_QUARANTINE: note(&tally->held, tally->holding, bits, at); break;
    case VERB_DELAY: note_delay(tally, rule, bits, at); break;
    case VERB_DENY:
    case VERB_REJECT: note(&tally->closed, tally->closing, bits, at); break;
    case VERB_REQUIRE:
        note(&tally->closed, tally->closing, bits & unmet(question, rule), at);
        break;
    default:
        note_classes(tally->open, rule->classes, bits);
        note(&tally->opened, tally->opening, bits, at);
        break;
    }
}

void tally_rules(struct tally *tally, const struct question *question,
                 enum tcn_hook hook)
{
    const struct tcn_policy *policy = question->policy;
    tally->opened = tally->closed = tally->held = tally->delayed = 0;
    memset(tally->open, 0, sizeof tally->open);
    memset(tally->cut, 0, sizeof tally->cut);
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        uint64_t bits = question->wanted & rule->targets;
        if (rule->hook == hook && bits != 0) {
            bits &= rule_answer(question, rule).matches;
            note_match(tally, question, i, bits);
        }
    }
}
