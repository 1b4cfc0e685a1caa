"""Right and wrong usage of every command, on a node that runs. The commands
come from the program's own table: a new one without rows here fails."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys

from mesh import Mesh, Node, wait_for

programs = sys.argv[1]
tocsin = os.path.join(programs, "tocsin")
ESCAPES = "\x1b\x07\x9b\u202e\u2066"
SEND = ["send", "--severity", "low", "--tlp", "green", "--title", "x"]

LONG_AGO = "400000d"  # before there was time

# What is wrong, in words that stand in the message: (words, what it says).
# Every row ends with exit 2; {id} is an alert that is held.
WRONG = {
    "status": [(["a", "b"], "`b`: one word too many"), (["zz"], "`zz`: this is no id")],
    "init": [([], "--member"), (["--member", "EE"], "EE"),
             (["--member", "ee", "--listen", "7400"], "tcp://"),
             (["--member", "ee", "--name", 'a"b'], "quotes"),
             (["--member", "ee", "--root-out", "/no/stick"], "is the stick mounted?"),
             (["--member", "ee", "--store", "a\nb"], "a\\nb")],
    "cert": [([], "something is missing"), (["burn"], "burn")],
    "keys": [([], "something is missing"), (["burn"], "burn")],
    "card": [(["import", "/dev/null"], "--as"), (["burn"], "burn"),
             (["import", "/dev/null", "--as", "lv", "--eu", "maybe"], "maybe"),
             (["import", "/dev/null", "--as", "lv", "--role", "king"], "king"),
             (["import", "/dev/null", "--as", "lv", "--group", "A B"], "A B"),
             (["show"], "expected export")],
    "peer": [(["frobnicate"], "frobnicate"), (["add", "lv"], "--connect"),
             (["add", "lv", "--connect", "lv:7400"], "lv:7400"),
             (["add", "lv", "--connect", "tcp://a:1; paused"], "tcp://a:1; paused"),
             (["add", "lv", "--connect", "tcp://a:1", "--since", "ages"], "ages"),
             (["add", "lv", "--connect", "tcp://a:1", "--since", "401d"], "`401d`"),
             (["add", "lv", "--connect", "tcp://a:1", "--since", "0s"], "`0s`"),
             (["pause", "../x"], "../x"), (["remove"], "expected list")],
    "send": [(["--title", "x"], "--severity"), (["--title"], "needs a value"),
             (["--title", "x", "--tlp", "pink", "--severity", "low"], "pink"),
             (["--title", "x", "--tlp", "amber", "--severity", "low"],
              "AMBER covers a nation's own constituents, not another nation. "
              "Name them with --to"),
             (SEND[1:] + ["--to", "LV"], "`LV`: this is no member code"),
             (SEND[1:] + ["--to", "lv,,fi"], "``"),
             (SEND[1:] + ["--indicator", "198.51.100.3"], "`198.51.100.3`: expected TYPE=VALUE"),
             (SEND[1:] + ["--indicator", "ipv4-addr=banana"], "ipv4-addr=banana"),
             (SEND[1:] + ["--indicator", "ip=198.51.100.3"], "the types are"),
             (SEND[1:] + ["--field", "title=y"], "title=y"),
             (SEND[1:] + ["--field", "a=\x1b[31m"], "a=\\x1b[31m"),
             (SEND[1:] + ["--category", "virus"], "virus"),
             (SEND[1:] + ["--confidence", "101"], "101"),
             (SEND[1:] + ["--confidence", "-1"], "-1"),
             (SEND[1:] + ["--caveat", "secret"], "orcon"),
             (SEND[1:] + ["--agreement", "balt-3"], "NAME#HASH"),
             (SEND[1:] + ["--exercise", "Locked Shields"], "Locked Shields"),
             (SEND[1:] + ["--sector", "Energy"], "Energy"),
             (SEND[1:] + ["--region", "EE"], "EE"),
             (SEND[1:] + ["--expires", "500d"], "at most 400d"),
             (SEND[1:] + ["--title", "y"], "too often"),
             (["--severity", "low", "--tlp", "green", "--title", "a\nb"], "a\\nb"),
             (["--severity", "low", "--tlp", "green", "--title", ""], "one line"),
             (SEND[1:] + ["word"], "`word`: one word too many")],
    "import": [([], "--follow FILE"), (["x", "--format", "pdf"], "pdf"),
               (["x", "--watch", "y"], "--watch DIR"),
               (["x", "--exercise", "Locked Shields"], "Locked Shields"),
               (["x", "--source", "CERT LV"], "CERT LV"),
               (["x", "--tlp", "pink"], "pink"), (["x", "--onward", "far"], "far"),
               (["x", "--to", "L V"], "L V"), (["x", "--expires", "soon"], "soon")],
    "export": [([], "give ids"), (["zz"], "`zz`: this is no id"),
               (["{id}", "--since", "0s"], "give ids"), (["--since", "1y"], "1y"),
               (["--since", "1h", "--exercise", "X"], "`X`"),
               (["{id}", "--format", "pdf"], "`pdf`")],
    "formats": [(["pdf"], "`pdf`"), (["stix", "misp"], "`misp`: one word too many")],
    "tail": [(["--format", "pdf"], "`pdf`"), (["--exercise", ""], "``: expected the name"),
             (["--since", "yesterday"], "yesterday"), (["--count", "0"], "`0`"),
             (["--count", "3x"], "3x"), (["--observers", "noc"], "noc"),
             (["--filter", "sevrity >= high"], "did you mean `severity`")],
    "list": [(["--since", "1y"], "1y"), (["--limit", "many"], "many"),
             (["--limit", "-3"], "-3"), (["word"], "word"),
             (["--exercise", "Locked Shields"], "`Locked Shields`")],
    "show": [([], "something is missing"), (["zz"], "`zz`: this is no id"),
             (["abc"], "first four"), (["\x1b[31m"], "`\\x1b[31m`: this is no id")],
    "verify": [(["x"], "something is missing"), (["{raw}", "ee"], "`ee`: expected MEMBER=CARD"),
               (["{raw}", "="], "`=`: expected"), (["{raw}", "ee="], "`ee=`: expected")],
    "thread": [([], "something is missing"), (["xyzt"], "xyzt")],
    "update": [(["{id}"], "say what changes"), (["zz", "--severity", "low"], "zz"),
               (["{id}", "--tlp", "pink"], "pink"),
               (["{id}", "--reason", "because"], "--narrow"),
               (["{id}", "--fresh"], "--title"),
               (["{id}", "--exercise", "locked"], "same for all revisions")],
    "revoke": [(["{id}"], "--reason"), (["{id}", "--reason", ""], "one line"),
               (["zz", "--reason", "x"], "zz")],
    "sighting": [([], "something is missing"), (["zz"], "zz"),
                 (["{id}", "--confidence", "x"], "x")],
    "ack": [([], "something is missing"), (["{id}", "--tlp", "amber"], "--to")],
    "why": [(["{id}"], "--to"), (["{id}", "--to", "\x1b[31mlv"], "`\\x1b[31mlv`"),
            (["--to", "lv"], "--not-sent"), (["zz", "--to", "lv"], "zz"),
            (["abcd", "--to", "lv", "--not-sent"], "`abcd`: expected ID --to"),
            (["abcd", "--to", "lv", "--from", "lv"], "`--from`"),
            (["--not-sent", "--to", "lv", "--since", "1y"], "1y")],
    "request-release": [([], "something is missing"),
                        (["{id}", "--classes", "KEEP"], "KEEP"),
                        (["{id}", "--to", "X"], "X"),
                        (["{id}", "--exercise", "x"], "--origin")],
    "hold": [([], "something is missing"), (["burn"], "burn"),
             (["release"], "the alert's ID"), (["refuse", "abcd"], "which peer"),
             (["show", "zz", "--to", "lv"], "`zz`: this is no id"),
             (["release", "abcd", "--to", "lv", "--cut", "KEEP"], "KEEP")],
    "policy": [([], "something is missing"), (["burn"], "burn"),
               (["try", "x", "y"], "`y`: try takes one file"),
               (["try", "--replay", "0"], "`0`"), (["try", "--replay", "many"], "many"),
               (["try", "--replay", "100001"], "at most 100000"),
               (["load", "x", "y"], "`y`: load takes one file"),
               (["load", "--confirm-within", "10m"], "name a FILE"),
               (["load", "x", "--confirm-within", "soon"], "soon"),
               (["load", "x", "--confirm-within", "9s"], "between 10s and 1d"),
               (["load", "x", "--confirm-within", "25h"], "between 10s and 1d"),
               (["confirm", "x"], "`x`: one word too many"),
               (["abandon", "x"], "`x`: one word too many"),
               (["rules", "x"], "`x`: one word too many")],
    "agreement": [([], "something is missing"), (["burn"], "burn"),
                  (["check", "balt-9"], "balt-9")],
    "audit": [([], "something is missing"), (["burn"], "burn"),
              (["show", "x"], "x"), (["verify", "{file}"], "no head")],
    "doctor": [(["word"], "word")],
    "completion": [([], "something is missing"), (["zsh"], "zsh")],
    "backup": [([], "something is missing"), (["a", "b"], "`b`: one word too many")],
    "restore": [([], "something is missing"), (["a", "--with-keys"], "--with-keys")],
    "reload": [(["word"], "word")],
    "stop": [(["word"], "word")],
}

# What is refused although it was said well: exit 1.
REFUSED = {
    "keys": [(["rotate", "--out", "{config}"], "name another file with --out")],
    "status": [(["ffff"], "begins with `ffff`")],
    "init": [(["--member", "ee"], "exists already")],
    "card": [(["import", "/no/card", "--as", "lv"], "/no/card"),
             (["import", "{lv}", "--as", "fi"], "this card is of lv, not of fi"),
             (["import", "{ee}", "--as", "ee", "--yes"], "is this node itself"),
             (["import", "{lv}", "--as", "lv", "--fingerprint", "0000"], "is not the same"),
             (["import", "{new-lv}", "--as", "lv", "--yes"], "another root key"),
             (["show", "{config}"], "tocsin.conf")],
    "peer": [(["add", "xx", "--connect", "tcp://x:1"], "import its card first"),
             (["add", "lv", "--connect", "tcp://x:1"], "is a peer already"),
             (["add", "ee", "--connect", "tcp://x:1"], "ee is this node itself"),
             (["pause", "xx"], "no peer of this node"),
             (["remove", "xx"], "no peer of this node")],
    "import": [(["/no/file"], "/no/file: there is no such file"), (["{config}"], "tocsin.conf"),
               (["/dev/null"], "/dev/null: there is nothing in it"),
               (["--watch", "{config}"], "cannot be watched: Not a directory")],
    "export": [(["ffff"], "begins with `ffff`"),
               (["{id}", "--out", "{config}"], "tocsin.conf: Not a directory")],
    "cert": [(["import", "{config}"], "tocsin.conf: neither a card nor"),
             (["sign", "{config}", "--root", "{dir}"], "tocsin.conf: this is no good request")],
    "hold": [(["release", "{id}"], "nothing of it is held")],
    "show": [(["ffff"], "begins with `ffff`")],
    "verify": [(["/no/file", "ee=x"], "/no/file"), (["{config}", "ee=x"], "tocsin.conf"),
               (["{raw}", "lv={lv}"], "import its card"),
               (["{raw}", "ee={lv}"], "not")],
    "thread": [(["ffff"], "ffff")],
    "update": [(["ffff", "--severity", "low"], "ffff"),
               (["{theirs}", "--severity", "low"], "only its origin lv may do that"),
               (["{id}", "--tlp", "amber", "--to", "lv"], "--narrow")],
    "revoke": [(["{theirs}", "--reason", "x"], "only its origin lv may do that")],
    "sighting": [(["ffff"], "ffff"), (["{id}", "--tlp", "clear"], "as strict as")],
    "ack": [(["ffff"], "ffff")],
    "why": [(["{id}", "--to", "xx"], "`xx` is not a peer")],
    "request-release": [(["{id}"], "our own"), (["ffff"], "ffff")],
    "audit": [(["verify", "/nonexistent"], "/nonexistent")],
    "policy": [(["try", "/no/file"], "/no/file"), (["load", "/no/file"], "/no/file"),
               (["load", "{config}"], "settings of the node"),
               (["load", "/dev/null"], "/dev/null: there is nothing of a policy in it"),
               (["confirm"], "no policy waits"), (["abandon"], "no policy waits")],
    "backup": [(["{config}"], "exists already"), (["/no/dir/x"], "/no/dir/x")],
    "restore": [(["{config}"], "the node runs"), (["{config}", "--dry-run"], "this is no backup"),
                (["/no/file", "--dry-run"], "/no/file")],
}

# What works: exit 0, and a text that stands in what is printed.
RIGHT = {
    "status": [([], "peers        1 up of 1"), (["{id}"], "delivered")],
    "cert": [(["show"], "fingerprint")],
    "keys": [(["show"], "fingerprint"),
             (["rotate", "--out", "{dir}/ee-2.request"], "tocsin cert import ee-2.card")],
    "card": [(["show", "{lv}"], "member       lv"), (["export"], "TOCSIN CARD"),
             (["import", "{lv}", "--as", "lv", "--yes"], "is renewed")],
    "peer": [(["list"], "certificate until"), (["list"], "lv       up")],
    "send": [(SEND[1:] + ["--dry-run"], "lv: allow"), (SEND[1:], "")],
    "import": [(["{file}", "--dry-run", "--tlp", "green"],
                "would"),
               (["{folder}", "--tlp", "green"], "1 alerts new")],
    "export": [(["{id}"], "first alert"), (["{id}", "--format", "stix"], "bundle"),
               (["--since", "1h", "--format", "misp"], "first alert"),
               (["--since", LONG_AGO], "first alert"), (["--since", "0s"], "")],
    "formats": [([], "->"), (["stix"], "stix")],
    "tail": [(["--since", "1h", "--count", "1"], "first alert"),
             (["--since", LONG_AGO, "--count", "1"], "first alert"),
             (["--since", "1h", "--count", "1", "--format", "misp"], "first alert"),
             (["--since", "1h", "--count", "1", "--filter", "tlp <= green"], "green")],
    "list": [(["--limit", "1"], "live"), ([], "first alert"),
             (["--since", LONG_AGO], "first alert")],
    "show": [(["{id}"], "KEEP"), (["{short}"], "title          first alert")],
    "verify": [(["{raw}", "lv={lv}", "ee={ee}"], "good: said by ee")],
    "thread": [(["{id}"], "first alert")],
    "update": [(["{id}", "--severity", "critical", "--dry-run"], "lv: allow"),
               (["{id}", "--severity", "critical"], "")],
    "sighting": [(["{id}", "--dry-run"], "lv: "), (["{id}"], "")],
    "ack": [(["{id}"], "")],
    "why": [(["{id}", "--to", "lv"], "verdict: allow"),
            (["{theirs}", "--from", "lv"], "verdict: accept"),
            (["--not-sent", "--to", "lv", "--since", LONG_AGO], "floor:audience")],
    "request-release": [(["{theirs}", "--dry-run"], "lv: "), (["{theirs}"], "")],
    "hold": [(["list"], ""), (["requests"], "nothing is requested")],
    "policy": [(["check"], "0 failed"), (["rules"], "originate"),
               (["try"], "alerts looked at"), (["try", "--replay", "1"], "1 alerts looked at"),
               (["load"], "nothing has changed")],
    "agreement": [(["check"], ""), (["show"], "")],
    "audit": [(["show"], "policy-load"), (["verify"], "is whole"),
              (["head"], "BEGIN TOCSIN AUDIT HEAD")],
    "doctor": [([], "ok")],
    "completion": [(["bash"], "complete -F"), (["members"], "lv")],
    "backup": [(["{dir}/ee.backup"], "files of ee")],
    "restore": [(["{dir}/ee.backup", "--dry-run"], "good: ee at")],
    "reload": [([], "nothing has changed")],
    "revoke": [(["{id}", "--reason", "a false alarm"], "")],
    "stop": [([], "")],
    "init": [(["--member", "xx", "xx"], "xx is ready")],
}
LAST = ("revoke", "stop", "init")


def command_names():
    text = subprocess.run([tocsin, "--help"], capture_output=True).stdout.decode()
    names = re.findall(r"^  ([a-z-]+) ", text, re.M)
    assert len(names) > 20, text
    return names


def run(node, places, command, words, code, text):
    filled = [word.format(**places) if "{" in word else word for word in words]
    elsewhere = Node(node.mesh, filled.pop()) if command == "init" and code == 0 else node
    done = elsewhere.run(command, *filled, check=False)
    where = "tocsin %s %s: " % (command, " ".join(map(ascii, filled)))
    said = done.out + done.err
    assert done.returncode == code, "%sexit %d\n%s" % (where, done.returncode, said)
    assert text in said, "%s`%s` is not in: %s" % (where, text, said)
    for bad in ESCAPES:
        assert bad not in said, where + ascii(said)
    if code == 2:
        assert done.out == "", where + "it did something: " + done.out
    if code != 0:
        last = done.err.rstrip().splitlines()[-1]
        assert len(done.err.splitlines()) <= 6 and last, where + done.err


def every_command_has_rows(names):
    for table, title in ((WRONG, "wrong usage"), (RIGHT, "right usage")):
        missing, gone = set(names) - set(table), set(table) - set(names)
        assert not missing and not gone, "%s: no rows for %s, rows too many for %s" % (
            title, sorted(missing), sorted(gone))
        assert all(table.values()), title


def every_command_answers_for_itself(node, names):
    for name in names:
        run(node, {}, name, ["--no-such-option"], 2, "--no-such-option")
        run(node, {}, name, ["x"] * 1100, 2, "tocsin " + name)
        help_text = node.run(name, "--help").out
        assert help_text.startswith("usage: tocsin " + name), help_text
        assert help_text == node.run("help", name).out
    typo = subprocess.run([tocsin, "lst"], capture_output=True)
    assert typo.returncode == 2 and b"did you mean `list`" in typo.stderr, typo
    for words in (["\x1b[31mlist"], ["list", "--\x1b[31mjson"]):
        done = subprocess.run([tocsin, *words], capture_output=True)
        assert done.returncode == 2 and b"\x1b" not in done.stderr, done


def daemons():
    for program in ("tocsind", "tocsin-link", "tocsin-feed"):
        path = os.path.join(programs, program)
        for words, code, text in ((["--help"], 0, "usage: " + program),
                                  (["--version"], 0, program + " 0."),
                                  (["--wrong"], 2, "`--wrong`"), (["word"], 2, "`word`"),
                                  (["--\x1b[31m"], 2, "\\x1b")):
            done = subprocess.run([path, *words], capture_output=True, timeout=20)
            said = (done.stdout + done.stderr).decode()
            assert done.returncode == code and text in said, (program, words, said)
            assert "\x1b" not in said
    for program in ("tocsin-link", "tocsin-feed"):
        done = subprocess.run([os.path.join(programs, program)], capture_output=True)
        assert done.returncode == 2 and b"started by tocsind" in done.stderr, done


def json_for_programs(node, names):
    """--json: one object a line, and nothing else on standard output."""
    for name, words in (("status", []), ("list", []), ("peer", ["list"]), ("audit", ["show"]),
                        ("show", ["{id}"]), ("thread", ["{id}"]), ("why", ["{id}", "--to", "lv"]),
                        ("status", ["{id}"]), ("tail", ["--since", "1h", "--count", "2"]),
                        ("send", SEND[1:]), ("import", ["{file}", "--tlp", "green", "--dry-run"])):
        filled = [word.format(**names) for word in words]
        done = node.run(name, *filled, "--json")
        rows = [json.loads(line) for line in done.out.splitlines()]
        assert rows and all(isinstance(row, dict) for row in rows), (name, done.out)


def what_is_not_written_is_an_error(node, names):
    for words in (["list"], ["export", "{id}"], ["show", "{id}", "--raw"], ["status"],
                  ["card", "export"], ["tail", "--since", "1h", "--count", "1"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [tocsin, "--config", node.config, *(word.format(**names) for word in words)],
                stdout=full, stderr=subprocess.PIPE, timeout=20)
        assert done.returncode == 1, (words, done)
        assert b"standard output cannot be written to" in done.stderr, (words, done)


def a_policy_without_rules_is_not_well(node):
    path = os.path.join(node.dir, "policy", "10-national.conf")
    with open(path) as file:
        before = file.read()
    node.policy('policy "x" version 1;\n')
    done = node.run("doctor", check=False)
    assert done.returncode == 1 and "it has no rules: nothing leaves" in done.out, done.out
    node.policy(before)


def options_stand_anywhere(node):
    before = subprocess.run([tocsin, "--json", "--config", node.config, "list"],
                            capture_output=True).stdout
    behind = node.run("list", "--json").stdout
    assert before == behind and before
    equals = subprocess.run([tocsin, "--config=" + node.config, "status"], capture_output=True)
    assert equals.returncode == 0, equals
    environment = dict(os.environ, TOCSIN_CONFIG=node.config)
    alone = subprocess.run([tocsin], capture_output=True, env=environment)
    assert b"member       ee" in alone.stdout, alone


def a_reload_that_changes_nothing(node):
    """What decides goes on deciding."""
    for _ in range(3):
        run(node, {}, "reload", [], 0, "nothing has changed")
        node.process.send_signal(signal.SIGHUP)
        run(node, {}, "send", SEND[1:], 0, "")


names = command_names()
every_command_has_rows(names)
daemons()
with Mesh(programs, ["ee", "lv"], [("ee", "lv")]) as mesh:
    ee, lv = mesh["ee"], mesh["lv"]
    mesh.start()
    alert_id = ee.send("first alert")
    ee.send("not for lv", "--to", "fi")
    theirs = lv.send("from lv")
    wait_for("lv's alert", lambda: theirs in ee.ids())
    wait_for("ours at lv", lambda: "delivered" in ee.run("status", alert_id).out)
    wait_for("it in the feed", lambda: alert_id in ee.run(
        "tail", "--since", "1h", "--count", "2", "--json").out)
    other = os.path.join(mesh.dir, "new-lv")
    os.makedirs(other)
    subprocess.run([tocsin, "init", "--member", "lv", "--config", other + "/tocsin.conf"],
                   capture_output=True, check=True)
    published = os.path.join(os.path.dirname(__file__), os.pardir, "data", "misp",
                             "eset-misp-powerpool.json")
    folder = os.path.join(mesh.dir, "folder", "inner")
    os.makedirs(folder)
    shutil.copy(published, folder)
    places = {"id": alert_id, "short": alert_id[:8], "theirs": theirs, "raw": ee.raw(alert_id),
              "lv": mesh.card("lv"), "ee": mesh.card("ee"), "config": ee.config,
              "new-lv": other + "/keys/node.card", "dir": mesh.dir,
              "file": published, "folder": os.path.dirname(folder)}
    every_command_answers_for_itself(ee, names)
    for command in names:
        for words, text in WRONG[command]:
            run(ee, places, command, words, 2, text)
        for words, text in REFUSED.get(command, ()):
            run(ee, places, command, words, 1, text)
    json_for_programs(ee, places)
    what_is_not_written_is_an_error(ee, places)
    options_stand_anywhere(ee)
    a_policy_without_rules_is_not_well(ee)
    a_reload_that_changes_nothing(ee)
    for command in [n for n in names if n not in LAST] + list(LAST):
        for words, text in RIGHT[command]:
            run(ee, places, command, words, 0, text)
print("%d commands: %d wrong usages, %d refusals, %d right ones" % (
    len(names), sum(map(len, WRONG.values())), sum(map(len, REFUSED.values())),
    sum(map(len, RIGHT.values()))))
