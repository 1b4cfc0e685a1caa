/* An alert from the options of a command. Their values have been checked
 * (draft_check.c); what they mean together is checked where it is built. */
#include "cli/draft.h"

#include <stdlib.h>

#include "alert/label.h"
#include "alert/wire.h"
#include "base/text.h"
#include "base/time.h"

const struct cli_option draft_options[] = {
    {"severity", "WORD", "info, low, medium, high or critical", false},
    {"confidence", "N", "0 to 100 (50)", false},
    {"tlp", "WORD", "clear, green, amber, amber+strict or red", false},
    {"pap", "WORD", "clear, green, amber or red (as the TLP)", false},
    {"onward", "WORD", "none, listed, members or any (none)", false},
    {"to", "MEMBER,...", "the audience; every recipient sees it", false},
    {"caveat", "WORD", "orcon, no-partner or no-automation", true},
    {"category", "CLASS/TYPE", "as in the RSIT (other/other)", false},
    {"sector", "NAME", "a NIS2 sector", true},
    {"region", "CODE", "an ISO 3166 code", true},
    {"agreement", "NAME#HASH", "the agreement it is shared under", false},
    {"exercise", "NAME", "the exercise it belongs to", false},
    {"expires", "DURATION", "how long it lives (the node's default)", false},
    {"title", "TEXT", "one line, seen by everybody who gets it", false},
    {"indicator", "TYPE=VALUE", "e.g. ipv4-addr=198.51.100.3", true},
    {"field", "NAME=VALUE",
     "e.g. victim=\"Hospital X\"; any other name is FREE", true},
};
const size_t draft_option_count =
    sizeof draft_options / sizeof draft_options[0];

/* ---- what it builds on ---- */

void draft_begin(struct tcn_draft *draft)
{
    struct tcn_header *header = &draft->header;
    memset(header, 0, sizeof *header);
    draft->source_key = draft->source_digest = tcn_view(NULL, 0);
    draft->replaces_count = 0;
    draft->last_part = 0;
    draft->withdrawn = false;
    draft->field_count = 0;
    header->kind_text = tcn_view_str("alert");
    header->severity = TCN_SEVERITY_MEDIUM;
    header->confidence = 50;
    header->category = tcn_view_str("other/other");
    header->label.tlp = TCN_TLP_AMBER;
    header->label.pap = TCN_PAP_AMBER;
    header->label.onward = TCN_ONWARD_NONE;
}

static void read_value(struct tcn_draft_value *value, struct tcn_reader *r)
{
    *value = (struct tcn_draft_value){0};
    value->is_number = tcn_read_peek(r) == TCN_WIRE_UINT;
    if (value->is_number) {
        value->number = tcn_read_uint(r);
    } else {
        value->text = tcn_read_str(r);
    }
}

static void copy_field(struct tcn_draft_field *out,
                       const struct tcn_field *field)
{
    struct tcn_reader r = tcn_reader(field->value);
    memset(out, 0, sizeof *out);
    out->name = field->name;
    out->cls = field->cls;
    out->is_list = tcn_read_peek(&r) == TCN_WIRE_ARRAY;
    out->value_count = out->is_list ? (uint8_t)tcn_read_array(&r) : 1;
    for (size_t i = 0; i < out->value_count; i++) {
        read_value(&out->values[i], &r);
    }
}

void draft_revise(struct tcn_draft *draft, const struct tcn_alert *head,
                  bool fresh)
{
    draft_begin(draft);
    draft->header = head->header;
    draft->header.kind = TCN_KIND_UPDATE;
    draft->header.kind_text = tcn_view_str(tcn_kind_word(TCN_KIND_UPDATE));
    draft->header.revision = head->header.revision + 1;
    draft->header.has_ref = false; /* the node sets it */
    if (head->header.expires_ms <= tcn_now_ms()) {
        draft->header.expires_ms = 0;
    }
    for (size_t i = 0; !fresh && i < head->field_count; i++) {
        if (head->fields[i].bytes.data != NULL) {
            copy_field(&draft->fields[draft->field_count++], &head->fields[i]);
        }
    }
}

static int compare(const void *a, const void *b)
{
    const struct tcn_view *left = a, *right = b;
    return tcn_view_compare(*left, *right);
}

size_t cli_make_set(struct tcn_view *list, size_t count)
{
    size_t kept = 0;
    qsort(list, count, sizeof *list, compare);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || !tcn_view_equal(list[kept - 1], list[i])) {
            list[kept++] = list[i];
        }
    }
    return kept;
}

void draft_remark(struct tcn_draft *draft, const struct tcn_header *subject)
{
    draft_begin(draft);
    struct tcn_header *header = &draft->header;
    struct tcn_label *label = &header->label;
    header->severity = subject->severity;
    header->category = subject->category;
    header->agreement = subject->agreement;
    header->exercise = subject->exercise;
    *label = subject->label;
    if (label->audience_count > 0 && label->audience_count < TCN_AUDIENCE_MAX) {
        label->audience[label->audience_count++] = subject->origin;
        label->audience_count =
            (uint16_t)cli_make_set(label->audience, label->audience_count);
    }
}

/* ---- the options over it ---- */

static void apply_words(const struct cli_args *args, struct tcn_header *header)
{
    static const uint8_t pap_of_tlp[TCN_TLP_COUNT] = {
        TCN_PAP_CLEAR, TCN_PAP_GREEN, TCN_PAP_AMBER, TCN_PAP_AMBER,
        TCN_PAP_RED};
    struct tcn_label *label = &header->label;
    const struct {
        const char *name;
        int (*find)(struct tcn_view word);
        uint8_t *out;
    } words[] = {{"severity", tcn_severity_find, &header->severity},
                 {"tlp", tcn_tlp_find, &label->tlp},
                 {"onward", tcn_onward_find, &label->onward},
                 {"pap", tcn_pap_find, &label->pap}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *value = cli_get(args, words[i].name);
        if (value != NULL) {
            *words[i].out = (uint8_t)words[i].find(tcn_view_str(value));
        }
    }
    if (cli_has(args, "tlp") && !cli_has(args, "pap")) {
        label->pap = pap_of_tlp[label->tlp];
    }
}

static size_t gather(const struct cli_args *args, const char *name,
                     struct tcn_view *list, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < args->count && count < max; i++) {
        if (strcmp(args->given[i].option->name, name) == 0) {
            list[count++] = tcn_view_str(args->given[i].value);
        }
    }
    return cli_make_set(list, count);
}

size_t cli_audience(const struct cli_args *args,
                    struct tcn_view out[TCN_AUDIENCE_MAX])
{
    const char *to = cli_get(args, "to");
    struct tcn_view rest = tcn_view_str(to == NULL ? "" : to);
    size_t count = 0;
    while (rest.len > 0 && count < TCN_AUDIENCE_MAX) {
        struct tcn_view one = rest;
        rest = cli_cut(&one, ',');
        out[count++] = one;
    }
    return cli_make_set(out, count);
}

static void apply_sets(const struct cli_args *args, struct tcn_header *header)
{
    struct tcn_label *label = &header->label;
    if (cli_has(args, "to")) {
        label->audience_count = (uint16_t)cli_audience(args, label->audience);
    }
    if (cli_has(args, "caveat")) {
        label->caveat_count =
            (uint16_t)gather(args, "caveat", label->caveats, TCN_CAVEATS_MAX);
    }
    if (cli_has(args, "sector")) {
        header->sector_count =
            (uint8_t)gather(args, "sector", header->sectors, TCN_TAGS_MAX);
    }
    if (cli_has(args, "region")) {
        header->region_count =
            (uint8_t)gather(args, "region", header->regions, TCN_TAGS_MAX);
    }
}

static void apply_rest(const struct cli_args *args, struct tcn_header *header)
{
    const struct {
        const char *name;
        struct tcn_view *out;
    } texts[] = {{"category", &header->category},
                 {"agreement", &header->agreement},
                 {"exercise", &header->exercise}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *value = cli_get(args, texts[i].name);
        if (value != NULL) {
            *texts[i].out = tcn_view_str(value);
        }
    }
    uint64_t number = header->confidence;
    const char *confidence = cli_get(args, "confidence");
    if (confidence != NULL &&
        tcn_text_uint(tcn_view_str(confidence), &number)) {
        header->confidence = (uint8_t)number;
    }
    uint64_t life;
    if (cli_duration(args, "expires", 0, &life) && life > 0) {
        header->expires_ms = tcn_now_ms() + life;
    }
}

/* ---- fields ---- */

static bool is_there(const struct tcn_draft *draft,
                     const struct tcn_draft_field *field)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct tcn_draft_field *held = &draft->fields[i];
        bool same = held->value_count == field->value_count &&
                    tcn_view_equal(held->name, field->name);
        for (size_t j = 0; same && j < field->value_count; j++) {
            same = tcn_view_equal(held->values[j].text, field->values[j].text);
        }
        if (same) {
            return true;
        }
    }
    return false;
}

static bool add_field(struct tcn_draft *draft, const char *name,
                      struct tcn_view text)
{
    struct tcn_draft_field field = {.name = tcn_view_str(name)};
    struct tcn_view rest = tcn_view(NULL, 0);
    field.value_count = 1;
    field.values[0].text = text;
    if (strcmp(name, "title") != 0) {
        rest = cli_cut(&text, '=');
    }
    if (strcmp(name, "indicator") == 0) {
        field.is_list = true;
        field.value_count = 2;
        field.values[0].text = text;
        field.values[1].text = rest;
    } else if (rest.data != NULL) {
        field.name = text;
        field.values[0].text = rest;
    }
    field.cls = (uint8_t)tcn_field_class(field.name);
    if (is_there(draft, &field)) {
        return true;
    }
    if (draft->field_count == TCN_FIELDS_MAX) {
        return false;
    }
    draft->fields[draft->field_count++] = field;
    return true;
}

static void forget_field(struct tcn_draft *draft, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < draft->field_count; i++) {
        if (!tcn_view_is(draft->fields[i].name, name)) {
            draft->fields[kept++] = draft->fields[i];
        }
    }
    draft->field_count = (uint16_t)kept;
}

/* There is one title; of everything else there may be more. */
static int apply_fields(const struct cli_args *args, struct tcn_draft *draft)
{
    if (cli_has(args, "title")) {
        forget_field(draft, "title");
    }
    for (size_t i = 0; i < args->count; i++) {
        const char *name = args->given[i].option->name;
        bool is_one = strcmp(name, "title") == 0 ||
                      strcmp(name, "indicator") == 0 ||
                      strcmp(name, "field") == 0;
        struct tcn_view value = tcn_view_str(args->given[i].value);
        if (is_one && !add_field(draft, name, value)) {
            return cli_wrong_view(args, value,
                                  "an alert has 512 fields at most");
        }
    }
    return EXIT_DONE;
}

int draft_apply(const struct cli_args *args, struct tcn_draft *draft)
{
    struct tcn_label *label = &draft->header.label;
    apply_words(args, &draft->header);
    apply_sets(args, &draft->header);
    apply_rest(args, &draft->header);
    if (label->tlp > TCN_TLP_GREEN && label->audience_count == 0) {
        (void)fprintf(stderr,
                      "tocsin %s: TLP:AMBER and above goes only to members "
                      "that are named: AMBER covers a nation's own "
                      "constituents, not another nation. Name them with --to, "
                      "or choose --tlp green\n",
                      args->command->name);
        return EXIT_USAGE;
    }
    if (cli_has(args, "to") && !args->json) {
        (void)fprintf(stderr, "note: every recipient sees the audience\n");
    }
    return apply_fields(args, draft);
}

bool draft_put(struct cli_node *node, const struct tcn_draft *draft)
{
    uint8_t *bytes = malloc(TCN_ENVELOPE_MAX);
    struct tcn_buf out = tcn_buf(bytes, TCN_ENVELOPE_MAX);
    bool good = bytes != NULL && tcn_draft_encode(draft, &out) == TCN_ERR_OK;
    if (good) {
        tcn_pair_bin(&node->pairs, &node->pair_count, "draft",
                     tcn_buf_view(&out));
    } else {
        (void)fprintf(stderr, "tocsin: the alert is too large\n");
    }
    free(bytes);
    return good;
}
