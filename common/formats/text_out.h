/* A text that grows as it is written. It latches running out of memory: write
 * everything, then look once. */
#pragma once

#include <stdarg.h>

#include "base/view.h"

struct tcn_text {
    char *data; /* NUL-terminated once something was put; free() */
    size_t len;
    size_t cap;
    bool failed;
};

void tcn_text_put(struct tcn_text *text, struct tcn_view bytes);
void tcn_text_put_str(struct tcn_text *text, const char *words);
void tcn_text_printf(struct tcn_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline struct tcn_view tcn_text_view(const struct tcn_text *text)
{
    return tcn_view(text->data != NULL ? text->data : "", text->len);
}
