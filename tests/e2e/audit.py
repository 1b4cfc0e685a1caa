"""Somebody edits the audit chain in the store, with every hash made right: the
heads that the node signed, and those that were kept elsewhere, tell."""
import contextlib
import hashlib
import json
import os
import sqlite3
import sys

from mesh import Mesh, skip

try:
    import msgpack
except ImportError:
    skip("python3-msgpack is not installed")


def store(node):
    db = sqlite3.connect(os.path.join(node.dir, "store", "node.db"))
    return contextlib.closing(db)


@contextlib.contextmanager
def edited(node, *changes):
    """Edits the store of a stopped node and starts it; puts it back at the
    end. A change is SQL or a function of the database."""
    node.stop()
    with store(node) as db:
        before = {table: db.execute("SELECT * FROM " + table).fetchall()
                  for table in ("audit", "heads", "meta")}
        for change in changes:
            if callable(change):
                change(db)
            else:
                db.execute(change)
        db.commit()
    node.start()
    yield
    node.stop()
    with store(node) as db:
        for table, rows in before.items():
            db.execute("DELETE FROM " + table)
            db.executemany("INSERT INTO %s VALUES(%s)" % (
                table, ",".join("?" * len(rows[0]))), rows)
        db.commit()
    node.start()


def chain_again(db):
    """What somebody does who knows how the chain is made."""
    before = bytes(32)
    rows = db.execute("SELECT n,at,actor,action,subject,detail FROM audit"
                      " ORDER BY n").fetchall()
    for row in rows:
        before = hashlib.blake2b(before + msgpack.packb(row), digest_size=32,
                                 person=b"tocsin.audit.v1").digest()
        db.execute("UPDATE audit SET hash=? WHERE n=?", (before, row[0]))
    db.execute("UPDATE meta SET value=? WHERE name='audit-head'",
               (rows[-1][0].to_bytes(8, "big") + before,))


def verify(node, *heads):
    done = node.run("audit", "verify", *heads, check=False)
    return done.returncode, done.out + done.err


def kept(mesh, node, name):
    path = os.path.join(mesh.dir, name)
    with open(path, "w") as out:
        out.write(node.run("audit", "head").out)
    return path


def expect(node, words, *heads):
    code, said = verify(node, *heads)
    assert code == 1 and words in said, (words, code, said)


with Mesh(sys.argv[1], ["ee", "lv"], []) as mesh:
    ee, lv = mesh["ee"], mesh["lv"]
    mesh.start()
    for i in range(3):
        ee.send("alert %d" % i)
    early = kept(mesh, ee, "early.head")
    assert "Head of the audit chain at row" in open(early).read()
    number = json.loads(ee.run("audit", "head", "--json").out)["n"]
    for i in range(3):
        ee.send("later %d" % i)
    late = kept(mesh, ee, "late.head")
    code, said = verify(ee, early, late)
    assert code == 0 and "is what was kept" in said, said
    code, said = verify(ee)
    assert code == 0 and " to 20" in said and "; 0 rows since" in said, said
    assert "signed up to here" in ee.run("audit", "show").out
    # What happened in between is signed when the node stops.
    ee.send("one more")
    assert "; 1 rows since" in verify(ee)[1], verify(ee)
    ee.stop()
    with store(ee) as db:
        assert db.execute("SELECT (SELECT max(n) FROM heads) ="
                          " (SELECT max(n) FROM audit)").fetchone() == (1,)
    ee.start()

    forged = "UPDATE audit SET actor='nobody' WHERE n=%d" % number
    no_heads = "DELETE FROM heads"

    # A row changed, and nothing else.
    with edited(ee, forged):
        expect(ee, "broken at row %d" % number)
    assert verify(ee, late)[0] == 0, verify(ee, late)

    # Every hash made right again: the heads in the store say no.
    with edited(ee, forged, chain_again):
        expect(ee, "it was rewritten")

    # ... and the heads taken away: those that were kept say no.
    with edited(ee, forged, chain_again, no_heads):
        assert verify(ee)[0] == 0
        expect(ee, "it was rewritten", early)
        expect(ee, "it was rewritten", late)

    # The end cut off, with all that would tell of it in the store; and then it
    # grows again to where it was.
    with edited(ee, "DELETE FROM audit WHERE n>%d" % number, chain_again,
                "DELETE FROM heads WHERE n>%d" % number):
        assert verify(ee, early)[0] == 0, verify(ee, early)
        expect(ee, "beyond the end", late)
        for i in range(3):
            ee.send("another %d" % i)
        assert verify(ee, early)[0] == 0
        expect(ee, "it was rewritten", late)

    # A head made up, with the right hash and without the key.
    with edited(ee, "UPDATE heads SET signature=zeroblob(64) WHERE n=%d" % number):
        expect(ee, "wrong signature")
    with edited(ee, "UPDATE heads SET cert=zeroblob(32) WHERE n=%d" % number):
        expect(ee, "not known here")
    expect(ee, "that head is of lv", kept(mesh, lv, "lv.head"))
    code, said = verify(ee, __file__)
    assert code == 2 and "no head" in said, said
    assert verify(ee, early, late)[0] == 0
print("the past cannot be changed without being found out")
