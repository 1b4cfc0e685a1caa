"""Several people at one node, each with a uid of his own."""
import json
import os
import subprocess

PEOPLE = {"daemon": 1, "bin": 2, "sys": 3}


def as_user(node, user, *words, code=0):
    """The CLI of a node, run by somebody."""
    done = subprocess.run(
        [node.mesh.program("tocsin"), "--config", node.config, *words],
        capture_output=True, timeout=60, user=PEOPLE[user], group=PEOPLE[user],
        extra_groups=[])
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == code, (words, done.returncode, said)
    return said


def open_to_people(mesh, node, roles):
    """Tests lie in a private directory; people must reach the socket in it."""
    with open(node.config, "a") as out:
        out.write(roles)
    for top in (mesh.dir, node.dir, os.path.join(node.dir, "peers")):
        if os.path.isdir(top):
            os.chmod(top, 0o755)
    for root, dirs, names in os.walk(node.dir):
        if os.path.basename(root) in ("keys", "store"):
            continue
        for name in dirs:
            if name not in ("keys", "store"):
                os.chmod(os.path.join(root, name), 0o755)
        for name in names:
            if name.endswith((".conf", ".card")):
                os.chmod(os.path.join(root, name), 0o644)


def held(node, alert_id, state=None):
    """What waits for people there about an alert."""
    rows = [json.loads(line)
            for line in node.run("hold", "list", "--json").out.splitlines()]
    return [row for row in rows if row["id"] == alert_id and
            state in (None, row["state"])]
