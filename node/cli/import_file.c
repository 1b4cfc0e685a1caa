/* One file: read whole, or line by line when each line is a document. */
#include <errno.h>
#include <stdlib.h>

#include "cli/import.h"
#include "cli/import_reader.h"

#define LOOK_BYTES ((size_t)512 * 1024)

void import_done(struct job *job, int code)
{
    job->totals.files++;
    job->totals.refused_files += code != EXIT_DONE;
    job->worst = code > job->worst ? code : job->worst;
    job->submitted = 0;
}

static enum tcn_err read_lines(struct job *job, struct reader *reader,
                               struct tcn_lines *lines, const char *path)
{
    struct tcn_view line;
    bool got = true;
    enum tcn_err err = TCN_ERR_OK;
    while (err == TCN_ERR_OK && got) {
        err = reader_line(reader, &got, &line);
        if (err == TCN_ERR_OK && (got || line.len > 0)) {
            err = tcn_lines_take(lines, line);
            report_progress(job, path);
        }
    }
    return err == TCN_ERR_OK ? tcn_lines_tell(lines, true) : err;
}

static enum tcn_err import_lines(struct job *job, struct reader *reader,
                                 const char *path,
                                 struct tcn_import_report *report)
{
    const struct tcn_import_sink sink = {job_take, job};
    struct tcn_lines *lines = tcn_lines_open(&job->options, &sink, report);
    enum tcn_err err = lines == NULL ? TCN_ERR_NO_MEMORY
                                     : read_lines(job, reader, lines, path);
    tcn_lines_close(lines);
    if (err == TCN_ERR_SIZE && report->message[0] == '\0') {
        (void)snprintf(report->message, sizeof report->message,
                       "a line has more than %zu bytes", READER_LINE_MAX);
    }
    return err;
}

/* One that is too large is told as that. */
static bool is_blank(struct tcn_view bytes)
{
    size_t at = 0;
    while (at < bytes.len && strchr(" \t\r\n", bytes.data[at]) != NULL &&
           bytes.data[at] != '\0') {
        at++;
    }
    return at == bytes.len && at <= TCN_IMPORT_BYTES_MAX;
}

static enum tcn_err import_whole(struct job *job, struct reader *reader,
                                 struct tcn_import_report *report)
{
    const struct tcn_import_sink sink = {job_take, job};
    struct tcn_view bytes;
    enum tcn_err err = reader_fill(reader, TCN_IMPORT_BYTES_MAX + 1, &bytes);
    if (err == TCN_ERR_OK && is_blank(bytes)) {
        (void)snprintf(report->message, sizeof report->message,
                       "there is nothing in it");
        return TCN_ERR_FORMAT;
    }
    return err == TCN_ERR_OK ? tcn_import(bytes, &job->options, &sink, report)
                             : err;
}

void import_file(struct job *job, const char *path)
{
    struct reader reader;
    struct tcn_import_report report = {0};
    struct tcn_view head;
    report_progress(job, path);
    job_begin_file(job, path);
    enum tcn_err err = reader_open(&reader, path);
    if (err != TCN_ERR_OK) {
        (void)snprintf(report.message, sizeof report.message, "%s",
                       err == TCN_ERR_NOT_FOUND ? "there is no such file"
                                                : strerror(errno));
    }
    if (err == TCN_ERR_OK) {
        err = reader_fill(&reader, LOOK_BYTES, &head);
    }
    if (err == TCN_ERR_OK) {
        err = tcn_format_is_lines(head)
                  ? import_lines(job, &reader, path, &report)
                  : import_whole(job, &reader, &report);
    }
    reader_close(&reader);
    report_file(job, path, err, &report);
    report_notices(job, &report);
    int code = err == TCN_ERR_OK            ? EXIT_DONE
               : err == TCN_ERR_UNREACHABLE ? EXIT_NO_NODE
                                            : EXIT_REFUSED;
    if (code != EXIT_DONE) {
        job_drop_file(job);
    }
    tcn_import_report_fini(&report);
    import_done(job, code);
}
