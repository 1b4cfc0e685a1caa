#include "formats/json_scan.h"

#include "base/text.h"

void tcn_json_place(struct tcn_import_report *report, struct tcn_view bytes,
                    size_t offset)
{
    report->line = 1;
    report->column = 1;
    for (size_t i = 0; i < offset && i < bytes.len; i++) {
        if (bytes.data[i] == '\n') {
            report->line++;
            report->column = 1;
        } else if ((bytes.data[i] & 0xc0) != 0x80) {
            report->column++;
        }
    }
}

struct scan {
    struct tcn_import *im;
    struct tcn_view bytes;
    size_t at;
    unsigned depth;
    unsigned values;
    size_t key_at; /* where the last string began, and its length: */
    size_t key_len;
};

static void place(struct scan *s, size_t at)
{
    if (s->im->err == TCN_ERR_OK) {
        tcn_json_place(s->im->report, s->bytes, at);
    }
}

size_t tcn_json_bad_utf8(struct tcn_view bytes)
{
    size_t at = 0;
    while (at < bytes.len) {
        size_t next = at + 1;
        while (next < bytes.len && (bytes.data[next] & 0xc0) == 0x80) {
            next++;
        }
        bool ascii = bytes.data[at] < 0x80 && next == at + 1;
        if (!ascii && !tcn_text_is_utf8(tcn_view(bytes.data + at, next - at))) {
            return at;
        }
        at = next;
    }
    return at;
}

/* Passes over a string; s->at is behind its opening quote. */
static void pass_string(struct scan *s)
{
    size_t start = s->at;
    while (s->at < s->bytes.len && s->bytes.data[s->at] != '"') {
        s->at += s->bytes.data[s->at] == '\\' ? 2 : 1;
    }
    if (s->at > s->bytes.len) {
        s->at = s->bytes.len;
    }
    size_t len = s->at - start;
    s->at += s->at < s->bytes.len;
    struct tcn_view key = tcn_view(s->bytes.data + s->key_at, s->key_len);
    bool attachment =
        tcn_view_is(key, "data") || tcn_view_is(key, "payload_bin");
    unsigned max = attachment ? TCN_IMPORT_DATA_MAX : TCN_IMPORT_STRING_MAX;
    if (len > max) {
        place(s, start);
        tcn_import_fail(s->im, TCN_ERR_SIZE,
                        "a text has %zu bytes, more than %u", len, max);
    }
    s->key_at = start;
    s->key_len = len;
}

static void count_value(struct scan *s)
{
    if (++s->values > TCN_IMPORT_VALUES_MAX) {
        place(s, s->at);
        tcn_import_fail(s->im, TCN_ERR_SIZE, "more than %u JSON values",
                        TCN_IMPORT_VALUES_MAX);
    }
}

static void pass_char(struct scan *s)
{
    uint8_t c = s->bytes.data[s->at];
    if (c == '[' || c == '{') {
        count_value(s);
        if (++s->depth > TCN_IMPORT_DEPTH_MAX) {
            place(s, s->at);
            tcn_import_fail(s->im, TCN_ERR_DEPTH,
                            "nested deeper than %u levels",
                            TCN_IMPORT_DEPTH_MAX);
        }
    } else if (c == ']' || c == '}') {
        s->depth -= s->depth > 0;
    } else if (c == ',' || c == ':') {
        count_value(s);
    } else if (c == '\0') {
        place(s, s->at);
        tcn_import_fail(s->im, TCN_ERR_SYNTAX, "there is a NUL byte");
    }
    s->at++;
}

void tcn_json_scan(struct tcn_import *im, struct tcn_view bytes)
{
    struct scan s = {.im = im, .bytes = bytes};
    if (bytes.len > TCN_IMPORT_BYTES_MAX) {
        tcn_import_fail(im, TCN_ERR_SIZE,
                        "the file has %zu bytes, more than %u", bytes.len,
                        TCN_IMPORT_BYTES_MAX);
        return;
    }
    size_t bad = tcn_json_bad_utf8(bytes);
    if (bad < bytes.len) {
        place(&s, bad);
        tcn_import_fail(im, TCN_ERR_UTF8, "the text is not valid UTF-8");
        return;
    }
    while (s.at < bytes.len && im->err == TCN_ERR_OK) {
        if (bytes.data[s.at] == '"') {
            s.at++;
            pass_string(&s);
        } else {
            pass_char(&s);
        }
    }
}
