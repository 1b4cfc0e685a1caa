/* peer: the links of this node. */
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/party_files.h"

static void print_header(void)
{
    printf("%-8s %-11s %-20s %10s %8s %8s %8s %8s  %s\n", "peer", "state",
           "last heard", "round trip", "sent", "waiting", "received", "refused",
           "certificate until");
}

static void print_round_trip(uint64_t us)
{
    char text[32] = "-";
    if (us > 0) {
        (void)snprintf(text, sizeof text, "%llu.%llu ms",
                       (unsigned long long)(us / 1000),
                       (unsigned long long)(us % 1000 / 100));
    }
    printf(" %10s", text);
}

static void print_certificate(uint64_t end)
{
    char text[TCN_TIME_TEXT];
    uint64_t now = tcn_now_ms();
    cli_time_text(end, text);
    printf("%.10s%s", text,
           end == 0                      ? ""
           : end < now                   ? " IS OVER"
           : end < now + 21 * TCN_DAY_MS ? " SOON"
                                         : "");
}

/* Lanes, lag and standing, where there is something to say. */
static void print_trouble(const struct tcn_pairs *pairs)
{
    uint64_t lag = tcn_pairs_uint(pairs, "lag");
    struct tcn_view standing = tcn_pairs_str(pairs, "standing");
    if (lag > 0) {
        printf("    %llu alerts behind, the oldest for %llu s (handed over and "
               "not settled: %llu fast, %llu bulk)\n",
               (unsigned long long)lag,
               (unsigned long long)tcn_pairs_uint(pairs, "lag_s"),
               (unsigned long long)tcn_pairs_uint(pairs, "fast_unsettled"),
               (unsigned long long)tcn_pairs_uint(pairs, "bulk_unsettled"));
    }
    if (tcn_view_is(standing, "ok") || standing.len == 0) {
        return;
    }
    char until[TCN_TIME_TEXT];
    printf("    in %.*s", (int)standing.len, (const char *)standing.data);
    if (tcn_pairs_uint(pairs, "blocked_until") != 0) {
        cli_time_text(tcn_pairs_uint(pairs, "blocked_until"), until);
        printf(" until %s", until);
    }
    printf(": %llu broken rules, the last: ",
           (unsigned long long)tcn_pairs_uint(pairs, "faults"));
    cli_print_view(tcn_pairs_str(pairs, "last_fault"));
    printf("\n");
}

static void print_agreements(const struct tcn_pairs *pairs)
{
    static const char differs[] = " differs";
    struct tcn_view agreements[2 * TCN_AGREEMENTS_MAX];
    size_t count =
        tcn_pairs_list(pairs, "agreements", agreements, 2 * TCN_AGREEMENTS_MAX);
    for (size_t i = 0; i < count; i++) {
        printf("    agreement ");
        cli_print_view(agreements[i]);
        size_t len = sizeof differs - 1;
        bool bad = agreements[i].len > len &&
                   memcmp(agreements[i].data + agreements[i].len - len, differs,
                          len) == 0;
        printf("%s\n", bad ? " from our text: nothing is handed on under it, "
                             "here or there"
                           : "");
    }
}

static void print_peer(const struct cli_args *args,
                       const struct tcn_pairs *pairs)
{
    static bool begun;
    (void)args;
    if (!begun) {
        print_header();
        begun = true;
    }
    struct tcn_view state = tcn_pairs_str(pairs, "state");
    struct tcn_view note = tcn_pairs_str(pairs, "note");
    uint64_t top = tcn_pairs_uint(pairs, "exported");
    uint64_t acked = tcn_pairs_uint(pairs, "acked");
    uint64_t waiting =
        (top > acked ? top - acked : 0) + tcn_pairs_uint(pairs, "behind");
    printf("%s",
           cli_colour(tcn_view_is(state, "up") ? "\033[32m" : "\033[33m"));
    cli_print_cell(tcn_pairs_str(pairs, "peer"), 8);
    cli_print_cell(state, 11);
    printf("%s", cli_colour("\033[0m"));
    cli_print_time(tcn_pairs_uint(pairs, "heard"));
    print_round_trip(tcn_pairs_uint(pairs, "round_trip_us"));
    printf(" %8llu %8llu %8llu %8llu  ", (unsigned long long)top,
           (unsigned long long)waiting,
           (unsigned long long)tcn_pairs_uint(pairs, "settled"),
           (unsigned long long)tcn_pairs_uint(pairs, "refused"));
    print_certificate(tcn_pairs_uint(pairs, "cert_not_after"));
    printf("\n");
    if (note.len > 0) {
        printf("    ");
        cli_print_view(note);
        printf("\n");
    }
    print_trouble(pairs);
    print_agreements(pairs);
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

/* ---- changes ---- */

static int elsewhere(const struct cli_args *args)
{
    char path[PARTY_PATH_MAX];
    party_path(args, "peers", args->words[1], path);
    (void)fprintf(stderr,
                  "tocsin peer: %s was not written by this command: there is "
                  "no %s; change the statement where it stands\n",
                  args->words[1], path);
    return EXIT_REFUSED;
}

/* What we wrote must be readable, or nothing starts any more. */
static int take_effect(const struct cli_args *args)
{
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    size_t at = party_find(setup, args->words[1]);
    bool linked = at < setup->conf.peer_count;
    tcn_setup_free(setup);
    if (!linked && strcmp(args->words[0], "remove") != 0) {
        (void)fprintf(stderr, "tocsin peer: the configuration does not "
                              "include peers/*.conf: add that\n");
        return EXIT_REFUSED;
    }
    return cli_tell_node(args);
}

static int add_to(const struct cli_args *args, const struct tcn_setup *setup,
                  const struct tcn_conf_peer *peer)
{
    const char *member = args->words[1];
    size_t at = party_find(setup, member);
    char path[PARTY_PATH_MAX];
    if (strcmp(member, setup->conf.member) == 0) {
        (void)fprintf(stderr, "tocsin peer: %s is this node itself\n", member);
        return EXIT_REFUSED;
    }
    if (at == setup->conf.party_count) {
        (void)fprintf(stderr,
                      "tocsin peer: %s is not pinned: import its card first "
                      "(tocsin card import FILE --as %s)\n",
                      member, member);
        return EXIT_REFUSED;
    }
    if (at < setup->conf.peer_count) {
        (void)fprintf(stderr,
                      "tocsin peer: %s is a peer already (at %s); to change "
                      "that, remove it first\n",
                      member, setup->conf.peers[at].connect);
        return EXIT_REFUSED;
    }
    if (!party_write_peer(args, member, peer, true)) {
        return EXIT_REFUSED;
    }
    int code = take_effect(args);
    if (code != EXIT_REFUSED) {
        (void)fprintf(cli_people(args->json),
                      "%s is a peer now; it must add this node as well\n",
                      member);
    }
    if (code == EXIT_REFUSED) {
        party_path(args, "peers", member, path);
        (void)unlink(path);
        (void)fprintf(stderr, "tocsin peer: %s was not added\n", member);
    }
    return code;
}

static int add(const struct cli_args *args)
{
    struct tcn_conf_peer peer = {0};
    const char *connect = cli_get(args, "connect");
    if (connect == NULL) {
        return cli_wrong(args, "--connect",
                         "say where it is reached: tcp://HOST:PORT");
    }
    if (!party_is_endpoint(connect)) {
        return cli_wrong(args, connect,
                         "expected tcp://HOST:PORT, such as "
                         "tcp://node.cert.lv:7400");
    }
    (void)snprintf(peer.connect, sizeof peer.connect, "%s", connect);
    if (!cli_duration(args, "since", 0, &peer.since_ms)) {
        return EXIT_USAGE;
    }
    if (cli_has(args, "since") &&
        (peer.since_ms == 0 || peer.since_ms > TCN_LIFE_MAX_MS)) {
        return cli_wrong(args, cli_get(args, "since"),
                         "expected a duration of more than nothing and at "
                         "most 400d");
    }
    struct tcn_setup *setup = cli_setup(args);
    int code = setup == NULL ? EXIT_REFUSED : add_to(args, setup, &peer);
    tcn_setup_free(setup);
    return code;
}

static int no_peer(const struct cli_args *args)
{
    (void)fprintf(stderr,
                  "tocsin peer: %s is no peer of this node: see `tocsin peer "
                  "list`\n",
                  args->words[1]);
    return EXIT_REFUSED;
}

static int pause_peer(const struct cli_args *args, bool paused)
{
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    size_t at = party_find(setup, args->words[1]);
    bool found = at < setup->conf.peer_count;
    struct tcn_conf_peer peer = {0};
    if (found) {
        peer = setup->conf.peers[at];
        peer.paused = paused;
    }
    tcn_setup_free(setup);
    if (!found) {
        return no_peer(args);
    }
    if (!party_has_file(args, "peers", args->words[1])) {
        return elsewhere(args);
    }
    return party_write_peer(args, args->words[1], &peer, false)
               ? take_effect(args)
               : EXIT_REFUSED;
}

/* Also when the configuration cannot be read: it may be this file's fault. */
static int remove_peer(const struct cli_args *args)
{
    char path[PARTY_PATH_MAX];
    party_path(args, "peers", args->words[1], path);
    if (unlink(path) != 0) {
        struct tcn_setup *setup = cli_setup(args);
        bool linked = setup != NULL && party_find(setup, args->words[1]) <
                                           setup->conf.peer_count;
        tcn_setup_free(setup);
        return linked ? elsewhere(args) : no_peer(args);
    }
    (void)fprintf(cli_people(args->json),
                  "%s is no longer a peer; its alerts are still believed (its "
                  "card is pinned)\n",
                  args->words[1]);
    return take_effect(args);
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
