"""Eight nations in network namespaces of their own, 100 ms apart, each with
10 Mbit/s to send: a partition, kill -9 of a daemon and of a link, under load.
Everything is delivered everywhere, and no observer sees anything twice.

    netns.py PROGRAMS

Every namespace is held by a process that dies with this one, so that nothing
of it is left, whatever happens to the test; that is looked at too."""
import os
import random
import signal
import subprocess
import sys
import threading
import time

from mesh import Mesh, end_with_us, skip, wait_for
from observer import Observer

PORT, RATE, DELAY_MS = 7000, "10mbit", "100"
MEMBERS = ["ee", "lv", "lt", "fi", "se", "no", "dk", "pl"]
# A ring, and two ways across.
LINKS = [(a, MEMBERS[(i + 1) % 8]) for i, a in enumerate(MEMBERS)] + [("ee", "se"), ("lt", "dk")]
EAST, WEST = set(MEMBERS[:4]), set(MEMBERS[4:])


def sh(*words):
    done = subprocess.run(words, capture_output=True)
    if done.returncode != 0:
        raise OSError("%s: %s" % (" ".join(words), done.stderr.decode().strip()))


def die_with_us():
    end_with_us(signal.SIGKILL)


class Namespace:
    def __init__(self):
        own = os.readlink("/proc/self/ns/net")
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "100000"],
                                       stderr=subprocess.PIPE, preexec_fn=die_with_us)
        self.path = "/proc/%d/ns/net" % self.holder.pid
        self.enter = ["nsenter", "--net=" + self.path]
        wait_for("a network namespace", lambda: self.is_other(own))
        sh(*self.enter, "ip", "link", "set", "lo", "up")

    def is_other(self, own):
        if self.holder.poll() is not None:
            raise OSError(self.holder.stderr.read().decode().strip())
        return os.readlink(self.path) != own

    def run(self, *words):
        sh(*self.enter, *words)

    def end(self):
        self.holder.kill()
        self.holder.wait()


class Wires:
    """One namespace in the middle, a cable to each nation. Who dials goes to
    his own end of his cable, at the port that stands for whom he dials, and is
    passed on late from there."""

    def __init__(self, members):
        self.members, self.relay = members, None
        self.middle, self.at = Namespace(), {}
        for member in members:
            self.at[member] = Namespace()
            self.lay(member)

    def host(self, member):
        return "10.98.%d.2" % self.members.index(member)

    def gate(self, member):
        return "10.98.%d.1" % self.members.index(member)

    def port(self, member):
        return PORT + self.members.index(member)

    def lay(self, member):
        far, end = self.at[member], "to-" + member
        self.middle.run("ip", "link", "add", "name", end, "type", "veth", "peer", "name",
                        "cable", "netns", str(far.holder.pid))
        self.middle.run("ip", "addr", "add", self.gate(member) + "/24", "dev", end)
        self.middle.run("ip", "link", "set", end, "up")
        far.run("ip", "addr", "add", self.host(member) + "/24", "dev", "cable")
        far.run("ip", "link", "set", "cable", "up")
        far.run("tc", "qdisc", "add", "dev", "cable", "root", "tbf", "rate", RATE,
                "burst", "16kb", "latency", "200ms")

    def start(self, program, links):
        routes = ["%s:%d=%s:%d" % (self.gate(a), self.port(b), self.host(b), PORT)
                  for link in links for a, b in (link, link[::-1])]
        self.relay = subprocess.Popen([*self.middle.enter, program, DELAY_MS, DELAY_MS, *routes],
                                      stdout=subprocess.PIPE, preexec_fn=die_with_us)
        assert self.relay.stdout.readline() == b"ready\n", "the relay does not run"

    def cut(self, links, how):
        """-A to cut, -D to mend; nothing is told to either end."""
        for link in links:
            for a, b in (link, link[::-1]):
                port = str(self.port(b))
                self.middle.run("iptables", "-w", how, "INPUT", "-s", self.host(a), "-p", "tcp",
                                "--dport", port, "-j", "DROP")
                self.middle.run("iptables", "-w", how, "OUTPUT", "-d", self.host(a), "-p", "tcp",
                                "--sport", port, "-j", "DROP")

    def end(self):
        if self.relay is not None:
            self.relay.kill()
            self.relay.wait()
        for namespace in [self.middle, *self.at.values()]:
            namespace.end()


class FarMesh(Mesh):
    def __init__(self, programs, wires, links):
        super().__init__(programs, wires.members, links)
        self.wires = wires
        for member, node in self.nodes.items():
            node.address, node.port = wires.host(member), PORT
            node.enter = wires.at[member].enter

    def endpoint(self, of, seen_from):
        return "tcp://%s:%d" % (self.wires.gate(seen_from), self.wires.port(of))


class Load(threading.Thread):
    """Alerts of one nation; those that it says are durable must arrive."""

    def __init__(self, node, count):
        super().__init__(daemon=True)
        self.node, self.count, self.ids = node, count, set()
        self.start()

    def run(self):
        done = subprocess.run(
            [self.node.mesh.program("submit_load"),
             os.path.join(self.node.dir, "run", "control.sock"), str(self.count), "4", "1100",
             "low"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=die_with_us)
        self.ids = set(done.stdout.decode().split())


def settle(loads):
    for load in loads:
        load.join(60)
        assert load.ids, "nothing was taken at " + load.node.member
    return set().union(*(load.ids for load in loads))


def arrived(mesh, wanted, members, seconds):
    began = time.monotonic()
    for member in members:
        node = mesh[member]
        wait_for("%d alerts at %s" % (len(wanted), member),
                 lambda: wanted <= set(node.ids()), seconds)
    return time.monotonic() - began


def far_apart(mesh):
    """The rig is what it says: nothing is faster than the cable."""
    began = time.monotonic()
    sent = mesh["ee"].send("how far is it")
    wait_for("the first alert", lambda: sent in mesh["lv"].ids())
    took_ms = 1000 * (time.monotonic() - began)
    print("one hop: %.0f ms with both commands" % took_ms)
    assert took_ms >= int(DELAY_MS), "the relay does not delay"


def story(mesh, wires, rng):
    """Returns what was taken in at all."""
    far_apart(mesh)
    wanted = settle([Load(node, 40) for node in mesh.nodes.values()])
    print("%d alerts everywhere after %.1f s" % (len(wanted), arrived(mesh, wanted, MEMBERS, 40)))
    cut = [link for link in LINKS if len(set(link) & EAST) == 1]
    wires.cut(cut, "-A")
    loads = [Load(mesh[member], 40) for member in ("ee", "lt", "se", "dk")]
    apart = settle(loads)
    at_home = {m: set().union(*(l.ids for l in loads if l.node.member in side))
               for side in (EAST, WEST) for m in side}
    for member in MEMBERS:
        arrived(mesh, at_home[member], [member], 30)
        assert not set(mesh[member].ids()) & (apart - at_home[member]), "the cut leaks"
    print("partition: %d alerts on their own side only" % len(apart))
    # Under load, and while the cut heals.
    loads = [Load(mesh[member], 100) for member in ("lv", "fi", "no")]
    time.sleep(rng.uniform(0.1, 0.5))
    victim = mesh[rng.choice(("ee", "lt", "se", "dk"))]
    victim.kill()
    other = mesh[rng.choice(("lv", "fi", "no", "pl"))]
    os.kill(other.children()["tocsin-link"], signal.SIGKILL)
    wires.cut(cut, "-D")
    victim.start()
    print("killed: tocsind of %s, tocsin-link of %s" % (victim.member, other.member))
    wanted |= apart | settle(loads)
    print("%d alerts everywhere %.1f s after the cut was mended"
          % (len(wanted), arrived(mesh, wanted, MEMBERS, 60)))
    for node in mesh.nodes.values():
        wait_for("the links of " + node.member, node.all_up, 30)
    return wanted


def leaves_nothing():
    """A test that is killed takes its namespaces and its relay with it."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        wires = Wires(["ee", "lv"])
        wires.start(os.path.join(sys.argv[1], "delay_relay"), [("ee", "lv")])
        pids = [n.holder.pid for n in (wires.middle, *wires.at.values())] + [wires.relay.pid]
        os.write(there, " ".join(map(str, pids)).encode())
        time.sleep(100)
        os._exit(1)
    pids = os.read(here, 1000).decode().split()
    assert len(pids) == 4 and all(os.path.exists("/proc/" + pid) for pid in pids), pids
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    wait_for("the end of what a killed test held",
             lambda: not any(is_alive(pid) for pid in pids))


def is_alive(pid):
    """Where nobody is init, the dead may lie about."""
    try:
        with open("/proc/%s/stat" % pid) as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def main():
    programs = sys.argv[1]
    seed = int(os.environ.get("SEED", time.time_ns() % 100000))
    print("seed", seed)
    try:
        wires = Wires(MEMBERS)
        wires.cut([("ee", "lv")], "-A")
        wires.cut([("ee", "lv")], "-D")
    except OSError as error:
        skip("no network namespaces here: %s" % error)
    leaves_nothing()
    wires.start(os.path.join(programs, "delay_relay"), LINKS)
    try:
        with FarMesh(programs, wires, LINKS) as mesh:
            mesh.start()
            observers = {m: Observer(os.path.join(node.dir, "run", "feed", "soc"))
                         for m, node in mesh.nodes.items()}
            for observer in observers.values():
                observer.start()
            wanted = story(mesh, wires, random.Random(seed))
            for member, observer in observers.items():
                stored = set(mesh[member].ids())
                assert wanted <= stored, "lost at " + member
                observer.check(stored)
            print("eight observers saw everything, and nothing twice")
    finally:
        wires.end()


if __name__ == "__main__":
    main()
