#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/draft.h"
#include "lang/suggest.h"

const struct cli_option cli_common_options[] = {
    {"config", "FILE", "the node's configuration", false},
    {"json", NULL, "one JSON object per line", false},
    {"help", NULL, "what this command does", false},
};
const size_t cli_common_option_count =
    sizeof cli_common_options / sizeof cli_common_options[0];

const struct cli_option *cli_option_at(const struct cli_command *command,
                                       size_t at)
{
    size_t drafts = command->is_draft ? draft_option_count : 0;
    if (at < drafts) {
        return &draft_options[at];
    }
    at -= drafts;
    if (at < command->option_count) {
        return &command->options[at];
    }
    at -= command->option_count;
    return at < cli_common_option_count ? &cli_common_options[at] : NULL;
}

static const struct cli_option *find(const struct cli_command *command,
                                     const char *name, size_t len)
{
    const struct cli_option *option = NULL;
    for (size_t i = 0; (option = cli_option_at(command, i)) != NULL; i++) {
        if (strlen(option->name) == len &&
            memcmp(option->name, name, len) == 0) {
            break;
        }
    }
    return option;
}

int cli_wrong_view(const struct cli_args *args, struct tcn_view text,
                   const char *expected)
{
    text.len = text.len > 100 ? 100 : text.len;
    (void)fprintf(stderr, "tocsin %s: `", args->command->name);
    cli_put_view(stderr, text);
    (void)fprintf(stderr, "`: %s (see tocsin %s --help)\n", expected,
                  args->command->name);
    return EXIT_USAGE;
}

int cli_wrong(const struct cli_args *args, const char *text,
              const char *expected)
{
    return cli_wrong_view(args, tcn_view_str(text), expected);
}

static int unknown_option(const struct cli_args *args, const char *word)
{
    const char *known[CLI_OPTIONS_MAX];
    size_t count = 0;
    const struct cli_option *option;
    while (count < CLI_OPTIONS_MAX &&
           (option = cli_option_at(args->command, count)) != NULL) {
        known[count++] = option->name;
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

int cli_check_id(const struct cli_args *args, const char *word)
{
    size_t len = strlen(word);
    if (len >= 4 && len <= 64 &&
        strspn(word, "0123456789abcdefABCDEF") == len) {
        return EXIT_DONE;
    }
    return cli_wrong(args, word,
                     "this is no id: give at least the first four of its 64 "
                     "hex digits, as `tocsin list` shows them");
}

/* The first word of a command whose synopsis says so is an id. */
static int check_first(const struct cli_args *args)
{
    const char *synopsis = args->command->synopsis;
    bool takes_id =
        strncmp(synopsis, "ID", 2) == 0 || strcmp(synopsis, "[ID]") == 0;
    bool wrong = takes_id && args->word_count > 0 &&
                 cli_check_id(args, args->words[0]) != EXIT_DONE;
    return wrong ? EXIT_USAGE + 1 : 0;
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
    return check_first(args);
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

uint64_t cli_ago(uint64_t duration_ms)
{
    uint64_t now = tcn_now_ms();
    return duration_ms < now ? now - duration_ms : 1;
}

bool cli_number(const struct cli_args *args, const char *name,
                uint64_t fallback, uint64_t *out)
{
    const char *text = cli_get(args, name);
    *out = fallback;
    if (text == NULL || (tcn_text_uint(tcn_view_str(text), out) && *out > 0)) {
        return true;
    }
    (void)cli_wrong(args, text, "expected a number above 0");
    return false;
}

struct tcn_view cli_cut(struct tcn_view *text, char at)
{
    const uint8_t *found =
        text->len == 0 ? NULL : memchr(text->data, at, text->len);
    if (found == NULL) {
        return tcn_view(NULL, 0);
    }
    size_t before = (size_t)(found - text->data);
    struct tcn_view rest = tcn_view(found + 1, text->len - before - 1);
    text->len = before;
    return rest;
}

bool cli_is_line(struct tcn_view text)
{
    return text.len > 0 && tcn_text_check(text) == TCN_ERR_OK &&
           memchr(text.data, '\n', text.len) == NULL &&
           memchr(text.data, '\t', text.len) == NULL;
}
