#include "alert/wire.h"
#include "policy/internal.h"

/* Strong Kleene logic: FALSE < UNKNOWN < TRUE; and = least, or = greatest. */

static bool text_matches(struct tcn_view text, const struct value *value)
{
    if (!value->prefix) {
        return tcn_view_equal(text, value->text);
    }
    return text.len >= value->text.len &&
           (value->text.len == 0 ||
            memcmp(text.data, value->text.data, value->text.len) == 0);
}

static bool any_matches(const struct question *q, const struct node *node,
                        struct tcn_view text)
{
    for (uint32_t i = 0; i < node->value_count; i++) {
        if (text_matches(text, &q->policy->values[node->value + i])) {
            return true;
        }
    }
    return false;
}

static enum tri from_bool(bool value)
{
    return value ? TRI_TRUE : TRI_FALSE;
}

enum tri tri_not(enum tri value)
{
    return (enum tri)(TRI_TRUE - value);
}

/* ---- facts that are one number ---- */

static bool compare_number(const struct question *q, const struct node *node,
                           uint64_t have)
{
    const struct value *values = &q->policy->values[node->value];
    switch (node->compare) {
    case COMPARE_LT: return have < values[0].number;
    case COMPARE_LE: return have <= values[0].number;
    case COMPARE_GT: return have > values[0].number;
    case COMPARE_GE: return have >= values[0].number;
    default: break;
    }
    bool found = false;
    for (uint32_t i = 0; i < node->value_count; i++) {
        found |= values[i].number == have;
    }
    return found == (node->compare == COMPARE_IN);
}

static bool number_of(const struct question *q, enum fact fact, uint64_t *out)
{
    const struct tcn_header *header = &q->facts->alert->header;
    switch (fact) {
    case FACT_SEVERITY: *out = header->severity; return true;
    case FACT_CONFIDENCE: *out = header->confidence; return true;
    case FACT_TLP: *out = header->label.tlp; return true;
    case FACT_PAP: *out = header->label.pap; return true;
    case FACT_ONWARD: *out = header->label.onward; return true;
    case FACT_SIZE: *out = q->facts->alert->envelope.len; return true;
    case FACT_REVISION: *out = header->revision; return true;
    case FACT_PEER_ROLE:
        *out = (uint64_t)q->peer->role - TCN_ROLE_NATION;
        return true;
    default: return false;
    }
}

/* ---- facts that are texts: one, or a set of which any may match ---- */

static bool in_list(const struct question *q, const struct node *node,
                    const struct tcn_view *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (any_matches(q, node, list[i])) {
            return true;
        }
    }
    return false;
}

/* ---- facts about peers: bits ---- */

static uint64_t mask_of(const struct question *q, const struct node *node)
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < node->value_count; i++) {
        mask |= q->policy->values[node->value + i].number;
    }
    return mask;
}

/* All who gave it to us: a rule that opens needs every one of them. */
static bool in_sources(const struct question *q, const struct node *node)
{
    uint64_t sources = q->facts->sources;
    uint64_t mask = mask_of(q, node);
    /* "all differ" is the negation of "any equals". */
    if (q->all_sources == (node->compare == COMPARE_IN)) {
        return sources != 0 && (sources & ~mask) == 0;
    }
    return (sources & mask) != 0;
}

static bool is_peer(const struct question *q, const struct node *node)
{
    return (mask_of(q, node) >> (q->peer - q->policy->parties) & 1) != 0;
}

/* Indicators are fields, and a copy may withhold them. */
static enum tri in_indicators(const struct question *q, const struct node *node)
{
    const struct tcn_alert *alert = q->facts->alert;
    for (size_t i = 0; i < alert->field_count; i++) {
        const struct tcn_field *field = &alert->fields[i];
        if (!tcn_view_is(field->name, "indicator")) {
            continue;
        }
        struct tcn_reader r = tcn_reader(field->value);
        (void)tcn_read_array(&r);
        struct tcn_view type = tcn_read_str(&r);
        if (r.err == TCN_ERR_OK && any_matches(q, node, type)) {
            return TRI_TRUE;
        }
    }
    bool withheld = (alert->present & ~alert->form) != 0;
    return withheld ? TRI_UNKNOWN : TRI_FALSE;
}

static enum tri text_in(const struct question *q, const struct node *node)
{
    const struct tcn_header *header = &q->facts->alert->header;
    switch (node->fact) {
    case FACT_KIND: return from_bool(any_matches(q, node, header->kind_text));
    case FACT_ORIGIN: return from_bool(any_matches(q, node, header->origin));
    case FACT_CATEGORY:
        return from_bool(any_matches(q, node, header->category));
    case FACT_AGREEMENT: {
        /* By name; the hash is the floor's business. */
        struct tcn_view name = header->agreement;
        name.len = name.len >= 17 ? name.len - 17 : 0;
        return from_bool(any_matches(q, node, name));
    }
    case FACT_EXERCISE:
        return from_bool(any_matches(q, node, header->exercise));
    case FACT_SECTOR:
        return from_bool(
            in_list(q, node, header->sectors, header->sector_count));
    case FACT_REGION:
        return from_bool(
            in_list(q, node, header->regions, header->region_count));
    case FACT_AUDIENCE:
        return from_bool(in_list(q, node, header->label.audience,
                                 header->label.audience_count));
    case FACT_CAVEAT:
        return from_bool(in_list(q, node, header->label.caveats,
                                 header->label.caveat_count));
    case FACT_PEER_MEMBER:
    case FACT_PEER_GROUP: return from_bool(is_peer(q, node));
    case FACT_SOURCE: return from_bool(in_sources(q, node));
    default: return in_indicators(q, node);
    }
}

static enum tri test(const struct question *q, const struct node *node)
{
    uint64_t number;
    if (fact_table[node->fact].of_peer && q->peer == NULL) {
        return TRI_UNKNOWN;
    }
    if (node->fact == FACT_IS_OWN) {
        return from_bool(q->facts->is_own);
    }
    if (node->fact == FACT_PEER_EU) {
        return from_bool(q->peer->eu);
    }
    if (number_of(q, (enum fact)node->fact, &number)) {
        return from_bool(compare_number(q, node, number));
    }
    enum tri in = text_in(q, node);
    return node->compare == COMPARE_IN ? in : tri_not(in);
}

/* Unknown when it could stand in a class that this copy withholds: its
 * originator may have put it in a stricter class than its own. */
static enum tri has_field(const struct question *q, const struct node *node)
{
    const struct tcn_alert *alert = q->facts->alert;
    struct tcn_view name = q->policy->values[node->value].text;
    for (size_t i = 0; i < alert->field_count; i++) {
        if (alert->fields[i].bytes.data != NULL &&
            tcn_view_equal(alert->fields[i].name, name)) {
            return TRI_TRUE;
        }
    }
    return (alert->present & ~alert->form) != 0 ? TRI_UNKNOWN : TRI_FALSE;
}

enum tri evaluate(const struct question *q, uint16_t at)
{
    const struct node *node = &q->policy->nodes[at];
    switch (node->op) {
    case NODE_TEST: return test(q, node);
    case NODE_HAS: return has_field(q, node);
    case NODE_CLASS:
        return from_bool(
            (q->facts->alert->present & TCN_CLASS_BIT(node->fact)) != 0);
    case NODE_NOT: {
        struct question inner = *q;
        inner.all_sources = !q->all_sources;
        return tri_not(evaluate(&inner, node->left));
    }
    default: break;
    }
    enum tri left = evaluate(q, node->left);
    if (left == (node->op == NODE_AND ? TRI_FALSE : TRI_TRUE)) {
        return left; /* the other side cannot change it */
    }
    enum tri right = evaluate(q, node->right);
    bool take_left = node->op == NODE_AND ? left < right : left > right;
    return take_left ? left : right;
}

bool rule_opens(const struct rule *rule)
{
    return rule->verb == VERB_ALLOW || rule->verb == VERB_ACCEPT ||
           rule->verb == VERB_SHOW;
}

struct answer rule_answer(const struct question *question,
                          const struct rule *rule)
{
    struct question q = *question;
    bool opens = rule_opens(rule);
    struct answer answer = {.when = TRI_TRUE, .unless = TRI_FALSE};
    q.all_sources = opens;
    if (rule->when != NO_NODE) {
        answer.when = evaluate(&q, rule->when);
    }
    /* `unless` is a negation: see NODE_NOT. */
    q.all_sources = !opens;
    if (rule->unless != NO_NODE) {
        answer.unless = evaluate(&q, rule->unless);
    }
    enum tri not_unless = tri_not(answer.unless);
    enum tri both = answer.when < not_unless ? answer.when : not_unless;
    answer.matches = opens ? both == TRI_TRUE : both != TRI_FALSE;
    return answer;
}
