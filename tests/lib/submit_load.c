/* Feeds a node with alerts over its control socket, as fast as it takes them.
 *
 *   submit_load CONTROL_SOCKET COUNT BATCH TEXT_BYTES SEVERITY
 *
 * BATCH drafts make one submission and share one signature; CLIENTS connections
 * have one submission each under way. Prints the id of every alert that is
 * durable, one a line, and at the end to stderr how long it took. */
#include "alert/build.h"
#include "alert/label.h"
#include "base/text.h"
#include "io/control.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS    16
#define INDICATORS 6
#define TEXT_MAX   (64 * TCN_KIB)

struct load {
    const char *path;
    unsigned long count, batch;
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

static void add_field(struct tcn_draft *draft, const char *name,
                      struct tcn_view text)
{
    struct tcn_draft_field *field = &draft->fields[draft->field_count++];
    memset(field, 0, sizeof *field);
    field->name = tcn_view_str(name);
    field->cls = (uint8_t)tcn_field_class(field->name);
    field->value_count = 1;
    field->values[0].text = text;
}

static void make_draft(const struct load *load, unsigned long n,
                       struct tcn_buf *out)
{
    static struct tcn_draft draft;
    static char texts[1 + INDICATORS][64];
    struct tcn_header *header = &draft.header;
    memset(header, 0, sizeof *header);
    draft.field_count = 0;
    header->kind_text = tcn_view_str("alert");
    header->severity = load->severity;
    header->confidence = 80;
    header->category = tcn_view_str("malicious-code/infected-system");
    header->label.tlp = TCN_TLP_GREEN;
    header->label.pap = TCN_PAP_GREEN;
    header->label.onward = TCN_ONWARD_ANY;
    (void)snprintf(texts[0], sizeof texts[0], "load %lu of %d", n, getpid());
    add_field(&draft, "title", tcn_view_str(texts[0]));
    for (unsigned i = 1; i <= INDICATORS; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "198.51.%lu.%lu", i + n / 256,
                       n % 256);
        add_field(&draft, "indicator", tcn_view_str("ipv4-addr"));
        struct tcn_draft_field *field = &draft.fields[draft.field_count - 1];
        field->is_list = true;
        field->value_count = 2;
        memset(&field->values[1], 0, sizeof field->values[1]);
        field->values[1].text = tcn_view_str(texts[i]);
    }
    add_field(&draft, "description", load->text);
    enum tcn_err err = tcn_draft_encode(&draft, out);
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

/* False: there is nothing left to begin. */
static bool begin(struct load *load, int fd)
{
    static uint8_t bytes[TCN_CONTROL_MAX], draft_bytes[TCN_CONTROL_MAX];
    unsigned long size = load->count - load->begun;
    size = size > load->batch ? load->batch : size;
    if (size == 0) {
        return false;
    }
    uint8_t pair_bytes[32];
    size_t pair_count = 0;
    struct tcn_buf pairs = tcn_buf(pair_bytes, sizeof pair_bytes);
    tcn_pair_uint(&pairs, &pair_count, "count", size);
    struct tcn_buf out = tcn_buf(bytes, sizeof bytes);
    tcn_control_put(&out, "submit", tcn_buf_view(&pairs), pair_count);
    send_all(fd, &out);
    for (unsigned long i = 0; i < size; i++) {
        struct tcn_buf draft = tcn_buf(draft_bytes, sizeof draft_bytes);
        make_draft(load, load->begun++, &draft);
        out = tcn_buf(bytes, sizeof bytes);
        pairs = tcn_buf(pair_bytes, 0);
        static uint8_t value[TCN_CONTROL_MAX];
        struct tcn_buf both = tcn_buf(value, sizeof value);
        pair_count = 0;
        tcn_pair_bin(&both, &pair_count, "draft", tcn_buf_view(&draft));
        tcn_control_put(&out, "draft", tcn_buf_view(&both), pair_count);
        send_all(fd, &out);
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
    struct pollfd slots[CLIENTS];
    unsigned busy = 0;
    for (unsigned i = 0; i < CLIENTS; i++) {
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
        busy += begin(load, fd);
    }
    while (busy > 0) {
        (void)poll(slots, CLIENTS, -1);
        for (unsigned i = 0; i < CLIENTS; i++) {
            if (slots[i].revents != 0 && read_reply(load, slots[i].fd) &&
                !begin(load, slots[i].fd)) {
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
    if (argc != 6) {
        (void)fputs("usage: submit_load CONTROL_SOCKET COUNT BATCH TEXT_BYTES "
                    "SEVERITY\n",
                    stderr);
        return 2;
    }
    size_t len = strtoul(argv[4], NULL, 10);
    int severity = tcn_severity_find(tcn_view_str(argv[5]));
    struct load load = {
        .path = argv[1],
        .count = strtoul(argv[2], NULL, 10),
        .batch = strtoul(argv[3], NULL, 10),
        .severity = (uint8_t)severity,
        .text = tcn_view(text, len),
    };
    if (severity < 0 || len > sizeof text || load.batch == 0 ||
        load.batch > TCN_SUBMIT_MAX) {
        (void)fputs("submit_load: a number is out of its range\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)('a' + (i * 7 + i / 26) % 26);
    }
    double start = seconds();
    run(&load);
    (void)fprintf(stderr, "%lu of %lu in %.3f s\n", load.done, load.count,
                  seconds() - start);
    return load.done == load.count ? 0 : 1;
}
