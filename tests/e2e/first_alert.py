"""An alert crosses three nations; what must not leave does not; it is withdrawn."""
import json
import os
import subprocess
import sys

from mesh import Mesh, skip, wait_for

programs, data = sys.argv[1], sys.argv[2]
VERIFY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop",
                      "verify_alert.py")
IMPORTS = ("misp/eset-misp-powerpool.json", "stix/poisonivy.json")

ALERT = ["send", "--severity", "high", "--tlp", "green", "--onward", "any",
         "--title", "Ransomware against hospitals", "--indicator",
         "ipv4-addr=198.51.100.3", "--field", "victim=Hospital X", "--field",
         "contact=Jaan, +372 000"]

POLICY = """policy "EE" version 2;
allow export to any name own with { KEEP, TECH, VICTIM, PERSONAL } when is_own;
redact export to any name cut classes { VICTIM, PERSONAL };
accept import from any name in;
show observers soc name all;
"""


def field_names(node, alert_id):
    shown = json.loads(node.run("show", alert_id, "--json").out)
    return {f["name"] for f in shown["fields"]}, shown


def verified(mesh, node, alert_id):
    """What the independent implementation says about a node's copy."""
    done = subprocess.run(
        [sys.executable, "-B", VERIFY, node.raw(alert_id), "ee", mesh.card("ee")],
        capture_output=True)
    if done.returncode == 77:
        skip(done.stdout.decode())
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def whole_copies_only(mesh, node, alert_id):
    said = verified(mesh, node, alert_id)
    held = {(f["name"], str(f["value"])) for f in field_names(node, alert_id)[1]["fields"]}
    assert said["id"] == alert_id and said["origin"] == "ee", said
    assert {(name, str(value)) for name, value, _ in said["fields"]} == held, (said, held)
    path, card = node.raw(alert_id), "ee=" + mesh.card("ee")
    assert "good: said by ee" in node.run("verify", path, card).out
    with open(path, "rb") as raw:
        altered = raw.read().replace(b"hospitals", b"hospitaLs")
    with open(path, "wb") as out:
        out.write(altered)
    assert node.run("verify", path, card, check=False).returncode == 1
    other = subprocess.run([sys.executable, "-B", VERIFY, path, "ee", mesh.card("ee")],
                           capture_output=True)
    assert other.returncode == 1 and b"leaf" in other.stdout, other


with Mesh(programs, ["ee", "lv", "lt"], [("ee", "lv"), ("lv", "lt")]) as mesh:
    ee, lv, lt = mesh["ee"], mesh["lv"], mesh["lt"]
    ee.policy(POLICY)
    mesh.start()

    alert_id = ee.run(*ALERT).out.strip()
    for node in (lv, lt):
        wait_for(node.member + " to hold it", lambda: alert_id in node.ids())
        names, shown = field_names(node, alert_id)
        assert names == {"title", "indicator"}, names
        assert shown["withheld"] == 2, shown
    assert field_names(ee, alert_id)[0] == {"title", "indicator", "victim", "contact"}
    assert json.loads(lt.run("show", alert_id, "--json").out)["received_from"] == "lv"

    # Every copy proves its origin, to us and to another implementation.
    for node in (ee, lv, lt):
        whole_copies_only(mesh, node, alert_id)

    why = ee.run("why", alert_id, "--to", "lv").out
    assert "* own" in why and "cut out first: VICTIM, PERSONAL" in why, why

    # The same source twice is one alert once, and the source's limits hold.
    files = [os.path.join(data, name) for name in IMPORTS]
    first = ee.run("import", "--tlp", "green", *files).out
    again = ee.run("import", "--tlp", "green", *files).out
    assert " 0 alerts new" not in first and " 0 alerts new" in again, (first, again)
    far, near = set(), set()
    for i in set(ee.ids()) - {alert_id}:
        onward = json.loads(ee.run("show", i, "--json").out)["onward"]
        (far if onward == "any" else near).add(i)
    assert far and near, (far, near)
    wait_for("at lv what was imported", lambda: far | near <= set(lv.ids()))
    wait_for("at lt what may go onward", lambda: far <= set(lt.ids()))
    assert not near & set(lt.ids()), "lv passed on what was for itself"
    # The report and the malware of one bundle share a signature.
    assert max(verified(mesh, lt, i)["batch_depth"] for i in far) > 0

    ee.run("revoke", alert_id, "--reason", "false positive")
    for node in (ee, lv, lt):
        wait_for("the withdrawal at " + node.member,
                 lambda: node.ids()[alert_id]["status"] == "revoked")
    final = ee.run("revoke", alert_id, "--reason", "again", check=False)
    assert final.returncode == 1 and "final" in final.err, final.err

    # A nation that was away catches up.
    lt.stop()
    missed = [ee.run(*ALERT).out.strip() for _ in range(20)]
    lt.start()
    wait_for("lt to catch up", lambda: set(missed) <= set(lt.ids()))

    # A policy that closes says so, and nothing more leaves.
    ee.policy('policy "EE" version 3;\naccept import from any name in;\n')
    ee.run("reload")
    kept = ee.run(*ALERT).out.strip()
    wait_for("the decision", lambda: "denied" in ee.run("status", kept).out)
    assert "default" in ee.run("status", kept).out
    assert kept not in lv.ids()
    # And one that opens again sends what was kept.
    ee.policy(POLICY)
    ee.run("reload")
    wait_for("what was kept at lt", lambda: kept in lt.ids())

    for node in (ee, lv, lt):
        assert "whole" in node.run("audit", "verify").out
        assert node.stop() == 0
print("an alert crossed the mesh and was withdrawn")
