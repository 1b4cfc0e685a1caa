#!/usr/bin/python3
"""Checks STIX 2.1 bundles against the standard; shares no code with the exporter.

usage: check_stix.py FILE...

Prints each fault with its object; exit 1 when there is one."""
import datetime
import json
import re
import sys
import uuid

ID = re.compile(r"^[a-z][a-z0-9-]+[a-z0-9]--[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-"
                r"[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$")
TIME = re.compile(r"^[0-9]{4}-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):"
                  r"([0-5][0-9]):([0-5][0-9]|60)(\.[0-9]+)?Z$")
NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
TLP2 = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
TLP2_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
REQUIRED = {
    "attack-pattern": ["name"], "campaign": ["name"], "course-of-action": ["name"],
    "extension-definition": ["name", "schema", "version", "extension_types",
                             "created_by_ref"],
    "grouping": ["context", "object_refs"], "identity": ["name"],
    "indicator": ["pattern", "pattern_type", "valid_from"],
    "intrusion-set": ["name"], "malware": ["is_family"], "note": ["content", "object_refs"],
    "relationship": ["relationship_type", "source_ref", "target_ref"],
    "report": ["name", "published", "object_refs"], "sighting": ["sighting_of_ref"],
    "threat-actor": ["name"], "tool": ["name"], "vulnerability": ["name"],
}
OBSERVABLES = {  # type: (required one of, contributing to the id)
    "ipv4-addr": ["value"], "ipv6-addr": ["value"], "domain-name": ["value"],
    "url": ["value"], "email-addr": ["value"], "mutex": ["name"],
    "autonomous-system": ["number"], "file": ["name", "hashes"],
}
TIMES = ("created", "modified", "valid_from", "valid_until", "published", "first_seen",
         "last_seen")
HASHES = {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128}
COMMON = {"type", "spec_version", "id", "created", "modified", "created_by_ref", "labels",
          "revoked", "confidence", "lang", "external_references", "object_marking_refs",
          "granular_markings", "extensions"}
COMPARISON = re.compile(
    r"^\[(ipv4-addr:value|ipv6-addr:value|domain-name:value|url:value|email-addr:value|"
    r"file:name|mutex:name|file:hashes\.('SHA-256'|'SHA-1'|MD5)|autonomous-system:number)"
    r" = ('(?:[^'\\]|\\['\\])*'|[0-9]+)\]$", re.S)


class Faults:
    def __init__(self):
        self.lines = []

    def add(self, thing, words):
        name = thing.get("id", "?") if isinstance(thing, dict) else thing
        self.lines.append("%s: %s" % (name, words))


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def check_times(faults, thing):
    for key in TIMES:
        if key in thing:
            if not isinstance(thing[key], str) or not TIME.match(thing[key]):
                faults.add(thing, "%s is no timestamp: %r" % (key, thing[key]))
    for key in ("created", "modified"):
        if key in thing and not re.search(r"\.[0-9]{3,}Z$", thing[key]):
            faults.add(thing, "%s needs three digits of a second" % key)
    if "modified" in thing and moment(thing["modified"]) < moment(thing["created"]):
        faults.add(thing, "modified before created")
    if "valid_until" in thing and moment(thing["valid_until"]) <= moment(thing["valid_from"]):
        faults.add(thing, "valid_until is not after valid_from")


def check_references(faults, thing):
    for ref in thing.get("external_references", []):
        if not ref.get("source_name"):
            faults.add(thing, "an external reference without source_name")
        if not set(ref) & {"description", "url", "external_id"}:
            faults.add(thing, "an external reference that says nothing")


def check_observable(faults, thing):
    kind = thing["type"]
    keys = [key for key in OBSERVABLES[kind] if key in thing]
    if not keys:
        faults.add(thing, "lacks one of " + ", ".join(OBSERVABLES[kind]))
    for key in ("created", "modified", "created_by_ref", "revoked"):
        if key in thing:
            faults.add(thing, "an observable has no " + key)
    for name, value in thing.get("hashes", {}).items():
        if len(value) != HASHES.get(name, -1):
            faults.add(thing, "hash %s: %r" % (name, value))
    content = {}
    for key in keys:
        content[key] = thing[key]
        if key == "hashes":  # one of them only, by this preference
            best = [h for h in ("MD5", "SHA-1", "SHA-256", "SHA-512") if h in thing[key]][0]
            content[key] = {best: thing[key][best]}
    text = json.dumps(content, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    wanted = "%s--%s" % (kind, uuid.uuid5(NAMESPACE, text))
    if thing["id"] != wanted:
        faults.add(thing, "its id should be " + wanted)


def check_marking(faults, thing):
    if thing["id"] not in TLP2.values():
        return
    level = thing["extensions"][TLP2_EXTENSION]["tlp_2_0"]
    wanted = {"type": "marking-definition", "spec_version": "2.1", "id": TLP2[level],
              "created": "2022-10-01T00:00:00.000Z", "name": "TLP:" + level.upper(),
              "extensions": {TLP2_EXTENSION: {"extension_type": "property-extension",
                                              "tlp_2_0": level}}}
    if thing != wanted:
        faults.add(thing, "is not the marking that OASIS published")


def check_object(faults, thing):
    kind = thing.get("type")
    if not isinstance(kind, str) or not ID.match(thing.get("id", "")) or \
            not thing["id"].startswith(kind + "--"):
        faults.add(thing, "type and id do not fit: %r" % kind)
        return
    if thing.get("spec_version") != "2.1":
        faults.add(thing, "spec_version is not 2.1")
    check_times(faults, thing)
    check_references(faults, thing)
    if kind in OBSERVABLES:
        check_observable(faults, thing)
        return
    if kind == "marking-definition":
        check_marking(faults, thing)
        return
    if kind not in REQUIRED:
        faults.add(thing, "a type that should not be here")
        return
    for key in ["created", "modified"] + REQUIRED[kind]:
        if key not in thing or thing[key] in ("", [], None):
            faults.add(thing, "lacks " + key)
    if not 0 <= thing.get("confidence", 0) <= 100:
        faults.add(thing, "confidence %r" % thing["confidence"])
    if kind == "indicator" and thing["pattern_type"] == "stix" and \
            not COMPARISON.match(thing["pattern"]):
        faults.add(thing, "not a pattern of one comparison: %r" % thing["pattern"])
    for key, value in thing.items():
        if value == [] and key in COMMON:
            faults.add(thing, "%s is an empty list" % key)


def refs_of(value, key=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from refs_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from refs_of(inner, key)
    elif key.endswith(("_ref", "_refs")):
        yield key, value


def check_bundle(faults, bundle):
    if set(bundle) - {"type", "id", "objects"} or bundle.get("type") != "bundle" or \
            not ID.match(bundle.get("id", "")):
        faults.add("bundle", "is no bundle of STIX 2.1: %r" % sorted(bundle))
    ids = [thing.get("id") for thing in bundle.get("objects", ())]
    for thing in bundle.get("objects", ()):
        check_object(faults, thing)
        if ids.count(thing["id"]) > 1:
            faults.add(thing, "is in the bundle twice")
        if thing["type"] not in ("marking-definition", "extension-definition", "identity") and \
                not set(thing.get("object_marking_refs", [])) & set(TLP2.values()):
            faults.add(thing, "has no TLP 2.0 marking")
        for key, ref in refs_of({k: v for k, v in thing.items() if k != "extensions"}):
            if ref not in ids and key != "sighting_of_ref":
                faults.add(thing, "%s %s is not in the bundle" % (key, ref))
        for name in thing.get("extensions", {}):
            if name != TLP2_EXTENSION and name not in ids:
                faults.add(thing, "extension %s is not defined in the bundle" % name)


def check(text):
    faults = Faults()
    check_bundle(faults, json.loads(text))
    return faults.lines


def main():
    failed = False
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            for line in check(file.read()):
                print("%s: %s" % (path, line))
                failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
