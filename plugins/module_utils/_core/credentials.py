# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which credentials count. Pure. This module is PRIVATE to the collection.

They come from one source as a whole: a token of the environment beside a key of the task would be another account's, or
nobody's. What the task says, ``module_defaults`` included, wins over the environment, which nobody sees in a playbook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import RefusedError

_KEYS = ("access_key_id", "access_key_secret", "security_token")
_ENVIRONMENT = {
    "access_key_id": "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "access_key_secret": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "security_token": "ALIBABA_CLOUD_SECURITY_TOKEN",
    "profile": "ALIBABA_CLOUD_PROFILE",
}
_PRINTABLE = re.compile(r"[!-~]+")  # they go into a header of HTTP

ADVICE = (
    "Set access_key_id and access_key_secret (environment variables ALIBABA_CLOUD_ACCESS_KEY_ID and "
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET) or profile, or run where a RAM role gives credentials."
)


@dataclass(frozen=True)
class Source:
    """Where the credentials come from: keys, or the name of a profile; the chain of the SDK when there is neither."""

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    profile: str = ""

    @property
    def account(self) -> str:
        """What tells this account from others, without a secret."""
        return self.keys.get("access_key_id") or self.profile


def choose(options: Mapping[str, Any], environment: Mapping[str, str]) -> Source:
    """Return the source that counts: the keys or the profile of ``options``, else those of the ``environment``.

    Raises:
        RefusedError: the options contradict each other, or keys are incomplete or malformed. It shows no secret.
    """
    keys, profile = _keys({name: options.get(name) for name in _KEYS}, ""), str(options.get("profile") or "").strip()
    if keys and profile:
        raise RefusedError(
            f"Both {', '.join(keys)} and profile are given, which can be two accounts.", "Leave one of the two out."
        )
    if keys or profile:
        return Source(keys, profile)
    found = {name: environment.get(variable) for name, variable in _ENVIRONMENT.items()}
    keys = _keys({name: found[name] for name in _KEYS}, "environment variable ")
    # As in the chain of the SDK: keys of the environment come before a profile.
    return Source(keys) if keys else Source(profile=(found["profile"] or "").strip())


def secrets(environment: Mapping[str, str]) -> set[str]:
    """Return the secrets in the ``environment``, to be hidden from all output."""
    names = ("access_key_secret", "security_token")
    return {value for name in names if (value := environment.get(_ENVIRONMENT[name], "").strip())}


def _keys(given: Mapping[str, str | None], where: str) -> dict[str, str]:
    names = {name: f"{where}{_ENVIRONMENT[name]}" if where else name for name in given}
    keys = {name: stripped for name, value in given.items() if (stripped := (value or "").strip())}
    for name, value in keys.items():
        if not _PRINTABLE.fullmatch(value):
            raise RefusedError(
                f"{names[name]} has a line break, a blank or a character in it that no credential has.",
                "Give it as the console shows it, without anything around it.",
            )
    if keys and not {"access_key_id", "access_key_secret"} <= keys.keys():
        lacking = [names[name] for name in ("access_key_id", "access_key_secret") if name not in keys]
        there = ", ".join(names[name] for name in keys)
        raise RefusedError(f"{there} is given without {' and '.join(lacking)}; they belong together.", ADVICE)
    return keys
