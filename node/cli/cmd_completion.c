/* completion: what a shell needs to complete our words, from the table. Words
 * of an option are those of its help, so that there is one list of them. */
#include <stdlib.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/draft.h"

#define WORDS_BYTES 512

/* "info, low, medium, high or critical (x)" -> "info low medium high critical";
 * false when it is a sentence. */
static bool list_of(const char *help, struct tcn_buf *out)
{
    size_t len = strcspn(help, "(");
    struct tcn_view rest = tcn_view(help, len);
    size_t count = 0;
    while (rest.len > 0) {
        size_t word = 0;
        while (word < rest.len && strchr(" ,", rest.data[word]) == NULL) {
            word++;
        }
        bool joins = tcn_view_is(tcn_view(rest.data, word), "or");
        if (!joins && count > 0) {
            tcn_buf_put_str(out, " ");
        }
        tcn_buf_put(out, rest.data, joins ? 0 : word);
        count += !joins;
        size_t gap = word;
        while (gap < rest.len && strchr(" ,", rest.data[gap]) != NULL) {
            gap++;
        }
        struct tcn_view next = tcn_view(rest.data + gap, rest.len - gap);
        bool listed = gap > word && rest.data[word] == ',';
        bool ends = next.len == 0 || joins ||
                    (next.len > 3 && memcmp(next.data, "or ", 3) == 0);
        if (!listed && !ends) {
            return false; /* two words without a comma between them */
        }
        rest = next;
    }
    (void)tcn_buf_text(out);
    return count > 1;
}

static bool alternatives_of(const char *argument, struct tcn_buf *out)
{
    for (const char *at = argument; *at != '\0'; at++) {
        tcn_buf_put(out, *at == '|' ? " " : at, 1);
    }
    (void)tcn_buf_text(out);
    return strchr(argument, '|') != NULL;
}

/* What may follow an option: words, or MEMBER, FILE, DIR, or ANY. */
static void values_of(const struct cli_option *option, char text[WORDS_BYTES])
{
    static const char *const kinds[][2] = {
        {"MEMBER", "MEMBER"}, {"PEER", "MEMBER"}, {"MEMBER,...", "MEMBER"},
        {"FILE", "FILE"},     {"DIR", "DIR"},
    };
    struct tcn_buf out = tcn_buf(text, WORDS_BYTES);
    if (alternatives_of(option->argument, &out)) {
        return;
    }
    out.len = 0;
    if (strcmp(option->argument, "WORD") == 0 && list_of(option->help, &out)) {
        return;
    }
    (void)snprintf(text, WORDS_BYTES, "ANY");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(option->argument, kinds[i][0]) == 0) {
            (void)snprintf(text, WORDS_BYTES, "%s", kinds[i][1]);
        }
    }
    /* Another help of the same option may have the list. */
    for (size_t i = 0; i < draft_option_count && text[0] == 'A'; i++) {
        out.len = 0;
        if (strcmp(option->name, draft_options[i].name) == 0 &&
            !list_of(draft_options[i].help, &out)) {
            (void)snprintf(text, WORDS_BYTES, "ANY");
        }
    }
}

static void print_options(const struct cli_command *command)
{
    const struct cli_option *option;
    printf("    %s) echo \"", command->name);
    for (size_t i = 0; (option = cli_option_at(command, i)) != NULL; i++) {
        printf("%s--%s", i > 0 ? " " : "", option->name);
    }
    printf("\" ;;\n");
}

static void print_values(const struct cli_command *command)
{
    char text[WORDS_BYTES];
    const struct cli_option *option;
    for (size_t i = 0; (option = cli_option_at(command, i)) != NULL; i++) {
        if (option->argument != NULL) {
            values_of(option, text);
            printf("    \"%s --%s\") echo \"%s\" ;;\n", command->name,
                   option->name, text);
        }
    }
}

/* The words of a synopsis: "show | import FILE" has show and import. */
static void print_first(const struct cli_command *command)
{
    const char *at = command->synopsis;
    bool begins = true;
    if (strncmp(at, "FILE", 4) == 0) {
        printf("    %s) echo FILE ;;\n", command->name);
        return;
    }
    if (strchr(at, '|') == NULL && !(*at >= 'a' && *at <= 'z')) {
        return;
    }
    printf("    %s) echo \"", command->name);
    for (; *at != '\0'; at += strcspn(at, " "), at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");
        if (begins && *at >= 'a' && *at <= 'z') {
            printf("%.*s ", (int)len, at);
        }
        begins = len == 1 && *at == '|';
    }
    printf("\" ;;\n");
}

static void print_second(const struct cli_command *command)
{
    const char *member = strstr(command->synopsis, " MEMBER");
    const char *file = strstr(command->synopsis, " FILE");
    if (member != NULL && strstr(command->synopsis, "--as") == NULL) {
        printf("    %s) echo MEMBER ;;\n", command->name);
    } else if (file != NULL || strstr(command->synopsis, "[FILE") != NULL) {
        printf("    %s) echo FILE ;;\n", command->name);
    }
}

static void print_case(const char *name,
                       void (*print)(const struct cli_command *command))
{
    const bool values = print == print_values;
    printf("_tocsin_%s() {\n    case \"%s\" in\n", name,
           values ? "$1 $2" : "$1");
    for (size_t i = 0; i < cli_command_count; i++) {
        print(&cli_commands[i]);
    }
    printf("    esac\n}\n");
}

static const char completer[] =
    "_tocsin_fill() { # WHAT WORD\n"
    "    case $1 in\n"
    "    ANY) ;;\n"
    "    FILE) compopt -o filenames 2>/dev/null || :\n"
    "        mapfile -t COMPREPLY < <(compgen -f -- \"$2\") ;;\n"
    "    DIR) compopt -o filenames 2>/dev/null || :\n"
    "        mapfile -t COMPREPLY < <(compgen -d -- \"$2\") ;;\n"
    "    MEMBER) mapfile -t COMPREPLY < <(compgen -W \\\n"
    "        \"$(tocsin \"${config[@]}\" completion members 2>/dev/null)\" "
    "-- \"$2\") ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$2\") ;;\n"
    "    esac\n"
    "}\n"
    "_tocsin() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]"
    "}\n"
    "    local command='' count=0 config=() i values=''\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        --config) config=(--config \"${COMP_WORDS[i+1]}\") ;;\n"
    "        -*) ;;\n"
    "        *) [[ ${COMP_WORDS[i-1]} == --config ]] && continue\n"
    "            if [[ -z $command ]]; then command=${COMP_WORDS[i]}\n"
    "            elif [[ -z $(_tocsin_values \"$command\" "
    "\"${COMP_WORDS[i-1]}\") ]]; then\n"
    "                count=$((count + 1))\n"
    "            fi ;;\n"
    "        esac\n"
    "    done\n"
    "    if [[ $before == --config ]]; then values=FILE\n"
    "    elif [[ -n $command ]]; then\n"
    "        values=$(_tocsin_values \"$command\" \"$before\")\n"
    "    fi\n"
    "    if [[ -z $values ]]; then\n"
    "        if [[ $word == -* ]]; then\n"
    "            values=$(_tocsin_options \"${command:-status}\")\n"
    "        elif [[ -z $command ]]; then values=$_tocsin_commands\n"
    "        elif ((count == 0)); then values=$(_tocsin_first \"$command\")\n"
    "        else values=$(_tocsin_second \"$command\")\n"
    "        fi\n"
    "    fi\n"
    "    _tocsin_fill \"${values:-ANY}\" \"$word\"\n"
    "}\n"
    "complete -F _tocsin tocsin\n";

static int print_bash(void)
{
    printf("# bash: . <(tocsin completion bash)\n_tocsin_commands=\"help");
    for (size_t i = 0; i < cli_command_count; i++) {
        printf(" %s", cli_commands[i].name);
    }
    printf("\"\n");
    print_case("options", print_options);
    print_case("values", print_values);
    print_case("first", print_first);
    print_case("second", print_second);
    (void)fputs(completer, stdout);
    return EXIT_DONE;
}

static int print_members(const struct cli_args *args)
{
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    for (size_t i = 0; i < setup->conf.party_count; i++) {
        puts(setup->conf.parties[i].name);
    }
    tcn_setup_free(setup);
    return EXIT_DONE;
}

int cmd_completion(struct cli_args *args)
{
    const char *what = args->words[0];
    if (strcmp(what, "bash") == 0) {
        return print_bash();
    }
    return strcmp(what, "members") == 0
               ? print_members(args)
               : cli_wrong(args, what,
                           "expected bash (or members, which it "
                           "asks for)");
}
