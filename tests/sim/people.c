/* The waiting of a simulated node, and its officers. What follows from what is
 * decided by common/policy/waits.h, as in the daemon; here is only where the
 * rows are kept. */
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

#define ORDERS_MAX 4096

/* ---- rows ---- */

static struct hold_row *find_hold(const struct waits *waits,
                                  const struct tcn_id *id)
{
    for (size_t i = 0; i < waits->hold_count; i++) {
        if (tcn_id_equal(&waits->holds[i].id, id)) {
            return &waits->holds[i];
        }
    }
    return NULL;
}

static bool has_id(const struct tcn_id *list, size_t count,
                   const struct tcn_id *id)
{
    size_t i = 0;
    while (i < count && !tcn_id_equal(&list[i], id)) {
        i++;
    }
    return i < count;
}

static void set_hold(struct waits *waits, const struct hold_row *row)
{
    struct hold_row *held = find_hold(waits, &row->id);
    if (held == NULL) {
        waits->holds = sim_grow(waits->holds, waits->hold_count,
                                &waits->hold_cap, sizeof *waits->holds);
        held = &waits->holds[waits->hold_count++];
    }
    *held = *row;
}

static void drop_hold(struct waits *waits, const struct tcn_id *id)
{
    struct hold_row *held = find_hold(waits, id);
    if (held != NULL) {
        *held = waits->holds[--waits->hold_count];
    }
}

static void drop_delay(struct waits *waits, const struct tcn_id *id)
{
    for (size_t i = 0; i < waits->delay_count; i++) {
        if (tcn_id_equal(&waits->delays[i].id, id)) {
            waits->delays[i] = waits->delays[--waits->delay_count];
            return;
        }
    }
}

static void set_delay(struct waits *waits, const struct hold_row *row)
{
    drop_delay(waits, &row->id);
    waits->delays = sim_grow(waits->delays, waits->delay_count,
                             &waits->delay_cap, sizeof *waits->delays);
    waits->delays[waits->delay_count++] =
        (struct delay_row){row->id, row->until_ms};
}

static void look_at(struct store *store, const struct tcn_id *id)
{
    for (size_t i = 0; i < store->quarantine_count; i++) {
        if (tcn_id_equal(&store->quarantine[i], id)) {
            store->quarantine[i] = store->quarantine[--store->quarantine_count];
            return;
        }
    }
}

void people_change(struct store *store, const struct change *change)
{
    const struct tcn_id *id = &change->row.id;
    struct waits *waits = &store->books[change->peer].waits;
    switch (change->kind) {
    case CHANGE_NONE: break;
    case CHANGE_HOLD: set_hold(waits, &change->row); break;
    case CHANGE_REOPEN: drop_hold(waits, id); break;
    case CHANGE_DELAY: set_delay(waits, &change->row); break;
    case CHANGE_DELAY_OVER: drop_delay(waits, id); break;
    case CHANGE_QUARANTINE:
        store->quarantine =
            sim_grow(store->quarantine, store->quarantine_count,
                     &store->quarantine_cap, sizeof *store->quarantine);
        store->quarantine[store->quarantine_count++] = *id;
        break;
    case CHANGE_LOOKED_AT: look_at(store, id); break;
    case CHANGE_AGREED:
        waits->agreed = sim_grow(waits->agreed, waits->agreed_count,
                                 &waits->agreed_cap, sizeof *waits->agreed);
        waits->agreed[waits->agreed_count++] = *id;
        break;
    }
}

void people_forget(struct store *store)
{
    store->quarantine_count = 0;
    for (size_t i = 0; i < NODES_MAX; i++) {
        struct waits *waits = &store->books[i].waits;
        waits->hold_count = waits->delay_count = waits->agreed_count = 0;
    }
}

void people_fini(struct store *store)
{
    free(store->quarantine);
    for (size_t i = 0; i < NODES_MAX; i++) {
        free(store->books[i].waits.holds);
        free(store->books[i].waits.delays);
        free(store->books[i].waits.agreed);
    }
}

/* ---- decisions ---- */

static struct tcn_question question_of(const struct node *node,
                                       const struct hold_row *row)
{
    return (struct tcn_question){.holds =
                                     tcn_hold_bits(node->policy, row->rules),
                                 .state = row->state,
                                 .asked = row->asked,
                                 .form = row->form};
}

static void begin_hold(const struct sim *sim, const struct node *node,
                       const struct tcn_effect *effect, struct change *change)
{
    const struct hold_row *held =
        find_hold(&node->store.books[effect->peer].waits, &effect->id);
    struct hold_row *now = &change->row;
    struct tcn_buf names = tcn_buf(now->rules, sizeof now->rules);
    uint64_t within;
    now->state = TCN_HOLD_WAITING;
    now->asked = now->form = effect->verdict.form;
    tcn_hold_names(node->policy, effect->verdict.holds, &names, &within);
    now->until_ms =
        within == UINT64_MAX ? within : node_clock(sim, node) + within;
    change->kind = CHANGE_HOLD;
    if (held == NULL) {
        return;
    }
    const struct tcn_question was = question_of(node, held);
    const struct tcn_question is = question_of(node, now);
    switch (tcn_hold_again(&was, &is)) {
    case TCN_HOLD_STANDS: change->kind = CHANGE_NONE; break;
    case TCN_HOLD_ASKS_ANEW: break;
    case TCN_HOLD_GOES:
        change->kind = CHANGE_DELAY;
        now->until_ms = node_clock(sim, node);
        break;
    }
}

void people_decided(const struct sim *sim, const struct node *node,
                    const struct tcn_effect *effect, struct change *change)
{
    const struct store *store = &node->store;
    *change = (struct change){.peer = effect->peer, .row = {.id = effect->id}};
    switch (tcn_wait_of(effect->hook, &effect->verdict)) {
    case TCN_WAIT_LOOK:
        if (store_find(store, &effect->id) == NULL &&
            !has_id(store->quarantine, store->quarantine_count, &effect->id)) {
            change->kind = CHANGE_QUARANTINE;
        }
        break;
    case TCN_WAIT_PEOPLE: begin_hold(sim, node, effect, change); break;
    case TCN_WAIT_TIME:
        change->kind = CHANGE_DELAY;
        change->row.until_ms = effect->verdict.until_ms;
        break;
    case TCN_WAIT_OVER: change->kind = CHANGE_DELAY_OVER; break;
    case TCN_WAIT_SAME: break;
    }
}

const struct tcn_receipt *people_told(const struct node *node,
                                      const struct held *held)
{
    static struct tcn_receipt told;
    static struct tcn_release releases[NODES_MAX];
    const struct store *store = &node->store;
    told = (struct tcn_receipt){.received_ms = held->received_ms,
                                .releases = releases};
    told.quarantined =
        has_id(store->quarantine, store->quarantine_count, &held->id);
    for (unsigned p = 0; p < node->peer_count; p++) {
        const struct waits *waits = &store->books[p].waits;
        const struct hold_row *row = find_hold(waits, &held->id);
        if (has_id(waits->agreed, waits->agreed_count, &held->id)) {
            told.requested |= 1ull << p;
        }
        if (row != NULL) {
            const struct tcn_question question = question_of(node, row);
            told.release_count +=
                tcn_hold_told(&question, p, &releases[told.release_count]);
        }
    }
    return &told;
}

/* ---- time ---- */

static void write_hold(struct node *node, unsigned peer,
                       const struct hold_row *row)
{
    const struct change change = {CHANGE_HOLD, (uint8_t)peer, *row};
    store_write_change(node, &change);
}

static void expire(struct sim *sim, struct node *node, unsigned peer)
{
    struct waits *waits = &node->store.books[peer].waits;
    for (size_t i = 0; i < waits->hold_count; i++) {
        struct hold_row row = waits->holds[i];
        if (row.state == TCN_HOLD_WAITING &&
            row.until_ms <= node_clock(sim, node)) {
            row.state = TCN_HOLD_EXPIRED;
            word_note(node, &(struct word){.said = SAID_REFUSE,
                                           .alert = mint_find(sim, &row.id),
                                           .to = node->node_of[peer]});
            say(sim, "%s: nobody let %s go to %s in time", node->name,
                say_alert(sim, &row.id), sim->nodes[node->node_of[peer]].name);
            write_hold(node, peer, &row);
        }
    }
}

size_t people_overdue(struct sim *sim, struct node *node, struct tcn_id *ids,
                      size_t max)
{
    size_t count = 0;
    struct tcn_overdue over =
        tcn_delays_over(node->asked_ms, node_clock(sim, node));
    for (unsigned p = 0; p < node->peer_count; p++) {
        expire(sim, node, p);
        const struct waits *waits = &node->store.books[p].waits;
        for (size_t i = 0; i < waits->delay_count; i++) {
            const struct delay_row *row = &waits->delays[i];
            if (row->until_ms > over.after_ms &&
                row->until_ms <= over.until_ms &&
                !has_id(ids, count, &row->id)) {
                tcn_assert(count < max);
                ids[count++] = row->id;
            }
        }
    }
    node->asked_ms = over.until_ms;
    return count;
}

uint64_t people_next_ms(const struct node *node)
{
    uint64_t next = UINT64_MAX;
    for (unsigned p = 0; p < node->peer_count; p++) {
        const struct waits *waits = &node->store.books[p].waits;
        for (size_t i = 0; i < waits->hold_count; i++) {
            const struct hold_row *row = &waits->holds[i];
            if (row->state == TCN_HOLD_WAITING && row->until_ms < next) {
                next = row->until_ms;
            }
        }
        for (size_t i = 0; i < waits->delay_count; i++) {
            uint64_t until = waits->delays[i].until_ms;
            if (until > node->asked_ms && until < next) {
                next = until + 1;
            }
        }
    }
    return next;
}

/* ---- officers ---- */

static void write_delay(struct sim *sim, struct node *node, unsigned peer,
                        const struct tcn_id *id)
{
    const struct change change = {
        CHANGE_DELAY,
        (uint8_t)peer,
        {.id = *id, .until_ms = node_clock(sim, node)}};
    store_write_change(node, &change);
}

unsigned people_rules(const char *names)
{
    static const char pending[] = "pending:";
    unsigned rules = 0;
    for (const char *at = names; *at != '\0'; at += *at == ' ') {
        bool waits = strncmp(at, pending, sizeof pending - 1) == 0;
        at += waits ? sizeof pending - 1 : 0;
        unsigned rule = *at == 'a' ? HOLD_BY_SEVERITY : HOLD_BY_VICTIM;
        rules |= waits ? HOLD_BY_PENDING * rule : rule;
        at += strcspn(at, " ");
    }
    return rules;
}

static void note(struct node *node, const struct order *order,
                 const struct hold_row *row)
{
    struct word word = {
        .said = order->said, .alert = order->alert, .to = order->to};
    if (row != NULL) {
        word.asked = row->asked;
        word.form = row->asked & (uint8_t)~order->cut;
        word.rules = people_rules(row->rules);
    }
    word_note(node, &word);
}

/* Released or refused, while it waits; what was refused can be reopened. */
static bool answer(struct sim *sim, struct node *node,
                   const struct order *order)
{
    unsigned peer = node->peer_of[order->to];
    const struct tcn_id *id = &sim->alerts[order->alert].id;
    const struct hold_row *held = find_hold(&node->store.books[peer].waits, id);
    bool reopens = order->said == SAID_REOPEN;
    if (held == NULL || (held->state == TCN_HOLD_WAITING) == reopens ||
        held->state == TCN_HOLD_RELEASED) {
        return false;
    }
    struct hold_row row = *held;
    note(node, order, held);
    if (reopens) {
        const struct change change = {CHANGE_REOPEN, (uint8_t)peer, row};
        store_write_change(node, &change);
    } else if (order->said == SAID_REFUSE) {
        row.state = TCN_HOLD_REFUSED;
        write_hold(node, peer, &row);
        return true;
    } else {
        row.state = TCN_HOLD_RELEASED;
        row.form = row.asked & (uint8_t)~order->cut;
        write_hold(node, peer, &row);
    }
    write_delay(sim, node, peer, id);
    return true;
}

static bool agree(struct sim *sim, struct node *node, const struct order *order)
{
    unsigned peer = node->peer_of[order->to];
    const struct tcn_id *id = &sim->alerts[order->alert].id;
    const struct change change = {CHANGE_AGREED, (uint8_t)peer, {.id = *id}};
    if (peer == NODES_MAX || store_find(&node->store, id) == NULL) {
        return false;
    }
    note(node, order, NULL);
    store_write_change(node, &change);
    write_delay(sim, node, peer, id);
    return true;
}

static bool look(struct sim *sim, struct node *node, const struct order *order)
{
    const struct tcn_id *id = &sim->alerts[order->alert].id;
    const struct store *store = &node->store;
    if (!has_id(store->quarantine, store->quarantine_count, id)) {
        return false;
    }
    const struct change change = {CHANGE_LOOKED_AT, 0, {.id = *id}};
    note(node, order, NULL);
    store_write_change(node, &change);
    for (unsigned p = 0; p < node->peer_count; p++) {
        write_delay(sim, node, p, id);
    }
    return true;
}

bool people_say(struct sim *sim, struct node *node, const struct order *order)
{
    static const char *const words[] = {
        [SAID_RELEASE] = "releases", [SAID_REFUSE] = "refuses",
        [SAID_REOPEN] = "reopens",   [SAID_LOOKED_AT] = "looks at",
        [SAID_AGREED] = "agrees to",
    };
    bool done = order->said == SAID_AGREED      ? agree(sim, node, order)
                : order->said == SAID_LOOKED_AT ? look(sim, node, order)
                                                : answer(sim, node, order);
    if (done) {
        bool to = order->said != SAID_LOOKED_AT;
        say(sim, "an officer of %s %s %s%s%s", node->name, words[order->said],
            sim->alerts[order->alert].name, to ? " for " : "",
            to ? sim->nodes[order->to].name : "");
        sim->words++;
    }
    return done;
}

/* ---- what there is to be said ---- */

static struct {
    struct order list[ORDERS_MAX];
    size_t count;
} orders;

static void put_order(enum said said, uint32_t alert, unsigned to)
{
    if (orders.count < ORDERS_MAX && alert != NO_ALERT) {
        orders.list[orders.count++] =
            (struct order){.said = said, .alert = alert, .to = to};
    }
}

/* Those of our alerts that somebody asks for. */
static void put_requests(const struct sim *sim, const struct node *node)
{
    for (size_t i = 0; i < node->store.held_count; i++) {
        const struct held *held = &node->store.held[i];
        const struct minted *request = &sim->alerts[held->alert];
        if (!request->is_request || held->status != TCN_STATUS_LIVE ||
            sim->alerts[request->subject].origin != node->number ||
            store_find(&node->store, &sim->alerts[request->subject].id) ==
                NULL ||
            node->peer_of[request->origin] == NODES_MAX) {
            continue;
        }
        const struct waits *waits =
            &node->store.books[node->peer_of[request->origin]].waits;
        if (!has_id(waits->agreed, waits->agreed_count,
                    &sim->alerts[request->subject].id)) {
            put_order(SAID_AGREED, request->subject, request->origin);
        }
    }
}

static void gather(const struct sim *sim, const struct node *node)
{
    orders.count = 0;
    for (unsigned p = 0; p < node->peer_count; p++) {
        const struct waits *waits = &node->store.books[p].waits;
        for (size_t i = 0; i < waits->hold_count; i++) {
            const struct hold_row *row = &waits->holds[i];
            if (row->state != TCN_HOLD_RELEASED) {
                put_order(row->state == TCN_HOLD_WAITING ? SAID_RELEASE
                                                         : SAID_REOPEN,
                          mint_find(sim, &row->id), node->node_of[p]);
            }
        }
    }
    for (size_t i = 0; i < node->store.quarantine_count; i++) {
        put_order(SAID_LOOKED_AT, mint_find(sim, &node->store.quarantine[i]),
                  node->number);
    }
    put_requests(sim, node);
}

/* An officer may refuse, or cut classes. */
static void give(struct sim *sim, struct node *node, struct order order)
{
    if (order.said == SAID_RELEASE && sim_chance(sim, 30)) {
        order.said = SAID_REFUSE;
    } else if (order.said == SAID_RELEASE && sim_chance(sim, 30)) {
        order.cut = (uint8_t)sim_below(sim, TCN_CLASS_ALL);
    }
    node_post(sim, node, &(struct item){.kind = ITEM_ORDER, .order = order});
}

void people_any(struct sim *sim)
{
    struct node *node = &sim->nodes[sim_below(sim, sim->node_count)];
    gather(sim, node);
    if (!node->alive || orders.count == 0) {
        return;
    }
    struct order order = orders.list[sim_below(sim, orders.count)];
    if (order.said != SAID_REOPEN || sim_chance(sim, 30)) {
        give(sim, node, order);
    }
}

/* Some is never looked at, and some requests get no answer. */
static bool is_left(const struct order *order)
{
    bool may_be = order->said == SAID_LOOKED_AT || order->said == SAID_AGREED;
    return order->said == SAID_REOPEN || (may_be && order->alert % 4 == 0);
}

bool people_all(struct sim *sim)
{
    bool waits = false;
    for (unsigned i = 0; i < sim->node_count; i++) {
        struct node *node = &sim->nodes[i];
        waits |= people_next_ms(node) != UINT64_MAX;
        gather(sim, node);
        for (size_t k = 0; k < orders.count; k++) {
            struct order order = orders.list[k];
            if (!is_left(&order)) {
                waits = true;
                give(sim, node, order);
            }
        }
    }
    return waits;
}
