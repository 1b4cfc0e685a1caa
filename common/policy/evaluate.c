#include "policy/condition.h"

#include "alert/wire.h"
#include "policy/internal.h"

/* Strong Kleene logic for all peers at once: a bit in `yes`, a bit in `no`, or
 * neither. An alert is the same towards every peer, so that only facts about
 * peers tell them apart, and those were turned into masks at load. */

static struct tri from_bool(bool value)
{
    uint64_t all = value ? UINT64_MAX : 0;
    return (struct tri){.yes = all, .no = ~all};
}

static const struct tri unknown = {0, 0};

struct tri tri_not(struct tri value)
{
    return (struct tri){.yes = value.no, .no = value.yes};
}

bool value_matches(const struct value *value, struct tcn_view text)
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
    const struct value *values = &q->policy->values[node->value];
    for (uint32_t i = 0; i < node->value_count; i++) {
        if (value_matches(&values[i], text)) {
            return true;
        }
    }
    return false;
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
    for (uint32_t i = 0; i < node->value_count; i++) {
        if (values[i].number == have) {
            return node->compare == COMPARE_IN;
        }
    }
    return node->compare != COMPARE_IN;
}

static uint64_t number_of(const struct question *q, enum fact fact)
{
    const struct tcn_header *header = &q->facts->alert->header;
    switch (fact) {
    case FACT_SEVERITY: return header->severity;
    case FACT_CONFIDENCE: return header->confidence;
    case FACT_TLP: return header->label.tlp;
    case FACT_PAP: return header->label.pap;
    case FACT_ONWARD: return header->label.onward;
    case FACT_SIZE: return q->facts->alert->envelope.len;
    default: return header->revision;
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

/* All who gave it to us: a rule that opens needs every one of them. */
static bool in_sources(const struct question *q, const struct node *node)
{
    uint64_t sources = q->facts->sources;
    /* "all differ" is the negation of "any equals". */
    if (q->all_sources == (node->compare == COMPARE_IN)) {
        return sources != 0 && (sources & ~node->mask) == 0;
    }
    return (sources & node->mask) != 0;
}

static bool withholds(const struct question *q)
{
    const struct tcn_alert *alert = q->facts->alert;
    return (alert->present & ~alert->form) != 0;
}

/* Indicators are fields, and a copy may withhold them. */
static struct tri in_indicators(const struct question *q,
                                const struct node *node)
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
            return from_bool(true);
        }
    }
    return withholds(q) ? unknown : from_bool(false);
}

/* By name; the hash is the floor's business. */
static struct tcn_view agreement_name(const struct tcn_header *header)
{
    struct tcn_view name = header->agreement;
    name.len = name.len >= 17 ? name.len - 17 : 0;
    return name;
}

static struct tri text_in(const struct question *q, const struct node *node)
{
    const struct tcn_header *header = &q->facts->alert->header;
    const struct tcn_label *label = &header->label;
    bool in;
    switch (node->fact) {
    case FACT_KIND: in = any_matches(q, node, header->kind_text); break;
    case FACT_ORIGIN: in = any_matches(q, node, header->origin); break;
    case FACT_CATEGORY: in = any_matches(q, node, header->category); break;
    case FACT_AGREEMENT:
        in = any_matches(q, node, agreement_name(header));
        break;
    case FACT_EXERCISE: in = any_matches(q, node, header->exercise); break;
    case FACT_SECTOR:
        in = in_list(q, node, header->sectors, header->sector_count);
        break;
    case FACT_REGION:
        in = in_list(q, node, header->regions, header->region_count);
        break;
    case FACT_AUDIENCE:
        in = in_list(q, node, label->audience, label->audience_count);
        break;
    case FACT_CAVEAT:
        in = in_list(q, node, label->caveats, label->caveat_count);
        break;
    case FACT_SOURCE: in = in_sources(q, node); break;
    default: return in_indicators(q, node);
    }
    return from_bool(in);
}

static struct tri test(const struct question *q, const struct node *node)
{
    switch (node->fact) {
    case FACT_PEER_MEMBER:
    case FACT_PEER_GROUP:
    case FACT_PEER_ROLE:
    case FACT_PEER_EU:
        return (struct tri){.yes = node->mask, .no = ~node->mask};
    case FACT_REQUESTED:
        return (struct tri){.yes = q->facts->requested,
                            .no = ~q->facts->requested};
    case FACT_IS_OWN: return from_bool(q->facts->is_own);
    case FACT_SEVERITY:
    case FACT_CONFIDENCE:
    case FACT_TLP:
    case FACT_PAP:
    case FACT_ONWARD:
    case FACT_SIZE:
    case FACT_REVISION:
        return from_bool(
            compare_number(q, node, number_of(q, (enum fact)node->fact)));
    default: break;
    }
    struct tri in = text_in(q, node);
    return node->compare == COMPARE_IN ? in : tri_not(in);
}

/* Unknown when it could stand in a class that this copy withholds: its
 * originator may have put it in a stricter class than its own. */
static struct tri has_field(const struct question *q, const struct node *node)
{
    const struct tcn_alert *alert = q->facts->alert;
    struct tcn_view name = q->policy->values[node->value].text;
    for (size_t i = 0; i < alert->field_count; i++) {
        if (alert->fields[i].bytes.data != NULL &&
            tcn_view_equal(alert->fields[i].name, name)) {
            return from_bool(true);
        }
    }
    return withholds(q) ? unknown : from_bool(false);
}

static struct tri both(struct tri a, struct tri b)
{
    return (struct tri){.yes = a.yes & b.yes, .no = a.no | b.no};
}

struct tri evaluate(const struct question *q, uint16_t at)
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
    struct tri left = evaluate(q, node->left);
    uint64_t settled = node->op == NODE_AND ? left.no : left.yes;
    if ((q->wanted & ~settled) == 0) {
        return left; /* the other side cannot change it */
    }
    struct tri right = evaluate(q, node->right);
    return node->op == NODE_AND ? both(left, right)
                                : tri_not(both(tri_not(left), tri_not(right)));
}
