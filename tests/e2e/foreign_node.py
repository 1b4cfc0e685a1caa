"""A node of another make, written from PROTOCOL.md and FORMAT.md alone: its own
keys, both lanes, ledgers in both directions. It keeps every rule that the pages
give with *must*, and what a test tells it to break."""
import base64
import os
import struct
import subprocess
import time

from mesh import Node, skip, wait_for

try:
    import nacl.public
    import nacl.signing
    import zmq
    import zmq.utils.z85
    from peer import digest, pack
except ImportError as missing:
    skip(str(missing))

import verify_alert  # its path was added by peer

HELLO, CERT, KREV, PUSH, OFFER, WANT, GONE, ACK, PRUNE, GRAFT, HELD, BYE = range(1, 13)
FAST, BULK = 0, 1
NOTHING = (0, bytes(8))  # a place
WINDOW, ROWS = [1 << 20, 1 << 20], [256, 32768]
METADATA = 95  # ZMQ_METADATA, which pyzmq has no name for


class Identity:
    """Keys of its own; the root that `tocsin init` made certifies them."""

    def __init__(self, mesh, member):
        root = Node(mesh, member)
        root.init()
        self.member, self.endpoint = member, root.endpoint()
        self.sign, duty = (nacl.signing.SigningKey.generate() for _ in range(2))
        self.curve, seal = (nacl.public.PrivateKey.generate() for _ in range(2))
        data = pack([1, member, "foreign", 2, bytes(self.sign.verify_key),
                     bytes(self.curve.public_key), bytes(seal.public_key),
                     bytes(duty.verify_key)])
        said = b"tocsin.creq.v1".ljust(16, b"\0") + digest(b"tocsin.creq.v1", data)
        request = base64.b64encode(pack([data, self.sign.sign(said).signature]))
        asked = os.path.join(mesh.dir, member + ".request")
        with open(asked, "wb") as out:
            out.write(b"-----BEGIN TOCSIN CERTIFICATE REQUEST-----\n" + request
                      + b"\n-----END TOCSIN CERTIFICATE REQUEST-----\n")
        done = subprocess.run(
            [mesh.program("tocsin"), "--config", "/nonexistent", "cert", "sign", asked,
             "--root", mesh.roots, "--yes"], capture_output=True, timeout=60)
        assert done.returncode == 0, done
        with open(mesh.card(member), "wb") as out:
            out.write(done.stdout)
        self.card = Card(mesh.card(member))


class Card:
    def __init__(self, path):
        with open(path) as file:
            text = file.read()
        self.cert = verify_alert.read_card(text)
        body = text.split("CARD-----")[1].split("-----END")[0]
        self.root, self.data, self.signature = verify_alert.decode(
            base64.b64decode("".join(body.split())))


class Row:
    """Of our ledger for the other one."""

    def __init__(self, n, data, form, kind):
        self.n, self.mark, self.form, self.kind = n, os.urandom(8), form, kind
        self.id = digest(b"tocsin.alert.v1", verify_alert.decode(data)[0])
        self.data = data


class ForeignNode:
    def __init__(self, who, other):
        self.who, self.other = who, Card(other.mesh.card(other.member))
        self.pinned = {card.cert.member: card for card in (self.other, who.card)}
        self.address = other.endpoint()
        self.context = zmq.Context()
        self.gate = self.context.socket(zmq.REP)
        self.gate.bind("inproc://zeromq.zap.01")
        self.nonce, self.theirs, self.alerts = None, bytes(4), {}
        self.lose_ledgers()
        self.deaf = set()  # types that are lost on their way to us

    def lose_ledgers(self):
        """What is kept when a session ends, as at first."""
        self.epoch, self.rows, self.settled_there = os.urandom(8), ([], []), [0, 0]
        self.their_epoch, self.settled = bytes(8), [NOTHING, NOTHING]
        self.told_held = False

    # ---- connections ----

    def connect(self):
        """LINK UP; what was heard of the other one's session is kept."""
        z85 = zmq.utils.z85.encode
        self.ears = self.context.socket(zmq.ROUTER)
        self.ears.setsockopt(zmq.CURVE_SERVER, 1)
        self.ears.setsockopt(zmq.CURVE_SECRETKEY, z85(bytes(self.who.curve)))
        self.ears.setsockopt(zmq.ZAP_DOMAIN, b"nodes")
        self.ears.bind(self.who.endpoint)
        self.mouths = [self.mouth(lane) for lane in (FAST, BULK)]
        self.frames = []
        self.greet()

    def greet(self):
        """A session of a new nonce, on the connections that stand."""
        self.nonce, self.open, self.wait = os.urandom(4), False, 1
        self.begin()
        self.hello()

    def mouth(self, lane):
        sock, z85 = self.context.socket(zmq.DEALER), zmq.utils.z85.encode
        sock.setsockopt(zmq.CURVE_SERVERKEY, z85(self.other.cert.curve))
        sock.setsockopt(zmq.CURVE_PUBLICKEY, z85(bytes(self.who.curve.public_key)))
        sock.setsockopt(zmq.CURVE_SECRETKEY, z85(bytes(self.who.curve)))
        if lane == BULK:
            sock.setsockopt(METADATA, b"X-Lane:bulk")
        sock.connect(self.address)
        return sock

    def disconnect(self):
        for sock in (self.ears, *self.mouths):
            sock.close(linger=0)
        for _ in range(20):  # a connection ends when the gate knows of it
            self.gate.poll(10)
        self.open = False

    def close(self):
        self.context.destroy(linger=0)

    def admit(self):
        version, request, _, _, _, mechanism, key = self.gate.recv_multipart()
        good = mechanism == b"CURVE" and key == self.other.cert.curve
        self.gate.send_multipart([version, request, b"200" if good else b"400", b"",
                                  b"other" if good else b"", b""])

    # ---- saying ----

    def say(self, lane, kind, *places, session=None):
        self.say_raw(lane, pack([session or self.nonce + self.theirs, lane, kind, *places]))

    def say_raw(self, lane, data):
        self.mouths[lane].send(data)

    def cursor(self):
        (fast, bulk) = self.settled
        return [self.their_epoch, *fast, *bulk]

    def hello(self, versions=(1, 1), asks=False):
        """`asks`: with zeros for their nonce, so that it must be answered."""
        self.sent_at = time.monotonic()
        if not asks:
            self.done = [0, 0]
        self.say(FAST, HELLO, *versions, self.who.card.data, self.who.card.signature,
                 self.epoch, [len(rows) for rows in self.rows], not self.told_held,
                 self.cursor(), WINDOW, ROWS, int(time.time() * 1000), [],
                 session=self.nonce + bytes(4) if asks else None)

    def ack(self):
        self.say(FAST, ACK, self.cursor(),
                 [window + done for window, done in zip(WINDOW, self.done)])

    def add(self, lane, data, form=1, kind="push"):
        """A row of our ledger, not said yet."""
        self.rows[lane].append(Row(len(self.rows[lane]) + 1, data, form, kind))
        return self.rows[lane][-1]

    def push(self, lane, row):
        if not self.cert_sent[lane]:
            self.say(lane, CERT, self.who.card.data, self.who.card.signature)
            self.cert_sent[lane] = True
        self.pushed[lane] += len(row.data)
        assert self.pushed[lane] <= self.grant[lane], "beyond the grant"
        self.say(lane, PUSH, row.n, row.mark, row.data)

    def offer(self, lane, rows, history=True):
        self.say(lane, OFFER, rows[0].n, rows[-1].n, rows[-1].mark, history, b"".join(
            row.id[:16] + struct.pack("BB", row.form, (len(row.data) - 1).bit_length())
            for row in rows))

    def hand_over(self, lane, data, **more):
        row = self.add(lane, data, **more)
        self.push(lane, row)
        return row

    # ---- hearing ----

    def step(self, ms=20):
        if self.gate.poll(0):
            self.admit()
        if self.ears.poll(ms):
            parts = self.ears.recv_multipart()
            assert len(parts) == 2, "a frame is one part"
            self.hear(parts[1])
        if not self.open and time.monotonic() > self.sent_at + self.wait:
            self.wait = min(30, 2 * self.wait)
            self.hello(asks=True)  # the answer may be what was lost

    def until(self, what, condition, seconds=15):
        def stepped():
            self.step()
            return condition()
        return wait_for(what, stepped, seconds)

    def hear(self, data):
        session, lane, kind, *places = verify_alert.decode(data)
        if kind in self.deaf:
            return
        if kind == HELLO:
            self.frames.append((lane, kind, places))
            self.heard_hello(session[:4], session[4:], *places)
        elif self.open and session == self.theirs + self.nonce:
            self.frames.append((lane, kind, places))
            heard = {CERT: self.heard_cert, PUSH: self.heard_push, OFFER: self.heard_offer,
                     WANT: self.heard_want, GONE: self.heard_gone, ACK: self.heard_ack,
                     HELD: self.heard_held}
            if kind in heard:
                heard[kind](lane, *places)

    def of_kind(self, kind, lane=None):
        return [places for at, is_kind, places in self.frames
                if is_kind == kind and lane in (None, at)]

    def begin(self):
        """All that a session forgets."""
        self.cert_sent, self.certs_heard = [False, False], [set(), set()]
        self.pushed, self.grant = [0, 0], [0, 0]
        self.pending = [[], []]  # frames of rows: (last place, what is still to come)

    def heard_hello(self, first, second, low, high, cert, signature, epoch, top, asks,
                    settled, grant, rows, clock, agreements):
        assert low <= 1 <= high and cert == self.other.data, "its own certificate"
        assert min(grant) >= 192 * 1024 and min(rows) >= 64, (grant, rows)
        is_new, echoes = first != self.theirs, second == self.nonce
        if is_new:
            self.theirs, self.open = first, False
            self.begin()
        if is_new or not echoes:
            self.hello()  # before anything else: until it came the rest is dropped
        if echoes:
            self.pushed, self.grant = [0, 0], grant
            self.open = True
            self.follow(epoch, asks)
            if settled[0] == self.epoch:
                self.settled_there = [settled[1], settled[3]]
                self.go_on()
            if asks:
                self.tell_held()

    def follow(self, epoch, asks):
        if asks and epoch != self.their_epoch:
            self.their_epoch, self.settled = epoch, [NOTHING, NOTHING]
            self.ack()
        self.pending = [[], []]

    def go_on(self):
        """Everything that is not settled there, once more."""
        for lane in (FAST, BULK):
            for row in self.rows[lane][self.settled_there[lane]:]:
                if row.kind == "push":
                    self.push(lane, row)
                else:
                    self.offer(lane, [row])

    def tell_held(self):
        """What we have of the other one, and that it made that itself."""
        self.say(FAST, HELD, True, b"".join(
            bytes.fromhex(alert["id"]) + bytes([0x83]) for alert in self.alerts.values()))

    def heard_cert(self, lane, data, signature):
        card = self.pinned[verify_alert.decode(data)[1]]
        cert = verify_alert.Cert(data, signature, card.root)
        self.certs_heard[lane].add(cert.id)

    def heard_push(self, lane, n, mark, data):
        header = verify_alert.decode(verify_alert.decode(data)[0])
        assert header[2] in self.certs_heard[lane], "a certificate goes before its alert"
        alert = verify_alert.verify(data, self.pinned[header[1]].cert)
        self.done[lane] += len(data)
        self.alerts[alert["id"]] = dict(alert, lane=lane, n=n)
        self.row_came(lane, n, mark)

    def heard_gone(self, lane, n, mark):
        self.row_came(lane, n, mark)

    def high(self, lane):
        waiting = self.pending[lane]
        return waiting[-1][0][0] if waiting else self.settled[lane][0]

    def row_came(self, lane, n, mark):
        waiting = self.pending[lane]
        for at in waiting:
            at[1].discard(n)
        high = self.high(lane)
        assert n <= high + 1, "rows of a lane come in order"
        if n == high + 1:
            waiting.append(((n, mark), set()))
        self.settle(lane)

    def settle(self, lane):
        """As far as all is settled, and only to ends of frames."""
        waiting = self.pending[lane]
        while waiting and not waiting[0][1]:
            self.settled[lane] = waiting.pop(0)[0]
        self.ack()

    def heard_offer(self, lane, first, n, mark, history, rows):
        assert len(rows) == 18 * (n - first + 1) and len(rows) <= 18 * 64, (first, n)
        assert first == self.high(lane) + 1, "numbers are dense"
        held = {bytes.fromhex(alert)[:16] for alert in self.alerts}
        wanted = [first + i for i in range(n - first + 1)
                  if rows[18 * i:18 * i + 16] not in held]
        self.pending[lane].append(((n, mark), set(wanted)))
        if wanted:
            self.certs_heard[lane] = set()  # they come again
            self.say(lane, WANT, wanted)
        self.settle(lane)

    def heard_want(self, lane, numbers):
        assert 1 <= len(numbers) <= 64 and numbers == sorted(set(numbers)), numbers
        self.cert_sent[lane] = False  # it may lack that too
        for n in numbers:
            row = self.rows[lane][n - 1]
            if row.kind == "gone":
                self.say(lane, GONE, row.n, row.mark)
            elif row.kind != "silent":
                self.push(lane, row)

    def heard_ack(self, lane, settled, grant):
        assert lane == FAST and settled[0] == self.epoch, settled
        self.grant = [max(pair) for pair in zip(self.grant, grant)]
        for at, n, mark in ((FAST, *settled[1:3]), (BULK, *settled[3:5])):
            said = self.rows[at][n - 1].mark if n > 0 else bytes(8)
            assert mark == said, "our own mark comes back"
            assert n >= self.settled_there[at], "what is settled stays settled"
            self.settled_there[at] = n

    def heard_held(self, lane, last, rows):
        assert len(rows) % 33 == 0 and len(rows) <= 33 * 256, len(rows)
        self.told_held = self.told_held or last
