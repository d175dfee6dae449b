# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds an access key: in the environment, in a profile of the official command line, or in the SDK's chain."""

from __future__ import annotations

import importlib
import json
import os
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

_HELP = (
    "Set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (and ALIBABA_CLOUD_SECURITY_TOKEN), give "
    "--profile, or install alibabacloud-credentials, which knows the other sources."
)


class CredentialsError(Exception):
    """A missing or unreadable access key."""


@dataclass(frozen=True)
class Credentials:
    """An access key, and the token that goes with a temporary one."""

    key: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def find(profile: str = "") -> Credentials:
    """Returns the access key of ``profile``, or else of the environment, or of the SDK's chain.

    Raises CredentialsError. Key, secret and token always come from one source.
    """
    if profile:
        return _of_profile(profile)
    names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
    key, secret, token = (os.environ.get(name, "") for name in names)
    return Credentials(key, secret, token) if key and secret else _of_chain()


def _of_profile(name: str) -> Credentials:
    path = Path(os.environ.get("ALIBABA_CLOUD_CONFIG_FILE") or "~/.aliyun/config.json").expanduser()
    try:
        profiles = json.loads(path.read_text(encoding="utf-8"))["profiles"]
        found = next((item for item in profiles if item.get("name") == name), None)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise CredentialsError(f"{path} cannot be read: {problem}. {_HELP}") from None
    if found is None:
        raise CredentialsError(f"{path} has no profile {name!r}. Its name is that of aliyun configure list.")
    if found.get("mode") not in ("AK", "StsToken") or not found.get("access_key_id"):
        raise CredentialsError(
            f"The profile {name!r} is of mode {found.get('mode')}, and only the modes AK and StsToken can be used."
        )
    return Credentials(found["access_key_id"], found["access_key_secret"], found.get("sts_token", ""))


def _of_chain() -> Credentials:
    try:
        module: t.Any = importlib.import_module("alibabacloud_credentials.client")
    except ImportError:
        raise CredentialsError(f"There is no access key. {_HELP}") from None
    try:
        found = module.Client().get_credential()
    except Exception as problem:  # the SDK lets the exceptions of its sources through
        raise CredentialsError(f"There is no access key: {problem}. {_HELP}") from None
    return Credentials(found.access_key_id, found.access_key_secret, found.security_token or "")
