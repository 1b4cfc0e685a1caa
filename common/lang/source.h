/* Texts of the one language, and what is wrong with them. A problem names the
 * file, the line and the column, shows the line and puts a caret under the
 * offending text. */
#pragma once

#include "base/buf.h"
#include "base/err.h"

struct tcn_source {
    const char *name; /* file name for messages; borrowed */
    struct tcn_view text;
};

/* Where a token stands: source number, byte offset, length. */
struct tcn_span {
    uint32_t source;
    uint32_t offset;
    uint32_t len;
};

#define TCN_SOURCE_MAX (1024u * 1024u) /* bytes of one text */

#define TCN_PROBLEMS_MAX 20
#define TCN_PROBLEM_TEXT 200

struct tcn_problem {
    struct tcn_span span;
    enum tcn_err err;            /* SYNTAX, NOT_YET, ... */
    char text[TCN_PROBLEM_TEXT]; /* foreign text in it is escaped */
};

struct tcn_problems {
    size_t count; /* also those beyond the first TCN_PROBLEMS_MAX */
    struct tcn_problem list[TCN_PROBLEMS_MAX];
};

void tcn_problem_add(struct tcn_problems *problems, struct tcn_span span,
                     enum tcn_err err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Line and column, both from 1; the column counts characters. */
void tcn_source_place(const struct tcn_source *sources, struct tcn_span span,
                      unsigned *line, unsigned *column);

/* Appends the canonical text of a source: one statement a line, its tokens
 * separated by one blank, no comments. Agreements are hashed in this form; what
 * it writes it reads and writes the same again. SYNTAX, CAPACITY or NO_MEMORY
 * when the text cannot be cut into words. */
TCN_MUST_USE enum tcn_err tcn_lang_format(struct tcn_buf *out,
                                          const struct tcn_source *source,
                                          struct tcn_problems *problems);

/* Appends the text in one style: indented, one statement a line, longer ones
 * broken before their clauses, comments where they were. SYNTAX, CAPACITY or
 * NO_MEMORY as above. */
TCN_MUST_USE enum tcn_err tcn_lang_pretty(struct tcn_buf *out,
                                          const struct tcn_source *source,
                                          struct tcn_problems *problems);

/* Appends every problem as "file:line:column: text", the line, the caret, and a
 * last line "and N more" when there were more than fit. */
void tcn_problems_put(struct tcn_buf *out, const struct tcn_problems *problems,
                      const struct tcn_source *sources);
