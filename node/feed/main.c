/* tocsin-feed: serves observers. Started by tocsind. */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "feed/feed.h"
#include "io/file.h"
#include "io/log.h"
#include "io/sandbox.h"
#include "io/usage.h"

#define FILES_WANTED   8192
#define PIPE_OUT_BYTES 65536
#define MEMORY_MAX     (512ull * 1024 * 1024)
#define LOOK_MS        1000 /* for rows that no poke told of */

enum { OPTION_FD, OPTION_USER, OPTION_COUNT };

static const struct tcn_usage_option option_table[OPTION_COUNT] = {
    {"fd", "N", "the descriptor of a socket to tocsind"},
    {"user", "NAME", "become this user when started as root"},
};

static const struct tcn_usage_row rows[] = {
    {"FILES", "feed.db", "What observers may see; the only file it opens."},
    {NULL, "PREFIX.sock",
     "PUB: every message as it comes, and a keep-alive every 5 seconds. "
     "PREFIX is\n`socket` of a class of observers in the configuration."},
    {NULL, "PREFIX-replay.sock", "ROUTER: messages that were missed."},
    {"EXIT STATUS", "0", "tocsind closed its end."},
    {NULL, "1",
     "It could not start or go on; the reason is in the log and in tocsin "
     "status."},
    {NULL, "2", "Wrong usage, or started by hand."},
};

static const struct tcn_usage usage = {
    .program = "tocsin-feed",
    .synopsis = "--fd N [--user NAME]",
    .summary = "serves the observers of a Tocsin node",
    .text = "Serves the observers of a Tocsin node from feed.db. tocsind "
            "starts it and starts\nit again when it ends; it holds no key and "
            "no policy.\n",
    .more = "It gives up every privilege before it opens a socket. Observers "
            "subscribe, notice\ngaps by the numbers of the messages, and ask "
            "for what they missed; the protocol\nis in FEED.md of the "
            "sources. tocsin tail does all that.\n",
    .options = option_table,
    .option_count = OPTION_COUNT,
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
    .see_also = ".BR tocsin (1),\n.BR tocsind (8),\n.BR tocsin-link (8)",
};

static const char by_hand[] =
    "tocsin-feed is started by tocsind, not by hand. Start the node with\n"
    "tocsind (systemctl start tocsind), and watch with: tocsin tail\n";

static void fail(struct feed *feed, struct tcn_buf *message)
{
    (void)fputs(tcn_buf_text(message), stderr);
    if (tcn_pipe_put(&feed->pipe, TCN_MSG_FAILED, TCN_MSG_NO_PEER,
                     tcn_buf_view(message), tcn_view(NULL, 0)) == TCN_ERR_OK) {
        enum tcn_err err = tcn_pipe_flush(&feed->pipe);
        (void)err; /* it is on stderr too */
    }
}

/* Takes the text up to a NUL or the end. */
static bool take_text(struct tcn_view *rest, char *out, size_t cap)
{
    const uint8_t *end =
        rest->len == 0 ? NULL : memchr(rest->data, '\0', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->data);
    if (len >= cap) {
        return false;
    }
    if (len > 0) {
        memcpy(out, rest->data, len);
    }
    out[len] = '\0';
    size_t taken = end == NULL ? len : len + 1;
    rest->data += taken;
    rest->len -= taken;
    return true;
}

static bool add_observers(struct feed *feed, struct tcn_view rest)
{
    if (feed->count == TCN_OBSERVERS_MAX) {
        return false;
    }
    struct observers *observers = &feed->list[feed->count++];
    return take_text(&rest, observers->name, sizeof observers->name) &&
           take_text(&rest, observers->socket, sizeof observers->socket) &&
           take_text(&rest, observers->misp, sizeof observers->misp);
}

static bool start(struct feed *feed)
{
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    feed->started_ms = tcn_steady_ms();
    if (tcn_feed_open(&feed->store, feed->dir) != TCN_ERR_OK ||
        tcn_feed_epoch(feed->store, feed->epoch) != TCN_ERR_OK) {
        tcn_buf_printf(&message,
                       "%s/feed.db cannot be read: uid %u must get through "
                       "this directory and all above it\n",
                       feed->dir, (unsigned)geteuid());
        fail(feed, &message);
        return false;
    }
    if (!sockets_open(feed, &message)) {
        fail(feed, &message);
        return false;
    }
    feed->started = true;
    return tcn_pipe_put(&feed->pipe, TCN_MSG_READY, TCN_MSG_NO_PEER,
                        tcn_view(NULL, 0), tcn_view(NULL, 0)) == TCN_ERR_OK;
}

/* True when there is more to publish. */
static bool publish_all(struct feed *feed)
{
    bool more = false;
    if (!publish_begin(feed)) {
        return false;
    }
    for (size_t i = 0; i < feed->count; i++) {
        more = publish_new(feed, &feed->list[i]) || more;
    }
    return more;
}

static bool take_message(struct feed *feed, const struct tcn_msg *msg)
{
    struct tcn_view rest = msg->payload;
    switch (msg->type) {
    case TCN_MSG_STORE: return take_text(&rest, feed->dir, sizeof feed->dir);
    case TCN_MSG_OBSERVER: return !feed->started && add_observers(feed, rest);
    case TCN_MSG_START: return !feed->started && start(feed);
    case TCN_MSG_POKE: feed->due = true; return true;
    default: return false;
    }
}

/* False: tocsind is gone, or says what makes no sense. */
static bool serve_pipe(struct feed *feed)
{
    if (tcn_pipe_fill(&feed->pipe) != TCN_ERR_OK) {
        return false;
    }
    struct tcn_msg msg;
    while (tcn_pipe_next(&feed->pipe, &msg)) {
        if (!take_message(feed, &msg)) {
            return false;
        }
    }
    return true;
}

static bool wait_for_work(struct feed *feed, zmq_pollitem_t *items)
{
    size_t count = feed->started ? feed->count : 0;
    items[0] = (zmq_pollitem_t){.fd = feed->pipe.fd, .events = ZMQ_POLLIN};
    for (size_t i = 0; i < count; i++) {
        items[1 + i] =
            (zmq_pollitem_t){.socket = zsock_resolve(feed->list[i].replay),
                             .events = ZMQ_POLLIN};
    }
    for (size_t i = count; i < TCN_OBSERVERS_MAX; i++) {
        items[1 + i] = (zmq_pollitem_t){0};
    }
    return zmq_poll(items, (int)(1 + count), feed->due ? 0 : LOOK_MS) >= 0 ||
           errno == EINTR;
}

static void serve_observers(struct feed *feed, const zmq_pollitem_t *items)
{
    for (size_t i = 0; i < feed->count; i++) {
        if (items[i].revents != 0) {
            replay_serve(feed, &feed->list[i]);
        }
    }
    uint64_t now = tcn_steady_ms();
    if (feed->due || now - feed->looked_ms >= LOOK_MS) {
        feed->looked_ms = now;
        feed->due = publish_all(feed);
    }
    for (size_t i = 0; i < feed->count; i++) {
        publish_quiet(feed, &feed->list[i]);
    }
}

static int run(struct feed *feed)
{
    zmq_pollitem_t items[1 + TCN_OBSERVERS_MAX];
    for (;;) {
        if (!wait_for_work(feed, items)) {
            return 1;
        }
        if (items[0].revents != 0 && !serve_pipe(feed)) {
            return 0;
        }
        if (feed->started) {
            serve_observers(feed, items + 1);
        }
        if (tcn_pipe_flush(&feed->pipe) != TCN_ERR_OK) {
            return 0;
        }
    }
}

static bool confine(struct feed *feed, int fd, const char *user)
{
    char text[512];
    struct tcn_buf message = tcn_buf(text, sizeof text);
    struct tcn_sandbox sandbox = {
        .user = user, .keep_fd = fd, .files = FILES_WANTED};
    if (tcn_sandbox_enter(&sandbox, &message) != TCN_ERR_OK ||
        tcn_sandbox_limit_memory(MEMORY_MAX, MEMORY_MAX) != TCN_ERR_OK) {
        fail(feed, &message);
        return false;
    }
    return true;
}

static int serve(int fd, const char *user)
{
    static struct feed feed; /* zeros */
    if (tcn_pipe_init(&feed.pipe, fd, PIPE_OUT_BYTES) != TCN_ERR_OK) {
        return 1;
    }
    int code = 1;
    if (confine(&feed, fd, user)) {
        zsys_handler_set(NULL);
        zsys_set_max_sockets(0);
        code = run(&feed);
    }
    sockets_close(&feed);
    tcn_feed_close(feed.store);
    tcn_pipe_fini(&feed.pipe);
    zsys_shutdown();
    return code;
}

int main(int argc, char **argv)
{
    const char *values[OPTION_COUNT];
    uint64_t fd = 0;
    int code = tcn_usage_read(&usage, argc, argv, values);
    if (code >= 0) {
        return code;
    }
    if (values[OPTION_FD] != NULL &&
        !tcn_text_uint(tcn_view_str(values[OPTION_FD]), &fd)) {
        return tcn_usage_wrong(&usage, values[OPTION_FD],
                               "--fd takes a descriptor, 3 or more");
    }
    struct stat info;
    if (fd < 3 || fd > 1u << 20 || fstat((int)fd, &info) != 0 ||
        !S_ISSOCK(info.st_mode)) {
        (void)fputs(by_hand, stderr);
        return 2;
    }
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    tcn_log_open("tocsin-feed", TCN_LOG_INFO);
    return serve((int)fd, values[OPTION_USER]);
}
