/* Virtual time: a heap of what is to happen, and chance from one seed. */
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

void *sim_grow(void *list, size_t count, size_t *cap, size_t size)
{
    if (count < *cap) {
        return list;
    }
    *cap = *cap == 0 ? 16 : *cap * 2;
    void *grown = realloc(list, *cap * size);
    tcn_assert(grown != NULL);
    return grown;
}

/* splitmix64 */
uint64_t sim_random(struct sim *sim)
{
    uint64_t z = sim->random += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

uint64_t sim_below(struct sim *sim, uint64_t limit)
{
    return limit == 0 ? 0 : sim_random(sim) % limit;
}

bool sim_chance(struct sim *sim, unsigned percent)
{
    return sim_below(sim, 100) < percent;
}

void sim_fill(struct sim *sim, void *out, size_t len)
{
    uint8_t *at = out;
    for (size_t i = 0; i < len; i++) {
        at[i] = (uint8_t)sim_random(sim);
    }
}

/* ---- the heap ---- */

static bool before(const struct event *a, const struct event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct event *a, struct event *b)
{
    struct event c = *a;
    *a = *b;
    *b = c;
}

/* Where commits take no time, runs are compared byte by byte: in one
 * millisecond ticks come first, whenever they were set. */
static uint64_t next_order(struct sim *sim, enum sim_event kind)
{
    uint64_t behind = sim->instant && kind != EV_TICK ? 1ull << 40 : 0;
    return behind + sim->order++;
}

/* The event is complete when the caller has filled it in: its place depends
 * only on time and order. */
struct event *sim_at(struct sim *sim, uint64_t in_ms, enum sim_event kind)
{
    sim->heap =
        sim_grow(sim->heap, sim->heap_count, &sim->heap_cap, sizeof *sim->heap);
    size_t at = sim->heap_count++;
    sim->heap[at] = (struct event){.at_ms = sim->now_ms + in_ms,
                                   .order = next_order(sim, kind),
                                   .kind = kind};
    while (at > 0 && before(&sim->heap[at], &sim->heap[(at - 1) / 2])) {
        swap(&sim->heap[at], &sim->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    return &sim->heap[at];
}

static struct event take_first(struct sim *sim)
{
    struct event first = sim->heap[0];
    sim->heap[0] = sim->heap[--sim->heap_count];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < sim->heap_count &&
                before(&sim->heap[child], &sim->heap[least])) {
                least = child;
            }
        }
        if (least == at) {
            return first;
        }
        swap(&sim->heap[at], &sim->heap[least]);
        at = least;
    }
}

static void node_proven(struct sim *sim, struct node *node,
                        const struct event *event)
{
    struct item *proof = event->flight;
    if (node->alive && node->life == event->life) {
        node_post(sim, node, proof);
    } else {
        free(proof->bytes);
    }
    free(proof);
}

/* What waits may be over by it. */
static void set_clock(struct sim *sim, struct node *node, int64_t skew_ms)
{
    node->clock_skew_ms = skew_ms;
    if (sim->people) {
        node_due(sim, node, node->life);
    }
}

static void happen(struct sim *sim, const struct event *event)
{
    struct node *node = &sim->nodes[event->a];
    sim->events++;
    switch (event->kind) {
    case EV_ARRIVE: pipe_arrive(sim, event->flight); break;
    case EV_TICK: node_tick(sim, node); break;
    case EV_COMMIT: node_committed(sim, node, event->life); break;
    case EV_PIPE: pipe_try(sim, event->a, event->b); break;
    case EV_DOWN: {
        struct item down = {.kind = ITEM_DOWN,
                            .peer = (uint8_t)node->peer_of[event->b]};
        if (node->alive && node->life == event->life) {
            node_post(sim, node, &down);
        }
        break;
    }
    case EV_START: node_start(sim, node); break;
    case EV_PROVEN: node_proven(sim, node, event); break;
    case EV_BREAK:
        pipe_break(sim, event->a, event->b);
        if (event->life > 1) {
            struct event *again =
                sim_at(sim, 250 + sim_below(sim, 400), EV_BREAK);
            again->a = event->a;
            again->b = event->b;
            again->life = event->life - 1;
        }
        break;
    case EV_DUE: node_due(sim, node, event->life); break;
    case EV_CLOCK: set_clock(sim, node, 0); break;
    case EV_JOIN: sim->pipes[event->a][event->b].blocked = false; break;
    }
}

void sim_run(struct sim *sim, uint64_t ms)
{
    uint64_t until = sim->now_ms + ms;
    while (sim->heap_count > 0 && sim->heap[0].at_ms <= until) {
        struct event event = take_first(sim);
        sim->now_ms = event.at_ms;
        happen(sim, &event);
    }
    sim->now_ms = until;
}

/* ---- setting up ---- */

struct sim *sim_new(uint64_t seed)
{
    struct sim *sim = calloc(1, sizeof *sim);
    tcn_assert(sim != NULL);
    mint_init();
    evil_init();
    sim->seed = seed;
    sim->random = seed;
    sim->commit_ms_max = 1;
    sim->bulk_rows = BULK_ROWS;
    sim->tape_from = sim->tape_to = NODES_MAX;
    const size_t room = 4u << 20;
    sim->text = tcn_buf(malloc(room), room);
    tcn_assert(sim->text.data != NULL);
    return sim;
}

void sim_free(struct sim *sim)
{
    while (sim->heap_count > 0) {
        struct event event = take_first(sim);
        if (event.kind == EV_PROVEN) {
            free(((struct item *)event.flight)->bytes);
            free(event.flight);
        }
    }
    for (unsigned i = 0; i < sim->node_count; i++) {
        node_fini(&sim->nodes[i]);
        for (unsigned j = 0; j < sim->node_count; j++) {
            pipe_fini(sim, &sim->pipes[i][j]);
        }
    }
    for (uint32_t i = 0; i < sim->alert_count; i++) {
        free(sim->alerts[i].envelope);
    }
    free(sim->tape);
    free(sim->heap);
    free(sim->text.data);
    free(sim);
}

unsigned sim_node(struct sim *sim, const char *name)
{
    tcn_assert(sim->node_count < NODES_MAX);
    unsigned number = sim->node_count++;
    struct node *node = &sim->nodes[number];
    (void)snprintf(node->name, sizeof node->name, "%s", name);
    node->number = node->key = number;
    for (unsigned i = 0; i < NODES_MAX; i++) {
        node->peer_of[i] = NODES_MAX;
    }
    node->tick_at_ms = UINT64_MAX;
    return number;
}

static void link_one_way(struct sim *sim, unsigned from, unsigned to)
{
    struct node *node = &sim->nodes[from];
    node->peer_of[to] = (unsigned)node->peer_count;
    node->node_of[node->peer_count++] = to;
    sim->pipes[from][to] = (struct pipe){.linked = true, .latency_ms = 10};
}

void sim_link(struct sim *sim, unsigned a, unsigned b)
{
    link_one_way(sim, a, b);
    link_one_way(sim, b, a);
}

void sim_open(struct sim *sim)
{
    for (unsigned i = 0; i < sim->node_count; i++) {
        struct node *node = &sim->nodes[i];
        rules_open(&node->rules, node);
        node->pinned = (1u << sim->node_count) - 1;
    }
}

void sim_start(struct sim *sim)
{
    for (unsigned i = 0; i < sim->node_count; i++) {
        sim->nodes[i].next_rules = sim->nodes[i].rules;
        node_load_rules(sim, &sim->nodes[i]);
        node_start(sim, &sim->nodes[i]);
    }
}

/* ---- what can be done to them ---- */

void sim_crash(struct sim *sim, unsigned number, uint64_t down_ms)
{
    struct node *node = &sim->nodes[number];
    if (!node->alive) {
        return;
    }
    say(sim, "%s crashes", node->name);
    bool torn = !sim->calm && !node->full && sim_chance(sim, 50);
    sim->faults[torn && node->committing ? FAULT_TORN : FAULT_CRASH]++;
    node_crash(sim, node, torn);
    sim_at(sim, down_ms, EV_START)->a = number;
}

void sim_backup(struct sim *sim, unsigned number)
{
    struct node *node = &sim->nodes[number];
    say(sim, "%s is backed up", node->name);
    node->store.backup = node->store.durable;
}

/* What the node had submitted since is gone for good, unless others have it. */
void sim_restore(struct sim *sim, unsigned number, uint64_t down_ms)
{
    struct node *node = &sim->nodes[number];
    if (!node->alive || node->store.backup == 0) {
        return;
    }
    sim->faults[FAULT_RESTORE]++;
    node_crash(sim, node, false);
    store_cut(sim, node, node->store.backup);
    node->restored = true;
    node->restored_ms = sim->now_ms;
    say(sim, "%s is restored from its backup", node->name);
    for (uint32_t i = 0; i < sim->alert_count; i++) {
        struct minted *alert = &sim->alerts[i];
        if (alert->origin == number && alert->submitted &&
            store_find(&node->store, &alert->id) == NULL) {
            alert->lost = true;
        }
    }
    sim_at(sim, down_ms, EV_START)->a = number;
}

void sim_part(struct sim *sim, unsigned a, unsigned b)
{
    const unsigned ends[2][2] = {{a, b}, {b, a}};
    for (size_t i = 0; i < 2; i++) {
        struct pipe *pipe = &sim->pipes[ends[i][0]][ends[i][1]];
        if (pipe->linked) {
            pipe_break(sim, ends[i][0], ends[i][1]);
            pipe->blocked = true;
        }
    }
}

void sim_join(struct sim *sim, unsigned a, unsigned b)
{
    sim->pipes[a][b].blocked = false;
    sim->pipes[b][a].blocked = false;
}

void sim_submit(struct sim *sim, uint32_t alert)
{
    struct node *node = &sim->nodes[sim->alerts[alert].origin];
    if (node->alive) {
        node_post(sim, node,
                  &(struct item){.kind = ITEM_SUBMIT, .alert = alert});
    }
}

void sim_pin(struct sim *sim, unsigned number, unsigned whose)
{
    struct node *node = &sim->nodes[number];
    node->pinned |= 1u << whose;
    say(sim, "%s imports the card of %s", node->name, sim->nodes[whose].name);
    if (node->alive) {
        node_post(sim, node, &(struct item){.kind = ITEM_KEYS});
    }
}

static void post_policy(struct sim *sim, unsigned number, enum item_kind kind)
{
    struct node *node = &sim->nodes[number];
    if (node->alive) {
        node_post(sim, node, &(struct item){.kind = kind});
    }
}

void sim_load(struct sim *sim, unsigned number)
{
    post_policy(sim, number, ITEM_POLICY);
}

void sim_narrow(struct sim *sim, unsigned number)
{
    post_policy(sim, number, ITEM_NARROW);
}

void sim_confirm(struct sim *sim, unsigned number, bool taken)
{
    post_policy(sim, number, taken ? ITEM_CONFIRM : ITEM_ABANDON);
}

/* The next certificate of the node; the one before stays valid. */
void sim_renew(struct sim *sim, unsigned number)
{
    struct node *node = &sim->nodes[number];
    if (node->key >= NODES_MAX || !node->alive) {
        return;
    }
    sim->faults[FAULT_RENEWAL]++;
    say(sim, "%s renews its key", node->name);
    node->key += NODES_MAX;
    store_write_cert(node, node->key);
    node_post(sim, node, &(struct item){.kind = ITEM_KEYS});
}

void sim_announce(struct sim *sim, unsigned number)
{
    struct node *node = &sim->nodes[number];
    const unsigned next = node->key + NODES_MAX;
    tcn_assert(next < KEYS_MAX && node->alive);
    store_write_cert(node, next);
    say(sim, "%s announces its next key", node->name);
    node_post(sim, node, &(struct item){.kind = ITEM_ANNOUNCE, .key = next});
}

void sim_revoke(struct sim *sim, unsigned number, unsigned key)
{
    struct node *node = &sim->nodes[number];
    if (!node->alive || (node->store.revoked >> key & 1) != 0) {
        return;
    }
    sim->faults[FAULT_REVOCATION]++;
    sim->revoked |= 1ull << key;
    store_write_krev(node, key);
    node_post(sim, node, &(struct item){.kind = ITEM_REVOKED, .key = key});
}

void sim_fill_disk(struct sim *sim, unsigned number, bool full)
{
    struct node *node = &sim->nodes[number];
    sim->faults[FAULT_DISK_FULL] += full && !node->full;
    node->full = full;
}

void sim_flap(struct sim *sim, unsigned a, unsigned b, unsigned times)
{
    sim->faults[FAULT_FLAP]++;
    struct event *first = sim_at(sim, 0, EV_BREAK);
    first->a = a;
    first->b = b;
    first->life = times;
}

void sim_set_clock(struct sim *sim, unsigned number, int64_t skew_ms,
                   uint64_t for_ms)
{
    struct node *node = &sim->nodes[number];
    sim->faults[FAULT_CLOCK]++;
    say(sim, "the clock of %s is set by %lld ms", node->name,
        (long long)skew_ms);
    node->clock_set = true;
    sim_at(sim, for_ms, EV_CLOCK)->a = number;
    set_clock(sim, node, skew_ms);
}

bool sim_has_evil(const struct sim *sim)
{
    unsigned i = 0;
    while (i < sim->node_count && sim->nodes[i].evil == HONEST) {
        i++;
    }
    return i < sim->node_count;
}
