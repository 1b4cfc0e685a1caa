/* From gathered pieces to drafts. One draft holds at most TCN_FIELDS_MAX fields
 * and must fit its envelope; what is more goes into further drafts that carry
 * the same source and say "part 2 of 3". */
#include <stdlib.h>

#include "formats/clean.h"
#include "formats/collect.h"

#define DRAFT_BYTES_MAX                                                        \
    ((size_t)144 * TCN_KIB) /* leaves room for the header                      \
                             */
#define FIELD_OVERHEAD 96   /* salt, leaf, class, lengths */
#define LISTED_MAX     32   /* values named in one field */

static_assert(DRAFT_BYTES_MAX + TCN_FIELDS_MAX * 33 < TCN_ENVELOPE_MAX - 8192,
              "a full draft fits its envelope");

struct layout {
    struct tcn_collect *c;
    struct tcn_draft *draft;
    size_t bytes;
    unsigned part;
    unsigned parts;
};

static size_t piece_bytes(const struct tcn_piece *piece)
{
    size_t bytes = FIELD_OVERHEAD + strlen(piece->name);
    for (unsigned i = 0; i < piece->value_count; i++) {
        bytes += piece->values[i].text.len + 9;
    }
    return bytes;
}

static bool is_list(const struct tcn_piece *piece)
{
    return piece->value_count > 1;
}

/* Puts the piece into the draft; false when it is full. */
static bool put(struct layout *l, const struct tcn_piece *piece)
{
    size_t bytes = piece_bytes(piece);
    if (l->draft->field_count >= TCN_FIELDS_MAX ||
        l->bytes + bytes > DRAFT_BYTES_MAX) {
        return false;
    }
    struct tcn_draft_field *field = &l->draft->fields[l->draft->field_count++];
    field->name = tcn_view_str(piece->name);
    field->cls = piece->cls;
    field->is_list = is_list(piece);
    field->value_count = piece->value_count;
    memcpy(field->values, piece->values,
           piece->value_count * sizeof *piece->values);
    l->bytes += bytes;
    return true;
}

static bool put_text(struct layout *l, const char *name, struct tcn_view text)
{
    struct tcn_draft_value value = {.text = text};
    struct tcn_piece piece = {.name = name,
                              .cls =
                                  (uint8_t)tcn_field_class(tcn_view_str(name)),
                              .value_count = 1,
                              .values = &value};
    return put(l, &piece);
}

/* The key of this part of a source; what the operator calls the source keeps
 * its keys apart from everybody else's, and is told nobody. */
static struct tcn_view part_key(const struct layout *l, struct tcn_view key)
{
    struct tcn_import *im = l->c->im;
    struct tcn_view source = im->options->source;
    if (source.len > 0) {
        key = tcn_import_text(im, "from:%.*s %.*s", (int)source.len,
                              (const char *)source.data, (int)key.len,
                              (const char *)key.data);
    }
    return l->part == 1 ? key
                        : tcn_import_text(im, "%.*s#%u", (int)key.len,
                                          (const char *)key.data, l->part);
}

/* What every part begins with: the title and which part it is. */
static void begin_part(struct layout *l)
{
    struct tcn_collect *c = l->c;
    struct tcn_view title = c->title;
    l->draft->field_count = 0;
    l->bytes = 0;
    if (l->parts > 1) {
        title = tcn_import_text(c->im, "%.*s (%u/%u)", (int)title.len,
                                (const char *)title.data, l->part, l->parts);
    }
    bool fits = put_text(l, "title", title);
    if (l->parts > 1) {
        struct tcn_view text = tcn_import_text(
            c->im, "part %u of %u of %.*s", l->part, l->parts,
            (int)c->source_key.len, (const char *)c->source_key.data);
        fits = fits && put_text(l, "reference", text);
    }
    l->draft->source_key = part_key(l, c->source_key);
    l->draft->replaces_count = c->replaces_count;
    for (size_t i = 0; i < c->replaces_count; i++) {
        l->draft->replaces[i] = part_key(l, c->replaces[i]);
    }
    if (!fits) {
        tcn_import_fail(c->im, TCN_ERR_SIZE, "%s: the title is too long",
                        c->what);
    }
}

/* Fills the draft from piece `at` on; returns the first that did not fit. */
static size_t fill_part(struct layout *l, size_t at)
{
    begin_part(l);
    while (at < l->c->count && put(l, &l->c->pieces[at])) {
        at++;
    }
    return at;
}

static void hand_over(struct layout *l)
{
    struct tcn_import *im = l->c->im;
    bool last = l->part == l->parts && !l->c->is_small;
    l->draft->last_part = last ? (uint16_t)l->part : 0;
    if (im->err != TCN_ERR_OK) {
        return;
    }
    im->report->alerts++;
    im->report->fields += l->draft->field_count;
    enum tcn_err err = im->sink->take(im->sink->ctx, l->draft);
    if (err != TCN_ERR_OK) {
        im->stopped = true;
        tcn_import_fail(im, err, "%s was refused: %s", l->c->what,
                        tcn_err_sentence(err));
    }
}

/* Both passes make the same parts as long as the number of parts has the same
 * digits; the title grows by a few bytes at most, so lay out until it agrees.
 */
static unsigned count_parts(struct layout *l)
{
    unsigned parts = 0;
    size_t at = 0;
    do {
        l->part = ++parts;
        size_t next = fill_part(l, at);
        if (next == at && at < l->c->count) {
            tcn_import_fail(l->c->im, TCN_ERR_SIZE,
                            "%s: one field does not fit an alert", l->c->what);
        }
        at = next;
    } while (at < l->c->count && l->c->im->err == TCN_ERR_OK);
    return parts;
}

static void lay_out(struct layout *l)
{
    l->parts = 1;
    for (unsigned found = count_parts(l); found != l->parts;
         found = count_parts(l)) {
        if (l->c->im->err != TCN_ERR_OK) {
            return;
        }
        l->parts = found;
    }
    size_t at = 0;
    for (l->part = 1; l->part <= l->parts; l->part++) {
        at = fill_part(l, at);
        hand_over(l);
    }
    if (l->parts > 1) {
        tcn_import_notice(l->c->im,
                          "%s has %zu fields: %u alerts that name "
                          "each other",
                          l->c->what, l->c->count, l->parts);
    }
}

static void lay_out_withdrawal(struct layout *l)
{
    l->part = 1;
    l->parts = 1;
    begin_part(l);
    put_text(l, "reason", tcn_view_str("withdrawn by its source"));
    l->draft->withdrawn = true;
    hand_over(l);
}

/* The label: strictest marking found, else what the operator gave. */
static bool set_label(struct tcn_collect *c, struct tcn_label *label)
{
    const struct tcn_import_options *options = c->im->options;
    int tlp = c->tlp >= 0 ? c->tlp : options->tlp;
    if (tlp < 0) {
        tcn_import_fail(c->im, TCN_ERR_LABEL,
                        "%s %s has no TLP marking: say which with --tlp",
                        c->what, tcn_import_shown(c->im, c->source_key));
        return false;
    }
    static const uint8_t as_strict[TCN_TLP_COUNT] = {
        [TCN_TLP_CLEAR] = TCN_PAP_CLEAR, [TCN_TLP_GREEN] = TCN_PAP_GREEN,
        [TCN_TLP_AMBER] = TCN_PAP_AMBER, [TCN_TLP_AMBER_STRICT] = TCN_PAP_AMBER,
        [TCN_TLP_RED] = TCN_PAP_RED,
    };
    int pap = c->pap >= 0 ? c->pap : options->pap;
    label->tlp = (uint8_t)tlp;
    label->pap = pap >= 0 ? (uint8_t)pap : as_strict[tlp];
    label->onward = c->no_onward ? TCN_ONWARD_NONE : (uint8_t)options->onward;
    label->audience_count = options->audience_count;
    for (size_t i = 0; i < options->audience_count; i++) {
        label->audience[i] = options->audience[i];
    }
    return true;
}

/* When the source last changed it, then a hash of its content and the label: a
 * new label is a new version too. */
static struct tcn_id digest_of(const struct tcn_collect *c,
                               const struct tcn_label *label)
{
    uint8_t marks[4] = {label->tlp, label->pap, label->onward, c->withdrawn};
    struct tcn_view parts[] = {tcn_id_view(&c->digest),
                               tcn_view(marks, sizeof marks)};
    struct tcn_id out = {{0}};
    for (size_t i = 0; i < 8; i++) {
        out.bytes[i] = (uint8_t)(c->changed_ms >> (56 - 8 * i));
    }
    tcn_hash_parts(TCN_PERSONAL_THREAD, tcn_view_str("import digest"), parts, 2,
                   out.bytes + 8, sizeof out.bytes - 8);
    return out;
}

/* Indicators that their source does not give for detection: the caveat says
 * that no machine may act, and where only some are, a list says which. */
static void mark_detection(struct tcn_collect *c)
{
    size_t given = 0;
    size_t not_given = 0;
    for (size_t i = 0; i < c->count; i++) {
        bool indicator = strcmp(c->pieces[i].name, "indicator") == 0;
        given += indicator && c->pieces[i].detect;
        not_given += indicator && !c->pieces[i].detect;
    }
    if (not_given == 0) {
        return;
    }
    c->caveat_mask |= TCN_CAVEAT_NO_AUTOMATION;
    tcn_import_notice(c->im,
                      "%zu of %zu indicators are not for detection: "
                      "caveat no-automation",
                      not_given, given + not_given);
    if (given == 0) {
        return;
    }
    struct tcn_view list = tcn_view("", 0);
    unsigned listed = 0;
    size_t count = c->count; /* the lists join the pieces behind these */
    for (size_t i = 0; i < count; i++) {
        struct tcn_piece *piece = &c->pieces[i];
        if (strcmp(piece->name, "indicator") != 0 || piece->detect ||
            piece->cls != TCN_CLASS_TECH) {
            continue;
        }
        list = tcn_import_join(c->im, list, piece->values[1].text);
        list = tcn_import_join(c->im, list, tcn_view_str("\n"));
        if (++listed == LISTED_MAX) {
            tcn_collect_tool(c, TCN_CLASS_TECH,
                             tcn_view_str("not-for-detection"), list);
            list = tcn_view("", 0);
            listed = 0;
        }
    }
    if (listed > 0) {
        tcn_collect_tool(c, TCN_CLASS_TECH, tcn_view_str("not-for-detection"),
                         list);
    }
}

/* In their order. */
static void set_caveats(const struct tcn_collect *c, struct tcn_label *label)
{
    static const struct {
        uint8_t bit;
        const char *word;
    } rows[] = {{TCN_CAVEAT_NO_AUTOMATION, "no-automation"},
                {TCN_CAVEAT_NO_PARTNER, "no-partner"},
                {TCN_CAVEAT_ORCON, "orcon"}};
    label->caveat_mask = c->caveat_mask;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((c->caveat_mask & rows[i].bit) != 0) {
            label->caveats[label->caveat_count++] = tcn_view_str(rows[i].word);
        }
    }
}

static void set_header(struct tcn_collect *c, struct tcn_header *header)
{
    const struct tcn_import_options *options = c->im->options;
    struct tcn_view empty = tcn_view("", 0);
    header->kind = TCN_KIND_ALERT;
    header->kind_text = tcn_view_str("alert");
    header->created_ms = options->now_ms;
    header->expires_ms =
        options->now_ms +
        (options->life_ms > 0 ? options->life_ms : TCN_IMPORT_LIFE_MS);
    header->severity = c->severity;
    header->confidence = c->confidence;
    header->category = c->category;
    header->agreement = empty;
    header->exercise =
        options->exercise.len > 0 ? options->exercise : c->exercise;
    header->origin = empty;
}

void tcn_collect_emit(struct tcn_collect *c)
{
    /* Its fields are many, and each is set whole when it is put. */
    struct tcn_draft *draft = malloc(sizeof *draft);
    if (draft == NULL) {
        tcn_import_fail(c->im, TCN_ERR_NO_MEMORY, "out of memory");
        return;
    }
    memset(draft, 0, offsetof(struct tcn_draft, fields));
    struct layout l = {.c = c, .draft = draft};
    set_header(c, &draft->header);
    if (c->im->err == TCN_ERR_OK && set_label(c, &draft->header.label)) {
        struct tcn_id digest = digest_of(c, &draft->header.label);
        draft->source_digest = tcn_id_view(&digest);
        if (c->withdrawn) {
            lay_out_withdrawal(&l);
        } else {
            mark_detection(c);
            set_caveats(c, &draft->header.label);
            lay_out(&l);
        }
    }
    free(draft);
}
