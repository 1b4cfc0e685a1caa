/* What a node has written: a log of writes, and what they add up to. A crash
 * cuts the log at the last commit, a restored backup further back; the rest is
 * then added up anew. */
#include "sim/sim.h"

#include <stdlib.h>

struct write {
    struct tcn_effect effect; /* without its alert */
    uint32_t alert;
    uint8_t *bytes; /* of STORE and MERGE: the copy as it was then */
    size_t len;
    struct change change; /* of what waits */
    uint64_t at_ms;
    unsigned cert; /* KEYS_MAX = none */
    unsigned krev;
};

static void write_free(struct write *write)
{
    free(write->bytes);
}

struct held *store_find(const struct store *store, const struct tcn_id *id)
{
    for (size_t i = 0; i < store->held_count; i++) {
        if (tcn_id_equal(&store->held[i].id, id)) {
            return &store->held[i];
        }
    }
    return NULL;
}

const struct ledger_row *store_row(const struct store *store, unsigned peer,
                                   enum tcn_lane lane, uint64_t n)
{
    const struct books *books = &store->books[peer];
    for (size_t i = books->ledger_count; i > 0; i--) {
        const struct ledger_row *row = &books->ledger[i - 1];
        if (row->n == n && row->lane == lane &&
            memcmp(row->epoch.bytes, books->state.epoch.bytes, 8) == 0) {
            return row;
        }
    }
    return NULL;
}

static struct export_row *find_export(struct books *books,
                                      const struct tcn_id *id)
{
    for (size_t i = 0; i < books->export_count; i++) {
        if (tcn_id_equal(&books->exports[i].id, id)) {
            return &books->exports[i];
        }
    }
    return NULL;
}

const struct export_row *store_export(const struct store *store, unsigned peer,
                                      const struct tcn_id *id)
{
    return find_export((struct books *)&store->books[peer], id);
}

/* ---- what one write does ---- */

static void add_alert(struct store *store, const struct write *write)
{
    const struct tcn_effect *effect = &write->effect;
    store->held = sim_grow(store->held, store->held_count, &store->held_cap,
                           sizeof *store->held);
    struct held *held = &store->held[store->held_count++];
    *held = (struct held){
        .id = effect->id,
        .alert = write->alert,
        .bytes = write->bytes,
        .len = write->len,
        .seq = effect->seq,
        .status = effect->status,
        .form = effect->form,
        .received_ms = write->at_ms,
        .has_contents = true,
    };
    if (effect->peer < NODES_MAX) {
        held->sources = 1ull << effect->peer;
        held->source_form[effect->peer] = effect->form;
    }
}

static void purge(struct store *store, const struct tcn_effect *effect)
{
    struct held *held = store_find(store, &effect->id);
    if (held != NULL && effect->whole) {
        *held = store->held[--store->held_count];
    } else if (held != NULL) {
        held->has_contents = false;
    }
}

static void change_alert(struct store *store, const struct write *write)
{
    const struct tcn_effect *effect = &write->effect;
    struct held *held = store_find(store, &effect->id);
    if (held == NULL) {
        return;
    }
    switch (effect->kind) {
    case TCN_EFFECT_MERGE:
        held->bytes = write->bytes;
        held->len = write->len;
        held->form = effect->form;
        held->seq = effect->seq;
        break;
    case TCN_EFFECT_SOURCE:
        held->sources |= 1ull << effect->peer;
        held->source_form[effect->peer] |= effect->form;
        break;
    case TCN_EFFECT_STATUS: held->status = effect->status; break;
    default: {
        store->fed = sim_grow(store->fed, store->fed_count, &store->fed_cap,
                              sizeof *store->fed);
        store->fed[store->fed_count++] =
            (struct fed){held->alert, held->form, held->status};
        break;
    }
    }
}

static bool is_before(const struct tcn_refusal *row,
                      const struct tcn_effect *effect)
{
    return row->lane < effect->lane ||
           (row->lane == effect->lane && row->n < effect->n);
}

static void drop_refusal(struct books *books, const struct tcn_effect *effect)
{
    for (size_t i = 0; i < books->refusal_count; i++) {
        const struct tcn_refusal *row = &books->refusals[i].row;
        if (row->n == effect->n && row->lane == effect->lane) {
            memmove(books->refusals + i, books->refusals + i + 1,
                    (books->refusal_count - i - 1) * sizeof *books->refusals);
            books->refusal_count--;
            return;
        }
    }
}

static void refuse(struct books *books, const struct tcn_effect *effect)
{
    drop_refusal(books, effect);
    books->refusals = sim_grow(books->refusals, books->refusal_count,
                               &books->refusal_cap, sizeof *books->refusals);
    size_t at = books->refusal_count++;
    while (at > 0 && !is_before(&books->refusals[at - 1].row, effect)) {
        books->refusals[at] = books->refusals[at - 1];
        at--;
    }
    books->refusals[at] = (struct refusal_row){
        effect->id,
        {effect->lane, effect->n, effect->err, effect->retry_at_ms}};
}

static void add_export(struct books *books, const struct tcn_effect *effect)
{
    struct export_row *row = find_export(books, &effect->id);
    if (row == NULL) {
        books->exports = sim_grow(books->exports, books->export_count,
                                  &books->export_cap, sizeof *books->exports);
        row = &books->exports[books->export_count++];
        *row = (struct export_row){.id = effect->id};
    }
    row->form |= effect->form;
}

static void add_row(struct books *books, const struct tcn_effect *effect)
{
    books->ledger = sim_grow(books->ledger, books->ledger_count,
                             &books->ledger_cap, sizeof *books->ledger);
    books->ledger[books->ledger_count++] =
        (struct ledger_row){effect->epoch, effect->lane, effect->n,
                            effect->mark,  effect->id,   effect->form};
    books->state.top[effect->lane] =
        (struct tcn_place){effect->n, effect->mark};
    add_export(books, effect);
}

static void change_books(struct books *books, const struct tcn_effect *effect)
{
    switch (effect->kind) {
    case TCN_EFFECT_REFUSE: refuse(books, effect); break;
    case TCN_EFFECT_TOOK: drop_refusal(books, effect); break;
    case TCN_EFFECT_CURSOR:
        books->state.settled.lane[effect->lane] =
            (struct tcn_place){effect->n, effect->mark};
        break;
    case TCN_EFFECT_ADOPT:
        books->refusal_count = 0;
        books->state.has_settled = true;
        books->state.settled = (struct tcn_cursor){.epoch = effect->epoch};
        break;
    case TCN_EFFECT_EXPORT: add_row(books, effect); break;
    case TCN_EFFECT_EPOCH:
        books->state.has_ledger = true;
        books->state.epoch = effect->epoch;
        memcpy(books->state.key, effect->key, sizeof effect->key);
        books->state.held_done = false;
        memset(books->state.top, 0, sizeof books->state.top);
        books->state.scanned_seq = 0;
        for (size_t i = 0; i < books->export_count; i++) {
            books->exports[i].form = 0; /* HELD will tell */
        }
        break;
    case TCN_EFFECT_LACKS: {
        struct export_row *row = find_export(books, &effect->id);
        if (row != NULL) {
            row->form &= (uint8_t)~effect->form;
        }
        break;
    }
    case TCN_EFFECT_HELD: add_export(books, effect); break;
    case TCN_EFFECT_HELD_DONE: books->state.held_done = true; break;
    case TCN_EFFECT_SCANNED: books->state.scanned_seq = effect->seq; break;
    default: break;
    }
}

static void carry_out(struct store *store, const struct write *write)
{
    const struct tcn_effect *effect = &write->effect;
    if (write->cert < KEYS_MAX || write->krev < KEYS_MAX) {
        store->certs |= write->cert < KEYS_MAX ? 1ull << write->cert : 0;
        store->revoked |= write->krev < KEYS_MAX ? 1ull << write->krev : 0;
        return;
    }
    switch (effect->kind) {
    case TCN_EFFECT_STORE: add_alert(store, write); break;
    case TCN_EFFECT_MERGE:
    case TCN_EFFECT_SOURCE:
    case TCN_EFFECT_STATUS:
    case TCN_EFFECT_FEED: change_alert(store, write); break;
    case TCN_EFFECT_PURGE: purge(store, effect); break;
    case TCN_EFFECT_DECIDE: people_change(store, &write->change); break;
    default: change_books(&store->books[effect->peer], effect); break;
    }
}

/* ---- the log ---- */

static struct write *append(struct store *store)
{
    store->log = sim_grow(store->log, store->log_count, &store->log_cap,
                          sizeof *store->log);
    struct write *write = &store->log[store->log_count++];
    *write = (struct write){.cert = KEYS_MAX, .krev = KEYS_MAX};
    return write;
}

static void keep_copy(struct write *write, struct tcn_view bytes)
{
    write->bytes = malloc(bytes.len);
    tcn_assert(write->bytes != NULL);
    memcpy(write->bytes, bytes.data, bytes.len);
    write->len = bytes.len;
}

static void keep_merged(struct sim *sim, struct node *node, struct write *write,
                        const struct tcn_effect *effect)
{
    static struct tcn_alert held;
    static uint8_t bytes[TCN_ENVELOPE_MAX];
    const struct held *row = store_find(&node->store, &effect->id);
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    if (row == NULL ||
        tcn_alert_decode(&held, tcn_view(row->bytes, row->len)) != TCN_ERR_OK ||
        tcn_alert_merge(&held, effect->alert, &out) != TCN_ERR_OK) {
        violation(sim, "%s merges what it does not hold", node->name);
        return;
    }
    keep_copy(write, tcn_buf_view(&out));
}

static void count_waits(struct sim *sim, const struct node *node,
                        const struct change *change)
{
    const char *what = say_alert(sim, &change->row.id);
    const char *whom = sim->nodes[node->node_of[change->peer]].name;
    if (change->kind == CHANGE_HOLD) {
        say(sim, "%s asks people whether %s %s may go to %s", node->name, what,
            say_form(change->row.asked), whom);
    } else if (change->kind == CHANGE_QUARANTINE) {
        say(sim, "%s wants %s looked at", node->name, what);
    } else if (change->kind == CHANGE_DELAY) {
        say(sim, "%s keeps %s for a while from %s", node->name, what, whom);
    }
    sim->held += change->kind == CHANGE_HOLD;
    sim->delayed += change->kind == CHANGE_DELAY;
    sim->looked_for += change->kind == CHANGE_QUARANTINE;
}

void store_write(struct sim *sim, struct node *node,
                 const struct tcn_effect *effect)
{
    struct write *write = append(&node->store);
    write->effect = *effect;
    write->effect.alert = NULL;
    write->alert = mint_find(sim, &effect->id);
    write->at_ms = node_clock(sim, node);
    if (effect->kind == TCN_EFFECT_STORE) {
        keep_copy(write, effect->alert->envelope);
        if (effect->form != effect->alert->form) {
            violation(sim, "%s stores another form than it has", node->name);
        }
    } else if (effect->kind == TCN_EFFECT_MERGE) {
        keep_merged(sim, node, write, effect);
    } else if (effect->kind == TCN_EFFECT_DECIDE) {
        people_decided(sim, node, effect, &write->change);
        count_waits(sim, node, &write->change);
    }
    carry_out(&node->store, write);
}

void store_write_change(struct node *node, const struct change *change)
{
    struct write *write = append(&node->store);
    write->effect.kind = TCN_EFFECT_DECIDE;
    write->change = *change;
    carry_out(&node->store, write);
}

void store_write_cert(struct node *node, unsigned key)
{
    struct write *write = append(&node->store);
    write->cert = key;
    carry_out(&node->store, write);
}

void store_write_krev(struct node *node, unsigned key)
{
    struct write *write = append(&node->store);
    write->krev = key;
    carry_out(&node->store, write);
}

void store_commit(struct store *store)
{
    store->durable = store->log_count;
}

void store_cut(struct sim *sim, struct node *node, size_t count)
{
    (void)sim;
    struct store *store = &node->store;
    for (size_t i = count; i < store->log_count; i++) {
        write_free(&store->log[i]);
    }
    store->log_count = count;
    store->durable = count;
    store->held_count = 0;
    store->fed_count = 0;
    store->certs = store->revoked = 0;
    people_forget(store);
    word_cut(node, count);
    for (size_t i = 0; i < NODES_MAX; i++) {
        struct books *books = &store->books[i];
        books->state = (struct tcn_held_peer){0};
        books->ledger_count = 0;
        books->export_count = 0;
        books->refusal_count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        carry_out(store, &store->log[i]);
    }
}

void store_fini(struct store *store)
{
    for (size_t i = 0; i < store->log_count; i++) {
        write_free(&store->log[i]);
    }
    for (size_t i = 0; i < NODES_MAX; i++) {
        free(store->books[i].ledger);
        free(store->books[i].exports);
        free(store->books[i].refusals);
    }
    people_fini(store);
    free(store->log);
    free(store->held);
    free(store->fed);
}
