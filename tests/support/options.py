# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a module as its argument specification has them, and values for them."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

Spec = dict[str, Any]

# Words that have to look like something.
_WORDS = {
    "acl_ids": "acl-1",
    "additional_certificate_ids": "20001-cn-hangzhou",
    "address": "10.0.0.1",
    "ca_certificate_ids": "1efd3cac-e8c1-611d-b971-f96e5e432aba",
    "certificate_ids": "13781326-cn-hangzhou",
    "ciphers": "ECDHE-RSA-AES128-GCM-SHA256",
    "entry": "10.0.0.0/8",
    "server_id": "i-1",
}


def specification(module: str, monkeypatch: pytest.MonkeyPatch) -> Spec:
    """The options of ``module`` without those that all modules have."""
    loaded = importlib.import_module(f"ansible_collections.alicloud.mtls.plugins.modules.{module}")
    found: Spec = {}
    monkeypatch.setattr(loaded, "run", lambda _resource, options, **_constraints: found.update(options))
    loaded.main()
    return found


def defaults(spec: Spec) -> dict[str, Any]:
    """What a task gives that names no option."""
    return {"region": "cn-hangzhou", **{name: option.get("default") for name, option in spec.items()}}


def sample(name: str, option: Spec) -> Any:
    """A value for an option."""
    kind = option["type"]
    if kind == "list":
        return [sample(name, {**option, "type": option["elements"]})]
    if kind == "dict" and "options" in option:
        return {key: sample(key, inner) for key, inner in option["options"].items()}
    if option.get("choices"):
        return option["choices"][0]
    return {"dict": {"team": "shop"}, "bool": True, "int": 7, "str": _WORDS.get(name, name)}[kind]
