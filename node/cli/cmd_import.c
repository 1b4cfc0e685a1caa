/* Files of other tools become alerts: read here, signed by the node, many with
 * one signature. */
#include <stdlib.h>

#include "alert/label.h"
#include "cli/commands.h"
#include "cli/draft.h"
#include "cli/import.h"

/* What the node takes where neither a file nor an option says. */
static int ask_defaults(struct job *job)
{
    cli_begin(&job->node);
    if (!cli_send(&job->node, "status")) {
        return EXIT_NO_NODE;
    }
    while (cli_next(&job->node)) {
        const struct tcn_pairs *pairs = &job->node.msg.pairs;
        job->options.tlp = tcn_tlp_find(tcn_pairs_str(pairs, "default_tlp"));
        job->options.life_ms = tcn_pairs_uint(pairs, "life");
    }
    return cli_finish(&job->node);
}

/* A marking above GREEN reaches nobody without an audience. */
static int read_options(struct job *job)
{
    const struct cli_args *args = job->args;
    const char *tlp = cli_get(args, "tlp");
    const char *onward = cli_get(args, "onward");
    const char *exercise = cli_get(args, "exercise");
    const char *source = cli_get(args, "source");
    job->options.pap = -1;
    job->options.onward = TCN_ONWARD_ANY;
    job->options.now_ms = tcn_now_ms();
    job->options.published_only = cli_has(args, "published-only");
    job->options.exercise = tcn_view_str(exercise == NULL ? "" : exercise);
    job->options.source = tcn_view_str(source == NULL ? "" : source);
    if (tlp != NULL) {
        job->options.tlp = tcn_tlp_find(tcn_view_str(tlp));
    }
    if (onward != NULL) {
        job->options.onward = (unsigned)tcn_onward_find(tcn_view_str(onward));
    }
    job->options.audience = job->audience;
    job->options.audience_count = (uint16_t)cli_audience(args, job->audience);
    if (job->options.audience_count > 0 && !args->json) {
        (void)fprintf(stderr, "note: every recipient sees the audience\n");
    }
    return cli_duration(args, "expires", job->options.life_ms,
                        &job->options.life_ms)
               ? EXIT_DONE
               : EXIT_USAGE;
}

/* What needs no node. */
static int check_options(struct job *job)
{
    const struct cli_args *args = job->args;
    const char *format = cli_get(args, "format");
    int sources = cli_has(args, "watch") + cli_has(args, "follow") +
                  (args->word_count > 0);
    if (sources != 1) {
        return cli_wrong(args, args->word_count > 0 ? args->words[0] : "import",
                         "give files and directories, or --watch DIR, or "
                         "--follow FILE");
    }
    if (format != NULL) {
        int found = tcn_format_find(tcn_view_str(format));
        if (found < 0) {
            return cli_wrong(args, format,
                             "this is no format: stix, misp, cap, eve, idea, "
                             "kev or csaf");
        }
        job->options.format = (enum tcn_format)found;
    }
    return draft_check(args);
}

static int run(struct job *job)
{
    const struct cli_args *args = job->args;
    const char *watched = cli_get(args, "watch");
    const char *followed = cli_get(args, "follow");
    int code = ask_defaults(job);
    code = code == EXIT_DONE ? read_options(job) : code;
    if (code != EXIT_DONE) {
        return code;
    }
    for (size_t i = 0; i < args->word_count; i++) {
        import_path(job, args->words[i]);
    }
    (void)job_submit(job);
    if (watched != NULL) {
        code = import_watch(job, watched);
    } else if (followed != NULL) {
        code = import_follow(job, followed);
    }
    report_clear(job);
    if (!args->json) {
        report_totals(job);
    }
    return code > job->worst ? code : job->worst;
}

int cmd_import(struct cli_args *args)
{
    struct job *job = calloc(1, sizeof *job);
    int code = EXIT_NO_NODE;
    if (job != NULL) {
        job->args = args;
        code = check_options(job);
        if (code == EXIT_DONE) {
            code = job_connect(job) ? run(job) : EXIT_NO_NODE;
        }
        job_forget(job);
        if (job->connected) {
            cli_disconnect(&job->node);
        }
    }
    free(job);
    return code;
}
