/* --help and tocsin.1, from the table of commands. */
#include <string.h>

#include "cli/draft.h"
#include "io/usage.h"

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
    const struct cli_option *option;
    printf("usage: tocsin %s%s%s\n\n%s\n", command->name,
           command->synopsis[0] == '\0' ? "" : " ", command->synopsis,
           command->help);
    if (command->more != NULL) {
        printf("\n%s", command->more);
    }
    printf("\n");
    for (size_t i = 0; (option = cli_option_at(command, i)) != NULL; i++) {
        print_option(option);
    }
}

static void man_option(const struct cli_option *option)
{
    printf(".TP\n.B \\-\\-");
    tcn_man_text(option->name);
    if (option->argument != NULL) {
        printf(" \\fI");
        tcn_man_text(option->argument);
        printf("\\fR");
    }
    printf("\n");
    tcn_man_text(option->help);
    printf("%s\n", option->many ? " (may be repeated)" : "");
}

static void man_command(const struct cli_command *command)
{
    printf(".SS tocsin ");
    tcn_man_text(command->name);
    printf("%s", command->synopsis[0] == '\0' ? "" : " ");
    tcn_man_text(command->synopsis);
    printf("\n");
    tcn_man_text(command->help);
    printf("\n");
    if (command->more != NULL) {
        printf(".PP\n");
        tcn_man_text(command->more);
    }
    if (command->is_draft) {
        printf(".PP\nThe options of an alert (below), and:\n");
    }
    for (size_t i = 0; i < command->option_count; i++) {
        man_option(&command->options[i]);
    }
}

static void man_options(const char *title, const struct cli_option *options,
                        size_t count)
{
    printf(".SH %s\n", title);
    for (size_t i = 0; i < count; i++) {
        man_option(&options[i]);
    }
}

void cli_man(void)
{
    static const struct tcn_usage_row rows[] = {
        {"EXIT STATUS", "0", "done"},
        {NULL, "1", "refused: by the policy, a role, the node or a file"},
        {NULL, "2", "wrong usage; nothing was done"},
        {NULL, "3", "the node cannot be reached"},
        {"ENVIRONMENT", "TOCSIN_CONFIG",
         "The configuration when --config is not given."},
        {NULL, "NO_COLOR", "No colour, also on a terminal."},
        {"FILES", "/etc/tocsin/tocsin.conf",
         "The configuration; it includes members, peers, agreements and "
         "policy beside it. Settings are in tocsind(8)."},
        {NULL, "/run/tocsin/control.sock",
         "Where the node is asked. Who may do what is a matter of `role` in "
         "the configuration."},
        {NULL, "/run/tocsin/feed", "Sockets for observers, which tail reads."},
    };
    printf(".TH TOCSIN 1 \"\" \"Tocsin " TOCSIN_VERSION "\" \"Tocsin\"\n"
           ".SH NAME\ntocsin \\- operate a node of the Tocsin alert mesh\n"
           ".SH SYNOPSIS\n.B tocsin\n[\\fICOMMAND\\fR [\\fIOPTIONS\\fR]]\n"
           ".SH DESCRIPTION\nWithout a command: status. IDs are hex and may "
           "be shortened to any unique\nprefix of at least four digits. Text "
           "from abroad is escaped before it is printed.\n");
    man_options("COMMON OPTIONS", cli_common_options, cli_common_option_count);
    printf(".SH COMMANDS\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        man_command(&cli_commands[i]);
    }
    man_options("OPTIONS OF AN ALERT", draft_options, draft_option_count);
    tcn_man_rows(rows, sizeof rows / sizeof rows[0]);
    printf(".SH SEE ALSO\n.BR tocsind (8),\n.BR tocsin-link (8),\n"
           ".BR tocsin-feed (8)\n");
}
