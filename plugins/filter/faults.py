# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the variables of a role, as sentences for its user."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..module_utils._arguments import paths
from ..module_utils._core import names

# What a new version of this collection replaces, wherever it is installed.
_ROOT = Path(__file__).resolve().parents[2]
_SHIPPED = tuple(_ROOT / name for name in ("meta", "playbooks", "plugins", "roles"))


def path_faults(given: Mapping[str, t.Any], optional: bool = False) -> list[str]:
    """Return a sentence for each path in ``given``, variable by variable, at which no key is safe.

    With ``optional`` a value may be empty or a list of paths.
    """
    found = []
    for variable, value in _each(given) if optional else given.items():
        if optional and value in (None, ""):
            continue
        path = paths.expanded(value)
        if sentence := paths.message(variable, path):
            found.append(sentence)
        elif any(Path(path).resolve().is_relative_to(shipped) for shipped in _SHIPPED):
            found.append(
                f"{variable} is {path!r}, which is in this collection, where an update deletes it. {paths.HINT}"
            )
    return found


def _each(given: Mapping[str, t.Any]) -> Iterator[tuple[str, t.Any]]:
    """Yield each variable with its value, and each item of a list with its place."""
    for variable, value in given.items():
        if isinstance(value, list):
            yield from ((f"{variable}[{place}]", item) for place, item in enumerate(value))
        else:
            yield variable, value


def name_faults(given: Mapping[str, t.Any], kind: str = "alb") -> list[str]:
    """Return a sentence for each name in ``given``, variable by variable, that the service does not take."""
    return [sentence for variable, name in given.items() if (sentence := names.message(variable, name, kind))]


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"path_faults": path_faults, "name_faults": name_faults}
