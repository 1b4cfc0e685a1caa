"""What one nation may cost another by certificates. Those that do not hold are
looked at once a second, after the first ones. And whose root signs them without
end fills its own share of a node's memory: the others renew their keys as ever."""
import base64
import os
import re
import sys

from mesh import Mesh, wait_for
from peer import Peer, digest, msgpack, nacl, pack

CERT = 2
MANY = 8400  # twice what a node keeps of all together
WRONG = 1000


def root_of(mesh, member):
    with open(os.path.join(mesh.roots, member + "-root.key")) as file:
        inside = re.search(r"-----\n(.*)\n-----", file.read(), re.S).group(1)
    seed = msgpack.unpackb(base64.b64decode("".join(inside.split())))[1]
    return nacl.signing.SigningKey(seed)


def more_certificates(peer, root):
    """As the one that there is, with other serials."""
    items = msgpack.unpackb(peer.keys.cert_bytes)
    for serial in range(1000, 1000 + MANY):
        cert = pack([*items[:3], serial, *items[4:]])
        said = b"tocsin.cert.v1".ljust(16, b"\0") + digest(b"tocsin.cert.v1", cert)
        yield cert, root.sign(said).signature


with Mesh(sys.argv[1], ["ee", "lv"], [("ee", "lv")]) as mesh:
    ee = mesh["ee"]
    ee.start()
    peer = Peer(mesh["lv"], ee)
    peer.greet()
    wait_for("the link", ee.all_up)

    def wrong():
        return sum("event=proof-refused" in line and "error=capacity" not in line
                   for line in ee.log_text().splitlines())

    certs = more_certificates(peer, root_of(mesh, "lv"))
    some = [next(certs) for _ in range(WRONG)]
    for cert, signature in some:
        peer.say(CERT, cert, signature[::-1])
    wait_for("the first ones to be looked at", lambda: wrong() >= 64)

    def say_more():
        for cert, signature in (next(certs, (b"", b"")) for _ in range(100)):
            peer.say(CERT, cert, signature)
        return "error=capacity" in ee.log_text()

    wait_for("those that hold to be more than there is room for", say_more, 60)
    assert wrong() < 64 + 16, "nearly all are dropped unseen: %d were not" % wrong()
    out = ee.run("cert", "import", ee.renewed()).out
    assert "announced" in out, out
    assert ee.stop() == 0
    ee.start()
    assert ee.status()["key_message"] == ""
    peer.close()
print("no nation takes the room of the others")
