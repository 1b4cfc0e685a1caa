#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/cli.h"
#include "lang/suggest.h"

static const struct cli_option common_options[] = {
    {"config", "FILE", "the node's configuration", false},
    {"json", NULL, "one JSON object per line", false},
    {"help", NULL, "what this command does", false},
};
#define COMMON (sizeof common_options / sizeof common_options[0])

static const struct cli_option *find(const struct cli_command *command,
                                     const char *name, size_t len)
{
    for (size_t i = 0; i < command->option_count + COMMON; i++) {
        const struct cli_option *option =
            i < command->option_count
                ? &command->options[i]
                : &common_options[i - command->option_count];
        if (strlen(option->name) == len &&
            memcmp(option->name, name, len) == 0) {
            return option;
        }
    }
    return NULL;
}

static void say(const char *text)
{
    char escaped[512];
    struct tcn_buf out = tcn_buf(escaped, sizeof escaped);
    struct tcn_view view = tcn_view_str(text);
    view.len = view.len > 100 ? 100 : view.len;
    tcn_text_escape(&out, view);
    (void)fputs(tcn_buf_text(&out), stderr);
}

int cli_wrong(const struct cli_args *args, const char *text,
              const char *expected)
{
    (void)fprintf(stderr, "tocsin %s: `", args->command->name);
    say(text);
    (void)fprintf(stderr, "`: %s (see tocsin %s --help)\n", expected,
                  args->command->name);
    return EXIT_USAGE;
}

static int unknown_option(const struct cli_args *args, const char *word)
{
    const char *known[CLI_OPTIONS_MAX + COMMON];
    size_t count = 0;
    for (size_t i = 0; i < args->command->option_count; i++) {
        known[count++] = args->command->options[i].name;
    }
    for (size_t i = 0; i < COMMON; i++) {
        known[count++] = common_options[i].name;
    }
    const char *meant =
        tcn_suggest(tcn_view(word + 2, strcspn(word + 2, "=")), known, count);
    char text[80] = "there is no such option";
    if (meant != NULL) {
        (void)snprintf(text, sizeof text,
                       "there is no such option, did you mean --%s?", meant);
    }
    return cli_wrong(args, word, text);
}

static bool keep(struct cli_args *args, const struct cli_option *option,
                 const char *value)
{
    if (args->count == sizeof args->given / sizeof args->given[0] ||
        (!option->many && cli_has(args, option->name))) {
        return false;
    }
    args->given[args->count].option = option;
    args->given[args->count++].value = value;
    if (strcmp(option->name, "config") == 0) {
        args->config = value;
    }
    args->json |= strcmp(option->name, "json") == 0;
    return true;
}

static int take_option(struct cli_args *args, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    size_t len = strcspn(word + 2, "=");
    const struct cli_option *option = find(args->command, word + 2, len);
    const char *value = word[2 + len] == '=' ? word + 3 + len : NULL;
    if (option == NULL) {
        return unknown_option(args, word);
    }
    if (option->argument == NULL && value != NULL) {
        return cli_wrong(args, word, "this option takes no value");
    }
    if (option->argument != NULL && value == NULL) {
        if (*at + 1 >= argc) {
            return cli_wrong(args, word, "this option needs a value");
        }
        value = argv[++*at];
    }
    if (!keep(args, option, value == NULL ? "" : value)) {
        return cli_wrong(args, word, "this option is given too often");
    }
    return 0;
}

int cli_parse(struct cli_args *args, const struct cli_command *command,
              int argc, char **argv)
{
    const char *from_environment = getenv("TOCSIN_CONFIG");
    args->command = command;
    args->config =
        from_environment != NULL ? from_environment : "/etc/tocsin/tocsin.conf";
    bool only_words = false;
    for (int i = 0; i < argc; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = true;
        } else if (!only_words && strncmp(argv[i], "--", 2) == 0) {
            int wrong = take_option(args, argc, argv, &i);
            if (wrong != 0) {
                return wrong + 1;
            }
        } else if (args->word_count == command->words_max ||
                   args->word_count == CLI_WORDS_MAX) {
            return cli_wrong(args, argv[i], "one word too many") + 1;
        } else {
            args->words[args->word_count++] = argv[i];
        }
    }
    if (cli_has(args, "help")) {
        cli_help(command);
        return EXIT_DONE + 1;
    }
    if (args->word_count < command->words_min) {
        (void)fprintf(stderr, "tocsin %s: something is missing: tocsin %s %s\n",
                      command->name, command->name, command->synopsis);
        return EXIT_USAGE + 1;
    }
    return 0;
}

const char *cli_get(const struct cli_args *args, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < args->count; i++) {
        if (strcmp(args->given[i].option->name, name) == 0) {
            value = args->given[i].value;
        }
    }
    return value;
}

bool cli_has(const struct cli_args *args, const char *name)
{
    return cli_get(args, name) != NULL;
}

bool cli_duration(const struct cli_args *args, const char *name,
                  uint64_t fallback, uint64_t *out)
{
    const char *text = cli_get(args, name);
    *out = fallback;
    if (text == NULL || tcn_time_parse_duration(tcn_view_str(text), out)) {
        return true;
    }
    (void)cli_wrong(args, text, "expected a duration such as 15m, 24h or 7d");
    return false;
}

static void print_option(const struct cli_option *option)
{
    char left[40];
    (void)snprintf(left, sizeof left, "--%s %s", option->name,
                   option->argument == NULL ? "" : option->argument);
    printf("  %-26s %s%s\n", left, option->help,
           option->many ? " (may be repeated)" : "");
}

void cli_help(const struct cli_command *command)
{
    printf("usage: tocsin %s %s\n\n%s\n", command->name, command->synopsis,
           command->help);
    if (command->more != NULL) {
        printf("\n%s", command->more);
    }
    printf("\n");
    for (size_t i = 0; i < command->option_count; i++) {
        print_option(&command->options[i]);
    }
    for (size_t i = 0; i < COMMON; i++) {
        print_option(&common_options[i]);
    }
}

static void man_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '-') {
            printf("\\-");
        } else if (*text == '\\') {
            printf("\\e");
        } else {
            putchar(*text);
        }
    }
}

static void man_option(const struct cli_option *option)
{
    printf(".TP\n.B \\-\\-");
    man_text(option->name);
    if (option->argument != NULL) {
        printf(" \\fI%s\\fR", option->argument);
    }
    printf("\n");
    man_text(option->help);
    printf("%s\n", option->many ? " (may be repeated)" : "");
}

/* tocsin.1, from the same tables as --help. */
void cli_man(void)
{
    printf(".TH TOCSIN 1 \"\" \"Tocsin\" \"Tocsin\"\n.SH NAME\n"
           "tocsin \\- operate a node of the Tocsin alert mesh\n"
           ".SH SYNOPSIS\n.B tocsin\n[\\fICOMMAND\\fR [\\fIOPTIONS\\fR]]\n"
           ".SH DESCRIPTION\nWithout a command: status. IDs are hex and may "
           "be shortened to any unique\nprefix of at least four digits.\n"
           ".SH COMMON OPTIONS\n");
    for (size_t i = 0; i < COMMON; i++) {
        man_option(&common_options[i]);
    }
    printf(".SH COMMANDS\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        const struct cli_command *command = &cli_commands[i];
        printf(".SS tocsin ");
        man_text(command->name);
        printf(" ");
        man_text(command->synopsis);
        printf("\n");
        man_text(command->help);
        printf("\n");
        if (command->more != NULL) {
            printf(".PP\n");
            man_text(command->more);
        }
        for (size_t j = 0; j < command->option_count; j++) {
            man_option(&command->options[j]);
        }
    }
    printf(".SH EXIT STATUS\n0 done, 1 refused, 2 wrong usage, 3 the node "
           "cannot be reached.\n.SH ENVIRONMENT\n.TP\n.B TOCSIN_CONFIG\nThe "
           "configuration when \\-\\-config is not given.\n.TP\n.B NO_COLOR\n"
           "No colour, also on a terminal.\n.SH SEE ALSO\n.BR tocsind (8),\n"
           ".BR tocsin-link (8),\n.BR tocsin-feed (8)\n");
}
