"""Who is not pinned gets nothing; who is pinned speaks for himself only; and
what a pinned peer sends out of shape is counted and does no harm."""
import os
import random
import re
import sys

from mesh import Mesh, wait_for
from peer import HELLO, PUSH, Keys, Peer, dealer, envelope, handshake, pack, read_card

import zmq

programs, strict = sys.argv[1], sys.argv[2] == "release"
FRAMES = 100000
seed = int(os.environ.get("SEED", random.SystemRandom().randrange(100000)))
print("seed", seed)


def metrics(node):
    """Sums by name; refused and malformed by their reason."""
    with open(os.path.join(node.dir, "run", "metrics.prom")) as file:
        rows = re.findall(r"^tocsin_(\S+) (\d+)$", file.read(), re.M)
    return {name: int(value) for name, value in rows}


def counted(node, name, at_least=1):
    return wait_for("%s >= %d in the metrics" % (name, at_least),
                    lambda: sum(v for k, v in metrics(node).items()
                                if k.startswith(name)) >= at_least, 25)


def resident_kb(pids):
    return sum(int(re.search(r"VmRSS:\s+(\d+)", open("/proc/%d/status" % p).read())
                   .group(1)) for p in pids)


def a_stranger(mesh, ee):
    """xx has pinned ee and dials it; ee has never heard of xx."""
    xx = mesh["xx"]
    xx.run("card", "import", mesh.card("ee"), "--as", "ee", "--yes")
    xx.run("peer", "add", "ee", "--connect", "tcp://127.0.0.1:%d" % ee.port)
    xx.start()
    wait_for("xx to be told", lambda: "refuses our key" in xx.run("peer", "list").out)
    alert_id = ee.send("for friends")
    keys = Keys(xx)
    context = zmq.Context()
    sock = dealer(context, read_card(mesh.card("ee")).curve, keys.cert.curve,
                  keys.curve, "tcp://127.0.0.1:%d" % ee.port)
    assert not handshake(sock), "ee admits a stranger"
    try:
        sock.send(b"let me in", zmq.DONTWAIT)
    except zmq.Again:
        pass  # there is no connection to send it on
    assert not sock.poll(500), "ee answers a stranger"
    context.destroy(linger=0)
    assert alert_id in ee.ids() and xx.ids() == {}, xx.ids()
    assert xx.peers()[0]["state"] != "up", xx.peers()
    wait_for("ee to log it", lambda: "unknown key from 127.0.0.1" in ee.log_text())
    xx.stop()


def another_name(mesh, ee, lv):
    """lv may speak for lv, and for nobody else."""
    keys = lv.keys
    fi = read_card(mesh.card("fi"))
    forged = (envelope("fi", fi.id, keys.sign, "fi has said so"),
              envelope("fi", keys.cert.id, keys.sign, "fi has a new key"),
              envelope("ee", read_card(mesh.card("ee")).id, keys.sign, "ee itself"),
              envelope("zz", keys.cert.id, keys.sign, "nobody"),
              envelope("lv", keys.cert.id, os.urandom(32), "another's signature"))
    for data in forged:
        lv.push(data)
    lv.push(envelope("lv", keys.cert.id, keys.sign, "lv for itself"))
    lv.settled(lv.n)
    titles = {row["title"] for row in ee.ids().values()}
    assert titles == {"for friends", "lv for itself"}, titles
    counted(ee, "refused_total", len(forged))


def malformed(rng, good):
    """A frame that is none: bytes, a cut one, a flipped bit, counts that lie."""
    kind = rng.randrange(5)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 200))
    if kind == 1:
        whole = rng.choice(good)
        return whole[:rng.randrange(1, len(whole))]
    if kind == 2:
        return b"\xdd\xff\xff\xff\xff" + rng.randbytes(rng.randrange(40))
    if kind == 3:
        return b"\x91" * rng.randrange(1, 300)
    return pack([rng.randbytes(8), rng.randrange(4), rng.randrange(200),
                 {"a": -1.5}, rng.randbytes(30)])


def a_flood(ee, lv):
    keys, rng = lv.keys, random.Random(seed)
    good = [pack([lv.session, 0, HELLO, 1, 1, keys.cert_bytes, keys.cert_signature]),
            pack([lv.session, 0, PUSH, 1 << 40, bytes(8),
                  envelope("lv", keys.cert.id, keys.sign, "x")])]
    pids = [ee.process.pid, *ee.children().values()]
    before = resident_kb(pids)
    for i in range(FRAMES):
        lv.mouth.send(malformed(rng, good))
    wait_for("lv to be blocked", lambda: "event=peer-blocked" in ee.log_text())
    lv.push(envelope("lv", keys.cert.id, keys.sign, "after the flood"))
    assert ee.send("still here") in ee.ids()
    assert "after the flood" not in {row["title"] for row in ee.ids().values()}
    assert [ee.process.pid, *ee.children().values()] == pids, "something was restarted"
    grown = (resident_kb(pids) - before) / 1024
    print("%d malformed frames: blocked, %.1f MB more" % (FRAMES, grown))
    if strict:
        assert grown < 10, "memory grows with what a peer sends"


with Mesh(programs, ["ee", "lv", "fi", "xx"], [("ee", "lv")],
          strangers=["xx"]) as mesh:
    ee = mesh["ee"]
    ee.start()
    a_stranger(mesh, ee)
    lv = Peer(mesh["lv"], ee)
    lv.greet()
    another_name(mesh, ee, lv)
    a_flood(ee, lv)
    lv.close()
print("strangers got nothing")
