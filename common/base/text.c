#include "base/text.h"

static bool within(int32_t point, int32_t first, int32_t last)
{
    return point >= first && point <= last;
}

/* Bytes of the sequence that `lead` begins; 0 when none begins so. */
static size_t sequence_len(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return 0; /* a continuation, always overlong, or too large */
    }
    return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Decodes one code point at *at; -1 when it is not well-formed. */
static int32_t next_point(struct tcn_view text, size_t *at)
{
    static const int32_t shortest[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *s = text.data + *at;
    size_t len = sequence_len(s[0]);
    if (len == 0 || text.len - *at < len) {
        return -1;
    }
    int32_t point = len == 1 ? s[0] : s[0] & (0x7f >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return -1;
        }
        point = (point << 6) | (s[i] & 0x3f);
    }
    bool surrogate = within(point, 0xd800, 0xdfff);
    if (point < shortest[len] || surrogate || point > 0x10ffff) {
        return -1;
    }
    *at += len;
    return point;
}

static bool is_control(int32_t point)
{
    return (point < 0x20 && point != '\n' && point != '\t') ||
           within(point, 0x7f, 0x9f);
}

static bool is_override(int32_t point)
{
    return within(point, 0x202a, 0x202e) || within(point, 0x2066, 0x2069);
}

/* Invisible, or able to reorder or break what stands around it. */
static bool is_unsafe_to_show(int32_t point)
{
    return is_control(point) || is_override(point) || point == 0x061c ||
           within(point, 0x200b, 0x200f) || within(point, 0x2028, 0x2029) ||
           within(point, 0x2060, 0x206f) || point == 0xfeff ||
           within(point, 0xfff9, 0xfffb) || within(point, 0xe0000, 0xe007f);
}

/* How many leading bytes are plain printable ASCII, so need no decoding. */
static size_t ascii_run(struct tcn_view text, size_t at)
{
    size_t start = at;
    while (at < text.len && text.data[at] >= 0x20 && text.data[at] < 0x7f) {
        at++;
    }
    return at - start;
}

bool tcn_text_is_utf8(struct tcn_view text)
{
    for (size_t at = 0; at < text.len;) {
        size_t run = ascii_run(text, at);
        at += run;
        if (run == 0 && next_point(text, &at) < 0) {
            return false;
        }
    }
    return true;
}

enum tcn_err tcn_text_check(struct tcn_view text)
{
    enum tcn_err err = TCN_ERR_OK;
    for (size_t at = 0; at < text.len;) {
        size_t run = ascii_run(text, at);
        at += run;
        if (run > 0) {
            continue;
        }
        int32_t point = next_point(text, &at);
        if (point < 0) {
            return TCN_ERR_UTF8;
        }
        if (is_control(point) || is_override(point)) {
            err = TCN_ERR_TEXT; /* bad UTF-8 further on is the graver fault */
        }
    }
    return err;
}

void tcn_text_escape(struct tcn_buf *out, struct tcn_view text)
{
    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        int32_t point = next_point(text, &at);
        if (point < 0) {
            tcn_buf_printf(out, "\\x%02x", text.data[at++]);
        } else if (point == '\n') {
            tcn_buf_put_str(out, "\\n");
        } else if (point == '\t') {
            tcn_buf_put_str(out, "\\t");
        } else if (point == '\\') {
            tcn_buf_put_str(out, "\\\\");
        } else if (is_unsafe_to_show(point)) {
            tcn_buf_printf(out, point < 0x80 ? "\\x%02x" : "\\u{%04x}",
                           (unsigned)point);
        } else {
            tcn_buf_put(out, text.data + start, at - start);
        }
    }
}

/* One \u, or two for what JSON writes as a pair of surrogates. */
static void put_json_point(struct tcn_buf *out, unsigned point)
{
    if (point > 0xffff) {
        point -= 0x10000;
        tcn_buf_printf(out, "\\u%04x\\u%04x", 0xd800 + (point >> 10),
                       0xdc00 + (point & 0x3ff));
    } else {
        tcn_buf_printf(out, "\\u%04x", point);
    }
}

/* How many leading bytes stand for themselves in JSON too. */
static size_t json_run(struct tcn_view text, size_t at)
{
    size_t start = at;
    while (at < text.len && text.data[at] >= 0x20 && text.data[at] < 0x7f &&
           text.data[at] != '"' && text.data[at] != '\\') {
        at++;
    }
    return at - start;
}

void tcn_text_escape_json(struct tcn_buf *out, struct tcn_view text)
{
    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        size_t run = json_run(text, at);
        if (run > 0) {
            tcn_buf_put(out, text.data + at, run);
            at += run;
            continue;
        }
        int32_t point = next_point(text, &at);
        if (point < 0) {
            tcn_buf_put_str(out, "\\ufffd");
            at++;
        } else if (point == '"' || point == '\\') {
            tcn_buf_printf(out, "\\%c", (char)point);
        } else if (point == '\n') {
            tcn_buf_put_str(out, "\\n");
        } else if (point == '\t' || is_unsafe_to_show(point)) {
            put_json_point(out, (unsigned)point);
        } else {
            tcn_buf_put(out, text.data + start, at - start);
        }
    }
}

void tcn_text_hex(struct tcn_buf *out, struct tcn_view bytes)
{
    static const char digits[] = "0123456789abcdef";
    if (bytes.len > (out->cap - out->len) / 2) {
        out->full = true;
        return;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        out->data[out->len++] = (uint8_t)digits[bytes.data[i] >> 4];
        out->data[out->len++] = (uint8_t)digits[bytes.data[i] & 15];
    }
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool tcn_text_copy(char *out, size_t cap, struct tcn_view text)
{
    if (text.len >= cap || (text.len > 0 && memchr(text.data, 0, text.len))) {
        return false;
    }
    if (text.len > 0) {
        memcpy(out, text.data, text.len);
    }
    out[text.len] = '\0';
    return true;
}

bool tcn_text_unhex(struct tcn_view text, uint8_t *out, size_t len)
{
    if (text.len != 2 * len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        int high = hex_digit(text.data[2 * i]);
        int low = hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void tcn_text_base32(struct tcn_buf *out, struct tcn_view bytes)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    size_t symbols = (bytes.len * 8 + 4) / 5;
    for (size_t i = 0; i < symbols; i++) {
        size_t bit = i * 5;
        unsigned pair = (unsigned)bytes.data[bit / 8] << 8;
        if (bit / 8 + 1 < bytes.len) {
            pair |= bytes.data[bit / 8 + 1];
        }
        if (i > 0 && i % 4 == 0) {
            tcn_buf_put_str(out, "-");
        }
        tcn_buf_put(out, &digits[pair >> (11 - bit % 8) & 31], 1);
    }
}

bool tcn_text_uint(struct tcn_view text, uint64_t *out)
{
    if (text.len == 0 || (text.len > 1 && text.data[0] == '0')) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)text.data[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static bool is_lower_or_digit(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool tcn_text_is_member(struct tcn_view text)
{
    if (text.len < 2 || text.len > 32 || !is_lower_or_digit(text.data[0]) ||
        !is_lower_or_digit(text.data[text.len - 1])) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (!is_lower_or_digit(c) && c != '.' && c != '-') {
            return false;
        }
    }
    return true;
}

bool tcn_text_is_word(struct tcn_view text, size_t min, size_t max, bool digits)
{
    if (text.len < min || text.len > max) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool letter = (c >= 'a' && c <= 'z') || c == '-';
        if (!letter && !(digits && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return true;
}
