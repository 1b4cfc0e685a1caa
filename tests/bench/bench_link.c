/* What a frame costs on its way through two tocsin-link processes, beside the
 * same frames through a bare DEALER and ROUTER with CURVE in the same run.
 *
 *   bench_link [FRAMES]      (200000; 2 KiB each, one window of credit ahead)
 */
#include "bench/bare_link.h"
#include "interop/link_rig.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define AHEAD (TCN_BULK_BYTES / FRAME_BYTES)

static double cpu_of(int pid)
{
    clockid_t id;
    return clock_getcpuclockid(pid, &id) == 0 ? clock_of(id) : 0;
}

static size_t take_all(struct tcn_pipe *pipe)
{
    size_t frames = 0;
    struct tcn_msg msg;
    enum tcn_err err = tcn_pipe_fill(pipe);
    assert_int_equal(err, TCN_ERR_OK);
    while (tcn_pipe_next(pipe, &msg)) {
        frames += msg.type == TCN_MSG_RECV;
    }
    return frames;
}

static void pass(struct rig_node *from, struct rig_node *to, size_t count,
                 uint8_t type)
{
    static const uint8_t frame[FRAME_BYTES];
    struct tcn_view bytes = tcn_view(frame, sizeof frame);
    size_t sent = 0, got = 0;
    while (got < count) {
        while (sent < count && sent - got < AHEAD &&
               tcn_pipe_put(&from->pipe, type, 0, bytes, tcn_view(NULL, 0)) ==
                   TCN_ERR_OK) {
            sent++;
        }
        assert_int_equal(tcn_pipe_flush(&from->pipe), TCN_ERR_OK);
        struct pollfd ready[] = {
            {.fd = from->pipe.fd,
             .events = tcn_pipe_waits(&from->pipe) ? POLLOUT : 0},
            {.fd = to->pipe.fd, .events = POLLIN},
        };
        (void)poll(ready, 2, 100);
        got += take_all(&to->pipe);
    }
}

static struct bare_result through_links(size_t count, uint8_t type)
{
    struct rig_node ee, fi;
    rig_init(&ee, "ee");
    rig_init(&fi, "fi");
    const struct rig_node *of_ee[] = {&fi};
    const struct rig_node *of_fi[] = {&ee};
    rig_start(&ee, of_ee, 1);
    rig_start(&fi, of_fi, 1);
    rig_expect_up(&ee, 0);
    rig_expect_up(&fi, 0);
    pass(&ee, &fi, count / 10, type); /* warm */
    double start = clock_of(CLOCK_MONOTONIC);
    double cpu = cpu_of(ee.pid) + cpu_of(fi.pid);
    double own = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    pass(&ee, &fi, count, type);
    struct bare_result result = {
        .seconds = clock_of(CLOCK_MONOTONIC) - start,
        .cpu_seconds = cpu_of(ee.pid) + cpu_of(fi.pid) - cpu,
        .driver_seconds = clock_of(CLOCK_PROCESS_CPUTIME_ID) - own,
    };
    rig_fini(&ee);
    rig_fini(&fi);
    return result;
}

static void print(const char *name, size_t count,
                  const struct bare_result *result)
{
    printf("%-28s %9.0f msg/s %6.1f us CPU/msg", name,
           (double)count / result->seconds,
           result->cpu_seconds * 1e6 / (double)count);
    if (result->driver_seconds > 0) {
        printf("  (+ %.1f us in the driver)",
               result->driver_seconds * 1e6 / (double)count);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
    if (count < 1000) {
        fprintf(stderr, "usage: bench_link [FRAMES >= 1000]\n");
        return 2;
    }
    struct bare_result bare = bare_link(count);
    struct bare_result links = through_links(count, TCN_MSG_SEND);
    struct bare_result bulk = through_links(count, TCN_MSG_SEND_BULK);
    print("DEALER/ROUTER with CURVE", count, &bare);
    print("two tocsin-link processes", count, &links);
    print("... on the bulk lane", count, &bulk);
    printf("ratio                        %9.2f of the rate %5.2f of the CPU\n",
           bare.seconds / links.seconds, links.cpu_seconds / bare.cpu_seconds);
    return 0;
}
