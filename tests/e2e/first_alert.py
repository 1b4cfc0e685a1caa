"""An alert crosses three nations; what must not leave does not; it is withdrawn."""
import json
import os
import sys

from mesh import Mesh, wait_for

programs, data = sys.argv[1], sys.argv[2]

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

    # Every copy proves its origin; an altered one does not.
    card = "ee=" + os.path.join(mesh.dir, "ee.card")
    for node in (ee, lv, lt):
        raw = node.run("show", alert_id, "--raw").stdout
        path = os.path.join(mesh.dir, node.member + ".raw")
        with open(path, "wb") as out:
            out.write(raw)
        assert "good: said by ee" in node.run("verify", path, card).out
        with open(path, "wb") as out:
            out.write(raw.replace(b"hospitals", b"hospitaLs"))
        assert node.run("verify", path, card, check=False).returncode == 1

    why = ee.run("why", alert_id, "--to", "lv").out
    assert "* own" in why and "cut out first: VICTIM, PERSONAL" in why, why

    # The same source twice is one alert once.
    for path in ("misp/eset-misp-powerpool.json", "stix/poisonivy.json"):
        first = ee.run("import", "--tlp", "green", os.path.join(data, path)).out
        again = ee.run("import", "--tlp", "green", os.path.join(data, path)).out
        assert " 0 alerts new" not in first and " 0 alerts new" in again, (first, again)
    stix = [i for i, row in ee.ids().items() if row["title"].startswith("Poison Ivy")]
    wait_for("the STIX report at lt", lambda: stix[0] in lt.ids())

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
