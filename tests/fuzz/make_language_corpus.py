#!/usr/bin/python3
"""Writes the seeds of fuzz_language: every sentence of the parser and of the
compiler once, and texts that hold.

usage: make_language_corpus.py [DIRECTORY]
       make_language_corpus.py --large DIRECTORY

A row is REASON | WHAT | TEXT; `\\n`, `\\t`, `\\x..` in a text stand for what they
stand for in Python, and `\\x1e` begins the next file. --large writes the texts
that are too large to keep; they are made while building.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# ---- 'p': a policy, in the world of tests/unit/policy_kit.h ----

POLICY = r"""
ok | nothing |
ok | comment without an end | # nothing
ok | worked example | policy "EE national" version 14; group baltic = { lv, lt }; allow export to group baltic name baltic-share when kind in { alert, update, sighting } and severity >= medium and confidence >= 50; allow export to fi name fi-own with { KEEP, TECH, VICTIM, FREE } when origin == ee and tlp <= AMBER; redact export to any name minimise classes { VICTIM, PERSONAL } unless peer.eu; deny export to any name telco-sector when sector energy and peer.role == partner; accept import from any name in when severity >= low; reject import from { lt, group nordic } name out when revision > 3; show observers soc name screens when tlp <= AMBER; redact observers soc name screens-cut classes { PERSONAL }; test "hospital" { alert { origin ee; kind alert; severity high; confidence 80; tlp GREEN; onward any; field title "x"; field indicator ipv4-addr "198.51.100.3"; field victim "Hospital X"; } expect export to lv: allow { KEEP, TECH } by baltic-share; expect export to us: deny by default; }
ok | every fact | allow export to any name a when kind != ack and origin in { ee, fi } and severity < high or confidence > 5 and category == malicious-code/* or sector health or region in { ee, fi } and pap <= AMBER or onward >= members; deny export to any name b when audience lv or caveat orcon or agreement == x* or exercise != "" or size > 64KiB or revision in { 2, 3 } or is_own; redact export to any name c classes { FREE } when has(actor) or class VICTIM present or indicator ipv4* or source in { lv, lt }; allow export to any name d when peer.member == lv or peer.group nordic or peer.role == nation or not (peer.eu);
ok | every item of a test | test "x" { alert { origin fi; from lv; at 2027-01-02; kind update; revision 2; severity high; confidence 80; category a/b; sectors { energy, health }; regions ee; tlp green; pap amber; onward members; audience { lv, lt }; caveats { no-automation, orcon, no-partner }; agreement "x"; exercise open-2027; size 70KiB; withheld VICTIM; field title "x"; field actor "y" high guess; field victim z; } expect import from lv: reject by default; expect show observers soc: deny { KEEP } by floor:internal; expect export to us: allow; }
ok | agreement | agreement "balt-3" version 3 { parties { ee, fi, lv }; from 2026-07-01; until 2029-07-01; max tlp AMBER; onward listed; ack critical within 15m; retain PERSONAL 90d; retain rest 1d; } agreement "balt-3" version 4 { parties { ee, fi }; from 2026-07-01T08:00:00Z; until 2029-07-01; }
ok | configuration is left to others | node ee { anything { goes; } } member x { } include "y"; allow export to any name a;
ok | two files | allow export to group g name a;\x1egroup g = { lv };\x1e# the last\x1e
ok | windows line ends | allow export to any\r\n name a;\r\n
syntax | misspelt statement | alow export to any name x;
syntax | no statement at all | % "x";
syntax | control character | allow\x1b[2J
syntax | direction mark in a comment | # \xe2\x80\xae
syntax | not utf8 | # \xff
syntax | character without meaning | allow $ export;
syntax | conditions joined as in C | allow export to any name a when tlp == RED && is_own;
syntax | operator the wrong way round | allow export to any name a when severity => low;
syntax | operator of mathematics | allow export to any name a when severity \xe2\x89\xa5 low;
syntax | curly quotes | policy \xe2\x80\x9cp\xe2\x80\x9d version 1;
syntax | hard blank | policy\xc2\xa0"p" version 1;
syntax | word behind an outcome | test "x" { alert { } expect export to lv: allow it; }
syntax | statement without its end | policy "p" version 1\nallow export to any name a;
syntax | exclamation mark | allow export to any name x when kind ! ack;
syntax | text without an end | policy "x
syntax | statement goes on in the next file | allow export to any name a \x1ewhen is_own;
syntax | hook of one | allow import from any name x;
syntax | hook of two | redact import from any name x;
syntax | hook is a text | deny ;
syntax | without to | allow export any name x;
syntax | without from | accept import any name x;
syntax | unknown member | allow export to xyzzy name x;
syntax | unknown member near | allow export to l name x;
syntax | no member | allow export to ; name x;
syntax | ourselves | allow export to ee name x;
syntax | unknown group | allow export to group xyzzy name x;
syntax | unknown group near | allow export to group nordik name x;
syntax | no group | allow export to group { } name x;
syntax | targets without comma | allow export to { lv lt } name x;
syntax | unknown observers | show observers xyzzy name x;
syntax | unknown observers near | show observers so name x;
syntax | no observers | show observers ;
syntax | without name | allow export to any x;
syntax | name is missing | allow export to any name ;
syntax | name in capitals | allow export to any name X;
syntax | name too long | allow export to any name aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;
exists | second rule | allow export to any name x; deny export to any name x;
syntax | unknown class | allow export to any name x with { XYZZY };
syntax | unknown class near | allow export to any name x with { TEHC };
syntax | no class | allow export to any name x with { };
syntax | no classes | allow export to any name x with KEEP;
syntax | classes without comma | allow export to any name x with { KEEP TECH };
syntax | option of another verb | allow export to any name x classes { TECH };
syntax | cut without classes | redact export to any name x;
syntax | cut of keep | redact export to any name x classes { KEEP };
syntax | when behind unless | allow export to any name x unless peer.eu when is_own;
syntax | unknown fact | allow export to any name x when xyzzy;
syntax | unknown fact near | allow export to any name x when sevrity >= low;
syntax | no condition | allow export to any name x when ;
syntax | unknown value | allow export to any name x when kind == news;
syntax | unknown value near | allow export to any name x when severity >= hihg;
syntax | no value | allow export to any name x when severity >= ;
syntax | no order | allow export to any name x when kind < update;
syntax | no operator | allow export to any name x when kind update;
syntax | single equals sign | allow export to any name x when severity = ;
syntax | single equals sign of a set | allow export to any name x when sector = ;
syntax | no number | allow export to any name x when confidence > { };
syntax | number too large | allow export to any name x when confidence > 101;
syntax | no size | allow export to any name x when size > ;
syntax | size in another unit | allow export to any name x when size > 64KB;
syntax | no member as a value | allow export to any name x when origin == "ee";
syntax | no group as a value | allow export to any name x when peer.group { };
syntax | star in the middle | allow export to any name x when category == a*b;
syntax | set without brace | allow export to any name x when sector in energy;
syntax | set without comma | allow export to any name x when sector in { aa bb };
syntax | has without parenthesis | allow export to any name x when has title;
syntax | has not closed | allow export to any name x when has(title;
syntax | has of nothing | allow export to any name x when has();
syntax | unknown field | allow export to any name x when has(xyzzy);
syntax | unknown field near | allow export to any name x when has(titel);
syntax | class without present | allow export to any name x when class TECH;
syntax | peer asked where there is none | show observers soc name x when peer.eu;
syntax | group is a text | group "x" = { lv };
syntax | group without equals | group x { lv };
syntax | group in capitals | group X = { lv };
syntax | group without brace | group x = lv;
syntax | group of a text | group x = { "lv" };
syntax | group not ended | group x = { lv }
exists | second group | group x = { lv }; group x = { lt };
syntax | policy without quotes | policy x version 1;
syntax | policy without version | policy "x";
syntax | policy not ended | policy "x" version 1
exists | second policy | policy "x" version 1; policy "y" version 2;
ok | hold, delay, quarantine, require | hold export to any name x approve 2 of role releaser within 4h when has(actor); delay export to acme-telecom name y by 6h unless severity == critical; quarantine import from any name z when size > 64KiB; require originate name r that tlp >= AMBER when has(victim); test "x" { alert { received 2027-01-01; field victim y in FREE; } expect originate: deny by r; expect export to lv: hold; expect export to us: delay; }
ok | retain and assert | retain PERSONAL 90d; retain rest 400d; assert never export to acme-telecom when tlp >= AMBER; assert never open { VICTIM, ACTOR } to any unless peer.eu;
syntax | unknown role | hold export to any name x approve 1 of role xyzzy within 4h;
syntax | unknown role near | hold export to any name x approve 2 of role releser within 4h;
syntax | role of too few | hold export to any name x approve 2 of role lawyer within 4h;
syntax | retain keep | retain KEEP 1d;
syntax | retain for no time | retain ACTOR 0d;
exists | second retain | retain ACTOR 1d; retain ACTOR 2d;
syntax | assert never open keep | assert never open KEEP to any;
syntax | no such region | deny export to any name x when region EE;
syntax | no such sector | deny export to any name x when sector Energy;
syntax | expectation without keep | test "x" { alert { } expect export to lv: allow { TECH }; }
syntax | field in keep | test "x" { alert { field victim x in KEEP; } }
exists | second ack | agreement "x" version 1 { ack high within 1h; ack high within 2h; }
syntax | hold without approve | hold export to any name x within 4h;
syntax | hold by nobody | hold export to any name x approve 0 of role r within 4h;
syntax | hold without of | hold export to any name x approve 1 role r within 4h;
syntax | hold without role | hold export to any name x approve 1 of r within 4h;
syntax | hold of no role | hold export to any name x approve 1 of role "r" within 4h;
syntax | hold without within | hold export to any name x approve 1 of role r;
syntax | delay without by | delay export to any name x;
syntax | no duration | delay export to any name x by ;
syntax | duration in two words | delay export to any name x by 6 h;
syntax | require without that | require originate name x when has(victim);
syntax | retain not ended | retain PERSONAL 90d
syntax | assert without never | assert always;
syntax | assert without export | assert never show to any;
syntax | assert without to | assert never export any;
syntax | test without quotes | test x { alert { } }
syntax | test without brace | test "x" alert;
syntax | test without alert | test "x" { }
syntax | alert without brace | test "x" { alert ; }
syntax | unknown item of an alert | test "x" { alert { xyzzy high; } }
syntax | unknown item of an alert near | test "x" { alert { severty high; } }
syntax | item of an alert is a text | test "x" { alert { "severity" high; } }
syntax | item of an alert not ended | test "x" { alert { severity high } }
syntax | alert not closed | test "x" { alert { severity high;\nallow export to lv name a;
syntax | withheld keep | test "x" { alert { withheld KEEP; } }
syntax | field without a value | test "x" { alert { field title; } }
syntax | field of a brace | test "x" { alert { field title { }; } }
syntax | list without comma | test "x" { alert { sectors { aa bb }; } }
capacity | seventeen sectors | test "x" { alert { sectors { aa, ab, ac, ad, ae, af, ag, ah, ai, aj, ak, al, am, an, ao, ap, aq }; } }
syntax | no time | test "x" { alert { at ; } }
syntax | time that is none | test "x" { alert { at noon; } }
syntax | test of another statement | test "x" { alert { } allow export to lv name a; }
syntax | expectation of nothing | test "x" { alert { } expect nothing; }
syntax | expectation without to | test "x" { alert { } expect export lv: deny; }
syntax | expectation without from | test "x" { alert { } expect import lv: reject; }
syntax | expectation without observers | test "x" { alert { } expect show soc: deny; }
syntax | expectation of a text | test "x" { alert { } expect export to "lv": deny; }
syntax | expectation without colon | test "x" { alert { } expect export to lv deny; }
syntax | expectation of no peer | test "x" { alert { } expect export to no: deny; }
syntax | outcome is missing | test "x" { alert { } expect export to lv: ; }
syntax | outcome of another hook | test "x" { alert { } expect export to lv: accept; }
syntax | unknown outcome near | test "x" { alert { } expect import from lv: acept; }
syntax | by no rule | test "x" { alert { } expect export to lv: deny by ; }
syntax | expectation not ended | test "x" { alert { } expect export to lv: deny }
syntax | agreement without quotes | agreement x version 1 { }
syntax | agreement without brace | agreement "x" version 1;
syntax | agreement in capitals | agreement "X" version 1 { }
syntax | agreement without parties | agreement "x" version 1 { parties { ee }; from 2026-01-01; until 2027-01-01; }
syntax | agreement without time | agreement "x" version 1 { parties { ee, lv }; }
syntax | unknown item of an agreement | agreement "x" version 1 { xyzzy; }
syntax | unknown item of an agreement near | agreement "x" version 1 { form 2026-01-01; }
syntax | agreement not closed | agreement "x" version 1 { onward any; allow export to lv name x;
syntax | item of an agreement not ended | agreement "x" version 1 { onward any }
syntax | parties without brace | agreement "x" version 1 { parties ee; }
syntax | parties without comma | agreement "x" version 1 { parties { ee lv }; }
syntax | party is a text | agreement "x" version 1 { parties { "ee" }; }
syntax | party in capitals | agreement "x" version 1 { parties { EE }; }
syntax | max of something else | agreement "x" version 1 { max pap RED; }
syntax | ack without within | agreement "x" version 1 { ack high; }
exists | second item of an agreement | agreement "x" version 1 { onward any; onward none; }
exists | second agreement | agreement "x" version 1 { parties { ee, lv }; from 2026-01-01; until 2027-01-01; } agreement "x" version 1 { parties { ee, lt }; from 2026-01-01; until 2027-01-01; }
syntax | every mistake of one run | allow export to xx name a;\nallow export to lv name b when sevrity > low;\ntest "t" { alert { tpl red; sevrity low; tlp green; } expect export to lv: perhaps; }\nmemebr fi { card x; }\n
syntax | more mistakes than are shown | ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ; ;
"""

# ---- 'n': a whole node ----

NODE = r"""
ok | worked example | node ee { name "CERT-EE"; listen tcp://0.0.0.0:7400; listen ipc:///run/x; store /var/lib/tocsin; keys keys; run /run/tocsin; capacity 100; default tlp AMBER; life 30d; } member lv { card peers/lv.card; eu yes; role nation; group baltic; } member no { card no; } peer lv { connect tcp://192.0.2.7:7400; since 12h; paused; } observers soc { socket feed/soc; misp tcp://127.0.0.1:50000; internal yes; } role operator { user anna; group csirt; } exercise ce26 { from 2026-10-01; until 2026-10-03; agreement balt; } include "policy/*.conf"; allow export to group baltic name a when peer.eu; show observers soc name b;
ok | peers sorted to the front | member no { card no; } member lv { card lv; } peer lv { } node ee { } deny export to lv name x;
ok | two files | node ee { } peer lv { } include "b";\x1emember lv { card c; }
syntax | no node |
syntax | misspelt statement | nod ee { }
exists | second node | node ee { } node ee { }
syntax | member is a text | node "ee" { }
syntax | member in capitals | node EE { }
syntax | member means something else | node group { }
syntax | without brace | node ee listen;
syntax | setting is a text | node ee { "name" x; }
syntax | unknown setting | node ee { xyzzy 1; }
syntax | unknown setting near | node ee { lisen 1; }
exists | second setting | node ee { store a; store b; }
syntax | setting not ended | node ee { store a }
syntax | not closed | node ee { store a;\nmember lv { card c; }
syntax | no value | node ee { store; }
syntax | no endpoint | node ee { listen 0.0.0.0:7400; }
capacity | five endpoints | node ee { listen tcp://a:1; listen tcp://a:2; listen tcp://a:3; listen tcp://a:4; listen tcp://a:5; }
syntax | capacity of nothing | node ee { capacity 0; }
syntax | capacity of many | node ee { capacity many; }
syntax | default of something else | node ee { default amber; }
syntax | no tlp | node ee { default tlp "RED"; }
syntax | unknown tlp | node ee { default tlp xyzzy; }
syntax | unknown tlp near | node ee { default tlp ambr; }
syntax | life too long | node ee { life 401d; }
syntax | member of ourselves | node ee { } member ee { card c; }
syntax | member without card | node ee { } member lv { }
syntax | member without brace | node ee { } member lv;
exists | second member | node ee { } member lv { card c; } member lv { card d; }
syntax | eu is a text | node ee { } member lv { card c; eu "yes"; }
syntax | eu maybe | node ee { } member lv { card c; eu maybe; }
syntax | role is a text | node ee { } member lv { card c; role "x"; }
syntax | unknown role | node ee { } member lv { card c; role xyzzy; }
syntax | unknown role near | node ee { } member lv { card c; role natoin; }
syntax | group of two words | node ee { } member lv { card c; group "a b"; }
capacity | nine groups | node ee { } member lv { card c; group a; group b; group c; group d; group e; group f; group g; group h; group i; }
syntax | peer not pinned | node ee { } peer lv { }
exists | second peer | node ee { } member lv { card c; } peer lv { } peer lv { }
syntax | observers without socket | node ee { } observers soc { internal yes; }
syntax | observers any | node ee { } observers any { socket s; }
syntax | name is a text | node ee { } role "x" { user y; }
syntax | name in capitals | node ee { } role X { user y; }
syntax | exercise without end | node ee { } exercise x { from 2027-01-01; }
syntax | include without quotes | node ee { } include policy/x;
syntax | include not ended | node ee { } include "policy/x"
syntax | eu of a peer is not said | node ee { } member lv { card c; } peer lv { } allow export to lv name x when peer.eu;
syntax | role of a peer is not said | node ee { } member lv { card c; } peer lv { } allow export to lv name x when peer.role == nation;
"""

# ---- 'f': a filter ----

FILTER = r"""
ok | severity | severity >= high
ok | everything | not (kind == ack or has(title)) and class TECH present or indicator in { ipv4*, sha256 } and origin == xx
syntax | nothing |
syntax | two conditions | has(title) has(title)
syntax | not closed | (has(title)
syntax | single equals sign | severity =#g h
syntax | node asked | source lv
syntax | peer asked | peer.eu
"""


def counted(before, piece, times, after=""):
    return before + "".join(piece.replace("%", str(i))
                            for i in range(times)) + after


def limits():
    """One more than fits, for every limit that a short text can reach."""
    condition = "allow export to any name x when "
    yield "p", "65 groups", counted("", "group g% = { lv };", 65)
    yield "p", "65 members", counted("group g = { lv", ", lv", 64, " };")
    yield "p", "33 deep", counted(condition, "not ", 33, "is_own;")
    yield "p", "257 tests in a condition", counted(
        condition + "is_own", " or is_own", 256, ";")
    yield "p", "65 values", counted(
        condition + "region in { aa", ", a%", 64, " };")
    yield "p", "65 holds", counted(
        "", "hold export to lv name r% approve 1 of role duty within 1h;", 65)
    yield "p", "257 assertions", counted("", "assert never export to any;", 257)
    yield "p", "513 rules", counted("", "deny export to lv name r%;", 513)
    yield "p", "1001 tests", counted("", 'test "" { alert { } }', 1001)
    pact = 'agreement "a%" version 1 { parties { ee, lv }; ' \
        "from 2026-01-01; until 2027-01-01; }"
    yield "p", "33 agreements", counted("", pact, 33)
    yield "p", "65 parties", counted(
        'agreement "a" version 1 { parties { ee', ", m%", 64, " }; }")
    node = "node ee { } "
    yield "n", "257 members", counted(node, "member x% { card c; }", 257)
    yield "n", "65 peers", counted(node, "peer x% { }", 65)
    yield "n", "17 observers", counted(node, "observers o% { socket s; }", 17)
    yield "n", "17 roles", counted(node, "role r% { user u; }", 17)
    yield "n", "17 exercises", counted(
        node, "exercise e% { from 2027-01-01; until 2027-01-02; }", 17)
    yield "n", "65 includes", counted(node, 'include "%";', 65)


def large():
    yield "p", "too many words", ";" * (1 << 18)
    yield "p", "larger than 1 MiB", " " * ((1 << 20) + 1)
    yield "p", "too many conditions", counted(
        "", counted("deny export to lv name r% when is_own", " or is_own",
                    255, ";"), 65)


def rows(kind, text):
    for line in text.strip("\n").split("\n"):
        reason, what, body = (part.strip(" ") for part in line.split("|", 2))
        data = body.encode("ascii").decode("unicode_escape").encode("latin-1")
        yield reason, what, kind.encode() + data


def write(directory, seeds):
    os.makedirs(directory, exist_ok=True)
    for old in os.listdir(directory):
        if "--" in old:
            os.unlink(os.path.join(directory, old))
    for reason, what, data in seeds:
        name = re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")
        path = os.path.join(directory, "%s--%s" % (reason, name))
        assert not os.path.exists(path), path
        with open(path, "wb") as out:
            out.write(data)


def capacity(kind, what, text):
    return "capacity", kind + " " + what, (kind + text).encode()


def small():
    for kind, text, name in (("p", POLICY, "policy "), ("n", NODE, "node "),
                             ("f", FILTER, "filter ")):
        for reason, what, data in rows(kind, text):
            yield reason, name + what, data
    for row in limits():
        yield capacity(*row)


def main(words):
    if words[:1] == ["--large"] and len(words) == 2:
        write(words[1], (capacity(*row) for row in large()))
        with open(os.path.join(words[1], ".made"), "w", encoding="ascii"):
            pass
    elif len(words) < 2 and words[:1] != ["--large"]:
        write(words[0] if words else os.path.join(HERE, "corpus", "language"),
              small())
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
