/* One node: as tests/sim/node.c, without what only chaos needs. Whatever waits
 * is done in one round, a round is committed before anything of it is sent, and
 * while it commits the node does nothing else. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/mesh/net.h"
#include "lib/policy_loaded.h"

#define ROUND_QUESTIONS 1024 /* answered before a commit */

static const uint8_t some_cert[260], some_signature[64];

static void append(struct flight ***end, struct flight *flight)
{
    flight->next = NULL;
    **end = flight;
    *end = &flight->next;
}

/* ---- effects ---- */

static void send(struct net *net, struct shell *node,
                 const struct tcn_effect *effect)
{
    static uint8_t bytes[TCN_FRAME_MAX];
    struct tcn_frame frame = effect->frame;
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    if (frame.type == TCN_FRAME_HELLO) {
        frame.hello.cert = tcn_view(some_cert, sizeof some_cert);
        frame.hello.cert_signature =
            tcn_view(some_signature, sizeof some_signature);
    } else if (frame.type == TCN_FRAME_CERT) {
        frame.cert.bytes = tcn_view(some_cert, sizeof some_cert);
        frame.cert.signature = tcn_view(some_signature, sizeof some_signature);
    }
    bool push = frame.type == TCN_FRAME_PUSH;
    if (!push) {
        tcn_frame_encode(&frame, &out);
        tcn_assert(!out.full);
    }
    struct flight *flight = flight_new(out.len);
    memcpy(flight->bytes, bytes, out.len);
    flight->peer = effect->peer;
    flight->type = frame.type;
    flight->lane = frame.lane;
    if (push) {
        flight->session = frame.session;
        flight->place = frame.push.place;
        flight->alert = alerts_find(net, &effect->id);
    }
    append(&node->outbox_end, flight);
}

static void write_row(struct net *net, struct shell *node,
                      const struct tcn_effect *effect)
{
    struct rows *rows = &node->links[effect->peer].ledger[effect->lane];
    rows->list =
        net_grow(rows->list, rows->count, &rows->cap, sizeof *rows->list);
    rows->list[rows->count++] =
        (struct row){alerts_find(net, &effect->id), effect->form, effect->mark};
    tcn_assert(rows->count == effect->n);
}

static void ask(struct net *net, struct shell *node,
                const struct tcn_effect *effect)
{
    node->questions =
        net_grow(node->questions, node->question_first + node->question_count,
                 &node->question_cap, sizeof *node->questions);
    node->questions[node->question_first + node->question_count++] =
        (struct question){effect->kind, effect->peer, effect->lane, effect->n,
                          alerts_find(net, &effect->id)};
}

static void prove(struct net *net, struct shell *node,
                  const struct tcn_effect *effect)
{
    struct flight *proof = flight_new(0);
    proof->to = node->number;
    proof->peer = effect->peer;
    proof->lane = effect->lane;
    proof->n = effect->n;
    proof->ticket = effect->ticket;
    proof->alert = alerts_find(net, &effect->id);
    struct happens *proven =
        net_at(net, net->now_us + net->cost.verify_us, PROVEN);
    proven->node = node->number;
    proven->what = proof;
}

static void store(struct net *net, struct shell *node,
                  const struct tcn_effect *effect)
{
    node->stored = net_grow(node->stored, node->stored_count, &node->stored_cap,
                            sizeof *node->stored);
    node->stored[node->stored_count++] = alerts_find(net, &effect->id);
}

static void carry_out(struct net *net, struct shell *node,
                      const struct tcn_effect *effect)
{
    switch (effect->kind) {
    case TCN_EFFECT_SEND: send(net, node, effect); return;
    case TCN_EFFECT_VERIFY: prove(net, node, effect); return;
    case TCN_EFFECT_LOAD:
    case TCN_EFFECT_SERVE:
    case TCN_EFFECT_READ_REFUSALS:
    case TCN_EFFECT_READ_HELD: ask(net, node, effect); return;
    case TCN_EFFECT_ANSWER: tcn_assert(effect->err == TCN_ERR_OK); return;
    case TCN_EFFECT_ALARM: tcn_assert(effect->alarm == TCN_ALARM_QUOTA); return;
    case TCN_EFFECT_CERT:
    case TCN_EFFECT_DECIDE: return; /* kept without a commit of their own */
    case TCN_EFFECT_EXPORT: write_row(net, node, effect); break;
    case TCN_EFFECT_STORE: store(net, node, effect); break;
    default: break;
    }
    node->dirty = true;
}

void shell_step(struct net *net, struct shell *node, struct tcn_event *event)
{
    event->now_ms = NET_START_MS + net->now_us / 1000;
    net->steps++;
    tcn_mesh_step(node->mesh, event, &net->effects);
    for (size_t i = 0; i < net->effects.count; i++) {
        carry_out(net, node, &net->effects.list[i]);
    }
}

/* ---- what comes ---- */

static void take_frame(struct net *net, struct shell *node,
                       const struct flight *flight)
{
    static struct tcn_frame frame;
    struct tcn_event event = {.kind = TCN_EVENT_FRAME, .peer = flight->peer};
    event.frame.frame = &frame;
    if (flight->type == TCN_FRAME_PUSH) {
        struct made *made = &net->alerts[flight->alert];
        frame = (struct tcn_frame){.session = flight->session,
                                   .lane = flight->lane,
                                   .type = flight->type};
        frame.push.place = flight->place;
        frame.push.envelope = made->alert->envelope;
        event.frame.alert = made->alert;
        made->copies++;
    } else {
        enum tcn_err err =
            tcn_frame_decode(&frame, tcn_view(flight->bytes, flight->len));
        tcn_assert(err == TCN_ERR_OK);
    }
    shell_step(net, node, &event);
}

static void take(struct net *net, struct shell *node,
                 const struct flight *flight)
{
    struct tcn_event event = {.peer = flight->peer};
    if (flight->type != 0) {
        take_frame(net, node, flight);
        return;
    }
    if (flight->ticket != 0) {
        event.kind = TCN_EVENT_VERIFIED;
        event.verified.lane = flight->lane;
        event.verified.n = flight->n;
        event.verified.ticket = flight->ticket;
        event.verified.alert = net->alerts[flight->alert].alert;
    } else {
        event.kind = TCN_EVENT_SUBMIT;
        event.submit.alert = net->alerts[flight->alert].alert;
    }
    shell_step(net, node, &event);
}

static void answer(struct net *net, struct shell *node,
                   const struct question *question)
{
    struct tcn_event event = {.peer = question->peer};
    const struct rows *rows =
        &node->links[question->peer].ledger[question->lane];
    switch (question->kind) {
    case TCN_EFFECT_LOAD:
        event.kind = TCN_EVENT_LOADED;
        event.loaded.alert = net->alerts[question->alert].alert;
        event.loaded.id = event.loaded.alert->id;
        break;
    case TCN_EFFECT_SERVE: {
        const struct row *row = &rows->list[question->n - 1];
        event.kind = TCN_EVENT_SERVED;
        event.served.lane = question->lane;
        event.served.n = question->n;
        event.served.found = true;
        event.served.alert = net->alerts[row->alert].alert;
        event.served.id = event.served.alert->id;
        event.served.form = row->form;
        event.served.mark = row->mark;
        break;
    }
    case TCN_EFFECT_READ_REFUSALS:
        event.kind = TCN_EVENT_REFUSALS;
        event.refusals.last = true;
        break;
    default:
        event.kind = TCN_EVENT_HELD;
        event.held.last = true;
        break;
    }
    shell_step(net, node, &event);
}

/* ---- rounds ---- */

static void tick_when_due(struct net *net, struct shell *node)
{
    uint64_t deadline = tcn_mesh_next_deadline(node->mesh);
    if (deadline == UINT64_MAX) {
        return;
    }
    uint64_t at =
        deadline <= NET_START_MS ? 0 : (deadline - NET_START_MS) * 1000;
    at = at > net->now_us ? at : net->now_us;
    if (at < node->tick_us) {
        node->tick_us = at;
        net_at(net, at, TICKS)->node = node->number;
    }
}

static void send_all(struct net *net, struct shell *node)
{
    struct flight *next = node->outbox;
    node->outbox = NULL;
    node->outbox_end = &node->outbox;
    while (next != NULL) {
        struct flight *flight = next;
        next = flight->next;
        net_send(net, node->number, flight->peer, flight);
    }
}

void shell_round(struct net *net, struct shell *node)
{
    while (node->inbox != NULL) {
        struct flight *flight = node->inbox;
        node->inbox = flight->next;
        take(net, node, flight);
        free(flight);
    }
    node->inbox_end = &node->inbox;
    for (unsigned i = 0; node->question_count > 0 && i < ROUND_QUESTIONS; i++) {
        struct question question = node->questions[node->question_first++];
        if (--node->question_count == 0) {
            node->question_first = 0;
        }
        answer(net, node, &question);
    }
    tick_when_due(net, node);
    if (!node->dirty) {
        send_all(net, node);
        return;
    }
    node->committing = true;
    net_at(net, net->now_us + net->cost.commit_us, COMMITTED)->node =
        node->number;
}

void shell_takes(struct net *net, struct shell *node, struct flight *flight)
{
    append(&node->inbox_end, flight);
    if (!node->committing) {
        shell_round(net, node);
    }
}

void shell_committed(struct net *net, struct shell *node)
{
    node->committing = false;
    node->dirty = false;
    for (size_t i = 0; i < node->stored_count; i++) {
        struct made *made = &net->alerts[node->stored[i]];
        made->took_us[node->number] = (uint32_t)(net->now_us - made->sent_us);
    }
    node->stored_count = 0;
    send_all(net, node);
    shell_round(net, node);
}

void shell_ticks(struct net *net, struct shell *node)
{
    if (node->tick_us > net->now_us) {
        return;
    }
    node->tick_us = NEVER_US;
    if (!node->committing) {
        struct tcn_event tick = {.kind = TCN_EVENT_TICK};
        shell_step(net, node, &tick);
        shell_round(net, node);
    }
}

/* ---- life ---- */

static void load_policy(struct net *net, struct shell *node)
{
    static uint8_t text[32768];
    static struct tcn_party parties[DEGREE_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_printf(&out,
                   "policy \"%s\" version 1;\n"
                   "allow export to any name all when severity >= info;\n"
                   "accept import from any name in when severity >= info;\n",
                   node->name);
    for (size_t p = 0; p < node->peer_count; p++) {
        const struct link *link = &node->links[p];
        const char *peer = net->nodes[link->to].name;
        parties[p] = (struct tcn_party){
            .role = TCN_ROLE_NATION, .eu_set = true, .eu = true};
        (void)snprintf(parties[p].name, sizeof parties[p].name, "%s", peer);
        for (unsigned label = 0; label < LABELS; label++) {
            if ((link->denied >> label & 1) != 0) {
                tcn_buf_printf(&out, "deny export to %s name no-%s-%u when ",
                               peer, peer, label);
                label_put(&out, net->filters, label);
                tcn_buf_printf(&out, ";\n");
            }
        }
    }
    const struct tcn_world world = {.self = node->name,
                                    .parties = parties,
                                    .party_count = node->peer_count,
                                    .peer_count = node->peer_count};
    const struct tcn_source source = {node->name, tcn_buf_view(&out)};
    node->policy = policy_loaded(&world, &source);
}

void shell_start(struct net *net, struct shell *node)
{
    const char *members[DEGREE_MAX];
    uint64_t since[DEGREE_MAX] = {0};
    load_policy(net, node);
    for (size_t p = 0; p < node->peer_count; p++) {
        members[p] = net->nodes[node->links[p].to].name;
    }
    const struct tcn_mesh_config config = {
        .self = node->name,
        .peer_count = node->peer_count,
        .peer_members = members,
        .peer_since_ms = since,
        .alert_capacity = net->capacity,
        .bulk_rows = net->bulk_rows,
        .seed = net_below(net, UINT64_MAX),
        .policy = node->policy,
    };
    net->core_bytes = tcn_mesh_size(&config);
    void *memory = calloc(1, net->core_bytes);
    tcn_assert(memory != NULL);
    node->mesh = tcn_mesh_init(memory, &config);
    node->inbox_end = &node->inbox;
    node->outbox_end = &node->outbox;
    node->tick_us = NEVER_US;
}

static void drop(struct flight *list)
{
    while (list != NULL) {
        struct flight *next = list->next;
        free(list);
        list = next;
    }
}

void shell_stop(struct shell *node)
{
    drop(node->inbox);
    drop(node->outbox);
    tcn_policy_free(node->policy);
    free(node->mesh);
    free(node->questions);
    free(node->stored);
    for (size_t p = 0; p < node->peer_count; p++) {
        for (size_t lane = 0; lane < TCN_LANES; lane++) {
            free(node->links[p].ledger[lane].list);
        }
    }
}
