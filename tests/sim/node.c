/* One node: what the shell of a real one does around the same core. Whatever
 * waits is done in one round; a round is committed before anything of it is
 * sent; while it commits, the node does nothing else. */
#include "sim/sim.h"

#include <stdlib.h>

struct query {
    enum tcn_effect_kind kind;
    uint8_t peer;
    uint8_t lane;
    uint64_t n;
    struct tcn_id id;
};

/* One of each is enough: steps do not nest. */
static struct tcn_alert received, other, loaded;
static struct tcn_refusal refusals[TCN_WANT_MAX];
static uint8_t held_rows[33 * TCN_HELD_MAX];

uint64_t node_clock(const struct sim *sim, const struct node *node)
{
    return (uint64_t)((int64_t)(START_MS + sim->now_ms) + node->clock_skew_ms);
}

static bool load(const struct node *node, const struct tcn_id *id,
                 struct tcn_alert *alert)
{
    const struct held *held = store_find(&node->store, id);
    return held != NULL && held->has_contents &&
           tcn_alert_decode(alert, tcn_view(held->bytes, held->len)) ==
               TCN_ERR_OK &&
           tcn_alert_check_fields(alert) == TCN_ERR_OK;
}

/* For others: not when its key is revoked. */
static bool load_valid(const struct node *node, const struct tcn_id *id,
                       struct tcn_alert *alert)
{
    return load(node, id, alert) &&
           (node->store.revoked >> mint_whose(&alert->header.cert) & 1) == 0;
}

/* For the round that is under way, or the next one. */
static void enqueue(struct node *node, const struct item *item)
{
    node->inbox = sim_grow(node->inbox, node->inbox_first + node->inbox_count,
                           &node->inbox_cap, sizeof *node->inbox);
    node->inbox[node->inbox_first + node->inbox_count++] = *item;
}

/* ---- effects ---- */

static void queue_frame(struct sim *sim, struct node *node, unsigned peer,
                        struct tcn_view bytes)
{
    oracle_send(sim, node, peer, bytes);
    node->outbox = sim_grow(node->outbox, node->outbox_count, &node->outbox_cap,
                            sizeof *node->outbox);
    struct outgoing *out = &node->outbox[node->outbox_count++];
    *out = (struct outgoing){(uint8_t)peer, malloc(bytes.len), bytes.len};
    tcn_assert(out->bytes != NULL);
    memcpy(out->bytes, bytes.data, bytes.len);
}

static void put_agreements(const struct node *node, struct tcn_hello *hello)
{
    size_t count = tcn_policy_agreement_count(node->policy);
    for (size_t i = 0; i < count; i++) {
        hello->agreements[hello->agreement_count++] =
            tcn_view_str(tcn_policy_agreement_ref(node->policy, i));
    }
}

static void send(struct sim *sim, struct node *node,
                 const struct tcn_effect *effect)
{
    static uint8_t bytes[TCN_FRAME_MAX], copy[TCN_ENVELOPE_MAX];
    struct tcn_frame frame = effect->frame;
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    struct tcn_buf cut = tcn_buf(copy, sizeof copy);
    unsigned key = node->key;
    if (frame.type == TCN_FRAME_PUSH) {
        enum tcn_err err = tcn_alert_redact(effect->alert, effect->form, &cut);
        tcn_assert(err == TCN_ERR_OK);
        frame.push.envelope = tcn_buf_view(&cut);
    } else if (frame.type == TCN_FRAME_HELLO) {
        frame.hello.cert = mint_cert_bytes(key);
        frame.hello.cert_signature = tcn_view(mint_cert_signature(key), 64);
        put_agreements(node, &frame.hello);
    } else if (frame.type == TCN_FRAME_CERT) {
        key = mint_whose(&effect->id);
        tcn_assert(key < KEYS_MAX);
        frame.cert.bytes = mint_cert_bytes(key);
        frame.cert.signature = tcn_view(mint_cert_signature(key), 64);
    } else if (frame.type == TCN_FRAME_KREV) {
        key = mint_whose(&effect->id);
        tcn_assert(key < KEYS_MAX);
        frame.krev.bytes = mint_krev_bytes(key);
        frame.krev.signature = tcn_view(mint_krev_signature(key), 64);
    }
    tcn_frame_encode(&frame, &out);
    tcn_assert(!out.full);
    queue_frame(sim, node, effect->peer, tcn_buf_view(&out));
}

static bool is_pinned(const struct node *node, unsigned key)
{
    return key < KEYS_MAX && (node->pinned >> key % NODES_MAX & 1) != 0;
}

static void keep_cert(struct node *node, const struct tcn_effect *effect)
{
    static struct tcn_cert cert;
    if (tcn_cert_decode(&cert, effect->bytes) != TCN_ERR_OK) {
        return;
    }
    unsigned key = mint_whose(&cert.id);
    if (!is_pinned(node, key) || (node->store.certs >> key & 1) != 0 ||
        tcn_cert_verify(&cert, effect->signature.data, mint_root(key)) !=
            TCN_ERR_OK) {
        return;
    }
    store_write_cert(node, key);
}

static void keep_krev(struct node *node, const struct tcn_effect *effect)
{
    static struct tcn_krev krev;
    if (tcn_krev_decode(&krev, effect->bytes) != TCN_ERR_OK) {
        return;
    }
    unsigned key = mint_whose(&krev.cert);
    if (is_pinned(node, key) && (node->store.certs >> key & 1) != 0 &&
        (node->store.revoked >> key & 1) == 0 &&
        tcn_krev_verify(effect->bytes, effect->signature.data, mint_root(key),
                        mint_cert(key)) == TCN_ERR_OK) {
        store_write_krev(node, key);
        enqueue(node, &(struct item){.kind = ITEM_REVOKED, .key = key});
    }
}

static void push_query(struct node *node, const struct tcn_effect *effect)
{
    node->queries =
        sim_grow(node->queries, node->query_first + node->query_count,
                 &node->query_cap, sizeof *node->queries);
    node->queries[node->query_first + node->query_count++] = (struct query){
        effect->kind, effect->peer, effect->lane, effect->n, effect->id};
}

/* Its connection is closed, and none is taken before the time has come. */
static void block(struct sim *sim, struct node *node,
                  const struct tcn_effect *effect)
{
    unsigned from = node->node_of[effect->peer];
    uint64_t now = node_clock(sim, node);
    pipe_break(sim, from, node->number);
    sim->pipes[from][node->number].blocked = true;
    struct event *again =
        sim_at(sim, effect->n > now ? effect->n - now : 0, EV_JOIN);
    again->a = from;
    again->b = node->number;
}

static void carry_out(struct sim *sim, struct node *node,
                      const struct tcn_effect *effect)
{
    say_effect(sim, node, effect);
    switch (effect->kind) {
    case TCN_EFFECT_CERT: keep_cert(node, effect); break;
    case TCN_EFFECT_KREV: keep_krev(node, effect); break;
    case TCN_EFFECT_BLOCK: block(sim, node, effect); break;
    case TCN_EFFECT_VERIFY: break;
    case TCN_EFFECT_ALARM: oracle_alarm(sim, node, effect); break;
    case TCN_EFFECT_LOAD:
    case TCN_EFFECT_SERVE:
    case TCN_EFFECT_READ_REFUSALS:
    case TCN_EFFECT_READ_HELD: push_query(node, effect); break;
    case TCN_EFFECT_SEND: send(sim, node, effect); break;
    case TCN_EFFECT_ANSWER: break;
    case TCN_EFFECT_EPOCH:
        memset(node->told[effect->peer], 0, sizeof node->told[0]);
        store_write(sim, node, effect);
        break;
    case TCN_EFFECT_EXPORT:
        oracle_export(sim, node, effect);
        store_write(sim, node, effect);
        break;
    case TCN_EFFECT_STORE:
    case TCN_EFFECT_MERGE:
        oracle_store(sim, node, effect);
        store_write(sim, node, effect);
        break;
    case TCN_EFFECT_DECIDE:
        oracle_decided(sim, node, effect);
        store_write(sim, node, effect);
        break;
    default: store_write(sim, node, effect); break;
    }
}

/* ---- steps ---- */

static enum tcn_err verify(struct node *node, struct tcn_alert *alert)
{
    unsigned key = mint_whose(&alert->header.cert);
    if (!is_pinned(node, key)) {
        return TCN_ERR_UNPINNED;
    }
    if ((node->store.revoked >> key & 1) != 0) {
        return TCN_ERR_CERT_REVOKED;
    }
    if ((node->store.certs >> key & 1) == 0) {
        return TCN_ERR_CERT_UNKNOWN;
    }
    return mint_verify(alert, key);
}

static void step(struct sim *sim, struct node *node, struct tcn_event *event);

/* The answer to VERIFY, about an alert that is decoded already. */
static void prove(struct sim *sim, struct node *node, const struct item *proof,
                  struct tcn_alert *alert)
{
    struct tcn_event verified = {.kind = TCN_EVENT_VERIFIED,
                                 .peer = proof->peer};
    struct tcn_id id;
    verified.verified.lane = proof->lane;
    verified.verified.n = proof->n;
    verified.verified.ticket = proof->ticket;
    verified.verified.err = verify(node, alert);
    verified.verified.alert = alert;
    if (tcn_mesh_other(node->mesh, &alert->header, &id) &&
        load(node, &id, &other)) {
        verified.verified.other = &other;
    }
    step(sim, node, &verified);
}

/* Worker threads answer when they are done, in any order. */
static void prove_later(struct sim *sim, struct node *node, struct item *proof)
{
    struct item *kept = malloc(sizeof *kept);
    tcn_assert(kept != NULL);
    proof->len = received.envelope.len;
    proof->bytes = malloc(proof->len);
    tcn_assert(proof->bytes != NULL);
    memcpy(proof->bytes, received.envelope.data, proof->len);
    *kept = *proof;
    uint64_t takes = sim->calm ? sim->prove_ms : sim_below(sim, 25);
    struct event *done = sim_at(sim, takes, EV_PROVEN);
    done->a = node->number;
    done->life = node->life;
    done->flight = kept;
}

static void step(struct sim *sim, struct node *node, struct tcn_event *event)
{
    event->now_ms = node_clock(sim, node);
    sim->steps++;
    tcn_mesh_step(node->mesh, event, &sim->effects);
    struct item proof = {.kind = ITEM_PROVEN};
    bool asked = false;
    for (size_t i = 0; i < sim->effects.count; i++) {
        const struct tcn_effect *effect = &sim->effects.list[i];
        carry_out(sim, node, effect);
        if (effect->kind == TCN_EFFECT_VERIFY) {
            asked = true;
            proof.peer = effect->peer;
            proof.lane = effect->lane;
            proof.n = effect->n;
            proof.ticket = effect->ticket;
        }
        if (effect->kind == TCN_EFFECT_ANSWER &&
            event->kind == TCN_EVENT_SUBMIT) {
            event->submit.ticket = effect->err == TCN_ERR_OK;
        }
    }
    if (asked && sim->calm && sim->prove_ms == 0) {
        prove(sim, node, &proof, &received);
    } else if (asked) {
        say(sim, "%s looks at the signature of %s", node->name,
            say_alert(sim, &received.id));
        prove_later(sim, node, &proof);
    }
}

static void take_proof(struct sim *sim, struct node *node,
                       const struct item *item)
{
    enum tcn_err err =
        tcn_alert_decode(&received, tcn_view(item->bytes, item->len));
    tcn_assert(err == TCN_ERR_OK);
    prove(sim, node, item, &received);
}

static void note_session(struct node *node, unsigned peer,
                         const struct tcn_frame *frame)
{
    /* One of an older connection may come late; a clock may be set back. */
    uint64_t last = node->heard_clock_ms[peer];
    if (frame->type == TCN_FRAME_HELLO &&
        (frame->hello.clock_ms >= last ||
         last - frame->hello.clock_ms >= TCN_MINUTE_MS ||
         memcmp(node->heard[peer], frame->session.bytes, 4) == 0)) {
        node->heard_clock_ms[peer] = frame->hello.clock_ms;
        memcpy(node->heard[peer], frame->session.bytes, 4);
        node->asked_count[peer] = 0;
    }
    for (unsigned i = 0; frame->type == TCN_FRAME_WANT && i < frame->want.count;
         i++) {
        if (node->asked_count[peer] < TCN_WANT_MAX) {
            node->asked[peer][node->asked_count[peer]++] = frame->want.n[i];
        }
    }
}

/* What the peer says it has settled of our ledger. */
static void note_settled(struct node *node, unsigned peer,
                         const struct tcn_frame *frame)
{
    const struct tcn_cursor *settled = frame->type == TCN_FRAME_HELLO
                                           ? &frame->hello.settled
                                           : &frame->ack.settled;
    const struct tcn_epoch *epoch = &node->store.books[peer].state.epoch;
    if ((frame->type != TCN_FRAME_HELLO && frame->type != TCN_FRAME_ACK) ||
        memcmp(settled->epoch.bytes, epoch->bytes, 8) != 0) {
        return;
    }
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        uint64_t n = settled->lane[lane].n;
        uint64_t *told = &node->told[peer][lane];
        *told = n > *told ? n : *told;
    }
}

/* How many bytes the peer takes: a HELLO counts anew, an ACK says more. */
static void note_grant(struct node *node, unsigned peer,
                       const struct tcn_frame *frame)
{
    bool hello = frame->type == TCN_FRAME_HELLO;
    const uint64_t *grant = hello ? frame->hello.grant : frame->ack.grant;
    if ((!hello && frame->type != TCN_FRAME_ACK) ||
        memcmp(frame->session.bytes, node->heard[peer], 4) != 0 ||
        memcmp(frame->session.bytes + 4, node->nonce[peer], 4) != 0) {
        return;
    }
    for (size_t lane = 0; lane < TCN_LANES; lane++) {
        uint64_t *granted = &node->granted[peer][lane];
        if (hello) {
            node->pushed[peer][lane] = 0;
            *granted = grant[lane];
        } else if (grant[lane] > *granted) {
            *granted = grant[lane];
        }
    }
}

static void take_frame(struct sim *sim, struct node *node,
                       const struct item *item)
{
    static struct tcn_frame frame;
    struct tcn_event event = {.kind = TCN_EVENT_FRAME, .peer = item->peer};
    enum tcn_err err =
        tcn_frame_decode(&frame, tcn_view(item->bytes, item->len));
    if (err != TCN_ERR_OK) {
        event.kind = TCN_EVENT_MALFORMED;
        event.malformed = err;
        step(sim, node, &event);
        return;
    }
    note_session(node, item->peer, &frame);
    note_settled(node, item->peer, &frame);
    note_grant(node, item->peer, &frame);
    event.frame.frame = &frame;
    if (frame.type == TCN_FRAME_PUSH) {
        event.frame.err = tcn_alert_decode(&received, frame.push.envelope);
        event.frame.alert = event.frame.err == TCN_ERR_OK ? &received : NULL;
    }
    size_t writes = node->store.log_count;
    step(sim, node, &event);
    oracle_session(sim, node, item->peer, &frame, writes);
}

static void take_submit(struct sim *sim, struct node *node, uint32_t number)
{
    struct minted *alert = &sim->alerts[number];
    struct tcn_id id;
    enum tcn_err err =
        tcn_alert_decode(&received, tcn_view(alert->envelope, alert->len));
    tcn_assert(err == TCN_ERR_OK);
    err = tcn_alert_check_fields(&received);
    tcn_assert(err == TCN_ERR_OK);
    struct tcn_event event = {.kind = TCN_EVENT_SUBMIT};
    event.submit.alert = &received;
    if (tcn_mesh_other(node->mesh, &received.header, &id) &&
        load(node, &id, &other)) {
        event.submit.other = &other;
    }
    say(sim, "%s submits %s", node->name, alert->name);
    step(sim, node, &event);
    alert->answered = event.submit.ticket != 0;
}

/* As the daemon asks its core about what people or time have freed. */
static void take_due(struct sim *sim, struct node *node)
{
    struct tcn_id ids[ALERTS_MAX];
    size_t count = people_overdue(sim, node, ids, ALERTS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct tcn_event again = {.kind = TCN_EVENT_AGAIN};
        again.again.id = ids[i];
        step(sim, node, &again);
    }
}

static void change_rules(struct sim *sim, struct node *node,
                         enum item_kind kind)
{
    static const char *const words[] = {
        [ITEM_POLICY] = "loads a policy",
        [ITEM_NARROW] = "loads a policy that waits to be confirmed",
        [ITEM_CONFIRM] = "confirms its policy",
        [ITEM_ABANDON] = "abandons its policy",
    };
    say(sim, "%s %s", node->name, words[kind]);
    if (kind == ITEM_POLICY) {
        node->rules = node->next_rules;
    } else if (kind == ITEM_NARROW) {
        node->pending = node->next_rules;
    } else if (kind == ITEM_CONFIRM && node->narrowed) {
        node->rules = node->pending;
    }
    node->narrowed =
        kind == ITEM_NARROW || (kind == ITEM_POLICY && node->narrowed);
    node->rules_changed = true;
    node_load_rules(sim, node);
}

static void take(struct sim *sim, struct node *node, const struct item *item)
{
    struct tcn_event event = {.peer = item->peer};
    switch (item->kind) {
    case ITEM_FRAME: take_frame(sim, node, item); return;
    case ITEM_SUBMIT: take_submit(sim, node, item->alert); return;
    case ITEM_UP:
        event.kind = TCN_EVENT_LINK_UP;
        memcpy(event.link_up.random, item->random, sizeof item->random);
        memcpy(node->nonce[item->peer], item->random, 4);
        break;
    case ITEM_DOWN: event.kind = TCN_EVENT_LINK_DOWN; break;
    case ITEM_POLICY:
    case ITEM_NARROW:
    case ITEM_CONFIRM:
    case ITEM_ABANDON:
        change_rules(sim, node, item->kind);
        event.kind = TCN_EVENT_POLICY;
        event.policy.policy = node->policy;
        break;
    case ITEM_ORDER: (void)people_say(sim, node, &item->order); return;
    case ITEM_DUE: take_due(sim, node); return;
    case ITEM_KEYS: event.kind = TCN_EVENT_KEYS; break;
    case ITEM_PROVEN: take_proof(sim, node, item); return;
    case ITEM_ANNOUNCE:
        event.kind = TCN_EVENT_ANNOUNCE;
        event.announce.cert = mint_cert(item->key)->id;
        break;
    case ITEM_REVOKED:
        say(sim, "%s knows that a key of %s is revoked", node->name,
            mint_name(item->key % NODES_MAX));
        event.kind = TCN_EVENT_REVOKED;
        event.revoked.cert = mint_cert(item->key)->id;
        event.revoked.member = mint_name(item->key % NODES_MAX);
        break;
    }
    step(sim, node, &event);
}

/* ---- answers to queries ---- */

static void answer_refusals(struct node *node, const struct query *query,
                            struct tcn_event *event)
{
    const struct books *books = &node->store.books[query->peer];
    size_t count = 0;
    bool more = false;
    for (size_t i = 0; i < books->refusal_count; i++) {
        const struct tcn_refusal *row = &books->refusals[i].row;
        if (row->lane < query->lane ||
            (row->lane == query->lane && row->n <= query->n)) {
            continue;
        }
        more |= count == TCN_WANT_MAX;
        if (!more) {
            refusals[count++] = books->refusals[i].row;
        }
    }
    event->kind = TCN_EVENT_REFUSALS;
    event->refusals.count = count;
    event->refusals.rows = refusals;
    event->refusals.last = !more;
}

static uint8_t yours(const struct sim *sim, const struct node *node,
                     const struct query *query, const struct held *held)
{
    unsigned origin = sim->alerts[held->alert].origin;
    return node->node_of[query->peer] == origin ? TCN_HELD_YOURS : 0;
}

/* In the order of ids, a few at a time. */
static void answer_held(const struct sim *sim, struct node *node,
                        const struct query *query, struct tcn_event *event)
{
    const size_t most = 3;
    const struct tcn_id *after = &query->id;
    size_t count = 0;
    bool last = false;
    while (count < most && !last) {
        const struct held *next = NULL;
        for (size_t i = 0; i < node->store.held_count; i++) {
            const struct held *held = &node->store.held[i];
            if ((held->sources >> query->peer & 1) != 0 &&
                memcmp(held->id.bytes, after->bytes, 32) > 0 &&
                (next == NULL ||
                 memcmp(held->id.bytes, next->id.bytes, 32) < 0)) {
                next = held;
            }
        }
        last = next == NULL;
        if (!last) {
            memcpy(held_rows + 33 * count, next->id.bytes, 32);
            held_rows[33 * count++ + 32] =
                next->source_form[query->peer] | yours(sim, node, query, next);
            after = &next->id;
        }
    }
    event->kind = TCN_EVENT_HELD;
    event->held.rows = tcn_view(held_rows, 33 * count);
    event->held.last = last;
}

static void answer(struct sim *sim, struct node *node,
                   const struct query *query)
{
    struct tcn_event event = {.peer = query->peer};
    if (query->kind == TCN_EFFECT_LOAD) {
        event.kind = TCN_EVENT_LOADED;
        event.loaded.id = query->id;
        if (load_valid(node, &query->id, &loaded)) {
            event.loaded.alert = &loaded;
            event.loaded.told =
                people_told(node, store_find(&node->store, &query->id));
        }
    } else if (query->kind == TCN_EFFECT_SERVE) {
        const struct ledger_row *row = store_row(
            &node->store, query->peer, (enum tcn_lane)query->lane, query->n);
        event.kind = TCN_EVENT_SERVED;
        event.served.lane = query->lane;
        event.served.n = query->n;
        event.served.found = row != NULL;
        if (row != NULL) {
            event.served.id = row->id;
            event.served.form = row->form;
            event.served.mark = row->mark;
            if (load_valid(node, &row->id, &loaded)) {
                event.served.alert = &loaded;
                event.served.told =
                    people_told(node, store_find(&node->store, &row->id));
            }
        }
    } else if (query->kind == TCN_EFFECT_READ_REFUSALS) {
        answer_refusals(node, query, &event);
    } else {
        answer_held(sim, node, query, &event);
    }
    step(sim, node, &event);
}

/* ---- rounds ---- */

static void schedule_tick(struct sim *sim, struct node *node)
{
    uint64_t deadline = tcn_mesh_next_deadline(node->mesh);
    uint64_t now = node_clock(sim, node);
    if (deadline == UINT64_MAX) {
        return;
    }
    uint64_t at = sim->now_ms + (deadline > now ? deadline - now : 0);
    if (at < node->tick_at_ms || node->tick_at_ms < sim->now_ms) {
        node->tick_at_ms = at;
        sim_at(sim, at - sim->now_ms, EV_TICK)->a = node->number;
    }
}

/* The daemon looks twice a second. */
static void schedule_due(struct sim *sim, struct node *node)
{
    uint64_t next = people_next_ms(node);
    uint64_t now = node_clock(sim, node);
    if (next == UINT64_MAX) {
        return;
    }
    uint64_t in = next > now ? next - now : 1;
    bool is_set = node->due_at_ms > sim->now_ms;
    if (is_set && node->due_at_ms <= sim->now_ms + in + 500) {
        return;
    }
    in += sim->calm ? 0 : sim_below(sim, 500);
    node->due_at_ms = sim->now_ms + in;
    struct event *due = sim_at(sim, in, EV_DUE);
    due->a = node->number;
    due->life = node->life;
}

void node_due(struct sim *sim, struct node *node, uint64_t life)
{
    if (node->alive && node->life == life) {
        node->due_at_ms = 0;
        node_post(sim, node, &(struct item){.kind = ITEM_DUE});
    }
}

static void send_outbox(struct sim *sim, struct node *node)
{
    for (size_t i = 0; i < node->outbox_count; i++) {
        const struct outgoing *out = &node->outbox[i];
        unsigned to = node->node_of[out->peer];
        struct tcn_view bytes = tcn_view(out->bytes, out->len);
        oracle_leaves(sim, node, out->peer, bytes);
        if (node->evil != HONEST) {
            evil_send(sim, node, to, out->bytes, out->len);
            continue;
        }
        say_frame(sim, node->number, to, bytes);
        pipe_send(sim, node->number, to, out->bytes, out->len);
    }
    node->outbox_count = 0;
}

/* What is durable may be told. */
static void tell_operators(struct sim *sim, struct node *node)
{
    for (uint32_t i = 0; i < sim->alert_count; i++) {
        struct minted *alert = &sim->alerts[i];
        alert->submitted |= alert->answered && alert->origin == node->number;
    }
}

static void end_round(struct sim *sim, struct node *node)
{
    schedule_tick(sim, node);
    schedule_due(sim, node);
    if (node->store.log_count == node->store.durable) {
        send_outbox(sim, node);
        return;
    }
    if (sim->instant) {
        store_commit(&node->store);
        tell_operators(sim, node);
        send_outbox(sim, node);
        return;
    }
    node->committing = true;
    uint64_t takes = 1 + sim_below(sim, sim->commit_ms_max);
    struct event *done = sim_at(sim, takes, EV_COMMIT);
    done->a = node->number;
    done->life = node->life;
}

static void do_queries(struct sim *sim, struct node *node)
{
    while (node->query_count > 0) {
        struct query query = node->queries[node->query_first++];
        if (--node->query_count == 0) {
            node->query_first = 0;
        }
        answer(sim, node, &query);
    }
}

static void do_round(struct sim *sim, struct node *node)
{
    while (node->inbox_count > 0 || node->query_count > 0) {
        if (node->inbox_count == 0) {
            do_queries(sim, node);
            continue;
        }
        struct item item = node->inbox[node->inbox_first++];
        if (--node->inbox_count == 0) {
            node->inbox_first = 0;
        }
        take(sim, node, &item);
        free(item.bytes);
    }
    end_round(sim, node);
}

void node_post(struct sim *sim, struct node *node, const struct item *item)
{
    enqueue(node, item);
    if (!node->committing) {
        do_round(sim, node);
    }
}

void node_committed(struct sim *sim, struct node *node, uint64_t life)
{
    if (!node->alive || node->life != life) {
        return;
    }
    if (node->full) {
        sim_crash(sim, node->number, 300 + sim_below(sim, 1000));
        return;
    }
    store_commit(&node->store);
    node->committing = false;
    tell_operators(sim, node);
    send_outbox(sim, node);
    do_round(sim, node);
}

void node_tick(struct sim *sim, struct node *node)
{
    if (!node->alive || node->tick_at_ms > sim->now_ms) {
        return;
    }
    node->tick_at_ms = UINT64_MAX;
    if (node->committing) {
        return; /* the end of the round sets it again */
    }
    /* Also when it is not due: the clock may have been set back. */
    struct tcn_event tick = {.kind = TCN_EVENT_TICK};
    step(sim, node, &tick);
    do_round(sim, node);
}

/* ---- life ---- */

static void restore_alerts(struct node *node, const struct sim *sim)
{
    uint64_t last = 0;
    for (size_t i = 0; i < node->store.held_count; i++) {
        const struct held *next = NULL; /* the next one by seq */
        for (size_t j = 0; j < node->store.held_count; j++) {
            const struct held *held = &node->store.held[j];
            if (held->seq > last && (next == NULL || held->seq < next->seq)) {
                next = held;
            }
        }
        last = next->seq;
        enum tcn_err err =
            tcn_alert_decode(&loaded, tcn_view(next->bytes, next->len));
        tcn_assert(err == TCN_ERR_OK);
        const struct tcn_header *header = &loaded.header;
        struct tcn_held_alert row = {
            .id = next->id,
            .cert = header->cert,
            .thread = header->thread,
            .ref = header->ref,
            .has_ref = header->has_ref,
            .origin = sim->nodes[sim->alerts[next->alert].origin].name,
            .seq = next->seq,
            .created_ms = header->created_ms,
            .expires_ms = header->expires_ms,
            .sources = next->sources,
            .revision = header->revision,
            .kind = (uint8_t)header->kind,
            .severity = header->severity,
            .size_bytes = (uint32_t)next->len,
            .form = next->form,
            .present = loaded.present,
            .status = next->status,
            .is_own = sim->alerts[next->alert].origin == node->number,
            .has_contents = next->has_contents,
        };
        err = tcn_mesh_restore_alert(node->mesh, &row);
        tcn_assert(err == TCN_ERR_OK);
        for (unsigned p = 0; p < node->peer_count; p++) {
            if ((next->sources >> p & 1) != 0) {
                tcn_mesh_restore_source(node->mesh, p, &next->id,
                                        next->source_form[p]);
            }
        }
    }
}

static void restore_books(struct node *node)
{
    for (unsigned p = 0; p < node->peer_count; p++) {
        const struct books *books = &node->store.books[p];
        for (size_t i = 0; i < books->export_count; i++) {
            enum tcn_err err = tcn_mesh_restore_export(
                node->mesh, p, &books->exports[i].id, books->exports[i].form);
            tcn_assert(err == TCN_ERR_OK);
        }
        struct tcn_held_peer state = books->state;
        state.scanned_seq = node->rules_changed ? 0 : state.scanned_seq;
        tcn_mesh_restore_peer(node->mesh, p, &state);
    }
}

void node_start(struct sim *sim, struct node *node)
{
    if (node->alive) {
        return;
    }
    const char *members[NODES_MAX];
    uint64_t since[NODES_MAX] = {0};
    for (size_t p = 0; p < node->peer_count; p++) {
        members[p] = sim->nodes[node->node_of[p]].name;
        since[p] = node->since_ms;
    }
    struct tcn_mesh_config config = {
        .self = node->name,
        .peer_count = node->peer_count,
        .peer_members = members,
        .peer_since_ms = since,
        .alert_capacity = node->capacity != 0 ? node->capacity : CAPACITY,
        .bulk_rows = sim->bulk_rows,
        .seed = sim_random(sim),
        .policy = node->policy,
    };
    node->memory = calloc(1, tcn_mesh_size(&config));
    tcn_assert(node->memory != NULL);
    node->mesh = tcn_mesh_init(node->memory, &config);
    node->alive = true;
    node->life++;
    memset(node->nonce, 0, sizeof node->nonce);
    memset(node->heard, 0, sizeof node->heard);
    memset(node->urgent, 0, sizeof node->urgent);
    node->asked_ms = node->due_at_ms = 0;
    node->started_ms = sim->now_ms;
    memset(node->heard_clock_ms, 0, sizeof node->heard_clock_ms);
    if (node->store.log_count > 0) {
        say(sim, "%s starts again", node->name);
    } else {
        store_write_cert(node, node->number);
    }
    if ((node->store.certs >> node->key & 1) == 0) {
        store_write_cert(node, node->key);
    }
    restore_alerts(node, sim);
    restore_books(node);
    for (unsigned key = 0; key < KEYS_MAX; key++) {
        if ((node->store.revoked >> key & 1) != 0) {
            enqueue(node, &(struct item){.kind = ITEM_REVOKED, .key = key});
        }
    }
    for (size_t p = 0; p < node->peer_count; p++) {
        struct event *up =
            sim_at(sim, 1 + (sim->calm ? 0 : sim_below(sim, 50)), EV_PIPE);
        up->a = node->number;
        up->b = node->node_of[p];
    }
    do_round(sim, node);
}

static void empty(struct node *node)
{
    while (node->inbox_count > 0) {
        free(node->inbox[node->inbox_first++].bytes);
        node->inbox_count--;
    }
    for (size_t i = 0; i < node->outbox_count; i++) {
        free(node->outbox[i].bytes);
    }
    node->inbox_first = node->query_first = 0;
    node->outbox_count = node->query_count = 0;
    free(node->memory);
    node->memory = NULL;
    node->mesh = NULL;
}

void node_crash(struct sim *sim, struct node *node, bool torn)
{
    node->alive = false;
    node->tick_at_ms = UINT64_MAX;
    if (torn && node->committing) {
        store_commit(&node->store);
    }
    node->committing = false;
    store_cut(sim, node, node->store.durable);
    empty(node);
    for (size_t p = 0; p < node->peer_count; p++) {
        pipe_break(sim, node->number, node->node_of[p]);
        pipe_break(sim, node->node_of[p], node->number);
    }
    for (uint32_t i = 0; i < sim->alert_count; i++) {
        struct minted *alert = &sim->alerts[i];
        if (alert->origin == node->number) {
            alert->answered = alert->submitted;
        }
    }
}

void node_fini(struct node *node)
{
    empty(node);
    tcn_policy_free(node->policy);
    store_fini(&node->store);
    free(node->words);
    free(node->inbox);
    free(node->outbox);
    free(node->queries);
}
