#include "policy/partial.h"

#include "base/assert.h"

static const struct maybe never = {CAN_NO, OPEN_VAR};
static const struct maybe surely = {CAN_YES, OPEN_VAR};

struct maybe maybe(bool yes)
{
    return yes ? surely : never;
}

static bool is_open(struct maybe m)
{
    return (m.can & (m.can - 1)) != 0;
}

struct maybe opposite(struct maybe m)
{
    uint8_t can = m.can & CAN_UNKNOWN;
    can |= (m.can & CAN_NO) != 0 ? CAN_YES : 0;
    can |= (m.can & CAN_YES) != 0 ? CAN_NO : 0;
    return (struct maybe){can, m.var};
}

/* The bits from one up. */
static unsigned up(unsigned bit)
{
    return 7 & ~(bit - 1);
}

struct maybe both(struct maybe a, struct maybe b)
{
    uint8_t can = 0;
    for (unsigned bit = CAN_NO; bit <= CAN_YES; bit *= 2) {
        bool least = ((a.can & bit) != 0 && (b.can & up(bit)) != 0) ||
                     ((b.can & bit) != 0 && (a.can & up(bit)) != 0);
        can |= least ? (uint8_t)bit : 0;
    }
    struct maybe m = {can, is_open(a) ? a.var : b.var};
    m.var = is_open(m) ? m.var : OPEN_VAR;
    return m;
}

struct maybe either(struct maybe a, struct maybe b)
{
    return opposite(both(opposite(a), opposite(b)));
}

/* ---- what is known of one variable ---- */

static int look(const struct known *known, unsigned var)
{
    int cell = known->cell[var];
    known->touched->words[var / 64] |= 1ull << var % 64;
    return cell == OPEN_VAR && known->assume_defaults ? 0 : cell;
}

struct maybe is_there(const struct known *known, uint16_t var)
{
    int cell = look(known, var);
    if (cell == OPEN_VAR) {
        return (struct maybe){CAN_NO | CAN_YES, (int)var};
    }
    return maybe(cell == 1);
}

struct maybe test_scalar(const struct known *known, unsigned var,
                         cell_test fits, const void *ctx)
{
    const struct cells *cells = &known->space->scalars[var];
    int at = look(known, var);
    if (at != OPEN_VAR) {
        return maybe(fits(ctx, &cells->list[at]));
    }
    struct maybe m = {0, (int)var};
    for (uint16_t i = 0; i < cells->count && m.can != 5; i++) {
        m.can |= fits(ctx, &cells->list[i]) ? CAN_YES : CAN_NO;
    }
    m.var = is_open(m) ? m.var : OPEN_VAR;
    return m;
}

/* Some cell of the set that fits is there. */
struct maybe test_set(const struct known *known, unsigned set, cell_test fits,
                      const void *ctx)
{
    const struct cells *cells = &known->space->sets[set];
    struct maybe some = never;
    for (uint16_t i = 0; i < cells->count && some.can != CAN_YES; i++) {
        if (fits(ctx, &cells->list[i])) {
            uint16_t var = (uint16_t)(cells->first + i);
            some = either(some, is_there(known, var));
        }
    }
    return some;
}

static void add_vars(struct vars *to, const struct vars *more)
{
    for (size_t i = 0; i < VAR_WORDS; i++) {
        to->words[i] |= more->words[i];
    }
}

/* ---- conditions ---- */

struct test {
    const struct tcn_policy *policy;
    const struct node *node;
};

static bool text_fits(const struct test *test, struct tcn_view text)
{
    const struct value *values = &test->policy->values[test->node->value];
    for (uint32_t i = 0; i < test->node->value_count; i++) {
        if (value_matches(&values[i], text)) {
            return true;
        }
    }
    return false;
}

static bool cell_fits_text(const void *ctx, const struct cell *cell)
{
    return text_fits(ctx, cell->text);
}

/* NAME of NAME#16 hex digits */
struct tcn_view agreement_name_of(struct tcn_view ref)
{
    ref.len = ref.len >= 17 ? ref.len - 17 : 0;
    return ref;
}

static bool cell_fits_name(const void *ctx, const struct cell *cell)
{
    return text_fits(ctx, agreement_name_of(cell->text));
}

static bool cell_fits_number(const void *ctx, const struct cell *cell)
{
    const struct test *test = ctx;
    const struct value *values = &test->policy->values[test->node->value];
    switch (test->node->compare) {
    case COMPARE_LT: return cell->number < values[0].number;
    case COMPARE_LE: return cell->number <= values[0].number;
    case COMPARE_GT: return cell->number > values[0].number;
    case COMPARE_GE: return cell->number >= values[0].number;
    default: break;
    }
    for (uint32_t i = 0; i < test->node->value_count; i++) {
        if (values[i].number == cell->number) {
            return true;
        }
    }
    return false;
}

bool cell_is_own(const void *ctx, const struct cell *cell)
{
    const struct space *space = ctx;
    return cell->number == space->policy->party_count;
}

bool cell_is_withheld(const void *ctx, const struct cell *cell)
{
    (void)ctx;
    return cell->number == CLASS_WITHHELD;
}

bool cell_is_present(const void *ctx, const struct cell *cell)
{
    (void)ctx;
    return cell->number != CLASS_ABSENT; /* or no, where it is yes or no */
}

bool cell_is_class_open(const void *ctx, const struct cell *cell)
{
    (void)ctx;
    return cell->number == CLASS_OPEN;
}

struct maybe any_class(const struct known *known, unsigned from, cell_test fits)
{
    struct maybe some = never;
    for (unsigned i = from; i < TCN_CLASS_COUNT; i++) {
        some = either(some, test_scalar(known, V_CLASS + i, fits, NULL));
    }
    return some;
}

/* Yes; or unknown where something is withheld; or no. */
static struct maybe or_withheld(const struct known *known, struct maybe some)
{
    struct maybe hidden = any_class(known, TCN_CLASS_TECH, cell_is_withheld);
    hidden.can = (uint8_t)((hidden.can & CAN_NO) |
                           ((hidden.can & CAN_YES) != 0 ? CAN_UNKNOWN : 0));
    return either(some, hidden);
}

struct maybe field_is_there(const struct known *known, struct tcn_view name)
{
    const struct cells *cells = &known->space->sets[SET_HAS];
    for (uint16_t i = 0; i < cells->count; i++) {
        if (tcn_view_equal(cells->list[i].text, name)) {
            return is_there(known, (uint16_t)(cells->first + i));
        }
    }
    return never;
}

static bool in_mask(const void *ctx, const struct cell *cell)
{
    return (*(const uint64_t *)ctx >> cell->number & 1) != 0;
}

static bool not_in_mask(const void *ctx, const struct cell *cell)
{
    return !in_mask(ctx, cell);
}

/* See in_sources() of evaluate.c. */
static struct maybe sources(const struct known *known, const struct node *node,
                            bool all_sources)
{
    uint64_t mask = node->mask;
    struct maybe in = test_set(known, SET_SOURCE, in_mask, &mask);
    if (all_sources != (node->compare == COMPARE_IN)) {
        return in;
    }
    struct maybe out = test_set(known, SET_SOURCE, not_in_mask, &mask);
    return both(in, opposite(out));
}

static struct maybe ask_set(const struct known *known, const struct test *test)
{
    static const uint8_t sets[FACT_COUNT] = {
        [FACT_SECTOR] = SET_SECTOR,       [FACT_REGION] = SET_REGION,
        [FACT_AUDIENCE] = SET_AUDIENCE,   [FACT_CAVEAT] = SET_CAVEAT,
        [FACT_INDICATOR] = SET_INDICATOR,
    };
    return test_set(known, sets[test->node->fact], cell_fits_text, test);
}

static struct maybe ask_scalar(const struct known *known,
                               const struct test *test)
{
    static const struct {
        unsigned var;
        cell_test fits;
    } scalars[FACT_COUNT] = {
        [FACT_KIND] = {V_KIND, cell_fits_text},
        [FACT_ORIGIN] = {V_ORIGIN, cell_fits_text},
        [FACT_SEVERITY] = {V_SEVERITY, cell_fits_number},
        [FACT_CONFIDENCE] = {V_CONFIDENCE, cell_fits_number},
        [FACT_CATEGORY] = {V_CATEGORY, cell_fits_text},
        [FACT_TLP] = {V_TLP, cell_fits_number},
        [FACT_PAP] = {V_PAP, cell_fits_number},
        [FACT_ONWARD] = {V_ONWARD, cell_fits_number},
        [FACT_AGREEMENT] = {V_AGREEMENT, cell_fits_name},
        [FACT_EXERCISE] = {V_EXERCISE, cell_fits_text},
        [FACT_SIZE] = {V_SIZE, cell_fits_number},
        [FACT_REVISION] = {V_REVISION, cell_fits_number},
    };
    unsigned fact = test->node->fact;
    tcn_assert(scalars[fact].fits != NULL);
    return test_scalar(known, scalars[fact].var, scalars[fact].fits, test);
}

static struct maybe ask_test(const struct known *known, const struct node *node,
                             bool all_sources)
{
    const struct test test = {known->space->policy, node};
    struct maybe m;
    switch (node->fact) {
    case FACT_PEER_MEMBER:
    case FACT_PEER_GROUP:
    case FACT_PEER_ROLE:
    case FACT_PEER_EU:
        return maybe((node->mask >> known->space->number & 1) != 0);
    case FACT_REQUESTED:
        return test_scalar(known, V_REQUESTED, cell_is_present, NULL);
    case FACT_IS_OWN:
        return test_scalar(known, V_ORIGIN, cell_is_own, known->space);
    case FACT_SOURCE: m = sources(known, node, all_sources); break;
    case FACT_INDICATOR: m = or_withheld(known, ask_set(known, &test)); break;
    case FACT_SECTOR:
    case FACT_REGION:
    case FACT_AUDIENCE:
    case FACT_CAVEAT: m = ask_set(known, &test); break;
    default: m = ask_scalar(known, &test); break;
    }
    return node->compare == COMPARE_NOT_IN ? opposite(m) : m;
}

static struct maybe ask(const struct known *known, uint16_t at,
                        bool all_sources)
{
    const struct tcn_policy *policy = known->space->policy;
    const struct node *node = &policy->nodes[at];
    switch (node->op) {
    case NODE_TEST: return ask_test(known, node, all_sources);
    case NODE_HAS:
        return or_withheld(
            known, field_is_there(known, policy->values[node->value].text));
    case NODE_CLASS:
        return test_scalar(known, V_CLASS + node->fact, cell_is_present, NULL);
    case NODE_NOT: return opposite(ask(known, node->left, !all_sources));
    default: break;
    }
    const struct vars before = *known->touched;
    uint8_t settles = node->op == NODE_AND ? CAN_NO : CAN_YES;
    struct maybe left = ask(known, node->left, all_sources);
    if (left.can == settles) {
        return left;
    }
    const struct vars with_left = *known->touched;
    *known->touched = before;
    struct maybe right = ask(known, node->right, all_sources);
    if (right.can == settles) {
        return right; /* whatever the left side depended on */
    }
    add_vars(known->touched, &with_left);
    return node->op == NODE_AND ? both(left, right) : either(left, right);
}

/* when and not unless, with the bias of what asks. */
struct maybe condition_can(const struct known *known, uint16_t when,
                           uint16_t unless, bool opens)
{
    struct maybe m = when == NO_NODE ? surely : ask(known, when, opens);
    if (unless != NO_NODE) {
        m = both(m, opposite(ask(known, unless, !opens)));
    }
    if ((m.can & CAN_UNKNOWN) != 0) {
        m.can &= (uint8_t)~CAN_UNKNOWN;
        m.can |= opens ? CAN_NO : CAN_YES;
        m.var = is_open(m) ? m.var : OPEN_VAR;
    }
    return m;
}
