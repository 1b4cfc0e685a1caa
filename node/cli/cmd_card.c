/* card: the public half of a nation, exchanged between people. */
#include <stdlib.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "io/keys.h"

static void print_fingerprint(const struct tcn_card *card)
{
    char text[128];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_fingerprint_put(&out, card->cert.member, card->root_pk);
    (void)puts(tcn_buf_text(&out));
}

static void print_card(const struct tcn_card *card)
{
    char from[TCN_TIME_TEXT];
    char to[TCN_TIME_TEXT];
    printf("member       %s\n", card->cert.member);
    printf("node         ");
    cli_print_view(tcn_view_str(card->cert.node));
    printf(", certificate %llu\n", (unsigned long long)card->cert.serial);
    printf("valid        %.10s to %.10s\n",
           tcn_time_format(card->cert.not_before_ms, from),
           tcn_time_format(card->cert.not_after_ms, to));
    printf("fingerprint  ");
    print_fingerprint(card);
}

static bool read_card(struct tcn_card *card, const char *path)
{
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    enum tcn_err err = tcn_card_read(card, path, &message);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s", tcn_buf_text(&message));
    }
    return err == TCN_ERR_OK;
}

static int export_card(const struct cli_args *args)
{
    char path[TCN_PATH_MAX + 16];
    uint8_t *data;
    size_t len;
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    (void)snprintf(path, sizeof path, "%s/node.card", setup->conf.keys);
    tcn_setup_free(setup);
    enum tcn_err err = tcn_file_read(path, 16 * TCN_KIB, &data, &len, &message);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s", tcn_buf_text(&message));
        return EXIT_REFUSED;
    }
    (void)fwrite(data, 1, len, stdout);
    free(data);
    return EXIT_DONE;
}

/* ---- import ---- */

static bool same_root(const char *path, const struct tcn_card *card)
{
    struct tcn_card held;
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    if (tcn_card_read(&held, path, &message) != TCN_ERR_OK) {
        return true; /* nothing pinned yet */
    }
    return memcmp(held.root_pk, card->root_pk, sizeof held.root_pk) == 0;
}

static bool ask(const struct tcn_card *card)
{
    char answer[16] = "";
    printf("Compare this fingerprint with %s over another channel (read it "
           "aloud).\n  ",
           card->cert.member);
    print_fingerprint(card);
    printf("Is it the same? [yes/no] ");
    (void)fflush(stdout);
    return fgets(answer, sizeof answer, stdin) != NULL &&
           strcmp(answer, "yes\n") == 0;
}

/* Blanks and dashes do not count. */
static bool same_fingerprint(const struct tcn_card *card, const char *given)
{
    char text[128];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_fingerprint_put(&out, card->cert.member, card->root_pk);
    const char *ours = tcn_buf_text(&out);
    for (;;) {
        ours += strspn(ours, "- ");
        given += strspn(given, "- ");
        if (*ours == '\0' || *given == '\0') {
            return *ours == *given;
        }
        int upper = *given >= 'a' && *given <= 'z' ? *given - 32 : *given;
        if (*ours++ != upper) {
            return false;
        }
        given++;
    }
}

static bool is_compared(const struct cli_args *args,
                        const struct tcn_card *card)
{
    const char *given = cli_get(args, "fingerprint");
    if (given != NULL) {
        return same_fingerprint(card, given);
    }
    return cli_has(args, "yes") || ask(card);
}

static bool write_member(const struct cli_args *args, const char *dir,
                         const char *member)
{
    char text[1024];
    char path[TCN_PATH_MAX + 80];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    const char *eu = cli_get(args, "eu");
    const char *role = cli_get(args, "role");
    tcn_buf_printf(&out, "member %s {\n    card cards/%s.card;\n", member,
                   member);
    if (eu != NULL) {
        tcn_buf_printf(&out, "    eu %s;\n", eu);
    }
    if (role != NULL) {
        tcn_buf_printf(&out, "    role %s;\n", role);
    }
    for (size_t i = 0; i < args->count; i++) {
        if (strcmp(args->given[i].option->name, "group") == 0) {
            tcn_buf_printf(&out, "    group %s;\n", args->given[i].value);
        }
    }
    tcn_buf_put_str(&out, "}\n");
    (void)snprintf(path, sizeof path, "%s/members/%s.conf", dir, member);
    return !out.full && cli_write(path, 0644, false, tcn_buf_view(&out));
}

static int check_words(const struct cli_args *args)
{
    const char *eu = cli_get(args, "eu");
    const char *role = cli_get(args, "role");
    if (eu != NULL && strcmp(eu, "yes") != 0 && strcmp(eu, "no") != 0) {
        return cli_wrong(args, eu, "--eu takes yes or no");
    }
    if (role != NULL && strcmp(role, "nation") != 0 &&
        strcmp(role, "partner") != 0) {
        return cli_wrong(args, role, "--role takes nation or partner");
    }
    for (size_t i = 0; i < args->count; i++) {
        const char *value = args->given[i].value;
        if (strcmp(args->given[i].option->name, "group") == 0 &&
            !tcn_text_is_word(tcn_view_str(value), 1, TCN_NAME_MAX, true)) {
            return cli_wrong(args, value, "a group is a-z, digits and -");
        }
    }
    return EXIT_DONE;
}

static int pin(const struct cli_args *args, const struct tcn_card *card)
{
    char dir[TCN_PATH_MAX];
    char path[TCN_PATH_MAX + 80];
    uint8_t text[TCN_CARD_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    const char *member = card->cert.member;
    cli_directory(args, dir, sizeof dir);
    (void)snprintf(path, sizeof path, "%s/cards/%s.card", dir, member);
    if (!same_root(path, card)) {
        (void)fprintf(stderr,
                      "tocsin: %s is pinned with another root key: refused. "
                      "If %s really has a new root, remove %s first\n",
                      member, member, path);
        return EXIT_REFUSED;
    }
    if (!is_compared(args, card)) {
        (void)fprintf(stderr, "tocsin: the fingerprint is not the same: "
                              "nothing was pinned\n");
        return EXIT_REFUSED;
    }
    if (tcn_card_to_text(card, &out) != TCN_ERR_OK ||
        !cli_write(path, 0644, false, tcn_buf_view(&out)) ||
        !write_member(args, dir, member)) {
        return EXIT_REFUSED;
    }
    printf("%s is pinned: its alerts are believed. Link with it: tocsin peer "
           "add %s --connect tcp://HOST:PORT\n",
           member, member);
    cli_reload_hint(args);
    return EXIT_DONE;
}

static int import_card(const struct cli_args *args)
{
    struct tcn_card card;
    const char *as = cli_get(args, "as");
    int code = check_words(args);
    if (code != EXIT_DONE) {
        return code;
    }
    if (as == NULL) {
        return cli_wrong(args, "--as", "say whose card you expect it to be");
    }
    if (!read_card(&card, args->words[1])) {
        return EXIT_REFUSED;
    }
    if (strcmp(card.cert.member, as) != 0) {
        (void)fprintf(stderr,
                      "tocsin: this card is of %s, not of %s: "
                      "refused\n",
                      card.cert.member, as);
        return EXIT_REFUSED;
    }
    return pin(args, &card);
}

int cmd_card(struct cli_args *args)
{
    const char *what = args->words[0];
    struct tcn_card card;
    bool has_file = args->word_count == 2;
    if (strcmp(what, "export") == 0 && !has_file) {
        return export_card(args);
    }
    if (strcmp(what, "show") == 0 && has_file) {
        if (!read_card(&card, args->words[1])) {
            return EXIT_REFUSED;
        }
        print_card(&card);
        return EXIT_DONE;
    }
    if (strcmp(what, "import") == 0 && has_file) {
        return import_card(args);
    }
    return cli_wrong(args, what,
                     "expected export, show FILE or import FILE --as MEMBER");
}

int cmd_cert(struct cli_args *args)
{
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_node_keys *keys = NULL;
    if (strcmp(args->words[0], "show") != 0) {
        return cli_wrong(args, args->words[0],
                         "expected show; request, sign and import are not "
                         "carried out by this version yet");
    }
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    enum tcn_err err = tcn_keys_load(&keys, setup->conf.keys, &message);
    tcn_setup_free(setup);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s", tcn_buf_text(&message));
        return EXIT_REFUSED;
    }
    print_card(&keys->card);
    tcn_keys_free(keys);
    return EXIT_DONE;
}
