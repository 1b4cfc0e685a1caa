"""What the command line and the health files promise an operator: a pause, the
round trip, --json everywhere, the ports that doctor tries, the metrics, and what
systemd is told."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys

from mesh import Mesh, wait_for

SEND = ["--severity", "low", "--tlp", "green", "--onward", "any", "--title", "x"]


def a_pause_stops_the_link_and_loses_nothing(ee, lv):
    before = ee.send("before the pause")
    wait_for("it at lv", lambda: before in lv.ids())
    ee.run("peer", "pause", "lv")
    wait_for("the pause", lambda: ee.peer("lv")["state"] == "paused")
    wait_for("lv to notice", lambda: lv.peer("ee")["state"] != "up")
    missed = ee.send("while it is paused")
    theirs = lv.send("and the other way")
    assert missed not in lv.ids() and theirs not in ee.ids()
    assert "paused" in ee.run("peer", "list").out
    assert ee.run("doctor").returncode == 0, "a pause is no fault"
    ee.run("peer", "resume", "lv")
    wait_for("the link", lambda: ee.all_up() and lv.all_up())
    wait_for("what was missed", lambda: missed in lv.ids() and theirs in ee.ids())


def the_round_trip_is_told(ee):
    us = wait_for("a round trip", lambda: ee.peer("lv")["round_trip_us"])
    assert 0 < us < 1000000, us
    assert re.search(r"\n *lv .* \d+\.\d ms ", "\n" + ee.run("peer", "list").out)


def json_is_one_object_a_line(ee, lv_card, alert):
    for words in (["doctor"], ["cert", "show"], ["keys", "show"], ["card", "show", lv_card],
                  ["policy", "check"], ["status"], ["peer", "list"], ["list"], ["audit", "verify"],
                  ["formats"], ["show", alert], ["why", alert, "--to", "lv"],
                  ["export", alert, "--format", "json"],
                  ["send", *SEND, "--dry-run"], ["keys", "rotate", "--out", ee.dir + "/r"],
                  ["card", "import", lv_card, "--as", "lv"], ["hold", "list"],
                  ["verify", ee.raw(alert), "ee=" + ee.dir + "/keys/node.card"], ["backup", os.path.join(ee.dir, "b")],
                  ["restore", os.path.join(ee.dir, "b"), "--dry-run"]):
        done = ee.run(*words, "--json")
        try:
            rows = [json.loads(line) for line in done.out.splitlines()]
        except ValueError:
            raise AssertionError((words, done.out)) from None
        assert all(isinstance(row, dict) for row in rows), (words, done.out)
        assert rows or words == ["hold", "list"], words
    checks = {row["check"]: row for row in map(json.loads, ee.run("doctor", "--json").out.splitlines())}
    assert {"configuration", "keys", "certificate", "store", "run", "policy", "listen", "link",
            "feed", "peer lv"} <= set(checks), checks
    assert all(row["ok"] for row in checks.values())


def a_misspelt_field_is_told(ee):
    """It goes, but not in the class that filters withhold."""
    for name, says in (("vicim", "the field `vicim` goes as FREE; did you mean `victim`, which "
                                 "goes as VICTIM?"),
                       ("victim", ""), ("affected-system", ""), ("descripton", "`description`")):
        done = ee.run("send", *SEND, "--field", name + "=Hospital", "--dry-run")
        assert says in done.err and ("the field" in done.err) == bool(says), done.err


def recipients_are_told_of(ee):
    """Who is named sees who else is; who cannot get it is warned of."""
    done = ee.run("send", *SEND, "--to", "lv", "--dry-run")
    assert "every recipient sees the audience" in done.err, done
    done = ee.run("send", *SEND, "--to", "lv,fi", "--dry-run")
    assert "warning:" in done.err and "fi" in done.err, done


def samples(text):
    """{name or name{labels}: value}; every one is announced, with its type."""
    helped, typed, found = set(), {}, {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            helped.add(line.split()[2])
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert kind in ("counter", "gauge") and name not in typed, line
            typed[name] = kind
        else:
            match = re.fullmatch(r'(tocsin_[a-z_]+)(\{[a-z]+="[^"\\]*"(?:,[a-z]+="[^"\\]*")*\})? (\d+(?:\.\d+)?)', line)
            assert match, line
            name, labels, value = match.groups()
            assert name in helped and name in typed, line
            assert (typed[name] == "counter") == name.endswith("_total"), line
            found[name[7:] + (labels or "")] = float(value)
    return found


def the_metrics_have_what_was_promised(ee, lv):
    path = os.path.join(ee.dir, "run", "metrics.prom")
    lv.send("to be verified at ee")

    def read():
        found = samples(open(path).read())
        return found if found.get("verified_total", 0) > 0 and \
            found.get('peer_round_trip_seconds{peer="lv"}', 0) > 0 else None
    found = wait_for("the metrics", read, 30)
    for name in ("alerts", "stored_total", "exported_total", "denied_total",
                 "frames_dropped_total", "verify_seconds_total", "link_queue_bytes",
                 'peer_up{peer="lv"}', 'peer_lag_seconds{peer="lv"}', 'peer_queue_bytes{peer="lv"}',
                 'resident_bytes{program="tocsind"}', 'resident_bytes{program="tocsin-link"}',
                 'resident_bytes{program="tocsin-feed"}', "certificate_end_seconds"):
        assert name in found, (name, sorted(found))
    assert found['peer_up{peer="lv"}'] == 1
    assert found['resident_bytes{program="tocsind"}'] > 1 << 20
    if shutil.which("promtool"):
        with open(path) as file:
            done = subprocess.run(["promtool", "check", "metrics"], stdin=file,
                                  capture_output=True, text=True)
        assert done.returncode == 0 and done.stderr == "", done
    return len(found)


def doctor_tries_the_port(ee):
    ee.stop()
    assert "wrong listen" not in ee.run("doctor", check=False).out
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", ee.port))
        other.listen()
        done = ee.run("doctor", check=False)
    assert done.returncode == 1 and "another program has this port" in done.out, done.out


def doctor_knows_who_has_a_role(ee):
    """A name with a mistake in it would only show when nobody can release."""
    with open(ee.config) as file:
        before = file.read()
    for roles, wrong in (
            ("role operator { user daemon; group sys; }", []),
            ("role releaser { user daemon; user anna-nobody; group no-such; }",
             ["wrong role           releaser: this machine has no user anna-nobody",
              "wrong role           releaser: this machine has no group no-such"])):
        with open(ee.config, "w") as file:
            file.write(before + roles)
        done = ee.run("doctor", check=False)
        said = [line for line in done.out.splitlines() if " role " in line]
        assert len(said) == max(1, len(wrong)), done.out
        assert all(line.startswith(start) for line, start in zip(said, wrong or ["ok "])), said
    with open(ee.config, "w") as file:
        file.write(before)


def systemd_is_told(mesh, ee):
    """READY when it serves, WATCHDOG while it does, STOPPING at the end."""
    path = os.path.join(mesh.dir, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(path)
        heard.settimeout(20)
        ee.enter = ["env", "NOTIFY_SOCKET=" + path]
        ee.start()
        said = [heard.recv(100).decode()]
        while not {"READY=1", "WATCHDOG=1"} <= set(said):
            said.append(heard.recv(100).decode())
        ee.run("reload")
        ee.stop()
        while "STOPPING=1" not in said:
            said.append(heard.recv(100).decode())
    ee.enter = []
    return said


with Mesh(sys.argv[1], ["ee", "lv"], [("ee", "lv")]) as mesh:
    ee, lv = mesh["ee"], mesh["lv"]
    mesh.start()
    alert = ee.send("first")
    a_pause_stops_the_link_and_loses_nothing(ee, lv)
    the_round_trip_is_told(ee)
    json_is_one_object_a_line(ee, mesh.card("lv"), alert)
    a_misspelt_field_is_told(ee)
    recipients_are_told_of(ee)
    count = the_metrics_have_what_was_promised(ee, lv)
    doctor_tries_the_port(ee)
    doctor_knows_who_has_a_role(ee)
    systemd_is_told(mesh, ee)
print("%d samples in the metrics" % count)
