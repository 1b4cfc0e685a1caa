#include "io/usage.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define LEFT_MAX 32

/* ---- --help ---- */

static void left_side(const struct tcn_usage_option *option, char *out)
{
    (void)snprintf(out, LEFT_MAX, "--%s%s%s", option->name,
                   option->argument == NULL ? "" : " ",
                   option->argument == NULL ? "" : option->argument);
}

static const struct tcn_usage_option standard[] = {
    {"help", NULL, "this text"},
    {"version", NULL, "the version"},
};

static void print_options(const struct tcn_usage_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char left[LEFT_MAX];
        left_side(&options[i], left);
        printf("  %-16s %s\n", left, options[i].help);
    }
}

static void print_help(const struct tcn_usage *usage)
{
    printf("usage: %s %s\n\n%s\n", usage->program, usage->synopsis,
           usage->text);
    print_options(usage->options, usage->option_count);
    print_options(standard, 2);
}

/* ---- the manual ---- */

void tcn_man_text(const char *text)
{
    bool starts = true; /* a line: a dot there would be a request */
    for (; *text != '\0'; text++) {
        if (starts && (*text == '.' || *text == '\'')) {
            printf("\\&");
        }
        switch (*text) {
        case '-': printf("\\-"); break;
        case '\\': printf("\\e"); break;
        /* An empty line ends a paragraph. */
        case '\n': printf("%s\n", starts ? ".PP" : ""); break;
        default: (void)putchar(*text); break;
        }
        starts = *text == '\n';
    }
}

void tcn_man_rows(const struct tcn_usage_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].section != NULL) {
            printf(".SH %s\n", rows[i].section);
        }
        printf(".TP\n.B ");
        tcn_man_text(rows[i].term);
        printf("\n");
        tcn_man_text(rows[i].text);
        printf("\n");
    }
}

static void man_options(const struct tcn_usage_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char left[LEFT_MAX];
        left_side(&options[i], left);
        tcn_man_rows(&(struct tcn_usage_row){NULL, left, options[i].help}, 1);
    }
}

static void print_man(const struct tcn_usage *usage)
{
    printf(".TH ");
    for (const char *at = usage->program; *at != '\0'; at++) {
        (void)putchar(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
    }
    printf(" 8 \"\" \"Tocsin " TOCSIN_VERSION "\" \"Tocsin\"\n.SH NAME\n");
    tcn_man_text(usage->program);
    printf(" \\- %s\n.SH SYNOPSIS\n.B ", usage->summary);
    tcn_man_text(usage->program);
    printf("\n");
    tcn_man_text(usage->synopsis);
    printf("\n.SH DESCRIPTION\n");
    tcn_man_text(usage->text);
    if (usage->more != NULL) {
        printf(".PP\n");
        tcn_man_text(usage->more);
    }
    printf(".SH OPTIONS\n");
    man_options(usage->options, usage->option_count);
    man_options(standard, 2);
    if (usage->man_section != NULL) {
        usage->man_section();
    }
    tcn_man_rows(usage->rows, usage->row_count);
    printf(".SH SEE ALSO\n%s\n", usage->see_also);
}

/* ---- options ---- */

int tcn_usage_wrong(const struct tcn_usage *usage, const char *word,
                    const char *why)
{
    char escaped[512];
    struct tcn_buf out = tcn_buf(escaped, sizeof escaped);
    tcn_text_escape(&out, tcn_view(word, strnlen(word, 100)));
    (void)fprintf(stderr, "%s: `%s`: %s (see %s --help)\n", usage->program,
                  tcn_buf_text(&out), why, usage->program);
    return 2;
}

static int find(const struct tcn_usage *usage, const char *word)
{
    size_t len = strcspn(word + 2, "=");
    for (size_t i = 0; i < usage->option_count; i++) {
        const char *name = usage->options[i].name;
        if (strlen(name) == len && memcmp(name, word + 2, len) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static bool is_standard(const struct tcn_usage *usage, const char *word)
{
    if (strcmp(word, "--help") == 0) {
        print_help(usage);
    } else if (strcmp(word, "--version") == 0) {
        printf("%s " TOCSIN_VERSION "\n", usage->program);
    } else if (strcmp(word, "--man") == 0) {
        print_man(usage);
    } else {
        return false;
    }
    return true;
}

int tcn_usage_read(const struct tcn_usage *usage, int argc, char **argv,
                   const char **values)
{
    memset(values, 0, usage->option_count * sizeof *values);
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            return tcn_usage_wrong(usage, argv[i], "it takes no such word");
        }
        if (is_standard(usage, argv[i])) {
            return 0;
        }
        int at = find(usage, argv[i]);
        if (at < 0) {
            return tcn_usage_wrong(usage, argv[i], "there is no such option");
        }
        const char *equals = strchr(argv[i], '=');
        bool flag = usage->options[at].argument == NULL;
        if (flag && equals != NULL) {
            return tcn_usage_wrong(usage, argv[i], "it takes no value");
        }
        if (!flag && equals == NULL && i + 1 >= argc) {
            return tcn_usage_wrong(usage, argv[i], "it needs a value");
        }
        values[at] = flag ? "" : equals != NULL ? equals + 1 : argv[++i];
    }
    return -1;
}
