"""Requests that a client sends before it has the replies of those before: they
are answered in order, and what was said to be stored is there."""
import os
import subprocess
import sys

from mesh import Mesh

with Mesh(sys.argv[1], ["ee"], []) as mesh:
    mesh.start()
    socket = os.path.join(mesh["ee"].dir, "run", "control.sock")
    subprocess.run([mesh.program("pipelined"), socket], check=True, timeout=60)
    assert len(mesh["ee"].ids()) == 6, mesh["ee"].ids()
    # More than a round takes, alone and in parts of submissions, from four at once.
    for batch, ahead in ((1, 200), (300, 3)):
        before = mesh["ee"].status()["alerts"]
        done = subprocess.run([mesh.program("submit_load"), socket, "1800", str(batch), "100",
                               "low", "4", str(ahead)], capture_output=True, timeout=120)
        assert done.returncode == 0, done
        ids = done.stdout.decode().split()
        assert len(set(ids)) == 1800, len(set(ids))
        assert set(ids) <= set(mesh["ee"].ids())
        assert mesh["ee"].status()["alerts"] == before + 1800
