"""A node that was away while its peer announced a new key finds the way back by
itself as long as the old certificate is valid. One that was away for longer is
told what to do, and does it: a new card of the same root and nothing else."""
import os
import re
import subprocess
import sys
import time

from mesh import Mesh, wait_for


def within_the_overlap(restart):
    """lv misses the whole announcement; with `restart`, ee starts anew besides."""
    with Mesh(sys.argv[1], ["ee", "lv"], [("ee", "lv")]) as mesh:
        ee, lv = mesh["ee"], mesh["lv"]
        mesh.start()
        lv.stop()
        ee.run("cert", "import", ee.renewed("--life", "80d"), "--now")
        missed = [ee.send("while lv was away %d" % n) for n in range(3)]
        assert ee.status()["cert_serial"] == 2
        if restart:
            ee.stop()
            ee.start()
        lv.start()
        wait_for("the link", lambda: lv.all_up() and ee.all_up())
        wait_for("what lv missed", lambda: set(missed) <= set(lv.ids()))
        here = lv.send("back again")
        wait_for("alerts the other way", lambda: here in ee.ids())
        # From here it knows the new key: nothing needs the old one any more.
        lv.stop()
        lv.start()
        wait_for("the link again", lambda: lv.all_up() and ee.all_up())
        print("away while a new key was announced, and back")


def for_too_long():
    with Mesh(sys.argv[1], ["ee", "lv"], [("ee", "lv")], init=("--life", "20s")) as mesh:
        ee, lv = mesh["ee"], mesh["lv"]
        mesh.start()
        lv.run("cert", "import", lv.renewed("--life", "30d"), "--now")
        wait_for("lv's next certificate at ee",
                 lambda: ee.peer("lv")["cert_not_after"] == lv.status()["cert_not_after"])
        ends = ee.status()["cert_not_after"]
        lv.stop()

        # lv is away; ee renews, and its old certificate ends.
        ee.run("cert", "import", ee.renewed("--life", "30d"), "--now")
        missed = [ee.send("while lv was away %d" % n) for n in range(3)]
        wait_for("the end of the old certificate", lambda: time.time() * 1000 > ends + 500, 60)
        lv.start()
        note = wait_for("a word about it", lambda: lv.peer("ee")["note"])
        assert "over: import ee's new card" in note, note
        assert "over: import ee's new card" in lv.run("peer", "list").out
        assert "over: import ee's new card" in lv.run("doctor", check=False).out
        refused = wait_for("ee to be refused", lambda: re.search(
            "^.*(refuses our key|needs our present card).*$", ee.peer("lv")["note"]), 30)
        print("lv:", note)
        print("ee:", refused.group(0))

        # A card of another root is refused, a new one of the same is taken.
        other = os.path.join(mesh.dir, "other")
        os.makedirs(other)
        subprocess.run([mesh.program("tocsin"), "--config", os.path.join(other, "t.conf"), "init",
                        "--member", "ee", "--root-out", other], check=True, capture_output=True)
        foreign = lv.run("card", "import", os.path.join(other, "keys", "node.card"),
                         "--as", "ee", "--yes", check=False)
        assert foreign.returncode == 1 and "another root" in foreign.err, foreign.err
        with open(mesh.card("ee"), "w") as out:
            out.write(ee.run("card", "export").out)
        lv.run("card", "import", mesh.card("ee"), "--as", "ee")
        wait_for("the link", lambda: lv.all_up() and ee.all_up(), 30)
        wait_for("what lv missed", lambda: set(missed) <= set(lv.ids()))
        here = lv.send("back again")
        wait_for("alerts the other way", lambda: here in ee.ids())
        print("away too long, and back")


within_the_overlap(restart=False)
within_the_overlap(restart=True)
for_too_long()
