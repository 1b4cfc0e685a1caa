/* Runs an import and keeps what it gave as lines of text that a test can look
 * for. Every draft is also built into an alert, as the node would: a draft that
 * no verifier would accept is a failure of the import. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/text.h"
#include "formats/import.h"

#define RUN_NOW_MS      1782950400000ull /* 2026-07-02 */
#define RUN_TEXT_MAX    ((size_t)8 * 1024 * 1024)
#define RUN_DIGESTS_MAX 8

struct run {
    enum tcn_err err;
    struct tcn_import_report report;
    unsigned drafts;
    unsigned fields_max; /* of one draft */
    size_t envelope_max; /* bytes of the encoded draft */
    struct tcn_id digests[RUN_DIGESTS_MAX];
    char *text;
    struct tcn_buf out;
};

static struct run run;

/* The source's last change, from the front of a digest. */
static inline uint64_t run_changed_ms(const struct tcn_id *digest)
{
    uint64_t ms = 0;
    for (size_t i = 0; i < 8; i++) {
        ms = ms << 8 | digest->bytes[i];
    }
    return ms;
}

static inline struct tcn_import_options run_options(void)
{
    return (struct tcn_import_options){
        .tlp = TCN_TLP_GREEN, .pap = -1, .now_ms = RUN_NOW_MS};
}

static inline void run_put_draft(struct tcn_buf *out,
                                 const struct tcn_draft *draft)
{
    const struct tcn_header *h = &draft->header;
    tcn_buf_printf(
        out,
        "\nDRAFT %.*s tlp %s pap %s onward %s severity %s "
        "confidence %u category %.*s%s%s\n",
        (int)draft->source_key.len, (const char *)draft->source_key.data,
        tcn_tlp_word(h->label.tlp), tcn_pap_word(h->label.pap),
        tcn_onward_word(h->label.onward), tcn_severity_word(h->severity),
        h->confidence, (int)h->category.len, (const char *)h->category.data,
        h->label.caveat_count > 0 ? " no-automation" : "",
        draft->withdrawn ? " withdrawn" : "");
    for (size_t i = 0; i < draft->replaces_count; i++) {
        tcn_buf_put_str(out, "REPLACES ");
        tcn_text_escape(out, draft->replaces[i]);
        tcn_buf_put_str(out, "\n");
    }
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct tcn_draft_field *field = &draft->fields[i];
        tcn_buf_put_str(out, tcn_class_word(field->cls));
        tcn_buf_put_str(out, " ");
        tcn_text_escape(out, field->name);
        for (size_t k = 0; k < field->value_count; k++) {
            tcn_buf_put_str(out, " | ");
            if (field->values[k].is_number) {
                tcn_buf_printf(out, "%llu",
                               (unsigned long long)field->values[k].number);
            } else {
                tcn_text_escape(out, field->values[k].text);
            }
        }
        tcn_buf_put_str(out, "\n");
    }
}

/* What the node does with a draft: over the control socket, then built. */
static inline void run_build(const struct tcn_draft *draft)
{
    static uint8_t bytes[TCN_CONTROL_MAX];
    static uint8_t salts[TCN_FIELDS_MAX * 16];
    static struct tcn_draft seen;
    static const uint8_t blind[16];
    struct tcn_cert cert = {.member = "ee", .not_after_ms = UINT64_MAX};
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    assert_int_equal(tcn_draft_encode(draft, &out), TCN_ERR_OK);
    assert_false(out.full);
    assert_int_equal(tcn_draft_decode(&seen, tcn_buf_view(&out)), TCN_ERR_OK);
    seen.header.created_ms = RUN_NOW_MS; /* the node's own clock */
    struct tcn_unsigned built;
    enum tcn_err err = tcn_unsigned_init(&built, &seen, &cert, salts, blind);
    if (err != TCN_ERR_OK) {
        print_error("no verifier takes this draft (%s):\n%s\n",
                    tcn_err_word(err), tcn_buf_text(&run.out));
    }
    assert_int_equal(err, TCN_ERR_OK);
    tcn_unsigned_fini(&built);
    run.envelope_max = out.len > run.envelope_max ? out.len : run.envelope_max;
}

static inline enum tcn_err run_take(void *ctx, const struct tcn_draft *draft)
{
    (void)ctx;
    run_put_draft(&run.out, draft);
    assert_int_equal(draft->header.created_ms, RUN_NOW_MS);
    assert_int_equal(draft->source_digest.len, 32);
    if (run.drafts < RUN_DIGESTS_MAX) {
        memcpy(run.digests[run.drafts].bytes, draft->source_digest.data, 32);
    }
    run.drafts++;
    if (draft->field_count > run.fields_max) {
        run.fields_max = draft->field_count;
    }
    run_build(draft);
    return TCN_ERR_OK;
}

static inline void run_fini(void)
{
    if (run.text != NULL) {
        tcn_import_report_fini(&run.report);
    }
    free(run.text);
    run = (struct run){0};
}

/* The bytes are copied to memory of exactly their size, so that a read beyond
 * their end is seen. */
static inline void run_bytes(struct tcn_view bytes,
                             const struct tcn_import_options *options)
{
    run_fini();
    run.text = malloc(RUN_TEXT_MAX);
    uint8_t *copy = malloc(bytes.len + (bytes.len == 0));
    assert_non_null(run.text);
    assert_non_null(copy);
    if (bytes.len > 0) {
        memcpy(copy, bytes.data, bytes.len);
    }
    run.out = tcn_buf(run.text, RUN_TEXT_MAX);
    struct tcn_import_sink sink = {.take = run_take};
    run.err =
        tcn_import(tcn_view(copy, bytes.len), options, &sink, &run.report);
    free(copy);
    assert_int_equal(run.drafts, run.report.alerts);
    tcn_buf_put_str(&run.out, "\n");
    assert_false(run.out.full);
    tcn_buf_text(&run.out);
}

static inline void run_text(const char *json)
{
    struct tcn_import_options options = run_options();
    run_bytes(tcn_view_str(json), &options);
}

static inline char *run_read(const char *name, size_t *len)
{
    char path[512];
    snprintf(path, sizeof path, "%s/data/%s", TESTS_DIR, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("cannot open %s", path);
    }
    static char bytes[1024 * 1024];
    *len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    assert_true(*len < sizeof bytes);
    return bytes;
}

static inline void run_file(const char *name)
{
    size_t len;
    const char *bytes = run_read(name, &len);
    struct tcn_import_options options = run_options();
    run_bytes(tcn_view(bytes, len), &options);
}

static inline void run_show(void)
{
    print_error("%s: %s (path %s, line %u, near %s)\n%s%s",
                tcn_err_word(run.err), run.report.message, run.report.path,
                run.report.line, run.report.offending, run.text,
                run.report.notices ? run.report.notices : "");
}

/* A whole line stands among the drafts. */
static inline void run_has(const char *line)
{
    char wanted[4096];
    snprintf(wanted, sizeof wanted, "\n%s\n", line);
    if (strstr(run.text, wanted) == NULL) {
        run_show();
        fail_msg("there is no line: %s", line);
    }
}

static inline void run_lacks(const char *words)
{
    if (strstr(run.text, words) != NULL) {
        run_show();
        fail_msg("this should not be there: %s", words);
    }
}

static inline void run_notices(const char *words)
{
    if (run.report.notices == NULL ||
        strstr(run.report.notices, words) == NULL) {
        run_show();
        fail_msg("there is no notice: %s", words);
    }
}

static inline void run_ended(enum tcn_err err)
{
    if (run.err != err) {
        run_show();
        fail_msg("ended with %s, not %s", tcn_err_word(run.err),
                 tcn_err_word(err));
    }
}

/* Every row of tests/data/MANIFEST.tsv for the files of one folder. */
static inline void run_manifest(const char *folder, unsigned rows_expected)
{
    static char manifest[64 * 1024];
    size_t len;
    const char *bytes = run_read("MANIFEST.tsv", &len);
    assert_true(len < sizeof manifest);
    memcpy(manifest, bytes, len);
    manifest[len] = '\0';
    unsigned rows = 0;
    char *next = manifest;
    while (*next != '\0') {
        char *row = next;
        next += strcspn(next, "\n");
        *next++ = '\0';
        char file[200], verdict[20], result[20];
        if (strncmp(row, folder, strlen(folder)) != 0 ||
            sscanf(row, "%199[^\t]\t%19[^\t]\t%19[^\t]", file, verdict,
                   result) != 3) {
            continue;
        }
        rows++;
        run_file(file);
        bool refused = strcmp(verdict, "refuse") == 0;
        const char *word = refused ? result : "ok";
        unsigned alerts = refused ? 0 : (unsigned)strtoul(result, NULL, 10);
        if (strcmp(tcn_err_word(run.err), word) != 0 || run.drafts != alerts) {
            run_show();
            fail_msg("%s should give %s, %u alerts; gave %u", file, word,
                     alerts, run.drafts);
        }
        if (strcmp(verdict, "empty") == 0) {
            run_notices("nothing to warn of");
        }
    }
    assert_int_equal(rows, rows_expected);
}

/* A document, and what must stand among the drafts it gives. */
struct run_row {
    const char *text;
    const char *words;
};

static inline void run_rows(const struct run_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        run_text(rows[i].text);
        run_ended(TCN_ERR_OK);
        if (strstr(run.text, rows[i].words) == NULL) {
            run_show();
            fail_msg("row %zu lacks: %s", i, rows[i].words);
        }
    }
}

/* For cmocka_run_group_tests(). */
static inline int run_end(void **state)
{
    (void)state;
    run_fini();
    return 0;
}
