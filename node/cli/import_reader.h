/* Reads a file or standard input piece by piece, looking ahead first. */
#pragma once

#include "base/err.h"
#include "base/view.h"

#define READER_LINE_MAX ((size_t)16 * 1024 * 1024) /* one line */

struct reader {
    int fd;
    uint8_t *data; /* what was read and not yet taken */
    size_t start, len, cap;
    bool at_end;
};

/* NOT_FOUND, PERMISSION, IO. "-" is standard input. */
TCN_MUST_USE enum tcn_err reader_open(struct reader *reader, const char *path);
void reader_close(struct reader *reader);

/* Reads until `want` bytes wait or the file ends; what waits is in *out. SIZE
 * never: `want` is the limit. */
TCN_MUST_USE enum tcn_err reader_fill(struct reader *reader, size_t want,
                                      struct tcn_view *out);

/* The next line, without its end. OK with *got false when there is no whole
 * line: at the end of the file, `rest` then is what is left. SIZE when it is
 * longer than READER_LINE_MAX. */
TCN_MUST_USE enum tcn_err reader_line(struct reader *reader, bool *got,
                                      struct tcn_view *line);
