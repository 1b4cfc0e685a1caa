/* What a program says about itself: one table gives --help, the reading of its
 * options, and its page of the manual. */
#pragma once

#include <stddef.h>

struct tcn_usage_option {
    const char *name;     /* without the dashes */
    const char *argument; /* NULL = a flag */
    const char *help;
};

/* Terms of further sections of the manual: FILES, SIGNALS ... */
struct tcn_usage_row {
    const char *section; /* NULL = the one of the row before */
    const char *term;
    const char *text;
};

struct tcn_usage {
    const char *program;
    const char *synopsis; /* "[--config FILE]" */
    const char *summary;  /* behind its name: "a node of the mesh" */
    const char *text;     /* lines of --help and of the description */
    const char *more;     /* paragraphs of the manual only, or NULL */
    const struct tcn_usage_option *options;
    size_t option_count;
    const struct tcn_usage_row *rows;
    size_t row_count;
    const char *see_also;      /* "tocsin (1), tocsind (8)" */
    void (*man_section)(void); /* writes one more section, or NULL */
};

/* Options of argv: values[i] belongs to option i; "" for a flag, NULL when it
 * was not given. -1 = go on, otherwise the exit code: --help, --version and
 * --man (the page for the manual) are carried out, wrong words are named. */
int tcn_usage_read(const struct tcn_usage *usage, int argc, char **argv,
                   const char **values);
/* Says what is wrong with a value; returns the exit code. */
int tcn_usage_wrong(const struct tcn_usage *usage, const char *word,
                    const char *why);

/* Parts of a page of the manual: text escaped for it, and sections of terms. */
void tcn_man_text(const char *text);
void tcn_man_rows(const struct tcn_usage_row *rows, size_t count);
