/* list, show, thread: alerts as this node holds them. */
#include <stdlib.h>

#include "cli/commands.h"
#include "formats/alert_json.h"

static const char *severity_colour(struct tcn_view word)
{
    if (tcn_view_is(word, "critical")) {
        return cli_colour("\033[1;31m");
    }
    return tcn_view_is(word, "high") ? cli_colour("\033[31m") : "";
}

static void print_word(const struct tcn_pairs *pairs, const char *key,
                       int width)
{
    struct tcn_view word = tcn_pairs_str(pairs, key);
    printf("%-*.*s ", width, (int)word.len, (const char *)word.data);
}

static void print_row(const struct cli_args *args,
                      const struct tcn_pairs *pairs)
{
    (void)args;
    cli_print_hex(tcn_pairs_bin(pairs, "id"), 12);
    printf(" ");
    cli_print_time(tcn_pairs_uint(pairs, "created"));
    printf(" ");
    print_word(pairs, "origin", 6);
    print_word(pairs, "kind", 8);
    printf("%s", severity_colour(tcn_pairs_str(pairs, "severity")));
    print_word(pairs, "severity", 8);
    printf("%s", cli_colour("\033[0m"));
    print_word(pairs, "tlp", 12);
    print_word(pairs, "status", 10);
    cli_print_view(tcn_pairs_str(pairs, "title"));
    printf("%s\n", tcn_pairs_bool(pairs, "suspect") ? " [key revoked]" : "");
}

static int run_rows(struct cli_args *args, const char *verb)
{
    struct cli_node node;
    uint64_t since;
    int code = EXIT_NO_NODE;
    if (!cli_duration(args, "since", 0, &since)) {
        return EXIT_USAGE;
    }
    const char *limit = cli_get(args, "limit");
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        if (args->word_count > 0) {
            tcn_pair_str(&node.pairs, &node.pair_count, "id",
                         tcn_view_str(args->words[0]));
        }
        if (since > 0) {
            tcn_pair_uint(&node.pairs, &node.pair_count, "since",
                          tcn_now_ms() - since);
        }
        tcn_pair_uint(&node.pairs, &node.pair_count, "limit",
                      limit == NULL ? 100 : strtoull(limit, NULL, 10));
        code = cli_run(&node, args, verb, print_row);
    }
    cli_disconnect(&node);
    return code;
}

int cmd_list(struct cli_args *args)
{
    return run_rows(args, "list");
}

int cmd_thread(struct cli_args *args)
{
    return run_rows(args, "thread");
}

/* ---- show ---- */

static int print_alert(const struct cli_args *args,
                       const struct tcn_pairs *pairs)
{
    struct tcn_view envelope = tcn_pairs_bin(pairs, "envelope");
    struct tcn_alert *alert = calloc(1, sizeof *alert);
    uint8_t *text = malloc(TCN_ALERT_JSON_MAX);
    struct tcn_buf out = tcn_buf(text, TCN_ALERT_JSON_MAX);
    enum tcn_err err = alert == NULL || text == NULL
                           ? TCN_ERR_NO_MEMORY
                           : tcn_alert_decode(alert, envelope);
    if (err == TCN_ERR_OK) {
        err = tcn_alert_check_fields(alert);
    }
    if (err == TCN_ERR_OK) {
        const struct tcn_alert_facts facts = {
            .status = cli_status_find(tcn_pairs_str(pairs, "status")),
            .received_from = tcn_pairs_str(pairs, "received_from"),
            .received_ms = tcn_pairs_uint(pairs, "received_at"),
        };
        if (args->json) {
            tcn_alert_put_json(&out, alert, &facts);
            tcn_buf_put_str(&out, "\n");
        } else {
            tcn_alert_put_text(&out, alert, &facts);
        }
        (void)fwrite(out.data, 1, out.len, stdout);
    } else {
        (void)fprintf(stderr, "tocsin: %s\n", tcn_err_sentence(err));
    }
    free(alert);
    free(text);
    return err == TCN_ERR_OK ? EXIT_DONE : EXIT_REFUSED;
}

static int print_show(const struct cli_args *args, struct cli_node *node)
{
    int code = EXIT_DONE;
    while (cli_next(node)) {
        const struct tcn_pairs *pairs = &node->msg.pairs;
        struct tcn_view envelope = tcn_pairs_bin(pairs, "envelope");
        if (envelope.len == 0) {
            (void)fprintf(stderr, "tocsin: it has expired and its contents "
                                  "are gone; its id is kept\n");
            code = EXIT_REFUSED;
        } else if (cli_has(args, "raw")) {
            (void)fwrite(envelope.data, 1, envelope.len, stdout);
        } else {
            code = print_alert(args, pairs);
        }
    }
    int end = cli_finish(node);
    return end != EXIT_DONE ? end : code;
}

int cmd_show(struct cli_args *args)
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        tcn_pair_str(&node.pairs, &node.pair_count, "id",
                     tcn_view_str(args->words[0]));
        code = cli_send(&node, "show") ? print_show(args, &node) : EXIT_NO_NODE;
    }
    cli_disconnect(&node);
    return code;
}
