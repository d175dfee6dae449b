# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the services for names. Pure. Private to this collection.

ALB has one rule for load balancers, server groups, rules, lists and policies: 2 to 128 characters, of which the first
is a letter or a digit, and the others may also be a point, an underscore, a hyphen or a blank (CreateServerGroup).
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .._arguments import texts
from .errors import RefusedError
from .values import KNOWN_AFTER_APPLY

UPLOAD_LIMIT = 63  # characters of a name (UploadUserCertificate)
DIGEST = 9  # of these, for a hyphen and the first digits of the fingerprint


@dataclass(frozen=True)
class Rule:
    """A rule for names.

    Attributes:
        longest: the greatest number of characters.
        pattern: fits the whole name.
        words: the rule as a sentence.
    """

    longest: int
    pattern: re.Pattern[str]
    words: str


_LABEL = r"(?!-)[^\s/@.]{1,63}(?<!-)"  # of a relative name (terraform-provider-alicloud, alidns_record)

RULES = {
    "alb": Rule(
        128,
        re.compile(r"[^\W_][\w. -]*[\w.-]"),
        "A name has 2 to 128 letters, digits, points, underscores, hyphens and blanks, first a letter or digit.",
    ),
    "certificate": Rule(
        UPLOAD_LIMIT - DIGEST, re.compile(r"\S(.*\S)?"), f"A name has 1 to {UPLOAD_LIMIT - DIGEST} characters."
    ),
    "repository": Rule(128, re.compile(r"\S(.*\S)?"), "A name has 1 to 128 characters."),
    "domain": Rule(253, re.compile(r"[^\s/@.]+(\.[^\s/@.]+)+\.?"), "Write it as example.com."),
    "rr": Rule(
        253,
        re.compile(rf"@|{_LABEL}(\.{_LABEL})*"),
        "Write it as www, or as @ for the domain itself; a label has up to 63 characters, and no hyphen at its ends.",
    ),
}
# The options that hold names, and the rule for each, by product.
_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "alb": {"name": "alb", "load_balancer_name": "alb"},
    "cas": {"name": "certificate", "repository": "repository"},
    "alidns": {"domain": "domain", "rr": "rr"},
}


def message(option: str, name: t.Any, kind: str) -> str | None:
    """Return what is wrong with the ``name`` in ``option``, as a sentence with the rule; None if nothing is."""
    rule = RULES[kind]
    if name is None or (isinstance(name, str) and not name.strip()):
        found = "is empty"
    elif not isinstance(name, str):
        found = f"{name!r} is not text"
    elif texts.control_character(name):
        found = f"{name!r} holds a line break or another control character"
    elif len(name) > rule.longest:
        found = f"{name!r} is too long: it has {len(name)} characters"
    elif not rule.pattern.fullmatch(name):
        found = f"{name!r} cannot be a name"
    else:
        return None
    return f"{option} {found}. {rule.words}"


def check(product: str, params: Mapping[str, t.Any], kinds: Mapping[str, str] | None = None) -> None:
    """Raise RefusedError for a name in ``params`` that ``product`` does not allow.

    ``kinds``: the rules for options that differ from those of the product.
    """
    for option, kind in {**_OPTIONS.get(product, {}), **(kinds or {})}.items():
        name = params.get(option)
        if name not in (None, KNOWN_AFTER_APPLY) and (found := message(option, name, kind)):
            raise RefusedError(found)
