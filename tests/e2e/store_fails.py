"""The store fails for a moment: locked by another program, or at a limit. What
was answered with an error never was and never comes to be, what was reported is
durable, and the node goes on by itself."""
import contextlib
import os
import sqlite3
import sys

from mesh import Mesh, wait_for

POLICY = """policy "EE" version %d;
allow export to any name all;
accept import from any name in;
show observers any name screens;
"""


def path(node, *names):
    return os.path.join(node.dir, *names)


@contextlib.contextmanager
def locked(node, name):
    """Somebody has the file open for writing, as a careless sqlite3 may."""
    with contextlib.closing(sqlite3.connect(path(node, "store", name),
                                            isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def told(node, alert):
    return any(row.get("id") == alert for row in node.fed())


def observers_are_told_without_a_further_alert(ee):
    with locked(ee, "feed.db"):
        alert = ee.send("while feed.db was locked")
        wait_for("the failure", lambda: "event=feed-store" in ee.log_text())
    wait_for("the row in feed.db", lambda: told(ee, alert), 10)


with Mesh(sys.argv[1], ["ee", "lv"], [("ee", "lv")]) as mesh:
    ee, lv = mesh["ee"], mesh["lv"]
    ee.policy(POLICY % 1)
    mesh.start()
    for i in range(4):
        ee.send("number %d" % i)
    tests = {
        "feed": lambda: observers_are_told_without_a_further_alert(ee),
    }
    for name, test in tests.items():
        if len(sys.argv) < 3 or name in sys.argv[2:]:
            test()
            print("passed", name)
    assert ee.stop() == 0
print("what the store does not take never was")
