"""Everything that can be imported is exported in every format, and others who share no
code with the exporter find it valid; what comes back in says the same."""
import json
import os
import shutil
import subprocess
import sys

from mesh import Mesh, skip, wait_for

programs, data = sys.argv[1], sys.argv[2]
INTEROP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop")
sys.path.insert(0, INTEROP)
import check_misp  # noqa: E402
import check_stix  # noqa: E402

if shutil.which("xmllint") is None:
    skip("xmllint is not installed (libxml2-utils)")

POLICY = """policy "EE" version 2;
allow export to any name all;
redact export to any name cut classes { VICTIM, PERSONAL, SOURCE };
accept import from any name in;
show observers soc name screens;
"""


def samples():
    for line in open(os.path.join(data, "MANIFEST.tsv")):
        name, verdict, _ = (line.split("\t") + ["", ""])[:3]
        if verdict == "import":
            yield os.path.join(data, name)


def valid_stix(text):
    faults = check_stix.check(text)
    assert not faults, "\n".join(faults[:20])
    return json.loads(text).get("objects", [])


def valid_misp(text):
    faults = check_misp.check(text)
    assert not faults, "\n".join(faults[:20])
    return json.loads(text)


def valid_cap(path):
    files = [os.path.join(path, name) for name in os.listdir(path)]
    for at in range(0, len(files), 200):
        done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema",
                               os.path.join(data, "cap", "cap12.xsd"), *files[at:at + 200]],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[:2000]


def everything(node, scratch):
    node.run("import", *samples(), "--tlp", "green")
    ids = list(node.ids())
    assert len(ids) > 400, len(ids)
    for at in range(0, len(ids), 100):
        valid_stix(node.run("export", *ids[at:at + 100], "--format", "stix").out)
        valid_misp(node.run("export", *ids[at:at + 100], "--format", "misp").out)
    feed, messages = os.path.join(scratch, "feed"), os.path.join(scratch, "cap")
    node.run("export", "--since", "1h", "--format", "misp", "--out", feed)
    faults = check_misp.check_feed(feed)
    assert not faults, faults[:10]
    threads = {row["thread"] for row in node.ids().values()}
    assert len(os.listdir(feed)) == len(threads) + 2, "one event a thread"
    node.run("export", "--since", "1h", "--format", "cap", "--out", messages)
    assert len(os.listdir(messages)) == len(ids)
    valid_cap(messages)
    rows = node.run("export", "--since", "1h", "--format", "csv").out.split("\r\n")
    assert rows[0].startswith("type,value,detect,tlp") and len(rows) > 400
    shown = node.run("export", "--since", "1h").out.splitlines()
    assert len(shown) == len(ids) and {json.loads(line)["id"] for line in shown} == set(ids)


ALERT = ["--category", "malicious-code/ransomware", "--indicator",
         "ipv4-addr=198.51.100.3", "--indicator", "domain-name=c2.example", "--field",
         "victim=Hospital <X> & \"Y\"", "--field", "contact=Jaan", "--field",
         "recommendation=Block the address.", "--field", "technique=T1486"]


def report_of(objects):
    return [o for o in objects if o["type"] == "report"][0]


def the_tables_are_those_of_misp(node):
    """Every type that is read or written is one of MISP's, in a category it may have."""
    read, written = set(), set()
    for line in node.run("formats", "misp").out.splitlines():
        words = line.split()
        if words[0] == "attribute" and "->" in words:
            read.add(words[1])
        elif words[0] == "attribute":
            kind, category = line.split("<-")[0].split(None, 1)[1].split("(")
            written.add((kind.strip(), category.strip().rstrip(")")))
    assert len(read) > 35 and len(written) > 12, (read, written)
    assert read <= set(check_misp.PAIRS), read - set(check_misp.PAIRS)
    for kind, category in written:
        assert category in check_misp.PAIRS[kind], (kind, category)


def one_alert_and_its_life(node):
    first = node.send("Ransomware", *ALERT)
    objects = valid_stix(node.run("export", first, "--format", "stix").out)
    again = valid_stix(node.run("export", first, "--format", "stix").out)
    assert objects == again, "an export is the same every time"
    report = report_of(objects)
    assert {o["pattern"] for o in objects if o["type"] == "indicator"} == {
        "[ipv4-addr:value = '198.51.100.3']", "[domain-name:value = 'c2.example']"}
    second = node.run("update", first, "--tlp", "green", "--onward", "any", "--severity", "low", "--title",
                      "Ransomware, again", *ALERT[:6]).out.strip()
    newer = valid_stix(node.run("export", second, "--format", "stix").out)
    assert report_of(newer)["id"] == report["id"]
    assert report_of(newer)["created"] == report["created"]
    assert report_of(newer)["modified"] > report["modified"]
    cap = node.run("export", second, "--format", "cap").out
    assert "<msgType>Update</msgType>" in cap and "<references>ee," in cap
    third = node.run("revoke", second, "--reason", "false positive").out.strip()
    for alert in (second, third):
        gone = valid_stix(node.run("export", alert, "--format", "stix").out)
        assert report_of(gone)["revoked"] is True
        assert report_of(gone)["id"] == report["id"]
        assert report_of(gone)["modified"] > report_of(newer)["modified"], alert
        assert "<msgType>Cancel</msgType>" in node.run("export", alert, "--format", "cap").out
        event = valid_misp(node.run("export", alert, "--format", "misp").out)["Event"]
        assert all(a["deleted"] for a in event["Attribute"])
    assert node.run("export", second, "--format", "csv").out.count("\n") == 1
    return second


def withheld_is_said_and_not_guessed(mesh):
    alert = mesh["ee"].send("Partly withheld", *ALERT)
    lv = mesh["lv"]
    wait_for("the alert", lambda: alert in lv.ids())
    for form in ("stix", "misp", "cap", "json", "csv"):
        done = lv.run("export", alert, "--format", form)
        assert "2 fields are withheld" in done.err, done.err
        assert "Hospital" not in done.out and "Jaan" not in done.out
        if form not in ("json", "csv"):
            assert "2 fields of this alert are not in this copy" in done.out
    valid_stix(lv.run("export", alert, "--format", "stix").out)
    valid_misp(lv.run("export", alert, "--format", "misp").out)
    ours = report_of(valid_stix(mesh["ee"].run("export", alert, "--format", "stix").out))
    theirs = report_of(valid_stix(lv.run("export", alert, "--format", "stix").out))
    assert ours["id"] == theirs["id"], "who has the same alert writes the same ids"
    return alert


def a_sighting(mesh, alert):
    lv = mesh["lv"]
    seen = lv.run("sighting", alert, "--tlp", "green", "--onward", "any").out.strip()
    objects = valid_stix(lv.run("export", seen, "--format", "stix").out)
    sighting, = [o for o in objects if o["type"] == "sighting"]
    subject = report_of(valid_stix(lv.run("export", alert, "--format", "stix").out))
    assert sighting["sighting_of_ref"] == subject["id"]


def wrong_words(node, alert):
    for words, code, reason in (
            ([alert, alert, "--format", "cap"], 2, "one alert makes one document"),
            (["--since", "1h", "--format", "cap"], 2, "one alert makes one document"),
            ([alert, "--format", "xml"], 2, "stix, misp, cap, csv, json or raw"),
            ([], 2, "give ids, or --since"),
            (["ffffffff", "--format", "stix"], 1, "")):
        done = node.run("export", *words, check=False)
        assert done.returncode == code and reason in done.err, (words, done.err)
        assert len(done.err.splitlines()) == 1, done.err


def nothing_is_a_document_too(node):
    bundle = node.run("export", "--since", "0s", "--format", "stix").out
    assert "objects" not in json.loads(bundle), bundle
    valid_stix(bundle)
    assert node.run("export", "--since", "0s", "--format", "misp").out == '{"response":[]}\n'


def a_tail_in_every_format(node):
    for form, first in (("stix", '{"type":"bundle"'), ("misp", '{"Event"'),
                        ("cap", "<?xml"), ("csv", "type,value"), ("json", '{"id"')):
        done = node.run("tail", "--since", "1h", "--count", "2", "--format", form)
        assert done.out.startswith(first), done.out[:80]
        if form == "stix":
            for line in done.out.splitlines():
                valid_stix(line)


with Mesh(programs, ["ee", "lv"], [("ee", "lv")]) as mesh:
    for node in mesh.nodes.values():
        node.policy(POLICY)
    mesh.start()
    alert = one_alert_and_its_life(mesh["ee"])
    a_sighting(mesh, withheld_is_said_and_not_guessed(mesh))
    wrong_words(mesh["ee"], alert)
    nothing_is_a_document_too(mesh["ee"])
    the_tables_are_those_of_misp(mesh["ee"])
    a_tail_in_every_format(mesh["ee"])
    everything(mesh["ee"], mesh.dir)
print("exports: done")
