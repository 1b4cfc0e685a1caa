/* Filters as data. The text that the policy library compiles and the answer the
 * oracle gives are both made from it, by code that shares nothing: floor and
 * filter are thought out here a second time. */
#include "lib/policy_loaded.h"
#include "policy/narrow.h"
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

#define PERMITTED 0x80u

void rules_open(struct rules *rules, const struct node *node)
{
    *rules = (struct rules){0};
    for (size_t p = 0; p < node->peer_count; p++) {
        rules->to[node->node_of[p]] =
            (struct export_rule){.allow = true, .classes = TCN_CLASS_ALL};
    }
}

static void put_classes(struct tcn_buf *out, uint8_t classes)
{
    const char *comma = "{ ";
    for (unsigned cls = 0; cls < TCN_CLASS_COUNT; cls++) {
        if ((classes >> cls & 1) != 0) {
            tcn_buf_printf(out, "%s%s", comma, tcn_class_word(cls));
            comma = ", ";
        }
    }
    tcn_buf_put_str(out, " }");
}

static void put_waits(const char *peer, const struct export_rule *rule,
                      struct tcn_buf *out)
{
    const unsigned within = rule->within_ms != 0 ? rule->within_ms : 3600000;
    if (rule->held_from != 0) {
        tcn_buf_printf(out,
                       "hold export to %s name ask-%s approve 1 of role "
                       "releaser within %ums when severity >= %s;\n",
                       peer, peer, within, tcn_severity_word(rule->held_from));
    }
    if (rule->victim_held) {
        tcn_buf_printf(out,
                       "hold export to %s name vic-%s approve 1 of role "
                       "releaser within %ums when has(victim);\n",
                       peer, peer, within);
    }
    if (rule->delay_ms != 0) {
        tcn_buf_printf(out,
                       "delay export to %s name late-%s by %ums unless "
                       "severity == critical;\n",
                       peer, peer, rule->delay_ms);
    }
    if (rule->on_request != 0) {
        tcn_buf_printf(out, "allow export to %s name more-%s with ", peer,
                       peer);
        put_classes(out, rule->on_request | TCN_CLASS_BIT(TCN_CLASS_KEEP));
        tcn_buf_put_str(out, " when requested;\n");
    }
}

static void put_export(const struct sim *sim, const char *peer,
                       const struct export_rule *rule, struct tcn_buf *out)
{
    if (!rule->allow) {
        return;
    }
    put_waits(peer, rule, out);
    tcn_buf_printf(out, "allow export to %s name to-%s with ", peer, peer);
    put_classes(out, rule->classes | TCN_CLASS_BIT(TCN_CLASS_KEEP));
    tcn_buf_printf(out, " when severity >= %s;\n",
                   tcn_severity_word(rule->severity_min));
    if (rule->cut != 0) {
        tcn_buf_printf(out, "redact export to %s name cut-%s classes ", peer,
                       peer);
        put_classes(out, rule->cut);
        tcn_buf_put_str(out, ";\n");
    }
    for (unsigned i = 0; i < sim->node_count; i++) {
        if ((rule->denied >> i & 1) != 0) {
            tcn_buf_printf(out,
                           "deny export to %s name no-%s-%s "
                           "when origin == %s;\n",
                           peer, peer, sim->nodes[i].name, sim->nodes[i].name);
        }
    }
}

static void put_pact(const struct sim *sim, unsigned version,
                     struct tcn_buf *out)
{
    tcn_buf_printf(out, "agreement \"pact\" version %u { parties ", version);
    for (unsigned i = 0; i < sim->node_count; i++) {
        tcn_buf_printf(out, "%s%s", i == 0 ? "{ " : ", ", sim->nodes[i].name);
    }
    tcn_buf_put_str(out, " }; from 2026-01-01; until 2029-01-01; "
                         "max tlp RED; onward any; }\n");
}

static void put_rules(const struct sim *sim, const struct node *node,
                      const struct rules *rules, struct tcn_buf *out)
{
    tcn_buf_printf(out, "policy \"%s\" version 1;\n", node->name);
    for (size_t p = 0; p < node->peer_count; p++) {
        unsigned to = node->node_of[p];
        put_export(sim, sim->nodes[to].name, &rules->to[to], out);
    }
    if (rules->pact != 0) {
        put_pact(sim, rules->pact, out);
    }
    tcn_buf_printf(out, "accept import from any name in when severity >= %s;\n",
                   tcn_severity_word(rules->import_severity_min));
    if (rules->odd_from != 0) {
        tcn_buf_printf(out,
                       "quarantine import from any name odd "
                       "when severity >= %s;\n",
                       tcn_severity_word(rules->odd_from));
    }
    for (unsigned i = 0; i < sim->node_count; i++) {
        if ((rules->odd >> i & 1) != 0) {
            tcn_buf_printf(out,
                           "quarantine import from any name odd-%s "
                           "when origin == %s;\n",
                           sim->nodes[i].name, sim->nodes[i].name);
        }
        if ((rules->import_rejected >> i & 1) != 0) {
            tcn_buf_printf(out,
                           "reject import from any name not-%s "
                           "when origin == %s;\n",
                           sim->nodes[i].name, sim->nodes[i].name);
        }
    }
}

static struct tcn_policy *compile(const struct sim *sim,
                                  const struct node *node,
                                  const struct rules *rules,
                                  const struct tcn_world *world)
{
    static uint8_t text[65536];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    put_rules(sim, node, rules, &out);
    const struct tcn_source source = {node->name, tcn_buf_view(&out)};
    return policy_loaded(world, &source);
}

void node_load_rules(struct sim *sim, struct node *node)
{
    struct tcn_party parties[NODES_MAX] = {0};
    size_t count = 0;
    for (; count < node->peer_count; count++) {
        struct tcn_party *party = &parties[count];
        (void)snprintf(party->name, sizeof party->name, "%s",
                       sim->nodes[node->node_of[count]].name);
        party->role = TCN_ROLE_NATION;
        party->eu_set = party->eu = true;
    }
    for (unsigned i = 0; i < sim->node_count; i++) {
        if (i != node->number && node->peer_of[i] == NODES_MAX) {
            (void)snprintf(parties[count].name, sizeof parties[count].name,
                           "%s", sim->nodes[i].name);
            parties[count++].role = TCN_ROLE_NATION;
        }
    }
    static const struct tcn_role role = {
        .name = "releaser", .user_count = 1, .users = {"officer"}};
    const struct tcn_world world = {.self = node->name,
                                    .roles = &role,
                                    .role_count = 1,
                                    .parties = parties,
                                    .party_count = count,
                                    .peer_count = node->peer_count};
    struct tcn_policy *policy = compile(sim, node, &node->rules, &world);
    if (node->narrowed) {
        struct tcn_policy *other = compile(sim, node, &node->pending, &world);
        enum tcn_err err = tcn_policy_narrow(policy, other);
        tcn_assert(err == TCN_ERR_OK);
    }
    tcn_policy_free(node->policy);
    node->policy = policy;
}

/* ---- the oracle's own floor and filter ---- */

static bool named(const struct minted *alert, unsigned node)
{
    return (alert->audience >> node & 1) != 0;
}

static bool floor_allows(const struct sim *sim, const struct node *node,
                         unsigned to, const struct minted *alert)
{
    bool own = alert->origin == node->number;
    if (node_clock(sim, node) >= alert->expires_ms) {
        return false;
    }
    if (!named(alert, to) &&
        (alert->audience != 0 || alert->tlp > TCN_TLP_GREEN)) {
        return false;
    }
    if (own) {
        return true;
    }
    uint8_t theirs = sim->nodes[to].rules.pact;
    if (alert->pact != 0 && (alert->pact != node->rules.pact ||
                             (theirs != 0 && theirs != alert->pact))) {
        return false;
    }
    bool onward = alert->onward == TCN_ONWARD_ANY ||
                  (alert->onward == TCN_ONWARD_LISTED && named(alert, to));
    return onward && !alert->orcon && alert->tlp != TCN_TLP_RED;
}

static uint8_t export_by(const struct rules *rules, const struct sim *sim,
                         const struct node *node, unsigned to,
                         const struct minted *alert)
{
    const struct export_rule *rule = &rules->to[to];
    bool asked = rule->on_request != 0 && alert->origin == node->number &&
                 oracle_agreed(node, to, (uint32_t)(alert - sim->alerts));
    bool allowed = alert->severity >= rule->severity_min;
    if (!rule->allow || (!allowed && !asked) ||
        (rule->denied >> alert->origin & 1) != 0) {
        return 0;
    }
    uint8_t open =
        (allowed ? rule->classes : 0) | (asked ? rule->on_request : 0);
    open &= (uint8_t)~rule->cut;
    open |= TCN_CLASS_BIT(TCN_CLASS_KEEP);
    return PERMITTED | (open & alert->present);
}

/* What waits to be confirmed narrows what runs. */
uint8_t rules_export(const struct sim *sim, const struct node *node,
                     unsigned to, const struct minted *alert)
{
    if (!floor_allows(sim, node, to, alert)) {
        return 0;
    }
    uint8_t open = export_by(&node->rules, sim, node, to, alert);
    if (node->narrowed) {
        open &= export_by(&node->pending, sim, node, to, alert);
    }
    return (open & PERMITTED) != 0 ? open : 0;
}

static bool import_by(const struct rules *rules, const struct minted *alert)
{
    return alert->severity >= rules->import_severity_min &&
           (rules->import_rejected >> alert->origin & 1) == 0;
}

bool rules_import(const struct node *node, const struct minted *alert)
{
    return import_by(&node->rules, alert) &&
           (!node->narrowed || import_by(&node->pending, alert));
}

static unsigned hold_by(const struct export_rule *rule, const struct node *node,
                        const struct minted *alert)
{
    const struct held *held = store_find(&node->store, &alert->id);
    bool severe = rule->held_from != 0 && alert->severity >= rule->held_from;
    uint8_t victims = alert->present & TCN_CLASS_BIT(TCN_CLASS_VICTIM);
    /* A copy that withholds anything may name one. */
    uint8_t withheld = held == NULL ? 0 : alert->present & ~held->form;
    bool victim = rule->victim_held && (victims | withheld) != 0;
    return (severe ? HOLD_BY_SEVERITY : 0) | (victim ? HOLD_BY_VICTIM : 0);
}

/* A rule of both that asks the same people for the same time is one; of the
 * same name with another time it is a second one. */
unsigned rules_hold(const struct node *node, unsigned to,
                    const struct minted *alert)
{
    const struct export_rule *rule = &node->rules.to[to];
    const struct export_rule *other = &node->pending.to[to];
    unsigned holds = hold_by(rule, node, alert);
    if (!node->narrowed) {
        return holds;
    }
    unsigned waiting = hold_by(other, node, alert), second = 0;
    if (rule->allow && rule->within_ms != other->within_ms) {
        second = (rule->held_from != 0 ? HOLD_BY_SEVERITY : 0) |
                 (rule->victim_held ? HOLD_BY_VICTIM : 0);
    }
    return holds | (waiting & ~second) | HOLD_BY_PENDING * (waiting & second);
}

uint64_t rules_delay(const struct node *node, unsigned to,
                     const struct minted *alert)
{
    uint64_t ours = node->rules.to[to].delay_ms;
    uint64_t other = node->narrowed ? node->pending.to[to].delay_ms : 0;
    uint64_t delay = ours > other ? ours : other;
    return alert->severity == TCN_SEVERITY_CRITICAL ? 0 : delay;
}

static bool is_odd(const struct rules *rules, const struct minted *alert)
{
    return (rules->odd_from != 0 && alert->severity >= rules->odd_from) ||
           (rules->odd >> alert->origin & 1) != 0;
}

bool rules_quarantine(const struct node *node, const struct minted *alert)
{
    return is_odd(&node->rules, alert) ||
           (node->narrowed && is_odd(&node->pending, alert));
}
