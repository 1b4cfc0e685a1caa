/* Drafts to the node, many with one signature. */
#include <poll.h>
#include <stdlib.h>

#include "cli/import.h"

static void drop_from(struct job *job, size_t first)
{
    while (job->count > first) {
        job->count--;
        job->bytes -= job->len[job->count];
        free(job->list[job->count]);
    }
}

void job_forget(struct job *job)
{
    drop_from(job, 0);
    for (size_t i = 0; i < job->name_count; i++) {
        free(job->names[i].path);
    }
    job->name_count = 0;
    job->file_start = 0;
}

void job_begin_file(struct job *job, const char *path)
{
    job->options.now_ms = tcn_now_ms(); /* one that stays runs for months */
    job->file_start = job->count;
    job->path = path;
}

void job_drop_file(struct job *job)
{
    drop_from(job, job->file_start);
}

/* Remembers of which file a draft is; a file of many drafts once. */
static void note_file(struct job *job)
{
    unsigned number = job->totals.files;
    size_t count = job->name_count;
    if (count == 0 || job->names[count - 1].number != number) {
        job->names[count].number = number;
        job->names[count].path = strdup(job->path == NULL ? "-" : job->path);
        job->name_count++;
    }
    job->file[job->count] = number;
}

static enum tcn_err keep(struct job *job, const struct tcn_draft *draft)
{
    uint8_t *bytes = malloc(TCN_ENVELOPE_MAX);
    struct tcn_buf out = tcn_buf(bytes, TCN_ENVELOPE_MAX);
    enum tcn_err err =
        bytes == NULL ? TCN_ERR_NO_MEMORY : tcn_draft_encode(draft, &out);
    if (err != TCN_ERR_OK) {
        free(bytes);
        return err;
    }
    uint8_t *fit = realloc(bytes, out.len + 1);
    note_file(job);
    job->last_part[job->count] = draft->last_part;
    job->list[job->count] = fit == NULL ? bytes : fit;
    job->len[job->count++] = out.len;
    job->bytes += out.len;
    return TCN_ERR_OK;
}

enum tcn_err job_take(void *ctx, const struct tcn_draft *draft)
{
    struct job *job = ctx;
    enum tcn_err err = keep(job, draft);
    bool full = job->count == BATCH_DRAFTS || job->bytes >= BATCH_BYTES;
    if (err == TCN_ERR_OK && full && job_submit(job) == EXIT_NO_NODE) {
        err = TCN_ERR_UNREACHABLE;
    }
    return err;
}

/* ---- one submission ---- */

/* What became of a draft, or would. */
static struct tcn_view outcome_of(const struct tcn_pairs *pairs)
{
    return tcn_pairs_str(pairs, tcn_pairs_has(pairs, "as") ? "as" : "outcome");
}

static void count_outcome(struct totals *totals, const struct tcn_pairs *pairs)
{
    struct tcn_view outcome = outcome_of(pairs);
    totals->stored += tcn_view_is(outcome, "stored");
    totals->updated += tcn_view_is(outcome, "updated");
    totals->revoked += tcn_view_is(outcome, "revoked");
    totals->known += tcn_view_is(outcome, "known");
    totals->refused += tcn_view_is(outcome, "refused");
}

/* The file of draft `n` of the batch, when it holds more than one. */
static const char *file_of(const struct job *job, uint64_t n)
{
    for (size_t i = 0; n < job->count && i < job->name_count; i++) {
        if (job->name_count > 1 && job->names[i].number == job->file[n]) {
            return job->names[i].path;
        }
    }
    return NULL;
}

static void print_outcome(const struct job *job, const struct tcn_pairs *pairs)
{
    const char *file = file_of(job, tcn_pairs_uint(pairs, "n"));
    if (job->args->json) {
        cli_print_row_json(pairs);
        return;
    }
    (void)printf("  ");
    cli_print_view(tcn_pairs_str(pairs, "outcome"));
    (void)printf("%s", tcn_pairs_has(pairs, "as") ? " be " : "");
    cli_print_view(tcn_pairs_str(pairs, "as"));
    struct tcn_view id = tcn_pairs_bin(pairs, "id");
    if (id.len > 0) {
        (void)printf(" ");
        cli_print_hex(id, 64);
    }
    if (file != NULL) {
        (void)putchar(' ');
        cli_print_view(tcn_view_str(file));
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

static void take_reply(struct job *job)
{
    report_clear(job);
    if (tcn_view_is(job->node.msg.first, "row")) {
        struct tcn_view outcome = outcome_of(&job->node.msg.pairs);
        if (job->probing && tcn_view_is(outcome, "known")) {
            return; /* there were no more parts */
        }
        if (tcn_view_is(outcome, "updated") ||
            tcn_view_is(outcome, "revoked")) {
            tail_note(job, tcn_pairs_uint(&job->node.msg.pairs, "n"));
        }
        count_outcome(&job->totals, &job->node.msg.pairs);
        if (!job->args->json) {
            warn_once(&job->node.msg.pairs);
        }
        print_outcome(job, &job->node.msg.pairs);
    } else if (!job->args->json) {
        (void)printf("    ");
        cli_print_view(job->node.msg.first_text);
        (void)putchar('\n');
    }
}

/* The node answers while drafts still go out: replies are taken between, so
 * that neither waits for the other. False: it ended already. */
static bool take_replies(struct job *job)
{
    for (;;) {
        struct pollfd slot = {job->node.fd, POLLIN | POLLOUT, 0};
        if (poll(&slot, 1, -1) <= 0 || (slot.revents & POLLIN) == 0) {
            return true;
        }
        if (!cli_next(&job->node)) {
            return false;
        }
        take_reply(job);
    }
}

/* What was refused has been said with its row. */
static int finish(struct job *job, unsigned refused_before)
{
    return job->totals.refused > refused_before &&
                   job->node.end != TCN_ERR_UNREACHABLE
               ? EXIT_REFUSED
               : cli_finish(&job->node);
}

static int exchange(struct job *job)
{
    struct cli_node *node = &job->node;
    unsigned refused = job->totals.refused;
    cli_begin(node);
    tcn_pair_uint(&node->pairs, &node->pair_count, "count", job->count);
    tcn_pair_bool(&node->pairs, &node->pair_count, "dry_run",
                  cli_has(job->args, "dry-run"));
    if (!cli_send(node, "submit")) {
        return EXIT_NO_NODE;
    }
    for (size_t i = 0; i < job->count; i++) {
        if (!take_replies(job)) {
            return finish(job, refused);
        }
        cli_begin(node);
        tcn_pair_bin(&node->pairs, &node->pair_count, "draft",
                     tcn_view(job->list[i], job->len[i]));
        if (!cli_send(node, "draft")) {
            return EXIT_NO_NODE;
        }
    }
    while (cli_next(node)) {
        take_reply(job);
    }
    return finish(job, refused);
}

bool job_connect(struct job *job)
{
    if (!job->connected) {
        job->connected = cli_connect(&job->node, job->args);
        if (!job->connected) {
            cli_disconnect(&job->node);
        }
    }
    return job->connected;
}

static int submit_batch(struct job *job)
{
    int code = EXIT_NO_NODE;
    do {
        if (job_connect(job)) {
            code = exchange(job);
        }
        if (code == EXIT_NO_NODE && job->connected) {
            cli_disconnect(&job->node);
            job->connected = false;
        }
    } while (code == EXIT_NO_NODE && job->stays && import_wait(1000));
    bool counts = code != EXIT_NO_NODE && !job->probing;
    job->submitted += counts ? (unsigned)job->count : 0;
    job_forget(job);
    job->worst = code > job->worst ? code : job->worst;
    return code;
}

int job_submit(struct job *job)
{
    int code = job->count > 0 ? submit_batch(job) : EXIT_DONE;
    while (code != EXIT_NO_NODE && tail_take(job)) {
        job->probing = true;
        int also = submit_batch(job);
        code = also > code ? also : code;
    }
    tail_forget(job);
    job->probing = false;
    return code;
}
