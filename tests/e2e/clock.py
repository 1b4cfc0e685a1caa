"""A node whose clock is off says so, signs nothing, and goes on when it is
right again. No clock is touched: two of three peers say what theirs would show."""
import sys
import time

from mesh import Mesh, wait_for
from peer import Peer
from people import held

HOUR_MS = 3600 * 1000
ALERT = ("send", "--severity", "low", "--tlp", "green", "--title", "x")

POLICY = """policy "EE" version 1;
allow export to any name all;
hold export to fi name people approve 1 of role releaser within 6s when has(actor);
accept import from any name in;
retain PERSONAL 1s;
"""


def nothing_ends_by_a_wrong_clock(mesh, ee, peers):
    """Neither the time of people nor that of values."""
    alert = ee.run(*ALERT, "--onward", "any", "--field", "contact=Jaan", "--field",
                   "actor=APT 0").out.strip()
    wait_for("the hold", lambda: held(ee, alert, "waiting"))
    ee.kill()
    ee.start()
    for peer in peers:
        peer.close()
    peers[:] = [Peer(mesh[member], ee) for member in ("lv", "lt")]
    for peer in peers:
        peer.greet(ahead_ms=HOUR_MS)
    wait_for("the alarm", lambda: "event=clock-is-off" in ee.log_text())
    time.sleep(8)
    assert held(ee, alert, "waiting"), held(ee, alert)
    assert "Jaan" in ee.run("show", alert).out, ee.run("show", alert).out
    for peer in peers:
        peer.greet_again(ahead_ms=0)
    wait_for("its time to be over", lambda: held(ee, alert, "expired"))
    wait_for("the wiping", lambda: "Jaan" not in ee.run("show", alert).out)


with Mesh(sys.argv[1], ["ee", "lv", "lt", "fi"],
          [("ee", "lv"), ("ee", "lt"), ("ee", "fi")]) as mesh:
    ee = mesh["ee"]
    ee.policy(POLICY)
    with open(ee.config, "a") as out:
        out.write("role releaser { user daemon; }\n")
    ee.start()
    mesh["fi"].start()
    peers = [Peer(mesh[member], ee) for member in ("lv", "lt")]
    for peer in peers:
        peer.greet(ahead_ms=HOUR_MS)
    wait_for("all links", ee.all_up)
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
    nothing_ends_by_a_wrong_clock(mesh, ee, peers)
    for peer in peers:
        peer.close()
print("a wrong clock is noticed and forgiven")
