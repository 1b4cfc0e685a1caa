#!/usr/bin/python3
"""Writes the seeds of the importers anew: small published samples, and inputs with one
fault each.

usage: make_import_corpus.py [DATA-DIRECTORY CORPUS-DIRECTORY]

REASON--WHAT is the name of an input that must give that reason. The target reads an
input of even length without a default marking, so lengths are made odd with a blank."""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLE_MAX = 4096
UUID = "b87fa0f3-988f-4ae9-ae87-2f0d962ab1ee"
CAP = ('<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>I</identifier>'
       '<sender>s@e.example</sender><sent>2026-07-01T08:00:00-00:00</sent>'
       '<status>%s</status><msgType>%s</msgType><scope>%s</scope>%s</alert>')
INFO = ('<info><category>Infra</category><event>E</event><urgency>Past</urgency>'
        '<severity>Minor</severity><certainty>Likely</certainty>%s</info>')


def stix(*objects):
    return json.dumps({"type": "bundle", "id": "bundle--" + UUID, "objects": objects})


def thing(kind, **more):
    return {"type": kind, "id": "%s--%s" % (kind, UUID), **more}


def misp(**more):
    return json.dumps({"Event": {"uuid": UUID, "info": "t", **more}})


def eve(**more):
    return json.dumps({"timestamp": "2026-07-01T08:00:00+0000", "event_type": "alert",
                       "src_ip": "203.0.113.5", "alert": {"signature_id": 7}, **more})


def idea(**more):
    return json.dumps({"Format": "IDEA0", "ID": "e", "DetectTime": "2026-07-01T08:00:00Z",
                       "Category": ["Recon"], **more})


def kev(*entries):
    return json.dumps({"catalogVersion": "1", "vulnerabilities": entries})


def csaf(version="2.0", **more):
    return json.dumps({"document": {"csaf_version": version, "title": "T",
                                    "tracking": {"id": "A"}, **more}})


def cap(status="Actual", kind="Alert", scope="Public", more=INFO % ""):
    return CAP % (status, kind, scope, more)


GOOD = {
    "stix": stix(thing("indicator", pattern="[url:value = 'http://a' AND file:name IN ('b')]",
                       pattern_type="stix", valid_from="2026-01-01T00:00:00Z")),
    "misp": misp(Attribute=[{"type": "domain|ip", "value": "a.example|198.51.100.3"}],
                 Tag=[{"name": "tocsin:field=\"actor:5:x@FREE\""}]),
    "cap": cap(kind="Update", more="<references>s,i,2026-06-01T08:00:00-00:00</references>" +
               INFO % "<parameter><valueName>tocsin:tool:a@TECH</valueName><value>b</value>"
               "</parameter>"),
    "eve": eve() + "\n" + eve(dest_ip="198.51.100.9", dest_port=22) + "\n",
    "idea": idea(Source=[{"IP4": ["203.0.113.5"]}], Target=[{"Hostname": ["h.example"]}]),
    "kev": kev({"cveID": "CVE-2026-1234", "notes": "https://a ; b"}),
    "csaf": csaf(),
}
FAULTS = {
    "stix": [("id is no id", stix({"type": "indicator", "id": "x"})),
             ("objects is a number", json.dumps(
                 {"type": "bundle", "id": "bundle--" + UUID, "objects": 7})),
             ("spec version", json.dumps({"type": "bundle", "id": "bundle--" + UUID,
                                          "spec_version": "3.0"}))],
    "misp": [("no info", json.dumps({"Event": {"uuid": UUID}})),
             ("attribute without value", misp(Attribute=[{"type": "url"}])),
             ("threat level", misp(threat_level_id=9))],
    "cap": [("no scope", cap(scope="")), ("status", cap(status="Real")),
            ("empty info", cap(more="<info/>")),
            ("cancels nothing", cap(kind="Cancel", more="")),
            ("cap 1.0", cap().replace("cap:1.2", "cap:1.0")), ("atom", "<feed/>")],
    "eve": [("no source", json.dumps({"event_type": "alert", "timestamp": "x"})),
            ("no time", eve(timestamp="now"))],
    "idea": [("idea 1", idea(Format="IDEA1")), ("twins", idea(id=1)),
             ("confidence", idea(Confidence=7))],
    "kev": [("no cve", kev({"cveID": "X"})), ("entry is a text", kev("x"))],
    "csaf": [("version", csaf("1.2")), ("no tracking", json.dumps(
        {"document": {"csaf_version": "2.0", "title": "T"}})),
             ("vulnerability is a number", csaf()[:-1] + ', "vulnerabilities": [7]}')],
}


class Corpus:
    def __init__(self, directory, name):
        self.path = os.path.join(directory, "import_" + name)
        os.makedirs(self.path, exist_ok=True)
        for old in os.listdir(self.path):
            if "--" in old:
                os.unlink(os.path.join(self.path, old))
        self.reasons = set()

    def add(self, reason, what, data, marked=True):
        data = data.encode() if isinstance(data, str) else data
        if (len(data) % 2 == 1) != marked:
            data += b" "
        self.reasons.add(reason)
        name = "%s--%s" % (reason, what.replace(" ", "-"))
        with open(os.path.join(self.path, name), "wb") as out:
            out.write(data)


def write_common(out, name):
    xml = name == "cap"
    good = GOOD[name]
    out.add("ok", "good", good)
    out.add("ok", "to be exported", good + " " * ((65 - len(good.encode())) % 64))
    out.add("label", "no marking", good, marked=False)
    out.add("syntax", "cut in half", good[:30])
    out.add("syntax", "nothing", b"")
    out.add("utf8", "surrogate", good.encode().replace(b"e", b"\xed\xa0\x80", 1))
    out.add("depth", "deep", "<a>" * 70 if xml else "[" * 70)
    out.add("format", "another format", "<a/>" if xml else "{}")
    if xml:
        out.add("size", "long tag", "<a b='" + "c" * 17000 + "'/>")
        out.add("syntax", "entities", '<!DOCTYPE a [<!ENTITY l "lol">]>' + good)


def write_samples(out, data, name):
    folder = os.path.join(data, name)
    with open(os.path.join(data, "MANIFEST.tsv"), encoding="utf-8") as rows:
        for row in rows:
            file, verdict, result = (row.rstrip("\n").split("\t") + ["", ""])[:3]
            path = os.path.join(data, file)
            if os.path.dirname(path) == folder and os.path.getsize(path) <= SAMPLE_MAX:
                with open(path, "rb") as sample:
                    out.add(result if verdict == "refuse" else "ok",
                            os.path.basename(file), sample.read())


def main(words):
    if len(words) not in (1, 3):
        sys.exit(__doc__)
    data, corpus = words[1:] or (os.path.join(HERE, "..", "data"),
                                 os.path.join(HERE, "corpus"))
    for name, good in GOOD.items():
        out = Corpus(corpus, name)
        write_common(out, name)
        write_samples(out, data, name)
        for what, text in FAULTS[name]:
            out.add("format", what, text)
        with open(out.path + ".reasons", "w", encoding="ascii") as reasons:
            reasons.write("# What the seeds of import_%s reach. A JSON text too large is in "
                          "tests/unit.\n" % name)
            reasons.write("".join(reason + "\n" for reason in sorted(out.reasons)))


if __name__ == "__main__":
    main(sys.argv)
