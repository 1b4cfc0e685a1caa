/* send, revoke: an alert goes out, an alert is withdrawn. */
#include "cli/commands.h"
#include "cli/draft.h"

static struct tcn_draft draft;

void cli_print_id(const struct cli_args *args, const struct tcn_pairs *pairs)
{
    struct tcn_view id = tcn_pairs_bin(pairs, "id");
    cli_print_warnings(pairs);
    if (id.len > 0 && !cli_has(args, "dry-run")) {
        cli_print_hex(id, 64);
        (void)putchar('\n');
    }
}

int cli_submit(struct cli_node *node, const struct cli_args *args,
               const struct tcn_draft *alert)
{
    cli_begin(node);
    tcn_pair_uint(&node->pairs, &node->pair_count, "count", 1);
    tcn_pair_bool(&node->pairs, &node->pair_count, "dry_run",
                  cli_has(args, "dry-run"));
    if (!cli_send(node, "submit")) {
        return EXIT_NO_NODE;
    }
    cli_begin(node);
    if (!draft_put(node, alert)) {
        return EXIT_USAGE;
    }
    return cli_run(node, args, "draft", cli_print_id);
}

int cmd_send(struct cli_args *args)
{
    static const char *const needed[] = {"title", "severity", "tlp"};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (!cli_has(args, needed[i])) {
            char option[16];
            (void)snprintf(option, sizeof option, "--%s", needed[i]);
            return cli_wrong(args, option,
                             "an alert needs a title, a severity and a TLP");
        }
    }
    struct cli_node node;
    draft_begin(&draft);
    int code = draft_check(args);
    code = code == EXIT_DONE ? draft_apply(args, &draft) : code;
    if (code == EXIT_DONE) {
        code = cli_connect(&node, args) ? cli_submit(&node, args, &draft)
                                        : EXIT_NO_NODE;
        cli_disconnect(&node);
    }
    return code;
}

int cli_revoke(struct cli_node *node, const struct cli_args *args,
               const char *reason)
{
    cli_begin(node);
    tcn_pair_str(&node->pairs, &node->pair_count, "id",
                 tcn_view_str(args->words[0]));
    tcn_pair_str(&node->pairs, &node->pair_count, "reason",
                 tcn_view_str(reason));
    return cli_run(node, args, "revoke", cli_print_id);
}

int cmd_revoke(struct cli_args *args)
{
    struct cli_node node;
    const char *reason = cli_get(args, "reason");
    if (reason == NULL) {
        return cli_wrong(args, "--reason",
                         "say why: everybody who had the alert reads it");
    }
    if (!cli_is_line(tcn_view_str(reason))) {
        return cli_wrong(args, reason,
                         "a reason is one line of text without control or "
                         "direction characters");
    }
    int code = cli_connect(&node, args) ? cli_revoke(&node, args, reason)
                                        : EXIT_NO_NODE;
    cli_disconnect(&node);
    return code;
}
