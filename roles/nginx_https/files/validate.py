# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests new files of the role with Nginx, together with its live configuration, without a change to the latter.

Usage: ``python validate.py REQUEST``, with a JSON object that names paths: ``executable`` and ``main`` (Nginx and its
``nginx.conf``), ``stage`` (a directory with the new files ``certificate``, ``private_key`` and ``configuration``), and
``certificate``, ``private_key``, ``configuration`` and ``root``, where these files and the pages are to be live.

Nginx is given copies of the files that it reads. They are found as Nginx finds them, by the ``include`` directives, and
written below the stage under their real names. In the copies every ``include`` leads to the next copy, and every
directive that names the certificate or the key leads to the staged one. Links are followed when a file is read, and
never when one is written: it does not matter which of the directories and files are links, or by which of its names a
file is included.

Prints a JSON object: ``message`` says why the new files cannot be live (empty: they can), ``directories`` lists the
missing directories that they need, each with the mode to make it with. Runs on the server, with Python 3.8 or newer.
"""

from __future__ import annotations

import fnmatch
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import typing as t

TEXT: dict[str, t.Any] = {"encoding": "utf-8", "errors": "surrogateescape", "newline": ""}

# A word of nginx.conf, as ngx_conf_read_token() in src/core/ngx_conf_file.c reads it.
TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+ | \#[^\n]*)
  | (?P<end>[;{}])
  | "(?P<double>(?:\\.|[^"\\])*)"
  | '(?P<single>(?:\\.|[^'\\])*)'
  | (?P<plain>(?:\\.|\$\{?|[^ \t\r\n;{\\$])+)
    """,
    re.VERBOSE | re.DOTALL,
)
ESCAPE = re.compile(r"""\\(["'\\trn])""")
ESCAPED = {"t": "\t", "r": "\r", "n": "\n"}
# A block of Lua, which Nginx leaves to the module that knows the language, ends at its own closing brace.
LUA = re.compile(
    r"""--\[(=*)\[.*?\]\1\]|--[^\n]*|\[(=*)\[.*?\]\2\]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?P<brace>[{}])""", re.DOTALL
)


class Word(t.NamedTuple):
    """A word of a directive: its value, and where in the text it is written."""

    value: str
    start: int
    end: int


def directives(text: str) -> t.Iterator[tuple[list[Word], int]]:
    """Yield the directives of a configuration, each as its words and the position behind its ``;`` or ``{``."""
    words: list[Word] = []
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:  # a backslash at the end of the file: Nginx will say what is wrong
            return
        position = match.end()
        kind = str(match.lastgroup)
        if kind == "end":
            if words:
                yield words, position
            if match["end"] == "{" and words and words[0].value.endswith("_by_lua_block"):
                position = _end_of_lua(text, position)
            words = []
        elif kind != "space":
            value = ESCAPE.sub(lambda escape: ESCAPED.get(escape[1], escape[1]), match[kind])
            words.append(Word(value, match.start(), position))


def _end_of_lua(text: str, position: int) -> int:
    depth = 1
    for match in LUA.finditer(text, position):
        depth += {"{": 1, "}": -1}.get(match["brace"], 0)
        if depth == 0:
            return match.end()
    return len(text)


def quoted(path: str) -> str:
    """Return ``path`` as a word of nginx.conf."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Copy:
    """A copy of Nginx's configuration below the stage, with the new files in the place of the live ones."""

    def __init__(self, request: dict[str, str]) -> None:
        """Take the paths of the request; ``write`` makes the copy."""
        self.request = request
        self.main = request["main"]
        self.home = os.path.dirname(self.main)  # where relative names begin, as the configuration spells it
        self.files = os.path.join(request["stage"], "files")
        self.tested = os.path.join(request["stage"], "tested")
        self.configuration = os.path.realpath(request["configuration"])
        self.staged = {
            os.path.realpath(request[name]): os.path.join(request["stage"], name)
            for name in ("certificate", "private_key")
        }
        self.written: set[str] = set()

    def write(self) -> str:
        """Write the copy of everything that Nginx reads, and return the path of its ``nginx.conf``."""
        for path in (self.files, self.tested):
            if os.path.islink(path):  # never followed
                os.unlink(path)
            elif os.path.isdir(path):
                shutil.rmtree(path)
        # Relative names of other files (dhparam.pem, a list of users) begin at the directory of the tested nginx.conf.
        os.mkdir(self.tested)
        name = os.path.basename(self.main)
        for entry in os.listdir(self.home) if os.path.isdir(self.home) else []:
            if entry != name:
                os.symlink(os.path.join(self.home, entry), os.path.join(self.tested, entry))
        return self.copy(self.main, os.path.join(self.tested, name))

    def copy(self, path: str, target: str = "") -> str:
        """Write the copy of one file, and of what it includes, and return the path to include instead of ``path``."""
        real = os.path.realpath(path)
        target = target or self.files + real
        source = os.path.join(self.request["stage"], "configuration") if real == self.configuration else real
        if not os.path.isfile(source):  # Nginx will say what is wrong with it
            return path
        if target not in self.written:  # or files that include each other would never come to an end
            self.written.add(target)
            with open(source, **TEXT) as file:
                text = file.read()
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", **TEXT) as file:
                file.write(self.rewritten(text))
        return target

    def rewritten(self, text: str) -> str:
        """Return a configuration whose directives lead to copies. Every line keeps its number, for Nginx's messages."""
        if "include" not in text and "certificate" not in text:  # a list of addresses can be long
            return text
        pieces = []
        done = 0
        for words, end in directives(text):
            name = words[0].value
            if name == "include" and len(words) == 2 and text[end - 1] == ";":
                found = (self.copy(path) for path in self.included(words[1].value))
                new = " ".join(f"include {quoted(path)};" for path in found)
                pieces += [text[done : words[0].start], new, "\n" * text.count("\n", words[0].start, end)]
                done = end
                continue
            for word in words[1:]:
                path = self.moved(name, word.value)
                if path:
                    pieces += [text[done : word.start], quoted(path)]
                    done = word.end
        return "".join([*pieces, text[done:]])

    def included(self, pattern: str) -> list[str]:
        """Return the files that an ``include`` stands for once the new configuration is live, in Nginx's order."""
        pattern = os.path.join(self.home, pattern)
        if not re.search(r"[*?\[]", pattern):
            return [pattern]
        found = set(glob.glob(pattern))
        folder, name = os.path.split(pattern)
        new_folder, new_name = os.path.split(self.configuration)
        for path in [folder, *glob.glob(folder)]:
            hidden = new_name.startswith(".") and not name.startswith(".")
            if os.path.realpath(path) == new_folder and fnmatch.fnmatchcase(new_name, name) and not hidden:
                found.add(os.path.join(path, new_name))
        return sorted(found, key=os.fsencode)

    def moved(self, directive: str, value: str) -> str:
        """Return the path to write instead of a directive's value, or nothing when the value stays as it is."""
        path = os.path.join(self.home, value)
        if "certificate" in directive and os.path.realpath(path) in self.staged:
            return self.staged[os.path.realpath(path)]
        # Through `tested` the kernel would look for this one beside it.
        return path if value.startswith("../") and os.path.exists(path) else ""

    def live_names(self, text: str) -> str:
        """Return a message of Nginx with the live names of the files instead of those of the copies."""
        stage = self.request["stage"]
        live = {os.path.join(stage, name): self.request[name] for name in ("certificate", "private_key")}
        live.update({self.tested: self.home, self.files + "/": "/"})
        for staged, name in live.items():
            text = text.replace(staged, name)
        return text


def problem(request: dict[str, str]) -> str:
    """Return why the new files cannot be live, or nothing."""
    copy = Copy(request)
    # -T prints what Nginx has read when the test has passed.
    command = [request["executable"], "-T", "-c", copy.write()]
    result = subprocess.run(command, capture_output=True, check=False, encoding="utf-8", errors="surrogateescape")
    if result.returncode != 0:
        return (
            "Nginx does not accept the new files. Nothing has been replaced; what was running goes on. It says:\n"
            + copy.live_names(result.stderr)
        )
    if f"# configuration file {copy.files}{copy.configuration}:\n" not in result.stdout:
        return (
            f"nginx_https_configuration_path: Nginx would not read {request['configuration']}, since nothing that"
            f" {request['main']} includes leads there. Nothing has been replaced; what was running goes on. Name a file"
            " that one of its include directives matches."
        )
    return ""


def missing_directories(request: dict[str, str]) -> list[dict[str, str]]:
    """Return the directories to make, outermost first, each with its mode.

    That of the key is closed to others, unless the pages are below it. A directory that exists is never among them.
    """
    modes: dict[str, str] = {}
    folders = {name: os.path.dirname(request[name]) for name in ("certificate", "private_key", "configuration")}
    folders["root"] = os.path.dirname(os.path.join(request["root"], "index.html"))
    for folder in folders.values():
        chain = []
        while not os.path.isdir(folder):
            chain.append(folder)
            folder = os.path.dirname(folder)
        modes.update(dict.fromkeys(reversed(chain), "0755"))
    closed = folders["private_key"]
    if closed in modes and not (folders["root"] + "/").startswith(closed + "/"):
        modes[closed] = "0700"
    return [{"path": path, "mode": mode} for path, mode in modes.items()]


def main() -> None:
    """Read the request from the command line, and print the answer."""
    request = json.loads(sys.argv[1])
    message = problem(request).encode("utf-8", "replace").decode("utf-8")  # a name of a file can be any bytes
    print(json.dumps({"message": message, "directories": [] if message else missing_directories(request)}))


if __name__ == "__main__":
    main()
