/* audit: what was done, whether somebody changed it since, and heads of the
 * chain to keep elsewhere. */
#include <stdlib.h>

#include "alert/audit_head.h"
#include "base/text.h"
#include "cli/commands.h"

static void print_row(const struct cli_args *args,
                      const struct tcn_pairs *pairs)
{
    (void)args;
    printf("%6llu ", (unsigned long long)tcn_pairs_uint(pairs, "n"));
    cli_print_time(tcn_pairs_uint(pairs, "at"));
    static const char *const keys[] = {"actor", "action", "subject", "detail"};
    for (size_t i = 0; i < 4; i++) {
        struct tcn_view text = tcn_pairs_str(pairs, keys[i]);
        printf("%s", text.len > 0 ? " " : "");
        cli_print_view(text);
    }
    printf("\n");
    if (tcn_pairs_uint(pairs, "signed") != 0) {
        printf("       ---- signed up to here ");
        cli_print_time(tcn_pairs_uint(pairs, "signed"));
        printf("\n");
    }
}

static void print_whole(const struct cli_args *args,
                        const struct tcn_pairs *pairs)
{
    (void)args;
    uint64_t rows = tcn_pairs_uint(pairs, "rows");
    uint64_t signed_n = tcn_pairs_uint(pairs, "signed_n");
    uint64_t suspect = tcn_pairs_uint(pairs, "suspect");
    printf("the audit chain is whole: %llu rows from ",
           (unsigned long long)rows);
    cli_print_time(tcn_pairs_uint(pairs, "from"));
    printf(" to ");
    cli_print_time(tcn_pairs_uint(pairs, "until"));
    if (signed_n == 0) {
        printf("\nnone of them is signed yet\n");
        return;
    }
    printf("\nsigned %llu times, at last up to row %llu at ",
           (unsigned long long)tcn_pairs_uint(pairs, "heads"),
           (unsigned long long)signed_n);
    cli_print_time(tcn_pairs_uint(pairs, "signed_at"));
    printf("; %llu rows since\n", (unsigned long long)(rows - signed_n));
    if (suspect > 0) {
        printf("%llu of the signatures are of a time when the key was in "
               "doubt\n",
               (unsigned long long)suspect);
    }
}

static void print_head(const struct cli_args *args,
                       const struct tcn_pairs *pairs)
{
    (void)args;
    struct tcn_view head = tcn_pairs_str(pairs, "head");
    printf("Head of the audit chain at row %llu, ",
           (unsigned long long)tcn_pairs_uint(pairs, "n"));
    cli_print_time(tcn_pairs_uint(pairs, "at"));
    printf("\nhash ");
    cli_print_hex(tcn_pairs_bin(pairs, "hash"), 64);
    printf("\nKeep it elsewhere; `tocsin audit verify FILE` compares.\n\n");
    (void)fwrite(head.data, 1, head.len, stdout);
}

static int ask(const struct cli_args *args, const char *verb, const char *head,
               void (*print)(const struct cli_args *args,
                             const struct tcn_pairs *pairs))
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        if (head != NULL) {
            tcn_pair_str(&node.pairs, &node.pair_count, "head",
                         tcn_view_str(head));
        }
        code = cli_run(&node, args, verb, print);
    }
    cli_disconnect(&node);
    return code;
}

/* A head that was kept, without what stands around it. */
static int compare(const struct cli_args *args, const char *path)
{
    char said[256], text[TCN_PAPER_TEXT_MAX];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    struct tcn_buf out = tcn_buf(text, sizeof text);
    struct tcn_audit_head head;
    uint8_t *data = NULL;
    size_t len = 0;
    enum tcn_err err = tcn_file_read(path, 64 * TCN_KIB, &data, &len, &message);
    if (err != TCN_ERR_OK) {
        (void)fputs(tcn_buf_text(&message), stderr);
        return EXIT_REFUSED;
    }
    err = tcn_head_from_text(&head, tcn_view(data, len));
    err = err == TCN_ERR_OK ? tcn_head_to_text(&head, &out) : err;
    free(data);
    if (err != TCN_ERR_OK) {
        return cli_wrong(args, path,
                         "this is no head of an audit chain, as `tocsin "
                         "audit head` prints it");
    }
    int code = ask(args, "audit-verify", tcn_buf_text(&out), print_whole);
    if (code == EXIT_DONE && !args->json) {
        printf("the head of row %llu is what was kept\n",
               (unsigned long long)head.n);
    }
    return code;
}

static int verify(const struct cli_args *args)
{
    int code = EXIT_DONE;
    if (args->word_count == 1) {
        return ask(args, "audit-verify", NULL, print_whole);
    }
    for (size_t i = 1; i < args->word_count && code == EXIT_DONE; i++) {
        code = compare(args, args->words[i]);
    }
    return code;
}

int cmd_audit(struct cli_args *args)
{
    const char *what = args->words[0];
    bool is_verify = strcmp(what, "verify") == 0;
    if (!is_verify && args->word_count > 1) {
        return cli_wrong(args, args->words[1],
                         "only verify takes files: heads that were kept");
    }
    if (is_verify) {
        return verify(args);
    }
    if (strcmp(what, "show") == 0) {
        return ask(args, "audit", NULL, print_row);
    }
    if (strcmp(what, "head") == 0) {
        return ask(args, "audit-head", NULL, print_head);
    }
    return cli_wrong(args, what, "expected show, verify or head");
}
