"""What a source changes or takes back by naming an earlier message is the same alert
here, whatever else it named before, in one run or in several, in any order."""
import itertools
import json
import os
import sys

from mesh import Mesh

programs = sys.argv[1]
SENDER = "s@e.example"
CAP = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>%s</identifier>
<sender>%s</sender><sent>%s</sent><status>Actual</status><msgType>%s</msgType>
<scope>Public</scope>%s<info><category>Infra</category><event>%s</event><urgency>Past</urgency>
<severity>Minor</severity><certainty>Likely</certainty></info></alert>"""


def sent(hour):
    return "2026-07-01T%02d:00:00-00:00" % hour


def cap(name, hour, kind="Alert", of=(), sender=SENDER):
    """`of`: pairs of a name and the hour it was sent at."""
    refs = " ".join("%s,%s,%s" % (SENDER, n, sent(h)) for n, h in of)
    return CAP % (name, sender, sent(hour), kind,
                  "<references>%s</references>" % refs if refs else "", name)


def idea(name, hour, of=()):
    body = {"Format": "IDEA0", "ID": name, "DetectTime": "2026-07-01T%02d:00:00Z" % hour,
            "Category": ["Recon.Scanning"], "Description": name}
    return json.dumps({**body, "PredID": list(of)} if of else body)


class Box:
    """Imports messages and says what became of them."""

    def __init__(self, node):
        self.node, self.number = node, 0

    def totals(self, *words):
        """Of one run: new, updated, withdrawn, known."""
        done = self.node.run("import", *words)
        numbers = done.out.splitlines()[-1].replace("(", "").split()
        return [int(number) for number in numbers if number.isdigit()][2:6]

    def take(self, *texts, source=None):
        """One run, and that a dry run said before what would become of it."""
        paths = []
        for text in texts:
            self.number += 1
            paths.append(os.path.join(self.node.mesh.dir, "m%04d" % self.number))
            with open(paths[-1], "w") as out:
                out.write(text)
        named = ["--source", source] if source else []
        words = [*paths, "--tlp", "green", *named]
        said = self.totals(*words, "--dry-run")
        became = self.totals(*words)
        assert said == became, (said, became)
        return became

    def live(self, prefix):
        """What is live of the alerts whose text begins so: the texts, sorted."""
        found = []
        for row in self.node.ids().values():
            if row["status"] != "live":
                continue
            shown = json.loads(self.node.run("show", row["id"], "--json").out)
            texts = [f["value"] for f in shown["fields"] if isinstance(f["value"], str)]
            found += [t for t in texts if t.startswith(prefix) and " " not in t][:1]
        return sorted(found)


def a_chain_over_several_runs(box):
    """Each names only the one before it."""
    assert box.take(cap("a1", 1)) == [1, 0, 0, 0]
    assert box.take(cap("a2", 2, "Update", [("a1", 1)])) == [0, 1, 0, 0]
    assert box.take(cap("a3", 3, "Update", [("a2", 2)])) == [0, 1, 0, 0]
    assert box.live("a") == ["a3"], box.live("a")
    assert box.take(cap("a2", 2, "Update", [("a1", 1)])) == [0, 0, 0, 1]
    assert box.take(cap("a4", 4, "Update", [("a1", 1), ("a2", 2), ("a3", 3)])) == [0, 1, 0, 2]
    assert box.live("a") == ["a4"], "what an update names is not withdrawn with it"
    assert box.take(cap("a5", 5, "Cancel", [("a3", 3)])) == [0, 0, 1, 0]
    assert box.live("a") == []
    assert box.take(cap("a1", 1)) == [0, 0, 0, 1], "cancelled is cancelled"


def a_chain_in_one_run(box):
    assert box.take(cap("b1", 1), cap("b2", 2, "Update", [("b1", 1)]),
                    cap("b3", 3, "Update", [("b2", 2)])) == [1, 2, 0, 0]
    assert box.live("b") == ["b3"]
    assert box.take(cap("c1", 1), cap("c2", 2, "Cancel", [("c1", 1)])) == [1, 0, 1, 0]
    assert box.live("c") == []


def in_any_order(box):
    """Newest wins, older ones are known; in one run, or in a run each."""
    for way, order in enumerate(itertools.permutations(range(3))):
        for at_once in (True, False):
            name = "d%d%s" % (way, "x" if at_once else "y")
            chain = [cap(name + "1", 1), cap(name + "2", 2, "Update", [(name + "1", 1)]),
                     cap(name + "3", 3, "Update", [(name + "2", 2), (name + "1", 1)])]
            texts = [chain[i] for i in order]
            for group in ([texts] if at_once else [[text] for text in texts]):
                box.take(*group)
            assert box.live(name) == [name + "3"], (order, at_once, box.live(name))


def taken_back_before_it_came(box):
    assert box.take(cap("e2", 2, "Cancel", [("e1", 1)])) == [0, 0, 0, 1]
    assert box.take(cap("e1", 1)) == [0, 0, 0, 1], "an older version is nothing new"
    assert box.live("e1") == []


def two_become_one(box):
    assert box.take(cap("f1", 1), cap("f2", 2)) == [2, 0, 0, 0]
    assert box.take(cap("f3", 3, "Update", [("f1", 1), ("f2", 2)])) == [0, 1, 1, 0]
    assert box.live("f") == ["f3"]
    assert box.take(cap("f3", 3, "Update", [("f1", 1), ("f2", 2)])) == [0, 0, 0, 2]


def events_of_idea(box):
    assert box.take(idea("g1", 1)) == [1, 0, 0, 0]
    assert box.take(idea("g2", 2, ["g1"])) == [0, 1, 0, 0]
    assert box.take(idea("h1", 1)) == [1, 0, 0, 0]
    assert box.take(idea("g3", 3, ["g2", "h1"])) == [0, 1, 1, 0]
    assert box.live("g") == ["g3"] and box.live("h") == []
    assert box.take(idea("g1", 1)) == [0, 0, 0, 1]


def names_outlive_a_restart(node, box):
    assert box.take(cap("k1", 1)) == [1, 0, 0, 0]
    assert box.take(cap("k2", 2, "Update", [("k1", 1)])) == [0, 1, 0, 0]
    node.stop()
    node.start()
    assert box.take(cap("k3", 3, "Cancel", [("k2", 2)])) == [0, 0, 1, 0]
    assert box.live("k") == []


def event(attributes, stamp, deleted=False, info="m", **more):
    return json.dumps({"Event": {
        "uuid": "5b8d9d33-ccf0-4fd9-82dc-7dbc0a016219", "info": info, "timestamp": str(stamp),
        **more,
        "deleted": deleted, "Attribute": [{"type": "domain", "to_ids": True,
                                           "value": "h%d.example" % i}
                                          for i in range(attributes)]}})


def another_organisation_cannot_take_it_back(box):
    ours, other = ({"uuid": "55f6ea5e-2c60-40e5-964f-47a8950d210" + end} for end in "ab")

    def take(stamp, info, deleted, **orgc):
        return box.take(event(1, stamp, deleted, info, **orgc,
                              uuid="5b8d9d33-ccf0-4fd9-82dc-7dbc0a01621a"))
    assert take(100, "o1", False, Orgc=ours) == [1, 0, 0, 0]
    assert take(200, "o2", True, Orgc=other) == [0, 0, 0, 1]
    assert take(200, "o2", True) == [0, 0, 0, 1]
    assert box.live("o") == ["o1"], box.live("o")
    assert take(300, "what we say", True, Orgc=ours) == [0, 0, 1, 0]
    assert box.live("o") == [], box.live("o")


def a_source_that_shrinks(box):
    """An event of several alerts that needs fewer, and none at last."""
    def parts():
        return sorted(row["title"] for row in box.node.ids().values()
                      if row["status"] == "live" and row["kind"] != "revoke"
                      and row["title"].startswith("m"))
    assert box.take(event(1800, 100)) == [4, 0, 0, 0], parts()
    assert box.take(event(700, 200)) == [0, 2, 2, 0]
    assert parts() == ["m (1/2)", "m (2/2)"], parts()
    assert box.take(event(700, 200)) == [0, 0, 0, 2]
    assert box.take(event(3, 300)) == [0, 1, 1, 0]
    assert parts() == ["m"], parts()
    assert box.take(event(1800, 400)) == [3, 1, 0, 0], "withdrawn parts begin anew"
    assert len(parts()) == 4, parts()
    assert box.take(event(1800, 500, deleted=True)) == [0, 0, 4, 0]
    assert parts() == [], parts()
    assert box.take(event(1800, 400)) == [0, 0, 0, 4], "an older version is nothing new"
    for stamp in (600, 800):
        assert box.take(event(3, stamp)) == [1, 0, 0, 0], "published again"
        assert parts() == ["m"], parts()
        assert box.take(event(4, stamp + 50)) == [0, 1, 0, 0]
        assert box.take(event(4, stamp + 100, deleted=True)) == [0, 0, 1, 0]


def report(name, stamp, revoked=False):
    ident = "report--0a2c8a5e-6c0e-4e2b-8f60-8d2d7d0c11f1"
    return json.dumps({"type": "bundle", "id": ident.replace("report", "bundle"), "objects": [{
        "type": "report", "spec_version": "2.1", "id": ident, "name": name, "revoked": revoked,
        "created": "2026-07-01T00:00:00.000Z", "modified": "2026-07-0%dT00:00:00.000Z" % stamp,
        "published": "2026-07-01T00:00:00.000Z", "object_refs": []}]})


def no_source_touches_what_another_brought(box):
    """By none of the names that a file can give what it wants to change."""
    assert box.take(cap("p1", 1), source="cert-lv") == [1, 0, 0, 0]
    cancel = cap("p2", 2, "Cancel", [("p1", 1)])
    assert box.take(cancel, source="cert-lt") == [0, 0, 0, 1]
    assert box.take(cancel) == [0, 0, 0, 1]
    assert box.take(cap("p3", 2, "Update", [("p1", 1)]), source="cert-lt") == [1, 0, 0, 0]
    assert box.live("p") == ["p1", "p3"], box.live("p")
    assert box.take(cancel, source="cert-lv") == [0, 0, 1, 0]
    assert box.live("p") == ["p3"], box.live("p")

    assert box.take(idea("q1", 1), source="cert-lv") == [1, 0, 0, 0]
    assert box.take(idea("q2", 2, ["q0", "q1"]), source="cert-lt") == [1, 0, 0, 1]
    assert box.live("q") == ["q1", "q2"], box.live("q")
    assert box.take(idea("q3", 3, ["q1"]), source="cert-lv") == [0, 1, 0, 0]
    assert box.live("q") == ["q2", "q3"], box.live("q")

    assert box.take(report("r1", 1), source="cert-lv") == [1, 0, 0, 0]
    assert box.take(report("r2", 2), source="cert-lt") == [1, 0, 0, 0]
    assert box.take(report("taken back", 3, revoked=True)) == [0, 0, 0, 1]
    assert box.live("r") == ["r1", "r2"], box.live("r")
    assert box.take(report("taken back", 4, revoked=True), source="cert-lv") == [0, 0, 1, 0]
    assert box.live("r") == ["r2"], box.live("r")

    big = event(700, 100, info="t", uuid="5b8d9d33-ccf0-4fd9-82dc-7dbc0a01621b")
    small = event(3, 200, info="t", uuid="5b8d9d33-ccf0-4fd9-82dc-7dbc0a01621b")
    assert box.take(big, source="cert-lv") == [2, 0, 0, 0]
    assert box.take(small) == [1, 0, 0, 0]
    assert box.take(small, source="cert-lv") == [0, 1, 1, 0], "its further part too"


def another_sender_cannot_cancel(box):
    assert box.take(cap("u1", 1)) == [1, 0, 0, 0]
    assert box.take(cap("u2", 2, "Cancel", [("u1", 1)], "x@e.example")) == [0, 0, 0, 0]
    assert box.take(cap("u3", 3, "Update", [("u1", 1)], "x@e.example")) == [1, 0, 0, 0]
    assert box.live("u") == ["u1", "u3"], box.live("u")


def what_we_revoked_stays_revoked(node, box):
    """Only the source takes back that it took something back."""
    assert box.take(cap("n1", 1)) == [1, 0, 0, 0]
    (mine,) = [i for i, row in node.ids().items() if row["title"] == "n1"]
    node.run("revoke", mine, "--reason", "a false positive")
    assert box.take(cap("n2", 2, "Update", [("n1", 1)])) == [0, 0, 0, 1]
    assert box.live("n") == []


def a_dry_run_says_what_it_would_be(node, box):
    """As often as it is asked: it keeps nothing. Box.take compares the rest."""
    box.take(event(700, 100, info="w", uuid="5b8d9d33-ccf0-4fd9-82dc-7dbc0a01621c"),
             cap("w1", 1))
    path = os.path.join(node.mesh.dir, "dry")
    for text, said in (
            (event(3, 200, info="w", uuid="5b8d9d33-ccf0-4fd9-82dc-7dbc0a01621c"),
             "0 alerts new, 1 updated, 1 withdrawn, 0 known"),
            (cap("w2", 2, "Cancel", [("w1", 1)]), "0 alerts new, 0 updated, 1 withdrawn, 0 known"),
            (cap("w1", 1), "0 alerts new, 0 updated, 0 withdrawn, 1 known"),
            (cap("w3", 1), "1 alerts new, 0 updated, 0 withdrawn, 0 known")):
        with open(path, "w") as out:
            out.write(text)
        for _ in range(2):
            done = node.run("import", path, "--tlp", "green", "--dry-run")
            assert said in done.out, (said, done.out)
    assert "would be stored" in done.out, done.out


def a_dry_run_of_more_than_one_submission(box):
    """The last line names what the first submission would have stored."""
    lines = [idea("v%d" % i, 1) for i in range(1100)]
    assert box.take("\n".join([*lines, idea("v", 2, ["v0"])])) == [1100, 1, 0, 0]


def a_dry_run_leaves_nothing(node, box):
    path = os.path.join(node.mesh.dir, "dry")
    with open(path, "w") as out:
        out.write(cap("l2", 2, "Cancel", [("l1", 1)]))
    node.run("import", path, "--tlp", "green", "--dry-run")
    assert box.take(cap("l1", 1)) == [1, 0, 0, 0]


with Mesh(programs, ["ee"], []) as mesh:
    ee = mesh["ee"]
    ee.start()
    box = Box(ee)
    a_chain_over_several_runs(box)
    a_chain_in_one_run(box)
    in_any_order(box)
    taken_back_before_it_came(box)
    two_become_one(box)
    events_of_idea(box)
    a_source_that_shrinks(box)
    another_organisation_cannot_take_it_back(box)
    no_source_touches_what_another_brought(box)
    another_sender_cannot_cancel(box)
    what_we_revoked_stays_revoked(ee, box)
    names_outlive_a_restart(ee, box)
    a_dry_run_says_what_it_would_be(ee, box)
    a_dry_run_of_more_than_one_submission(box)
    a_dry_run_leaves_nothing(ee, box)
print("chains: done")
