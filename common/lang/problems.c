#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "lang/source.h"

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

static bool begins_character(uint8_t byte)
{
    return (byte & 0xc0) != 0x80;
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

/* The line as it is, with tabs as blanks so that the caret stands below. */
static void put_line(struct tcn_buf *out, struct tcn_view text,
                     struct tcn_span span)
{
    size_t from = line_start(text, span.offset);
    size_t to = line_end(text, span.offset);
    to = to - from > 160 ? from + 160 : to;
    tcn_buf_put_str(out, "    ");
    for (size_t i = from; i < to; i++) {
        if (text.data[i] == '\t') {
            tcn_buf_put_str(out, " ");
        } else {
            size_t next = i + 1;
            while (next < to && !begins_character(text.data[next])) {
                next++;
            }
            tcn_text_escape(out, tcn_view(text.data + i, next - i));
            i = next - 1;
        }
    }
    tcn_buf_put_str(out, "\n");
}

static void put_caret(struct tcn_buf *out, unsigned column,
                      struct tcn_span span)
{
    tcn_buf_printf(out, "    %*s^", (int)column - 1, "");
    for (uint32_t i = 1; i < span.len && i < 40; i++) {
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
    if (source->text.len > 0 && column <= 160) {
        put_line(out, source->text, problem->span);
        put_caret(out, column, problem->span);
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
