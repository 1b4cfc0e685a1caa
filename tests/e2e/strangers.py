"""Who is not pinned gets nothing; who is pinned speaks for himself only; and
what a pinned peer sends out of shape is counted and does no harm."""
import os
import random
import re
import sys
import time

from mesh import Mesh, wait_for
from peer import DAY_MS, HELLO, PUSH, Keys, Peer, dealer, envelope, handshake, pack, read_card

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


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def bad_alerts(ee, lv):
    """From a peer that may send: each is refused for its own reason."""
    keys, now = lv.keys, int(time.time() * 1000)
    good = envelope("lv", keys.cert.id, keys.sign, "what was said")
    place = good.index(b"what was said")

    def made(title, **times):
        return envelope("lv", keys.cert.id, keys.sign, title, **times)

    rows = (("forged", "signature", envelope("lv", keys.cert.id, os.urandom(32), "forged")),
            ("its field altered", "leaf", flipped(good, place)),
            ("its header altered", "signature", flipped(good, good.index(b"other/other"))),
            ("expired", "expired", made("x", created_ms=now - 30 * 60000, life_ms=29 * 60000)),
            ("too far ahead", "early", made("x", created_ms=now + 3600000)),
            ("older than its key", "cert-time", made("x", created_ms=now - 7200000)),
            ("of too long a life", "life", made("x", life_ms=401 * DAY_MS)),
            ("oversized", "size", made("x" * (192 * 1024 + 50 - len(made("x"))))),
            ("cut short", "truncated", good[:-3]),
            ("with something behind it", "trailing", good + b"\xc0"),
            ("no alert", "envelope", pack([1, 2, 3])),
            ("a map in it", "type", pack([{"a": 1}, 2, 3, None])))
    def by_reason():
        """What is not in shape ends at the decoder, what is, at a rule."""
        found = {reason: 0 for _, reason, _ in rows}
        for key, value in metrics(ee).items():
            reason = re.search(r'reason="([^"]*)"', key)
            if reason and reason.group(1) in found:
                found[reason.group(1)] += value
        return found

    before, duplicates = by_reason(), metrics(ee)["duplicates_total"]
    for _, reason, data in rows:
        before[reason] += 1 # and so it must be afterwards
        lv.push(data)
        lv.settled(lv.n)
    wait_for("each to be counted for its reason", lambda: by_reason() == before, 25)
    # What is larger than any frame goes no further than the link.
    lv.say(PUSH, lv.n + 1, bytes(8), bytes(200 * 1024))
    wait_for("the link to count it", lambda: "1 empty or too large" in ee.log_text())
    held = ee.ids()
    # Said twice it is one alert; and a frame that was sent before is none.
    for _ in range(2):
        lv.push(good)
        lv.settled(lv.n)
    lv.n -= 1
    lv.push(good)
    fresh = made("after the replay")
    lv.push(fresh)
    lv.settled(lv.n)
    new = [row["title"] for id, row in ee.ids().items() if id not in held]
    assert sorted(new) == ["after the replay", "what was said"], new
    counted(ee, "duplicates_total", duplicates + 1)
    print("%d kinds of bad alerts: each counted for its reason" % (len(rows) + 2))


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


def a_flood(ee, lv, lt):
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
    lt.push(envelope("lt", lt.keys.cert.id, lt.keys.sign, "of another peer"))
    lt.settled(lt.n)
    assert "of another peer" in {row["title"] for row in ee.ids().values()}
    assert "event=peer-broke-a-rule peer=lt" not in ee.log_text()
    assert "after the flood" not in {row["title"] for row in ee.ids().values()}
    assert [ee.process.pid, *ee.children().values()] == pids, "something was restarted"
    grown = (resident_kb(pids) - before) / 1024
    print("%d malformed frames: blocked, %.1f MB more" % (FRAMES, grown))
    if strict:
        assert grown < 10, "memory grows with what a peer sends"


with Mesh(programs, ["ee", "lv", "lt", "fi", "xx"], [("ee", "lv"), ("ee", "lt")],
          strangers=["xx"]) as mesh:
    ee = mesh["ee"]
    ee.start()
    a_stranger(mesh, ee)
    lv, lt = Peer(mesh["lv"], ee), Peer(mesh["lt"], ee)
    lv.greet()
    lt.greet()
    another_name(mesh, ee, lv)
    bad_alerts(ee, lv)
    a_flood(ee, lv, lt)
    lv.close()
    lt.close()
print("strangers got nothing")
