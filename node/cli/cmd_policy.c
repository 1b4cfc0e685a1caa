/* policy: what the rules say, whether they say it well, and what another
 * version of them would change. */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/policy_change.h"

struct telling {
    const struct policy_files *files;
    bool json;
    size_t count;
    size_t serious; /* false assertions, rules broader than their agreement */
};

static void take(void *ctx, const struct tcn_finding *finding)
{
    struct telling *telling = ctx;
    telling->count++;
    telling->serious += finding->kind == TCN_FINDING_FALSE ||
                        finding->kind == TCN_FINDING_UNMET;
    policy_print_finding(telling->files, telling->json, finding);
}

/* ---- test ---- */

static size_t run_tests(const struct policy_files *files, size_t *run)
{
    uint8_t *text = malloc(TCN_SETUP_MESSAGE);
    if (text == NULL) {
        return 1;
    }
    struct tcn_buf out = tcn_buf(text, TCN_SETUP_MESSAGE);
    size_t failed = tcn_policy_run_tests(files->policy, run, &out);
    (void)fputs(tcn_buf_text(&out), stderr);
    free(text);
    return failed;
}

static int test(const struct policy_files *files, const struct cli_args *args)
{
    size_t run = 0;
    size_t failed = run_tests(files, &run);
    if (args->json) {
        printf("{\"expectations\":%zu,\"failed\":%zu}\n", run, failed);
    } else {
        printf("%zu expectations, %zu failed\n", run, failed);
    }
    return failed == 0 ? EXIT_DONE : EXIT_REFUSED;
}

/* ---- prove ---- */

/* The number of assertions that do not hold or could not be decided. */
static size_t run_proofs(struct telling *telling, size_t *proved)
{
    const struct tcn_policy *policy = telling->files->policy;
    *proved =
        tcn_policy_prove(policy, (struct tcn_finding_taker){take, telling});
    return tcn_policy_assertion_count(policy) - *proved;
}

static int prove(const struct policy_files *files, const struct cli_args *args)
{
    struct telling telling = {.files = files, .json = args->json};
    size_t proved;
    size_t open = run_proofs(&telling, &proved);
    if (args->json) {
        printf("{\"assertions\":%zu,\"proved\":%zu}\n", proved + open, proved);
    } else {
        printf("%zu of %zu assertions hold for every alert there can be\n",
               proved, proved + open);
    }
    return open == 0 ? EXIT_DONE : EXIT_REFUSED;
}

/* ---- check ---- */

static void print_policy(const struct policy_files *files)
{
    const struct tcn_policy *policy = files->policy;
    const struct tcn_conf *conf =
        files->setup == NULL ? files->conf : &files->setup->conf;
    printf("policy \"%s\" version %llu: %zu rules, %zu agreements\n",
           tcn_policy_name(policy),
           (unsigned long long)tcn_policy_version(policy),
           tcn_policy_rule_count(policy), tcn_policy_agreement_count(policy));
    for (size_t i = 0; i < tcn_policy_agreement_count(policy); i++) {
        printf("agreement %s\n", tcn_policy_agreement_ref(policy, i));
    }
    if (conf->peer_count == 0) {
        printf("no peer is linked: of rules for export and import nothing is "
               "said yet\n");
    }
}

/* Tests and proofs must hold; the rest is advice, unless it is wanted strictly.
 */
int policy_check(const struct policy_files *files, const struct cli_args *args)
{
    struct telling telling = {.files = files, .json = args->json};
    size_t run = 0, proved = 0;
    if (!args->json) {
        print_policy(files);
    }
    size_t failed = run_tests(files, &run);
    size_t open = run_proofs(&telling, &proved);
    struct tcn_finding_taker taker = {take, &telling};
    tcn_policy_check_name(files->policy, taker);
    tcn_policy_check(files->policy, taker);
    tcn_policy_coverage(files->policy, taker);
    if (args->json) {
        printf("{\"rules\":%zu,\"expectations\":%zu,\"failed\":%zu,"
               "\"assertions\":%zu,\"proved\":%zu,\"findings\":%zu}\n",
               tcn_policy_rule_count(files->policy), run, failed, proved + open,
               proved, telling.count);
    } else {
        printf("%zu expectations, %zu failed; %zu of %zu assertions hold; %zu "
               "findings\n",
               run, failed, proved, proved + open, telling.count);
    }
    bool bad = failed > 0 || open > 0 || telling.serious > 0 ||
               (cli_has(args, "strict") && telling.count > 0);
    return bad ? EXIT_REFUSED : EXIT_DONE;
}

/* ---- fmt ---- */

static int format_one(const struct policy_files *files, size_t at, bool write)
{
    const struct tcn_source *source = &files->sources[at];
    struct tcn_problems problems = {0};
    size_t cap = 4 * source->text.len + 4096;
    uint8_t *text = malloc(cap);
    if (text == NULL) {
        return EXIT_REFUSED;
    }
    struct tcn_buf out = tcn_buf(text, cap);
    enum tcn_err err = tcn_lang_pretty(&out, source, &problems);
    int code = EXIT_REFUSED;
    if (err != TCN_ERR_OK) {
        char said[2048];
        struct tcn_buf message = tcn_buf(said, sizeof said);
        tcn_problems_put(&message, &problems, files->sources);
        (void)fputs(tcn_buf_text(&message), stderr);
    } else if (write) {
        bool same = tcn_view_equal(tcn_buf_view(&out), source->text);
        bool done =
            same || cli_write(source->name, 0640, false, tcn_buf_view(&out));
        code = done ? EXIT_DONE : EXIT_REFUSED;
    } else {
        code = fwrite(out.data, 1, out.len, stdout) == out.len ? EXIT_DONE
                                                               : EXIT_REFUSED;
    }
    free(text);
    return code;
}

static int format(struct cli_args *args)
{
    struct policy_files files = {0};
    if (args->word_count < 2) {
        return cli_wrong(args, "fmt", "expected the files to format");
    }
    int code = policy_files_read(&files, args, 1) ? EXIT_DONE : EXIT_REFUSED;
    for (size_t i = 0; code == EXIT_DONE && i < files.source_count; i++) {
        code = format_one(&files, i, cli_has(args, "write"));
    }
    policy_files_close(&files);
    return code;
}

/* ---- the command ---- */

static int with_files(struct cli_args *args,
                      int (*run)(const struct policy_files *,
                                 const struct cli_args *))
{
    struct policy_files files;
    int code =
        policy_files_open(&files, args, 1) ? run(&files, args) : EXIT_REFUSED;
    policy_files_close(&files);
    return code;
}

int cmd_policy(struct cli_args *args)
{
    static const struct {
        const char *word;
        int (*run)(const struct policy_files *, const struct cli_args *);
    } words[] = {{"check", policy_check}, {"test", test}, {"prove", prove}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(args->words[0], words[i].word) == 0) {
            return with_files(args, words[i].run);
        }
    }
    static const struct {
        const char *word;
        int (*run)(struct cli_args *);
    } others[] = {{"fmt", format},
                  {"try", policy_try},
                  {"load", policy_load},
                  {"confirm", policy_confirm},
                  {"abandon", policy_abandon},
                  {"rules", policy_rules}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(args->words[0], others[i].word) == 0) {
            return others[i].run(args);
        }
    }
    return cli_wrong(args, args->words[0],
                     "expected check, test, prove, fmt, try, load, confirm, "
                     "abandon or rules");
}
