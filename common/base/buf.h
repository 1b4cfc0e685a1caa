/* A bounded writer over memory that the caller owns. It latches overflow:
 * write everything, then look at `full` once. */
#pragma once

#include <stdarg.h>

#include "base/view.h"

struct tcn_buf {
    uint8_t *data;
    size_t cap;
    size_t len;
    bool full; /* something did not fit; the contents are not to be used */
};

static inline struct tcn_buf tcn_buf(void *data, size_t cap)
{
    return (struct tcn_buf){.data = data, .cap = cap};
}

static inline struct tcn_view tcn_buf_view(const struct tcn_buf *buf)
{
    return tcn_view(buf->data, buf->len);
}

void tcn_buf_put(struct tcn_buf *buf, const void *data, size_t len);
void tcn_buf_put_str(struct tcn_buf *buf, const char *text);
void tcn_buf_printf(struct tcn_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* NUL-terminates and returns the text; truncates rather than overflows. The
 * buffer must have a capacity of at least 1. */
const char *tcn_buf_text(struct tcn_buf *buf);
