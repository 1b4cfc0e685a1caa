#!/usr/bin/python3
"""Writes the seeds of fuzz_frame: every frame once, every fault once, and rows
of frames for the core behind the decoder.

usage: make_frame_corpus.py [DIRECTORY]
"""
import hashlib
import json
import os
import struct
import sys

import msgpack

HERE = os.path.dirname(os.path.abspath(__file__))
SESSION = b"\5\6\7\x08\1\2\3\4"
OTHER, THIRD = b"\6" + SESSION[1:], b"\7" + SESSION[1:] # peers
EPOCH, MARK, SIGNATURE = b"E" * 8, b"M" * 8, b"s" * 64
OURS = b"O" * 8 # fuzz_frame puts the core's own epoch or mark there
NOW_MS = 1790000000000
ENVELOPE_MAX = 192 * 1024
FAST, BULK = 0, 1
TOO_MANY = 2**63 # rows


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def frame(kind, *items, lane=FAST, session=SESSION):
    return pack([session, lane, kind, *items])


def cursor(fast=0, bulk=0, epoch=EPOCH, mark=MARK):
    return [epoch, fast, mark, bulk, mark]


def hello(ask=True, fast=0, bulk=0, epoch=EPOCH, clock=NOW_MS, agreements=1,
          settled=None, grant=(1 << 20, 1 << 20), rows=(256, 1024),
          session=SESSION):
    settled = settled or cursor(fast, bulk, epoch)
    return frame(1, 1, 1, b"cert", SIGNATURE, epoch, [7, 7], ask, settled,
                 list(grant), list(rows), clock,
                 ["balt-3#0123456789abcdef"] * agreements, session=session)


def offer(first, ids, history=False, size=10, lane=BULK, session=SESSION,
          last=None, mark=MARK):
    rows = b"".join(i[:16] + bytes((255, size)) for i in ids)
    last = first + len(ids) - 1 if last is None else last
    return frame(5, first, last, mark, history, rows, lane=lane,
                 session=session)


def push(n, envelope, lane=BULK, session=SESSION):
    return frame(4, n, MARK, envelope, lane=lane, session=session)


def wait(seconds, session=SESSION):
    """A frame of a type that nobody knows: so many seconds pass."""
    return frame(seconds, session=session)


def row(*frames):
    return b"".join(struct.pack(">H", len(f)) + f for f in frames)


def vectors():
    path = os.path.join(HERE, "..", "vectors", "alert-v1.json")
    with open(path, encoding="utf-8") as file:
        alerts = json.load(file)["alerts"]
    return [(bytes.fromhex(a["id"]), bytes.fromhex(a["envelope"]))
            for a in alerts]


def ordinary(alert, number):
    """The same in a thread of its own and not critical; fuzz_frame looks at no
    signature."""
    header, *rest = msgpack.unpackb(alert[1])
    items = msgpack.unpackb(header)
    items[3] = b"%016d" % number # thread
    items[8] = 1 + number % 2 # severity
    header = pack(items)
    made = digest(header)
    return made, pack([header, *rest])


def digest(header):
    return hashlib.blake2b(header, digest_size=32,
                           person=b"tocsin.alert.v1").digest()


def good(envelope):
    yield "hello", hello()
    yield "hello-nothing-asked", hello(ask=False, fast=3, bulk=2**63 - 1)
    yield "hello-32-agreements", hello(agreements=32)
    yield "cert", frame(2, b"cert", SIGNATURE)
    yield "krev", frame(3, b"krev", SIGNATURE)
    yield "push", push(1, envelope, lane=FAST)
    yield "push-bulk", push(2**63 - 1, b"")
    yield "offer", offer(1, [b"i" * 16])
    yield "offer-64-history", offer(2, [b"i" * 16] * 64, history=True)
    yield "want", frame(6, [1, 2, 300], lane=BULK)
    yield "want-64", frame(6, list(range(64)))
    yield "gone", frame(7, 1, MARK, lane=BULK)
    yield "ack", frame(8, cursor(1, 2), [4096, 1 << 40])
    yield "prune", frame(9, "ee", 1)
    yield "prune-32-letters", frame(9, "e" * 32, 63)
    yield "graft", frame(10, "ee", 0)
    yield "held", frame(11, True, b"h" * 33)
    yield "bye", frame(12, 2)
    yield "later", frame(200, "what nobody knows yet")


def bad_places(envelope):
    yield "push-too-many-rows", push(TOO_MANY, envelope)
    yield "gone-too-many-rows", frame(7, TOO_MANY, MARK)
    yield "gone-long-mark", frame(7, 1, MARK * 2)
    yield "ack-of-one-lane", frame(8, [EPOCH, 1, MARK], [1, 1])
    yield "ack-of-three-lanes", frame(8, cursor() + [1, MARK], [1, 1])
    yield "ack-one-grant", frame(8, cursor(), [1])
    yield "ack-grant-for-both", frame(8, cursor(), 1)
    yield "ack-too-many-rows", frame(8, cursor(0, TOO_MANY), [1, 1])
    yield "hello-three-grants", hello(grant=(1, 1, 1))
    yield "hello-rows-of-one-lane", hello(rows=(64,))
    yield "hello-settled-number", hello(settled=[1])
    yield "hello-33-agreements", hello(agreements=33)
    yield "cert-short-signature", frame(2, b"cert", SIGNATURE[:63])
    yield "krev-short-signature", frame(3, b"krev", SIGNATURE[:63])


def bad_lists():
    yield "offer-nothing", offer(1, [])
    yield "offer-65", offer(1, [b"i" * 16] * 65)
    yield "offer-part", frame(5, 1, 1, MARK, True, b"i" * 19, lane=BULK)
    yield "offer-row-0", offer(0, [b"i" * 16])
    yield "offer-from-too-many-rows", offer(TOO_MANY, [b"i" * 16])
    yield "offer-to-too-many-rows", offer(TOO_MANY - 1, [b"i" * 16] * 2)
    yield "offer-fewer-than-numbers", offer(1, [b"i" * 16], last=2)
    yield "offer-more-than-numbers", offer(2, [b"i" * 16] * 2, last=2)
    yield "prune-stream", frame(9, "ee", 64)
    yield "prune-33-letters", frame(9, "e" * 33, 1)
    yield "graft-stream", frame(10, "ee", 256)
    yield "graft-33-letters", frame(10, "e" * 33, 1)
    yield "want-falls", frame(6, [2, 1])
    yield "want-nothing", frame(6, [])
    yield "want-65", frame(6, list(range(1, 66)))
    yield "held-257", frame(11, True, b"h" * 33 * 257)
    yield "held-part", frame(11, True, b"h" * 32)


def bad_heads():
    yield "no-items", pack([])
    yield "session", pack([b"short", 0, 12, 0])
    yield "lane", frame(12, 0, lane=2)
    yield "type-0", frame(0, 0)
    yield "type-256", frame(256, 0)
    yield "one-item-more", frame(12, 2, 3)
    yield "one-item-less", frame(12)


def broken():
    whole = hello()
    yield "truncated--hello", whole[:-3]
    yield "trailing--hello", whole + b"\xc0"
    yield "type--map", pack([SESSION, 0, 12, {}])
    yield "depth--five", pack([SESSION, 0, 200, [[[[1]]]]])
    yield "utf8--agreement", whole.replace(b"balt", b"\xff\xfe\xfd\xfc")
    yield "text--agreement", whole.replace(b"balt", b"\x1b[2J")
    yield "encoding--long-form", b"\x94\xc4\x08" + SESSION + b"\x00\xcc\x0c\x00"
    yield "size--zeros", bytes(ENVELOPE_MAX + 257)


# ---- rows ----

def session(of=SESSION):
    """Both windows open, both ledgers at their beginning."""
    return [hello(session=of, settled=cursor(0, 0, OURS)),
            frame(11, True, b"", session=of)]


def rows(alerts):
    ids, envelopes = zip(*alerts)
    lost = [b"%016d" % i for i in range(64)]
    yield "push", row(*session(), frame(2, b"cert", SIGNATURE),
                      push(1, envelopes[0], lane=FAST), frame(7, 2, MARK),
                      push(9, b"", lane=FAST), frame(6, [1, 2]))
    yield "both-lanes", row(
        *session(), push(1, envelopes[0], lane=FAST), push(1, envelopes[4]),
        push(2, envelopes[2], lane=FAST), push(2, envelopes[4]),
        frame(7, 3, MARK, lane=BULK), wait(13))
    yield "handed-on", row(
        *session(), *session(OTHER), push(1, envelopes[4]),
        push(1, envelopes[0], lane=FAST), push(2, envelopes[2], lane=FAST),
        wait(13), frame(6, [1, 2], lane=BULK, session=OTHER),
        frame(6, [1, 2], lane=FAST, session=OTHER), wait(13),
        frame(9, "ee", 1, session=OTHER), push(2, envelopes[5]), wait(13),
        frame(8, cursor(1, 1, OURS, OURS), [1 << 21, 1 << 21], session=OTHER),
        frame(10, "ee", 1, session=OTHER), push(3, envelopes[6]), wait(13),
        hello(session=OTHER, settled=cursor(0, 1, OURS, OURS)), wait(13),
        hello(session=OTHER, settled=cursor(1, 0, OURS, OURS)), wait(13),
        frame(12, 0, session=OTHER), *session(OTHER), wait(13),
        *session(THIRD), wait(13), frame(6, [1, 2, 3], lane=BULK,
                                         session=THIRD), wait(13))
    yield "brought-again", row(
        *session(), *session(OTHER), *session(THIRD), push(1, envelopes[4]),
        push(1, envelopes[4], session=OTHER),
        push(1, envelopes[4], session=THIRD), offer(2, [ids[5]],
                                                    session=THIRD),
        wait(13), push(2, envelopes[5], session=THIRD), wait(13),
        push(2, envelopes[5]), push(2, envelopes[5], session=OTHER),
        push(2, envelopes[5], session=OTHER), push(3, b"nothing"),
        push(4, envelopes[1]), push(4, envelopes[0], lane=FAST), wait(61))
    yield "offered", row(
        *session(), *session(OTHER), offer(1, [ids[4], ids[5]] + lost[:30]),
        offer(1, [ids[4], ids[6]], session=OTHER), wait(13),
        push(1, envelopes[4]), frame(7, 2, MARK, lane=BULK), wait(13),
        push(1, envelopes[4], session=OTHER), wait(61), wait(61),
        offer(33, lost, history=True), offer(3, [ids[4]], session=OTHER))
    yield "offered-too-much", row(
        *session(), *(offer(1 + 64 * i, lost, True, 18) for i in range(17)),
        wait(61), wait(61))
    yield "offered-fast", row(
        *session(), *(offer(1 + 64 * i, lost, True, lane=FAST)
                      for i in range(5)), wait(61))
    yield "gap", row(*session(), offer(2, lost), push(7, envelopes[0]),
                     offer(1, lost[:1]), push(2000, b""), frame(7, 2, MARK))
    yield "wants-too-much", row(
        *session(), *(frame(6, list(range(1, 65)), lane=lane)
                      for lane in (FAST, BULK) for _ in range(9)))
    yield "small-windows", row(
        hello(grant=(1, 1)), hello(rows=(63, 64)), hello(rows=(64, 63)),
        hello(grant=(ENVELOPE_MAX, ENVELOPE_MAX - 1)),
        hello(grant=(ENVELOPE_MAX,) * 2, rows=(64, 64)), *session(OTHER),
        push(1, envelopes[4], session=OTHER), wait(13))
    yield "restored", row(
        *session(), *session(OTHER), push(1, envelopes[4], session=OTHER),
        hello(False, 9, 9, b"P" * 8, NOW_MS + 2000),
        frame(8, cursor(70), [1, 1]), frame(8, cursor(0, 70, OURS), [1, 1]),
        hello(True, epoch=b"N" * 8, clock=NOW_MS + 3000), wait(61),
        frame(11, False, (ids[4] + b"\xff") * 10),
        frame(11, True, b"g" * 32 + b"\x81"), push(1, envelopes[2]))
    yield "clock", row(hello(clock=1000), *session(OTHER), wait(61),
                       push(1, envelopes[0], session=OTHER), wait(61))
    yield "all", row(*session(), *(frame(kind, 1) for kind in range(1, 14)),
                     frame(8, cursor(), [0, 0]), frame(12, 0))


def seeds():
    alerts = vectors()
    alerts[4:] = [ordinary(alert, i) for i, alert in enumerate(alerts[4:])]
    envelope = alerts[4][1]
    for name, data in good(envelope):
        yield "ok--" + name, data
    for faults in bad_places(envelope), bad_lists(), bad_heads():
        for name, data in faults:
            yield "frame--" + name, data
    yield from broken()
    for name, data in rows(alerts):
        yield "row-" + name, data


def main():
    place = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "corpus", "frame")
    os.makedirs(place, exist_ok=True)
    for name, data in seeds():
        with open(os.path.join(place, name), "wb") as file:
            file.write(data)


main()
