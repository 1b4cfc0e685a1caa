#include "formats/text_out.h"

#include <stdio.h>
#include <stdlib.h>

static bool reserve(struct tcn_text *text, size_t more)
{
    if (text->failed || text->len + more + 1 <= text->cap) {
        return !text->failed;
    }
    size_t cap = (text->len + more + 1) * 2;
    char *grown = realloc(text->data, cap);
    if (grown == NULL) {
        text->failed = true;
        return false;
    }
    text->data = grown;
    text->cap = cap;
    return true;
}

void tcn_text_put(struct tcn_text *text, struct tcn_view bytes)
{
    if (reserve(text, bytes.len) && bytes.len > 0) {
        memcpy(text->data + text->len, bytes.data, bytes.len);
        text->len += bytes.len;
    }
    if (!text->failed) {
        text->data[text->len] = '\0';
    }
}

void tcn_text_put_str(struct tcn_text *text, const char *words)
{
    tcn_text_put(text, tcn_view_str(words));
}

void tcn_text_printf(struct tcn_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || !reserve(text, (size_t)n)) {
        text->failed = true;
        return;
    }
    va_start(args, format);
    (void)vsnprintf(text->data + text->len, (size_t)n + 1, format, args);
    va_end(args);
    text->len += (size_t)n;
}
