"""Figures of an idle node: memory of its three processes, time until ready."""
import os
import re
import sys

from mesh import Mesh, wait_for


def resident_kb(pid):
    with open("/proc/%d/status" % pid) as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


with Mesh(sys.argv[1], ["ee", "lv"], [("ee", "lv")]) as mesh:
    mesh.start()
    ee = mesh["ee"]
    ready = wait_for("ready", lambda: re.search(r"event=ready member=ee after_ms=(\d+)",
                                                ee.log_text()))
    # What it does every ten seconds has been done too.
    metrics = os.path.join(ee.dir, "run", "metrics.prom")
    wait_for("the metrics", lambda: os.path.exists(metrics))
    first = os.stat(metrics).st_mtime_ns
    wait_for("the next metrics", lambda: os.stat(metrics).st_mtime_ns > first)
    sizes = {"tocsind": resident_kb(ee.process.pid)}
    sizes.update({name: resident_kb(pid) for name, pid in ee.children().items()})
    total = sum(sizes.values())
    print("ready after %s ms; resident: %s, together %.1f MB" % (
        ready.group(1), ", ".join("%s %.1f MB" % (n, kb / 1024) for n, kb in sizes.items()),
        total / 1024))
    assert int(ready.group(1)) <= 1000, "not ready within a second"
    assert total < 30 * 1024, "more than 30 MB together"
