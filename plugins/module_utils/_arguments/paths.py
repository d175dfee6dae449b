# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of paths that a module or a role writes to or reads from. Private to this collection.

A task on the controller runs in the directory of its playbook. The directory of a playbook in a collection is deleted
by ``ansible-galaxy collection install --force``, and with it all keys under a relative path.
"""

from __future__ import annotations

import os
import re
import typing as t

from . import texts

HINT = "Write an absolute path outside of the collections, such as {{ inventory_dir }}/pki."

_COLLECTIONS = "ansible_collections"
_NOTHING = ("none", "null", "omit", "undefined")
_VARIABLE = re.compile(r"\$(?:\w+|\{[^}]*\})")


def fault(path: t.Any) -> str | None:
    """Return why ``path``, with ``~`` and environment variables expanded, cannot be used for keys; None if it can."""
    if path is None or (isinstance(path, str) and not path.strip()):
        return "is empty"
    if not isinstance(path, str):
        return f"has to be a path, not a value of type {type(path).__name__}"
    if path.strip().lower() in _NOTHING:
        return f"is {path!r}, which is what a template makes of a variable without a value"
    if octet := next((ord(character) - 0xDC00 for character in path if "\udc80" <= character <= "\udcff"), None):
        return f"is {path!r}, whose octet 0x{octet:02X} is not UTF-8: give the file or directory another name"
    if texts.control_character(path):
        return "holds a line break or another control character"
    if path != path.strip():
        return f"is {path!r}, with a blank at its beginning or end"
    if variable := _VARIABLE.search(path):
        return f"is {path!r}, and there is no environment variable {variable[0]}"
    if not os.path.isabs(path):
        return f"is {path!r}, which is relative"
    for place in (os.path.normpath(path), os.path.realpath(path)):
        if _COLLECTIONS in place.split(os.sep):
            return f"is {path!r}, which is among the installed collections, where an update deletes it"
    return None


def message(option: str, path: t.Any) -> str | None:
    """Return what is wrong with the ``path`` in ``option``, with the hint; None if nothing is."""
    found = fault(path)
    return f"{option} {found}. {HINT}" if found else None


def expanded(path: t.Any) -> t.Any:
    """Return ``path`` with ``~`` and environment variables expanded, as Ansible does for options of type path."""
    return os.path.expanduser(os.path.expandvars(path)) if isinstance(path, str) else path
