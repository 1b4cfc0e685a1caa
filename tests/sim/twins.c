/* Two runs that differ only in alerts that are denied to lv, or wait for people
 * or time, so that lv never holds them: ee must send lv the same bytes at the
 * same times. Nothing here is by chance but
 * what both runs share, and a commit takes no time, so that it is the core that
 * is looked at. */
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

enum { EE, LV, LT, FI, NODES };

#define STEPS 60

static uint64_t next(uint64_t *random)
{
    uint64_t z = *random += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    return (z ^ (z >> 27)) >> 7;
}

static struct sim *build(uint64_t seed)
{
    static const unsigned links[][2] = {{EE, LV}, {EE, LT}, {EE, FI}, {LT, FI}};
    uint64_t random = seed;
    struct sim *sim = sim_new(seed);
    sim->calm = sim->instant = true;
    for (unsigned i = 0; i < NODES; i++) {
        (void)sim_node(sim, mint_name(i));
    }
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        sim_link(sim, links[i][0], links[i][1]);
    }
    sim_open(sim);
    struct export_rule *rule = &sim->nodes[EE].rules.to[LV];
    rule->severity_min = (uint8_t)(next(&random) % 3);
    rule->denied = 1u << (next(&random) % 2 == 0 ? LT : FI);
    rule->classes = (uint8_t)next(&random) & TCN_CLASS_ALL;
    switch (seed % 4) {
    case 1: rule->held_from = TCN_SEVERITY_HIGH; break;
    case 2: rule->delay_ms = (uint32_t)TCN_HOUR_MS; break;
    case 3: sim->nodes[EE].rules.odd = 1u << LT; break;
    default: break;
    }
    sim->tape_from = EE;
    sim->tape_to = LV;
    sim_start(sim);
    return sim;
}

static bool is_withheld(const struct sim *sim, const struct minted *alert)
{
    const struct node *ee = &sim->nodes[EE];
    bool odd = alert->origin != EE && rules_quarantine(ee, alert);
    return rules_export(sim, ee, LV, alert) == 0 || odd ||
           rules_hold(ee, LV, alert) != 0 || rules_delay(ee, LV, alert) != 0;
}

static bool may_follow(const struct minted *alert)
{
    return alert->kind != TCN_KIND_REVOKE && !alert->orcon &&
           alert->origin != LV;
}

static uint32_t make(struct sim *sim, uint64_t *random, unsigned step)
{
    static const unsigned origins[] = {EE, EE, LT, FI, LV};
    uint64_t what = next(random) % 10;
    char name[24];
    (void)snprintf(name, sizeof name, "a%u", step);
    struct wish wish = {
        .name = name,
        .origin = origins[next(random) % 5],
        .before = NO_ALERT,
        .severity = (uint8_t)(next(random) % 5),
        .tlp = TCN_TLP_GREEN,
        .onward = TCN_ONWARD_ANY,
        .audience = next(random) % 3 == 0 ? 1u << EE | 1u << LT | 1u << FI : 0};
    uint32_t before = sim->alert_count == 0
                          ? NO_ALERT
                          : (uint32_t)(next(random) % sim->alert_count);
    if (what < 3 && before != NO_ALERT) {
        const struct minted *alert = &sim->alerts[before];
        if (may_follow(alert)) { /* what follows it has the same fate */
            wish.kind = what == 0 ? "revoke" : "update";
            wish.before = before;
            wish.origin = alert->origin;
            wish.severity = alert->severity;
            wish.audience = alert->audience;
        }
    }
    return mint(sim, &wish);
}

static bool is_denied(const struct sim *sim, uint32_t number)
{
    const struct minted *alert = &sim->alerts[number];
    const struct minted *subject =
        alert->kind == TCN_KIND_REVOKE ? &sim->alerts[alert->subject] : alert;
    return alert->origin != LV && is_withheld(sim, subject);
}

static struct sim *play(uint64_t seed, bool with_denied)
{
    struct sim *sim = build(seed);
    uint64_t random = ~seed;
    sim_run(sim, 2 * TCN_SECOND_MS); /* lt and fi have met */
    for (unsigned i = 0; i < STEPS; i++) {
        uint32_t number = make(sim, &random, i);
        if (with_denied || !is_denied(sim, number)) {
            sim_submit(sim, number);
        }
        if (next(&random) % 12 == 0) {
            sim_part(sim, EE, LV);
        } else if (next(&random) % 4 == 0) {
            sim_join(sim, EE, LV);
        }
        sim_run(sim, next(&random) % 400);
    }
    sim_join(sim, EE, LV);
    sim_run(sim, 2 * TCN_MINUTE_MS);
    return sim;
}

static size_t close_run(struct sim *sim)
{
    size_t violations = sim->violations;
    (void)fwrite(sim->text.data, 1, sim->text.len, stdout);
    sim_free(sim);
    return violations;
}

size_t twins_run(uint64_t seed)
{
    struct sim *a = play(seed, true);
    struct sim *b = play(seed, false);
    size_t i = 0;
    while (i < a->tape_count && i < b->tape_count &&
           a->tape[i].at_ms == b->tape[i].at_ms &&
           a->tape[i].hash == b->tape[i].hash) {
        i++;
    }
    bool differ = i < a->tape_count || i < b->tape_count;
    if (differ) {
        (void)printf(
            "VIOLATION: what is withheld from lv shows in what lv gets: "
            "frame %zu of %zu and %zu, at %llu ms\n",
            i, a->tape_count, b->tape_count,
            (unsigned long long)(i < a->tape_count ? a->tape[i].at_ms : 0));
    }
    size_t violations = differ + close_run(a);
    return violations + close_run(b);
}
