/* cert revoke: a proof that nobody is to believe a key any more, by the root or
 * by the duty key of the certificate; then it is given to the node. */
#include <glob.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cards.h"
#include "cli/commands.h"

/* What is revoked, and who says so. */
struct ending {
    char member[TCN_MEMBER_MAX + 1];
    struct tcn_id cert;
    uint64_t since_ms;
    uint8_t *seed; /* 32, of sodium_malloc */
};

/* ---- to the node ---- */

static int send_to_node(struct cli_node *node, const struct cli_args *args,
                        struct tcn_view bytes, struct tcn_view signature)
{
    cli_begin(node);
    tcn_pair_bin(&node->pairs, &node->pair_count, "krev", bytes);
    tcn_pair_bin(&node->pairs, &node->pair_count, "signature", signature);
    int code = cli_run(node, args, "cert-revoke", NULL);
    if (code == EXIT_DONE) {
        printf("the node knows it: it tells its peers, and who speaks with "
               "that key is cut off\n");
    }
    return code;
}

/* It is taken in when the node starts. */
static int leave_in_file(const struct cli_args *args, struct tcn_view text,
                         const struct tcn_id *cert)
{
    char path[TCN_PATH_MAX + 64];
    char hex[33];
    struct tcn_buf out = tcn_buf(hex, sizeof hex);
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    tcn_text_hex(&out, tcn_view(cert->bytes, 16));
    (void)snprintf(path, sizeof path, "%s/%s.krev", setup->conf.keys,
                   tcn_buf_text(&out));
    tcn_setup_free(setup);
    if (!cli_write(path, 0644, false, text)) {
        return EXIT_REFUSED;
    }
    printf("the node does not run: it takes %s in when it starts\n", path);
    return EXIT_DONE;
}

int cert_deliver(const struct cli_args *args, struct tcn_view text)
{
    uint8_t bytes[TCN_PAPER_TEXT_MAX];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    struct tcn_view said, signature;
    struct tcn_krev krev;
    struct cli_node node;
    enum tcn_err err = tcn_krev_from_text(text, &plain, &said, &signature);
    err = err == TCN_ERR_OK ? tcn_krev_decode(&krev, said) : err;
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: this key revocation is damaged: %s\n",
                      tcn_err_sentence(err));
        return EXIT_REFUSED;
    }
    bool runs = cards_connect(&node, args);
    int code = runs ? send_to_node(&node, args, said, signature)
                    : leave_in_file(args, text, &krev.cert);
    cli_disconnect(&node);
    return code;
}

/* ---- which certificate ---- */

static bool begins_with(const struct tcn_id *id, const char *prefix)
{
    char hex[65];
    struct tcn_buf out = tcn_buf(hex, sizeof hex);
    tcn_text_hex(&out, tcn_id_view(id));
    return strncmp(tcn_buf_text(&out), prefix, strlen(prefix)) == 0;
}

/* The pair that the word names: an id's first digits, or a serial. */
static size_t find_pair(const struct tcn_key_chain *chain, const char *word)
{
    size_t found = chain->count;
    for (size_t i = 0; i < chain->count; i++) {
        char serial[24];
        const struct tcn_cert *cert = &chain->pairs[i]->card.cert;
        (void)snprintf(serial, sizeof serial, "%llu",
                       (unsigned long long)cert->serial);
        if (strcmp(serial, word) == 0) {
            return i;
        }
        if (strlen(word) >= 4 && begins_with(&cert->id, word)) {
            found = i;
        }
    }
    return found;
}

/* Of the node's own pairs; without a word there must be one only. */
static bool choose_own(const struct cli_args *args,
                       const struct tcn_key_chain *chain, struct ending *ending)
{
    const char *word = args->word_count == 2 ? args->words[1] : NULL;
    size_t at = word != NULL        ? find_pair(chain, word)
                : chain->count == 1 ? 0
                                    : chain->count;
    if (at == chain->count) {
        (void)cli_wrong(args, word == NULL ? "revoke" : word,
                        "say which: the serial or id of a certificate that "
                        "`tocsin cert show` lists");
        return false;
    }
    const struct tcn_node_keys *keys = chain->pairs[at];
    (void)snprintf(ending->member, sizeof ending->member, "%s",
                   keys->card.cert.member);
    ending->cert = keys->card.cert.id;
    memcpy(ending->seed, keys->duty_seed, 32);
    return true;
}

/* ---- by the root, which may be on another machine ---- */

/* DIR/MEMBER-root.key, of whom there is one. */
static bool find_root(const struct cli_args *args, struct ending *ending,
                      char path[TCN_PATH_MAX + 64])
{
    char pattern[TCN_PATH_MAX];
    glob_t found = {0};
    (void)snprintf(pattern, sizeof pattern, "%s/%s-root.key",
                   cli_get(args, "root"),
                   ending->member[0] != '\0' ? ending->member : "*");
    bool one = glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1;
    if (one) {
        (void)snprintf(path, TCN_PATH_MAX + 64, "%s", found.gl_pathv[0]);
        const char *name = strrchr(path, '/') + 1;
        (void)snprintf(ending->member, sizeof ending->member, "%.*s",
                       (int)(strlen(name) - strlen("-root.key")), name);
    } else {
        (void)fprintf(stderr,
                      "tocsin: %s: expected one MEMBER-root.key there\n",
                      cli_get(args, "root"));
    }
    globfree(&found);
    return one;
}

static bool read_root(const struct cli_args *args, struct ending *ending)
{
    char path[TCN_PATH_MAX + 64];
    char said[512];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    if (!find_root(args, ending, path)) {
        return false;
    }
    if (tcn_root_read(ending->seed, path, &message) != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s", tcn_buf_text(&message));
        return false;
    }
    return true;
}

/* A whole id needs nothing but the root. */
static bool choose(const struct cli_args *args, struct ending *ending)
{
    struct tcn_key_chain chain;
    bool by_root = cli_get(args, "root") != NULL;
    if (by_root && args->word_count == 2 &&
        tcn_text_unhex(tcn_view_str(args->words[1]), ending->cert.bytes,
                       sizeof ending->cert.bytes)) {
        return read_root(args, ending);
    }
    if (!cards_own(args, &chain)) {
        return false;
    }
    bool good = choose_own(args, &chain, ending);
    tcn_key_chain_free(&chain);
    return good && (!by_root || read_root(args, ending));
}

/* ---- the proof ---- */

static bool is_meant(const struct cli_args *args, const struct ending *ending)
{
    char hex[65];
    char answer[16] = "";
    struct tcn_buf out = tcn_buf(hex, sizeof hex);
    if (cli_has(args, "yes")) {
        return true;
    }
    tcn_text_hex(&out, tcn_id_view(&ending->cert));
    printf("%s, certificate %s: nobody will believe what it signs, for "
           "ever.\nRevoke it? [yes/no] ",
           ending->member, tcn_buf_text(&out));
    (void)fflush(stdout);
    return fgets(answer, sizeof answer, stdin) != NULL &&
           strcmp(answer, "yes\n") == 0;
}

static enum tcn_err prove(const struct ending *ending, struct tcn_buf *text)
{
    uint8_t bytes[TCN_KREV_MAX];
    uint8_t signature[TCN_SIG_BYTES];
    struct tcn_buf plain = tcn_buf(bytes, sizeof bytes);
    struct tcn_krev krev = {
        .cert = ending->cert,
        .suspect_since_ms = ending->since_ms,
        .serial = 1,
    };
    (void)snprintf(krev.member, sizeof krev.member, "%s", ending->member);
    enum tcn_err err = tcn_krev_encode(&krev, &plain);
    if (err == TCN_ERR_OK) {
        err = tcn_krev_sign(tcn_buf_view(&plain), ending->seed, signature);
    }
    return err == TCN_ERR_OK
               ? tcn_krev_to_text(tcn_buf_view(&plain), signature, text)
               : err;
}

static int end_cert(const struct cli_args *args, struct ending *ending)
{
    uint8_t text[TCN_PAPER_TEXT_MAX];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    const char *path = cli_get(args, "out");
    if (!choose(args, ending)) {
        return EXIT_REFUSED;
    }
    if (!is_meant(args, ending)) {
        (void)fprintf(stderr, "tocsin: nothing was revoked\n");
        return EXIT_REFUSED;
    }
    enum tcn_err err = prove(ending, &out);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: %s\n", tcn_err_sentence(err));
        return EXIT_REFUSED;
    }
    if (path == NULL) {
        return cert_deliver(args, tcn_buf_view(&out));
    }
    if (!cli_write(path, 0644, true, tcn_buf_view(&out))) {
        return EXIT_REFUSED;
    }
    printf("give %s to a node that runs: tocsin cert import %s\n", path, path);
    return EXIT_DONE;
}

int cert_revoke(const struct cli_args *args)
{
    uint64_t ago;
    struct ending ending = {0};
    if (!cli_duration(args, "since", 0, &ago)) {
        return EXIT_USAGE;
    }
    ending.since_ms = cli_ago(ago);
    ending.seed = sodium_malloc(32);
    if (ending.seed == NULL) {
        return EXIT_REFUSED;
    }
    int code = end_cert(args, &ending);
    sodium_free(ending.seed); /* wipes */
    return code;
}
