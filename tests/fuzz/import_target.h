/* The harness of every importer: FORMAT is what the input is read as. What is
 * taken must be an alert that every verifier takes, and its exports must be
 * taken back. */
#pragma once

#include <stdlib.h>

#include "formats/export.h"
#include "fuzz/fuzz.h"
#include "unit/alert_made.h"

#define TAKEN_MAX 64 /* drafts of one input that are looked at */

struct taking {
    unsigned count;
    bool looks_at_exports;
};

static enum tcn_err ignore(void *ctx, const struct tcn_draft *draft)
{
    (void)draft;
    *(unsigned *)ctx += 1;
    return TCN_ERR_OK;
}

/* What we write, we read. */
static void check_exports(const struct tcn_draft *draft)
{
    static struct tcn_told told;
    static const struct tcn_export_format_row {
        enum tcn_export_format out;
        enum tcn_format in;
    } rows[] = {{TCN_EXPORT_STIX, TCN_FORMAT_STIX},
                {TCN_EXPORT_MISP, TCN_FORMAT_MISP},
                {TCN_EXPORT_CAP, TCN_FORMAT_CAP}};
    told = (struct tcn_told){.header = draft->header,
                             .first_ms = MADE_NOW_MS,
                             .changed_ms = MADE_NOW_MS,
                             .field_count = draft->field_count};
    told.header.origin = tcn_view_str("ee");
    memcpy(told.fields, draft->fields,
           draft->field_count * sizeof *draft->fields);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tcn_text text = {0};
        unsigned count = 0;
        struct tcn_import_report report;
        const struct tcn_import_options options = {
            .format = rows[i].in, .tlp = -1, .pap = -1, .now_ms = MADE_NOW_MS};
        const struct tcn_import_sink sink = {ignore, &count};
        bool written = tcn_export_one(&text, rows[i].out, &told);
        tcn_assert(written);
        enum tcn_err err =
            tcn_import(tcn_text_view(&text), &options, &sink, &report);
        tcn_assert(err == TCN_ERR_OK && count > 0);
        tcn_import_report_fini(&report);
        free(text.data);
    }
}

static enum tcn_err take(void *ctx, const struct tcn_draft *draft)
{
    static uint8_t bytes[TCN_ENVELOPE_MAX];
    static uint8_t salts[TCN_FIELDS_MAX * 16];
    static struct tcn_draft seen;
    static const uint8_t blind[16];
    struct taking *taking = ctx;
    struct tcn_cert cert = {.member = "ee", .not_after_ms = UINT64_MAX};
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    struct tcn_unsigned built;
    if (++taking->count > TAKEN_MAX) {
        return TCN_ERR_OK;
    }
    enum tcn_err err = tcn_draft_encode(draft, &out);
    tcn_assert(err == TCN_ERR_OK && !out.full);
    err = tcn_draft_decode(&seen, tcn_buf_view(&out));
    tcn_assert(err == TCN_ERR_OK);
    seen.header.created_ms = MADE_NOW_MS; /* the node's own clock */
    err = tcn_unsigned_init(&built, &seen, &cert, salts, blind);
    tcn_assert(err == TCN_ERR_OK);
    tcn_unsigned_fini(&built);
    if (taking->looks_at_exports && !seen.withdrawn) {
        check_exports(&seen);
    }
    return TCN_ERR_OK;
}

/* An input of even length has no default marking. One in 64 is exported, so
 * that the others stay fast. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready) {
        tcn_assert(sodium_init() >= 0);
        ready = true;
    }
    struct taking taking = {.looks_at_exports = size % 64 == 1};
    struct tcn_import_report report;
    const struct tcn_import_options options = {
        .format = FORMAT,
        .tlp = size % 2 == 0 ? -1 : TCN_TLP_GREEN,
        .pap = -1,
        .now_ms = MADE_NOW_MS};
    const struct tcn_import_sink sink = {take, &taking};
    enum tcn_err err =
        tcn_import(tcn_view(data, size), &options, &sink, &report);
    tcn_fuzz_verdict(err);
    if (err != TCN_ERR_OK) {
        tcn_fuzz_sentence(report.message);
    }
    tcn_assert(err == TCN_ERR_OK || report.message[0] != '\0');
    tcn_assert(err != TCN_ERR_OK || report.alerts == taking.count);
    tcn_assert(err != TCN_ERR_OK || report.alerts > 0 ||
               report.notice_count > 0);
    tcn_import_report_fini(&report);
    return 0;
}
