#include <stdlib.h>
#include <unistd.h>

#include "alert/wire.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/cli.h"

void cli_put_view(FILE *out, struct tcn_view text)
{
    char piece[4096];
    for (size_t at = 0; at < text.len;) {
        /* Whole characters, so that none is cut in half. */
        size_t len = text.len - at > 400 ? 400 : text.len - at;
        while (len > 1 && at + len < text.len &&
               (text.data[at + len] & 0xc0) == 0x80) {
            len--;
        }
        struct tcn_buf escaped = tcn_buf(piece, sizeof piece);
        tcn_text_escape(&escaped, tcn_view(text.data + at, len));
        (void)fputs(tcn_buf_text(&escaped), out);
        at += len;
    }
}

FILE *cli_people(bool json)
{
    return json ? stderr : stdout;
}

void cli_print_view(struct tcn_view text)
{
    cli_put_view(stdout, text);
}

void cli_print_cell(struct tcn_view text, int width)
{
    char piece[512];
    struct tcn_buf escaped = tcn_buf(piece, sizeof piece);
    text.len = text.len > 100 ? 100 : text.len;
    tcn_text_escape(&escaped, text);
    (void)printf("%-*s ", width, tcn_buf_text(&escaped));
}

static const char *severity_colour(struct tcn_view word)
{
    if (tcn_view_is(word, "critical")) {
        return cli_colour("\033[1;31m");
    }
    return tcn_view_is(word, "high") ? cli_colour("\033[31m") : "";
}

void cli_print_line(const struct cli_line *line)
{
    cli_print_cell(
        tcn_view(line->id.data, line->id.len > 12 ? 12 : line->id.len), 12);
    cli_print_cell(line->time, 20);
    cli_print_cell(line->origin, 6);
    cli_print_cell(line->kind, 8);
    (void)fputs(severity_colour(line->severity), stdout);
    cli_print_cell(line->severity, 8);
    (void)fputs(cli_colour("\033[0m"), stdout);
    cli_print_cell(line->tlp, 12);
    cli_print_cell(line->status, 10);
}

void cli_print_warnings(const struct tcn_pairs *pairs)
{
    struct tcn_view list[TCN_WARNINGS_MAX];
    size_t count = tcn_pairs_list(pairs, "warnings", list, TCN_WARNINGS_MAX);
    for (size_t i = 0; i < count; i++) {
        (void)fputs("warning: ", stderr);
        cli_put_view(stderr, list[i]);
        (void)fputc('\n', stderr);
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

void cli_time_text(uint64_t ms, char out[TCN_TIME_TEXT])
{
    char text[TCN_TIME_TEXT];
    (void)snprintf(out, TCN_TIME_TEXT, "%s",
                   ms == 0 ? "-" : tcn_time_format(ms, text));
    if (ms != 0) {
        memcpy(out + 19, "Z", 2); /* seconds will do */
    }
}

void cli_print_time(uint64_t ms)
{
    char text[TCN_TIME_TEXT];
    cli_time_text(ms, text);
    (void)printf("%-20s", text);
}

const char *cli_colour(const char *code)
{
    static int on = -1;
    if (on < 0) {
        on = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    }
    return on ? code : "";
}

/* Character by character: no text is too long. */
void cli_print_json_text(struct tcn_view text)
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
            cli_print_json_text(tcn_read_str(&r));
        }
        (void)putchar(']');
        break;
    }
    default: cli_print_json_text(tcn_read_str(&r)); break;
    }
}

void cli_print_exercise(struct tcn_view name)
{
    if (name.len > 0) {
        printf("[%s", cli_colour("\033[1;33m"));
        cli_print_view(name);
        printf("%s] ", cli_colour("\033[0m"));
    }
}

void cli_print_row_json(const struct tcn_pairs *pairs)
{
    (void)putchar('{');
    for (size_t i = 0; i < pairs->count; i++) {
        (void)fputs(i > 0 ? "," : "", stdout);
        cli_print_json_text(pairs->list[i].key);
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
