/* init: keys, certificate, card and a commented configuration for a nation. */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/cards.h"
#include "cli/commands.h"
#include "cli/party_files.h"
#include "io/keys.h"

#define NAME_LONGEST 100
#define DIR_LONGEST  150

static const char conf_text[] =
    "# The node of %s. `tocsind --check` says what is wrong with it.\n"
    "node %s {\n"
    "    name \"%s\";\n"
    "    listen %s;            # peers reach us here\n"
    "    store \"%s\";             # alerts, ledgers, audit\n"
    "    keys keys;            # node.key (secret) and node.card\n"
    "    run \"%s\";               # control socket and metrics\n"
    "}\n"
    "\n"
    "# Local subscribers; what they may see is decided in policy/.\n"
    "observers soc { socket \"%s\"; internal yes; }\n"
    "\n"
    "# Who may use the control socket besides root and the node's own user.\n"
    "# role operator { group csirt; }\n"
    "# role observer { user dashboard; }\n"
    "\n"
    "include \"members/*.conf\";    # whom we believe: tocsin card import\n"
    "include \"peers/*.conf\";      # whom we are linked with: tocsin peer "
    "add\n"
    "include \"agreements/*.conf\"; # texts that nations agreed on\n"
    "include \"policy/*.conf\";     # what leaves, what is taken, what is "
    "shown\n";

static const char policy_text[] =
    "# What no rule opens stays closed, for our own alerts too. The floor "
    "under\n"
    "# these rules (labels, audience, agreements) cannot be loosened by them.\n"
    "# `tocsin policy check` reads them, `tocsin why ID --to PEER` explains.\n"
    "policy \"%s national\" version 1;\n"
    "\n"
    "# Our own alerts, to every peer that their label admits.\n"
    "allow export to any name own when origin == %s;\n"
    "\n"
    "# Alerts of others, where their label lets them travel on.\n"
    "allow export to any name onward\n"
    "    with { KEEP, TECH, FREE }\n"
    "    when origin != %s and severity >= low;\n"
    "\n"
    "# Names of persons never leave.\n"
    "redact export to any name no-persons classes { PERSONAL };\n"
    "\n"
    "accept import from any name in;\n"
    "show observers soc name screens;\n";

struct places {
    char dir[200];
    char member[TCN_MEMBER_MAX + 1];
    const char *listen;
    char store[TCN_PATH_MAX];
    char run[TCN_PATH_MAX];
    char feed[TCN_PATH_MAX + 16];
    char root[TCN_PATH_MAX];
    uint64_t from_ms, to_ms; /* the certificate is valid */
};

static bool make_directories(const struct places *places)
{
    static const char *const names[] = {
        "", "/keys", "/members", "/peers", "/agreements", "/policy", "/cards"};
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[TCN_PATH_MAX + 16];
        (void)snprintf(path, sizeof path, "%s%s", places->dir, names[i]);
        if (tcn_dir_make(path, i == 1 ? 0700 : 0755, &message) != TCN_ERR_OK) {
            (void)fputs(tcn_buf_text(&message), stderr);
            return false;
        }
    }
    return true;
}

static bool write_texts(const struct places *places, const char *name,
                        const char *config)
{
    char text[8192];
    char path[TCN_PATH_MAX + 32];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    tcn_buf_printf(&out, conf_text, places->member, places->member, name,
                   places->listen, places->store, places->run, places->feed);
    if (!cli_write(config, 0644, true, tcn_buf_view(&out))) {
        return false;
    }
    out.len = 0;
    tcn_buf_printf(&out, policy_text, places->member, places->member,
                   places->member);
    (void)snprintf(path, sizeof path, "%s/policy/10-national.conf",
                   places->dir);
    return cli_write(path, 0644, true, tcn_buf_view(&out));
}

static bool create_keys(const struct places *places)
{
    char dir[TCN_PATH_MAX];
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    (void)snprintf(dir, sizeof dir, "%s/keys", places->dir);
    const struct tcn_key_request request = {
        .member = places->member,
        .node = "a",
        .serial = 1,
        .not_before_ms = places->from_ms,
        .not_after_ms = places->to_ms,
    };
    enum tcn_err err = tcn_keys_create(dir, places->root, &request, &message);
    if (err != TCN_ERR_OK) {
        (void)fprintf(stderr, "tocsin: no keys were made: %s\n%s",
                      tcn_err_sentence(err), tcn_buf_text(&message));
    }
    return err == TCN_ERR_OK;
}

/* What a stick should be, and seldom is by itself. */
static void warn_of_root(const struct places *places)
{
    struct stat here, there;
    char path[TCN_PATH_MAX + 48];
    (void)snprintf(path, sizeof path, "%s/%s-root.key", places->root,
                   places->member);
    if (stat(path, &there) != 0 || stat(places->dir, &here) != 0) {
        return;
    }
    if (there.st_dev == here.st_dev) {
        (void)fprintf(stderr,
                      "warning: the root key is on the same disk as the node's "
                      "keys: move it\n");
    }
    if ((there.st_mode & 077) != 0) {
        (void)fprintf(stderr,
                      "warning: others may read the root key there: the file "
                      "system keeps no permissions\n");
    }
}

static void print_done(const struct places *places, bool json)
{
    FILE *people = cli_people(json);
    struct tcn_card card;
    char path[TCN_PATH_MAX];
    char text[512];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    (void)snprintf(path, sizeof path, "%s/keys/node.card", places->dir);
    if (tcn_card_read(&card, path, &out) != TCN_ERR_OK) {
        return;
    }
    out.len = 0;
    tcn_fingerprint_put(&out, card.cert.member, card.root_pk);
    (void)fprintf(people, "%s is ready in %s.\n\n", places->member,
                  places->dir);
    (void)fprintf(
        people,
        "fingerprint of %s (read it to your peers over the telephone):\n"
        "  %s\n\n",
        places->member, tcn_buf_text(&out));
    (void)fprintf(
        people,
        "root key: %s/%s-root.key\n  Keep it in a safe place that is not "
        "connected to anything. It renews the\n  certificate (90 days) and "
        "revokes it; the node never needs it.\n\n",
        places->root, places->member);
    warn_of_root(places);
    (void)fprintf(
        people,
        "next: tocsin card export > %s.card, give it to your peers, and "
        "import theirs\n",
        places->member);
    if (json) {
        cards_print_json(&card, NULL);
    }
}

static void absolute(const char *path, char *out, size_t cap)
{
    char *real = realpath(path, NULL);
    (void)snprintf(out, cap, "%s", real == NULL ? path : real);
    free(real);
}

static void choose(const struct cli_args *args, struct places *places)
{
    const char *store = cli_get(args, "store");
    const char *run = cli_get(args, "run");
    const char *root = cli_get(args, "root-out");
    const char *listen = cli_get(args, "listen");
    bool system = strcmp(places->dir, "/etc/tocsin") == 0;
    places->listen = listen == NULL ? "tcp://0.0.0.0:7400" : listen;
    (void)snprintf(places->store, sizeof places->store, "%s",
                   store != NULL ? store
                   : system      ? "/var/lib/tocsin"
                                 : "store");
    (void)snprintf(places->run, sizeof places->run, "%s",
                   run != NULL ? run
                   : system    ? "/run/tocsin"
                               : "run");
    /* A directory of its own: tocsin-feed may be another user. */
    (void)snprintf(places->feed, sizeof places->feed, "%s/feed/soc",
                   places->run);
    (void)snprintf(places->root, sizeof places->root, "%s%s",
                   root != NULL ? root : places->dir,
                   root != NULL ? "" : "/root");
}

static bool is_plain(const char *path)
{
    return strlen(path) < DIR_LONGEST && cli_is_line(tcn_view_str(path)) &&
           strpbrk(path, "\"\\") == NULL;
}

/* Paths are written into the configuration. And a root key must not land on
 * this disk because the stick is not there. */
static int check_places(const struct cli_args *args)
{
    static const char *const names[] = {"store", "run", "root-out"};
    struct stat info;
    if (!is_plain(args->config)) {
        return cli_wrong(args, args->config,
                         "a path is at most 150 bytes without quotes");
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *path = cli_get(args, names[i]);
        if (path != NULL && !is_plain(path)) {
            return cli_wrong(args, path,
                             "a path is at most 150 bytes without quotes");
        }
    }
    const char *root = cli_get(args, "root-out");
    if (root != NULL && (stat(root, &info) != 0 || !S_ISDIR(info.st_mode))) {
        return cli_wrong(args, root,
                         "there is no such directory for the root key: is the "
                         "stick mounted?");
    }
    return EXIT_DONE;
}

static int check(const struct cli_args *args)
{
    const char *member = cli_get(args, "member");
    const char *name = cli_get(args, "name");
    const char *listen = cli_get(args, "listen");
    if (!tcn_text_is_member(tcn_view_str(member))) {
        return cli_wrong(args, member,
                         "a member code is 2 to 32 of a-z 0-9 . -, such as ee");
    }
    if (name != NULL &&
        (!cli_is_line(tcn_view_str(name)) || strpbrk(name, "\"\\") != NULL ||
         strlen(name) > NAME_LONGEST)) {
        return cli_wrong(args, name,
                         "a name is one line of at most 100 bytes without "
                         "quotes, such as CERT-EE");
    }
    if (listen != NULL && !party_is_endpoint(listen)) {
        return cli_wrong(args, listen,
                         "expected tcp://ADDRESS:PORT, such as "
                         "tcp://0.0.0.0:7400");
    }
    return check_places(args);
}

int cmd_init(struct cli_args *args)
{
    static struct places places;
    const char *member = cli_get(args, "member");
    const char *name = cli_get(args, "name");
    if (member == NULL) {
        return cli_wrong(args, "--member", "say which nation this node is");
    }
    int code = check(args);
    if (code != EXIT_DONE) {
        return code;
    }
    cli_directory(args, places.dir, sizeof places.dir);
    (void)snprintf(places.member, sizeof places.member, "%s", member);
    choose(args, &places);
    if (!cards_life(args, &places.from_ms, &places.to_ms)) {
        return EXIT_USAGE;
    }
    struct stat info;
    if (stat(args->config, &info) == 0) {
        (void)fprintf(stderr,
                      "tocsin: %s exists already: nothing was changed\n",
                      args->config);
        return EXIT_REFUSED;
    }
    if (!make_directories(&places) || !create_keys(&places) ||
        !write_texts(&places, name == NULL ? member : name, args->config)) {
        return EXIT_REFUSED;
    }
    absolute(places.dir, places.dir, sizeof places.dir);
    absolute(places.root, places.root, sizeof places.root);
    print_done(&places, args->json);
    return EXIT_DONE;
}
