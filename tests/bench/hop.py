"""CPU per relayed alert of 2 KB at the middle of the chain, by what it is for,
beside the same things done alone in the same run.

    hop.py PROGRAMS [--count N] [--batch 1|64]

The totals come from the kernel's accounts of an undisturbed run; the split from
a second run under `perf record`, when perf is here and may be used."""
import argparse
import collections
import os
import shutil
import signal
import subprocess
import time

from chain import Chain, hop_us

parser = argparse.ArgumentParser()
parser.add_argument("programs")
parser.add_argument("--count", type=int, default=8000)
parser.add_argument("--batch", type=int, default=64, choices=(1, 64))
args = parser.parse_args()

# The first that is anywhere in the stack of a sample says what it was for.
PARTS = [
    ("decrypt", ("crypto_box_open", "crypto_secretbox_open")),
    ("encrypt", ("crypto_box", "crypto_secretbox")),
    ("observers", ("observers_tell", "tcn_store_feed", "outbox_drop", "tell_feed")),
    ("store", ("tcn_store_", "sqlite3_")),
    ("policy", ("tcn_policy_",)),
    ("redact, encode", ("tcn_alert_redact", "tcn_frame_encode")),
    ("verify", ("tcn_alert_", "tcn_proof_", "tcn_verify", "tcn_hash", "keyring_",
                "crypto_sign", "verify_", "next_task")),
    ("core", ("tcn_mesh_",)),
    ("frames in", ("tcn_frame_decode",)),
    ("pipe", ("tcn_pipe_",)),
]


def part_of(stack, program):
    for part, names in PARTS:
        if any(symbol.startswith(name) for symbol in stack for name in names):
            return part
    return "libzmq, kernel" if program == "tocsin-link" else "rest of the loop"


def samples(path):
    """(program, symbols of the stack) of each."""
    out = subprocess.run(["perf", "script", "-i", path, "-F", "comm,ip,sym"],
                         capture_output=True, text=True, check=False).stdout
    for block in out.split("\n\n"):
        lines = block.strip("\n").split("\n")
        if len(lines) > 1:
            yield lines[0].strip(), [line.split(None, 1)[-1] for line in lines[1:]]


def split(chain):
    """Share of each part in the samples, by program; {} without perf."""
    if shutil.which("perf") is None:
        return {}
    middle = chain.processes("lv")
    data = os.path.join(chain.dir, "perf.data")
    pids = ",".join(str(middle[name]) for name in ("tocsind", "tocsin-link"))
    perf = subprocess.Popen(["perf", "record", "-q", "-o", data, "-e", "cpu-clock", "-F", "2000",
                             "--call-graph", "dwarf,16384", "-p", pids],
                            stderr=subprocess.DEVNULL)
    time.sleep(1)
    chain.push(args.count, args.batch)
    perf.send_signal(signal.SIGINT)
    perf.wait(60)
    if not os.path.exists(data):
        return {}
    names = {"tocsind": "tocsind", "tocsin-link": "tocsin-link"}
    counts = collections.defaultdict(collections.Counter)
    for comm, stack in samples(data):
        program = names.get(comm, "tocsin-link")  # threads of libzmq have names
        counts[program][part_of(stack, program)] += 1
    return {program: {part: n / sum(of.values()) for part, n in of.items()}
            for program, of in counts.items()}


def main():
    kind = "single" if args.batch == 1 else "batch"
    with Chain(args.programs) as chain:
        chain.start()
        chain.push(256, 64)  # warm
        _, cpu = chain.push(args.count, args.batch)
        used = {name: 1e6 * s / args.count for name, s in cpu["lv"].items()}
        shares = split(chain)
        alone = chain.primitives()
        print("%d alerts of %d bytes, %s" % (args.count, chain.envelope_bytes(), kind))
    total = used["tocsind"] + used["tocsin-link"]
    print("at the middle, us of CPU per alert:")
    for program in ("tocsind", "tocsin-link"):
        print("  %-18s %6.1f" % (program, used[program]))
        for part, share in sorted(shares.get(program, {}).items(), key=lambda p: -p[1]):
            print("    %-16s %6.1f" % (part, share * used[program]))
    print("alone, in the same run:")
    for what, us in (("link, both ends", alone["link"]), ("(of it encryption)", alone["box"]),
                     ("verify", alone["verify-" + kind]), ("policy", alone["policy"]),
                     ("store with feed", alone["store"]), ("sum", hop_us(alone, kind))):
        print("  %-20s %6.1f" % (what, us))
    print("ratio %.2f" % (total / hop_us(alone, kind)))


main()
