# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of files as the database of a CA keeps them: valid after a move, through a link and in another checkout.

Private to this collection.
"""

from __future__ import annotations

import functools
import os


class Places:
    """Converts paths of files to and from the texts in the database of the CA in ``directory``.

    A text is relative to the CA's directory for what is below it or below its parent directory, which move together
    with it, and is the real path for everything else. Without a directory, paths stay as they are.
    """

    def __init__(self, directory: str = "") -> None:
        self._directory = directory
        self._real = os.path.realpath(directory) if directory else ""
        self._real_directory = functools.cache(os.path.realpath)

    def stored(self, path: str) -> str:
        """Return the text for ``path``."""
        if not path or not self._directory:
            return path
        directory, name = os.path.split(path)
        real = os.path.join(self._real_directory(directory), name)
        parent = os.path.dirname(self._real)
        # What is below the root directory does not move together.
        top = self._real if parent == "/" else parent
        return os.path.relpath(real, self._real) if _is_below(real, top) else real

    def path(self, text: str) -> str:
        """Return the path for a text: below the directory as it was given, or real."""
        if not text or not self._directory:
            return text
        return os.path.normpath(os.path.join(self._real if text.startswith("..") else self._directory, text))

    def adopted(self, path: str) -> str:
        """Return the text for the absolute path that an earlier version has kept.

        The directory may have moved since: of a file that is missing, the same one below the directory is taken.
        """
        if path and not os.path.lexists(path):
            parts = path.split(os.sep)
            for start in range(1, len(parts)):
                if os.path.lexists(os.path.join(self._real, *parts[start:])):
                    return os.path.join(*parts[start:])
        return self.stored(path)


def _is_below(path: str, directory: str) -> bool:
    return path.startswith(directory.rstrip(os.sep) + os.sep)


def is_same(one: str, other: str) -> bool:
    """Return whether two paths are the same file, whatever links lead to its directory."""
    if one == other:
        return True
    (first, name), (second, other_name) = os.path.split(one), os.path.split(other)
    return name == other_name and os.path.realpath(first) == os.path.realpath(second)
