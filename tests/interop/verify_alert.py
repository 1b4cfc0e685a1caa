"""Verifies an alert from the text of the format alone (common/alert/FORMAT.md).

A second implementation: it shares nothing with the programs but that page.

  verify_alert.py ENVELOPE MEMBER CARD    says what the copy holds, or why not;
                                          an ENVELOPE of - is standard input
  verify_alert.py --vectors FILE          checks the published vectors
"""
import base64
import hashlib
import json
import re
import sys

try:
    import msgpack
    import nacl.exceptions
    import nacl.signing
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

DAY_MS = 86400 * 1000
ENVELOPE_MAX = 192 * 1024
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MEMBER = r"[a-z0-9][a-z0-9.-]{0,30}[a-z0-9]"
CLASS_OF = {"title": 0, "recommendation": 0, "reason": 0, "indicator": 1,
            "technique": 1, "reference": 1, "source": 2, "tool": 2,
            "victim": 3, "contact": 4, "actor": 5}


class Rejected(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Rejected(why)


def uint(value, top=2 ** 64 - 1):
    return type(value) is int and 0 <= value <= top


def blob(value, size):
    return type(value) is bytes and len(value) == size


def word(value, pattern):
    return type(value) is str and re.match(pattern + r"\Z", value) is not None


def digest(personal, data):
    return hashlib.blake2b(data, digest_size=32, person=personal).digest()


def signed(personal, hashed, signature, key):
    try:
        nacl.signing.VerifyKey(key).verify(personal.ljust(16, b"\0") + hashed,
                                           signature)
        return True
    except (nacl.exceptions.BadSignatureError, ValueError):
        return False


# ---- the encoding profile ----

def walk(value, depth=0):
    if type(value) is list:
        need(depth < 4, "nested too deep")
        for element in value:
            walk(element, depth + 1)
    elif type(value) is str:
        need(CONTROLS.search(value) is None, "control characters in a text")
    else:
        need(value is None or type(value) in (bool, bytes) or uint(value),
             "a type that the profile does not have")


def decode(data):
    """Whatever is not in its only allowed form is not reproduced by packing."""
    try:
        value = msgpack.unpackb(data, raw=False, strict_map_key=False)
    except Exception as wrong:
        raise Rejected("not msgpack: %s" % wrong)
    walk(value)
    need(msgpack.packb(value, use_bin_type=True) == data, "not the shortest form")
    return value


# ---- identity ----

class Cert:
    def __init__(self, data, signature, root):
        parts = decode(data)
        need(type(parts) is list and len(parts) == 10, "certificate")
        (version, self.member, node, serial, self.start, self.end, self.sign,
         self.curve, seal, duty) = parts
        need(version == 1 and type(version) is int, "version of certificate")
        need(word(self.member, MEMBER), "member")
        need(type(node) is str and 1 <= len(node.encode()) <= 32, "node")
        need(uint(serial) and uint(self.start) and uint(self.end), "certificate")
        need(self.start < self.end <= self.start + 90 * DAY_MS, "validity")
        need(all(blob(k, 32) for k in (self.sign, self.curve, seal, duty)), "keys")
        self.id = digest(b"tocsin.cert.v1", data)
        need(signed(b"tocsin.cert.v1", self.id, signature, root),
             "the root did not sign this certificate")


def read_card(text):
    inside = re.search(r"-----BEGIN TOCSIN CARD-----(.*?)-----END TOCSIN CARD-----",
                       text, re.S)
    need(inside, "no card here")
    try:
        data = base64.b64decode("".join(inside.group(1).split()), validate=True)
    except ValueError:
        raise Rejected("the armour of the card is damaged")
    parts = decode(data)
    need(type(parts) is list and len(parts) == 3, "card")
    root, cert, signature = parts
    need(blob(root, 32) and type(cert) is bytes and blob(signature, 64), "card")
    return Cert(cert, signature, root)


# ---- the alert ----

def sorted_set(value, most, pattern):
    return (type(value) is list and len(value) <= most
            and all(word(v, pattern) for v in value)
            and all(a.encode() < b.encode() for a, b in zip(value, value[1:])))


def check_label(label):
    need(type(label) is list and len(label) == 5, "label")
    tlp, pap, onward, audience, caveats = label
    need(uint(tlp, 4) and uint(pap, 3), "label")
    need(onward in ("none", "listed", "members", "any"), "label: onward")
    need(sorted_set(audience, 256, MEMBER), "label: audience")
    need(sorted_set(caveats, 16, r"[a-z-]{2,32}"), "label: caveats")


def check_revision(kind, revision, ref):
    if kind in ("alert", "sighting", "ack"):
        need(revision == 0, "revision")
    elif kind in ("update", "revoke"):
        need(revision > 0, "revision")
    if kind == "alert":
        need(ref == b"", "ref")
    elif kind in ("update", "revoke", "sighting", "ack"):
        need(len(ref) == 32, "ref")


def check_header(h):
    need(type(h) is list and len(h) == 20, "header")
    need(h[0] == 1 and type(h[0]) is int, "version")
    need(word(h[1], MEMBER), "origin")
    need(blob(h[2], 32) and blob(h[3], 16) and uint(h[4], 2 ** 31 - 1), "header")
    need(word(h[5], r"[a-z-]{1,24}"), "kind")
    need(uint(h[6]) and uint(h[7]) and h[6] < h[7] <= h[6] + 400 * DAY_MS, "life")
    need(uint(h[8], 4) and uint(h[9], 100), "severity or confidence")
    need(word(h[10], r"[a-z][a-z-]{0,31}/[a-z][a-z-]{0,31}"), "category")
    need(sorted_set(h[11], 16, r"[a-z-]{2,32}"), "sectors")
    need(sorted_set(h[12], 16, r"[a-z0-9-]{2,8}"), "regions")
    check_label(h[13])
    need(word(h[14], r"(?:[a-z0-9-]{1,32}#[0-9a-f]{16})?"), "agreement")
    need(word(h[15], r"[a-z0-9-]{0,32}"), "exercise")
    need(type(h[16]) is bytes and len(h[16]) in (0, 32), "ref")
    need(type(h[17]) is bytes and len(h[17]) <= 512, "classes")
    need(all(c <= 6 for c in h[17]), "classes")
    need(h[5] != "revoke" or not any(h[17]), "a revoke has KEEP fields only")
    need(blob(h[18], 32 * len(h[17])), "leaves")
    need(h[19] == b"", "seal")
    check_revision(h[5], h[4], h[16])


def check_value(value):
    one = (lambda v: type(v) is str or uint(v))
    need(one(value) or (type(value) is list and len(value) <= 16
                        and all(map(one, value))), "value of a field")


def check_field(data, leaf, cls):
    need(type(data) is bytes and digest(b"tocsin.field.v1", data) == leaf, "leaf")
    field = decode(data)
    need(type(field) is list and len(field) == 4 and blob(field[0], 16), "field")
    need(uint(field[1]) and field[1] == cls, "class of a field")
    need(word(field[2], r"[a-z][a-z0-9-]{0,31}"), "name of a field")
    check_value(field[3])
    need(cls != 0 or CLASS_OF.get(field[2], 6) == 0, "foreign field in KEEP")
    return field[2], field[3], cls


def check_fields(fields, classes, leaves):
    """The open ones; a class is open as a whole or not at all."""
    need(type(fields) is list and len(fields) == len(classes), "fields")
    found = []
    withheld = {c for f, c in zip(fields, classes) if f is None}
    need(0 not in withheld, "a KEEP field is withheld")
    for i, (data, cls) in enumerate(zip(fields, classes)):
        if data is not None:
            need(cls not in withheld, "a class is half open")
            found.append(check_field(data, leaves[32 * i:32 * i + 32], cls))
    return found


def batch_root(alert_id, blind, index, path):
    node = digest(b"tocsin.leaf.v1", blind + alert_id)
    for i in range(0, len(path), 32):
        other = path[i:i + 32]
        left, right = (other, node) if index & 1 else (node, other)
        node = digest(b"tocsin.node.v1", left + right)
        index >>= 1
    return node


def check_proof(proof, alert_id, cert):
    need(type(proof) is list and len(proof) == 4, "envelope")
    signature, blind, index, path = proof
    need(blob(signature, 64) and blob(blind, 16) and uint(index), "envelope")
    need(type(path) is bytes and len(path) % 32 == 0, "envelope")
    depth = len(path) // 32
    need(depth <= 12 and index < 2 ** depth, "envelope")
    root = batch_root(alert_id, blind, index, path)
    need(signed(b"tocsin.alert.v1", root, signature, cert.sign), "signature")
    return depth


def verify(data, cert):
    """What the copy holds; Rejected when it is not what the origin signed."""
    need(len(data) <= ENVELOPE_MAX, "size")
    envelope = decode(data)
    need(type(envelope) is list and len(envelope) == 4, "envelope")
    raw, proof, fields, sealed = envelope
    need(type(raw) is bytes and sealed is None, "envelope")
    header = decode(raw)
    check_header(header)
    need(header[1] == cert.member and header[2] == cert.id, "another certificate")
    need(cert.start <= header[6] <= cert.end, "made outside its validity")
    alert_id = digest(b"tocsin.alert.v1", raw)
    depth = check_proof(proof, alert_id, cert)
    found = check_fields(fields, header[17], header[18])
    return {"id": alert_id.hex(), "origin": header[1], "kind": header[5],
            "fields": found, "withheld": len(fields) - len(found),
            "batch_depth": depth}


def good(data, cert):
    try:
        verify(data, cert)
        return True
    except Rejected:
        return False


def run_vectors(path):
    with open(path) as file:
        vectors = json.load(file)
    unhex = bytes.fromhex
    cert = Cert(unhex(vectors["cert"]["bytes"]), unhex(vectors["cert"]["signature"]),
                unhex(vectors["root_pk"]))
    need(cert.id.hex() == vectors["cert"]["id"], "id of the certificate")
    wrong = []
    for row in vectors["alerts"]:
        if verify(unhex(row["envelope"]), cert)["id"] != row["id"]:
            wrong.append("not its id: " + row["name"])
    for row in vectors["rejects"]:
        if good(unhex(row["envelope"]), cert):
            wrong.append("accepted: %s (%s)" % (row["name"], row["reason"]))
    print("\n".join(wrong) or "%d accepted, %d rejected, as they should be" % (
        len(vectors["alerts"]), len(vectors["rejects"])))
    return 1 if wrong else 0


def read_envelope(path):
    """No more than can be one, and a byte, so that too much is seen."""
    if path == "-":
        return sys.stdin.buffer.read(ENVELOPE_MAX + 1)
    with open(path, "rb") as file:
        return file.read(ENVELOPE_MAX + 1)


def main(words):
    if len(words) == 2 and words[0] == "--vectors":
        return run_vectors(words[1])
    if len(words) != 3:
        print(__doc__)
        return 2
    try:
        with open(words[2], encoding="utf-8", errors="replace") as file:
            cert = read_card(file.read())
        need(cert.member == words[1], "the card is that of " + cert.member)
        print(json.dumps(verify(read_envelope(words[0]), cert)))
        return 0
    except (Rejected, OSError) as why:
        print("rejected: %s" % why)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
