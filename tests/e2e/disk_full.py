"""A full disk: what cannot be stored is refused and not acknowledged, and the
node goes on by itself when there is room again. Needs the right to mount."""
import errno
import os
import subprocess
import sys

from mesh import Mesh, skip, wait_for

ALERT = ("send", "--severity", "low", "--tlp", "green", "--onward", "any", "--title")


class SmallDisk:
    """A tmpfs for the store of a node, unmounted whatever happens."""

    def __init__(self, node, size):
        self.path, self.size = os.path.join(node.dir, "store"), size

    def __enter__(self):
        os.makedirs(self.path, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0750,size=" + self.size,
                               "tocsin-e2e", self.path], capture_output=True)
        if done.returncode != 0:
            skip("no right to mount: " + done.stderr.decode().strip())
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.path], check=True)

    def filler(self):
        return os.path.join(self.path, "filler")

    def fill(self):
        with open(self.filler(), "ab", buffering=0) as out:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        out.write(b"x" * size)
                except OSError as error:
                    assert error.errno == errno.ENOSPC, error

    def empty(self):
        os.unlink(self.filler())


def send_until_refused(node):
    """Pages that are free inside the file may take a few more."""
    taken = []
    for i in range(2000):
        done = node.run(*ALERT, "number %d" % i, check=False)
        if done.returncode != 0:
            return taken, done
        taken.append(done.out.strip())
    raise AssertionError("a full disk takes everything")


MESSAGE = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>%s</identifier>
<sender>s@example.org</sender><sent>2026-07-01T0%d:00:00-00:00</sent><status>Actual</status>
<msgType>%s</msgType><scope>Public</scope>%s<info><category>Infra</category><event>E</event>
<urgency>Immediate</urgency><severity>Severe</severity><certainty>Likely</certainty></info>
</alert>"""


def take_message(node, number, *more):
    text = MESSAGE % (number, *more)
    return node.run("import", "-", "--tlp", "green", stdin=text.encode(), check=False)


def cancel_until_refused(node):
    """Of messages that have not come: only that they are withdrawn is to be kept."""
    for i in range(2000):
        names = "<references>s@example.org,m%d,2026-07-01T08:00:00-00:00</references>" % i
        done = take_message(node, "c%d" % i, 9, "Cancel", names)
        if done.returncode != 0:
            return i, done
    raise AssertionError("a full disk takes everything")


if os.geteuid() != 0:
    skip("mounting a small disk needs root")
with Mesh(sys.argv[1], ["ee", "lv"], [("ee", "lv")]) as mesh:
    ee, lv = mesh["ee"], mesh["lv"]
    with SmallDisk(ee, "6m") as disk:
        mesh.start()
        before = ee.send("before")
        wait_for("it at lv", lambda: before in lv.ids())
        disk.fill()
        taken, refused = send_until_refused(ee)
        print("%d more were taken, then: %s" % (len(taken), refused.err.strip()))
        assert refused.returncode == 1 and "disk is full: make room" in refused.err, refused.err
        assert ee.process.poll() is None, "the node ended"
        assert "disk" in ee.run("status").out, "the status does not say it"
        doctor = ee.run("doctor", check=False)
        assert doctor.returncode == 1 and "make room" in doctor.out, doctor.out
        assert {before, *taken} <= set(ee.ids()), "what was acknowledged is gone"
        # What a peer sends now is not acknowledged to it, so it comes again.
        missed = lv.send("while the disk was full")
        disk.empty()
        wait_for("room to be noticed",
                 lambda: ee.run(*ALERT, "after", check=False).returncode == 0)
        wait_for("what lv sent", lambda: missed in ee.ids())
        wait_for("everything at lv", lambda: {before, *taken} <= set(lv.ids()))
        disk.fill()
        count, refused = cancel_until_refused(ee)
        print("%d were withdrawn, then: %s" % (count, refused.out.splitlines()[-1]))
        assert "disk is full: make room" in refused.out + refused.err, refused
        disk.empty()
        wait_for("room again", lambda: ee.run(*ALERT, "then", check=False).returncode == 0)
        for i in range(count):
            came = take_message(ee, "m%d" % i, 8, "Alert", "")
            assert "0 new" in came.out, (i, count, came.out)
        assert "whole" in ee.run("audit", "verify").out
        assert ee.stop() == 0
print("a full disk loses nothing")
