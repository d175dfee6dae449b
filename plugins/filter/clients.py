# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters between lists of clients in files and the modules client_certificate and certificate_revocation."""

from __future__ import annotations

import collections
import os
import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._arguments import files, texts
from ..module_utils._pki import client_lists
from ..module_utils._pki.client_lists import as_yaml
from ..module_utils._x509 import terms

# The number of names listed of each kind; a result has all of them.
_LISTED = 20
# The number of faults in one message.
_MOST_FAULTS = 5


def client_list(text: str) -> list[client_lists.Client]:
    """Return the clients in ``text``: CSV with a header, YAML or JSON.

    Raises AnsibleFilterError, also for a fault of a single client.
    """
    try:
        found = client_lists.read(text)
    except client_lists.ListError as error:
        raise AnsibleFilterError(str(error)) from None
    if found.faults:
        more = [f"And {len(found.faults) - _MOST_FAULTS} more."] if len(found.faults) > _MOST_FAULTS else []
        raise AnsibleFilterError(" ".join([*map(str, found.faults[:_MOST_FAULTS]), *more]))
    return found.clients


def client_file(path: str, encoding: str | None = None) -> dict[str, t.Any]:
    """Return the ``clients`` in the file ``path``, and what is wrong with it.

    ``fault``: a sentence, empty if the file can be read. ``failures``: the clients that cannot be issued, as the module
    client_certificate returns them. ``encoding``: that of a file without byte order mark, UTF-8 by default.
    """
    if not path.strip() or texts.control_character(path):
        return {"clients": [], "failures": [], "fault": f"{path!r} is not the name of a file."}
    try:
        content = files.read(os.path.expanduser(path)).content
        found = client_lists.read(client_lists.decode(content, encoding or None))
        failures = [{"name": item.place, "code": "invalid_list", "message": item.message} for item in found.faults]
        return {"clients": found.clients, "failures": failures, "fault": ""}
    except client_lists.ListError as error:
        problem = f"{path}: {error}"
    except files.UnfitFileError as error:
        problem = f"{path} {error}. Name a file with the list."
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}."
    return {"clients": [], "failures": [], "fault": problem}


def issue_summary(result: t.Mapping[str, t.Any]) -> list[str]:
    """Return the outcome of issuing as lines: the number of clients of each kind, their names, and the reasons.

    ``result``: of the role pki.
    """
    kinds: dict[str, list[str]] = {"new": [], "renewed": [], "unchanged": []}
    why: collections.Counter[str] = collections.Counter()
    for client in result["clients"]:
        codes = [reason["code"] for reason in client["reasons"]]
        kind = "new" if terms.MISSING in codes else "renewed" if client["changed"] else "unchanged"
        kinds[kind].append(f"{client['name']} ({', '.join(codes)})" if kind == "renewed" else client["name"])
        why.update(codes if kind == "renewed" else ())
    failures = [f"{item['name']}: {item['message']}" for item in result.get("failures", [])]
    counts = [*((kind, len(names)) for kind, names in kinds.items()), ("failed", len(failures))]
    return [
        ", ".join(f"{count} {kind}" for kind, count in counts),
        *(f"{code}: {count}" for code, count in why.most_common()),
        *_lines("new", kinds["new"]),
        *_lines("renewed", kinds["renewed"]),
        *_lines("failed", failures),
    ]


def _lines(kind: str, texts: list[str]) -> list[str]:
    more = [f"{kind}: and {len(texts) - _LISTED} more"] if len(texts) > _LISTED else []
    return [*(f"{kind}: {text}" for text in texts[:_LISTED]), *more]


def revocations(names: t.Any, reason: str | None = None) -> list[dict[str, str]]:
    """Return the option certificates of certificate_revocation for ``names``.

    ``names``: the name of one client, not split at commas, or a list of names. Raises AnsibleFilterError for anything
    else: a number or null comes from a name without quotes, and which one is not guessed.
    """
    listed = [names] if isinstance(names, str) else names
    if not isinstance(listed, (list, tuple)) or not listed:
        raise AnsibleFilterError(f"The clients to be revoked are a name or a list of names, and not {as_yaml(names)}.")
    for number, name in enumerate(listed, 1):
        if not isinstance(name, str):
            raise AnsibleFilterError(
                f"Name {number} of the clients to be revoked is {as_yaml(name)}, which is no text. Write it in quotes."
            )
        if not name.strip():
            raise AnsibleFilterError(f"Name {number} of the clients to be revoked is empty. Leave it out.")
        if name in listed[: number - 1]:
            raise AnsibleFilterError(f"{name!r} occurs twice among the clients to be revoked. Name it once.")
    return [{"client": str(name), **({"reason": reason} if reason else {})} for name in listed]


def revocation_summary(result: t.Mapping[str, t.Any]) -> list[str]:
    """Return the named certificates as lines: new state, common name, serial number and file. Changed ones first."""
    return [
        f"{_state(item)}: {item['subject'].get('common_name', '(unknown name)')}, serial number"
        f" {item['serial_number']}, {item['file'] or 'no file'}"
        for item in sorted(result["certificates"], key=lambda item: not item["changed"])
    ]


def _state(item: t.Mapping[str, t.Any]) -> str:
    on_hold = item["reason"] == terms.HOLD
    state = "not revoked" if not item["revoked"] else "on hold" if on_hold else f"revoked ({item['reason']})"
    if item["changed"]:
        return f"{state} now"
    return f"{state} already, since {item['revoked']}" if item["revoked"] else state


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {
            "client_list": client_list,
            "client_file": client_file,
            "issue_summary": issue_summary,
            "revocations": revocations,
            "revocation_summary": revocation_summary,
        }
