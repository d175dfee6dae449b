# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between a list of clients in somebody's file and the module client_certificate."""

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

Client = dict[str, t.Any]

# Columns that hold several values, with white space, semicolons or bars between them.
_LISTS = ("dns_names", "email_addresses", "uris")
_SEPARATORS = (",", ";", "\t")
# So many names are shown of each kind; a result has all of them.
_SHOWN = 20


def client_list(text: str) -> list[Client]:
    """The clients in ``text``, which is CSV with a header, YAML or JSON."""
    text = text.removeprefix("\ufeff")  # as spreadsheets write it
    if re.match(r"(\s*(#.*)?\n)*\s*(---|- |\[|\{|clients\s*:)", text):
        return [_named(each, f"Client {number}") for number, each in enumerate(_from_yaml(text), 1)]
    return _from_csv(text)


def client_file(path: str) -> dict[str, t.Any]:
    """Return the ``clients`` in the file ``path``, and in ``fault`` a sentence about why it cannot be read."""
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
        # Not the error itself: it quotes the list, in which passphrases may be.
        mark = getattr(error, "problem_mark", None)
        place = f"Line {mark.line + 1}, character {mark.column + 1} of the list" if mark else "The list of clients"
        raise AnsibleFilterError(
            f"{place} is not valid YAML: {getattr(error, 'problem', None) or 'it ends early'}."
        ) from None
    clients = found.get("clients") if isinstance(found, dict) else found
    if not isinstance(clients, list):
        raise AnsibleFilterError("The list of clients has to be a list, or to have one under the key 'clients'.")
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
                "The first line of the list has to name its columns, each once, with 'name' or 'common_name'."
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
    """A client that has only one of the two names has the same for both; a mere text is such a name."""
    if isinstance(client, str):
        client = {"name": client}
    if not isinstance(client, dict) or not (client.get("name") or client.get("common_name")):
        raise AnsibleFilterError(f"{where} has neither a name nor a common_name.")
    for field in ("name", "common_name"):
        if not isinstance(client.get(field), (str, type(None))):
            # YAML has made 7 of 007 and true of yes: it cannot be told any more what the client is called.
            raise AnsibleFilterError(
                f"{where} has the {field} {_as_yaml(client[field])}, which is no text. Write it in quotes."
            )
    name = client.get("name") or client["common_name"]
    return {**client, "name": name, "common_name": client.get("common_name") or name}


def issue_summary(result: t.Mapping[str, t.Any]) -> list[str]:
    """What became of the clients of ``pki_result``, in lines: how many of each kind, and who, and why."""
    kinds: dict[str, list[str]] = {"new": [], "renewed": [], "unchanged": []}
    why: collections.Counter[str] = collections.Counter()
    for client in result["clients"]:
        codes = [reason["code"] for reason in client["reasons"]]
        kind = "new" if "missing" in codes else "renewed" if client["changed"] else "unchanged"
        kinds[kind].append(f"{client['name']} ({', '.join(codes)})" if kind == "renewed" else client["name"])
        why.update(codes if kind == "renewed" else ())
    failures = [f"{each['name']}: {each['message']}" for each in result.get("failures", [])]
    counts = [*((kind, len(names)) for kind, names in kinds.items()), ("failed", len(failures))]
    return [
        ", ".join(f"{count} {kind}" for kind, count in counts),
        *(f"{code}: {count}" for code, count in why.most_common()),
        *_shown("new", kinds["new"]),
        *_shown("renewed", kinds["renewed"]),
        *_shown("failed", failures),
    ]


def _shown(kind: str, lines: list[str]) -> list[str]:
    more = [f"{kind}: and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return [*(f"{kind}: {line}" for line in lines[:_SHOWN]), *more]


def revocations(names: t.Any, reason: str | None = None) -> list[dict[str, str]]:
    """The certificates to be revoked for ``names``, as certificate_revocation takes them.

    ``names``: the name of one client, as it stands, or a list of such names. Raises AnsibleFilterError for anything
    else: a number or a null came from a name without quotes, and what was meant is not guessed.
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
            raise AnsibleFilterError(f"{name!r} is twice among the clients to be revoked. Name it once.")
    return [{"client": str(name), **({"reason": reason} if reason else {})} for name in listed]


def _as_yaml(value: t.Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def revocation_summary(result: t.Mapping[str, t.Any]) -> list[str]:
    """Which certificates were named, in lines: what became of each, its common name, serial number and file."""
    return [
        f"{_became(each)}: {each['subject'].get('common_name', '(unknown name)')}, serial number"
        f" {each['serial_number']}, {each['file'] or 'no file'}"
        for each in sorted(result["certificates"], key=lambda each: not each["changed"])
    ]


def _became(each: t.Mapping[str, t.Any]) -> str:
    on_hold = each["reason"] == "certificate_hold"
    state = "not revoked" if not each["revoked"] else "on hold" if on_hold else f"revoked ({each['reason']})"
    return (
        f"{state} now" if each["changed"] else f"{state} already, since {each['revoked']}" if each["revoked"] else state
    )


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {
            "client_list": client_list,
            "client_file": client_file,
            "issue_summary": issue_summary,
            "revocations": revocations,
            "revocation_summary": revocation_summary,
        }
