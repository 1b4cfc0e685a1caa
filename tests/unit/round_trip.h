/* Out in one format and in again: what an alert says as lines of text, and how
 * a test looks for those that did not come back. */
#pragma once

#include "formats/export.h"
#include "formats/own.h"
#include "unit/alert_made.h"
#include "unit/import_run.h"

/* ---- one alert out ---- */

static struct tcn_told told;
static struct made_bytes envelope;
static struct tcn_alert alert;

/* Signs the draft, cuts the classes of `form`, and looks at what is left. */
static inline void tell(const struct tcn_draft *draft, uint8_t form)
{
    static struct made_bytes cut;
    static struct tcn_draft live;
    struct tcn_card card = made_card();
    live = *draft;
    live.header.created_ms = MADE_NOW_MS;
    live.header.expires_ms = MADE_NOW_MS + 30 * TCN_DAY_MS;
    assert_int_equal(made_alert(&envelope, &live, &card.cert), TCN_ERR_OK);
    assert_int_equal(tcn_alert_decode(&alert, made_view(&envelope)),
                     TCN_ERR_OK);
    struct tcn_buf out = tcn_buf(cut.data, sizeof cut.data);
    assert_int_equal(tcn_alert_redact(&alert, form, &out), TCN_ERR_OK);
    assert_int_equal(tcn_alert_decode(&alert, tcn_buf_view(&out)), TCN_ERR_OK);
    assert_int_equal(tcn_alert_check_fields(&alert), TCN_ERR_OK);
    struct tcn_alert_facts facts = {.status = TCN_STATUS_LIVE};
    tcn_told_from_alert(&told, &alert, &facts);
}

static inline char *export(enum tcn_export_format format)
{
    struct tcn_text text = {0};
    assert_true(tcn_export_one(&text, format, &told));
    return text.data;
}

/* ---- round trips ---- */

#define FACTS_MAX 4096

/* What must come back: the words of the header, and its fields, as lines. */
struct facts {
    size_t count;
    char *lines[FACTS_MAX];
};

static inline void forget(struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        free(facts->lines[i]);
    }
    facts->count = 0;
}

static inline bool has(const struct facts *facts, const char *line)
{
    for (size_t i = 0; i < facts->count; i++) {
        if (strcmp(facts->lines[i], line) == 0) {
            return true;
        }
    }
    return false;
}

static inline void add_fact(struct facts *facts, struct tcn_text *line)
{
    assert_false(line->failed);
    assert_true(facts->count < FACTS_MAX);
    facts->lines[facts->count++] = line->data;
}

static inline bool is_kept(const struct tcn_draft_field *field)
{
    /* Descriptions come back joined, references gather more of them. */
    return !tcn_view_is(field->name, "description") ||
           field->cls != TCN_CLASS_FREE;
}

/* The fields of a told alert: class, key (with detection) and value. */
static inline void note_fields(struct facts *facts, const struct tcn_told *of)
{
    for (size_t i = 0; i < of->field_count; i++) {
        struct tcn_text line = {0};
        struct tcn_text value = {0};
        if (!is_kept(&of->fields[i])) {
            continue;
        }
        tcn_text_printf(&line, "%s ", tcn_class_word(of->fields[i].cls));
        tcn_own_put(&line, &value, of, &of->fields[i]);
        tcn_text_put_str(&line, " = ");
        tcn_text_put(&line, tcn_text_view(&value));
        free(value.data);
        add_fact(facts, &line);
    }
}

static inline void note_header(struct facts *facts, const struct tcn_told *of)
{
    const struct tcn_header *h = &of->header;
    struct tcn_text line = {0};
    tcn_text_printf(&line, "tlp %u pap %u severity %u confidence %u %.*s",
                    h->label.tlp, h->label.pap, h->severity, h->confidence,
                    (int)h->category.len, (const char *)h->category.data);
    add_fact(facts, &line);
    line = (struct tcn_text){0};
    tcn_text_printf(&line, "caveats %u exercise %.*s", h->label.caveat_mask,
                    (int)h->exercise.len, (const char *)h->exercise.data);
    add_fact(facts, &line);
    if (h->label.onward == TCN_ONWARD_NONE) { /* it may only narrow */
        line = (struct tcn_text){0};
        tcn_text_put_str(&line, "onward none");
        add_fact(facts, &line);
    }
}

struct round {
    struct tcn_draft *drafts;
    size_t count;
};

/* Copies a draft with all that it borrows, as the control socket would. */
static inline enum tcn_err keep_draft(void *ctx, const struct tcn_draft *draft)
{
    struct round *round = ctx;
    static uint8_t bytes[8][TCN_CONTROL_MAX];
    static struct tcn_draft kept[8];
    assert_true(round->count < 8);
    struct tcn_buf out = tcn_buf(bytes[round->count], TCN_CONTROL_MAX);
    assert_int_equal(tcn_draft_encode(draft, &out), TCN_ERR_OK);
    assert_int_equal(tcn_draft_decode(&kept[round->count], tcn_buf_view(&out)),
                     TCN_ERR_OK);
    round->drafts = kept;
    round->count++;
    return TCN_ERR_OK;
}

static inline void import_text(const char *text, struct round *round)
{
    struct tcn_import_options options = run_options();
    struct tcn_import_sink sink = {.take = keep_draft, .ctx = round};
    struct tcn_import_report report;
    options.onward = TCN_ONWARD_ANY;
    *round = (struct round){0};
    enum tcn_err err = tcn_import(tcn_view_str(text), &options, &sink, &report);
    if (err != TCN_ERR_OK) {
        print_error("%s at %s: %s\n%.2000s\n", report.message, report.path,
                    report.offending, text);
    }
    assert_int_equal(err, TCN_ERR_OK);
    tcn_import_report_fini(&report);
}

/* Out in one format and in again: all that was said is said again. */
static inline void go_round(enum tcn_export_format format, struct facts *before)
{
    struct facts after = {0};
    struct round round;
    char *text = export(format);
    import_text(text, &round);
    assert_true(round.count > 0);
    for (size_t i = 0; i < round.count; i++) {
        tell(&round.drafts[i], TCN_CLASS_ALL);
        note_fields(&after, &told);
        note_header(&after, &told);
    }
    for (size_t i = 0; i < before->count; i++) {
        bool split = round.count > 1 &&
                     (strncmp(before->lines[i], "KEEP title", 10) == 0 ||
                      strncmp(before->lines[i], "caveats", 7) == 0 ||
                      strstr(before->lines[i], "not-for-detection") != NULL);
        if (!split && !has(&after, before->lines[i])) {
            for (size_t k = 0; k < after.count; k++) {
                print_error("  %.200s\n", after.lines[k]);
            }
            fail_msg("%s lost: %.300s\nfrom %.3000s", tcn_export_word(format),
                     before->lines[i], text);
        }
    }
    free(text);
    forget(&after);
}

static const enum tcn_export_format formats[] = {
    TCN_EXPORT_STIX, TCN_EXPORT_MISP, TCN_EXPORT_CAP};
#define FORMATS (sizeof formats / sizeof *formats)

/* ---- chance ---- */

static uint64_t seed;

static inline unsigned dice(unsigned sides)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(seed >> 33) % sides;
}
