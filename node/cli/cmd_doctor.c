/* doctor: what is wrong, and what to do about it. Works without the node. */
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/commands.h"
#include "io/keys.h"

struct health {
    unsigned wrong;
    bool json;
};

static void tell(const struct health *health, bool fine, const char *what,
                 const char *detail)
{
    if (health->json) {
        printf("{\"check\":");
        cli_print_json_text(tcn_view_str(what));
        printf(",\"ok\":%s,\"detail\":", fine ? "true" : "false");
        cli_print_json_text(tcn_view_str(detail));
        printf("}\n");
        return;
    }
    printf("%s%s%s %-14s %s\n", cli_colour(fine ? "\033[32m" : "\033[31m"),
           fine ? "ok   " : "wrong", cli_colour("\033[0m"), what, detail);
}

static void good(const struct health *health, const char *what,
                 const char *detail)
{
    tell(health, true, what, detail);
}

static void bad(struct health *health, const char *what, const char *detail)
{
    health->wrong++;
    tell(health, false, what, detail);
}

static void check_certificates(struct health *health,
                               const struct tcn_key_chain *chain)
{
    uint64_t now = tcn_now_ms();
    uint64_t end = 0;
    bool valid = false;
    for (size_t i = 0; i < chain->count; i++) {
        const struct tcn_cert *cert = &chain->pairs[i]->card.cert;
        valid |= now >= cert->not_before_ms && now <= cert->not_after_ms;
        end = cert->not_after_ms > end ? cert->not_after_ms : end;
    }
    if (!valid) {
        bad(health, "certificate",
            "it is not valid now: check the clock, or renew it (tocsin keys "
            "rotate)");
    } else if (now + 21 * TCN_DAY_MS > end) {
        bad(health, "certificate",
            "it ends within three weeks: renew it (tocsin keys rotate)");
    } else {
        good(health, "certificate",
             chain->count > 1 ? "valid, and the next is there" : "valid");
    }
}

static void check_keys(struct health *health, const struct tcn_setup *setup)
{
    char text[1024];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_key_chain chain;
    enum tcn_err err = tcn_key_chain_load(&chain, setup->conf.keys, &message);
    if (err != TCN_ERR_OK) {
        (void)tcn_buf_text(&message);
        text[strcspn(text, "\n")] = '\0';
        bad(health, "keys", text);
        return;
    }
    good(health, "keys", "private, and of the card beside them");
    check_certificates(health, &chain);
    tcn_key_chain_free(&chain);
}

static void check_directory(struct health *health, const char *what,
                            const char *path)
{
    struct stat info;
    struct statvfs space;
    char text[TCN_PATH_MAX + 100];
    if (stat(path, &info) != 0) {
        (void)snprintf(text, sizeof text,
                       "%s is not there yet: tocsind makes it", path);
        good(health, what, text);
        return;
    }
    if ((info.st_mode & S_IWOTH) != 0) {
        (void)snprintf(text, sizeof text,
                       "everybody may write to %s: run chmod o-w %s", path,
                       path);
        bad(health, what, text);
        return;
    }
    bool full = statvfs(path, &space) == 0 &&
                space.f_bavail * space.f_frsize < 100ull * 1024 * 1024;
    (void)snprintf(text, sizeof text, "%s%s", path,
                   full ? ": less than 100 MB are free: make room" : "");
    if (full) {
        bad(health, what, text);
    } else {
        good(health, what, text);
    }
}

static void check_policy(struct health *health, const struct tcn_setup *setup)
{
    uint8_t *text = malloc(TCN_SETUP_MESSAGE);
    if (text == NULL) {
        return;
    }
    struct tcn_buf out = tcn_buf(text, TCN_SETUP_MESSAGE);
    size_t run = 0;
    if (!setup->policy_valid) {
        bad(health, "policy",
            "not valid: the node would only receive (tocsin policy check)");
    } else if (tcn_policy_run_tests(setup->policy, &run, &out) > 0) {
        bad(health, "policy", "a test of it fails (tocsin policy check)");
    } else if (tcn_policy_rule_count(setup->policy) == 0) {
        bad(health, "policy",
            "it has no rules: nothing leaves and nothing is taken");
    } else {
        good(health, "policy", tcn_policy_name(setup->policy));
    }
    free(text);
}

/* A role counts people by the names that the system knows them by; false after
 * one of a name that it does not know was told. */
static bool check_role(struct health *health, const struct tcn_role *role)
{
    unsigned wrong = health->wrong;
    char text[3 * TCN_NAME_MAX + 100];
    for (size_t i = 0; i < role->user_count + role->group_count; i++) {
        bool is_user = i < role->user_count;
        const char *name =
            is_user ? role->users[i] : role->groups[i - role->user_count];
        if (is_user ? getpwnam(name) != NULL : getgrnam(name) != NULL) {
            continue;
        }
        (void)snprintf(text, sizeof text,
                       "%s: this machine has no %s %s: whoever was meant "
                       "cannot act for it",
                       role->name, is_user ? "user" : "group", name);
        bad(health, "role", text);
    }
    return health->wrong == wrong;
}

static void check_roles(struct health *health, const struct tcn_setup *setup)
{
    bool fine = true;
    for (size_t i = 0; i < setup->conf.role_count; i++) {
        fine = check_role(health, &setup->conf.roles[i]) && fine;
    }
    if (fine && setup->conf.role_count > 0) {
        good(health, "role",
             "this machine has all users and groups that roles name");
    }
}

/* Whether somebody answers, without a word on the error output. */
static bool is_running(const struct tcn_setup *setup)
{
    char path[TCN_PATH_MAX + 32];
    int fd = -1;
    (void)snprintf(path, sizeof path, "%s/control.sock", setup->conf.run);
    if (tcn_control_connect(&fd, path) != TCN_ERR_OK) {
        return false;
    }
    close(fd);
    return true;
}

static void check_children(struct health *health, const struct tcn_pairs *pairs)
{
    static const char *const children[] = {"link", "feed"};
    for (size_t i = 0; i < 2; i++) {
        char text[256];
        struct tcn_buf out = tcn_buf(text, sizeof text);
        struct tcn_view state = tcn_pairs_str(pairs, children[i]);
        tcn_text_escape(&out, state);
        if (tcn_view_is(state, "up")) {
            good(health, children[i], tcn_buf_text(&out));
        } else {
            bad(health, children[i], tcn_buf_text(&out));
        }
    }
}

/* What an agreement asks of us. */
static void check_acks(struct health *health, const struct tcn_pairs *pairs)
{
    char text[200];
    uint64_t late = tcn_pairs_uint(pairs, "acks_late");
    (void)snprintf(text, sizeof text,
                   "%llu that agreements ask for are late: see `tocsin "
                   "status`, then `tocsin ack ID`",
                   (unsigned long long)late);
    if (late > 0) {
        bad(health, "acks", text);
    }
}

/* What runs, against what the files say. */
static void check_running(struct health *health, const struct tcn_pairs *pairs,
                          const struct tcn_setup *setup)
{
    struct tcn_view runs = tcn_pairs_bin(pairs, "policy_hash");
    if (!tcn_pairs_bool(pairs, "policy_valid")) {
        bad(health, "policy runs",
            "NO VALID POLICY: the node only receives (tocsin policy load)");
    } else if (!tcn_view_equal(runs,
                               tcn_id_view(tcn_policy_hash(setup->policy)))) {
        bad(health, "policy runs",
            "another one than the files hold (tocsin policy load)");
    } else {
        good(health, "policy runs", "as the files hold it");
    }
    if (tcn_pairs_has(pairs, "pending_until")) {
        char until[TCN_TIME_TEXT], text[200];
        cli_time_text(tcn_pairs_uint(pairs, "pending_until"), until);
        (void)snprintf(text, sizeof text,
                       "ANOTHER WAITS TO BE CONFIRMED until %s (tocsin policy "
                       "confirm, or abandon)",
                       until);
        bad(health, "policy runs", text);
    }
}

static void check_status(struct health *health, struct cli_node *node,
                         const struct tcn_setup *setup)
{
    cli_begin(node);
    bool sent = cli_send(node, "status");
    while (sent && cli_next(node)) {
        const struct tcn_pairs *pairs = &node->msg.pairs;
        if (tcn_pairs_bool(pairs, "clock_alarm")) {
            bad(health, "clock",
                "it is off by more than five minutes against the peers': set "
                "it (timedatectl set-ntp true)");
        }
        struct tcn_view key = tcn_pairs_str(pairs, "key_message");
        if (key.len > 0) {
            char words[512];
            struct tcn_buf said = tcn_buf(words, sizeof words);
            tcn_text_escape(&said, key);
            bad(health, "key", tcn_buf_text(&said));
        }
        check_acks(health, pairs);
        struct tcn_view store = tcn_pairs_str(pairs, "store_message");
        if (store.len > 0) {
            char text[600];
            struct tcn_buf out = tcn_buf(text, sizeof text);
            tcn_text_escape(&out, store);
            bad(health, "store", tcn_buf_text(&out));
        }
        check_children(health, pairs);
        check_running(health, pairs, setup);
    }
}

/* "up", or its state and the last words of the link about it. */
static void check_peer(struct health *health, const struct tcn_pairs *pairs)
{
    char what[TCN_MEMBER_MAX + 8];
    char text[512];
    struct tcn_buf name = tcn_buf(what, sizeof what);
    struct tcn_buf out = tcn_buf(text, sizeof text);
    struct tcn_view state = tcn_pairs_str(pairs, "state");
    struct tcn_view note = tcn_pairs_str(pairs, "note");
    tcn_buf_put_str(&name, "peer ");
    tcn_text_escape(&name, tcn_pairs_str(pairs, "peer"));
    tcn_text_escape(&out, state);
    if (note.len > 0) {
        tcn_buf_put_str(&out, ": ");
        tcn_text_escape(&out, note);
    }
    bool fine = tcn_view_is(state, "up") || tcn_view_is(state, "paused");
    if (fine) {
        good(health, tcn_buf_text(&name), tcn_buf_text(&out));
    } else {
        bad(health, tcn_buf_text(&name), tcn_buf_text(&out));
    }
}

static void check_peers(struct health *health, struct cli_node *node)
{
    cli_begin(node);
    bool sent = cli_send(node, "peers");
    while (sent && cli_next(node)) {
        check_peer(health, &node->msg.pairs);
    }
}

static void check_node(struct health *health, struct cli_args *args,
                       const struct tcn_setup *setup)
{
    struct cli_node node;
    if (!is_running(setup)) {
        bad(health, "node", "it does not run (systemctl start tocsind)");
        return;
    }
    if (!cli_connect(&node, args)) {
        bad(health, "node", "it does not answer");
    } else {
        node.tells = true;
        check_status(health, &node, setup);
        check_peers(health, &node);
    }
    cli_disconnect(&node);
}

/* "tcp://0.0.0.0:7400", "tcp://[::]:7400"; a star is any address. */
static bool split(const char *endpoint, char host[TCN_ENDPOINT_MAX],
                  const char **port)
{
    const char *at = strstr(endpoint, "://");
    const char *colon = strrchr(endpoint, ':');
    if (at == NULL || colon <= at + 3) {
        return false;
    }
    at += 3;
    size_t len = (size_t)(colon - at);
    bool square = at[0] == '[' && at[len - 1] == ']';
    (void)snprintf(host, TCN_ENDPOINT_MAX, "%.*s",
                   (int)(square ? len - 2 : len), square ? at + 1 : at);
    *port = colon + 1;
    return true;
}

/* Tries to have the port for a moment; 0, or why it cannot be had. */
static int try_port(const char *endpoint)
{
    char host[TCN_ENDPOINT_MAX];
    const char *port;
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    if (!split(endpoint, host, &port) ||
        getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, port, &wanted,
                    &found) != 0) {
        return EADDRNOTAVAIL;
    }
    const int on = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool had = fd >= 0 &&
               setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
               bind(fd, found->ai_addr, found->ai_addrlen) == 0 &&
               listen(fd, 1) == 0;
    int why = had ? 0 : errno;
    if (fd >= 0) {
        close(fd);
    }
    freeaddrinfo(found);
    return why;
}

/* What the node listens at it has; what it is to listen at must be free. */
static void check_ports(struct health *health, const struct tcn_setup *setup)
{
    const struct tcn_conf *conf = &setup->conf;
    bool running = is_running(setup);
    for (size_t i = 0; i < conf->listen_count; i++) {
        char text[TCN_ENDPOINT_MAX + 200];
        int why = running ? 0 : try_port(conf->listen[i]);
        if (why == 0) {
            (void)snprintf(text, sizeof text,
                           "%s: peers must reach it from outside (firewall)",
                           conf->listen[i]);
            good(health, "listen", text);
            continue;
        }
        (void)snprintf(text, sizeof text, "%s: %s", conf->listen[i],
                       why == EADDRINUSE
                           ? "another program has this port: end it, or "
                             "change `listen`"
                       : why == EADDRNOTAVAIL
                           ? "this machine has no such address: change `listen`"
                           : strerror(why));
        bad(health, "listen", text);
    }
}

int cmd_doctor(struct cli_args *args)
{
    struct health health = {.json = args->json};
    struct tcn_setup *setup = cli_setup(args);
    if (setup == NULL) {
        return EXIT_REFUSED;
    }
    good(&health, "configuration", args->config);
    check_keys(&health, setup);
    check_directory(&health, "store", setup->conf.store);
    check_directory(&health, "run", setup->conf.run);
    check_policy(&health, setup);
    check_roles(&health, setup);
    check_ports(&health, setup);
    check_node(&health, args, setup);
    tcn_setup_free(setup);
    return health.wrong == 0 ? EXIT_DONE : EXIT_REFUSED;
}
