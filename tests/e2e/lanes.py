#!/usr/bin/env python3
"""A frame of the fast lane beside a saturated bulk lane, over narrow lines.

usage: lanes.py PROGRAMS

Two tocsin-link processes in network namespaces of their own, 10 Mbit/s between
them (tc tbf): on the sender's own egress, at a router, and with 50 ms each way.
The same backlog on one lane is measured to compare with. Without the privilege
to make namespaces it is skipped.
"""

import heapq
import os
import select
import signal
import socket
import subprocess
import sys
import time

BOUND_MS = 50  # beyond the way there
SECONDS = 8
SHAPE = "tbf rate 10mbit burst 16kb latency 50ms".split()
NAMES = [f"tcn{os.getpid()}{end}" for end in "abr"]
ETH_P_ALL = 3
PACKET_OUTGOING = 4


def run(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def inside(name, *words, check=True):
    return run("ip", "netns", "exec", name, *words, check=check)


def shape(name, device):
    result = run("tc", "-n", name, "qdisc", "add", "dev", device, "root",
                 *SHAPE, check=False)
    if result.returncode != 0:
        skip(f"no tbf: {result.stderr.strip()}")


def settle(name, device, address):
    """Reno, because it fills queues as most do; none of the offloads that let
    packets be larger than the line's."""
    run("ip", "-n", name, "link", "set", device, "up")
    run("ip", "-n", name, "link", "set", "lo", "up")
    run("ip", "-n", name, "addr", "add", address, "dev", device)
    for setting in ("net.ipv4.tcp_congestion_control=reno",
                    "net.ipv6.conf.all.disable_ipv6=1"):
        inside(name, "sysctl", "-qw", setting, check=False)


def forget():
    for name in NAMES:
        run("ip", "netns", "del", name, check=False)


def make(through_router):
    forget()
    a, b, r = NAMES
    for name in NAMES:
        if run("ip", "netns", "add", name, check=False).returncode != 0:
            skip("no network namespaces")
    if not through_router:
        run("ip", "link", "add", "eth0", "netns", a, "type", "veth",
            "peer", "name", "eth0", "netns", b)
    else:
        for name, port in ((a, "left"), (b, "right")):
            run("ip", "link", "add", "eth0", "netns", name, "type", "veth",
                "peer", "name", port, "netns", r)
            run("ip", "-n", r, "link", "set", port, "up")
    for name, address in ((a, "10.99.0.1/24"), (b, "10.99.0.2/24")):
        settle(name, "eth0", address)


def own_egress():
    make(through_router=False)
    for name in NAMES[:2]:
        shape(name, "eth0")


def at_router():
    """A bridge whose ports are narrow."""
    make(through_router=True)
    r = NAMES[2]
    run("ip", "-n", r, "link", "add", "br0", "type", "bridge")
    for port in ("left", "right"):
        run("ip", "-n", r, "link", "set", port, "master", "br0")
        shape(r, port)
    run("ip", "-n", r, "link", "set", "br0", "up")


def with_delay():
    make(through_router=True)
    for name in NAMES[:2]:
        shape(name, "eth0")
        # Packets as they are on a wire: whole checksums, one at a time.
        inside(name, sys.executable, "-B", __file__, "--plain", "eth0")


def plain(device):
    """Switches checksum, segmentation and receive offloads off (ethtool)."""
    import array
    import fcntl
    import struct
    with socket.socket() as control:
        for command in (0x17, 0x1f, 0x24, 0x2c):
            value = array.array("B", struct.pack("II", command, 0))
            request = struct.pack("16sP", device.encode(),
                                  value.buffer_info()[0])
            fcntl.ioctl(control, 0x8946, request)


def delay(ms):
    """Carries every packet over, `ms` later: netem is missing in many
    kernels."""
    ports = []
    for name in ("left", "right"):
        port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                             socket.htons(ETH_P_ALL))
        port.bind((name, 0))
        port.setblocking(False)
        ports.append(port)
    print("carries", flush=True)
    waiting, count = [], 0
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, port, packet = heapq.heappop(waiting)
            port.send(packet)
        wait = max(0, waiting[0][0] - now) if waiting else 1
        ready, _, _ = select.select(ports, [], [], wait)
        for port in ready:
            packet, source = port.recvfrom(65536)
            if source[2] != PACKET_OUTGOING:
                count += 1
                other = ports[1] if port is ports[0] else ports[0]
                heapq.heappush(waiting, (time.monotonic() + ms / 1000, count,
                                         other, packet))


def measure(programs, bulk, seconds=SECONDS):
    result = run(os.path.join(programs, "bench_lanes"), NAMES[0], NAMES[1],
                 "10.99.0.1", "10.99.0.2", str(seconds), bulk, check=False)
    if result.returncode != 0:
        print(result.stdout, result.stderr)
        raise AssertionError("bench_lanes failed")
    return dict(word.split("=") for word in result.stdout.split())


def row(name, figures):
    print(f"{name:38} median {figures['median_ms']:>6} ms"
          f"  p99 {figures['p99_ms']:>6}  max {figures['max_ms']:>6}"
          f"  bulk {figures['bulk_mbit']:>5} Mbit/s", flush=True)


def within(figures, figure="p99_ms", way_ms=0):
    assert float(figures[figure]) <= way_ms + BOUND_MS, \
        f"more than {BOUND_MS} ms behind bulk"


def main(programs):
    if os.geteuid() != 0:
        skip("only root can make network namespaces")
    own_egress()
    row("own egress, no bulk", measure(programs, "none", 3))
    bulk = measure(programs, "bulk")
    row("own egress, bulk on its lane", bulk)
    one = measure(programs, "fast", 6)
    row("own egress, all on one lane", one)
    within(bulk)
    assert float(one["median_ms"]) > 4 * float(bulk["median_ms"]), \
        "one lane would do as well"
    at_router()
    bulk = measure(programs, "bulk")
    row("at a router", bulk)
    within(bulk)
    with_delay()
    carrier = subprocess.Popen(
        ["ip", "netns", "exec", NAMES[2], sys.executable, "-B", __file__,
         "--delay", "50"], stdout=subprocess.PIPE)
    try:
        carrier.stdout.readline()
        bulk = measure(programs, "bulk")
    finally:
        carrier.send_signal(signal.SIGKILL)
        carrier.wait()
    row("own egress, 50 ms each way", bulk)
    # The carrier is a script: single packets may be late.
    within(bulk, "median_ms", way_ms=50)
    # A narrow buffer would leave the line empty (3 Mbit/s with 32 KiB).
    assert float(bulk["bulk_mbit"]) >= 6, "the line is not used"


if __name__ == "__main__":
    if sys.argv[1] == "--plain":
        plain(sys.argv[2])
    elif sys.argv[1] == "--delay":
        delay(float(sys.argv[2]))
    else:
        try:
            main(sys.argv[1])
        finally:
            forget()
