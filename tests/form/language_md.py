#!/usr/bin/python3
"""Checks common/policy/LANGUAGE.md against the parser: the words of the grammar
are those that the parser knows, and the tables of facts, fields and the floor
have a row for each.

usage: language_md.py [ROOT]
"""
import glob
import os
import re
import sys

ROOT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def words_in(text):
    return set(re.findall(r'"([a-z][a-z-]*)"', text))


def array(text, name):
    """The literals of `static const ... name[] = { ... };`, all of that name."""
    found = set()
    for body in re.findall(r"\b%s\[[^]]*\] = \{(.*?)\};" % name, text, re.S):
        found |= words_in(body)
    return found


SOURCES = {path: read(os.path.relpath(path, ROOT)) for layer in
           ("lang", "policy", "conf")
           for path in glob.glob(os.path.join(ROOT, "common", layer, "*.c"))}
ALL = "\n".join(SOURCES.values())
HEADERS = "\n".join(read(os.path.relpath(path, ROOT)) for path in glob.glob(
    os.path.join(ROOT, "common", "policy", "*.h")))
DOCUMENT = read("common/policy/LANGUAGE.md")


def section(title):
    return DOCUMENT.split("\n## %s\n" % title)[1].split("\n## ")[0]


def first_column(text):
    """Every `word` in the first cells of the tables of a section."""
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.M)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def parser_words():
    """What must or may stand somewhere, and what an item is called."""
    words = array(read("common/lang/statements.c"), "keywords")
    words |= set(re.findall(
        r'tcn_(?:expect|accept|at)_word\([^,()]*(?:\([^()]*\))?[^,()]*, "([a-z-]+)"\)',
        ALL))
    for shape in re.findall(r'^    \{"(\w+)", "(\w+)", ', read(
            "common/policy/rule.c"), re.M):
        words |= set(shape)
    words |= set(re.findall(r'^    \{"(\w+)", ROW_', read("common/conf/rows.c"), re.M))
    for file in ("agreement.c", "test_compile.c"):
        words |= array(read("common/policy/" + file), "known")
    return words


def grammar_words():
    lines = [line for line in section("Grammar").splitlines()
             if line.startswith("    ")]
    return words_in("\n".join(lines))


def main():
    wrong = []

    def compare(what, said, there):
        wrong.extend("%s: `%s` is not in LANGUAGE.md" % (what, word)
                     for word in sorted(there - said))
        wrong.extend("%s: nothing knows `%s`" % (what, word)
                     for word in sorted(said - there))

    grammar, parser = grammar_words(), parser_words()
    # Words that stand in lists of another kind, such as outcomes, are enough.
    compare("grammar", grammar & (parser | (grammar - words_in(ALL))), parser)
    facts = set(re.findall(r'FACT\("([^"]+)"', read("common/policy/facts.c")))
    compare("facts", first_column(section("Facts")) - {"has(NAME)", "class X present"},
            facts)
    fields = array(read("common/alert/label.c"), "fields")
    compare("fields", set(re.search(r"^\| FIELD \| (.*) \|$", DOCUMENT, re.M)
                          .group(1).split(", ")), fields)
    reasons = re.search(r"#define TCN_FLOOR_REASONS\(X\)(.*?)\n\n", HEADERS, re.S)
    floor = set(re.findall(r'X\(\w+, "([^"]+)"', reasons.group(1))) - {"none"}
    compare("floor", first_column(section("The floor")), floor)
    if len(parser) < 60 or len(facts) < 20 or len(floor) < 10:
        wrong.append("the sources could not be read: this check needs mending")
    print("\n".join(wrong) if wrong else "%d words, %d facts" % (
        len(parser), len(facts)))
    return 1 if wrong else 0


sys.exit(main())
