#include "base/buf.h"

#include <stdio.h>

#include "base/assert.h"

void tcn_buf_put(struct tcn_buf *buf, const void *data, size_t len)
{
    if (len > buf->cap - buf->len) {
        buf->full = true;
        return;
    }
    if (len > 0) {
        memcpy(buf->data + buf->len, data, len);
        buf->len += len;
    }
}

void tcn_buf_put_str(struct tcn_buf *buf, const char *text)
{
    tcn_buf_put(buf, text, strlen(text));
}

void tcn_buf_printf(struct tcn_buf *buf, const char *format, ...)
{
    size_t room = buf->cap - buf->len;
    va_list args;
    va_start(args, format);
    int n = vsnprintf((char *)buf->data + buf->len, room, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= room) {
        buf->full = true;
        return;
    }
    buf->len += (size_t)n;
}

const char *tcn_buf_text(struct tcn_buf *buf)
{
    tcn_assert(buf->cap > 0);
    size_t end = buf->len < buf->cap ? buf->len : buf->cap - 1;
    buf->data[end] = '\0';
    return (const char *)buf->data;
}
