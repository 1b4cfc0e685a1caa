/* What must hold, judged from outside: from the alerts as they were made, the
 * filters as they were written and the stores as they are; never from what a
 * core believes. */
#include "sim/sim.h"

#define PERMITTED 0x80u

static uint8_t open_classes(const struct tcn_alert *alert)
{
    uint8_t form = 0;
    for (size_t i = 0; i < alert->field_count; i++) {
        if (alert->fields[i].bytes.data != NULL) {
            form |= TCN_CLASS_BIT(alert->fields[i].cls);
        }
    }
    return form;
}

bool minted_same_thread(const struct minted *a, const struct minted *b)
{
    return a->origin == b->origin && memcmp(a->thread, b->thread, 16) == 0;
}

bool minted_is_remark(const struct minted *alert)
{
    return alert->kind == TCN_KIND_SIGHTING || alert->kind == TCN_KIND_ACK;
}

/* ---- at the moment things happen ---- */

/* Whether a ledger, of now or of before a backup, names the thread. */
static bool got_thread(const struct sim *sim, const struct node *node,
                       unsigned peer, const struct minted *alert)
{
    const struct books *books = &node->store.books[peer];
    for (size_t i = 0; i < books->export_count; i++) {
        uint32_t number = mint_find(sim, &books->exports[i].id);
        if (number != NO_ALERT && sim->alerts[number].kind != TCN_KIND_REVOKE &&
            minted_same_thread(&sim->alerts[number], alert)) {
            return true;
        }
    }
    return false;
}

/* It holds something of the thread, or has forgotten it, and floor and filters
 * let the withdrawal go there. */
static bool has_otherwise(const struct sim *sim, const struct node *node,
                          unsigned to, const struct minted *alert)
{
    const struct node *taker = &sim->nodes[to];
    bool has = taker->evil != HONEST || taker->restored;
    for (size_t i = 0; i < taker->store.held_count && !has; i++) {
        has =
            minted_same_thread(&sim->alerts[taker->store.held[i].alert], alert);
    }
    return has && (rules_export(sim, node, to, alert) & PERMITTED) != 0;
}

bool oracle_knows_withdrawal(const struct sim *sim, const struct node *node,
                             const struct minted *alert)
{
    for (size_t i = 0; i < node->store.held_count; i++) {
        const struct minted *held = &sim->alerts[node->store.held[i].alert];
        if (held->kind == TCN_KIND_REVOKE && minted_same_thread(held, alert)) {
            return true;
        }
    }
    return false;
}

static bool has_subject(const struct sim *sim, const struct node *node,
                        unsigned peer, const struct minted *alert)
{
    const struct tcn_id *id = &sim->alerts[alert->subject].id;
    const struct held *held = store_find(&node->store, id);
    return store_export(&node->store, peer, id) != NULL ||
           (held != NULL && (held->sources >> peer & 1) != 0);
}

/* No leak: what leaves is what floor and filter allow, thought out again. */
static void judge(struct sim *sim, const struct node *node, unsigned peer,
                  const struct tcn_id *id, uint8_t form)
{
    sim->checks++;
    unsigned to = node->node_of[peer];
    uint32_t number = mint_find(sim, id);
    if (number == NO_ALERT) {
        violation(sim, "%s sends what nobody has made", node->name);
        return;
    }
    const struct minted *alert = &sim->alerts[number];
    const char *what = alert->name;
    const char *whom = sim->nodes[to].name;
    if (alert->origin == to) {
        return; /* what it said itself it may take back */
    }
    if (alert->kind == TCN_KIND_REVOKE) {
        if (!got_thread(sim, node, peer, alert) &&
            !has_otherwise(sim, node, to, alert)) {
            violation(sim, "%s tells %s of a withdrawal it has no part in: %s",
                      node->name, whom, what);
        }
        return;
    }
    oracle_waits(sim, node, to, number, form);
    uint8_t allowed = rules_export(sim, node, to, alert);
    if ((allowed & PERMITTED) == 0) {
        violation(sim, "%s gives %s to %s against its filters", node->name,
                  what, whom);
    } else if ((form & ~allowed) != 0) {
        violation(sim, "%s gives %s to %s with classes that are cut",
                  node->name, what, whom);
    }
    if (minted_is_remark(alert) && !has_subject(sim, node, peer, alert)) {
        violation(sim, "%s gives %s to %s, who lacks its subject", node->name,
                  what, whom);
    }
    if ((node->store.revoked >> alert->key & 1) != 0) {
        violation(sim, "%s gives %s to %s, and its key is revoked", node->name,
                  what, whom);
    }
    if (oracle_knows_withdrawal(sim, node, alert)) {
        violation(sim, "%s gives %s to %s although it is withdrawn", node->name,
                  what, whom);
    }
}

/* Ten of one origin may overtake others, and one more a minute. */
static void check_quota(struct sim *sim, struct node *node,
                        const struct tcn_effect *effect)
{
    uint32_t number = mint_find(sim, &effect->id);
    if (effect->lane != TCN_LANE_FAST || number == NO_ALERT) {
        return;
    }
    uint64_t minutes = (sim->now_ms - node->started_ms) / TCN_MINUTE_MS;
    unsigned origin = sim->alerts[number].origin;
    if (++node->urgent[effect->peer][origin] > 11 + minutes) {
        violation(sim, "%s lets too much of %s overtake", node->name,
                  sim->nodes[origin].name);
    }
}

/* Withdrawals are told again to who may have lost them with a backup. */
static bool may_forget(const struct sim *sim, const struct held *held)
{
    unsigned i = 0;
    while (i < sim->node_count && !sim->nodes[i].restored) {
        i++;
    }
    return (i < sim->node_count || sim_has_evil(sim)) &&
           sim->alerts[held->alert].kind == TCN_KIND_REVOKE;
}

void oracle_export(struct sim *sim, struct node *node,
                   const struct tcn_effect *effect)
{
    const struct held *held = store_find(&node->store, &effect->id);
    /* A row of it that was GONE says nothing of what the peer gave. */
    bool again = store_export(&node->store, effect->peer, &effect->id) != NULL;
    if (node->evil != HONEST) {
        return;
    }
    judge(sim, node, effect->peer, &effect->id, effect->form);
    if (!node->clock_set) {
        check_quota(sim, node, effect);
    }
    if (held == NULL) {
        violation(sim, "%s numbers what it does not hold", node->name);
    } else if (!again && !may_forget(sim, held) &&
               !sim->nodes[node->node_of[effect->peer]].restored &&
               sim->alerts[held->alert].origin != node->node_of[effect->peer] &&
               (held->sources >> effect->peer & 1) != 0 &&
               (effect->form & ~held->source_form[effect->peer]) == 0) {
        violation(sim, "%s gives %s back to who gave it", node->name,
                  say_alert(sim, &effect->id));
    }
}

/* No more rows are on their way than the receiver keeps. */
static void check_window(struct sim *sim, const struct node *node,
                         unsigned peer, const struct tcn_frame *frame)
{
    uint64_t n = 0;
    uint64_t most =
        frame->lane == TCN_LANE_FAST ? TCN_FAST_ROWS : sim->bulk_rows;
    if (frame->type == TCN_FRAME_PUSH) {
        n = frame->push.place.n;
    } else if (frame->type == TCN_FRAME_OFFER) {
        n = frame->offer.last.n;
    } else if (frame->type == TCN_FRAME_WANT &&
               frame->want.count > TCN_WANT_MAX) {
        violation(sim, "%s wants too much", node->name);
    }
    if (n > node->told[peer][frame->lane] + most) {
        violation(sim, "%s has more on its way to %s than that keeps",
                  node->name, sim->nodes[node->node_of[peer]].name);
    }
}

/* ... and no more bytes than it granted. */
static void check_grant(struct sim *sim, struct node *node, unsigned peer,
                        const struct tcn_frame *frame)
{
    const struct node *taker = &sim->nodes[node->node_of[peer]];
    uint64_t *pushed = &node->pushed[peer][frame->lane];
    *pushed += frame->push.envelope.len;
    if (*pushed > node->granted[peer][frame->lane] && taker->evil == HONEST) {
        violation(sim, "%s pushes more bytes than %s granted", node->name,
                  taker->name);
    }
}

void oracle_send(struct sim *sim, struct node *node, unsigned peer,
                 struct tcn_view bytes)
{
    static struct tcn_frame frame;
    static struct tcn_alert alert;
    if (tcn_frame_decode(&frame, bytes) != TCN_ERR_OK) {
        violation(sim, "%s sends a malformed frame", node->name);
        return;
    }
    check_window(sim, node, peer, &frame);
    if (frame.type != TCN_FRAME_PUSH || node->evil != HONEST) {
        return;
    }
    check_grant(sim, node, peer, &frame);
    if (tcn_alert_decode(&alert, frame.push.envelope) != TCN_ERR_OK) {
        violation(sim, "%s sends a malformed alert", node->name);
        return;
    }
    judge(sim, node, peer, &alert.id, open_classes(&alert));
}

/* Nothing is said that a crash could make untrue. */
void oracle_leaves(struct sim *sim, struct node *node, unsigned peer,
                   struct tcn_view bytes)
{
    static struct tcn_frame frame;
    (void)peer;
    sim->checks++;
    if (node->store.log_count != node->store.durable &&
        tcn_frame_decode(&frame, bytes) == TCN_ERR_OK &&
        frame.type != TCN_FRAME_CERT) {
        violation(sim, "%s says %s before it is durable", node->name,
                  tcn_frame_word(frame.type));
    }
}

/* What is new, and odd by the rules of now, has to be looked at. */
static void note_quarantine(struct node *node, const struct tcn_effect *effect,
                            uint32_t number, const struct minted *alert)
{
    if (effect->kind == TCN_EFFECT_STORE && effect->peer < NODES_MAX &&
        alert->origin != node->number && rules_quarantine(node, alert)) {
        word_note(node,
                  &(struct word){.said = SAID_NOTHING_YET, .alert = number});
    }
}

/* Nothing is stored but what its origin has signed and our import filter
 * takes; a withdrawal of what is held passes every filter. */
void oracle_store(struct sim *sim, struct node *node,
                  const struct tcn_effect *effect)
{
    static struct tcn_alert copy;
    uint32_t number = mint_find(sim, &effect->id);
    sim->checks++;
    if (number == NO_ALERT ||
        tcn_alert_decode(&copy, effect->alert->envelope) != TCN_ERR_OK ||
        mint_verify(&copy, sim->alerts[number].key) != TCN_ERR_OK) {
        violation(sim, "%s stores what its origin has not signed", node->name);
        return;
    }
    const struct minted *alert = &sim->alerts[number];
    if ((node->pinned >> alert->origin & 1) == 0) {
        violation(sim, "%s stores %s of a stranger", node->name, alert->name);
    }
    note_quarantine(node, effect, number, alert);
    if (node->evil != HONEST || effect->peer >= NODES_MAX ||
        alert->origin == node->number || rules_import(node, alert)) {
        return;
    }
    bool holds_thread = false;
    for (size_t i = 0; i < node->store.held_count; i++) {
        holds_thread |=
            minted_same_thread(&sim->alerts[node->store.held[i].alert], alert);
    }
    holds_thread |= node->restored; /* or did, and gave it away */
    if (alert->kind != TCN_KIND_REVOKE || !holds_thread) {
        violation(sim, "%s stores %s against its import filter", node->name,
                  alert->name);
    }
}

/* Nobody is taken for restored from a backup who was not. */
void oracle_alarm(struct sim *sim, const struct node *node,
                  const struct tcn_effect *effect)
{
    if (effect->alarm != TCN_ALARM_RESTORED) {
        return;
    }
    const struct node *peer = &sim->nodes[node->node_of[effect->peer]];
    if (!node->restored && !peer->restored && node->evil == HONEST &&
        peer->evil == HONEST) {
        violation(sim,
                  "%s begins a new ledger for %s, and no backup was "
                  "restored",
                  node->name, peer->name);
    }
}

/* Frames of another session change nothing. `writes`: in the log before. */
void oracle_session(struct sim *sim, struct node *node, unsigned peer,
                    const struct tcn_frame *frame, size_t writes)
{
    sim->checks++;
    bool current = memcmp(frame->session.bytes, node->heard[peer], 4) == 0 &&
                   memcmp(frame->session.bytes + 4, node->nonce[peer], 4) == 0;
    /* An evil one may take us back to a session that was. */
    bool honest = sim->nodes[node->node_of[peer]].evil == HONEST;
    if (honest && frame->type != TCN_FRAME_HELLO && !current &&
        node->store.log_count != writes) {
        violation(sim, "%s takes a %s of another session", node->name,
                  tcn_frame_word(frame->type));
    }
}
