#include <stdlib.h>

#include "base/assert.h"
#include "policy/compiler.h"

#define DEPTH_MAX              32
#define TESTS_IN_CONDITION_MAX 256 /* evaluation goes as deep */

static uint16_t parse_or(struct compiler *compiler, unsigned depth);

static uint16_t add_node(struct compiler *compiler, struct node node)
{
    struct tcn_policy *policy = compiler->policy;
    if (compiler->c.failed) {
        return NO_NODE;
    }
    if (policy->node_count == policy->node_cap) {
        size_t cap = policy->node_cap == 0 ? 64 : policy->node_cap * 2;
        struct node *nodes =
            cap > NO_NODE ? NULL
                          : reallocarray(policy->nodes, cap, sizeof *nodes);
        if (nodes == NULL) {
            tcn_fail(&compiler->c, compiler->c.at, TCN_ERR_CAPACITY,
                     "the policy has too many conditions");
            return NO_NODE;
        }
        policy->nodes = nodes;
        policy->node_cap = cap;
    }
    policy->nodes[policy->node_count] = node;
    return (uint16_t)policy->node_count++;
}

static bool add_value(struct compiler *compiler, struct value value)
{
    struct tcn_policy *policy = compiler->policy;
    if (policy->value_count == policy->value_cap) {
        size_t cap = policy->value_cap == 0 ? 64 : policy->value_cap * 2;
        struct value *values =
            reallocarray(policy->values, cap, sizeof *values);
        if (values == NULL) {
            tcn_fail(&compiler->c, compiler->c.at, TCN_ERR_NO_MEMORY,
                     "out of memory");
            return false;
        }
        policy->values = values;
        policy->value_cap = cap;
    }
    policy->values[policy->value_count++] = value;
    return true;
}

/* ---- tests ---- */

/* The words of a test, for explanations. */
static void keep_text(struct compiler *compiler, uint16_t at,
                      const struct tcn_token *from)
{
    if (at != NO_NODE) {
        compiler->policy->nodes[at].text = line_text(compiler, from);
    }
}

/* Whether it is so of one peer: its role, or being an EU member. */
static bool is_so(const struct tcn_policy *policy, const struct node *node,
                  const struct tcn_party *peer)
{
    bool in = false;
    if (node->fact == FACT_PEER_EU) {
        return peer->eu;
    }
    for (uint32_t i = 0; i < node->value_count; i++) {
        uint64_t role = policy->values[node->value + i].number;
        in |= (uint64_t)peer->role == role + TCN_ROLE_NATION;
    }
    return in == (node->compare == COMPARE_IN);
}

/* The peers of which a fact about peers is so; for `source` the peers that are
 * named. Nothing of that changes while the policy lives. */
static uint64_t peer_mask(const struct tcn_policy *policy,
                          const struct node *node)
{
    uint64_t mask = 0;
    bool each = node->fact == FACT_PEER_ROLE || node->fact == FACT_PEER_EU;
    for (size_t i = 0; each && i < policy->peer_count; i++) {
        mask |= is_so(policy, node, &policy->parties[i]) ? 1ull << i : 0;
    }
    bool named = node->fact == FACT_PEER_MEMBER ||
                 node->fact == FACT_PEER_GROUP || node->fact == FACT_SOURCE;
    for (uint32_t i = 0; named && i < node->value_count; i++) {
        mask |= policy->values[node->value + i].number;
    }
    bool negated = node->fact != FACT_SOURCE && node->compare == COMPARE_NOT_IN;
    return named && negated ? ~mask : mask;
}

static uint16_t finish_test(struct compiler *compiler, enum fact fact,
                            enum compare compare, uint32_t first)
{
    uint32_t count = (uint32_t)compiler->policy->value_count - first;
    struct node node = {.op = NODE_TEST,
                        .fact = (uint8_t)fact,
                        .compare = (uint8_t)compare,
                        .value = first,
                        .value_count = count};
    node.mask = peer_mask(compiler->policy, &node);
    return add_node(compiler, node);
}

static uint16_t parse_set(struct compiler *compiler, enum fact fact,
                          enum compare compare)
{
    struct tcn_cursor *c = &compiler->c;
    uint32_t first = (uint32_t)compiler->policy->value_count;
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed) {
        struct value value;
        if (!compile_value(compiler, fact, &value) ||
            !add_value(compiler, value)) {
            return NO_NODE;
        }
        if (compiler->policy->value_count - first > VALUES_IN_SET_MAX) {
            tcn_fail(c, c->at, TCN_ERR_CAPACITY, "more than %d values",
                     VALUES_IN_SET_MAX);
        }
        if (tcn_accept(c, TCN_TOKEN_CLOSE)) {
            return finish_test(compiler, fact, compare, first);
        }
        tcn_expect(c, TCN_TOKEN_COMMA, "`,` or `}`");
    }
    return NO_NODE;
}

static bool take_compare(struct tcn_cursor *c, const struct fact_info *info,
                         enum compare *compare)
{
    static const struct {
        const char *op;
        enum compare compare;
    } ops[] = {{"==", COMPARE_IN}, {"!=", COMPARE_NOT_IN}, {"<", COMPARE_LT},
               {"<=", COMPARE_LE}, {">", COMPARE_GT},      {">=", COMPARE_GE}};
    const struct tcn_token *token = c->at;
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (tcn_accept_op(c, ops[i].op)) {
            *compare = ops[i].compare;
            if (*compare >= COMPARE_LT && !info->ordered) {
                tcn_fail(c, token, TCN_ERR_SYNTAX,
                         "`%s` has no order: use == or in", info->name);
            }
            return true;
        }
    }
    if (tcn_at(c, TCN_TOKEN_OP)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "`=` compares nothing: use ==");
    }
    return false;
}

/* `severity >= high`, `kind in { .. }`, `sector energy`, `peer.eu`. */
static uint16_t parse_comparison(struct compiler *compiler, enum fact fact)
{
    const struct fact_info *info = &fact_table[fact];
    struct tcn_cursor *c = &compiler->c;
    uint32_t first = (uint32_t)compiler->policy->value_count;
    enum compare compare = COMPARE_IN;
    if (info->type == VALUE_BOOL) {
        return finish_test(compiler, fact, compare, first);
    }
    if (tcn_accept_word(c, "in")) {
        return parse_set(compiler, fact, COMPARE_IN);
    }
    bool has_op = take_compare(c, info, &compare);
    if (!has_op && !info->is_set) {
        tcn_expect(c, TCN_TOKEN_OP, "an operator such as ==");
        return NO_NODE;
    }
    struct value value;
    if (!compile_value(compiler, fact, &value) || !add_value(compiler, value)) {
        return NO_NODE;
    }
    return finish_test(compiler, fact, compare, first);
}

/* Fields of other names exist, but here they would mostly be mistakes. */
static uint16_t parse_has(struct compiler *compiler)
{
    const char *known[TCN_FIELD_NAMES];
    struct tcn_cursor *c = &compiler->c;
    tcn_expect(c, TCN_TOKEN_LEFT, "`(`");
    const struct tcn_token *name =
        tcn_expect(c, TCN_TOKEN_WORD, "a field name");
    if (!tcn_field_names(name->text, known)) {
        tcn_fail_unknown(c, name, "field", known, TCN_FIELD_NAMES);
    }
    tcn_expect(c, TCN_TOKEN_RIGHT, "`)`");
    uint32_t first = (uint32_t)compiler->policy->value_count;
    struct value value = {.text = policy_text(compiler->policy, name->text)};
    if (c->failed || !add_value(compiler, value)) {
        return NO_NODE;
    }
    return add_node(
        compiler,
        (struct node){.op = NODE_HAS, .value = first, .value_count = 1});
}

static uint16_t parse_class(struct compiler *compiler)
{
    uint8_t bit = compile_class(compiler);
    uint8_t cls = 0;
    while (bit > 1) {
        bit >>= 1;
        cls++;
    }
    tcn_expect_word(&compiler->c, "present");
    return add_node(compiler, (struct node){.op = NODE_CLASS, .fact = cls});
}

/* Facts that do not exist where the condition stands. */
static void check_scope(struct compiler *compiler,
                        const struct tcn_token *token, enum fact fact)
{
    const struct fact_info *info = &fact_table[fact];
    struct tcn_cursor *c = &compiler->c;
    switch (compiler->scope) {
    case SCOPE_FILTER:
        if (info->of_peer || info->of_node) {
            tcn_fail(c, token, TCN_ERR_SYNTAX, "a filter cannot ask for `%s`",
                     info->name);
        }
        break;
    case SCOPE_OBSERVERS:
    case SCOPE_ORIGINATE:
        if (info->of_peer) {
            tcn_fail(c, token, TCN_ERR_SYNTAX,
                     "`%s` asks about a peer, and there is none here",
                     info->name);
        }
        break;
    default: break;
    }
}

/* Peers must say what a condition asks of them. */
static void check_peer_facts(struct compiler *compiler,
                             const struct tcn_token *token, enum fact fact)
{
    const struct tcn_policy *policy = compiler->policy;
    for (size_t i = 0; i < policy->peer_count; i++) {
        const struct tcn_party *peer = &policy->parties[i];
        bool missing = (fact == FACT_PEER_EU && !peer->eu_set) ||
                       (fact == FACT_PEER_ROLE && peer->role == TCN_ROLE_UNSET);
        if (missing) {
            tcn_fail(&compiler->c, token, TCN_ERR_SYNTAX,
                     "the configuration does not say `%s` of member %s",
                     fact == FACT_PEER_EU ? "eu" : "role", peer->name);
        }
    }
}

static uint16_t parse_fact(struct compiler *compiler)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *token =
        tcn_expect(c, TCN_TOKEN_WORD, "a condition");
    const char *known[FACT_COUNT + 2] = {"has", "class"};
    for (size_t i = 0; i < FACT_COUNT && !c->failed; i++) {
        known[i + 2] = fact_table[i].name;
        if (!tcn_view_is(token->text, fact_table[i].name)) {
            continue;
        }
        check_scope(compiler, token, (enum fact)i);
        check_peer_facts(compiler, token, (enum fact)i);
        return parse_comparison(compiler, (enum fact)i);
    }
    tcn_fail_unknown(c, token, "fact", known, FACT_COUNT + 2);
    return NO_NODE;
}

/* has(NAME), class X present, or FACT and what it is compared with. */
static uint16_t parse_test(struct compiler *compiler)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *from = c->at;
    uint16_t node;
    if (++compiler->tests > TESTS_IN_CONDITION_MAX) {
        tcn_fail(c, from, TCN_ERR_CAPACITY, "more than %d tests in a condition",
                 TESTS_IN_CONDITION_MAX);
    }
    if (tcn_accept_word(c, "has")) {
        node = parse_has(compiler);
    } else if (tcn_accept_word(c, "class")) {
        node = parse_class(compiler);
    } else {
        node = parse_fact(compiler);
    }
    keep_text(compiler, node, from);
    return node;
}

static uint16_t parse_primary(struct compiler *compiler, unsigned depth)
{
    struct tcn_cursor *c = &compiler->c;
    if (depth > DEPTH_MAX) {
        tcn_fail(c, c->at, TCN_ERR_CAPACITY,
                 "conditions are nested more than %d deep", DEPTH_MAX);
        return NO_NODE;
    }
    if (tcn_accept_word(c, "not")) {
        uint16_t inner = parse_primary(compiler, depth + 1);
        return add_node(compiler, (struct node){.op = NODE_NOT, .left = inner});
    }
    if (tcn_accept(c, TCN_TOKEN_LEFT)) {
        uint16_t inner = parse_or(compiler, depth + 1);
        tcn_expect(c, TCN_TOKEN_RIGHT, "`)`");
        return inner;
    }
    return parse_test(compiler);
}

static uint16_t parse_and(struct compiler *compiler, unsigned depth)
{
    uint16_t left = parse_primary(compiler, depth);
    while (tcn_accept_word(&compiler->c, "and")) {
        uint16_t right = parse_primary(compiler, depth);
        left = add_node(
            compiler,
            (struct node){.op = NODE_AND, .left = left, .right = right});
    }
    return left;
}

static uint16_t parse_or(struct compiler *compiler, unsigned depth)
{
    uint16_t left = parse_and(compiler, depth);
    while (tcn_accept_word(&compiler->c, "or")) {
        uint16_t right = parse_and(compiler, depth);
        left = add_node(
            compiler,
            (struct node){.op = NODE_OR, .left = left, .right = right});
    }
    return left;
}

uint16_t compile_condition(struct compiler *compiler, enum scope scope)
{
    compiler->scope = scope;
    compiler->tests = 0;
    uint16_t root = parse_or(compiler, 0);
    /* A rule without a condition always matches: none may get lost. */
    tcn_assert(compiler->c.failed || root != NO_NODE);
    return compiler->c.failed ? NO_NODE : root;
}
