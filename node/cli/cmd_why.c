/* why: what is decided, and by which rule. */
#include <stdlib.h>

#include "base/text.h"
#include "cli/commands.h"

static unsigned groups_printed;

/* A group of what was not sent. */
static void print_group(const struct cli_args *args,
                        const struct tcn_pairs *pairs)
{
    (void)args;
    groups_printed++;
    struct tcn_view rule = tcn_pairs_str(pairs, "rule");
    struct tcn_view state = tcn_pairs_str(pairs, "state");
    printf("%6llu  %-10.*s %-28.*s e.g. ",
           (unsigned long long)tcn_pairs_uint(pairs, "count"), (int)state.len,
           (const char *)state.data, (int)rule.len, (const char *)rule.data);
    cli_print_hex(tcn_pairs_bin(pairs, "example"), 12);
    if (tcn_pairs_has(pairs, "until")) {
        printf("  until ");
        cli_print_time(tcn_pairs_uint(pairs, "until"));
    }
    printf("\n");
}

static int ask(struct cli_args *args, const char *verb, const char *key,
               const char *peer)
{
    struct cli_node node;
    uint64_t since;
    int code = EXIT_NO_NODE;
    if (!cli_duration(args, "since", TCN_DAY_MS, &since)) {
        return EXIT_USAGE;
    }
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        if (args->word_count > 0) {
            tcn_pair_str(&node.pairs, &node.pair_count, "id",
                         tcn_view_str(args->words[0]));
        }
        tcn_pair_str(&node.pairs, &node.pair_count, key, tcn_view_str(peer));
        tcn_pair_uint(&node.pairs, &node.pair_count, "since", cli_ago(since));
        code = cli_run(&node, args, verb,
                       strcmp(verb, "why-not-sent") == 0 ? print_group : NULL);
    }
    cli_disconnect(&node);
    if (code == EXIT_DONE && !args->json && groups_printed == 0 &&
        strcmp(verb, "why-not-sent") == 0) {
        printf("nothing was withheld from it\n");
    }
    return code;
}

int cmd_why(struct cli_args *args)
{
    const char *to = cli_get(args, "to");
    const char *from = cli_get(args, "from");
    bool not_sent = cli_has(args, "not-sent");
    if (to == NULL && from == NULL) {
        return cli_wrong(args, "--to", "say towards which peer");
    }
    if (to != NULL && from != NULL) {
        return cli_wrong(args, "--from", "give it or --to, not both");
    }
    const char *peer = to != NULL ? to : from;
    if (!tcn_text_is_member(tcn_view_str(peer))) {
        return cli_wrong(args, peer, "this is no member code, such as ee");
    }
    if (not_sent != (args->word_count == 0) || (not_sent && to == NULL)) {
        return cli_wrong(args,
                         args->word_count > 0 ? args->words[0]
                         : not_sent           ? "--from"
                                              : "why",
                         "expected ID --to PEER, ID --from PEER, or "
                         "--not-sent --to PEER");
    }
    if (not_sent) {
        return ask(args, "why-not-sent", "to", to);
    }
    return to != NULL ? ask(args, "why", "to", to)
                      : ask(args, "explain-import", "from", from);
}
