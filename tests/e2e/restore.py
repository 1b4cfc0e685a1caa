"""`tocsin backup` while alerts flow, `tocsin restore` on a machine that lost
everything after it: nothing older than the backup is lost, what the node said
since comes back before it revises anything, and withdrawals follow what went
out in between. Broken, cut and foreign files change nothing."""
import glob
import hashlib
import io
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile

from mesh import Mesh, Stream, wait_for

programs = sys.argv[1]


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def everything_below(top):
    """Path, mode and contents of all plain files, path and mode of directories."""
    found = {}
    for folder, folders, files in os.walk(top):
        for name in folders:
            path = os.path.join(folder, name)
            found[path] = (mode(path), None)
        for name in files:
            path = os.path.join(folder, name)
            if stat.S_ISREG(os.stat(path).st_mode):
                with open(path, "rb") as file:
                    found[path] = (mode(path), file.read())
    return found


def others_can_read_it(path, mesh):
    """tar and sha256sum, and sqlite3 on what is inside."""
    out = os.path.join(mesh.dir, "unpacked")
    os.makedirs(out)
    subprocess.run(["tar", "-xf", path, "-C", out], check=True)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"],
                   cwd=out, check=True)
    with tarfile.open(path) as tar:
        assert tar.getnames()[0] == "tocsin-backup" and tar.getnames()[-1] == "SHA256SUMS"
        names = tar.getnames()
    for name in ("conf/tocsin.conf", "conf/policy/10-national.conf", "conf/members/lv.conf",
                 "conf/peers/lv.conf", "conf/cards/lv.card", "store/node.db", "store/feed.db",
                 "keys/node.card"):
        assert name in names, names
    with sqlite3.connect("file:%s/store/node.db?mode=ro" % out, uri=True) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return names


def refused(node, path, text, *options):
    before = everything_below(node.dir)
    done = node.run("restore", path, *options, check=False)
    assert done.returncode == 1 and text in done.err and done.out == "", (text, done)
    assert everything_below(node.dir) == before, text


def bad_files_change_nothing(node, good, mesh):
    data = open(good, "rb").read()
    bad = os.path.join(mesh.dir, "bad")

    def put(what):
        with open(bad, "wb") as out:
            out.write(what)
        return bad
    refused(node, put(b""), "this is no backup")
    refused(node, put(b"\x7fELF" * 4000), "this is no backup")
    for share in (0.01, 0.4, 0.9):
        refused(node, put(data[:int(len(data) * share)]), "ends too early")
    for share in (0.3, 0.6, 0.9):
        at = int(len(data) * share)
        refused(node, put(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]), "damaged")
    refused(node, "/no/file", "there is no such file")
    refused(node, node.config, "this is no backup")
    # A tar file, well-formed, that we did not write.
    with tarfile.open(bad, "w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(node.config, arcname="conf/tocsin.conf")
    refused(node, bad, "this is no backup")
    # Hashes that are right, of files that are not.
    with tarfile.open(good) as tar:
        parts = [(m.name, tar.extractfile(m).read()) for m in tar.getmembers() if m.isfile()]
    forged(bad, [(n, b"not a database" if n == "store/node.db" else d) for n, d in parts])
    refused(node, bad, "store")
    forged(bad, [(n, d) for n, d in parts if not n.startswith("store/")])
    refused(node, bad, "this is no backup")
    forged(bad, [(n, d.replace(b"member ee", b"member lv")) for n, d in parts])
    refused(node, bad, "this backup is of lv")


def belongs_to_its_owner(node):
    """Root restores what is somebody else's; then it is root's again."""
    if os.geteuid() != 0:
        return
    for name in ("policy", "policy/10-national.conf", "cards", "keys", "keys/node.card"):
        info = os.stat(os.path.join(node.dir, name))
        assert (info.st_uid, info.st_gid) == (4711, 4712), name
    subprocess.run(["chown", "-R", "0:0", node.dir], check=True)


def forged(path, parts):
    parts = [(n, d) for n, d in parts if n != "SHA256SUMS"]
    sums = "".join("%s  %s\n" % (hashlib.sha256(d).hexdigest(), n) for n, d in parts)
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, bytes_ in parts + [("SHA256SUMS", sums.encode())]:
            info = tarfile.TarInfo(name)
            info.size = len(bytes_)
            tar.addfile(info, io.BytesIO(bytes_))


with Mesh(programs, ["ee", "lv", "lt"], [("ee", "lv"), ("lv", "lt")]) as mesh:
    ee, lv, lt = mesh["ee"], mesh["lv"], mesh["lt"]
    mesh.start()
    old = [ee.send("before %d" % n) for n in range(5)]
    theirs = lt.send("from lt")
    ee.run("revoke", old[4], "--reason", "wrong before the backup")
    for node in (lv, lt):
        wait_for("the old ones at " + node.member, lambda: set(old) <= set(node.ids()))
    wait_for("lt's at ee", lambda: theirs in ee.ids())

    # While the node writes.
    stream = Stream(ee)
    stream.start()
    wait_for("a stream", lambda: len(stream.sent) > 3)
    first = os.path.join(mesh.dir, "ee.backup")
    before = len(stream.sent)
    said = ee.run("backup", first).out
    assert "without the node's keys" in said
    counted = " " + said.split(": ")[1].split(" of ")[0] + ","  # " 11 files,"
    after = len(stream.sent) + 1
    stream.end()
    assert mode(first) == 0o600
    assert not glob.glob(first + ".*"), "something is left over"
    names = others_can_read_it(first, mesh)
    assert not [n for n in names if n.endswith(".key")], names
    again = ee.run("backup", first, check=False)
    assert again.returncode == 1 and "exists already" in again.err, again.err
    assert "backup" in ee.run("audit", "show").out

    # With the keys, and modes of their own: the root is not in it, wherever it lies.
    whole = os.path.join(mesh.dir, "whole.backup")
    modes = {"tocsin.conf": 0o640, "policy/10-national.conf": 0o600, "cards/lv.card": 0o664,
             "keys/node.card": 0o640, "keys/node.key": 0o600,
             "": 0o750, "policy": 0o700, "cards": 0o775, "members": 0o755, "store": 0o700}
    for name, wanted in modes.items():
        os.chmod(os.path.join(ee.dir, name), wanted)
    shutil.copy(os.path.join(mesh.roots, "ee-root.key"), os.path.join(ee.dir, "keys"))
    assert "WITH THE NODE'S KEYS" in ee.run("backup", whole, "--with-keys").out
    os.unlink(os.path.join(ee.dir, "keys", "ee-root.key"))
    with tarfile.open(whole) as tar:
        keys = [m for m in tar.getmembers() if m.name.endswith(".key")]
    assert [(m.name, m.mode) for m in keys] == [("keys/node.key", 0o600)], keys
    assert mode(whole) == 0o600
    running = ee.run("restore", whole, check=False)
    assert running.returncode == 1 and "the node runs" in running.err, running.err

    # What comes after it: alerts, a revision, a withdrawal.
    new = [ee.send("after %d" % n) for n in range(5)]
    update = ee.run("update", old[0], "--title", "revised after the backup").out.strip()
    ee.run("revoke", old[3], "--reason", "wrong after the backup")
    for node in (lv, lt):
        wait_for("all at " + node.member, lambda: set(new) | {update} <= set(node.ids()))
        wait_for("the withdrawal", lambda: node.ids()[old[3]]["status"] == "revoked")

    # A backup without keys first, and then the one with them.
    ee.stop()
    os.rename(ee.dir, ee.dir + ".apart")
    assert "no keys here" in ee.run("restore", first).out
    assert "keys: put back" in ee.run("restore", whole).out
    shutil.rmtree(os.path.join(ee.dir, "keys"))
    os.mkdir(os.path.join(ee.dir, "keys"))
    shutil.copy(mesh.card("lv"), os.path.join(ee.dir, "keys", "node.card"))
    assert "keys: not put back" in ee.run("restore", whole).out
    shutil.rmtree(ee.dir)
    os.rename(ee.dir + ".apart", ee.dir)

    # Broken files, with the node's own state beside them.
    said = ee.run("restore", first, "--dry-run").out
    assert "good: ee at" in said and counted in said, (said, counted)
    bad_files_change_nothing(ee, first, mesh)

    # The machine is lost, and lv is away at first.
    lv.stop()
    state = ee.dir + ".lost"
    os.rename(ee.dir, state)
    done = ee.run("restore", whole)
    assert "keys: put back" in done.out and "next: start the node" in done.out, done.out
    for name, wanted in modes.items():
        assert mode(os.path.join(ee.dir, name)) == wanted, (name, oct(wanted))
    assert mode(os.path.join(ee.dir, "store", "node.db")) == 0o600
    assert mode(os.path.join(ee.dir, "keys")) == 0o700, "as nothing but a secret"
    assert not glob.glob(os.path.join(ee.dir, "**", ".restore*"), recursive=True)
    for name in ("tocsin.conf", "policy/10-national.conf", "cards/lv.card"):
        assert open(os.path.join(ee.dir, name)).read() == open(os.path.join(state, name)).read()
    ee.start()
    held = set(ee.ids())
    assert set(old) | {theirs} <= held, "what is older than the backup is lost"
    assert set(stream.sent[:before]) <= held, "and what was acknowledged before it"
    assert not set(new) & held
    # It does not know yet what it lacks, and knows that.
    assert ee.status()["untold"] == ["lv"], ee.status()
    assert "have not told yet" in ee.run("status").out
    no = ee.run("update", old[1], "--title", "too early", check=False)
    assert no.returncode == 1 and "takes back what its backup forgot" in no.err, no.err
    said = ee.run("update", old[1], "--title", "too early", "--dry-run", check=False)
    assert (said.returncode, said.err) == (no.returncode, no.err), said

    lv.start()
    wait_for("all that ee said", lambda: set(new) | {update} | set(stream.sent) <= set(ee.ids()))
    wait_for("the end of it", lambda: ee.status()["untold"] == []
             and ee.status()["taking_back"] == 0)
    wait_for("the withdrawal of after the backup",
             lambda: ee.ids()[old[3]]["status"] == "revoked")
    assert ee.ids()[old[4]]["status"] == "revoked"
    assert "restore" in ee.run("audit", "show").out
    assert "whole" in ee.run("audit", "verify").out

    # What was exported after the backup is withdrawn like the rest.
    again = ee.run("update", old[0], "--title", "revised once more").out.strip()
    wait_for("the revision at lt", lambda: lt.ids().get(again, {}).get("status") == "live")
    for alert in (old[1], new[0], stream.sent[-1]):
        ee.run("revoke", alert, "--reason", "withdrawn after all")
        for node in (lv, lt):
            wait_for("the withdrawal at " + node.member,
                     lambda: node.ids()[alert]["status"] == "revoked")
    for node in (ee, lv, lt):
        assert not [r for r in node.ids().values() if r["status"] == "equivocal"]
    rows = [row["id"] for row in lt.fed() if row["status"] == "live"]
    assert len(rows) == len(set(rows)), "an observer of lt was told twice"

    # Over a node that is there: set aside, and its keys stay.
    ee.stop()
    shutil.copy(os.path.join(ee.dir, "policy", "10-national.conf"),
                os.path.join(ee.dir, "policy", "20-later.conf"))
    os.unlink(os.path.join(ee.dir, "policy", "10-national.conf"))
    done = ee.run("restore", whole)
    assert "keys: those that are here stay" in done.out and "set aside" in done.out, done.out
    aside = glob.glob(os.path.join(ee.dir, "before-restore-*"))
    assert len(aside) == 1 and os.path.exists(aside[0] + "/policy/20-later.conf"), aside
    assert mode(aside[0]) == 0o700, "others may look into what was set aside"
    assert not os.path.exists(os.path.join(ee.dir, "policy", "20-later.conf"))
    kept = glob.glob(os.path.join(ee.dir, "store", "before-restore-*", "node.db"))
    assert len(kept) == 1, kept
    for name, wanted in modes.items():
        assert mode(os.path.join(ee.dir, name)) == wanted, (name, oct(wanted))
    with sqlite3.connect("file:%s?mode=ro" % kept[0], uri=True) as db:
        assert db.execute("SELECT count(*) FROM alerts").fetchone()[0] > len(old) + len(new)
    ee.start()
    wait_for("the links", lambda: ee.all_up() and lv.all_up())
    wait_for("all of it once more", lambda: set(new) | {update, again} <= set(ee.ids()))

    # Over a configuration that cannot be used: a file of it that is included by
    # a pattern does not join what was restored.
    ee.stop()
    with open(ee.config, "a") as out:
        out.write("nonsense;\n")
    with open(os.path.join(ee.dir, "policy", "90-stray.conf"), "w") as out:
        out.write("allow export to any name stray;\n")
    done = ee.run("restore", whole)
    assert "set aside" in done.out, done.out
    assert not os.path.exists(os.path.join(ee.dir, "policy", "90-stray.conf"))
    assert len(glob.glob(os.path.join(ee.dir, "before-restore-*", "policy", "90-stray.conf"))) == 1
    ee.start()
    wait_for("all of it again", lambda: set(new) | {update, again} <= set(ee.ids()))

    # The store alone; and a backup of a node that does not run.
    ee.stop()
    cold = os.path.join(mesh.dir, "cold.backup")
    ee.run("backup", cold)
    with open(os.path.join(ee.dir, "policy", "20-mine.conf"), "w") as out:
        out.write("# stays\n")
    ee.run("restore", cold, "--store-only")
    assert os.path.exists(os.path.join(ee.dir, "policy", "20-mine.conf"))
    ee.start()
    assert set(new) <= set(ee.ids())
    # The machine is lost with its keys, and the backup has none: the root makes
    # new ones, and the peer imports their card.
    ee.stop()
    os.rename(ee.dir, state + "-again")
    os.makedirs(ee.dir)
    if os.geteuid() == 0:
        os.chown(ee.dir, 4711, 4712)
    done = ee.run("restore", first)
    belongs_to_its_owner(ee)
    assert "tocsin keys rotate" in done.out, done.out
    asked, card = os.path.join(mesh.dir, "r"), os.path.join(mesh.dir, "c")
    for _ in range(2):  # asked again it says the same
        assert "tocsin cert import ee-2.card" in ee.run("keys", "rotate", "--out", asked).out
    with open(card, "w") as out:
        out.write(ee.run("cert", "sign", asked, "--root", mesh.roots, "--yes",
                         "--life", "80d").out)
    ee.run("cert", "import", card)
    ee.start()
    assert ee.status()["cert_serial"] == 2
    wait_for("a word about it", lambda: "import ee's new card" in lv.run("peer", "list").out)
    with open(mesh.card("ee"), "w") as out:
        out.write(ee.run("card", "export").out)
    lv.run("card", "import", mesh.card("ee"), "--as", "ee")
    wait_for("the links", lambda: ee.all_up() and lv.all_up())
    wait_for("everything back", lambda: set(new) | {update, again} <= set(ee.ids()))
    fresh = ee.send("under new keys")
    wait_for("the new one at lt", lambda: fresh in lt.ids())
    print("backup of %d files between alerts %d and %d; restored five times" % (
        len(names), before, after))
