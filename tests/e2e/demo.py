"""scripts/demo as a newcomer runs it: the story tells what it should, in time,
and what --keep prints works as printed."""
import os
import re
import subprocess
import sys
import tempfile
import time

programs, source = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
base = tempfile.mkdtemp(prefix="tocsin-demo-")
environment = {**os.environ, "TOCSIN_BIN": programs, "TOCSIN_DEMO": base + "/mesh",
               "EDITOR": "true"}

# What a reader must find in it, in this order.
STORY = (
    # who received what from whom
    "fi from ee  critical  Ransomware against regional hospitals",
    "lv from ee  critical  Ransomware against regional hospitals",
    "lt from lv  critical  Ransomware against regional hospitals",
    # which classes who withheld from whom, and by which rule
    r"ee to fi: open {[^}]*FREE[^}]*}; withheld VICTIM, PERSONAL\n",
    "closed by no-victims",
    r"ee to lv: open { KEEP, TECH }; withheld VICTIM, PERSONAL, FREE\n",
    "closed by no-victims", "opened by partners", "opened by no rule: FREE",
    "lv to lt: ", "opened by onward",
    "lt-no-low +Ransomware - Xorist", "floor:onward +PowerPool blogpost",
    # every copy is its origin's
    "ee: good: said by ee", "lv: good: .*withheld: VICTIM PERSONAL FREE",
    "lt: good: .*withheld: VICTIM PERSONAL FREE", "fi: good: .*withheld: VICTIM PERSONAL",
    "sighting from lt",
    # the withdrawal reached everybody
    'ee: alert, revision 0, revoked  \\("The hospital ran an exercise"',
    'lv: alert, revision 0, revoked  \\("The hospital ran an exercise"',
    'lt: alert, revision 0, revoked  \\("The hospital ran an exercise"',
    'fi: alert, revision 0, revoked  \\("The hospital ran an exercise"',
    # what an observer saw
    "critical green +live +Ransomware", "critical green +revoked +Ransomware",
    "the audit chain is whole", "The story took ",
)


def run(*words):
    began = time.monotonic()
    done = subprocess.run([source + "/scripts/demo", *words], env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    print("scripts/demo %s: exit %d, %.1f s" % (" ".join(words), done.returncode,
                                                time.monotonic() - began))
    return done.returncode, done.stdout, time.monotonic() - began


def left_over():
    """Processes that still work in the demo's directory."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as line:
                if environment["TOCSIN_DEMO"].encode() in line.read():
                    found.append(pid)
        except OSError:
            pass
    return found


def tells_the_story():
    code, text, seconds = run()
    at = 0
    for piece in STORY:
        found = re.compile(piece).search(text, at)
        assert found, "`%s` is not where it should be in:\n%s" % (piece, text)
        at = found.end()
    assert code == 0 and seconds < 60 and text.endswith("\ndemo: done\n"), text
    assert "\x1b" not in text and "waited in vain" not in text, text
    assert not left_over(), left_over()


def keeps_what_it_prints():
    code, text, _ = run("--keep")
    assert code == 0 and text.endswith("\ndemo: done\n"), text
    again, refusal, _ = run()
    assert again == 1 and "a mesh is still running" in refusal, refusal
    printed = text.split("Some things to try:\n")[1]
    lines = [line.strip() for line in printed.splitlines() if line.startswith("  ")]
    assert len(lines) == 6, lines
    stop = lines.pop()
    script = "shopt -s expand_aliases\n" + "\n".join(
        "timeout 3 " + line.replace("t tail", programs + "/tocsin tail") if "tail" in line
        else line + " || exit 9" for line in lines)
    done = subprocess.run(["bash", "-c", script], env=environment, text=True, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    for piece in ("member       ee", "fi       up", "Ransomware against", "verdict: allow",
                  "0 failed", "nothing has changed"):
        assert piece in done.stdout, "`%s` is not in: %s" % (piece, done.stdout)
    assert "not" not in [w for w in done.stdout.split() if w == "found"], done.stdout
    ended = subprocess.run(["bash", "-c", stop], capture_output=True, text=True)
    assert ended.returncode == 0, ended
    for _ in range(100):
        if not left_over():
            return
        time.sleep(0.05)
    raise AssertionError("still there: %s" % left_over())


def fails_aloud():
    done = subprocess.run([source + "/scripts/demo", "--now"], capture_output=True, text=True)
    assert done.returncode == 2 and "usage: scripts/demo [--keep]" in done.stderr, done
    broken = {**environment, "TOCSIN_BIN": "/nonexistent"}
    done = subprocess.run([source + "/scripts/demo"], env=broken, capture_output=True, text=True)
    assert done.returncode != 0 and done.stderr.endswith("demo: FAILED, see above\n"), done


try:
    tells_the_story()
    keeps_what_it_prints()
    fails_aloud()
finally:
    subprocess.run(["rm", "-rf", base], check=True)
print("the demo tells its story")
