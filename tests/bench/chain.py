"""Three nations in a row, as real processes with durable stores."""
import json
import os
import subprocess
import tempfile

from rig import cpu_s, stopwatch, wait_for
from mesh import Mesh

PAYLOAD_BYTES = 2048
AHEAD = 512  # alerts or publishes that wait for an acknowledgement
# Text that makes an envelope of about PAYLOAD_BYTES, by drafts in a submission:
# in a batch each carries its path to the signed root.
TEXT_BYTES = {1: 1150, 64: 958}
CLIENTS = 8  # connections that feed us


class Chain(Mesh):
    def __init__(self, programs):
        super().__init__(programs, ["ee", "lv", "lt"], [("ee", "lv"), ("lv", "lt")])

    def alerts(self, member):
        return json.loads(self[member].run("status", "--json").out.splitlines()[0])["alerts"]

    def processes(self, member):
        """pid by program."""
        node = self[member]
        return {"tocsind": node.process.pid, **node.children()}

    def cpu_s(self, member):
        return {name: cpu_s(pid) for name, pid in self.processes(member).items()}

    def submit(self, count, batch, severity="low", text=None):
        """Starts to feed ee; the process ends when all are durable there."""
        return subprocess.Popen(
            [self.program("submit_load"), os.path.join(self["ee"].dir, "run", "control.sock"),
             str(count), str(batch), str(text or TEXT_BYTES[batch]), severity,
             str(CLIENTS), str(AHEAD // CLIENTS // batch)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def push(self, count, batch):
        """Seconds until the last nation has `count` more, and the CPU of every
        process by nation and program."""
        wanted = self.alerts("lt") + count
        before = {m: self.cpu_s(m) for m in self.nodes}
        elapsed = stopwatch()
        with self.submit(count, batch) as load:
            ids = load.stdout.read().split()
        assert load.returncode == 0 and len(set(ids)) == count, "not everything was taken"
        wait_for("everything at lt", lambda: self.alerts("lt") >= wanted, 120)
        seconds = elapsed()
        after = {m: self.cpu_s(m) for m in self.nodes}
        return seconds, {m: {name: after[m][name] - before[m][name] for name in before[m]}
                         for m in before}

    def envelope_bytes(self):
        newest = json.loads(self["lt"].run("list", "--json", "--limit", "1").out)["id"]
        return len(self["lt"].run("show", newest, "--raw").stdout)

    def primitives(self, group=64):
        """CPU in us of each thing alone (bench_primitives.c)."""
        store = tempfile.mkdtemp(prefix="primitives-", dir=self.dir)
        out = subprocess.run([self.program("bench_primitives"), self["ee"].config,
                              self["lv"].config, store, "lt", str(group)],
                             capture_output=True, check=True, text=True).stdout
        return {name: float(us) for name, us in (line.split() for line in out.splitlines())}


def hop_us(alone, kind):
    """One alert through the middle of the chain: taken off the wire, verified,
    decided on, stored, and put on the wire."""
    return alone["link"] + alone["verify-" + kind] + alone["policy"] + alone["store"]


def chain_us(alone, kind):
    """From the draft until it is stored at all three. The origin believes its
    own signature as little as anybody's."""
    at_origin = (alone["sign-" + kind] + alone["verify-" + kind] + alone["policy"]
                 + alone["store-origin"])
    at_end = alone["verify-" + kind] + alone["policy"] + alone["store-end"]
    # "link" is both ends of one connection.
    return at_origin + hop_us(alone, kind) + at_end + alone["link"]
