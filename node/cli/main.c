/* tocsin: the table of commands. */
#include <sodium.h>

#include "base/text.h"
#include "cli/commands.h"
#include "lang/suggest.h"

static const struct cli_option init_options[] = {
    {"member", "CODE", "the nation's member code, such as ee", false},
    {"name", "TEXT", "what people call the team", false},
    {"listen", "ENDPOINT", "where peers reach us (tcp://0.0.0.0:7400)", false},
    {"store", "DIR", "where alerts are kept", false},
    {"run", "DIR", "where the sockets are", false},
    {"root-out", "DIR", "where the root key goes: a stick, not this disk",
     false},
};
static const struct cli_option card_options[] = {
    {"as", "MEMBER", "whose card it is expected to be", false},
    {"fingerprint", "TEXT", "the fingerprint, as read over the telephone",
     false},
    {"yes", NULL, "the fingerprint was compared already", false},
    {"eu", "yes|no", "for policies that ask peer.eu", false},
    {"role", "nation|partner", "for policies that ask peer.role", false},
    {"group", "NAME", "a group that policies name", true},
};
static const struct cli_option peer_options[] = {
    {"connect", "ENDPOINT", "where we reach it, tcp://HOST:PORT", false},
    {"since", "DURATION", "how far back it is served at first (7d)", false},
};
static const struct cli_option import_options[] = {
    {"format", "WORD", "stix, misp, cap, eve, idea, kev or csaf (found out)",
     false},
    {"tlp", "WORD", "for sources without a marking", false},
    {"onward", "WORD", "none, listed, members or any (any)", false},
    {"to", "MEMBER,...", "the audience of everything imported", false},
    {"expires", "DURATION", "how long the alerts live", false},
    {"exercise", "NAME", "all of it belongs to that exercise", false},
    {"watch", "DIR", "go on with every file that appears there", false},
    {"follow", "FILE", "go on with every line that is added to it", false},
    {"published-only", NULL, "skip MISP events that are not published", false},
    {"dry-run", NULL, "say what would happen, do nothing", false},
};
static const struct cli_option export_options[] = {
    {"format", "WORD", "stix, misp, cap, csv, json or raw (json)", false},
    {"out", "DIR", "a file for each alert; of MISP a feed", false},
    {"since", "DURATION", "what was received that long ago at most", false},
};
static const struct cli_option tail_options[] = {
    {"since", "DURATION", "begin that long ago", false},
    {"observers", "CLASS", "which class of observers to be (the first)", false},
    {"filter", "CONDITION", "e.g. 'severity >= high and tlp <= green'", false},
    {"count", "N", "stop after so many", false},
    {"format", "WORD", "each alert as stix, misp, cap, csv or json", false},
};
static const struct cli_option list_options[] = {
    {"since", "DURATION", "received that long ago at most", false},
    {"limit", "N", "at most so many (100)", false},
};
static const struct cli_option show_options[] = {
    {"raw", NULL, "the envelope as it is, for verification", false},
};
static const struct cli_option revoke_options[] = {
    {"reason", "TEXT", "read by everybody who had the alert", false},
};
static const struct cli_option why_options[] = {
    {"to", "PEER", "the export decision towards this peer", false},
    {"from", "PEER", "the import decision for what it sends", false},
    {"not-sent", NULL, "what was withheld from it, by deciding rule", false},
    {"since", "DURATION", "with --not-sent (24h)", false},
};
static struct cli_option send_options[CLI_OPTIONS_MAX];

#define NONE       NULL, 0
#define SEND_COUNT 17 /* draft_options and --dry-run */

const struct cli_command cli_commands[] = {
    {"status", "[ID]",
     "The node; or who has an alert, who was not sent it "
     "and by which rule.",
     NULL, NONE, 0, 1, cmd_status},
    {"init", "--member CODE [--root-out DIR]",
     "Makes keys, a certificate, a card and a commented configuration.",
     "The configuration is written to the path of --config, the rest beside "
     "it.\n",
     CLI_OPTIONS(init_options), 0, 0, cmd_init},
    {"cert", "show", "The certificate of this node.", NULL, NONE, 1, 1,
     cmd_cert},
    {"card", "export | show FILE | import FILE --as MEMBER",
     "Cards carry a nation's root key and certificate; importing one pins it.",
     NULL, CLI_OPTIONS(card_options), 1, 2, cmd_card},
    {"peer", "list | add | remove | pause | resume MEMBER",
     "The links of this node and how they are.", NULL,
     CLI_OPTIONS(peer_options), 1, 2, cmd_peer},
    {"send", "--severity WORD --tlp WORD --title TEXT [OPTIONS]",
     "Signs an alert and hands it to the mesh. Prints its id; returns when it "
     "is durable.",
     NULL, send_options, SEND_COUNT, 0, 0, cmd_send},
    {"import", "FILE... | --watch DIR | --follow FILE",
     "Alerts from files of other tools, directories or standard input (-).",
     "STIX, MISP events and feeds, CAP, Suricata EVE, IDEA, KEV, CSAF; JSON "
     "also line\nby line. --watch and --follow go on until they are "
     "interrupted.\n",
     CLI_OPTIONS(import_options), 0, CLI_WORDS_MAX, cmd_import},
    {"export", "ID... | --since DURATION [--format WORD] [--out DIR]",
     "Alerts for other tools: STIX 2.1, MISP, CAP 1.2, CSV, JSON.",
     "Says on standard error when fields are withheld from a copy; nothing is "
     "guessed\nin their place. CAP and raw hold one alert; with --out any "
     "number.\n",
     CLI_OPTIONS(export_options), 0, CLI_WORDS_MAX, cmd_export},
    {"formats", "[FORMAT]",
     "How words of other tools become ours (->) and ours theirs (<-).", NULL,
     NONE, 0, 1, cmd_formats},
    {"tail", "", "What observers see, as it comes; gaps are filled.", NULL,
     CLI_OPTIONS(tail_options), 0, 0, cmd_tail},
    {"list", "", "Alerts held here, newest first.", NULL,
     CLI_OPTIONS(list_options), 0, 0, cmd_list},
    {"show", "ID", "One alert.", NULL, CLI_OPTIONS(show_options), 1, 1,
     cmd_show},
    {"verify", "FILE MEMBER=CARD...",
     "Checks a raw envelope (show --raw) against its origin's card.",
     "Needs no node and no configuration; FILE may be -.\n", NONE, 2, 64,
     cmd_verify},
    {"thread", "ID", "All revisions of an alert.", NULL, NONE, 1, 1,
     cmd_thread},
    {"update", "ID --severity WORD --tlp WORD --title TEXT [OPTIONS]",
     "A new revision of an own alert.", NULL, send_options, SEND_COUNT, 1, 1,
     cmd_update},
    {"revoke", "ID --reason TEXT",
     "Withdraws an own alert: final, and it follows everybody who got it.",
     NULL, CLI_OPTIONS(revoke_options), 1, 1, cmd_revoke},
    {"sighting", "ID [OPTIONS]", "Says that the subject was seen here too.",
     "Its label must be at least as strict as the alert's.\n", send_options,
     SEND_COUNT, 1, 1, cmd_sighting},
    {"ack", "ID [OPTIONS]", "Says that the alert was received and is acted on.",
     "Its label must be at least as strict as the alert's.\n", send_options,
     SEND_COUNT, 1, 1, cmd_ack},
    {"why", "ID --to PEER | ID --from PEER | --not-sent --to PEER",
     "Which rule decides, and what would change that.", NULL,
     CLI_OPTIONS(why_options), 0, 1, cmd_why},
    {"policy", "check", "Reads the policy, runs its tests, says what is wrong.",
     NULL, NONE, 1, 1, cmd_policy},
    {"audit", "show | verify", "The audit chain.", NULL, NONE, 1, 1, cmd_audit},
    {"doctor", "", "Looks for what is wrong and says what to do.", NULL, NONE,
     0, 0, cmd_doctor},
    {"reload", "", "Makes the node read its configuration again.", NULL, NONE,
     0, 0, cmd_reload},
    {"stop", "", "Stops the node.", NULL, NONE, 0, 0, cmd_stop},
};
const size_t cli_command_count = sizeof cli_commands / sizeof cli_commands[0];

static void fill_send_options(void)
{
    static const struct cli_option dry_run = {
        "dry-run", NULL, "say what would go to whom, do nothing", false};
    memcpy(send_options, draft_options,
           draft_option_count * sizeof draft_options[0]);
    memcpy(&send_options[draft_option_count], &dry_run, sizeof dry_run);
}

static const struct cli_command *find(const char *name)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        if (strcmp(cli_commands[i].name, name) == 0) {
            return &cli_commands[i];
        }
    }
    return NULL;
}

static int help(void)
{
    printf("usage: tocsin [COMMAND [OPTIONS]]\n\nOperates a node of the "
           "Tocsin alert mesh. Without a command: status.\n\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        printf("  %-9s %s\n", cli_commands[i].name, cli_commands[i].help);
    }
    printf("\ntocsin COMMAND --help says more; --config FILE and --json go "
           "with every command.\n");
    return EXIT_DONE;
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

int main(int argc, char **argv)
{
    static struct cli_args args;
    int place = command_place(argc, argv);
    const char *word = place == 0 ? "status" : argv[place];
    fill_send_options();
    /* Lines of both streams in the order in which they were said. */
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (sodium_init() < 0) {
        return EXIT_REFUSED;
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        (void)puts("tocsin " TOCSIN_VERSION);
        return EXIT_DONE;
    }
    if (strcmp(word, "help") == 0 ||
        (argc > 1 && strcmp(argv[1], "--help") == 0)) {
        if (argc > 2 && strcmp(argv[2], "--man") == 0) {
            cli_man();
            return EXIT_DONE;
        }
        return help();
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
    return parsed != 0 ? parsed - 1 : command->run(&args);
}
