/* Sends requests to a node without waiting for replies, and looks at the order
 * in which they come.
 *
 *   pipelined CONTROL_SOCKET */
#include "alert/label.h"
#include "base/text.h"
#include "io/control.h"
#include "lib/load_draft.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define REPLY_MS 10000

static void need(bool good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "pipelined: %s\n", what);
        exit(1);
    }
}

static void put(int fd, const char *verb, const struct tcn_buf *pairs,
                size_t count)
{
    static uint8_t bytes[TCN_CONTROL_MAX];
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_control_put(&out, verb, tcn_buf_view(pairs), count);
    need(send(fd, out.data, out.len, MSG_NOSIGNAL) == (ssize_t)out.len, verb);
}

static void ask(int fd, const char *verb)
{
    const struct tcn_buf none = tcn_buf(NULL, 0);
    put(fd, verb, &none, 0);
}

static void submit(int fd, unsigned count, bool dry_run)
{
    uint8_t bytes[64];
    size_t pair_count = 0;
    struct tcn_buf pairs = tcn_buf(bytes, sizeof bytes);
    tcn_pair_uint(&pairs, &pair_count, "count", count);
    tcn_pair_bool(&pairs, &pair_count, "dry_run", dry_run);
    put(fd, "submit", &pairs, pair_count);
}

static void draft(int fd)
{
    static uint8_t bytes[2][TCN_CONTROL_MAX];
    static struct load_draft made;
    size_t pair_count = 0;
    struct tcn_buf encoded = tcn_buf(bytes[0], TCN_CONTROL_MAX);
    struct tcn_buf pairs = tcn_buf(bytes[1], TCN_CONTROL_MAX);
    load_draft_init(&made, 1, TCN_SEVERITY_LOW, tcn_view_str("text"));
    need(tcn_draft_encode(&made.draft, &encoded) == TCN_ERR_OK, "draft");
    tcn_pair_bin(&pairs, &pair_count, "draft", tcn_buf_view(&encoded));
    put(fd, "draft", &pairs, pair_count);
}

/* Adds a word for the reply: what a row is about, or how a request ended. */
static void note_reply(int fd, struct tcn_buf *said)
{
    static uint8_t bytes[TCN_CONTROL_MAX];
    static struct tcn_control_msg msg;
    struct pollfd slot = {.fd = fd, .events = POLLIN};
    need(poll(&slot, 1, REPLY_MS) == 1, "no reply came");
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    need(n > 0, "the node is gone");
    need(tcn_control_decode(&msg, tcn_view(bytes, (size_t)n)) == TCN_ERR_OK,
         "a reply that is none");
    struct tcn_view word = msg.first;
    if (tcn_view_is(word, "row")) {
        word = tcn_pairs_str(&msg.pairs, "outcome");
        word = word.len > 0 ? word : tcn_view_str("row");
    } else if (tcn_view_is(word, "end")) {
        word = msg.first_text;
    }
    tcn_buf_put(said, word.data, word.len);
    tcn_buf_put_str(said, " ");
}

static const char wanted[] = "stored ok stored stored ok row ok stored ok "
                             "would ok stored ok usage stored ok usage ";

int main(int argc, char **argv)
{
    int fd = -1;
    need(argc == 2, "usage: pipelined CONTROL_SOCKET");
    need(tcn_control_connect(&fd, argv[1]) == TCN_ERR_OK, argv[1]);
    submit(fd, 1, false);
    draft(fd);
    submit(fd, 2, false);
    draft(fd);
    draft(fd);
    ask(fd, "status"); /* 1 row */
    submit(fd, 1, false);
    draft(fd);
    submit(fd, 1, true);
    draft(fd);
    submit(fd, 1, false);
    draft(fd);
    submit(fd, 0, false); /* refused */
    submit(fd, 1, false);
    draft(fd);
    ask(fd, "nonsense");
    char text[sizeof wanted + 64];
    struct tcn_buf said = tcn_buf(text, sizeof text);
    while (said.len < strlen(wanted) && !said.full) {
        note_reply(fd, &said);
    }
    if (strcmp(tcn_buf_text(&said), wanted) != 0) {
        (void)fprintf(stderr, "pipelined: %s\ninstead of %s\n",
                      tcn_buf_text(&said), wanted);
        return 1;
    }
    return 0;
}
