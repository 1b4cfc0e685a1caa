/* policy load, confirm, abandon. A file that is loaded for good is put in its
 * place in the configuration, and the one before stays beside it. A file that
 * waits for a confirmation is with the node only: what the configuration says
 * is the policy before, until somebody confirms. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/policy_change.h"

/* ---- files ---- */

struct replaced {
    char path[PATH_MAX];
    char before[PATH_MAX + 8];
    char older[PATH_MAX + 32]; /* what `before` was until now; "" = nothing */
    unsigned mode;
    bool same;           /* it was there already: nothing was written */
    bool kept;           /* `before` said the same already */
    struct tcn_view old; /* borrowed */
};

static bool says(const char *path, struct tcn_view text)
{
    uint8_t *found = NULL;
    size_t len = 0;
    char said[512];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    bool same = tcn_file_read(path, TCN_SOURCE_MAX, &found, &len, &message) ==
                    TCN_ERR_OK &&
                tcn_view_equal(tcn_view(found, len), text);
    free(found);
    return same;
}

/* Nothing that was kept is ever written over: the one before the one before
 * moves to the next number, and 1 is the first that there was. */
static bool make_room(struct replaced *replaced)
{
    struct stat info;
    replaced->older[0] = '\0';
    if (lstat(replaced->before, &info) != 0) {
        return true;
    }
    unsigned number = 0;
    do {
        (void)snprintf(replaced->older, sizeof replaced->older, "%s-%u",
                       replaced->before, ++number);
    } while (lstat(replaced->older, &info) == 0);
    if (rename(replaced->before, replaced->older) != 0) {
        (void)fprintf(stderr, "tocsin: %s: %s\n", replaced->before,
                      strerror(errno));
        replaced->older[0] = '\0';
        return false;
    }
    return true;
}

static bool keep_before(struct replaced *replaced)
{
    replaced->kept = says(replaced->before, replaced->old);
    return replaced->kept ||
           (make_room(replaced) &&
            cli_write(replaced->before, replaced->mode, false, replaced->old));
}

/* Nothing was replaced after all: what is kept is as it was. */
static void forget_before(const struct replaced *replaced)
{
    if (!replaced->kept && replaced->older[0] != '\0') {
        (void)rename(replaced->older, replaced->before);
    } else if (!replaced->kept) {
        (void)unlink(replaced->before);
    }
}

/* Writes the one before beside it first. False after an error was said. */
static bool put_in_place(struct replaced *replaced, const char *path,
                         struct tcn_view old, struct tcn_view new)
{
    struct stat info;
    if (realpath(path, replaced->path) == NULL ||
        stat(replaced->path, &info) != 0) {
        (void)fprintf(stderr, "tocsin: %s: %s\n", path, strerror(errno));
        return false;
    }
    replaced->mode = info.st_mode & 0777;
    replaced->old = old;
    (void)snprintf(replaced->before, sizeof replaced->before, "%s.before",
                   replaced->path);
    /* Put there before, by a confirmation that was interrupted. */
    replaced->same = tcn_view_equal(old, new);
    return replaced->same ||
           (keep_before(replaced) &&
            cli_write(replaced->path, replaced->mode, false, new));
}

static void put_back(const struct replaced *replaced)
{
    if (replaced->same) {
        return;
    }
    bool done = cli_write(replaced->path, replaced->mode, false, replaced->old);
    if (done) {
        forget_before(replaced);
    }
    (void)fprintf(stderr, "tocsin: %s is %s\n", replaced->path,
                  done ? "again what it was"
                       : "NOT what runs: put the one before back by hand");
}

/* What became of it, once the node has answered. */
static int tell(const struct cli_args *args, const struct replaced *replaced,
                int code)
{
    if (code != EXIT_DONE) {
        put_back(replaced);
    } else if (!args->json && !replaced->same) {
        printf("in place as %s; the one before is %s\n", replaced->path,
               replaced->before);
    }
    return code;
}

/* ---- load ---- */

static int ask_load(struct cli_node *node, const struct cli_args *args,
                    uint64_t within_ms)
{
    cli_begin(node);
    tcn_pair_uint(&node->pairs, &node->pair_count, "within", within_ms);
    return cli_run(node, args, "policy-load", NULL);
}

static int load_for_good(struct cli_node *node, const struct cli_args *args,
                         const struct policy_files *files)
{
    struct replaced replaced;
    if (files->placed == NULL) {
        return ask_load(node, args, 0);
    }
    const struct tcn_source *old = &files->setup->sources[files->place];
    if (!put_in_place(&replaced, old->name, old->text,
                      files->sources[0].text)) {
        return EXIT_REFUSED;
    }
    return tell(args, &replaced, ask_load(node, args, 0));
}

static int load_within(struct cli_node *node, const struct cli_args *args,
                       uint64_t within_ms)
{
    int code = ask_load(node, args, within_ms);
    if (code == EXIT_DONE && !args->json) {
        printf("until it is confirmed, only what it and the one before allow "
               "is sent.\nTo keep it: tocsin policy confirm. To drop it at "
               "once: tocsin policy abandon\n");
    }
    return code;
}

static int load(struct cli_args *args, const struct policy_files *files,
                uint64_t within_ms)
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        code = policy_replay(&node, args,
                             files->placed == NULL ? NULL : files->sources);
        if (code == EXIT_DONE) {
            code = within_ms == 0 ? load_for_good(&node, args, files)
                                  : load_within(&node, args, within_ms);
        }
    }
    cli_disconnect(&node);
    return code;
}

int policy_load(struct cli_args *args)
{
    struct policy_files files;
    uint64_t within, alerts;
    bool one = args->word_count == 2;
    if (!cli_duration(args, "confirm-within", 0, &within) ||
        !cli_number(args, "replay", 10000, &alerts)) {
        return EXIT_USAGE;
    }
    if (args->word_count > 2) {
        return cli_wrong(args, args->words[2], "load takes one file");
    }
    if (cli_has(args, "confirm-within") && !one) {
        return cli_wrong(args, "--confirm-within",
                         "name a FILE: what is in the configuration already "
                         "would run after a restart");
    }
    if (cli_has(args, "confirm-within") &&
        (within < 10 * TCN_SECOND_MS || within > TCN_DAY_MS)) {
        return cli_wrong(args, cli_get(args, "confirm-within"),
                         "expected between 10s and 1d");
    }
    bool open = one ? policy_files_open_placed(&files, args, 1)
                    : policy_files_open(&files, args, 1);
    int code = open ? policy_check(&files, args) : EXIT_REFUSED;
    if (code == EXIT_DONE) {
        code = load(args, &files, within);
    } else {
        (void)fprintf(stderr, "tocsin: the policy that runs goes on\n");
    }
    policy_files_close(&files);
    return code;
}

/* ---- confirm, abandon ---- */

/* The file that waits, as the node has it. */
struct waiting {
    char name[256];
    uint8_t *text;
    size_t len;
};

static bool take_piece(struct waiting *waiting, const struct tcn_pairs *pairs)
{
    struct tcn_view text = tcn_pairs_bin(pairs, "text");
    struct tcn_view name = tcn_pairs_str(pairs, "name");
    if (name.len > 0 && name.len < sizeof waiting->name) {
        memcpy(waiting->name, name.data, name.len);
        waiting->name[name.len] = '\0';
    }
    if (text.len > TCN_SOURCE_MAX - waiting->len) {
        return false;
    }
    if (text.len > 0) {
        memcpy(waiting->text + waiting->len, text.data, text.len);
    }
    waiting->len += text.len;
    return true;
}

static int fetch(struct cli_node *node, struct waiting *waiting)
{
    bool whole = true;
    cli_begin(node);
    tcn_pair_bool(&node->pairs, &node->pair_count, "confirming", true);
    if (!cli_send(node, "policy-pending")) {
        return EXIT_NO_NODE;
    }
    while (cli_next(node)) {
        whole = whole && take_piece(waiting, &node->msg.pairs);
    }
    return whole ? cli_finish(node) : EXIT_REFUSED;
}

static int confirm(struct cli_node *node, const struct cli_args *args,
                   const struct waiting *waiting)
{
    char said[4096];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    struct tcn_source file = {.name = waiting->name,
                              .text = tcn_view(waiting->text, waiting->len)};
    struct tcn_setup *setup = cli_setup(args);
    struct replaced replaced;
    size_t place = 0;
    bool found = setup != NULL &&
                 tcn_policy_place(setup, &file, &place, &message) == TCN_ERR_OK;
    (void)fputs(tcn_buf_text(&message), stderr);
    int code = EXIT_REFUSED;
    if (found && put_in_place(&replaced, setup->sources[place].name,
                              setup->sources[place].text, file.text)) {
        cli_begin(node);
        code =
            tell(args, &replaced, cli_run(node, args, "policy-confirm", NULL));
    }
    tcn_setup_free(setup);
    return code;
}

int policy_confirm(struct cli_args *args)
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    if (args->word_count > 1) {
        return cli_wrong(args, args->words[1], "one word too many");
    }
    struct waiting waiting = {.text = malloc(TCN_SOURCE_MAX)};
    if (waiting.text == NULL) {
        return EXIT_REFUSED;
    }
    if (cli_connect(&node, args)) {
        node.tells = true;
        code = fetch(&node, &waiting);
        if (code == EXIT_DONE) {
            code = confirm(&node, args, &waiting);
        }
    }
    free(waiting.text);
    cli_disconnect(&node);
    return code;
}

int policy_abandon(struct cli_args *args)
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    if (args->word_count > 1) {
        return cli_wrong(args, args->words[1], "one word too many");
    }
    if (cli_connect(&node, args)) {
        node.tells = true;
        cli_begin(&node);
        code = cli_run(&node, args, "policy-abandon", NULL);
    }
    cli_disconnect(&node);
    return code;
}
