#!/usr/bin/env python3
"""Plants violations in a small tree and requires that a form check finds
each of them, and that it passes a tree without any.

usage: bites.py CHECK [BUILD-DIR]
"""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77  # the check's tool is not installed
ROOT = os.path.dirname(os.path.dirname(HERE))

CLEAN = {
    "common/base/view.h": '#pragma once\n#include <stddef.h>\n',
    "common/base/view.c": """#include "base/view.h"

#define OPEN {

int tcn_view_sum(const int *list, size_t len);

int tcn_view_sum(const int *list, size_t len)
{
    int sum = 0;
    for (size_t i = 0; i < len; i++) {
        sum += list[i]; /* not: goto bad; strcpy(a, b) */
    }
    return sum;
}
""",
}


def with_file(path, text):
    return {**CLEAN, path: text}


def function(body, head="int f(int a)"):
    return with_file("common/base/f.c", f"{head}\n{{\n{body}\n}}\n")


def lines(count, line="    a++;\n"):
    return line * count


# Split so that check-banned does not find its own specimens here.
MARK = "TO" "DO"
PLACE = "/wo" "rk/main"
KEY = "-----BEGIN PRIV" "ATE KEY-----"
SECRET = "pass" 'word = "hunter22"'

# check: rows of (name, files, what it must say; None = it must pass)
TREES = {
    "check-layers": [
        ("clean", CLEAN, None),
        ("a lower layer includes a higher one",
         with_file("common/base/a.c", '#include "alert/alert.h"\n'),
         "layer base may not include alert"),
        ("with spaces and after a comment",
         with_file("common/base/a.c", '/* x */\n#  include "mesh/mesh.h"\n'),
         "layer base may not include mesh"),
        ("the edges include the mesh",
         with_file("node/io/a.c", '#include "mesh/mesh.h"\n'),
         "layer io may not include mesh"),
        ("the command line includes the mesh",
         with_file("node/cli/a.c", '#include "mesh/frame.h"\n'),
         "layer cli may not include mesh"),
        ("a pure layer includes a clock",
         with_file("node/mesh/a.c", "#include <time.h>\n"),
         "layer mesh may not include <time.h>"),
        ("a layer includes a foreign library",
         with_file("common/conf/a.c", "#include <sqlite3.h>\n"),
         "layer conf may not include <sqlite3.h>"),
        ("an include without its layer",
         with_file("common/base/a.c", '#include "view.h"\n'),
         "names no layer"),
        ("an include through a macro",
         with_file("common/base/a.c", "#include SOMETHING\n"),
         "cannot read"),
        ("a folder without a row",
         with_file("common/extra/a.c", "int a;\n"), "is in no layer"),
        ("an empty tree", {"README.md": "x\n"}, "found no source file"),
    ],
    "check-size": [
        ("clean", CLEAN, None),
        ("70 lines", function(lines(66)), None),
        ("71 lines", function(lines(67)), "f(): function is 71, at most 70"),
        ("file of 501 lines", with_file("node/cli/a.c", lines(501, "\n")),
         "file is 501"),
        ("header of 151 lines", with_file("node/cli/a.h", lines(151, "\n")),
         "header is 151"),
        ("5 parameters", function("", "int f(int a, int b, int c, int d, "
                                  "void (*e)(int, int))"), None),
        ("6 parameters", function("", "int f(int a, int b, int c, int d, "
                                  "int e, int g)"), "parameters is 6"),
        ("an attribute before the name",
         function("", "__attribute__((format(printf, 1, 2)))\n"
                  "static int f(int a, int b, int c, int d, int e, int g)"),
         "f(): parameters is 6"),
        ("3 blocks inside each other",
         function("if (a) { while (a) { if (a) { a = (struct x){1}.y; } } }"),
         None),
        ("4 blocks inside each other",
         function("if (a) { while (a) { if (a) { do { a++; } while (a); } }"
                  " }"), "nesting is 4"),
        ("a loop macro is a block",
         function("if (a) { EACH(a) { if (a) { for (;;) { } } } }"),
         "nesting is 4"),
        ("an else-if chain is not nested",
         function("if (a) { } else if (a) { } else if (a) { } else if (a) "
                  "{ } else { }"), None),
        ("complexity of 15",
         function("return " + " && ".join(["a"] * 15) + ";"), None),
        ("complexity of 16",
         function("return " + " && ".join(["a"] * 16) + ";"),
         "complexity is 16"),
        ("labels of one case count once",
         function("switch (a) {" + "".join(f"case {i}:" for i in range(40))
                  + " return a ? 1 : 2; }"), None),
        ("many cases",
         function("switch (a) {" + "".join(f"case {i}: return {i};"
                                           for i in range(15)) + "}"),
         "complexity is 16"),
        ("the branches of an #if are one body",
         function("#if A\n    if (a) {\n#else\n    while (a) {\n#endif\n"
                  "    }\n" + lines(68)), "function is 78"),
        ("after a table and a struct",
         with_file("common/base/f.c", "struct s {\n    int a;\n};\n"
                   "static const struct s rows[] = {{1}, {F(2)}};\n"
                   "int f(int a)\n{\n" + lines(68) + "}\n"),
         "common/base/f.c:5: f(): function is 71"),
        ("a waiver that nothing needs",
         with_file("common/alert/hash.c", "int f(int a)\n{\n}\n"),
         "waiver no longer needed"),
        ("a waiver has a limit of its own",
         with_file("node/mesh/internal.h", lines(311, "\n")),
         "header is 311, at most 310"),
        ("the limits hold in tests",
         with_file("tests/unit/a_test.c",
                   "void f(int a)\n{\n" + lines(68) + "}\n"),
         "function is 71"),
        ("an empty tree", {"README.md": "x\n"}, "found no function"),
    ],
    "check-banned": [
        ("clean", CLEAN, None),
        ("a banned function", function("    strcpy(a, b);"), "strcpy()"),
        ("with a space", function("    a = time (0);"), "time()"),
        ("in a test", with_file("tests/unit/a_test.c",
                                "int f(void)\n{\n    return rand();\n}\n"),
         "rand()"),
        ("a member of that name", function("    a->time(b);\n    c.system(d);"),
         None),
        ("a shell", function('    system("ls");'), "system()"),
        ("a jump", function("again:\n    goto again;"), "goto"),
        ("the one jump", function("    goto out;\nout:\n    return a;"), None),
        ("if without braces", function("    if (a)\n        a++;"),
         "if without braces"),
        ("else without braces", function("    if (a) {\n    } else\n a++;"),
         "else without braces"),
        ("while without braces", function("    while (a)\n        a--;"),
         "while without braces"),
        ("do-while", function("    do {\n        a--;\n    } while (a);"),
         None),
        ("unfinished work", with_file("README.md", f"{MARK}: write\n"),
         "unfinished work"),
        ("unfinished work in a comment", function(f"    /* {MARK} */"),
         "unfinished work"),
        ("a path of one machine", with_file("scripts/x", f"cd {PLACE}\n"),
         "a path"),
        ("git's own path in a worktree",
         with_file(".git", f"gitdir: {PLACE}/.git/worktrees/x\n"), None),
        ("a private key", with_file("config/k", KEY + "\n"), "a private key"),
        ("a password", with_file("config/k", SECRET + "\n"), "a password"),
        ("published data is kept as it is",
         with_file("tests/data/x.json", f"{MARK}\n"), None),
        ("an empty tree", {"README.md": "x\n"}, "found no source file"),
    ],
    "check-format": [
        ("clean", CLEAN, None),
        ("wrong indent", function("  return a;"), "clang-format"),
        ("an empty tree", {"common/x": "x\n"}, "found no source file"),
    ],
    "check-docs": [
        ("clean", with_file("A.md", "[b](common/base/view.h#x) `scripts/x*`"
                            " [c](https://example.org/) `node/<x>/y`\n"),
         None),
        ("a dead link", with_file("A.md", "[b](common/none.h)\n"),
         "common/none.h does not exist"),
        ("a dead path", with_file("A.md", "see `scripts/none --all`\n"),
         "scripts/none does not exist"),
        ("a link is relative to its document",
         with_file("common/A.md", "[b](common/base/view.h)\n"),
         "does not exist"),
        ("a comment cites what is not there",
         {**function("    /* node/mesh/NONE.md */"), "A.md": "x\n"},
         "node/mesh/NONE.md does not exist"),
        ("an empty tree", CLEAN, "found no document"),
    ],
    "check-cppcheck": [
        ("clean", CLEAN, None),
        ("beyond the end", function("    int b[2];\n    b[a & 1] = a;\n"
                                    "    return b[2];"), "arrayIndexOutOf"),
    ],
}

# A library of a pure layer made of one file.
PURE = [
    ("clean", "base", '#include <string.h>\nint f(char *a, char *b) '
     "{ memcpy(a, b, strlen(b)); return 0; }", None),
    ("a clock", "base", "#include <time.h>\nlong f(void) { return time(0); }",
     "takes time"),
    ("another clock", "mesh", "#include <time.h>\nint f(struct timespec *t) "
     "{ return clock_gettime(0, t); }", "takes clock_gettime"),
    ("a socket", "policy", "#include <sys/socket.h>\nint f(void) "
     "{ return socket(1, 1, 0); }", "takes socket"),
    ("a file", "conf", "#include <stdio.h>\nvoid *f(void) "
     '{ return fopen("a", "r"); }', "takes fopen"),
    ("output", "lang", '#include <stdio.h>\nvoid f(void) { puts("a"); }',
     "takes puts"),
    ("a random source", "alert", "void randombytes_buf(void *, unsigned long);"
     "\nvoid f(void *a) { randombytes_buf(a, 4); }", "takes randombytes_buf"),
    ("a heap in the core", "mesh", "#include <stdlib.h>\nvoid *f(void) "
     "{ return malloc(4); }", "takes malloc"),
    ("a heap in a decision", "policy", "#include <stdlib.h>\nvoid *f(void) "
     "{ return malloc(4); }", "libtcn_policy.a:decide.c.o: takes malloc"),
    ("a heap where it may be", "conf", "#include <stdlib.h>\nvoid *f(void) "
     "{ return malloc(4); }", None),
    ("a call up into a higher layer", "base",
     "int tcn_mesh_step(void);\nint f(void) { return tcn_mesh_step(); }",
     "takes tcn_mesh_step"),
]

TIDY = [
    ("clean", "int f(int a);\nint f(int a)\n{\n    return a;\n}\n", None),
    ("a null pointer", "int f(void);\nint f(void)\n{\n    int *a = 0;\n"
     "    return *a;\n}\n", "NullDereference"),
    ("a comparison with itself", "int f(int a);\nint f(int a)\n{\n"
     "    return a == a;\n}\n", "misc-redundant-expression"),
]

JUNIT = [
    ("run", '<testcase status="run"/>', "1 0 0"),
    ("failed", '<testcase status="fail"><failure message=""/></testcase>',
     "0 1 0"),
    ("skipped by itself", '<testcase status="notrun">'
     '<skipped message="SKIP_RETURN_CODE=77"/></testcase>', "0 0 1"),
    ("program missing", '<testcase status="notrun">'
     '<skipped message="Unable to find executable"/></testcase>', "0 1 0"),
    ("sum", '<testcase status="run"/>' * 3
     + '<testcase status="fail"><failure/></testcase>' * 2, "3 2 0"),
    ("cut off", "<testcase", "0 1 0"),
]


BUILD = ("cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES C)\n"
         "add_library(p STATIC p.c)\n"
         "target_compile_options(p PRIVATE -Wall -Wextra -Werror)\n")
CLANG = [
    ("clean", "int f(void);\nint f(void)\n{\n    return 1;\n}\n", None),
    ("what gcc lets pass", "int f(int a);\nint f(int a)\n{\n"
     "    a = a;\n    return a;\n}\n", "-Wself-assign"),
]

# Changes of the files in config/: (name, file, old, new, what it must say)
UNIT = "systemd/tocsind.service.in"
SYSTEMD = [
    ("as it is", UNIT, "", "", None),
    ("uids hidden", UNIT, "PrivateIPC=yes", "PrivateUsers=yes",
     "PrivateUsers= hides"),
    ("no watchdog", UNIT, "WatchdogSec=30s", "", "lacks WatchdogSec"),
    ("no netlink", UNIT, " AF_NETLINK", "", "keeps libzmq from AF_NETLINK"),
    ("unconfined", UNIT, "CapabilityBoundingSet=", "#", "not confined"),
    ("not a setting", UNIT, "ProtectHome=yes", "ProtectHouse=yes",
     "Unknown key"),
    ("a missing user", "sysusers.d/tocsin.conf", "u     tocsin-link ",
     "# ", "no user tocsin-link"),
]


# Changes of the pages of the manual: (name, page, old, new, what it must say)
PAGES = ("node/cli/tocsin.1", "node/daemon/tocsind.8",
         "node/link/tocsin-link.8", "node/feed/tocsin-feed.8")
MANUALS = [
    ("as they are", PAGES[0], "", "", None),
    ("an option less", PAGES[0], "published", "unread",
     "does not know --published-only"),
    ("another word", PAGES[1], "SIGHUP", "SIGUSR1",
     "node/daemon/tocsind.8 is not what tocsind says"),
    ("of another version", PAGES[2], "Tocsin 0", "Tocsin 9",
     "node/link/tocsin-link.8 is not what tocsin-link says"),
    ("cut off", PAGES[3], ".SH SEE ALSO", "", "tocsin-feed.8 is not"),
]


def write(root, files):
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def script(name, *args):
    done = subprocess.run([os.path.join(ROOT, "scripts", name), *args],
                          text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def tree_row(name, root, row):
    _, files, _ = row
    write(root, {**files, ".clang-format": open(
        os.path.join(ROOT, ".clang-format"), encoding="utf-8").read()})
    return script(name, root)


def pure_row(name, root, row):
    _, layer, source, _ = row
    obj = "decide.c.o" if layer == "policy" else "a.c.o"
    write(root, {"a.c": source})
    subprocess.run(["gcc", "-O2", "-c", "a.c", "-o", obj], cwd=root,
                   check=True)
    subprocess.run(["ar", "rc", f"libtcn_{layer}.a", obj], cwd=root,
                   check=True)
    return script(name, root)


def tidy_row(name, root, row):
    path = os.path.join(root, "a.c")
    write(root, {"a.c": row[1], ".clang-tidy": open(
        os.path.join(ROOT, ".clang-tidy"), encoding="utf-8").read(),
        "compile_commands.json": f'[{{"directory": "{root}", "command": '
        f'"gcc -ftrivial-auto-var-init=zero -c {path}", "file": "{path}"}}]'})
    return script(name, root, path)


def systemd_row(name, root, row):
    _, path, old, new, _ = row
    config = os.path.join(root, "config")
    shutil.copytree(os.path.join(ROOT, "config"), config)
    with open(os.path.join(config, path), encoding="utf-8") as file:
        text = file.read()
    if old not in text:
        return 0, f"{path} does not hold {old!r}"
    write(config, {path: text.replace(old, new)})
    return script(name, config)


def manual_row(name, root, row):
    for page in PAGES:
        with open(os.path.join(ROOT, page), encoding="utf-8") as file:
            text = file.read()
        if page == row[1] and row[2] not in text:
            return 0, f"{page} does not hold {row[2]!r}"
        write(root, {page: text.replace(row[2], row[3])
                     if page == row[1] else text})
    return script(name, sys.argv[2], root)


def clang_row(name, root, row):
    write(root, {"CMakeLists.txt": BUILD, "p.c": row[1]})
    return script(name, os.path.join(root, "build"), root)


def junit_row(name, root, row):
    write(root, {"r.xml": f"<testsuite>{row[1]}</testsuite>"
                 if row[0] != "cut off" else row[1]})
    return script(name, os.path.join(root, "r.xml"))


KINDS = {"check-clang": (CLANG, clang_row),
         "check-pure": (PURE, pure_row), "check-tidy": (TIDY, tidy_row),
         "check-systemd": (SYSTEMD, systemd_row),
         "check-manuals": (MANUALS, manual_row),
         "junit-totals": (JUNIT, junit_row)}


def main():
    name = sys.argv[1]
    rows, run = KINDS.get(name) or (TREES[name], tree_row)
    failed = 0
    for row in rows:
        must_say = row[-1]
        with tempfile.TemporaryDirectory(prefix="tocsin-form-") as root:
            code, said = run(name, root, row)
        if code == SKIPPED:
            print(said)
            sys.exit(SKIPPED)
        fine = code == 0 if must_say is None else must_say in said
        if must_say is not None and run is not junit_row:
            fine = fine and code != 0
        if not fine:
            failed += 1
            print(f"{name}: {row[0]}: expected {must_say or 'a pass'}, "
                  f"got exit {code}:\n{said}")
    if failed:
        sys.exit(f"{name}: {failed} of {len(rows)} rows failed")
    print(f"{name}: {len(rows)} rows")


main()
