#!/usr/bin/python3
"""Compares what the corpora are said to reach with what the decoders' sources
can say, so that a new reason without a seed fails.

usage: check_reasons.py [--print-sentences [TARGET]] [REPOSITORY]

The words of corpus/NAME.reasons must be the errors that stand in the decoder's
files; the patterns of corpus/NAME.sentences must be the sentences that stand in
common/lang, common/policy and common/conf for the language, and in the files of
an importer. --print-sentences prints them as the file wants them.
"""
import glob
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

WIRE = ["common/alert/wire_check.c", "common/alert/wire_element.c",
        "common/alert/wire_read.c", "common/base/text.c"]

# What each target decodes with, and what is in these files for others: a file
# that also writes says "size" for an output that does not fit.
TARGETS = {
    "envelope": (WIRE + ["common/alert/envelope.c", "common/alert/header.c",
                         "common/alert/label_wire.c", "common/alert/fields.c",
                         "common/alert/verify.c"], []),
    "certificate": (WIRE + ["common/alert/cert.c", "common/alert/krev.c"], []),
    "card": (WIRE + ["common/alert/card.c", "common/alert/armour.c",
                     "common/alert/cert.c"], ["size"]),
    "frame": (WIRE + ["node/mesh/frame_decode.c"], []),
    "language": (sorted(
        "common/%s/*.c" % layer for layer in ("lang", "policy", "conf")),
        ["no-memory", "utf8"]),
}


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8") as file:
        return file.read()


def listed(path):
    with open(path, encoding="utf-8") as file:
        lines = (line.rstrip("\n") for line in file)
        return [line for line in lines if line and not line.startswith("#")]


# ---- words ----

def words_of(root, patterns):
    names = dict(re.findall(r'X\((\w+), "([^"]+)",',
                            read(root, "common/base/err.h")))
    found = set()
    for pattern in patterns:
        for path in glob.glob(os.path.join(root, pattern)):
            for name in re.findall(r"\bTCN_ERR_(\w+)", read("", path)):
                found.add(names[name])
    return found


def check_words(root, name):
    patterns, others = TARGETS[name]
    can = words_of(root, patterns) - set(others) | {"ok"}
    said = {line.split("#")[0].strip() for line in
            listed(os.path.join(HERE, "corpus", name + ".reasons"))}
    for word in sorted(can ^ said):
        yield "%s.reasons: \"%s\" %s" % (
            name, word, "is missing: the decoder can give it"
            if word in can else "is in none of its decoder's files")


# ---- sentences ----

# Which argument holds the text, and what becomes of it.
CALLS = {
    "tcn_fail": (3, ["%s"]),
    "tcn_problem_add": (3, ["%s"]),
    "report": (3, ["%s"]),
    "tcn_expect": (2, ["expected %s, found *"]),
    "tcn_expect_word": (1, ["expected `%s`, found *"]),
    "tcn_fail_unknown": (2, ["unknown %s *",
                             "unknown %s *, did you mean `*`?"]),
    "tcn_fail_item": (2, ["unknown %s *", "unknown %s *, did you mean `*`?",
                          "no such %s; if `*` begins a statement, the block "
                          "before it lacks its `}`"]),
}
CALL = re.compile(r"(?<![\w])(%s)\(" % "|".join(CALLS))
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[(){}\[\],]|[^"(){}\[\],]+')


def arguments(text, at):
    """The arguments of the call whose parenthesis opens before `at`."""
    depth, args, now = 0, [], ""
    for match in TOKEN.finditer(text, at):
        token = match.group()
        if token in ")]}" and depth == 0:
            return args + [now.strip()]
        depth += (token in "([{") - (token in ")]}")
        if token == "," and depth == 0:
            args, now = args + [now.strip()], ""
        else:
            now += token
    return args


def texts(arg):
    """The literals of an argument; one beside another is one text."""
    joined = re.sub(r'"\s*"', "", arg)
    found = [re.sub(r"(%[-+ #0-9.*]*(?:hh|ll|[hlzjt])?[a-z])+", "*", text)
             for text in re.findall(r'"((?:[^"\\]|\\.)*)"', joined)]
    return found or ["*"] # a variable


def sentences(root):
    found = set()
    for layer in ("lang", "policy", "conf"):
        for path in glob.glob(os.path.join(root, "common", layer, "*.c")):
            text = read("", path)
            for match in CALL.finditer(text):
                place, templates = CALLS[match.group(1)]
                args = arguments(text, match.end())
                if len(args) <= place or args[place].startswith("const "):
                    continue # a declaration
                if "what" in args or args[place] == '"%s"':
                    continue # its callers are looked at
                for said in texts(args[place]):
                    found.update(t % said for t in templates)
    return found


# The files of each importer beside those that all of them go through.
EVERY = ["import", "collect", "split", "context"]
JSON = EVERY + ["json", "json_scan", "registry", "source", "lines"]
IMPORTERS = {"import_cap": EVERY + ["cap*"]}
IMPORTERS.update(("import_" + name, JSON + [name + "*"])
                 for name in ("stix", "misp", "eve", "idea", "kev", "csaf"))
FAILS = {"tcn_import_fail": 2, "tcn_json_fail": 4, "tcn_xml_fail": 3}
FAIL = re.compile(r"(?<![\w])(%s)\(" % "|".join(FAILS))


def refusals(root, name):
    """The sentences with which an importer refuses."""
    found = set()
    for pattern in IMPORTERS[name]:
        for path in glob.glob(os.path.join(root, "common/formats", pattern + ".c")):
            text = read("", path)
            for match in FAIL.finditer(text):
                args = arguments(text, match.end())
                place = FAILS[match.group(1)]
                declares = len(args) <= place or args[place].startswith("const ")
                if not declares and args[place] != '"%s"':
                    found.update(texts(args[place]))
    return found


def check_sentences(root):
    for name in ["language", *IMPORTERS]:
        can = sentences(root) if name == "language" else refusals(root, name)
        lines = listed(os.path.join(HERE, "corpus", name + ".sentences"))
        said = {line[2:].split(" # ")[0] if line.startswith("- ") else line
                for line in lines}
        for sentence in sorted(can ^ said):
            yield "%s.sentences: %s: %s" % (
                name, "missing" if sentence in can else "nobody says that", sentence)


def main(args):
    show = args[:1] == ["--print-sentences"]
    args = args[1:] if show else args
    of = args.pop(0) if show and args and args[0] in IMPORTERS else "language"
    root = args[0] if args else os.path.join(HERE, "..", "..")
    if show:
        found = sentences(root) if of == "language" else refusals(root, of)
        print("\n".join(sorted(found)))
        return 0
    wrong = [line for name in TARGETS for line in check_words(root, name)]
    wrong += check_sentences(root)
    print("\n".join(wrong) if wrong else "every reason is listed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
