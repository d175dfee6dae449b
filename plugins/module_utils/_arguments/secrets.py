# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets in the arguments of a module, whatever else is wrong with these. Private to this collection.

Ansible collects the values of ``no_log`` options while it validates, and stops at the first suboption that it does not
understand. This module reads the arguments before that, against the same specification.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Mapping

from ansible.module_utils.common.validation import check_type_dict, check_type_list

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"

Spec = Mapping[str, Mapping[str, t.Any]]
_KEY_MARK = "PRIVATE KEY-----"
# Lines of a key with more characters than this are secret by themselves.
_SECRET_LINE = 16
# Values of a wrong type with this many characters or fewer are not hidden: messages would become unreadable.
_SHORT = 3
_FREE = ("dict", "raw", "json", "jsonarg")


class Inspection(t.NamedTuple):
    """The result of inspecting the arguments of a module.

    Attributes:
        shown: the arguments for output, without secrets and without the values of unknown options.
        secrets: texts that must not be in any output, in every spelling that messages may have.
        faults: sentences about values of the wrong type; they show no value.
    """

    shown: dict[str, t.Any]
    secrets: set[str]
    faults: list[str]


def inspect(spec: Spec, params: Mapping[str, t.Any]) -> Inspection:
    """Inspect ``params``, whether or not Ansible has converted them, against the argument specification ``spec``."""
    found = Inspection({}, set(), [])
    found.shown.update(_options(spec, params, "", found))
    return found


def spellings(secret: str) -> set[str]:
    """Return the spellings of ``secret`` in messages: as it is, quoted by repr or JSON, line by line."""
    whole = {secret, secret.strip(), repr(secret)[1:-1], json.dumps(secret)[1:-1]}
    lines = {line.strip() for line in secret.splitlines()[1:] if _KEY_MARK not in line}
    return {text for text in whole if text} | {line for line in lines if len(line) > _SECRET_LINE}


def _options(spec: Spec, params: Mapping[t.Any, t.Any], where: str, found: Inspection) -> dict[str, t.Any]:
    aliases = {alias: name for name, option in spec.items() for alias in option.get("aliases") or ()}
    shown = {}
    for name, value in params.items():
        option = spec.get(aliases.get(name, name))
        if not isinstance(name, str):
            found.faults.append(f"{where or 'The module: '}the names of options have to be text.")
        elif option is not None:
            shown[name] = _value(option, value, f"{where}{name}", found)
        elif not name.startswith("_ansible_"):
            # A mistyped name may hold a secret.
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
    texts = {*_texts_in(value), *_texts_in(items)}
    if items is None or not all(_is_text(item) for item in items):
        wanted = "a list of texts" if kind == "list" else "a text"
        found.faults.append(f"{where} has to be {wanted}. Write it in quotes.")
        # Nothing of the value is shown; to hide single letters would make the message unreadable.
        texts = {text for text in texts if len(text) > _SHORT}
    for text in texts:
        found.secrets.update(spellings(text))
    return HIDDEN if value != "" else value


def _is_text(value: t.Any) -> bool:
    """Return whether ``value`` is text, or the number that YAML makes of digits without quotes."""
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _items(option: Mapping[str, t.Any], value: t.Any, where: str, found: Inspection) -> t.Any:
    items = _split(value)
    if items is None:
        found.faults.append(f"{where} has to be a list, not {_type_of(value)}.")
        return HIDDEN
    if missing := [f"{where}[{index}]" for index, item in enumerate(items) if item in (None, "")]:
        found.faults.append(f"{', '.join(missing)}: the value is missing. Give it one, or leave it out.")
    element = {**option, "type": option.get("elements", "raw")}
    before = len(found.faults)
    shown = [_value(element, item, f"{where}[{index}]", found) for index, item in enumerate(items)]
    # The text may have been split in the wrong places, so nothing of it is shown.
    return HIDDEN if isinstance(value, str) and len(found.faults) > before else shown


def _split(value: t.Any) -> list[t.Any] | None:
    """Return ``value`` as the list that Ansible makes of it, None if it makes none."""
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
        # In a text without quotes, even the name of an option may be a piece of a secret.
        if not isinstance(given, dict) or not given.keys() <= inner.keys():
            given = None
    if not isinstance(given, Mapping):
        names = ", ".join(inner)
        found.faults.append(f"{where} has to be a dictionary with options of these: {names}. Write it as YAML.")
        return HIDDEN
    return _options(inner, given, f"{where}.", found)


def _scalar(kind: str, value: t.Any, where: str, found: Inspection) -> t.Any:
    if isinstance(value, (Mapping, list, tuple, set)):
        found.faults.append(f"{where} has to be a value of type {kind}, not {_type_of(value)}.")
        return HIDDEN
    return _free(value, found)


def _free(value: t.Any, found: Inspection) -> t.Any:
    """Return ``value`` without the private keys in it, which are secret in every option."""
    if isinstance(value, Mapping):
        return {name: _free(item, found) for name, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_free(item, found) for item in value]
    if isinstance(value, str) and _KEY_MARK in value:
        found.secrets.update(spellings(value))
        return HIDDEN
    return value


def _texts_in(value: t.Any) -> set[str]:
    """Return every text and number in ``value``, keys of dictionaries included."""
    if isinstance(value, Mapping):
        return {str(value)}.union(*map(_texts_in, [*value, *value.values()]))
    if isinstance(value, (list, tuple, set)):
        return set().union(*map(_texts_in, value))
    return {str(value)} if _is_text(value) and value != "" else set()


def _type_of(value: t.Any) -> str:
    """Return the type of ``value`` in words."""
    if isinstance(value, Mapping):
        return "a dictionary"
    return "a list" if isinstance(value, (list, tuple, set)) else f"a value of type {type(value).__name__}"
