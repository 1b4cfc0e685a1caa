/* Holds, delays and the quarantine as the core sees them. What may go is asked
 * for again through the table of delays: a release is a delay that is over, so
 * that neither survives a crash without the other. */
#include "daemon/requests.h"

#include <stdlib.h>

#include "io/log.h"
#include "policy/waits.h"

#define TICK_MS 500

static struct {
    uint64_t due_ms;   /* steady clock */
    uint64_t asked_ms; /* delays up to then were asked about */
} ticking;

void holds_restart(void)
{
    ticking.due_ms = 0;
    ticking.asked_ms = 0;
    requests_restart();
}

const char *holds_state_word(unsigned state)
{
    static const char *const words[TCN_HOLD_STATES] = {"waiting", "released",
                                                       "refused", "expired"};
    return state < TCN_HOLD_STATES ? words[state] : "?";
}

/* ---- a hold begins ---- */

static enum tcn_err note(struct tcn_node *node, const char *actor,
                         const char *action, const struct tcn_hold *hold)
{
    char hex[17], detail[TCN_HOLD_RULES_TEXT + 100];
    struct tcn_buf text = tcn_buf(hex, sizeof hex);
    struct tcn_buf more = tcn_buf(detail, sizeof detail);
    tcn_text_hex(&text, tcn_view(hold->id.bytes, 8));
    tcn_buf_printf(&more, "to %s form %u of %u by %s", hold->peer, hold->form,
                   hold->asked, hold->rules);
    return audit_note(node, actor, action, tcn_buf_text(&text),
                      tcn_buf_text(&more));
}

static void describe(const struct tcn_node *node,
                     const struct tcn_effect *effect, struct tcn_hold *hold)
{
    uint64_t within;
    struct tcn_buf rules = tcn_buf(hold->rules, sizeof hold->rules);
    hold->id = effect->id;
    hold->asked = effect->verdict.form;
    hold->form = effect->verdict.form;
    hold->since_ms = tcn_now_ms();
    (void)snprintf(hold->peer, sizeof hold->peer, "%s",
                   node->setup->conf.parties[effect->peer].name);
    tcn_hold_names(node->setup->policy, effect->verdict.holds, &rules, &within);
    hold->until_ms = within == UINT64_MAX ? within : hold->since_ms + within;
}

static struct tcn_question question_of(const struct tcn_policy *policy,
                                       const struct tcn_hold *hold)
{
    return (struct tcn_question){.holds = tcn_hold_bits(policy, hold->rules),
                                 .state = hold->state,
                                 .asked = hold->asked,
                                 .form = hold->form};
}

static enum tcn_err hold_again(struct tcn_node *node,
                               const struct tcn_hold *held,
                               const struct tcn_hold *now, bool *ask_people)
{
    const struct tcn_policy *policy = node->setup->policy;
    const struct tcn_question was = question_of(policy, held);
    const struct tcn_question is = question_of(policy, now);
    enum tcn_hold_again again = tcn_hold_again(&was, &is);
    *ask_people = again == TCN_HOLD_ASKS_ANEW;
    return again == TCN_HOLD_GOES
               ? tcn_store_delay(node->store, &now->id, now->peer, tcn_now_ms())
               : TCN_ERR_OK;
}

static enum tcn_err begin_hold(struct tcn_node *node,
                               const struct tcn_effect *effect)
{
    struct tcn_hold held, now = {.state = TCN_HOLD_WAITING};
    bool ask_people = true;
    describe(node, effect, &now);
    enum tcn_err err =
        tcn_store_hold_get(node->store, &now.id, now.peer, &held);
    if (err == TCN_ERR_OK) {
        err = hold_again(node, &held, &now, &ask_people);
    } else if (err == TCN_ERR_NOT_FOUND) {
        err = TCN_ERR_OK;
    }
    if (err != TCN_ERR_OK || !ask_people) {
        return err;
    }
    struct tcn_log_line line = tcn_log(TCN_LOG_INFO, "held");
    tcn_log_str(&line, "peer", now.peer);
    tcn_log_str(&line, "rules", now.rules);
    tcn_log_end(&line);
    err = tcn_store_hold(node->store, &now);
    return err == TCN_ERR_OK ? note(node, "node", "hold", &now) : err;
}

/* ---- the quarantine ---- */

static enum tcn_err quarantine(struct tcn_node *node,
                               const struct tcn_effect *effect)
{
    struct tcn_quarantined row = {.id = effect->id, .at_ms = tcn_now_ms()};
    char hex[17];
    struct tcn_buf text = tcn_buf(hex, sizeof hex);
    (void)snprintf(row.peer, sizeof row.peer, "%s",
                   node->setup->conf.parties[effect->peer].name);
    (void)snprintf(
        row.rule, sizeof row.rule, "%s",
        tcn_policy_rule_name(node->setup->policy, effect->verdict.rule));
    /* What is here already was looked at, or passed. */
    enum tcn_err err = tcn_store_get(node->store, &row.id, NULL, NULL);
    if (err != TCN_ERR_NOT_FOUND) {
        return err;
    }
    tcn_text_hex(&text, tcn_view(row.id.bytes, 8));
    err = tcn_store_quarantine(node->store, &row);
    return err == TCN_ERR_OK ? audit_note(node, "node", "quarantine",
                                          tcn_buf_text(&text), row.rule)
                             : err;
}

bool holds_quarantined(struct tcn_node *node, const struct tcn_id *id)
{
    /* In doubt it stays here. */
    return tcn_store_quarantined(node->store, id) != TCN_ERR_NOT_FOUND;
}

enum tcn_err holds_decided(struct tcn_node *node,
                           const struct tcn_effect *effect)
{
    const struct tcn_verdict *verdict = &effect->verdict;
    const char *peer = node->setup->conf.parties[effect->peer].name;
    switch (tcn_wait_of(effect->hook, verdict)) {
    case TCN_WAIT_LOOK: return quarantine(node, effect);
    case TCN_WAIT_PEOPLE: return begin_hold(node, effect);
    case TCN_WAIT_TIME:
        return tcn_store_delay(node->store, &effect->id, peer,
                               verdict->until_ms);
    case TCN_WAIT_OVER:
        return tcn_store_delay_drop(node->store, &effect->id, peer);
    default: return TCN_ERR_OK;
    }
}

/* ---- what the core is told ---- */

static struct {
    struct tcn_node *node;
    const struct tcn_policy *policy;
    struct tcn_receipt told;
    struct tcn_release releases[TCN_PEERS_MAX];
} telling;

static enum tcn_err tell_release(void *ctx, const struct tcn_hold *hold)
{
    (void)ctx;
    unsigned number = peer_number(telling.node, hold->peer);
    struct tcn_receipt *told = &telling.told;
    const struct tcn_question question = question_of(telling.policy, hold);
    if (number < TCN_PEERS_MAX && told->release_count < TCN_PEERS_MAX &&
        tcn_hold_told(&question, number,
                      &telling.releases[told->release_count])) {
        told->release_count++;
    }
    return TCN_ERR_OK;
}

enum tcn_err holds_told(struct tcn_node *node, const struct tcn_stored *row,
                        const struct tcn_receipt **told)
{
    return holds_told_by(node, node->setup->policy, row, told);
}

enum tcn_err holds_told_by(struct tcn_node *node,
                           const struct tcn_policy *policy,
                           const struct tcn_stored *row,
                           const struct tcn_receipt **told)
{
    telling.node = node;
    telling.policy = policy;
    telling.told = (struct tcn_receipt){.received_ms = row->received_ms,
                                        .releases = telling.releases};
    telling.told.quarantined = holds_quarantined(node, &row->id);
    *told = &telling.told;
    enum tcn_err err = requests_told(node, row, &telling.told.requested);
    if (err != TCN_ERR_OK) {
        return err;
    }
    return tcn_store_holds(node->store, &row->id,
                           (struct tcn_hold_taker){tell_release, NULL});
}

/* ---- time ---- */

enum tcn_err id_list_add(struct id_list *ids, const struct tcn_id *id)
{
    if (ids->count == ids->cap) {
        size_t cap = ids->cap == 0 ? 64 : 2 * ids->cap;
        struct tcn_id *list = reallocarray(ids->list, cap, sizeof *list);
        if (list == NULL) {
            return TCN_ERR_NO_MEMORY;
        }
        ids->list = list;
        ids->cap = cap;
    }
    ids->list[ids->count++] = *id;
    return TCN_ERR_OK;
}

static enum tcn_err gather(void *ctx, const struct tcn_id *id)
{
    return id_list_add(ctx, id);
}

static enum tcn_err expire(void *ctx, const struct tcn_hold *over)
{
    struct tcn_node *node = ctx;
    struct tcn_hold hold = *over;
    hold.state = TCN_HOLD_EXPIRED;
    enum tcn_err err = shell_begin(node);
    err = err == TCN_ERR_OK ? tcn_store_hold_state(node->store, &hold) : err;
    err = err == TCN_ERR_OK ? note(node, "node", "hold-expire", &hold) : err;
    return err == TCN_ERR_OK ? requests_over(node, &hold) : err;
}

static void ask_again(struct tcn_node *node, uint64_t now)
{
    struct id_list ids = {0};
    struct tcn_overdue over = tcn_delays_over(ticking.asked_ms, now);
    enum tcn_err err =
        tcn_store_delays_due(node->store, over.after_ms, over.until_ms,
                             (struct tcn_id_taker){gather, &ids});
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
    }
    for (size_t i = 0; i < ids.count && !node->store_failed; i++) {
        struct tcn_event again = {.kind = TCN_EVENT_AGAIN};
        again.again.id = ids.list[i];
        shell_event(node, &again);
    }
    ticking.asked_ms = node->store_failed ? over.after_ms : over.until_ms;
    free(ids.list);
}

void holds_tick(struct tcn_node *node)
{
    uint64_t steady = tcn_steady_ms();
    if (node->store_failed || node->mesh == NULL || steady < ticking.due_ms) {
        return;
    }
    ticking.due_ms = steady + TICK_MS;
    uint64_t now = tcn_now_ms();
    enum tcn_err err = TCN_ERR_OK;
    if (!clock_is_off(node)) {
        err = tcn_store_holds_over(node->store, now,
                                   (struct tcn_hold_taker){expire, node});
    }
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
        return;
    }
    ask_again(node, now);
}

/* ---- how many wait ---- */

static struct {
    const struct tcn_policy *policy;
    uint64_t *counts;
} counting;

static void count_waiting(void *ctx, const char *rules, uint64_t count)
{
    (void)ctx;
    for (uint64_t rest = tcn_hold_bits(counting.policy, rules); rest != 0;
         rest &= rest - 1) {
        counting.counts[__builtin_ctzll(rest)] += count;
    }
}

enum tcn_err holds_waiting(struct tcn_node *node,
                           uint64_t counts[HOLD_RULES_MAX])
{
    memset(counts, 0, HOLD_RULES_MAX * sizeof *counts);
    counting.policy = node->setup->policy;
    counting.counts = counts;
    return tcn_store_holds_count(
        node->store, (struct tcn_hold_counter){count_waiting, NULL});
}
