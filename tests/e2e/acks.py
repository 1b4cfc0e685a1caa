"""An agreement asks for an ack in time: who owes one is told when it is late,
and the originator sees who is."""
import json
import os
import subprocess
import sys
import time

from mesh import Mesh, wait_for

POLICY = """policy "plain" version 1;
allow export to any name all;
accept import from any name in;
show observers soc name screens;
"""
PACT = """agreement "pact" version 1 {
  parties { ee, lv, lt };
  from 2026-01-01; until 2030-01-01;
  max tlp GREEN; onward members;
  ack critical within 2s;
  ack high within 1h;
}
"""


def send(node, title, severity, *words):
    return node.run("send", "--severity", severity, "--tlp", "green", "--onward",
                    "members", "--title", title, *words).out.strip()


def owed(node):
    status = node.status()
    return status["acks_due"], status["acks_late"]


def acks(node, alert):
    rows = [json.loads(line) for line in node.run("status", alert, "--json").out.splitlines()]
    return {row["peer"]: row.get("ack") for row in rows if "peer" in row}


def doctor(node):
    return subprocess.run([node.mesh.program("tocsin"), "--config", node.config, "doctor"],
                          capture_output=True, timeout=60).stdout.decode()


with Mesh(sys.argv[1], ["ee", "lv", "lt", "fi"],
          [("ee", "lv"), ("ee", "lt"), ("ee", "fi")]) as mesh:
    ee, lv, lt, fi = (mesh[m] for m in ("ee", "lv", "lt", "fi"))
    for node in mesh.nodes.values():
        node.policy(POLICY)
        with open(os.path.join(node.dir, "policy", "20-pact.conf"), "w") as out:
            out.write(PACT)
    mesh.start()
    pact = ["--agreement", ee.run("agreement", "show", "pact").out.split()[0]]
    free = send(ee, "under no agreement", "critical")
    low = send(ee, "not asked for", "low", *pact)
    alert = send(ee, "asked for", "critical", *pact)
    slow = send(ee, "in an hour", "high", *pact)
    for node in (lv, lt, fi):
        wait_for("everything", lambda: {free, low, alert, slow} <= set(node.ids()))
    assert owed(lv) == (2, 0) and owed(ee) == (0, 0), (owed(lv), owed(ee))
    # fi is no party.
    assert owed(fi) == (0, 0), owed(fi)
    assert acks(ee, alert) == {"lv": "due", "lt": "due", "fi": None}, acks(ee, alert)
    assert acks(ee, free) == {"lv": None, "lt": None, "fi": None}
    lv.run("ack", alert)
    assert owed(lv) == (1, 0), owed(lv)

    wait_for("lt to be late", lambda: owed(lt) == (1, 1))
    wait_for("the log", lambda: "event=ack-late id=" + alert[:16] in lt.log_text())
    said = lt.run("status").out
    assert "ACKS THAT AGREEMENTS ASK FOR ARE LATE: 1" in said, said
    assert "%s of ee, due" % alert[:12] in said and "asked for" in said, said
    assert "1 that agreements ask for are late" in doctor(lt), doctor(lt)
    assert "agreements ask for" not in doctor(lv)
    wait_for("the metrics", lambda: "tocsin_acks_late 1\n" in open(
        os.path.join(lt.dir, "run", "metrics.prom")).read())
    assert owed(lv) == (1, 0), owed(lv)
    wait_for("lv's ack", lambda: acks(ee, alert)["lv"] == "acked")
    assert acks(ee, alert) == {"lv": "acked", "lt": "late", "fi": None}, acks(ee, alert)
    said = ee.run("status", alert).out
    assert "ack LATE, was due" in said, said
    assert acks(ee, slow) == {"lv": "due", "lt": "due", "fi": None}

    # It is said once, also across a restart, and ends with the ack.
    lt.kill()
    lt.start()
    time.sleep(1.5)
    assert lt.log_text().count("event=ack-late") == 1 and owed(lt) == (1, 1)
    lt.run("ack", alert)
    assert owed(lt) == (1, 0), owed(lt)
    assert "LATE" not in lt.run("status").out
    wait_for("lt's ack", lambda: acks(ee, alert)["lt"] == "acked")
    # What is withdrawn asks for nothing.
    ee.run("revoke", slow, "--reason", "false alarm")
    wait_for("the withdrawal", lambda: owed(lt) == (0, 0))
    # Ours and theirs are in the audit.
    assert "ack-late" in lt.run("audit", "show").out
print("who owes an ack is told")
