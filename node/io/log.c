#include "io/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "io/file.h"

/* Longer foreign texts are cut: escaping makes at most four characters of a
 * byte, so a value fits into its scratch buffer. */
#define VALUE_MAX   200
#define ESCAPED_MAX (4 * VALUE_MAX)
#define END_ROOM    10 /* " cut=yes" and the newline */

static const char *program_name = "tocsin";
static enum tcn_log_level least_level = TCN_LOG_INFO;
static bool to_journal;

/* Whether stderr is the journal's stream; it then knows the time and the
 * program itself, and takes the level from a "<N>" in front. Rule: the
 * environment variable JOURNAL_STREAM of systemd.exec(5). */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat st;
    if (stream == NULL || fstat(STDERR_FILENO, &st) != 0) {
        return false;
    }
    char own[48];
    (void)snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)st.st_dev,
                   (uintmax_t)st.st_ino);
    return strcmp(own, stream) == 0;
}

void tcn_log_open(const char *program, enum tcn_log_level level)
{
    program_name = program;
    least_level = level;
    to_journal = stderr_is_journal();
}

static struct tcn_buf rest_of(struct tcn_log_line *line)
{
    return tcn_buf(line->text + line->len,
                   sizeof line->text - END_ROOM - line->len);
}

/* Keeps what was written, or, when it did not all fit, nothing of it and
 * nothing after it. */
static void keep(struct tcn_log_line *line, const struct tcn_buf *written)
{
    if (written->full) {
        line->cut = true;
    } else {
        line->len += written->len;
    }
}

struct tcn_log_line tcn_log(enum tcn_log_level level, const char *event)
{
    static const char *const words[] = {"error", "warning", "info", "debug"};
    static const int priorities[] = {3, 4, 6, 7}; /* syslog's */
    struct tcn_log_line line = {.on = level <= least_level};
    if (!line.on) {
        return line;
    }
    struct tcn_buf out = rest_of(&line);
    if (to_journal) {
        tcn_buf_printf(&out, "<%d>", priorities[level]);
    } else {
        char time[TCN_TIME_TEXT];
        tcn_buf_printf(&out, "time=%s program=%s ",
                       tcn_time_format(tcn_now_ms(), time), program_name);
    }
    tcn_buf_printf(&out, "level=%s event=%s", words[level], event);
    keep(&line, &out);
    return line;
}

static bool is_plain(struct tcn_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') ||
                     (c != '\0' && strchr("._:/@+-", c) != NULL);
        if (!plain) {
            return false;
        }
    }
    return text.len > 0;
}

static void put_quoted(struct tcn_buf *out, struct tcn_view text)
{
    tcn_buf_put_str(out, "\"");
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"') {
            tcn_buf_put_str(out, "\\");
        }
        tcn_buf_put(out, text.data + i, 1);
    }
}

/* At most VALUE_MAX bytes, not ending within a character. */
static struct tcn_view shortened(struct tcn_view value)
{
    if (value.len <= VALUE_MAX) {
        return value;
    }
    size_t len = VALUE_MAX;
    while (len > VALUE_MAX - 3 && (value.data[len] & 0xc0) == 0x80) {
        len--;
    }
    return tcn_view(value.data, len);
}

void tcn_log_view(struct tcn_log_line *line, const char *key,
                  struct tcn_view value)
{
    if (!line->on || line->cut) {
        return;
    }
    struct tcn_buf out = rest_of(line);
    tcn_buf_printf(&out, " %s=", key);
    struct tcn_view part = shortened(value);
    if (is_plain(part) && part.len == value.len) {
        tcn_buf_put(&out, part.data, part.len);
    } else {
        uint8_t escaped[ESCAPED_MAX];
        struct tcn_buf safe = tcn_buf(escaped, sizeof escaped);
        tcn_text_escape(&safe, part);
        put_quoted(&out, tcn_buf_view(&safe));
        tcn_buf_put_str(&out, part.len < value.len ? "...\"" : "\"");
    }
    keep(line, &out);
}

void tcn_log_str(struct tcn_log_line *line, const char *key, const char *value)
{
    tcn_log_view(line, key, tcn_view_str(value));
}

void tcn_log_uint(struct tcn_log_line *line, const char *key, uint64_t value)
{
    if (!line->on || line->cut) {
        return;
    }
    struct tcn_buf out = rest_of(line);
    tcn_buf_printf(&out, " %s=%ju", key, (uintmax_t)value);
    keep(line, &out);
}

void tcn_log_id(struct tcn_log_line *line, const char *key,
                struct tcn_view bytes)
{
    if (!line->on || line->cut) {
        return;
    }
    struct tcn_buf out = rest_of(line);
    tcn_buf_printf(&out, " %s=", key);
    tcn_text_hex(&out, tcn_view(bytes.data, bytes.len < 8 ? bytes.len : 8));
    keep(line, &out);
}

void tcn_log_err(struct tcn_log_line *line, enum tcn_err err)
{
    tcn_log_str(line, "error", tcn_err_word(err));
}

void tcn_log_end(struct tcn_log_line *line)
{
    if (!line->on) {
        return;
    }
    struct tcn_buf out =
        tcn_buf(line->text + line->len, sizeof line->text - line->len);
    tcn_buf_put_str(&out, line->cut ? " cut=yes\n" : "\n");
    line->len += out.len;
    line->on = false;
    /* One write, so that lines of several processes do not mix. When stderr
     * takes nothing there is nowhere left to complain. */
    ssize_t ignored = write(STDERR_FILENO, line->text, line->len);
    (void)ignored;
}
