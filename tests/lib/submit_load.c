/* Feeds a node with alerts over its control socket, as fast as it takes them.
 *
 *   submit_load CONTROL_SOCKET COUNT BATCH TEXT_BYTES SEVERITY [CLIENTS AHEAD]
 *
 * BATCH drafts make one submission and share one signature; CLIENTS (16)
 * connections have AHEAD (1) submissions each under way. Prints the id of every
 * alert that is durable, one a line, and at the end to stderr how long it took.
 */
#include "alert/build.h"
#include "alert/label.h"
#include "base/text.h"
#include "io/control.h"
#include "lib/load_draft.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 30 /* a node serves 32, and somebody may look at it */
#define TEXT_MAX    (64 * TCN_KIB)

struct load {
    const char *path;
    unsigned long count, batch, clients, ahead;
    uint8_t severity;
    struct tcn_view text;
    unsigned long begun, done;
};

static double seconds(void)
{
    struct timespec ts = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void fail(const char *what, enum tcn_err err)
{
    (void)fprintf(stderr, "submit_load: %s: %s\n", what, tcn_err_sentence(err));
    exit(1);
}

static void make_draft(const struct load *load, unsigned long n,
                       struct tcn_buf *out)
{
    static struct load_draft made;
    load_draft_init(&made, n, load->severity, load->text);
    enum tcn_err err = tcn_draft_encode(&made.draft, out);
    if (err != TCN_ERR_OK) {
        fail("draft", err);
    }
}

static void send_all(int fd, const struct tcn_buf *bytes)
{
    if (send(fd, bytes->data, bytes->len, MSG_NOSIGNAL) < 0) {
        fail("the node is gone", TCN_ERR_UNREACHABLE);
    }
}

static void send_draft(struct load *load, int fd)
{
    static uint8_t bytes[3][TCN_CONTROL_MAX];
    struct tcn_buf draft = tcn_buf(bytes[0], TCN_CONTROL_MAX);
    struct tcn_buf pairs = tcn_buf(bytes[1], TCN_CONTROL_MAX);
    struct tcn_buf out = tcn_buf(bytes[2], TCN_CONTROL_MAX);
    size_t pair_count = 0;
    make_draft(load, load->begun++, &draft);
    tcn_pair_bin(&pairs, &pair_count, "draft", tcn_buf_view(&draft));
    tcn_control_put(&out, "draft", tcn_buf_view(&pairs), pair_count);
    send_all(fd, &out);
}

/* False: there is nothing left to begin. */
static bool begin(struct load *load, int fd)
{
    unsigned long size = load->count - load->begun;
    size = size > load->batch ? load->batch : size;
    if (size == 0) {
        return false;
    }
    uint8_t pair_bytes[32], bytes[64];
    size_t pair_count = 0;
    struct tcn_buf pairs = tcn_buf(pair_bytes, sizeof pair_bytes);
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_pair_uint(&pairs, &pair_count, "count", size);
    tcn_control_put(&out, "submit", tcn_buf_view(&pairs), pair_count);
    send_all(fd, &out);
    while (size-- > 0) {
        send_draft(load, fd);
    }
    return true;
}

/* True: this submission is over. */
static bool read_reply(struct load *load, int fd)
{
    static uint8_t bytes[TCN_CONTROL_MAX + 1];
    static struct tcn_control_msg msg;
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    if (n <= 0 ||
        tcn_control_decode(&msg, tcn_view(bytes, (size_t)n)) != TCN_ERR_OK) {
        fail("the node is gone", TCN_ERR_UNREACHABLE);
    }
    if (tcn_view_is(msg.first, "end")) {
        return true;
    }
    struct tcn_view id = tcn_pairs_bin(&msg.pairs, "id");
    if (id.len > 0) {
        char hex[65];
        struct tcn_buf text = tcn_buf(hex, sizeof hex);
        tcn_text_hex(&text, id);
        puts(tcn_buf_text(&text));
        load->done++;
    }
    return false;
}

static void run(struct load *load)
{
    struct pollfd slots[CLIENTS_MAX];
    unsigned under_way[CLIENTS_MAX] = {0};
    unsigned busy = 0;
    for (unsigned i = 0; i < load->clients; i++) {
        slots[i] = (struct pollfd){.fd = -1, .events = POLLIN};
        int fd;
        if (load->begun == load->count) {
            continue;
        }
        enum tcn_err err = tcn_control_connect(&fd, load->path);
        if (err != TCN_ERR_OK) {
            fail(load->path, err);
        }
        slots[i].fd = fd;
        while (under_way[i] < load->ahead && begin(load, fd)) {
            under_way[i]++;
        }
        busy += under_way[i] > 0;
    }
    while (busy > 0) {
        (void)poll(slots, load->clients, -1);
        for (unsigned i = 0; i < load->clients; i++) {
            if (slots[i].revents != 0 && read_reply(load, slots[i].fd) &&
                !begin(load, slots[i].fd) && --under_way[i] == 0) {
                close(slots[i].fd);
                slots[i].fd = -1;
                busy--;
            }
        }
    }
}

int main(int argc, char **argv)
{
    static char text[TEXT_MAX];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc != 6 && argc != 8) {
        (void)fputs("usage: submit_load CONTROL_SOCKET COUNT BATCH TEXT_BYTES "
                    "SEVERITY [CLIENTS AHEAD]\n",
                    stderr);
        return 2;
    }
    size_t len = strtoul(argv[4], NULL, 10);
    int severity = tcn_severity_find(tcn_view_str(argv[5]));
    struct load load = {
        .path = argv[1],
        .count = strtoul(argv[2], NULL, 10),
        .batch = strtoul(argv[3], NULL, 10),
        .clients = argc == 8 ? strtoul(argv[6], NULL, 10) : 16,
        .ahead = argc == 8 ? strtoul(argv[7], NULL, 10) : 1,
        .severity = (uint8_t)severity,
        .text = tcn_view(text, len),
    };
    if (severity < 0 || len > sizeof text || load.batch == 0 ||
        load.batch > TCN_SUBMIT_MAX || load.clients == 0 ||
        load.clients > CLIENTS_MAX || load.ahead == 0) {
        (void)fputs("submit_load: a number is out of its range\n", stderr);
        return 2;
    }
    load_text(text, len);
    double start = seconds();
    run(&load);
    (void)fprintf(stderr, "%lu of %lu in %.3f s\n", load.done, load.count,
                  seconds() - start);
    return load.done == load.count ? 0 : 1;
}
