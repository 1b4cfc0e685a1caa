"""Hostile text in a file to import: whatever way it comes in, as a file, a watched
directory or a followed log, no command gives a terminal a raw control character, and
every export of it is valid."""
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys

from mesh import Mesh, end_with_us, skip, wait_for

programs, data = sys.argv[1], sys.argv[2]
INTEROP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop")
sys.path.insert(0, INTEROP)
import check_misp  # noqa: E402
import check_stix  # noqa: E402

if shutil.which("xmllint") is None:
    skip("xmllint is not installed (libxml2-utils)")

# What no terminal may get, and what a text for people shows as an escape.
CONTROL = [chr(c) for c in (*range(1, 9), 11, 12, *range(14, 32), 127, *range(128, 160))]
BIDI = [chr(c) for c in (*range(0x202a, 0x202f), *range(0x2066, 0x206a))]
INVISIBLE = ["\u200b", "\u200f", "\u2028", "\u2029", "\ufeff", "\U000e0041"]
LINE = "\nlevel=error event=forged"
TITLE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egpj.exe\u2066\x7f" + "".join(INVISIBLE) + "\ufffe\uffff"
FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1"]
XML_ONLY = "<b>&amp;]]>--><!--"
UUID = "b87fa0f3-988f-4ae9-ae87-2f0d962ab1e%x"


def texts(head):
    """Every kind of hostile text, each recognisable."""
    yield head + TITLE + LINE
    yield head + "".join(CONTROL) + "".join(BIDI)
    yield head + XML_ONLY
    for formula in FORMULAS:
        yield formula + head


def misp(n, head):
    kinds = ["filename", "mutex", "text", "comment", "yara", "threat-actor", "target-org", "url",
             "domain", "ip-dst", "email-src", "md5", "odd" + TITLE]
    attributes = [{"type": kind, "category": "Other" + TITLE, "value": text, "to_ids": True,
                   "comment": text, "Tag": [{"name": "x:" + text}],
                   "Sighting": [{"type": "0", "source": text, "Organisation": {"name": text}}]}
                  for kind in kinds for text in texts(head)]
    return json.dumps({"Event": {"uuid": UUID % n, "info": next(texts(head)), "date": TITLE,
                                 "Orgc": {"name": TITLE}, "odd" + TITLE: TITLE,
                                 "Tag": [{"name": text} for text in texts(head)],
                                 "Attribute": attributes}}, ensure_ascii=n % 2 == 0)


def stix(n, head):
    def thing(kind, i, **more):
        return {"type": kind, "id": "%s--%s%04x" % (kind, (UUID % n)[:-4], i), **more}
    objects = []
    for i, text in enumerate(texts(head)):
        objects += [thing("malware", i, name=text, description=text, labels=[text]),
                    thing("threat-actor", i, name=text), thing("identity", i, name=text),
                    thing("course-of-action", i, name=text),
                    thing("mutex", i, name=text), thing("x-odd", i, **{"k" + text: text}),
                    thing("indicator", i, name=text, pattern="[file:name = '%s']" % text)]
    return json.dumps({"type": "bundle", "id": "bundle--" + UUID % n, "objects": objects})


def eve(n, head):
    return "".join(json.dumps({"timestamp": "2026-07-01T08:00:00+0000", "event_type": "alert",
                               "src_ip": "203.0.113.%d" % (n * 16 + i), "odd": text,
                               "alert": {"signature_id": 7, "signature": text, "category": text}})
                   + "\n" for i, text in enumerate(texts(head)))


def idea(n, head):
    return json.dumps([{"Format": "IDEA0", "ID": text, "DetectTime": "2026-07-01T08:00:00Z",
                        "Category": [text], "Description": text, "Note": text,
                        "Attach": [{"FileName": [text], "Hash": [text]}], "Ref": [text]}
                       for text in texts(head)])


def cap(n, head):
    """XML has no control characters; the rest it can say."""
    def escaped(text):
        text = "".join(c for c in text if c not in CONTROL[:28] and c not in "\ufffe\uffff")
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    pairs = "".join("<parameter><valueName>%s</valueName><value>%s</value></parameter>"
                    % (escaped(text), escaped(text)) for text in texts(head))
    return ('<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>i%d</identifier>'
            "<sender>s@e.example</sender><sent>2026-07-01T08:00:00-00:00</sent><status>Actual"
            "</status><msgType>Alert</msgType><scope>Public</scope><note>%s</note><info>"
            "<category>Infra</category><event>%s</event><urgency>Past</urgency><severity>Minor"
            "</severity><certainty>Likely</certainty><headline>%s</headline><description>%s"
            "</description>%s</info></alert>" % (n, *[escaped(next(texts(head)))] * 4, pairs))


MAKERS = (misp, stix, eve, idea, cap)


def calm(where, raw, plain=True):
    """`plain`: also none of the characters that are there but not seen."""
    text = raw.decode()  # valid UTF-8, or this fails
    for bad in CONTROL + BIDI + (INVISIBLE if plain else []):
        assert bad not in text, "%s: %s in %s" % (where, ascii(bad), ascii(text[:2000]))
    assert "\nlevel=error event=forged" not in text or not plain, (where, ascii(text[:2000]))
    return text


def said(node, *words, plain=True, stdin=None, code=0):
    done = node.run(*words, check=False, stdin=stdin)
    assert done.returncode == code, (words, done.returncode, done.err[:500])
    calm(words, done.stderr)
    return calm(words, done.stdout, plain)


def files(node, scratch):
    folder = os.path.join(scratch, "files")
    os.mkdir(folder)
    for n, maker in enumerate(MAKERS):
        path = os.path.join(folder, "%d-%s" % (n, maker.__name__))
        with open(path, "w") as out:
            out.write(maker(n, "F"))
        for more in ([], ["--json"]):
            said(node, "import", path, "--tlp", "green", "--dry-run", *more)
    said(node, "import", folder, "--tlp", "green")
    said(node, "import", folder, "--tlp", "green")


def refused(node):
    """What cannot be text at all: refused, and the message is as calm."""
    body = '{"Event":{"uuid":"%s","info":"%%s"}}' % (UUID % 15)
    for what, raw, words in (
            ("surrogate", (body % "a\\ud800b").encode(), "not strict JSON"),
            ("pair turned", (body % "\\udc00\\ud800").encode(), "not strict JSON"),
            ("nul", (body % "a\\u0000b").encode(), "not strict JSON"),
            ("raw control", (body % "a\x1b[2Jb").encode(), "not strict JSON"),
            ("cut", (body % "x").encode()[:-3] + TITLE.encode(), "not strict JSON"),
            ("bytes", b'{"Event":{"info":"\xed\xa0\x80"}}', "not valid UTF-8"),
            ("xml", b"<alert>\x1b[2J</alert>", "")):
        done = node.run("import", "-", "--tlp", "green", stdin=raw, check=False)
        assert done.returncode == 1 and words in done.err, (what, done.err)
        calm(what, done.stdout + done.stderr)


def shown(node, ids):
    for words in (["list"], ["list", "--json"], ["tail", "--since", "1h", "--count", "20"],
                  ["tail", "--since", "1h", "--count", "20", "--json"], ["audit", "show"],
                  ["status"], ["doctor"]):
        done = node.run(*words, check=False)
        calm(words, done.stdout + done.stderr)
    for alert in ids:
        for words in (["show", alert], ["show", alert, "--json"], ["thread", alert],
                      ["status", alert]):
            said(node, *words)


def valid_csv(text):
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert all(len(row) == len(rows[0]) for row in rows), "every row has every column"
    for row in rows[1:]:
        for cell in row:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), row
    return rows


def valid_cap(text):
    done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema",
                           os.path.join(data, "cap", "cap12.xsd"), "-"],
                          input=text.encode(), capture_output=True)
    assert done.returncode == 0, done.stderr[:2000]


def exported(node, ids):
    for alert in ids:
        faults = check_stix.check(said(node, "export", alert, "--format", "stix", plain=False))
        assert not faults, faults[:10]
        faults = check_misp.check(said(node, "export", alert, "--format", "misp", plain=False))
        assert not faults, faults[:10]
        valid_cap(said(node, "export", alert, "--format", "cap", plain=False))
        json.loads(said(node, "export", alert, "--format", "json", plain=False))
    rows = valid_csv(said(node, "export", "--since", "1h", "--format", "csv", plain=False))
    assert any(row[1].startswith("'=1+1") for row in rows), "formulas are text"
    text = said(node, "tail", "--since", "1h", "--count", str(len(ids)), "--format", "csv",
                plain=False)
    valid_csv(text)
    for form in ("stix", "misp", "cap", "json"):
        text = said(node, "tail", "--since", "1h", "--count", str(len(ids)), "--format", form,
                    plain=False)
        for line in text.split("\n")[:-1] if form != "cap" else []:
            json.loads(line)


def going(mesh, node, *words):
    return subprocess.Popen([mesh.program("tocsin"), "--config", node.config, "import", *words,
                             "--tlp", "green"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            preexec_fn=end_with_us)


def watched_and_followed(mesh, node, scratch):
    inbox = os.path.join(scratch, "in" + TITLE[:20])
    log = os.path.join(scratch, "log" + TITLE[:20])
    os.mkdir(inbox)
    watch, follow = going(mesh, node, "--watch", inbox), going(mesh, node, "--follow", log)
    before = len(node.ids())
    with open(log, "w") as out:
        out.write(eve(4, "L") + "{broken" + TITLE + "\n" + eve(5, "M"))
    for n, maker in enumerate((misp, stix, cap)):
        with open(os.path.join(scratch, "w"), "w") as out:
            out.write(maker(8 + n, "W"))
        os.rename(os.path.join(scratch, "w"), os.path.join(inbox, "%d%s" % (n, TITLE[:20])))
    with open(os.path.join(inbox, "bad" + TITLE[:20]), "w") as out:
        out.write("{" + TITLE)
    count = 2 * len(list(texts("")))
    wait_for("what came both ways", lambda: len(node.ids()) >= before + count + 3, 60)
    for process in (watch, follow):
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
        text = calm("import that goes on", out)
        assert "new" in text and "left out" in text or "refused" in text, text


with Mesh(programs, ["ee"], []) as mesh:
    ee = mesh["ee"]
    ee.start()
    files(ee, mesh.dir)
    refused(ee)
    watched_and_followed(mesh, ee, mesh.dir)
    alerts = list(ee.ids())
    assert len(alerts) > 35, len(alerts)
    shown(ee, alerts)
    exported(ee, alerts)
    log = ee.log_text()
    calm("the log", log.encode())
print("hostile: %d alerts, every command calm" % len(alerts))
