"""Another make of node, written from the pages alone, speaks with tocsind: alerts
both ways, by PUSH and by OFFER, what a session keeps, and what counts as a fault."""
import hashlib
import sys
import time

from mesh import Mesh, skip, wait_for

try:
    from foreign_node import (ACK, BULK, FAST, GONE, GRAFT, HELD, HELLO, KREV, OFFER, PRUNE, PUSH,
                              WANT, ForeignNode, Identity)
    import verify_alert
    from peer import envelope, pack
except ImportError as missing:
    skip(str(missing))


def made(lv, title):
    return envelope("lv", lv.who.card.cert.id, bytes(lv.who.sign), title)


def titles(ee):
    return {row["title"]: row for row in ee.ids().values()}


def settled(lv, lane, row):
    lv.until("row %d to be settled" % row.n, lambda: lv.settled_there[lane] >= row.n)


def quiet(lv, seconds=0.3):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        lv.step()


def greeting(ee, lv):
    lv.connect()
    lv.until("an open session", lambda: lv.open)
    lv.until("what it holds of us", lambda: lv.told_held)
    assert lv.of_kind(HELD) == [[True, b""]], lv.of_kind(HELD)
    empty = [lv.epoch, 0, bytes(8), 0, bytes(8)]
    assert lv.of_kind(ACK)[0][0] == empty, "our epoch is taken at once"
    wait_for("the link", ee.all_up)


def an_alert_comes(ee, lv):
    alert = ee.send("by push", "--indicator", "ipv4-addr=198.51.100.3")
    lv.until("the alert", lambda: alert in lv.alerts)
    came = lv.alerts[alert]
    assert came["origin"] == "ee" and came["lane"] == BULK and came["n"] == 1, came
    assert ("indicator", ["ipv4-addr", "198.51.100.3"], 1) in came["fields"], came
    wait_for("delivered", lambda: "delivered" in ee.run("status", alert).out)


def an_alert_goes(ee, lv):
    for lane in (FAST, BULK):
        row = lv.hand_over(lane, made(lv, "pushed on %d" % lane))
        settled(lv, lane, row)
        assert titles(ee)["pushed on %d" % lane]["id"] == row.id.hex()
    again = lv.rows[BULK][-1]
    before = len(lv.of_kind(ACK))
    lv.push(BULK, again)
    lv.until("to be told again how far it is", lambda: len(lv.of_kind(ACK)) > before)
    assert lv.settled_there[BULK] == again.n


def offers(ee, lv):
    """More than one frame holds; one of them is gone, one is not served at first."""
    rows = [lv.add(BULK, made(lv, "offer %d" % i), kind="offer") for i in range(70)]
    rows[3].kind, rows[5].kind = "gone", "silent"
    known = lv.hand_over(BULK, made(lv, "known"))
    settled_before = rows[0].n - 1
    lv.offer(BULK, rows[:64])
    lv.offer(BULK, rows[64:])
    lv.push(BULK, known)
    lv.until("everything to be asked for", lambda: len(
        {n for (numbers,) in lv.of_kind(WANT, BULK) for n in numbers}) == 70)
    lv.until("all but one", lambda: "offer 69" in titles(ee))
    quiet(lv)
    assert lv.settled_there[BULK] == settled_before, "no end of a frame is settled"
    lv.push(BULK, rows[5])
    settled(lv, BULK, known)
    assert "offer 3" not in titles(ee) and "offer 5" in titles(ee)
    wants = len(lv.of_kind(WANT))
    again = lv.add(BULK, rows[7].data, kind="offer")
    lv.offer(BULK, [again], history=False)
    settled(lv, BULK, again)
    assert len(lv.of_kind(WANT)) == wants, "what is held is not asked for"


def something_is_missing(ee, lv):
    """One row is lost; whatever came behind it comes again."""
    lost, behind = (lv.add(BULK, made(lv, title)) for title in ("lost", "behind"))
    hellos = len(lv.of_kind(HELLO))
    lv.push(BULK, behind)
    settled(lv, BULK, behind)
    assert len(lv.of_kind(HELLO)) == hellos + 1, "one HELLO says from where to go on"
    assert lv.of_kind(HELLO)[-1][7][3] == lost.n - 1
    assert {"lost", "behind"} <= set(titles(ee))


def a_break(ee, lv):
    """What was said on either side meanwhile comes, with the numbers that follow."""
    place, n_there = lv.settled[BULK], lv.settled_there[BULK]
    lv.disconnect()
    wait_for("the link to be down", lambda: ee.peer("lv")["state"] != "up")
    alerts = [ee.send("away %d" % i) for i in range(3)]
    row = lv.add(BULK, made(lv, "made while away"))
    lv.connect()
    lv.until("what was said meanwhile", lambda: set(alerts) <= set(lv.alerts))
    settled(lv, BULK, row)
    opening = next(p for p in lv.of_kind(HELLO) if p[7][0] == lv.epoch)
    assert opening[7][3] == n_there and not opening[6], "it goes on where it was"
    assert opening[4] == lv.their_epoch, "the ledger is the same"
    assert sorted(lv.alerts[a]["n"] for a in alerts) == [place[0] + i for i in (1, 2, 3)]
    assert "made while away" in titles(ee)


def wanted_once_more(ee, lv):
    """Any row that was ever handed over may be asked for; others are passed over."""
    before = len(lv.of_kind(PUSH, BULK))
    lv.certs_heard[BULK] = set()
    lv.say(BULK, WANT, [1, 10 ** 6])
    lv.until("row 1 again", lambda: lv.of_kind(PUSH, BULK)[before:])
    assert lv.of_kind(PUSH, BULK)[before][0] == 1
    assert ee.peer("lv")["faults"] == 0


def a_clock_is_asked(ee, lv):
    """In an open session, with zeros: an answer, and nothing is counted anew."""
    before = len(lv.of_kind(HELLO))
    lv.hello(asks=True)
    lv.until("an answer", lambda: len(lv.of_kind(HELLO)) > before)
    row = lv.hand_over(BULK, made(lv, "after the clock"))
    settled(lv, BULK, row)


def an_answer_is_lost(ee, lv):
    """HELLO opens a session there, what it answers is lost here."""
    lv.deaf = {HELLO}
    lv.greet()
    quiet(lv)
    lv.deaf = set()
    lv.until("an answer to the next one", lambda: lv.open)
    row = lv.hand_over(BULK, made(lv, "after what was lost"))
    settled(lv, BULK, row)


def a_withdrawal(ee, lv):
    alert = ee.send("to be withdrawn")
    lv.until("the alert", lambda: alert in lv.alerts)
    ee.run("revoke", alert, "--reason", "wrong")
    lv.until("its withdrawal", lambda: any(
        a["kind"] == "revoke" and a["lane"] == FAST for a in lv.alerts.values()))


def ledgers_are_lost(ee, lv):
    """Ours and theirs, but no alert: both begin anew, and withdrawals still follow."""
    alert, ours = ee.send("before the loss"), lv.rows[BULK][0].id
    lv.until("the alert", lambda: alert in lv.alerts)
    before, known = lv.their_epoch, set(lv.alerts)
    lv.disconnect()
    lv.lose_ledgers()
    lv.connect()
    lv.until("a new epoch", lambda: lv.their_epoch not in (bytes(8), before), 90)
    lv.until("what it holds of us", lambda: lv.told_held)
    held = b"".join(rows for _, rows in lv.of_kind(HELD))
    assert ours + b"\x81" in held, "an alert that we made: KEEP, and ours"
    ee.run("revoke", alert, "--reason", "still wrong")
    lv.until("its withdrawal", lambda: any(
        lv.alerts[new]["kind"] == "revoke" for new in set(lv.alerts) - known))
    lv.until("what we said, given back", lambda: ours.hex() in lv.alerts)
    came = [lv.alerts[new] for new in set(lv.alerts) - known]
    assert [alert["n"] for alert in came if alert["kind"] == "revoke"] == [1], came
    assert all(alert["origin"] == "lv" for alert in came if alert["kind"] != "revoke"), came


def stream_of(tlp, *sectors):
    said = bytes([tlp]) + "".join(sectors).encode()
    return hashlib.blake2b(said, digest_size=16, person=b"tocsin.stream1").digest()[0] & 63


def streams(ee, lv):
    """Both ends number them alike: what is pruned is offered, the rest is pushed."""
    sectors = ("banking", "energy")
    words = [word for name in sectors for word in ("--sector", name)]
    assert stream_of(1) != stream_of(1, *sectors)

    def came(*more):
        alert = ee.send("of a stream", *more)
        wants = len(lv.of_kind(OFFER, BULK))
        lv.until("the alert", lambda: alert in lv.alerts)
        return "offered" if len(lv.of_kind(OFFER, BULK)) > wants else "pushed"

    assert came(*words) == came() == "pushed", "eager at first"
    for kind, how in ((PRUNE, "offered"), (GRAFT, "pushed")):
        lv.say(FAST, kind, "ee", stream_of(1, *sectors))
        quiet(lv, 0.1)
        assert came(*words) == how and came() == "pushed", kind


def faults(ee, lv):
    """What is counted, and what is not."""
    count = ee.peer("lv")["faults"]
    forged = bytearray(made(lv, "forged"))
    forged[-3] ^= 1
    good = lv.nonce + lv.theirs
    rows = (
        ("an element has a type the profile forbids", 1, lambda: lv.say_raw(FAST, b"\xc1")),
        ("the frame is malformed", 1, lambda: lv.say(FAST, ACK, [lv.their_epoch, 0])),
        ("there are bytes after the end", 1, lambda: lv.say_raw(FAST, pack([good, 0, 77]) + b"\0")),
        ("no protocol version in common", 1, lambda: lv.hello((2, 3))),
        ("a field does not match its leaf", 1,
         lambda: settled(lv, BULK, lv.hand_over(BULK, bytes(forged)))),
        ("", 0, lambda: lv.say_raw(FAST, bytes(192 * 1024 + 257))),
        ("", 0, lambda: lv.mouths[FAST].send_multipart([b"\xc1", b"\xc1"])),
        ("", 0, lambda: lv.say(FAST, 77, [1], "later versions")),
        ("", 0, lambda: lv.say(FAST, ACK, lv.cursor(), [0, 0], session=b"12345678")),
        ("the frame number is out of order", 1,
         lambda: lv.say(BULK, GONE, len(lv.rows[BULK]) + 40000, bytes(8))),
    )
    for sentence, more, act in rows:
        act()
        quiet(lv)
        count += more
        wait_for("%d faults after %r" % (count, sentence),
                 lambda: ee.peer("lv")["faults"] == count, 5)
        assert not sentence or ee.peer("lv")["last_fault"] == sentence, ee.peer("lv")
    assert "forged" not in titles(ee)
    assert ee.peer("lv")["standing"] == "ok", ee.peer("lv")


def keys(ee, lv):
    """The next key is announced on the fast lane, and an end of the one in force is
    proven by its duty key."""
    card = ee.renewed()
    following = verify_alert.read_card(open(card).read())
    assert following.id not in lv.certs_heard[FAST]
    ee.run("cert", "import", card)
    lv.until("the next certificate", lambda: following.id in lv.certs_heard[FAST])
    ee.run("cert", "revoke", "1", "--since", "1h", "--yes")
    lv.until("the proof", lambda: lv.of_kind(KREV, FAST))
    (data, signature), = lv.of_kind(KREV)
    version, member, cert, since, serial = verify_alert.decode(data)
    assert (version, member, cert, serial) == (1, "ee", lv.other.cert.id, 1)
    assert 0 < time.time() - since / 1000 - 3600 < 60, since
    duty = verify_alert.decode(lv.other.data)[9]
    said = verify_alert.digest(b"tocsin.krev.v1", data)
    assert verify_alert.signed(b"tocsin.krev.v1", said, signature, duty)


def main():
    with Mesh(sys.argv[1], ["ee"], []) as mesh:
        ee, who = mesh["ee"], Identity(mesh, "lv")
        ee.run("card", "import", mesh.card("lv"), "--as", "lv", "--yes", "--eu", "yes",
               "--role", "nation")
        ee.run("peer", "add", "lv", "--connect", who.endpoint)
        ee.start()
        lv = ForeignNode(who, ee)
        for story in (greeting, an_alert_comes, an_alert_goes, offers, something_is_missing,
                      a_break, wanted_once_more, a_clock_is_asked, an_answer_is_lost,
                      a_withdrawal, streams, faults, ledgers_are_lost, keys):
            story(ee, lv)
            print(story.__name__)
        lv.close()


main()
