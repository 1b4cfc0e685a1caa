#include "formats/context.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "formats/clean.h"

#define SHOWN_MAX 120
#define WORD_MAX  32

/* printf into a line of fixed size; a character that does not fit whole is not
 * there at all. */
static size_t put_line(char *out, size_t cap, const char *format, va_list args)
{
    int n = vsnprintf(out, cap, format, args);
    size_t len = n > 0 ? (size_t)n : 0;
    if (len >= cap) {
        len = cap - 1;
        while (len > 0 && (out[len - 1] & 0x80) != 0) {
            len--;
        }
    }
    out[len] = '\0';
    return len;
}

void tcn_import_fail(struct tcn_import *im, enum tcn_err err,
                     const char *format, ...)
{
    if (im->err != TCN_ERR_OK) {
        return;
    }
    im->err = err;
    va_list args;
    va_start(args, format);
    (void)put_line(im->report->message, sizeof im->report->message, format,
                   args);
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

const char *tcn_import_word(struct tcn_import *im, struct tcn_view text)
{
    return tcn_import_shown(im, tcn_import_prefix(text, WORD_MAX));
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
    size_t len = put_line(line, sizeof line, format, args);
    va_end(args);
    if (notice_room(im, len + 2)) {
        memcpy(report->notices + report->notices_len, line, len);
        memcpy(report->notices + report->notices_len + len, "\n", 2);
        report->notices_len += len + 1;
        report->notice_count++;
    }
}

/* The row of that kind; when all are in use the last one, of any. */
static struct tcn_import_left *left_row(struct tcn_import_report *report,
                                        const char *what)
{
    unsigned at = 0;
    while (at < report->left_count &&
           strcmp(report->left[at].what, what) != 0) {
        at++;
    }
    if (at < report->left_count) {
        return &report->left[at];
    }
    bool full = at + 1 >= TCN_IMPORT_KINDS_MAX;
    struct tcn_import_left *row =
        &report->left[full ? TCN_IMPORT_KINDS_MAX - 1 : at];
    if (report->left_count < TCN_IMPORT_KINDS_MAX) {
        report->left_count++;
        (void)snprintf(row->what, sizeof row->what, "%s",
                       full ? "of further kinds" : what);
    }
    return row;
}

void tcn_import_leave(struct tcn_import *im, uint64_t count, const char *format,
                      ...)
{
    char what[TCN_IMPORT_KIND_TEXT];
    if (count == 0) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)put_line(what, sizeof what, format, args);
    va_end(args);
    im->report->skipped += (unsigned)count;
    left_row(im->report, what)->count += count;
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
