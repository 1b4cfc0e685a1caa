"""Cards and alerts as this project writes them, judged by verify_alert.py,
which shares nothing with it.

  verify_files.py ALERT_SAMPLE
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import msgpack
    import nacl.signing  # noqa: F401  what verify_alert.py needs
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

VERIFY = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "verify_alert.py")
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)
        print("failed: " + what)


def judge(envelope, member, card, data=None):
    """Exit code and the one line that it prints."""
    done = subprocess.run(
        ["/usr/bin/python3", "-B", VERIFY, envelope, member, card],
        input=data, capture_output=True, timeout=60, check=False)
    lines = done.stdout.decode().splitlines()
    check(len(lines) == 1 and not done.stderr,
          "one line for %s: %r %r" % (envelope, done.stdout, done.stderr))
    return done.returncode, lines[0] if lines else ""


def accepted(path, card, fields, withheld, depth=0):
    code, line = judge(path, "ee", card)
    check(code == 0, "%s is accepted: %s" % (path, line))
    if code == 0:
        seen = json.loads(line)
        check((len(seen["fields"]), seen["withheld"], seen["batch_depth"]) ==
              (fields, withheld, depth), "what %s holds: %s" % (path, line))
        return seen
    return {}


def rejected(path, member, card, why, data=None):
    code, line = judge(path, member, card, data)
    check(code == 1 and line == "rejected: " + why,
          "%s as %s: %d %s" % (path, member, code, line))


def judge_good(at):
    card = at("ee.card")
    whole = accepted(at("whole.alert"), card, 9, 0)
    redacted = accepted(at("redacted.alert"), card, 4, 5)
    merged = accepted(at("merged.alert"), card, 5, 4)
    accepted(at("batched.alert"), card, 9, 0, 3)
    revoke = accepted(at("revoke.alert"), card, 1, 0)
    check(whole.get("id") == redacted.get("id") == merged.get("id"),
          "a copy keeps its id")
    check(["victim", "Hospital X", 3] in merged.get("fields", []),
          "what was merged is there")
    check("Hospital X" not in json.dumps(redacted), "what is withheld is not")
    check(revoke.get("kind") == "revoke", "a revoke is one")


def judge_bad(at):
    card = at("ee.card")
    with open(at("whole.alert"), "rb") as file:
        whole = file.read()
    code, _ = judge("-", "ee", card, whole)
    check(code == 0, "an envelope from standard input")
    rejected(at("whole.alert"), "lv", card, "the card is that of ee")
    rejected(at("whole.alert"), "lv", at("lv.card"), "another certificate")
    rejected("-", "ee", card, "leaf",
             whole.replace(b"Hospital X", b"Hospital Y"))
    raw, proof, fields, seal = msgpack.unpackb(whole, raw=False)
    half = [None if i == 1 else f for i, f in enumerate(fields)]
    rejected("-", "ee", card, "a class is half open",
             msgpack.packb([raw, proof, half, seal]))
    rejected("-", "ee", card, "a KEEP field is withheld",
             msgpack.packb([raw, proof, [None] * len(fields), seal]))
    rejected("-", "ee", card, "signature",
             msgpack.packb([raw, [proof[0], bytes(16), 0, b""], fields, seal]))
    for what, change in [("changed", other_letter), ("not base64", star)]:
        with open(card, encoding="ascii") as file:
            text = file.read()
        with open(at("bad.card"), "w", encoding="ascii") as file:
            file.write(text[:200] + change(text[200]) + text[201:])
        code, line = judge(at("whole.alert"), "ee", at("bad.card"))
        check(code == 1 and line.startswith("rejected: "),
              "a card, %s: %d %s" % (what, code, line))


def other_letter(letter):
    return "A" if letter != "A" else "B"


def star(_):
    return "*"


def main(words):
    if len(words) != 1:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([words[0], directory], check=True, timeout=60)
        judge_good(lambda name: os.path.join(directory, name))
        judge_bad(lambda name: os.path.join(directory, name))
    print("%d failures" % len(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
