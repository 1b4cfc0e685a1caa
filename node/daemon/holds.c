/* Holds, delays and the quarantine as the core sees them. What may go is asked
 * for again through the table of delays: a release is a delay that is over, so
 * that neither survives a crash without the other. */
#include "daemon/holds.h"

#include <stdlib.h>

#include "io/log.h"

#define TICK_MS 500

static struct {
    uint64_t due_ms;   /* steady clock */
    uint64_t asked_ms; /* delays up to then were asked about */
} ticking;

void holds_restart(void)
{
    ticking.due_ms = 0;
    ticking.asked_ms = 0;
}

const char *holds_state_word(unsigned state)
{
    static const char *const words[TCN_HOLD_STATES] = {"waiting", "released",
                                                       "refused", "expired"};
    return state < TCN_HOLD_STATES ? words[state] : "?";
}

/* ---- names of hold rules and their bits in this policy ---- */

static bool has_name(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = names; (at = strstr(at, name)) != NULL; at += len) {
        bool begins = at == names || at[-1] == ' ';
        if (begins && (at[len] == ' ' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

static uint64_t bits_of(const struct tcn_policy *policy, const char *names)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < tcn_policy_hold_count(policy); i++) {
        if (has_name(names, tcn_policy_hold(policy, i).name)) {
            bits |= 1ull << i;
        }
    }
    return bits;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
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
    const struct tcn_policy *policy = node->setup->policy;
    uint64_t within = UINT64_MAX;
    struct tcn_buf rules = tcn_buf(hold->rules, sizeof hold->rules);
    hold->id = effect->id;
    hold->asked = effect->verdict.form;
    hold->form = effect->verdict.form;
    hold->since_ms = tcn_now_ms();
    (void)snprintf(hold->peer, sizeof hold->peer, "%s",
                   node->setup->conf.parties[effect->peer].name);
    for (size_t i = 0; i < tcn_policy_hold_count(policy); i++) {
        if ((effect->verdict.holds >> i & 1) != 0) {
            struct tcn_hold_rule rule = tcn_policy_hold(policy, i);
            tcn_buf_printf(&rules, "%s%s", rules.len > 0 ? " " : "", rule.name);
            within = least(within, rule.within_ms);
        }
    }
    (void)tcn_buf_text(&rules);
    hold->until_ms = within == UINT64_MAX ? within : hold->since_ms + within;
}

/* The same question stays open; a refusal stays final; what a release covers is
 * only asked again, because the core had not been told of it. */
static enum tcn_err hold_again(struct tcn_node *node,
                               const struct tcn_hold *held,
                               const struct tcn_hold *now, bool *ask_people)
{
    uint64_t bits = bits_of(node->setup->policy, now->rules);
    uint64_t covered = bits_of(node->setup->policy, held->rules);
    bool same = held->asked == now->asked && covered == bits;
    *ask_people = false;
    switch (held->state) {
    case TCN_HOLD_WAITING: *ask_people = !same; return TCN_ERR_OK;
    case TCN_HOLD_RELEASED:
        if ((bits & ~covered) == 0 && (now->asked & ~held->asked) == 0) {
            return tcn_store_delay(node->store, &now->id, now->peer,
                                   tcn_now_ms());
        }
        *ask_people = true;
        return TCN_ERR_OK;
    default: return TCN_ERR_OK;
    }
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
    if (effect->hook == TCN_HOOK_IMPORT) {
        return verdict->outcome == TCN_HOLD ? quarantine(node, effect)
                                            : TCN_ERR_OK;
    }
    const char *peer = node->setup->conf.parties[effect->peer].name;
    switch (verdict->outcome) {
    case TCN_HOLD:
        return verdict->holds != 0 ? begin_hold(node, effect) : TCN_ERR_OK;
    case TCN_DELAY:
        return tcn_store_delay(node->store, &effect->id, peer,
                               verdict->until_ms);
    default: return tcn_store_delay_drop(node->store, &effect->id, peer);
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
    if (number >= TCN_PEERS_MAX || hold->state == TCN_HOLD_WAITING ||
        telling.told.release_count == TCN_PEERS_MAX) {
        return TCN_ERR_OK;
    }
    bool released = hold->state == TCN_HOLD_RELEASED;
    telling.releases[telling.told.release_count++] = (struct tcn_release){
        .peer = (uint8_t)number,
        .asked = hold->asked,
        .form = hold->form,
        .refused = !released,
        .holds = released ? bits_of(telling.policy, hold->rules) : 0,
    };
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
    return err == TCN_ERR_OK ? note(node, "node", "hold-expire", &hold) : err;
}

/* Up to the millisecond before: more can come due in this one. */
static void ask_again(struct tcn_node *node, uint64_t now)
{
    struct id_list ids = {0};
    uint64_t until = now - 1;
    if (until < ticking.asked_ms) {
        ticking.asked_ms = 0; /* the clock was set back */
    }
    enum tcn_err err =
        tcn_store_delays_due(node->store, ticking.asked_ms, until,
                             (struct tcn_id_taker){gather, &ids});
    if (err != TCN_ERR_OK) {
        shell_fail(node, err);
    }
    for (size_t i = 0; i < ids.count && !node->store_failed; i++) {
        struct tcn_event again = {.kind = TCN_EVENT_AGAIN};
        again.again.id = ids.list[i];
        shell_event(node, &again);
    }
    ticking.asked_ms = node->store_failed ? ticking.asked_ms : until;
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
    enum tcn_err err = tcn_store_holds_over(
        node->store, now, (struct tcn_hold_taker){expire, node});
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
    for (uint64_t rest = bits_of(counting.policy, rules); rest != 0;
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
