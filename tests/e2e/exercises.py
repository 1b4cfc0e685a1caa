"""Exercises live apart: lists, the observers' stream, MISP's stream, status and
metrics show them only where they are asked for, under counters of their own."""
import json
import os
import sys
import time

from mesh import Mesh, wait_for

POLICY = """policy "plain" version 1;
allow export to any name all unless category == fraud/*;
accept import from any name in;
show observers soc name screens;
"""
OPEN = "exercise locked-2027 { from 2026-01-01; until 2030-01-01; }\n" \
    "exercise next-2031 { from 2030-01-01; until 2031-01-01; }\n"


def send(node, title, *words):
    return node.run("send", "--severity", "high", "--tlp", "green", "--onward",
                    "any", "--title", title, *words).out.strip()


def listed(node, *words):
    return {json.loads(line)["id"] for line in
            node.run("list", "--json", *words).out.splitlines()}


def tailed(node, count, *words):
    done = node.run("tail", "--since", "1h", "--count", str(count), "--json", *words)
    return [json.loads(line)["id"] for line in done.out.splitlines()]


def metrics(node):
    values = {}
    with open(os.path.join(node.dir, "run", "metrics.prom")) as text:
        for line in text:
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
    return values


with Mesh(sys.argv[1], ["ee", "lv"], [("ee", "lv")]) as mesh:
    ee, lv = mesh["ee"], mesh["lv"]
    for node in (ee, lv):
        node.policy(POLICY)
        with open(node.config, "a") as out:
            out.write(OPEN)
    mesh.start()
    live = {send(ee, "real %d" % i) for i in range(2)}
    game = {send(ee, "game %d" % i, "--exercise", "locked-2027") for i in range(3)}
    kept = send(ee, "kept", "--exercise", "locked-2027", "--category", "fraud/phishing")
    early = send(ee, "early", "--exercise", "next-2031")
    unknown = send(ee, "unknown", "--exercise", "some-other")
    wait_for("lv to get them", lambda: listed(lv, "--exercises") == live | game)

    # Lists.
    assert listed(ee) == listed(lv) == live
    assert listed(lv, "--exercise", "locked-2027") == game
    assert listed(ee, "--exercise", "locked-2027") == game | {kept}
    assert listed(ee, "--exercise", "next-2031") == {early}
    assert listed(ee, "--exercises") == live | game | {kept, early, unknown}
    # A limit is one of what is shown.
    assert len(listed(ee, "--limit", "2")) == 2
    assert "[locked-2027] game" in ee.run("list", "--exercises").out
    assert "[" not in ee.run("list").out
    exported = lv.run("export", "--since", "1h", "--format", "json").out
    assert "real 0" in exported and "game" not in exported, exported
    exported = lv.run("export", "--since", "1h", "--format", "json", "--exercise",
                      "locked-2027").out
    assert "game 0" in exported and "real" not in exported, exported

    # What observers see.
    assert set(tailed(lv, 2)) == live
    assert set(tailed(lv, 3, "--exercise", "locked-2027")) == game
    assert set(tailed(lv, 5, "--exercises")) == live | game

    # Counters. What was decided against counts where it belongs.
    status = wait_for("the decisions", lambda: [
        s for s in [ee.status()] if s["exported"] == 2] and ee.status())
    assert status["alerts"] == 2 and status["exercise_alerts"] == 6, status
    assert status["denied"] == 0, status
    lines = status["exercises"]
    assert "locked-2027: 4 held, 3 handed over, 1 withheld, open" in lines, lines
    assert "next-2031: 1 held, 0 handed over, 1 withheld, not yet open" in lines, lines
    assert "some-other: 1 held, 0 handed over, 1 withheld, not configured here" in lines
    assert "exercise     locked-2027: 4 held" in ee.run("status").out
    for node, stored, exported, denied in ((ee, 6, 3, 3), (lv, 3, 0, 0)):
        got = wait_for("the metrics", lambda: [m for m in [metrics(node)] if m.get(
            "tocsin_exercise_stored_total") == stored], 15)[0]
        assert got["tocsin_alerts"] == 2, got
        assert got["tocsin_stored_total"] == 2, got
        assert got["tocsin_exercise_exported_total"] == exported, got
        assert got["tocsin_exercise_denied_total"] == denied, got
        assert got["tocsin_denied_total"] == 0, got
        assert got['tocsin_exercise_alerts{exercise="locked-2027"}'] == stored - \
            (2 if node is ee else 0), got
    # After a restart the core still knows which are which.
    ee.kill()
    ee.start()
    wait_for("the link", ee.all_up)
    assert ee.status()["alerts"] == 2 and listed(ee) == live
print("exercises live apart")
