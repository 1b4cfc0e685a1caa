/* Files of other tools become alerts: read here, signed by the node, many with
 * one signature. */
#include <stdlib.h>

#include "alert/label.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/import.h"

/* Sorted, as a label wants it. A marking above GREEN reaches nobody without. */
static void read_audience(struct job *job)
{
    job->options.audience = job->audience;
    const char *to = cli_get(job->args, "to");
    for (const char *at = to; at != NULL && *at != '\0';) {
        size_t len = strcspn(at, ",");
        struct tcn_view name = tcn_view(at, len);
        size_t i = job->options.audience_count;
        while (i > 0 && tcn_view_compare(job->audience[i - 1], name) > 0) {
            job->audience[i] = job->audience[i - 1];
            i--;
        }
        job->audience[i] = name;
        if (++job->options.audience_count == TCN_AUDIENCE_MAX) {
            break;
        }
        at += len + (at[len] == ',');
    }
}

static int read_options(struct job *job)
{
    const struct cli_args *args = job->args;
    const char *format = cli_get(args, "format");
    const char *tlp = cli_get(args, "tlp");
    const char *onward = cli_get(args, "onward");
    const char *exercise = cli_get(args, "exercise");
    job->options = (struct tcn_import_options){
        .tlp = job->node.setup->conf.default_tlp,
        .pap = -1,
        .onward = TCN_ONWARD_ANY,
        .now_ms = tcn_now_ms(),
        .published_only = cli_has(args, "published-only"),
        .exercise = tcn_view_str(exercise == NULL ? "" : exercise),
    };
    if (exercise != NULL &&
        !tcn_text_is_word(job->options.exercise, 1, TCN_NAME_MAX, true)) {
        return cli_wrong(args, exercise, "a name of letters, digits and -");
    }
    if (format != NULL) {
        int found = tcn_format_find(tcn_view_str(format));
        if (found < 0) {
            return cli_wrong(args, format,
                             "stix, misp, cap, eve, idea, kev or csaf");
        }
        job->options.format = (enum tcn_format)found;
    }
    if (tlp != NULL) {
        job->options.tlp = tcn_tlp_find(tcn_view_str(tlp));
        if (job->options.tlp < 0) {
            return cli_wrong(args, tlp, "this is no TLP");
        }
    }
    if (onward != NULL) {
        int found = tcn_onward_find(tcn_view_str(onward));
        if (found < 0) {
            return cli_wrong(args, onward, "none, listed, members or any");
        }
        job->options.onward = (unsigned)found;
    }
    if (!cli_duration(args, "expires", job->node.setup->conf.life_ms,
                      &job->options.life_ms)) {
        return EXIT_USAGE;
    }
    read_audience(job);
    return EXIT_DONE;
}

static int run(struct job *job)
{
    const struct cli_args *args = job->args;
    const char *watched = cli_get(args, "watch");
    const char *followed = cli_get(args, "follow");
    if ((watched != NULL) + (followed != NULL) + (args->word_count > 0) != 1) {
        return cli_wrong(args, args->word_count > 0 ? args->words[0] : "import",
                         "give files and directories, or --watch DIR, or "
                         "--follow FILE");
    }
    int code = read_options(job);
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
        code = job_connect(job) ? run(job) : EXIT_NO_NODE;
        job_forget(job);
        if (job->connected) {
            cli_disconnect(&job->node);
        }
    }
    free(job);
    return code;
}
