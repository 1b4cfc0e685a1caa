"""What goes wrong gives one clear message that says what to do, and the right
exit code; and nothing foreign reaches a terminal unescaped."""
import os
import re
import signal
import socket
import subprocess
import sys
import time

from mesh import Mesh, end_with_us, wait_for

programs = sys.argv[1]
# Escape sequences, changes of direction, invisible characters, other newlines.
ALLOWED = "\u200b\u200e\u200f\u061c\u2028\u2029\ufeff\U000e0041"
FOREIGN = "\x1b\x07\x9b\u202e\u2066" + ALLOWED


def said(done, code, *texts):
    everything = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    assert done.returncode == code, "exit %d: %s" % (done.returncode, everything)
    for bad in FOREIGN:
        assert bad not in everything, "not escaped: " + ascii(everything)
    for text in texts:
        assert text in everything, "`%s` is not in: %s" % (text, everything)
    return everything


def tocsind(node):
    return subprocess.run([os.path.join(programs, "tocsind"), "--config", node.config],
                          capture_output=True, timeout=20)


def not_running(node):
    for words in (["status"], ["list"], ["show", "abcd"], ["import", "/dev/null"],
                  ["peer", "list"], ["audit", "verify"], ["reload"],
                  ["send", "--title", "x", "--tlp", "green", "--severity", "low"]):
        said(node.run(*words, check=False), 3, "is tocsind running?")


def keys(node):
    key = os.path.join(node.dir, "keys", "node.key")
    os.chmod(key, 0o644)
    said(tocsind(node), 1, "others may read this key", "chmod 600")
    os.chmod(key, 0o600)
    kept = open(key).read()
    with open(key, "w") as out:
        out.write(kept.replace("\n", "\nx", 3))
    said(tocsind(node), 1, key)
    os.rename(key, key + ".away")
    said(tocsind(node), 1, "no node key here", "tocsin init")
    with open(key, "w") as out:
        out.write(kept)
    os.chmod(key, 0o600)
    os.unlink(key + ".away")


def others_may_run_us():
    try:
        return subprocess.run([os.path.join(programs, "tocsind"), "--version"], user=65534,
                              group=65534, extra_groups=[], capture_output=True).returncode == 0
    except OSError:
        return False


def closed_to_us(node):
    """Root may read everything: somebody else is told that he may not."""
    if os.geteuid() != 0 or not others_may_run_us():
        print("   (left out: nobody else can be asked here)")
        return
    for path in (node.mesh.dir, node.dir):
        os.chmod(path, 0o755)
    for closed, text in ((os.path.join(node.dir, "keys"), "you may not read this key"),
                         (node.config, "permission denied")):
        mode = os.stat(closed).st_mode & 0o777
        os.chmod(closed, 0o700)
        done = subprocess.run([os.path.join(programs, "tocsind"), "--config", node.config],
                              capture_output=True, timeout=20, user=65534, group=65534,
                              extra_groups=[])
        said(done, 1, closed, text)
        os.chmod(closed, mode)
    os.chmod(os.path.join(node.dir, "keys"), 0o755)
    done = subprocess.run([os.path.join(programs, "tocsind"), "--config", node.config],
                          capture_output=True, timeout=20, user=65534, group=65534,
                          extra_groups=[])
    said(done, 1, "this key belongs to uid 0", "be that user, or root")
    os.chmod(os.path.join(node.dir, "keys"), 0o700)


def configuration(node):
    kept = open(node.config).read()
    with open(node.config, "w") as out:
        out.write(kept.replace("listen tcp", "lisen tcp"))
    said(tocsind(node), 1, "tocsin.conf:", "unknown setting `lisen`, did you mean `listen`?", "^~~~~")
    os.unlink(node.config)
    said(tocsind(node), 1, node.config, "there is no such file")
    os.mkdir(node.config)
    said(tocsind(node), 1, node.config)
    said(node.run("list", check=False), 3, node.config, "--config")
    os.rmdir(node.config)
    # Root may read everything: who is not root is told that he may not.
    with open(node.config, "w") as out:
        out.write(kept)
    if os.geteuid() != 0:
        os.chmod(node.config, 0)
        said(tocsind(node), 1, node.config, "permission")
        os.unlink(node.config)
    with open(node.config, "w") as out:
        out.write(kept)


def store(node):
    os.makedirs(os.path.join(node.dir, "store"), exist_ok=True)
    os.chmod(os.path.join(node.dir, "store"), 0o777)
    said(tocsind(node), 1, "everybody may write here", "chmod o-w")
    os.chmod(os.path.join(node.dir, "store"), 0o750)


def port_in_use(node):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", node.port))
        taken.listen()
        node.start()
        status = wait_for("the reason", lambda: (lambda text: text if "link" in text and str(
            node.port) in text else None)(node.run("status").out))
        assert "up" not in re.search(r"^link +(.*)$", status, re.M).group(1), status
    wait_for("the link when the port is free",
             lambda: re.search(r"^link +up$", node.run("status").out, re.M), 30)


def two_on_one_store(node):
    said(tocsind(node), 1, "/store/lock", "a node is using the store")


def foreign_text(node):
    evil = "x\x1b]0;owned\x07\u202egpj.exe\u200b"
    done = node.run("send", "--severity", "low", "--tlp", "green", "--title", evil, check=False)
    assert done.returncode == 2 and "control or direction" in done.err, done.err
    done = node.run("send", "--severity", "low", "--tlp", "green", "--title", "x",
                    "--field", "description=" + evil, check=False)
    assert done.returncode == 2 and "control or direction" in done.err, done.err
    # What the format allows and a terminal must not see raw: newline, zero-width.
    sly = "line one\nlevel=error forged" + ALLOWED
    alert_id = node.run("send", "--severity", "low", "--tlp", "green", "--title",
                        "sly" + ALLOWED, "--field", "description=" + sly).out.strip()
    for words in (["list"], ["show", alert_id], ["show", alert_id, "--json"],
                  ["list", "--json"], ["thread", alert_id], ["audit", "show"],
                  ["status", alert_id], ["doctor"], ["tail", "--since", "1h", "--count", "1", "--json"],
                  ["tail", "--since", "1h", "--count", "1"], ["why", "--not-sent", "--to", "lv"]):
        text = node.run(*words, check=False).out
        for bad in FOREIGN:
            assert bad not in text, (words, ascii(text))
        assert "\nlevel=error" not in text, (words, text)
    for bad in FOREIGN:
        assert bad not in node.log_text(), bad


def broken_policy(node):
    """A bad reload leaves the old one running; a bad start only receives."""
    path = os.path.join(node.dir, "policy", "10-national.conf")
    kept = open(path).read()
    node.policy(kept + "\nallow exprt to any name h;\n")
    done = node.run("reload", check=False)
    said(done, 1, "exprt", "^~~~", "nothing has changed")
    assert "NO VALID POLICY" not in node.run("status").out
    said(node.run("policy", "check", check=False), 1, "10-national.conf:", "^~~~")
    node.policy(kept + "\nallow exprt to any name h;\n")
    done = node.run("reload", check=False)
    said(done, 1, "exprt", "^~~~", "nothing has changed")
    assert "NO VALID POLICY" not in node.run("status").out
    said(node.run("policy", "check", check=False), 1, "10-national.conf:", "^~~~")
    node.policy(kept + "\nallow exprt to any name h;\n")
    node.stop()
    node.start()
    status = node.run("status").out
    assert "NO VALID POLICY" in status and "exprt" in status, status
    # It receives, and nothing leaves.
    lv = node.mesh["lv"]
    lv.start()
    wait_for("the link", lambda: node.all_up() and lv.all_up())
    theirs, ours = lv.send("from lv"), node.send("not to lv")
    wait_for("what lv sent", lambda: theirs in node.ids())
    assert "denied" in node.run("status", ours).out, node.run("status", ours).out
    assert ours not in lv.ids()
    node.policy(kept)
    node.run("reload")
    assert "NO VALID POLICY" not in node.run("status").out
    wait_for("ours at lv", lambda: ours in lv.ids())


def hold_places(node, uid, count):
    """A process of that user with so many connections that say nothing."""
    path = os.path.join(node.dir, "run", "control.sock")
    ready, done = os.pipe()
    pid = os.fork()
    if pid == 0:
        end_with_us()
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        clients = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(count)]
        for client in clients:
            client.connect(path)
        os.write(done, b"x")
        signal.pause()
    os.read(ready, 1)
    return pid


def no_user_keeps_others_out(node):
    """Anybody may connect to the control socket."""
    if os.geteuid() != 0:
        return
    pids = [hold_places(node, uid, 20) for uid in (65534, 65533, 65532)]
    try:
        time.sleep(0.5)
        node.run("status")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


with Mesh(programs, ["ee", "lv"], [("ee", "lv")]) as mesh:
    ee = mesh["ee"]
    for check in (not_running, keys, closed_to_us, configuration, store, port_in_use,
                  two_on_one_store, foreign_text, no_user_keeps_others_out,
                  broken_policy):
        check(ee)
        print("ok:", check.__name__)
