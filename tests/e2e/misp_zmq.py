"""Consumers of MISP's ZeroMQ stream and of a stream of STIX, as they are today: what
MISP's own sub.py does, with Debian's python3-zmq."""
import json
import os
import sys
import time

from mesh import Mesh, free_port, skip, wait_for

try:
    import zmq
except ImportError:
    skip("python3-zmq is not installed")

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import check_misp  # noqa: E402
import check_stix  # noqa: E402

POLICY = """policy "EE" version 2;
allow export to any name all;
accept import from any name in;
show observers soc name screens;
redact observers soc name cut classes { PERSONAL };
show observers siem name siem;
"""


def next_of(sub, word, seconds=20):
    """As sub.py: the topic is what stands before the first blank."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if sub.poll(500):
            topic, _, message = sub.recv().decode().partition(" ")
            if topic == word:
                return json.loads(message)
    raise AssertionError("no %s" % word)


def valid(event):
    faults = check_misp.check(json.dumps(event))
    assert not faults, faults
    return event["Event"]


with Mesh(sys.argv[1], ["ee", "lv"], [("ee", "lv")]) as mesh:
    ee = mesh["ee"]
    port = free_port()
    with open(ee.config) as file:
        text = file.read()
    blocks = [line for line in text.splitlines() if line.startswith("observers soc")]
    assert len(blocks) == 1, blocks
    socket = os.path.join(ee.dir, "run", "feed")
    text = text.replace(blocks[0], blocks[0].replace(
        "{", "{ misp tcp://127.0.0.1:%d;" % port) +
        "\nobservers siem { socket %s; stix yes; }" % os.path.join(ee.dir, "run", "siem"))
    with open(ee.config, "w") as file:
        file.write(text)
    ee.policy(POLICY)
    mesh["lv"].policy("policy \"LV\" version 1;\nallow export to any name all;\n"
                      "accept import from any name in;\n")
    mesh.start()
    context = zmq.Context()
    sub = context.socket(zmq.SUB)
    sub.setsockopt(zmq.SUBSCRIBE, b"")
    sub.connect("tcp://127.0.0.1:%d" % port)
    told = next_of(sub, "misp_json_self")
    assert told["status"] == "up" and isinstance(told["uptime"], int), told

    stix = context.socket(zmq.SUB)
    stix.setsockopt(zmq.SUBSCRIBE, b"alert.")
    stix.connect("ipc://%s.sock" % os.path.join(ee.dir, "run", "siem"))
    time.sleep(0.3)

    first = ee.send("Ransomware", "--indicator", "ipv4-addr=198.51.100.3", "--field",
                    "contact=Jaan", "--field", "victim=Hospital X")
    event = valid(next_of(sub, "misp_json"))
    assert event["info"] == "Ransomware" and event["Orgc"]["name"] == "ee"
    values = {a["value"]: a for a in event["Attribute"]}
    assert values["198.51.100.3"]["type"] == "ip-dst" and values["198.51.100.3"]["to_ids"]
    assert "Jaan" not in values and "Hospital X" in values, "the class's redaction holds"
    assert {"name": 'tocsin:withheld="1"'} in event["Tag"]

    topic, header, body = stix.recv_multipart()
    assert topic == b"alert.low.ee.alert" and json.loads(header)["seq"] == 1
    assert not check_stix.check(body.decode()), check_stix.check(body.decode())
    assert b"Jaan" in body, "another class sees more"
    shown = ee.run("tail", "--observers", "siem", "--since", "1h", "--count", "1").out
    assert shown.strip() == body.decode()

    ee.run("update", first, "--severity", "high", "--tlp", "green", "--onward", "any",
           "--title", "Ransomware, again", "--indicator", "ipv4-addr=198.51.100.4")
    newer = valid(next_of(sub, "misp_json"))
    assert newer["uuid"] == event["uuid"] and newer["info"] == "Ransomware, again"
    assert int(newer["timestamp"]) >= int(event["timestamp"])

    subject = wait_for("lv to have the update", lambda: [
        i for i, row in mesh["lv"].ids().items() if row["title"] == "Ransomware, again"])[0]
    mesh["lv"].run("sighting", subject, "--tlp", "green", "--onward", "any", "--indicator",
                   "ipv4-addr=198.51.100.4")
    seen = next_of(sub, "misp_json_sighting")["Sighting"]
    assert seen["type"] == "0" and seen["Organisation"]["name"] == "lv", seen
    assert seen["event_uuid"] == event["uuid"], "of the event that consumers have"
    assert seen["value"] == "198.51.100.4" and seen["date_sighting"].isdigit()

    ee.run("revoke", subject, "--reason", "false positive")
    gone = valid(next_of(sub, "misp_json"))
    assert gone["uuid"] == event["uuid"] and all(a["deleted"] for a in gone["Attribute"])
    assert {"name": 'tocsin:status="revoked"'} in gone["Tag"]
    assert gone["Attribute"], "the event, not the bare withdrawal"
    sub.close()
    stix.close()
    context.term()
print("a consumer of MISP's stream saw everything")
