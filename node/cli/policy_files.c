#include "cli/policy_files.h"

#include <stdlib.h>

#include "base/text.h"

bool policy_files_read(struct policy_files *files, const struct cli_args *args,
                       size_t first_word)
{
    size_t count = args->word_count - first_word;
    char said[1024];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    files->sources = calloc(count + 1, sizeof *files->sources);
    files->own_sources = true;
    for (size_t i = 0; files->sources != NULL && i < count; i++) {
        uint8_t *text = NULL;
        size_t len = 0;
        const char *path = args->words[first_word + i];
        enum tcn_err err =
            tcn_file_read(path, TCN_SOURCE_MAX, &text, &len, &message);
        if (err != TCN_ERR_OK) {
            (void)fprintf(stderr, "tocsin: %s", tcn_buf_text(&message));
            return false;
        }
        files->sources[files->source_count++] =
            (struct tcn_source){.name = path, .text = tcn_view(text, len)};
    }
    return files->sources != NULL;
}

static bool tell(const struct policy_files *files,
                 const struct tcn_problems *problems)
{
    char *text = malloc(TCN_SETUP_MESSAGE);
    if (text != NULL) {
        struct tcn_buf out = tcn_buf(text, TCN_SETUP_MESSAGE);
        tcn_problems_put(&out, problems, files->sources);
        (void)fputs(tcn_buf_text(&out), stderr);
    }
    free(text);
    return false;
}

/* 1 = the files say who we are, 0 = they do not, -1 after an error was said. */
static int read_world(struct policy_files *files)
{
    struct tcn_problems problems = {0};
    files->conf = calloc(1, sizeof *files->conf);
    if (files->conf == NULL) {
        return -1;
    }
    enum tcn_err err = tcn_conf_load_includes(files->conf, files->sources,
                                              files->source_count, &problems);
    if (err == TCN_ERR_OK && files->conf->member[0] == '\0') {
        return 0;
    }
    problems.count = 0;
    err = tcn_conf_load(files->conf, files->sources, files->source_count,
                        &problems);
    if (err != TCN_ERR_OK) {
        (void)tell(files, &problems);
        return -1;
    }
    return 1;
}

/* Puts the one file that was read in its place in the configuration; false
 * when there is none, and `message` says why. */
static bool put_in_place(struct policy_files *files, struct tcn_buf *message)
{
    const struct tcn_setup *setup = files->setup;
    if (files->source_count != 1 ||
        tcn_policy_place(setup, &files->sources[0], &files->place, message) !=
            TCN_ERR_OK) {
        return false;
    }
    files->placed = tcn_policy_sources(setup, &files->sources[0], files->place);
    return files->placed != NULL;
}

static bool compile(struct policy_files *files, const struct tcn_conf *conf)
{
    char *text = malloc(TCN_SETUP_MESSAGE);
    if (text == NULL) {
        return false;
    }
    struct tcn_buf out = tcn_buf(text, TCN_SETUP_MESSAGE);
    enum tcn_err err =
        files->placed == NULL
            ? tcn_policy_with(&files->own_policy, conf, files->sources,
                              files->source_count, &out)
            : tcn_policy_with(&files->own_policy, conf, files->placed,
                              files->setup->source_count, &out);
    (void)fputs(tcn_buf_text(&out), stderr);
    free(text);
    files->policy = files->own_policy;
    return err == TCN_ERR_OK;
}

static bool load_files(struct policy_files *files, const struct cli_args *args)
{
    char said[2048];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    int own_world = read_world(files);
    if (own_world > 0) {
        return compile(files, files->conf);
    }
    if (own_world == 0) {
        files->setup = cli_setup(args);
    }
    if (files->setup == NULL) {
        return false;
    }
    (void)put_in_place(files, &message);
    return compile(files, &files->setup->conf);
}

bool policy_files_open_placed(struct policy_files *files,
                              const struct cli_args *args, size_t word)
{
    char said[4096];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    *files = (struct policy_files){0};
    if (!policy_files_read(files, args, word)) {
        return false;
    }
    files->setup = cli_setup(args);
    if (files->setup == NULL) {
        return false;
    }
    if (!put_in_place(files, &message)) {
        (void)fputs(tcn_buf_text(&message), stderr);
        return false;
    }
    return compile(files, &files->setup->conf);
}

static bool load_node(struct policy_files *files, const struct cli_args *args)
{
    char *text = malloc(TCN_SETUP_MESSAGE);
    if (text == NULL) {
        return false;
    }
    struct tcn_buf out = tcn_buf(text, TCN_SETUP_MESSAGE);
    enum tcn_err err = tcn_setup_load(&files->setup, args->config, &out);
    (void)fputs(tcn_buf_text(&out), stderr);
    free(text);
    if (err != TCN_ERR_OK || !files->setup->policy_valid) {
        (void)fprintf(stderr, "tocsin: the policy cannot be used\n");
        return false;
    }
    files->sources = files->setup->sources;
    files->source_count = files->setup->source_count;
    files->policy = files->setup->policy;
    return true;
}

bool policy_files_open(struct policy_files *files, const struct cli_args *args,
                       size_t first_word)
{
    *files = (struct policy_files){0};
    if (args->word_count <= first_word) {
        return load_node(files, args);
    }
    return policy_files_read(files, args, first_word) &&
           load_files(files, args);
}

void policy_files_close(struct policy_files *files)
{
    for (size_t i = 0; files->own_sources && i < files->source_count; i++) {
        free((void *)(uintptr_t)files->sources[i].text.data);
    }
    if (files->own_sources) {
        free(files->sources);
    }
    free(files->placed);
    tcn_policy_free(files->own_policy);
    tcn_setup_free(files->setup);
    free(files->conf);
}

/* The sources that the policy was made of. */
static const struct tcn_source *seen(const struct policy_files *files)
{
    return files->placed != NULL ? files->placed : files->sources;
}

static void print_json(const struct policy_files *files,
                       const struct tcn_finding *finding, unsigned line)
{
    char *text = malloc(16384);
    if (text == NULL) {
        return;
    }
    struct tcn_buf out = tcn_buf(text, 16384);
    tcn_buf_printf(&out, "{\"finding\":\"%s\",\"file\":\"",
                   tcn_finding_word(finding->kind));
    const char *name = seen(files)[finding->span.source].name;
    tcn_text_escape_json(&out, tcn_view_str(name));
    tcn_buf_printf(&out, "\",\"line\":%u,\"text\":\"", line);
    tcn_text_escape_json(&out, tcn_view_str(finding->text));
    tcn_buf_put_str(&out, "\",\"example\":\"");
    tcn_text_escape_json(&out, tcn_view_str(finding->example));
    tcn_buf_put_str(&out, "\"}");
    (void)puts(tcn_buf_text(&out));
    free(text);
}

void policy_print_finding(const struct policy_files *files, bool json,
                          const struct tcn_finding *finding)
{
    unsigned line, column;
    tcn_source_place(seen(files), finding->span, &line, &column);
    if (json) {
        print_json(files, finding, line);
        return;
    }
    cli_print_view(tcn_view_str(seen(files)[finding->span.source].name));
    printf(":%u: %s: %s\n", line, tcn_finding_word(finding->kind),
           finding->text);
    if (finding->example[0] != '\0') {
        printf("    e.g. %s\n", finding->example);
    }
}
