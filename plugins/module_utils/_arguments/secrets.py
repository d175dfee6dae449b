# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hides secrets in the arguments of a module, whatever else is wrong with them. Private to this collection.

Ansible learns the values of ``no_log`` options while it validates, and gives up learning at the first suboption that it
does not understand. This module reads the arguments before that, against the same specification.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Mapping

from ansible.module_utils.common.validation import check_type_dict, check_type_list

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

Spec = Mapping[str, Mapping[str, t.Any]]
_KEY_MARK = "PRIVATE KEY-----"
# A line of a key that is longer than this says something about the key.
_TELLING = 16
_SHORT = 3
_FREE = ("dict", "raw", "json", "jsonarg")


class Inspection(t.NamedTuple):
    """What the arguments of a module hold.

    ``shown``: the arguments for output, without secrets and without the values of unknown options.
    ``secrets``: what must not be in any output, in every way in which messages may spell it.
    ``faults``: sentences about values of the wrong shape. None of them shows a value.
    """

    shown: dict[str, t.Any]
    secrets: set[str]
    faults: list[str]


def inspect(spec: Spec, params: Mapping[str, t.Any]) -> Inspection:
    """Compare ``params``, converted by Ansible or not yet, with the argument specification ``spec``."""
    found = Inspection({}, set(), [])
    found.shown.update(_options(spec, params, "", found))
    return found


def spellings(secret: str) -> set[str]:
    """Return the ways in which a message may spell ``secret``: itself, quoted by repr or JSON, line by line."""
    ways = {secret, secret.strip(), repr(secret)[1:-1], json.dumps(secret)[1:-1]}
    lines = {line.strip() for line in secret.splitlines()[1:] if _KEY_MARK not in line}
    return {way for way in ways if way} | {line for line in lines if len(line) > _TELLING}


def _options(spec: Spec, params: Mapping[t.Any, t.Any], where: str, found: Inspection) -> dict[str, t.Any]:
    aliases = {alias: name for name, option in spec.items() for alias in option.get("aliases") or ()}
    shown = {}
    for name, value in params.items():
        option = spec.get(aliases.get(name, name))
        if not isinstance(name, str):
            found.faults.append(f"{where or 'The module: '}the names of options are text.")
        elif option is not None:
            shown[name] = _value(option, value, f"{where}{name}", found)
        elif not name.startswith("_ansible_"):
            # A secret under a mistyped name is one all the same.
            shown[name] = value if value is None else HIDDEN
    return shown


def _value(option: Mapping[str, t.Any], value: t.Any, where: str, found: Inspection) -> t.Any:
    kind, inner = option.get("type", "str"), option.get("options")
    if value is None:
        return None
    if option.get("no_log"):
        return _secret(kind, value, where, found)
    if kind == "list":
        return _items(option, value, where, found)
    if kind == "dict" and inner is not None:
        return _dictionary(inner, value, where, found)
    if kind in _FREE:
        return _free(value, found)
    return _scalar(kind, value, where, found)


def _secret(kind: str, value: t.Any, where: str, found: Inspection) -> t.Any:
    items = _split(value) if kind == "list" else [value]
    leaves = {*_leaves(value), *_leaves(items)}
    if items is None or not all(_is_text(item) for item in items):
        wanted = "a list of texts" if kind == "list" else "a text"
        found.faults.append(f"{where} has to be {wanted}. Write it in quotes.")
        # What is left is shown nowhere, and to hide single letters would make the sentence unreadable.
        leaves = {leaf for leaf in leaves if len(leaf) > _SHORT}
    for leaf in leaves:
        found.secrets.update(spellings(leaf))
    return HIDDEN if value != "" else value


def _is_text(value: t.Any) -> bool:
    """Tell whether YAML without quotes has made nothing else of a text than a number."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _items(option: Mapping[str, t.Any], value: t.Any, where: str, found: Inspection) -> t.Any:
    items = _split(value)
    if items is None:
        found.faults.append(f"{where} has to be a list, not {_named(value)}.")
        return HIDDEN
    if missing := [f"{where}[{at}]" for at, item in enumerate(items) if item in (None, "")]:
        found.faults.append(f"{', '.join(missing)}: there is nothing. Give it a value, or leave it out.")
    element = {**option, "type": option.get("elements", "raw")}
    before = len(found.faults)
    shown = [_value(element, item, f"{where}[{at}]", found) for at, item in enumerate(items)]
    # Of a text that was split in the wrong places nothing may be shown.
    return HIDDEN if isinstance(value, str) and len(found.faults) > before else shown


def _split(value: t.Any) -> list[t.Any] | None:
    """Return ``value`` as the list that Ansible makes of it; None where it makes none."""
    if isinstance(value, (tuple, set)):
        return list(value)
    try:
        return list(check_type_list(value))
    except TypeError:
        return None


def _dictionary(inner: Spec, value: t.Any, where: str, found: Inspection) -> t.Any:
    given = value
    if isinstance(value, str):
        try:
            given = check_type_dict(value)
        except TypeError:
            given = None
        # What is in a text without quotes may be a piece of a secret, the name of an option as well.
        if not isinstance(given, dict) or not given.keys() <= inner.keys():
            given = None
    if not isinstance(given, Mapping):
        known = ", ".join(inner)
        found.faults.append(f"{where} has to be a dictionary with options of these: {known}. Write it as YAML.")
        return HIDDEN
    return _options(inner, given, f"{where}.", found)


def _scalar(kind: str, value: t.Any, where: str, found: Inspection) -> t.Any:
    if isinstance(value, (Mapping, list, tuple, set)):
        found.faults.append(f"{where} has to be a value of type {kind}, not {_named(value)}.")
        return HIDDEN
    return _free(value, found)


def _free(value: t.Any, found: Inspection) -> t.Any:
    """Return ``value`` without the private keys in it: they are secret under every option."""
    if isinstance(value, Mapping):
        return {name: _free(item, found) for name, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_free(item, found) for item in value]
    if isinstance(value, str) and _KEY_MARK in value:
        found.secrets.update(spellings(value))
        return HIDDEN
    return value


def _leaves(value: t.Any) -> set[str]:
    """Return every text and number in ``value``, keys of dictionaries included."""
    if isinstance(value, Mapping):
        return {str(value)}.union(*map(_leaves, [*value, *value.values()]))
    if isinstance(value, (list, tuple, set)):
        return set().union(*map(_leaves, value))
    return {str(value)} if _is_text(value) and value != "" else set()


def _named(value: t.Any) -> str:
    if isinstance(value, Mapping):
        return "a dictionary"
    return "a list" if isinstance(value, (list, tuple, set)) else f"a value of type {type(value).__name__}"
