/* tocsin: finds the command and runs it. */
#include <errno.h>

#include <sodium.h>

#include "base/text.h"
#include "cli/commands.h"
#include "lang/suggest.h"

static const struct cli_command *find(const char *name)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        if (strcmp(cli_commands[i].name, name) == 0) {
            return &cli_commands[i];
        }
    }
    return NULL;
}

static int unknown(const char *word)
{
    const char *known[64];
    for (size_t i = 0; i < cli_command_count; i++) {
        known[i] = cli_commands[i].name;
    }
    const char *meant =
        tcn_suggest(tcn_view_str(word), known, cli_command_count);
    char escaped[256];
    struct tcn_buf out = tcn_buf(escaped, sizeof escaped);
    tcn_text_escape(&out, tcn_view(word, strnlen(word, 60)));
    (void)fprintf(stderr, "tocsin: there is no command `%s`%s%s%s\n",
                  tcn_buf_text(&out), meant == NULL ? "" : ", did you mean `",
                  meant == NULL ? "" : meant,
                  meant == NULL ? " (see tocsin --help)" : "`?");
    return EXIT_USAGE;
}

static int help(const char *word)
{
    const struct cli_command *command = word == NULL ? NULL : find(word);
    if (command != NULL) {
        cli_help(command);
        return EXIT_DONE;
    }
    if (word != NULL) {
        return unknown(word);
    }
    printf("usage: tocsin [COMMAND [OPTIONS]]\n\nOperates a node of the "
           "Tocsin alert mesh. Without a command: status.\n\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        printf("  %-15s %s\n", cli_commands[i].name, cli_commands[i].help);
    }
    printf("\ntocsin COMMAND --help says more; --config FILE and --json go "
           "with every command.\n");
    return EXIT_DONE;
}

/* The command is the first word that is no option; options may stand before
 * it. Returns its place, or 0. */
static int command_place(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            return i;
        }
        i += strcmp(argv[i], "--config") == 0; /* and its value */
    }
    return 0;
}

/* What was not written where it was sent, to a file on a full disk, was not
 * said. */
static int check_output(int code)
{
    bool flushed = fflush(stdout) == 0;
    if (flushed && ferror(stdout) == 0) {
        return code;
    }
    (void)fprintf(stderr, "tocsin: standard output cannot be written to%s%s\n",
                  flushed ? "" : ": ", flushed ? "" : strerror(errno));
    return code == EXIT_DONE ? EXIT_REFUSED : code;
}

int main(int argc, char **argv)
{
    static struct cli_args args;
    int place = command_place(argc, argv);
    const char *word = place == 0 ? "status" : argv[place];
    /* Lines of both streams in the order in which they were said. */
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (sodium_init() < 0) {
        return EXIT_REFUSED;
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        (void)puts("tocsin " TOCSIN_VERSION);
        return EXIT_DONE;
    }
    if (argc > 1 && strcmp(argv[1], "--man") == 0) {
        cli_man(); /* how tocsin.1 is made */
        return EXIT_DONE;
    }
    if (strcmp(word, "help") == 0 ||
        (argc > 1 && strcmp(argv[1], "--help") == 0)) {
        return help(place != 0 && place + 1 < argc ? argv[place + 1] : NULL);
    }
    const struct cli_command *command = find(word);
    if (command == NULL) {
        return unknown(word);
    }
    /* What stood before the command and what stands behind it. */
    if (place != 0) {
        memmove(&argv[place], &argv[place + 1],
                (size_t)(argc - place) * sizeof *argv);
        argc--;
    }
    int parsed = cli_parse(&args, command, argc - 1, argv + 1);
    if (parsed != 0) {
        return parsed - 1;
    }
    int code = command->run(&args);
    cli_look(&args); /* those that needed no node tell it too */
    return check_output(code);
}
