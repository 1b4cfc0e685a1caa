"""The store is what its document says: tables and columns, the useful queries,
the audit chain and the ledger's marks recomputed, and a backup while it runs."""
import hashlib
import os
import re
import sqlite3
import sys

from mesh import Mesh, skip, wait_for

try:
    import msgpack
except ImportError:
    skip("python3-msgpack is not installed")

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                        "node", "store", "SCHEMA.md")

OWN = """policy "EE" version 1;
allow export to any name own when is_own and severity >= low;
deny export to lv name not-lv when category == fraud/*;
show observers soc name all;
accept import from any name in;
"""

PICKY = """policy "LV" version 1;
allow export to any name none when is_own;
accept import from any name in when severity >= medium;
show observers soc name all;
"""


def open_db(node, name):
    path = os.path.join(node.dir, "store", name)
    return sqlite3.connect("file:%s?mode=ro" % path, uri=True)


# ---- what the document says ----

def sections(text):
    """(file, [tables], rows of the tables with a type) of every heading."""
    file = None
    for part in re.split(r"^(?=##+ )", text, flags=re.M):
        heading = part.split("\n", 1)[0]
        if heading.startswith("## "):
            file = heading[3:] if heading[3:] in ("node.db", "feed.db") else None
        names = re.findall(r"`(\w+)`", heading) if heading.startswith("### ") else []
        if file and names:
            yield file, names, part


def documented(part):
    """Column tables of a section: each a list of (name, type, may be NULL)."""
    for block in re.findall(r"\| column \|.*?\n\|[-|]+\n((?:\|.*\n)+)", part):
        rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()]
        yield [(name.strip(" `"), kind.strip(), "NULL" in text)
               for name, kind, text in rows]


def actual(db, table):
    return [(name, kind, not notnull and not key) for _, name, kind, notnull, _, key
            in db.execute("SELECT * FROM pragma_table_info(?)", (table,))]


def check_tables(text, node):
    said = {"node.db": set(), "feed.db": set()}
    for file, tables, part in sections(text):
        with open_db(node, file) as db:
            columns = list(documented(part))
            assert len(columns) == len(tables), (tables, columns)
            for table, rows in zip(tables, columns):
                assert rows == actual(db, table), (table, rows, actual(db, table))
            indexes = [name for (name,) in db.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL"
                " AND tbl_name IN (%s)" % ",".join("?" * len(tables)), tables)]
            for index in indexes:
                assert "`%s`" % index in part, index
        said[file].update(tables)
    for file, tables in said.items():
        with open_db(node, file) as db:
            there = {name for (name,) in db.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'"
                " AND name NOT LIKE 'sqlite_%'")}
            assert there == tables, (file, there ^ tables)


def check_queries(text, nodes, alert_id):
    queries = re.findall(r"```sql\n-- (\S+)\n(.*?)```", text, flags=re.S)
    assert len(queries) >= 5, queries
    for file, query in queries:
        query = query.replace("309CAADB", alert_id[:8].upper())
        found = 0
        for node in nodes:
            with open_db(node, file) as db:
                found += len(db.execute(query).fetchall())
        assert found > 0, "answers nothing: " + query


# ---- hashes, with the document's own lines ----

def check_audit(text, node):
    source = re.search(r"```python\n(.*?)```", text, flags=re.S).group(1)
    scope = {"hashlib": hashlib, "msgpack": msgpack}
    exec(source, scope)  # pylint: disable=exec-used
    with open_db(node, "node.db") as db:
        rows = db.execute("SELECT n, at, actor, action, subject, detail, hash"
                          " FROM audit ORDER BY n").fetchall()
        (head,) = db.execute("SELECT value FROM meta WHERE name='audit-head'").fetchone()
    assert len(rows) >= 4, rows
    assert head == rows[-1][0].to_bytes(8, "big") + scope["chain"](rows)
    changed = [list(row) for row in rows]
    changed[2][2] += "x"
    try:
        scope["chain"](changed)
    except AssertionError:
        return
    raise AssertionError("a changed row was not noticed")


def check_marks(node, peer):
    with open_db(node, "node.db") as db:
        epoch, key = db.execute("SELECT epoch, key FROM peers WHERE member=?",
                                (peer,)).fetchone()
        tops = dict((lane, (top, mark)) for lane, top, mark in db.execute(
            "SELECT lane, top, top_mark FROM lanes WHERE peer=?", (peer,)))
        rows = db.execute("SELECT lane, n, id, form, mark FROM ledger WHERE peer=?"
                          " AND epoch=? ORDER BY lane, n", (peer, epoch)).fetchall()
    marks = {0: (0, bytes(8)), 1: (0, bytes(8))}
    for lane, n, alert_id, form, stored in rows:
        before, mark = marks[lane]
        mark = hashlib.blake2b(
            mark + n.to_bytes(8, "big") + bytes([lane]) + alert_id + bytes([form]),
            digest_size=16, key=key, person=b"tocsin.ledger1").digest()[:8]
        assert n == before + 1 and mark == stored, (lane, n, mark, stored)
        marks[lane] = (n, mark)
    assert rows and tops == marks, (tops, marks)


def check_backup(mesh, node, alert_id):
    """Into a file while it runs; nothing of the -wal is missing in it."""
    copy = os.path.join(mesh.dir, "backup.db")
    with open_db(node, "node.db") as db, sqlite3.connect(copy) as out:
        db.backup(out)
    with sqlite3.connect("file:%s?immutable=1" % copy, uri=True) as db:
        found = db.execute("SELECT count(*) FROM alerts WHERE hex(id)=?",
                           (alert_id.upper(),)).fetchone()
        assert found == (1,), found


def send(node, severity, title, *words):
    return node.run("send", "--severity", severity, "--tlp", "green", "--onward",
                    "any", "--title", title, *words).out.strip()


with open(DOCUMENT, encoding="utf-8") as schema, \
        Mesh(sys.argv[1], ["ee", "lv"], [("ee", "lv")]) as mesh:
    text = schema.read()
    ee, lv = mesh["ee"], mesh["lv"]
    ee.policy(OWN)
    lv.policy(PICKY)
    mesh.start()
    high = send(ee, "high", "Ransomware")
    send(ee, "high", "Not for lv", "--category", "fraud/phishing")
    send(ee, "low", "Too small for lv")
    ee.run("revoke", high, "--reason", "a drill")
    wait_for("lv to know of the withdrawal",
             lambda: lv.ids().get(high, {}).get("status") == "revoked")
    check_tables(text, ee)
    check_audit(text, ee)
    check_queries(text, (ee, lv), high)
    check_marks(ee, "lv")
    check_backup(mesh, ee, high)
print("the store is as documented")
