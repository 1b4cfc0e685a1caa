/* The writing side of own.c. */
#include "formats/own.h"

static bool is(const struct tcn_draft_field *field, const char *name,
               unsigned values)
{
    return tcn_view_is(field->name, name) && field->value_count == values;
}

static bool is_plain(const struct tcn_draft_field *field)
{
    static const char *const names[] = {
        "title",  "recommendation", "reason",  "technique",  "reference",
        "source", "victim",         "contact", "description"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (is(field, names[i], 1) && !field->is_list) {
            return true;
        }
    }
    return false;
}

/* How many values the key holds. */
static unsigned put_key(struct tcn_text *key, const struct tcn_told *told,
                        const struct tcn_draft_field *field)
{
    char room[24];
    struct tcn_view first = tcn_told_value(field, 0, room);
    if (is(field, "indicator", 2)) {
        char other[24];
        bool detects = tcn_told_detects(told, tcn_told_value(field, 1, other));
        tcn_text_put_str(key, detects ? "indicator:" : "observable:");
        tcn_text_put(key, first);
        return 1;
    }
    if (is(field, "tool", 2)) {
        tcn_text_put_str(key, "tool:");
        tcn_text_put(key, first);
        return 1;
    }
    if (is(field, "actor", 3)) {
        tcn_text_put_str(key, "actor:");
        tcn_text_put(key, tcn_told_value(field, 1, room));
        tcn_text_put_str(key, ":");
        tcn_text_put(key, tcn_told_value(field, 2, room));
        return 3;
    }
    if (!is_plain(field)) {
        tcn_text_put_str(key, "tool:field:");
    }
    tcn_text_put(key, field->name);
    return 0;
}

void tcn_own_put(struct tcn_text *key, struct tcn_text *value,
                 const struct tcn_told *told,
                 const struct tcn_draft_field *field)
{
    char room[24];
    size_t before = key->len;
    unsigned held = put_key(key, told, field);
    bool escapes = !key->failed && key->len > before &&
                   memchr(key->data + before, '@', key->len - before) != NULL;
    bool tool = !key->failed && key->len - before > 5 &&
                memcmp(key->data + before, "tool:", 5) == 0;
    enum tcn_class own =
        tcn_field_class(tool ? tcn_view_str("tool") : field->name);
    /* Where the key has an '@' of its own, the class is always said. */
    if (field->cls != own || escapes) {
        tcn_text_printf(key, "@%s", tcn_class_word(field->cls));
    }
    if (held == 3) {
        tcn_text_put(value, tcn_told_value(field, 0, room));
        return;
    }
    for (unsigned i = held; i < field->value_count; i++) {
        tcn_text_put_str(value, i > held ? " " : "");
        tcn_text_put(value, tcn_told_value(field, i, room));
    }
}
