"""A key is revoked, by the duty key on its own node and by the root through
another nation: whoever is linked with it cuts it within a second, its alerts
stay and are marked, observers learn of each once, and with new keys and a new
card everything goes on."""
import json
import os
import subprocess
import sys
import time
from datetime import datetime

from mesh import Mesh, wait_for

programs = sys.argv[1]


def down_to(node, member):
    peer = node.peer(member)
    return peer["state"] != "up" and "revoked: import %s's new card" % member in peer["note"]


def cut_within_a_second(nodes, member, began):
    for node in nodes:
        wait_for("%s to cut %s" % (node.member, member), lambda: down_to(node, member), 5)
        lines = [line for line in node.log_text().splitlines()
                 if "event=link-down peer=" + member in line]
        at = datetime.fromisoformat(lines[-1].split("time=")[1][:23] + "+00:00")
        took = at.timestamp() - began
        print("%s cut %s after %.0f ms" % (node.member, member, took * 1000))
        assert took <= 1, "too late"
        other = node.run("doctor", check=False).out
        assert "import %s's new card" % member in other, other


def marked(node, ids, word):
    for alert_id in ids:
        row = node.ids()[alert_id]
        assert row["key"] == word and row["suspect"], row
        assert json.loads(node.run("show", alert_id, "--json").out)["key"] == word
        assert "[key %s]" % word in node.run("list").out
    # Told once as it came and once as it is marked, whatever happens between.
    wait_for("observers of " + node.member, lambda: all(
        [r.get("key") for r in node.fed() if r["id"] == i] == [None, word] for i in ids))


def withheld(node, alert_id, peer):
    why = node.run("why", alert_id, "--to", peer).out
    assert "key-state" in why, why


def renew(mesh, node, others):
    """New keys for a node, and its new card to the others."""
    out = node.run("cert", "import", node.renewed()).out
    assert "announced" in out, out
    assert node.status()["key_message"] == "", node.status()
    with open(mesh.card(node.member), "w") as card:
        card.write(node.run("card", "export").out)
    for other in others:
        done = other.run("card", "import", mesh.card(node.member), "--as", node.member)
        assert "renewed" in done.out, done.out
    for other in others:
        wait_for("%s and %s" % (other.member, node.member), lambda: other.peer(
            node.member)["state"] == "up" and node.peer(other.member)["state"] == "up")


def by_duty_key(mesh, ee, others):
    ids = [ee.send("before %d" % n) for n in range(5)]
    for node in others:
        wait_for("all at " + node.member, lambda: set(ids) <= set(node.ids()))
    refused = ee.run("cert", "revoke", check=False, stdin=b"no\n")
    assert refused.returncode == 1 and ee.status()["key_message"] == ""
    began = time.time()
    ee.run("cert", "revoke", "--yes")
    cut_within_a_second(others, "ee", began)
    for node in (ee, *others):
        marked(node, ids, "revoked")
    withheld(others[0], ids[0], others[1].member)
    for words in (["send", "--severity", "low", "--tlp", "green", "--title", "x"],
                  ["revoke", ids[0], "--reason", "x"]):
        done = ee.run(*words, check=False)
        assert done.returncode == 1 and "certificate is revoked" in done.err \
            and "tocsin keys rotate" in done.err, done.err
    assert "NOTHING CAN BE SIGNED" in ee.run("status").out
    # It is known after a restart, and nobody is told again.
    others[0].stop()
    others[0].start()
    assert down_to(others[0], "ee")
    marked(others[0], ids, "revoked")
    renew(mesh, ee, others)
    after = ee.send("with new keys")
    for node in others:
        wait_for("new alerts at " + node.member, lambda: after in node.ids())
        assert node.ids()[after]["key"] == ""
        assert node.ids()[ids[0]]["key"] == "revoked"
    # What the old key signed can be withdrawn with the new one.
    ee.run("revoke", ids[0], "--reason", "mistake")
    for node in others:
        wait_for("the withdrawal", lambda: node.ids()[ids[0]]["status"] == "revoked")
    print("revoked by the duty key: cut, marked, renewed")


def by_root(mesh, ee, others):
    """ee's machine is in foreign hands: the root's owner goes to another nation."""
    ids = [ee.send("doubtful %d" % n) for n in range(3)]
    for node in others:
        wait_for("all at " + node.member, lambda: set(ids) <= set(node.ids()))
    cert = subprocess.run(
        [mesh.program("tocsin"), "--config", ee.config, "cert", "show"],
        capture_output=True).stdout.decode()
    assert "in force" in cert, cert
    proof = os.path.join(mesh.dir, "ee.krev")
    wrong = ee.run("cert", "revoke", "2", "--root", "/nonexistent", "--yes", check=False)
    assert wrong.returncode == 1 and "root.key" in wrong.err, wrong.err
    ee.run("cert", "revoke", "2", "--root", mesh.roots, "--since", "1h", "--yes",
           "--out", proof)
    with open(proof) as text:
        damaged = text.read().replace("A", "B", 1)
    with open(proof + ".bad", "w") as out:
        out.write(damaged)
    bad = others[1].run("cert", "import", proof + ".bad", check=False)
    assert bad.returncode == 1, bad.out
    began = time.time()
    others[1].run("cert", "import", proof)
    cut_within_a_second(others, "ee", began)
    for node in others:
        marked(node, ids, "suspect")
    withheld(others[0], ids[0], others[1].member)
    # ee hears of it when the cut leaves it the time; else its owner tells it.
    wait_for("ee to know, or to be refused", lambda: ee.status()["key_message"] or all(
        "refuses our key" in p["note"] for p in ee.peers()))
    ee.run("cert", "import", proof)
    assert "revoked" in ee.status()["key_message"]
    marked(ee, ids, "suspect")
    renew(mesh, ee, others)
    after = ee.send("with the third keys")
    for node in others:
        wait_for("new alerts at " + node.member, lambda: after in node.ids())
    print("revoked by the root: cut, suspect, renewed")


def while_it_does_not_run(ee):
    """The proof waits beside the keys."""
    ee.stop()
    out = ee.run("cert", "revoke", "3", "--yes").out
    assert "when it starts" in out, out
    ee.start()
    assert "revoked" in ee.status()["key_message"]


with Mesh(programs, ["ee", "lv", "lt"], [("ee", "lv"), ("lv", "lt"), ("ee", "lt")]) as mesh:
    ee, others = mesh["ee"], (mesh["lv"], mesh["lt"])
    mesh.start()
    by_duty_key(mesh, ee, others)
    by_root(mesh, ee, others)
    while_it_does_not_run(ee)
print("keys were revoked")
