#!/usr/bin/python3
"""Writes the seeds of the importers anew: small published samples, and inputs with one
fault each.

usage: make_import_corpus.py [DATA-DIRECTORY CORPUS-DIRECTORY]
       make_import_corpus.py --large NAME DIRECTORY

REASON--WHAT is the name of an input that must give that reason. The target reads an
input of even length without a default marking, so lengths are made odd with a blank.
--large writes what is too large to be kept, while building."""
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
    "cap": cap(kind="Update", more="<references>s@e.example,i,2026-06-01T08:00:00-00:00</references>" +
               INFO % "<parameter><valueName>tocsin:tool:a@TECH</valueName><value>b</value>"
               "</parameter>"),
    "eve": eve() + "\n" + eve(dest_ip="198.51.100.9", dest_port=22) + "\n",
    "idea": idea(Source=[{"IP4": ["203.0.113.5"]}], Target=[{"Hostname": ["h.example"]}]),
    "kev": kev({"cveID": "CVE-2026-1234", "notes": "https://a ; b"}),
    "csaf": csaf(),
}
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
AT = "2026-01-01T00:00:00Z"
# As much of a format as one document can say.
RICH = {
    "stix": stix(
        thing("report", name="R", confidence=70, published=AT, object_refs=[
            "malware--" + UUID, "indicator--" + UUID], external_references=[
                {"source_name": "s", "url": "http://a", "hashes": {"MD5": "x"}}],
              granular_markings=[{"marking_ref": RED, "selectors": ["name", "labels.[0]"]},
                                 {"lang": "fr", "selectors": ["name"]}], labels=["a", "b"]),
        thing("malware", name="M", malware_types=["ransomware"], labels=["tlp:amber", "pap:red"],
              kill_chain_phases=[{"phase_name": "delivery"}],
              object_marking_refs=["marking-definition--" + UUID]),
        thing("marking-definition", definition_type="statement",
              definition={"statement": "(c)", "x": 1}),
        thing("indicator", pattern="[file:hashes.MD5 = 'x'] FOLLOWEDBY [url:value LIKE '%']",
              valid_from=AT, valid_until=AT, indicator_types=["benign"]),
        thing("attack-pattern", name="A", external_references=[
            {"source_name": "mitre-attack", "external_id": "T1566"}]),
        thing("vulnerability", name="CVE-2026-1234"), thing("course-of-action", name="C"),
        thing("threat-actor", name="T", description="d"), thing("tool", name="L", revoked=True),
        thing("identity", name="I", identity_class="individual", contact_information="a@b"),
        thing("relationship", relationship_type="targets", source_ref="threat-actor--" + UUID,
              target_ref="identity--" + UUID),
        thing("sighting", sighting_of_ref="malware--" + UUID, count=2,
              where_sighted_refs=["identity--" + UUID]),
        thing("observed-data", number_observed=3, first_observed=AT, last_observed=AT),
        thing("note", content="n", object_refs=["malware--" + UUID]),
        thing("file", name="f", hashes={"SHA-256": "0" * 64, "SSDEEP": "s"}),
        thing("email-message", to_refs=["email-addr--" + UUID]),
        thing("email-addr", value="a@b.example"), thing("location", region="r"),
        thing("autonomous-system", number=64496), thing("x-odd", a=[1])),
    "misp": misp(
        threat_level_id="2", analysis="2", distribution="4", published=False, extends_uuid=UUID,
        timestamp="1700000000", date="2026-01-01", event_creator_email="a@b.example",
        Org={"name": "O", "uuid": UUID}, Orgc={"name": "C", "uuid": UUID, "type": "x"},
        Tag=[{"name": tag} for tag in (
            "tlp:amber", "tlp:odd", "PAP:RED", "iep:x", "rsit:fraud=\"phishing\"",
            "circl:incident-classification=\"malware\"", "misp:confidence-level=\"unconfident\"",
            "misp-galaxy:threat-actor=\"T\"", "tocsin:onward=\"none\"", "tocsin:caveat=\"orcon\"",
            "misp-galaxy:mitre-attack-pattern=\"Phishing - T1566\"", "tocsin:exercise=\"ce26\"",
            "tocsin:severity=\"low\"", "tocsin:alert=\"00\"", "words")],
        Galaxy=[{"GalaxyCluster": [{"tag_name": "misp-galaxy:ransomware=\"R\""}]}],
        RelatedEvent=[{}], ShadowAttribute=[{}],
        EventReport=[{"name": "n", "content": "c", "x": 1}, {"deleted": True}],
        Attribute=[{"type": kind, "category": category, "value": value, "to_ids": True,
                    "comment": "c"} for kind, category, value in (
            ("ip-dst|port", "Network activity", "198.51.100.3|1"),
            ("filename|md5", "Payload delivery", "f|0749bae92ca336a02c83d126e04ec628"),
            ("target-org", "Targeting data", "T"), ("text", "Person", "p"),
            ("threat-actor", "Attribution", "A"), ("link", "External analysis", "http://a"),
            ("whois-registrant-name", "Attribution", "W"), ("odd", "Internal reference", "o"),
            ("email-dst", "Payload delivery", "a@b.example"), ("comment", "Other", "c"))]
        + [{"type": "url", "category": "External analysis", "value": "http://a", "data": "QQ==",
            "first_seen": AT, "last_seen": AT, "x": 1, "ShadowAttribute": [{}], "Sighting": [
                {"type": "0", "date_sighting": "1700000000", "source": "s"},
                {"type": "2", "date_sighting": 1700000000, "Organisation": {"name": "O"}}]}],
        Object=[{"name": "file", "comment": "c", "x": 1, "Attribute": [
            {"type": "md5", "object_relation": "md5", "value": "0" * 32},
            {"type": "filename", "value": "f"}, {"type": "size-in-bytes", "value": 7}],
                 "ObjectReference": [{"referenced_uuid": UUID, "relationship_type": "r"}]},
                {"name": "person", "Attribute": [{"type": "text", "value": "n"}]},
                {"deleted": "1"}]),
    "cap": cap(status="Exercise", kind="Update", scope="Private", more=(
        "<note>ce26</note><addresses>a</addresses><references>s@e.example,i,2026-06-01T08:00:00-00:00"
        " s@e.example,j,2026-06-02T08:00:00-00:00 s,k,2026-06-02T08:00:00-00:00 x"
        "</references><incidents>n</incidents>" + INFO % (
            "<headline>H</headline><description>D</description><web>http://a</web>"
            "<parameter><valueName>TLP</valueName><value> AMBER </value></parameter>"
            "<parameter><valueName>x</valueName><value>y</value></parameter>"
            "<resource><resourceDesc>r</resourceDesc><uri>http://a</uri><derefUri>QQ==</derefUri>"
            "</resource><area><areaDesc>A</areaDesc><geocode><valueName>g</valueName><value>1"
            "</value></geocode></area><odd/>") + "<x:Signature xmlns:x='urn:x'/>")),
    "eve": json.dumps([json.loads(eve(dest_ip="10.0.0.1", dest_port=i, payload="p", proto="TCP",
                                      src_ip=source, alert={
                                          "signature_id": 7, "gid": 1, "rev": 2, "severity": i,
                                          "signature": "S", "category": "Web Application Attack",
                                          "action": "blocked"}))
                       for i, source in enumerate(("10.0.0.2", "203.0.113.5", "2001:db8::1"))]
                      + [{"event_type": "flow", "timestamp": AT}]),
    "idea": idea(PredID=["d", "c"], AltNames=["n"], CreateTime=AT, Confidence=0.5, Note="10.0.0.1",
                 Source=[{"IP4": ["203.0.113.5"], "Spoofed": True, "Port": [22]}],
                 Target=[{"IP4": ["10.0.0.1"], "Hostname": ["h"], "Email": ["a@b"]}],
                 Attach=[{"Hash": ["sha1:" + "0" * 40, "x:y"], "FileName": ["f"], "Content": "c"}],
                 Node=[{"Name": "n", "SW": ["s"]}], Ref=["cve:CVE-2026-1234", "http://a"], X=1),
    "kev": json.dumps({"catalogVersion": "1", "count": 3, "x": 1, "vulnerabilities": [
        {"cveID": "CVE-2026-1234", "vendorProject": "v", "product": "p", "vulnerabilityName": "n",
         "dateAdded": "2026-01-01", "shortDescription": "d", "requiredAction": "a", "dueDate": "b",
         "knownRansomwareCampaignUse": "Known", "notes": "https://a ; b", "cwes": ["CWE-1"]}]}),
    "csaf": json.dumps({
        "document": {"csaf_version": "2.1", "title": "T", "category": "csaf_vex", "lang": "en",
                     "tracking": {"id": "A", "status": "draft", "current_release_date": AT, "x": 1},
                     "aggregate_severity": {"text": "critical"},
                     "publisher": {"name": "P", "namespace": "http://p", "contact_details": "c"},
                     "distribution": {"tlp": {"label": "AMBER+STRICT"}, "text": "t"},
                     "notes": [{"text": "n", "title": "t"}], "references": [{"url": "http://a"}],
                     "acknowledgments": [{"names": ["x"]}]},
        "product_tree": {
            "branches": [{"name": "b", "branches": [{"product": {
                "product_id": "1", "name": "one", "product_identification_helper": {"cpe": "c"}}}]}],
            "full_product_names": [{"product_id": "2", "name": "two"}],
            "relationships": [{"full_product_name": {"product_id": "3", "name": "three"}}]},
        "vulnerabilities": [{
            "cve": "CVE-2026-1234", "title": "t", "cwe": {"id": "CWE-1"}, "ids": [{"text": "i"}],
            "notes": [{"text": "n", "category": "c"}], "threats": [{"details": "d", "date": AT}],
            "references": [{"url": "http://a", "summary": "s"}], "flags": [{"label": "l"}],
            "product_status": {"known_affected": ["1", "9"], "known_not_affected": ["2"]},
            "remediations": [{"category": "vendor_fix", "details": "d", "product_ids": ["1"]}],
            "metrics": [{"content": {"cvss_v3": {"baseSeverity": "HIGH"}}}],
            "scores": [{"cvss_v3": {"baseSeverity": "LOW"}}], "x": 1}]}),
}
FAULTS = {
    "stix": [("id is no id", stix({"type": "indicator", "id": "x"})),
             ("objects is a number", json.dumps(
                 {"type": "bundle", "id": "bundle--" + UUID, "objects": 7})),
             ("spec version", json.dumps({"type": "bundle", "id": "bundle--" + UUID,
                                          "spec_version": "3.0"})),
             ("object is a number", stix(7)), ("name is a number", stix(thing("malware", name=7))),
             ("revoked is maybe", stix(thing("malware", revoked="maybe"))),
             ("selector is a number", stix(thing("malware", granular_markings=[
                 {"marking_ref": "marking-definition--" + UUID, "selectors": [7]}]))),
             ("confidence is negative", stix(thing("threat-actor", name="x", confidence=-1)))],
    "misp": [("no info", json.dumps({"Event": {"uuid": UUID}})),
             ("attribute without value", misp(Attribute=[{"type": "url"}])),
             ("threat level", misp(threat_level_id=9)),
             ("threat level is a word", misp(threat_level_id="high")),
             ("attribute is a number", misp(Attribute=[7])),
             ("attributes are an object", misp(Attribute={})),
             ("comment is a number", misp(Attribute=[{"type": "url", "value": "http://a",
                                                      "comment": 7}])),
             ("to ids is maybe", misp(Attribute=[{"type": "url", "value": "http://a",
                                                  "to_ids": "maybe"}])),
             ("sighting of type 3", misp(Attribute=[{"type": "url", "value": "http://a",
                                                     "Sighting": [{"type": 3}]}])),
             ("tag without name", misp(Tag=[{}])), ("event is a number", '{"response": [7]}')],
    "cap": [("no scope", cap(scope="")), ("status", cap(status="Real")),
            ("empty info", cap(more="<info/>")),
            ("cancels nothing", cap(kind="Cancel", more="")),
            ("sent is a word", cap().replace("2026-07-01T08:00:00-00:00", "now")),
            ("cap 1.0", cap().replace("cap:1.2", "cap:1.0")), ("atom", "<feed/>")],
    "eve": [("no source", json.dumps({"event_type": "alert", "timestamp": "x"})),
            ("no time", eve(timestamp="now")), ("source is no address", eve(src_ip="x" * 50)),
            ("record is a number", "[%s, 7]" % eve()), ("type is a number", eve(event_type=7)),
            ("signature is a word", eve(alert={"signature_id": "x"}))],
    "idea": [("idea 1", idea(Format="IDEA1")), ("twins", idea(id=1)),
             ("confidence", idea(Confidence=7)), ("party is a number", idea(Source=[7])),
             ("no id", idea(ID=None)), ("category is a word", idea(Category="Recon")),
             ("note is a number", idea(Note=7)), ("spoofed is maybe", idea(
                 Source=[{"Spoofed": "maybe"}]))],
    "kev": [("no cve", kev({"cveID": "X"})), ("entry is a text", kev("x")),
            ("count is a word", kev()[:-1] + ', "count": "x"}'),
            ("note is a number", kev({"cveID": "CVE-2026-1234", "notes": 7})),
            ("entries are a number", '{"catalogVersion": "1", "vulnerabilities": 7}')],
    "csaf": [("version", csaf("1.2")), ("no tracking", json.dumps(
        {"document": {"csaf_version": "2.0", "title": "T"}})),
             ("notes are a number", csaf(notes=7)), ("language is a number", csaf(notes=[
                 {"text": 7}])),
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
    out.add("ok", "rich", RICH[name])
    out.add("ok", "rich to be exported",
            RICH[name] + " " * ((65 - len(RICH[name].encode())) % 64))
    out.add("label", "no marking", good, marked=False)
    out.add("syntax", "cut in half", good[:30])
    out.add("syntax", "nothing", b"")
    out.add("utf8", "surrogate", good.encode().replace(b"e", b"\xed\xa0\x80", 1))
    out.add("depth", "deep", "<a>" * 70 if xml else "[" * 70)
    out.add("format", "another format", "<a/>" if xml else "{}")
    out.add("syntax", "nul", (good[:20] if xml else "") + "\0" + good)
    if not xml:
        out.add("format", "xml of cap", cap())
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


def too_large(name):
    """What goes beyond the limits that no small input reaches."""
    if name == "cap":
        yield "size--document", b"<a>" + b"x" * (9 << 20)
        yield "size--text", b"<a>" + b"x" * (5 << 20)
        yield "size--elements", b"<a>" + b"<b/>" * 100001
        return
    many = [str(i) for i in range(100001)]
    if name == "stix":
        yield "size--file", b" " * ((64 << 20) + 1)
        yield "size--text", b'"' + b"x" * ((4 << 20) + 1) + b'"'
        yield "size--values", b"[" + b"1," * 2000001
        yield "size--fields", stix(thing("malware", labels=many)).encode()
        yield "size--reports", json.dumps({
            "type": "bundle", "id": "bundle--" + UUID, "objects": [
                {"type": "report", "id": "report--%s%04x" % (UUID[:-4], i)}
                for i in range(4097)]}).encode()
    elif name == "misp":
        yield "size--fields", misp(Tag=[{"name": text} for text in many]).encode()
    elif name == "idea":
        yield "size--fields", idea(Ref=many).encode()
    elif name == "csaf":
        yield "size--fields", csaf(notes=[{"text": text} for text in many]).encode()


def write_large(name, directory):
    os.makedirs(directory, exist_ok=True)
    for file, data in too_large(name):
        with open(os.path.join(directory, file), "wb") as out:
            out.write(data + b" " * (len(data) % 2 == 0))
    with open(os.path.join(directory, ".made"), "w", encoding="ascii"):
        pass


def main(words):
    if words[1:2] == ["--large"] and len(words) == 4:
        write_large(words[2], words[3])
        return
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
            reasons.write("# What the seeds of import_%s reach.\n" % name)
            out.reasons |= {file.split("--")[0] for file, _ in too_large(name)}
            reasons.write("".join(reason + "\n" for reason in sorted(out.reasons)))


if __name__ == "__main__":
    main(sys.argv)
