/* JSON line by line: each line is a document of its own, read and let go, so
 * that a file of any length takes little memory. */
#include "formats/lines.h"

#include <stdlib.h>

#include "formats/context.h"
#include "formats/detect.h"
#include "formats/eve.h"
#include "formats/json.h"
#include "formats/registry.h"

struct tcn_lines {
    struct tcn_import im;
    struct tcn_eve *eve;
    bool has_eve; /* some line was a record of it */
    uint64_t line;
    uint64_t taken;  /* lines that were understood */
    uint64_t broken; /* and that were not */
    enum tcn_err first_err;
};

struct tcn_lines *tcn_lines_open(const struct tcn_import_options *options,
                                 const struct tcn_import_sink *sink,
                                 struct tcn_import_report *report)
{
    *report = (struct tcn_import_report){.format = options->format};
    struct tcn_lines *lines = calloc(1, sizeof *lines);
    if (lines == NULL) {
        return NULL;
    }
    lines->im =
        (struct tcn_import){.options = options, .sink = sink, .report = report};
    lines->eve = tcn_eve_open();
    if (lines->eve == NULL) {
        free(lines);
        return NULL;
    }
    return lines;
}

void tcn_lines_close(struct tcn_lines *lines)
{
    if (lines != NULL) {
        tcn_eve_close(lines->eve);
        tcn_arena_fini(&lines->im.arena);
        free(lines);
    }
}

static bool is_blank(struct tcn_view line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (strchr(" \t\r\n", line.data[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static void take_document(struct tcn_lines *lines, json_t *root)
{
    struct tcn_import *im = &lines->im;
    struct tcn_node node = {.json = root};
    enum tcn_format format = tcn_registry_settle(im, root);
    if (im->err == TCN_ERR_OK && format == TCN_FORMAT_EVE) {
        lines->has_eve = true;
        tcn_eve_take(lines->eve, im, &node);
    } else if (im->err == TCN_ERR_OK) {
        tcn_registry_import(im, format, &node);
    }
}

/* What ends everything: what the receiver said, what only the operator can
 * mend, and what this machine lacks. */
static bool is_fatal(const struct tcn_import *im)
{
    return im->stopped || im->err == TCN_ERR_LABEL ||
           im->err == TCN_ERR_USAGE || im->err == TCN_ERR_NO_MEMORY;
}

/* A line that is broken is left out, named and counted. The place of the first
 * one stays in the report, with its own line number. */
static void pass_over(struct tcn_lines *lines)
{
    struct tcn_import *im = &lines->im;
    struct tcn_import_report *report = im->report;
    lines->broken++;
    tcn_import_leave(im, 1, "line that cannot be read");
    tcn_import_notice(im, "line %llu left out: %s%s%s",
                      (unsigned long long)lines->line, report->message,
                      report->path[0] != '\0' ? ", at " : "", report->path);
    if (lines->first_err == TCN_ERR_OK) {
        lines->first_err = im->err;
        report->line = (unsigned)lines->line;
    }
    im->err = TCN_ERR_OK;
}

enum tcn_err tcn_lines_take(struct tcn_lines *lines, struct tcn_view line)
{
    struct tcn_import *im = &lines->im;
    struct tcn_import_report first = *im->report;
    lines->line++;
    if (im->err != TCN_ERR_OK || is_blank(line)) {
        return im->err;
    }
    json_t *root = tcn_json_load(im, line);
    if (root != NULL) {
        take_document(lines, root);
        json_decref(root);
    }
    if (im->err == TCN_ERR_OK) {
        lines->taken++;
    } else if (is_fatal(im)) {
        im->report->line = (unsigned)lines->line;
    } else {
        bool is_first = lines->first_err == TCN_ERR_OK;
        pass_over(lines);
        if (!is_first) { /* keep what was said of the first */
            memcpy(im->report->message, first.message, sizeof first.message);
            memcpy(im->report->path, first.path, sizeof first.path);
            memcpy(im->report->offending, first.offending,
                   sizeof first.offending);
            im->report->line = first.line;
            im->report->column = first.column;
        }
    }
    tcn_arena_fini(&im->arena);
    if (im->err == TCN_ERR_OK && tcn_eve_is_full(lines->eve)) {
        tcn_import_notice(im, "%u groups gathered: told, then begun anew",
                          TCN_EVE_GROUPS_MAX);
        tcn_eve_tell(lines->eve, im, true);
    }
    return im->err;
}

enum tcn_err tcn_lines_tell(struct tcn_lines *lines, bool end)
{
    struct tcn_import *im = &lines->im;
    if (im->err == TCN_ERR_OK && lines->has_eve) {
        tcn_eve_tell(lines->eve, im, end);
    }
    if (end && im->err == TCN_ERR_OK && lines->taken == 0) {
        im->err = lines->first_err;
        tcn_import_fail(im, TCN_ERR_FORMAT, "there is nothing in it");
    }
    tcn_arena_fini(&im->arena);
    return im->err;
}
