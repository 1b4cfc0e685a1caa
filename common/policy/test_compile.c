/* test "NAME" { alert { ... } expect HOOK TARGET: OUTCOME [{ CLASSES }] [by
 * RULE]; ... }: an alert made of words, for the rules to decide on. */
#include <stdlib.h>

#include "alert/label.h"
#include "alert/wire.h"
#include "base/text.h"
#include "policy/compiler.h"

/* 2027-01-01: fixed, so that a test says the same every day. */
#define TEST_NOW_MS 1798761600000ull

struct builder {
    struct compiler *compiler;
    struct policy_test *test;
    struct tcn_alert *alert;
    uint8_t withheld; /* classes */
};

static struct tcn_view take_text(struct builder *builder)
{
    struct tcn_cursor *c = &builder->compiler->c;
    const struct tcn_token *token =
        tcn_at(c, TCN_TOKEN_STRING)
            ? tcn_expect(c, TCN_TOKEN_STRING, "a text")
            : tcn_expect(c, TCN_TOKEN_WORD, "a word or a text");
    return policy_text(builder->compiler->policy, token->text);
}

static uint64_t take_value(struct builder *builder, enum fact fact,
                           struct tcn_view *text)
{
    struct value value;
    (void)compile_value(builder->compiler, fact, &value);
    if (text != NULL) {
        *text = value.text;
    }
    return value.number;
}

/* `{ a, b }` or one word; kept sorted as on the wire. */
static size_t take_list(struct builder *builder, enum fact fact,
                        struct tcn_view *list, size_t max)
{
    struct tcn_cursor *c = &builder->compiler->c;
    bool many = tcn_accept(c, TCN_TOKEN_OPEN);
    size_t count = 0;
    while (!c->failed && count < max) {
        (void)take_value(builder, fact, &list[count++]);
        if (!many || tcn_accept(c, TCN_TOKEN_CLOSE)) {
            return count;
        }
        tcn_expect(c, TCN_TOKEN_COMMA, "`,` or `}`");
    }
    if (!c->failed) {
        tcn_fail(c, c->at, TCN_ERR_CAPACITY, "more than %zu values", max);
    }
    return 0;
}

static uint8_t caveat_bits(const struct tcn_label *label)
{
    uint8_t mask = 0;
    for (size_t i = 0; i < label->caveat_count; i++) {
        mask |= tcn_view_is(label->caveats[i], "orcon") ? TCN_CAVEAT_ORCON : 0;
        mask |= tcn_view_is(label->caveats[i], "no-partner")
                    ? TCN_CAVEAT_NO_PARTNER
                    : 0;
        mask |= tcn_view_is(label->caveats[i], "no-automation")
                    ? TCN_CAVEAT_NO_AUTOMATION
                    : 0;
    }
    return mask;
}

/* in CLASS: where the originator put it in a stricter class than its own */
static uint8_t take_field_class(struct builder *builder, struct tcn_view name)
{
    struct tcn_cursor *c = &builder->compiler->c;
    const struct tcn_token *token = c->at + 1;
    if (!tcn_accept_word(c, "in")) {
        return (uint8_t)tcn_field_class(name);
    }
    uint8_t bit = compile_class(builder->compiler);
    if (bit == TCN_CLASS_BIT(TCN_CLASS_KEEP) &&
        tcn_field_class(name) != TCN_CLASS_KEEP) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "only KEEP names stand in KEEP");
    }
    return bit == 0 ? 0 : (uint8_t)__builtin_ctz(bit);
}

/* field NAME VALUE [VALUE ...] [in CLASS]; one value is plain, more a list */
static void take_field(struct builder *builder)
{
    struct tcn_cursor *c = &builder->compiler->c;
    struct tcn_alert *alert = builder->alert;
    uint8_t bytes[4096];
    struct tcn_buf values = tcn_buf(bytes, sizeof bytes);
    struct tcn_view name = take_text(builder);
    size_t count = 0;
    while (!c->failed && !tcn_at(c, TCN_TOKEN_SEMI) && !tcn_at_word(c, "in")) {
        tcn_put_str(&values, take_text(builder));
        count++;
    }
    if (count == 0 || count > TCN_VALUES_MAX || values.full ||
        alert->field_count == 64) {
        tcn_fail(c, c->at, TCN_ERR_SYNTAX, "a field needs 1 to %d values",
                 TCN_VALUES_MAX);
        return;
    }
    uint8_t list[4100];
    struct tcn_buf value = tcn_buf(list, sizeof list);
    if (count > 1) {
        tcn_put_array(&value, count);
    }
    tcn_buf_put(&value, values.data, values.len);
    struct tcn_view kept =
        policy_text(builder->compiler->policy, tcn_buf_view(&value));
    uint8_t cls = take_field_class(builder, name);
    alert->fields[alert->field_count++] = (struct tcn_field){
        .bytes = kept, .name = name, .value = kept, .cls = cls};
    alert->form |= TCN_CLASS_BIT(cls);
    alert->present |= TCN_CLASS_BIT(cls);
}

/* withheld CLASS: the alert has such a field, but our copy does not show it */
static void take_withheld(struct builder *builder)
{
    struct tcn_cursor *c = &builder->compiler->c;
    const struct tcn_token *token = c->at;
    uint8_t bit = compile_class(builder->compiler);
    if (bit == TCN_CLASS_BIT(TCN_CLASS_KEEP)) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "KEEP is never withheld");
    }
    builder->withheld |= bit;
}

/* A class is withheld as a whole, whatever the order of the items. */
static void withhold(struct tcn_alert *alert, uint8_t classes)
{
    alert->present |= classes;
    alert->form &= (uint8_t)~classes;
    for (size_t i = 0; i < alert->field_count; i++) {
        struct tcn_field *field = &alert->fields[i];
        if ((classes & TCN_CLASS_BIT(field->cls)) != 0) {
            *field = (struct tcn_field){.cls = field->cls};
        }
    }
}

/* size SIZE: only the number is looked at, so nothing has to be as large. */
static void take_size(struct builder *builder)
{
    builder->alert->envelope.len = (size_t)tcn_take_size(&builder->compiler->c);
}

static void take_source(struct builder *builder)
{
    struct tcn_view name;
    (void)take_value(builder, FACT_SOURCE, &name);
    int party = world_party(builder->compiler->policy, name);
    if (party >= 0 && (size_t)party < builder->compiler->policy->peer_count) {
        builder->test->sources |= 1ull << party;
    }
}

static bool take_number_item(struct builder *builder, struct tcn_view item)
{
    static const struct {
        const char *name;
        enum fact fact;
    } items[] = {{"severity", FACT_SEVERITY}, {"confidence", FACT_CONFIDENCE},
                 {"tlp", FACT_TLP},           {"pap", FACT_PAP},
                 {"onward", FACT_ONWARD},     {"revision", FACT_REVISION}};
    struct tcn_header *header = &builder->alert->header;
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        if (!tcn_view_is(item, items[i].name)) {
            continue;
        }
        uint64_t number = take_value(builder, items[i].fact, NULL);
        switch (items[i].fact) {
        case FACT_SEVERITY: header->severity = (uint8_t)number; break;
        case FACT_CONFIDENCE: header->confidence = (uint8_t)number; break;
        case FACT_TLP: header->label.tlp = (uint8_t)number; break;
        case FACT_PAP: header->label.pap = (uint8_t)number; break;
        case FACT_ONWARD: header->label.onward = (uint8_t)number; break;
        default: header->revision = (uint32_t)number; break;
        }
        return true;
    }
    return false;
}

static bool take_list_item(struct builder *builder, struct tcn_view item)
{
    struct tcn_header *header = &builder->alert->header;
    struct tcn_label *label = &header->label;
    if (tcn_view_is(item, "audience")) {
        label->audience_count = (uint16_t)take_list(
            builder, FACT_AUDIENCE, label->audience, TCN_AUDIENCE_MAX);
    } else if (tcn_view_is(item, "caveats")) {
        label->caveat_count = (uint16_t)take_list(
            builder, FACT_CAVEAT, label->caveats, TCN_CAVEATS_MAX);
        label->caveat_mask = caveat_bits(label);
    } else if (tcn_view_is(item, "sectors")) {
        header->sector_count = (uint8_t)take_list(
            builder, FACT_SECTOR, header->sectors, TCN_TAGS_MAX);
    } else if (tcn_view_is(item, "regions")) {
        header->region_count = (uint8_t)take_list(
            builder, FACT_REGION, header->regions, TCN_TAGS_MAX);
    } else {
        return false;
    }
    return true;
}

/* at TIME: when it is decided on; received TIME: since when it is here */
static bool take_time_item(struct builder *builder, struct tcn_view item)
{
    struct tcn_cursor *c = &builder->compiler->c;
    if (tcn_view_is(item, "at")) {
        builder->test->now_ms = tcn_take_time(c);
    } else if (tcn_view_is(item, "received")) {
        builder->test->received_ms = tcn_take_time(c);
    } else {
        return false;
    }
    return true;
}

static void take_kind(struct builder *builder)
{
    struct tcn_header *header = &builder->alert->header;
    (void)take_value(builder, FACT_KIND, &header->kind_text);
    header->kind = (enum tcn_kind)tcn_kind_find(header->kind_text);
}

static void take_item(struct builder *builder)
{
    static const char *const known[] = {
        "origin",   "kind",     "severity",  "confidence", "tlp",
        "pap",      "onward",   "audience",  "caveats",    "sectors",
        "regions",  "category", "agreement", "exercise",   "from",
        "at",       "field",    "withheld",  "size",       "received",
        "requested"};
    struct tcn_cursor *c = &builder->compiler->c;
    struct tcn_header *header = &builder->alert->header;
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "an item");
    struct tcn_view item = token->text;
    if (tcn_view_is(item, "origin")) {
        (void)take_value(builder, FACT_ORIGIN, &header->origin);
    } else if (tcn_view_is(item, "kind")) {
        take_kind(builder);
    } else if (tcn_view_is(item, "category")) {
        header->category = take_text(builder);
    } else if (tcn_view_is(item, "agreement")) {
        header->agreement = take_text(builder);
    } else if (tcn_view_is(item, "exercise")) {
        header->exercise = take_text(builder);
    } else if (tcn_view_is(item, "from")) {
        take_source(builder);
    } else if (tcn_view_is(item, "field")) {
        take_field(builder);
    } else if (tcn_view_is(item, "withheld")) {
        take_withheld(builder);
    } else if (tcn_view_is(item, "size")) {
        take_size(builder);
    } else if (tcn_view_is(item, "requested")) {
        builder->test->requested = true;
    } else if (!take_number_item(builder, item) &&
               !take_list_item(builder, item) &&
               !take_time_item(builder, item)) {
        tcn_fail_item(c, token, "item of an alert", known,
                      sizeof known / sizeof known[0]);
    }
    tcn_expect_semi(c);
    tcn_cursor_next_item(c);
}

static void take_alert(struct builder *builder)
{
    struct tcn_cursor *c = &builder->compiler->c;
    struct tcn_policy *policy = builder->compiler->policy;
    builder->alert = policy_alloc(policy, sizeof *builder->alert);
    if (builder->alert == NULL) {
        tcn_fail(c, c->at, TCN_ERR_NO_MEMORY, "out of memory");
        return;
    }
    struct tcn_header *header = &builder->alert->header;
    header->origin = tcn_view_str(policy->self);
    header->kind_text = tcn_view_str("alert");
    header->label.onward = TCN_ONWARD_ANY;
    header->category = tcn_view_str("other/other");
    tcn_expect_word(c, "alert");
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    while (!c->failed && !tcn_accept(c, TCN_TOKEN_CLOSE)) {
        take_item(builder);
    }
    withhold(builder->alert, builder->withheld);
    if (builder->test->received_ms == 0) {
        builder->test->received_ms = builder->test->now_ms;
    }
    header->created_ms = builder->test->now_ms;
    header->expires_ms = header->created_ms + 90 * TCN_DAY_MS;
    builder->test->alert = builder->alert;
    builder->test->is_own = tcn_view_is(header->origin, policy->self);
}

/* ---- expectations ---- */

static bool take_hook(struct builder *builder, struct expectation *expectation)
{
    struct tcn_cursor *c = &builder->compiler->c;
    if (tcn_accept_word(c, "export")) {
        expectation->hook = TCN_HOOK_EXPORT;
        tcn_expect_word(c, "to");
    } else if (tcn_accept_word(c, "import")) {
        expectation->hook = TCN_HOOK_IMPORT;
        tcn_expect_word(c, "from");
    } else if (tcn_accept_word(c, "originate")) {
        expectation->hook = TCN_HOOK_ORIGINATE;
    } else {
        expectation->hook = TCN_HOOK_SHOW;
        tcn_expect_word(c, "show");
        tcn_expect_word(c, "observers");
    }
    return !c->failed;
}

static void take_target(struct builder *builder,
                        struct expectation *expectation)
{
    struct tcn_cursor *c = &builder->compiler->c;
    const struct tcn_policy *policy = builder->compiler->policy;
    if (expectation->hook == TCN_HOOK_ORIGINATE) {
        return;
    }
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "a name");
    bool show = expectation->hook == TCN_HOOK_SHOW;
    int number = show ? world_observers(policy, token->text)
                      : world_party(policy, token->text);
    if (number < 0 && show) {
        fail_observers(builder->compiler, token);
    } else if (number < 0) {
        fail_member(builder->compiler, token);
    } else if (!show && (size_t)number >= policy->peer_count) {
        tcn_fail(c, token, TCN_ERR_SYNTAX, "%.*s is not linked as a peer",
                 (int)token->text.len, (const char *)token->text.data);
    }
    expectation->number = (uint8_t)number;
}

/* The words of each hook. */
static void take_outcome_word(struct builder *builder,
                              struct expectation *expectation)
{
    static const struct {
        const char *word;
        uint8_t outcome;
        unsigned hooks;
    } words[] = {
        {"allow", TCN_ALLOW, ~(1u << TCN_HOOK_IMPORT)},
        {"deny", TCN_DENY, ~(1u << TCN_HOOK_IMPORT)},
        {"hold", TCN_HOLD, 1u << TCN_HOOK_EXPORT},
        {"delay", TCN_DELAY, 1u << TCN_HOOK_EXPORT},
        {"accept", TCN_ALLOW, 1u << TCN_HOOK_IMPORT},
        {"reject", TCN_DENY, 1u << TCN_HOOK_IMPORT},
        {"quarantine", TCN_HOLD, 1u << TCN_HOOK_IMPORT},
    };
    struct tcn_cursor *c = &builder->compiler->c;
    const struct tcn_token *token = tcn_expect(c, TCN_TOKEN_WORD, "an outcome");
    const char *known[sizeof words / sizeof words[0]];
    size_t count = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if ((words[i].hooks >> expectation->hook & 1) == 0) {
            continue;
        }
        known[count++] = words[i].word;
        if (tcn_view_is(token->text, words[i].word)) {
            expectation->outcome = words[i].outcome;
            return;
        }
    }
    tcn_fail_unknown(c, token, "outcome", known, count);
}

static void take_outcome(struct builder *builder,
                         struct expectation *expectation)
{
    struct tcn_cursor *c = &builder->compiler->c;
    take_outcome_word(builder, expectation);
    const struct tcn_token *classes = c->at;
    expectation->has_classes = tcn_at(c, TCN_TOKEN_OPEN);
    if (expectation->has_classes) {
        expectation->classes = compile_classes(builder->compiler);
        if ((expectation->classes & TCN_CLASS_BIT(TCN_CLASS_KEEP)) == 0) {
            tcn_fail(c, classes, TCN_ERR_SYNTAX,
                     "no copy is without KEEP, so this can never be met");
        }
    }
    if (tcn_accept_word(c, "by")) {
        const struct tcn_token *rule =
            tcn_expect(c, TCN_TOKEN_WORD, "a rule's name");
        tcn_copy_text(c, rule, expectation->rule, sizeof expectation->rule);
    }
}

/* Tests are read in the order of the text: nothing is counted twice. */
static unsigned line_of(struct compiler *compiler, struct tcn_span span)
{
    struct tcn_span *place = &compiler->place;
    struct tcn_view text = compiler->sources[span.source].text;
    if (compiler->line == 0 || place->source != span.source ||
        place->offset > span.offset) {
        *place = (struct tcn_span){.source = span.source};
        compiler->line = 1;
    }
    for (; place->offset < span.offset; place->offset++) {
        compiler->line += text.data[place->offset] == '\n';
    }
    return compiler->line;
}

static void take_expectation(struct builder *builder)
{
    struct tcn_cursor *c = &builder->compiler->c;
    struct expectation *expectation =
        policy_alloc(builder->compiler->policy, sizeof *expectation);
    if (expectation == NULL) {
        tcn_fail(c, c->at, TCN_ERR_NO_MEMORY, "out of memory");
        return;
    }
    expectation->line = line_of(builder->compiler, c->at->span);
    tcn_expect_word(c, "expect");
    if (take_hook(builder, expectation)) {
        take_target(builder, expectation);
        tcn_expect(c, TCN_TOKEN_COLON, "`:`");
        take_outcome(builder, expectation);
        tcn_expect(c, TCN_TOKEN_SEMI, "`by` or `;`");
    }
    tcn_cursor_next_item(c);
    struct expectation **end = &builder->test->expectations;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = expectation;
}

void compile_test(struct compiler *compiler, const struct tcn_token *keyword)
{
    struct tcn_cursor *c = &compiler->c;
    struct tcn_policy *policy = compiler->policy;
    if (policy->test_count++ == TESTS_MAX) {
        tcn_fail(c, keyword, TCN_ERR_CAPACITY, "more than %d tests", TESTS_MAX);
    }
    struct policy_test *test =
        c->failed ? NULL : policy_alloc(policy, sizeof *test);
    if (test == NULL) {
        tcn_fail(c, keyword, TCN_ERR_NO_MEMORY, "out of memory");
        return;
    }
    struct builder builder = {.compiler = compiler, .test = test};
    const struct tcn_token *name =
        tcn_expect(c, TCN_TOKEN_STRING, "the test's quoted name");
    test->name = policy_text(policy, name->text);
    test->file = policy_text(
        policy, tcn_view_str(compiler->sources[keyword->span.source].name));
    test->now_ms = TEST_NOW_MS;
    tcn_expect(c, TCN_TOKEN_OPEN, "`{`");
    if (!c->failed) {
        take_alert(&builder);
    }
    while (!c->failed && !tcn_accept(c, TCN_TOKEN_CLOSE)) {
        take_expectation(&builder);
    }
    struct policy_test **end = &policy->tests;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = test;
}
