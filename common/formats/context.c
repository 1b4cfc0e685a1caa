#include "formats/context.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#define SHOWN_MAX 120

void tcn_import_fail(struct tcn_import *im, enum tcn_err err,
                     const char *format, ...)
{
    if (im->err != TCN_ERR_OK) {
        return;
    }
    im->err = err;
    va_list args;
    va_start(args, format);
    vsnprintf(im->report->message, sizeof im->report->message, format, args);
    va_end(args);
}

void *tcn_import_take(struct tcn_import *im, size_t len)
{
    void *memory = tcn_arena_take(&im->arena, len > 0 ? len : 1);
    if (memory == NULL) {
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
    }
    return memory;
}

const char *tcn_import_shown(struct tcn_import *im, struct tcn_view text)
{
    static const char ending[] = "...";
    size_t cap = SHOWN_MAX + sizeof ending;
    char *out = tcn_import_take(im, cap);
    if (out == NULL) {
        return "";
    }
    /* Each character alone: the longest escape stays whole or is left out. */
    struct tcn_buf buf = tcn_buf(out, SHOWN_MAX);
    size_t at = 0;
    while (at < text.len && !buf.full) {
        size_t len = 1;
        while (at + len < text.len && (text.data[at + len] & 0xc0) == 0x80) {
            len++;
        }
        tcn_text_escape(&buf, tcn_view(text.data + at, len));
        at += len;
    }
    bool cut = buf.full;
    buf = (struct tcn_buf){.data = buf.data, .cap = cap, .len = buf.len};
    if (cut) {
        tcn_buf_put_str(&buf, ending);
    }
    return tcn_buf_text(&buf);
}

/* Makes room for one more line of notices. */
static bool notice_room(struct tcn_import *im, size_t need)
{
    struct tcn_import_report *report = im->report;
    if (report->notices_len + need <= im->notices_cap) {
        return true;
    }
    size_t cap = (im->notices_cap + need) * 2;
    char *grown = realloc(report->notices, cap);
    if (grown == NULL) {
        tcn_import_fail(im, TCN_ERR_NO_MEMORY, "out of memory");
        return false;
    }
    report->notices = grown;
    im->notices_cap = cap;
    return true;
}

void tcn_import_notice(struct tcn_import *im, const char *format, ...)
{
    struct tcn_import_report *report = im->report;
    if (report->notice_count >= TCN_IMPORT_NOTICES_MAX) {
        report->notices_unsaid++;
        return;
    }
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n < 0) {
        return;
    }
    size_t len = (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
    if (notice_room(im, len + 2)) {
        memcpy(report->notices + report->notices_len, line, len);
        memcpy(report->notices + report->notices_len + len, "\n", 2);
        report->notices_len += len + 1;
        report->notice_count++;
    }
}

struct tcn_view tcn_import_text(struct tcn_import *im, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *out = n < 0 ? NULL : tcn_import_take(im, (size_t)n + 1);
    if (out == NULL) {
        return tcn_view("", 0);
    }
    va_start(args, format);
    vsnprintf(out, (size_t)n + 1, format, args);
    va_end(args);
    return tcn_view(out, (size_t)n);
}

struct tcn_view tcn_import_join(struct tcn_import *im, struct tcn_view a,
                                struct tcn_view b)
{
    uint8_t *out = tcn_import_take(im, a.len + b.len);
    if (out == NULL) {
        return tcn_view("", 0);
    }
    memcpy(out, a.len > 0 ? a.data : (const uint8_t *)"", a.len);
    memcpy(out + a.len, b.len > 0 ? b.data : (const uint8_t *)"", b.len);
    return tcn_view(out, a.len + b.len);
}
