/* restore: a node from a backup. It is read and checked whole before anything
 * changes, and what is there is set aside. */
#include <stdlib.h>
#include <unistd.h>

#include "cli/backup.h"
#include "cli/commands.h"
#include "io/keys.h"

/* What is here now, without a word when there is nothing or it is broken. */
static struct tcn_setup *here_now(const struct cli_args *args)
{
    static uint8_t text[TCN_SETUP_MESSAGE];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_setup *setup = NULL;
    return tcn_setup_load(&setup, args->config, &message) == TCN_ERR_OK ? setup
                                                                        : NULL;
}

static void print_next(const struct restore *restore)
{
    bool usable = false;
    struct tcn_setup *setup = here_now(restore->args);
    if (setup != NULL) {
        struct tcn_key_chain chain;
        char said[1024];
        struct tcn_buf message = tcn_buf(said, sizeof said);
        usable = tcn_key_chain_load(&chain, setup->conf.keys, &message) ==
                 TCN_ERR_OK;
        if (usable) {
            tcn_key_chain_free(&chain);
        }
        tcn_setup_free(setup);
    }
    (void)fprintf(restore->out, "%s is as it was at %s.\n", restore->member,
                  restore->made);
    if (restore->elsewhere > 0) {
        (void)fprintf(
            restore->out,
            "note: %zu files that lay elsewhere were not put back (tar -xf "
            "FILE elsewhere)\n",
            restore->elsewhere);
    }
    if (!usable) {
        (void)fprintf(
            restore->out,
            "next: there are no keys here that the node can use: put its "
            "keys directory back,\n  or make new ones (tocsin keys rotate) "
            "and have them certified with the root\n");
        return;
    }
    (void)fprintf(
        restore->out,
        "next: start the node. Its peers give back what it said since; "
        "until every one has\n  told what it holds (tocsin status), "
        "nothing is updated.\n");
}

static void print_json(const struct restore *restore)
{
    if (restore->args->json) {
        printf("{\"member\":\"%s\",\"made\":", restore->member);
        cli_print_json_text(tcn_view_str(restore->made));
        printf(",\"keys\":%s}\n", restore->has_keys ? "true" : "false");
    }
}

static int run(struct restore *restore)
{
    const struct cli_args *args = restore->args;
    if (cli_has(args, "dry-run")) {
        if (!restore_read(restore)) {
            return EXIT_REFUSED;
        }
        (void)fprintf(restore->out, "good: %s at %s, %zu files, %s keys\n",
                      restore->member, restore->made, restore->count,
                      restore->has_keys ? "with" : "without");
        print_json(restore);
        return EXIT_DONE;
    }
    if (restore->now != NULL && cli_answers(args)) {
        return backup_refused(args, "the node runs: stop it first (systemctl "
                                    "stop tocsind, or tocsin stop)");
    }
    if (restore->now == NULL && restore->store_only) {
        return backup_refused(args, "without a configuration that can be used "
                                    "here, --store-only knows no place");
    }
    bool ok = restore_stage(restore) && restore_place(restore);
    if (ok) {
        print_next(restore);
        print_json(restore);
    }
    restore_sweep(restore);
    return ok ? EXIT_DONE : EXIT_REFUSED;
}

int cmd_restore(struct cli_args *args)
{
    static struct restore restore;
    restore.args = args;
    restore.out = cli_people(args->json);
    restore.store_only = cli_has(args, "store-only");
    restore.names = calloc(TCN_ARCHIVE_MEMBERS_MAX, sizeof restore.names[0]);
    if (restore.names == NULL) {
        return backup_refused(args, tcn_err_sentence(TCN_ERR_NO_MEMORY));
    }
    cli_directory(args, restore.dir, sizeof restore.dir);
    restore.now = here_now(args);
    int code = run(&restore);
    tcn_archive_close(restore.archive);
    tcn_setup_free(restore.now);
    free(restore.names);
    return code;
}
