/* agreement: the texts that nations are bound by. */
#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/policy_files.h"

/* NAME, or NAME and a part of its hash; no word: all of them. */
static bool wanted(const struct cli_args *args,
                   const struct tcn_agreement_info *info)
{
    const char *word = args->word_count > 1 ? args->words[1] : "";
    return strncmp(info->ref, word, strlen(word)) == 0 &&
           (word[0] == '\0' || strchr(word, '#') != NULL ||
            info->ref[strlen(word)] == '#');
}

static const char *state_of(const struct tcn_agreement_info *info)
{
    uint64_t now = tcn_now_ms();
    return now < info->from_ms     ? "not yet in force"
           : now >= info->until_ms ? "over"
                                   : "in force";
}

static void print_json(const struct tcn_agreement_info *info)
{
    printf("{\"agreement\":\"%s\",\"version\":%llu,\"from\":%llu,\"until\":"
           "%llu,\"max_tlp\":\"%s\",\"onward\":\"%s\",\"state\":\"%s\","
           "\"parties\":[",
           info->ref, (unsigned long long)info->version,
           (unsigned long long)info->from_ms,
           (unsigned long long)info->until_ms, tcn_tlp_word(info->max_tlp),
           tcn_onward_word(info->onward), state_of(info));
    for (size_t i = 0; i < info->party_count; i++) {
        printf("%s\"%s\"", i > 0 ? "," : "", info->parties[i]);
    }
    printf("]}\n");
}

static void print_duties(const struct tcn_policy *policy,
                         const struct tcn_agreement_info *info)
{
    char text[64];
    struct tcn_view ref = tcn_view_str(info->ref);
    for (unsigned i = 0; i < TCN_SEVERITY_COUNT; i++) {
        uint64_t ms = tcn_policy_ack_ms(policy, ref, i);
        struct tcn_buf out = tcn_buf(text, sizeof text);
        tcn_time_put_duration(&out, ms);
        if (ms > 0) {
            printf("  ack      %s within %s\n", tcn_severity_word(i),
                   tcn_buf_text(&out));
        }
    }
    for (unsigned i = 0; i < TCN_CLASS_COUNT; i++) {
        uint64_t ms = info->retain_ms[i];
        struct tcn_buf out = tcn_buf(text, sizeof text);
        tcn_time_put_duration(&out, ms);
        if (ms > 0) {
            printf("  retain   %s %s\n", tcn_class_word(i), tcn_buf_text(&out));
        }
    }
}

static void print_one(const struct tcn_policy *policy,
                      const struct tcn_agreement_info *info)
{
    printf("%s version %llu, %s\n  parties ", info->ref,
           (unsigned long long)info->version, state_of(info));
    for (size_t i = 0; i < info->party_count; i++) {
        printf(" %s", info->parties[i]);
    }
    printf("\n  from     ");
    cli_print_time(info->from_ms);
    printf("\n  until    ");
    cli_print_time(info->until_ms);
    printf("\n  max tlp  %s\n  onward   %s\n", tcn_tlp_word(info->max_tlp),
           tcn_onward_word(info->onward));
    print_duties(policy, info);
}

/* ---- check ---- */

struct telling {
    const struct policy_files *files;
    bool json;
    size_t broader;
};

static void take(void *ctx, const struct tcn_finding *finding)
{
    struct telling *telling = ctx;
    if (finding->kind == TCN_FINDING_BROADER) {
        telling->broader++;
        policy_print_finding(telling->files, telling->json, finding);
    }
}

/* No rule opens more than the agreement that it names covers. */
static int check(const struct policy_files *files, const struct cli_args *args)
{
    struct telling telling = {.files = files, .json = args->json};
    tcn_policy_check(files->policy, (struct tcn_finding_taker){take, &telling});
    size_t count = tcn_policy_agreement_count(files->policy);
    size_t idle = 0;
    for (size_t i = 0; i < count; i++) {
        struct tcn_agreement_info info;
        tcn_policy_agreement(files->policy, i, &info);
        bool in_force = strcmp(state_of(&info), "in force") == 0;
        idle += !in_force;
        if (!args->json) {
            printf("%s: %s\n", info.ref, state_of(&info));
        }
    }
    if (args->json) {
        printf("{\"agreements\":%zu,\"in_force\":%zu,\"broader\":%zu}\n", count,
               count - idle, telling.broader);
    } else {
        printf("%zu agreements, %zu in force; %zu rules are broader than "
               "theirs\n",
               count, count - idle, telling.broader);
    }
    return telling.broader == 0 ? EXIT_DONE : EXIT_REFUSED;
}

static int show(const struct policy_files *files, const struct cli_args *args,
                bool as_text)
{
    size_t shown = 0;
    for (size_t i = 0; i < tcn_policy_agreement_count(files->policy); i++) {
        struct tcn_agreement_info info;
        tcn_policy_agreement(files->policy, i, &info);
        if (!wanted(args, &info)) {
            continue;
        }
        shown++;
        if (as_text) {
            printf("%.*s\n", (int)info.text.len, (const char *)info.text.data);
        } else if (args->json) {
            print_json(&info);
        } else {
            print_one(files->policy, &info);
        }
    }
    if (shown == 0 && args->word_count > 1) {
        (void)fprintf(stderr, "tocsin: there is no such agreement here\n");
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

/* `--file` names other texts than the node's. */
int cmd_agreement(struct cli_args *args)
{
    static struct cli_args named;
    struct policy_files files;
    const char *what = args->words[0];
    const char *file = cli_get(args, "file");
    named = *args;
    named.word_count = file == NULL ? 0 : 1;
    named.words[0] = file;
    if (strcmp(what, "show") != 0 && strcmp(what, "check") != 0 &&
        strcmp(what, "fmt") != 0) {
        return cli_wrong(args, what, "expected show, check or fmt");
    }
    if (strcmp(what, "check") == 0 && args->word_count > 1) {
        return cli_wrong(args, args->words[1], "check looks at all agreements");
    }
    int code = EXIT_REFUSED;
    if (policy_files_open(&files, &named, 0)) {
        code = strcmp(what, "check") == 0
                   ? check(&files, args)
                   : show(&files, args, strcmp(what, "fmt") == 0);
    }
    policy_files_close(&files);
    return code;
}
