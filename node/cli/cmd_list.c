/* list, show, thread: alerts as this node holds them. */
#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/draft.h"
#include "formats/alert_json.h"

/* A sighting or ack seldom has one: then whose it is. */
static void print_title(const struct tcn_pairs *pairs)
{
    struct tcn_view title = tcn_pairs_str(pairs, "title");
    struct tcn_view ref = tcn_pairs_bin(pairs, "ref");
    if (title.len > 0 || ref.len == 0) {
        cli_print_view(title);
        return;
    }
    printf("of ");
    cli_print_hex(ref, 12);
}

void cli_put_exercise(struct cli_node *node, const struct cli_args *args)
{
    const char *exercise = cli_get(args, "exercise");
    if (exercise != NULL) {
        tcn_pair_str(&node->pairs, &node->pair_count, "exercise",
                     tcn_view_str(exercise));
    }
    tcn_pair_bool(&node->pairs, &node->pair_count, "exercises",
                  cli_has(args, "exercises"));
}

static void print_row(const struct cli_args *args,
                      const struct tcn_pairs *pairs)
{
    char id[13];
    char time[TCN_TIME_TEXT];
    struct tcn_buf hex = tcn_buf(id, sizeof id);
    struct tcn_view bytes = tcn_pairs_bin(pairs, "id");
    (void)args;
    tcn_text_hex(&hex, tcn_view(bytes.data, bytes.len > 6 ? 6 : bytes.len));
    cli_time_text(tcn_pairs_uint(pairs, "created"), time);
    cli_print_line(&(struct cli_line){
        .id = tcn_buf_view(&hex),
        .time = tcn_view_str(time),
        .origin = tcn_pairs_str(pairs, "origin"),
        .kind = tcn_pairs_str(pairs, "kind"),
        .severity = tcn_pairs_str(pairs, "severity"),
        .tlp = tcn_pairs_str(pairs, "tlp"),
        .status = tcn_pairs_str(pairs, "status"),
    });
    cli_print_exercise(tcn_pairs_str(pairs, "exercise"));
    print_title(pairs);
    struct tcn_view key = tcn_pairs_str(pairs, "key");
    if (key.len > 0) {
        printf(" [key %.*s]", (int)key.len, (const char *)key.data);
    }
    printf("\n");
}

static int run_rows(struct cli_args *args, const char *verb)
{
    struct cli_node node;
    uint64_t since, limit;
    int code = EXIT_NO_NODE;
    if (!cli_duration(args, "since", 0, &since) ||
        !cli_number(args, "limit", 100, &limit) ||
        draft_check(args) != EXIT_DONE) {
        return EXIT_USAGE;
    }
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        if (args->word_count > 0) {
            tcn_pair_str(&node.pairs, &node.pair_count, "id",
                         tcn_view_str(args->words[0]));
        }
        if (since > 0) {
            tcn_pair_uint(&node.pairs, &node.pair_count, "since",
                          cli_ago(since));
        }
        tcn_pair_uint(&node.pairs, &node.pair_count, "limit", limit);
        cli_put_exercise(&node, args);
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
            .key = tcn_pairs_str(pairs, "key"),
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
