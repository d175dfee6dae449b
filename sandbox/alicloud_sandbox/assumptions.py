# SPDX-License-Identifier: GPL-3.0-or-later
"""The one register of what the sandbox assumes about Alibaba Cloud beyond its public documentation.

Code that rests on an assumption registers it where it is used; ``docs/sandbox/assumptions.md`` is generated from here.
What turns out to be documented leaves the register: a comment beside the code names the page then.
"""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN, PRACTICE, CHOICE = "unknown", "practice", "choice"
# In the order in which the page has them, with what they say about an entry.
VERDICTS = {
    UNKNOWN: "No document says it, and nobody was seen to meet it. A call on a real account would settle it.",
    PRACTICE: "No document says it, but programs in use with real accounts, or reports of their users, show it.",
    CHOICE: "The sandbox does less than the real service, or decides for itself. This says nothing about the service.",
}


@dataclass(frozen=True)
class Assumption:
    """``text`` says what the sandbox does, ``source`` what that was concluded from.

    ``date`` is that of the source (``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``), and for what is unknown the day on which
    it was last looked for. ``settle`` is the single call on a real account that would settle it.
    """

    name: str
    text: str
    source: str
    verdict: str = UNKNOWN
    date: str = ""
    settle: str = ""


ASSUMPTIONS: dict[str, Assumption] = {}


def assume(name: str, text: str, source: str, verdict: str = UNKNOWN, date: str = "", settle: str = "") -> str:
    """Registers an assumption and returns its name.

    Raises ValueError for a name that is registered already, and for another verdict than those of ``VERDICTS``: what is
    documented is no assumption.
    """
    if name in ASSUMPTIONS:
        raise ValueError(f"assumption {name} is registered twice")
    if verdict not in VERDICTS:
        raise ValueError(f"assumption {name}: {verdict!r} is none of {', '.join(VERDICTS)}")
    ASSUMPTIONS[name] = Assumption(name, text, source, verdict, date, settle)
    return name
