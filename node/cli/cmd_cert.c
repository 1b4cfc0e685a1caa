/* cert: the life of this node's own keys. A new pair is asked for on the node,
 * certified where the root is, and brought back; cmd_cert_revoke.c ends one. */
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cards.h"
#include "cli/commands.h"

#define PAPER_MAX (16 * TCN_KIB)

static int refused(struct tcn_buf *message, enum tcn_err err)
{
    (void)fprintf(stderr, "tocsin: %s%s",
                  message->len > 0 ? tcn_buf_text(message)
                                   : tcn_err_sentence(err),
                  message->len > 0 ? "" : "\n");
    return EXIT_REFUSED;
}

/* ---- request ---- */

static int request(const struct cli_args *args)
{
    char said[512];
    uint8_t text[TCN_PAPER_TEXT_MAX];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    struct tcn_buf out = tcn_buf(text, sizeof text);
    struct tcn_cert cert;
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    enum tcn_err err =
        tcn_keys_request(setup->conf.keys, &cert, &out, &message);
    tcn_setup_free(setup);
    if (err != TCN_ERR_OK) {
        return refused(&message, err);
    }
    (void)fwrite(text, 1, out.len, stdout);
    cards_say_request(&cert);
    (void)fprintf(stderr,
                  "next: take this to the machine with the root, run `tocsin "
                  "cert sign FILE --root DIR` there, compare what it shows, "
                  "and bring the card back: tocsin cert import FILE\n");
    return EXIT_DONE;
}

/* ---- sign, where the root is ---- */

static bool read_paper(const char *path, uint8_t **text, size_t *len)
{
    char said[512];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    enum tcn_err err = tcn_file_read(path, PAPER_MAX, text, len, &message);
    if (err != TCN_ERR_OK) {
        (void)refused(&message, err);
    }
    return err == TCN_ERR_OK;
}

static void say_paper(const char *path, const char *what, enum tcn_err err)
{
    (void)fprintf(stderr, "tocsin: ");
    cli_put_view(stderr, tcn_view_str(path));
    (void)fprintf(stderr, ": %s: %s\n", what, tcn_err_sentence(err));
}

static bool is_compared(const struct cli_args *args,
                        const struct tcn_cert *cert)
{
    char text[64];
    char answer[16] = "";
    struct tcn_buf ours = tcn_buf(text, sizeof text);
    const char *given = cli_get(args, "fingerprint");
    tcn_request_fingerprint(&ours, cert);
    if (given != NULL) {
        return cards_same_fingerprint(tcn_buf_text(&ours), given);
    }
    if (cli_has(args, "yes")) {
        return true;
    }
    (void)fprintf(stderr, "Is that what `tocsin cert request` showed on the "
                          "node? [yes/no] ");
    return fgets(answer, sizeof answer, stdin) != NULL &&
           strcmp(answer, "yes\n") == 0;
}

static enum tcn_err make_card(const struct cli_args *args,
                              const struct tcn_cert *asked,
                              struct tcn_card *card, struct tcn_buf *message)
{
    char path[4096];
    uint8_t *seed = sodium_malloc(32);
    if (seed == NULL) {
        return TCN_ERR_NO_MEMORY;
    }
    (void)snprintf(path, sizeof path, "%s/%s-root.key", cli_get(args, "root"),
                   asked->member);
    enum tcn_err err = tcn_root_read(seed, path, message);
    err = err == TCN_ERR_OK ? tcn_card_make(card, asked, seed) : err;
    sodium_free(seed);
    return err;
}

static int print_card(const struct cli_args *args, const struct tcn_cert *asked)
{
    char said[512];
    uint8_t text[TCN_CARD_TEXT_MAX];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    struct tcn_buf out = tcn_buf(text, sizeof text);
    struct tcn_card card;
    enum tcn_err err = make_card(args, asked, &card, &message);
    err = err == TCN_ERR_OK ? tcn_card_to_text(&card, &out) : err;
    if (err != TCN_ERR_OK) {
        return refused(&message, err);
    }
    (void)fwrite(text, 1, out.len, stdout);
    return EXIT_DONE;
}

static int sign(const struct cli_args *args)
{
    uint8_t *text = NULL;
    size_t len = 0;
    struct tcn_cert cert;
    if (cli_get(args, "root") == NULL) {
        return cli_wrong(args, "--root", "say where the root key is");
    }
    if (!read_paper(args->words[1], &text, &len)) {
        return EXIT_REFUSED;
    }
    enum tcn_err err = tcn_request_from_text(&cert, tcn_view(text, len));
    free(text);
    if (err != TCN_ERR_OK) {
        say_paper(args->words[1], "this is no good request", err);
        return EXIT_REFUSED;
    }
    if (!cards_life(args, &cert.not_before_ms, &cert.not_after_ms)) {
        return EXIT_USAGE;
    }
    cards_say_request(&cert);
    if (!is_compared(args, &cert)) {
        (void)fprintf(stderr, "tocsin: not the same: nothing was signed\n");
        return EXIT_REFUSED;
    }
    return print_card(args, &cert);
}

/* ---- import ---- */

static int use_now(const struct cli_args *args, const struct tcn_cert *cert)
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        tcn_pair_bin(&node.pairs, &node.pair_count, "cert",
                     tcn_id_view(&cert->id));
        code = cli_run(&node, args, "cert-use", NULL);
        if (code == EXIT_DONE) {
            printf("certificate %llu is in force\n",
                   (unsigned long long)cert->serial);
        }
    }
    cli_disconnect(&node);
    return code;
}

static int adopt(const struct cli_args *args, const struct tcn_card *card)
{
    char said[2048];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    enum tcn_err err = card->cert.not_after_ms <= tcn_now_ms()
                           ? TCN_ERR_CERT_TIME
                           : tcn_keys_adopt(setup->conf.keys, card, &message);
    if (err == TCN_ERR_EXISTS && cli_has(args, "now")) {
        err = TCN_ERR_OK; /* it is not to wait any longer */
        message.len = 0;
    }
    if (err == TCN_ERR_OK) {
        err = tcn_keys_sweep(setup->conf.keys, tcn_now_ms(), &message);
        (void)fputs(tcn_buf_text(&message), stderr);
        message.len = 0;
    } else if (err == TCN_ERR_CERT_TIME) {
        tcn_buf_put_str(&message, "this certificate is over already\n");
    }
    tcn_setup_free(setup);
    if (err != TCN_ERR_OK) {
        return refused(&message, err);
    }
    int code = cli_tell_node(args);
    return code == EXIT_DONE && cli_has(args, "now")
               ? use_now(args, &card->cert)
               : code;
}

static int import(const struct cli_args *args)
{
    uint8_t *text = NULL;
    size_t len = 0;
    struct tcn_card card;
    if (!read_paper(args->words[1], &text, &len)) {
        return EXIT_REFUSED;
    }
    struct tcn_view view = tcn_view(text, len);
    enum tcn_err err = tcn_card_from_text(&card, view);
    int code = EXIT_REFUSED;
    if (err == TCN_ERR_OK) {
        code = adopt(args, &card);
    } else if (memmem(text, len, "TOCSIN KEY REVOCATION", 21) != NULL) {
        code = cert_deliver(args, view);
    } else {
        say_paper(args->words[1], "neither a card nor a key revocation", err);
    }
    free(text);
    return code;
}

int cmd_cert(struct cli_args *args)
{
    const char *what = args->words[0];
    bool has_word = args->word_count == 2;
    if (strcmp(what, "show") == 0 && !has_word) {
        return cards_show_own(args);
    }
    if (strcmp(what, "request") == 0 && !has_word) {
        return request(args);
    }
    if (strcmp(what, "sign") == 0 && has_word) {
        return sign(args);
    }
    if (strcmp(what, "import") == 0 && has_word) {
        return import(args);
    }
    if (strcmp(what, "revoke") == 0) {
        return cert_revoke(args);
    }
    return cli_wrong(args, what,
                     "expected show, request, sign FILE --root DIR, import "
                     "FILE or revoke [ID]");
}
