"""The tree of source files, and C cut into tokens, for the form checks."""

import os
import re
import sys
from collections import namedtuple

CODE_DIRS = ("common", "node", "tests")
SKIPPED_DIRS = re.compile(r"^(build|build-.*|demo-run|\..*|__pycache__)$")

Token = namedtuple("Token", "kind text line")  # kind: word, number, text, op

TOKEN = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
      | (?P<directive>^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*)
      | (?P<text>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"
                |(?:u8|[uUL])?'(?:\\.|[^'\\\n])*')
      | (?P<number>\.?[0-9](?:[eEpP][+-]|[0-9A-Za-z_.])*)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<op>->|\+\+|--|&&|\|\||<<=|>>=|<<|>>|[-+*/%&|^=!<>]=|\.\.\.|.)
      | (?P<space>\s+)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
KEYWORDS = set(
    """auto break case char const continue default do double else enum extern
    float for goto if inline int long register restrict return short signed
    sizeof static struct switch typedef union unsigned void volatile while
    _Alignof _Static_assert""".split()
)


def files(root, dirs=None, endings=None):
    """Paths below root, in order, relative to it; build trees left out."""
    found = []
    for start in dirs or (".",):
        for place, names, leaves in os.walk(os.path.join(root, start)):
            names[:] = [n for n in names if not SKIPPED_DIRS.match(n)
                        or n == ".ci"]
            for leaf in leaves:
                if leaf == ".git":  # of a worktree: a path of this machine
                    continue
                if endings is None or leaf.endswith(endings):
                    path = os.path.join(place, leaf)
                    found.append(os.path.relpath(path, root))
    return sorted(found)


def c_files(root, dirs=CODE_DIRS):
    return files(root, dirs, (".c", ".h"))


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def directives(source):
    """Preprocessor lines as (line number, text with joined continuations)."""
    line = 1
    for match in TOKEN.finditer(source):
        if match.lastgroup == "directive":
            yield line, match.group().replace("\\\n", " ").strip()
        line += match.group().count("\n")


def tokens(source):
    """Code without comments, directives, and all but the first branch of an
    #if: branches may repeat a brace, and a brace must be seen once."""
    out = []
    branches = []  # one bool for each open #if: in another than the first?
    line = 1
    for match in TOKEN.finditer(source):
        kind, text = match.lastgroup, match.group()
        if kind == "directive":
            verb = re.match(r"\s*#\s*(\w*)", text).group(1)
            if verb in ("if", "ifdef", "ifndef"):
                branches.append(False)
            elif verb in ("else", "elif") and branches:
                branches[-1] = True
            elif verb == "endif" and branches:
                branches.pop()
        elif kind in ("text", "number", "word", "op") and not any(branches):
            if kind != "op" or not text.isspace():
                out.append(Token(kind, text, line))
        line += text.count("\n")
    return out


def opening(code, at, pair):
    """Index of the bracket that the closing one at `at` belongs to."""
    depth = 0
    for i in range(at, -1, -1):
        if code[i].text == pair[1]:
            depth += 1
        elif code[i].text == pair[0]:
            depth -= 1
            if depth == 0:
                return i
    return -1


def closing(code, at, pair):
    """Index of the bracket that closes the opening one at `at`."""
    depth = 0
    for i in range(at, len(code)):
        if code[i].text == pair[0]:
            depth += 1
        elif code[i].text == pair[1]:
            depth -= 1
            if depth == 0:
                return i
    return len(code) - 1


Function = namedtuple("Function", "name parameters body first last")


def functions(code):
    """Every function definition in a file's tokens."""
    at = start = 0
    while at < len(code):
        text = code[at].text
        if text == ";":
            start = at + 1
        elif text == "{":
            end = closing(code, at, "{}")
            made = definition(code, start, at, end)
            if made:
                yield made
            at = end
            if made:
                start = at + 1
        at += 1


def definition(code, start, brace, end):
    """The definition whose body opens at `brace`, or None (a struct, a
    table)."""
    if any(t.text == "=" for t in code[start:brace]):
        return None
    i = start - 1
    while (i := i + 1) < brace - 1:
        if code[i].text == "__attribute__":
            i = closing(code, i + 1, "()")
        elif (code[i].kind == "word" and code[i].text not in KEYWORDS
                and code[i + 1].text == "("):
            close = closing(code, i + 1, "()")
            return Function(code[i].text, code[i + 2:close],
                            code[brace:end + 1], code[start].line,
                            code[end].line)
    return None


class Report:
    """Collects offences as "path:line: text"; ends the program with them."""

    def __init__(self, name):
        self.name = name
        self.offences = []

    def add(self, path, line, text):
        place = f"{path}:{line}" if line else path
        self.offences.append(f"{place}: {text}")

    def end(self, looked_at):
        for offence in self.offences:
            print(offence)
        if self.offences:
            sys.exit(f"{self.name}: {len(self.offences)} offence(s)")
        print(f"{self.name}: {looked_at}, nothing found")
