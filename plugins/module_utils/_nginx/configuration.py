# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test new files with Nginx, together with its live configuration, without a change to the latter.

Nginx is given copies of the files that it reads. They are found as Nginx finds them, by the ``include`` directives, and
written below the stage under their real names. In the copies every ``include`` leads to the next copy, and every
directive that names a certificate or a key leads to the staged one. Links are followed when a file is read, and
never when one is written: it does not matter which of the directories and files are links, or by which of its names a
file is included.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import shutil
import subprocess
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


def statements(text: str) -> t.Iterator[tuple[list[Word], int, str]]:
    """Yield the words before every ``;``, ``{`` and ``}`` of a configuration, the position behind it, and that sign."""
    words: list[Word] = []
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:  # a backslash at the end of the file: Nginx will say what is wrong
            return
        position = match.end()
        kind = str(match.lastgroup)
        if kind == "end":
            yield words, position, match["end"]
            if match["end"] == "{" and words and words[0].value.endswith("_by_lua_block"):
                position = _end_of_lua(text, position)
                yield [], position, "}"
            words = []
        elif kind != "space":
            value = ESCAPE.sub(lambda escape: ESCAPED.get(escape[1], escape[1]), match[kind])
            words.append(Word(value, match.start(), position))


def directives(text: str) -> t.Iterator[tuple[list[Word], int]]:
    """Yield the directives of a configuration, each as its words and the position behind its ``;`` or ``{``."""
    for words, position, _sign in statements(text):
        if words:
            yield words, position


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

    def __init__(self, main: str, stage: str, pem: dict[str, str], configurations: dict[str, str | None]) -> None:
        """Take ``nginx.conf``, the stage, and the staged file of every live path; ``write`` makes the copy.

        ``pem`` has the certificates and keys, ``configurations`` the files of the sites, with ``None`` for one that is
        to be removed.
        """
        self.main = main
        self.home = os.path.dirname(main)  # where relative names begin, as the configuration spells it
        self.files = os.path.join(stage, "files")
        self.tested = os.path.join(stage, "tested")
        self.tested_main = os.path.join(self.tested, os.path.basename(main))
        self.configurations = {os.path.realpath(path): staged for path, staged in configurations.items()}
        self.pem = pem
        self.staged = {os.path.realpath(path): staged for path, staged in pem.items()}
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
        return self.copy(self.main, self.tested_main)

    def copy(self, path: str, target: str = "") -> str:
        """Write the copy of one file, and of what it includes, and return the path to include instead of ``path``."""
        real = os.path.realpath(path)
        target = target or self.files + real
        source = self.configurations.get(real, real)
        if source is None or not os.path.isfile(source):  # Nginx will say what is wrong with it
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
        found = {path for path in glob.glob(pattern) if self.configurations.get(os.path.realpath(path), "") is not None}
        folder, name = os.path.split(pattern)
        folders = [(path, os.path.realpath(path)) for path in [folder, *glob.glob(folder)]]
        for new, staged in self.configurations.items():
            new_folder, new_name = os.path.split(new)
            hidden = new_name.startswith(".") and not name.startswith(".")
            if staged is not None and fnmatch.fnmatchcase(new_name, name) and not hidden:
                found |= {os.path.join(path, new_name) for path, real in folders if real == new_folder}
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
        live = {staged: path for path, staged in self.pem.items()}
        live.update({self.tested: self.home, self.files + "/": "/"})
        for staged, name in live.items():
            text = text.replace(staged, name)
        return text


class Tested(t.NamedTuple):
    """What Nginx said of a configuration."""

    accepted: bool
    words: str
    read: str


def ask(executable: str, main: str) -> Tested:
    """Have Nginx test the configuration ``main``, and return what it said, with what it has read."""
    # -T prints what Nginx has read when the test has passed. Without standard input no key can ask for a passphrase.
    result = subprocess.run(
        [executable, "-T", "-c", main],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="surrogateescape",
    )
    return Tested(result.returncode == 0, result.stderr, result.stdout)


CONFLICT = re.compile(r'conflicting server name "([^"]*)" on ([^ ,]+)')


def problem(executable: str, copy: Copy, option: t.Callable[[str], str] = str) -> str:
    """Return why the new files cannot be live, or nothing. ``option`` names the option of a path."""
    tested = ask(executable, copy.write())
    if not tested.accepted:
        return _refusal(executable, copy, tested)
    for path, staged in copy.configurations.items():
        if staged is not None and f"# configuration file {copy.files}{path}:\n" not in tested.read:
            return (
                f"{option(path)}: Nginx would not read {path}, since nothing that {copy.main} includes leads there."
                " Nothing has been replaced; what was running goes on. Name a file that one of its include directives"
                " matches."
            )
    new = set(CONFLICT.findall(tested.words))
    if new and any(copy.configurations.values()):
        new -= set(CONFLICT.findall(ask(executable, copy.main).words))
    if new:
        found = ", ".join(f"{name or 'the empty name'} on {address}" for name, address in sorted(new))
        return (
            f"Another server block has this name on this port already, and Nginx would ignore one of the two: {found}."
            " Nothing has been replaced; what was running goes on. Choose another name or port, or remove the other"
            " site."
        )
    return ""


FAULT = re.compile(r"\[emerg\] (?:\d+#\d+: )?(.*?)(?: in \S+?:(\d+))?$", re.MULTILINE)


def _refusal(executable: str, copy: Copy, tested: Tested) -> str:
    words = copy.live_names(tested.words)
    live = ask(executable, copy.main) if os.path.exists(copy.main) else Tested(True, "", "")
    # The same words about the same line: it is not the new files. The names of the files can differ by a link.
    if not live.accepted and FAULT.findall(live.words) == FAULT.findall(words):
        return (
            "The configuration on this server is broken already, without the new files. Nothing has been replaced."
            f" Mend it first. Nginx says:\n{live.words}"
        )
    told = "Nginx does not accept the new files. Nothing has been replaced; what was running goes on. It says:"
    return f"{told}\n{words}"


def missing_directories(files: dict[str, list[str]]) -> list[tuple[str, int]]:
    """Return the directories to make for files, outermost first, each with its mode.

    ``files`` has the paths by kind: ``private_key``, ``page`` and others. The directory of a key is closed to others,
    unless pages are below it. A directory that exists is never among them.
    """
    modes: dict[str, int] = {}
    for paths in files.values():
        for path in paths:
            folder, chain = os.path.dirname(path), []
            while not os.path.isdir(folder):
                chain.append(folder)
                folder = os.path.dirname(folder)
            modes.update(dict.fromkeys(reversed(chain), 0o755))
    pages = [os.path.dirname(path) + "/" for path in files.get("page", [])]
    for path in files.get("private_key", []):
        closed = os.path.dirname(path)
        if closed in modes and not any(page.startswith(closed + "/") for page in pages):
            modes[closed] = 0o700
    return list(modes.items())
