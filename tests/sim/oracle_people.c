/* What waits for people and time, judged from the outside: by the rules as they
 * are written, what was said and is durable, and when an alert came. */
#include "sim/sim.h"

#define PERMITTED 0x80u
#define KEEP      TCN_CLASS_BIT(TCN_CLASS_KEEP)

void word_note(struct node *node, const struct word *word)
{
    node->words = sim_grow(node->words, node->word_count, &node->word_cap,
                           sizeof *node->words);
    struct word *kept = &node->words[node->word_count++];
    *kept = *word;
    kept->log_at = node->store.log_count; /* the write that comes now */
}

void word_cut(struct node *node, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < node->word_count; i++) {
        if (node->words[i].log_at < count) {
            node->words[kept++] = node->words[i];
        }
    }
    node->word_count = kept;
}

/* The last one about going there. */
static const struct word *last_word(const struct node *node, unsigned to,
                                    uint32_t number)
{
    for (size_t i = node->word_count; i > 0; i--) {
        const struct word *word = &node->words[i - 1];
        if (word->alert == number && word->to == to &&
            (word->said == SAID_RELEASE || word->said == SAID_REFUSE ||
             word->said == SAID_REOPEN)) {
            return word;
        }
    }
    return NULL;
}

bool oracle_in_quarantine(const struct node *node, uint32_t number)
{
    for (size_t i = node->word_count; i > 0; i--) {
        const struct word *word = &node->words[i - 1];
        if (word->alert == number &&
            (word->said == SAID_LOOKED_AT || word->said == SAID_NOTHING_YET)) {
            return word->said == SAID_NOTHING_YET;
        }
    }
    return false;
}

bool oracle_agreed(const struct node *node, unsigned to, uint32_t number)
{
    size_t i = 0;
    while (i < node->word_count &&
           (node->words[i].said != SAID_AGREED ||
            node->words[i].alert != number || node->words[i].to != to)) {
        i++;
    }
    return i < node->word_count;
}

/* The form that would go if nothing held it. */
static uint8_t whole_form(const struct sim *sim, const struct node *node,
                          unsigned to, const struct minted *alert)
{
    const struct held *held = store_find(&node->store, &alert->id);
    uint8_t form = held == NULL ? 0 : held->form | KEEP;
    return form & rules_export(sim, node, to, alert);
}

/* A release is bound to rules and form. */
static bool covers(const struct sim *sim, const struct node *node, unsigned to,
                   const struct word *word)
{
    const struct minted *alert = &sim->alerts[word->alert];
    return word->said == SAID_RELEASE &&
           (rules_hold(node, to, alert) & ~word->rules) == 0 &&
           (whole_form(sim, node, to, alert) & ~(word->asked | KEEP)) == 0;
}

void oracle_waits(struct sim *sim, const struct node *node, unsigned to,
                  uint32_t number, uint8_t form)
{
    const struct minted *alert = &sim->alerts[number];
    const struct held *held = store_find(&node->store, &alert->id);
    const struct word *word = last_word(node, to, number);
    const char *whom = sim->nodes[to].name;
    sim->checks++;
    if (oracle_in_quarantine(node, number)) {
        violation(sim, "%s gives %s to %s, and nobody has looked at it",
                  node->name, alert->name, whom);
    }
    if (word != NULL && word->said == SAID_REFUSE) {
        violation(sim, "%s gives %s to %s, which was refused", node->name,
                  alert->name, whom);
    } else if (rules_hold(node, to, alert) != 0 &&
               (word == NULL || !covers(sim, node, to, word))) {
        violation(sim, "%s gives %s to %s, and nobody has released it",
                  node->name, alert->name, whom);
    } else if (rules_hold(node, to, alert) != 0 &&
               (form & TCN_CLASS_ALL & ~(word->form | KEEP)) != 0) {
        violation(sim, "%s gives more of %s to %s than was released",
                  node->name, alert->name, whom);
    }
    uint64_t delay = rules_delay(node, to, alert);
    if (delay != 0 && held != NULL &&
        node_clock(sim, node) < held->received_ms + delay) {
        violation(sim, "%s gives %s to %s before its time", node->name,
                  alert->name, whom);
    }
}

static unsigned rules_asked(const struct node *node,
                            const struct tcn_verdict *verdict)
{
    unsigned rules = 0;
    for (size_t i = 0; i < tcn_policy_hold_count(node->policy); i++) {
        if ((verdict->holds >> i & 1) != 0) {
            rules |= people_rules(tcn_policy_hold(node->policy, i).name);
        }
    }
    return rules;
}

void oracle_decided(struct sim *sim, const struct node *node,
                    const struct tcn_effect *effect)
{
    uint32_t number = mint_find(sim, &effect->id);
    if (effect->hook != TCN_HOOK_EXPORT || number == NO_ALERT ||
        effect->verdict.outcome != TCN_HOLD || effect->verdict.holds == 0) {
        return;
    }
    unsigned to = node->node_of[effect->peer];
    const struct minted *alert = &sim->alerts[number];
    uint8_t form = whole_form(sim, node, to, alert);
    sim->checks++;
    unsigned asked = rules_asked(node, &effect->verdict);
    if (asked != rules_hold(node, to, alert) ||
        (effect->verdict.form | KEEP) != (form | KEEP)) {
        violation(sim,
                  "%s asks people about %s by %x as %02x, not by %x as "
                  "%02x",
                  node->name, alert->name, asked, effect->verdict.form,
                  rules_hold(node, to, alert), form);
    }
}

enum passes oracle_passes(const struct sim *sim, const struct node *node,
                          unsigned to, uint32_t number, uint8_t *form)
{
    const struct word *word = last_word(node, to, number);
    if (oracle_in_quarantine(node, number) ||
        (word != NULL && word->said == SAID_REFUSE)) {
        return STOPPED;
    }
    if (rules_hold(node, to, &sim->alerts[number]) == 0) {
        return PASSES;
    }
    if (word == NULL || !covers(sim, node, to, word)) {
        return UNASKED;
    }
    *form &= word->form | KEEP | PERMITTED;
    return PASSES;
}
