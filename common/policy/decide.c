/* The choke points: every decision of a node passes through one of these. */
#include "base/assert.h"
#include "policy/internal.h"

static uint8_t form_of(const struct tally *tally, unsigned number)
{
    uint8_t form = TCN_CLASS_BIT(TCN_CLASS_KEEP); /* never withheld */
    for (unsigned c = 0; c < TCN_CLASS_COUNT; c++) {
        uint64_t open = tally->open[c] & ~tally->cut[c];
        form |= (uint8_t)((open >> number & 1) << c);
    }
    return form;
}

static struct tcn_verdict denied_by(enum tcn_hook hook, uint16_t rule)
{
    return (struct tcn_verdict){
        .hook = (uint8_t)hook, .outcome = TCN_DENY, .rule = rule};
}

static struct tcn_verdict denied_by_floor(enum tcn_hook hook,
                                          enum tcn_floor reason)
{
    return (struct tcn_verdict){.hook = (uint8_t)hook,
                                .outcome = TCN_DENY,
                                .floor = (uint8_t)reason,
                                .rule = TCN_RULE_DEFAULT};
}

static bool was_refused(const struct tcn_facts *facts, unsigned peer)
{
    for (size_t i = 0; i < facts->release_count; i++) {
        if (facts->releases[i].peer == peer && facts->releases[i].refused) {
            return true;
        }
    }
    return false;
}

/* What was released of it; false when some of what holds it is not. */
static bool released(const struct tcn_facts *facts, unsigned peer,
                     struct tcn_verdict *verdict)
{
    bool found = false;
    uint8_t form = verdict->form;
    for (size_t i = 0; i < facts->release_count; i++) {
        const struct tcn_release *release = &facts->releases[i];
        /* A form that was not asked for is another question. */
        if (release->peer == peer && (verdict->holds & ~release->holds) == 0 &&
            (form & ~release->asked) == 0) {
            verdict->form &= release->form | TCN_CLASS_BIT(TCN_CLASS_KEEP);
            found = true;
        }
    }
    return found;
}

/* The alert's own form: what is not there can neither be asked for nor sent. */
static struct tcn_verdict hold(const struct tally *tally,
                               const struct tcn_facts *facts, unsigned peer,
                               struct tcn_verdict verdict)
{
    uint16_t opening = verdict.rule;
    uint8_t absent = verdict.form & (uint8_t)~facts->alert->form;
    verdict.holds = tally->holds[peer];
    verdict.rule = tally->holding[peer];
    verdict.form &= facts->alert->form;
    if (released(facts, peer, &verdict)) {
        verdict.outcome = TCN_ALLOW;
        verdict.rule = opening;
        verdict.holds = 0;
        verdict.form |= absent;
    } else {
        verdict.outcome = TCN_HOLD;
        verdict.form |= absent;
    }
    return verdict;
}

/* Deny, else refused, else hold, else delay, else allow. */
static struct tcn_verdict export_verdict(const struct tally *tally,
                                         const struct tcn_facts *facts,
                                         unsigned peer)
{
    if ((tally->closed >> peer & 1) != 0) {
        return denied_by(TCN_HOOK_EXPORT, tally->closing[peer]);
    }
    if ((tally->opened >> peer & 1) == 0) {
        return denied_by(TCN_HOOK_EXPORT, TCN_RULE_DEFAULT);
    }
    bool held = (tally->held >> peer & 1) != 0;
    if (was_refused(facts, peer)) { /* final, also when nothing holds it now */
        return (struct tcn_verdict){.outcome = TCN_DENY,
                                    .refused = true,
                                    .rule = held ? tally->holding[peer]
                                                 : TCN_RULE_DEFAULT,
                                    .holds = held ? tally->holds[peer] : 0};
    }
    struct tcn_verdict verdict = {.outcome = TCN_ALLOW,
                                  .form = form_of(tally, peer),
                                  .rule = tally->opening[peer]};
    if (held) {
        verdict = hold(tally, facts, peer, verdict);
    }
    if (verdict.outcome == TCN_ALLOW && (tally->delayed >> peer & 1) != 0) {
        uint64_t from = facts->received_ms;
        uint64_t until = from == 0 ? UINT64_MAX : from + tally->delay_ms[peer];
        if (facts->now_ms < until) {
            verdict.outcome = TCN_DELAY;
            verdict.until_ms = until;
            verdict.rule = tally->delaying[peer];
        }
    }
    return verdict;
}

struct tcn_verdict tcn_policy_export(const struct tcn_policy *policy,
                                     const struct tcn_facts *facts,
                                     unsigned peer)
{
    tcn_assert(peer < policy->peer_count);
    enum tcn_floor reason = floor_of(policy, TCN_HOOK_EXPORT, facts, peer);
    if (reason != TCN_FLOOR_NONE) {
        return denied_by_floor(TCN_HOOK_EXPORT, reason);
    }
    struct question question = {
        .policy = policy, .facts = facts, .wanted = 1ull << peer};
    struct tally tally;
    tally_all(&tally, &question, TCN_HOOK_EXPORT);
    return export_verdict(&tally, facts, peer);
}

void tcn_policy_export_all(const struct tcn_policy *policy,
                           const struct tcn_facts *facts,
                           struct tcn_verdict verdicts[TCN_PEERS_MAX])
{
    struct question question = {.policy = policy, .facts = facts};
    for (unsigned i = 0; i < policy->peer_count; i++) {
        enum tcn_floor reason = floor_of(policy, TCN_HOOK_EXPORT, facts, i);
        verdicts[i] = denied_by_floor(TCN_HOOK_EXPORT, reason);
        question.wanted |= reason == TCN_FLOOR_NONE ? 1ull << i : 0;
    }
    struct tally tally;
    tally_all(&tally, &question, TCN_HOOK_EXPORT);
    for (unsigned i = 0; i < policy->peer_count; i++) {
        if ((question.wanted >> i & 1) != 0) {
            verdicts[i] = export_verdict(&tally, facts, i);
        }
    }
}

struct tcn_verdict tcn_policy_import(const struct tcn_policy *policy,
                                     const struct tcn_facts *facts,
                                     unsigned peer)
{
    tcn_assert(peer < policy->peer_count);
    if (policy->receive_only) {
        return (struct tcn_verdict){.hook = TCN_HOOK_IMPORT,
                                    .outcome = TCN_ALLOW,
                                    .form = TCN_CLASS_ALL,
                                    .rule = TCN_RULE_DEFAULT};
    }
    struct question question = {
        .policy = policy, .facts = facts, .wanted = 1ull << peer};
    struct tally tally;
    tally_all(&tally, &question, TCN_HOOK_IMPORT);
    if ((tally.closed >> peer & 1) != 0) {
        return denied_by(TCN_HOOK_IMPORT, tally.closing[peer]);
    }
    if ((tally.opened >> peer & 1) == 0) {
        return denied_by(TCN_HOOK_IMPORT, TCN_RULE_DEFAULT);
    }
    bool odd = (tally.held >> peer & 1) != 0;
    return (struct tcn_verdict){.hook = TCN_HOOK_IMPORT,
                                .outcome = odd ? TCN_HOLD : TCN_ALLOW,
                                .form = TCN_CLASS_ALL,
                                .rule = odd ? tally.holding[peer]
                                            : tally.opening[peer]};
}

struct tcn_verdict tcn_policy_show(const struct tcn_policy *policy,
                                   const struct tcn_facts *facts,
                                   unsigned observer)
{
    tcn_assert(observer < policy->observer_count);
    enum tcn_floor reason = floor_of(policy, TCN_HOOK_SHOW, facts, observer);
    if (reason != TCN_FLOOR_NONE) {
        return denied_by_floor(TCN_HOOK_SHOW, reason);
    }
    struct question question = {
        .policy = policy, .facts = facts, .wanted = 1ull << observer};
    struct tally tally;
    tally_all(&tally, &question, TCN_HOOK_SHOW);
    if ((tally.closed >> observer & 1) != 0) {
        return denied_by(TCN_HOOK_SHOW, tally.closing[observer]);
    }
    if ((tally.opened >> observer & 1) == 0) {
        return denied_by(TCN_HOOK_SHOW, TCN_RULE_DEFAULT);
    }
    return (struct tcn_verdict){.hook = TCN_HOOK_SHOW,
                                .outcome = TCN_ALLOW,
                                .form = form_of(&tally, observer),
                                .rule = tally.opening[observer]};
}

struct tcn_verdict tcn_policy_originate(const struct tcn_policy *policy,
                                        const struct tcn_facts *facts)
{
    struct question question = {.policy = policy, .facts = facts, .wanted = 1};
    struct tally tally;
    tally_all(&tally, &question, TCN_HOOK_ORIGINATE);
    bool revoke = facts->alert->header.kind == TCN_KIND_REVOKE;
    if (tally.closed != 0 && !revoke) {
        return denied_by(TCN_HOOK_ORIGINATE, tally.closing[0]);
    }
    return (struct tcn_verdict){
        .outcome = TCN_ALLOW, .form = TCN_CLASS_ALL, .rule = TCN_RULE_DEFAULT};
}
