# SPDX-License-Identifier: GPL-3.0-or-later
"""The one register of what the sandbox assumes about Alibaba Cloud beyond its public documentation.

Code that rests on an assumption registers it where it is used; ``docs/sandbox/assumptions.md`` is generated from here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Assumption:
    """``text`` says what the sandbox does, ``source`` what that was concluded from."""

    name: str
    text: str
    source: str


ASSUMPTIONS: dict[str, Assumption] = {}


def assume(name: str, text: str, source: str) -> str:
    """Registers an assumption and returns its name. The same name twice is an error of the programmer."""
    if name in ASSUMPTIONS:
        raise ValueError(f"assumption {name} is registered twice")
    ASSUMPTIONS[name] = Assumption(name, text, source)
    return name
