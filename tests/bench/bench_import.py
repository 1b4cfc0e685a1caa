#!/usr/bin/python3
"""Measures imports into a real node: a MISP feed of 50 MB and an EVE file of 100,000 lines.

usage: bench_import.py DIRECTORY-OF-PROGRAMS [MEGABYTES LINES]

Prints alerts a second and the peak memory of `tocsin import` (release build; the memory
of a sanitized one means nothing)."""
import json
import os
import random
import re
import sys
import time
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from mesh import Mesh  # noqa: E402

random.seed(1)


def address():
    return "203.0.%d.%d" % (random.randrange(256), random.randrange(256))


def attribute(i):
    kind = random.choice(["ip-dst", "domain", "sha256", "url", "md5"])
    value = {"ip-dst": address(), "domain": "h%d.example" % i,
             "sha256": "%064x" % random.getrandbits(256), "md5": "%032x" % i,
             "url": "http://h%d.example/%d" % (i, random.randrange(10 ** 6))}[kind]
    return {"uuid": str(uuid.UUID(int=random.getrandbits(128), version=4)), "type": kind,
            "category": "Network activity", "to_ids": True, "value": value,
            "timestamp": "1700000000", "distribution": "5", "deleted": False,
            "comment": "seen in the campaign of last week"}


def write_feed(directory, size):
    manifest, written = {}, 0
    os.mkdir(directory)
    while written < size:
        name = str(uuid.UUID(int=random.getrandbits(128), version=4))
        event = {"Event": {"uuid": name, "info": "Campaign %d" % len(manifest),
                           "date": "2026-07-01", "timestamp": "1700000000",
                           "threat_level_id": "2", "analysis": "2", "published": True,
                           "Orgc": {"name": "CIRCL", "uuid": name},
                           "Attribute": [attribute(i) for i in range(200)]}}
        text = json.dumps(event)
        with open(os.path.join(directory, name + ".json"), "w") as out:
            out.write(text)
        written += len(text)
        manifest[name] = {"info": event["Event"]["info"], "timestamp": "1700000000"}
    with open(os.path.join(directory, "manifest.json"), "w") as out:
        json.dump(manifest, out)
    return len(manifest), written


def write_eve(path, lines):
    with open(path, "w") as out:
        for i in range(lines):
            record = {"timestamp": "2026-07-01T%02d:%02d:00.000000+0000" % (i // 3600 % 24, i % 60),
                      "flow_id": random.getrandbits(50), "in_iface": "eth0",
                      "event_type": "alert" if i % 10 else "flow", "src_ip": address(),
                      "src_port": random.randrange(65536), "dest_ip": "198.51.100.%d" % (i % 250),
                      "dest_port": 22, "proto": "TCP",
                      "alert": {"action": "allowed", "gid": 1,
                                "signature_id": 2000000 + random.randrange(20), "rev": 1,
                                "signature": "ET SCAN Potential SSH Scan", "severity": 2,
                                "category": "Attempted Information Leak"}}
            # A few sources are loud, many are heard once.
            if i % 4:
                record["src_ip"] = "203.0.113.%d" % (i % 200)
            out.write(json.dumps(record) + "\n")
    return os.path.getsize(path)


def measure(node, path):
    out = open(os.path.join(node.dir, "import.out"), "w+")
    began = time.monotonic()
    pid = os.posix_spawn(node.mesh.program("tocsin"),
                         ["tocsin", "import", path, "--tlp", "green", "--config", node.config],
                         os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out.fileno(), 1),
                                                   (os.POSIX_SPAWN_OPEN, 2, os.devnull,
                                                    os.O_WRONLY, 0)])
    _, status, used = os.wait4(pid, 0)
    took = time.monotonic() - began
    assert status == 0, status
    out.seek(0)
    said = out.read().splitlines()[-1]
    alerts = int(re.search(r"(\d+) alerts new", said).group(1))
    return alerts, took, used


def report(what, size, node, path):
    alerts, took, used = measure(node, path)
    with open("/proc/%d/status" % node.process.pid) as status:
        node_rss = re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)
    print("%s: %.1f MB, %d alerts in %.2f s: %.0f alerts/s, %.1f MB/s; peak RSS of the import "
          "%.1f MiB (CPU %.2f s), of the node %.1f MiB" %
          (what, size / 1e6, alerts, took, alerts / took, size / 1e6 / took,
           used.ru_maxrss / 1024, used.ru_utime + used.ru_stime, int(node_rss) / 1024))
    return used.ru_maxrss / 1024


def main():
    megabytes = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    lines = int(sys.argv[3]) if len(sys.argv) > 3 else 100000
    with Mesh(sys.argv[1], ["ee"], []) as mesh:
        node = mesh["ee"]
        mesh.start()
        feed, eve = os.path.join(mesh.dir, "feed"), os.path.join(mesh.dir, "eve.json")
        events, size = write_feed(feed, megabytes * 1000 * 1000)
        peak = report("MISP feed of %d events" % events, size, node, feed)
        peak = max(peak, report("EVE of %d lines" % lines, write_eve(eve, lines), node, eve))
        # Bounded: nothing grows with the length of the input.
        assert peak < 128, "the import took %.1f MiB" % peak


main()
