/* One running import: what was asked, what is found, and the first error, which
 * latches: after it every further step does nothing and the import ends. */
#pragma once

#include "formats/arena.h"
#include "formats/import.h"

struct tcn_import {
    const struct tcn_import_options *options;
    const struct tcn_import_sink *sink;
    struct tcn_import_report *report;
    struct tcn_arena arena;
    size_t notices_cap;
    enum tcn_err err;
    bool stopped; /* by what the sink said */
};

/* Latches an error with its sentence; the first one stays. */
void tcn_import_fail(struct tcn_import *im, enum tcn_err err,
                     const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a line to the notices. Foreign text must come in through %s of
 * tcn_import_shown(). */
void tcn_import_notice(struct tcn_import *im, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Counts pieces as left out; `format` gives their kind and why, short. Foreign
 * text must come in through %s of tcn_import_shown(). */
void tcn_import_leave(struct tcn_import *im, uint64_t count, const char *format,
                      ...) __attribute__((format(printf, 3, 4)));

/* Foreign text made safe and short enough for one line; arena memory. */
const char *tcn_import_shown(struct tcn_import *im, struct tcn_view text);

/* The same of the first 32 bytes, for the words of a format. */
const char *tcn_import_word(struct tcn_import *im, struct tcn_view text);

/* Memory from the arena; latches NO_MEMORY and gives NULL. */
void *tcn_import_take(struct tcn_import *im, size_t len);

/* A text from the arena, in printf form; an empty view after an error. */
struct tcn_view tcn_import_text(struct tcn_import *im, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Two texts in a row. */
struct tcn_view tcn_import_join(struct tcn_import *im, struct tcn_view a,
                                struct tcn_view b);
