"""A node renews its keys while alerts flow: the next certificate is announced,
the link never falls for it, nothing is lost and nothing comes twice; and when a
certificate is hardly announced before the old one ends, that works too."""
import os
import signal
import sys
import time

from mesh import Mesh, Stream, wait_for

programs = sys.argv[1]
DAY_MS = 24 * 3600 * 1000


def count(node, event):
    return node.log_text().count("event=" + event)


def arrived_once(node, sent):
    wait_for("everything at " + node.member, lambda: set(sent) <= set(node.ids()), 30)
    rows = [row["id"] for row in node.fed()]
    assert len(rows) == len(set(rows)), "an observer was told twice"
    assert set(sent) <= set(rows)
    assert sum(p["refused"] for p in node.peers()) == 0, node.peers()


def in_good_time():
    with Mesh(programs, ["ee", "lv"], [("ee", "lv")]) as mesh:
        ee, lv = mesh["ee"], mesh["lv"]
        mesh.start()
        stream = Stream(ee)
        stream.start()
        card = ee.renewed()
        downs = count(lv, "link-down") + count(ee, "link-down")
        assert "announced to peers" in ee.run("cert", "import", card).out
        again = ee.run("cert", "import", card, check=False)
        assert again.returncode == 1 and "already" in again.err, again.err

        # Announced, known to the peer, and not used for two weeks.
        now = ee.status()
        assert now["cert_serial"] == 1 and now["next_serial"] == 2, now
        assert abs(now["next_at"] - now["now"] - 14 * DAY_MS) < 60000, now
        wait_for("the announcement at lv", lambda: lv.peer("ee")["cert_not_after"]
                 == now["next_not_after"])

        # An operator may not want to wait.
        ee.run("cert", "import", card, "--now")
        assert ee.status()["cert_serial"] == 2
        wait_for("the second key in the link", lambda: "event=new-key" in ee.log_text())
        before = len(stream.sent)
        wait_for("alerts under the new key", lambda: len(stream.sent) > before + 5)
        assert count(lv, "link-down") + count(ee, "link-down") == downs, "a link fell"
        assert ee.run("card", "export").out == open(card).read()

        # New connections both ways, while both keys are good.
        ups = count(lv, "link-up")
        os.kill(ee.children()["tocsin-link"], signal.SIGKILL)
        wait_for("the link again", lambda: count(lv, "link-up") > ups and lv.all_up()
                 and ee.all_up())
        os.kill(lv.children()["tocsin-link"], signal.SIGKILL)
        before = len(stream.sent)
        wait_for("alerts again", lambda: len(stream.sent) > before + 5)
        sent = stream.end()
        arrived_once(lv, sent)

        # What the old key signed counts as before; a restart changes nothing.
        ee.stop()
        ee.start()
        assert ee.status()["cert_serial"] == 2
        wait_for("the links", lambda: ee.all_up() and lv.all_up())
        last = ee.send("after a restart")
        wait_for("one more", lambda: last in lv.ids())
        print("renewed in good time: %d alerts, no link fell" % len(sent))


def at_the_last_moment():
    with Mesh(programs, ["ee", "lv"], [("ee", "lv")], init=("--life", "40s")) as mesh:
        ee, lv = mesh["ee"], mesh["lv"]
        mesh.start()
        assert "ENDS WITHIN THREE WEEKS" in ee.run("status").out
        assert "ends within three weeks" in ee.run("doctor", check=False).out
        wait_for("a line in the log", lambda: count(ee, "certificate-ends"))
        ends = ee.status()["cert_not_after"]
        stream = Stream(ee)
        stream.start()
        # Both renew; lv only to stay in the game.
        for node in (ee, lv):
            node.run("cert", "import", node.renewed("--life", "30d"))
        turn = ee.status()["next_at"]
        assert turn < ends, "it waits until there is nothing left"
        wait_for("the turn", lambda: ee.status()["cert_serial"] == 2
                 and lv.status()["cert_serial"] == 2, 40)
        assert time.time() * 1000 < ends + 1000
        wait_for("the end of the old one", lambda: time.time() * 1000 > ends + 7000, 60)
        wait_for("the links", lambda: ee.all_up() and lv.all_up())
        before = len(stream.sent)
        wait_for("alerts under the new key alone", lambda: len(stream.sent) > before + 5)
        sent = stream.end()
        arrived_once(lv, sent)
        downs = count(lv, "link-down")
        assert downs <= 2, "the link fell %d times" % downs
        print("renewed at the last moment: %d alerts, the link fell %d times"
              % (len(sent), downs))


in_good_time()
at_the_last_moment()
