"""Debian's python3-zmq as a foreign client: it tails, notices a gap, replays."""
import json
import os
import sqlite3
import sys
import time

from mesh import Mesh, skip, wait_for

try:
    import zmq
except ImportError:
    skip("python3-zmq is not installed")

with Mesh(sys.argv[1], ["ee"], []) as mesh:
    ee = mesh["ee"]
    mesh.start()
    prefix = os.path.join(ee.dir, "run", "feed", "soc")
    context = zmq.Context()
    context.setsockopt(zmq.LINGER, 0)

    def send(n):
        return ee.run("send", "--severity", "low", "--tlp", "green", "--title",
                      "number %d" % n).out.strip()

    def subscriber():
        sub = context.socket(zmq.SUB)
        sub.setsockopt(zmq.SUBSCRIBE, b"")
        sub.connect("ipc://%s.sock" % prefix)
        # The first keep-alive shows that the subscription is in force. What was
        # just sent may be published only now, and come before it.
        topic = None
        while topic != b"keepalive":
            assert sub.poll(10000), "no keep-alive"
            topic, header, _ = sub.recv_multipart()
        return sub, json.loads(header)

    sub, header = subscriber()
    assert header["seq"] == 0, header
    first = send(1)
    topic, header, body = sub.recv_multipart()
    assert topic == b"alert.low.ee.alert", topic
    assert json.loads(header)["seq"] == 1
    assert json.loads(body)["id"] == first
    sub.close()

    missed = [send(n) for n in (2, 3, 4)]
    sub, header = subscriber()
    assert header["seq"] == 4, "the keep-alive shows the gap: %s" % header

    replay = context.socket(zmq.DEALER)
    replay.connect("ipc://%s-replay.sock" % prefix)

    def ask(request):
        replay.send(request if isinstance(request, bytes) else json.dumps(request).encode())
        rows = []
        while True:
            assert replay.poll(10000), "no answer"
            parts = replay.recv_multipart()
            if len(parts) == 1:
                return rows, json.loads(parts[0])
            shown = "keepalive" if parts[0] == b"keepalive" else json.loads(parts[2])["id"]
            rows.append((json.loads(parts[1])["seq"], shown))

    rows, end = ask({"from": 2, "to": 4})
    assert rows == [(2, missed[0]), (3, missed[1]), (4, missed[2])], rows
    assert end["end"] and end["last"] == 4 and not end["more"], end
    rows, end = ask({"since": "2020-01-01T00:00:00Z"})
    assert [seq for seq, _ in rows] == [1, 2, 3, 4], rows
    rows, end = ask({"from": 9})
    assert rows == [] and end["end"], end
    for wrong in (b"", b"{", b"[]", b'{"from":-1}', b'{"since":"x"}', b'{"from":1,"from":2}'):
        rows, end = ask(wrong)
        assert "error" in end and not rows, (wrong, end)
    assert len(ask({"from": 1})[0]) == 4, "it serves on after nonsense"

    # A withdrawal appears as a row of its own and as a change of status.
    ee.run("revoke", first, "--reason", "test")
    seen = {}
    while first not in seen or seen[first] != "revoked":
        assert sub.poll(10000), "no change of status"
        topic, header, body = sub.recv_multipart()
        if topic != b"keepalive":
            seen[json.loads(body)["id"]] = json.loads(body)["status"]

    tail = ee.run("tail", "--since", "1h", "--count", "4").out
    assert len(tail.splitlines()) == 4, tail
    sub.close()

    # A crash between the two files: of what was lost on its way the alerts are
    # told after the start, and what is not there any more leaves no hole.
    last = ask({"from": 99})[1]["last"]
    ee.stop()
    with sqlite3.connect(os.path.join(ee.dir, "store", "node.db")) as db:
        db.execute("UPDATE feed_seq SET seq = seq + 3")
        for i, alert in enumerate((missed[0], None, missed[1])):
            db.execute("INSERT INTO outbox SELECT ifnull(max(n), 0) + 1, 'soc', ?, ?,"
                       " (SELECT k FROM alerts WHERE id = ?) FROM outbox",
                       (last + 1 + i, int(time.time() * 1000),
                        bytes.fromhex(alert) if alert else None))
    ee.start()
    sub, header = subscriber()
    assert header["seq"] == last + 3, (header, last)
    rows, end = ask({"from": last + 1})
    assert rows == [(last + 1, missed[0]), (last + 2, "keepalive"), (last + 3, missed[1])], rows
    tail = ee.run("tail", "--since", "1h", "--count", str(last + 2)).out
    assert len(tail.splitlines()) == last + 2, tail
    replay.close()
    sub.close()
    context.term()
print("a foreign client saw everything")
