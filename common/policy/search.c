/* Finding an alert that meets every literal, or that there is none. What is not
 * decided counts as its default; where that does not do, one variable that the
 * literal hangs on is decided after the other. Every failure names the
 * variables it hung on, and what it did not hang on need not be tried another
 * way (conflict-directed backjumping). */
#include <stdlib.h>

#include "policy/partial.h"
#include "policy/search.h"

struct state {
    bool stale;
    bool by_default; /* true when nothing more is decided */
    struct maybe can;
    struct vars touched;
};

struct search {
    struct goal *goal;
    struct state states[LITERALS_MAX];
};

static bool has(const struct vars *vars, unsigned var)
{
    return (vars->words[var / 64] >> var % 64 & 1) != 0;
}

static void add_all(struct vars *to, const struct vars *from)
{
    for (size_t i = 0; i < VAR_WORDS; i++) {
        to->words[i] |= from->words[i];
    }
}

void goal_init(struct goal *goal, const struct space *space, uint64_t work)
{
    goal->space = space;
    goal->count = 0;
    goal->work = work;
    goal->given = (struct vars){{0}};
    goal->known.space = space;
    goal->known.assume_defaults = false;
    for (size_t i = 0; i < VARS_MAX; i++) {
        goal->known.cell[i] = OPEN_VAR;
    }
    for (uint8_t i = 0; i < VALID_RULES; i++) {
        goal_add(goal, (struct literal){
                           .kind = LITERAL_VALID, .want = true, .reason = i});
    }
}

void goal_add(struct goal *goal, struct literal literal)
{
    if (goal->count < LITERALS_MAX) {
        goal->literals[goal->count++] = literal;
    } else {
        goal->work = 0;
    }
}

void goal_add_floor(struct goal *goal)
{
    static const uint8_t of_export[] = {
        TCN_FLOOR_EXERCISE, TCN_FLOOR_AUDIENCE, TCN_FLOOR_TLP,
        TCN_FLOOR_RED,      TCN_FLOOR_ONWARD,   TCN_FLOOR_ORCON,
        TCN_FLOOR_CAVEAT,   TCN_FLOOR_PARTNER,  TCN_FLOOR_AGREEMENT};
    static const uint8_t of_show[] = {TCN_FLOOR_EXERCISE, TCN_FLOOR_INTERNAL};
    bool show = goal->space->hook == TCN_HOOK_SHOW;
    const uint8_t *reasons = show ? of_show : of_export;
    size_t count = show ? sizeof of_show : sizeof of_export;
    if (!show && goal->space->hook != TCN_HOOK_EXPORT) {
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        goal_add(goal, (struct literal){.kind = LITERAL_FLOOR,
                                        .want = true,
                                        .reason = reasons[i]});
    }
}

void goal_add_rule(struct goal *goal, const struct rule *rule, bool matches)
{
    goal_add(goal, (struct literal){
                       .kind = LITERAL_RULE, .want = matches, .rule = rule});
}

void goal_set(struct goal *goal, unsigned var, int16_t cell)
{
    goal->known.cell[var] = cell;
    goal->given.words[var / 64] |= 1ull << var % 64;
}

/* ---- one step ---- */

static void decide(struct search *search, unsigned var, int16_t cell)
{
    search->goal->known.cell[var] = cell;
    for (size_t i = 0; i < search->goal->count; i++) {
        struct state *state = &search->states[i];
        state->stale |= has(&state->touched, var);
    }
}

static void look_again(struct search *search, size_t at)
{
    struct state *state = &search->states[at];
    struct known *known = &search->goal->known;
    const struct literal *literal = &search->goal->literals[at];
    state->touched = (struct vars){{0}};
    known->touched = &state->touched;
    state->can = literal_can(known, literal);
    known->assume_defaults = true;
    state->by_default = literal_can(known, literal).can == CAN_YES;
    known->assume_defaults = false;
    state->stale = false;
}

/* The decided variables that the literal hung on. */
static void blame(const struct search *search, size_t at, struct vars *conflict)
{
    const struct vars *touched = &search->states[at].touched;
    *conflict = (struct vars){{0}};
    for (unsigned i = 0; i < search->goal->space->var_count; i++) {
        if (has(touched, i) && search->goal->known.cell[i] != OPEN_VAR) {
            conflict->words[i / 64] |= 1ull << i % 64;
        }
    }
}

/* FOUND_NONE with a conflict; FOUND_ONE when defaults do; else what to decide
 * next. */
enum step { STEP_FAILED, STEP_DONE, STEP_OPEN };
static enum step next_step(struct search *search, unsigned *var,
                           struct vars *conflict)
{
    enum step step = STEP_DONE;
    for (size_t i = 0; i < search->goal->count; i++) {
        struct state *state = &search->states[i];
        if (state->stale) {
            look_again(search, i);
        }
        if ((state->can.can & CAN_YES) == 0) {
            blame(search, i, conflict);
            return STEP_FAILED;
        }
        if (!state->by_default && step == STEP_DONE) {
            step = STEP_OPEN;
            *var = (unsigned)state->can.var;
        }
    }
    return step;
}

static int16_t cell_count(const struct space *space, unsigned var)
{
    return var < V_SCALARS ? (int16_t)space->scalars[var].count : 2;
}

static enum found explore(struct search *search, struct vars *conflict);

/* The default last: as it is, something is not met. */
static enum found try_cells(struct search *search, unsigned var,
                            struct vars *conflict)
{
    int16_t count = cell_count(search->goal->space, var);
    struct vars all = {{0}};
    for (int16_t i = 1; i <= count; i++) {
        decide(search, var, i < count ? i : 0);
        enum found found = explore(search, conflict);
        if (found != FOUND_NONE) {
            return found;
        }
        if (!has(conflict, var)) {
            decide(search, var, OPEN_VAR);
            return FOUND_NONE; /* any other cell fails for the same reason */
        }
        add_all(&all, conflict);
    }
    decide(search, var, OPEN_VAR);
    all.words[var / 64] &= ~(1ull << var % 64);
    *conflict = all;
    return FOUND_NONE;
}

static enum found explore(struct search *search, struct vars *conflict)
{
    unsigned var = 0;
    if (search->goal->work == 0) {
        return FOUND_TOO_LARGE;
    }
    search->goal->work--;
    switch (next_step(search, &var, conflict)) {
    case STEP_FAILED: return FOUND_NONE;
    case STEP_DONE: return FOUND_ONE;
    default: return try_cells(search, var, conflict);
    }
}

/* ---- the smallest of its kind ---- */

static bool all_met(struct search *search)
{
    for (size_t i = 0; i < search->goal->count; i++) {
        if (search->states[i].stale) {
            look_again(search, i);
        }
        if (!search->states[i].by_default) {
            return false;
        }
    }
    return true;
}

/* The first cell with which everything still holds. */
static bool shrink(struct search *search, unsigned var)
{
    int16_t now = search->goal->known.cell[var];
    for (int16_t i = 0; i < now; i++) {
        decide(search, var, i);
        if (all_met(search)) {
            return true;
        }
    }
    decide(search, var, now);
    return false;
}

/* A field reads best in its own class; any other that is open for it can then
 * be closed. */
static void stand_in_own_classes(struct search *search)
{
    const struct goal *goal = search->goal;
    const struct cells *names = &goal->space->sets[SET_HAS];
    for (uint16_t i = 0; i < names->count; i++) {
        unsigned own = V_CLASS + tcn_field_class(names->list[i].text);
        int16_t before = goal->known.cell[own];
        if (goal->known.cell[names->first + i] != 1 || before == CLASS_OPEN ||
            has(&goal->given, own)) {
            continue;
        }
        decide(search, own, CLASS_OPEN);
        if (!all_met(search)) {
            decide(search, own, before);
        }
    }
}

static void minimise(struct search *search)
{
    struct goal *goal = search->goal;
    for (unsigned i = 0; i < goal->space->var_count; i++) {
        if (goal->known.cell[i] == OPEN_VAR) {
            goal->known.cell[i] = 0;
        }
    }
    stand_in_own_classes(search);
    bool smaller = true;
    while (smaller) {
        smaller = false;
        for (unsigned i = 0; i < goal->space->var_count; i++) {
            smaller |= !has(&goal->given, i) && shrink(search, i);
        }
    }
}

enum found goal_solve(struct goal *goal)
{
    struct vars conflict;
    struct search *search = calloc(1, sizeof *search);
    if (search == NULL || goal->space->too_large) {
        free(search);
        return FOUND_TOO_LARGE;
    }
    search->goal = goal;
    for (size_t i = 0; i < goal->count; i++) {
        search->states[i].stale = true;
    }
    enum found found = explore(search, &conflict);
    if (found == FOUND_ONE) {
        minimise(search);
    }
    free(search);
    return found;
}
