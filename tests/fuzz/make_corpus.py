#!/usr/bin/python3
"""Writes the seed corpora of the alert layer anew.

usage: make_corpus.py [VECTORS-FILE CORPUS-DIRECTORY]

The seeds are the published vectors and inputs with one fault each, signed
where they must be. REASON--WHAT is the name of an input that must give that
reason. Needs python3-nacl and python3-msgpack.
"""
import base64
import hashlib
import json
import os
import re
import sys

import msgpack
from nacl.signing import SigningKey

HERE = os.path.dirname(os.path.abspath(__file__))
DAY_MS = 86400 * 1000
ITEMS = ("version origin cert thread revision kind created expires severity "
         "confidence category sectors regions label agreement exercise ref "
         "classes leaves seal").split()


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def unpack(data):
    return msgpack.unpackb(data, raw=False)


def digest(personal, data):
    return hashlib.blake2b(data, digest_size=32, person=personal).digest()


def sign(key, personal, hashed):
    return key.sign(personal.ljust(16, b"\0") + hashed).signature


class Corpus:
    def __init__(self, directory, name):
        self.path = os.path.join(directory, name)
        self.seen = set()
        os.makedirs(self.path, exist_ok=True)
        for old in os.listdir(self.path):
            if "--" in old:
                os.unlink(os.path.join(self.path, old))

    def add(self, reason, what, data):
        slug = re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")
        assert (reason, slug) not in self.seen, slug
        self.seen.add((reason, slug))
        with open(os.path.join(self.path, reason + "--" + slug), "wb") as out:
            out.write(data)


class Keys:
    def __init__(self, vectors):
        self.root, self.sign, self.duty = (
            SigningKey(bytes.fromhex(vectors[name + "_sk_seed"]))
            for name in ("root", "sign", "duty"))
        self.cert = bytes.fromhex(vectors["cert"]["bytes"])
        self.cert_signature = bytes.fromhex(vectors["cert"]["signature"])
        self.krev = bytes.fromhex(vectors["key_revocation"]["bytes"])


# ---- broken encodings, each in the place of a whole input ----

BROKEN = [
    ("truncated", "nothing", b""),
    ("truncated", "array of more than there is", b"\x9f\xc0"),
    ("truncated", "str of more than there is", b"\xd9\xff" + b"a" * 40),
    ("truncated", "number cut in half", b"\xcd\x01"),
    ("truncated", "2^32 - 1 elements", b"\xdd\xff\xff\xff\xff\xc0"),
    ("trailing", "two elements", b"\xc0\xc0"),
    ("type", "map", b"\x80"),
    ("type", "float", b"\xcb" + bytes(8)),
    ("type", "negative", b"\xff"),
    ("type", "extension", b"\xd4\x01\x00"),
    ("type", "reserved byte", b"\xc1"),
    ("depth", "five arrays deep", b"\x91\x91\x91\x91\x91\xc0"),
    ("utf8", "surrogate", b"\xa3\xed\xa0\x80"),
    ("utf8", "overlong slash", b"\xa2\xc0\xaf"),
    ("text", "direction isolate", b"\xa3\xe2\x81\xa6"),
    ("text", "delete", b"\xa1\x7f"),
    ("text", "c1 control", b"\xa2\xc2\x9b"),
    ("encoding", "number in two bytes", b"\xcc\x01"),
    ("encoding", "array in three bytes", b"\xdc\x00\x01\xc0"),
    ("encoding", "str in two bytes", b"\xd9\x01a"),
    ("encoding", "bin in three bytes", b"\xc5\x00\x01a"),
]


# ---- envelopes ----

def with_header(keys, envelope, change):
    """The envelope with another header, signed as if it were meant so."""
    header, (_, blind, _, _), fields, seal = unpack(envelope)
    items = unpack(header)
    change(items)
    header = pack(items)
    leaf = digest(b"tocsin.leaf.v1", blind + digest(b"tocsin.alert.v1", header))
    proof = [sign(keys.sign, b"tocsin.alert.v1", leaf), blind, 0, b""]
    return pack([header, proof, fields, seal])


def item(name, value):
    def change(items):
        items[ITEMS.index(name)] = value
    return change


def header_faults(good):
    classes = unpack(unpack(good)[0])[ITEMS.index("classes")]
    yield "header", "19 items", lambda items: items.pop()
    yield "header", "thread of 15 bytes", item("thread", bytes(15))
    yield "header", "cert is a str", item("cert", "a" * 32)
    yield "header", "revision of 2^31", item("revision", 2 ** 31)
    yield "origin", "one letter", item("origin", "e")
    yield "kind", "empty", item("kind", "")
    yield "kind", "with a digit", item("kind", "alert2")
    yield "sectors", "17 of them", item(
        "sectors", ["s" + chr(97 + i) for i in range(17)])
    yield "regions", "upper case", item("regions", ["EE"])
    yield "regions", "not an array", item("regions", "ee")
    yield "label", "audience of 257", item(
        "label", [1, 0, "any", ["m%03d" % i for i in range(257)], []])
    yield "label", "caveats not sorted", item(
        "label", [1, 0, "any", [], ["orcon", "no-partner"]])
    yield "exercise", "upper case", item("exercise", "CE26")
    yield "agreement", "short hash", item("agreement", "balt#0123456789abcde")
    yield "leaves", "one too few", item("leaves", bytes(32 * len(classes) - 32))
    yield "seal", "in the header", item("seal", b"x")
    yield "cert-member", "another certificate", item("cert", bytes(32))
    yield "cert-time", "before it", item("created", 1790000000000 - 2 * DAY_MS)
    yield "ok", "unknown caveat", item(
        "label", [4, 3, "none", ["fi", "lv"], ["no-such-thing", "orcon"]])
    yield "ok", "agreement and exercise", lambda items: (
        item("agreement", "balt-3#0123456789abcdef")(items),
        item("exercise", "ce26")(items))


def field_alert(keys, good, values):
    """An alert with these fields (class, name, value), properly signed."""
    blobs = [pack([bytes([i]) * 16, *v]) for i, v in enumerate(values)]

    def change(items):
        item("classes", bytes(v[0] for v in values))(items)
        item("leaves", b"".join(digest(b"tocsin.field.v1", b)
                                for b in blobs))(items)
    header, proof, _, seal = unpack(with_header(keys, good, change))
    return pack([header, proof, blobs, seal])


def write_envelopes(directory, vectors, keys):
    out = Corpus(directory, "envelope")
    for row in vectors["alerts"]:
        out.add("ok", row["name"], bytes.fromhex(row["envelope"]))
    for row in vectors["rejects"]:
        out.add(row["reason"], row["name"], bytes.fromhex(row["envelope"]))
    for reason, what, data in BROKEN:
        out.add(reason, "bare " + what, data)
    good = bytes.fromhex(vectors["alerts"][0]["envelope"])
    for reason, what, change in header_faults(good):
        out.add(reason, what, with_header(keys, good, change))
    for reason, what, values in [
            ("ok", "no field at all", []),
            ("ok", "values of every kind", [
                (0, "title", "a\n\tb"), (1, "indicator", ["asn", 64496]),
                (5, "actor", ["x", 80, "guess"]), (6, "description", []),
                (6, "number", 2 ** 64 - 1), (2, "title", "in SOURCE")]),
            ("field", "17 values", [(1, "indicator", ["x"] * 17)]),
            ("field", "name with a capital", [(6, "Name", "x")]),
            ("field", "value is a bool", [(0, "title", True)])]:
        out.add(reason, what, field_alert(keys, good, values))
    out.add("size", "more than an envelope can be", bytes(192 * 1024 + 1))


# ---- certificates and key revocations ----

def cert_faults(keys):
    names = ("version member node serial not_before not_after sign curve seal "
             "duty").split()
    for reason, what, name, value in [
            ("cert", "version 2", "version", 2),
            ("cert", "no member code", "member", "EE"),
            ("cert", "node without a name", "node", ""),
            ("cert", "node of 33 bytes", "node", "n" * 33),
            ("cert", "serial is a bool", "serial", True),
            ("cert", "91 days", "not_after", 1790000000000 + 90 * DAY_MS + 1),
            ("cert", "ends before it begins", "not_after", 1),
            ("cert", "key of 31 bytes", "duty", bytes(31)),
            ("ok", "node in umlauts", "node", "j\u00f5geva"),
            ("ok", "serial 2^64 - 1", "serial", 2 ** 64 - 1)]:
        parts = unpack(keys.cert)
        parts[names.index(name)] = value
        yield reason, what, pack(parts)
    yield "cert", "nine items", pack(unpack(keys.cert)[:9])
    yield "size", "more than a certificate can be", bytes(513)


def krev_faults(keys):
    parts = unpack(keys.krev)
    yield "krev", "four items", pack(parts[:4])
    yield "krev", "version 0", pack([0] + parts[1:])
    yield "krev", "member is a number", pack([1, 5] + parts[2:])
    yield "krev-signature", "another certificate", pack(
        parts[:2] + [bytes(32)] + parts[3:])
    yield "krev-signature", "another member", pack([1, "lv"] + parts[2:])


def write_certificates(directory, keys):
    out = Corpus(directory, "certificate")

    def cert(data, key=keys.root):
        hashed = digest(b"tocsin.cert.v1", data)
        return b"c" + sign(key, b"tocsin.cert.v1", hashed) + data

    def krev(data, key):
        hashed = digest(b"tocsin.krev.v1", data)
        return b"k" + sign(key, b"tocsin.krev.v1", hashed) + data
    out.add("ok", "certificate", cert(keys.cert))
    out.add("cert-signature", "by the duty key", cert(keys.cert, keys.duty))
    for reason, what, data in cert_faults(keys):
        out.add(reason, what, cert(data))
    out.add("ok", "revocation by the root", krev(keys.krev, keys.root))
    out.add("ok", "revocation by the duty key", krev(keys.krev, keys.duty))
    out.add("krev-signature", "by the signing key", krev(keys.krev, keys.sign))
    for reason, what, data in krev_faults(keys):
        out.add(reason, what, krev(data, keys.root))
    for reason, what, data in BROKEN:
        out.add(reason, "cert " + what, b"c" + bytes(64) + data)
        out.add(reason, "krev " + what, b"k" + bytes(64) + data)


# ---- cards ----

def armour(data, title="CARD"):
    text = base64.b64encode(data).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN TOCSIN %s-----" % title, *lines,
                      "-----END TOCSIN %s-----" % title, ""]).encode()


def write_cards(directory, keys):
    out = Corpus(directory, "card")
    root = keys.root.verify_key.encode()
    good = pack([root, keys.cert, keys.cert_signature])
    text = armour(good)
    out.add("ok", "card", text)
    out.add("ok", "in a mail", b"Hello,\nour card:\n\n" + text + b"\n-- \nee")
    out.add("ok", "with dos line ends", text.replace(b"\n", b"\r\n"))
    out.add("ok", "without any line", text.replace(b"\n", b""))
    out.add("ok", "two cards, the first one counts", text + text)
    out.add("armour", "empty", b"")
    out.add("armour", "another title", armour(good, "NODE KEY"))
    out.add("armour", "no end", text[:-30])
    out.add("armour", "end before begin", text[-26:] + text[:-26])
    out.add("armour", "not base64", text.replace(b"=\n-", b"*\n-")
            if b"=\n-" in text else text.replace(b"A", b"*", 1))
    out.add("armour", "a character lost", text[:100] + text[101:])
    out.add("armour", "padding in the middle", text[:100] + b"=" + text[101:])
    out.add("armour", "more than a card can be", armour(bytes(5000)))
    # A plain card as well: the target tries the bytes without armour too.
    out.add("armour", "without armour", good)
    out.add("card", "two items", armour(pack([root, keys.cert])))
    out.add("card", "root of 31 bytes", armour(
        pack([root[:31], keys.cert, keys.cert_signature])))
    out.add("card", "certificate of 513 bytes", armour(
        pack([root, bytes(513), keys.cert_signature])))
    out.add("cert", "empty array for a certificate", armour(
        pack([root, b"\x90", keys.cert_signature])))
    out.add("cert-signature", "another root", armour(
        pack([keys.duty.verify_key.encode(), keys.cert, keys.cert_signature])))
    for reason, what, data in BROKEN:
        out.add(reason, "bare " + what, armour(data))
        out.add(reason, "certificate " + what, armour(
            pack([root, data, keys.cert_signature])))


def main(words):
    if len(words) not in (1, 3):
        sys.exit(__doc__)
    source = os.path.join(HERE, "..", "vectors", "alert-v1.json")
    source, directory = words[1:] or (source, os.path.join(HERE, "corpus"))
    with open(source, encoding="utf-8") as file:
        vectors = json.load(file)
    keys = Keys(vectors)
    write_envelopes(directory, vectors, keys)
    write_certificates(directory, keys)
    write_cards(directory, keys)


if __name__ == "__main__":
    main(sys.argv)
