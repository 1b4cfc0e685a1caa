#!/usr/bin/python3
"""Writes the seeds of fuzz_frame: every frame once, every fault once, and rows
of frames for the core behind the decoder.

usage: make_frame_corpus.py [DIRECTORY]
"""
import os
import struct
import sys

import msgpack

HERE = os.path.dirname(os.path.abspath(__file__))
SESSION = b"\5\6\7\x08\1\2\3\4"
EPOCH, MARK, SIGNATURE = b"E" * 8, b"M" * 8, b"s" * 64


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def frame(kind, *items, lane=0):
    return pack([SESSION, lane, kind, *items])


def cursor(n, epoch=EPOCH):
    return [epoch, n, MARK]


def hello(ask=True, n=0, epoch=EPOCH, clock=1000, agreements=1):
    return frame(1, 1, 1, b"cert", SIGNATURE, epoch, 7, ask, cursor(n, epoch),
                 1 << 20, clock, ["balt-3#0123456789abcdef"] * agreements)


def row(*frames):
    return b"".join(struct.pack(">H", len(f)) + f for f in frames)


def vector(name="accept"):
    """An envelope of the published vectors, if one is short enough."""
    import json
    with open(os.path.join(HERE, "..", "vectors", "alert-v1.json")) as file:
        text = file.read()
    found = []

    def look(value):
        if isinstance(value, dict):
            if isinstance(value.get("envelope"), str):
                found.append(value["envelope"])
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(json.loads(text))
    return min((bytes.fromhex(hexed) for hexed in found if len(hexed) > 600),
               key=len)


def seeds():
    whole = hello()
    yield "ok--hello", whole
    yield "ok--hello-nothing-asked", hello(ask=False, n=3)
    yield "ok--cert", frame(2, b"cert", SIGNATURE)
    yield "ok--krev", frame(3, b"krev", SIGNATURE)
    yield "ok--push", frame(4, 1, MARK, vector())
    yield "ok--push-bulk", frame(4, 1, MARK, b"", lane=1)
    yield "ok--offer", frame(5, 1, [[b"i" * 16, 3, 2]])
    yield "ok--want", frame(6, [1, 2, 300])
    yield "ok--gone", frame(7, 1, MARK)
    yield "ok--ack", frame(8, cursor(1), 4096)
    yield "ok--prune", frame(9, "ee", 1)
    yield "ok--graft", frame(10, "ee", 1)
    yield "ok--held", frame(11, True, b"h" * 33)
    yield "ok--bye", frame(12, 2)
    yield "ok--later", frame(200, "what nobody knows yet")
    yield "frame--no-items", pack([])
    yield "frame--session", pack([b"short", 0, 12, 0])
    yield "frame--lane", frame(12, 0, lane=2)
    yield "frame--want-falls", frame(6, [2, 1])
    yield "frame--hello-33-agreements", hello(agreements=33)
    yield "frame--want-nothing", frame(6, [])
    yield "frame--want-65", frame(6, list(range(1, 66)))
    yield "frame--held-257", frame(11, True, b"h" * 33 * 257)
    yield "frame--one-item-more", frame(12, 2, 3)
    yield "frame--held-part", frame(11, True, b"h" * 32)
    yield "truncated--hello", whole[:-3]
    yield "trailing--hello", whole + b"\xc0"
    yield "type--map", pack([SESSION, 0, 12, {}])
    yield "depth--five", pack([SESSION, 0, 200, [[[[1]]]]])
    yield "utf8--agreement", whole.replace(b"balt", b"\xff\xfe\xfd\xfc")
    yield "text--agreement", whole.replace(b"balt", b"\x1b[2J")
    yield "encoding--long-form", b"\x94\xc4\x08" + SESSION + b"\x00\xcc\x0c\x00"
    yield "size--zeros", bytes(192 * 1024 + 257)
    open_session = [hello(epoch=b"T" * 8), frame(11, True, b"")]
    yield "row-push", row(*open_session, frame(2, b"cert", SIGNATURE),
                          frame(4, 1, MARK, vector()), frame(7, 2, MARK),
                          frame(4, 9, MARK, b""), frame(6, [1, 2]))
    yield "row-restored", row(*open_session, hello(False, 9, b"O" * 8, 2000),
                              frame(8, cursor(70), 1), hello(True, 0, b"N" * 8, 3000),
                              frame(11, False, b"h" * 330), frame(11, True, b"g" * 33))
    yield "row-all", row(*open_session, *(frame(kind, 1) for kind in range(1, 14)),
                         frame(8, cursor(0), 0), frame(12, 0))


def main():
    place = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "corpus", "frame")
    os.makedirs(place, exist_ok=True)
    for name, data in seeds():
        with open(os.path.join(place, name), "wb") as file:
            file.write(data)


main()
