/* A random mesh in which everything goes wrong for a while; then all faults are
 * healed and the oracles look. Replays by its seed. */
#include "sim/sim.h"

#include <stdio.h>

/* Alerts of 150 KB and more: each node keeps them. */
#define HEAVY_MAX       40
#define HEAVY_NODES_MAX 8

static bool is_linked(const struct sim *sim, unsigned a, unsigned b)
{
    return sim->pipes[a][b].linked;
}

static void build_mesh(struct sim *sim, const struct chaos_of *of)
{
    unsigned count =
        of->nodes != 0 ? of->nodes : 3 + (unsigned)sim_below(sim, 6);
    for (unsigned i = 0; i < count; i++) {
        (void)sim_node(sim, mint_name(i));
        if (i > 0) {
            sim_link(sim, i, (unsigned)sim_below(sim, i));
        }
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned a = (unsigned)sim_below(sim, count);
        unsigned b = (unsigned)sim_below(sim, count);
        if (a != b && !is_linked(sim, a, b)) {
            sim_link(sim, a, b);
        }
    }
    for (unsigned a = 0; a < count; a++) {
        for (unsigned b = 0; b < count; b++) {
            sim->pipes[a][b].latency_ms = 5 + sim_below(sim, 150);
            sim->pipes[a][b].bulk_ms =
                sim_chance(sim, 20) ? sim_below(sim, 400) : 0;
        }
    }
    sim->commit_ms_max = 1 + sim_below(sim, 15);
}

static void random_waits(struct sim *sim, struct export_rule *rule)
{
    rule->held_from =
        (uint8_t)(sim_chance(sim, 20) ? 1 + sim_below(sim, 4) : 0);
    rule->victim_held = sim_chance(sim, 15);
    rule->within_ms =
        sim_chance(sim, 20) ? 1000 + (uint32_t)sim_below(sim, 20000) : 0;
    rule->delay_ms =
        sim_chance(sim, 20) ? 1 + (uint32_t)sim_below(sim, 15000) : 0;
    rule->on_request =
        (uint8_t)(sim_chance(sim, 30) ? sim_below(sim, TCN_CLASS_ALL) : 0);
}

static void random_rules(struct sim *sim, const struct node *node,
                         struct rules *rules)
{
    rules_open(rules, node);
    for (size_t p = 0; p < node->peer_count; p++) {
        struct export_rule *rule = &rules->to[node->node_of[p]];
        rule->allow = !sim_chance(sim, 10);
        rule->severity_min =
            (uint8_t)(sim_chance(sim, 70) ? 0 : sim_below(sim, 4));
        rule->classes = sim_chance(sim, 40)
                            ? TCN_CLASS_ALL
                            : (uint8_t)sim_below(sim, TCN_CLASS_ALL);
        rule->cut = sim_chance(sim, 30) ? TCN_CLASS_BIT(TCN_CLASS_VICTIM) : 0;
        rule->denied =
            sim_chance(sim, 10) ? 1u << sim_below(sim, sim->node_count) : 0;
        if (sim->people) {
            random_waits(sim, rule);
        }
    }
    if (sim->people) {
        rules->odd_from =
            (uint8_t)(sim_chance(sim, 15) ? 2 + sim_below(sim, 3) : 0);
        rules->odd =
            sim_chance(sim, 10) ? 1u << sim_below(sim, sim->node_count) : 0;
    }
    rules->import_severity_min =
        (uint8_t)(sim_chance(sim, 80) ? 0 : sim_below(sim, 4));
    rules->import_rejected =
        sim_chance(sim, 10) ? 1u << sim_below(sim, sim->node_count) : 0;
    rules->import_rejected &= ~(1u << node->number);
}

/* ---- what people do ---- */

static uint8_t random_classes(struct sim *sim)
{
    uint8_t classes = (uint8_t)sim_below(sim, TCN_CLASS_ALL);
    return classes &
           (TCN_CLASS_BIT(TCN_CLASS_TECH) | TCN_CLASS_BIT(TCN_CLASS_SOURCE) |
            TCN_CLASS_BIT(TCN_CLASS_VICTIM) | TCN_CLASS_BIT(TCN_CLASS_FREE));
}

/* In some runs there is much of it, so that windows of bytes are felt. */
static size_t random_bytes(struct sim *sim)
{
    bool heavy = sim->seed % 8 == 5 && sim->heavy < HEAVY_MAX &&
                 sim->node_count <= HEAVY_NODES_MAX;
    if (!heavy || !sim_chance(sim, 70)) {
        return 0;
    }
    sim->heavy++;
    return 140000 + sim_below(sim, 50000);
}

static void submit_of(struct sim *sim, unsigned origin)
{
    char name[24];
    (void)snprintf(name, sizeof name, "a%u", sim->alert_count);
    struct wish wish = {
        .name = name,
        .origin = origin,
        .before = NO_ALERT,
        .severity = (uint8_t)sim_below(sim, 5),
        .tlp = (uint8_t)(sim_chance(sim, 70) ? sim_below(sim, 2)
                                             : 2 + sim_below(sim, 3)),
        .onward =
            (uint8_t)(sim_chance(sim, 70) ? TCN_ONWARD_ANY : sim_below(sim, 2)),
        .orcon = sim_chance(sim, 5),
        .no_partner = sim_chance(sim, 10),
        .classes = random_classes(sim),
        .kind = sim_chance(sim, 3) ? "advisory" : NULL,
        .life_ms = sim_chance(sim, 10) ? 20000 + sim_below(sim, 40000) : 0,
    };
    wish.bytes = random_bytes(sim);
    if (wish.bytes > 0 && sim_chance(sim, 50)) {
        wish.severity = TCN_SEVERITY_CRITICAL;
    }
    if (wish.tlp > TCN_TLP_GREEN || sim_chance(sim, 10)) {
        wish.audience = (uint32_t)sim_below(sim, 1u << sim->node_count) | 1u;
    }
    if (sim->nodes[wish.origin].evil == SHOUTS) {
        wish.severity = TCN_SEVERITY_CRITICAL;
    }
    sim_submit(sim, mint(sim, &wish));
}

static void submit_new(struct sim *sim)
{
    submit_of(sim, (unsigned)sim_below(sim, sim->node_count));
}

/* The newest revision that its origin holds, of a thread picked by chance. */
static uint32_t pick_current(struct sim *sim)
{
    for (int tries = 0; tries < 20 && sim->alert_count > 0; tries++) {
        uint32_t number = (uint32_t)sim_below(sim, sim->alert_count);
        const struct minted *alert = &sim->alerts[number];
        const struct held *held =
            store_find(&sim->nodes[alert->origin].store, &alert->id);
        if (held != NULL && held->status == TCN_STATUS_LIVE &&
            (alert->kind == TCN_KIND_ALERT || alert->kind == TCN_KIND_UPDATE)) {
            return number;
        }
    }
    return NO_ALERT;
}

/* An update may be for more members, and may be told more freely. */
static void widen(struct sim *sim, struct wish *wish)
{
    if (wish->audience != 0 && sim_chance(sim, 40)) {
        wish->audience |= (uint32_t)sim_below(sim, 1u << sim->node_count);
    }
    if (wish->tlp > 0 && sim_chance(sim, 20)) {
        wish->tlp--;
    }
}

static void follow(struct sim *sim, const char *kind, const char *letter)
{
    uint32_t before = pick_current(sim);
    if (before == NO_ALERT) {
        return;
    }
    const struct minted *alert = &sim->alerts[before];
    char name[24];
    (void)snprintf(name, sizeof name, "%s%u", letter, sim->alert_count);
    struct wish wish = {
        .name = name,
        .kind = kind,
        .origin = alert->origin,
        .before = before,
        .severity = alert->severity,
        .tlp = alert->tlp,
        .onward = alert->onward,
        .audience = alert->audience,
        .orcon = alert->orcon,
        .no_partner = alert->no_partner,
        .classes = random_classes(sim),
    };
    if (strcmp(kind, "update") == 0) {
        widen(sim, &wish);
    }
    sim_submit(sim, mint(sim, &wish));
}

/* What somebody holds of another one, and who. */
static bool pick_subject(struct sim *sim, uint32_t *subject, unsigned *origin)
{
    *subject = pick_current(sim);
    *origin = (unsigned)sim_below(sim, sim->node_count);
    return *subject != NO_ALERT &&
           store_find(&sim->nodes[*origin].store, &sim->alerts[*subject].id) !=
               NULL;
}

/* Asks the origin of what it holds for more of it. */
static void request(struct sim *sim)
{
    uint32_t subject;
    unsigned origin;
    if (!pick_subject(sim, &subject, &origin) ||
        sim->alerts[subject].origin == origin) {
        return;
    }
    const struct minted *alert = &sim->alerts[subject];
    char name[24];
    (void)snprintf(name, sizeof name, "q%u", sim->alert_count);
    const struct wish wish = {.name = name,
                              .kind = "request-release",
                              .origin = origin,
                              .before = subject,
                              .severity = alert->severity,
                              .tlp = alert->tlp,
                              .onward = TCN_ONWARD_NONE,
                              .audience = 1u << alert->origin};
    sim_submit(sim, mint(sim, &wish));
}

static void remark(struct sim *sim)
{
    uint32_t subject;
    unsigned origin;
    if (!pick_subject(sim, &subject, &origin)) {
        return;
    }
    const struct minted *alert = &sim->alerts[subject];
    char name[24];
    (void)snprintf(name, sizeof name, "s%u", sim->alert_count);
    struct wish wish = {
        .name = name,
        .kind = "sighting",
        .origin = origin,
        .before = subject,
        .severity = alert->severity,
        .tlp = alert->tlp,
        .onward = alert->onward,
        .audience = alert->audience,
        .orcon = alert->orcon,
        .no_partner = alert->no_partner,
    };
    sim_submit(sim, mint(sim, &wish));
}

static void change_policy(struct sim *sim)
{
    unsigned number = (unsigned)sim_below(sim, sim->node_count);
    struct node *node = &sim->nodes[number];
    sim->faults[FAULT_POLICY]++;
    if (sim->people && node->narrowed && sim_chance(sim, 60)) {
        sim_confirm(sim, number, sim_chance(sim, 50));
        return;
    }
    random_rules(sim, node, &node->next_rules);
    if (sim->people && sim_chance(sim, 40)) {
        sim_narrow(sim, number);
    } else {
        sim_load(sim, number);
    }
}

/* ---- what goes wrong ---- */

static bool random_link(struct sim *sim, unsigned *a, unsigned *b)
{
    *a = (unsigned)sim_below(sim, sim->node_count);
    *b = (unsigned)sim_below(sim, sim->node_count);
    return is_linked(sim, *a, *b);
}

static void disturb_link(struct sim *sim, unsigned a, unsigned b)
{
    uint64_t what = sim_below(sim, 100);
    if (what < 50) {
        sim->faults[FAULT_BREAK]++;
        pipe_break(sim, a, b);
    } else if (what < 65) {
        sim->faults[FAULT_PARTITION]++;
        sim_part(sim, a, b);
    } else if (what < 78) {
        sim->faults[FAULT_ONE_WAY]++;
        pipe_break(sim, a, b);
        sim->pipes[a][b].blocked = true;
    } else if (what < 90) {
        sim->faults[FAULT_MUTE]++;
        pipe_mute(sim, a, b);
    } else {
        sim_flap(sim, a, b, 2 + (unsigned)sim_below(sim, 6));
    }
}

/* By seconds, or by more than any clock may be off. */
static void set_clock(struct sim *sim, unsigned a)
{
    int64_t by = (int64_t)(sim_chance(sim, 70) ? sim_below(sim, 20000)
                                               : sim_below(sim, TCN_HOUR_MS));
    sim_set_clock(sim, a, sim_chance(sim, 50) ? by : -by,
                  sim_below(sim, 20000));
}

/* A key is revoked by its owner, who has the next one. */
static void change_key(struct sim *sim, unsigned a)
{
    struct node *node = &sim->nodes[a];
    if (node->key < NODES_MAX) {
        sim_renew(sim, a);
    } else if (sim_chance(sim, 60)) {
        sim_revoke(sim, a, a);
    }
}

static void disturb_node(struct sim *sim, unsigned a)
{
    uint64_t what = sim_below(sim, 100);
    uint64_t down = 50 + sim_below(sim, 3000);
    if (what < 40) {
        sim_crash(sim, a, down);
    } else if (what < 60) {
        sim_backup(sim, a);
    } else if (what < 75 && sim->seed % 2 == 0) {
        sim_restore(sim, a, down);
    } else if (what < 85) {
        sim_fill_disk(sim, a, !sim->nodes[a].full);
    } else if (what < 92 && sim->seed % 5 == 0) {
        set_clock(sim, a);
    } else if (sim->seed % 3 == 0) {
        change_key(sim, a);
    }
}

static void disturb(struct sim *sim)
{
    unsigned a, b;
    bool linked = random_link(sim, &a, &b);
    if (linked && sim_chance(sim, 70)) {
        disturb_link(sim, a, b);
    } else if (sim_chance(sim, 40)) {
        sim_join(sim, a, b);
    } else {
        disturb_node(sim, a);
    }
}

/* Whoever marks everything critical says a lot. */
static void shout(struct sim *sim)
{
    for (unsigned i = 0; i < sim->node_count; i++) {
        for (unsigned times = 0; sim->nodes[i].evil == SHOUTS && times < 2 &&
                                 sim->alert_count + 8 < CHAOS_MAX;
             times++) {
            submit_of(sim, i);
        }
    }
}

static bool act_of_people(struct sim *sim, bool room)
{
    if (!sim->people || !sim_chance(sim, 20)) {
        return false;
    }
    if (room && sim_chance(sim, 15)) {
        request(sim);
    } else {
        people_any(sim);
    }
    return true;
}

static void act(struct sim *sim)
{
    bool room = sim->alert_count + 2 < CHAOS_MAX;
    if (act_of_people(sim, room)) {
        return;
    }
    uint64_t what = sim_below(sim, 100);
    if (what < 34 && room) {
        submit_new(sim);
        shout(sim);
    } else if (what < 44 && room) {
        follow(sim, "update", "u");
    } else if (what < 53 && room) {
        follow(sim, "revoke", "r");
    } else if (what < 58 && room) {
        remark(sim);
    } else if (what < 64 && sim->seed % 3 != 0) {
        change_policy(sim);
    } else if (what < 67) {
        sim_pin(sim, (unsigned)sim_below(sim, sim->node_count),
                (unsigned)sim_below(sim, sim->node_count));
    } else if (what < 71 && sim->seed % 3 == 0) {
        change_key(sim, (unsigned)sim_below(sim, sim->node_count));
    } else {
        disturb(sim);
    }
}

/* ---- one run ---- */

/* What the honest ones hold, by class. */
static uint64_t opened(const struct sim *sim)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < sim->node_count; i++) {
        const struct store *store = &sim->nodes[i].store;
        for (size_t k = 0; k < store->held_count; k++) {
            sum += sim->nodes[i].evil == HONEST
                       ? 1 + (uint64_t)__builtin_popcount(store->held[k].form)
                       : 0;
        }
    }
    return sum;
}

/* Officers answer at every hop that something gets to, until nothing comes for
 * a minute. What came while a clock was ahead waits for as long. */
static void hear_people(struct sim *sim)
{
    unsigned rounds = 0, quiet = 0;
    while (quiet < 2 && rounds++ < 200) {
        bool waits = people_all(sim);
        uint64_t seconds = waits && rounds < 100 ? 5 : 60;
        uint64_t before = opened(sim);
        sim_run(sim, seconds * TCN_SECOND_MS);
        quiet = waits || opened(sim) != before ? 0 : quiet + 1;
    }
    if (quiet < 2) {
        violation(sim, "people are asked again and again");
    }
}

/* Three minutes, and until nothing has come for ten seconds: an evil one may
 * bring in the last moment what it kept back. */
static void run_out(struct sim *sim)
{
    uint64_t before;
    unsigned rounds = 0;
    sim_run(sim, 3 * TCN_MINUTE_MS);
    do {
        before = opened(sim);
        sim_run(sim, 10 * TCN_SECOND_MS);
    } while (opened(sim) != before && ++rounds < 30);
}

static void heal(struct sim *sim)
{
    say(sim, "---- all is healed ----");
    for (unsigned i = 0; i < sim->node_count; i++) {
        sim->nodes[i].full = false;
        for (unsigned j = 0; j < sim->node_count; j++) {
            sim_join(sim, i, j);
            if (i != j && (sim->nodes[i].pinned >> j & 1) == 0) {
                sim_pin(sim, i, j);
            }
        }
    }
    run_out(sim);
    if (sim->people) {
        hear_people(sim);
    }
}

static bool anything_early(const struct sim *sim)
{
    uint32_t i = 0;
    while (i < sim->alert_count && !oracle_is_early(sim, &sim->alerts[i])) {
        i++;
    }
    return i < sim->alert_count;
}

/* Nothing is new, so nothing is sent but what keeps a link. */
static void check_quiet(struct sim *sim)
{
    uint64_t before[TCN_FRAME_TYPE_END];
    memcpy(before, sim->frames, sizeof before);
    sim_run(sim, TCN_MINUTE_MS);
    for (unsigned i = 0; i < TCN_FRAME_TYPE_END; i++) {
        if (sim->frames[i] != before[i]) {
            violation(sim, "%llu %s frames although nothing is new",
                      (unsigned long long)(sim->frames[i] - before[i]),
                      tcn_frame_word(i));
        }
    }
}

/* Up to a third of the nodes. */
static void choose_evil(struct sim *sim)
{
    uint64_t most = sim->node_count / 3;
    for (uint64_t i = sim->seed % 4 == 3 ? sim_below(sim, most + 1) : 0; i > 0;
         i--) {
        struct node *node = &sim->nodes[sim_below(sim, sim->node_count)];
        node->evil =
            (enum evil)(1 + sim_below(sim, sim->people ? EVILS - 1 : SHOUTS));
        say(sim, "%s %s", node->name, evil_word(node->evil));
    }
}

/* Some runs are long, so that windows of rows are felt. */
static uint64_t random_actions(struct sim *sim)
{
    return sim->seed % 16 == 9 ? 400 : 40 + sim_below(sim, 120);
}

static void play(struct sim *sim, const struct chaos_of *of)
{
    sim->people = sim->seed % 7 % 2 == 1 || sim->seed % 7 == 0;
    build_mesh(sim, of);
    sim_open(sim);
    choose_evil(sim);
    bool late_pins = sim_chance(sim, 30);
    for (unsigned i = 0; i < sim->node_count; i++) {
        struct node *node = &sim->nodes[i];
        if (sim_chance(sim, 80)) {
            random_rules(sim, node, &node->rules);
        }
        if (late_pins) {
            node->pinned = 1u << i | (uint32_t)sim_random(sim);
            node->pinned &= (1u << sim->node_count) - 1;
        }
    }
    sim_start(sim);
    uint64_t count = of->actions != 0 ? of->actions : random_actions(sim);
    for (uint64_t i = 0; i < count; i++) {
        act(sim);
        sim_run(sim, sim_chance(sim, 30) ? 0 : sim_below(sim, 600));
    }
    heal(sim);
    if (!sim_has_evil(sim) && !anything_early(sim)) {
        check_quiet(sim);
    }
    oracle_end(sim);
}

const char *chaos_fault_word(enum sim_fault fault)
{
    static const char *const words[] = {
#define SIM_FAULT_WORD(name, word) [FAULT_##name] = word,
        SIM_FAULTS(SIM_FAULT_WORD)
#undef SIM_FAULT_WORD
    };
    return words[fault];
}

static void add_up(const struct sim *sim, struct chaos_totals *totals)
{
    totals->runs++;
    totals->nodes += sim->node_count;
    totals->alerts += sim->alert_count;
    totals->steps += sim->steps;
    totals->checks += sim->checks;
    totals->ms += sim->now_ms;
    totals->held += sim->held;
    totals->delayed += sim->delayed;
    totals->looked_for += sim->looked_for;
    totals->words += sim->words;
    for (unsigned i = 0; i < TCN_FRAME_TYPE_END; i++) {
        totals->frames += sim->frames[i];
    }
    for (unsigned i = 0; i < FAULTS; i++) {
        totals->faults[i] += sim->faults[i];
    }
}

size_t chaos_run(const struct chaos_of *of, struct chaos_totals *totals)
{
    struct sim *sim = sim_new(of->seed);
    sim->say = of->aloud;
    sim->say_time = true;
    play(sim, of);
    size_t violations = sim->violations;
    if (sim->text.len > 0 && (of->aloud || violations > 0)) {
        (void)fwrite(sim->text.data, 1, sim->text.len, stdout);
    }
    add_up(sim, totals);
    sim_free(sim);
    return violations;
}
