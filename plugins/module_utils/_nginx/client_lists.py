# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of client certificates on a server: directories with an empty file per fingerprint.

Nginx looks a fingerprint up when a request comes (client_identity.py), and remembers the outcome for a second. A new
list is a new directory, and one rename of a symbolic link makes all of it count: no reload, no connection that closes,
and none that goes on with the previous list.

Nginx looks up what the load balancer has sent, as it is, so every fingerprint has a file for each form in which it may
be written. They are hard links to one file, which take no inodes.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import typing as t
from dataclasses import dataclass, field

from .client_forms import FormError, fingerprint, written
from .client_identity import COMPLETE
from .files import SiteError, sync

KINDS = ("revoked", "denied", "allowed")
CLIENT_LISTS = "client_lists"  # directory beside nginx.conf, with one for each site
_LISTED = 0o755  # mode of the directories: Nginx's workers look fingerprints up
_LINKS = 30000  # hard links to one file; ext4 allows 65,000
_LIST = re.compile(r"(revoked|denied|allowed)\.[0-9a-f]{16}")


def read_revoked(text: str, option: str) -> tuple[str, ...]:
    """Return the fingerprints in a list of the module client_deny_list. Raises SiteError for anything else."""
    try:
        contents = json.loads(text)
        clients = contents["clients"]
        if contents["format"] != 1:
            raise ValueError(f"its format is {contents['format']!r}, not 1")
        found = [fingerprint(client[kind]) for client in clients for kind in ("sha1", "sha256") if client.get(kind)]
        if any(not (client.get("sha1") or client.get("sha256")) for client in clients):
            raise ValueError("one of its clients has no fingerprint")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SiteError(
            f"{option}: the list of revoked clients cannot be used: {type(error).__name__}: {error}. The previous list"
            " stays. Make the list again with the module client_deny_list."
        ) from error
    return tuple(found)


def read_fingerprints(text: str, option: str) -> tuple[str, ...]:
    """Return the fingerprints of a file with one on each line. Raises SiteError for any other line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].strip()
        try:
            found += [fingerprint(words)] if words else []
        except FormError as error:
            raise SiteError(f"{option}, line {number}: {error} The previous list stays.") from error
    return tuple(found)


@dataclass
class Lists:
    """The lists of one site below ``directory``, with the wanted fingerprints by kind."""

    directory: str
    wanted: t.Mapping[str, t.Iterable[str]]
    kinds: tuple[str, ...] = KINDS  # others stay as they are
    before: dict[str, str | None] = field(default_factory=dict)  # targets of the links that were switched

    def changed(self) -> list[str]:
        """Return the kinds whose list is not the wanted one. Raises SiteError for what is not a list."""
        if os.path.lexists(self.directory) and (os.path.islink(self.directory) or not os.path.isdir(self.directory)):
            raise SiteError(f"{self.directory} is no directory; lists of clients are kept there. Move it away.")
        for kind in KINDS:
            path = os.path.join(self.directory, kind)
            if os.path.lexists(path) and not os.path.islink(path):
                raise SiteError(f"{path} is not a list that this role has made. Move it away.")
        return [kind for kind in self.kinds if self._differs(kind)]

    def _differs(self, kind: str) -> bool:
        current = self._current(kind)
        if kind not in self.wanted:
            return current is not None
        complete = os.path.join(self.directory, kind, COMPLETE)
        return current != _name(kind, self.wanted[kind]) or not os.path.exists(complete)

    def _current(self, kind: str) -> str | None:
        path = os.path.join(self.directory, kind)
        return os.readlink(path) if os.path.islink(path) else None

    def switch(self) -> None:
        """Make the wanted lists count. Whatever it raises, the previous ones do. Lists without use stay until tidy."""
        kinds = [kind for kind in self.changed() if kind in self.wanted]
        if kinds:
            for path in (os.path.dirname(self.directory), self.directory):
                if not os.path.isdir(path):
                    os.mkdir(path)
                    os.chmod(path, _LISTED)
        for kind in kinds:
            make(os.path.join(self.directory, _name(kind, self.wanted[kind])), self.wanted[kind])
        try:
            for kind in kinds:
                current = self._current(kind)
                self._point(kind, _name(kind, self.wanted[kind]))
                self.before[kind] = current
        except BaseException:
            self.undo()
            raise

    def _point(self, kind: str, name: str) -> None:
        path = os.path.join(self.directory, kind)
        new = f"{path}.new"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        os.symlink(name, new)
        os.rename(new, path)
        sync(self.directory)

    def undo(self) -> None:
        """Have the previous lists count again."""
        for kind, name in self.before.items():
            if name is None:
                os.unlink(os.path.join(self.directory, kind))
            else:
                self._point(kind, name)
        self.before = {}

    def tidy(self) -> None:
        """Remove lists that no link leads to; without wanted lists, all of them."""
        if not os.path.isdir(self.directory):
            return
        for kind in self.kinds:
            if kind not in self.wanted and self._current(kind):
                os.unlink(os.path.join(self.directory, kind))
        used = {self._current(kind) for kind in KINDS}
        for name in os.listdir(self.directory):
            if _LIST.fullmatch(name) and name not in used:
                shutil.rmtree(os.path.join(self.directory, name))
        if not self.wanted:
            with contextlib.suppress(OSError):  # something else is there
                os.rmdir(self.directory)
                os.rmdir(os.path.dirname(self.directory))


def replace_revoked(
    main: str, fingerprints: t.Sequence[str], names: t.Sequence[str] | None, write: bool
) -> dict[str, t.Any]:
    """Bring revoked clients to the sites ``names``, or to all that look up a list of them; return the module's result.

    ``main`` is nginx.conf. Raises SiteError before the first write, and for a list that could not be written.
    """
    folder = os.path.join(os.path.dirname(main), CLIENT_LISTS)
    found = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    sites = [name for name in found if os.path.islink(os.path.join(folder, name, "revoked"))]
    missing = sorted(set(names or ()) - set(sites))
    if missing or not sites:
        raise SiteError(
            f"{'No site' if not missing else ', '.join(missing) + ': no such site'} on this server looks up revoked"
            " clients. Give the site client_identity.revoked_src, and run the role nginx_https."
        )
    lists = [Lists(os.path.join(folder, name), {"revoked": fingerprints}, ("revoked",)) for name in names or sites]
    changed = bool([kind for each in lists for kind in each.changed()])  # looks at all of them
    try:
        for each in lists if write else ():
            each.switch()
            each.tidy()
    except OSError as error:
        raise SiteError(
            f"The list could not be written: {error}. The previous one stays where it is not written yet. Remove the"
            " cause, and run the task again."
        ) from error
    return {"changed": changed, "sites": list(names or sites), "count": len(set(fingerprints))}


def _name(kind: str, fingerprints: t.Iterable[str]) -> str:
    """Return the name of the directory of a list, which follows from its contents."""
    return f"{kind}.{hashlib.sha256(' '.join(sorted(set(fingerprints))).encode()).hexdigest()[:16]}"


def make(path: str, fingerprints: t.Iterable[str]) -> None:
    """Make the directory of a list anew. The file that marks it as complete comes last."""
    if os.path.lexists(path):  # an interrupted run has left it
        shutil.rmtree(path)
    os.mkdir(path)
    os.chmod(path, _LISTED)
    first = ""
    for number, name in enumerate(name for each in sorted(set(fingerprints)) for name in written(each)):
        target = os.path.join(path, name)
        if number % _LINKS == 0:
            _touch(target)
            first = target
        else:
            os.link(first, target)
    _touch(os.path.join(path, COMPLETE))
    sync(path)


def _touch(path: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        os.fchmod(descriptor, 0o644)
    finally:
        os.close(descriptor)
