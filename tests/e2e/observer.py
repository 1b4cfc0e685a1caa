"""An observer that misses nothing: it listens, and asks for what it lacks."""
import json
import threading
import time

from mesh import skip

try:
    import zmq
except ImportError:
    skip("python3-zmq is not installed")


class Observer(threading.Thread):
    """Subscribes, and asks for what it does not have; keeps rows by seq."""

    def __init__(self, prefix):
        super().__init__(daemon=True)
        self.prefix, self.rows, self.expected, self.done = prefix, {}, set(), False

    def ids(self):
        return [json.loads(body)["id"] for _, body in sorted(self.rows.items())]

    def whole(self):
        return (sorted(self.rows) == list(range(1, len(self.rows) + 1))
                and self.expected <= set(self.ids()))

    def keep(self, seq, body):
        if seq in self.rows and self.rows[seq] != body:
            raise AssertionError("two different rows under seq %d" % seq)
        self.rows[seq] = body

    def replay(self, context, start, end):
        with context.socket(zmq.DEALER) as sock:
            sock.setsockopt(zmq.LINGER, 0)
            sock.connect("ipc://%s-replay.sock" % self.prefix)
            sock.send_json({"from": start, "to": end})
            while sock.poll(1000):
                parts = sock.recv_multipart()
                if len(parts) == 1:
                    return json.loads(parts[0]).get("last", 0)
                self.keep(json.loads(parts[1])["seq"], parts[2])
        return 0

    def run(self):
        context = zmq.Context()
        sub = context.socket(zmq.SUB)
        sub.setsockopt(zmq.SUBSCRIBE, b"")
        sub.setsockopt(zmq.LINGER, 0)
        sub.connect("ipc://%s.sock" % self.prefix)
        while not self.done:
            if sub.poll(200):
                topic, header, body = sub.recv_multipart()
                if topic != b"keepalive":
                    self.keep(json.loads(header)["seq"], body)
        # At the end: every gap, as a client does it when it notices one.
        end = time.monotonic() + 20
        while not self.whole() and time.monotonic() < end:
            last = self.replay(context, len(self.rows) + 1, 2 ** 40)
            missing = set(range(1, last + 1)) - set(self.rows)
            if missing:
                self.replay(context, min(missing), max(missing))
        sub.close()
        context.term()

    def check(self, stored):
        """At the end: each of `stored` once, and no gap."""
        self.expected = stored
        self.done = True
        self.join(40)
        seen = self.ids()
        assert sorted(self.rows) == list(range(1, len(seen) + 1)), "a gap in seq"
        assert len(seen) == len(set(seen)), "an alert twice under two numbers"
        assert stored <= set(seen), "missed by the observer: %d" % len(stored - set(seen))
        return seen
