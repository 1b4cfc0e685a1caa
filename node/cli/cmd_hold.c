/* hold: what waits for people, and what they say about it. */
#include "base/text.h"
#include "cli/commands.h"
#include "cli/output.h"

static void print_classes(uint64_t mask)
{
    const char *between = "";
    for (unsigned i = 0; i < TCN_CLASS_COUNT; i++) {
        if ((mask & TCN_CLASS_BIT(i)) != 0) {
            printf("%s%s", between, tcn_class_word(i));
            between = ", ";
        }
    }
}

/* Nothing is said of a peer that has nothing of it. */
static void print_has(const struct tcn_pairs *pairs)
{
    uint64_t has = tcn_pairs_uint(pairs, "has");
    if (tcn_pairs_has(pairs, "has")) {
        printf("    has of it already: ");
        print_classes(has);
        printf("%s\n",
               has == 0 ? "something, no longer known which classes" : "");
    }
}

static void print_hold(const struct tcn_pairs *pairs)
{
    struct tcn_view state = tcn_pairs_str(pairs, "state");
    cli_print_hex(tcn_pairs_bin(pairs, "id"), 12);
    if (tcn_pairs_has(pairs, "peer")) {
        printf("  to ");
        cli_print_view(tcn_pairs_str(pairs, "peer"));
    } else {
        printf("  from ");
        cli_print_view(tcn_pairs_str(pairs, "from"));
    }
    printf("  ");
    cli_print_view(state);
    printf(" by ");
    cli_print_view(tcn_pairs_str(pairs, "rules"));
    if (tcn_view_is(state, "waiting")) {
        printf(" until ");
        cli_print_time(tcn_pairs_uint(pairs, "until"));
    }
    printf("  ");
    cli_print_view(tcn_pairs_str(pairs, "title"));
    printf("\n");
    if (tcn_pairs_str(pairs, "needs").len > 0) {
        printf("    ");
        cli_print_view(tcn_pairs_str(pairs, "needs"));
        printf("\n");
    } else if (tcn_view_is(state, "waiting")) {
        printf("    no rule asks for it any more: the policy decides\n");
    }
    print_has(pairs);
}

static void print_request(const struct tcn_pairs *pairs)
{
    uint64_t classes = tcn_pairs_uint(pairs, "classes");
    cli_print_hex(tcn_pairs_bin(pairs, "id"), 12);
    printf("  to ");
    cli_print_view(tcn_pairs_str(pairs, "peer"));
    printf("  ");
    cli_print_view(tcn_pairs_str(pairs, "state"));
    printf(" by ");
    cli_print_view(tcn_pairs_str(pairs, "asker"));
    printf("%s", classes != 0 ? ": " : "");
    print_classes(classes);
    printf(" at ");
    cli_print_time(tcn_pairs_uint(pairs, "since"));
    printf("  ");
    cli_print_view(tcn_pairs_str(pairs, "title"));
    printf("\n    ");
    cli_print_view(tcn_pairs_str(pairs, "words"));
    printf(" (");
    cli_print_hex(tcn_pairs_bin(pairs, "request"), 12);
    printf(")\n");
    print_has(pairs);
}

/* What would happen if somebody agreed. */
static void print_judgement(const struct tcn_pairs *pairs)
{
    uint64_t more = tcn_pairs_uint(pairs, "more");
    printf("    if released: ");
    cli_print_view(tcn_pairs_str(pairs, "if_agreed"));
    printf("%s", more != 0 ? "; it would get " : "; it would get no more");
    print_classes(more);
    printf("\n");
}

static unsigned rows_printed;

static void print_row(const struct cli_args *args,
                      const struct tcn_pairs *pairs)
{
    rows_printed++;
    bool show = strcmp(args->words[0], "show") == 0;
    if (tcn_pairs_has(pairs, "outcome")) {
        cli_print_view(tcn_pairs_str(pairs, "outcome"));
        if (tcn_pairs_str(pairs, "needs").len > 0) {
            printf("; ");
            cli_print_view(tcn_pairs_str(pairs, "needs"));
        }
        if (tcn_pairs_str(pairs, "note").len > 0) {
            printf("; ");
            cli_print_view(tcn_pairs_str(pairs, "note"));
        }
        printf("\n");
        return;
    }
    if (tcn_pairs_has(pairs, "asker")) {
        print_request(pairs);
        return;
    }
    if (tcn_pairs_has(pairs, "if_agreed")) {
        print_judgement(pairs);
        return;
    }
    if (tcn_pairs_has(pairs, "approved_by")) {
        printf("    approved by ");
        cli_print_view(tcn_pairs_str(pairs, "approved_by"));
        printf(" ");
        cli_print_time(tcn_pairs_uint(pairs, "at"));
        printf(" for ");
        cli_print_view(tcn_pairs_str(pairs, "rules"));
        if (tcn_pairs_uint(pairs, "cut") != 0) {
            printf(" without ");
            print_classes(tcn_pairs_uint(pairs, "cut"));
        }
        printf("\n");
        return;
    }
    print_hold(pairs);
    if (show) {
        printf("    would go: ");
        print_classes(tcn_pairs_uint(pairs, "form"));
        printf("\n");
    }
}

/* What it means that the node had nothing to add. */
static const char *without_rows(const char *verb)
{
    if (strcmp(verb, "hold-refuse") == 0) {
        return "refused";
    }
    if (strcmp(verb, "hold-reopen") == 0) {
        return "reopened";
    }
    return strcmp(verb, "requests") == 0 ? "nothing is requested"
                                         : "nothing is held";
}

static int ask(struct cli_args *args, const char *verb)
{
    struct cli_node node;
    uint64_t cut;
    const char *to = cli_get(args, "to");
    const char *reason = cli_get(args, "reason");
    if (reason != NULL && !cli_is_line(tcn_view_str(reason))) {
        return cli_wrong(args, "--reason", "one line of text");
    }
    if (!cli_classes(args, "cut", &cut)) {
        return EXIT_USAGE;
    }
    int code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        if (args->word_count > 1) {
            tcn_pair_str(&node.pairs, &node.pair_count, "id",
                         tcn_view_str(args->words[1]));
        }
        if (to != NULL) {
            tcn_pair_str(&node.pairs, &node.pair_count, "to", tcn_view_str(to));
        }
        tcn_pair_uint(&node.pairs, &node.pair_count, "cut", cut);
        if (reason != NULL) {
            tcn_pair_str(&node.pairs, &node.pair_count, "reason",
                         tcn_view_str(reason));
        }
        code = cli_run(&node, args, verb, print_row);
    }
    cli_disconnect(&node);
    if (code == EXIT_DONE && !args->json && rows_printed == 0) {
        printf("%s\n", without_rows(verb));
    }
    return code;
}

int cmd_hold(struct cli_args *args)
{
    static const struct {
        const char *word, *verb;
        bool needs_id, needs_peer;
    } words[] = {{"list", "holds", false, false},
                 {"requests", "requests", false, false},
                 {"show", "hold-show", true, true},
                 {"release", "hold-release", true, false},
                 {"refuse", "hold-refuse", true, true},
                 {"reopen", "hold-reopen", true, true}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(args->words[0], words[i].word) != 0) {
            continue;
        }
        if (words[i].needs_id && args->word_count < 2) {
            return cli_wrong(args, words[i].word, "expected the alert's ID");
        }
        if (words[i].needs_peer && cli_get(args, "to") == NULL) {
            return cli_wrong(args, "--to", "say towards which peer");
        }
        if (args->word_count > 1 &&
            cli_check_id(args, args->words[1]) != EXIT_DONE) {
            return EXIT_USAGE;
        }
        return ask(args, words[i].verb);
    }
    return cli_wrong(args, args->words[0],
                     "expected list, requests, show, release, refuse or "
                     "reopen");
}
