/* formats: how the words of other tools become ours and ours theirs. */
#include "cli/commands.h"
#include "formats/tables.h"

static void print_row(const struct cli_args *args, const char *format,
                      const struct tcn_table_row *row)
{
    if (!args->json) {
        printf("%-10s %-60s %-3s %s\n", row->what, row->theirs, row->way,
               row->ours);
        return;
    }
    printf("{\"format\":\"%s\",\"what\":\"%s\",\"theirs\":\"", format,
           row->what);
    for (const char *at = row->theirs; *at != '\0'; at++) {
        printf("%s%c", *at == '"' ? "\\" : "", *at);
    }
    printf("\",\"way\":\"%s\",\"ours\":\"%s\"}\n", row->way, row->ours);
}

static void print_table(const struct cli_args *args, enum tcn_format format)
{
    struct tcn_table_row row;
    const char *word = tcn_format_word(format);
    if (!args->json) {
        printf("%s%s%s\n", cli_colour("\033[1m"), word, cli_colour("\033[0m"));
    }
    for (size_t i = 0; tcn_table_row(format, i, &row); i++) {
        print_row(args, word, &row);
    }
}

int cmd_formats(struct cli_args *args)
{
    if (args->word_count == 0) {
        for (int i = TCN_FORMAT_AUTO + 1; i < TCN_FORMAT_COUNT; i++) {
            print_table(args, (enum tcn_format)i);
        }
        return EXIT_DONE;
    }
    int found = tcn_format_find(tcn_view_str(args->words[0]));
    if (found <= TCN_FORMAT_AUTO) {
        return cli_wrong(args, args->words[0],
                         "stix, misp, cap, eve, idea, kev or csaf");
    }
    print_table(args, (enum tcn_format)found);
    return EXIT_DONE;
}
