/* keys: the way to new keys, one step after the other. */
#include <stdlib.h>

#include "base/text.h"
#include "cli/cards.h"
#include "cli/commands.h"

#define REQUEST_MAX (16 * TCN_KIB)

/* A next pair that is certified and waits: there is nothing to ask for. */
static bool say_next(const struct cli_args *args)
{
    struct cli_node node;
    uint64_t serial = 0;
    uint64_t at_ms = 0;
    char when[TCN_TIME_TEXT];
    if (cards_connect(&node, args)) {
        cli_begin(&node);
        bool sent = cli_send(&node, "status");
        while (sent && cli_next(&node)) {
            serial = tcn_pairs_uint(&node.msg.pairs, "next_serial");
            at_ms = tcn_pairs_uint(&node.msg.pairs, "next_at");
        }
    }
    cli_disconnect(&node);
    if (serial != 0) {
        FILE *people = cli_people(args->json);
        cli_time_text(at_ms, when);
        (void)fprintf(
            people,
            "certificate %llu is announced to the peers and takes over at "
            "%s\n",
            (unsigned long long)serial, when);
        (void)fprintf(
            people,
            "next: nothing; `tocsin cert import CARD --now` does not wait, "
            "`tocsin cert request` asks\nfor one more\n");
        if (args->json) {
            printf("{\"serial\":%llu,\"next_at\":%llu}\n",
                   (unsigned long long)serial, (unsigned long long)at_ms);
        }
    }
    return serial != 0;
}

/* The same request is written again, and nothing else over. */
static bool write_request(const char *path, struct tcn_view text)
{
    char said[512];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    uint8_t *there = NULL;
    size_t len = 0;
    enum tcn_err err = tcn_file_write(path, 0644, true, text, &message);
    if (err == TCN_ERR_EXISTS &&
        tcn_file_read(path, REQUEST_MAX, &there, &len, &message) ==
            TCN_ERR_OK &&
        tcn_view_equal(tcn_view(there, len), text)) {
        err = TCN_ERR_OK;
    }
    free(there);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin keys: %sname another file with --out\n",
                      tcn_buf_text(&message));
    }
    return err == TCN_ERR_OK;
}

static void say_steps(const struct cli_args *args, const struct tcn_cert *cert,
                      const char *path)
{
    FILE *people = cli_people(args->json);
    unsigned long long serial = (unsigned long long)cert->serial;
    cards_say_request(cert);
    (void)fprintf(people, "1. new keys are on this node; the request is in ");
    cli_put_view(people, tcn_view_str(path));
    (void)fprintf(
        people,
        "\n2. take it to where the root is, compare the line above, and "
        "certify it:\n     tocsin cert sign %s-%llu.request --root DIR > "
        "%s-%llu.card\n",
        cert->member, serial, cert->member, serial);
    (void)fprintf(
        people,
        "3. bring the card back: tocsin cert import %s-%llu.card\n   The "
        "node then tells its peers and uses the new keys two weeks "
        "later.\n",
        cert->member, serial);
    if (args->json) {
        printf("{\"member\":\"%s\",\"serial\":%llu,\"request\":", cert->member,
               serial);
        cli_print_json_text(tcn_view_str(path));
        printf("}\n");
    }
}

static int rotate(const struct cli_args *args)
{
    char said[1024];
    char name[TCN_MEMBER_MAX + 40];
    uint8_t text[TCN_PAPER_TEXT_MAX];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    struct tcn_buf out = tcn_buf(text, sizeof text);
    struct tcn_cert cert;
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    if (say_next(args)) {
        tcn_setup_free(setup);
        return EXIT_DONE;
    }
    enum tcn_err err =
        tcn_keys_request(setup->conf.keys, &cert, &out, &message);
    tcn_setup_free(setup);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin keys: %s\n",
                      message.len > 0 ? tcn_buf_text(&message)
                                      : tcn_err_sentence(err));
        return EXIT_REFUSED;
    }
    const char *path = cli_get(args, "out");
    (void)snprintf(name, sizeof name, "%s-%llu.request", cert.member,
                   (unsigned long long)cert.serial);
    path = path == NULL ? name : path;
    if (!write_request(path, tcn_buf_view(&out))) {
        return EXIT_REFUSED;
    }
    say_steps(args, &cert, path);
    return EXIT_DONE;
}

int cmd_keys(struct cli_args *args)
{
    const char *what = args->words[0];
    if (strcmp(what, "show") == 0) {
        return cards_show_own(args);
    }
    return strcmp(what, "rotate") == 0
               ? rotate(args)
               : cli_wrong(args, what, "expected show or rotate");
}
