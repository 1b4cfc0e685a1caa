/* send, update, revoke, sighting, ack: an operator says something. */
#include "cli/commands.h"

static struct tcn_draft draft;

static void print_id(const struct cli_args *args, const struct tcn_pairs *pairs)
{
    (void)args;
    if (tcn_pairs_has(pairs, "sentence")) {
        (void)fprintf(stderr, "tocsin: not taken: %.*s\n",
                      (int)tcn_pairs_str(pairs, "sentence").len,
                      (const char *)tcn_pairs_str(pairs, "sentence").data);
        return;
    }
    struct tcn_view id = tcn_pairs_bin(pairs, "id");
    if (id.len > 0 && !tcn_view_is(tcn_pairs_str(pairs, "outcome"), "would")) {
        cli_print_hex(id, 64);
        (void)putchar('\n');
    }
}

static int submit(struct cli_node *node, const struct cli_args *args)
{
    bool dry_run = cli_has(args, "dry-run");
    cli_begin(node);
    tcn_pair_uint(&node->pairs, &node->pair_count, "count", 1);
    tcn_pair_bool(&node->pairs, &node->pair_count, "dry_run", dry_run);
    if (!cli_send(node, "submit")) {
        return EXIT_NO_NODE;
    }
    cli_begin(node);
    if (!draft_put(node, &draft)) {
        return EXIT_USAGE;
    }
    return cli_run(node, args, "draft", print_id);
}

int cmd_send(struct cli_args *args)
{
    struct cli_node node;
    if (!cli_has(args, "title")) {
        return cli_wrong(args, "--title", "an alert needs a title");
    }
    if (!cli_has(args, "severity") || !cli_has(args, "tlp")) {
        return cli_wrong(args, cli_has(args, "tlp") ? "--severity" : "--tlp",
                         "an alert needs a severity and a TLP");
    }
    int code = draft_read(args, &draft);
    if (code != EXIT_DONE) {
        return code;
    }
    if (draft.header.label.audience_count > 0 && !args->json) {
        (void)fprintf(stderr, "note: every recipient sees the audience\n");
    }
    code = cli_connect(&node, args) ? submit(&node, args) : EXIT_NO_NODE;
    cli_disconnect(&node);
    return code;
}

/* A verb about a held alert, with a draft when it needs one. */
static int speak(struct cli_args *args, const char *verb, const char *kind)
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        tcn_pair_str(&node.pairs, &node.pair_count, "id",
                     tcn_view_str(args->words[0]));
        if (kind != NULL) {
            tcn_pair_str(&node.pairs, &node.pair_count, "kind",
                         tcn_view_str(kind));
        }
        const char *reason = cli_get(args, "reason");
        if (reason != NULL) {
            tcn_pair_str(&node.pairs, &node.pair_count, "reason",
                         tcn_view_str(reason));
        }
        bool needs_draft = reason == NULL;
        code = !needs_draft || draft_put(&node, &draft)
                   ? cli_run(&node, args, verb, print_id)
                   : EXIT_USAGE;
    }
    cli_disconnect(&node);
    return code;
}

int cmd_update(struct cli_args *args)
{
    int code = draft_read(args, &draft);
    return code == EXIT_DONE ? speak(args, "update", NULL) : code;
}

int cmd_revoke(struct cli_args *args)
{
    if (!cli_has(args, "reason")) {
        return cli_wrong(args, "--reason",
                         "say why: everybody who had the alert reads it");
    }
    return speak(args, "revoke", NULL);
}

int cmd_sighting(struct cli_args *args)
{
    int code = draft_read(args, &draft);
    return code == EXIT_DONE ? speak(args, "remark", "sighting") : code;
}

int cmd_ack(struct cli_args *args)
{
    int code = draft_read(args, &draft);
    return code == EXIT_DONE ? speak(args, "remark", "ack") : code;
}
