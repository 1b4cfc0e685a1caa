/* policy try, policy rules: what another policy would change, decided by the
 * node itself about the alerts it has; and how often each rule has decided. */
#include "base/text.h"
#include "cli/commands.h"
#include "cli/policy_change.h"

#define PIECE (64 * TCN_KIB)

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static int send_file(struct cli_node *node, const struct cli_args *args,
                     const struct tcn_source *file)
{
    size_t at = 0;
    int code;
    do {
        size_t left = file->text.len - at;
        struct tcn_view piece =
            tcn_view(file->text.data + at, left < PIECE ? left : PIECE);
        cli_begin(node);
        if (at == 0) {
            tcn_pair_str(&node->pairs, &node->pair_count, "name",
                         tcn_view_str(base_name(file->name)));
        }
        tcn_pair_bin(&node->pairs, &node->pair_count, "text", piece);
        code = cli_run(node, args, "policy-file", NULL);
        at += piece.len;
    } while (code == EXIT_DONE && at < file->text.len);
    return code;
}

/* ---- telling ---- */

static void print_examples(const struct tcn_pairs *pairs)
{
    struct tcn_view ids[8];
    size_t count = tcn_pairs_list(pairs, "examples", ids, 8);
    for (size_t i = 0; i < count; i++) {
        printf("%s", i == 0 ? "  e.g. " : " ");
        cli_print_view(ids[i]);
    }
    printf("\n");
}

/* "+VICTIM -FREE": what it would show more, and less. */
static void print_classes(const struct tcn_pairs *pairs)
{
    static const struct {
        const char *key, *sign;
    } both[] = {{"opens", "+"}, {"cuts", "-"}};
    char text[128];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    for (size_t i = 0; i < 2; i++) {
        struct tcn_view words[TCN_CLASS_COUNT];
        size_t count =
            tcn_pairs_list(pairs, both[i].key, words, TCN_CLASS_COUNT);
        for (size_t k = 0; k < count; k++) {
            tcn_buf_put_str(&out, out.len > 0 ? " " : "");
            tcn_buf_put_str(&out, both[i].sign);
            tcn_buf_put(&out, words[k].data, words[k].len);
        }
    }
    cli_print_cell(tcn_buf_view(&out), 16);
}

static void print_group(const struct tcn_pairs *pairs)
{
    static bool headed;
    if (!headed) {
        headed = true;
        printf("%-12s %-9s %-16s %7s  %-24s %s\n", "PEER", "WOULD BE",
               "CLASSES", "ALERTS", "DECIDED NOW BY", "WOULD BE BY");
    }
    cli_print_cell(tcn_pairs_str(pairs, "peer"), 12);
    cli_print_cell(tcn_pairs_str(pairs, "change"), 9);
    print_classes(pairs);
    printf("%7llu  ", (unsigned long long)tcn_pairs_uint(pairs, "count"));
    cli_print_cell(tcn_pairs_str(pairs, "now"), 24);
    cli_print_cell(tcn_pairs_str(pairs, "then"), 16);
    print_examples(pairs);
}

static void print_end(const struct tcn_pairs *pairs)
{
    uint64_t lost = tcn_pairs_uint(pairs, "lost");
    uint64_t decided = tcn_pairs_uint(pairs, "decided");
    printf("%llu alerts looked at, as if they came now: %llu decisions, %llu "
           "of them the same\n",
           (unsigned long long)tcn_pairs_uint(pairs, "alerts"),
           (unsigned long long)decided,
           (unsigned long long)tcn_pairs_uint(pairs, "same"));
    if (lost > 0) {
        printf("%llu more changes are not listed: there are too many kinds\n",
               (unsigned long long)lost);
    }
}

/* ---- asking ---- */

static void take_row(const struct cli_args *args, const struct tcn_pairs *pairs,
                     bool *done)
{
    bool end = tcn_pairs_has(pairs, "done");
    *done |= tcn_pairs_bool(pairs, "done");
    if (end && !*done) {
        return;
    }
    if (args->json) {
        cli_print_row_json(pairs);
    } else if (end) {
        print_end(pairs);
    } else {
        print_group(pairs);
    }
}

/* One piece of the work; the node serves others in between. */
static int go_on(struct cli_node *node, const struct cli_args *args,
                 uint64_t alerts, bool *done)
{
    cli_begin(node);
    tcn_pair_uint(&node->pairs, &node->pair_count, "alerts", alerts);
    if (!cli_send(node, "policy-try")) {
        return EXIT_NO_NODE;
    }
    while (cli_next(node)) {
        if (tcn_view_is(node->msg.first, "text")) {
            cli_put_view(stderr, node->msg.first_text);
            (void)fputc('\n', stderr);
        } else {
            take_row(args, &node->msg.pairs, done);
        }
    }
    return cli_finish(node);
}

int policy_replay(struct cli_node *node, const struct cli_args *args,
                  const struct tcn_source *file)
{
    uint64_t alerts;
    int code = EXIT_DONE;
    bool done = false;
    if (!cli_number(args, "replay", 10000, &alerts)) {
        return EXIT_USAGE;
    }
    if (file != NULL) {
        code = send_file(node, args, file);
    }
    for (; code == EXIT_DONE && !done; alerts = 0) {
        code = go_on(node, args, alerts, &done);
    }
    return code;
}

int policy_try(struct cli_args *args)
{
    struct policy_files files = {0};
    struct cli_node node;
    uint64_t alerts;
    if (args->word_count > 2) {
        return cli_wrong(args, args->words[2], "try takes one file");
    }
    if (!cli_number(args, "replay", 10000, &alerts)) {
        return EXIT_USAGE;
    }
    if (alerts > TCN_REPLAY_MAX) {
        return cli_wrong(args, cli_get(args, "replay"),
                         "expected at most 100000 alerts");
    }
    int code = EXIT_REFUSED;
    if (policy_files_read(&files, args, 1)) {
        code = EXIT_NO_NODE;
        if (cli_connect(&node, args)) {
            code = policy_replay(
                &node, args, files.source_count == 0 ? NULL : files.sources);
        }
        cli_disconnect(&node);
    }
    policy_files_close(&files);
    return code;
}

/* ---- rules ---- */

static void print_rule(const struct cli_args *args,
                       const struct tcn_pairs *pairs)
{
    (void)args;
    static const char *const keys[] = {"allowed", "denied", "held", "delayed"};
    static bool headed;
    if (!headed) {
        headed = true;
        printf("%-10s %-10s %-24s %9s %9s %9s %9s\n", "HOOK", "VERB", "RULE",
               "ALLOWED", "DENIED", "HELD", "DELAYED");
    }
    cli_print_cell(tcn_pairs_str(pairs, "hook"), 10);
    cli_print_cell(tcn_pairs_str(pairs, "verb"), 10);
    cli_print_cell(tcn_pairs_str(pairs, "rule"), 24);
    for (size_t i = 0; i < 4; i++) {
        printf("%9llu%s", (unsigned long long)tcn_pairs_uint(pairs, keys[i]),
               i < 3 ? " " : "");
    }
    if (tcn_pairs_has(pairs, "waiting")) {
        printf("  %llu wait now",
               (unsigned long long)tcn_pairs_uint(pairs, "waiting"));
    }
    printf("\n");
}

int policy_rules(struct cli_args *args)
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    if (args->word_count > 1) {
        return cli_wrong(args, args->words[1], "one word too many");
    }
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        code = cli_run(&node, args, "policy-rules", print_rule);
    }
    cli_disconnect(&node);
    return code;
}
