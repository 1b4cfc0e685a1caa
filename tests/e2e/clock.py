"""A node whose clock is off says so, signs nothing, and goes on when it is
right again. No clock is touched: two peers say what theirs would show."""
import sys
import time

from mesh import Mesh, wait_for
from peer import Peer

HOUR_MS = 3600 * 1000
ALERT = ("send", "--severity", "low", "--tlp", "green", "--title", "x")

with Mesh(sys.argv[1], ["ee", "lv", "lt"], [("ee", "lv"), ("ee", "lt")]) as mesh:
    ee = mesh["ee"]
    ee.start()
    peers = [Peer(mesh[member], ee) for member in ("lv", "lt")]
    for peer in peers:
        peer.greet(ahead_ms=HOUR_MS)
    wait_for("both links", ee.all_up)
    wait_for("the alarm", lambda: "event=clock-is-off" in ee.log_text())
    refused = ee.run(*ALERT, check=False)
    assert refused.returncode == 1 and "our clock is off" in refused.err, refused.err
    assert "timedatectl set-ntp true" in refused.err, refused.err
    doctor = ee.run("doctor", check=False)
    assert doctor.returncode == 1 and "wrong clock" in doctor.out, doctor.out
    assert "OUR CLOCK IS OFF by 3" in ee.run("status").out, ee.run("status").out
    assert ee.ids() == {}, "signed at a time that nobody believes"
    print(refused.err.strip())
    for peer in peers:
        peer.greet_again(ahead_ms=0)
    wait_for("the end of the alarm", lambda: "event=clock-is-right-again" in ee.log_text())
    assert ee.run(*ALERT).out.strip() in ee.ids()
    for peer in peers:
        peer.close()
print("a wrong clock is noticed and forgiven")
