"""kill -9 of any process under load: nothing acknowledged is lost, an observer
misses nothing, links come back."""
import os
import random
import signal
import statistics
import sys
import threading
import time

from mesh import Mesh, wait_for
from observer import Observer

programs, strict = sys.argv[1], sys.argv[2] == "release"
kills = 500 if os.environ.get("TOCSIN_FULL") else 20
seed = int(os.environ.get("SEED", time.time_ns() % 100000))
rng = random.Random(seed)
# A long run must stay within what one `list` shows.
PAUSE_S = 0.05 if kills > 20 else 0
LINKS = [("ee", "lv"), ("lv", "lt")]
LINK_UP = "event=link-up"
print("seed", seed)


class Sender(threading.Thread):
    def __init__(self, node):
        super().__init__(daemon=True)
        self.node, self.acknowledged, self.refused, self.done = node, [], 0, False

    def run(self):
        n = 0
        while not self.done:
            n += 1
            done = self.node.run("send", "--severity", "low", "--tlp", "green",
                                 "--onward", "any", "--title", "load %d" % n,
                                 check=False)
            if done.returncode == 0:
                self.acknowledged.append(done.out.strip())
                time.sleep(PAUSE_S)
            else:
                self.refused += 1
                time.sleep(0.02)


def links_between(node, killed):
    """How often `node` must say that a link is up after one of `killed` died."""
    return sum(killed.member in link and node.member in link for link in LINKS)


with Mesh(programs, ["ee", "lv", "lt"], LINKS) as mesh:
    row = ee, lv, lt = mesh["ee"], mesh["lv"], mesh["lt"]
    mesh.start()
    observer = Observer(os.path.join(lt.dir, "run", "feed", "soc"))
    sender = Sender(ee)
    observer.start()
    sender.start()
    back = []
    for i in range(kills):
        time.sleep(rng.uniform(0.05, 0.4))
        node = rng.choice(row)
        what = rng.choice(("tocsin-link", "tocsin-feed", "tocsind"))
        wanted = {n: n.log_text().count(LINK_UP) + links_between(n, node) for n in row}
        began = time.monotonic()
        if what == "tocsind":
            node.kill()
            node.start(ready=False)
        else:
            pid = wait_for(what, lambda: node.children().get(what))
            os.kill(pid, signal.SIGKILL)
        if what == "tocsin-feed":
            wait_for("another feed", lambda: node.children().get(what, pid) != pid)
            continue
        # A link that is up again, not one whose end was not noticed yet.
        wait_for("the link after kill %d (%s of %s)" % (i, what, node.member),
                 lambda: all(n.log_text().count(LINK_UP) >= wanted[n] for n in row), 30)
        wait_for("all ends", lambda: all(n.all_up() for n in row), 30)
        back.append((time.monotonic() - began, what, node.member))
    sender.done = True
    sender.join(30)
    wanted = set(sender.acknowledged)
    assert len(wanted) > kills, "hardly any load: %d" % len(wanted)
    assert wanted <= set(ee.ids()), "lost at the sender: %s" % (wanted - set(ee.ids()))
    for node in (lv, lt):
        wait_for("everything at " + node.member, lambda: wanted <= set(node.ids()), 30)
    stored = set(lt.ids())
    seen = observer.check(stored)
    times = [seconds for seconds, _, _ in back]
    median, worst = statistics.median(times), max(times)
    print("%d kills, %d acknowledged, %d refused, all at lv and lt, %d seen by the observer"
          % (kills, len(wanted), sender.refused, len(seen)))
    print("links back: median %.2f s, at most %.2f s (%s of %s)" % (
        median, worst, *max(back)[1:]))
    if strict:
        assert median <= 1.0 and worst <= 3.0, "links came back too late"
