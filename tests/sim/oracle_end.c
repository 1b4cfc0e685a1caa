/* What must hold when all faults are healed and everything is quiet: among the
 * honest nodes; what an evil one has said and done is judged only where it
 * must not have an effect. */
#include "sim/sim.h"

#define PERMITTED 0x80u

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
        if (b != alert && minted_same_thread(b, alert) &&
            held_somewhere(sim, b) &&
            (b->kind == TCN_KIND_REVOKE || b->revision >= alert->revision)) {
            return true;
        }
    }
    return false;
}

bool oracle_is_early(const struct sim *sim, const struct minted *alert)
{
    return alert->created_ms > START_MS + sim->now_ms + TCN_EARLY_MS;
}

/* Whether it is the last word of its thread, so that it must get about. */
static bool must_travel(const struct sim *sim, const struct minted *alert)
{
    uint64_t now = START_MS + sim->now_ms;
    return alert->kind != TCN_KIND_REVOKE && !minted_is_remark(alert) &&
           now + TCN_HOUR_MS < alert->expires_ms &&
           !oracle_is_early(sim, alert) &&
           (sim->revoked >> alert->key & 1) == 0 &&
           !any_twin_or_withdrawal(sim, alert);
}

/* Whoever has it has given it to everybody who may have it: so it is with all
 * who can be reached over edges whose filters let it through. */
static void check_edge(struct sim *sim, unsigned from, unsigned to,
                       const struct minted *alert)
{
    const struct node *giver = &sim->nodes[from];
    const struct node *taker = &sim->nodes[to];
    if (giver->evil != HONEST || taker->evil != HONEST) {
        return;
    }
    const struct held *has = holds(sim, from, alert);
    uint8_t allowed = rules_export(sim, giver, to, alert);
    if (has == NULL || (allowed & PERMITTED) == 0 ||
        (taker->pinned >> alert->origin & 1) == 0 ||
        !rules_import(taker, alert)) {
        return;
    }
    enum passes passes = oracle_passes(
        sim, giver, to, (uint32_t)(alert - sim->alerts), &allowed);
    const struct held *got = holds(sim, to, alert);
    if (passes == STOPPED) {
        return;
    }
    if (taker->restored && alert->minted_ms < taker->restored_ms) {
        return; /* what it gave, or offered, and forgot it is not given again */
    }
    if (got == NULL) {
        violation(sim, "%s has %s, and %s does not%s", giver->name, alert->name,
                  taker->name, passes == UNASKED ? ": nobody was asked" : "");
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
    if (sim->people) {
        return false; /* they say what gets where */
    }
    for (unsigned i = 0; i < sim->node_count; i++) {
        if (sim->nodes[i].rules_changed || sim->nodes[i].restored ||
            sim->nodes[i].evil != HONEST) {
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
        if (held != NULL && held->status != TCN_STATUS_LIVE &&
            sim->nodes[u].evil == HONEST) {
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
            minted_same_thread(&sim->alerts[i], revoke)) {
            return true;
        }
    }
    return false;
}

static bool is_believed(const struct held *held)
{
    return held->status == TCN_STATUS_LIVE ||
           held->status == TCN_STATUS_EQUIVOCAL;
}

/* Whoever holds a withdrawal has told everybody it gave the thread to: so it is
 * also where somebody in between withholds it. */
static void check_told(struct sim *sim, const struct node *node,
                       const struct minted *revoke)
{
    if (node->evil != HONEST || holds(sim, node->number, revoke) == NULL) {
        return;
    }
    for (size_t p = 0; p < node->peer_count; p++) {
        const struct node *taker = &sim->nodes[node->node_of[p]];
        for (size_t i = 0; i < taker->store.held_count; i++) {
            const struct held *held = &taker->store.held[i];
            const struct minted *alert = &sim->alerts[held->alert];
            if (taker->evil == HONEST && alert->kind != TCN_KIND_REVOKE &&
                minted_same_thread(alert, revoke) && is_believed(held) &&
                store_export(&node->store, (unsigned)p, &alert->id) != NULL) {
                violation(sim, "%s got %s of %s and not its withdrawal",
                          taker->name, alert->name, node->name);
            }
        }
    }
}

/* A withdrawal has reached everybody who has any revision of the thread. What a
 * backup made a node forget it knows only by id: of several revisions it can
 * place only the one that is named by the next. */
static void check_withdrawal(struct sim *sim, const struct minted *revoke)
{
    sim->checks++;
    if (oracle_is_early(sim, revoke) ||
        (sim->revoked >> revoke->key & 1) != 0) {
        return; /* of a wrong clock: not yet; of a revoked key: never */
    }
    if (sim_has_evil(sim)) {
        for (unsigned i = 0; i < sim->node_count; i++) {
            check_told(sim, &sim->nodes[i], revoke);
        }
        return;
    }
    if (holds(sim, revoke->origin, revoke) == NULL ||
        (anybody_restored(sim) && has_revisions(sim, revoke))) {
        return; /* its own origin forgot it, or as said */
    }
    for (unsigned v = 0; v < sim->node_count; v++) {
        const struct store *store = &sim->nodes[v].store;
        for (size_t i = 0; i < store->held_count; i++) {
            const struct held *held = &store->held[i];
            const struct minted *alert = &sim->alerts[held->alert];
            if (alert->kind != TCN_KIND_REVOKE &&
                minted_same_thread(alert, revoke) && is_believed(held)) {
                violation(sim, "%s still believes %s, which %s withdrew",
                          sim->nodes[v].name, alert->name,
                          sim->nodes[alert->origin].name);
            }
        }
    }
}

/* Each (id, form, status) exactly once, the last one as it is now, and nothing
 * is believed again after it was withdrawn. */
static void check_told_observers(struct sim *sim, const struct node *node,
                                 const struct held *held)
{
    const struct fed *last = NULL;
    const struct minted *alert = &sim->alerts[held->alert];
    for (size_t i = 0; i < node->store.fed_count; i++) {
        const struct fed *fed = &node->store.fed[i];
        if (fed->alert != held->alert) {
            continue;
        }
        if (last != NULL && last->status == TCN_STATUS_REVOKED &&
            fed->status != TCN_STATUS_REVOKED) {
            violation(sim, "%s shows %s again after its withdrawal", node->name,
                      alert->name);
        }
        last = fed;
    }
    bool current = last != NULL && last->form == held->form &&
                   last->status == held->status;
    if (!current &&
        (is_believed(held) || (last != NULL && last->status != held->status))) {
        violation(sim, "%s holds %s as %s and shows something else", node->name,
                  alert->name, tcn_status_word(held->status));
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
    for (size_t i = 0; i < node->store.held_count; i++) {
        check_told_observers(sim, node, &node->store.held[i]);
    }
}

static bool is_content(const struct minted *alert)
{
    return alert->kind == TCN_KIND_ALERT || alert->kind == TCN_KIND_UPDATE;
}

/* The highest revision is the current one, whatever is missing in between. */
static void check_current(struct sim *sim, const struct node *node)
{
    for (size_t i = 0; i < node->store.held_count; i++) {
        const struct held *held = &node->store.held[i];
        const struct minted *old = &sim->alerts[held->alert];
        for (size_t j = 0; j < node->store.held_count; j++) {
            const struct minted *new = &sim->alerts[node->store.held[j].alert];
            if (held->status == TCN_STATUS_LIVE && is_content(old) &&
                is_content(new) && minted_same_thread(old, new) &&
                new->revision > old->revision) {
                violation(sim, "%s believes %s, and has %s", node->name,
                          old->name, new->name);
            }
        }
    }
}

/* Two things said in the same place: neither is acted on. */
static void check_contradictions(struct sim *sim, const struct node *node)
{
    for (size_t i = 0; i < node->store.held_count; i++) {
        const struct held *a = &node->store.held[i];
        const struct minted *one = &sim->alerts[a->alert];
        for (size_t j = 0; j < node->store.held_count; j++) {
            const struct minted *two = &sim->alerts[node->store.held[j].alert];
            if (i != j && minted_same_thread(one, two) &&
                one->revision == two->revision &&
                a->status == TCN_STATUS_LIVE && one->kind != TCN_KIND_REVOKE &&
                two->kind != TCN_KIND_REVOKE &&
                !oracle_knows_withdrawal(sim, node, one)) {
                violation(sim, "%s believes %s, and %s contradicts it",
                          node->name, one->name, two->name);
            }
        }
    }
}

/* Nobody honest is taken for a breaker of rules. */
static void check_standing(struct sim *sim, const struct node *node)
{
    struct tcn_mesh_peer_info info;
    for (unsigned p = 0; p < node->peer_count && node->alive; p++) {
        tcn_mesh_peer(node->mesh, p, &info);
        if (info.standing != TCN_PEER_OK &&
            sim->nodes[node->node_of[p]].evil == HONEST) {
            violation(sim, "%s thinks badly of %s", node->name,
                      sim->nodes[node->node_of[p]].name);
        }
    }
}

static bool shares_alert_of(const struct sim *sim, const struct node *node,
                            unsigned peer, unsigned key)
{
    for (size_t i = 0; i < node->store.held_count; i++) {
        const struct held *held = &node->store.held[i];
        if (sim->alerts[held->alert].key == key &&
            store_find(&sim->nodes[node->node_of[peer]].store, &held->id) !=
                NULL &&
            ((held->sources >> peer & 1) != 0 ||
             store_export(&node->store, peer, &held->id) != NULL)) {
            return true;
        }
    }
    return false;
}

/* A key revocation goes to everybody who has anything signed with it. */
static void check_revocations(struct sim *sim, const struct node *node)
{
    for (unsigned key = 0; key < KEYS_MAX; key++) {
        for (unsigned p = 0; p < node->peer_count; p++) {
            const struct node *peer = &sim->nodes[node->node_of[p]];
            if ((node->store.revoked >> key & 1) != 0 &&
                (peer->store.revoked >> key & 1) == 0 && peer->evil == HONEST &&
                shares_alert_of(sim, node, p, key)) {
                violation(sim, "%s has not told %s that a key of %s is revoked",
                          node->name, peer->name, mint_name(key % NODES_MAX));
            }
        }
    }
}

void oracle_end(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->alert_count; i++) {
        const struct minted *alert = &sim->alerts[i];
        sim->checks++;
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
        const struct node *node = &sim->nodes[i];
        if (node->evil == HONEST) {
            check_feed(sim, node);
            check_contradictions(sim, node);
            check_current(sim, node);
            check_standing(sim, node);
            check_revocations(sim, node);
        }
    }
}
