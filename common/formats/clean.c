#include "formats/clean.h"

#include "base/text.h"

static bool is_override(int point)
{
    return (point >= 0x202a && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

/* The forbidden character at the front of `text` (its length in *len), or -1.
 * The text is valid UTF-8, so leading bytes decide. */
static int forbidden(struct tcn_view text, size_t *len)
{
    const uint8_t *s = text.data;
    *len = 1;
    if (s[0] < 0x80) {
        bool control = s[0] < 0x20 || s[0] == 0x7f;
        return control && s[0] != '\n' && s[0] != '\t' ? s[0] : -1;
    }
    if (s[0] == 0xc2 && text.len > 1 && s[1] < 0xa0) {
        *len = 2;
        return s[1];
    }
    if (s[0] == 0xe2 && text.len > 2) {
        int point = 0x2000 | (s[1] & 0x3f) << 6 | (s[2] & 0x3f);
        *len = is_override(point) ? 3 : 1;
        return is_override(point) ? point : -1;
    }
    return -1;
}

/* Writes the text as the alert may carry it; overflow latches in `out`. */
static void rewrite(struct tcn_buf *out, struct tcn_view text, bool *changed)
{
    size_t at = 0;
    while (at < text.len) {
        size_t len;
        struct tcn_view rest = tcn_view(text.data + at, text.len - at);
        int point = forbidden(rest, &len);
        if (point < 0) {
            tcn_buf_put(out, rest.data, len);
        } else if (point == '\r' && rest.len > 1 && rest.data[1] == '\n') {
            tcn_buf_put_str(out, "\n");
            len = 2;
        } else {
            tcn_buf_printf(out, "\\u{%04x}", (unsigned)point);
            *changed = true;
        }
        at += len;
    }
}

/* How many characters of the text are forbidden. */
static size_t count_forbidden(struct tcn_view text)
{
    size_t count = 0;
    size_t len;
    for (size_t at = 0; at < text.len; at += len) {
        count += forbidden(tcn_view(text.data + at, text.len - at), &len) >= 0;
    }
    return count;
}

struct tcn_view tcn_import_clean(struct tcn_import *im, struct tcn_view text,
                                 bool *changed)
{
    *changed = false;
    if (tcn_text_check(text) == TCN_ERR_OK) {
        return text;
    }
    /* Room for "\u{0001}" in place of each, and for printf's NUL. */
    size_t cap = text.len + 8 * count_forbidden(text) + 1;
    uint8_t *room = tcn_import_take(im, cap);
    if (room == NULL) {
        return tcn_view("", 0);
    }
    struct tcn_buf out = tcn_buf(room, cap);
    rewrite(&out, text, changed);
    return tcn_buf_view(&out);
}

struct tcn_view tcn_import_prefix(struct tcn_view text, size_t max)
{
    if (text.len <= max) {
        return text;
    }
    size_t len = max;
    while (len > 0 && (text.data[len] & 0xc0) == 0x80) {
        len--;
    }
    return tcn_view(text.data, len);
}
