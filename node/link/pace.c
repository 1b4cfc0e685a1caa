/* How much of the bulk lane is under way at a time. Where both lanes share a
 * narrow line, what the kernel has taken of bulk lies before what is urgent: a
 * wide buffer fills every queue on the way, a narrow one leaves a long line
 * empty. So the buffer follows the line: what arrives within a round trip, and
 * QUEUE_MS more. Measured at 10 Mbit/s with TCP Reno (tests/e2e/lanes.py): what
 * a frame of the fast lane waits at most, and the rate of bulk beside it.
 *
 *   buffer        own egress, no delay   a router   100 ms round trip
 *   32 KiB        39 ms, 9.5 Mbit/s      35 ms      2 ms, 3.2 Mbit/s
 *   128 KiB       74 ms, 9.5 Mbit/s      194 ms     24 ms, 9.5 Mbit/s
 *   the kernel's  60 ms, 9.6 Mbit/s      192 ms     75 ms, 9.5 Mbit/s
 *   this          29 ms, 9.5 Mbit/s      34 ms      12 ms, 9.4 Mbit/s
 *
 * On a single connection it waits 870 ms, behind one window of credit. */
#include "link/link.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "io/file.h"

#define QUEUE_MS 20

/* It begins with SNDBUF of io/zmq_options.c. More than one window of credit is
 * never under way; net.core.wmem_max may stop it earlier. */
#define BYTES_MIN (16u * TCN_KIB)
#define BYTES_MAX TCN_BULK_BYTES

/* Shorter ones say little about the line. */
#define MEASURE_MS 200

/* Whether the descriptor is still the connection it was. */
static bool is_ours(const struct pace *pace)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    return pace->len > 0 &&
           getsockname(pace->fd, (struct sockaddr *)&at, &len) == 0 &&
           len == pace->len && memcmp(&at, &pace->at, len) == 0;
}

static bool look(const struct pace *pace, struct tcp_info *info)
{
    socklen_t len = sizeof *info;
    memset(info, 0, sizeof *info);
    return is_ours(pace) &&
           getsockopt(pace->fd, IPPROTO_TCP, TCP_INFO, info, &len) == 0;
}

void pace_start(struct pace *pace, int fd)
{
    *pace = (struct pace){.fd = fd, .len = sizeof pace->at};
    pace->bytes = BYTES_MIN;
    if (getsockname(fd, (struct sockaddr *)&pace->at, &pace->len) != 0) {
        pace->len = 0;
    }
}

/* What the line carries shows only while there was something to carry all the
 * time. While nothing queues up anywhere it may carry more than it is given. */
static uint64_t wanted(const struct pace *pace, const struct tcp_info *info,
                       uint64_t passed_ms)
{
    uint64_t busy_ms = (info->tcpi_busy_time - pace->busy_us) / 1000;
    if (busy_ms < passed_ms * 9 / 10) {
        return pace->bytes;
    }
    if (info->tcpi_rtt < info->tcpi_min_rtt + QUEUE_MS * 1000 / 2) {
        return pace->bytes + pace->bytes / 4;
    }
    uint64_t acked = info->tcpi_bytes_acked - pace->acked;
    uint64_t span_us = info->tcpi_min_rtt + QUEUE_MS * 1000ull;
    return acked * span_us / (passed_ms * 1000);
}

static void adjust(struct pace *pace, uint64_t bytes)
{
    bytes = bytes < BYTES_MIN ? BYTES_MIN : bytes;
    bytes = bytes > BYTES_MAX ? BYTES_MAX : bytes;
    const int value = (int)bytes;
    if (bytes != pace->bytes && setsockopt(pace->fd, SOL_SOCKET, SO_SNDBUF,
                                           &value, sizeof value) == 0) {
        pace->bytes = (uint32_t)bytes;
    }
}

void pace_tick(struct pace *pace)
{
    struct tcp_info info;
    uint64_t now = tcn_steady_ms();
    if (now < pace->since_ms + MEASURE_MS || !look(pace, &info)) {
        return;
    }
    if (pace->since_ms != 0) {
        adjust(pace, wanted(pace, &info, now - pace->since_ms));
    }
    pace->since_ms = now;
    pace->acked = info.tcpi_bytes_acked;
    pace->busy_us = info.tcpi_busy_time;
}

uint64_t pace_round_trip_us(const struct pace *pace)
{
    struct tcp_info info;
    return look(pace, &info) ? info.tcpi_rtt : 0;
}
