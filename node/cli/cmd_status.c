/* status: the node, or where an alert is. And reload, stop. */
#include "cli/commands.h"

static void line(const char *name, struct tcn_view value)
{
    printf("%-12s ", name);
    cli_print_view(value);
    printf("\n");
}

static void print_policy(const struct tcn_pairs *pairs)
{
    printf("%-12s ", "policy");
    cli_print_view(tcn_pairs_str(pairs, "policy"));
    printf(" version %llu",
           (unsigned long long)tcn_pairs_uint(pairs, "policy_version"));
    printf(" (");
    cli_print_hex(tcn_pairs_bin(pairs, "policy_hash"), 16);
    printf(")\n");
    if (tcn_pairs_has(pairs, "pending_until")) {
        char until[TCN_TIME_TEXT];
        cli_time_text(tcn_pairs_uint(pairs, "pending_until"), until);
        printf("%sA POLICY WAITS TO BE CONFIRMED until %s: ",
               cli_colour("\033[1;31m"), until);
        cli_print_view(tcn_pairs_str(pairs, "pending"));
        printf(" version %llu (",
               (unsigned long long)tcn_pairs_uint(pairs, "pending_version"));
        cli_print_hex(tcn_pairs_bin(pairs, "pending_hash"), 16);
        printf(") of ");
        cli_print_view(tcn_pairs_str(pairs, "pending_by"));
        printf("%s\nonly what it and the one above allow is sent: tocsin "
               "policy confirm, or abandon\n",
               cli_colour("\033[0m"));
    }
    if (!tcn_pairs_bool(pairs, "policy_valid")) {
        printf("%sNO VALID POLICY: this node only receives%s\n",
               cli_colour("\033[1;31m"), cli_colour("\033[0m"));
        printf("%.*s\n", (int)tcn_pairs_str(pairs, "policy_message").len,
               (const char *)tcn_pairs_str(pairs, "policy_message").data);
    }
}

static void print_warnings(const struct tcn_pairs *pairs)
{
    if (tcn_pairs_bool(pairs, "clock_alarm")) {
        printf("%sOUR CLOCK IS OFF by %.*s s against the peers': nothing can "
               "be sent until it is right%s\n",
               cli_colour("\033[1;31m"),
               (int)tcn_pairs_str(pairs, "clock_offset_s").len,
               (const char *)tcn_pairs_str(pairs, "clock_offset_s").data,
               cli_colour("\033[0m"));
    }
    struct tcn_view store = tcn_pairs_str(pairs, "store_message");
    if (store.len > 0) {
        printf("%sNOTHING CAN BE STORED: ", cli_colour("\033[1;31m"));
        cli_print_view(store);
        printf("%s\n", cli_colour("\033[0m"));
    }
    uint64_t taking_back = tcn_pairs_uint(pairs, "taking_back");
    if (taking_back > 0) {
        printf("RESTORED FROM A BACKUP: %llu own alerts are still to come back "
               "from peers; no update until then\n",
               (unsigned long long)taking_back);
    }
}

static void print_key(const struct tcn_pairs *pairs)
{
    char text[TCN_TIME_TEXT];
    uint64_t end = tcn_pairs_uint(pairs, "cert_not_after");
    uint64_t next = tcn_pairs_uint(pairs, "next_serial");
    uint64_t now = tcn_pairs_uint(pairs, "now");
    struct tcn_view message = tcn_pairs_str(pairs, "key_message");
    cli_time_text(end, text);
    printf("%-12s certificate %llu until %.10s", "key",
           (unsigned long long)tcn_pairs_uint(pairs, "cert_serial"), text);
    if (next != 0) {
        cli_time_text(tcn_pairs_uint(pairs, "next_at"), text);
        printf(", certificate %llu takes over at %s", (unsigned long long)next,
               text);
    }
    printf("\n");
    if (message.len > 0) {
        printf("%sNOTHING CAN BE SIGNED: ", cli_colour("\033[1;31m"));
        cli_print_view(message);
        printf("%s\n", cli_colour("\033[0m"));
    } else if (next == 0 && end < now + 21 * TCN_DAY_MS) {
        printf(
            "OUR CERTIFICATE ENDS WITHIN THREE WEEKS: tocsin cert request\n");
    }
}

static void print_status(const struct cli_args *args,
                         const struct tcn_pairs *pairs)
{
    (void)args;
    line("member", tcn_pairs_str(pairs, "member"));
    line("name", tcn_pairs_str(pairs, "name"));
    line("version", tcn_pairs_str(pairs, "version"));
    printf("%-12s ", "since");
    cli_print_time(tcn_pairs_uint(pairs, "started"));
    printf("\n%-12s %llu up of %llu\n", "peers",
           (unsigned long long)tcn_pairs_uint(pairs, "peers_up"),
           (unsigned long long)tcn_pairs_uint(pairs, "peers"));
    printf("%-12s %llu held (of %llu), %llu handed over, %llu withheld, %llu "
           "refused\n",
           "alerts", (unsigned long long)tcn_pairs_uint(pairs, "alerts"),
           (unsigned long long)tcn_pairs_uint(pairs, "capacity"),
           (unsigned long long)tcn_pairs_uint(pairs, "exported"),
           (unsigned long long)tcn_pairs_uint(pairs, "denied"),
           (unsigned long long)tcn_pairs_uint(pairs, "refused"));
    line("link", tcn_pairs_str(pairs, "link"));
    line("feed", tcn_pairs_str(pairs, "feed"));
    print_policy(pairs);
    print_key(pairs);
    print_warnings(pairs);
}

/* The classes that a peer was given. */
static void print_form(uint64_t form)
{
    for (unsigned i = 0; i < TCN_CLASS_COUNT; i++) {
        if ((form & TCN_CLASS_BIT(i)) != 0) {
            printf(" %s", tcn_class_word(i));
        }
    }
}

static void print_where(const struct cli_args *args,
                        const struct tcn_pairs *pairs)
{
    (void)args;
    if (tcn_pairs_has(pairs, "kind")) {
        cli_print_time(tcn_pairs_uint(pairs, "at"));
        printf(" %.*s from ", (int)tcn_pairs_str(pairs, "kind").len,
               (const char *)tcn_pairs_str(pairs, "kind").data);
        cli_print_view(tcn_pairs_str(pairs, "from"));
        printf("\n");
        return;
    }
    struct tcn_view peer = tcn_pairs_str(pairs, "peer");
    struct tcn_view outcome = tcn_pairs_str(pairs, "outcome");
    printf("%-12.*s %-13.*s", (int)peer.len, (const char *)peer.data,
           (int)outcome.len, (const char *)outcome.data);
    if (tcn_pairs_uint(pairs, "at") != 0) {
        printf(" ");
        cli_print_time(tcn_pairs_uint(pairs, "at"));
    }
    if (tcn_view_is(outcome, "denied")) {
        printf(" by ");
        cli_print_view(tcn_pairs_str(pairs, "rule"));
    }
    print_form(tcn_pairs_uint(pairs, "form"));
    printf("\n");
}

int cmd_status(struct cli_args *args)
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    bool one = args->word_count > 0;
    if (cli_connect(&node, args)) {
        node.tells = !one && !args->json;
        cli_begin(&node);
        if (one) {
            tcn_pair_str(&node.pairs, &node.pair_count, "id",
                         tcn_view_str(args->words[0]));
        }
        code = cli_run(&node, args, one ? "status-of" : "status",
                       one ? print_where : print_status);
    }
    cli_disconnect(&node);
    return code;
}

static int run_plain(struct cli_args *args, const char *verb)
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        code = cli_run(&node, args, verb, NULL);
    }
    cli_disconnect(&node);
    return code;
}

int cmd_reload(struct cli_args *args)
{
    return run_plain(args, "reload");
}

int cmd_stop(struct cli_args *args)
{
    return run_plain(args, "stop");
}
