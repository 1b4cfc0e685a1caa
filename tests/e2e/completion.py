"""The bash completion, as bash sees it: every command, every option, words of
options, member codes and files."""
import os
import re
import subprocess
import sys

from mesh import Mesh

programs = os.path.abspath(sys.argv[1])
tocsin = os.path.join(programs, "tocsin")
environment = dict(os.environ, PATH=programs + ":" + os.environ["PATH"])
environment.pop("TOCSIN_CONFIG", None)


def complete(*words, before=""):
    """What TAB offers behind these words; the last is the one begun."""
    script = """set -eu
{before}
. <(tocsin completion bash)
complete -p tocsin >/dev/null
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_tocsin tocsin "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
((${{#COMPREPLY[@]}} == 0)) || printf '%s\\n' "${{COMPREPLY[@]}}"
""".format(before=before)
    done = subprocess.run(["bash", "--norc", "-c", script, "bash", "tocsin", *words],
                          capture_output=True, env=environment, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == "", (words, done)
    return done.stdout.split("\n")[:-1]


def is_(got, want):
    assert sorted(got) == sorted(want), (got, want)


def every_command_and_option():
    text = subprocess.run([tocsin, "--help"], capture_output=True, text=True).stdout
    commands = re.findall(r"^  ([a-z-]+) ", text, re.M)
    is_(complete(""), commands + ["help"])
    count = 0
    for command in commands:
        said = subprocess.run([tocsin, command, "--help"], capture_output=True,
                              text=True).stdout
        options = re.findall(r"^  (--[a-z-]+) ", said, re.M)
        is_(complete(command, "--"), options)
        count += len(options)
    return len(commands), count


def words_and_verbs():
    is_(complete("st"), ["status", "stop"])
    is_(complete("send", "--tlp", ""), ["clear", "green", "amber", "amber+strict", "red"])
    is_(complete("send", "--severity", "h"), ["high"])
    is_(complete("import", "--tlp", "am"), ["amber", "amber+strict"])
    is_(complete("import", "--format", ""),
        ["stix", "misp", "cap", "eve", "idea", "kev", "csaf"])
    is_(complete("card", "import", "x", "--eu", ""), ["yes", "no"])
    is_(complete("cert", ""), ["show", "request", "sign", "import", "revoke"])
    is_(complete("keys", "r"), ["rotate"])
    is_(complete("hold", ""), ["list", "show", "requests", "release", "refuse",
                               "reopen"])
    is_(complete("send", "--title", ""), [])  # anything: nothing is offered
    is_(complete("--json", "sen"), ["send"])
    is_(complete("send", "--tlp", "green", "--sev"), ["--severity"])


with Mesh(programs, ["ee", "lv", "lt"], [("ee", "lv")]) as mesh:
    ee = mesh["ee"]
    every = every_command_and_option()
    words_and_verbs()
    config = ("--config", ee.config)
    is_(complete(*config, "why", "abcd", "--to", ""), ["lv", "lt"])
    is_(complete(*config, "peer", "add", "l"), ["lv", "lt"])
    is_(complete(*config, "send", "--to", "lv"), ["lv"])
    is_(complete("--config", os.path.join(mesh.dir, "no.conf"), "why", "--to", ""), [])
    is_(complete("restore", ee.dir + "/toc"), [ee.config])
    is_(complete("cert", "sign", ee.dir + "/toc"), [ee.config])
    is_(complete("cert", "sign", "x", "--root", ee.dir + "/ke"), [ee.dir + "/keys"])
print("%d commands, %d options" % every)
