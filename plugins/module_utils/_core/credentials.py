# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The choice of credentials: from the options of a task, or from the environment. Pure. Private to this collection.

Credentials come from one source as a whole: a token of the environment does not belong to a key of the task. The task,
``module_defaults`` included, wins over the environment, which a reader of the playbook does not see.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field

from .errors import RefusedError

_KEYS = ("access_key_id", "access_key_secret", "security_token")
_ENVIRONMENT = {
    "access_key_id": "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "access_key_secret": "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "security_token": "ALIBABA_CLOUD_SECURITY_TOKEN",
    "profile": "ALIBABA_CLOUD_PROFILE",
}
_PRINTABLE = re.compile(r"[!-~]+")  # credentials are sent in HTTP headers

ADVICE = (
    "Set access_key_id and access_key_secret (environment variables ALIBABA_CLOUD_ACCESS_KEY_ID and "
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET) or profile, or run where a RAM role gives credentials."
)


@dataclass(frozen=True)
class Source:
    """The source of the credentials: keys, or the name of a profile; the SDK's own chain of sources with neither."""

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    profile: str = ""

    @property
    def account(self) -> str:
        """A text that is different for every account, without a secret."""
        return self.keys.get("access_key_id") or self.profile


def choose(options: Mapping[str, t.Any], environment: Mapping[str, str]) -> Source:
    """Return the keys or the profile of ``options``, else those of the ``environment``.

    Raises:
        RefusedError: the options contradict each other, or keys are incomplete or malformed. The message has no secret.
    """
    keys, profile = _keys({name: options.get(name) for name in _KEYS}, ""), str(options.get("profile") or "").strip()
    if keys and profile:
        raise RefusedError(
            f"Both {', '.join(keys)} and profile are given, and they can belong to different accounts.",
            "Leave one of the two out.",
        )
    if keys or profile:
        return Source(keys, profile)
    found = {name: environment.get(variable) for name, variable in _ENVIRONMENT.items()}
    keys = _keys({name: found[name] for name in _KEYS}, "environment variable ")
    # As in the chain of the SDK: keys of the environment come before a profile.
    return Source(keys) if keys else Source(profile=(found["profile"] or "").strip())


def secrets(environment: Mapping[str, str]) -> set[str]:
    """Return the secrets in the ``environment``, so that they can be hidden from all output."""
    names = ("access_key_secret", "security_token")
    return {value for name in names if (value := environment.get(_ENVIRONMENT[name], "").strip())}


def _keys(given: Mapping[str, str | None], where: str) -> dict[str, str]:
    names = {name: f"{where}{_ENVIRONMENT[name]}" if where else name for name in given}
    keys = {name: stripped for name, value in given.items() if (stripped := (value or "").strip())}
    for name, value in keys.items():
        if not _PRINTABLE.fullmatch(value):
            raise RefusedError(
                f"{names[name]} has a line break, a blank or another character in it that no credential has.",
                "Copy it from the console, without anything around it.",
            )
    if keys and not {"access_key_id", "access_key_secret"} <= keys.keys():
        lacking = [names[name] for name in ("access_key_id", "access_key_secret") if name not in keys]
        present = ", ".join(names[name] for name in keys)
        raise RefusedError(f"{present} is given without {' and '.join(lacking)}; they belong together.", ADVICE)
    return keys
