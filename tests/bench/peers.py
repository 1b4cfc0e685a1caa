"""Throughput of a chain A-B-C: ours beside nats-server and mosquitto, with the
same payloads, in one run.

    peers.py PROGRAMS [--count N] [--rounds N] [--ours]

Rounds take turns, so that what disturbs one disturbs all; the median counts."""
import argparse
import os
import statistics

import mqtt
import nats
from chain import AHEAD, CLIENTS, PAYLOAD_BYTES, Chain, chain_us
from rig import Result

parser = argparse.ArgumentParser()
parser.add_argument("programs")
parser.add_argument("--count", type=int, default=8000)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--ours", action="store_true", help="leave the others out")
args = parser.parse_args()
CORES = len(os.sched_getaffinity(0))


def ours(chain, batch, name):
    seconds, cpu = chain.push(args.count, batch)
    return Result(name, args.count, seconds, sum(sum(of.values()) for of in cpu.values()))


def rounds(chain):
    runs = [lambda: ours(chain, 1, "tocsin, signed one by one"),
            lambda: ours(chain, 64, "tocsin, batches of 64")]
    if not args.ours:
        payloads = [os.urandom(PAYLOAD_BYTES // 2).hex() for _ in range(args.count)]
        as_bytes = [p.encode() for p in payloads]
        runs += [lambda: nats.run(as_bytes, 1), lambda: nats.run(as_bytes, 3),
                 lambda: mqtt.run(payloads)]
    results = {}
    for _ in range(args.rounds):
        for run in runs:
            result = run()
            print(" ", result, flush=True)
            results.setdefault(result.name, []).append(result)
    return {name: sorted(list, key=lambda r: r.rate)[len(list) // 2]
            for name, list in results.items()}


def main():
    with Chain(args.programs) as chain:
        chain.start()
        chain.push(256, 64)  # warm
        print("%d payloads of 2 KB a run, %d cores" % (args.count, CORES))
        print("not yet acknowledged at a time: %d alerts of %d clients, %d publishes"
              % (AHEAD, CLIENTS, AHEAD))
        medians = rounds(chain)
        size = chain.envelope_bytes()
        alone = [chain.primitives() for _ in range(args.rounds)]
        alone = {name: statistics.median(one[name] for one in alone) for name in alone[0]}
    print("median of %d rounds; an alert of ours has %d bytes" % (args.rounds, size))
    for result in medians.values():
        print("  %s" % result)
    for name, kind in (("tocsin, signed one by one", "single"),
                       ("tocsin, batches of 64", "batch")):
        bound = CORES * 1e6 / chain_us(alone, kind)
        print("%s: the primitives alone (%.0f us) allow %.0f/s on these cores; reached %.2f"
              % (name, chain_us(alone, kind), bound, medians[name].rate / bound))
    batches = medians["tocsin, batches of 64"]
    for name, other in medians.items():
        if not name.startswith("tocsin"):
            print("tocsin, batches of 64 / %s: %.2f" % (name, batches.rate / other.rate))


main()
