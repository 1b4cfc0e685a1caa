/* What an import tells people: per file what became of it, and progress. */
#include <unistd.h>

#include "cli/import.h"

#define PROGRESS_MS 200

/* What of it was left out, by kind; a program that reads rows is not disturbed.
 */
static void print_left(const struct job *job,
                       const struct tcn_import_report *report)
{
    FILE *out = job->args->json ? stderr : stdout;
    for (unsigned i = 0; i < report->left_count; i++) {
        (void)fprintf(out, "  left out: %llu of kind: %s\n",
                      (unsigned long long)report->left[i].count,
                      report->left[i].what);
    }
}

static void print_error(const char *path, enum tcn_err err,
                        const struct tcn_import_report *report)
{
    cli_put_view(stderr, tcn_view_str(path));
    if (report->line > 0) {
        (void)fprintf(stderr, ":%u:%u", report->line, report->column);
    }
    (void)fprintf(stderr, ": %s",
                  report->message[0] != '\0' ? report->message
                                             : tcn_err_sentence(err));
    if (report->path[0] != '\0') {
        (void)fprintf(stderr, " (at %s)", report->path);
    }
    if (report->offending[0] != '\0') {
        (void)fprintf(stderr, ": `%s`", report->offending);
    }
    (void)fputc('\n', stderr);
}

void report_file(struct job *job, const char *path, enum tcn_err err,
                 const struct tcn_import_report *report)
{
    report_clear(job);
    if (err != TCN_ERR_OK) {
        print_error(path, err, report);
        if (job->submitted > 0) {
            (void)fprintf(stderr,
                          "  note: %u alerts before it were handed over\n",
                          job->submitted);
        }
    } else if (!job->args->json) {
        cli_print_view(tcn_view_str(path));
        (void)printf(": %s, %u alerts, %u fields, %u kept as tool, "
                     "%u left out\n",
                     tcn_format_word(report->format), report->alerts,
                     report->fields, report->kept_as_tool, report->skipped);
    }
    if (err == TCN_ERR_OK) {
        print_left(job, report);
    }
}

void report_notices(struct job *job, const struct tcn_import_report *report)
{
    const char *at = report->notices;
    const char *end = at == NULL ? NULL : at + report->notices_len;
    report_clear(job);
    while (at != NULL && at < end) {
        size_t len = strcspn(at, "\n");
        (void)fprintf(stderr, "  note: %.*s\n", (int)len, at);
        at += len + 1;
    }
    if (report->notices_unsaid > 0) {
        (void)fprintf(stderr, "  note: and %u more\n", report->notices_unsaid);
    }
}

void report_totals(const struct job *job)
{
    const struct totals *totals = &job->totals;
    (void)printf("%u files (%u refused): %u alerts new, %u updated, %u "
                 "withdrawn, %u known already, %u refused\n",
                 totals->files, totals->refused_files, totals->stored,
                 totals->updated, totals->revoked, totals->known,
                 totals->refused);
}

void report_progress(struct job *job, const char *path)
{
    uint64_t now = tcn_steady_ms();
    if (now - job->shown_ms < PROGRESS_MS || !isatty(STDERR_FILENO)) {
        return;
    }
    const struct totals *totals = &job->totals;
    struct tcn_view shown = tcn_view_str(path);
    shown.len = shown.len > 60 ? 60 : shown.len;
    (void)fprintf(stderr, "\r\033[K%u files, %u alerts: ", totals->files,
                  totals->stored + totals->updated + totals->revoked +
                      totals->known + totals->refused);
    cli_put_view(stderr, shown);
    job->shown_ms = now;
    job->shown = true;
}

void report_clear(struct job *job)
{
    if (job->shown) {
        (void)fputs("\r\033[K", stderr);
        job->shown = false;
    }
}
