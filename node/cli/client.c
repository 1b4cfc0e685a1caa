/* The control socket from the client's side. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cli.h"

#define PATIENCE_MS 60000
#define LOOK_MS     1000

static struct tcn_setup *
load(const struct cli_args *args,
     enum tcn_err (*how)(struct tcn_setup **, const char *, struct tcn_buf *))
{
    uint8_t *text = malloc(TCN_SETUP_MESSAGE);
    struct tcn_setup *setup = NULL;
    if (text == NULL) {
        return NULL;
    }
    struct tcn_buf message = tcn_buf(text, TCN_SETUP_MESSAGE);
    enum tcn_err err = how(&setup, args->config, &message);
    if (err != TCN_ERR_OK) {
        (void)fputs(tcn_buf_text(&message), stderr);
        (void)fprintf(stderr, "tocsin: the configuration cannot be used: %s\n",
                      err == TCN_ERR_NOT_FOUND
                          ? "give --config FILE, or make one with `tocsin "
                            "init`"
                          : "put this right, or give another with --config "
                            "FILE");
    }
    free(text);
    return setup;
}

struct tcn_setup *cli_setup(const struct cli_args *args)
{
    return load(args, tcn_setup_load);
}

struct tcn_setup *cli_setup_node(const struct cli_args *args)
{
    return load(args, tcn_setup_load_node);
}

static bool no_node(const char *path, enum tcn_err err)
{
    (void)fprintf(stderr, "tocsin: no node answers at %s: %s\n", path,
                  err == TCN_ERR_UNREACHABLE
                      ? "is tocsind running? (systemctl start tocsind)"
                      : tcn_err_sentence(err));
    return false;
}

bool cli_connect(struct cli_node *node, const struct cli_args *args)
{
    char path[TCN_PATH_MAX + 32];
    *node = (struct cli_node){.fd = -1};
    node->setup = cli_setup_node(args);
    if (node->setup == NULL) {
        return false;
    }
    node->bytes = malloc(TCN_CONTROL_MAX + 1);
    node->request_bytes = malloc(TCN_CONTROL_MAX);
    (void)snprintf(path, sizeof path, "%s/control.sock", node->setup->conf.run);
    enum tcn_err err = node->bytes == NULL || node->request_bytes == NULL
                           ? TCN_ERR_NO_MEMORY
                           : tcn_control_connect(&node->fd, path);
    return err == TCN_ERR_OK || no_node(path, err);
}

void cli_disconnect(struct cli_node *node)
{
    if (node->fd >= 0) {
        close(node->fd);
    }
    free(node->bytes);
    free(node->request_bytes);
    tcn_setup_free(node->setup);
}

void cli_begin(struct cli_node *node)
{
    node->pairs = tcn_buf(node->request_bytes, TCN_CONTROL_MAX - 64);
    node->pair_count = 0;
}

bool cli_send(struct cli_node *node, const char *verb)
{
    struct tcn_buf out = tcn_buf(node->bytes, TCN_CONTROL_MAX);
    tcn_control_put(&out, verb, tcn_buf_view(&node->pairs), node->pair_count);
    if (out.full || node->pairs.full) {
        (void)fprintf(stderr, "tocsin: the request is too large\n");
        return false;
    }
    if (send(node->fd, out.data, out.len, MSG_NOSIGNAL) < 0) {
        (void)fprintf(stderr, "tocsin: the node is gone: %s\n",
                      strerror(errno));
        return false;
    }
    return true;
}

static bool gone(struct cli_node *node, const char *sentence)
{
    node->end = TCN_ERR_UNREACHABLE;
    (void)snprintf(node->sentence, sizeof node->sentence, "%s", sentence);
    return false;
}

static bool wait_for(const struct cli_node *node, int ms)
{
    struct pollfd slot = {node->fd, POLLIN, 0};
    return poll(&slot, 1, ms) > 0;
}

/* Of this process, by whatever it asked first. */
static bool heard;

static void say_notice(const struct cli_node *node)
{
    if (!heard && !node->tells && node->msg.notice.len > 0) {
        (void)fprintf(stderr, "tocsin: %s", cli_colour("\033[1;31m"));
        cli_put_view(stderr, node->msg.notice);
        (void)fprintf(stderr, "%s\n", cli_colour("\033[0m"));
    }
    heard = true;
}

bool cli_next(struct cli_node *node)
{
    if (!wait_for(node, PATIENCE_MS)) {
        return gone(node, "the node does not answer");
    }
    ssize_t n = recv(node->fd, node->bytes, TCN_CONTROL_MAX + 1, 0);
    if (n <= 0 ||
        tcn_control_decode(&node->msg, tcn_view(node->bytes, (size_t)n)) !=
            TCN_ERR_OK) {
        return gone(node, "the node is gone");
    }
    if (!tcn_view_is(node->msg.first, "end")) {
        return true;
    }
    node->end = TCN_ERR_IO;
    for (int i = 0; i < TCN_ERR_COUNT; i++) {
        if (tcn_view_is(node->msg.first_text, tcn_err_word((enum tcn_err)i))) {
            node->end = (enum tcn_err)i;
        }
    }
    struct tcn_buf out = tcn_buf(node->sentence, sizeof node->sentence);
    tcn_text_escape(&out, node->msg.second_text);
    (void)tcn_buf_text(&out);
    say_notice(node);
    return false;
}

void cli_look(const struct cli_args *args)
{
    char path[TCN_PATH_MAX + 32], said[1024];
    struct tcn_buf message = tcn_buf(said, sizeof said);
    struct cli_node node = {.fd = -1};
    node.bytes = malloc(TCN_CONTROL_MAX + 1);
    node.request_bytes = malloc(TCN_CONTROL_MAX);
    if (heard || node.bytes == NULL || node.request_bytes == NULL ||
        tcn_setup_load_node(&node.setup, args->config, &message) !=
            TCN_ERR_OK) {
        cli_disconnect(&node);
        return;
    }
    (void)snprintf(path, sizeof path, "%s/control.sock", node.setup->conf.run);
    if (tcn_control_connect(&node.fd, path) == TCN_ERR_OK) {
        cli_begin(&node);
        bool more = cli_send(&node, "status");
        while (more) {
            more = wait_for(&node, LOOK_MS) && cli_next(&node);
        }
    }
    cli_disconnect(&node);
}

int cli_finish(struct cli_node *node)
{
    if (node->end == TCN_ERR_OK) {
        return EXIT_DONE;
    }
    (void)fprintf(stderr, "tocsin: %s\n", node->sentence);
    switch (node->end) {
    case TCN_ERR_UNREACHABLE: return EXIT_NO_NODE;
    case TCN_ERR_USAGE: return EXIT_USAGE;
    default: return EXIT_REFUSED;
    }
}

int cli_run(struct cli_node *node, const struct cli_args *args,
            const char *verb,
            void (*row)(const struct cli_args *args,
                        const struct tcn_pairs *pairs))
{
    if (!cli_send(node, verb)) {
        return EXIT_NO_NODE;
    }
    while (cli_next(node)) {
        if (tcn_view_is(node->msg.first, "text")) {
            /* Written for people by our own node, escaped there. */
            (void)fwrite(node->msg.first_text.data, 1, node->msg.first_text.len,
                         args->json ? stderr : stdout);
            (void)fputc('\n', args->json ? stderr : stdout);
        } else if (args->json) {
            cli_print_row_json(&node->msg.pairs);
        } else if (row != NULL) {
            row(args, &node->msg.pairs);
        }
    }
    return cli_finish(node);
}
