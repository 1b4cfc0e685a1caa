/* Two policies at once, while one waits to be confirmed: what either of them
 * denies is denied, what either cuts is cut, and what either holds or delays
 * waits. Joined where the rules are counted, so that everything behind that
 * (releases, the longest delay, the first rule by name) is the one code. */
#include "policy/internal.h"

/* The numbers of its holds are others here. */
static uint64_t our_holds(const struct narrowing *narrowing, uint64_t holds)
{
    uint64_t ours = 0;
    for (uint64_t rest = holds; rest != 0; rest &= rest - 1) {
        ours |= 1ull << narrowing->hold_numbers[__builtin_ctzll(rest)];
    }
    return ours;
}

static void join_closed(struct tally *tally, const struct tally *other,
                        const struct question *question)
{
    uint16_t first = (uint16_t)question->policy->rule_count;
    uint64_t by_rule = other->closed & ~tally->closed;
    uint64_t by_default = tally->opened & ~other->opened & question->wanted &
                          ~tally->closed & ~by_rule;
    for (unsigned i = 0; i < TCN_PEERS_MAX; i++) {
        if ((by_rule >> i & 1) != 0) {
            tally->closing[i] = (uint16_t)(first + other->closing[i]);
        }
        if ((by_default >> i & 1) != 0) {
            tally->closing[i] = narrowing_default(question->policy);
        }
    }
    tally->closed |= by_rule | by_default;
    tally->opened &= other->opened;
}

static void join_held(struct tally *tally, const struct tally *other,
                      const struct tcn_policy *policy, enum tcn_hook hook)
{
    uint16_t first = (uint16_t)policy->rule_count;
    for (unsigned i = 0; i < TCN_PEERS_MAX; i++) {
        if ((other->held >> i & 1) == 0) {
            continue;
        }
        bool both = (tally->held >> i & 1) != 0;
        if (!both) {
            tally->holding[i] = (uint16_t)(first + other->holding[i]);
        }
        if (hook == TCN_HOOK_EXPORT) {
            tally->holds[i] = (both ? tally->holds[i] : 0) |
                              our_holds(policy->narrowing, other->holds[i]);
        }
    }
    tally->held |= other->held;
}

static void join_delayed(struct tally *tally, const struct tally *other,
                         uint16_t first)
{
    for (unsigned i = 0; i < TCN_PEERS_MAX; i++) {
        bool ours = (tally->delayed >> i & 1) != 0;
        bool theirs = (other->delayed >> i & 1) != 0;
        if (theirs && (!ours || tally->delay_ms[i] < other->delay_ms[i])) {
            tally->delay_ms[i] = other->delay_ms[i];
            tally->delaying[i] = (uint16_t)(first + other->delaying[i]);
        }
    }
    tally->delayed |= other->delayed;
}

static void join(struct tally *tally, const struct tally *other,
                 const struct question *question, enum tcn_hook hook)
{
    for (unsigned c = 0; c < TCN_CLASS_COUNT; c++) {
        tally->open[c] &= other->open[c];
        tally->cut[c] |= other->cut[c];
    }
    join_closed(tally, other, question);
    join_held(tally, other, question->policy, hook);
    join_delayed(tally, other, (uint16_t)question->policy->rule_count);
}

void tally_all(struct tally *tally, const struct question *question,
               enum tcn_hook hook)
{
    tally_rules(tally, question, hook);
    if (question->policy->narrowing != NULL) {
        struct question also = *question;
        struct tally other;
        also.policy = question->policy->narrowing->policy;
        tally_rules(&other, &also, hook);
        join(tally, &other, question, hook);
    }
}

enum tcn_floor floor_of(const struct tcn_policy *policy, enum tcn_hook hook,
                        const struct tcn_facts *facts, unsigned number)
{
    enum tcn_floor reason = floor_decide(policy, hook, facts, number);
    return reason == TCN_FLOOR_NONE && policy->narrowing != NULL
               ? floor_decide(policy->narrowing->policy, hook, facts, number)
               : reason;
}
