"""A peer written from the pages of the protocol alone: a nation's real keys,
and a person behind them who may do as he likes."""
import base64
import hashlib
import os
import re
import struct
import sys
import time

from mesh import skip, wait_for

try:
    import msgpack
    import nacl.signing
    import zmq
    import zmq.utils.monitor
    import zmq.utils.z85
except ImportError as missing:
    skip(str(missing))

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import verify_alert  # noqa: E402

HELLO, PUSH, ACK = 1, 4, 8
DAY_MS = 86400 * 1000


def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def digest(personal, data):
    return hashlib.blake2b(data, digest_size=32, person=personal).digest()


def read_card(path):
    with open(path) as file:
        return verify_alert.read_card(file.read())


class Keys:
    """What is under keys/ of a node."""

    def __init__(self, node):
        with open(os.path.join(node.dir, "keys", "node.key")) as file:
            inside = re.search(r"-----\n(.*)\n-----", file.read(), re.S).group(1)
        version, self.sign, self.curve, _, _ = msgpack.unpackb(
            base64.b64decode("".join(inside.split())))
        assert version == 1, version
        card = node.mesh.card(node.member)
        self.cert = read_card(card)
        with open(card) as file:
            body = re.search(r"CARD-----\n(.*)\n-----END", file.read(), re.S).group(1)
        _, self.cert_bytes, self.cert_signature = msgpack.unpackb(
            base64.b64decode("".join(body.split())))


def dealer(context, server_pk, public, secret, endpoint):
    sock = context.socket(zmq.DEALER)
    sock.setsockopt(zmq.LINGER, 0)
    sock.setsockopt(zmq.CURVE_SERVERKEY, zmq.utils.z85.encode(server_pk))
    sock.setsockopt(zmq.CURVE_PUBLICKEY, zmq.utils.z85.encode(public))
    sock.setsockopt(zmq.CURVE_SECRETKEY, zmq.utils.z85.encode(secret))
    sock.monitor = sock.get_monitor_socket()
    sock.connect(endpoint)
    return sock


def handshake(sock, seconds=10):
    """True when the other side admits us, False when it refuses."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if sock.monitor.poll(100):
            event = zmq.utils.monitor.recv_monitor_message(sock.monitor)["event"]
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                return True
            if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                return False
    raise AssertionError("the handshake did not end")


def envelope(origin, cert_id, sign_seed, title, created_ms=None, life_ms=DAY_MS):
    """An alert, signed by whoever has that seed."""
    now = int(time.time() * 1000) if created_ms is None else created_ms
    field = pack([os.urandom(16), 0, "title", title])
    header = pack([1, origin, cert_id, os.urandom(16), 0, "alert", now,
                   now + life_ms, 1, 50, "other/other", [], [],
                   [1, 1, "any", [], []], "", "", b"", b"\0",
                   digest(b"tocsin.field.v1", field), b""])
    blind = os.urandom(16)
    root = digest(b"tocsin.leaf.v1", blind + digest(b"tocsin.alert.v1", header))
    said = b"tocsin.alert.v1".ljust(16, b"\0") + root
    signature = nacl.signing.SigningKey(sign_seed).sign(said).signature
    return pack([header, [signature, blind, 0, b""], [field], None])


class Peer:
    """Speaks as `node` (which is not running) to `other` (which is), all on one
    connection and the fast lane."""

    def __init__(self, node, other):
        self.keys, self.context = Keys(node), zmq.Context()
        other_pk = read_card(node.mesh.card(other.member)).curve
        self.ears = self.context.socket(zmq.ROUTER)
        self.ears.setsockopt(zmq.LINGER, 0)
        self.ears.setsockopt(zmq.CURVE_SERVER, 1)
        self.ears.setsockopt(zmq.CURVE_SECRETKEY, zmq.utils.z85.encode(self.keys.curve))
        self.ears.bind("tcp://127.0.0.1:%d" % node.port)
        self.mouth = dealer(self.context, other_pk, self.keys.cert.curve,
                            self.keys.curve, "tcp://127.0.0.1:%d" % other.port)
        assert handshake(self.mouth), "our key is not admitted"
        self.nonce, self.n = os.urandom(4), 0
        self.epoch = os.urandom(8)

    def say(self, kind, *items, session=None):
        self.mouth.send(pack([session or self.session, 0, kind, *items]))

    def hear(self, kind, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.ears.poll(100):
                frame = msgpack.unpackb(self.ears.recv_multipart()[-1])
                if frame[2] == kind:
                    return frame
        raise AssertionError("nothing of kind %d came" % kind)

    def greet(self, ahead_ms=0):
        """Opens a session: both nonces are known afterwards."""
        self.session = self.nonce + self.hear(HELLO)[0][:4]
        self.hello(ahead_ms)

    def greet_again(self, ahead_ms=0):
        """As a node does that was started anew."""
        self.nonce, self.n = os.urandom(4), 0
        self.session = self.nonce + self.session[4:]
        self.epoch = os.urandom(8)
        self.hello(ahead_ms)

    def hello(self, ahead_ms):
        nothing = [bytes(8), 0, bytes(8), 0, bytes(8)]
        self.say(HELLO, 1, 1, self.keys.cert_bytes, self.keys.cert_signature,
                 self.epoch, [0, 0], True, nothing, [1 << 20, 1 << 20], [256, 32768],
                 int(time.time() * 1000) + ahead_ms, [])

    def push(self, data):
        self.n += 1
        self.say(PUSH, self.n, struct.pack(">Q", self.n), data)

    def settled(self, n):
        """Waits until the other side has settled row n."""
        wait_for("row %d to be settled" % n, lambda: self.hear(ACK)[3][1] >= n)

    def close(self):
        self.context.destroy(linger=0)
