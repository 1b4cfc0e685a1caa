/* Files of other tools become alerts: read here, signed by the node, many with
 * one signature. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alert/label.h"
#include "cli/commands.h"
#include "cli/draft.h"
#include "formats/import.h"

struct drafts {
    size_t count;
    uint8_t *list[TCN_SUBMIT_MAX];
    size_t len[TCN_SUBMIT_MAX];
    const struct cli_args *args;
    struct tcn_view audience[TCN_AUDIENCE_MAX];
    uint16_t audience_count;
};

struct totals {
    unsigned files, refused_files;
    unsigned stored, updated, revoked, known, refused;
};

/* A marking above GREEN reaches nobody without an audience: it is taken from
 * --to. */
static enum tcn_err take(void *ctx, const struct tcn_draft *given)
{
    static struct tcn_draft draft;
    struct drafts *drafts = ctx;
    if (drafts->count == TCN_SUBMIT_MAX) {
        return TCN_ERR_CAPACITY;
    }
    draft = *given;
    if (drafts->audience_count > 0) {
        draft.header.label.audience_count = drafts->audience_count;
        memcpy(draft.header.label.audience, drafts->audience,
               drafts->audience_count * sizeof drafts->audience[0]);
    }
    uint8_t *bytes = malloc(TCN_ENVELOPE_MAX);
    struct tcn_buf out = tcn_buf(bytes, TCN_ENVELOPE_MAX);
    enum tcn_err err =
        bytes == NULL ? TCN_ERR_NO_MEMORY : tcn_draft_encode(&draft, &out);
    if (err != TCN_ERR_OK) {
        free(bytes);
        return err;
    }
    uint8_t *fit = realloc(bytes, out.len + 1);
    drafts->list[drafts->count] = fit == NULL ? bytes : fit;
    drafts->len[drafts->count++] = out.len;
    return TCN_ERR_OK;
}

static void forget(struct drafts *drafts)
{
    for (size_t i = 0; i < drafts->count; i++) {
        free(drafts->list[i]);
    }
    drafts->count = 0;
}

/* ---- one submission ---- */

static void count_outcome(struct totals *totals, const struct tcn_pairs *pairs)
{
    struct tcn_view outcome = tcn_pairs_str(pairs, "outcome");
    totals->stored +=
        tcn_view_is(outcome, "stored") || tcn_view_is(outcome, "would");
    totals->updated += tcn_view_is(outcome, "updated");
    totals->revoked += tcn_view_is(outcome, "revoked");
    totals->known += tcn_view_is(outcome, "known");
    totals->refused += tcn_view_is(outcome, "refused");
}

static void print_outcome(const struct cli_args *args,
                          const struct tcn_pairs *pairs)
{
    if (args->json) {
        cli_print_row_json(pairs);
        return;
    }
    (void)printf("  ");
    cli_print_view(tcn_pairs_str(pairs, "outcome"));
    struct tcn_view id = tcn_pairs_bin(pairs, "id");
    if (id.len > 0) {
        (void)printf(" ");
        cli_print_hex(id, 64);
    }
    if (tcn_pairs_has(pairs, "sentence")) {
        (void)printf(": ");
        cli_print_view(tcn_pairs_str(pairs, "sentence"));
    }
    (void)putchar('\n');
}

/* A file of a thousand alerts under one label gives each warning once. */
static void warn_once(const struct tcn_pairs *pairs)
{
    static uint8_t said[4096];
    static struct tcn_buf before = {.data = said, .cap = sizeof said};
    struct tcn_view list[TCN_WARNINGS_MAX];
    uint8_t now[sizeof said];
    struct tcn_buf text = tcn_buf(now, sizeof now);
    size_t count = tcn_pairs_list(pairs, "warnings", list, TCN_WARNINGS_MAX);
    for (size_t i = 0; i < count; i++) {
        tcn_buf_put(&text, list[i].data, list[i].len);
    }
    if (!tcn_view_equal(tcn_buf_view(&text), tcn_buf_view(&before))) {
        cli_print_warnings(pairs);
        before.len = 0;
        tcn_buf_put(&before, now, text.len);
    }
}

static void take_reply(const struct cli_node *node, const struct cli_args *args,
                       struct totals *totals)
{
    if (tcn_view_is(node->msg.first, "row")) {
        count_outcome(totals, &node->msg.pairs);
        if (!args->json) {
            warn_once(&node->msg.pairs);
        }
        print_outcome(args, &node->msg.pairs);
    } else if (!args->json) {
        (void)printf("    ");
        cli_print_view(node->msg.first_text);
        (void)putchar('\n');
    }
}

/* The node answers while drafts still go out: replies are taken between, so
 * that neither waits for the other. False: it ended already. */
static bool take_replies(struct cli_node *node, const struct cli_args *args,
                         struct totals *totals)
{
    for (;;) {
        struct pollfd slot = {node->fd, POLLIN | POLLOUT, 0};
        if (poll(&slot, 1, -1) <= 0 || (slot.revents & POLLIN) == 0) {
            return true;
        }
        if (!cli_next(node)) {
            return false;
        }
        take_reply(node, args, totals);
    }
}

/* What was refused has been said with its row. */
static int finish(struct cli_node *node, const struct totals *totals)
{
    return totals->refused > 0 && node->end != TCN_ERR_UNREACHABLE
               ? EXIT_REFUSED
               : cli_finish(node);
}

static int submit(struct cli_node *node, const struct cli_args *args,
                  const struct drafts *drafts, struct totals *totals)
{
    cli_begin(node);
    tcn_pair_uint(&node->pairs, &node->pair_count, "count", drafts->count);
    tcn_pair_bool(&node->pairs, &node->pair_count, "dry_run",
                  cli_has(args, "dry-run"));
    if (!cli_send(node, "submit")) {
        return EXIT_NO_NODE;
    }
    for (size_t i = 0; i < drafts->count; i++) {
        if (!take_replies(node, args, totals)) {
            return finish(node, totals);
        }
        cli_begin(node);
        tcn_pair_bin(&node->pairs, &node->pair_count, "draft",
                     tcn_view(drafts->list[i], drafts->len[i]));
        if (!cli_send(node, "draft")) {
            return EXIT_NO_NODE;
        }
    }
    while (cli_next(node)) {
        take_reply(node, args, totals);
    }
    return finish(node, totals);
}

/* ---- one file ---- */

static void print_report(const char *path, enum tcn_err err,
                         const struct tcn_import_report *report)
{
    FILE *out = err == TCN_ERR_OK ? stdout : stderr;
    cli_put_view(out, tcn_view_str(path));
    if (err != TCN_ERR_OK) {
        if (report->line > 0) {
            (void)fprintf(out, ":%u:%u", report->line, report->column);
        }
        (void)fprintf(out, ": %s",
                      report->message[0] != '\0' ? report->message
                                                 : tcn_err_sentence(err));
        if (report->path[0] != '\0') {
            (void)fprintf(out, " (at %s)", report->path);
        }
        if (report->offending[0] != '\0') {
            (void)fprintf(out, ": `%s`", report->offending);
        }
        (void)fputc('\n', out);
        return;
    }
    (void)fprintf(out,
                  ": %s, %u alerts, %u fields, %u kept as tool, "
                  "%u left out\n",
                  tcn_format_word(report->format), report->alerts,
                  report->fields, report->kept_as_tool, report->skipped);
}

static void print_notices(const struct tcn_import_report *report)
{
    const char *at = report->notices;
    const char *end = at == NULL ? NULL : at + report->notices_len;
    while (at != NULL && at < end) {
        size_t len = strcspn(at, "\n");
        (void)fprintf(stderr, "  note: %.*s\n", (int)len, at);
        at += len + 1;
    }
}

struct job {
    struct cli_node *node;
    const struct cli_args *args;
    struct tcn_import_options options;
    struct drafts *drafts;
    struct totals totals;
    int worst;
};

static void import_file(struct job *job, const char *path)
{
    uint8_t *data;
    size_t len;
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_import_report report = {0};
    enum tcn_err err =
        tcn_file_read(path, TCN_IMPORT_BYTES_MAX, &data, &len, &message);
    job->totals.files++;
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "%s", tcn_buf_text(&message));
    } else {
        const struct tcn_import_sink sink = {take, job->drafts};
        err = tcn_import(tcn_view(data, len), &job->options, &sink, &report);
        free(data);
        if (!job->args->json || err != TCN_ERR_OK) {
            print_report(path, err, &report);
        }
        print_notices(&report);
    }
    int code = err == TCN_ERR_OK ? EXIT_DONE : EXIT_REFUSED;
    if (err == TCN_ERR_OK && job->drafts->count > 0) {
        code = submit(job->node, job->args, job->drafts, &job->totals);
    }
    forget(job->drafts);
    tcn_import_report_fini(&report);
    job->totals.refused_files += code != EXIT_DONE;
    job->worst = code > job->worst ? code : job->worst;
}

static void import_path(struct job *job, const char *path);

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void import_directory(struct job *job, const char *path)
{
    struct dirent **names;
    int count = scandir(path, &names, NULL, by_name);
    if (count < 0) {
        int why = errno;
        cli_put_view(stderr, tcn_view_str(path));
        (void)fprintf(stderr, ": %s\n", strerror(why));
        job->totals.refused_files++;
        job->worst = job->worst > EXIT_REFUSED ? job->worst : EXIT_REFUSED;
    }
    for (int i = 0; i < count; i++) {
        char inner[4096];
        (void)snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.') {
            import_path(job, inner);
        }
        free(names[i]);
    }
    if (count >= 0) {
        free(names);
    }
}

static void import_path(struct job *job, const char *path)
{
    struct stat info;
    if (strcmp(path, "-") != 0 && stat(path, &info) == 0 &&
        S_ISDIR(info.st_mode)) {
        import_directory(job, path);
    } else if (job->worst != EXIT_NO_NODE) {
        import_file(job, path);
    }
}

/* ---- options ---- */

/* What the node takes where neither a file nor an option says. */
static int ask_defaults(struct job *job)
{
    cli_begin(job->node);
    if (!cli_send(job->node, "status")) {
        return EXIT_NO_NODE;
    }
    while (cli_next(job->node)) {
        const struct tcn_pairs *pairs = &job->node->msg.pairs;
        job->options.tlp = tcn_tlp_find(tcn_pairs_str(pairs, "default_tlp"));
        job->options.life_ms = tcn_pairs_uint(pairs, "life");
    }
    return cli_finish(job->node);
}

static int read_options(struct job *job)
{
    const struct cli_args *args = job->args;
    const char *tlp = cli_get(args, "tlp");
    const char *onward = cli_get(args, "onward");
    job->options.pap = -1;
    job->options.onward = TCN_ONWARD_ANY;
    job->options.now_ms = tcn_now_ms();
    job->options.published_only = cli_has(args, "published-only");
    if (tlp != NULL) {
        job->options.tlp = tcn_tlp_find(tcn_view_str(tlp));
    }
    if (onward != NULL) {
        job->options.onward = (unsigned)tcn_onward_find(tcn_view_str(onward));
    }
    job->drafts->audience_count =
        (uint16_t)cli_audience(args, job->drafts->audience);
    if (job->drafts->audience_count > 0 && !args->json) {
        (void)fprintf(stderr, "note: every recipient sees the audience\n");
    }
    return cli_duration(args, "expires", job->options.life_ms,
                        &job->options.life_ms)
               ? EXIT_DONE
               : EXIT_USAGE;
}

static int check_options(struct job *job)
{
    const char *format = cli_get(job->args, "format");
    if (format != NULL) {
        int found = tcn_format_find(tcn_view_str(format));
        if (found < 0) {
            return cli_wrong(job->args, format,
                             "this is no format: stix or misp");
        }
        job->options.format = (enum tcn_format)found;
    }
    return draft_check(job->args);
}

static void print_totals(const struct totals *totals)
{
    (void)printf("%u files (%u refused): %u alerts new, %u updated, %u "
                 "withdrawn, %u known already, %u refused\n",
                 totals->files, totals->refused_files, totals->stored,
                 totals->updated, totals->revoked, totals->known,
                 totals->refused);
}

static int run(struct job *job)
{
    const struct cli_args *args = job->args;
    int code = ask_defaults(job);
    code = code == EXIT_DONE ? read_options(job) : code;
    if (code != EXIT_DONE) {
        return code;
    }
    for (size_t i = 0; i < args->word_count; i++) {
        import_path(job, args->words[i]);
    }
    if (!args->json) {
        print_totals(&job->totals);
    }
    return job->worst;
}

int cmd_import(struct cli_args *args)
{
    struct cli_node node;
    struct drafts *drafts = calloc(1, sizeof *drafts);
    struct job job = {.node = &node, .args = args, .drafts = drafts};
    int code = drafts == NULL ? EXIT_REFUSED : check_options(&job);
    if (code == EXIT_DONE) {
        drafts->args = args;
        code = cli_connect(&node, args) ? run(&job) : EXIT_NO_NODE;
        cli_disconnect(&node);
    }
    free(drafts);
    return code;
}
