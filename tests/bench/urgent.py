"""How much later than the cable allows a critical alert comes behind a backlog
of bulk, at 10 Mbit/s and 100 ms one way, in network namespaces.

    urgent.py PROGRAMS [--backlog MB] [--alerts N]

The clock is one, so the delay is from `created` at the one end until
`received_at` at the other. The quota of critical alerts is a burst of ten."""
import argparse
import json
import statistics
import time

from rig import wait_for
from chain import Chain
from netns import DELAY_MS, RATE, FarMesh, Wires

TEXT_BYTES = 8000  # pushed, as all up to 16 KB
BETWEEN_S = 2

parser = argparse.ArgumentParser()
parser.add_argument("programs")
parser.add_argument("--backlog", type=int, default=60)
parser.add_argument("--alerts", type=int, default=8)
args = parser.parse_args()


class Cable(FarMesh):
    submit = Chain.submit


def received(mesh, wanted):
    """Delay in ms by id, of those that have come."""
    rows = {i: row for i, row in mesh["lv"].ids().items() if i in wanted}
    return rows if len(rows) == len(wanted) else None


def delay_ms(row):
    return row["received_at"] - row["created"]


def send(mesh):
    done = mesh["ee"].run("send", "--severity", "critical", "--tlp", "green", "--onward", "any",
                          "--title", "urgent")
    return done.out.strip()


def measure(mesh):
    quiet = [send(mesh)]
    quiet = wait_for("the one without a backlog", lambda: received(mesh, quiet))
    count = args.backlog * 1000000 // (TEXT_BYTES + 900)
    with mesh.submit(count, 64, text=TEXT_BYTES) as load:
        load.stdout.read()
    def behind():
        return json.loads(mesh["lv"].run("status", "--json").out.splitlines()[0])["alerts"]
    print("backlog: %d of %d alerts have still to come" % (count - behind(), count))
    urgent = []
    for _ in range(args.alerts):
        urgent.append(send(mesh))
        time.sleep(BETWEEN_S)
    left = count - behind()
    rows = wait_for("the urgent ones", lambda: received(mesh, urgent), 30)
    assert left > 0, "the backlog was too small"
    return [delay_ms(r) for r in quiet.values()], [delay_ms(r) for r in rows.values()], left


def main():
    wires = Wires(["ee", "lv"])
    links = [("ee", "lv")]
    wires.start(args.programs + "/delay_relay", links)
    try:
        with Cable(args.programs, wires, links) as mesh:
            mesh.start()
            quiet, behind, left = measure(mesh)
    finally:
        wires.end()
    over = sorted(ms - int(DELAY_MS) for ms in behind)
    print("%s, %s ms one way; without a backlog %d ms over it" % (
        RATE, DELAY_MS, quiet[0] - int(DELAY_MS)))
    print("behind the backlog (%d alerts left at the end), ms over it: median %d, most %d: %s"
          % (left, statistics.median(over), over[-1], over))


main()
