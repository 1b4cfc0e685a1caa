"""A nation that got an alert without its victim asks the originator for it:
people there decide, within what the policy opens, and it is told."""
import json
import os
import socket
import sys
import time

from mesh import Mesh, skip, wait_for
from people import as_user, held, open_to_people

if os.geteuid() != 0:
    skip("two people are two uids: needs root")

POLICY = """policy "EE" version 2;
allow export to any name own when is_own and category != fraud/*;
allow export to any name answers when kind == answer-release;
allow export to fi name victims-on-request with { VICTIM } when is_own and requested;
hold export to fi name two-agree approve 2 of role releaser within 4h
  when requested and severity == high;
hold export to fi name hurry approve 2 of role releaser within 2s
  when requested and category == availability/*;
allow export to lt name not-by-itself when is_own and requested;
accept import from any name in;
show observers soc name all;
"""
PLAIN = """policy "plain" version 1;
allow export to any name own when is_own;
accept import from any name in;
show observers soc name all;
"""
ROLES = "role operator { user daemon; user bin; user sys; }\n" \
    "role releaser { user daemon; user bin; }\n"


def text(value):
    data, size = value.encode(), len(value)
    head = (bytes([0xa0 | size]) if size < 32 else b"\xd9" + bytes([size]) if size < 256
            else b"\xda" + size.to_bytes(2, "big"))
    return head + data


def raw_request(node, **pairs):
    """Without the command, which looks at what it sends; the reply."""
    words = b"".join(text(key) + text(value) for key, value in pairs.items())
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.settimeout(20)
        client.connect(os.path.join(node.dir, "run", "control.sock"))
        client.send(b"\x92" + text("request-release") + bytes([0x90 | 2 * len(pairs)]) + words)
        return client.recv(1 << 16)


def what_is_said_of_an_unknown_alert_is_checked(node):
    for origin in ("", "o" * 5000, "not a member"):
        reply = raw_request(node, id="ab" * 32, origin=origin)
        assert b"usage" in reply and b"no member" in reply, (origin, reply)
    reply = raw_request(node, id="ab" * 32, origin="ee", agreement="a" * 5000)
    assert b"\xa3end" in reply and b"\xa2ok" not in reply, reply
    reply = raw_request(node, id="ab" * 32, origin="ee", exercise="e" * 5000)
    assert b"\xa3end" in reply and b"\xa2ok" not in reply, reply
    assert node.process.poll() is None


def send(node, *words, severity="high"):
    return node.run("send", "--severity", severity, "--tlp", "green", "--onward",
                    "none", "--title", "x", "--field", "victim=Hospital X",
                    "--field", "contact=Jaan", *words).out.strip()


def fields(node, alert):
    shown = json.loads(node.run("show", alert, "--json").out)
    return {field["name"] for field in shown["fields"]}


def requests(node):
    return [json.loads(line) for line in
            node.run("hold", "requests", "--json").out.splitlines()]


def asked(node, request):
    return wait_for("the request", lambda: [
        row for row in requests(node) if row["request"] == request])[0]


def answer(node, request):
    """What the requester reads of the answer."""
    return wait_for("the answer", lambda: [
        line for line in node.run("status", request).out.splitlines()
        if "answer-release" in line])[0]


def actions(node):
    return [(row["action"], row["actor"]) for row in map(
        json.loads, node.run("audit", "show", "--json").out.splitlines())]


def two_people_release(ee, fi):
    alert = send(ee)
    wait_for("fi to get it", lambda: alert in fi.ids())
    assert fields(fi, alert) == {"title"}
    request = fi.run("request-release", alert, "--classes", "VICTIM", "--reason",
                     "we think it is ours").out.strip()
    row = asked(ee, request)
    assert (row["peer"], row["asker"], row["state"]) == ("fi", "fi", "requested"), row
    said = ee.run("hold", "list").out
    assert "requested by fi: VICTIM" in said and "we think it is ours" in said, said
    said = ee.run("hold", "show", alert, "--to", "fi").out
    assert "if released: hold { KEEP, TECH, VICTIM } by two-agree" in said, said
    assert "it would get VICTIM" in said, said
    assert "    has of it already: KEEP" in said, said
    # Asking alone opens nothing.
    ee.run("reload")
    time.sleep(0.5)
    assert fields(fi, alert) == {"title"}
    said = as_user(ee, "sys", "hold", "release", alert, "--to", "fi")
    assert "2 more of role releaser" in said, said
    assert "1 more" in as_user(ee, "daemon", "hold", "release", alert, "--to", "fi")
    ee.kill()
    ee.start()
    time.sleep(0.5)
    assert fields(fi, alert) == {"title"}
    said = as_user(ee, "bin", "hold", "release", alert, "--to", "fi", "--reason",
                   "for your eyes")
    assert "released" in said, said
    wait_for("the victim", lambda: fields(fi, alert) == {"title", "victim"})
    said = answer(fi, request)
    assert "from ee: Release granted: for your eyes" in said, said
    assert not [row for row in requests(ee) if row["request"] == request]
    there = actions(ee)
    for action in [("request", "fi"), ("request-agree", "sys"),
                   ("hold-approve", "bin"), ("request-release", "bin")]:
        assert action in there, (action, there)
    assert "good" in fi.run("verify", fi.raw(alert),
                            "ee=" + fi.mesh.card("ee")).out
    # Contacts were never within what the policy opens.
    again = fi.run("request-release", alert, "--classes", "PERSONAL").out.strip()
    asked(ee, again)
    said = as_user(ee, "daemon", "hold", "release", alert, "--to", "fi", code=1)
    assert "opens no more of it" in said, said
    as_user(ee, "daemon", "hold", "refuse", alert, "--to", "fi")
    assert "Release refused" in answer(fi, again)
    # What was released is still released.
    ee.kill()
    ee.start()
    assert "allow { KEEP, TECH, VICTIM }" in ee.run("why", alert, "--to", "fi").out


def one_person_is_enough_where_no_rule_holds(ee, fi):
    alert = send(ee, severity="medium")
    wait_for("fi to get it", lambda: alert in fi.ids())
    request = fi.run("request-release", alert).out.strip()
    asked(ee, request)
    time.sleep(0.5)
    assert fields(fi, alert) == {"title"}
    said = as_user(ee, "sys", "hold", "release", alert, "--to", "fi")
    assert "released" in said, said
    wait_for("the victim", lambda: fields(fi, alert) == {"title", "victim"})
    assert "Release granted" in answer(fi, request)


def a_refusal_tells_no_reason(ee, fi):
    alert = send(ee)
    wait_for("fi to get it", lambda: alert in fi.ids())
    request = fi.run("request-release", alert).out.strip()
    asked(ee, request)
    as_user(ee, "sys", "hold", "release", alert, "--to", "fi")
    assert held(ee, alert, "waiting")
    # Who may not release may not refuse what waits for releasers.
    as_user(ee, "sys", "hold", "refuse", alert, "--to", "fi", code=1)
    as_user(ee, "daemon", "hold", "refuse", alert, "--to", "fi")
    said = answer(fi, request)
    assert "Release refused" in said, said
    shown = fi.run("show", "--json", [i for i, a in fi.ids().items()
                                      if a["kind"] == "answer-release"][0]).out
    assert "two-agree" not in shown and "policy" not in shown, shown
    assert "allow { KEEP, TECH } by own" in ee.run("why", alert, "--to", "fi").out
    assert fields(fi, alert) == {"title"}


def what_is_not_approved_in_time_is_open_again(ee, fi):
    alert = send(ee, "--category", "availability/dos", severity="medium")
    wait_for("fi to get it", lambda: alert in fi.ids())
    request = fi.run("request-release", alert).out.strip()
    asked(ee, request)
    as_user(ee, "daemon", "hold", "release", alert, "--to", "fi")
    assert requests(ee)[-1]["state"] == "agreed"
    wait_for("it to be open again",
             lambda: asked(ee, request)["state"] == "requested")
    as_user(ee, "daemon", "hold", "refuse", alert, "--to", "fi")


def for_somebody_else(ee, fi, lt):
    """lt is not let have it by itself; fi asks for it on lt's behalf."""
    alert = send(ee, "--category", "fraud/phishing")
    time.sleep(0.5)
    assert alert not in fi.ids() and alert not in lt.ids()
    # fi knows of it by its id alone.
    assert fi.run("request-release", alert, "--to", "lt",
                  check=False).returncode == 1
    request = fi.run("request-release", alert, "--origin", "ee", "--to",
                     "lt").out.strip()
    assert asked(ee, request)["peer"] == "lt"
    said = as_user(ee, "sys", "hold", "release", alert, "--to", "lt")
    assert "released" in said, said
    wait_for("lt to get it", lambda: alert in lt.ids())
    assert alert not in fi.ids() and fields(lt, alert) == {"title"}
    assert "Release granted" in answer(fi, request)


def the_floor_stays(ee, fi):
    """Not in the audience: no rule and no person sends it there."""
    alert = send(ee, "--to", "lt")
    request = fi.run("request-release", alert, "--origin", "ee").out.strip()
    asked(ee, request)
    said = as_user(ee, "daemon", "hold", "release", alert, "--to", "fi", code=1)
    assert "audience" in said, said
    assert not held(ee, alert, "waiting")
    fi.run("revoke", request, "--reason", "not needed any more")
    wait_for("the request to go", lambda: not [
        row for row in requests(ee) if row["request"] == request])
    as_user(ee, "daemon", "hold", "refuse", alert, "--to", "fi", code=1)


def a_flood_is_bounded(ee, fi):
    alerts = [send(ee, "--field", "description=%d" % i) for i in range(36)]
    wait_for("fi to get them", lambda: set(alerts) <= set(fi.ids()))
    for alert in alerts:
        fi.run("request-release", alert)
    wait_for("the last of them", lambda: ee.log_text().count("request-dropped") >= 4)
    assert len(requests(ee)) == 32, len(requests(ee))
    assert ee.status()["requests"] == 32
    assert "requests" in ee.run("status").out
    # One is answered, and there is room for one.
    as_user(ee, "daemon", "hold", "refuse", alerts[0], "--to", "fi")
    asked(ee, fi.run("request-release", alerts[35]).out.strip())


def wrong_questions(ee, fi, lt):
    own = send(fi)
    said = fi.run("request-release", own, check=False)
    assert said.returncode == 1 and "our own" in said.err, said.err
    alert = send(ee)
    wait_for("fi to get it", lambda: alert in fi.ids())
    said = fi.run("request-release", alert, "--to", "ee", check=False)
    assert said.returncode == 2, (said.returncode, said.err)
    # To lt, fi is no peer.
    far = lt.run("request-release", own, "--origin", "fi", check=False)
    assert far.returncode == 1 and "no peer" in far.err, far.err


with Mesh(sys.argv[1], ["ee", "fi", "lt"], [("ee", "fi"), ("ee", "lt")]) as mesh:
    ee, fi, lt = mesh["ee"], mesh["fi"], mesh["lt"]
    ee.policy(POLICY)
    fi.policy(PLAIN)
    lt.policy(PLAIN)
    open_to_people(mesh, ee, ROLES)
    mesh.start()
    two_people_release(ee, fi)
    one_person_is_enough_where_no_rule_holds(ee, fi)
    a_refusal_tells_no_reason(ee, fi)
    what_is_not_approved_in_time_is_open_again(ee, fi)
    for_somebody_else(ee, fi, lt)
    the_floor_stays(ee, fi)
    wrong_questions(ee, fi, lt)
    what_is_said_of_an_unknown_alert_is_checked(fi)
    a_flood_is_bounded(ee, fi)
    assert "whole" in ee.run("audit", "verify").out
print("what is asked for is given by people, within the policy and the floor")
