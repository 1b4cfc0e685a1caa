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

static bool same_thread(const struct minted *a, const struct minted *b)
{
    return a->origin == b->origin && memcmp(a->thread, b->thread, 16) == 0;
}

static bool is_remark(const struct minted *alert)
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
            same_thread(&sim->alerts[number], alert)) {
            return true;
        }
    }
    return false;
}

static bool knows_withdrawal(const struct sim *sim, const struct node *node,
                             const struct minted *alert)
{
    for (size_t i = 0; i < node->store.held_count; i++) {
        const struct minted *held = &sim->alerts[node->store.held[i].alert];
        if (held->kind == TCN_KIND_REVOKE && same_thread(held, alert)) {
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
        if (!got_thread(sim, node, peer, alert)) {
            violation(sim, "%s tells %s of a withdrawal it has no part in: %s",
                      node->name, whom, what);
        }
        return;
    }
    uint8_t allowed = rules_export(sim, node, to, alert);
    if ((allowed & PERMITTED) == 0) {
        violation(sim, "%s gives %s to %s against its filters", node->name,
                  what, whom);
    } else if ((form & ~allowed) != 0) {
        violation(sim, "%s gives %s to %s with classes that are cut",
                  node->name, what, whom);
    }
    if (is_remark(alert) && !has_subject(sim, node, peer, alert)) {
        violation(sim, "%s gives %s to %s, who lacks its subject", node->name,
                  what, whom);
    }
    if (knows_withdrawal(sim, node, alert)) {
        violation(sim, "%s gives %s to %s although it is withdrawn", node->name,
                  what, whom);
    }
}

void oracle_export(struct sim *sim, struct node *node,
                   const struct tcn_effect *effect)
{
    const struct held *held = store_find(&node->store, &effect->id);
    judge(sim, node, effect->peer, &effect->id, effect->form);
    if (held == NULL) {
        violation(sim, "%s numbers what it does not hold", node->name);
    } else if (!sim->nodes[node->node_of[effect->peer]].restored &&
               sim->alerts[held->alert].origin != node->node_of[effect->peer] &&
               (held->sources >> effect->peer & 1) != 0 &&
               (effect->form & ~held->source_form[effect->peer]) == 0) {
        violation(sim, "%s gives %s back to who gave it", node->name,
                  say_alert(sim, &effect->id));
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
    if (frame.type != TCN_FRAME_PUSH) {
        return;
    }
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
    if (node->store.log_count != node->store.durable &&
        tcn_frame_decode(&frame, bytes) == TCN_ERR_OK &&
        frame.type != TCN_FRAME_CERT) {
        violation(sim, "%s says %s before it is durable", node->name,
                  tcn_frame_word(frame.type));
    }
}

/* Nothing is stored but what its origin has signed and our import filter
 * takes; a withdrawal of what is held passes every filter. */
void oracle_store(struct sim *sim, struct node *node,
                  const struct tcn_effect *effect)
{
    static struct tcn_alert copy;
    uint32_t number = mint_find(sim, &effect->id);
    if (number == NO_ALERT ||
        tcn_alert_decode(&copy, effect->alert->envelope) != TCN_ERR_OK ||
        tcn_alert_verify(&copy, mint_cert(sim->alerts[number].origin), NULL) !=
            TCN_ERR_OK) {
        violation(sim, "%s stores what its origin has not signed", node->name);
        return;
    }
    const struct minted *alert = &sim->alerts[number];
    if ((node->pinned >> alert->origin & 1) == 0) {
        violation(sim, "%s stores %s of a stranger", node->name, alert->name);
    }
    if (effect->peer >= NODES_MAX || alert->origin == node->number ||
        rules_import(node, alert)) {
        return;
    }
    bool holds_thread = false;
    for (size_t i = 0; i < node->store.held_count; i++) {
        holds_thread |=
            same_thread(&sim->alerts[node->store.held[i].alert], alert);
    }
    if (alert->kind != TCN_KIND_REVOKE || !holds_thread) {
        violation(sim, "%s stores %s against its import filter", node->name,
                  alert->name);
    }
}

/* Frames of another session change nothing. `writes`: in the log before. */
void oracle_session(struct sim *sim, struct node *node, unsigned peer,
                    const struct tcn_frame *frame, size_t writes)
{
    bool current = memcmp(frame->session.bytes, node->heard[peer], 4) == 0 &&
                   memcmp(frame->session.bytes + 4, node->nonce[peer], 4) == 0;
    if (frame->type != TCN_FRAME_HELLO && !current &&
        node->store.log_count != writes) {
        violation(sim, "%s takes a %s of another session", node->name,
                  tcn_frame_word(frame->type));
    }
}

/* ---- when all is quiet ---- */

static const struct held *holds(const struct sim *sim, unsigned node,
                                const struct minted *alert)
{
    return store_find(&sim->nodes[node].store, &alert->id);
}

static bool held_somewhere(const struct sim *sim, const struct minted *alert)
{
    unsigned i = 0;
    while (i < sim->node_count && holds(sim, i, alert) == NULL) {
        i++;
    }
    return i < sim->node_count;
}

static bool any_twin_or_withdrawal(const struct sim *sim,
                                   const struct minted *alert)
{
    for (uint32_t i = 0; i < sim->alert_count; i++) {
        const struct minted *b = &sim->alerts[i];
        if (b != alert && same_thread(b, alert) && held_somewhere(sim, b) &&
            (b->kind == TCN_KIND_REVOKE || b->revision >= alert->revision)) {
            return true;
        }
    }
    return false;
}

/* Whether it is the last word of its thread, so that it must get about. */
static bool must_travel(const struct sim *sim, const struct minted *alert)
{
    return alert->kind != TCN_KIND_REVOKE && !is_remark(alert) &&
           START_MS + sim->now_ms + TCN_HOUR_MS < alert->expires_ms &&
           !any_twin_or_withdrawal(sim, alert);
}

/* Whoever has it has given it to everybody who may have it: so it is with all
 * who can be reached over edges whose filters let it through. */
static void check_edge(struct sim *sim, unsigned from, unsigned to,
                       const struct minted *alert)
{
    const struct node *giver = &sim->nodes[from];
    const struct node *taker = &sim->nodes[to];
    const struct held *has = holds(sim, from, alert);
    uint8_t allowed = rules_export(sim, giver, to, alert);
    if (has == NULL || (allowed & PERMITTED) == 0 ||
        (taker->pinned >> alert->origin & 1) == 0 ||
        !rules_import(taker, alert)) {
        return;
    }
    bool gave = (has->sources >> giver->peer_of[to] & 1) != 0;
    const struct held *got = holds(sim, to, alert);
    if (taker->restored && gave) {
        return; /* it gave it away and forgot: it asks nobody in this version */
    }
    if (got == NULL) {
        violation(sim, "%s has %s, and %s does not", giver->name, alert->name,
                  taker->name);
    } else if ((has->form & allowed & ~got->form & TCN_CLASS_ALL) != 0) {
        violation(sim, "%s opens more of %s than %s has", giver->name,
                  alert->name, taker->name);
    }
}

/* One edge of the graph; whether it opened anything at its end. */
static bool grow(const struct sim *sim, const struct minted *alert,
                 uint8_t *form, unsigned from, unsigned to)
{
    if (!sim->pipes[from][to].linked || form[from] == 0 ||
        !rules_import(&sim->nodes[to], alert)) {
        return false;
    }
    uint8_t edge = rules_export(sim, &sim->nodes[from], to, alert);
    uint8_t more = form[from] & edge & (uint8_t)~form[to];
    form[to] |= more;
    return more != 0;
}

/* With filters that never changed nobody has more than graph search says. */
static void check_reach(struct sim *sim, const struct minted *alert)
{
    uint8_t form[NODES_MAX] = {0};
    form[alert->origin] = PERMITTED | alert->present;
    const unsigned edges = sim->node_count * sim->node_count;
    for (bool grown = true; grown;) {
        grown = false;
        for (unsigned i = 0; i < edges; i++) {
            grown |= grow(sim, alert, form, i / sim->node_count,
                          i % sim->node_count);
        }
    }
    for (unsigned v = 0; v < sim->node_count; v++) {
        const struct held *held = holds(sim, v, alert);
        uint8_t has = held == NULL ? 0 : PERMITTED | held->form;
        if (has != form[v]) {
            violation(sim, "%s has %s as %02x, and the graph says %02x",
                      sim->nodes[v].name, alert->name, has, form[v]);
        }
    }
}

static bool filters_never_changed(const struct sim *sim)
{
    for (unsigned i = 0; i < sim->node_count; i++) {
        if (sim->nodes[i].rules_changed || sim->nodes[i].restored) {
            return false;
        }
    }
    return true;
}

static void check_delivery(struct sim *sim, const struct minted *alert)
{
    for (unsigned u = 0; u < sim->node_count; u++) {
        for (unsigned v = 0; v < sim->node_count; v++) {
            if (sim->pipes[u][v].linked) {
                check_edge(sim, u, v, alert);
            }
        }
        const struct held *held = holds(sim, u, alert);
        if (held != NULL && held->status != TCN_STATUS_LIVE) {
            violation(sim, "%s takes %s for %s", sim->nodes[u].name,
                      alert->name, tcn_status_word(held->status));
        }
    }
    if (filters_never_changed(sim) &&
        holds(sim, alert->origin, alert) != NULL) {
        check_reach(sim, alert);
    }
}

static bool anybody_restored(const struct sim *sim)
{
    unsigned i = 0;
    while (i < sim->node_count && !sim->nodes[i].restored) {
        i++;
    }
    return i < sim->node_count;
}

static bool has_revisions(const struct sim *sim, const struct minted *revoke)
{
    for (uint32_t i = 0; i < sim->alert_count; i++) {
        if (sim->alerts[i].kind == TCN_KIND_UPDATE &&
            same_thread(&sim->alerts[i], revoke)) {
            return true;
        }
    }
    return false;
}

/* A withdrawal has reached everybody who has any revision of the thread. What a
 * backup made a node forget it knows only by id: of several revisions it can
 * place only the one that is named by the next. */
static void check_withdrawal(struct sim *sim, const struct minted *revoke)
{
    if (holds(sim, revoke->origin, revoke) == NULL ||
        (anybody_restored(sim) && has_revisions(sim, revoke))) {
        return; /* its own origin forgot it, or as said */
    }
    for (unsigned v = 0; v < sim->node_count; v++) {
        const struct store *store = &sim->nodes[v].store;
        for (size_t i = 0; i < store->held_count; i++) {
            const struct held *held = &store->held[i];
            const struct minted *alert = &sim->alerts[held->alert];
            if (alert->kind != TCN_KIND_REVOKE && same_thread(alert, revoke) &&
                (held->status == TCN_STATUS_LIVE ||
                 held->status == TCN_STATUS_EQUIVOCAL)) {
                violation(sim, "%s still believes %s, which %s withdrew",
                          sim->nodes[v].name, alert->name,
                          sim->nodes[alert->origin].name);
            }
        }
    }
}

static void check_feed(struct sim *sim, const struct node *node)
{
    for (size_t i = 0; i < node->store.fed_count; i++) {
        const struct fed *a = &node->store.fed[i];
        for (size_t j = i + 1; j < node->store.fed_count; j++) {
            const struct fed *b = &node->store.fed[j];
            if (a->alert == b->alert && a->form == b->form &&
                a->status == b->status) {
                violation(sim, "%s shows %s as %s twice", node->name,
                          sim->alerts[a->alert].name,
                          tcn_status_word(a->status));
            }
        }
    }
}

void oracle_end(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->alert_count; i++) {
        const struct minted *alert = &sim->alerts[i];
        if (alert->submitted && !alert->lost &&
            holds(sim, alert->origin, alert) == NULL) {
            violation(sim, "%s has lost %s after it said it was stored",
                      sim->nodes[alert->origin].name, alert->name);
        }
        if (alert->kind == TCN_KIND_REVOKE) {
            check_withdrawal(sim, alert);
        } else if (must_travel(sim, alert)) {
            check_delivery(sim, alert);
        }
    }
    for (unsigned i = 0; i < sim->node_count; i++) {
        check_feed(sim, &sim->nodes[i]);
    }
}
