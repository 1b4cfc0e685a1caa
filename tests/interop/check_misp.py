#!/usr/bin/python3
"""Checks MISP events and feeds against the core format (draft 20); shares no code with
the exporter.

usage: check_misp.py FILE... | DIRECTORY-OF-A-FEED...

Prints each fault; exit 1 when there is one."""
import hashlib
import json
import os
import re
import sys

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")


def allowed_pairs():
    """What MISP allows, whole; the file says where it is from."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "misp_pairs.tsv")
    pairs = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                kind, *categories = line.rstrip("\n").split("\t")
                pairs[kind] = set(categories)
    categories = set().union(*pairs.values())
    assert (len(pairs), len(categories), sum(map(len, pairs.values()))) == (194, 16, 486)
    return pairs


PAIRS = allowed_pairs()
TLP = {"tlp:clear", "tlp:green", "tlp:amber", "tlp:amber+strict", "tlp:red"}
PAP = {"PAP:CLEAR", "PAP:GREEN", "PAP:AMBER", "PAP:RED"}


class Faults:
    def __init__(self):
        self.lines = []

    def need(self, holds, words):
        if not holds:
            self.lines.append(words)


def is_seconds(value):
    return isinstance(value, str) and re.match(r"^[0-9]+$", value)


def check_attribute(faults, a, uuids):
    where = "attribute %s %r" % (a.get("type"), a.get("value", "")[:40])
    for key in ("uuid", "type", "category", "to_ids", "event_id", "distribution",
                "timestamp", "deleted", "value"):
        faults.need(key in a, "%s lacks %s" % (where, key))
    faults.need(UUID.match(a["uuid"]), where + ": uuid " + a["uuid"])
    faults.need(a["uuid"] not in uuids, where + ": uuid used twice")
    uuids.add(a["uuid"])
    faults.need(a["category"] in PAIRS.get(a["type"], ()),
                "%s is not of category %s" % (where, a["category"]))
    faults.need(isinstance(a["to_ids"], bool) and isinstance(a["deleted"], bool),
                where + ": to_ids and deleted must be booleans")
    faults.need(is_seconds(a["timestamp"]), where + ": timestamp %r" % a["timestamp"])
    faults.need(a["distribution"] in "012345", where + ": distribution")
    faults.need(a["value"], where + ": no value")
    for tag in a.get("Tag", []):
        faults.need(tag.get("name"), where + ": a tag without a name")


def check_event(faults, wrapped):
    faults.need(set(wrapped) == {"Event"}, "an event is wrapped in Event alone")
    event = wrapped["Event"]
    for key in ("uuid", "published", "info", "date", "timestamp", "publish_timestamp",
                "org_id", "orgc_id", "distribution", "id", "threat_level_id", "analysis",
                "attribute_count", "sharing_group_id", "Orgc", "Org", "Tag"):
        faults.need(key in event, "the event lacks " + key)
    faults.need(UUID.match(event["uuid"]), "event uuid " + event["uuid"])
    faults.need(isinstance(event["published"], bool), "published must be a boolean")
    faults.need(re.match(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", event["date"]), "date")
    faults.need(is_seconds(event["timestamp"]), "timestamp")
    faults.need(is_seconds(event["publish_timestamp"]), "publish_timestamp")
    faults.need(event["distribution"] in "01234", "distribution")
    faults.need(event["threat_level_id"] in "1234", "threat_level_id")
    faults.need(event["analysis"] in "012", "analysis")
    faults.need(event["info"], "info")
    faults.need(int(event["attribute_count"]) == len(event["Attribute"]), "attribute_count")
    for org in (event["Org"], event["Orgc"]):
        faults.need(UUID.match(org["uuid"]) and org["name"] and "id" in org, "organisation")
    names = [tag["name"] for tag in event["Tag"]]
    faults.need(len([n for n in names if n in TLP]) == 1, "exactly one tag of TLP 2.0")
    faults.need(len([n for n in names if n in PAP]) == 1, "exactly one tag of PAP")
    uuids = {event["uuid"]}
    for attribute in event["Attribute"]:
        check_attribute(faults, attribute, uuids)


def check(text):
    faults = Faults()
    root = json.loads(text)
    for wrapped in root["response"] if "response" in root else [root]:
        check_event(faults, wrapped)
    return faults.lines


def check_feed(path):
    faults = Faults()
    with open(os.path.join(path, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    wanted = set()
    for uuid, row in manifest.items():
        faults.need(UUID.match(uuid), "manifest: " + uuid)
        for key in ("Orgc", "Tag", "info", "date", "analysis", "threat_level_id", "timestamp"):
            faults.need(key in row, "manifest: %s lacks %s" % (uuid, key))
        with open(os.path.join(path, uuid + ".json"), encoding="utf-8") as file:
            text = file.read()
        faults.lines += ["%s: %s" % (uuid, line) for line in check(text)]
        for attribute in json.loads(text)["Event"]["Attribute"]:
            value = attribute["value"].encode()
            wanted.add("%s,%s" % (hashlib.md5(value, usedforsecurity=False).hexdigest(), uuid))
    with open(os.path.join(path, "hashes.csv"), encoding="ascii") as file:
        faults.need(set(file.read().split()) == wanted, "hashes.csv does not fit the events")
    return faults.lines


def main():
    failed = False
    for path in sys.argv[1:]:
        if os.path.isdir(path):
            lines = check_feed(path)
        else:
            with open(path, encoding="utf-8") as file:
                lines = check(file.read())
        for line in lines:
            print("%s: %s" % (path, line))
            failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
