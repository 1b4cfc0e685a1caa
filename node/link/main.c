#include "link/link.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "io/log.h"
#include "io/sandbox.h"
#include "io/usage.h"

/* Towards tocsind: frames on their way beside the queues of the peers. What the
 * kernel holds of them can no longer be overtaken; it takes twice what we ask
 * for. */
#define PIPE_OUT_BYTES (2 * (size_t)TCN_MSG_MAX)
#define KERNEL_BYTES   (64 * 1024)

struct options {
    int fd; /* -1 = started by hand */
    const char *user;
    uint64_t renew_ms;
};

enum { OPTION_FD, OPTION_USER, OPTION_RENEW, OPTION_COUNT };

static const struct tcn_usage_option option_table[OPTION_COUNT] = {
    {"fd", "N", "the descriptor of a socket to tocsind"},
    {"user", "NAME", "become this user when started as root"},
    {"renew", "SECONDS", "new connections, so new keys, after that (43200)"},
};

static const struct tcn_usage_row rows[] = {
    {"LIMITS", "frames",
     "A frame has at most 196,864 bytes and is one part; others are dropped "
     "and counted."},
    {NULL, "queues",
     "For each peer and direction at most 2.25 MiB wait; beyond that the "
     "connections\nof that peer are cut and made anew."},
    {NULL, "memory and descriptors",
     "Address space is limited to 512 MiB and about 29 MiB more for each "
     "peer, open\nfiles to 8192 or to what the machine gives (then a warning "
     "says so)."},
    {"DIAGNOSTICS", "refused",
     "The peer refuses our key: it has not pinned our present card. This and "
     "the\nfollowing are in the log and in tocsin peer list."},
    {NULL, "nobody-listens",
     "The connection was refused, or there is no route."},
    {NULL, "no-answer",
     "Nothing came back within 10 seconds: the peer is down or a firewall "
     "drops us."},
    {NULL, "no-address", "The host name cannot be resolved."},
    {NULL, "handshake",
     "The other side broke off: it is not a Tocsin node, or has another key "
     "than the card\nwe hold."},
    {NULL, "lost", "An established connection broke."},
    {NULL, "stalled, overrun",
     "A peer took nothing of, or sent more than, what can be held for it: "
     "cut."},
    {NULL, "unknown-key", "A stranger was refused; the address is given."},
    {"EXIT STATUS", "0", "tocsind closed its end."},
    {NULL, "1",
     "It could not start or go on; the reason is in the log and in tocsin "
     "status."},
    {NULL, "2", "Wrong usage, or started by hand."},
};

static const struct tcn_usage usage = {
    .program = "tocsin-link",
    .synopsis = "--fd N [--user NAME] [--renew SECONDS]",
    .summary = "the network process of a Tocsin node",
    .text = "The network process of a Tocsin node. tocsind starts it, gives it "
            "its keys and\npeers over descriptor N, and starts it again when "
            "it ends.\n",
    .more =
        "It is the only process of a node that speaks to other nodes: it "
        "listens, admits\nthe keys of pinned peers and nobody else, and "
        "carries frames between the peers\nand tocsind without looking into "
        "them. It keeps no state and no files; links\nresume where they "
        "were.\n"
        "\n"
        "Each peer gets two outgoing connections, one for what is urgent and "
        "one for the rest,\nencrypted with CURVE to the key of its card. What "
        "comes in is attributed to the key\nof the connection it came on, "
        "never to a name in it.\n"
        "\n"
        "Before it reports that it is ready it connects to its own listener "
        "with a\nthrow-away key. If that stranger is not refused, it does not "
        "serve.\n",
    .options = option_table,
    .option_count = OPTION_COUNT,
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
    .see_also = ".BR tocsind (8),\n.BR tocsin (1)",
};

static const char by_hand[] =
    "tocsin-link is started by tocsind, not by hand: it has no configuration\n"
    "and no keys of its own. Start the node with tocsind (systemctl start\n"
    "tocsind), and look at its links with: tocsin peer list\n";

static bool read_number(const char *text, uint64_t min, uint64_t max,
                        uint64_t *out)
{
    return tcn_text_uint(tcn_view_str(text), out) && *out >= min && *out <= max;
}

/* -1 = go on, otherwise the exit code. */
static int parse(struct options *options, int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    uint64_t number;
    int code = tcn_usage_read(&usage, argc, argv, values);
    if (code >= 0) {
        return code;
    }
    const char *fd = values[OPTION_FD], *renew = values[OPTION_RENEW];
    options->user = values[OPTION_USER];
    if (fd != NULL) {
        if (!read_number(fd, 3, 1u << 20, &number)) {
            return tcn_usage_wrong(&usage, fd,
                                   "--fd takes a descriptor, 3 or more");
        }
        options->fd = (int)number;
    }
    if (renew != NULL) {
        if (!read_number(renew, 1, 7 * 86400, &number)) {
            return tcn_usage_wrong(&usage, renew,
                                   "--renew takes 1 to 604800 seconds");
        }
        options->renew_ms = number * TCN_SECOND_MS;
    }
    return -1;
}

static bool is_socket(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static bool confine(struct tcn_link *link, const struct options *options)
{
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_sandbox sandbox = {
        .user = options->user,
        .keep_fd = options->fd,
        .files = FILES_WANTED,
    };
    if (tcn_sandbox_enter(&sandbox, &message) != TCN_ERR_OK) {
        link_fail(link, &message);
        return false;
    }
    if (sandbox.files_got < FILES_WANTED || !sandbox.filtered) {
        struct tcn_log_line line = tcn_log(TCN_LOG_WARNING, "sandbox");
        tcn_log_uint(&line, "descriptors", sandbox.files_got);
        tcn_log_uint(&line, "wanted", FILES_WANTED);
        tcn_log_str(&line, "syscall-filter", sandbox.filtered ? "on" : "off");
        tcn_log_end(&line);
    }
    return true;
}

static int serve(const struct options *options)
{
    static struct tcn_link link; /* zeros */
    const int bytes = KERNEL_BYTES;
    link.renew_ms = options->renew_ms;
    (void)setsockopt(options->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    if (sodium_init() < 0 ||
        tcn_pipe_init(&link.pipe, options->fd, PIPE_OUT_BYTES) != TCN_ERR_OK) {
        return 1;
    }
    link.keys = sodium_malloc(sizeof *link.keys); /* locked, guarded */
    int code = 1;
    if (link.keys != NULL && confine(&link, options)) {
        code = link_run(&link);
    }
    setup_fini(&link);
    return code;
}

int main(int argc, char **argv)
{
    struct options options = {.fd = -1, .renew_ms = RENEW_MS};
    int code = parse(&options, argc, argv);
    if (code >= 0) {
        return code;
    }
    if (options.fd < 0 || !is_socket(options.fd)) {
        (void)fputs(by_hand, stderr);
        return 2;
    }
    /* Ctrl-C in a terminal reaches the whole group: tocsind decides. */
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    tcn_log_open("tocsin-link", TCN_LOG_INFO);
    return serve(&options);
}
