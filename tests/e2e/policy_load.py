"""Another policy for a node that runs: tried, loaded, loaded until somebody
confirms. Whatever happens in between, and whenever the node is killed, what
runs is what the files hold, or less."""
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
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


def pack(value):
    """As the control socket has it (node/io/CONTROL.md)."""
    if isinstance(value, int):
        return b"\xcd" + value.to_bytes(2, "big")
    if isinstance(value, bytes):
        size = len(value)
        return (b"\xc4" + bytes([size]) if size < 256 else b"\xc5" + size.to_bytes(2, "big")
                if size < 65536 else b"\xc6" + size.to_bytes(4, "big")) + value
    if isinstance(value, str):
        data = value.encode()
        size = len(data)
        return (bytes([0xa0 | size]) if size < 32 else b"\xd9" + bytes([size]) if size < 256
                else b"\xda" + size.to_bytes(2, "big")) + data
    return bytes([0x90 | len(value)]) + b"".join(map(pack, value))


def ask(node, *verbs):
    """Requests of one client, without the command; the words of the last end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.settimeout(20)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        client.connect(path(node, "run/control.sock"))
        for verb, pairs in zip(verbs[::2], verbs[1::2]):
            client.send(pack([verb, [word for pair in pairs.items() for word in pair]]))
            answer = b""
            while not answer[1:].startswith(b"\xa3end"):
                answer = client.recv(1 << 20)
    word = answer[5:]
    size = word[0] & 0x1f
    rest = word[1 + size:]
    return ["end", word[1:1 + size].decode(), rest[2 if rest[0] == 0xd9 else 1:].decode()]


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
    opened = groups["fi", "opened"]
    assert opened["count"] == 1 and len(rows) == 5, rows
    assert (opened["opens"], opened["cuts"]) == (["VICTIM"], []), opened
    assert (group["opens"], group["cuts"]) == ([], []), group
    end = rows[-1]
    assert end["done"] and end["alerts"] == 2 and end["decided"] == 4 and end["same"] == 0, end
    said = ee.run("policy", "try", path(ee, "closed.conf"), "--replay", "1").out
    assert "1 alerts looked at, as if they came now: 2 decisions, 0 of" in said, said
    assert re.search(r"fi +opened +\+VICTIM +1 +all +all +e\.g\. " + high[:12], said), said
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
    # The same where it lies in the configuration already.
    ee.policy(FAILING.replace("version 1", "version 7"))
    refused(ee.run("policy", "load", check=False), "1 failed", "policy that runs goes on")
    assert version(ee) == 1
    ee.policy(CLOSED)
    assert "another one than the files hold" in ee.run("doctor", check=False).out
    # What would return is not what runs.
    refused(ee.run("policy", "load", write(ee, "holding.conf", HOLDING), "--confirm-within",
                   "60s", check=False), "holds another policy than the one that runs")
    ee.policy(kept)
    refused(ee.run("policy", "load", write(ee, "open.conf", OPEN), "--confirm-within",
                   "60s", check=False), "this is the policy that runs")
    assert "pending" not in ee.status()


def the_node_itself_runs_the_tests(ee):
    """Whoever goes around the command is refused by the node."""
    kept = in_place(ee)
    ee.policy(FAILING)
    end = ask(ee, "policy-load", {})
    assert end[1] == "denied" and end[2] == "the policy that ran goes on", end
    ee.policy(kept)
    ask(ee, "policy-file", {"name": "failing.conf", "text": FAILING.encode()},
        "policy-load", {"within": 60000})
    assert version(ee) == 1 and "pending" not in ee.status()
    for name in ("../10-national.conf", "a/b", "x" * 300):
        assert ask(ee, "policy-file", {"name": name, "text": b""})[1] == "usage"
    assert ask(ee, "policy-try", {})[1] == "usage"
    assert ask(ee, "policy-load", {"within": 60000})[1] == "usage"
    big = []
    for i in range(9):
        big += ["policy-file", {"text": b"#" * 128000, **({} if i else {"name": "big.conf"})}]
    assert ask(ee, *big)[1] == "size"


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
    # What was kept stays, and what is refused leaves nothing behind.
    kept = lambda: sorted(n for n in os.listdir(path(ee, "policy")) if ".before" in n)
    third = CLOSED.replace("version 2", "version 3")
    ee.run("policy", "load", write(ee, "next.conf", third))
    first = "10-national.conf.before"
    assert kept() == [first, first + "-1"], kept()
    assert open(path(ee, "policy/" + first)).read() == CLOSED
    assert open(path(ee, "policy/" + first + "-1")).read() == old
    ee.run("policy", "load", path(ee, "closed.conf"))
    assert kept() == [first, first + "-1", first + "-2"], kept()
    assert open(path(ee, "policy/" + first)).read() == third
    assert open(path(ee, "policy/" + first + "-1")).read() == old
    # What the next one opens goes, although it was decided before.
    ee.run("policy", "load", write(ee, "open.conf", OPEN))
    wait_for("what was withheld, at lv", lambda: low in lv.ids())
    assert version(ee) == 1


def only_admins_load(ee):
    """An operator may try and look, and nothing else."""
    if os.geteuid() != 0:
        print("not run: another person needs root")
        return
    open_to_people(ee)
    operator = lambda *words: ee.run(*words, check=False, user=1)
    assert "same" in operator("policy", "try", path(ee, "closed.conf")).out
    assert operator("policy", "rules").returncode == 0
    for words, verb in ((["load"], "policy-load"), (["confirm"], "policy-pending"),
                        (["abandon"], "policy-abandon")):
        refused(operator("policy", *words), "daemon has no right to `%s`: it takes the role "
                "admin" % verb)
    kept = in_place(ee)
    beside = sorted(os.listdir(path(ee, "policy")))
    refused(operator("policy", "load", path(ee, "closed.conf")))
    refused(operator("policy", "load", path(ee, "closed.conf"), "--confirm-within", "1m"),
            "it takes the role admin")
    assert sorted(os.listdir(path(ee, "policy"))) == beside
    assert in_place(ee) == kept and version(ee) == 1 and "pending" not in ee.status()


def open_to_people(node):
    """Tests lie in a private directory; people must reach the socket in it."""
    for root, dirs, names in os.walk(node.dir):
        if os.path.basename(root) not in ("keys", "store"):
            for name in set(dirs) - {"keys", "store"}:
                os.chmod(os.path.join(root, name), 0o755)
            for name in names:
                if name.endswith((".conf", ".card")):
                    os.chmod(os.path.join(root, name), 0o644)


def rules_are_counted(ee, lv):
    """Where decisions are taken: in the command and in the metrics alike."""
    def counted():
        return {(r["hook"], r["rule"]): r for r in map(json.loads, ee.run(
            "policy", "rules", "--json").out.splitlines())}
    before = counted()
    low = send(ee, "counted", "low")
    wait_for("it at lv", lambda: low in lv.ids())
    wait_for("two more", lambda: counted()["export", "all"]["allowed"] ==
             before["export", "all"]["allowed"] + 2)
    now = counted()["export", "all"]["allowed"]
    line = 'tocsin_rule_decisions_total{hook="export",rule="all",outcome="allow"} %d\n' % now
    wait_for("the metrics", lambda: line in metrics(ee))
    names = re.findall(r"^# TYPE (\S+)", metrics(ee), re.M)
    assert len(names) == len(set(names)), names
    if shutil.which("promtool"):
        done = subprocess.run(["promtool", "check", "metrics"], input=metrics(ee).encode(),
                              capture_output=True)
        assert done.returncode == 0, done


def metrics(node):
    return open(path(node, "run/metrics.prom")).read()


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
    more = write(ee, "policy/20-more.conf", "deny export to lv name no-lv;\n")
    said = refused(ee.run("reload", check=False), "does not fit this configuration")
    assert "several files hold the policy" in said and ee.status()["pending_version"] == 2
    os.unlink(more)
    ee.run("policy", "abandon")


def killed_at_any_moment(ee, lv):
    """kill -9 of the node, and of the command too, while it is asked to load
    or to confirm: what runs is what the files hold."""
    for number in range(12):
        good, confirming, both = number % 3 == 0, number % 3 == 2, number % 2 == 0
        words = ["load", path(ee, "closed.conf")] + ([] if good else ["--confirm-within", "60s"])
        if confirming:
            begin(ee)
            words = ["confirm"]
        command = ee.popen("policy", *words)
        time.sleep(0.02 + number * 0.012 * (1 if confirming else 2))
        if both:
            command.kill()
        ee.kill()
        command.wait()
        ee.start()
        state, holds = ee.status(), in_place(ee)
        assert (state["policy_version"] == 2) == (holds == CLOSED), (number, state)
        assert (state["policy_version"] == 1) == (holds == OPEN), (number, state)
        assert state["policy_valid"]
        assert "pending" not in state or holds == OPEN, (number, state)
        print("  %d %s: version %d%s" % (number, words[0], state["policy_version"],
                                         ", waits" if "pending" in state else ""))
        if "pending" in state:
            ee.run("policy", "abandon")
        if holds == CLOSED:
            ee.run("policy", "load", path(ee, "open.conf"))
    wait_for("its links", ee.all_up)


def holds_of_both(ee, lv):
    """A new hold rule asks people from the first minute; its release counts on."""
    begin(ee, name=os.path.basename(write(ee, "holding.conf", HOLDING)))
    high = send(ee, "ask", "high")
    wait_for("the hold", lambda: ee.run("hold", "list").out.count(high[:12]) == 2)
    wait_for("the metrics", lambda: re.search(
        r'^tocsin_held\{rule="two"\} [0-9]*[1-9]', metrics(ee), re.M))
    assert high not in lv.ids()
    ee.run("hold", "release", high, "--to", "lv")
    wait_for("it at lv", lambda: high in lv.ids())
    assert high not in mesh["fi"].ids()
    ee.run("policy", "confirm")
    # Released stays released, and what waits goes on to wait.
    rows = {row["peer"]: row["state"] for row in map(json.loads, ee.run(
        "hold", "list", "--json").out.splitlines()) if row["id"] == high}
    assert rows == {"lv": "released", "fi": "waiting"}, rows
    ee.run("policy", "load", path(ee, "open.conf"))
    wait_for("it at fi, where no rule holds it now", lambda: high in mesh["fi"].ids())


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
        out.write("role releaser { user %s; }\nrole operator { user daemon; }\n"
                  % pwd.getpwuid(os.geteuid()).pw_name)
    mesh.start()
    for story, nodes in ((it_is_tried_and_nothing_changes, (ee, lv)),
                         (what_fails_leaves_the_old_one_running, (ee,)),
                         (it_is_checked_tried_and_swapped, (ee, lv)),
                         (the_node_itself_runs_the_tests, (ee,)),
                         (rules_are_counted, (ee, lv)),
                         (only_admins_load, (ee,)),
                         (unconfirmed_the_old_one_returns, (ee, lv)),
                         (abandoned_it_returns_at_once, (ee,)),
                         (confirmed_it_stays, (ee, lv)),
                         (killed_while_it_waits, (ee, lv)),
                         (killed_while_it_is_confirmed, (ee, lv)),
                         (killed_at_any_moment, (ee, lv)),
                         (the_configuration_may_change_meanwhile, (ee, lv)),
                         (holds_of_both, (ee, lv)),
                         (without_a_policy_every_command_says_so, (ee,))):
        story(*nodes)
        print("ok:", story.__name__)
