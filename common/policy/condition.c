#include <stdlib.h>

#include "alert/label.h"
#include "policy/internal.h"

#define DEPTH_MAX 32

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

/* ---- values ---- */

static int find_word(struct tcn_view text, const struct fact_info *info)
{
    switch (info - fact_table) {
    case FACT_TLP: return tcn_tlp_find(text);
    case FACT_PAP: return tcn_pap_find(text);
    case FACT_SEVERITY: return tcn_severity_find(text);
    default: break;
    }
    for (size_t i = 0; i < info->word_count; i++) {
        if (tcn_view_is(text, info->words[i])) {
            return (int)i;
        }
    }
    return -1;
}

static void take_word(struct compiler *compiler, const struct fact_info *info,
                      struct value *value)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a value");
    int found = c->failed ? -1 : find_word(token->text, info);
    if (!c->failed && found < 0) {
        tcn_fail_unknown(c, token, info->name, info->words, info->word_count);
    }
    value->number = (uint64_t)found;
    value->text = tcn_view_str(found < 0 ? "" : info->words[found]);
}

static const struct tcn_token *take_text_token(struct tcn_cursor *c)
{
    return tcn_at(c, TCN_TOKEN_STRING)
               ? tcn_expect(c, TCN_TOKEN_STRING, "a text")
               : tcn_expect(c, TCN_TOKEN_WORD, "a value");
}

static void take_text(struct compiler *compiler, struct value *value)
{
    const struct tcn_token *token = take_text_token(&compiler->c);
    struct tcn_view text = token->text;
    if (token->type == TCN_TOKEN_WORD && text.len > 0 &&
        text.data[text.len - 1] == '*') {
        value->prefix = true;
        text.len--;
    }
    value->text = policy_text(compiler->policy, text);
}

/* In a filter nobody knows the members; everywhere else a name that is not
 * known is a mistake that would silently decide. */
static void take_name(struct compiler *compiler, enum value_type type,
                      struct value *value)
{
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a name");
    bool known = type == VALUE_GROUP
                     ? world_has_group(compiler->policy, token->text)
                     : world_party(compiler->policy, token->text) >= 0;
    if (!c->failed && !known && !compiler->for_filter) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "unknown %s `%.*s`",
                 type == VALUE_GROUP ? "group" : "member",
                 (int)(token->text.len > 40 ? 40 : token->text.len),
                 (const char *)token->text.data);
    }
    value->text = policy_text(compiler->policy, token->text);
}

bool compile_value(struct compiler *compiler, enum fact fact,
                   struct value *value)
{
    const struct fact_info *info = &fact_table[fact];
    *value = (struct value){0};
    switch (info->type) {
    case VALUE_WORD: take_word(compiler, info, value); break;
    case VALUE_NUMBER:
        value->number = tcn_take_number(&compiler->c, info->max);
        break;
    case VALUE_SIZE: value->number = tcn_take_size(&compiler->c); break;
    case VALUE_TEXT: take_text(compiler, value); break;
    default: take_name(compiler, info->type, value); break;
    }
    return !compiler->c.failed;
}

/* ---- tests ---- */

static uint16_t finish_test(struct compiler *compiler, enum fact fact,
                            enum compare compare, uint32_t first)
{
    uint32_t count = (uint32_t)compiler->policy->value_count - first;
    return add_node(compiler, (struct node){.op = NODE_TEST,
                                            .fact = (uint8_t)fact,
                                            .compare = (uint8_t)compare,
                                            .value = first,
                                            .value_count = count});
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

static uint16_t parse_has(struct compiler *compiler)
{
    struct tcn_cursor *c = &compiler->c;
    tcn_expect(c, TCN_TOKEN_LEFT, "`(`");
    const struct tcn_token *name =
        tcn_expect(c, TCN_TOKEN_WORD, "a field name");
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
    static const char *const classes[] = {
        "KEEP", "TECH", "SOURCE", "VICTIM", "PERSONAL", "ACTOR", "FREE"};
    struct tcn_cursor *c = &compiler->c;
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a class");
    int cls = tcn_class_find(token->text);
    if (!c->failed && cls < 0) {
        tcn_fail_unknown(c, token, "class", classes, TCN_CLASS_COUNT);
    }
    tcn_expect_word(c, "present");
    return add_node(compiler,
                    (struct node){.op = NODE_CLASS, .fact = (uint8_t)cls});
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
        if (compiler->for_filter && fact_table[i].of_peer) {
            tcn_fail(c, token, TCN_ERR_SYNTAX, "a filter cannot ask for `%s`",
                     fact_table[i].name);
        }
        check_peer_facts(compiler, token, (enum fact)i);
        return parse_comparison(compiler, (enum fact)i);
    }
    if (!c->failed) {
        tcn_fail_unknown(c, token, "fact", known, FACT_COUNT + 2);
    }
    return NO_NODE;
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
    if (tcn_accept_word(c, "has")) {
        return parse_has(compiler);
    }
    if (tcn_accept_word(c, "class")) {
        return parse_class(compiler);
    }
    return parse_fact(compiler);
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

uint16_t compile_condition(struct compiler *compiler)
{
    uint16_t root = parse_or(compiler, 0);
    return compiler->c.failed ? NO_NODE : root;
}
