"""README's "Join a real mesh", word by word: two machines of their own (root
file system, network, users, systemd), joined by a cable. What stands in the
README is run as it stands there, at both ends; only building is left out.
Where no systemd can be started in a namespace, its part is played."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from mesh import skip, wait_for

build, source = os.path.dirname(os.path.abspath(sys.argv[1])), os.path.abspath(sys.argv[2])
NAMES = {"ee": "CERT-EE", "lv": "CERT-LV"}
ADDRESS = {"ee": "10.99.7.1", "lv": "10.99.7.2"}
BUILDING = {"scripts/install-deps demo", "cmake --preset release -DTOCSIN_TESTS=OFF",
            "cmake --build build/release"}
CGROUP = ["-C"] if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else []
SYSTEMD = "/lib/systemd/systemd --system --log-target=console --show-status=no"
SYSTEMCTL = r"""#!/bin/sh
# Plays systemd for one unit: what ExecStart says, without other rights.
unit=/usr/lib/systemd/system/tocsind.service
case "$*" in
"enable --now tocsind" | "start tocsind")
    line=$(sed -n 's/^ExecStart=//p' $unit)
    [ -x "${line%% *}" ] || { echo "$unit starts what is not there: $line" >&2; exit 1; }
    caps=$(sed -n 's/^CapabilityBoundingSet=//p' $unit | tr A-Z a-z | sed 's/cap_/+/g; s/ /,/g')
    setpriv --no-new-privs --bounding-set=-all,$caps --inh-caps=-all \
        sh -c "umask 0077; exec $line" </dev/null >/dev/null 2>/var/log/tocsind.log &
    echo $! >/run/tocsind.pid ;;
"stop tocsind")
    kill "$(cat /run/tocsind.pid)"
    while kill -0 "$(cat /run/tocsind.pid)" 2>/dev/null; do sleep 0.1; done ;;
"show -P MainPID tocsind") cat /run/tocsind.pid ;;
*) exit 2 ;;
esac
"""
MACHINE = """set -e
    mount -t tmpfs -o size=300m tmpfs {over}
    mkdir {over}/up {over}/work
    cp -a {installed} {over}/installed
    mount -t overlay -o lowerdir={over}/installed:/,upperdir={over}/up,workdir={over}/work none {root}
    mount -t proc proc {root}/proc
    mount -t sysfs -o ro sysfs {root}/sys
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        mount -t cgroup2 cgroup2 {root}/sys/fs/cgroup
    else # a hierarchy of its own, which nobody else has
        mount -t tmpfs tmpfs {root}/sys/fs/cgroup
        mkdir {root}/sys/fs/cgroup/systemd
        mount -t cgroup -o none,name=tocsin-{member} cgroup {root}/sys/fs/cgroup/systemd
    fi
    mount -t tmpfs -o mode=0755 tmpfs {root}/dev
    for node in null zero full random urandom tty; do
        touch {root}/dev/$node
        mount --bind /dev/$node {root}/dev/$node
    done
    mkdir {root}/dev/pts {root}/dev/shm {root}/dev/mqueue {root}/dev/hugepages
    mount -t devpts -o newinstance,ptmxmode=0666 devpts {root}/dev/pts
    ln -s pts/ptmx {root}/dev/ptmx
    for private in /run /tmp /media; do mount -t tmpfs tmpfs {root}$private; done
    rm -rf {root}/etc/tocsin {root}/var/lib/tocsin
    mkdir {root}/media/stick
    mount -t tmpfs tmpfs {root}/media/stick
    hostname node.cert.{member}
    container=lxc exec chroot {root} {init}
"""


def blocks(readme, title):
    """The commands of the section, without comments and with whole lines."""
    section = readme.split("## " + title + "\n")[1].split("\n## ")[0]
    for block in re.findall(r"^```\n(.*?)^```", section, re.M | re.S):
        lines = block.replace("\\\n", " ").splitlines()
        yield [re.sub(r"\s+#.*", "", line).strip() for line in lines]


def sh(*words, **options):
    return subprocess.run(words, check=True, **options)


class Machine:
    """Namespaces with their own copy of everything on top of ours."""

    def __init__(self, member, base, installed, init):
        self.member, self.base, self.pid = member, base, 0
        root, over = base + "/root", base + "/over"
        for path in (root, over):
            os.makedirs(path, exist_ok=True)
        self.said = open(base + "/console", "wb")
        self.holder = subprocess.Popen(
            ["unshare", "-m", "-n", "-p", "-u", "-i", *CGROUP, "-f", "--kill-child", "bash", "-c",
             MACHINE.format(over=over, root=root, installed=installed, member=member, init=init)],
            stdin=subprocess.DEVNULL, stdout=self.said, stderr=self.said)
        wait_for("the machine of " + member, self.is_up)

    def is_up(self):
        if self.holder.poll() is not None:
            with open(self.base + "/console") as console:
                skip("no machines can be made here: " + console.read())
        children = "/proc/%d/task/%d/children" % (self.holder.pid, self.holder.pid)
        with open(children) as file:
            self.pid = int((file.read().split() or [0])[0])
        return self.pid and os.readlink("/proc/%d/root" % self.pid) != "/"

    def is_booted(self):
        """Whether its systemd works; else its part has to be played."""
        for _ in range(150):
            done = subprocess.run(self.enter("systemctl", "is-system-running"),
                                  capture_output=True, text=True)
            if done.stdout.strip() in ("running", "degraded"):
                return True
            if self.holder.poll() is not None:
                break
            time.sleep(0.1)
        return False

    def enter(self, *words):
        return ["nsenter", "-t", str(self.pid), "-m", "-n", "-p", "-u", "-i", "-r", "-w", *words]

    def run(self, command, code=0, stdin="", user=None):
        words = self.enter()
        if user is not None:
            words += ["runuser", "-u", user, "--"]
        done = subprocess.run([*words, "bash", "-c", "cd ~ 2>/dev/null; " + command], input=stdin.encode(),
                              capture_output=True, timeout=60)
        text = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == code, "%s: %s: exit %d\n%s" % (
            self.member, command, done.returncode, text)
        return text

    def connect(self, cable):
        sh("ip", "link", "set", cable, "netns", str(self.pid))
        for words in (["addr", "add", ADDRESS[self.member] + "/24", "dev", cable],
                      ["link", "set", cable, "up"], ["link", "set", "lo", "up"]):
            sh("nsenter", "-t", str(self.pid), "-n", "ip", *words)
        hosts = "".join("%s node.cert.%s\n" % (ip, m) for m, ip in ADDRESS.items())
        self.run("cat >>/etc/hosts", stdin=hosts)

    def play_systemd(self):
        self.run("rm /usr/bin/systemctl; cat >/usr/bin/systemctl; chmod 755 /usr/bin/systemctl",
                 stdin=SYSTEMCTL)

    def stop(self):
        if self.holder.poll() is None:
            self.holder.kill()
        self.holder.wait()
        self.said.close()


def machine(member, base, installed):
    made = Machine(member, base, installed, SYSTEMD)
    if not made.is_booted():
        made.stop()
        made = Machine(member, base, installed, "sleep 1000000")
        made.play_systemd()
        print("systemd cannot be started here: its part is played")
    return made


def as_said_by(member, command):
    """The README speaks as ee does; lv says the same the other way round."""
    if member == "ee":
        return command
    swapped = {"ee": "lv", "lv": "ee", "CERT-EE": "CERT-LV"}
    return re.sub(r"\b(CERT-EE|ee|lv)\b", lambda m: swapped[m.group()], command)


def prepare(machines, commands):
    """Installation was done below; what is left of it is users and directories."""
    rest = [line for line in commands if line not in BUILDING]
    assert BUILDING <= set(commands) and len(rest) == 2, commands
    assert rest[0] == "cmake --install build/release --prefix /usr", rest
    for machine in machines.values():
        machine.run(rest[1])
        machine.run("systemd-analyze verify --man=no tocsind.service")
        modes = machine.run("stat -c '%a %U %n' /etc/tocsin /var/lib/tocsin /run/tocsin "
                            "/run/tocsin/feed").split("\n")
        assert modes[:4] == ["700 root /etc/tocsin", "2710 root /var/lib/tocsin",
                             "755 root /run/tocsin", "2750 tocsin-feed /run/tocsin/feed"], modes


def give_card(machines, member, other):
    card = machines[member].run("cat %s.card" % member)
    machines[other].run("cat >%s.card" % member, stdin=card)


def join(machines, steps):
    (init,), (export, take), (add,), run = steps
    for member, machine in machines.items():
        said = machine.run(as_said_by(member, init))
        assert "warning" not in said and "fingerprint of " + member in said, said
        mode = machine.run("stat -c %a /media/stick/" + member + "-root.key").strip()
        assert mode == "600", mode
        machine.run(as_said_by(member, export))
    for member, other in (("ee", "lv"), ("lv", "ee")):
        give_card(machines, member, other)
    for member, machine in machines.items():
        other = "lv" if member == "ee" else "ee"
        assert "nothing was pinned" in machine.run(as_said_by(member, take), 1, "no\n")
        said = machine.run(as_said_by(member, take), 0, "yes\n")
        printed = machine.run("tocsin card show %s.card" % other)
        assert re.search(r"fingerprint +(\S+)", printed).group(1) in said, said
        machine.run(as_said_by(member, add))
    check, start, *look = run
    for member, machine in machines.items():
        machine.run(check)
        machine.run(start)
        machine.run("until tocsin status 2>/dev/null; do sleep 0.1; done")
    for member, machine in machines.items():
        wait_for("the link of " + member,
                 lambda: re.search(r"^\S+ +up ", machine.run("tocsin peer list"), re.M))
        for command in look:
            said = machine.run(command)
            assert "wrong" not in said and "down" not in said, said


def play(ee, lv, commands):
    (said,) = [ee.run(line) for line in commands if line.startswith("tocsin send")]
    assert said.strip() == "lv: allow { KEEP, TECH } by own", said
    rest = [line for line in commands if not line.startswith("tocsin send")]
    imported = ee.run(rest.pop(0))
    alert_id = re.search(r"stored ([0-9a-f]{64})", imported).group(1)
    wait_for("it at lv", lambda: alert_id[:12] in lv.run("tocsin list"))
    for line in rest:
        filled = line.replace("ID", alert_id)
        said = ee.run("timeout 3 " + filled, 124 if "tail" in line else 0)
        assert said.strip() and "error" not in said, (line, said)
    wait_for("the withdrawal at lv", lambda: "revoked" in lv.run("tocsin show " + alert_id))


def change_policy(ee, commands):
    """On a copy of the file that init made."""
    ee.run("sed 's/version 1/version 2/' /etc/tocsin/policy/10-national.conf >new.conf; "
           "! cmp -s new.conf /etc/tocsin/policy/10-national.conf")
    for command in commands:
        said = ee.run(command)
        assert said.strip() and "error" not in said, (command, said)
    ee.run("cmp new.conf /etc/tocsin/policy/10-national.conf")
    assert "version 2" in ee.run("tocsin status")


def back_up(ee, commands):
    """While it runs, and back into its place: whose the files are is as before."""
    ee.run("mkdir /safe")
    *before, restore = commands
    assert restore.startswith("tocsin restore "), commands
    for command in before:
        said = ee.run(command)
        assert "ee" in said and "error" not in said, (command, said)
    held = ee.run("tocsin list")
    assert "stop it first" in ee.run(restore, 1)
    ee.run("systemctl stop tocsind")
    said = ee.run(restore)
    assert "set aside" in said and "next: start the node" in said, said
    ee.run("systemctl start tocsind")
    ee.run("until tocsin status 2>/dev/null; do sleep 0.1; done")
    wait_for("the link", lambda: re.search(r"^lv +up ", ee.run("tocsin peer list"), re.M))
    wait_for("everything", lambda: set(held.split("\n")) <= set(ee.run("tocsin list").split("\n")))
    assert "wrong" not in ee.run("tocsin doctor")


def renew_keys(ee, lv, commands):
    rotate, sign, take = commands
    assert "tocsin cert import ee-2.card" in ee.run(rotate)
    ee.run(sign, 0, "yes\n")
    assert "announced to peers" in ee.run(take)
    assert "certificate 2 takes over" in ee.run("tocsin status")
    wait_for("lv to know", lambda: "ok" in lv.run("tocsin doctor"))


def other_users(ee):
    """Who has a role needs no right to read the configuration."""
    def refused(command, user, code, text):
        said = ee.run(command, code, user=user)
        assert text in said, said

    refused("tocsin", "nobody", 1, "has no right to `status`")
    refused("cat /etc/tocsin/tocsin.conf", "nobody", 1, "Permission")
    ee.run("useradd anna; useradd -G tocsin-observers dashboard; "
           "echo 'role operator { user anna; }' >>/etc/tocsin/tocsin.conf; tocsin reload")
    said = ee.run("tocsin send --severity low --tlp green --title anna", user="anna")
    assert re.fullmatch(r"[0-9a-f]{64}\n", said), said
    refused("tocsin reload", "anna", 1, "has no right to `reload`")
    assert " stored " in ee.run("tocsin audit show | grep anna")
    seen = ee.run("tocsin tail --since 1h --count 1", user="dashboard")
    assert "live" in seen or "revoked" in seen, seen
    refused("tocsin list", "dashboard", 1, "has no right")
    refused("timeout 10 tocsin tail --since 1h --count 1", "nobody", 3, "tocsin-observers")


def confined(ee):
    """Each process of the installed node is somebody else, and no more."""
    said = ee.run("for pid in $(cat /proc/$(systemctl show -P MainPID tocsind)/task/*/children); do "
                  "cat /proc/$pid/status; done")
    children = dict(zip(re.findall(r"^Name:\t(\S+)", said, re.M), said.split("Name:")[1:]))
    assert set(children) == {"tocsin-link", "tocsin-feed"}, said
    for name, status in children.items():
        uid = ee.run("id -u " + name).strip()
        for line in (r"Uid:\t%s\t%s\t%s\t%s" % (4 * (uid,)), r"Groups:\t *$",
                     r"CapEff:\t0+$", r"CapPrm:\t0+$", r"CapAmb:\t0+$", r"NoNewPrivs:\t1",
                     r"Seccomp:\t2"):
            assert re.search("^" + line, status, re.M), (name, line, status)
    said = ee.run("cat /proc/$(systemctl show -P MainPID tocsind)/status")
    assert re.search(r"^CapBnd:\t00000000000000e1$", said, re.M), said # setuid setgid kill chown
    modes = ee.run("stat -c '%a %U:%G %n' /var/lib/tocsin/* /run/tocsin/feed/* /etc/tocsin/keys/*")
    for line in ("600 root:tocsin-feed /var/lib/tocsin/node.db",
                 "640 root:tocsin-feed /var/lib/tocsin/feed.db",
                 "660 tocsin-feed:tocsin-observers /run/tocsin/feed/soc.sock",
                 "600 root:root /etc/tocsin/keys/node.key"):
        assert line in modes.splitlines(), (line, modes)


def demo_beside_it(ee):
    """Where Tocsin is installed, tocsin-feed is another user in the demo too."""
    if ee.run("test -x %s/scripts/demo && echo yes || true" % source).strip() != "yes":
        return
    said = ee.run("TOCSIN_BIN=/usr/bin TOCSIN_DEMO=/run/demo %s/scripts/demo" % source)
    assert "demo: done\n" in said, said


if os.geteuid() != 0:
    skip("machines of their own need root")
if shutil.which("systemd-sysusers") is None or shutil.which("ip") is None:
    skip("systemd and iproute2 are needed to play two machines")
with open(os.path.join(source, "README.md")) as readme:
    text = readme.read()
    install, *steps, commands, change = blocks(text, "Join a real mesh")
    (backup,) = blocks(text, "Backup")
    renewal, _ = blocks(text, "Keys")
base = tempfile.mkdtemp(prefix="tocsin-join-")
machines = {}
try:
    installed = base + "/installed"
    sh("cmake", "--install", build, "--prefix", "/usr", stdout=subprocess.DEVNULL,
       env={**os.environ, "DESTDIR": installed})
    for member in NAMES:
        os.makedirs(base + "/" + member)
        machines[member] = machine(member, base + "/" + member, installed)
    ends = ["tcn%d%s" % (os.getpid() % 100000, m) for m in NAMES]
    sh("ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
    for one, end in zip(machines.values(), ends):
        one.connect(end)
    prepare(machines, install)
    join(machines, steps)
    report = os.path.join(source, "tests/data/misp/eset-misp-powerpool.json")
    with open(report) as file:
        machines["ee"].run("cat >report.json", stdin=file.read())
    play(machines["ee"], machines["lv"], commands)
    change_policy(machines["ee"], change)
    back_up(machines["ee"], backup)
    renew_keys(machines["ee"], machines["lv"], renewal)
    confined(machines["ee"])
    other_users(machines["ee"])
    demo_beside_it(machines["ee"])
finally:
    for one in machines.values():
        one.stop()
    shutil.rmtree(base, ignore_errors=True)
print("two nations joined as the README says")
