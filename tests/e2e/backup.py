"""A node goes on from an old copy of its store: its peers give its own alerts
back before it revises anything, withdrawals still follow what it forgot, and
what was acknowledged is nowhere lost."""
import json
import os
import shutil
import sys
import time
import uuid

from mesh import Mesh, wait_for

MANY = 1500


def events(mesh):
    """So many alerts that giving them back takes a moment."""
    path = os.path.join(mesh.dir, "events.json")
    with open(path, "w") as out:
        json.dump([{"Event": {
            "uuid": str(uuid.uuid4()), "info": "event %d" % n, "date": "2026-01-01",
            "timestamp": "1767225600", "published": True, "threat_level_id": "3",
            "analysis": "2", "distribution": "3",
            "Attribute": [{"uuid": str(uuid.uuid4()), "type": "ip-dst", "to_ids": True,
                           "category": "Network activity", "timestamp": "1767225600",
                           "value": "198.51.100.%d" % (n % 250 + 1)}]}}
            for n in range(MANY)], out)
    return path


def store(node, name="node.db"):
    return os.path.join(node.dir, "store", name)


def copy_away(node):
    """A copy as a backup makes it: of a store that is closed, or of one file."""
    shutil.copy2(store(node), store(node, "copy"))


def put_back(node):
    for name in ("node.db-wal", "node.db-shm"):
        if os.path.exists(store(node, name)):
            os.unlink(store(node, name))
    shutil.copy2(store(node, "copy"), store(node))
    os.chmod(store(node), 0o600)


with Mesh(sys.argv[1], ["ee", "lv", "lt"], [("ee", "lv"), ("lv", "lt")]) as mesh:
    ee, lv, lt = mesh["ee"], mesh["lv"], mesh["lt"]
    mesh.start()
    old = [ee.send("before the backup %d" % n) for n in range(5)]
    wait_for("the old ones at lt", lambda: set(old) <= set(lt.ids()))
    ee.stop()
    copy_away(ee)
    ee.start()
    new = [ee.send("after the backup %d" % n) for n in range(5)]
    ee.run("import", "--tlp", "green", "--onward", "any", events(mesh))
    new += list(set(ee.ids()) - set(old) - set(new))
    theirs = lt.send("from lt, after the backup")
    update = ee.run("update", old[0], "--title", "revised after the backup").out.strip()
    for node in (lv, lt):
        wait_for("everything at " + node.member,
                 lambda: set(new) | {update} <= set(node.ids()), 60)
    wait_for("lt's at ee", lambda: theirs in ee.ids())

    # The copy comes back. As soon as ee hears what it lacks it revises nothing:
    # it might contradict itself. (old[2] was not touched meanwhile.)
    ee.stop()
    put_back(ee)
    ee.start(ready=False)
    refused, end = None, time.monotonic() + 30
    while refused is None and time.monotonic() < end:
        done = ee.run("update", old[2], "--title", "revised", check=False)
        if done.returncode == 1 and "takes back what its backup forgot" in done.err:
            refused = done.err.strip()
    assert refused, "ee revised while it knew that it lacks something"
    print("refused:", refused, "-", ee.status()["taking_back"], "to come")
    # A new alert contradicts nothing, and goes out.
    fresh = ee.send("a new thread while it takes back")
    wait_for("the new thread at lv", lambda: fresh in lv.ids(), 30)
    wait_for("all own alerts back", lambda: set(new) | {update} <= set(ee.ids()), 60)
    wait_for("lt's again", lambda: theirs in ee.ids())
    assert ee.status()["taking_back"] == 0
    wait_for("a line in the log", lambda: "event=own-alerts-taken-back" in ee.log_text())
    again = ee.run("update", old[0], "--title", "revised once more").out.strip()
    wait_for("the revision at lt", lambda: lt.ids().get(again, {}).get("status") == "live")
    assert lt.ids()[update]["status"] == "superseded", lt.ids()[update]
    assert lt.ids()[again]["revision"] == lt.ids()[update]["revision"] + 1

    # Withdrawals follow what the copy knew, and what it did not.
    for alert_id in (old[1], new[0]):
        ee.run("revoke", alert_id, "--reason", "withdrawn after all")
        for node in (lv, lt):
            wait_for("the withdrawal at " + node.member,
                     lambda: node.ids()[alert_id]["status"] == "revoked")
    for node in (ee, lv, lt):
        assert not [r for r in node.ids().values() if r["status"] == "equivocal"]
        assert "whole" in node.run("audit", "verify").out
print("an old copy of the store did no harm")
