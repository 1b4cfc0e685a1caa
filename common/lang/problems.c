#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "lang/source.h"

static bool begins_character(uint8_t byte)
{
    return (byte & 0xc0) != 0x80;
}

/* A text that was cut off does not end within a character. */
static void drop_half_character(char *text)
{
    size_t len = strlen(text);
    size_t at = len;
    while (at > 0 && !begins_character((uint8_t)text[at - 1])) {
        at--;
    }
    if (at > 0 && !tcn_text_is_utf8(tcn_view(text + at - 1, len - at + 1))) {
        text[at - 1] = '\0';
    }
}

void tcn_problem_add(struct tcn_problems *problems, struct tcn_span span,
                     enum tcn_err err, const char *format, ...)
{
    if (problems->count++ >= TCN_PROBLEMS_MAX) {
        return;
    }
    struct tcn_problem *problem = &problems->list[problems->count - 1];
    problem->span = span;
    problem->err = err;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(problem->text, sizeof problem->text, format, args);
    va_end(args);
    drop_half_character(problem->text);
}

static size_t line_start(struct tcn_view text, size_t at)
{
    while (at > 0 && text.data[at - 1] != '\n') {
        at--;
    }
    return at;
}

static size_t line_end(struct tcn_view text, size_t at)
{
    while (at < text.len && text.data[at] != '\n') {
        at++;
    }
    return at;
}

void tcn_source_place(const struct tcn_source *sources, struct tcn_span span,
                      unsigned *line, unsigned *column)
{
    struct tcn_view text = sources[span.source].text;
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < span.offset && i < text.len; i++) {
        if (text.data[i] == '\n') {
            (*line)++;
            *column = 1;
        } else if (begins_character(text.data[i])) {
            (*column)++;
        }
    }
}

#define SHOWN_MAX 160 /* bytes of a line */

/* The part of the line that is shown: the span stands within it. */
static void find_window(struct tcn_view text, struct tcn_span span,
                        size_t *from, size_t *to)
{
    *from = line_start(text, span.offset);
    *to = line_end(text, span.offset);
    if (*to > *from && text.data[*to - 1] == '\r') {
        (*to)--;
    }
    if (*to - *from > SHOWN_MAX) {
        size_t before = span.offset > SHOWN_MAX / 2 ? SHOWN_MAX / 2 : 0;
        size_t start = span.offset - before;
        *from = start > *from ? start : *from;
        *to = *to - *from > SHOWN_MAX ? *from + SHOWN_MAX : *to;
    }
    while (*from < span.offset && !begins_character(text.data[*from])) {
        (*from)++;
    }
    while (*to > *from && *to < text.len && !begins_character(text.data[*to])) {
        (*to)--;
    }
}

/* One character, escaped; a tab as a blank, so that the caret stands below.
 * Returns the columns it takes. */
static unsigned put_character(struct tcn_buf *out, struct tcn_view character)
{
    size_t from = out->len;
    unsigned columns = 0;
    if (character.data[0] == '\t') {
        tcn_buf_put_str(out, " ");
    } else {
        tcn_text_escape(out, character);
    }
    for (size_t i = from; i < out->len; i++) {
        columns += begins_character(out->data[i]);
    }
    return columns;
}

/* The line, and below it a caret under the span. */
static void put_line(struct tcn_buf *out, struct tcn_view text,
                     struct tcn_span span)
{
    size_t from, to;
    unsigned before = 0;
    unsigned below = 0;
    find_window(text, span, &from, &to);
    tcn_buf_put_str(out, "    ");
    while (from < to) {
        size_t next = from + 1;
        while (next < to && !begins_character(text.data[next])) {
            next++;
        }
        unsigned columns =
            put_character(out, tcn_view(text.data + from, next - from));
        before += from < span.offset ? columns : 0;
        bool inside = from >= span.offset && from < span.offset + span.len;
        below += inside ? columns : 0;
        from = next;
    }
    tcn_buf_printf(out, "\n    %*s^", (int)before, "");
    for (unsigned i = 1; i < below; i++) {
        tcn_buf_put_str(out, "~");
    }
    tcn_buf_put_str(out, "\n");
}

static void put_problem(struct tcn_buf *out, const struct tcn_problem *problem,
                        const struct tcn_source *sources)
{
    unsigned line, column;
    const struct tcn_source *source = &sources[problem->span.source];
    tcn_source_place(sources, problem->span, &line, &column);
    tcn_text_escape(out, tcn_view_str(source->name));
    tcn_buf_printf(out, ":%u:%u: %s\n", line, column, problem->text);
    if (source->text.len > 0) {
        put_line(out, source->text, problem->span);
    }
}

void tcn_problems_put(struct tcn_buf *out, const struct tcn_problems *problems,
                      const struct tcn_source *sources)
{
    for (size_t i = 0; i < problems->count && i < TCN_PROBLEMS_MAX; i++) {
        put_problem(out, &problems->list[i], sources);
    }
    if (problems->count > TCN_PROBLEMS_MAX) {
        tcn_buf_printf(out, "and %zu more\n",
                       problems->count - TCN_PROBLEMS_MAX);
    }
}
