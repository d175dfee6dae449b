# SPDX-License-Identifier: GPL-3.0-or-later
"""Values for the options of a module, by its argument specification."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Spec = dict[str, Any]
_APART = ("cookie", "remote_ip_enabled")  # goes with another value than the sample

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


def defaults(spec: Spec) -> dict[str, Any]:
    """What a task gives that names no option."""
    return {"region": "cn-hangzhou", **{name: option.get("default") for name, option in spec.items()}}


def sample(name: str, option: Spec) -> Any:
    """A value for an option."""
    kind = option["type"]
    if kind == "list":
        return [sample(name, {**option, "type": option["elements"]})]
    if kind == "dict" and "options" in option:
        return {key: sample(key, inner) for key, inner in option["options"].items() if key not in _APART}
    if option.get("choices"):
        return option["choices"][0]
    return {"dict": {"team": "shop"}, "bool": True, "int": 7, "str": _WORDS.get(name, name)}[kind]


def values(name: str, option: Spec, pools: dict[str, list[Any]]) -> st.SearchStrategy[Any]:
    """All kinds of values for an option; ``pools`` has them by name where any word or number will not do."""
    kind = option["type"]
    if kind == "list":
        items = values(name, {**option, "type": option["elements"]}, pools)
        return st.lists(items, max_size=3, unique_by=lambda item: _told_by(item, pools))
    if kind == "dict" and "options" in option:
        fields = {key: values(key, inner, pools) for key, inner in option["options"].items()}
        mandatory = {key: fields.pop(key) for key, inner in option["options"].items() if inner.get("required")}
        given = st.fixed_dictionaries(mandatory, optional=fields)
        return given.map(lambda chosen: {**dict.fromkeys(option["options"]), **_defaults(option), **chosen})
    if name in pools or option.get("choices"):
        return st.sampled_from(pools.get(name) or option["choices"])
    words = st.sampled_from(["", "aa", "bb"])
    tags = st.dictionaries(st.sampled_from("kl"), st.sampled_from(["v", "w", 1]))
    return {"dict": tags, "bool": st.booleans(), "int": st.integers(2, 4), "str": words}[kind]


def _told_by(item: Any, pools: dict[str, list[Any]]) -> str:
    """What tells an item of a list from the others; values of the same pool are."""
    return str([item[key] for key in item if key in pools] if isinstance(item, dict) else item)


def _defaults(option: Spec) -> dict[str, Any]:
    return {key: inner["default"] for key, inner in option["options"].items() if "default" in inner}
