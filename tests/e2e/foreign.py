"""Text from abroad, whoever wrote it, reaches no terminal and no log unescaped:
alerts of a peer, files to import and their names, policies, cards, and a feed
that is not the node's own. And colour is for terminals only."""
import json
import os
import pty
import shutil
import subprocess
import sys
import threading

from mesh import Mesh, skip, wait_for

try:
    import zmq
    from peer import Peer, envelope
except ImportError as missing:
    skip(str(missing))

programs = sys.argv[1]
# Escape sequences, changes of direction, invisible characters, other newlines.
FORBIDDEN = "\x1b\x07\x9b\u202e\u2066"
ALLOWED = "\u200b\u200e\u200f\u061c\u2028\u2029\ufeff\U000e0041"
EVIL = "\x1b]0;owned\x07\u202egpj.exe" + ALLOWED
FORGED = "\nlevel=error event=forged"


def clean(where, text):
    for bad in FORBIDDEN + ALLOWED:
        assert bad not in text, "%s: %s" % (where, ascii(text))
    assert "\nlevel=error event=forged" not in text, "%s: a line was forged: %s" % (where, text)
    return text


def said(node, *words, code=None):
    done = node.run(*words, check=False)
    text = clean(words, done.out + done.err)
    assert code is None or done.returncode == code, (words, done.returncode, text)
    return text


def alerts_of_a_peer(ee, lv):
    """The format allows newlines and invisible characters in every text."""
    title = "line one" + FORGED + ALLOWED
    lv.push(envelope("lv", lv.keys.cert.id, lv.keys.sign, title))
    lv.settled(lv.n)
    (row,) = ee.ids().values()
    assert row["title"] == title, ascii(row["title"])
    for words in (["list"], ["list", "--json"], ["show", row["id"]], ["show", row["id"], "--json"],
                  ["thread", row["id"]], ["status", row["id"]], ["status"], ["peer", "list"],
                  ["why", row["id"], "--from", "lv"], ["audit", "show"], ["doctor"],
                  ["tail", "--since", "1h", "--count", "1"],
                  ["tail", "--since", "1h", "--count", "1", "--json"],
                  ["verify", ee.raw(row["id"]), "lv=" + ee.mesh.card("lv")]):
        said(ee, *words, code=0)


def files_to_import(ee):
    folder = os.path.join(ee.mesh.dir, "x" + EVIL)
    os.makedirs(folder)
    event = {"Event": {"uuid": "5b8d9d33-ccf0-4fd9-82dc-7dbc0a016219", "info": "x" + EVIL + FORGED,
                       "date": "2026-01-01", "timestamp": "1", "threat_level_id": "1",
                       "published": True, "Tag": [{"name": "tlp:green"}, {"name": EVIL}],
                       "Attribute": [{"type": EVIL, "category": EVIL, "value": EVIL,
                                      "uuid": "5b8d9d33-ccf0-4fd9-82dc-7dbc0a016210",
                                      "to_ids": True, "deleted": False, "timestamp": "1"}]}}
    files = {"good": json.dumps(event), "bad": '{"Event": {"' + EVIL, "none": EVIL,
             "stix": json.dumps({"type": "bundle", "id": EVIL, "objects": [{"type": EVIL}]})}
    for name, text in files.items():
        with open(os.path.join(folder, name + EVIL), "w") as out:
            out.write(text)
    text = said(ee, "import", folder, "--tlp", "green", code=1)
    assert "4 files" in text and "1 alerts new" in text, text
    said(ee, "import", os.path.join(folder, "missing" + EVIL), code=1)
    said(ee, "list", code=0)
    shutil.rmtree(folder)


def names_of_files(ee):
    for words in (["card", "show", "/no/" + EVIL], ["verify", "/no/" + EVIL, "ee=x"],
                  ["card", "import", "/no/" + EVIL, "--as", "lv"], ["status", "--config", "/no/" + EVIL]):
        done = subprocess.run([os.path.join(programs, "tocsin"), *words, *(
            [] if "--config" in words else ["--config", ee.config])], capture_output=True)
        assert done.returncode in (1, 3), (words, done)
        clean(words, (done.stdout + done.stderr).decode())
    done = subprocess.run([os.path.join(programs, "tocsind"), "--config", "/no/" + EVIL],
                          capture_output=True)
    assert done.returncode == 1
    clean("tocsind", (done.stdout + done.stderr).decode())


def policies(ee):
    """A policy may have been sent by mail; so may its file name."""
    path = os.path.join(ee.dir, "policy", "90-x" + EVIL + ".conf")
    for text in ("allow export to any name " + EVIL + ";", "allow " + EVIL, '"' + EVIL,
                 'deny export to any name x when category == "' + EVIL + '" and;'):
        with open(path, "w") as out:
            out.write(text)
        for words in (["policy", "check"], ["reload"], ["doctor"]):
            said(ee, *words, code=1)
        done = subprocess.run([os.path.join(programs, "tocsind"), "--check", "--config", ee.config],
                              capture_output=True)
        assert done.returncode == 1
        clean("tocsind --check", (done.stdout + done.stderr).decode())
    with open(path, "w") as out:
        out.write("allow exprt to any name h;")
    ee.stop()
    ee.start()
    text = said(ee, "status", code=0)
    assert "NO VALID POLICY" in text, text
    os.unlink(path)
    said(ee, "reload", code=0)


class FalseFeed(threading.Thread):
    """Answers where a feed should be, with rows nobody has filtered."""

    def __init__(self, prefix, bodies):
        super().__init__(daemon=True)
        self.bodies, self.context, self.done = bodies, zmq.Context(), False
        self.pub = self.context.socket(zmq.PUB)
        self.pub.bind("ipc://%s.sock" % prefix)
        self.router = self.context.socket(zmq.ROUTER)
        self.router.bind("ipc://%s-replay.sock" % prefix)

    def run(self):
        while not self.done:
            if not self.router.poll(100):
                continue
            who, *_ = self.router.recv_multipart()
            for seq, body in enumerate(self.bodies, 1):
                self.router.send_multipart([
                    who, b"alert." + EVIL.encode(),
                    json.dumps({"seq": seq, "epoch": "e" + EVIL[:4]}).encode(), body])
            self.router.send_multipart([who, json.dumps(
                {"end": True, "sent": len(self.bodies), "more": False, "first": 1,
                 "last": len(self.bodies), "epoch": "e" + EVIL[:4]}).encode()])
        self.context.destroy(linger=0)


def a_feed_of_somebody_else(ee):
    keys = ("id", "origin", "kind", "severity", "tlp", "status", "created", "ref", "category")
    row = {key: EVIL * 3 for key in keys}
    row["fields"] = [{"name": "title", "value": "x" + EVIL + FORGED, "class": "KEEP"}]
    bodies = [json.dumps(row, ensure_ascii=False).encode(), json.dumps(row).encode(),
              b"not json " + EVIL.encode(), b"[1]", b'{"fields":[1,"x",{}],"id":3}',
              ('{"id":"\x1b[31m"}').encode()]
    prefix = os.path.join(ee.mesh.dir, "false")
    config = os.path.join(ee.mesh.dir, "false.conf")
    with open(config, "w") as out:
        out.write('node ee { store s; run r; } observers soc { socket "%s"; }' % prefix)
    feed = FalseFeed(prefix, bodies)
    feed.start()
    for words in (["--count", "2"], ["--count", "2", "--json"]):
        done = subprocess.run([os.path.join(programs, "tocsin"), "tail", "--since", "1h",
                               "--config", config, *words], capture_output=True, timeout=30)
        assert done.returncode == 0 and len(done.stdout.splitlines()) == 2, done
        clean("tail of a false feed", (done.stdout + done.stderr).decode())
    feed.done = True
    feed.join(5)


def on_a_terminal(node, words, environment):
    """What a program writes when its standard output is a terminal."""
    master, slave = pty.openpty()
    done = subprocess.run([os.path.join(programs, "tocsin"), *words, "--config", node.config],
                          stdout=slave, stderr=slave, env={**os.environ, **environment})
    os.close(slave)
    text = b""
    try:
        while True:
            piece = os.read(master, 65536)
            if not piece:
                break
            text += piece
    except OSError:
        pass # the other side is closed
    os.close(master)
    return done.returncode, text.decode()


def colour(ee):
    ee.run("send", "--severity", "critical", "--tlp", "green", "--title", "red")
    os.environ.pop("NO_COLOR", None)
    for words in (["list"], ["peer", "list"], ["doctor"]):
        _, coloured = on_a_terminal(ee, words, {})
        assert "\x1b[" in coloured, (words, coloured)
        _, plain = on_a_terminal(ee, words, {"NO_COLOR": "1"})
        assert "\x1b" not in plain, (words, plain)
        assert "\x1b" not in ee.run(*words, check=False).out
        assert "\x1b[0m\x1b[" not in coloured.replace("\r\n", "\n").split("\n")[-1]


with Mesh(programs, ["ee", "lv"], [("ee", "lv")]) as mesh:
    ee = mesh["ee"]
    ee.start()
    lv = Peer(mesh["lv"], ee)
    lv.greet()
    wait_for("the link", ee.all_up)
    alerts_of_a_peer(ee, lv)
    files_to_import(ee)
    names_of_files(ee)
    a_feed_of_somebody_else(ee)
    colour(ee)
    lv.close()
    policies(ee)
    clean("the log", ee.log_text())
print("what is foreign stays text")
