"""Real nodes on loopback for end-to-end tests: set-up, start, stop, waiting.

Every wait has a deadline and looks for what it waits for; a failure prints what
the nodes said. Only processes that were started here are ended, by their pid."""
import contextlib
import ctypes
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

SKIPPED = 77


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def end_with_us(how=signal.SIGTERM):
    """Runs in a child before it becomes a program: a test that is killed leaves
    nothing behind. 1 is PR_SET_PDEATHSIG."""
    ctypes.CDLL(None).prctl(1, how)


def free_port():
    """Below the range from which the kernel takes ports for connections: a
    node that is started again must find its own port free."""
    while True:
        port = 15000 + secrets.randbelow(17000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def wait_for(what, condition, seconds=15):
    """The first true value of condition(); names what was waited for."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited in vain for " + what)
        time.sleep(0.02)


class Node:
    def __init__(self, mesh, member):
        self.mesh, self.member = mesh, member
        self.dir = os.path.join(mesh.dir, member)
        self.config = os.path.join(self.dir, "tocsin.conf")
        self.address, self.port = "127.0.0.1", free_port()
        self.enter = []  # words before the program: where it runs
        self.process = None
        self.log = None

    def popen(self, *words):
        """The CLI of this node, while it runs."""
        return subprocess.Popen(
            [self.mesh.program("tocsin"), "--config", self.config, *words],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_us)

    def run(self, *words, check=True, stdin=None, user=None):
        """The CLI of this node, by a user's number; returns the finished process."""
        person = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        done = subprocess.run(
            [self.mesh.program("tocsin"), "--config", self.config, *words],
            capture_output=True, timeout=60, input=stdin, **person)
        done.out = done.stdout.decode(errors="replace")
        done.err = done.stderr.decode(errors="replace")
        if check and done.returncode != 0:
            raise AssertionError("%s: tocsin %s: exit %d\n%s%s" % (
                self.member, " ".join(words), done.returncode, done.out, done.err))
        return done

    def init(self):
        os.makedirs(self.mesh.roots, exist_ok=True)
        self.run("init", "--member", self.member, "--listen", self.endpoint(),
                 "--root-out", self.mesh.roots, *self.mesh.init_options)
        card = self.mesh.card(self.member)
        with open(card, "w") as out:
            out.write(self.run("card", "export").out)
        return card

    def endpoint(self):
        return "tcp://%s:%d" % (self.address, self.port)

    def policy(self, text):
        with open(os.path.join(self.dir, "policy", "10-national.conf"), "w") as out:
            out.write(text)

    def start(self, ready=True):
        self.log = open(os.path.join(self.dir, "log"), "ab")
        self.process = subprocess.Popen(
            [*self.enter, self.mesh.program("tocsind"), "--config", self.config],
            stderr=self.log, stdin=subprocess.DEVNULL, preexec_fn=end_with_us)
        if ready:
            wait_for(self.member + " to answer", self.answers)

    def answers(self):
        return self.run("status", check=False).returncode == 0

    def send(self, title, *words):
        """The id of a new alert that may go anywhere."""
        return self.run("send", "--severity", "low", "--tlp", "green", "--onward",
                        "any", "--title", title, *words).out.strip()

    def raw(self, alert_id):
        """A file with this node's copy of an alert, as it is."""
        path = os.path.join(self.mesh.dir, "%s-%s.raw" % (self.member, alert_id[:12]))
        with open(path, "wb") as out:
            out.write(self.run("show", alert_id, "--raw").stdout)
        return path

    def children(self):
        """pid by program name."""
        found = {}
        path = "/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)
        for pid in open(path).read().split():
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as line:
                    name = os.path.basename(line.read().split(b"\0")[0].decode())
                found[name] = int(pid)
            except OSError:
                pass
        return found

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            try:
                code = self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(self.member + " did not stop")
            self.process = None
            return code
        return None

    def peers(self):
        done = self.run("peer", "list", "--json", check=False)
        return [json.loads(line) for line in done.out.splitlines()]

    def all_up(self):
        peers = self.peers()
        return bool(peers) and all(p["state"] == "up" for p in peers)

    def ids(self):
        done = self.run("list", "--json", "--limit", "10000")
        return {json.loads(line)["id"]: json.loads(line) for line in done.out.splitlines()}

    def status(self):
        return json.loads(self.run("status", "--json").out)

    def peer(self, member):
        return next(p for p in self.peers() if p["peer"] == member)

    def renewed(self, *sign_options):
        """A new key pair, certified with the root; returns the card's file. The
        root is used without the configuration, as on another machine."""
        asked = os.path.join(self.mesh.dir, self.member + ".request")
        card = os.path.join(self.mesh.dir, self.member + ".renewed")
        with open(asked, "w") as out:
            out.write(self.run("cert", "request").out)
        done = subprocess.run(
            [self.mesh.program("tocsin"), "--config", "/nonexistent", "cert", "sign",
             asked, "--root", self.mesh.roots, "--yes", *sign_options],
            capture_output=True, timeout=60)
        assert done.returncode == 0, done
        with open(card, "wb") as out:
            out.write(done.stdout)
        return card

    def fed(self):
        """Every row observers were ever given, in order."""
        path = os.path.join(self.dir, "store", "feed.db")
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True)) as feed:
            return [json.loads(body) for body, in
                    feed.execute("SELECT body FROM feed ORDER BY seq")]

    def log_text(self):
        with open(os.path.join(self.dir, "log"), errors="replace") as log:
            return log.read()


class Mesh:
    """with Mesh(programs, ["ee", "lv"], [("ee", "lv")]) as mesh: ...

    Everybody pins everybody's card, except those of strangers and theirs."""

    def __init__(self, programs, members, links, strangers=(), init=()):
        self.programs, self.links, self.strangers = programs, links, strangers
        self.init_options = init
        self.dir = tempfile.mkdtemp(prefix="tocsin-e2e-")
        self.roots = os.path.join(self.dir, "roots")
        # Where Tocsin is installed, tocsin-feed is another user than we.
        os.chmod(self.dir, 0o755)
        self.nodes = {member: Node(self, member) for member in members}

    def program(self, name):
        return os.path.join(self.programs, name)

    def endpoint(self, of, seen_from):
        """Where one node finds another."""
        del seen_from
        return self[of].endpoint()

    def card(self, member):
        return os.path.join(self.dir, member + ".card")

    def __getitem__(self, member):
        return self.nodes[member]

    def prepare(self):
        cards = {m: node.init() for m, node in self.nodes.items()}
        for m, node in self.nodes.items():
            for other, card in cards.items():
                if m != other and not {m, other} & set(self.strangers):
                    node.run("card", "import", card, "--as", other, "--yes",
                             "--eu", "yes", "--role", "nation")
        for a, b in self.links:
            for one, two in ((a, b), (b, a)):
                self[one].run("peer", "add", two, "--connect",
                              self.endpoint(two, seen_from=one))

    def start(self):
        for node in self.nodes.values():
            node.start()
        for node in self.nodes.values():
            if any(node.member in link for link in self.links):
                wait_for("the links of " + node.member, node.all_up)

    def __enter__(self):
        self.prepare()
        return self

    def __exit__(self, kind, value, trace):
        for node in self.nodes.values():
            try:
                node.stop()
            except AssertionError as error:
                print(error)
        if kind is not None:
            for node in self.nodes.values():
                if node.log is not None:
                    print("---- log of", node.member)
                    print("\n".join(node.log_text().splitlines()[-40:]))
        shutil.rmtree(self.dir, ignore_errors=True)
        return False
