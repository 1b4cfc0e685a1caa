#include "cli/import_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define STEP ((size_t)256 * 1024)

enum tcn_err reader_open(struct reader *reader, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    *reader = (struct reader){
        .fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)};
    if (reader->fd >= 0) {
        return TCN_ERR_OK;
    }
    return errno == ENOENT   ? TCN_ERR_NOT_FOUND
           : errno == EACCES ? TCN_ERR_PERMISSION
                             : TCN_ERR_IO;
}

void reader_close(struct reader *reader)
{
    if (reader->fd > STDIN_FILENO) {
        (void)close(reader->fd);
    }
    free(reader->data);
    *reader = (struct reader){.fd = -1};
}

static bool make_room(struct reader *reader)
{
    if (reader->start > 0) {
        memmove(reader->data, reader->data + reader->start, reader->len);
        reader->start = 0;
    }
    if (reader->cap - reader->len >= STEP) {
        return true;
    }
    size_t cap = reader->cap * 2 > reader->len + STEP ? reader->cap * 2
                                                      : reader->len + STEP;
    uint8_t *grown = realloc(reader->data, cap);
    if (grown == NULL) {
        return false;
    }
    reader->data = grown;
    reader->cap = cap;
    return true;
}

/* Reads once; a file that grows may give more after it ended. */
static enum tcn_err read_more(struct reader *reader)
{
    if (!make_room(reader)) {
        return TCN_ERR_NO_MEMORY;
    }
    ssize_t n;
    do {
        n = read(reader->fd, reader->data + reader->len,
                 reader->cap - reader->len);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return TCN_ERR_IO;
    }
    reader->at_end = n == 0;
    reader->len += (size_t)n;
    return TCN_ERR_OK;
}

enum tcn_err reader_fill(struct reader *reader, size_t want,
                         struct tcn_view *out)
{
    enum tcn_err err = TCN_ERR_OK;
    while (err == TCN_ERR_OK && reader->len < want && !reader->at_end) {
        err = read_more(reader);
    }
    *out = reader->data == NULL
               ? tcn_view("", 0)
               : tcn_view(reader->data + reader->start, reader->len);
    return err;
}

enum tcn_err reader_line(struct reader *reader, bool *got,
                         struct tcn_view *line)
{
    size_t looked = 0;
    *got = false;
    for (;;) {
        const uint8_t *from = reader->data + reader->start;
        const uint8_t *end = reader->len > looked ? memchr(from + looked, '\n',
                                                           reader->len - looked)
                                                  : NULL;
        if (end != NULL) {
            *line = tcn_view(from, (size_t)(end - from));
            reader->start += line->len + 1;
            reader->len -= line->len + 1;
            *got = true;
            return TCN_ERR_OK;
        }
        looked = reader->len;
        if (looked > READER_LINE_MAX) {
            return TCN_ERR_SIZE;
        }
        enum tcn_err err = read_more(reader);
        if (err != TCN_ERR_OK || reader->at_end) {
            *line = tcn_view(reader->data + reader->start, reader->len);
            return err;
        }
    }
}
