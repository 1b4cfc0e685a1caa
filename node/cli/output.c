#include <stdlib.h>
#include <unistd.h>

#include "alert/wire.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/cli.h"

void cli_print_view(struct tcn_view text)
{
    char piece[4096];
    for (size_t at = 0; at < text.len;) {
        /* Whole characters, so that none is cut in half. */
        size_t len = text.len - at > 400 ? 400 : text.len - at;
        while (len > 1 && at + len < text.len &&
               (text.data[at + len] & 0xc0) == 0x80) {
            len--;
        }
        struct tcn_buf out = tcn_buf(piece, sizeof piece);
        tcn_text_escape(&out, tcn_view(text.data + at, len));
        (void)fputs(tcn_buf_text(&out), stdout);
        at += len;
    }
}

void cli_print_hex(struct tcn_view bytes, size_t digits)
{
    char hex[2 * 64 + 1];
    struct tcn_buf out = tcn_buf(hex, sizeof hex);
    size_t len = bytes.len > 64 ? 64 : bytes.len;
    tcn_text_hex(&out, tcn_view(bytes.data, len));
    (void)printf("%.*s", (int)digits, tcn_buf_text(&out));
}

void cli_print_time(uint64_t ms)
{
    char text[TCN_TIME_TEXT];
    if (ms == 0) {
        (void)printf("%-20s", "-");
    } else {
        (void)printf("%.19sZ", tcn_time_format(ms, text));
    }
}

const char *cli_colour(const char *code)
{
    static int on = -1;
    if (on < 0) {
        on = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    }
    return on ? code : "";
}

/* Above the first plane JSON writes two halves. */
/* Character by character: no text is too long. */
static void json_text(struct tcn_view text)
{
    uint8_t escaped[64];
    (void)putchar('"');
    for (size_t at = 0; at < text.len;) {
        size_t len = 1;
        while (len < 4 && at + len < text.len &&
               (text.data[at + len] & 0xc0) == 0x80) {
            len++;
        }
        struct tcn_buf out = tcn_buf(escaped, sizeof escaped);
        tcn_text_escape_json(&out, tcn_view(text.data + at, len));
        (void)fwrite(out.data, 1, out.len, stdout);
        at += len;
    }
    (void)putchar('"');
}

static void json_value(struct tcn_view value)
{
    struct tcn_reader r = tcn_reader(value);
    switch (tcn_read_peek(&r)) {
    case TCN_WIRE_UINT:
        (void)printf("%llu", (unsigned long long)tcn_read_uint(&r));
        break;
    case TCN_WIRE_BOOL:
        (void)fputs(tcn_read_bool(&r) ? "true" : "false", stdout);
        break;
    case TCN_WIRE_BIN: {
        struct tcn_view bytes = tcn_read_bin(&r);
        (void)putchar('"');
        for (size_t i = 0; i < bytes.len; i++) {
            (void)printf("%02x", bytes.data[i]);
        }
        (void)putchar('"');
        break;
    }
    case TCN_WIRE_ARRAY: {
        size_t count = tcn_read_array(&r);
        (void)putchar('[');
        for (size_t i = 0; i < count; i++) {
            (void)fputs(i > 0 ? "," : "", stdout);
            json_text(tcn_read_str(&r));
        }
        (void)putchar(']');
        break;
    }
    default: json_text(tcn_read_str(&r)); break;
    }
}

void cli_print_row_json(const struct tcn_pairs *pairs)
{
    (void)putchar('{');
    for (size_t i = 0; i < pairs->count; i++) {
        (void)fputs(i > 0 ? "," : "", stdout);
        json_text(pairs->list[i].key);
        (void)putchar(':');
        json_value(pairs->list[i].value);
    }
    (void)puts("}");
}

enum tcn_status cli_status_find(struct tcn_view word)
{
    for (unsigned i = 0; i < TCN_STATUS_COUNT; i++) {
        if (tcn_view_is(word, tcn_status_word(i))) {
            return (enum tcn_status)i;
        }
    }
    return TCN_STATUS_LIVE;
}
