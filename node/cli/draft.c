/* An alert from the options of a command. What the values mean is checked where
 * the alert is built; here the words are. */
#include <stdlib.h>

#include "alert/label.h"
#include "base/time.h"
#include "cli/cli.h"

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
    {"field", "NAME=VALUE", "e.g. victim=\"Hospital X\"", true},
};
const size_t draft_option_count =
    sizeof draft_options / sizeof draft_options[0];

static int wrong_word(const struct cli_args *args, const char *name,
                      const char *value)
{
    char text[120];
    (void)snprintf(text, sizeof text, "this is no value of --%s", name);
    return cli_wrong(args, value, text);
}

static int read_words(const struct cli_args *args, struct tcn_header *header)
{
    static const struct {
        const char *name;
        int (*find)(struct tcn_view word);
        const char *fallback;
    } words[] = {{"severity", tcn_severity_find, "medium"},
                 {"tlp", tcn_tlp_find, "amber"},
                 {"onward", tcn_onward_find, "none"},
                 {"pap", tcn_pap_find, NULL}};
    int found[4];
    for (size_t i = 0; i < 4; i++) {
        const char *value = cli_get(args, words[i].name);
        if (value == NULL) {
            value = words[i].fallback;
        }
        found[i] = value == NULL ? -1 : words[i].find(tcn_view_str(value));
        if (value != NULL && found[i] < 0) {
            return wrong_word(args, words[i].name, value);
        }
    }
    static const uint8_t pap_of_tlp[TCN_TLP_COUNT] = {
        TCN_PAP_CLEAR, TCN_PAP_GREEN, TCN_PAP_AMBER, TCN_PAP_AMBER,
        TCN_PAP_RED};
    header->severity = (uint8_t)found[0];
    header->label.tlp = (uint8_t)found[1];
    header->label.onward = (uint8_t)found[2];
    header->label.pap = found[3] < 0 ? pap_of_tlp[found[1]] : (uint8_t)found[3];
    return EXIT_DONE;
}

static int compare(const void *a, const void *b)
{
    const struct tcn_view *left = a, *right = b;
    return tcn_view_compare(*left, *right);
}

/* Sorted, each once, as the format wants sets. */
static size_t make_set(struct tcn_view *list, size_t count)
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

static size_t split(const char *text, struct tcn_view *list, size_t max)
{
    size_t count = 0;
    while (*text != '\0' && count < max) {
        size_t len = strcspn(text, ",");
        if (len > 0) {
            list[count++] = tcn_view(text, len);
        }
        text += len + (text[len] == ',');
    }
    return count;
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
    return make_set(list, count);
}

static void read_sets(const struct cli_args *args, struct tcn_header *header)
{
    const char *to = cli_get(args, "to");
    struct tcn_label *label = &header->label;
    size_t count =
        to == NULL ? 0 : split(to, label->audience, TCN_AUDIENCE_MAX);
    label->audience_count = (uint16_t)make_set(label->audience, count);
    label->caveat_count =
        (uint16_t)gather(args, "caveat", label->caveats, TCN_CAVEATS_MAX);
    header->sector_count =
        (uint8_t)gather(args, "sector", header->sectors, TCN_TAGS_MAX);
    header->region_count =
        (uint8_t)gather(args, "region", header->regions, TCN_TAGS_MAX);
}

static void add_field(struct tcn_draft *draft, const char *name,
                      struct tcn_view first, struct tcn_view second)
{
    if (draft->field_count == TCN_FIELDS_MAX) {
        return;
    }
    struct tcn_draft_field *field = &draft->fields[draft->field_count++];
    memset(field, 0, sizeof *field);
    field->name = tcn_view_str(name);
    field->cls = (uint8_t)tcn_field_class(field->name);
    field->is_list = second.data != NULL;
    field->value_count = field->is_list ? 2 : 1;
    field->values[0].text = first;
    field->values[1].text = second;
}

static int read_pair_field(const struct cli_args *args, const char *text,
                           struct tcn_draft *draft, bool indicator)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0') {
        return cli_wrong(args, text,
                         indicator ? "expected TYPE=VALUE, such as "
                                     "ipv4-addr=198.51.100.3"
                                   : "expected NAME=VALUE, such as "
                                     "victim=\"Hospital X\"");
    }
    struct tcn_view name = tcn_view(text, (size_t)(equals - text));
    if (indicator) {
        add_field(draft, "indicator", name, tcn_view_str(equals + 1));
        return EXIT_DONE;
    }
    add_field(draft, "description", tcn_view_str(equals + 1),
              tcn_view(NULL, 0));
    struct tcn_draft_field *field = &draft->fields[draft->field_count - 1];
    field->name = name;
    field->cls = (uint8_t)tcn_field_class(name);
    return EXIT_DONE;
}

static int read_fields(const struct cli_args *args, struct tcn_draft *draft)
{
    const char *title = cli_get(args, "title");
    if (title != NULL) {
        add_field(draft, "title", tcn_view_str(title), tcn_view(NULL, 0));
    }
    for (size_t i = 0; i < args->count; i++) {
        const char *name = args->given[i].option->name;
        bool indicator = strcmp(name, "indicator") == 0;
        if (!indicator && strcmp(name, "field") != 0) {
            continue;
        }
        int wrong =
            read_pair_field(args, args->given[i].value, draft, indicator);
        if (wrong != EXIT_DONE) {
            return wrong;
        }
    }
    return EXIT_DONE;
}

static int read_rest(const struct cli_args *args, struct tcn_header *header)
{
    const char *confidence = cli_get(args, "confidence");
    const char *category = cli_get(args, "category");
    const char *agreement = cli_get(args, "agreement");
    const char *exercise = cli_get(args, "exercise");
    uint64_t life;
    char *end = NULL;
    unsigned long number =
        confidence == NULL ? 50 : strtoul(confidence, &end, 10);
    if (number > 100 || (end != NULL && (*end != '\0' || end == confidence))) {
        return wrong_word(args, "confidence", confidence);
    }
    if (!cli_duration(args, "expires", 0, &life)) {
        return EXIT_USAGE;
    }
    header->confidence = (uint8_t)number;
    header->category =
        tcn_view_str(category == NULL ? "other/other" : category);
    header->agreement = tcn_view_str(agreement == NULL ? "" : agreement);
    header->exercise = tcn_view_str(exercise == NULL ? "" : exercise);
    header->expires_ms = life == 0 ? 0 : tcn_now_ms() + life;
    return EXIT_DONE;
}

int draft_read(const struct cli_args *args, struct tcn_draft *draft)
{
    memset(&draft->header, 0, sizeof draft->header);
    draft->source_key = draft->source_digest = tcn_view(NULL, 0);
    draft->withdrawn = false;
    draft->field_count = 0;
    draft->header.kind_text = tcn_view_str("alert");
    int wrong = read_words(args, &draft->header);
    wrong = wrong == EXIT_DONE ? read_rest(args, &draft->header) : wrong;
    if (wrong != EXIT_DONE) {
        return wrong;
    }
    read_sets(args, &draft->header);
    if (draft->header.label.tlp > TCN_TLP_GREEN &&
        draft->header.label.audience_count == 0) {
        (void)fprintf(stderr,
                      "tocsin %s: TLP:AMBER and above goes only to members "
                      "that are named: AMBER covers a nation's own "
                      "constituents, not another nation. Name them with --to, "
                      "or choose --tlp green\n",
                      args->command->name);
        return EXIT_USAGE;
    }
    return read_fields(args, draft);
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
