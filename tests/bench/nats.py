"""nats-server with JetStream over the chain A-B-C, driven by a small client of
our own (text protocol over TLS).

R1: three servers, one stream each, B's a mirror of A's and C's a mirror of B's,
over leaf node connections. R3: a cluster of the three, one stream with a copy
at each. JetStream acknowledges before anything is synced to disk."""
import json
import os
import socket
import ssl
import time

from chain import AHEAD
from rig import Programs, Result, free_port, stopwatch, wait_for

NAMES = "abc"
TLS = 'tls { cert_file: "server.pem", key_file: "server.key", ca_file: "ca.pem" }\n'


class Client:
    def __init__(self, port, ca):
        raw = socket.create_connection(("127.0.0.1", port), 10)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while not raw.recv(65536, socket.MSG_PEEK).endswith(b"\r\n"):
            time.sleep(0.01)
        raw.recv(65536)  # INFO
        context = ssl.create_default_context(cafile=ca)
        self.sock = context.wrap_socket(raw, server_hostname="localhost")
        self.buffer = b""
        self.sock.sendall(b'CONNECT {"verbose":false,"headers":false,"tls_required":true}\r\n'
                          b"SUB _IN.> 1\r\nPING\r\n")
        while b"PONG" not in self.buffer:
            self.read()
        self.buffer = b""

    def read(self):
        more = self.sock.recv(262144)
        if not more:
            raise OSError("nats-server hung up")
        if more == b"PING\r\n":
            self.sock.sendall(b"PONG\r\n")
            return
        self.buffer += more

    def ask(self, subject, body=None, seconds=5):
        """One request, one JSON reply; None when there is none in time."""
        text = b"" if body is None else json.dumps(body).encode()
        self.buffer = b""
        self.sock.sendall(b"PUB %s _IN.r %d\r\n%s\r\n" % (subject.encode(), len(text), text))
        self.sock.settimeout(seconds)
        try:
            while True:
                head, found, rest = self.buffer.partition(b"\r\n")
                size = int(head.split()[-1]) if found and head.startswith(b"MSG") else None
                if size is not None and len(rest) >= size:
                    return json.loads(rest[:size])
                if found and size is None:
                    self.buffer = rest
                    continue
                self.read()
        except socket.timeout:
            return None
        finally:
            self.sock.settimeout(10)

    def publish(self, subject, payloads):
        """All of them, each acknowledged by JetStream."""
        acked, sent, self.buffer = 0, 0, b""
        head = b"PUB %s _IN.a %d\r\n" % (subject.encode(), len(payloads[0]))
        while acked < len(payloads):
            upto = min(len(payloads), acked + AHEAD)
            if upto - sent >= AHEAD // 8 or (upto == len(payloads) and sent < upto):
                self.sock.sendall(b"".join(head + p + b"\r\n" for p in payloads[sent:upto]))
                sent = upto
            self.read()
            assert b'"error"' not in self.buffer, self.buffer[:300]
            acked += self.buffer.count(b'"seq":')
            # An acknowledgement that is cut in two is counted with its second half.
            self.buffer = self.buffer[self.buffer.rfind(b"\r\n"):]
            if b'"seq":' in self.buffer:
                acked -= self.buffer.count(b'"seq":')


def server(programs, name, ports, more):
    text = ('server_name: %s\nlisten: "127.0.0.1:%d"\n%s'
            'jetstream { store_dir: "%s", max_file_store: 2GB%s }\n%s') % (
                name, ports[name], TLS, programs.path("js-" + name),
                "" if "cluster" in more else ", domain: " + name, more)
    programs.start("nats-" + name, "nats-server", "-c", programs.path(name + ".conf", text))


def start_chain(programs, ports):
    """B dials A and C dials B, as leaf nodes."""
    leafs = {name: free_port() for name in NAMES}
    for at, name in enumerate(NAMES):
        more = 'leafnodes { listen: "127.0.0.1:%d", %s' % (leafs[name], TLS)
        if at > 0:
            more += ('remotes: [ { url: "tls://localhost:%d", tls { ca_file: "ca.pem" } } ]'
                     % leafs[NAMES[at - 1]])
        server(programs, name, ports, more + "}\n")


def start_cluster(programs, ports):
    routes = {name: free_port() for name in NAMES}
    others = ", ".join('"nats-route://localhost:%d"' % port for port in routes.values())
    for name in NAMES:
        server(programs, name, ports, 'cluster { name: three, listen: "127.0.0.1:%d", %s'
               "routes: [ %s ] }\n" % (routes[name], TLS, others))


def create(client, config):
    def made():
        reply = client.ask("$JS.API.STREAM.CREATE." + config["name"], config)
        return reply is not None and "error" not in reply
    wait_for("stream " + config["name"], made, 30)


def held(client, stream):
    reply = client.ask("$JS.API.STREAM.INFO." + stream)
    if reply is None or "state" not in reply:
        return 0
    lags = [r.get("lag", 0) for r in (reply.get("cluster") or {}).get("replicas") or []]
    return reply["state"]["messages"] - max([0, *lags])


def run(payloads, replicas):
    """Chain of mirrors (1) or cluster (3)."""
    with Programs() as programs:
        programs.certificates()
        ports = {name: free_port() for name in NAMES}
        (start_chain if replicas == 1 else start_cluster)(programs, ports)
        clients = {}

        def connect(name):
            try:
                clients[name] = Client(ports[name], programs.path("ca.pem"))
                return True
            except OSError:
                return False
        for name in NAMES:
            wait_for("nats-server " + name, lambda: connect(name), 20)
        stream = {"name": "S0", "subjects": ["alerts"], "storage": "file", "retention": "limits",
                  "num_replicas": replicas}
        create(clients["a"], stream)
        last, last_stream = clients["a"], "S0"
        if replicas == 1:
            for at in (1, 2):
                create(clients[NAMES[at]], {
                    "name": "S%d" % at, "storage": "file", "retention": "limits",
                    "num_replicas": 1, "mirror": {"name": "S%d" % (at - 1), "external": {
                        "api": "$JS.%s.API" % NAMES[at - 1], "deliver": "deliver.%d" % at}}})
            last, last_stream = clients["c"], "S2"
        clients["a"].publish("alerts", payloads[:64])  # warm, and the way is there
        wait_for("the first messages", lambda: held(last, last_stream) == 64, 30)
        cpu, elapsed = programs.cpu_s(), stopwatch()
        clients["a"].publish("alerts", payloads)
        wait_for("everything at C", lambda: held(last, last_stream) == 64 + len(payloads), 60)
        return Result("nats-server JetStream R%d" % replicas, len(payloads), elapsed(),
                      programs.cpu_s() - cpu)


if __name__ == "__main__":
    for count in (1, 3):
        print(run([os.urandom(2048) for _ in range(16000)], count))
