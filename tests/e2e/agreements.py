"""Two nations hold different texts of one agreement: both are told, nothing is
handed on under it, and when the texts are made equal what waited goes."""
import os
import sys
import time

from mesh import Mesh, wait_for

POLICY = """policy "plain" version 1;
allow export to any name all;
accept import from any name in;
show observers soc name screens;
"""
PACT = """agreement "pact" version %d {
  parties { ee, lv, lt };
  from 2026-01-01; until 2030-01-01;
  max tlp GREEN; onward members;
}
"""
OTHER = 'agreement "other" version 1 { parties { ee, lv, lt }; ' \
    "from 2026-01-01; until 2030-01-01; }\n"


def bind(node, *texts):
    with open(os.path.join(node.dir, "policy", "20-agreements.conf"), "w") as out:
        out.write("".join(texts))


def ref(node, name="pact"):
    return node.run("agreement", "show", name).out.split()[0]


def agreements(node, peer):
    return node.peer(peer)["agreements"]


def send(node, title, agreement):
    return node.run("send", "--severity", "low", "--tlp", "green", "--onward",
                    "members", "--agreement", agreement, "--title",
                    title).out.strip()


with Mesh(sys.argv[1], ["ee", "lv", "lt"], [("ee", "lv"), ("lv", "lt")]) as mesh:
    ee, lv, lt = mesh["ee"], mesh["lv"], mesh["lt"]
    for node in (ee, lv, lt):
        node.policy(POLICY)
    bind(ee, PACT % 3)
    bind(lv, PACT % 3, OTHER)
    bind(lt, PACT % 4)
    mesh.start()
    pact, theirs = ref(ee), ref(lt)
    assert ref(lv) == pact != theirs
    # Both sides are told.
    assert agreements(lv, "ee") == [pact + " ok", ref(lv, "other") + " missing there"]
    assert theirs + " differs" in agreements(lv, "lt"), agreements(lv, "lt")
    assert pact + " differs" in agreements(lt, "lv"), agreements(lt, "lv")
    assert ref(lv, "other") + " not ours" in agreements(lt, "lv"), agreements(lt, "lv")
    said = lv.run("peer", "list").out
    assert "%s differs from our text: nothing is handed on" % theirs in said, said

    # It counts as onward none: lv has it, and lt does not get it.
    alert = send(ee, "under the pact", pact)
    free = ee.send("under none")
    wait_for("lt to get what is under none", lambda: free in lt.ids())
    wait_for("lv to get it", lambda: alert in lv.ids())
    time.sleep(0.5)
    assert alert not in lt.ids()
    said = lv.run("why", alert, "--to", "lt").out
    assert "NO agreement" in said, said
    # Our own goes nevertheless: we say ourselves to whom.
    own = send(lv, "lv's own", pact)
    wait_for("lt to get lv's own", lambda: own in lt.ids())

    # lt takes the right text; a reload is enough, on that side alone.
    bind(lt, PACT % 3)
    lt.run("reload")
    wait_for("lv to hear of it", lambda: pact + " ok" in agreements(lv, "lt"))
    wait_for("lt to get what waited", lambda: alert in lt.ids())
    assert pact + " ok" in agreements(lt, "lv")
    assert lv.peer("lt")["state"] == "up"

    # And away again, on the other side: what comes from now on stays here.
    bind(lv, PACT % 5, OTHER)
    lv.run("reload")
    wait_for("lt to hear of it", lambda: any(
        line.endswith(" differs") for line in agreements(lt, "lv")))
    later = send(ee, "later", pact)
    wait_for("lv to get it", lambda: later in lv.ids())
    time.sleep(0.5)
    assert later not in lt.ids()
    # Healed while lv is down: it decides again what it withheld.
    lv.stop()
    bind(lv, PACT % 3, OTHER)
    lv.start()
    wait_for("lt to get it", lambda: later in lt.ids(), 30)
    # Both versions side by side are no disagreement.
    bind(lt, PACT % 3, PACT % 4)
    lt.run("reload")
    wait_for("lv to hear of it", lambda: theirs + " not ours" in agreements(lv, "lt"))
    both = send(ee, "both", pact)
    wait_for("lt to get it", lambda: both in lt.ids())
    # Healed while lt is down, lv keeps running.
    bind(lt, PACT % 4)
    lt.run("reload")
    wait_for("lv to hear of it", lambda: theirs + " differs" in agreements(lv, "lt"))
    last = send(ee, "last", pact)
    wait_for("lv to get it", lambda: last in lv.ids())
    lt.stop()
    bind(lt, PACT % 3)
    lt.start()
    wait_for("lt to get it", lambda: last in lt.ids(), 30)
print("texts that differ bind nobody, and equal ones do again")
