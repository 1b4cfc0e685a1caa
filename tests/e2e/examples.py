"""config/examples is a node that works: its cards are made here, the rest is
taken as it is. And it goes on from what `tocsin init` writes."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

programs, examples = sys.argv[1], sys.argv[2]
MEMBERS = ("lv", "lt", "fi", "us", "acme-telecom", "no")


def program(name, *words, check=True):
    done = subprocess.run([os.path.join(programs, name), *words], timeout=60,
                          capture_output=True, text=True)
    if check and done.returncode != 0:
        raise AssertionError("%s %s: exit %d\n%s%s" % (
            name, " ".join(words), done.returncode, done.stdout, done.stderr))
    return done.stdout + done.stderr


def init(base, member, *words):
    os.makedirs(os.path.join(base, "roots"), exist_ok=True)
    config = os.path.join(base, member, "tocsin.conf")
    program("tocsin", "--config", config, "init", "--member", member, "--root-out",
            os.path.join(base, "roots"), *words)
    return config


def statements(path):
    """A file as words, without comments: one list for each `;` or brace."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"#.*", "", file.read())
    return [re.sub(r'\s+', " ", part.replace('"', "")).strip()
            for part in re.split(r"[;{}]", text)]


def check_begins_like_init(base):
    """All that init writes stands in the example too."""
    written = init(base, "ee", "--name", "CERT-EE", "--store", "/var/lib/tocsin",
                   "--run", "/run/tocsin")
    example = os.path.join(examples, "tocsin.conf")
    missing = set(statements(written)) - set(statements(example))
    assert missing == set(), missing


def check_works(base):
    node = os.path.join(base, "ee")
    shutil.copytree(examples, node, dirs_exist_ok=True)
    for member in MEMBERS:
        card = program("tocsin", "--config", init(base, member), "card", "export")
        with open(os.path.join(node, "cards", member + ".card"), "w",
                  encoding="ascii") as out:
            out.write(card)
    config = os.path.join(node, "tocsin.conf")
    said = program("tocsin", "--config", config, "policy", "check")
    assert re.search(r'policy "EE national" version 14: \d+ rules, 1 agreements', said), said
    assert re.search(r"\d\d expectations, 0 failed", said), said
    assert re.search(r"^agreement balt-3#[0-9a-f]{16}$", said, re.M), said
    program("tocsind", "--config", config, "--check")
    return config


def check_bites(config):
    """The tests in the policy are run: a rule less, and they fail."""
    path = os.path.join(os.path.dirname(config), "policy", "10-national.conf")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("deny export to any name elections", "# "))
    said = program("tocsin", "--config", config, "policy", "check", check=False)
    assert re.search(r"10-national\.conf:\d+: test \"elections wait\", lv: the policy says "
                     "allow", said), said


def check_says_everything():
    """Every setting that the manual's table has is used or shown."""
    said = ""
    for path, _, names in os.walk(examples):
        for name in names:
            with open(os.path.join(path, name), encoding="utf-8") as file:
                said += file.read()
    for block in ("node", "member", "peer", "observers", "role", "exercise"):
        assert re.search(r"^%s \S+ \{" % block, said, re.M), block
    for setting in re.findall(r'^    \{"(\w+)", ROW_', open(os.path.join(
            examples, "..", "..", "common", "conf", "rows.c"),
            encoding="utf-8").read(), re.M):
        assert re.search(r"\b%s\b[^;\n]*;" % setting, said), setting


base = tempfile.mkdtemp(prefix="tocsin-e2e-")
try:
    check_begins_like_init(base)
    check_bites(check_works(base))
    check_says_everything()
finally:
    shutil.rmtree(base)
print("the examples work")
