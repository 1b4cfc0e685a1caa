"""What SECURITY.md says each process may do, seen in /proc of a node that runs:
uids, capabilities, limits, filters, files, memory. As root the node runs as a
user of its own, because a process that may not be dumped shows only then."""
import os
import re
import resource
import secrets
import signal
import subprocess
import sys

from mesh import Mesh, end_with_us, skip, wait_for
from peer import Keys

programs, strict = sys.argv[1], sys.argv[2] == "release"
NODE, LINK, FEED = "tocsind", "tocsin-link", "tocsin-feed"
MARK = "not-for-children-" + secrets.token_hex(8)
USER = 65534 if os.geteuid() == 0 else os.geteuid()


def read(pid, name):
    with open("/proc/%d/%s" % (pid, name), "rb") as file:
        return file.read().decode(errors="replace")


def status(pid):
    return dict(line.split(":\t", 1) for line in read(pid, "status").splitlines() if ":\t" in line)


def limit(pid, name):
    return re.search(r"^%s +(\S+) +(\S+)" % name, read(pid, "limits"), re.M).groups()


def files(pid):
    found = set()
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            found.add(os.readlink("/proc/%d/fd/%s" % (pid, fd)))
        except OSError:
            pass
    return found


def memory_holds(pid, secret):
    """Whether 32 bytes stand anywhere in what the process may write to."""
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as memory:
        for line in read(pid, "maps").splitlines():
            span, rights = line.split()[:2]
            start, end = (int(x, 16) for x in span.split("-"))
            if "rw" not in rights or end - start > 1 << 30:
                continue
            try:
                memory.seek(start)
                if secret in memory.read(end - start):
                    return True
            except OSError:
                pass # a guard page, or what may not be dumped
    return False


def become_user():
    end_with_us()
    if os.geteuid() == 0:
        os.setgroups([1, 2]) # which no child must keep
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, 1 << 20))


def start(node):
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", str(USER), node.dir], check=True)
    node.log = open(os.path.join(node.dir, "log"), "ab")
    node.process = subprocess.Popen(
        [os.path.join(programs, NODE), "--config", node.config], stderr=node.log,
        stdin=subprocess.DEVNULL, preexec_fn=become_user,
        env={**os.environ, "SECRET": MARK, "LD_BIND_NOW": "1"})
    wait_for("the node", node.answers)
    return wait_for("both children", lambda: (lambda found: found if len(found) == 2
                                              else None)(node.children()))


def rights(pids):
    for name, pid in pids.items():
        said = status(pid)
        assert set(said["Uid"].split()) == {str(USER)}, (name, said["Uid"])
        for kind in ("CapPrm", "CapEff", "CapInh", "CapAmb"):
            assert int(said[kind], 16) == 0, (name, kind, said[kind])
        assert said["NoNewPrivs"].strip() == "1", name
        assert limit(pid, "Max core file size") == ("0", "0"), name
        if name != NODE:
            assert said["Seccomp"].strip() == "2", name
            assert MARK not in read(pid, "environ"), name
            assert set(re.findall(r"(\w+)=", read(pid, "environ"))) <= {"LANG", "JOURNAL_STREAM"}
        assert not re.search(r"key|[0-9a-f]{32}", read(pid, "cmdline").replace(programs, "")), name


def not_dumpable(pids):
    """Then /proc shows them as root's, whoever they are."""
    if USER == 0:
        return
    for name, pid in pids.items():
        assert os.stat("/proc/%d/mem" % pid).st_uid == 0, name + " may be traced by its own user"
        if os.geteuid() != 0:
            try:
                open("/proc/%d/mem" % pid, "rb")
                raise AssertionError(name + ": its memory can be read")
            except PermissionError:
                pass


def bounded(pids):
    for name, least, most in ((LINK, 512 << 20, 4 << 30), (FEED, 1, 512 << 20)):
        soft, hard = limit(pids[name], "Max address space")
        assert soft == hard != "unlimited" and least <= int(soft) <= most, (name, soft, hard)


def what_is_open(node, pids):
    inside = {name: {path for path in files(pid) if path.startswith(node.dir)}
              for name, pid in pids.items()}
    own_log = {os.path.join(node.dir, "log")}
    assert inside[LINK] <= own_log, inside[LINK]
    feed = {os.path.relpath(path, node.dir) for path in inside[FEED] - own_log}
    assert feed and all(re.fullmatch(r"store/feed\.db(-wal|-shm)?", path) for path in feed), feed
    assert not any("keys" in path for path in inside[NODE]), "a key file stays open"
    for name in (LINK, FEED):
        assert not any("node.db" in path for path in files(pids[name])), name


def where_keys_are(node, pids):
    """The link holds the CURVE key and no other; the feed holds none."""
    keys = Keys(node)
    holds = {name: (memory_holds(pid, keys.sign), memory_holds(pid, keys.curve))
             for name, pid in pids.items()}
    print("signing key, CURVE key:", holds)
    assert holds[NODE][0], "where is the signing key?"
    assert holds[LINK] == (False, True), holds
    assert holds[FEED] == (False, False), holds


def how_one_ended_is_said(node, pids):
    """An abort of libzmq, say: it closes the pipe before it can be waited for."""
    os.kill(pids[LINK], signal.SIGABRT)
    wait_for("the log to tell", lambda: 'program=tocsin-link message="it ended: signal 6 (Aborted)"'
             in node.log_text())
    pids[LINK] = wait_for("another link", lambda: node.children().get(LINK))


def they_die_with_it(node, pids):
    for name in (LINK, FEED):
        os.kill(pids[name], signal.SIGSTOP) # it cannot notice by itself
    node.kill()
    for name in (LINK, FEED):
        wait_for(name + " to be gone", lambda: not os.path.exists("/proc/%d" % pids[name])
                 or status(pids[name])["State"].startswith("Z"), 5)


with Mesh(programs, ["ee", "lv"], [("ee", "lv")]) as mesh:
    ee = mesh["ee"]
    if os.geteuid() == 0:
        try:
            subprocess.run([os.path.join(programs, NODE), "--version"], check=True, user=USER,
                           stdout=subprocess.DEVNULL)
        except OSError:
            skip("another user cannot start the programs here")
    pids = {**start(ee), NODE: ee.process.pid}
    ee.send("something to do")
    rights(pids)
    what_is_open(ee, pids)
    if strict: # sanitizers want to dump, and reserve terabytes
        not_dumpable(pids)
        bounded(pids)
    if os.geteuid() == 0 and strict:
        where_keys_are(ee, pids)
    how_one_ended_is_said(ee, pids)
    they_die_with_it(ee, pids)
print("every process is as confined as it is said to be")
