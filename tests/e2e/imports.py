"""What a team has flows in: files, directories, a MISP feed, lines, and what keeps
coming; every published sample does what MANIFEST.tsv says."""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys

from mesh import Mesh, end_with_us, wait_for

programs, data = sys.argv[1], sys.argv[2]
EVE = {"timestamp": "2026-07-01T08:00:00.000000+0000", "event_type": "alert",
       "src_ip": "203.0.113.5", "dest_ip": "198.51.100.9", "dest_port": 22,
       "proto": "TCP", "alert": {"gid": 1, "signature_id": 7, "rev": 1,
                                 "signature": "SSH scan", "severity": 2}}


def eve(**more):
    return json.dumps({**EVE, **more}) + "\n"


def manifest():
    for line in open(os.path.join(data, "MANIFEST.tsv")):
        if not line.startswith("#"):
            yield line.split("\t")[:3]


def every_sample(node):
    for name, verdict, result in manifest():
        done = node.run("import", os.path.join(data, name), "--tlp", "green", "--dry-run",
                        check=False)
        assert done.returncode == (1 if verdict == "refuse" else 0), (name, done.out, done.err)
        if verdict == "refuse":
            assert done.err.startswith(os.path.join(data, name) + ":"), done.err
        elif verdict == "empty":
            assert "nothing to warn of" in done.err, (name, done.err)
        else:
            assert ", %s alerts," % result in done.out, (name, done.out)


def totals(done):
    """The numbers of the last line: files, refused, new, updated, withdrawn, known."""
    words = done.out.splitlines()[-1].replace("(", "").split()
    return [int(word) for word in words if word.isdigit()]


def a_directory(node, scratch):
    many = os.path.join(scratch, "many")
    shutil.copytree(os.path.join(data, "idea"), os.path.join(many, "idea"))
    shutil.copy(os.path.join(data, "cap", "weather.cap"), many)
    shutil.copy(os.path.join(data, "cap", "invalid.cap"), many)
    done = node.run("import", many, "--tlp", "green", check=False)
    assert done.returncode == 1
    assert totals(done)[:6] == [13, 1, 12, 0, 0, 0], done.out
    again = node.run("import", many, "--tlp", "green", check=False)
    assert totals(again)[:6] == [13, 1, 0, 0, 0, 12], again.out


def a_feed(node, scratch):
    feed = os.path.join(scratch, "feed")
    os.mkdir(feed)
    names = ["eset-abafar.json", "eset-endor.json", "eset-bespin.json"]
    index = {}
    for name in names:
        body = open(os.path.join(data, "misp", name), "rb").read()
        event = json.loads(body)["Event"]
        index[event["uuid"]] = {"info": event["info"], "integrity:sha256":
                                hashlib.sha256(body).hexdigest()}
        with open(os.path.join(feed, event["uuid"] + ".json"), "wb") as out:
            out.write(body)
    uuids = list(index)
    index[uuids[1]]["integrity:sha256"] = "0" * 64
    index["00000000-0000-4000-8000-000000000000"] = {"info": "gone"}
    with open(os.path.join(feed, "manifest.json"), "w") as out:
        json.dump(index, out)
    with open(os.path.join(feed, "hashes.csv"), "w") as out:
        out.write("not an event\n")
    done = node.run("import", feed, "--tlp", "green", check=False)
    assert totals(done)[:3] == [4, 2, 2], done.out
    assert "named in the manifest, but not there" in done.err
    assert "not the file that the manifest has a hash of" in done.err


def many_files_are_one_submission(node, scratch):
    """A file that is refused takes nothing of the others with it, and each outcome names
    its file."""
    paths = []
    for i, text in enumerate((eve(src_ip="203.0.113.50"), "{", eve(src_ip="203.0.113.51"))):
        paths.append(os.path.join(scratch, "many-%d.json" % i))
        with open(paths[-1], "w") as out:
            out.write(text)
    done = node.run("import", *paths, "--tlp", "green", check=False)
    assert done.returncode == 1 and totals(done)[:3] == [3, 1, 2], done.out
    rows = [line.split() for line in done.out.splitlines() if line.startswith("  stored")]
    assert [row[2] for row in rows] == [paths[0], paths[2]], done.out


def lines(node):
    text = eve() + eve() + "{broken\n" + eve(src_ip="203.0.113.6")
    done = node.run("import", "-", "--tlp", "green", stdin=text.encode())
    assert totals(done)[2] == 2, done.out
    assert "line 3 left out" in done.err, done.err
    flow = json.dumps({**EVE, "event_type": "flow"}) + "\n"
    for more, where in (([], "out"), (["--json"], "err")):
        done = node.run("import", "-", "--tlp", "green", *more,
                        stdin=(eve() + flow + flow + "{broken\n").encode())
        said = getattr(done, where)
        assert "left out: 2 of kind: record of type flow, not an alert" in said, said
        assert "left out: 1 of kind: line that cannot be read" in said, said
    whole = json.dumps([{**EVE, "src_ip": "203.0.113.7"}])
    done = node.run("import", "-", "--tlp", "green", stdin=whole.encode())
    assert totals(done)[2] == 1, done.out


def an_exercise(node):
    alerts = node.ids()
    node.run("import", "-", "--tlp", "green", "--exercise", "ce26",
             stdin=json.dumps({**EVE, "src_ip": "203.0.113.8"}).encode())
    assert node.ids() == alerts, "an exercise among what is live"
    new = json.loads(node.run("list", "--exercise", "ce26", "--json").out)["id"]
    assert json.loads(node.run("show", new, "--json").out)["exercise"] == "ce26"


class Going:
    """`tocsin import` that keeps running."""

    def __init__(self, mesh, node, *words):
        self.process = subprocess.Popen(
            [mesh.program("tocsin"), "--config", node.config, "import", *words,
             "--tlp", "green"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=end_with_us, text=True)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=20)
        return out


def titles(node):
    return [row["title"] for row in node.ids().values()]


def a_watched_directory(mesh, node, scratch):
    inbox = os.path.join(scratch, "inbox")
    os.mkdir(inbox)
    shutil.copy(os.path.join(data, "cap", "earthquake.cap"), inbox)
    before = len(node.ids())
    going = Going(mesh, node, "--watch", inbox)
    wait_for("the file that was there", lambda: len(node.ids()) == before + 1)
    shutil.copy(os.path.join(data, "cap", "australia.cap"), os.path.join(scratch, "a"))
    os.rename(os.path.join(scratch, "a"), os.path.join(inbox, "a.cap"))
    wait_for("the file that came", lambda: len(node.ids()) == before + 2)
    node.stop()
    shutil.copy(os.path.join(data, "csaf", "vex-2022-evd-uc-01-a-001.json"), inbox)
    node.start()
    wait_for("what came while the node was away",
             lambda: len(node.ids()) == before + 3)
    out = going.end()
    assert "3 files (0 refused): 3 alerts new" in out, out


def a_followed_file(mesh, node, scratch):
    path = os.path.join(scratch, "eve.json")
    going = Going(mesh, node, "--follow", path)
    assert "eve.json: it is not there yet" in going.process.stdout.readline()
    log = open(path, "w")
    log.write(eve(src_ip="198.51.100.77"))
    log.flush()

    def count(source):
        found = [i for i, row in node.ids().items() if row["title"] == "SSH scan"]
        shown = [json.loads(node.run("show", i, "--json").out) for i in found]
        texts = [f["value"] for a in shown for f in a["fields"] if f["name"] == "description"
                 and any(g["value"] == ["ipv4-addr", source] for g in a["fields"])
                 and a["status"] == "live"]
        return int(texts[0].split()[0]) if texts else 0
    wait_for("what was in the file", lambda: count("198.51.100.77") == 1)
    log.write(eve(src_ip="198.51.100.78")[:-20])
    log.flush()
    log.write(eve(src_ip="198.51.100.78")[-20:] + eve(src_ip="198.51.100.77"))
    log.flush()
    wait_for("a line in two pieces", lambda: count("198.51.100.78") == 1)
    wait_for("a record more of the first", lambda: count("198.51.100.77") == 2)
    os.rename(path, path + ".1")
    log.write(eve(src_ip="198.51.100.77"))
    log.close()
    with open(path, "w") as log:
        log.write(eve(src_ip="198.51.100.79"))
    wait_for("the file that took its name", lambda: count("198.51.100.79") == 1)
    going.end()
    assert count("198.51.100.77") == 3, count("198.51.100.77")


def hostile(node):
    for what, text, reason in (
            ("depth", b"[" * 10000, "nested deeper than 64 levels"),
            ("string", b'{"a":"' + b"x" * (5 << 20) + b'"}', "more than 4194304"),
            ("size", b" " * (100 << 20), "more than 67108864"),
            ("utf8", b'{"type":"\xff"}', "not valid UTF-8"),
            ("twice", b'{"type":"a","type":"b"}', "duplicate object key"),
            ("nan", b'{"type":NaN}', "not strict JSON"),
            ("number", b'{"type":' + b"9" * 400 + b"}", "too big"),
            ("laughs", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "not strict JSON")):
        done = node.run("import", "-", "--tlp", "green", stdin=text, check=False)
        assert done.returncode == 1 and reason in done.err, (what, done.err[:300])


with Mesh(programs, ["ee"], []) as mesh:
    ee = mesh["ee"]
    ee.start()
    every_sample(ee)
    a_directory(ee, mesh.dir)
    a_feed(ee, mesh.dir)
    lines(ee)
    many_files_are_one_submission(ee, mesh.dir)
    an_exercise(ee)
    a_watched_directory(mesh, ee, mesh.dir)
    a_followed_file(mesh, ee, mesh.dir)
    hostile(ee)
print("imports: done")
