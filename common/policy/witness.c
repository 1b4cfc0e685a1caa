/* The alert that was found, made so that the real evaluation can decide on it
 * and a person can read it. */
#include "policy/search.h"

#include "alert/wire.h"
#include "base/text.h"
#include "base/time.h"

static const struct cell *scalar_of(const struct goal *goal, unsigned var)
{
    return &goal->space->scalars[var].list[goal->known.cell[var]];
}

static bool in_set(const struct goal *goal, unsigned set, uint16_t at)
{
    return goal->known.cell[goal->space->sets[set].first + at] == 1;
}

static size_t take_set(const struct goal *goal, unsigned set,
                       struct tcn_view *out, size_t max)
{
    const struct cells *cells = &goal->space->sets[set];
    size_t count = 0;
    for (uint16_t i = 0; i < cells->count && count < max; i++) {
        if (in_set(goal, set, i)) {
            out[count++] = cells->list[i].text;
        }
    }
    return count;
}

static void make_label(struct tcn_label *label, const struct goal *goal)
{
    const struct cells *caveats = &goal->space->sets[SET_CAVEAT];
    label->tlp = (uint8_t)scalar_of(goal, V_TLP)->number;
    label->pap = (uint8_t)scalar_of(goal, V_PAP)->number;
    label->onward = (uint8_t)scalar_of(goal, V_ONWARD)->number;
    label->audience_count = (uint16_t)take_set(
        goal, SET_AUDIENCE, label->audience, TCN_AUDIENCE_MAX);
    label->caveat_count =
        (uint16_t)take_set(goal, SET_CAVEAT, label->caveats, TCN_CAVEATS_MAX);
    for (uint16_t i = 0; i < caveats->count; i++) {
        label->caveat_mask |=
            in_set(goal, SET_CAVEAT, i) ? (uint8_t)caveats->list[i].number : 0;
    }
}

static void make_header(struct tcn_header *header, const struct goal *goal)
{
    header->origin = scalar_of(goal, V_ORIGIN)->text;
    header->kind = (enum tcn_kind)scalar_of(goal, V_KIND)->number;
    header->kind_text = scalar_of(goal, V_KIND)->text;
    header->revision = (uint32_t)scalar_of(goal, V_REVISION)->number;
    header->severity = (uint8_t)scalar_of(goal, V_SEVERITY)->number;
    header->confidence = (uint8_t)scalar_of(goal, V_CONFIDENCE)->number;
    header->category = scalar_of(goal, V_CATEGORY)->text;
    header->agreement = scalar_of(goal, V_AGREEMENT)->text;
    header->exercise = scalar_of(goal, V_EXERCISE)->text;
    header->sector_count =
        (uint8_t)take_set(goal, SET_SECTOR, header->sectors, TCN_TAGS_MAX);
    header->region_count =
        (uint8_t)take_set(goal, SET_REGION, header->regions, TCN_TAGS_MAX);
    make_label(&header->label, goal);
}

/* ---- fields ---- */

static void put_field(struct witness *witness, struct tcn_view name,
                      uint8_t cls, struct tcn_view type)
{
    struct tcn_alert *alert = &witness->alert;
    struct tcn_buf value = tcn_buf(witness->bytes + witness->used,
                                   sizeof witness->bytes - witness->used);
    if (alert->field_count == TCN_FIELDS_MAX) {
        return;
    }
    if (type.len > 0) {
        tcn_put_array(&value, 2);
        tcn_put_str(&value, type);
    }
    tcn_put_str(&value, tcn_view_str("x"));
    witness->used += value.full ? 0 : value.len;
    struct tcn_view bytes = value.full ? tcn_view("", 0) : tcn_buf_view(&value);
    alert->fields[alert->field_count++] = (struct tcn_field){
        .bytes = bytes, .name = name, .value = bytes, .cls = cls};
    alert->form |= TCN_CLASS_BIT(cls);
    alert->present |= TCN_CLASS_BIT(cls);
}

static enum class_state state_of(const struct goal *goal, unsigned cls)
{
    return (enum class_state)scalar_of(goal, V_CLASS + cls)->number;
}

/* Its own class where that is open, else any that it may stand in. */
static uint8_t class_for(const struct goal *goal, struct tcn_view name)
{
    uint8_t own = (uint8_t)tcn_field_class(name);
    if (state_of(goal, own) == CLASS_OPEN) {
        return own;
    }
    uint8_t cls = TCN_CLASS_TECH;
    while (cls + 1 < TCN_CLASS_COUNT && state_of(goal, cls) != CLASS_OPEN) {
        cls++;
    }
    return cls;
}

static void make_named_fields(struct witness *witness, const struct goal *goal)
{
    const struct cells *names = &goal->space->sets[SET_HAS];
    const struct cells *types = &goal->space->sets[SET_INDICATOR];
    bool typed = false;
    struct tcn_view indicator = tcn_view_str("indicator");
    for (uint16_t i = 0; i < types->count; i++) {
        if (in_set(goal, SET_INDICATOR, i)) {
            put_field(witness, indicator, class_for(goal, indicator),
                      types->list[i].text);
            typed = true;
        }
    }
    for (uint16_t i = 0; i < names->count; i++) {
        struct tcn_view name = names->list[i].text;
        bool done = typed && tcn_view_equal(name, indicator);
        if (in_set(goal, SET_HAS, i) && !done) {
            put_field(witness, name, class_for(goal, name), tcn_view("", 0));
        }
    }
}

static bool asks_for_field(const struct tcn_policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->node_count; i++) {
        const struct node *node = &policy->nodes[i];
        if (node->op == NODE_HAS &&
            tcn_view_is(policy->values[node->value].text, name)) {
            return true;
        }
    }
    return false;
}

/* The name that people expect in the class, where no rule asks for it. */
static struct tcn_view filler_name(const struct goal *goal, uint8_t cls)
{
    static const char *const names[] = {"title",      "technique", "source",
                                        "victim",     "contact",   "actor",
                                        "description"};
    bool asked = asks_for_field(goal->space->policy, names[cls]);
    return tcn_view_str(asked ? "some-field" : names[cls]);
}

static void make_fields(struct witness *witness, const struct goal *goal)
{
    struct tcn_alert *alert = &witness->alert;
    make_named_fields(witness, goal);
    for (unsigned c = TCN_CLASS_TECH; c < TCN_CLASS_COUNT; c++) {
        uint8_t i = (uint8_t)c;
        enum class_state state = state_of(goal, i);
        bool empty = (alert->form & TCN_CLASS_BIT(i)) == 0;
        if (state == CLASS_OPEN && empty) {
            put_field(witness, filler_name(goal, i), i, tcn_view("", 0));
        } else if (state == CLASS_WITHHELD) {
            alert->fields[alert->field_count++] = (struct tcn_field){.cls = i};
            alert->present |= TCN_CLASS_BIT(i);
        }
    }
}

void witness_make(struct witness *witness, const struct goal *goal)
{
    const struct space *space = goal->space;
    const struct cells *sources = &space->sets[SET_SOURCE];
    *witness = (struct witness){.used = 0};
    struct tcn_alert *alert = &witness->alert;
    make_header(&alert->header, goal);
    make_fields(witness, goal);
    alert->envelope.len = (size_t)scalar_of(goal, V_SIZE)->number;
    struct tcn_facts *facts = &witness->facts;
    facts->alert = alert;
    facts->is_own =
        scalar_of(goal, V_ORIGIN)->number == space->policy->party_count;
    facts->key_valid = true;
    facts->now_ms = scalar_of(goal, V_NOW)->number;
    facts->received_ms = facts->now_ms;
    alert->header.created_ms = facts->now_ms;
    alert->header.expires_ms = facts->now_ms + TCN_DAY_MS;
    if (scalar_of(goal, V_DISAGREE)->number != 0) {
        facts->disagree = 1ull << space->number;
    }
    if (scalar_of(goal, V_REQUESTED)->number != 0) {
        facts->requested = 1ull << space->number;
    }
    for (uint16_t i = 0; i < sources->count; i++) {
        facts->sources |=
            in_set(goal, SET_SOURCE, i) ? 1ull << sources->list[i].number : 0;
    }
}

/* ---- as text ---- */

static void put_text(struct tcn_buf *out, const char *item,
                     struct tcn_view text)
{
    bool plain = text.len > 0 && memchr(text.data, '#', text.len) == NULL;
    tcn_buf_printf(out, " %s ", item);
    tcn_buf_put_str(out, plain ? "" : "\"");
    tcn_text_escape(out, text);
    tcn_buf_put_str(out, plain ? ";" : "\";");
}

static void put_list(struct tcn_buf *out, const char *item,
                     const struct tcn_view *list, size_t count)
{
    if (count == 0) {
        return;
    }
    tcn_buf_printf(out, " %s {", item);
    for (size_t i = 0; i < count; i++) {
        tcn_buf_put_str(out, i > 0 ? ", " : " ");
        tcn_text_escape(out, list[i]);
    }
    tcn_buf_put_str(out, " };");
}

static void put_fields(struct tcn_buf *out, const struct tcn_alert *alert)
{
    for (size_t i = 0; i < alert->field_count; i++) {
        const struct tcn_field *field = &alert->fields[i];
        if (field->bytes.data == NULL) {
            tcn_buf_printf(out, " withheld %s;", tcn_class_word(field->cls));
            continue;
        }
        tcn_buf_put_str(out, " field ");
        tcn_text_escape(out, field->name);
        tcn_buf_put_str(out, " \"");
        tcn_field_put_text(out, field);
        tcn_buf_put_str(out, "\"");
        if (field->cls != tcn_field_class(field->name)) {
            tcn_buf_printf(out, " in %s", tcn_class_word(field->cls));
        }
        tcn_buf_put_str(out, ";");
    }
}

static void put_label(struct tcn_buf *out, const struct tcn_label *label)
{
    tcn_buf_printf(out, " tlp %s;", tcn_tlp_word(label->tlp));
    if (label->pap != 0) {
        tcn_buf_printf(out, " pap %s;", tcn_pap_word(label->pap));
    }
    if (label->onward != TCN_ONWARD_ANY) {
        tcn_buf_printf(out, " onward %s;", tcn_onward_word(label->onward));
    }
    put_list(out, "audience", label->audience, label->audience_count);
    put_list(out, "caveats", label->caveats, label->caveat_count);
}

static void put_facts(struct tcn_buf *out, const struct witness *witness,
                      const struct goal *goal)
{
    char time[TCN_TIME_TEXT];
    const struct tcn_facts *facts = &witness->facts;
    if (goal->known.cell[V_SIZE] != 0) {
        tcn_buf_printf(out, " size %zu;", witness->alert.envelope.len);
    }
    for (size_t i = 0; i < goal->space->policy->peer_count; i++) {
        if ((facts->sources >> i & 1) != 0) {
            tcn_buf_printf(out, " from %s;",
                           goal->space->policy->parties[i].name);
        }
    }
    if (facts->requested != 0) {
        tcn_buf_put_str(out, " requested;");
    }
    if (goal->known.cell[V_NOW] != 0) {
        tcn_buf_printf(out, " at %s;", tcn_time_format(facts->now_ms, time));
    }
}

void witness_put(struct tcn_buf *out, const struct witness *witness,
                 const struct goal *goal)
{
    const struct tcn_header *header = &witness->alert.header;
    tcn_buf_put_str(out, "alert {");
    put_text(out, "origin", header->origin);
    if (header->kind != TCN_KIND_ALERT) {
        put_text(out, "kind", header->kind_text);
    }
    if (header->revision > 0) {
        tcn_buf_printf(out, " revision %u;", header->revision);
    }
    tcn_buf_printf(out, " severity %s;", tcn_severity_word(header->severity));
    if (header->confidence > 0) {
        tcn_buf_printf(out, " confidence %u;", header->confidence);
    }
    if (goal->known.cell[V_CATEGORY] != 0) {
        put_text(out, "category", header->category);
    }
    put_label(out, &header->label);
    put_list(out, "sectors", header->sectors, header->sector_count);
    put_list(out, "regions", header->regions, header->region_count);
    if (header->agreement.len > 0) {
        put_text(out, "agreement", header->agreement);
    }
    if (header->exercise.len > 0) {
        put_text(out, "exercise", header->exercise);
    }
    put_fields(out, &witness->alert);
    put_facts(out, witness, goal);
    tcn_buf_put_str(out, " }");
}
