#include "formats/collect.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "formats/category.h"
#include "formats/clean.h"
#include "formats/indicator.h"
#include "formats/json.h"

#define TITLE_MAX 240
#define KEY_MAX   512 /* of a source's own id */
#define KEY_HEAD  64
#define TEXT_MAX  ((size_t)12 * 1024) /* of one field's value */

/* A source's id as a key: without what an alert may not carry, and a hash where
 * it is longer than an id can be. */
static struct tcn_view as_key(struct tcn_import *im, struct tcn_view key)
{
    bool changed;
    struct tcn_view clean = tcn_import_clean(im, key, &changed);
    if (clean.len <= KEY_MAX) {
        return clean;
    }
    char text[65];
    struct tcn_id hash = tcn_hash(TCN_PERSONAL_THREAD, clean);
    struct tcn_buf hex = tcn_buf(text, sizeof text);
    tcn_text_hex(&hex, tcn_id_view(&hash));
    struct tcn_view head = tcn_import_prefix(clean, KEY_HEAD);
    return tcn_import_text(im, "%.*s...%s", (int)head.len,
                           (const char *)head.data, tcn_buf_text(&hex));
}

void tcn_collect_init(struct tcn_collect *c, struct tcn_import *im,
                      const char *what, struct tcn_view source_key)
{
    *c = (struct tcn_collect){.im = im,
                              .what = what,
                              .source_key = as_key(im, source_key),
                              .category = tcn_view_str("other/other"),
                              .severity = TCN_SEVERITY_MEDIUM,
                              .confidence = 50,
                              .tlp = -1,
                              .pap = -1,
                              .marked = TCN_CLASS_COUNT,
                              .exercise = tcn_view("", 0),
                              .seen = json_object()};
    if (c->seen == NULL) {
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
    }
}

void tcn_collect_replaces(struct tcn_collect *c, struct tcn_view source_key)
{
    if (c->replaces_count == TCN_REPLACES_MAX) {
        tcn_import_notice(c->im,
                          "%s names more than %d earlier messages: the "
                          "first ones count",
                          c->what, TCN_REPLACES_MAX);
        return;
    }
    c->replaces[c->replaces_count++] = as_key(c->im, source_key);
}

void tcn_collect_fini(struct tcn_collect *c)
{
    json_decref(c->seen);
    free(c->pieces);
}

static void no_memory(struct tcn_collect *c)
{
    tcn_import_fail(c->im, TCN_ERR_NO_MEMORY, "out of memory");
}

/* The key under which equal pieces meet: name and values, each with its length
 * before it. */
static struct tcn_view piece_key(struct tcn_collect *c,
                                 const struct tcn_piece *piece)
{
    size_t cap = 32 + strlen(piece->name);
    for (unsigned i = 0; i < piece->value_count; i++) {
        cap += 32 + piece->values[i].text.len;
    }
    void *room = tcn_import_take(c->im, cap);
    struct tcn_buf out = tcn_buf(room, room ? cap : 0);
    if (room != NULL) {
        tcn_buf_put_str(&out, piece->name);
        for (unsigned i = 0; i < piece->value_count; i++) {
            const struct tcn_draft_value *value = &piece->values[i];
            tcn_buf_printf(&out, "|%zu|%llu|", value->text.len,
                           (unsigned long long)value->number);
            tcn_buf_put(&out, value->text.data, value->text.len);
        }
    }
    return tcn_buf_view(&out);
}

static bool grow(struct tcn_collect *c)
{
    if (c->count >= TCN_IMPORT_FIELDS_MAX) {
        tcn_import_fail(c->im, TCN_ERR_SIZE, "%s gives more than %u fields",
                        c->what, TCN_IMPORT_FIELDS_MAX);
        return false;
    }
    if (c->count < c->cap) {
        return true;
    }
    size_t cap = c->cap > 0 ? c->cap * 2 : 64;
    struct tcn_piece *grown = realloc(c->pieces, cap * sizeof *grown);
    if (grown == NULL) {
        no_memory(c);
        return false;
    }
    c->pieces = grown;
    c->cap = cap;
    return true;
}

/* The one of two classes that fewer may see. */
static uint8_t stricter(uint8_t a, uint8_t b)
{
    static const uint8_t rank[TCN_CLASS_COUNT] = {
        [TCN_CLASS_TECH] = 1,  [TCN_CLASS_SOURCE] = 2, [TCN_CLASS_FREE] = 3,
        [TCN_CLASS_ACTOR] = 4, [TCN_CLASS_VICTIM] = 5, [TCN_CLASS_PERSONAL] = 6,
    };
    return rank[a] >= rank[b] ? a : b;
}

/* Whether an equal piece is there; it takes on what the new one has beyond it:
 * a stricter class, and being for detection. Otherwise the piece will be the
 * next one. */
static bool is_known_piece(struct tcn_collect *c, const struct tcn_piece *piece)
{
    struct tcn_view key = piece_key(c, piece);
    const char *text = (const char *)key.data;
    json_t *at = json_object_getn(c->seen, text, key.len);
    if (at != NULL) {
        struct tcn_piece *same = &c->pieces[json_integer_value(at)];
        same->detect |= piece->detect;
        same->cls = stricter(same->cls, piece->cls);
        return true;
    }
    json_t *index = json_integer((json_int_t)c->count);
    if (json_object_setn_new_nocheck(c->seen, text, key.len, index) != 0) {
        no_memory(c);
    }
    return false;
}

/* Adds the piece, or joins it with an equal one. */
static void add(struct tcn_collect *c, struct tcn_piece piece)
{
    if (c->im->err != TCN_ERR_OK) {
        return;
    }
    if (c->marked < TCN_CLASS_COUNT) {
        piece.cls = stricter(piece.cls, c->marked);
    }
    if (!piece.part && is_known_piece(c, &piece)) {
        return;
    }
    if (grow(c)) {
        c->pieces[c->count++] = piece;
    }
}

/* A text as a value of an alert, and a notice when it had to be rewritten. */
static struct tcn_view as_value(struct tcn_collect *c, struct tcn_view text,
                                bool *changed)
{
    struct tcn_view clean = tcn_import_clean(c->im, text, changed);
    if (*changed) {
        tcn_import_notice(c->im,
                          "control or direction characters made "
                          "visible: \"%s\"",
                          tcn_import_shown(c->im, text));
    }
    return clean;
}

/* One or two values; `part`: of a longer text, so it stands beside an equal
 * one. */
struct texts {
    struct tcn_view at[2];
    unsigned count;
    bool part;
};

static void add_texts(struct tcn_collect *c, const char *name, unsigned cls,
                      const struct texts *texts)
{
    struct tcn_draft_value *values =
        tcn_import_take(c->im, texts->count * sizeof *values);
    if (values == NULL) {
        return;
    }
    for (unsigned i = 0; i < texts->count; i++) {
        values[i].text = texts->at[i];
    }
    if (cls == TCN_CLASS_COUNT) {
        cls = tcn_field_class(tcn_view_str(name));
    }
    add(c, (struct tcn_piece){.name = name,
                              .cls = (uint8_t)cls,
                              .part = texts->part,
                              .value_count = (uint8_t)texts->count,
                              .values = values});
}

void tcn_collect_title(struct tcn_collect *c, struct tcn_view title)
{
    bool changed;
    struct tcn_view clean = as_value(c, title, &changed);
    struct tcn_view shown = tcn_import_prefix(clean, TITLE_MAX);
    uint8_t *line = tcn_import_take(c->im, shown.len + 3);
    if (line == NULL) {
        return;
    }
    for (size_t i = 0; i < shown.len; i++) {
        uint8_t byte = shown.data[i];
        line[i] = byte == '\n' || byte == '\t' ? ' ' : byte;
    }
    c->title = tcn_view(line, shown.len);
    if (shown.len < clean.len) {
        memcpy(line + shown.len, "...", 3);
        c->title.len += 3;
        tcn_collect_text(c, "description", TCN_CLASS_COUNT, clean);
    }
}

void tcn_collect_text(struct tcn_collect *c, const char *name, unsigned cls,
                      struct tcn_view text)
{
    if (text.len == 0) {
        return;
    }
    bool changed;
    struct tcn_view rest = as_value(c, text, &changed);
    c->im->report->placed++;
    struct texts texts = {.count = 1, .part = rest.len > TEXT_MAX};
    while (rest.len > 0) {
        texts.at[0] = tcn_import_prefix(rest, TEXT_MAX);
        add_texts(c, name, cls, &texts);
        rest =
            tcn_view(rest.data + texts.at[0].len, rest.len - texts.at[0].len);
    }
}

void tcn_collect_tool(struct tcn_collect *c, unsigned cls, struct tcn_view name,
                      struct tcn_view value)
{
    bool changed;
    if (value.len == 0) {
        return;
    }
    struct tcn_view label =
        tcn_import_prefix(as_value(c, name, &changed), TITLE_MAX);
    struct tcn_view rest = as_value(c, value, &changed);
    if (rest.data == NULL) { /* after an error there is nothing to point to */
        rest = tcn_view("", 0);
    }
    struct texts texts = {
        .at = {label}, .count = 2, .part = rest.len > TEXT_MAX};
    c->im->report->kept_as_tool++;
    do {
        texts.at[1] = tcn_import_prefix(rest, TEXT_MAX);
        add_texts(c, "tool", cls, &texts);
        rest =
            tcn_view(rest.data + texts.at[1].len, rest.len - texts.at[1].len);
    } while (rest.len > 0);
}

bool tcn_collect_indicator(struct tcn_collect *c, unsigned cls,
                           const char *type, struct tcn_view value, bool detect)
{
    bool changed = false;
    struct tcn_view clean = tcn_import_clean(c->im, value, &changed);
    const char *found = changed || clean.len > TEXT_MAX
                            ? NULL
                            : tcn_indicator_type(type, &clean);
    if (found == NULL) {
        tcn_import_notice(c->im, "not a plain %s, kept as a tool field: \"%s\"",
                          type, tcn_import_shown(c->im, value));
        bool sensitive = cls != TCN_CLASS_COUNT && cls != TCN_CLASS_TECH;
        tcn_collect_tool(c, sensitive ? cls : TCN_CLASS_COUNT,
                         tcn_view_str(type), value);
        return false;
    }
    struct tcn_draft_value *values = tcn_import_take(c->im, 2 * sizeof *values);
    if (values == NULL) {
        return false;
    }
    values[0].text = tcn_view_str(found);
    values[1].text = clean;
    unsigned own = cls == TCN_CLASS_COUNT ? TCN_CLASS_TECH : cls;
    add(c, (struct tcn_piece){.name = "indicator",
                              .cls = (uint8_t)own,
                              .detect = detect,
                              .value_count = 2,
                              .values = values});
    c->im->report->placed++;
    return true;
}

void tcn_collect_actor(struct tcn_collect *c, struct tcn_view name,
                       uint64_t confidence, const char *method)
{
    struct tcn_draft_value *values = tcn_import_take(c->im, 3 * sizeof *values);
    if (values == NULL || name.len == 0) {
        return;
    }
    bool changed;
    values[0].text = tcn_import_prefix(as_value(c, name, &changed), TITLE_MAX);
    values[1].number = confidence;
    values[1].is_number = true;
    values[2].text = tcn_view_str(method);
    add(c, (struct tcn_piece){.name = "actor",
                              .cls = TCN_CLASS_ACTOR,
                              .value_count = 3,
                              .values = values});
    c->im->report->placed++;
}

bool tcn_collect_category(struct tcn_collect *c, struct tcn_view word)
{
    unsigned rank;
    const char *category = tcn_category_of(word, &rank);
    if (rank > c->category_rank) {
        c->category = tcn_view_str(category);
        c->category_rank = rank;
    }
    return category != NULL;
}

bool tcn_collect_rsit(struct tcn_collect *c, struct tcn_view category)
{
    const uint8_t *slash =
        category.len > 0 ? memchr(category.data, '/', category.len) : NULL;
    size_t len = slash != NULL ? (size_t)(slash - category.data) : 0;
    const char *found =
        slash == NULL
            ? NULL
            : tcn_category_rsit(tcn_view(category.data, len),
                                tcn_view(slash + 1, category.len - len - 1));
    if (found != NULL) {
        c->category = tcn_view_str(found);
        c->category_rank = 100;
    }
    return found != NULL;
}

static bool is_empty(const json_t *json)
{
    return json_is_null(json) || json_is_false(json) ||
           (json_is_string(json) && json_string_length(json) == 0) ||
           (json_is_array(json) && json_array_size(json) == 0) ||
           (json_is_object(json) && json_object_size(json) == 0);
}

static bool is_known(const char *key, const char *const *known)
{
    while (*known != NULL && strcmp(*known, key) != 0) {
        known++;
    }
    return *known != NULL;
}

void tcn_collect_leftover(struct tcn_collect *c, unsigned cls,
                          struct tcn_view label, json_t *object,
                          const char *const *known)
{
    json_t *left = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (!is_known(key, known) && !is_empty(value)) {
            json_object_set_nocheck(left, key, value);
        }
    }
    if (json_object_size(left) > 0) {
        tcn_collect_tool(c, cls, label, tcn_json_dump(c->im, left));
    }
    json_decref(left);
}

void tcn_collect_tlp(struct tcn_collect *c, int tlp)
{
    c->tlp = tlp > c->tlp ? tlp : c->tlp;
}

void tcn_collect_pap(struct tcn_collect *c, int pap)
{
    c->pap = pap > c->pap ? pap : c->pap;
}

void tcn_collect_unknown_marking(struct tcn_collect *c, struct tcn_view marking)
{
    tcn_import_notice(c->im, "unknown marking, taken as TLP:RED: \"%s\"",
                      tcn_import_shown(c->im, marking));
    tcn_collect_tlp(c, TCN_TLP_RED);
}

void tcn_collect_caveat(struct tcn_collect *c, struct tcn_view caveat)
{
    if (tcn_view_is(caveat, "no-automation")) {
        return; /* follows from what is not for detection */
    }
    if (tcn_view_is(caveat, "no-partner")) {
        c->caveat_mask |= TCN_CAVEAT_NO_PARTNER;
        return;
    }
    c->caveat_mask |= TCN_CAVEAT_ORCON;
    if (!tcn_view_is(caveat, "orcon")) {
        tcn_import_notice(c->im, "unknown caveat, taken as orcon: \"%s\"",
                          tcn_import_shown(c->im, caveat));
    }
}

void tcn_collect_limits(struct tcn_collect *c, struct tcn_view onward,
                        struct tcn_view exercise)
{
    if (onward.len > 0 && tcn_onward_find(onward) <= TCN_ONWARD_NONE) {
        c->no_onward = true;
    }
    if (exercise.len > 0) {
        bool plain = tcn_text_is_word(exercise, 1, TCN_NAME_MAX, true);
        c->exercise = plain ? exercise : tcn_view_str("exercise");
    }
}
