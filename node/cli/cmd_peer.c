/* peer: the links of this node. */
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"

static void print_peer(const struct cli_args *args,
                       const struct tcn_pairs *pairs)
{
    (void)args;
    struct tcn_view state = tcn_pairs_str(pairs, "state");
    bool up = tcn_view_is(state, "up");
    printf("%s%-14.*s %-11.*s%s", cli_colour(up ? "\033[32m" : "\033[33m"),
           (int)tcn_pairs_str(pairs, "peer").len,
           (const char *)tcn_pairs_str(pairs, "peer").data, (int)state.len,
           (const char *)state.data, cli_colour("\033[0m"));
    printf(" sent %llu (settled %llu, waiting %llu), received %llu (refused "
           "%llu)",
           (unsigned long long)tcn_pairs_uint(pairs, "exported"),
           (unsigned long long)tcn_pairs_uint(pairs, "acked"),
           (unsigned long long)tcn_pairs_uint(pairs, "behind"),
           (unsigned long long)tcn_pairs_uint(pairs, "settled"),
           (unsigned long long)tcn_pairs_uint(pairs, "refused"));
    uint64_t end = tcn_pairs_uint(pairs, "cert_not_after");
    uint64_t now = tcn_now_ms();
    if (end < now + 21 * TCN_DAY_MS) {
        printf(", certificate %s",
               end < now ? "is over" : "ends within three weeks");
    }
    struct tcn_view note = tcn_pairs_str(pairs, "note");
    if (note.len > 0) {
        printf("\n    ");
        cli_print_view(note);
    }
    printf("\n");
    struct tcn_view agreements[TCN_AGREEMENTS_MAX];
    size_t count =
        tcn_pairs_list(pairs, "agreements", agreements, TCN_AGREEMENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        printf("    agreement ");
        cli_print_view(agreements[i]);
        printf("\n");
    }
}

static int list(const struct cli_args *args)
{
    struct cli_node node;
    int code = EXIT_NO_NODE;
    if (cli_connect(&node, args)) {
        cli_begin(&node);
        code = cli_run(&node, args, "peers", print_peer);
    }
    cli_disconnect(&node);
    return code;
}

/* Whether the configuration would pin that member. */
static bool is_pinned(const struct cli_args *args, const char *member)
{
    struct tcn_setup *setup = cli_setup(args);
    bool found = false;
    for (size_t i = 0; setup != NULL && i < setup->conf.party_count; i++) {
        found |= strcmp(setup->conf.parties[i].name, member) == 0;
    }
    if (setup != NULL && !found) {
        (void)fprintf(stderr,
                      "tocsin: %s is not pinned: import its card first "
                      "(tocsin card import FILE --as %s)\n",
                      member, member);
    }
    tcn_setup_free(setup);
    return found;
}

static void peer_path(const struct cli_args *args, char *out, size_t cap)
{
    char dir[TCN_PATH_MAX];
    cli_directory(args, dir, sizeof dir);
    (void)snprintf(out, cap, "%s/peers/%s.conf", dir, args->words[1]);
}

static int write_peer(const struct cli_args *args, const char *connect,
                      bool paused, bool fresh)
{
    char path[TCN_PATH_MAX + 80];
    char text[512];
    struct tcn_buf out = tcn_buf(text, sizeof text);
    const char *since = cli_get(args, "since");
    peer_path(args, path, sizeof path);
    tcn_buf_printf(&out, "peer %s {\n", args->words[1]);
    if (connect != NULL && connect[0] != '\0') {
        tcn_buf_printf(&out, "    connect %s;\n", connect);
    }
    if (since != NULL) {
        tcn_buf_printf(&out, "    since %s;\n", since);
    }
    tcn_buf_put_str(&out, paused ? "    paused;\n}\n" : "}\n");
    if (out.full || !cli_write(path, 0644, fresh, tcn_buf_view(&out))) {
        return EXIT_REFUSED;
    }
    /* What we wrote must be readable, or nothing starts any more. */
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL && fresh) {
        (void)unlink(path);
        return EXIT_USAGE;
    }
    tcn_setup_free(setup);
    return EXIT_DONE;
}

static int add(const struct cli_args *args)
{
    if (!is_pinned(args, args->words[1])) {
        return EXIT_REFUSED;
    }
    int code = write_peer(args, cli_get(args, "connect"), false, true);
    if (code == EXIT_DONE) {
        printf("%s is a peer now; it must add this node as well\n",
               args->words[1]);
        cli_reload_hint(args);
    }
    return code;
}

static int pause_peer(const struct cli_args *args, bool paused)
{
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    char connect[TCN_ENDPOINT_MAX] = "";
    bool found = false;
    for (size_t i = 0; i < setup->conf.peer_count; i++) {
        if (strcmp(setup->conf.parties[i].name, args->words[1]) == 0) {
            memcpy(connect, setup->conf.peers[i].connect, sizeof connect);
            found = true;
        }
    }
    tcn_setup_free(setup);
    if (!found) {
        return cli_wrong(args, args->words[1], "there is no such peer");
    }
    int code = write_peer(args, connect, paused, false);
    if (code == EXIT_DONE) {
        cli_reload_hint(args);
    }
    return code;
}

static int remove_peer(const struct cli_args *args)
{
    char path[TCN_PATH_MAX + 80];
    peer_path(args, path, sizeof path);
    if (unlink(path) != 0) {
        return cli_wrong(args, args->words[1], "there is no such peer");
    }
    printf("%s is no longer a peer; its alerts are still believed (its card "
           "is pinned)\n",
           args->words[1]);
    cli_reload_hint(args);
    return EXIT_DONE;
}

int cmd_peer(struct cli_args *args)
{
    const char *what = args->words[0];
    bool named = args->word_count == 2;
    if (named && !tcn_text_is_member(tcn_view_str(args->words[1]))) {
        return cli_wrong(args, args->words[1], "this is no member code");
    }
    if (strcmp(what, "list") == 0 && !named) {
        return list(args);
    }
    if (strcmp(what, "add") == 0 && named) {
        return add(args);
    }
    if (strcmp(what, "remove") == 0 && named) {
        return remove_peer(args);
    }
    if (strcmp(what, "pause") == 0 && named) {
        return pause_peer(args, true);
    }
    if (strcmp(what, "resume") == 0 && named) {
        return pause_peer(args, false);
    }
    return cli_wrong(args, what,
                     "expected list, or add, remove, pause or resume MEMBER");
}
