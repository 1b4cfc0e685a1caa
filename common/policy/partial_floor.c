/* The floor, and what makes a valid alert, where not everything is known. */
#include "policy/partial.h"
#include "policy/search.h"

static bool at_most(const void *ctx, const struct cell *cell)
{
    return cell->number <= *(const uint64_t *)ctx;
}

static struct maybe not_above(const struct known *known, unsigned var,
                              uint64_t most)
{
    return test_scalar(known, var, at_most, &most);
}

static struct maybe equals(const struct known *known, unsigned var,
                           uint64_t number)
{
    struct maybe m = not_above(known, var, number);
    return number == 0 ? m
                       : both(m, opposite(not_above(known, var, number - 1)));
}

static struct maybe caveat(const struct known *known, uint64_t bit)
{
    const struct cells *cells = &known->space->sets[SET_CAVEAT];
    uint16_t at = 0;
    while (cells->list[at].number != bit) {
        at++;
    }
    return is_there(known, (uint16_t)(cells->first + at));
}

static struct maybe own(const struct known *known)
{
    return test_scalar(known, V_ORIGIN, cell_is_own, known->space);
}

static struct maybe is_named(const struct known *known)
{
    return is_there(known, known->space->peer_audience);
}

static bool any_cell(const void *ctx, const struct cell *cell)
{
    (void)ctx;
    (void)cell;
    return true;
}

static struct maybe floor_audience(const struct known *known)
{
    struct maybe some = test_set(known, SET_AUDIENCE, any_cell, NULL);
    return either(is_named(known), opposite(some));
}

static bool is_empty(const void *ctx, const struct cell *cell)
{
    (void)ctx;
    return cell->text.len == 0;
}

static struct maybe floor_onward(const struct known *known)
{
    struct maybe named = is_named(known);
    struct maybe has_agreement =
        opposite(test_scalar(known, V_AGREEMENT, is_empty, NULL));
    struct maybe any = equals(known, V_ONWARD, TCN_ONWARD_ANY);
    struct maybe members =
        both(equals(known, V_ONWARD, TCN_ONWARD_MEMBERS), has_agreement);
    struct maybe listed =
        both(equals(known, V_ONWARD, TCN_ONWARD_LISTED), named);
    return either(own(known), either(any, either(members, listed)));
}

static bool is_open_at(const void *ctx, const struct cell *cell)
{
    const uint64_t *bounds = ctx;
    return cell->number >= bounds[0] && cell->number < bounds[1];
}

static struct maybe between(const struct known *known, uint64_t from,
                            uint64_t until)
{
    const uint64_t bounds[2] = {from, until};
    return test_scalar(known, V_NOW, is_open_at, bounds);
}

static bool cell_is_text(const void *ctx, const struct cell *cell)
{
    return tcn_view_is(cell->text, ctx);
}

static bool cell_is_name(const void *ctx, const struct cell *cell)
{
    return tcn_view_is(agreement_name_of(cell->text), ctx);
}

static struct maybe floor_exercise(const struct known *known)
{
    const struct tcn_policy *policy = known->space->policy;
    struct maybe fine = test_scalar(known, V_EXERCISE, is_empty, NULL);
    for (size_t i = 0; i < policy->exercise_count; i++) {
        const struct tcn_exercise *exercise = &policy->exercises[i];
        struct maybe open =
            both(test_scalar(known, V_EXERCISE, cell_is_text, exercise->name),
                 between(known, exercise->from_ms, exercise->until_ms));
        if (exercise->agreement[0] != '\0') {
            open = both(open, test_scalar(known, V_AGREEMENT, cell_is_name,
                                          exercise->agreement));
        }
        fine = either(fine, open);
    }
    return fine;
}

/* Parties and label; not the time, and not the text that is named. */
static struct maybe within(const struct known *known,
                           const struct agreement *agreement)
{
    const struct tcn_policy *policy = known->space->policy;
    bool parties =
        is_party(agreement, policy->self) &&
        is_party(agreement, policy->parties[known->space->number].name);
    return both(maybe(parties),
                both(not_above(known, V_TLP, agreement->max_tlp),
                     not_above(known, V_ONWARD, agreement->onward)));
}

static bool cell_is_agreement(const void *ctx, const struct cell *cell)
{
    return cell->agreement == ctx;
}

static struct maybe floor_agreement(const struct known *known)
{
    const struct tcn_policy *policy = known->space->policy;
    struct maybe fine =
        either(own(known), test_scalar(known, V_AGREEMENT, is_empty, NULL));
    struct maybe agrees = equals(known, V_DISAGREE, 0);
    for (size_t i = 0; i < policy->agreement_count; i++) {
        const struct agreement *agreement = &policy->agreements[i];
        struct maybe in_force =
            both(test_scalar(known, V_AGREEMENT, cell_is_agreement, agreement),
                 both(between(known, agreement->from_ms, agreement->until_ms),
                      within(known, agreement)));
        fine = either(fine, both(in_force, agrees));
    }
    return fine;
}

static struct maybe floor_can(const struct known *known, enum tcn_floor reason)
{
    const struct space *space = known->space;
    const struct tcn_policy *policy = space->policy;
    switch (reason) {
    case TCN_FLOOR_EXERCISE: return floor_exercise(known);
    case TCN_FLOOR_AUDIENCE: return floor_audience(known);
    case TCN_FLOOR_TLP:
        return either(not_above(known, V_TLP, TCN_TLP_GREEN), is_named(known));
    case TCN_FLOOR_RED:
        return either(not_above(known, V_TLP, TCN_TLP_RED - 1), own(known));
    case TCN_FLOOR_ONWARD: return floor_onward(known);
    case TCN_FLOOR_ORCON: return either(own(known), opposite(caveat(known, 1)));
    case TCN_FLOOR_CAVEAT:
        return either(own(known), opposite(caveat(known, 8)));
    case TCN_FLOOR_PARTNER:
        return either(
            opposite(caveat(known, 2)),
            maybe(policy->parties[space->number].role == TCN_ROLE_NATION));
    case TCN_FLOOR_AGREEMENT: return floor_agreement(known);
    case TCN_FLOOR_INTERNAL:
        return either(not_above(known, V_TLP, TCN_TLP_AMBER),
                      maybe(policy->observers[space->number].internal));
    default: return maybe(true); /* key and life: of alerts that are sound */
    }
}

/* ---- which alerts there are: common/alert/FORMAT.md ---- */

static struct maybe revises(const struct known *known)
{
    return either(equals(known, V_KIND, TCN_KIND_UPDATE),
                  equals(known, V_KIND, TCN_KIND_REVOKE));
}

static struct maybe implies(struct maybe a, struct maybe b)
{
    return either(opposite(a), b);
}

/* Each rule by itself, so that what fails names no more than it hangs on. */
static struct maybe valid_first(const struct known *known)
{
    struct maybe first = not_above(known, V_REVISION, 0);
    struct maybe other = equals(known, V_KIND, TCN_KIND_UNKNOWN);
    return implies(opposite(first), either(other, revises(known)));
}

static struct maybe valid_later(const struct known *known)
{
    struct maybe first = not_above(known, V_REVISION, 0);
    return implies(revises(known), opposite(first));
}

/* What follows a ledger is no export. */
static struct maybe valid_kind(const struct known *known)
{
    return known->space->hook == TCN_HOOK_EXPORT
               ? opposite(equals(known, V_KIND, TCN_KIND_REVOKE))
               : maybe(true);
}

/* A withdrawal has no fields beyond KEEP, goes no further, and is for nobody in
 * particular. */
static struct maybe valid_bare(const struct known *known)
{
    return implies(equals(known, V_KIND, TCN_KIND_REVOKE),
                   opposite(any_class(known, TCN_CLASS_TECH, cell_is_present)));
}

static struct maybe valid_quiet(const struct known *known)
{
    return implies(equals(known, V_KIND, TCN_KIND_REVOKE),
                   equals(known, V_ONWARD, TCN_ONWARD_NONE));
}

static struct maybe valid_unaddressed(const struct known *known)
{
    return implies(equals(known, V_KIND, TCN_KIND_REVOKE),
                   opposite(test_set(known, SET_AUDIENCE, any_cell, NULL)));
}

static bool is_keep_name(const void *ctx, const struct cell *cell)
{
    (void)ctx;
    return tcn_field_class(cell->text) == TCN_CLASS_KEEP;
}

/* An open field stands in an open class, best in its own; KEEP names in any,
 * others never in KEEP. */
static struct maybe valid_others(const struct known *known)
{
    const struct cells *names = &known->space->sets[SET_HAS];
    struct maybe any = any_class(known, TCN_CLASS_TECH, cell_is_class_open);
    struct maybe fine = maybe(true);
    for (uint16_t i = 0; i < names->count; i++) {
        unsigned own_class = tcn_field_class(names->list[i].text);
        if (own_class != TCN_CLASS_KEEP) {
            struct maybe open = test_scalar(known, V_CLASS + own_class,
                                            cell_is_class_open, NULL);
            struct maybe there = is_there(known, (uint16_t)(names->first + i));
            fine = both(fine, implies(there, either(open, any)));
        }
    }
    return fine;
}

static struct maybe valid_keeps(const struct known *known)
{
    return implies(test_set(known, SET_HAS, is_keep_name, NULL),
                   any_class(known, TCN_CLASS_KEEP, cell_is_class_open));
}

static struct maybe valid_keep(const struct known *known)
{
    return implies(test_scalar(known, V_CLASS, cell_is_class_open, NULL),
                   test_set(known, SET_HAS, is_keep_name, NULL));
}

static struct maybe valid_indicators(const struct known *known)
{
    return implies(test_set(known, SET_INDICATOR, any_cell, NULL),
                   field_is_there(known, tcn_view_str("indicator")));
}

/* Who hands it to us gave it to us. */
static struct maybe valid_source(const struct known *known)
{
    return known->space->hook == TCN_HOOK_IMPORT
               ? is_there(known, known->space->peer_source)
               : maybe(true);
}

/* A draft is our own, whole, and came from nobody. */
static bool is_draft(const struct known *known)
{
    return known->space->hook == TCN_HOOK_ORIGINATE;
}

static struct maybe valid_draft_own(const struct known *known)
{
    return is_draft(known) ? own(known) : maybe(true);
}

static struct maybe valid_draft_whole(const struct known *known)
{
    return is_draft(known)
               ? opposite(any_class(known, TCN_CLASS_TECH, cell_is_withheld))
               : maybe(true);
}

static struct maybe valid_draft_new(const struct known *known)
{
    return is_draft(known)
               ? opposite(test_set(known, SET_SOURCE, any_cell, NULL))
               : maybe(true);
}

static struct maybe valid_can(const struct known *known, unsigned rule)
{
    static struct maybe (*const rules[VALID_RULES])(const struct known *) = {
        valid_first,       valid_later,       valid_kind,   valid_bare,
        valid_quiet,       valid_unaddressed, valid_others, valid_keeps,
        valid_keep,        valid_indicators,  valid_source, valid_draft_own,
        valid_draft_whole, valid_draft_new};
    return rules[rule](known);
}

/* ---- literals ---- */

static struct maybe literal_truth(const struct known *known,
                                  const struct literal *literal)
{
    switch (literal->kind) {
    case LITERAL_RULE:
        return condition_can(known, literal->rule->when, literal->rule->unless,
                             rule_opens(literal->rule));
    case LITERAL_CLAIM:
        return condition_can(known, literal->assertion->when,
                             literal->assertion->unless, false);
    case LITERAL_MET:
        return condition_can(known, literal->rule->that, NO_NODE, true);
    case LITERAL_FLOOR:
        return floor_can(known, (enum tcn_floor)literal->reason);
    case LITERAL_VALID: return valid_can(known, literal->reason);
    case LITERAL_NAMED:
        return test_scalar(known, V_AGREEMENT, cell_is_name,
                           literal->agreement->name);
    default: return within(known, literal->agreement);
    }
}

struct maybe literal_can(const struct known *known,
                         const struct literal *literal)
{
    struct maybe m = literal_truth(known, literal);
    return literal->want ? m : opposite(m);
}
