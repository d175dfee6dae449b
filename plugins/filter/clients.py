# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters between lists of clients in files and the modules client_certificate and certificate_revocation."""

from __future__ import annotations

import collections
import csv
import io
import json
import os
import re
import typing as t

import yaml
from ansible.errors import AnsibleFilterError

from ..module_utils._arguments import files, texts
from ..module_utils._x509 import terms

Client = dict[str, t.Any]

# Columns that hold several values, with white space, semicolons or bars between them.
_LISTS = ("dns_names", "email_addresses", "uris")
_SEPARATORS = (",", ";", "\t")
# The number of names listed of each kind; a result has all of them.
_LISTED = 20


def client_list(text: str) -> list[Client]:
    """Return the clients in ``text``: CSV with a header, YAML or JSON. Raises AnsibleFilterError."""
    text = text.removeprefix("\ufeff")  # as spreadsheets write it
    if re.match(r"(\s*(#.*)?\n)*\s*(---|- |\[|\{|clients\s*:)", text):
        return [_named(item, f"Client {number}") for number, item in enumerate(_from_yaml(text), 1)]
    return _from_csv(text)


def client_file(path: str) -> dict[str, t.Any]:
    """Return the ``clients`` in the file ``path``, and in ``fault`` why it cannot be read, as a sentence."""
    if not path.strip() or texts.control_character(path):
        return {"clients": [], "fault": f"{path!r} is not the name of a file."}
    try:
        return {"clients": client_list(_decoded(files.read(os.path.expanduser(path)).content)), "fault": ""}
    except AnsibleFilterError as error:
        problem = f"{path}: {error.message}"
    except files.UnfitFileError as error:
        problem = f"{path} {error}. Name a file with the list."
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}."
    return {"clients": [], "fault": problem}


def _decoded(content: bytes) -> str:
    """Return the text in ``content``. Raises AnsibleFilterError with the place of the first octet that is no UTF-8."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode()) + 1
        raise AnsibleFilterError(
            f"Line {line}, character {column} of the list is not UTF-8 (octet 0x{content[error.start]:02x})."
            " Save the list as UTF-8, in a spreadsheet program as CSV UTF-8."
        ) from None
    if "\0" in text:
        line = text.partition("\0")[0].count("\n") + 1
        raise AnsibleFilterError(f"Line {line} of the list holds a NUL character. Save it as UTF-8 text.")
    return text


def _from_yaml(text: str) -> list[t.Any]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        # The error itself would quote the list, which may hold passphrases.
        mark = getattr(error, "problem_mark", None)
        place = f"Line {mark.line + 1}, character {mark.column + 1} of the list" if mark else "The list of clients"
        raise AnsibleFilterError(
            f"{place} is not valid YAML: {getattr(error, 'problem', None) or 'it ends early'}."
        ) from None
    clients = found.get("clients") if isinstance(found, dict) else found
    if not isinstance(clients, list):
        raise AnsibleFilterError(
            "The list of clients is not a list and has none under the key 'clients'. Write it as a YAML list."
        )
    return clients


def _from_csv(text: str) -> list[Client]:
    header = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=header.count)
    rows = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=separator, strict=True)
    clients: list[Client] = []
    try:
        columns = [column.strip() for column in next(rows, [])]
        if not {"name", "common_name"} & {*columns} or len(columns) != len({*columns}):
            raise AnsibleFilterError(
                "The first line of the list does not name its columns, each once, with 'name' or 'common_name'."
            )
        for row in rows:
            where = f"Line {rows.line_num} of the list"
            if len(row) > len(columns):
                raise AnsibleFilterError(f"{where} has {len(row)} fields, but there are {len(columns)} columns.")
            client = {column: cell.strip() for column, cell in zip(columns, row, strict=False) if cell.strip()}
            if client:
                lists = {column: re.split(r"[\s;|]+", client[column]) for column in _LISTS if column in client}
                clients.append(_named({**client, **lists}, where))
    except csv.Error as error:
        raise AnsibleFilterError(f"Line {rows.line_num} of the list is not valid CSV: {error}.") from None
    return clients


def _named(client: t.Any, where: str) -> Client:
    """Return a client with name and common_name, each of which defaults to the other; a text is such a name.

    Raises AnsibleFilterError, whose message begins with ``where``.
    """
    if isinstance(client, str):
        client = {"name": client}
    if not isinstance(client, dict) or not (client.get("name") or client.get("common_name")):
        raise AnsibleFilterError(f"{where} has neither a name nor a common_name. Give it one.")
    for field in ("name", "common_name"):
        if not isinstance(client.get(field), (str, type(None))):
            # YAML reads 007 as 7 and yes as true, so that the name is lost.
            raise AnsibleFilterError(
                f"{where} has the {field} {_as_yaml(client[field])}, which is no text. Write it in quotes."
            )
    name = client.get("name") or client["common_name"]
    return {**client, "name": name, "common_name": client.get("common_name") or name}


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
        raise AnsibleFilterError(f"The clients to be revoked are a name or a list of names, and not {_as_yaml(names)}.")
    for number, name in enumerate(listed, 1):
        if not isinstance(name, str):
            raise AnsibleFilterError(
                f"Name {number} of the clients to be revoked is {_as_yaml(name)}, which is no text. Write it in quotes."
            )
        if not name.strip():
            raise AnsibleFilterError(f"Name {number} of the clients to be revoked is empty. Leave it out.")
        if name in listed[: number - 1]:
            raise AnsibleFilterError(f"{name!r} occurs twice among the clients to be revoked. Name it once.")
    return [{"client": str(name), **({"reason": reason} if reason else {})} for name in listed]


def _as_yaml(value: t.Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


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
