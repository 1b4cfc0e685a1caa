"""A mesh of 32 nations on loopback starts, converges and stops cleanly."""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from mesh import Mesh, wait_for

COUNT = 32
MEMBERS = ["m%c" % c for c in "abcdefghijklmnopqrstuvwxyz"] + ["n%c" % c for c in "abcdef"]
# A ring, and a way across from every fourth.
LINKS = [(a, MEMBERS[(i + 1) % COUNT]) for i, a in enumerate(MEMBERS)]
LINKS += [(MEMBERS[i], MEMBERS[i + COUNT // 2]) for i in range(0, COUNT // 2, 4)]

with Mesh(sys.argv[1], MEMBERS, LINKS) as mesh:
    nodes = list(mesh.nodes.values())
    began = time.monotonic()
    for node in nodes:
        node.start(ready=False)
    for node in nodes:
        wait_for(node.member + " to answer", node.answers, 60)
    for node in nodes:
        wait_for("the links of " + node.member, node.all_up, 90)
    print("%d nodes, %d links: up after %.1f s" % (COUNT, len(LINKS), time.monotonic() - began))
    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        wanted = set(pool.map(lambda node: node.send("from " + node.member), nodes))
    assert len(wanted) == COUNT
    for node in nodes:
        wait_for("everything at " + node.member, lambda: wanted == set(node.ids()), 60)
    print("%d alerts at every node after %.1f s" % (COUNT, time.monotonic() - began))
    began = time.monotonic()
    for node in nodes:
        node.process.terminate()
    for node in nodes:
        code = node.stop()
        assert code == 0, "%s ended with %d" % (node.member, code)
    print("all stopped after %.1f s" % (time.monotonic() - began))
