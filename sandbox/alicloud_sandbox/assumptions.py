# SPDX-License-Identifier: GPL-3.0-or-later
"""The register of the sandbox's assumptions about Alibaba Cloud, beyond its public documentation.

Code that rests on an assumption registers it where it is used; ``docs/sandbox/assumptions.md`` is generated from here.
An assumption that turns out to be documented leaves the register, and a comment beside the code names the page.
"""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN, PRACTICE, CHOICE = "unknown", "practice", "choice"
# In the order of the page, each with its explanation.
VERDICTS = {
    UNKNOWN: "Neither documented nor seen in practice. A call on a real account would settle the question.",
    PRACTICE: "Not documented, but shown by programs in use with real accounts, or by reports of their users.",
    CHOICE: "The sandbox does less than the real service, or differs from it on purpose.",
}


@dataclass(frozen=True)
class Assumption:
    """An assumption: ``text`` says what the sandbox does, ``source`` what that was concluded from.

    ``date`` (``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``) is the date of the source, or for UNKNOWN the day of the last
    search for one. ``settle`` is the single call on a real account that would settle the question.
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

    Raises ValueError for a name that is registered already, and for a verdict that is not in ``VERDICTS``.
    """
    if name in ASSUMPTIONS:
        raise ValueError(f"assumption {name} is registered twice")
    if verdict not in VERDICTS:
        raise ValueError(f"assumption {name}: {verdict!r} is none of {', '.join(VERDICTS)}")
    ASSUMPTIONS[name] = Assumption(name, text, source, verdict, date, settle)
    return name
