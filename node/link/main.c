#include "link/link.h"

#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "io/log.h"
#include "io/sandbox.h"

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

static const char usage[] =
    "usage: tocsin-link --fd N [--user NAME] [--renew SECONDS]\n"
    "       tocsin-link --help | --version\n"
    "\n"
    "The network process of a Tocsin node. tocsind starts it, gives it its "
    "keys\n"
    "and peers over descriptor N, and starts it again when it ends.\n"
    "\n"
    "  --fd N           the descriptor of a socket to tocsind\n"
    "  --user NAME      become this user when started as root\n"
    "  --renew SECONDS  new connections, so new keys, after this time (43200)\n"
    "  --help, --version\n";

static const char by_hand[] =
    "tocsin-link is started by tocsind, not by hand: it has no configuration\n"
    "and no keys of its own. Start the node with tocsind (systemctl start\n"
    "tocsind), and look at its links with: tocsin peer list\n";

static int wrong(const char *what)
{
    (void)fprintf(stderr, "tocsin-link: %s\n%s", what, usage);
    return 2;
}

static bool read_number(const char *text, uint64_t min, uint64_t max,
                        uint64_t *out)
{
    return tcn_text_uint(tcn_view_str(text), out) && *out >= min && *out <= max;
}

/* -1 = go on, otherwise the exit code. */
static int parse(struct options *options, int argc, char **argv)
{
    static const struct option table[] = {
        {"fd", required_argument, NULL, 'f'},
        {"user", required_argument, NULL, 'u'},
        {"renew", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    uint64_t number;
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (option) {
        case 'f':
            if (!read_number(optarg, 3, 1u << 20, &number)) {
                return wrong("--fd takes a descriptor, 3 or more");
            }
            options->fd = (int)number;
            break;
        case 'u': options->user = optarg; break;
        case 'r':
            if (!read_number(optarg, 1, 7 * 86400, &number)) {
                return wrong("--renew takes 1 to 604800 seconds");
            }
            options->renew_ms = number * TCN_SECOND_MS;
            break;
        case 'h': (void)fputs(usage, stdout); return 0;
        case 'v': (void)puts("tocsin-link " TOCSIN_VERSION); return 0;
        default: return wrong("there is no such option");
        }
    }
    return optind < argc ? wrong("it takes no arguments") : -1;
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
