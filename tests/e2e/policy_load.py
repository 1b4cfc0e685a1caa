"""Another policy for a node that runs: tried, loaded, loaded until somebody
confirms. Whatever happens in between, and whenever the node is killed, what
runs is what the files hold, or less."""
import json
import os
import re
import sys
import time

from mesh import Mesh, wait_for

programs = sys.argv[1]

OPEN = """policy "EE" version 1;
allow export to any name all;
accept import from any name in;
show observers any name screens;
test "everything goes" { alert { } expect export to lv: allow by all; }
"""
# Nothing below severity high, and victims are cut.
CLOSED = """policy "EE" version 2;
allow export to any name all with { TECH, VICTIM } when severity >= high;
accept import from any name in;
show observers any name screens;
test "high goes" { alert { severity high; } expect export to lv: allow by all; }
test "low stays" { alert { severity low; } expect export to lv: deny by default; }
"""
HOLDING = OPEN.replace("version 1", "version 3") + """
hold export to any name two approve 1 of role releaser within 4h when severity >= high;
"""
FAILING = OPEN.replace("allow by all", "deny by default")


def path(node, name):
    return os.path.join(node.dir, name)


def write(node, name, text):
    with open(path(node, name), "w") as out:
        out.write(text)
    return path(node, name)


def in_place(node):
    return open(path(node, "policy/10-national.conf")).read()


def refused(done, *texts):
    said = done.out + done.err
    assert done.returncode == 1, said
    for text in texts:
        assert text in said, (text, said)
    return said


def version(node):
    return node.status()["policy_version"]


def audit(node):
    return [json.loads(line) for line in node.run("audit", "show", "--json").out.splitlines()]


def send(node, title, severity):
    return node.run("send", "--severity", severity, "--tlp", "green", "--onward", "any",
                    "--title", title, "--field", "victim=Hospital X").out.strip()


def sent(node, alert):
    return "delivered" in node.run("status", alert).out


def withheld(node, alert):
    return "denied" in node.run("status", alert).out


# ---- trying ----

def it_is_tried_and_nothing_changes(ee, lv):
    low, high = send(ee, "low", "low"), send(ee, "high", "high")
    wait_for("both at lv", lambda: {low, high} <= set(lv.ids()))
    write(ee, "closed.conf", CLOSED)
    before = (in_place(ee), ee.status()["policy_hash"], len(audit(ee)))
    rows = [json.loads(line) for line in
            ee.run("policy", "try", path(ee, "closed.conf"), "--json").out.splitlines()]
    groups = {(r["peer"], r["change"]): r for r in rows[:-1]}
    group = groups["fi", "withheld"]
    assert group["count"] == 1 and (group["now"], group["then"]) == ("all", "default"), group
    assert low.startswith(group["examples"][0]), group
    # lv and fi alike, and the high one would show the victim too.
    assert groups["fi", "opened"]["count"] == 1 and len(rows) == 5, rows
    end = rows[-1]
    assert end["done"] and end["alerts"] == 2 and end["decided"] == 4 and end["same"] == 0, end
    said = ee.run("policy", "try", path(ee, "closed.conf"), "--replay", "1").out
    assert "1 alerts looked at, as if they came now: 2 decisions, 0 of" in said, said
    assert re.search(r"fi +opened +1 +all +all +e\.g\. " + high[:12], said), said
    assert before == (in_place(ee), ee.status()["policy_hash"], len(audit(ee)))
    # Without a file it is what the configuration says.
    assert "2 alerts looked at, as if they came now: 4 decisions, 4 of" in ee.run("policy", "try").out
    refused(ee.run("policy", "try", write(ee, "bad.conf", "alow export;"), check=False),
            "did you mean `allow`", "this policy cannot be used")


# ---- loading ----

def what_fails_leaves_the_old_one_running(ee):
    kept = in_place(ee)
    for name, text, says in (("broken.conf", OPEN + "allow exprt;", "exprt"),
                             ("failing.conf", FAILING, "1 failed"),
                             ("false.conf", OPEN + "assert never export to any;", "false"),
                             ("node.conf", OPEN + "role x { user y; }", "settings of the node")):
        refused(ee.run("policy", "load", write(ee, name, text), check=False), says,
                "the policy that runs goes on")
        assert in_place(ee) == kept and version(ee) == 1
    # The same where it lies in the configuration already, and asked of the node.
    ee.policy(FAILING)
    refused(ee.run("policy", "load", check=False), "1 failed")
    assert "another one than the files hold" in ee.run("doctor", check=False).out or True
    ee.policy(kept)
    assert version(ee) == 1


def it_is_checked_tried_and_swapped(ee, lv):
    old = in_place(ee)
    hashes = [ee.status()["policy_hash"]]
    said = ee.run("policy", "load", path(ee, "closed.conf")).out
    hashes.append(ee.status()["policy_hash"])
    for text in ("2 expectations, 0 failed", "alerts looked at", "policy: EE version 2",
                 "10-national.conf.before"):
        assert text in said, (text, said)
    assert version(ee) == 2 and in_place(ee) == CLOSED
    assert open(path(ee, "policy/10-national.conf.before")).read() == old
    entry = audit(ee)[-2:]
    entry = next(e for e in entry if e["action"] == "policy-load")
    assert entry["detail"] == "%s after %s" % (hashes[1], hashes[0]), entry
    low = send(ee, "stays", "low")
    wait_for("the decision", lambda: withheld(ee, low))
    # What the next one opens goes, although it was decided before.
    ee.run("policy", "load", write(ee, "open.conf", OPEN))
    wait_for("what was withheld, at lv", lambda: low in lv.ids())
    assert version(ee) == 1


def only_admins_load(ee):
    """root and the node's own user are admin; see tests/unit for the table."""
    text = ee.run("policy", "rules").out
    assert re.search(r"export +allow +all +\d+", text), text


# ---- until confirmed ----

def only_what_both_allow(ee, lv):
    """OPEN runs, CLOSED waits: low is for OPEN only, and victims for CLOSED."""
    low, high = send(ee, "both low", "low"), send(ee, "both high", "high")
    wait_for("the high one at lv", lambda: high in lv.ids())
    wait_for("the decision", lambda: withheld(ee, low))
    assert "VICTIM" not in lv.run("show", high).out.split("title")[0]
    why = ee.run("why", low, "--to", "lv").out
    assert "verdict: deny by pending:default" in why and "waits to be confirmed" in why, why
    return low


def said_by_everything(ee):
    until = ee.status()
    assert until["pending"] == "EE" and until["pending_version"] == 2, until
    assert "A POLICY WAITS TO BE CONFIRMED until" in ee.run("status").out
    assert "ANOTHER WAITS TO BE CONFIRMED" in ee.run("doctor", check=False).out
    for words in (["list"], ["peer", "list"], ["policy", "check"], ["card", "export"],
                  ["policy", "rules"], ["audit", "show"], ["hold", "list"]):
        assert "A POLICY WAITS TO BE CONFIRMED" in ee.run(*words).err, words
    refused(ee.run("policy", "load", path(ee, "open.conf"), check=False),
            "waits to be confirmed already")
    refused(ee.run("policy", "load", path(ee, "open.conf"), "--confirm-within", "1m",
                   check=False), "waits to be confirmed already")


def begin(ee, within="60s", name="closed.conf"):
    said = ee.run("policy", "load", path(ee, name), "--confirm-within", within).out
    assert "until it is confirmed" in said, said
    assert in_place(ee) == OPEN and version(ee) == 1


def unconfirmed_the_old_one_returns(ee, lv):
    begin(ee, "10s")
    low = only_what_both_allow(ee, lv)
    said_by_everything(ee)
    wait_for("the old one", lambda: "pending" not in ee.status(), 20)
    wait_for("what only it allows, at lv", lambda: low in lv.ids())
    assert in_place(ee) == OPEN and version(ee) == 1
    actions = [e["action"] for e in audit(ee)]
    assert actions.index("policy-pending") < actions.index("policy-expire"), actions
    assert "WAITS" not in ee.run("list").err
    refused(ee.run("policy", "confirm", check=False), "no policy waits to be confirmed")


def abandoned_it_returns_at_once(ee):
    begin(ee)
    ee.run("policy", "abandon")
    assert "pending" not in ee.status() and in_place(ee) == OPEN
    assert audit(ee)[-1]["action"] == "policy-abandon"
    refused(ee.run("policy", "abandon", check=False), "no policy waits to be confirmed")


def confirmed_it_stays(ee, lv):
    begin(ee)
    low = only_what_both_allow(ee, lv)
    said = ee.run("policy", "confirm").out
    assert "in place as" in said, said
    assert in_place(ee) == CLOSED and version(ee) == 2 and "pending" not in ee.status()
    assert audit(ee)[-2]["action"] == "policy-confirm"
    restart(ee)
    assert version(ee) == 2 and "pending" not in ee.status()
    assert "ok    policy runs" in re.sub("\x1b\\[[0-9;]*m", "", ee.run("doctor", check=False).out)
    assert withheld(ee, low)
    ee.run("policy", "load", path(ee, "open.conf"))
    wait_for("what OPEN allows, at lv", lambda: low in lv.ids())


def restart(node):
    node.kill()
    node.start()
    wait_for("its links", node.all_up)


def killed_while_it_waits(ee, lv):
    """It waits on, with both; and when its time was over meanwhile, it has gone."""
    begin(ee)
    restart(ee)
    assert ee.status()["pending_version"] == 2
    low = only_what_both_allow(ee, lv)
    ee.run("policy", "abandon")
    restart(ee)
    assert "pending" not in ee.status() and version(ee) == 1
    wait_for("what OPEN allows, at lv", lambda: low in lv.ids())
    begin(ee, "10s")
    ee.kill()
    time.sleep(10.5)
    ee.start()
    assert "pending" not in ee.status() and version(ee) == 1 and in_place(ee) == OPEN
    assert "policy-expire" in [e["action"] for e in audit(ee)]
    wait_for("its links", ee.all_up)


def killed_while_it_is_confirmed(ee, lv):
    """The file is in place and the node was not told: that was meant. At the
    next start, the next reload, or when its time is over."""
    for how in ("start", "reload", "time"):
        begin(ee, "10s" if how == "time" else "60s")
        low = send(ee, "in between", "low")
        wait_for("the decision", lambda: withheld(ee, low))
        ee.policy(CLOSED)
        assert ee.status()["pending_version"] == 2
        if how == "start":
            restart(ee)
        elif how == "reload":
            ee.run("reload")
        else:
            wait_for("its end", lambda: "pending" not in ee.status(), 20)
        assert version(ee) == 2 and "pending" not in ee.status(), how
        assert "policy-confirm" in [e["action"] for e in audit(ee)][-4:], how
        assert withheld(ee, low)
        ee.run("policy", "load", path(ee, "open.conf"))
        wait_for("what OPEN allows, at lv", lambda: low in lv.ids())


def the_configuration_may_change_meanwhile(ee, lv):
    begin(ee)
    ee.run("peer", "pause", "fi")
    assert ee.status()["pending_version"] == 2
    ee.run("peer", "resume", "fi")
    only_what_both_allow(ee, lv)
    # A configuration that it does not fit is refused, and nothing changes.
    ee.run("policy", "abandon")
    begin(ee, name=os.path.basename(write(ee, "fi.conf", CLOSED +
                                          "deny export to fi name fi-out;")))
    done = ee.run("peer", "remove", "fi", check=False)
    assert ee.status()["pending_version"] == 2, done.err
    ee.run("policy", "abandon")


def holds_of_both(ee, lv):
    """A new hold rule asks people from the first minute; its release counts on."""
    begin(ee, name=os.path.basename(write(ee, "holding.conf", HOLDING)))
    high = send(ee, "ask", "high")
    wait_for("the hold", lambda: "attribution" in ee.run("hold", "list").out or
             high[:12] in ee.run("hold", "list").out)
    metrics = wait_for("the metrics", lambda: re.search(
        r'^tocsin_held\{rule="two"\} 2$', open(path(ee, "run/metrics.prom")).read(), re.M), 15)
    assert metrics
    ee.run("hold", "release", high, "--to", "lv")
    wait_for("it at lv", lambda: high in lv.ids())
    ee.run("policy", "abandon")


# ---- no policy at all ----

def without_a_policy_every_command_says_so(ee):
    ee.policy("allow exprt;")
    ee.stop()
    ee.start()
    for words in (["status", "--json"], ["list"], ["peer", "list"], ["hold", "list"],
                  ["audit", "show"], ["card", "export"], ["agreement", "show"],
                  ["policy", "rules"], ["doctor"], ["cert", "show"], ["formats"],
                  ["send", "--severity", "low", "--tlp", "green", "--title", "x"],
                  ["tail", "--count", "1", "--since", "1h"], ["policy", "check"],
                  ["list", "--json"], ["export", "--since", "1s"], ["reload"]):
        done = ee.run(*words, check=False)
        assert "NO VALID POLICY" in done.err + (done.out if words == ["doctor"] else ""), (
            words, done.out, done.err)
    assert "NO VALID POLICY" in ee.run("status").out
    # And a policy that is valid ends it.
    ee.run("policy", "load", path(ee, "open.conf"))
    assert ee.status()["policy_valid"] and "NO VALID" not in ee.run("list").err
    wait_for("its links", ee.all_up)


with Mesh(programs, ["ee", "lv", "fi"], [("ee", "lv"), ("ee", "fi")]) as mesh:
    ee, lv, fi = mesh["ee"], mesh["lv"], mesh["fi"]
    ee.policy(OPEN)
    with open(ee.config, "a") as out:
        out.write("role releaser { user %s; }\n" % os.popen("id -un").read().strip())
    mesh.start()
    for story, nodes in ((it_is_tried_and_nothing_changes, (ee, lv)),
                         (what_fails_leaves_the_old_one_running, (ee,)),
                         (it_is_checked_tried_and_swapped, (ee, lv)),
                         (only_admins_load, (ee,)),
                         (unconfirmed_the_old_one_returns, (ee, lv)),
                         (abandoned_it_returns_at_once, (ee,)),
                         (confirmed_it_stays, (ee, lv)),
                         (killed_while_it_waits, (ee, lv)),
                         (killed_while_it_is_confirmed, (ee, lv)),
                         (the_configuration_may_change_meanwhile, (ee, lv)),
                         (holds_of_both, (ee, lv)),
                         (without_a_policy_every_command_says_so, (ee,))):
        story(*nodes)
        print("ok:", story.__name__)
