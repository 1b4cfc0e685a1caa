#include "policy/space.h"

#include <stdlib.h>

/* 2027-01-01, as in tests. */
#define NOW_MS         1798761600000ull
#define ENVELOPE_LEAST 200 /* no header is shorter */

static const char *const field_names[] = {
    "title",     "recommendation", "reason",      "indicator",
    "technique", "reference",      "source",      "tool",
    "victim",    "contact",        "description", "actor"};

bool cells_add(struct cells *cells, struct cell cell)
{
    for (size_t i = 0; i < cells->count; i++) {
        if (cells->list[i].number == cell.number &&
            tcn_view_equal(cells->list[i].text, cell.text)) {
            return true;
        }
    }
    if (cells->count == cells->cap) {
        size_t cap = cells->cap == 0 ? 8 : cells->cap * 2u;
        struct cell *list = cap > UINT16_MAX
                                ? NULL
                                : reallocarray(cells->list, cap, sizeof *list);
        if (list == NULL) {
            return false;
        }
        cells->list = list;
        cells->cap = (uint16_t)cap;
    }
    cells->list[cells->count++] = cell;
    return true;
}

static bool add_text(struct cells *cells, const char *text)
{
    return cells_add(cells, (struct cell){.text = tcn_view_str(text)});
}

static bool add_number(struct cells *cells, uint64_t number)
{
    return cells_add(cells, (struct cell){.number = number});
}

/* ---- numbers ---- */

struct range {
    enum fact fact;
    unsigned var;
    uint64_t least, most;
};

/* Where the answer to a comparison changes. */
static bool add_bounds(struct space *space, const struct range *range,
                       const struct node *node)
{
    bool done = true;
    for (uint32_t i = 0; i < node->value_count; i++) {
        uint64_t value = space->policy->values[node->value + i].number;
        uint64_t bounds[] = {value, value + 1};
        for (size_t j = 0; j < 2; j++) {
            if (bounds[j] > range->least && bounds[j] <= range->most) {
                done &= add_number(&space->scalars[range->var], bounds[j]);
            }
        }
    }
    return done;
}

static bool add_ranges(struct space *space)
{
    static const struct range ranges[] = {
        {FACT_CONFIDENCE, V_CONFIDENCE, 0, 100},
        {FACT_SIZE, V_SIZE, ENVELOPE_LEAST, TCN_ENVELOPE_MAX},
        {FACT_REVISION, V_REVISION, 0, INT32_MAX},
    };
    bool done = true;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        done &= add_number(&space->scalars[ranges[i].var], ranges[i].least);
    }
    done &= add_number(&space->scalars[V_REVISION], 1);
    for (size_t i = 0; i < space->policy->node_count; i++) {
        const struct node *node = &space->policy->nodes[i];
        for (size_t j = 0; j < sizeof ranges / sizeof ranges[0]; j++) {
            if (node->op == NODE_TEST && node->fact == ranges[j].fact) {
                done &= add_bounds(space, &ranges[j], node);
            }
        }
    }
    return done;
}

static bool add_words(struct space *space)
{
    const struct {
        unsigned var, count;
    } words[] = {{V_SEVERITY, TCN_SEVERITY_COUNT},
                 {V_TLP, TCN_TLP_COUNT},
                 {V_PAP, TCN_PAP_COUNT},
                 {V_DISAGREE, 2},
                 /* Nobody asks for what comes in or is shown. */
                 {V_REQUESTED, space->hook == TCN_HOOK_EXPORT ? 2 : 1}};
    bool done = true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (unsigned j = 0; j < words[i].count; j++) {
            done &= add_number(&space->scalars[words[i].var], j);
        }
    }
    for (unsigned i = TCN_ONWARD_COUNT; i > 0; i--) {
        done &= add_number(&space->scalars[V_ONWARD], i - 1);
    }
    for (unsigned i = 0; i < TCN_CLASS_COUNT; i++) {
        unsigned states = i == TCN_CLASS_KEEP ? 2 : 3;
        for (unsigned j = 0; j < states; j++) {
            done &= add_number(&space->scalars[V_CLASS + i], j);
        }
    }
    return done;
}

/* To the format they are all unknown; to a condition two of them have names. */
static bool add_kinds(struct space *space)
{
    static const char *const unknown[] = {"other-kind", "request-release",
                                          "answer-release"};
    bool done = true;
    for (unsigned i = 0; i < TCN_KIND_UNKNOWN; i++) {
        const char *word = tcn_kind_word((enum tcn_kind)i);
        done &= cells_add(&space->scalars[V_KIND],
                          (struct cell){i, tcn_view_str(word), NULL});
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        done &= cells_add(
            &space->scalars[V_KIND],
            (struct cell){TCN_KIND_UNKNOWN, tcn_view_str(unknown[i]), NULL});
    }
    return done;
}

/* ---- members ---- */

static bool is_asked_for(const struct space *space, enum fact fact,
                         const char *member)
{
    const struct tcn_policy *policy = space->policy;
    for (size_t i = 0; i < policy->node_count; i++) {
        const struct node *node = &policy->nodes[i];
        for (uint32_t j = 0; node->op == NODE_TEST && node->fact == fact &&
                             j < node->value_count;
             j++) {
            if (tcn_view_is(policy->values[node->value + j].text, member)) {
                return true;
            }
        }
    }
    return false;
}

/* Those that are asked for, and one that stands for all others. */
static bool add_members(struct space *space, enum fact fact,
                        struct cells *cells, size_t count)
{
    bool done = true;
    bool other = false;
    for (size_t i = 0; i < count; i++) {
        const char *name = space->policy->parties[i].name;
        bool asked = is_asked_for(space, fact, name);
        bool is_peer = space->hook != TCN_HOOK_SHOW && i == space->number &&
                       fact != FACT_ORIGIN;
        if (asked || is_peer || !other) {
            done &=
                cells_add(cells, (struct cell){i, tcn_view_str(name), NULL});
            other |= !asked && !is_peer;
        }
    }
    return done;
}

static bool add_audience(struct space *space)
{
    const struct tcn_policy *policy = space->policy;
    struct cells *cells = &space->sets[SET_AUDIENCE];
    bool done = add_members(space, FACT_AUDIENCE, cells, policy->party_count);
    if (is_asked_for(space, FACT_AUDIENCE, policy->self)) {
        done &=
            cells_add(cells, (struct cell){policy->party_count,
                                           tcn_view_str(policy->self), NULL});
    }
    /* An audience may name members that nobody here knows. */
    return done &&
           cells_add(cells, (struct cell){policy->party_count + 1,
                                          tcn_view_str("elsewhere"), NULL});
}

static bool add_origins(struct space *space)
{
    const struct tcn_policy *policy = space->policy;
    struct cells *cells = &space->scalars[V_ORIGIN];
    return cells_add(cells, (struct cell){policy->party_count,
                                          tcn_view_str(policy->self), NULL}) &&
           add_members(space, FACT_ORIGIN, cells, policy->party_count);
}

/* ---- texts ---- */

static bool add_exercises(struct space *space)
{
    struct cells *cells = &space->scalars[V_EXERCISE];
    bool done = add_text(cells, "");
    for (size_t i = 0; i < space->policy->exercise_count; i++) {
        done &= add_text(cells, space->policy->exercises[i].name);
    }
    return done && atoms_add(space, FACT_EXERCISE, cells);
}

/* A name without its text: some other text of that name. */
static bool add_other_text(struct space *space, struct cells *cells,
                           struct tcn_view name)
{
    char ref[TCN_NAME_MAX + 18];
    struct tcn_buf out = tcn_buf(ref, sizeof ref);
    if (name.len == 0) {
        return true;
    }
    tcn_buf_put(&out, name.data, name.len);
    tcn_buf_put_str(&out, "#0000000000000000");
    struct tcn_view text = policy_text(space->memory, tcn_buf_view(&out));
    return text.data != NULL && cells_add(cells, (struct cell){.text = text});
}

static bool add_agreements(struct space *space)
{
    struct cells *cells = &space->scalars[V_AGREEMENT];
    struct cells names = {0};
    bool done = add_text(cells, "") && add_text(&names, "");
    for (size_t i = 0; i < space->policy->agreement_count; i++) {
        const struct agreement *agreement = &space->policy->agreements[i];
        done &= cells_add(
            cells, (struct cell){0, tcn_view_str(agreement->ref), agreement});
        done &= add_text(&names, agreement->name);
    }
    for (size_t i = 0; i < space->policy->exercise_count; i++) {
        done &= add_text(&names, space->policy->exercises[i].agreement);
    }
    done &= atoms_add(space, FACT_AGREEMENT, &names);
    for (size_t i = 0; done && i < names.count; i++) {
        done &= add_other_text(space, cells, names.list[i].text);
    }
    free(names.list);
    return done;
}

/* When exercises and agreements begin and end. */
static bool add_times(struct space *space)
{
    const struct tcn_policy *policy = space->policy;
    struct cells *cells = &space->scalars[V_NOW];
    bool done = add_number(cells, NOW_MS) && add_number(cells, 0);
    for (size_t i = 0; i < policy->exercise_count; i++) {
        done &= add_number(cells, policy->exercises[i].from_ms) &&
                add_number(cells, policy->exercises[i].until_ms);
    }
    for (size_t i = 0; i < policy->agreement_count; i++) {
        done &= add_number(cells, policy->agreements[i].from_ms) &&
                add_number(cells, policy->agreements[i].until_ms);
    }
    return done;
}

static bool add_sets(struct space *space)
{
    static const char *const caveats[] = {"orcon", "no-partner",
                                          "no-automation", "some-other"};
    bool done = atoms_add(space, FACT_SECTOR, &space->sets[SET_SECTOR]) &&
                atoms_add(space, FACT_REGION, &space->sets[SET_REGION]) &&
                atoms_add(space, FACT_INDICATOR, &space->sets[SET_INDICATOR]) &&
                add_audience(space) &&
                add_members(space, FACT_SOURCE, &space->sets[SET_SOURCE],
                            space->policy->peer_count);
    for (size_t i = 0; i < sizeof caveats / sizeof caveats[0]; i++) {
        done = done && cells_add(&space->sets[SET_CAVEAT],
                                 (struct cell){1ull << i,
                                               tcn_view_str(caveats[i]), NULL});
    }
    for (size_t i = 0; i < sizeof field_names / sizeof field_names[0]; i++) {
        done = done && add_text(&space->sets[SET_HAS], field_names[i]);
    }
    return done;
}

/* The variable of a member in a set; 0 when it is not there. */
static uint16_t member_var(const struct cells *cells, uint64_t number)
{
    for (uint16_t i = 0; i < cells->count; i++) {
        if (cells->list[i].number == number) {
            return (uint16_t)(cells->first + i);
        }
    }
    return 0;
}

static void number_vars(struct space *space)
{
    size_t next = V_SCALARS;
    for (size_t i = 0; i < SET_COUNT; i++) {
        space->sets[i].first = (uint16_t)next;
        next += space->sets[i].count;
    }
    space->too_large |= next > VARS_MAX;
    space->var_count = (uint16_t)next;
    space->peer_audience =
        member_var(&space->sets[SET_AUDIENCE], space->number);
    space->peer_source = member_var(&space->sets[SET_SOURCE], space->number);
}

struct space *space_new(const struct tcn_policy *policy, enum tcn_hook hook,
                        unsigned number)
{
    struct space *space = calloc(1, sizeof *space);
    if (space == NULL) {
        return NULL;
    }
    space->policy = policy;
    space->hook = hook;
    space->number = number;
    space->memory = calloc(1, sizeof *space->memory);
    bool done = space->memory != NULL && add_ranges(space) &&
                add_words(space) && add_kinds(space) && add_origins(space) &&
                atoms_add(space, FACT_CATEGORY, &space->scalars[V_CATEGORY]) &&
                add_exercises(space) && add_agreements(space) &&
                add_times(space) && add_sets(space);
    if (!done) {
        space_free(space);
        return NULL;
    }
    number_vars(space);
    return space;
}

void space_free(struct space *space)
{
    if (space == NULL) {
        return;
    }
    for (size_t i = 0; i < V_SCALARS; i++) {
        free(space->scalars[i].list);
    }
    for (size_t i = 0; i < SET_COUNT; i++) {
        free(space->sets[i].list);
    }
    tcn_policy_free(space->memory);
    free(space);
}
